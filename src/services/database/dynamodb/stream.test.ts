import { DynamoDB, type StreamViewType } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreams, type _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, test } from 'vitest';
import { createTable, type Fixture, startFixture } from './fixture.ts';

const Key = { pk: { S: 'a' }, sk: { S: 's' } };
const withStream = (StreamViewType: StreamViewType) => ({
  StreamSpecification: { StreamEnabled: true, StreamViewType },
});

interface Bench {
  readonly db: DynamoDB;
  readonly streams: DynamoDBStreams;
  readonly StreamArn: string;
}

async function startStream(t: Fixture, view: StreamViewType): Promise<Bench> {
  const db = t.cloud.client(DynamoDB);
  const streams = t.cloud.client(DynamoDBStreams);
  await createTable(t, 'table', withStream(view));
  const { Table } = await db.describeTable({ TableName: 'table' });
  return { db, streams, StreamArn: Table?.LatestStreamArn as string };
}

const shardsOf = async ({ streams, StreamArn }: Bench) =>
  (await streams.describeStream({ StreamArn })).StreamDescription?.Shards ?? [];

/** Every record of every shard, in order. */
async function readAll(b: Bench): Promise<StreamRecord[]> {
  const records: StreamRecord[] = [];
  for (const { ShardId } of await shardsOf(b)) {
    let { ShardIterator } = await b.streams.getShardIterator({
      StreamArn: b.StreamArn,
      ShardId,
      ShardIteratorType: 'TRIM_HORIZON',
    });
    while (ShardIterator !== undefined) {
      const page = await b.streams.getRecords({ ShardIterator, Limit: 2 });
      records.push(...(page.Records ?? []));
      ShardIterator = page.Records?.length === 0 ? undefined : page.NextShardIterator;
    }
  }
  return records;
}

async function writeThrice({ db }: Bench): Promise<void> {
  await db.putItem({ TableName: 'table', Item: { ...Key, v: { N: '1' } } });
  await db.putItem({ TableName: 'table', Item: { ...Key, v: { N: '1' } } });
  await db.updateItem({
    TableName: 'table',
    Key,
    UpdateExpression: 'SET v = :v',
    ExpressionAttributeValues: { ':v': { N: '2' } },
  });
  await db.deleteItem({ TableName: 'table', Key });
  await db.deleteItem({ TableName: 'table', Key });
}

describe('GetRecords: changes in order, with what the view shows (DDB-14)', () => {
  const one = { ...Key, v: { N: '1' } };
  const two = { ...Key, v: { N: '2' } };
  test.each([
    ['KEYS_ONLY', [], []],
    ['NEW_IMAGE', [one, two, undefined], []],
    ['OLD_IMAGE', [], [undefined, one, two]],
    ['NEW_AND_OLD_IMAGES', [one, two, undefined], [undefined, one, two]],
  ] as const)('%s', async (view, fresh, old) => {
    await using t = await startFixture();
    const b = await startStream(t, view);
    await writeThrice(b);
    const records = await readAll(b);
    expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
    for (const [at, { dynamodb, ...record }] of records.entries()) {
      expect(record).toMatchObject({ eventSource: 'aws:dynamodb', eventVersion: '1.1', awsRegion: 'us-east-1' });
      expect(dynamodb).toMatchObject({ Keys: Key, StreamViewType: view });
      expect(dynamodb?.NewImage).toEqual(fresh[at]);
      expect(dynamodb?.OldImage).toEqual(old[at]);
    }
    const numbers = records.map(({ dynamodb }) => BigInt(dynamodb?.SequenceNumber as string));
    expect(numbers).toEqual(numbers.toSorted((a, b) => (a < b ? -1 : 1)));
  });
});

test('GetShardIterator: at, after, latest; iterators are good for 15 minutes (DDB-14)', async () => {
  await using t = await startFixture();
  const b = await startStream(t, 'KEYS_ONLY');
  const { StreamArn, streams } = b;
  await writeThrice(b);
  const [first] = await readAll(b);
  const SequenceNumber = first?.dynamodb?.SequenceNumber;
  const [shard] = await shardsOf(b);
  const read = async (ShardIteratorType: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER' | 'LATEST', from?: string) => {
    const { ShardIterator } = await streams.getShardIterator({
      StreamArn,
      ShardId: shard?.ShardId,
      ShardIteratorType,
      SequenceNumber: from,
    });
    return { ShardIterator, count: (await streams.getRecords({ ShardIterator })).Records?.length };
  };
  expect((await read('AT_SEQUENCE_NUMBER', SequenceNumber)).count).toBe(3);
  expect((await read('AFTER_SEQUENCE_NUMBER', SequenceNumber)).count).toBe(2);
  const { ShardIterator, count } = await read('LATEST');
  expect(count).toBe(0);
  await b.db.putItem({ TableName: 'table', Item: Key });
  expect((await streams.getRecords({ ShardIterator })).Records).toHaveLength(1);
  await t.cloud.clock.advance(901);
  await expect(streams.getRecords({ ShardIterator })).rejects.toMatchObject({ name: 'ExpiredIteratorException' });
  await expect(
    streams.getShardIterator({ StreamArn, ShardId: `shardId-${'0'.repeat(20)}-none`, ShardIteratorType: 'LATEST' }),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('records are kept for 24 hours; shards follow one another (DDB-14)', async () => {
  await using t = await startFixture();
  const b = await startStream(t, 'NEW_IMAGE');
  await writeThrice(b);
  const [first] = await readAll(b);
  const [shard] = await shardsOf(b);
  await t.cloud.clock.advance(5 * 3600);
  await b.db.putItem({ TableName: 'table', Item: Key });
  const shards = await shardsOf(b);
  expect(shards.map(({ ParentShardId }) => ParentShardId)).toEqual([undefined, shard?.ShardId]);
  expect(shards[0]?.SequenceNumberRange?.EndingSequenceNumber).toBeDefined();
  expect(await readAll(b)).toHaveLength(4);
  await t.cloud.clock.advance(20 * 3600);
  expect(await readAll(b)).toHaveLength(1);
  await expect(
    b.streams.getShardIterator({
      StreamArn: b.StreamArn,
      ShardId: shard?.ShardId,
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
      SequenceNumber: first?.dynamodb?.SequenceNumber,
    }),
  ).rejects.toMatchObject({ name: 'TrimmedDataAccessException' });
});

test('UpdateTable: a stream that is turned off stays readable for a day, and another one has a new label', async () => {
  await using t = await startFixture();
  const b = await startStream(t, 'NEW_IMAGE');
  await writeThrice(b);
  const update = (StreamSpecification: { StreamEnabled: boolean; StreamViewType?: StreamViewType }) =>
    b.db.updateTable({ TableName: 'table', StreamSpecification });
  await expect(update({ StreamEnabled: true, StreamViewType: 'NEW_IMAGE' })).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Table already has an enabled stream: TableName: table',
  });
  await update({ StreamEnabled: false });
  await t.cloud.clock.advance(5);
  const { StreamDescription } = await b.streams.describeStream({ StreamArn: b.StreamArn });
  expect(StreamDescription?.StreamStatus).toBe('DISABLED');
  expect(await readAll(b)).toHaveLength(3);
  const again = await update({ StreamEnabled: true, StreamViewType: 'KEYS_ONLY' });
  expect(again.TableDescription?.LatestStreamArn).not.toBe(b.StreamArn);
  expect((await b.streams.listStreams({ TableName: 'table' })).Streams).toHaveLength(2);
  await t.cloud.clock.advance(25 * 3600);
  await expect(b.streams.describeStream({ StreamArn: b.StreamArn })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('UpdateTimeToLive: expired items go within minutes, told to the stream as the service’s own (DDB-13)', async () => {
  await using t = await startFixture();
  const b = await startStream(t, 'OLD_IMAGE');
  const { db } = b;
  const now = t.cloud.clock.now().getTime() / 1000;
  const at = (seconds: number) => ({ N: String(now + seconds) });
  await db.putItem({ TableName: 'table', Item: { ...Key, expires: at(600) } });
  await db.putItem({ TableName: 'table', Item: { ...Key, sk: { S: 'later' }, expires: at(7200) } });
  await db.putItem({ TableName: 'table', Item: { ...Key, sk: { S: 'never' }, expires: { S: 'text' } } });
  await db.putItem({ TableName: 'table', Item: { ...Key, sk: { S: 'ancient' }, expires: at(-6 * 366 * 86_400) } });
  const set = (Enabled: boolean, AttributeName = 'expires') =>
    db.updateTimeToLive({ TableName: 'table', TimeToLiveSpecification: { Enabled, AttributeName } });
  await set(true);
  const status = async () =>
    (await db.describeTimeToLive({ TableName: 'table' })).TimeToLiveDescription?.TimeToLiveStatus;
  expect(await status()).toBe('ENABLING');
  await t.cloud.clock.advance(60);
  expect(await status()).toBe('ENABLED');
  await expect(set(true)).rejects.toMatchObject({ message: 'TimeToLive is already enabled' });
  const left = async () => ((await db.scan({ TableName: 'table' })).Items ?? []).map(({ sk }) => sk?.S).toSorted();
  expect(await left()).toEqual(['ancient', 'later', 'never', 's']);
  await t.cloud.clock.advance(720);
  expect(await left()).toEqual(['ancient', 'later', 'never']);
  const gone = (await readAll(b)).at(-1);
  expect(gone).toMatchObject({
    eventName: 'REMOVE',
    userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' },
    dynamodb: { OldImage: { sk: { S: 's' } } },
  });
  await set(false);
  await t.cloud.clock.advance(8000);
  expect(await left()).toEqual(['ancient', 'later', 'never']);
  expect(await status()).toBe('DISABLED');
});
