import {
  AddRoleToInstanceProfileCommand,
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeleteInstanceProfileCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListGroupsForUserCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolesCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  paginateListPolicies,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  RemoveUserFromGroupCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { account, allowText, makePolicy, makeUser, open, refused, trustText } from './iam.fixture.ts';

const ec2 = trustText({ Service: 'ec2.amazonaws.com' });
const admin = 'arn:aws:iam::aws:policy/AdministratorAccess';

test('CreateUser: path, id, ARN, tags; names are unique without regard to case', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const { User } = await iam.send(
    new CreateUserCommand({ UserName: 'Ann', Path: '/team/', Tags: [{ Key: 'a', Value: '1' }] }),
  );
  expect(User).toEqual({
    Path: '/team/',
    UserName: 'Ann',
    UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
    Arn: `arn:aws:iam::${account}:user/team/Ann`,
    CreateDate: new Date('2026-03-01T12:00:00Z'),
    Tags: [{ Key: 'a', Value: '1' }],
  });
  await refused(
    iam.send(new CreateUserCommand({ UserName: 'ann' })),
    'EntityAlreadyExistsException',
    'User with name ann already exists.',
  );
  await refused(
    iam.send(new GetUserCommand({ UserName: 'bob' })),
    'NoSuchEntityException',
    'The user with name bob cannot be found.',
  );
});

test('ListUsers: pages by marker, filters by path', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  for (const UserName of ['e', 'a', 'c', 'b', 'd'])
    await iam.send(new CreateUserCommand({ UserName, Path: UserName < 'c' ? '/x/' : '/' }));
  const first = await iam.send(new ListUsersCommand({ MaxItems: 2 }));
  expect(first.Users?.map(({ UserName }) => UserName)).toEqual(['a', 'b']);
  expect(first.IsTruncated).toBe(true);
  await iam.send(new DeleteUserCommand({ UserName: 'b' }));
  const second = await iam.send(new ListUsersCommand({ Marker: first.Marker, MaxItems: 100 }));
  expect(second.Users?.map(({ UserName }) => UserName)).toEqual(['c', 'd', 'e']);
  expect(second.IsTruncated).toBe(false);
  expect((await iam.send(new ListUsersCommand({ PathPrefix: '/x/' }))).Users).toHaveLength(1);
  await refused(iam.send(new ListUsersCommand({ Marker: 'bad' })), 'ValidationError');
});

test('UpdateUser: policies, groups and tags follow a new name', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  await makeUser(cloud, 'ann', allowText('s3:*'));
  await iam.send(new CreateGroupCommand({ GroupName: 'g' }));
  await iam.send(new AddUserToGroupCommand({ GroupName: 'g', UserName: 'ann' }));
  await iam.send(new TagUserCommand({ UserName: 'ann', Tags: [{ Key: 'Team', Value: 'red' }] }));
  await iam.send(new UpdateUserCommand({ UserName: 'ann', NewUserName: 'anna', NewPath: '/x/' }));
  await iam.send(new UpdateGroupCommand({ GroupName: 'g', NewGroupName: 'h' }));
  expect((await iam.send(new GetUserCommand({ UserName: 'anna' }))).User?.Arn).toBe(
    `arn:aws:iam::${account}:user/x/anna`,
  );
  expect(
    (await iam.send(new ListGroupsForUserCommand({ UserName: 'anna' }))).Groups?.map(({ GroupName }) => GroupName),
  ).toEqual(['h']);
  expect((await iam.send(new ListUserPoliciesCommand({ UserName: 'anna' }))).PolicyNames).toEqual(['inline']);
  await iam.send(new TagUserCommand({ UserName: 'anna', Tags: [{ Key: 'TEAM', Value: 'blue' }] }));
  expect((await iam.send(new ListUserTagsCommand({ UserName: 'anna' }))).Tags).toEqual([
    { Key: 'TEAM', Value: 'blue' },
  ]);
  await iam.send(new UntagUserCommand({ UserName: 'anna', TagKeys: ['team'] }));
  expect((await iam.send(new ListUserTagsCommand({ UserName: 'anna' }))).Tags).toEqual([]);
});

test('IAM-17: what still has something attached cannot be deleted', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  await iam.send(new CreateGroupCommand({ GroupName: 'g' }));
  await iam.send(new AddUserToGroupCommand({ GroupName: 'g', UserName: 'ann' }));
  const arn = await makePolicy(cloud, 'p', allowText('s3:*'), 'ann');
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'i', PolicyDocument: allowText('s3:*') }));
  const user = () => iam.send(new DeleteUserCommand({ UserName: 'ann' }));
  await refused(user(), 'DeleteConflictException', 'Cannot delete entity, must detach all policies first.');
  await refused(
    iam.send(new DeletePolicyCommand({ PolicyArn: arn })),
    'DeleteConflictException',
    'Cannot delete a policy attached to entities.',
  );
  await iam.send(new DetachUserPolicyCommand({ UserName: 'ann', PolicyArn: arn }));
  await refused(user(), 'DeleteConflictException', 'Cannot delete entity, must delete policies first.');
  await iam.send(new DeleteUserPolicyCommand({ UserName: 'ann', PolicyName: 'i' }));
  await refused(user(), 'DeleteConflictException', 'Cannot delete entity, must remove users from group first.');
  await refused(iam.send(new DeleteGroupCommand({ GroupName: 'g' })), 'DeleteConflictException');
  await iam.send(new RemoveUserFromGroupCommand({ GroupName: 'g', UserName: 'ann' }));
  await user();
  await iam.send(new DeleteGroupCommand({ GroupName: 'g' }));
  await iam.send(new DeletePolicyCommand({ PolicyArn: arn }));
});

test('IAM-07: a user is in ten groups at most', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  for (let at = 0; at < 11; at++) await iam.send(new CreateGroupCommand({ GroupName: `g${at}` }));
  for (let at = 0; at < 10; at++) await iam.send(new AddUserToGroupCommand({ GroupName: `g${at}`, UserName: 'ann' }));
  await refused(
    iam.send(new AddUserToGroupCommand({ GroupName: 'g10', UserName: 'ann' })),
    'LimitExceededException',
    'Cannot exceed quota for GroupsPerUser: 10',
  );
});

test('CreateRole and GetRole: the members that were recorded, the document percent-encoded', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const created = await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: ec2 }));
  const base = {
    Arn: `arn:aws:iam::${account}:role/r`,
    AssumeRolePolicyDocument: encodeURIComponent(ec2),
    CreateDate: new Date('2026-03-01T12:00:00Z'),
    Path: '/',
    RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
    RoleName: 'r',
  };
  expect(created.Role).toEqual(base);
  expect((await iam.send(new GetRoleCommand({ RoleName: 'r' }))).Role).toEqual({
    ...base,
    MaxSessionDuration: 3600,
    RoleLastUsed: {},
  });
  expect((await iam.send(new ListRolesCommand({}))).Roles).toEqual([{ ...base, MaxSessionDuration: 3600 }]);
});

test('CreateRole: trust policies are checked, also whether their principals exist', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const make = (AssumeRolePolicyDocument: string) =>
    iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument }));
  await refused(make('no json'), 'MalformedPolicyDocumentException', 'This policy contains invalid Json');
  await refused(
    make(trustText({ Service: 'ec2.amazonaws.com' }, { Resource: '*' })),
    'MalformedPolicyDocumentException',
    'Has prohibited field Resource',
  );
  const ghost = `arn:aws:iam::${account}:user/ghost`;
  await refused(
    make(trustText({ AWS: ghost })),
    'MalformedPolicyDocumentException',
    `Invalid principal in policy: "AWS":"${ghost}"`,
  );
  await refused(
    make(trustText({ Service: `${'a'.repeat(2100)}.amazonaws.com` })),
    'LimitExceededException',
    'Cannot exceed quota for ACLSizePerRole: 2048',
  );
  await make(ec2);
  await refused(
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'r', PolicyDocument: '{}' })),
    'MalformedPolicyDocumentException',
  );
});

test('IAM-13: an inline policy belongs to one entity, comes back as it was, and is bounded in size', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const document = allowText('apigateway:PUT', 'arn:aws:apigateway:us-east-1::/tags/arn%3Aaws%3A(1)*');
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument: document }));
  const answer = await iam.send(new GetUserPolicyCommand({ UserName: 'ann', PolicyName: 'p' }));
  expect(answer.PolicyDocument).not.toMatch(/[{}"*()]/);
  expect(decodeURIComponent(answer.PolicyDocument ?? '')).toBe(document);
  await refused(
    iam.send(
      new PutUserPolicyCommand({
        UserName: 'ann',
        PolicyName: 'q',
        PolicyDocument: allowText('s3:*', `arn:aws:s3:::${'b'.repeat(2000)}`),
      }),
    ),
    'LimitExceededException',
    'Maximum policy size of 2048 bytes exceeded for user ann',
  );
  await refused(
    iam.send(new GetUserPolicyCommand({ UserName: 'ann', PolicyName: 'none' })),
    'NoSuchEntityException',
    'The user policy with name none cannot be found.',
  );
  await iam.send(new CreateGroupCommand({ GroupName: 'g' }));
  await refused(
    iam.send(new PutGroupPolicyCommand({ GroupName: 'g', PolicyName: 'p', PolicyDocument: '[]' })),
    'MalformedPolicyDocumentException',
    'Syntax errors in policy.',
  );
});

test('CreatePolicy: the answer that was recorded', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: allowText('s3:*') }));
  expect(Policy).toEqual({
    Arn: `arn:aws:iam::${account}:policy/p`,
    AttachmentCount: 0,
    CreateDate: new Date('2026-03-01T12:00:00Z'),
    DefaultVersionId: 'v1',
    IsAttachable: true,
    Path: '/',
    PermissionsBoundaryUsageCount: 0,
    PolicyId: expect.stringMatching(/^ANPA[A-Z2-7]{17}$/),
    PolicyName: 'p',
    UpdateDate: new Date('2026-03-01T12:00:00Z'),
  });
  await refused(
    iam.send(new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: allowText('s3:*') })),
    'EntityAlreadyExistsException',
    'A policy called p already exists. Duplicate names are not allowed.',
  );
  await refused(
    iam.send(
      new CreatePolicyCommand({
        PolicyName: 'big',
        PolicyDocument: allowText('s3:*', `arn:aws:s3:::${'b'.repeat(6200)}`),
      }),
    ),
    'LimitExceededException',
    'Cannot exceed quota for PolicySize: 6144',
  );
});

test('AttachUserPolicy and AttachRolePolicy: refusals as recorded', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: ec2 }));
  const ghost = `arn:aws:iam::${account}:policy/ghost`;
  const parse = 'Invalid ARN:  Could not be parsed!';
  await refused(
    iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: 'longpolicynamebutnoarn' })),
    'ValidationError',
    parse,
  );
  await refused(
    iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn: 'longpolicynamebutnoarn' })),
    'ValidationError',
    parse,
  );
  await refused(
    iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn: ghost })),
    'NoSuchEntityException',
    `Policy ${ghost} does not exist or is not attachable.`,
  );
  await refused(
    iam.send(new DeletePolicyCommand({ PolicyArn: ghost })),
    'NoSuchEntityException',
    `Policy ${ghost} was not found.`,
  );
  for (let at = 0; at < 10; at++) await makePolicy(cloud, `p${at}`, allowText('s3:*'), 'ann');
  await refused(
    iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: admin })),
    'LimitExceededException',
    'Cannot exceed quota for PoliciesPerUser: 10',
  );
});

test('IAM-14: AWS managed policies are there from the start, work, and cannot be changed', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const names = new Set<string>();
  for await (const page of paginateListPolicies({ client: iam, pageSize: 500 }, { Scope: 'AWS' }))
    for (const { PolicyName } of page.Policies ?? []) names.add(PolicyName ?? '');
  expect(names.size).toBeGreaterThan(1000);
  for (const name of ['AdministratorAccess', 'PowerUserAccess', 'ReadOnlyAccess', 'AmazonS3ReadOnlyAccess'])
    expect(names).toContain(name);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  await iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn: admin }));
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: admin }));
  expect(Policy).toMatchObject({
    PolicyName: 'AdministratorAccess',
    Path: '/',
    AttachmentCount: 1,
    IsAttachable: true,
  });
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn: admin, VersionId: Policy?.DefaultVersionId }),
  );
  expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ''))).toMatchObject({ Version: '2012-10-17' });
  await refused(
    iam.send(new DeletePolicyCommand({ PolicyArn: admin })),
    'AccessDenied',
    /is not authorized to perform: iam:DeletePolicy/,
  );
  const entities = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: admin }));
  expect(entities.PolicyUsers?.map(({ UserName }) => UserName)).toEqual(['ann']);
  expect((await iam.send(new ListAttachedUserPoliciesCommand({ UserName: 'ann' }))).AttachedPolicies).toEqual([
    { PolicyName: 'AdministratorAccess', PolicyArn: admin },
  ]);
  expect((await iam.send(new ListPoliciesCommand({ OnlyAttached: true }))).Policies?.map(({ Arn }) => Arn)).toEqual([
    admin,
  ]);
});

test('IAM-15: five versions of a policy, and the default one stays', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const PolicyArn = await makePolicy(cloud, 'p', allowText('s3:*'));
  const PolicyDocument = allowText('sqs:*');
  for (let at = 0; at < 4; at++)
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: at === 3 }));
  await refused(
    iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument })),
    'LimitExceededException',
    /^A managed policy can have up to 5 versions\./,
  );
  const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  expect(Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion])).toEqual([
    ['v5', true],
    ['v4', false],
    ['v3', false],
    ['v2', false],
    ['v1', false],
  ]);
  await refused(
    iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v5' })),
    'DeleteConflictException',
    'Cannot delete the default version of a policy.',
  );
  await refused(
    iam.send(new DeletePolicyCommand({ PolicyArn })),
    'DeleteConflictException',
    /^This policy has more than one version\./,
  );
  await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  await refused(
    iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' })),
    'NoSuchEntityException',
    `Policy ${PolicyArn} version v1 does not exist or is not attachable.`,
  );
});

test('IAM-09: an instance profile carries one role', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: ec2 }));
  await iam.send(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'p', PolicyDocument: allowText('s3:*') }));
  const name = { InstanceProfileName: 'app' };
  await iam.send(new CreateInstanceProfileCommand(name));
  await iam.send(new AddRoleToInstanceProfileCommand({ ...name, RoleName: 'app' }));
  await refused(
    iam.send(new AddRoleToInstanceProfileCommand({ ...name, RoleName: 'app' })),
    'LimitExceededException',
    'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
  );
  const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand(name));
  expect(InstanceProfile).toMatchObject({
    Arn: `arn:aws:iam::${account}:instance-profile/app`,
    Roles: [{ RoleName: 'app' }],
  });
  await refused(
    iam.send(new DeleteRoleCommand({ RoleName: 'app' })),
    'DeleteConflictException',
    'Cannot delete entity, must remove roles from instance profile first.',
  );
  await refused(iam.send(new DeleteInstanceProfileCommand(name)), 'DeleteConflictException');
  await iam.send(new RemoveRoleFromInstanceProfileCommand({ ...name, RoleName: 'app' }));
  await iam.send(new DeleteInstanceProfileCommand(name));
  await refused(
    iam.send(new DeleteRoleCommand({ RoleName: 'app' })),
    'DeleteConflictException',
    'Cannot delete entity, must delete policies first.',
  );
});
