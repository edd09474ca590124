import {
  CreateQueueCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { startCloud } from './index.ts';

test('a real SDK client talks to a cloud without a socket', async () => {
  await using cloud = await startCloud({ seed: 1, strict: true });
  const identity = await cloud.client(STSClient).send(new GetCallerIdentityCommand({}));
  expect(identity.Arn).toBe('arn:aws:iam::000000000000:root');
});

test('a twelve-digit access key is that account; clouds and accounts are apart', async () => {
  await using one = await startCloud({ strict: true });
  await using other = await startCloud({ strict: true });
  const credentials = { accessKeyId: '111122223333', secretAccessKey: 'x' };
  await one.client(SQSClient, { credentials }).send(new CreateQueueCommand({ QueueName: 'mine' }));
  const count = async (cloud: typeof one, account: string) => {
    const client = cloud.client(SQSClient, { credentials: { accessKeyId: account, secretAccessKey: 'x' } });
    return (await client.send(new ListQueuesCommand({}))).QueueUrls?.length ?? 0;
  };
  expect(await count(one, '111122223333')).toBe(1);
  expect(await count(one, '444455556666')).toBe(0);
  expect(await count(other, '111122223333')).toBe(0);
});

test('the same cloud answers on a port, and addresses follow the name by which a client came', async () => {
  await using cloud = await startCloud({ strict: true });
  const endpoint = await cloud.listen();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const sqs = new SQSClient({ endpoint, region: 'eu-west-1', credentials });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
  expect(QueueUrl).toBe(`${endpoint}/000000000000/q`);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(Messages?.map((message) => message.Body)).toEqual(['hello']);
  sqs.destroy();
});

test('a fork goes its own way, and the clock belongs to the test', async () => {
  await using cloud = await startCloud({
    strict: true,
    clock: { kind: 'frozen' },
    startAt: new Date('2026-01-01T00:00:00Z'),
  });
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 600 }));
  const receive = (from: SQSClient) => from.send(new ReceiveMessageCommand({ QueueUrl }));
  await using fork = await cloud.fork();
  await fork.clock.advance(601);
  expect((await receive(sqs)).Messages).toBeUndefined();
  expect((await receive(fork.client(SQSClient))).Messages).toHaveLength(1);
  expect(cloud.clock.now()).toEqual(new Date('2026-01-01T00:00:00Z'));
});

test('a long poll ends when the clock reaches its end, without real waiting', async () => {
  await using cloud = await startCloud({ strict: true, clock: { kind: 'frozen' } });
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
  const polled = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  await new Promise((resolve) => setImmediate(resolve));
  await cloud.clock.advance(21);
  expect((await polled).Messages).toBeUndefined();
});
