import { expect, test } from 'vitest';
import { permissions } from './access.ts';
import { attributesOf, createQueue, startFixture } from './fixture.ts';
import service from './service.ts';

const arn = 'arn:aws:sqs:us-east-1:000000000000:q';

test('AddPermission: writes a statement as AWS does; RemovePermission takes it out, and the policy with the last', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  await sqs.addPermission({ QueueUrl, Label: 'one', AWSAccountIds: ['111122223333'], Actions: ['SendMessage'] });
  await sqs.addPermission({
    QueueUrl,
    Label: 'two',
    AWSAccountIds: ['111122223333', '444455556666'],
    Actions: ['ReceiveMessage', '*'],
  });
  const policy = async () => JSON.parse((await attributesOf(sqs, QueueUrl))['Policy'] ?? 'null') as unknown;
  const two = {
    Sid: 'two',
    Effect: 'Allow',
    Principal: { AWS: ['arn:aws:iam::111122223333:root', 'arn:aws:iam::444455556666:root'] },
    Action: ['SQS:ReceiveMessage', 'SQS:*'],
    Resource: arn,
  };
  expect(await policy()).toEqual({
    Version: '2008-10-17',
    Id: `${arn}/SQSDefaultPolicy`,
    Statement: [
      { ...two, Sid: 'one', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'SQS:SendMessage' },
      two,
    ],
  });
  await sqs.removePermission({ QueueUrl, Label: 'one' });
  expect(await policy()).toMatchObject({ Statement: [two] });
  await sqs.removePermission({ QueueUrl, Label: 'two' });
  expect(await attributesOf(sqs, QueueUrl)).not.toHaveProperty('Policy');
});

test('AddPermission, RemovePermission: what is refused', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  const add = (change: object) =>
    sqs.addPermission({ QueueUrl, Label: 'l', AWSAccountIds: ['111122223333'], Actions: ['SendMessage'], ...change });
  await add({});
  const message = (text: string) => ({ message: expect.stringContaining(text) });
  await expect(add({})).rejects.toMatchObject(
    message('Value l for parameter Label is invalid. Reason: Already exists.'),
  );
  await expect(add({ Actions: ['SendMessageBatch'] })).rejects.toMatchObject(
    message(
      'Value SQS:SendMessageBatch for parameter ActionName is invalid. Reason: Please refer to the appropriate WSDL for a list of valid actions.',
    ),
  );
  await expect(add({ Actions: ['DeleteQueue'] })).rejects.toMatchObject(
    message('Only the queue owner is allowed to invoke this action.'),
  );
  await expect(add({ Actions: Array.from({ length: 8 }, () => 'SendMessage') })).rejects.toMatchObject({
    name: 'OverLimit',
  });
  await expect(add({ AWSAccountIds: ['nobody'] })).rejects.toMatchObject(message('Unable to verify.'));
  await expect(sqs.removePermission({ QueueUrl, Label: 'x' })).rejects.toMatchObject(message("can't find label"));
});

test('Policy: at most seven actions in a statement', async () => {
  await using fixture = await startFixture();
  const Action = Array.from({ length: 10 }, (_, i) => `sqs:Action${i}`);
  const Policy = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*', Action, Resource: '*' }] });
  await expect(createQueue(fixture.sqs, 'q', { Policy })).rejects.toMatchObject({
    name: 'OverLimit',
    message: '10 actions were found in a statement from the submitted policy, max allowed is 7',
  });
});

test('every operation says what IAM must allow, but those that belong to no single queue by URL or ARN', () => {
  const silent = Object.keys(service.operations).filter((name) => permissions[name] === undefined);
  expect(silent).toEqual(['CancelMessageMoveTask']);
});
