import { expect, test } from 'vitest';
import { attributesOf, bodiesOf, counts, createFifo, createQueue, startFixture, type Fixture } from './fixture.ts';

const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const redrive = (target: string, maxReceiveCount: unknown = 2) => ({
  RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn(target), maxReceiveCount }),
  VisibilityTimeout: '0',
});

async function startWithDeadLetters(): Promise<Fixture & { source: string; dead: string }> {
  const fixture = await startFixture();
  const dead = await createQueue(fixture.sqs, 'dead');
  const source = await createQueue(fixture.sqs, 'source', redrive('dead'));
  return { ...fixture, source, dead };
}

test('dead letters: after maxReceiveCount receives the next one moves the message, as it is (SQS-10)', async () => {
  const { sqs, cloud, source, dead } = await startWithDeadLetters();
  const sent = await sqs.sendMessage({ QueueUrl: source, MessageBody: 'x' });
  await cloud.clock.advance(5);
  expect([await bodiesOf(sqs, source), await bodiesOf(sqs, source)]).toEqual([['x'], ['x']]);
  expect(await counts(sqs, dead)).toEqual([0, 0, 0]);
  expect(await bodiesOf(sqs, source)).toEqual([]);
  expect(await counts(sqs, source)).toEqual([0, 0, 0]);
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl: dead, MessageSystemAttributeNames: ['All'] });
  expect(Messages[0]).toMatchObject({
    MessageId: sent.MessageId,
    Attributes: {
      DeadLetterQueueSourceArn: arn('source'),
      ApproximateReceiveCount: '3',
      SentTimestamp: '1767225600000',
    },
  });
  await cloud.close();
});

test('dead letters: retention goes on from when the message was first sent', async () => {
  const { sqs, cloud, source, dead } = await startWithDeadLetters();
  await sqs.setQueueAttributes({ QueueUrl: dead, Attributes: { MessageRetentionPeriod: '100' } });
  await sqs.sendMessage({ QueueUrl: source, MessageBody: 'x' });
  await cloud.clock.advance(60);
  for (let i = 0; i < 3; i++) await bodiesOf(sqs, source);
  expect(await counts(sqs, dead)).toEqual([1, 0, 0]);
  await cloud.clock.advance(40);
  expect(await counts(sqs, dead)).toEqual([0, 0, 0]);
  await cloud.close();
});

test('dead letters: FIFO to FIFO, the group goes on; the message id becomes the deduplication id', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const dead = await createFifo(sqs, 'dead.fifo');
  const source = await createFifo(sqs, 'source.fifo', {
    ...redrive('dead.fifo', 1),
    ContentBasedDeduplication: 'true',
  });
  const first = await sqs.sendMessage({ QueueUrl: source, MessageBody: '1', MessageGroupId: 'g' });
  await sqs.sendMessage({ QueueUrl: source, MessageBody: '2', MessageGroupId: 'g' });
  expect(await bodiesOf(sqs, source, 1)).toEqual(['1']);
  await cloud.clock.advance(5);
  expect(await bodiesOf(sqs, source, 1)).toEqual(['2']);
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl: dead, MessageSystemAttributeNames: ['All'] });
  expect(Messages[0]).toMatchObject({
    Body: '1',
    Attributes: {
      MessageGroupId: 'g',
      MessageDeduplicationId: first.MessageId,
      DeadLetterQueueSourceArn: arn('source.fifo'),
      SentTimestamp: '1767225605000',
    },
  });
});

test('dead letters: a long poll on the dead-letter queue sees the message come', async () => {
  const { sqs, cloud, source, dead } = await startWithDeadLetters();
  const poll = sqs.receiveMessage({ QueueUrl: dead, WaitTimeSeconds: 20 });
  await sqs.sendMessage({ QueueUrl: source, MessageBody: 'x' });
  for (let i = 0; i < 3; i++) await bodiesOf(sqs, source);
  expect((await poll).Messages?.[0]?.Body).toBe('x');
  await cloud.close();
});

test('RedrivePolicy: given back compact, the count as a number (recorded); an empty one ends it', async () => {
  const { sqs, cloud, source, dead } = await startWithDeadLetters();
  await sqs.setQueueAttributes({ QueueUrl: source, Attributes: redrive('dead', '7') });
  const RedrivePolicy = `{"deadLetterTargetArn":"${arn('dead')}","maxReceiveCount":7}`;
  expect(await attributesOf(sqs, source)).toMatchObject({ RedrivePolicy });
  expect(await sqs.listDeadLetterSourceQueues({ QueueUrl: dead })).toEqual({ queueUrls: [source] });
  await sqs.setQueueAttributes({ QueueUrl: source, Attributes: { RedrivePolicy: '' } });
  expect(await attributesOf(sqs, source)).not.toHaveProperty('RedrivePolicy');
  expect(await sqs.listDeadLetterSourceQueues({ QueueUrl: dead })).toEqual({ queueUrls: [] });
  await cloud.close();
});

test.each([
  ['{}', 'Redrive policy does not contain mandatory attribute: maxReceiveCount.'],
  ['{"maxReceiveCount":1}', 'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.'],
  [
    redrive('dead', 0).RedrivePolicy,
    'Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.',
  ],
  [redrive('nowhere').RedrivePolicy, 'Dead letter target does not exist.'],
  [redrive('dead.fifo').RedrivePolicy, 'Dead-letter queue must be same type of queue as the source.'],
])('RedrivePolicy: %s is refused', async (RedrivePolicy, reason) => {
  const { sqs, cloud, source } = await startWithDeadLetters();
  await createFifo(sqs, 'dead.fifo');
  await expect(sqs.setQueueAttributes({ QueueUrl: source, Attributes: { RedrivePolicy } })).rejects.toMatchObject({
    name: 'InvalidParameterValue',
    message: `Value ${RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
  });
  await cloud.close();
});

test('RedriveAllowPolicy: says which queues may name this one', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const dead = await createQueue(sqs, 'dead', { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
  await expect(createQueue(sqs, 'a', redrive('dead'))).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  const byQueue = { redrivePermission: 'byQueue', sourceQueueArns: [arn('a')] };
  await sqs.setQueueAttributes({ QueueUrl: dead, Attributes: { RedriveAllowPolicy: JSON.stringify(byQueue) } });
  await createQueue(sqs, 'a', redrive('dead'));
  await expect(createQueue(sqs, 'b', redrive('dead'))).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  await expect(createQueue(sqs, 'c', { RedriveAllowPolicy: '{"redrivePermission":"some"}' })).rejects.toMatchObject({
    name: 'InvalidParameterValue',
  });
});
