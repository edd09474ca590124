import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { SQS } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { clientOf, createQueue, type Fixture, startFixture } from './fixture.ts';

const owner = '000000000000';
const stranger = '111111111111';

/** A client of a fresh IAM user of an account, who may do what the policy says. */
async function userOf({ cloud }: Fixture, account: string, ...actions: string[]): Promise<SQS> {
  const iam = cloud.client(IAMClient, { credentials: { accessKeyId: account, secretAccessKey: 'test' } });
  await iam.send(new CreateUserCommand({ UserName: 'u' }));
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions.map((action) => `sqs:${action}`), Resource: '*' }],
  });
  if (actions.length > 0) await iam.send(new PutUserPolicyCommand({ UserName: 'u', PolicyName: 'p', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'u' }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId as string,
    secretAccessKey: AccessKey?.SecretAccessKey as string,
  };
  return cloud.client(SQS, { credentials });
}

const denied = { name: expect.stringMatching(/^AccessDenied/) };

test('a user may do what a policy allows; a batch is allowed with its action', async () => {
  await using fixture = await startFixture();
  const QueueUrl = await createQueue(fixture.sqs, 'q');
  const user = await userOf(fixture, owner, 'SendMessage');
  await user.sendMessage({ QueueUrl, MessageBody: 'x' });
  await user.sendMessageBatch({ QueueUrl, Entries: [{ Id: '1', MessageBody: 'y' }] });
  await expect(user.receiveMessage({ QueueUrl })).rejects.toMatchObject(denied);
  await expect(user.createQueue({ QueueName: 'mine' })).rejects.toMatchObject(denied);
});

test("another account gets in when the queue's policy and its own allow it, and never manages the queue", async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  const user = await userOf(fixture, stranger, 'SendMessage', 'DeleteQueue');
  await expect(user.sendMessage({ QueueUrl, MessageBody: 'x' })).rejects.toMatchObject(denied);
  await sqs.addPermission({ QueueUrl, Label: 'l', AWSAccountIds: [stranger], Actions: ['SendMessage'] });
  await user.sendMessage({ QueueUrl, MessageBody: 'x' });
  const Policy = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' }] });
  await sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy } });
  await user.sendMessage({ QueueUrl, MessageBody: 'x' });
  await expect(user.deleteQueue({ QueueUrl })).rejects.toMatchObject(denied);
  await expect(clientOf(fixture.cloud).getQueueUrl({ QueueName: 'q' })).resolves.toEqual({ QueueUrl });
});
