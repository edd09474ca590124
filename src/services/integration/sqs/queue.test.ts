import { expect, test } from 'vitest';
import { attributesOf, clientOf, counts, createFifo, createQueue, startFixture } from './fixture.ts';
import { readQueueUrl } from './address.ts';

const standardDefaults = {
  ApproximateNumberOfMessages: '0',
  ApproximateNumberOfMessagesDelayed: '0',
  ApproximateNumberOfMessagesNotVisible: '0',
  CreatedTimestamp: '1767225600',
  DelaySeconds: '0',
  LastModifiedTimestamp: '1767225600',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  SqsManagedSseEnabled: 'true',
  VisibilityTimeout: '30',
};

test('CreateQueue: a standard queue has the attributes that AWS gives it (recorded)', async () => {
  await using fixture = await startFixture();
  const url = await createQueue(fixture.sqs, 'plain');
  expect(url).toBe('http://localhost:4566/000000000000/plain');
  const QueueArn = 'arn:aws:sqs:us-east-1:000000000000:plain';
  expect(await attributesOf(fixture.sqs, url)).toEqual({ ...standardDefaults, QueueArn });
});

test('CreateQueue: a FIFO queue has its own attributes too (recorded)', async () => {
  await using fixture = await startFixture();
  const url = await createFifo(fixture.sqs, 'orders.fifo');
  expect(await attributesOf(fixture.sqs, url)).toEqual({
    ...standardDefaults,
    QueueArn: 'arn:aws:sqs:us-east-1:000000000000:orders.fifo',
    FifoQueue: 'true',
    ContentBasedDeduplication: 'false',
    DeduplicationScope: 'queue',
    FifoThroughputLimit: 'perQueue',
  });
});

test('CreateQueue: a KMS key ends the encryption by SQS, and shows how long data keys are reused (recorded)', async () => {
  await using fixture = await startFixture();
  const url = await createQueue(fixture.sqs, 'q', {
    KmsMasterKeyId: 'alias/aws/sqs',
    KmsDataKeyReusePeriodSeconds: '297',
  });
  expect(await attributesOf(fixture.sqs, url)).toMatchObject({
    KmsMasterKeyId: 'alias/aws/sqs',
    KmsDataKeyReusePeriodSeconds: '297',
    SqsManagedSseEnabled: 'false',
  });
  await fixture.sqs.setQueueAttributes({ QueueUrl: url, Attributes: { KmsMasterKeyId: '' } });
  expect(await attributesOf(fixture.sqs, url)).not.toHaveProperty('KmsDataKeyReusePeriodSeconds');
});

test('CreateQueue: the same name and attributes give the same queue; another value is QueueNameExists (SQS-19)', async () => {
  await using fixture = await startFixture();
  const url = await createQueue(fixture.sqs, 'q', { VisibilityTimeout: '10' });
  expect(await createQueue(fixture.sqs, 'q', { VisibilityTimeout: '10' })).toBe(url);
  expect(await createQueue(fixture.sqs, 'q')).toBe(url);
  await expect(createQueue(fixture.sqs, 'q', { VisibilityTimeout: '11' })).rejects.toMatchObject({
    name: 'QueueNameExists',
    message: 'A queue already exists with the same name and a different value for attribute VisibilityTimeout',
  });
});

test.each([
  [
    'bad name',
    {},
    'InvalidParameterValue',
    'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
  ],
  [
    'a.fifo',
    {},
    'InvalidParameterValue',
    'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
  ],
  ['a', { FifoQueue: 'true' }, 'InvalidParameterValue', /must end with \.fifo suffix and be 1 to 80 in length\.$/],
  ['a', { FifoQueue: 'false' }, 'InvalidAttributeName', 'Unknown Attribute FifoQueue.'],
  ['a', { ContentBasedDeduplication: 'true' }, 'InvalidAttributeName', 'Unknown Attribute ContentBasedDeduplication.'],
  ['a', { QueueArn: 'x' }, 'InvalidAttributeName', 'Unknown Attribute QueueArn.'],
  ['a', { toString: 'x' }, 'InvalidAttributeName', 'Unknown Attribute toString.'],
  [
    'a',
    { MessageRetentionPeriod: '59' },
    'InvalidAttributeValue',
    'Invalid value for the parameter MessageRetentionPeriod.',
  ],
  [
    'a',
    { MessageRetentionPeriod: '1209601' },
    'InvalidAttributeValue',
    'Invalid value for the parameter MessageRetentionPeriod.',
  ],
  [
    'a',
    { MaximumMessageSize: '1048577' },
    'InvalidAttributeValue',
    'Invalid value for the parameter MaximumMessageSize.',
  ],
  ['a', { VisibilityTimeout: '1e3' }, 'InvalidAttributeValue', 'Invalid value for the parameter VisibilityTimeout.'],
  ['a', { Policy: '{' }, 'InvalidAttributeValue', 'Invalid value for the parameter Policy.'],
])('CreateQueue: %s %j is refused (SQS-07)', async (name, attributes, code, message) => {
  await using fixture = await startFixture();
  await expect(createQueue(fixture.sqs, name, attributes)).rejects.toMatchObject({
    name: code,
    message: expect.stringMatching(message),
  });
});

test('DeleteQueue: the queue is gone with its messages, and the name is free after 60 s (SQS-19)', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  await sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  await sqs.deleteQueue({ QueueUrl });
  await expect(attributesOf(sqs, QueueUrl)).rejects.toMatchObject({
    name: 'QueueDoesNotExist',
    message: 'The specified queue does not exist.',
  });
  await expect(createQueue(sqs, 'q')).rejects.toMatchObject({ name: 'QueueDeletedRecently' });
  await cloud.clock.advance(60);
  await createQueue(sqs, 'q');
  expect(await counts(sqs, QueueUrl)).toEqual([0, 0, 0]);
});

test('PurgeQueue: takes every message, and not twice in 60 s (SQS-19)', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  await sqs.sendMessage({ QueueUrl, MessageBody: 'in flight' });
  await sqs.receiveMessage({ QueueUrl });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'ready' });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'delayed', DelaySeconds: 9 });
  expect(await counts(sqs, QueueUrl)).toEqual([1, 1, 1]);
  await sqs.purgeQueue({ QueueUrl });
  expect(await counts(sqs, QueueUrl)).toEqual([0, 0, 0]);
  await expect(sqs.purgeQueue({ QueueUrl })).rejects.toMatchObject({
    name: 'PurgeQueueInProgress',
    message: 'Only one PurgeQueue operation on q is allowed every 60 seconds.',
  });
  await cloud.clock.advance(60);
  await sqs.purgeQueue({ QueueUrl });
});

test('GetQueueAttributes: gives what was asked for, nothing when nothing was, and refuses names it does not know', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  expect(await sqs.getQueueAttributes({ QueueUrl })).toEqual({});
  expect(await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['Policy'] })).toEqual({});
  expect(await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['VisibilityTimeout', 'Policy'] })).toEqual({
    Attributes: { VisibilityTimeout: '30' },
  });
  await expect(sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['Foo' as 'All'] })).rejects.toMatchObject({
    name: 'InvalidAttributeName',
    message: 'Unknown Attribute Foo.',
  });
});

test('SetQueueAttributes: changes what is given and when it was changed', async () => {
  await using fixture = await startFixture();
  const { sqs, cloud } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  await cloud.clock.advance(100);
  await sqs.setQueueAttributes({ QueueUrl, Attributes: { DelaySeconds: '7' } });
  expect(await attributesOf(sqs, QueueUrl)).toMatchObject({
    DelaySeconds: '7',
    VisibilityTimeout: '30',
    CreatedTimestamp: '1767225600',
    LastModifiedTimestamp: '1767225700',
  });
  await expect(sqs.setQueueAttributes({ QueueUrl, Attributes: { FifoQueue: 'true' } })).rejects.toMatchObject({
    name: 'InvalidAttributeName',
  });
});

test('ListQueues: by name, by prefix, page by page', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  expect(await sqs.listQueues({})).toEqual({});
  for (const name of ['b', 'a2', 'a1', 'a3', 'c']) await createQueue(sqs, name);
  const names = (urls: string[] | undefined) => urls?.map((url) => url.split('/').at(-1));
  const all = await sqs.listQueues({});
  expect([names(all.QueueUrls), all.NextToken]).toEqual([['a1', 'a2', 'a3', 'b', 'c'], undefined]);
  const first = await sqs.listQueues({ QueueNamePrefix: 'a', MaxResults: 2 });
  expect(names(first.QueueUrls)).toEqual(['a1', 'a2']);
  const rest = await sqs.listQueues({ QueueNamePrefix: 'a', MaxResults: 2, NextToken: first.NextToken });
  expect([names(rest.QueueUrls), rest.NextToken]).toEqual([['a3'], undefined]);
  await expect(sqs.listQueues({ MaxResults: 1_001 })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  await expect(sqs.listQueues({ NextToken: 'nonsense' })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

test('TagQueue, UntagQueue, ListQueueTags: tags come, change and go', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'q', tags: { a: '1' } });
  await sqs.tagQueue({ QueueUrl, Tags: { a: '2', b: '3' } });
  expect(await sqs.listQueueTags({ QueueUrl })).toEqual({ Tags: { a: '2', b: '3' } });
  await sqs.untagQueue({ QueueUrl, TagKeys: ['a', 'b', 'c'] });
  expect(await sqs.listQueueTags({ QueueUrl })).toEqual({});
});

test('queue URLs: every form that clients have is understood', () => {
  const address = { account: '123456789012', region: undefined, name: 'q' };
  expect(readQueueUrl('http://localhost:4566/123456789012/q')).toEqual(address);
  expect(readQueueUrl('http://127.0.0.1:9/123456789012/q/')).toEqual(address);
  expect(readQueueUrl('/123456789012/q')).toEqual(address);
  expect(readQueueUrl('https://sqs.eu-west-1.amazonaws.com/123456789012/q')).toEqual({
    ...address,
    region: 'eu-west-1',
  });
  expect(readQueueUrl('http://sqs.eu-west-1.localhost.localstack.cloud:4566/123456789012/q')).toMatchObject({
    region: 'eu-west-1',
  });
  expect(readQueueUrl('http://eu-west-1.queue.localhost:4566/123456789012/q')).toMatchObject({ region: 'eu-west-1' });
  expect(readQueueUrl('http://localhost:4566/queue/us-gov-west-1/123456789012/q')).toMatchObject({
    region: 'us-gov-west-1',
  });
  expect(readQueueUrl('q.fifo')).toEqual({ account: undefined, region: undefined, name: 'q.fifo' });
  expect(readQueueUrl('http://localhost:4566/q')).toBeUndefined();
  expect(readQueueUrl('')).toBeUndefined();
});

test('queues belong to an account and a Region; a URL leads to its owner', async () => {
  await using fixture = await startFixture();
  const theirs = clientOf(fixture.cloud, '111111111111');
  const url = await createQueue(theirs, 'q');
  expect(url).toContain('/111111111111/q');
  expect(await fixture.sqs.listQueues({})).toEqual({});
  expect(await attributesOf(fixture.sqs, url)).toMatchObject({ QueueArn: 'arn:aws:sqs:us-east-1:111111111111:q' });
  expect(await fixture.sqs.getQueueUrl({ QueueName: 'q', QueueOwnerAWSAccountId: '111111111111' })).toEqual({
    QueueUrl: url,
  });
  await expect(fixture.sqs.getQueueUrl({ QueueName: 'q' })).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  await expect(attributesOf(fixture.sqs, 'http://localhost/nowhere')).rejects.toMatchObject({ name: 'InvalidAddress' });
});
