import { type AttributeValue, DynamoDB } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { createTable, type Fixture, index, number, startFixture, text } from '../fixture.ts';

type Row = Record<string, AttributeValue>;

interface Bench extends AsyncDisposable {
  readonly t: Fixture;
  readonly db: DynamoDB;
  run(Statement: string, ...Parameters: AttributeValue[]): Promise<Row[]>;
  get(pk: string, sk?: string): Promise<Row | undefined>;
}

async function start(): Promise<Bench> {
  const t = await startFixture();
  const db = t.cloud.client(DynamoDB);
  await createTable(t, 'table', {
    AttributeDefinitions: [text('owner'), number('age')],
    GlobalSecondaryIndexes: [
      index('by-owner', 'owner', 'age'),
      { ...index('keys-only', 'owner'), Projection: { ProjectionType: 'KEYS_ONLY' } },
    ],
  });
  return {
    t,
    db,
    run: async (Statement, ...Parameters) =>
      (await db.executeStatement({ Statement, ...(Parameters.length > 0 && { Parameters }) })).Items ?? [],
    get: async (pk, sk = 's') => (await db.getItem({ TableName: 'table', Key: { pk: { S: pk }, sk: { S: sk } } })).Item,
    [Symbol.asyncDispose]: () => t[Symbol.asyncDispose](),
  };
}

const key = (pk: string, sk = 's') => ({ pk: { S: pk }, sk: { S: sk } });
const put = ({ db }: Bench, item: Row) => db.putItem({ TableName: 'table', Item: item });
const invalid = (message: string) => ({ name: 'ValidationException', message });
const malformed = (detail: string) => invalid(`Statement wasn't well formed, can't be processed: ${detail}`);
const at = (pk: string) => `WHERE pk = '${pk}' AND sk = 's'`;

test('ExecuteStatement: INSERT stores literals of every type, and refuses a key that is there', async () => {
  await using b = await start();
  const insert = `INSERT INTO "table" VALUE {'pk': 'a', 'sk': 's', 'n': -1.50e3, 'half': .5, 'flag': true, 'none': NULL,
    'list': [1, 'it''s', {'deep': ?}], 'set': <<'x', 'y'>>, 'numbers': <<1, 2>>} -- a note`;
  expect(await b.run(insert, { B: new Uint8Array([1]) })).toEqual([]);
  expect(await b.get('a')).toEqual({
    ...key('a'),
    n: { N: '-1500' },
    half: { N: '0.5' },
    flag: { BOOL: true },
    none: { NULL: true },
    list: { L: [{ N: '1' }, { S: "it's" }, { M: { deep: { B: new Uint8Array([1]) } } }] },
    set: { SS: ['x', 'y'] },
    numbers: { NS: ['1', '2'] },
  });
  await expect(b.run(insert, { B: new Uint8Array([2]) })).rejects.toMatchObject({
    name: 'DuplicateItemException',
    message: 'Duplicate primary key exists in table',
  });
});

describe('ExecuteStatement: SELECT', () => {
  const seeded = async (): Promise<Bench> => {
    const b = await start();
    for (const pk of ['a', 'b'])
      for (const [at, sk] of ['s1', 's2', 't3'].entries())
        await put(b, { ...key(pk, sk), owner: { S: 'ann' }, age: { N: String(at) }, map: { M: { name: { S: sk } } } });
    return b;
  };
  const names = (rows: Row[]) => rows.map(({ pk, sk }) => `${pk?.S}/${sk?.S}`);

  test.each([
    ["WHERE pk = 'a'", ['a/s1', 'a/s2', 'a/t3']],
    ["WHERE pk = 'a' ORDER BY sk DESC", ['a/t3', 'a/s2', 'a/s1']],
    ["WHERE pk = 'a' AND sk > 's1'", ['a/s2', 'a/t3']],
    ["WHERE 's1' < sk AND pk = 'a'", ['a/s2', 'a/t3']],
    ["WHERE pk = 'a' AND begins_with(sk, 's') AND age <> 0", ['a/s2']],
    ["WHERE pk = 'a' AND sk BETWEEN 's2' AND 's9'", ['a/s2']],
    ["WHERE pk IN ['b', 'a'] AND sk = 's1' ORDER BY pk ASC", ['a/s1', 'b/s1']],
    ["WHERE pk = 'a' OR pk = 'b' AND NOT sk IN ('s1', 's2')", ['a/s1', 'a/s2', 'a/t3', 'b/t3']],
    ["WHERE pk = 'a' AND map.name = 't3'", ['a/t3']],
    ["WHERE pk = 'a' AND map IS MISSING", []],
    [
      "WHERE pk = 'a' AND age IS NOT MISSING AND map IS MAP AND age IS NOT NULL AND size(sk) = 2",
      ['a/s1', 'a/s2', 'a/t3'],
    ],
    ["WHERE pk = 'a' AND contains(map.name, 't') = true", ['a/t3']],
    ["WHERE pk = 'a' AND attribute_type(age, 'N') AND ATTRIBUTE_EXISTS(nope)", []],
  ])('%s', async (where, expected) => {
    await using b = await seeded();
    expect(names(await b.run(`SELECT * FROM "table" ${where}`))).toEqual(expected);
  });

  test('columns are named by the last step of their paths', async () => {
    await using b = await seeded();
    const [row] = await b.run(`SELECT pk, map.name, gone FROM "table" WHERE pk = 'a' AND sk = 's1'`);
    expect(row).toEqual({ pk: { S: 'a' }, name: { S: 's1' } });
  });

  test('without a partition key it reads the whole table; an index is read by its own key', async () => {
    await using b = await seeded();
    const found = await b.run('SELECT pk FROM "table" WHERE age = 1');
    expect(found.map(({ pk }) => pk?.S).toSorted()).toEqual(['a', 'b']);
    const byOwner = await b.run(`SELECT * FROM "table"."by-owner" WHERE owner = 'ann' AND age >= 1 ORDER BY age DESC`);
    expect(byOwner.map(({ age }) => age?.N)).toEqual(['2', '2', '1', '1']);
    const { ConsumedCapacity } = await b.db.executeStatement({
      Statement: `SELECT * FROM "table"."by-owner" WHERE owner = 'ann'`,
      ReturnConsumedCapacity: 'INDEXES',
    });
    expect(ConsumedCapacity).toMatchObject({
      CapacityUnits: 0.5,
      Table: { CapacityUnits: 0 },
      GlobalSecondaryIndexes: { 'by-owner': { CapacityUnits: 0.5 } },
    });
  });

  test('Limit and NextToken page through partitions, and a token belongs to its statement', async () => {
    await using b = await seeded();
    const Statement = "SELECT * FROM \"table\" WHERE pk IN ['a', 'b']";
    const seen: string[] = [];
    let NextToken: string | undefined;
    let pages = 0;
    do {
      const page = await b.db.executeStatement({ Statement, Limit: 2, NextToken });
      seen.push(...names(page.Items ?? []));
      ({ NextToken } = page);
      pages++;
      if (NextToken !== undefined)
        await expect(b.db.executeStatement({ Statement: 'SELECT * FROM "table"', NextToken })).rejects.toMatchObject({
          name: 'ValidationException',
        });
    } while (NextToken !== undefined);
    expect(seen).toEqual(['a/s1', 'a/s2', 'a/t3', 'b/s1', 'b/s2', 'b/t3']);
    expect(pages).toBeGreaterThanOrEqual(3);
  });
});

describe('ExecuteStatement: writes', () => {
  test('UPDATE sets, removes, adds and appends, and returns what is asked for', async () => {
    await using b = await start();
    await put(b, { ...key('a'), n: { N: '1' }, list: { L: [{ S: 'x' }] }, tags: { SS: ['p'] }, old: { S: 'o' } });
    const [row] = await b.run(
      `UPDATE "table" SET n = n + 2 SET list = list_append(list, ['y']), tags = set_add(tags, <<'q'>>), m = {'a': {'b': 1}}
       REMOVE old ${at('a')} RETURNING ALL NEW *`,
    );
    expect(row).toEqual({
      ...key('a'),
      n: { N: '3' },
      list: { L: [{ S: 'x' }, { S: 'y' }] },
      tags: { SS: ['p', 'q'] },
      m: { M: { a: { M: { b: { N: '1' } } } } },
    });
    expect(await b.run(`UPDATE "table" SET m.a.b = 2 ${at('a')} RETURNING MODIFIED OLD *`)).toEqual([
      { m: { M: { a: { M: { b: { N: '1' } } } } } },
    ]);
    expect(await b.run(`UPDATE "table" REMOVE n ${at('a')} RETURNING MODIFIED NEW *`)).toEqual([]);
    expect(await b.run(`FROM "table" ${at('a')} SET tags = set_delete(tags, <<'p', 'q'>>)`)).toEqual([]);
    expect((await b.get('a'))?.['tags']).toBeUndefined();
  });

  test('UPDATE of an item that is not there fails its condition; DELETE of one does nothing', async () => {
    await using b = await start();
    const failed = { name: 'ConditionalCheckFailedException', message: 'The conditional request failed' };
    await expect(b.run(`UPDATE "table" SET v = 1 ${at('none')}`)).rejects.toMatchObject(failed);
    expect(await b.run(`DELETE FROM "table" ${at('none')} AND v = 1 RETURNING ALL OLD *`)).toEqual([]);
    await put(b, { ...key('a'), v: { N: '1' } });
    const remove = (v: number) =>
      b.run(`DELETE FROM "table" ${at('a')} AND v = ? RETURNING ALL OLD *`, { N: String(v) });
    await expect(remove(2)).rejects.toMatchObject(failed);
    await expect(
      b.db.executeStatement({
        Statement: `UPDATE "table" SET v = 3 ${at('a')} AND v = 2`,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ).rejects.toMatchObject({ ...failed, Item: { ...key('a'), v: { N: '1' } } });
    expect(await remove(1)).toEqual([{ ...key('a'), v: { N: '1' } }]);
    expect(await b.get('a')).toBeUndefined();
  });
});

describe('ExecuteStatement: what is refused', () => {
  const leftover = malformed('Unexpected token after expression');
  test.each([
    ['SLECT 1', malformed('Expected data manipulation')],
    [`SELECT * FROM "table" ${at('a')} foo`, leftover],
    [`SELECT * FROM "table" ORDER BY pk WHERE pk = 'a'`, leftover],
    [`DELETE FROM "table" ${at('a')} ORDER BY pk`, leftover],
    [`INSERT INTO "table" t VALUE {'pk': 'x'}`, leftover],
    [`SELECT * FROM "table" t`, invalid('Aliasing is not supported')],
    [`UPDATE "table" AS t SET a = 1 ${at('a')}`, invalid('Aliasing is not supported')],
    [`SELECT * FROM "table" WHERE n = 1e2147483648`, malformed('')],
    [`SELECT * FROM "table" WHERE n = 1 # note`, malformed('')],
    [`SELECT * FROM "table`, malformed('')],
    [
      `INSERT INTO "table" VALUE {'pk': 'a', 'l': [1, {'x': 1e126}]}`,
      invalid(
        'Number overflow. Attempting to store a number with magnitude larger than supported range under root[1].x',
      ),
    ],
    [`SELECT * FROM "table"."gsi"."x"`, invalid('A path may contain at most 2 components in the FROM clause')],
    [`SELECT * FROM "table".""`, invalid('Path component cannot be an empty string')],
    [`SELECT * FROM "table"."none"`, invalid('The table does not have the specified index')],
    [
      `SELECT * FROM "table" ORDER BY sk`,
      invalid('Must have WHERE clause in the statement when using ORDER BY clause.'),
    ],
    [
      `SELECT * FROM "table" WHERE pk = 'a' ORDER BY age`,
      invalid('Attribute age in ORDER BY clause must be part of the primary key'),
    ],
    [
      `SELECT * FROM "table" WHERE pk > 'a' ORDER BY sk`,
      invalid('Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.'),
    ],
    [
      `SELECT age FROM "table"."keys-only" WHERE owner = 'a'`,
      invalid('One or more parameter values were invalid: Global secondary index keys-only does not project [age]'),
    ],
    [
      `SELECT pk FROM "table"."keys-only" WHERE owner = 'a' AND age = 1`,
      invalid(
        'One or more parameter values were invalid: Secondary index keys-only does not project one or more filter attributes: [age]',
      ),
    ],
    [
      `DELETE FROM "table" WHERE pk = 'a'`,
      invalid('Where clause does not contain a mandatory equality on all key attributes'),
    ],
    [
      `DELETE FROM "table" ${at('a')} RETURNING MODIFIED OLD *`,
      invalid(
        'Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements.',
      ),
    ],
    [`SELECT * FROM "table" WHERE pk = ?`, invalid("Number of parameters in request and statement don't match.")],
    [`SELECT size(a) FROM "table"`, invalid('Unexpected path component at 1:8:4')],
    [`SELECT * FROM "table"\nWHERE  floor(a) = 1`, invalid('Unrecognized function: floor at 2:8:5')],
    [
      `SELECT * FROM "table" WHERE attribute_exists(a, b)`,
      invalid(
        'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2',
      ),
    ],
    [
      `SELECT * FROM "table" WHERE pk = 'a' AND v < true`,
      invalid('Incorrect operand type for operator or function; operator or function: <, operand type: BOOL'),
    ],
    [
      `UPDATE "table" SET t = set_add(s, <<'x'>>) ${at('a')}`,
      invalid('The first argument to SET_ADD must equal the assignment value at 1:24:7'),
    ],
    [
      `UPDATE "table" SET s = set_delete(s, 'x') ${at('a')}`,
      invalid('The second argument to SET_DELETE must be a value with type SET at 1:35:1'),
    ],
    [`UPDATE "table" SET s = <<>> ${at('a')}`, invalid('Empty bags are not supported')],
    [`INSERT INTO "table" VALUE {'pk': size(a)}`, invalid('Unsupported data type: size under key root at 1:34:4')],
  ])('%s', async (statement, expected) => {
    await using b = await start();
    await expect(b.run(statement)).rejects.toMatchObject(expected);
  });

  test('strong reads of global indexes, and tables that are not there', async () => {
    await using b = await start();
    const Statement = `SELECT * FROM "table"."by-owner" WHERE owner = 'a'`;
    await expect(b.db.executeStatement({ Statement, ConsistentRead: true })).rejects.toMatchObject(
      invalid('Strongly consistent read is not supported on Global Secondary Indexes'),
    );
    await expect(b.run('SELECT * FROM "none"')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

test('BatchExecuteStatement: each statement answers for itself', async () => {
  await using b = await start();
  await put(b, { ...key('a'), v: { N: '1' } });
  const batch = async (...statements: string[]) =>
    (await b.db.batchExecuteStatement({ Statements: statements.map((Statement) => ({ Statement })) })).Responses;
  expect(
    await batch(
      `INSERT INTO "table" VALUE {'pk': 'a', 'sk': 's'}`,
      `UPDATE "table" SET v = 2 ${at('a')} RETURNING MODIFIED NEW *`,
      `DELETE FROM "table" ${at('a')} AND v = 9`,
      `DELETE FROM "table" ${at('a')} RETURNING ALL OLD *`,
      'DELTE',
    ),
  ).toMatchObject([
    { Error: { Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table' } },
    { TableName: 'table', Item: { v: { N: '2' } } },
    { Error: { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' } },
    { TableName: 'table', Item: { v: { N: '2' } } },
    { Error: { Code: 'ValidationError' } },
  ]);
  const noKey = 'Select statements within BatchExecuteStatement must specify the primary key in the where clause.';
  expect(
    await batch(
      `SELECT * FROM "table" WHERE pk = 'a'`,
      `SELECT * FROM "table"."by-owner" WHERE owner = 'x'`,
      `SELECT * FROM "none" ${at('a')}`,
      `SELECT * FROM "table" ${at('a')}`,
    ),
  ).toMatchObject([
    { Error: { Code: 'ValidationError', Message: noKey } },
    { Error: { Code: 'ValidationError', Message: noKey } },
    { Error: { Code: 'ResourceNotFound' } },
    { TableName: 'table' },
  ]);
  await expect(batch(`SELECT * FROM "table" ${at('a')}`, `DELETE FROM "table" ${at('a')}`)).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

test('ExecuteTransaction: all or none, with reasons, checks and tokens', async () => {
  await using b = await start();
  await put(b, { ...key('a'), v: { N: '1' } });
  const transact = (statements: string[], ClientRequestToken?: string) =>
    b.db.executeTransaction({
      TransactStatements: statements.map((Statement) => ({ Statement })),
      ClientRequestToken,
      ReturnConsumedCapacity: 'TOTAL',
    });
  const exists = (v: number) => `EXISTS(SELECT * FROM "table" ${at('a')} AND v = ${v})`;
  const insert = (pk: string) => `INSERT INTO "table" VALUE {'pk': '${pk}', 'sk': 's'}`;
  await expect(transact([insert('b'), exists(2)])).rejects.toMatchObject({
    name: 'TransactionCanceledException',
    CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
  });
  await expect(transact([insert('a'), insert('b')])).rejects.toMatchObject({
    CancellationReasons: [
      { Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table' },
      { Code: 'None' },
    ],
  });
  expect(await b.get('b')).toBeUndefined();
  const first = await transact([insert('b'), exists(1)], 'token');
  expect(first.Responses).toEqual([]);
  expect(first.ConsumedCapacity).toMatchObject([{ TableName: 'table', WriteCapacityUnits: 4 }]);
  const again = await transact([insert('b'), exists(1)], 'token');
  expect(again.ConsumedCapacity).toMatchObject([{ TableName: 'table', ReadCapacityUnits: 4 }]);
  const read = await transact([`SELECT v FROM "table" ${at('a')}`, `SELECT * FROM "table" ${at('z')}`]);
  expect(read.Responses).toEqual([{ Item: { v: { N: '1' } } }, {}]);
});

test.each([
  [
    `UPDATE "table" SET v = 1 ${at('x')} RETURNING ALL NEW *`,
    'RETURNING clause is not supported in ExecuteTransaction.',
  ],
  [`SELECT * FROM "table"."by-owner" WHERE owner = 'x'`, 'Reads on indices are not supported within transactions.'],
  [
    `SELECT * FROM "table" WHERE pk = 'x'`,
    'Select statements within ExecuteTransaction must specify the primary key in the where clause.',
  ],
  [`EXISTS(SELECT * FROM "table" ${at('x')})`, 'EXISTS() must contain a single item read with additional condition'],
])('ExecuteTransaction: %s is refused by its place', async (Statement, message) => {
  await using b = await start();
  await expect(b.db.executeTransaction({ TransactStatements: [{ Statement }] })).rejects.toMatchObject(
    invalid(`Validation failed in TransactStatements[0]: ${message}`),
  );
});
