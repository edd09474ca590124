import { expect, test } from 'vitest';
import { createFifo, createQueue, startFixture } from './fixture.ts';

/** Lets everything that can go on without the clock go on. */
const turn = () => new Promise((done) => setImmediate(done));

test('long polling: ends when a message comes (SQS-02)', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  const polls = [1, 2].map(() => sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 }));
  await turn();
  await sqs.sendMessage({ QueueUrl, MessageBody: 'a' });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'b' });
  const answers = await Promise.all(polls);
  expect(answers.map(({ Messages }) => Messages?.map(({ Body }) => Body))).toEqual([['a'], ['b']]);
});

test('long polling: ends empty when the time is over, and not before (SQS-02)', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'q', { ReceiveMessageWaitTimeSeconds: '20' });
  let answer: object | undefined;
  const poll = sqs.receiveMessage({ QueueUrl }).then((output) => (answer = output));
  await turn();
  await cloud.clock.advance(19);
  await turn();
  expect(answer).toBeUndefined();
  await cloud.clock.advance(1);
  await poll;
  expect(answer).toEqual({});
});

test('long polling: ends when the clock shows a delayed or a hidden message, at that moment (SQS-02)', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  const receive = () =>
    sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20, VisibilityTimeout: 9, AttributeNames: ['All'] });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x', DelaySeconds: 7 });
  const first = receive();
  await turn();
  await cloud.clock.advance(60);
  expect((await first).Messages?.[0]?.Attributes).toMatchObject({ ApproximateFirstReceiveTimestamp: '1767225607000' });
  const second = receive();
  await turn();
  const { Messages } = await second;
  expect(Messages?.[0]?.Attributes).toMatchObject({ ApproximateReceiveCount: '2' });
});

test('long polling: a message sent with a delay while one waits is seen when the delay is over', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  const poll = sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 });
  await turn();
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x', DelaySeconds: 3 });
  await turn();
  await cloud.clock.advance(3);
  expect((await poll).Messages?.[0]?.Body).toBe('x');
});

test('long polling: ends with QueueDoesNotExist when the queue is deleted', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  const poll = sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 });
  const refusal = expect(poll).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  await turn();
  await sqs.deleteQueue({ QueueUrl });
  await refusal;
});

test('long polling: ends when deleting a message frees its group (SQS-15)', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createFifo(sqs, 'q.fifo', { ContentBasedDeduplication: 'true' });
  for (const MessageBody of ['1', '2']) await sqs.sendMessage({ QueueUrl, MessageBody, MessageGroupId: 'g' });
  const ReceiptHandle = (await sqs.receiveMessage({ QueueUrl })).Messages?.[0]?.ReceiptHandle;
  const poll = sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 });
  await turn();
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
  expect((await poll).Messages?.[0]?.Body).toBe('2');
});
