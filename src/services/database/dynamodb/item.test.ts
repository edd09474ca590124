import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { createTable, startFixture } from './fixture.ts';

type Attributes = Record<string, AttributeValue>;
const key = (pk: string, sk = '1'): Attributes => ({ pk: { S: pk }, sk: { S: sk } });

async function start() {
  const fixture = await startFixture();
  await createTable(fixture);
  const { dynamodb } = fixture;
  const put = (item: Attributes, more: Partial<PutItemCommandInput> = {}) =>
    dynamodb.send(new PutItemCommand({ TableName: 'table', Item: item, ...more }));
  const get = async (item: Attributes) =>
    (await dynamodb.send(new GetItemCommand({ TableName: 'table', Key: item, ConsistentRead: true }))).Item;
  const update = (item: Attributes, more: Partial<UpdateItemCommandInput>) =>
    dynamodb.send(new UpdateItemCommand({ TableName: 'table', Key: item, ...more }));
  return { ...fixture, put, get, update, [Symbol.asyncDispose]: () => fixture.cloud.close() };
}

test('PutItem and GetItem: every type comes back as it went, numbers in their one form', async () => {
  await using t = await start();
  const item: Attributes = {
    ...key('a'),
    n: { N: '0042.1200' },
    b: { B: new Uint8Array([0, 255]) },
    ss: { SS: ['x', 'y'] },
    ns: { NS: ['1.0', '2'] },
    bs: { BS: [new Uint8Array([1])] },
    m: { M: { deep: { L: [{ BOOL: false }, { NULL: true }, { S: '' }] } } },
  };
  await t.put(item);
  expect(await t.get(key('a'))).toEqual({ ...item, n: { N: '42.12' }, ns: { NS: ['1', '2'] } });
});

test('DDB-08 PutItem: the same key replaces the item whole; a missing key attribute is refused', async () => {
  await using t = await start();
  await t.put({ ...key('a'), old: { S: 'x' } });
  const { Attributes } = await t.put({ ...key('a'), fresh: { S: 'y' } }, { ReturnValues: 'ALL_OLD' });
  expect(Attributes).toEqual({ ...key('a'), old: { S: 'x' } });
  expect(await t.get(key('a'))).toEqual({ ...key('a'), fresh: { S: 'y' } });
  await expect(t.put({ pk: { S: 'a' } })).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'One or more parameter values were invalid: Missing the key sk in the item',
  });
  await expect(t.put({ pk: { N: '1' }, sk: { S: '1' } })).rejects.toThrow(
    'One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N',
  );
  await expect(t.get({ pk: { S: 'a' } })).rejects.toThrow('The provided key element does not match the schema');
  await expect(t.put(key(''))).rejects.toThrow(
    'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
  );
  await expect(t.put(key('k'.repeat(2049)))).rejects.toThrow(
    'Size of hashkey has exceeded the maximum size limit of2048 bytes',
  );
  await expect(t.put(key('a', 'k'.repeat(1025)))).rejects.toThrow(
    'Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
  );
});

test('DDB-17 an item ends at 400 KB, to the byte', async () => {
  await using t = await start();
  const room = 409_600 - 'pk'.length - 1 - 'sk'.length - 1 - 'v'.length;
  await t.put({ ...key('a'), v: { S: 'x'.repeat(room) } });
  await expect(t.put({ ...key('a'), v: { S: 'x'.repeat(room + 1) } })).rejects.toThrow(
    'Item size has exceeded the maximum allowed size',
  );
  await expect(
    t.update(key('a'), { UpdateExpression: 'SET w = :w', ExpressionAttributeValues: { ':w': { S: '' } } }),
  ).rejects.toThrow('Item size to update has exceeded the maximum allowed size');
});

test('a condition that fails says so, gives the item when asked, and changes nothing', async () => {
  await using t = await start();
  await t.put({ ...key('a'), v: { N: '1' } });
  const again = t.put(key('a'), {
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  const error = await again.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConditionalCheckFailedException);
  expect(error).toMatchObject({ message: 'The conditional request failed', Item: { ...key('a'), v: { N: '1' } } });
  const quiet = await t
    .put(key('a'), { ConditionExpression: 'v > :v', ExpressionAttributeValues: { ':v': { N: '1' } } })
    .catch((thrown: unknown) => thrown);
  expect(quiet).toBeInstanceOf(ConditionalCheckFailedException);
  expect(quiet).not.toHaveProperty('Item.pk');
  expect(await t.get(key('a'))).toEqual({ ...key('a'), v: { N: '1' } });
});

describe('UpdateItem', () => {
  test('counts exactly, makes the item when there is none, and returns what was asked for', async () => {
    await using t = await start();
    const bump = (ReturnValues: UpdateItemCommandInput['ReturnValues']) =>
      t.update(key('a'), {
        UpdateExpression: 'SET hits = if_not_exists(hits, :zero) + :one, o.x = :one',
        ConditionExpression: 'attribute_exists(o) OR attribute_not_exists(pk)',
        ExpressionAttributeValues: { ':zero': { N: '0' }, ':one': { N: '0.1' } },
        ReturnValues,
      });
    await t.update(key('a'), {
      UpdateExpression: 'SET o = :o',
      ExpressionAttributeValues: { ':o': { M: { y: { S: 'y' } } } },
    });
    expect((await bump('UPDATED_OLD')).Attributes).toBeUndefined();
    expect((await bump('UPDATED_NEW')).Attributes).toEqual({ hits: { N: '0.2' }, o: { M: { x: { N: '0.1' } } } });
    expect((await bump('ALL_OLD')).Attributes).toMatchObject({ hits: { N: '0.2' }, pk: { S: 'a' } });
    expect((await bump('ALL_NEW')).Attributes).toEqual({
      ...key('a'),
      hits: { N: '0.4' },
      o: { M: { y: { S: 'y' }, x: { N: '0.1' } } },
    });
  });

  test('no key attribute can be changed', async () => {
    await using t = await start();
    await expect(
      t.update(key('a'), { UpdateExpression: 'SET sk = :v', ExpressionAttributeValues: { ':v': { S: 'x' } } }),
    ).rejects.toThrow(
      'One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key',
    );
  });

  test('legacy parameters do what expressions do, and are not mixed with them', async () => {
    await using t = await start();
    await t.update(key('a'), {
      AttributeUpdates: {
        n: { Action: 'ADD', Value: { N: '5' } },
        s: { Action: 'ADD', Value: { SS: ['a', 'b'] } },
        p: { Value: { S: 'put' } },
        l: { Action: 'ADD', Value: { L: [{ S: 'x' }] } },
      },
    });
    await t.update(key('a'), {
      AttributeUpdates: {
        n: { Action: 'ADD', Value: { N: '-2' } },
        s: { Action: 'DELETE', Value: { SS: ['a'] } },
        p: { Action: 'DELETE' },
      },
      Expected: {
        n: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ N: '1' }, { N: '5' }] },
        q: { Exists: false },
      },
      ConditionalOperator: 'AND',
    });
    expect(await t.get(key('a'))).toEqual({ ...key('a'), n: { N: '3' }, s: { SS: ['b'] }, l: { L: [{ S: 'x' }] } });
    await expect(t.update(key('a'), { Expected: { n: { Value: { N: '9' } } } })).rejects.toBeInstanceOf(
      ConditionalCheckFailedException,
    );
    await expect(
      t.update(key('a'), { UpdateExpression: 'REMOVE n', AttributeUpdates: { n: { Action: 'DELETE' } } }),
    ).rejects.toThrow(
      'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributeUpdates} Expression parameters: {UpdateExpression}',
    );
  });
});

test('DeleteItem: gives the old item, and deleting none is no error', async () => {
  await using t = await start();
  await t.put({ ...key('a'), v: { S: 'x' } });
  const remove = () =>
    t.dynamodb.send(new DeleteItemCommand({ TableName: 'table', Key: key('a'), ReturnValues: 'ALL_OLD' }));
  expect((await remove()).Attributes).toEqual({ ...key('a'), v: { S: 'x' } });
  expect((await remove()).Attributes).toBeUndefined();
});

test('placeholders without an expression are refused in the words of each parameter', async () => {
  await using t = await start();
  await expect(t.put(key('a'), { ExpressionAttributeValues: { ':v': { S: 'x' } } })).rejects.toThrow(
    'ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null',
  );
  await expect(t.put(key('a'), { ExpressionAttributeNames: { '#v': 'x' } })).rejects.toThrow(
    'ExpressionAttributeNames can only be specified when using expressions',
  );
  await expect(t.update(key('a'), { ExpressionAttributeValues: { ':v': { S: 'x' } } })).rejects.toThrow(
    'using expressions: UpdateExpression and ConditionExpression are null',
  );
});

test('a table that is not there is ResourceNotFoundException, after what is wrong with the request itself', async () => {
  await using t = await start();
  const read = (input: object) => t.dynamodb.send(new GetItemCommand({ TableName: 'absent', Key: key('a'), ...input }));
  await expect(read({})).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Requested resource not found',
  });
  await expect(read({ ProjectionExpression: 'a,,b' })).rejects.toMatchObject({ name: 'ValidationException' });
});

describe('DDB-02 consumed capacity', () => {
  test('reads: 4 KB a unit, half of it when eventually consistent; writes: 1 KB a unit of the larger image', async () => {
    await using t = await start();
    const write = await t.put({ ...key('a'), v: { S: 'x'.repeat(5_000) } }, { ReturnConsumedCapacity: 'TOTAL' });
    expect(write.ConsumedCapacity).toEqual({ TableName: 'table', CapacityUnits: 5 });
    const read = async (ConsistentRead: boolean, pk = 'a') =>
      (
        await t.dynamodb.send(
          new GetItemCommand({ TableName: 'table', Key: key(pk), ConsistentRead, ReturnConsumedCapacity: 'INDEXES' }),
        )
      ).ConsumedCapacity;
    expect(await read(false)).toEqual({ TableName: 'table', CapacityUnits: 1, Table: { CapacityUnits: 1 } });
    expect(await read(true)).toEqual({ TableName: 'table', CapacityUnits: 2, Table: { CapacityUnits: 2 } });
    expect((await read(false, 'none'))?.CapacityUnits).toBe(0.5);
    const shrink = await t.put(key('a'), { ReturnConsumedCapacity: 'TOTAL' });
    expect(shrink.ConsumedCapacity?.CapacityUnits).toBe(5);
  });
});
