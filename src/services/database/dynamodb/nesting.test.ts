import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { createTable, startFixture } from './fixture.ts';

const deep = (open: string, core: string, close: string, times: number) =>
  open.repeat(times) + core + close.repeat(times);

test.each([
  ['parentheses', deep('(', 'a = :v', ')', 2_000)],
  ['NOT', deep('NOT ', 'a = :v', '', 1_000)],
  ['unclosed parentheses', '('.repeat(4_000)],
  ['calls', deep('size(', 'a', ')', 600)],
])('ConditionExpression: nested far too deep is refused: %s', async (_kind, ConditionExpression) => {
  await using t = await startFixture();
  const db = t.cloud.client(DynamoDB);
  await createTable(t);
  await expect(
    db.putItem({
      TableName: 'table',
      Item: { pk: { S: 'a' }, sk: { S: 'b' } },
      ConditionExpression,
      ExpressionAttributeValues: { ':v': { S: 'x' } },
    }),
  ).rejects.toMatchObject({ name: 'ValidationException' });
});

test.each([
  ['parentheses', `SELECT * FROM "table" WHERE ${deep('(', 'a = 1', ')', 4_000)}`],
  ['lists', `INSERT INTO "table" VALUE {'pk': ${deep('[', '1', ']', 4_000)}}`],
  ['NOT', `SELECT * FROM "table" WHERE ${deep('NOT ', 'a = 1', '', 2_000)}`],
  ['AND', `SELECT * FROM "table" WHERE a = 1${' AND a = 1'.repeat(800)}`],
])('ExecuteStatement: nested far too deep is refused: %s', async (_kind, Statement) => {
  await using t = await startFixture();
  const db = t.cloud.client(DynamoDB);
  await createTable(t);
  await expect(db.executeStatement({ Statement })).rejects.toMatchObject({ name: 'ValidationException' });
});
