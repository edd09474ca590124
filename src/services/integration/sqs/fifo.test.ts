import { expect, test } from 'vitest';
import { bodiesOf, counts, createFifo, createQueue, startFixture, type Fixture } from './fixture.ts';

const contentBased = { ContentBasedDeduplication: 'true' };

async function startFifo(attributes: Record<string, string> = contentBased) {
  const fixture: Fixture = await startFixture();
  const QueueUrl = await createFifo(fixture.sqs, 'q.fifo', attributes);
  const send = (MessageBody: string, MessageGroupId = 'g', MessageDeduplicationId?: string) =>
    fixture.sqs.sendMessage({
      QueueUrl,
      MessageBody,
      MessageGroupId,
      ...(MessageDeduplicationId && { MessageDeduplicationId }),
    });
  return { ...fixture, QueueUrl, send };
}

test('FIFO: a group is handed out in order, the next only after delete or timeout; groups interleave (SQS-13, SQS-15)', async () => {
  const { sqs, cloud, QueueUrl, send } = await startFifo();
  for (const [body, group] of [
    ['a1', 'a'],
    ['b1', 'b'],
    ['a2', 'a'],
    ['b2', 'b'],
  ] as const)
    await send(body, group);
  const [a1] = (await sqs.receiveMessage({ QueueUrl })).Messages ?? [];
  expect(a1?.Body).toBe('a1');
  expect(await bodiesOf(sqs, QueueUrl, 1)).toEqual(['b1']);
  expect(await bodiesOf(sqs, QueueUrl)).toEqual([]); // both groups wait
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: a1?.ReceiptHandle });
  expect(await bodiesOf(sqs, QueueUrl)).toEqual(['a2']);
  await cloud.clock.advance(30);
  expect(await bodiesOf(sqs, QueueUrl)).toEqual(['b1', 'b2', 'a2']);
  await cloud.close();
});

test('FIFO: a receive gives as many of one group as it can, then of the next', async () => {
  const { sqs, cloud, QueueUrl, send } = await startFifo();
  for (const i of [1, 2, 3]) for (const group of ['a', 'b']) await send(`${group}${i}`, group);
  expect(await bodiesOf(sqs, QueueUrl, 4)).toEqual(['a1', 'a2', 'a3', 'b1']);
  expect(await bodiesOf(sqs, QueueUrl, 4)).toEqual([]);
  await cloud.close();
});

test('FIFO: a group waits while any of its messages is in flight, also when an earlier one is visible again', async () => {
  const { sqs, cloud, QueueUrl, send } = await startFifo();
  for (const body of ['1', '2', '3']) await send(body);
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 2 });
  await sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle, VisibilityTimeout: 0 });
  expect(await bodiesOf(sqs, QueueUrl)).toEqual([]);
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: Messages[1]?.ReceiptHandle });
  expect(await bodiesOf(sqs, QueueUrl)).toEqual(['1', '3']);
  await cloud.close();
});

test('FIFO: the same id within five minutes is the same message, even after it was deleted (SQS-13)', async () => {
  const { sqs, cloud, QueueUrl, send } = await startFifo({});
  const first = await send('one', 'g', 'id');
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl });
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle });
  await cloud.clock.advance(299);
  const again = await send('two', 'other', 'id');
  expect(again).toMatchObject({ MessageId: first.MessageId, SequenceNumber: first.SequenceNumber });
  expect(await counts(sqs, QueueUrl)).toEqual([0, 0, 0]);
  await cloud.clock.advance(1);
  const anew = await send('three', 'g', 'id');
  expect(anew.MessageId).not.toBe(first.MessageId);
  expect(await bodiesOf(sqs, QueueUrl)).toEqual(['three']);
  await cloud.close();
});

test('FIFO: deduplication by content goes by the body alone; an id given goes before it', async () => {
  const { sqs, cloud, QueueUrl, send } = await startFifo();
  await send('same');
  await send('same');
  await send('same', 'g', 'own-id');
  expect(await counts(sqs, QueueUrl)).toEqual([2, 0, 0]);
  await cloud.close();
});

test('FIFO: deduplication by group tells groups apart; high throughput needs it', async () => {
  const { sqs, cloud, QueueUrl, send } = await startFifo({ ...contentBased, DeduplicationScope: 'messageGroup' });
  for (const group of ['a', 'b', 'a']) await send('same', group);
  expect(await counts(sqs, QueueUrl)).toEqual([2, 0, 0]);
  await expect(createFifo(sqs, 'r.fifo', { FifoThroughputLimit: 'perMessageGroupId' })).rejects.toMatchObject({
    name: 'InvalidAttributeValue',
  });
  await cloud.close();
});

test('FIFO: what a message must have, and may not have', async () => {
  const { sqs, cloud, QueueUrl } = await startFifo({});
  const refused = (input: object, name: string, message: string | RegExp) =>
    expect(sqs.sendMessage({ QueueUrl, MessageBody: 'x', ...input })).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  await refused({}, 'MissingParameter', 'The request must contain the parameter MessageGroupId.');
  await refused(
    { MessageGroupId: 'g' },
    'InvalidParameterValue',
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
  await refused(
    { MessageGroupId: 'a b' },
    'InvalidParameterValue',
    'Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
  );
  await refused(
    { MessageGroupId: 'g', MessageDeduplicationId: 'x'.repeat(129) },
    'InvalidParameterValue',
    'MessageDeduplicationId can only include',
  );
  await refused(
    { MessageGroupId: 'g', MessageDeduplicationId: 'd', DelaySeconds: 2 },
    'InvalidParameterValue',
    'Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.',
  );
  const standard = await createQueue(sqs, 'standard');
  await refused(
    { QueueUrl: standard, MessageDeduplicationId: 'd' },
    'InvalidParameterValue',
    'not valid for this queue type',
  );
  await cloud.close();
});

test('FIFO: sequence numbers have twenty digits and grow; consumers see group, ids and number (SQS-16)', async () => {
  const { sqs, cloud, QueueUrl, send } = await startFifo({});
  const sent = [await send('1', 'a', 'i'), await send('2', 'b', 'j')];
  const numbers = sent.map(({ SequenceNumber }) => SequenceNumber as string);
  for (const number of numbers) expect(number).toMatch(/^\d{20}$/);
  expect(numbers.toSorted()).toEqual(numbers);
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MessageSystemAttributeNames: ['All'] });
  expect(Messages[0]?.Attributes).toMatchObject({
    MessageGroupId: 'a',
    MessageDeduplicationId: 'i',
    SequenceNumber: numbers[0],
  });
  await cloud.close();
});

test('FIFO: a receipt handle is good while the message is in flight, and only the latest one', async () => {
  const { sqs, cloud, QueueUrl, send } = await startFifo();
  await send('x');
  const receive = async () => (await sqs.receiveMessage({ QueueUrl })).Messages?.[0]?.ReceiptHandle as string;
  const first = await receive();
  await cloud.clock.advance(30);
  const expired = (handle: string) => ({
    name: 'InvalidParameterValue',
    message: `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
  });
  await expect(sqs.deleteMessage({ QueueUrl, ReceiptHandle: first })).rejects.toMatchObject(expired(first));
  const second = await receive();
  await expect(sqs.deleteMessage({ QueueUrl, ReceiptHandle: first })).rejects.toMatchObject(expired(first));
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: second });
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: second });
  expect(await counts(sqs, QueueUrl)).toEqual([0, 0, 0]);
  await cloud.close();
});

test('FIFO: a receive that is tried again gets the same messages and receipts, hidden anew, until one of them changes', async () => {
  const { sqs, cloud, QueueUrl, send } = await startFifo();
  for (const body of ['1', '2']) await send(body);
  const attempt = () =>
    sqs.receiveMessage({
      QueueUrl,
      MaxNumberOfMessages: 10,
      ReceiveRequestAttemptId: 'try',
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    });
  const first = await attempt();
  expect(first.Messages).toHaveLength(2);
  await cloud.clock.advance(20);
  expect(await attempt()).toEqual(first);
  await cloud.clock.advance(20);
  expect(await counts(sqs, QueueUrl)).toEqual([0, 0, 2]);
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: first.Messages?.[0]?.ReceiptHandle });
  expect(await attempt()).toEqual({});
  await cloud.close();
});

test('FIFO: 300 calls a second of one action; above RequestThrottled, until the next second; batches count once (SQS-14)', async () => {
  const { sqs, cloud, QueueUrl } = await startFifo();
  const batch = (i: number) =>
    sqs.sendMessageBatch({
      QueueUrl,
      Entries: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((j) => ({
        Id: `${j}`,
        MessageBody: `${i}.${j}`,
        MessageGroupId: `${j}`,
      })),
    });
  for (let i = 0; i < 300; i++) await batch(i);
  await expect(batch(300)).rejects.toMatchObject({ name: 'RequestThrottled' });
  expect(await counts(sqs, QueueUrl)).toEqual([3_000, 0, 0]);
  expect(await bodiesOf(sqs, QueueUrl, 1)).toEqual(['0.0']);
  await cloud.clock.advance(1);
  await batch(300);
  await sqs.setQueueAttributes({
    QueueUrl,
    Attributes: { DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' },
  });
  for (let i = 0; i < 400; i++) await batch(i + 1_000);
  await cloud.close();
});

test("FIFO: the queue's delay holds for messages that are already there", async () => {
  const { sqs, cloud, QueueUrl, send } = await startFifo({ ...contentBased, DelaySeconds: '10' });
  await send('x');
  expect(await counts(sqs, QueueUrl)).toEqual([0, 1, 0]);
  await sqs.setQueueAttributes({ QueueUrl, Attributes: { DelaySeconds: '0' } });
  expect(await counts(sqs, QueueUrl)).toEqual([1, 0, 0]);
  await sqs.setQueueAttributes({ QueueUrl, Attributes: { DelaySeconds: '100' } });
  await cloud.clock.advance(99);
  expect(await bodiesOf(sqs, QueueUrl)).toEqual([]);
  await cloud.clock.advance(1);
  expect(await bodiesOf(sqs, QueueUrl)).toEqual(['x']);
  await cloud.close();
});

test('PurgeQueue: a purged message may be sent again', async () => {
  const { sqs, cloud, QueueUrl, send } = await startFifo();
  await send('x');
  await sqs.purgeQueue({ QueueUrl });
  await send('x');
  expect(await bodiesOf(sqs, QueueUrl)).toEqual(['x']);
  await cloud.close();
});
