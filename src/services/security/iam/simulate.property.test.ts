// The simulator and the road ask the same engine: whatever the policies, SimulatePrincipalPolicy says what the call will get.
import * as fc from 'fast-check';
import {
  CreateRoleCommand,
  DeleteUserPermissionsBoundaryCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { CreateQueueCommand, GetQueueAttributesCommand, PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { account, keyPair, makePolicy, makeUser, open, trustText } from './iam.fixture.ts';

let edges = 0;
const queues = ['red', 'blue'] as const;
const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:${account}:${name}`;

const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Deny'),
  Action: fc.constantFrom('*', 'sqs:*', 'sqs:Get*', 'SQS:getqueueattributes', 's3:*', 'sqs:PurgeQueue'),
  Resource: fc.constantFrom('*', arnOf('red'), arnOf('b*'), 'arn:aws:sqs:*:*:r?d', 'arn:aws:s3:::*'),
  Condition: fc.constantFrom(
    {},
    { StringEquals: { 'aws:PrincipalAccount': account } },
    { StringNotEquals: { 'aws:PrincipalAccount': account } },
    { StringLike: { 'aws:PrincipalArn': '*ann*' } },
    { Null: { 'aws:PrincipalArn': 'false' } },
  ),
});
const documents = fc
  .array(statement, { minLength: 1, maxLength: 4 })
  .map((Statement) => JSON.stringify({ Version: '2012-10-17', Statement }));

/** What really happens: `allowed`, or the kind of denial that the message tells. */
const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'allowed',
    (error: Error) => {
      expect(error.name).toBe('AccessDenied');
      return error.message.includes('explicit deny') ? 'explicitDeny' : 'implicitDeny';
    },
  );

test('SimulatePrincipalPolicy: tells of a user what the road decides, boundary included (IAM-18)', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const root = cloud.client(SQSClient);
  const urls: string[] = [];
  for (const QueueName of queues) urls.push((await root.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? '');
  const credentials = await makeUser(cloud, 'ann');
  const mine = cloud.client(SQSClient, { credentials });
  const user = { UserName: 'ann' } as const;
  await fc.assert(
    fc.asyncProperty(documents, fc.option(documents), fc.integer({ min: 0, max: 1 }), async (own, edge, at) => {
      await iam.send(new PutUserPolicyCommand({ ...user, PolicyName: 'p', PolicyDocument: own }));
      if (edge === null) await iam.send(new DeleteUserPermissionsBoundaryCommand(user)).catch(() => undefined);
      else {
        const name = `edge-${edges++}`;
        const PermissionsBoundary = await makePolicy(cloud, name, edge);
        await iam.send(new PutUserPermissionsBoundaryCommand({ ...user, PermissionsBoundary }));
      }
      const { EvaluationResults } = await iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: `arn:aws:iam::${account}:user/ann`,
          ActionNames: ['sqs:GetQueueAttributes', 'sqs:PurgeQueue'],
          ResourceArns: [arnOf(queues[at] ?? '')],
        }),
      );
      const QueueUrl = urls[at];
      const really = [
        await outcome(mine.send(new GetQueueAttributesCommand({ QueueUrl }))),
        await outcome(mine.send(new PurgeQueueCommand({ QueueUrl }))),
      ];
      await cloud.clock.advance(61); // a queue is purged once a minute
      expect(EvaluationResults?.map(({ EvalDecision }) => EvalDecision)).toEqual(really);
    }),
    { numRuns: 60 },
  );
});

test('SimulateCustomPolicy: a role’s session gets what the simulator says of its policies', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const { QueueUrl } = await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'red' }));
  const role = { RoleName: 'ann-role', AssumeRolePolicyDocument: trustText({ AWS: account }) };
  const { Role } = await iam.send(new CreateRoleCommand(role));
  await fc.assert(
    fc.asyncProperty(documents, async (document) => {
      await iam.send(new PutRolePolicyCommand({ RoleName: 'ann-role', PolicyName: 'p', PolicyDocument: document }));
      const { EvaluationResults } = await iam.send(
        new SimulateCustomPolicyCommand({
          PolicyInputList: [document],
          ActionNames: ['sqs:GetQueueAttributes'],
          ResourceArns: [arnOf('red')],
          ContextEntries: [
            { ContextKeyName: 'aws:PrincipalArn', ContextKeyType: 'string', ContextKeyValues: [Role?.Arn ?? ''] },
          ],
        }),
      );
      const assumed = { RoleArn: Role?.Arn ?? '', RoleSessionName: 'ann' };
      const { Credentials } = await cloud.client(STSClient).send(new AssumeRoleCommand(assumed));
      const mine = cloud.client(SQSClient, { credentials: keyPair(Credentials) });
      const really = await outcome(mine.send(new GetQueueAttributesCommand({ QueueUrl })));
      expect(EvaluationResults?.[0]?.EvalDecision).toBe(really);
    }),
    { numRuns: 40 },
  );
});
