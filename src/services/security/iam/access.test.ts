import {
  AddUserToGroupCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  GetAccessKeyLastUsedCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  SetDefaultPolicyVersionCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import {
  account,
  allowText,
  iamAs,
  keyPair,
  makePolicy,
  makeUser,
  open,
  policyText,
  refused,
  stsAs,
  trustText,
} from './iam.fixture.ts';

const other = '111122223333';
const ann = `arn:aws:iam::${account}:user/ann`;

test('ACC-01 ACC-03: the root user of the account may do all, without any policy', async () => {
  await using cloud = await open();
  const sts = cloud.client(STSClient);
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: account,
    UserId: account,
    Arn: `arn:aws:iam::${account}:root`,
  });
  expect((await cloud.client(IAMClient).send(new ListUsersCommand({}))).Users).toEqual([]);
});

test('a key of twelve digits is the root user of that account, and accounts do not see each other', async () => {
  await using cloud = await open();
  await makeUser(cloud, 'ann', undefined, other);
  const theirs = stsAs(cloud, { accessKeyId: other, secretAccessKey: 'x' });
  expect((await theirs.send(new GetCallerIdentityCommand({}))).Account).toBe(other);
  expect((await cloud.client(IAMClient).send(new ListUsersCommand({}))).Users).toEqual([]);
});

test('IAM-01 IAM-02: a new user has no rights, and is told why', async () => {
  await using cloud = await open();
  const keys = await makeUser(cloud, 'ann');
  expect(await stsAs(cloud, keys).send(new GetCallerIdentityCommand({}))).toMatchObject({ Arn: ann, Account: account });
  await refused(
    iamAs(cloud, keys).send(new ListUsersCommand({})),
    'AccessDenied',
    `User: ${ann} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::${account}:user/ because no identity-based policy allows the iam:ListUsers action`,
  );
});

test('IAM-02: a wrong signature and a key that was deleted are refused', async () => {
  await using cloud = await open();
  const keys = await makeUser(cloud, 'ann');
  await refused(
    stsAs(cloud, { ...keys, secretAccessKey: 'wrong' }).send(new GetCallerIdentityCommand({})),
    'SignatureDoesNotMatch',
  );
  await cloud.client(IAMClient).send(new DeleteAccessKeyCommand({ UserName: 'ann', AccessKeyId: keys.accessKeyId }));
  await refused(
    stsAs(cloud, keys).send(new GetCallerIdentityCommand({})),
    'InvalidClientTokenId',
    'The security token included in the request is invalid.',
  );
});

test('IAM-03: two access keys per user, and an inactive one is refused', async () => {
  await using cloud = await open();
  const keys = await makeUser(cloud, 'ann');
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  await refused(
    iam.send(new CreateAccessKeyCommand({ UserName: 'ann' })),
    'LimitExceededException',
    'Cannot exceed quota for AccessKeysPerUser: 2',
  );
  const change = { UserName: 'ann', AccessKeyId: keys.accessKeyId } as const;
  await iam.send(new UpdateAccessKeyCommand({ ...change, Status: 'Inactive' }));
  await refused(stsAs(cloud, keys).send(new GetCallerIdentityCommand({})), 'InvalidClientTokenId');
  await iam.send(new UpdateAccessKeyCommand({ ...change, Status: 'Active' }));
  expect((await stsAs(cloud, keys).send(new GetCallerIdentityCommand({}))).Arn).toBe(ann);
});

test('IAM-04: the last use of a key is known', async () => {
  await using cloud = await open();
  const keys = await makeUser(cloud, 'ann', allowText('iam:GetUser'));
  const iam = cloud.client(IAMClient);
  const ask = new GetAccessKeyLastUsedCommand({ AccessKeyId: keys.accessKeyId });
  expect(await iam.send(ask)).toMatchObject({
    UserName: 'ann',
    AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' },
  });
  await iamAs(cloud, keys).send(new GetUserCommand({ UserName: 'ann' }));
  expect((await iam.send(ask)).AccessKeyLastUsed).toEqual({
    LastUsedDate: new Date('2026-03-01T12:00:00Z'),
    ServiceName: 'iam',
    Region: 'us-east-1',
  });
});

test('IAM-05: an allow lets in, an explicit deny keeps out', async () => {
  await using cloud = await open();
  const keys = await makeUser(cloud, 'ann', allowText('iam:Get*'));
  const mine = iamAs(cloud, keys);
  expect((await mine.send(new GetUserCommand({}))).User?.UserName).toBe('ann');
  await makePolicy(cloud, 'no', policyText({ Effect: 'Deny', Action: 'iam:GetUser', Resource: ann }), 'ann');
  await refused(
    mine.send(new GetUserCommand({ UserName: 'ann' })),
    'AccessDenied',
    `User: ${ann} is not authorized to perform: iam:GetUser on resource: ${ann} with an explicit deny in an identity-based policy`,
  );
});

test('IAM-06 IAM-07: a user has the rights of its groups', async () => {
  await using cloud = await open();
  const keys = await makeUser(cloud, 'ann');
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateGroupCommand({ GroupName: 'readers' }));
  await iam.send(
    new PutGroupPolicyCommand({ GroupName: 'readers', PolicyName: 'p', PolicyDocument: allowText('iam:ListUsers') }),
  );
  await refused(iamAs(cloud, keys).send(new ListUsersCommand({})), 'AccessDenied');
  await iam.send(new AddUserToGroupCommand({ GroupName: 'readers', UserName: 'ann' }));
  expect((await iamAs(cloud, keys).send(new ListUsersCommand({}))).Users).toHaveLength(1);
});

test('a permissions boundary limits what is granted', async () => {
  await using cloud = await open();
  const keys = await makeUser(cloud, 'ann', allowText('*'));
  const boundary = await makePolicy(cloud, 'edge', allowText('sts:*'));
  await cloud
    .client(IAMClient)
    .send(new PutUserPermissionsBoundaryCommand({ UserName: 'ann', PermissionsBoundary: boundary }));
  await refused(
    iamAs(cloud, keys).send(new ListUsersCommand({})),
    'AccessDenied',
    /because no permissions boundary allows the iam:ListUsers action$/,
  );
});

test('IAM-08: credentials of a role work, end, and are refused then', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'reader',
      Path: '/team/',
      AssumeRolePolicyDocument: trustText({ AWS: account }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({ RoleName: 'reader', PolicyName: 'p', PolicyDocument: allowText('iam:ListUsers') }),
  );
  const keys = await makeUser(cloud, 'ann', allowText('sts:AssumeRole'));
  const answer = await stsAs(cloud, keys).send(
    new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'one', DurationSeconds: 900 }),
  );
  expect(answer.Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  expect(answer.Credentials?.Expiration).toEqual(new Date('2026-03-01T12:15:00Z'));
  expect(answer.PackedPolicySize).toBeUndefined();
  const session = keyPair(answer.Credentials);
  const arn = `arn:aws:sts::${account}:assumed-role/reader/one`;
  expect(await stsAs(cloud, session).send(new GetCallerIdentityCommand({}))).toMatchObject({
    Arn: arn,
    UserId: `${Role?.RoleId}:one`,
  });
  expect((await iamAs(cloud, session).send(new ListUsersCommand({}))).Users).toHaveLength(1);
  await refused(
    iamAs(cloud, session).send(new GetUserCommand({ UserName: 'ann' })),
    'AccessDenied',
    new RegExp(`^User: ${arn} is not authorized`),
  );
  expect((await iam.send(new GetRoleCommand({ RoleName: 'reader' }))).Role?.RoleLastUsed).toEqual({
    LastUsedDate: new Date('2026-03-01T12:00:00Z'),
    Region: 'us-east-1',
  });
  await cloud.clock.advance(901);
  await refused(
    stsAs(cloud, session).send(new GetCallerIdentityCommand({})),
    'ExpiredToken',
    'The security token included in the request is expired',
  );
});

test('a session needs its own token', async () => {
  await using cloud = await open();
  const { Credentials } = await cloud.client(STSClient).send(new GetSessionTokenCommand({}));
  const { accessKeyId, secretAccessKey, sessionToken = '' } = keyPair(Credentials);
  await refused(
    stsAs(cloud, { accessKeyId, secretAccessKey }).send(new GetCallerIdentityCommand({})),
    'InvalidClientTokenId',
  );
  const middle = Math.floor(sessionToken.length / 2);
  const changed =
    sessionToken.slice(0, middle) + (sessionToken[middle] === 'A' ? 'B' : 'A') + sessionToken.slice(middle + 1);
  await refused(
    stsAs(cloud, { accessKeyId, secretAccessKey, sessionToken: changed }).send(new GetCallerIdentityCommand({})),
    'InvalidClientTokenId',
  );
});

test('IAM-10: a role of another account needs both sides', async () => {
  await using cloud = await open();
  const theirs = iamAs(cloud, { accessKeyId: other, secretAccessKey: 'x' });
  const { Role } = await theirs.send(
    new CreateRoleCommand({
      RoleName: 'guest',
      AssumeRolePolicyDocument: trustText({ AWS: `arn:aws:iam::${account}:root` }),
    }),
  );
  const assume = new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'sess' });
  const weak = await makeUser(cloud, 'weak');
  await refused(
    stsAs(cloud, weak).send(assume),
    'AccessDenied',
    /because no identity-based policy allows the sts:AssumeRole action$/,
  );
  const strong = await makeUser(cloud, 'strong', allowText('sts:AssumeRole', Role?.Arn));
  const { Credentials } = await stsAs(cloud, strong).send(assume);
  expect((await stsAs(cloud, keyPair(Credentials)).send(new GetCallerIdentityCommand({}))).Account).toBe(other);
  const { Role: closed } = await theirs.send(
    new CreateRoleCommand({ RoleName: 'closed', AssumeRolePolicyDocument: trustText({ AWS: other }) }),
  );
  const wide = await makeUser(cloud, 'wide', allowText('sts:AssumeRole'));
  await refused(
    stsAs(cloud, wide).send(new AssumeRoleCommand({ RoleArn: closed?.Arn, RoleSessionName: 'sess' })),
    'AccessDenied',
    /because no role trust policy allows the sts:AssumeRole action$/,
  );
});

test('a trust policy asks for an external id', async () => {
  await using cloud = await open();
  const theirs = iamAs(cloud, { accessKeyId: other, secretAccessKey: 'x' });
  const trust = trustText({ AWS: account }, { Condition: { StringEquals: { 'sts:ExternalId': 'secret' } } });
  const { Role } = await theirs.send(new CreateRoleCommand({ RoleName: 'vendor', AssumeRolePolicyDocument: trust }));
  const sts = stsAs(cloud, await makeUser(cloud, 'ann', allowText('sts:AssumeRole')));
  await refused(sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'sess' })), 'AccessDenied');
  const answer = await sts.send(
    new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'sess', ExternalId: 'secret' }),
  );
  expect(answer.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${other}:assumed-role/vendor/sess`);
});

test('session policies narrow a session, and session tags are condition keys of it', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const trust = policyText({
    Effect: 'Allow',
    Principal: { AWS: account },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
  });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'wide', AssumeRolePolicyDocument: trust }));
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'wide',
      PolicyName: 'p',
      PolicyDocument: allowText('iam:*', '*', { Condition: { StringEquals: { 'aws:PrincipalTag/team': 'red' } } }),
    }),
  );
  const sts = cloud.client(STSClient);
  const assume = { RoleArn: Role?.Arn, RoleSessionName: 'sess' };
  const red = { Tags: [{ Key: 'Team', Value: 'red' }] };
  const narrow = await sts.send(new AssumeRoleCommand({ ...assume, ...red, Policy: allowText('iam:GetRole') }));
  expect(narrow.PackedPolicySize).toBeGreaterThan(0);
  const session = iamAs(cloud, keyPair(narrow.Credentials));
  expect((await session.send(new GetRoleCommand({ RoleName: 'wide' }))).Role?.RoleName).toBe('wide');
  await refused(
    session.send(new ListUsersCommand({})),
    'AccessDenied',
    /because no session policy allows the iam:ListUsers action$/,
  );
  const blue = await sts.send(new AssumeRoleCommand({ ...assume, Tags: [{ Key: 'Team', Value: 'blue' }] }));
  await refused(
    iamAs(cloud, keyPair(blue.Credentials)).send(new ListUsersCommand({})),
    'AccessDenied',
    /identity-based/,
  );
});

test('role chaining lasts an hour at most, and hands transitive tags on', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const trust = policyText({
    Effect: 'Allow',
    Principal: { AWS: account },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
  });
  const make = async (RoleName: string): Promise<string> => {
    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, MaxSessionDuration: 7200 }),
    );
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: allowText('sts:*') }));
    return Role?.Arn ?? '';
  };
  const [first, second] = [await make('first'), await make('second')];
  const tags = { Tags: [{ Key: 'Team', Value: 'red' }], TransitiveTagKeys: ['team'] };
  const { Credentials } = await cloud
    .client(STSClient)
    .send(new AssumeRoleCommand({ RoleArn: first, RoleSessionName: 'aa', DurationSeconds: 7200, ...tags }));
  const chained = stsAs(cloud, keyPair(Credentials));
  await refused(
    chained.send(new AssumeRoleCommand({ RoleArn: second, RoleSessionName: 'bb', DurationSeconds: 7200 })),
    'ValidationError',
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  );
  await refused(
    chained.send(
      new AssumeRoleCommand({ RoleArn: second, RoleSessionName: 'bb', Tags: [{ Key: 'TEAM', Value: 'x' }] }),
    ),
    'InvalidParameterValue',
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
  );
  expect(
    (await chained.send(new AssumeRoleCommand({ RoleArn: second, RoleSessionName: 'bb' }))).AssumedRoleUser?.Arn,
  ).toMatch(/second\/bb$/);
});

test('AssumeRole: malformed ARNs and tags are refused as recorded', async () => {
  await using cloud = await open();
  const sts = cloud.client(STSClient);
  for (const RoleArn of [
    'nothing-valid-in-here',
    'arn::b:::something/test-role',
    'arn:a::::something/test-role',
    'arn:a:::something/test-role',
  ])
    await refused(
      sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'ok' })),
      'ValidationError',
      `${RoleArn} is invalid`,
    );
  const { Role } = await cloud
    .client(IAMClient)
    .send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trustText({ AWS: account }) }));
  const assume = { RoleArn: Role?.Arn, RoleSessionName: 'sess' };
  await refused(
    sts.send(
      new AssumeRoleCommand({
        ...assume,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'A', Value: '2' },
        ],
      }),
    ),
    'InvalidParameterValue',
    'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  );
  await refused(
    sts.send(new AssumeRoleCommand({ ...assume, TransitiveTagKeys: ['x'] })),
    'InvalidParameterValue',
    'The specified transitive tag key must be included in the requested tags.',
  );
});

test('sessions of a user: no IAM without a second factor; a federated user has what both policies allow', async () => {
  await using cloud = await open();
  const keys = await makeUser(cloud, 'ann', allowText(['iam:*', 'sts:*']));
  const sts = stsAs(cloud, keys);
  const plain = await sts.send(new GetSessionTokenCommand({}));
  expect(plain.Credentials?.Expiration).toEqual(new Date('2026-03-02T00:00:00Z'));
  expect((await stsAs(cloud, keyPair(plain.Credentials)).send(new GetCallerIdentityCommand({}))).Arn).toBe(ann);
  await refused(iamAs(cloud, keyPair(plain.Credentials)).send(new ListUsersCommand({})), 'InvalidClientTokenId');
  const federated = await sts.send(new GetFederationTokenCommand({ Name: 'bob' }));
  expect(federated).toMatchObject({
    PackedPolicySize: 0,
    FederatedUser: { FederatedUserId: `${account}:bob`, Arn: `arn:aws:sts::${account}:federated-user/bob` },
  });
});

test('GetAccessKeyInfo: a key id tells its account', async () => {
  await using cloud = await open();
  const keys = await makeUser(cloud, 'ann', undefined, other);
  expect(
    (await cloud.client(STSClient).send(new GetAccessKeyInfoCommand({ AccessKeyId: keys.accessKeyId }))).Account,
  ).toBe(other);
  expect(
    (await cloud.client(STSClient).send(new GetAccessKeyInfoCommand({ AccessKeyId: 'ASIAQNZGKIQY56JQ7WML' }))).Account,
  ).toBe('029608264753');
});

test('a role that was made anew is not trusted in place of the old one', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  await makeUser(cloud, 'ann', allowText('sts:AssumeRole'));
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trustText({ AWS: ann }) }));
  const { inside } = cloud;
  await inside.call('iam', 'DeleteUserPolicy', { UserName: 'ann', PolicyName: 'inline' });
  for (const { AccessKeyId } of (
    await inside.call<object, { AccessKeyMetadata: { AccessKeyId: string }[] }>('iam', 'ListAccessKeys', {
      UserName: 'ann',
    })
  ).AccessKeyMetadata)
    await iam.send(new DeleteAccessKeyCommand({ UserName: 'ann', AccessKeyId }));
  await iam.send(new DeleteUserCommand({ UserName: 'ann' }));
  const keys = await makeUser(cloud, 'ann', allowText('sts:AssumeRole'));
  const arn = `arn:aws:iam::${account}:role/r`;
  await refused(
    stsAs(cloud, keys).send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'sess' })),
    'AccessDenied',
    /trust policy/,
  );
  expect(
    decodeURIComponent((await iam.send(new GetRoleCommand({ RoleName: 'r' }))).Role?.AssumeRolePolicyDocument ?? ''),
  ).toMatch(/"AIDA[A-Z2-7]{17}"/);
});

test('IAM-15: an earlier version of a policy takes back a faulty change at once', async () => {
  await using cloud = await open();
  const keys = await makeUser(cloud, 'ann');
  const arn = await makePolicy(cloud, 'p', allowText('iam:ListUsers'), 'ann');
  const iam = cloud.client(IAMClient);
  await iam.send(
    new CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument: allowText('sqs:*'), SetAsDefault: true }),
  );
  await refused(iamAs(cloud, keys).send(new ListUsersCommand({})), 'AccessDenied');
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn: arn, VersionId: 'v1' }));
  expect((await iamAs(cloud, keys).send(new ListUsersCommand({}))).Users).toHaveLength(1);
});

test('--iam explain lets pass and tells; --iam off lets pass', async () => {
  const told: string[] = [];
  for (const iam of ['explain', 'off'] as const) {
    await using cloud = await open({ iam, report: (message) => told.push(message) });
    const keys = await makeUser(cloud, 'ann');
    expect((await iamAs(cloud, keys).send(new ListUsersCommand({}))).Users).toHaveLength(1);
  }
  expect(told).toHaveLength(1);
  expect(told[0]).toContain('because no identity-based policy allows the iam:ListUsers action');
});
