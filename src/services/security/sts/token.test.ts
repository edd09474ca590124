import { createPublicKey, type JsonWebKey } from 'node:crypto';
import {
  CreateRoleCommand,
  EnableOutboundWebIdentityFederationCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  TagUserCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  AssumeRootCommand,
  GetCallerIdentityCommand,
  GetWebIdentityTokenCommand,
  type GetWebIdentityTokenCommandInput,
  STSClient,
} from '@aws-sdk/client-sts';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import type { RunningCloud } from '../../../embed/index.ts';
import { emptyBody } from '../../../kernel/http.ts';
import {
  account,
  allowText,
  keyPair,
  makeUser,
  open,
  policyText,
  refused,
  stsAs,
  trustText,
} from '../iam/iam.fixture.ts';
import { readJwt, verifyJwt } from './jwt.ts';

const member = '111122223333';
const asked = { Audience: ['https://api.example.com'], SigningAlgorithm: 'RS256' } as const;
const wanted = (more: Partial<GetWebIdentityTokenCommandInput> = {}) =>
  new GetWebIdentityTokenCommand({ ...asked, Audience: [...asked.Audience], ...more });

async function enable(cloud: RunningCloud): Promise<string> {
  const { IssuerIdentifier } = await cloud.client(IAMClient).send(new EnableOutboundWebIdentityFederationCommand({}));
  return IssuerIdentifier ?? '';
}

/** What the issuer's address answers. */
async function fetchFrom(cloud: RunningCloud, issuer: string, target: string) {
  const headers = { host: new URL(issuer).host };
  const request = { method: 'GET', target, headers, body: emptyBody, sourceIp: '127.0.0.1', secure: false };
  const { status, body } = await cloud.inside.handle(request);
  return { status, value: JSON.parse(String(body)) };
}

test('GetWebIdentityToken: a token that verifies with the keys at the issuer’s address', async () => {
  await using cloud = await open();
  const issuer = await enable(cloud);
  const keys = await makeUser(cloud, 'ann', allowText('sts:GetWebIdentityToken'));
  await cloud.client(IAMClient).send(new TagUserCommand({ UserName: 'ann', Tags: [{ Key: 'team', Value: 'red' }] }));
  for (const SigningAlgorithm of ['RS256', 'ES384']) {
    const { WebIdentityToken, Expiration } = await stsAs(cloud, keys).send(wanted({ SigningAlgorithm }));
    expect(Expiration).toEqual(new Date('2026-03-01T12:05:00Z'));
    const jwt = readJwt(WebIdentityToken ?? '');
    const { value } = await fetchFrom(cloud, issuer, '/.well-known/jwks.json');
    expect(jwt && verifyJwt(jwt, value.keys)).toBe(true);
    expect(jwt?.header).toMatchObject({ alg: SigningAlgorithm, typ: 'JWT' });
    expect(jwt?.claims).toMatchObject({
      iss: issuer,
      aud: 'https://api.example.com',
      sub: `arn:aws:iam::${account}:user/ann`,
      iat: 1772366400,
      exp: 1772366700,
      'https://sts.amazonaws.com/': {
        aws_account: account,
        source_region: 'us-east-1',
        principal_tags: { team: 'red' },
      },
    });
  }
});

test('GetWebIdentityToken: the issuer tells where its keys are, and shows no private half', async () => {
  await using cloud = await open();
  const issuer = await enable(cloud);
  await cloud.client(STSClient).send(wanted());
  const { value } = await fetchFrom(cloud, issuer, '/.well-known/openid-configuration');
  expect(value).toMatchObject({ issuer, jwks_uri: `${issuer}/.well-known/jwks.json` });
  const [key] = (await fetchFrom(cloud, issuer, '/.well-known/jwks.json')).value.keys as JsonWebKey[];
  expect(createPublicKey({ key: key as JsonWebKey, format: 'jwk' }).asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(key?.d).toBeUndefined();
});

test('GetWebIdentityToken: it must be enabled, allowed, and asked for rightly', async () => {
  await using cloud = await open();
  const root = cloud.client(STSClient);
  await refused(root.send(wanted()), 'OutboundWebIdentityFederationDisabledException');
  await enable(cloud);
  await refused(root.send(wanted({ SigningAlgorithm: 'HS256' })), 'ValidationError');
  await refused(root.send(wanted({ Scope: 'read' })), 'ValidationError');
  const onlyUs = allowText('sts:GetWebIdentityToken', '*', {
    Condition: {
      'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': 'https://api.example.com' },
      NumericLessThanEquals: { 'sts:DurationSeconds': '300' },
    },
  });
  const mine = stsAs(cloud, await makeUser(cloud, 'ann', onlyUs));
  await mine.send(wanted());
  await refused(mine.send(wanted({ DurationSeconds: 301 })), 'AccessDenied');
  await refused(mine.send(wanted({ Audience: ['https://api.example.com', 'else'] })), 'AccessDenied');
  await refused(mine.send(wanted({ Tags: [{ Key: 'job', Value: '7' }] })), 'AccessDenied');
});

test('GetWebIdentityToken: no token outlives the session that asks', async () => {
  await using cloud = await open();
  await enable(cloud);
  await cloud
    .client(IAMClient)
    .send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trustText({ AWS: account }) }));
  const PolicyDocument = allowText('sts:GetWebIdentityToken');
  await cloud.client(IAMClient).send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'p', PolicyDocument }));
  const assumed = { RoleArn: `arn:aws:iam::${account}:role/r`, RoleSessionName: 's1', DurationSeconds: 900 };
  const { Credentials } = await cloud.client(STSClient).send(new AssumeRoleCommand(assumed));
  const mine = stsAs(cloud, keyPair(Credentials));
  await mine.send(wanted({ DurationSeconds: 900 }));
  await cloud.clock.advance(1);
  await refused(mine.send(wanted({ DurationSeconds: 900 })), 'SessionDurationEscalationException');
});

test('AssumeRoot: one privileged task in a member account, and nothing else', async () => {
  await using cloud = await open();
  const theirs = cloud.client(SQSClient, { credentials: { accessKeyId: member, secretAccessKey: 'x' } });
  const { QueueUrl } = await theirs.send(new CreateQueueCommand({ QueueName: 'locked' }));
  const Policy = policyText({ Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: '*' });
  await theirs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const task = {
    TargetPrincipal: member,
    TaskPolicyArn: { arn: 'arn:aws:iam::aws:policy/root-task/SQSUnlockQueuePolicy' },
  };
  const { Credentials } = await cloud.client(STSClient).send(new AssumeRootCommand(task));
  expect(Credentials?.Expiration).toEqual(new Date('2026-03-01T12:15:00Z'));
  const credentials = keyPair(Credentials);
  expect((await stsAs(cloud, credentials).send(new GetCallerIdentityCommand({}))).Arn).toBe(
    `arn:aws:iam::${member}:root`,
  );
  const asRoot = cloud.client(SQSClient, { credentials });
  await refused(asRoot.send(new DeleteQueueCommand({ QueueUrl })), 'AccessDenied');
  await asRoot.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: '' } }));
  const AttributeNames = ['Policy'] as const;
  const { Attributes } = await theirs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
  );
  expect(Attributes?.['Policy']).toBeUndefined();
});

test('AssumeRoot: the task must be one of AWS’s, the target another account', async () => {
  await using cloud = await open();
  const sts = cloud.client(STSClient);
  const TaskPolicyArn = { arn: 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials' };
  const ask = (TargetPrincipal: string, arn = TaskPolicyArn.arn, DurationSeconds?: number) =>
    sts.send(new AssumeRootCommand({ TargetPrincipal, TaskPolicyArn: { arn }, DurationSeconds }));
  await ask(`arn:aws:iam::${member}:root`);
  await refused(ask(account), 'AccessDenied');
  await refused(ask(`arn:aws:iam::${member}:user/ann`), 'ValidationError');
  await refused(
    ask(member, 'arn:aws:iam::aws:policy/AdministratorAccess'),
    'ValidationError',
    'Invalid task policy ARN',
  );
  await refused(ask(member, TaskPolicyArn.arn, 901), 'ValidationError');
});

test('AssumeRoot: a user needs the right to do so, for that account and that task', async () => {
  await using cloud = await open();
  const arn = 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials';
  const keys = await makeUser(cloud, 'ann');
  const command = new AssumeRootCommand({ TargetPrincipal: member, TaskPolicyArn: { arn } });
  await refused(
    stsAs(cloud, keys).send(command),
    'AccessDenied',
    /sts:AssumeRoot on resource: arn:aws:iam::111122223333:root/,
  );
  const PolicyDocument = allowText('sts:AssumeRoot', `arn:aws:iam::${member}:root`, {
    Condition: { StringEquals: { 'sts:TaskPolicyArn': arn } },
  });
  await cloud.client(IAMClient).send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument }));
  expect((await stsAs(cloud, keys).send(command)).Credentials?.AccessKeyId).toMatch(/^ASIA/);
});

test('AssumeRole: the token’s size is told, and can be asked for', async () => {
  await using cloud = await open();
  await cloud
    .client(IAMClient)
    .send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trustText({ AWS: account }) }));
  const assumed = { RoleArn: `arn:aws:iam::${account}:role/r`, RoleSessionName: 's1', MinimumSessionTokenSize: 3000 };
  const answer = await cloud.client(STSClient).send(new AssumeRoleCommand(assumed));
  expect(answer.SessionTokenSize).toBe(answer.Credentials?.SessionToken?.length);
  expect(answer.SessionTokenSize).toBeGreaterThanOrEqual(3000);
  expect(answer.SessionTokenUtilization).toBeGreaterThan(73);
  await stsAs(cloud, keyPair(answer.Credentials)).send(new GetCallerIdentityCommand({}));
  const longest = new AssumeRoleCommand({ ...assumed, MinimumSessionTokenSize: 4_096 });
  expect((await cloud.client(STSClient).send(longest)).SessionTokenUtilization).toBe(100);
  for (const size of [4_097, 9_007_199_254_740_992, -1])
    await expect(
      cloud.client(STSClient).send(new AssumeRoleCommand({ ...assumed, MinimumSessionTokenSize: size })),
    ).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining("at 'minimumSessionTokenSize'"),
    });
});

test('AssumeRole: a context assertion that nobody sealed is refused', async () => {
  await using cloud = await open();
  await cloud
    .client(IAMClient)
    .send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trustText({ AWS: account }) }));
  const context = { ProviderArn: 'arn:aws:iam::aws:contextProvider/IdentityCenter', ContextAssertion: 'AAAA' };
  const assumed = { RoleArn: `arn:aws:iam::${account}:role/r`, RoleSessionName: 's1', ProvidedContexts: [context] };
  await refused(cloud.client(STSClient).send(new AssumeRoleCommand(assumed)), 'InvalidContextAssertionException');
});

test('AssumeRole: a source identity goes from role to role, cannot be changed, and every role must allow it', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const both = ['sts:AssumeRole', 'sts:SetSourceIdentity'];
  const trusting = (Action: string[]) => policyText({ Effect: 'Allow', Principal: { AWS: account }, Action });
  for (const [RoleName, Action] of [
    ['one', both],
    ['two', both],
    ['three', both.slice(0, 1)],
  ] as const) {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusting([...Action]) }));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: allowText('sts:*') }));
  }
  const take = (sts: STSClient, name: string, SourceIdentity?: string) =>
    sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${name}`, RoleSessionName: 's1', SourceIdentity }),
    );
  const first = await take(stsAs(cloud, await makeUser(cloud, 'ann', allowText('sts:*'))), 'one', 'ann');
  expect(first.SourceIdentity).toBe('ann');
  const chained = stsAs(cloud, keyPair(first.Credentials));
  expect((await take(chained, 'two')).SourceIdentity).toBe('ann');
  await refused(take(chained, 'two', 'bob'), 'AccessDenied');
  await refused(take(chained, 'three'), 'AccessDenied', /sts:SetSourceIdentity/);
});
