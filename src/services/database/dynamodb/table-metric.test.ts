import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { createTable, type Fixture, index, startFixture } from './fixture.ts';

const start = new Date('2026-01-01T00:00:00Z').getTime();

/** Sums of a metric by minutes since the start of the test. */
async function valuesOf({ cloud }: Fixture, MetricName: string, dimensions: Record<string, string>, Stat = 'Sum') {
  const { MetricDataResults } = await cloud.client(CloudWatch).getMetricData({
    StartTime: new Date(start),
    EndTime: new Date(start + 3_600_000),
    ScanBy: 'TimestampAscending',
    MetricDataQueries: [
      {
        Id: 'm',
        MetricStat: {
          Metric: {
            Namespace: 'AWS/DynamoDB',
            MetricName,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          },
          Period: 60,
          Stat,
        },
      },
    ],
  });
  const { Timestamps = [], Values = [] } = MetricDataResults?.[0] ?? {};
  return Object.fromEntries(Timestamps.map((at, place) => [(at.getTime() - start) / 60_000, Values[place]]));
}

const table = { TableName: 'table' };
const keyOf = (pk: string) => ({ pk: { S: pk }, sk: { S: '1' } });

test('AWS/DynamoDB: what is consumed is told for the table, for its indexes, and for each operation', async () => {
  await using fixture = await startFixture();
  const db = fixture.cloud.client(DynamoDB);
  await createTable(fixture, 'table', {
    AttributeDefinitions: [{ AttributeName: 'owner', AttributeType: 'S' }],
    GlobalSecondaryIndexes: [{ ...index('by-owner', 'owner'), Projection: { ProjectionType: 'ALL' } }],
  });
  const text = { S: 'x'.repeat(5_000) };
  await db.putItem({ ...table, Item: { ...keyOf('a'), owner: { S: 'ann' }, text } });
  await db.getItem({ ...table, Key: keyOf('a'), ConsistentRead: true });
  await db.getItem({ ...table, Key: keyOf('none') });
  await db.query({
    ...table,
    IndexName: 'by-owner',
    KeyConditionExpression: '#o = :o',
    ExpressionAttributeNames: { '#o': 'owner' },
    ExpressionAttributeValues: { ':o': { S: 'ann' } },
  });
  await fixture.cloud.clock.advance(60);
  const byOwner = { ...table, GlobalSecondaryIndexName: 'by-owner' };
  expect(await valuesOf(fixture, 'ConsumedWriteCapacityUnits', table)).toEqual({ 0: 5 });
  expect(await valuesOf(fixture, 'ConsumedWriteCapacityUnits', byOwner)).toEqual({ 0: 5 });
  expect(await valuesOf(fixture, 'ConsumedReadCapacityUnits', table)).toEqual({ 0: 2.5 });
  expect(await valuesOf(fixture, 'ConsumedReadCapacityUnits', byOwner)).toEqual({ 0: 1 });
  const of = (Operation: string) => ({ ...table, Operation });
  expect(await valuesOf(fixture, 'SuccessfulRequestLatency', of('GetItem'), 'SampleCount')).toEqual({ 0: 2 });
  expect(await valuesOf(fixture, 'ReturnedItemCount', of('Query'))).toEqual({ 0: 1 });
  const { Metrics = [] } = await fixture.cloud.client(CloudWatch).listMetrics({
    Namespace: 'AWS/DynamoDB',
    Dimensions: [{ Name: 'Operation' }],
  });
  expect(
    Metrics.map(({ MetricName, Dimensions }) => `${MetricName} ${Dimensions?.map(({ Value }) => Value).join(' ')}`),
  ).toEqual([
    'ReturnedItemCount Query table',
    'SuccessfulRequestLatency GetItem table',
    'SuccessfulRequestLatency PutItem table',
    'SuccessfulRequestLatency Query table',
  ]);
});

test('AWS/DynamoDB: refusals are counted by their kind, also when the request left nothing else behind', async () => {
  await using fixture = await startFixture();
  const db = fixture.cloud.client(DynamoDB, { maxAttempts: 1 });
  await createTable(fixture, 'table', {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
  });
  const put = (extra: object = {}) => db.putItem({ ...table, Item: keyOf('a'), ...extra });
  await put();
  const fails = { ConditionExpression: 'attribute_not_exists(pk)' };
  await expect(put(fails)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  await expect(
    db.transactWriteItems({ TransactItems: [{ Put: { ...table, Item: keyOf('a'), ...fails } }] }),
  ).rejects.toMatchObject({ name: 'TransactionCanceledException' });
  await expect(db.getItem({ TableName: 'none', Key: keyOf('a') })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  const big = { ...table, Item: { ...keyOf('b'), text: { S: 'x'.repeat(300_000) } } };
  // The first one leaves a little of the burst, the second one overdraws it.
  await db.putItem(big);
  await db.putItem(big);
  await expect(put()).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
  await fixture.cloud.clock.advance(400);
  expect(await valuesOf(fixture, 'ConditionalCheckFailedRequests', table)).toEqual({ 0: 2 });
  expect(await valuesOf(fixture, 'WriteThrottleEvents', table)).toEqual({ 0: 1 });
  expect(await valuesOf(fixture, 'WriteProvisionedThroughputThrottleEvents', table)).toEqual({ 0: 1 });
  expect(await valuesOf(fixture, 'ThrottledRequests', { ...table, Operation: 'PutItem' })).toEqual({ 0: 1 });
  expect(await valuesOf(fixture, 'UserErrors', {})).toEqual({ 0: 2 });
  expect(await valuesOf(fixture, 'ProvisionedReadCapacityUnits', table, 'Average')).toEqual({ 0: 1, 5: 1 });
  expect(await valuesOf(fixture, 'MaxProvisionedTableReadCapacityUtilization', {}, 'Average')).toEqual({
    0: 0.0025,
    5: 0.0025,
  });
});

test('AWS/DynamoDB: items that time to live takes away are counted', async () => {
  await using fixture = await startFixture();
  const db = fixture.cloud.client(DynamoDB);
  await createTable(fixture);
  await db.updateTimeToLive({ ...table, TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' } });
  const until = { N: String(start / 1000 + 100) };
  for (const pk of ['a', 'b']) await db.putItem({ ...table, Item: { ...keyOf(pk), until } });
  await fixture.cloud.clock.advance(600);
  const counts = Object.values(await valuesOf(fixture, 'TimeToLiveDeletedItemCount', table));
  expect(counts).toEqual([2]);
});
