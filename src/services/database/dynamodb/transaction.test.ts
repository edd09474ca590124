import { DynamoDB, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { createTable, type Fixture, startFixture } from './fixture.ts';

const key = (pk: string) => ({ pk: { S: pk }, sk: { S: 's' } });

async function start(t: Fixture): Promise<DynamoDB> {
  await createTable(t);
  const db = t.cloud.client(DynamoDB);
  await db.putItem({ TableName: 'table', Item: { ...key('a'), n: { N: '1' } } });
  return db;
}

const put = (pk: string): TransactWriteItem => ({ Put: { TableName: 'table', Item: key(pk) } });
const add = (pk: string): TransactWriteItem => ({
  Update: {
    TableName: 'table',
    Key: key(pk),
    UpdateExpression: 'ADD n :one',
    ExpressionAttributeValues: { ':one': { N: '1' } },
  },
});
const check = (ConditionExpression: string): TransactWriteItem => ({
  ConditionCheck: {
    TableName: 'table',
    Key: key('a'),
    ConditionExpression,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

test('TransactWriteItems: all or none, with a reason for each action', async () => {
  await using t = await startFixture();
  const db = await start(t);
  const failed = db.transactWriteItems({
    TransactItems: [
      put('b'),
      check('attribute_not_exists(n)'),
      { Put: { TableName: 'table', Item: { pk: { N: '1' } } } },
    ],
  });
  await expect(failed).rejects.toMatchObject({
    name: 'TransactionCanceledException',
    CancellationReasons: [{ Code: 'None' }, { Code: 'None' }, { Code: 'ValidationError' }],
  });
  await expect(
    db.transactWriteItems({ TransactItems: [put('b'), add('c'), check('attribute_not_exists(n)')] }),
  ).rejects.toMatchObject({
    message:
      'Transaction cancelled, please refer cancellation reasons for specific reasons [None, None, ConditionalCheckFailed]',
    CancellationReasons: [
      { Code: 'None' },
      { Code: 'None' },
      {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        Item: { ...key('a'), n: { N: '1' } },
      },
    ],
  });
  expect((await db.scan({ TableName: 'table' })).Count).toBe(1);
  const done = await db.transactWriteItems({
    TransactItems: [put('b'), add('c'), check('attribute_exists(n)')],
    ReturnConsumedCapacity: 'TOTAL',
  });
  expect(done.ConsumedCapacity).toEqual([{ TableName: 'table', CapacityUnits: 6, WriteCapacityUnits: 6 }]);
  expect((await db.scan({ TableName: 'table' })).Count).toBe(3);
});

test('TransactWriteItems: what is wrong with the request itself is no cancellation', async () => {
  await using t = await startFixture();
  const db = await start(t);
  const write = (...TransactItems: TransactWriteItem[]) => db.transactWriteItems({ TransactItems });
  await expect(write(put('b'), add('b'))).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Transaction request cannot include multiple operations on one item',
  });
  await expect(write({ ...put('b'), ...add('c') })).rejects.toMatchObject({
    message: 'TransactItems can only contain one of Check, Put, Update or Delete',
  });
  await expect(write(put(''))).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(write({ Put: { TableName: 'none', Item: key('a') } })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  await expect(write(...Array.from({ length: 101 }, (_, at) => put(`p${at}`)))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('Member must have length less than or equal to 100'),
  });
});

test('TransactWriteItems: a token makes it idempotent for ten minutes', async () => {
  await using t = await startFixture();
  const db = await start(t);
  const write = (pk: string) =>
    db.transactWriteItems({ TransactItems: [add(pk)], ClientRequestToken: 'token', ReturnConsumedCapacity: 'TOTAL' });
  const n = async () => (await db.getItem({ TableName: 'table', Key: key('a') })).Item?.['n']?.N;
  expect((await write('a')).ConsumedCapacity).toMatchObject([{ WriteCapacityUnits: 2 }]);
  expect((await write('a')).ConsumedCapacity).toMatchObject([{ ReadCapacityUnits: 2 }]);
  expect(await n()).toBe('2');
  await expect(write('b')).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
  await t.cloud.clock.advance(601);
  await write('a');
  expect(await n()).toBe('3');
});

test('TransactGetItems: items of one instant in the order of the request', async () => {
  await using t = await startFixture();
  const db = await start(t);
  const get = (pk: string) => ({ Get: { TableName: 'table', Key: key(pk), ProjectionExpression: 'n' } });
  const { Responses, ConsumedCapacity } = await db.transactGetItems({
    TransactItems: [get('z'), get('a')],
    ReturnConsumedCapacity: 'TOTAL',
  });
  expect(Responses).toEqual([{}, { Item: { n: { N: '1' } } }]);
  expect(ConsumedCapacity).toEqual([{ TableName: 'table', CapacityUnits: 4, ReadCapacityUnits: 4 }]);
});
