import * as fc from 'fast-check';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { createTable, type Fixture, index, number, startFixture, text } from './fixture.ts';

type Attributes = Record<string, AttributeValue>;

async function putAll({ dynamodb }: Fixture, items: readonly Attributes[]): Promise<void> {
  for (let at = 0; at < items.length; at += 25) {
    const requests = items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { table: requests } }));
  }
}

const query = ({ dynamodb }: Fixture, input: Partial<QueryCommandInput>) =>
  dynamodb.send(new QueryCommand({ TableName: 'table', ...input }));
const scan = ({ dynamodb }: Fixture, input: Partial<ScanCommandInput> = {}) =>
  dynamodb.send(new ScanCommand({ TableName: 'table', ...input }));

const row = (pk: string, sk: string, more: Attributes = {}): Attributes => ({ pk: { S: pk }, sk: { S: sk }, ...more });
const sorts = (items: readonly Attributes[] | undefined) => items?.map((item) => item['sk']?.S ?? item['sk']?.N);

describe('Query', () => {
  const condition = (text: string, ...values: string[]): Partial<QueryCommandInput> => ({
    KeyConditionExpression: text,
    ExpressionAttributeValues: Object.fromEntries(values.map((value, at) => [`:${at}`, { S: value }])),
  });

  test('finds one partition key value, by any condition on the sort key, in both directions', async () => {
    await using t = await startFixture();
    await createTable(t);
    await putAll(
      t,
      [...'abcde'].flatMap((sk) => [row('p', sk), row('q', sk)]),
    );
    const found = async (input: Partial<QueryCommandInput>) => sorts((await query(t, input)).Items);
    expect(await found(condition('pk = :0', 'p'))).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await found(condition('pk = :0 AND sk = :1', 'p', 'c'))).toEqual(['c']);
    expect(await found(condition('pk = :0 AND sk < :1', 'p', 'c'))).toEqual(['a', 'b']);
    expect(await found(condition('pk = :0 AND sk <= :1', 'p', 'c'))).toEqual(['a', 'b', 'c']);
    expect(await found(condition('pk = :0 AND sk > :1', 'p', 'c'))).toEqual(['d', 'e']);
    expect(await found(condition(':1 <= sk AND pk = :0', 'p', 'c'))).toEqual(['c', 'd', 'e']);
    expect(await found(condition('pk = :0 AND sk BETWEEN :1 AND :2', 'p', 'b', 'd'))).toEqual(['b', 'c', 'd']);
    expect(await found({ ...condition('pk = :0', 'p'), ScanIndexForward: false, Limit: 2 })).toEqual(['e', 'd']);
    expect(
      await found({
        KeyConditions: {
          pk: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'p' }] },
          sk: { ComparisonOperator: 'GT', AttributeValueList: [{ S: 'd' }] },
        },
      }),
    ).toEqual(['e']);
  });

  test('begins_with is by prefix, also where one key begins another', async () => {
    await using t = await startFixture();
    await createTable(t);
    await putAll(
      t,
      ['a', 'a\u0000', 'ab', 'b', 'aé', '\u{1f600}', '\uff00'].map((sk) => row('p', sk)),
    );
    const items = (await query(t, condition('pk = :0 AND begins_with(sk, :1)', 'p', 'a'))).Items;
    expect(sorts(items)).toEqual(['a', 'a\u0000', 'ab', 'aé']);
    // UTF-8 order, in which U+FF00 comes before U+1F600.
    expect(sorts((await query(t, condition('pk = :0 AND sk > :1', 'p', 'b'))).Items)).toEqual(['\uff00', '\u{1f600}']);
  });

  test('pages by Limit and goes on after LastEvaluatedKey; the filter comes after the limit', async () => {
    await using t = await startFixture();
    await createTable(t);
    await putAll(
      t,
      Array.from({ length: 7 }, (_, at) => row('p', String(at), { odd: { BOOL: at % 2 === 1 } })),
    );
    const input = { ...condition('pk = :0', 'p'), Limit: 3 };
    const first = await query(t, input);
    expect(first).toMatchObject({ Count: 3, ScannedCount: 3, LastEvaluatedKey: row('p', '2') });
    const second = await query(t, {
      ...input,
      ExclusiveStartKey: first.LastEvaluatedKey,
      ReturnConsumedCapacity: 'TOTAL',
    });
    expect(sorts(second.Items)).toEqual(['3', '4', '5']);
    expect(second.ConsumedCapacity?.CapacityUnits).toBe(0.5);
    const third = await query(t, { ...input, ExclusiveStartKey: second.LastEvaluatedKey });
    expect(sorts(third.Items)).toEqual(['6']);
    expect(third.LastEvaluatedKey).toBeUndefined();
    const filtered = await query(t, {
      ...input,
      FilterExpression: 'odd = :odd',
      ExpressionAttributeValues: { ':0': { S: 'p' }, ':odd': { BOOL: true } },
    });
    expect(filtered).toMatchObject({ Count: 1, ScannedCount: 3, LastEvaluatedKey: row('p', '2') });
    expect(await query(t, { ...condition('pk = :0', 'p'), Select: 'COUNT' })).toMatchObject({ Count: 7 });
  });

  test('a page ends at 1 MB', async () => {
    await using t = await startFixture();
    await createTable(t);
    for (let at = 0; at < 4; at++) await putAll(t, [row('p', String(at), { v: { S: 'x'.repeat(300_000) } })]);
    const page = await query(t, condition('pk = :0', 'p'));
    expect(page).toMatchObject({ Count: 3, LastEvaluatedKey: row('p', '2') });
    const rest = await query(t, { ...condition('pk = :0', 'p'), ExclusiveStartKey: page.LastEvaluatedKey });
    expect(rest.Count).toBe(1);
    expect(rest.LastEvaluatedKey).toBeUndefined();
  });

  test.each<[string, Partial<QueryCommandInput>, string]>([
    [
      'no condition',
      {},
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    ],
    ['no partition key', condition('sk = :0', 'x'), 'Query condition missed key schema element: pk'],
    ['another attribute', condition('pk = :0 AND x = :1', 'p', 'x'), 'Query condition missed key schema element: sk'],
    ['a range of partition keys', condition('pk > :0', 'x'), 'Query key condition not supported'],
    [
      'another type',
      { KeyConditionExpression: 'pk = :0', ExpressionAttributeValues: { ':0': { N: '1' } } },
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    ],
    [
      'a filter on a key',
      { ...condition('pk = :0', 'p'), FilterExpression: 'sk = :0' },
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk',
    ],
    [
      'no such index',
      { ...condition('pk = :0', 'p'), IndexName: 'none' },
      'The table does not have the specified index: none',
    ],
    [
      'a key outside',
      { ...condition('pk = :0', 'p'), ExclusiveStartKey: row('q', '1') },
      'The provided starting key is outside query boundaries based on provided conditions',
    ],
    [
      'a key of another form',
      { ...condition('pk = :0', 'p'), ExclusiveStartKey: { pk: { S: 'p' } } },
      'The provided starting key is invalid',
    ],
    [
      'specific attributes not named',
      { ...condition('pk = :0', 'p'), Select: 'SPECIFIC_ATTRIBUTES' },
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    ],
    [
      'all projected without an index',
      { ...condition('pk = :0', 'p'), Select: 'ALL_PROJECTED_ATTRIBUTES' },
      'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName',
    ],
  ])('refuses %s', async (_what, input, message) => {
    await using t = await startFixture();
    await createTable(t);
    await expect(query(t, input)).rejects.toMatchObject({ name: 'ValidationException', message });
  });
});

describe('Scan', () => {
  test('DDB-09 reads all, whatever the filter leaves; segments together are the table', async () => {
    await using t = await startFixture();
    await createTable(t);
    await putAll(
      t,
      Array.from({ length: 200 }, (_, at) => row(`p${at}`, '1', { n: { N: String(at) } })),
    );
    const all = await scan(t, { FilterExpression: 'n < :n', ExpressionAttributeValues: { ':n': { N: '20' } } });
    expect(all).toMatchObject({ Count: 20, ScannedCount: 200 });
    const seen = new Set<string>();
    for (let Segment = 0; Segment < 5; Segment++) {
      let ExclusiveStartKey: Attributes | undefined;
      do {
        const page: Awaited<ReturnType<typeof scan>> = await scan(t, {
          Segment,
          TotalSegments: 5,
          Limit: 7,
          ExclusiveStartKey,
        });
        for (const item of page.Items ?? []) seen.add(item['pk']?.S ?? '');
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      expect(seen.size).toBeGreaterThan(Segment * 20);
    }
    expect(seen.size).toBe(200);
  });

  test('refuses segments that cannot be', async () => {
    await using t = await startFixture();
    await createTable(t);
    await expect(scan(t, { Segment: 0 })).rejects.toThrow(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
    await expect(scan(t, { TotalSegments: 4 })).rejects.toThrow(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    );
    await expect(scan(t, { Segment: 5, TotalSegments: 5 })).rejects.toThrow(
      'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 5 is not less than TotalSegments: 5',
    );
  });
});

describe('indexes', () => {
  const withIndexes = {
    AttributeDefinitions: [text('owner'), number('age')],
    GlobalSecondaryIndexes: [
      index('by-owner', 'owner', 'age'),
      { ...index('keys', 'owner'), Projection: { ProjectionType: 'KEYS_ONLY' as const } },
    ],
    LocalSecondaryIndexes: [
      { ...index('by-age', 'pk', 'age'), Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: ['x'] } },
    ],
  };
  const owned = {
    KeyConditionExpression: '#o = :o',
    ExpressionAttributeNames: { '#o': 'owner' },
    ExpressionAttributeValues: { ':o': { S: 'ann' } },
  };

  test('DDB-11 a global index orders by its own key, leaves out items without it, and is eventually consistent only', async () => {
    await using t = await startFixture();
    await createTable(t, 'table', withIndexes);
    await putAll(t, [
      row('1', 'a', { owner: { S: 'ann' }, age: { N: '10' }, v: { S: 'v' } }),
      row('2', 'b', { owner: { S: 'ann' }, age: { N: '9' } }),
      row('3', 'c', { owner: { S: 'ann' }, age: { N: '-1' } }),
      row('4', 'd', { owner: { S: 'ann' } }),
      row('5', 'e', { owner: { S: 'bob' }, age: { N: '1' } }),
    ]);
    const all = await query(t, { ...owned, IndexName: 'by-owner', Limit: 2, ReturnConsumedCapacity: 'INDEXES' });
    expect(sorts(all.Items)).toEqual(['c', 'b']);
    expect(all.LastEvaluatedKey).toEqual({ ...row('2', 'b'), owner: { S: 'ann' }, age: { N: '9' } });
    expect(all.ConsumedCapacity).toEqual({
      TableName: 'table',
      CapacityUnits: 0.5,
      Table: { CapacityUnits: 0 },
      GlobalSecondaryIndexes: { 'by-owner': { CapacityUnits: 0.5 } },
    });
    const rest = await query(t, { ...owned, IndexName: 'by-owner', ExclusiveStartKey: all.LastEvaluatedKey });
    expect(sorts(rest.Items)).toEqual(['a']);
    const keys = await query(t, { ...owned, IndexName: 'keys' });
    expect(keys.Count).toBe(4);
    expect(Object.keys(keys.Items?.[0] ?? {}).toSorted()).toEqual(['owner', 'pk', 'sk']);
    await expect(query(t, { ...owned, IndexName: 'by-owner', ConsistentRead: true })).rejects.toThrow(
      'Consistent reads are not supported on global secondary indexes',
    );
    await expect(query(t, { ...owned, IndexName: 'keys', ProjectionExpression: 'v' })).rejects.toThrow(
      'One or more parameter values were invalid: Global secondary index keys does not project [v]',
    );
    await expect(query(t, { ...owned, IndexName: 'keys', Select: 'ALL_ATTRIBUTES' })).rejects.toThrow(
      'Select type ALL_ATTRIBUTES is not supported for global secondary index keys because its projection type is not ALL',
    );
    await expect(query(t, { ...owned, IndexName: 'keys', FilterExpression: 'v = :o' })).rejects.toThrow(
      'Secondary index keys does not project one or more filter attributes: [v]',
    );
    const scanned = await scan(t, { IndexName: 'by-owner' });
    expect(scanned.Count).toBe(4);
  });

  test('DDB-10 a local index sorts one partition another way, is consistent when asked, and fetches what it lacks', async () => {
    await using t = await startFixture();
    await createTable(t, 'table', withIndexes);
    await putAll(t, [
      row('1', 'a', { age: { N: '2' }, x: { S: 'x' }, y: { S: 'y' } }),
      row('1', 'b', { age: { N: '1' } }),
      row('1', 'c'),
    ]);
    const input = {
      IndexName: 'by-age',
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: '1' } },
      ConsistentRead: true,
    };
    const projected = await query(t, input);
    expect(projected.Items).toEqual([
      row('1', 'b', { age: { N: '1' } }),
      row('1', 'a', { age: { N: '2' }, x: { S: 'x' } }),
    ]);
    const whole = await query(t, { ...input, Select: 'ALL_ATTRIBUTES', ReturnConsumedCapacity: 'INDEXES' });
    expect(whole.Items?.[1]).toHaveProperty('y');
    expect(whole.ConsumedCapacity).toMatchObject({
      CapacityUnits: 3,
      Table: { CapacityUnits: 2 },
      LocalSecondaryIndexes: { 'by-age': { CapacityUnits: 1 } },
    });
  });

  test('an item moves in an index with its key, and leaves with it', async () => {
    await using t = await startFixture();
    await createTable(t, 'table', withIndexes);
    const owners = async () =>
      (await scan(t, { IndexName: 'by-owner' })).Items?.map((item) => `${item['owner']?.S}${item['age']?.N}`);
    await putAll(t, [row('1', 'a', { owner: { S: 'ann' }, age: { N: '1' } })]);
    await putAll(t, [row('1', 'a', { owner: { S: 'bob' }, age: { N: '1' } })]);
    expect(await owners()).toEqual(['bob1']);
    await putAll(t, [row('1', 'a', { owner: { S: 'bob' } })]);
    expect(await owners()).toEqual([]);
    await expect(putAll(t, [row('1', 'a', { owner: { N: '1' } })])).rejects.toThrow(
      'One or more parameter values were invalid: Type mismatch for Index Key owner Expected: S Actual: N IndexName: by-owner',
    );
    await expect(putAll(t, [row('1', 'a', { owner: { S: '' } })])).rejects.toThrow(
      'One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: by-owner, IndexKey: owner',
    );
  });

  // Measured on AWS (items below 1 KB).
  test('DDB-12 writes cost what they change in each index', async () => {
    await using t = await startFixture();
    await createTable(t, 'table', {
      AttributeDefinitions: [text('g'), text('l')],
      GlobalSecondaryIndexes: [
        { ...index('gsi', 'g'), Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['proj'] } },
      ],
      LocalSecondaryIndexes: [index('lsi', 'pk', 'l')],
    });
    const cost = async (item: Attributes) => {
      const { ConsumedCapacity: c } = await t.dynamodb.send(
        new PutItemCommand({ TableName: 'table', Item: row('p', '1', item), ReturnConsumedCapacity: 'INDEXES' }),
      );
      return [
        c?.CapacityUnits,
        c?.Table?.CapacityUnits,
        c?.GlobalSecondaryIndexes?.['gsi']?.CapacityUnits,
        c?.LocalSecondaryIndexes?.['lsi']?.CapacityUnits,
      ];
    };
    const base = { g: { S: 'g' }, l: { S: 'l' }, proj: { S: 'p' }, other: { S: 'o' } };
    expect(await cost(base)).toEqual([3, 1, 1, 1]);
    expect(await cost(base)).toEqual([1, 1, undefined, undefined]);
    expect(await cost({ ...base, other: { S: 'o2' } })).toEqual([2, 1, undefined, 1]);
    expect(await cost({ ...base, other: { S: 'o2' }, proj: { S: 'p2' } })).toEqual([3, 1, 1, 1]);
    expect(await cost({ ...base, other: { S: 'o2' }, proj: { S: 'p2' }, g: { S: 'moved' } })).toEqual([4, 1, 2, 1]);
    expect(await cost({ l: { S: 'l' } })).toEqual([3, 1, 1, 1]);
  });
});

// The model: a sorted list of pairs, filtered.
test('Query answers as a sorted list would, page by page, for any numbers', async () => {
  await using t = await startFixture();
  const { dynamodb } = t;
  await createTable(t, 'other');
  await createTable(t, 'table', {
    AttributeDefinitions: [number('n')],
    LocalSecondaryIndexes: [index('by-n', 'pk', 'n')],
  });
  let round = 0;
  const numbers = fc.uniqueArray(
    fc.oneof(
      fc.integer(),
      fc.integer({ min: -20, max: 20 }),
      fc.float({ noNaN: true, min: -4, max: 4 }).map((n) => Math.round(n * 1000) / 1000),
    ),
    { minLength: 1, maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(
      numbers,
      fc.integer({ min: -20, max: 20 }),
      fc.constantFrom('<', '<=', '>', '>='),
      fc.boolean(),
      fc.integer({ min: 1, max: 5 }),
      async (list, bound, operator, forward, limit) => {
        const pk = `round ${round++}`;
        const values = list.map((n) => (Object.is(n, -0) ? 0 : n));
        await putAll(
          t,
          values.map((n, at) => row(pk, String(at), { n: { N: String(n) } })),
        );
        const wanted = [...new Set(values)]
          .filter((n) => ({ '<': n < bound, '<=': n <= bound, '>': n > bound, '>=': n >= bound })[operator])
          .toSorted((a, b) => (forward ? a - b : b - a));
        const got: number[] = [];
        let ExclusiveStartKey: Attributes | undefined;
        do {
          const page: Awaited<ReturnType<typeof query>> = await dynamodb.send(
            new QueryCommand({
              TableName: 'table',
              IndexName: 'by-n',
              KeyConditionExpression: `pk = :p AND n ${operator} :b`,
              ExpressionAttributeValues: { ':p': { S: pk }, ':b': { N: String(bound) } },
              ScanIndexForward: forward,
              Limit: limit,
              ExclusiveStartKey,
            }),
          );
          got.push(...(page.Items ?? []).map((item) => Number(item['n']?.N)));
          ExclusiveStartKey = page.LastEvaluatedKey;
        } while (ExclusiveStartKey !== undefined);
        expect([...new Set(got)]).toEqual(wanted);
      },
    ),
    { numRuns: 40 },
  );
});
