import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { createFifo, createQueue, type Fixture, startFixture } from './fixture.ts';

const start = new Date('2026-01-01T00:00:00Z').getTime();

/** Values of a metric of a queue by minutes since the start of the test. */
async function valuesOf({ cloud }: Fixture, MetricName: string, QueueName = 'work', Stat = 'Maximum') {
  const { MetricDataResults } = await cloud.client(CloudWatch).getMetricData({
    StartTime: new Date(start),
    EndTime: new Date(start + 24 * 3_600_000),
    ScanBy: 'TimestampAscending',
    MetricDataQueries: [
      {
        Id: 'm',
        MetricStat: {
          Metric: { Namespace: 'AWS/SQS', MetricName, Dimensions: [{ Name: 'QueueName', Value: QueueName }] },
          Period: 60,
          Stat,
        },
      },
    ],
  });
  const { Timestamps = [], Values = [] } = MetricDataResults?.[0] ?? {};
  return Object.fromEntries(Timestamps.map((at, index) => [(at.getTime() - start) / 60_000, Values[index]]));
}

test('AWS/SQS: the number of messages is told for each minute, also of minutes in which only the clock changed it', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'work', { VisibilityTimeout: '90' });
  await cloud.clock.advance(90); // 1:30
  for (const body of ['a', 'b', 'c']) await sqs.sendMessage({ QueueUrl, MessageBody: body });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'late', DelaySeconds: 150 }); // until 4:00
  await cloud.clock.advance(60); // 2:30
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 2 }); // until 4:00
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle as string });
  await cloud.clock.advance(210); // 6:00; nobody has looked since
  expect(await valuesOf(fixture, 'ApproximateNumberOfMessagesVisible')).toEqual({ 0: 0, 1: 3, 2: 1, 3: 1, 4: 3, 5: 3 });
  expect(await valuesOf(fixture, 'ApproximateNumberOfMessagesNotVisible')).toEqual({
    0: 0,
    1: 0,
    2: 1,
    3: 1,
    4: 0,
    5: 0,
  });
  expect(await valuesOf(fixture, 'ApproximateNumberOfMessagesDelayed')).toEqual({ 0: 0, 1: 1, 2: 1, 3: 1, 4: 0, 5: 0 });
  expect(await valuesOf(fixture, 'ApproximateAgeOfOldestMessage')).toEqual({
    0: 0,
    1: 30,
    2: 90,
    3: 150,
    4: 210,
    5: 270,
  });
  // The same once the queue was looked at: the past does not change.
  await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
  await sqs.purgeQueue({ QueueUrl });
  await cloud.clock.advance(60);
  expect(await valuesOf(fixture, 'ApproximateNumberOfMessagesVisible')).toEqual({
    0: 0,
    1: 3,
    2: 1,
    3: 1,
    4: 3,
    5: 3,
    6: 0,
  });
});

test('AWS/SQS: what was sent, received, deleted and not found is counted', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'work');
  await sqs.sendMessage({ QueueUrl, MessageBody: '12345' });
  await sqs.sendMessageBatch({
    QueueUrl,
    Entries: [
      { Id: 'a', MessageBody: '123456789' },
      { Id: 'b', MessageBody: '1' },
    ],
  });
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
  await sqs.receiveMessage({ QueueUrl });
  for (const { ReceiptHandle } of Messages) await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
  await cloud.clock.advance(120);
  expect(await valuesOf(fixture, 'NumberOfMessagesSent', 'work', 'Sum')).toEqual({ 0: 3, 1: 0 });
  expect(await valuesOf(fixture, 'NumberOfMessagesReceived', 'work', 'Sum')).toEqual({ 0: 3, 1: 0 });
  expect(await valuesOf(fixture, 'NumberOfMessagesDeleted', 'work', 'Sum')).toEqual({ 0: 3, 1: 0 });
  expect(await valuesOf(fixture, 'NumberOfEmptyReceives', 'work', 'Sum')).toEqual({ 0: 1, 1: 0 });
  expect(await valuesOf(fixture, 'SentMessageSize', 'work', 'Average')).toEqual({ 0: 5 });
});

test('AWS/SQS: an empty queue that nobody uses has data for six hours; one with messages goes on, until they expire', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  await createQueue(sqs, 'work');
  const QueueUrl = await createQueue(sqs, 'kept', { MessageRetentionPeriod: '28800' });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'a' });
  await cloud.clock.advance(10 * 3_600);
  expect(Object.keys(await valuesOf(fixture, 'ApproximateNumberOfMessagesVisible')).length).toBe(360);
  expect(Object.values(await valuesOf(fixture, 'ApproximateNumberOfMessagesVisible', 'kept'))).toEqual(
    Array.from({ length: 480 }, () => 1),
  );
  const { Metrics = [] } = await cloud
    .client(CloudWatch)
    .listMetrics({ Namespace: 'AWS/SQS', Dimensions: [{ Name: 'QueueName', Value: 'work' }] });
  expect(Metrics.map(({ MetricName }) => MetricName)).toEqual([
    'ApproximateAgeOfOldestMessage',
    'ApproximateNumberOfMessagesDelayed',
    'ApproximateNumberOfMessagesNotVisible',
    'ApproximateNumberOfMessagesVisible',
    'ApproximateNumberOfNoisyGroups',
    'NumberOfEmptyReceives',
    'NumberOfMessagesDeleted',
    'NumberOfMessagesReceived',
    'NumberOfMessagesSent',
    'SentMessageSize',
  ]);
});

test('AWS/SQS: a FIFO queue tells of duplicates and of groups with messages in flight', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createFifo(sqs, 'work.fifo', { ContentBasedDeduplication: 'true' });
  for (const MessageGroupId of ['a', 'b', 'b'])
    await sqs.sendMessage({ QueueUrl, MessageBody: `of ${MessageGroupId}`, MessageGroupId });
  await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 90 });
  await cloud.clock.advance(180);
  expect(await valuesOf(fixture, 'NumberOfDeduplicatedSentMessages', 'work.fifo', 'Sum')).toEqual({ 0: 1, 1: 0, 2: 0 });
  expect(await valuesOf(fixture, 'ApproximateNumberOfGroupsWithInflightMessages', 'work.fifo')).toEqual({
    0: 2,
    1: 0,
    2: 0,
  });
});
