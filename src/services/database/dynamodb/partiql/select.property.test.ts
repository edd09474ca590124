import { DynamoDB } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTable, startFixture } from '../fixture.ts';

interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly v: number;
}

/** A condition as text, and as a function of a row. */
interface Model {
  readonly text: string;
  readonly judge: (row: Row) => boolean;
}

const pks = ['a', 'b', 'c'];
const sks = ['p', 'q', 'r'];
const comparators: Readonly<Record<string, (a: string | number, b: string | number) => boolean>> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

const comparison = (name: keyof Row, value: fc.Arbitrary<string | number>): fc.Arbitrary<Model> =>
  fc.tuple(fc.constantFrom(...Object.keys(comparators)), value).map(([sign, bound]) => ({
    text: `${name} ${sign} ${typeof bound === 'number' ? bound : `'${bound}'`}`,
    judge: (row) => (comparators[sign] as (a: string | number, b: string | number) => boolean)(row[name], bound),
  }));

const leaf: fc.Arbitrary<Model> = fc.oneof(
  comparison('pk', fc.constantFrom(...pks)),
  comparison('sk', fc.constantFrom(...sks)),
  comparison('v', fc.integer({ min: 0, max: 2 })),
  fc.uniqueArray(fc.constantFrom(...pks), { minLength: 1 }).map((list) => ({
    text: `pk IN [${list.map((each) => `'${each}'`).join(', ')}]`,
    judge: (row: Row) => list.includes(row.pk),
  })),
  fc.constantFrom(...sks).map((start) => ({
    text: `begins_with(sk, '${start}')`,
    judge: (row: Row) => row.sk.startsWith(start),
  })),
);

const tree = fc.letrec<{ node: Model }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => ({
      text: `(${a.text}) AND (${b.text})`,
      judge: (row: Row) => a.judge(row) && b.judge(row),
    })),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => ({
      text: `(${a.text}) OR (${b.text})`,
      judge: (row: Row) => a.judge(row) || b.judge(row),
    })),
    tie('node').map((a) => ({ text: `NOT (${a.text})`, judge: (row: Row) => !a.judge(row) })),
  ),
})).node;

test('SELECT: whatever part of the table is read, the rows are those for which the condition holds', async () => {
  await using t = await startFixture();
  const db = t.cloud.client(DynamoDB);
  await createTable(t);
  const rows = pks.flatMap((pk, i) => sks.map((sk, j): Row => ({ pk, sk, v: (i + j) % 3 })));
  for (const { pk, sk, v } of rows)
    await db.putItem({ TableName: 'table', Item: { pk: { S: pk }, sk: { S: sk }, v: { N: String(v) } } });
  await fc.assert(
    fc.asyncProperty(tree, fc.integer({ min: 1, max: 4 }), async ({ text, judge }, Limit) => {
      const found: string[] = [];
      let NextToken: string | undefined;
      do {
        const page = await db.executeStatement({
          Statement: `SELECT pk, sk FROM "table" WHERE ${text}`,
          Limit,
          NextToken,
        });
        found.push(...(page.Items ?? []).map(({ pk, sk }) => `${pk?.S}${sk?.S}`));
        ({ NextToken } = page);
      } while (NextToken !== undefined);
      const expected = rows.filter(judge).map(({ pk, sk }) => pk + sk);
      expect(found.toSorted()).toEqual(expected.toSorted());
    }),
    { numRuns: 150 },
  );
});
