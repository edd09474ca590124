import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { createTable, type Fixture, index, startFixture, text } from './fixture.ts';

const describeTable = async ({ dynamodb }: Fixture, TableName = 'table') =>
  (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table;
const update = ({ dynamodb }: Fixture, input: Partial<UpdateTableCommandInput>) =>
  dynamodb.send(new UpdateTableCommand({ TableName: 'table', ...input }));
const provisioned = (read: number, write = read) => ({
  BillingMode: 'PROVISIONED' as const,
  ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write },
});

test('DDB-01 CreateTable: CREATING, then ACTIVE; items only then', async () => {
  await using t = await startFixture();
  const created = await t.dynamodb.send(
    new CreateTableCommand({
      TableName: 'table',
      AttributeDefinitions: [text('pk')],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      ...provisioned(3, 2),
    }),
  );
  expect(created.TableDescription).toMatchObject({
    TableName: 'table',
    TableStatus: 'CREATING',
    TableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/table',
    ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 2, NumberOfDecreasesToday: 0 },
    ItemCount: 0,
    TableSizeBytes: 0,
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    CreationDateTime: new Date('2026-01-01T00:00:00Z'),
  });
  const get = () => t.dynamodb.send(new GetItemCommand({ TableName: 'table', Key: { pk: { S: 'a' } } }));
  await expect(get()).rejects.toThrow('Requested resource not found');
  await t.cloud.clock.advance(2);
  expect((await describeTable(t))?.TableStatus).toBe('ACTIVE');
  await get();
});

test('DDB-01 on demand: no capacity, and the mode in the summary; the table can be called by its ARN', async () => {
  await using t = await startFixture();
  await createTable(t);
  const table = await describeTable(t, 'arn:aws:dynamodb:us-east-1:000000000000:table/table');
  expect(table?.BillingModeSummary?.BillingMode).toBe('PAY_PER_REQUEST');
  expect(table?.ProvisionedThroughput).toMatchObject({ ReadCapacityUnits: 0, WriteCapacityUnits: 0 });
});

describe('CreateTable refuses', () => {
  const base: CreateTableCommandInput = {
    TableName: 'fresh',
    AttributeDefinitions: [text('pk'), text('sk')],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  };
  const hashOnly = {
    AttributeDefinitions: [text('pk')],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
  };
  const lsi = index('lsi', 'pk', 'sk');
  test.each<[string, Partial<CreateTableCommandInput>, string]>([
    [
      'no capacity',
      { BillingMode: 'PROVISIONED' },
      'One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    ],
    [
      'capacity on demand',
      { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
      'One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    ],
    [
      'one attribute as both keys',
      {
        AttributeDefinitions: [text('pk')],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'pk', KeyType: 'RANGE' },
        ],
      },
      'Invalid KeySchema: Some index key attribute have no definition',
    ],
    [
      'a range key first',
      {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'RANGE' },
          { AttributeName: 'sk', KeyType: 'HASH' },
        ],
      },
      'Invalid KeySchema: The first KeySchemaElement is not a HASH key type',
    ],
    [
      'unused definitions',
      { AttributeDefinitions: [text('pk'), text('sk'), text('x')] },
      'One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    ],
    [
      'a local index without a sort key in the table',
      { AttributeDefinitions: [text('pk'), text('sk')], KeySchema: hashOnly.KeySchema, LocalSecondaryIndexes: [lsi] },
      'One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
    ],
    [
      'two indexes of one name',
      { GlobalSecondaryIndexes: [index('same', 'pk'), index('same', 'sk')] },
      'One or more parameter values were invalid: Duplicate index name: same',
    ],
    [
      'six local indexes',
      { LocalSecondaryIndexes: Array.from({ length: 6 }, (_, at) => index(`lsi${at}`, 'pk', 'sk')) },
      'One or more parameter values were invalid: Number of LocalSecondaryIndexes exceeds per-table limit of 5',
    ],
    [
      'an index key without definition',
      { GlobalSecondaryIndexes: [index('gsi', 'nope')] },
      'One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [nope], AttributeDefinitions: [pk, sk]',
    ],
    [
      'a short name',
      { TableName: 'ab' },
      "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
    ],
  ])('%s', async (_what, input, message) => {
    await using t = await startFixture();
    await expect(t.dynamodb.send(new CreateTableCommand({ ...base, ...input }))).rejects.toMatchObject({
      name: 'ValidationException',
      message,
    });
  });

  test('a table that exists', async () => {
    await using t = await startFixture();
    await createTable(t, 'fresh');
    await expect(t.dynamodb.send(new CreateTableCommand(base))).rejects.toMatchObject({
      name: 'ResourceInUseException',
      message: 'Table already exists: fresh',
    });
  });
});

test('DeleteTable: DELETING, then gone with its items; protection forbids it', async () => {
  await using t = await startFixture();
  await createTable(t, 'table', { DeletionProtectionEnabled: true });
  await t.dynamodb.send(new PutItemCommand({ TableName: 'table', Item: { pk: { S: 'a' }, sk: { S: 'a' } } }));
  const remove = () => t.dynamodb.send(new DeleteTableCommand({ TableName: 'table' }));
  await expect(remove()).rejects.toThrow('Resource cannot be deleted as it is currently protected against deletion.');
  await update(t, { DeletionProtectionEnabled: false });
  await t.cloud.clock.advance(2);
  expect((await remove()).TableDescription?.TableStatus).toBe('DELETING');
  await expect(remove()).rejects.toMatchObject({ name: 'ResourceInUseException' });
  await t.cloud.clock.advance(2);
  await expect(describeTable(t)).rejects.toThrow('Requested resource not found: Table: table not found');
  await createTable(t);
  expect((await describeTable(t))?.ItemCount).toBe(0);
  const { store } = t.cloud.inside;
  expect(
    store.state('dynamodb', (await import('./state.ts')).definitions, '000000000000', 'us-east-1').items.size,
  ).toBe(0);
});

test('ListTables: names in order, in pages', async () => {
  await using t = await startFixture();
  for (const name of ['ccc', 'aaa', 'bbb']) await createTable(t, name);
  const first = await t.dynamodb.send(new ListTablesCommand({ Limit: 2 }));
  expect(first).toMatchObject({ TableNames: ['aaa', 'bbb'], LastEvaluatedTableName: 'bbb' });
  const rest = await t.dynamodb.send(new ListTablesCommand({ ExclusiveStartTableName: 'bbb' }));
  expect(rest.TableNames).toEqual(['ccc']);
});

describe('UpdateTable', () => {
  test('DDB-04 changes reads and writes on their own, while the table is in use', async () => {
    await using t = await startFixture();
    await createTable(t, 'table', provisioned(5));
    await update(t, { ProvisionedThroughput: { ReadCapacityUnits: 9, WriteCapacityUnits: 5 } });
    await t.dynamodb.send(new PutItemCommand({ TableName: 'table', Item: { pk: { S: 'a' }, sk: { S: 'a' } } }));
    await expect(update(t, { DeletionProtectionEnabled: true })).rejects.toMatchObject({
      name: 'ResourceInUseException',
      message: 'Attempt to change a resource which is still in use: Table is being updated: table',
    });
    await t.cloud.clock.advance(2);
    const table = await describeTable(t);
    expect(table).toMatchObject({
      TableStatus: 'ACTIVE',
      ItemCount: 1,
      ProvisionedThroughput: { ReadCapacityUnits: 9, WriteCapacityUnits: 5 },
    });
    expect(table?.ProvisionedThroughput?.LastIncreaseDateTime).toBeInstanceOf(Date);
    await expect(update(t, { ProvisionedThroughput: { ReadCapacityUnits: 9, WriteCapacityUnits: 5 } })).rejects.toThrow(
      'The provisioned throughput for the table will not change. The requested value equals the current value.',
    );
    await expect(update(t, {})).rejects.toThrow('At least one of ProvisionedThroughput, BillingMode');
  });

  test('capacity goes down four times a day, then once an hour', async () => {
    await using t = await startFixture();
    await createTable(t, 'table', provisioned(100));
    const lower = async (units: number) => {
      await update(t, { ProvisionedThroughput: { ReadCapacityUnits: units, WriteCapacityUnits: 100 } });
      await t.cloud.clock.advance(2);
    };
    for (const units of [99, 98, 97, 96]) await lower(units);
    await expect(lower(95)).rejects.toMatchObject({ name: 'LimitExceededException' });
    await t.cloud.clock.advance(3_600);
    await lower(95);
    expect((await describeTable(t))?.ProvisionedThroughput?.NumberOfDecreasesToday).toBe(5);
    await expect(lower(94)).rejects.toMatchObject({ name: 'LimitExceededException' });
  });

  test('DDB-11 a global index is added any time: filled in the background, then it can be read', async () => {
    await using t = await startFixture();
    await createTable(t);
    for (const pk of ['a', 'b', 'c'])
      await t.dynamodb.send(
        new PutItemCommand({
          TableName: 'table',
          Item: { pk: { S: pk }, sk: { S: 's' }, ...(pk !== 'c' && { g: { S: 'g' } }) },
        }),
      );
    const create = { AttributeDefinitions: [text('g')], GlobalSecondaryIndexUpdates: [{ Create: index('gsi', 'g') }] };
    const { TableDescription } = await update(t, create);
    expect(TableDescription?.GlobalSecondaryIndexes).toMatchObject([
      { IndexName: 'gsi', IndexStatus: 'CREATING', Backfilling: false },
    ]);
    const read = () =>
      t.dynamodb.send(
        new QueryCommand({
          TableName: 'table',
          IndexName: 'gsi',
          KeyConditionExpression: 'g = :g',
          ExpressionAttributeValues: { ':g': { S: 'g' } },
        }),
      );
    await expect(read()).rejects.toThrow('Cannot read from backfilling global secondary index: gsi');
    await t.cloud.clock.advance(5);
    expect((await read()).Count).toBe(2);
    expect(await describeTable(t)).toMatchObject({
      TableStatus: 'ACTIVE',
      GlobalSecondaryIndexes: [{ IndexStatus: 'ACTIVE', ItemCount: 2 }],
    });
    await update(t, { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'gsi' } }] });
    await t.cloud.clock.advance(5);
    expect((await describeTable(t))?.GlobalSecondaryIndexes).toBeUndefined();
    await expect(read()).rejects.toThrow('The table does not have the specified index: gsi');
  });

  test('one index at a time, and only what exists', async () => {
    await using t = await startFixture();
    await createTable(t);
    await expect(
      update(t, {
        AttributeDefinitions: [text('g')],
        GlobalSecondaryIndexUpdates: [{ Create: index('one', 'g') }, { Create: index('two', 'g') }],
      }),
    ).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    });
    await expect(update(t, { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'none' } }] })).rejects.toMatchObject(
      { name: 'ResourceNotFoundException' },
    );
  });
});

describe('DDB-03 throttling', () => {
  test('over the capacity a table refuses; five minutes of unused capacity are a burst, and time brings more', async () => {
    await using t = await startFixture();
    await createTable(t, 'table', provisioned(1, 10));
    const get = () =>
      t.dynamodb.send(
        new GetItemCommand({ TableName: 'table', Key: { pk: { S: 'a' }, sk: { S: 'a' } }, ConsistentRead: true }),
      );
    const until = async () => {
      for (let count = 0; ; count++) {
        try {
          await get();
        } catch (error) {
          expect(error).toMatchObject({
            name: 'ProvisionedThroughputExceededException',
            message:
              'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
            ThrottlingReasons: [
              {
                reason: 'TableReadProvisionedThroughputExceeded',
                resource: 'arn:aws:dynamodb:us-east-1:000000000000:table/table',
              },
            ],
          });
          return count;
        }
      }
    };
    expect(await until()).toBe(300);
    await t.cloud.clock.advance(7);
    expect(await until()).toBe(7);
    await t.dynamodb.send(new PutItemCommand({ TableName: 'table', Item: { pk: { S: 'a' }, sk: { S: 'a' } } }));
  });

  test('DDB-07 a hot key is throttled alone, at what one partition gives', async () => {
    await using t = await startFixture();
    await createTable(t, 'table', provisioned(6_000, 4_000));
    const put = (pk: string, v = '') =>
      t.dynamodb.send(new PutItemCommand({ TableName: 'table', Item: { pk: { S: pk }, sk: { S: 'a' }, v: { S: v } } }));
    await put('hot', 'x'.repeat(390_000));
    // A write whose condition fails costs as much as the item weighs: 381 units. A partition keeps 300 s of 1,000.
    const fail = () =>
      t.dynamodb.send(
        new PutItemCommand({
          TableName: 'table',
          Item: { pk: { S: 'hot' }, sk: { S: 'a' } },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
    let failed = 0;
    let last: unknown;
    while (last === undefined) {
      await fail().catch((error: Error) => {
        if (error.name === 'ConditionalCheckFailedException') failed++;
        else last = error;
      });
    }
    expect(last).toMatchObject({ ThrottlingReasons: [{ reason: 'TableWriteKeyRangeThroughputExceeded' }] });
    expect(failed).toBe(Math.ceil(300_000 / 381) - 1);
    const others = await Promise.allSettled(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((pk) => put(pk)));
    expect(others.some(({ status }) => status === 'fulfilled')).toBe(true);
  });

  test('the limits of an on-demand table are kept as well', async () => {
    await using t = await startFixture();
    await createTable(t, 'table', { OnDemandThroughput: { MaxReadRequestUnits: 1, MaxWriteRequestUnits: 1 } });
    const put = () =>
      t.dynamodb.send(
        new PutItemCommand({
          TableName: 'table',
          Item: { pk: { S: 'a' }, sk: { S: 'a' }, v: { S: 'x'.repeat(300_000) } },
        }),
      );
    await put();
    await put().catch(() => {});
    await expect(put()).rejects.toMatchObject({ name: 'ThrottlingException' });
  });
});
