import { DynamoDB, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { createTable, type Fixture, startFixture } from './fixture.ts';

const key = (pk: string) => ({ pk: { S: pk }, sk: { S: 's' } });
const put = (pk: string, extra = {}): WriteRequest => ({ PutRequest: { Item: { ...key(pk), ...extra } } });
const remove = (pk: string): WriteRequest => ({ DeleteRequest: { Key: key(pk) } });

async function start(t: Fixture): Promise<DynamoDB> {
  await createTable(t, 'one');
  await createTable(t, 'two');
  return t.cloud.client(DynamoDB);
}

test('BatchWriteItem: puts and deletes of several tables, each on its own', async () => {
  await using t = await startFixture();
  const db = await start(t);
  await db.putItem({ TableName: 'two', Item: key('old') });
  const { UnprocessedItems, ConsumedCapacity } = await db.batchWriteItem({
    RequestItems: { one: [put('a'), put('b')], two: [remove('old'), remove('none')] },
    ReturnConsumedCapacity: 'TOTAL',
  });
  expect(UnprocessedItems).toEqual({});
  expect(ConsumedCapacity).toEqual([
    { TableName: 'one', CapacityUnits: 2 },
    { TableName: 'two', CapacityUnits: 2 },
  ]);
  expect((await db.scan({ TableName: 'one' })).Count).toBe(2);
  expect((await db.scan({ TableName: 'two' })).Count).toBe(0);
});

test('BatchWriteItem: refuses too many, none, and two writes of one item (DDB-17)', async () => {
  await using t = await startFixture();
  const db = await start(t);
  const write = (...one: WriteRequest[]) => db.batchWriteItem({ RequestItems: { one } });
  await expect(write(put('a'), remove('a'))).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Provided list of item keys contains duplicates',
  });
  await expect(write(...Array.from({ length: 26 }, (_, at) => put(`p${at}`)))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('less than or equal to 25'),
  });
  const half = Array.from({ length: 13 }, (_, at) => put(`p${at}`));
  await expect(db.batchWriteItem({ RequestItems: { one: half, two: half } })).rejects.toMatchObject({
    message: 'Too many items requested for the BatchWriteItem call',
  });
  await expect(db.batchWriteItem({ RequestItems: { none: [put('a')] } })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('BatchGetItem: what is found of several tables; doubled keys are refused', async () => {
  await using t = await startFixture();
  const db = await start(t);
  await db.batchWriteItem({ RequestItems: { one: [put('a', { n: { N: '1' } })], two: [put('b')] } });
  const { Responses, UnprocessedKeys } = await db.batchGetItem({
    RequestItems: {
      one: { Keys: [key('a'), key('z')], ProjectionExpression: 'n' },
      two: { Keys: [key('b')], ConsistentRead: true },
    },
  });
  expect(Responses).toEqual({ one: [{ n: { N: '1' } }], two: [key('b')] });
  expect(UnprocessedKeys).toEqual({});
  await expect(db.batchGetItem({ RequestItems: { one: { Keys: [key('a'), key('a')] } } })).rejects.toMatchObject({
    message: 'Provided list of item keys contains duplicates',
  });
});

test('BatchGetItem: beyond 16 MB the rest comes back unprocessed', async () => {
  await using t = await startFixture();
  const db = await start(t);
  const names = Array.from({ length: 45 }, (_, at) => `p${at}`);
  for (const pk of names) await db.putItem({ TableName: 'one', Item: { ...key(pk), big: { S: 'x'.repeat(390_000) } } });
  const { Responses, UnprocessedKeys } = await db.batchGetItem({ RequestItems: { one: { Keys: names.map(key) } } });
  const found = Responses?.['one']?.length ?? 0;
  expect(found).toBeLessThan(45);
  expect(found * 390_000).toBeGreaterThan(15 * 1_048_576);
  expect(UnprocessedKeys?.['one']?.Keys).toHaveLength(45 - found);
});

test('BatchWriteItem: what finds no capacity comes back, and an error when nothing does (DDB-03)', async () => {
  await using t = await startFixture();
  const db = t.cloud.client(DynamoDB, { maxAttempts: 1 });
  await createTable(t, 'tiny', {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
  });
  const big = { big: { S: 'x'.repeat(199_000) } };
  const write = (...names: string[]) =>
    db.batchWriteItem({ RequestItems: { tiny: names.map((name) => put(name, big)) } });
  const { UnprocessedItems } = await write('a', 'b', 'c', 'd');
  const left = UnprocessedItems?.['tiny'] ?? [];
  expect(left.length).toBeGreaterThan(0);
  expect(left.length).toBeLessThan(4);
  await expect(write('e')).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
  await t.cloud.clock.advance(600);
  expect((await write('e')).UnprocessedItems).toEqual({});
});
