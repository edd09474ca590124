import { expect, test } from 'vitest';
import { bodiesOf, counts, createQueue, startFixture } from './fixture.ts';
import { definitions, type Tally } from './state.ts';

test('SendMessage: the message waits until a consumer asks, and is what was sent (SQS-01)', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  const sent = await sqs.sendMessage({
    QueueUrl,
    MessageBody: '箱庭',
    MessageAttributes: {
      weight: { DataType: 'Number', StringValue: '12.5' },
      raw: { DataType: 'Binary.png', BinaryValue: new Uint8Array([1, 2, 3]) },
    },
    MessageSystemAttributes: {
      AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' },
    },
  });
  expect(sent.MD5OfMessageSystemAttributes).toMatch(/^[\da-f]{32}$/);
  expect(sent).not.toHaveProperty('SequenceNumber');
  await cloud.clock.advance(3_600);
  const { Messages = [] } = await sqs.receiveMessage({
    QueueUrl,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  });
  expect(Messages).toEqual([
    {
      MessageId: sent.MessageId,
      ReceiptHandle: expect.stringMatching(/^AQEB/),
      Body: '箱庭',
      MD5OfBody: sent.MD5OfMessageBody,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      MessageAttributes: {
        weight: { DataType: 'Number', StringValue: '12.5' },
        raw: { DataType: 'Binary.png', BinaryValue: new Uint8Array([1, 2, 3]) },
      },
      Attributes: {
        SenderId: '000000000000',
        SentTimestamp: '1767225600000',
        ApproximateReceiveCount: '1',
        ApproximateFirstReceiveTimestamp: '1767229200000',
        AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
      },
    },
  ]);
});

test('ReceiveMessage: short polling answers at once, with nothing when there is nothing (SQS-03)', async () => {
  await using fixture = await startFixture();
  const QueueUrl = await createQueue(fixture.sqs, 'q');
  expect(await fixture.sqs.receiveMessage({ QueueUrl })).toEqual({});
});

test('ReceiveMessage: one message unless more are asked for, ten at most, in order of sending (SQS-06, SQS-12)', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  for (let i = 0; i < 13; i++) await sqs.sendMessage({ QueueUrl, MessageBody: `m${i}` });
  expect(await bodiesOf(sqs, QueueUrl, 1)).toEqual(['m0']);
  expect(await bodiesOf(sqs, QueueUrl, 10)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10']);
  expect(await bodiesOf(sqs, QueueUrl, 10)).toEqual(['m11', 'm12']);
  await expect(bodiesOf(sqs, QueueUrl, 11)).rejects.toMatchObject({
    name: 'InvalidParameterValue',
    message: 'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
  });
  await expect(bodiesOf(sqs, QueueUrl, 0)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  await expect(sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 21 })).rejects.toMatchObject({
    message: 'Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
  });
});

test('ReceiveMessage: what is not deleted comes back after the visibility timeout, with a new receipt (SQS-08, SQS-16)', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  const first = (await sqs.receiveMessage({ QueueUrl })).Messages?.[0];
  expect(await counts(sqs, QueueUrl)).toEqual([0, 0, 1]);
  await cloud.clock.advance(29);
  expect(await bodiesOf(sqs, QueueUrl)).toEqual([]);
  await cloud.clock.advance(1);
  const second = (await sqs.receiveMessage({ QueueUrl, MessageSystemAttributeNames: ['ApproximateReceiveCount'] }))
    .Messages?.[0];
  expect(second).toMatchObject({ MessageId: first?.MessageId, Attributes: { ApproximateReceiveCount: '2' } });
  expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: second?.ReceiptHandle });
  expect(await counts(sqs, QueueUrl)).toEqual([0, 0, 0]);
  await cloud.clock.advance(60);
  expect(await bodiesOf(sqs, QueueUrl)).toEqual([]);
});

test('SendMessage: delayed by itself or by the queue', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'q', { DelaySeconds: '10' });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'as the queue' });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'five', DelaySeconds: 5 });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'none', DelaySeconds: 0 });
  expect(await bodiesOf(sqs, QueueUrl)).toEqual(['none']);
  expect(await counts(sqs, QueueUrl)).toEqual([0, 2, 1]);
  await cloud.clock.advance(5);
  expect(await bodiesOf(sqs, QueueUrl)).toEqual(['five']);
  await cloud.clock.advance(5);
  expect(await bodiesOf(sqs, QueueUrl)).toEqual(['as the queue']);
  await expect(sqs.sendMessage({ QueueUrl, MessageBody: 'x', DelaySeconds: 901 })).rejects.toMatchObject({
    message: 'Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.',
  });
});

test('messages older than the retention period are gone (SQS-07)', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'q', { MessageRetentionPeriod: '60' });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'held' });
  await sqs.receiveMessage({ QueueUrl });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'never asked for' });
  await cloud.clock.advance(30);
  await sqs.sendMessage({ QueueUrl, MessageBody: 'younger' });
  await cloud.clock.advance(30);
  expect(await counts(sqs, QueueUrl)).toEqual([1, 0, 0]);
  expect(await bodiesOf(sqs, QueueUrl)).toEqual(['younger']);
});

test('SendMessage: at most MaximumMessageSize bytes, attributes included (SQS-05)', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x'.repeat(1_048_576) });
  const message = 'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.';
  await expect(sqs.sendMessage({ QueueUrl, MessageBody: 'x'.repeat(1_048_577) })).rejects.toMatchObject({
    name: 'InvalidParameterValue',
    message,
  });
  const attributes = { MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } } };
  await expect(sqs.sendMessage({ QueueUrl, MessageBody: 'x'.repeat(1_048_569), ...attributes })).rejects.toMatchObject({
    message,
  });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x'.repeat(1_048_568), ...attributes });
  await sqs.setQueueAttributes({ QueueUrl, Attributes: { MaximumMessageSize: '1024' } });
  await expect(sqs.sendMessage({ QueueUrl, MessageBody: '箱'.repeat(342) })).rejects.toMatchObject({
    name: 'InvalidParameterValue',
  });
  await expect(sqs.sendMessage({ QueueUrl, MessageBody: '' })).rejects.toMatchObject({
    name: 'MissingParameter',
    message: 'The request must contain the parameter MessageBody.',
  });
});

test('batches: each entry succeeds or fails by itself (SQS-17)', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  const sent = await sqs.sendMessageBatch({
    QueueUrl,
    Entries: [
      { Id: 'good', MessageBody: 'a' },
      { Id: 'bad', MessageBody: '\u0000' },
      { Id: 'late', MessageBody: 'b', DelaySeconds: 1_000 },
      { Id: 'fine', MessageBody: 'c' },
    ],
  });
  expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['good', 'fine']);
  expect(sent.Failed).toMatchObject([
    { Id: 'bad', SenderFault: true, Code: 'InvalidMessageContents' },
    { Id: 'late', SenderFault: true, Code: 'InvalidParameterValue' },
  ]);
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
  const [first, second] = Messages.map(({ ReceiptHandle }) => ReceiptHandle);
  const changed = await sqs.changeMessageVisibilityBatch({
    QueueUrl,
    Entries: [
      { Id: '1', ReceiptHandle: first, VisibilityTimeout: 0 },
      { Id: '2', ReceiptHandle: 'nonsense', VisibilityTimeout: 0 },
    ],
  });
  expect(changed).toMatchObject({ Successful: [{ Id: '1' }], Failed: [{ Id: '2', Code: 'ReceiptHandleIsInvalid' }] });
  const deleted = await sqs.deleteMessageBatch({ QueueUrl, Entries: [{ Id: '1', ReceiptHandle: second }] });
  expect(deleted).toEqual({ Successful: [{ Id: '1' }], Failed: undefined });
  expect(await bodiesOf(sqs, QueueUrl)).toEqual(['a']);
});

test.each([
  [[], 'EmptyBatchRequest', 'There should be at least one SendMessageBatchRequestEntry in the request.'],
  [
    Array.from({ length: 11 }, (_, i) => `${i}`),
    'TooManyEntriesInBatchRequest',
    'Maximum number of entries per request are 10. You have sent 11.',
  ],
  [['a', 'b', 'a'], 'BatchEntryIdsNotDistinct', 'Id a repeated.'],
  [
    ['a b'],
    'InvalidBatchEntryId',
    'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
  ],
])('SendMessageBatch: ids %j are refused (SQS-06)', async (ids, name, message) => {
  await using fixture = await startFixture();
  const QueueUrl = await createQueue(fixture.sqs, 'q');
  const Entries = ids.map((Id) => ({ Id, MessageBody: 'x' }));
  await expect(fixture.sqs.sendMessageBatch({ QueueUrl, Entries })).rejects.toMatchObject({ name, message });
});

test('SendMessageBatch: 1 MiB in all (SQS-05)', async () => {
  await using fixture = await startFixture();
  const QueueUrl = await createQueue(fixture.sqs, 'q');
  const Entries = [
    { Id: 'a', MessageBody: 'x'.repeat(1_000_000) },
    { Id: 'b', MessageBody: 'x'.repeat(48_577) },
  ];
  await expect(fixture.sqs.sendMessageBatch({ QueueUrl, Entries })).rejects.toMatchObject({
    name: 'BatchRequestTooLong',
    message: 'Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.',
  });
});

test('ChangeMessageVisibility: hides longer, shows at once, and never more than 12 hours in all (SQS-18)', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  const ReceiptHandle = (await sqs.receiveMessage({ QueueUrl })).Messages?.[0]?.ReceiptHandle;
  const change = (VisibilityTimeout: number) =>
    sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout });
  await cloud.clock.advance(20);
  await change(43_180);
  await cloud.clock.advance(43_179);
  expect(await bodiesOf(sqs, QueueUrl)).toEqual([]);
  await expect(change(2)).rejects.toMatchObject({
    name: 'InvalidParameterValue',
    message:
      'Value 2 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]',
  });
  await change(0);
  expect(await counts(sqs, QueueUrl)).toEqual([1, 0, 0]);
  await expect(change(10)).rejects.toMatchObject({ name: 'MessageNotInflight' });
  await expect(change(43_201)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

test('receipt handles: nonsense, another queue, a message that is gone', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  const other = await createQueue(sqs, 'other');
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  const ReceiptHandle = (await sqs.receiveMessage({ QueueUrl })).Messages?.[0]?.ReceiptHandle as string;
  await expect(sqs.deleteMessage({ QueueUrl, ReceiptHandle: 'fake' })).rejects.toMatchObject({
    name: 'ReceiptHandleIsInvalid',
    message: 'The input receipt handle "fake" is not a valid receipt handle.',
  });
  await expect(sqs.deleteMessage({ QueueUrl: other, ReceiptHandle })).rejects.toMatchObject({
    name: 'ReceiptHandleIsInvalid',
  });
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
  await expect(sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout: 1 })).rejects.toMatchObject({
    name: 'InvalidParameterValue',
    message: `Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
  });
});

test('DeleteMessage: an older receipt handle of a standard queue still deletes', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  const ReceiptHandle = (await sqs.receiveMessage({ QueueUrl })).Messages?.[0]?.ReceiptHandle;
  await cloud.clock.advance(30);
  await sqs.receiveMessage({ QueueUrl });
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
  expect(await counts(sqs, QueueUrl)).toEqual([0, 0, 0]);
});

test('ReceiveMessage: at 120,000 messages in flight a short poll is OverLimit, a long poll waits (SQS-04)', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  for (const MessageBody of ['a', 'b']) await sqs.sendMessage({ QueueUrl, MessageBody });
  const ReceiptHandle = (await sqs.receiveMessage({ QueueUrl })).Messages?.[0]?.ReceiptHandle;
  // As if 119,999 others were in flight too.
  const { tallies } = cloud.inside.store.state('sqs', definitions, '000000000000', 'us-east-1');
  cloud.inside.store.transaction(() => tallies.put({ ...(tallies.find('q') as Tally), inflight: 120_000 }));
  await expect(sqs.receiveMessage({ QueueUrl })).rejects.toMatchObject({ name: 'OverLimit' });
  const poll = sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 });
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
  expect((await poll).Messages?.[0]?.Body).toBe('b');
});

test('a queue has no priorities: two queues have, when the consumer asks one first (SQS-11)', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const [urgent, normal] = [await createQueue(sqs, 'urgent'), await createQueue(sqs, 'normal')];
  await sqs.sendMessage({ QueueUrl: normal, MessageBody: 'first, but normal' });
  await sqs.sendMessage({ QueueUrl: urgent, MessageBody: 'later, but urgent' });
  const next = async () => (await bodiesOf(sqs, urgent, 1))[0] ?? (await bodiesOf(sqs, normal, 1))[0];
  expect([await next(), await next()]).toEqual(['later, but urgent', 'first, but normal']);
});
