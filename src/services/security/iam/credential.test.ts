import { createPublicKey } from 'node:crypto';
import {
  ChangePasswordCommand,
  CreateAccountAliasCommand,
  CreateLoginProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  CreateServiceLinkedRoleCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteAccountPasswordPolicyCommand,
  DeleteServiceLinkedRoleCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GenerateCredentialReportCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetAccountAuthorizationDetailsCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  GetContextKeysForCustomPolicyCommand,
  GetCredentialReportCommand,
  GetLoginProfileCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetSAMLProviderCommand,
  GetServerCertificateCommand,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  GetSSHPublicKeyCommand,
  GetUserCommand,
  IAMClient,
  ListAccountAliasesCommand,
  ListAttachedRolePoliciesCommand,
  ListMFADevicesCommand,
  ListPoliciesGrantingServiceAccessCommand,
  ListServiceSpecificCredentialsCommand,
  ListVirtualMFADevicesCommand,
  PutRolePolicyCommand,
  ResyncMFADeviceCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateLoginProfileCommand,
  UploadServerCertificateCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import type { RunningCloud } from '../../../embed/index.ts';
import { certificatePem, otherKeyPem, privateKeyPem } from './certificate.fixture.ts';
import {
  account,
  allowText,
  iamAs,
  keyPair,
  makeUser,
  open,
  policyText,
  refused,
  stsAs,
  trustText,
} from './iam.fixture.ts';
import { codeAt, stepAt } from './totp.ts';

test('IAM-01: a password is checked against the policy, and changed by its user', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const keys = await makeUser(cloud, 'ann', allowText('iam:ChangePassword'));
  await refused(
    iam.send(new GetAccountPasswordPolicyCommand({})),
    'NoSuchEntityException',
    `The Password Policy with domain name ${account} cannot be found.`,
  );
  await refused(
    iam.send(new CreateLoginProfileCommand({ UserName: 'ann', Password: 'short' })),
    'PasswordPolicyViolationException',
  );
  await iam.send(
    new UpdateAccountPasswordPolicyCommand({
      MinimumPasswordLength: 10,
      RequireNumbers: true,
      AllowUsersToChangePassword: true,
      PasswordReusePrevention: 2,
      MaxPasswordAge: 90,
    }),
  );
  expect((await iam.send(new GetAccountPasswordPolicyCommand({}))).PasswordPolicy).toEqual({
    MinimumPasswordLength: 10,
    RequireSymbols: false,
    RequireNumbers: true,
    RequireUppercaseCharacters: false,
    RequireLowercaseCharacters: false,
    AllowUsersToChangePassword: true,
    ExpirePasswords: true,
    MaxPasswordAge: 90,
    PasswordReusePrevention: 2,
  });
  await refused(
    iam.send(new CreateLoginProfileCommand({ UserName: 'ann', Password: 'abcdefghijk' })),
    'PasswordPolicyViolationException',
    'Password should have at least one number',
  );
  await iam.send(new CreateLoginProfileCommand({ UserName: 'ann', Password: 'first-pass-1' }));
  const mine = iamAs(cloud, keys);
  await refused(
    mine.send(new ChangePasswordCommand({ OldPassword: 'wrong-pass-1', NewPassword: 'second-pass-2' })),
    'AccessDenied',
  );
  await mine.send(new ChangePasswordCommand({ OldPassword: 'first-pass-1', NewPassword: 'second-pass-2' }));
  await refused(
    mine.send(new ChangePasswordCommand({ OldPassword: 'second-pass-2', NewPassword: 'first-pass-1' })),
    'PasswordPolicyViolationException',
    /reuse/,
  );
  await iam.send(new UpdateLoginProfileCommand({ UserName: 'ann', PasswordResetRequired: true }));
  expect((await iam.send(new GetLoginProfileCommand({ UserName: 'ann' }))).LoginProfile).toMatchObject({
    UserName: 'ann',
    PasswordResetRequired: true,
  });
  await iam.send(new DeleteAccountPasswordPolicyCommand({}));
  await refused(iam.send(new GetAccountPasswordPolicyCommand({})), 'NoSuchEntityException');
});

/** A device of a user, switched on, and its seed. */
async function enableDevice(cloud: RunningCloud, UserName: string): Promise<{ serial: string; seed: string }> {
  const iam = cloud.client(IAMClient);
  const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }));
  const serial = VirtualMFADevice?.SerialNumber ?? '';
  const seed = Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString();
  const step = stepAt(cloud.clock.now().getTime());
  const on = { UserName, SerialNumber: serial };
  await refused(
    iam.send(
      new EnableMFADeviceCommand({
        ...on,
        AuthenticationCode1: codeAt(seed, step),
        AuthenticationCode2: codeAt(seed, step),
      }),
    ),
    'InvalidAuthenticationCodeException',
  );
  await iam.send(
    new EnableMFADeviceCommand({
      ...on,
      AuthenticationCode1: codeAt(seed, step - 1),
      AuthenticationCode2: codeAt(seed, step),
    }),
  );
  return { serial, seed };
}

test('codeAt: the codes of RFC 6238, in six digits', () => {
  const seed = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  expect(codeAt(seed, stepAt(59_000))).toBe('287082');
  expect(codeAt(seed, stepAt(1_111_111_109_000))).toBe('081804');
  expect(codeAt(seed, stepAt(20_000_000_000_000))).toBe('353130');
});

test('MFA: codes are really checked, each is good once, and a policy can ask for them', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const mfaOnly = policyText(
    { Effect: 'Allow', Action: 'sts:*', Resource: '*' },
    {
      Effect: 'Allow',
      Action: 'iam:GetUser',
      Resource: '*',
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    },
  );
  const keys = await makeUser(cloud, 'ann', mfaOnly);
  const { serial, seed } = await enableDevice(cloud, 'ann');
  const code = (): string => codeAt(seed, stepAt(cloud.clock.now().getTime()));
  await refused(iamAs(cloud, keys).send(new GetUserCommand({})), 'AccessDenied');
  const ask = () => stsAs(cloud, keys).send(new GetSessionTokenCommand({ SerialNumber: serial, TokenCode: code() }));
  await refused(ask(), 'AccessDenied', 'MultiFactorAuthentication failed with invalid MFA one time pass code.');
  await cloud.clock.advance(30);
  const { Credentials } = await ask();
  await refused(ask(), 'AccessDenied');
  expect((await iamAs(cloud, keyPair(Credentials)).send(new GetUserCommand({}))).User?.UserName).toBe('ann');
  expect((await iam.send(new ListMFADevicesCommand({ UserName: 'ann' }))).MFADevices?.[0]?.SerialNumber).toBe(serial);
  await refused(iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: serial })), 'DeleteConflictException');
  await cloud.clock.advance(600);
  const step = stepAt(cloud.clock.now().getTime()) + 40;
  await iam.send(
    new ResyncMFADeviceCommand({
      UserName: 'ann',
      SerialNumber: serial,
      AuthenticationCode1: codeAt(seed, step),
      AuthenticationCode2: codeAt(seed, step + 1),
    }),
  );
  await iam.send(new DeactivateMFADeviceCommand({ UserName: 'ann', SerialNumber: serial }));
  expect(
    (await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus: 'Unassigned' }))).VirtualMFADevices,
  ).toHaveLength(1);
  await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: serial }));
});

test('AssumeRole: a trust policy can ask for a second factor', async () => {
  await using cloud = await open();
  const keys = await makeUser(cloud, 'ann', allowText('sts:AssumeRole'));
  const { serial, seed } = await enableDevice(cloud, 'ann');
  const trust = trustText({ AWS: account }, { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } });
  const { Role } = await cloud
    .client(IAMClient)
    .send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trust }));
  const assume = { RoleArn: Role?.Arn, RoleSessionName: 'one' };
  await refused(stsAs(cloud, keys).send(new AssumeRoleCommand(assume)), 'AccessDenied', /role trust policy/);
  await cloud.clock.advance(30);
  const code = codeAt(seed, stepAt(cloud.clock.now().getTime()));
  const answer = await stsAs(cloud, keys).send(
    new AssumeRoleCommand({ ...assume, SerialNumber: serial, TokenCode: code }),
  );
  expect(answer.AssumedRoleUser?.Arn).toMatch(/assumed-role\/r\/one$/);
});

test('service-specific credentials: as recorded', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const make = (ServiceName: string, UserName = 'ann') =>
    iam.send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName }));
  await refused(
    make('lambda.amazonaws.com'),
    'NoSuchEntityException',
    'No such service lambda.amazonaws.com is supported for Service Specific Credentials',
  );
  await refused(
    make('codecommit.amazonaws.com', 'bob'),
    'NoSuchEntityException',
    'The user with name bob cannot be found.',
  );
  const { ServiceSpecificCredential: made } = await make('codecommit.amazonaws.com');
  expect(made).toMatchObject({
    ServiceUserName: `ann-at-${account}`,
    Status: 'Active',
    ServicePassword: expect.any(String),
  });
  const list = await iam.send(new ListServiceSpecificCredentialsCommand({ UserName: 'ann' }));
  expect(list.ServiceSpecificCredentials?.[0]).not.toHaveProperty('ServicePassword');
  expect(list).not.toHaveProperty('IsTruncated');
  await refused(
    iam.send(new DeleteUserCommand({ UserName: 'ann' })),
    'DeleteConflictException',
    'Cannot delete entity, must remove referenced objects first.',
  );
});

test('SSH keys and certificates are read, and refused when they are none', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const pem = createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }).toString();
  const { SSHPublicKey } = await iam.send(new UploadSSHPublicKeyCommand({ UserName: 'ann', SSHPublicKeyBody: pem }));
  expect(SSHPublicKey?.Fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  const get = { UserName: 'ann', SSHPublicKeyId: SSHPublicKey?.SSHPublicKeyId };
  const ssh =
    (await iam.send(new GetSSHPublicKeyCommand({ ...get, Encoding: 'SSH' }))).SSHPublicKey?.SSHPublicKeyBody ?? '';
  expect(ssh).toMatch(/^ssh-rsa AAAAB3NzaC1yc2E/);
  await refused(
    iam.send(new UploadSSHPublicKeyCommand({ UserName: 'ann', SSHPublicKeyBody: ssh })),
    'DuplicateSSHPublicKeyException',
  );
  await refused(
    iam.send(new UploadSSHPublicKeyCommand({ UserName: 'ann', SSHPublicKeyBody: 'ssh-rsa AAAA' })),
    'InvalidPublicKeyException',
  );
  const upload = { ServerCertificateName: 'web', CertificateBody: certificatePem };
  await refused(
    iam.send(new UploadServerCertificateCommand({ ...upload, PrivateKey: otherKeyPem })),
    'KeyPairMismatchException',
  );
  await refused(
    iam.send(new UploadServerCertificateCommand({ ...upload, CertificateBody: 'x', PrivateKey: privateKeyPem })),
    'MalformedCertificateException',
  );
  await iam.send(new UploadServerCertificateCommand({ ...upload, PrivateKey: privateKeyPem }));
  const { ServerCertificate } = await iam.send(new GetServerCertificateCommand({ ServerCertificateName: 'web' }));
  expect(ServerCertificate?.ServerCertificateMetadata?.Arn).toBe(`arn:aws:iam::${account}:server-certificate/web`);
  await iam.send(new UploadSigningCertificateCommand({ UserName: 'ann', CertificateBody: certificatePem }));
  await refused(
    iam.send(new UploadSigningCertificateCommand({ UserName: 'ann', CertificateBody: certificatePem })),
    'DuplicateCertificateException',
  );
});

test('CreateServiceLinkedRole: as recorded, and deleted by a task', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const make = (CustomSuffix?: string) =>
    iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'batch.amazonaws.com', CustomSuffix }));
  await refused(make('x'), 'InvalidInputException', 'Custom suffix is not allowed for batch.amazonaws.com');
  await make();
  await refused(
    make(),
    'InvalidInputException',
    'Service role name AWSServiceRoleForBatch has been taken in this account, please try a different suffix.',
  );
  const RoleName = 'AWSServiceRoleForBatch';
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  expect(Role?.Arn).toBe(`arn:aws:iam::${account}:role/aws-service-role/batch.amazonaws.com/${RoleName}`);
  expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))).toMatchObject({
    Statement: [{ Action: 'sts:AssumeRole', Principal: { Service: 'batch.amazonaws.com' } }],
  });
  expect((await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies).toEqual([
    {
      PolicyArn: 'arn:aws:iam::aws:policy/aws-service-role/BatchServiceRolePolicy',
      PolicyName: 'BatchServiceRolePolicy',
    },
  ]);
  await refused(
    iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: allowText('s3:*') })),
    'UnmodifiableEntityException',
  );
  await iam.send(new UpdateRoleCommand({ RoleName, Description: 'for nightly batches' }));
  expect((await iam.send(new GetRoleCommand({ RoleName }))).Role?.Description).toBe('for nightly batches');
  await refused(
    iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7_200 })),
    'UnmodifiableEntityException',
  );
  const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
  expect(DeletionTaskId).toMatch(
    /^task\/aws-service-role\/batch\.amazonaws\.com\/AWSServiceRoleForBatch\/[0-9a-f-]{36}$/,
  );
  const ask = new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId });
  expect((await iam.send(ask)).Status).toBe('IN_PROGRESS');
  await cloud.clock.advance(10);
  expect((await iam.send(ask)).Status).toBe('SUCCEEDED');
  await refused(iam.send(new GetRoleCommand({ RoleName })), 'NoSuchEntityException');
});

test('providers: OIDC by URL, SAML by metadata', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const Url = 'https://token.actions.githubusercontent.com';
  const { OpenIDConnectProviderArn } = await iam.send(
    new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['sts.amazonaws.com'] }),
  );
  expect(await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).toMatchObject({
    Url: 'token.actions.githubusercontent.com',
    ClientIDList: ['sts.amazonaws.com'],
    ThumbprintList: [],
  });
  await refused(iam.send(new CreateOpenIDConnectProviderCommand({ Url })), 'EntityAlreadyExistsException');
  await refused(
    iam.send(new CreateSAMLProviderCommand({ Name: 'x', SAMLMetadataDocument: `<x>${' '.repeat(1000)}</x>` })),
    'InvalidInputException',
    'Could not parse metadata',
  );
  const metadata = samlMetadata();
  const { SAMLProviderArn } = await iam.send(
    new CreateSAMLProviderCommand({ Name: 'corp', SAMLMetadataDocument: metadata }),
  );
  expect(await iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }))).toMatchObject({
    SAMLMetadataDocument: metadata,
  });
});

const samlMetadata = (): string => {
  const body = certificatePem.replaceAll(/-----.*-----|\n/g, '');
  return `<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor></md:EntityDescriptor>`;
};

test('IAM-18: the simulator decides as the real call does, and tells the statement', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const text =
    '{"Version": "2012-10-17", "Statement": [{"Sid": "", "Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}]}';
  const keys = await makeUser(cloud, 'ann', text);
  const ann = `arn:aws:iam::${account}:user/ann`;
  const { EvaluationResults } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: ann,
      ActionNames: ['iam:GetUser', 'iam:ListUsers'],
      ResourceArns: [ann],
    }),
  );
  const matched = [
    {
      SourcePolicyId: 'user_ann_inline',
      SourcePolicyType: 'IAM Policy',
      StartPosition: { Line: 1, Column: 41 },
      EndPosition: { Line: 1, Column: 112 },
    },
  ];
  expect(EvaluationResults?.[0]).toMatchObject({
    EvalActionName: 'iam:GetUser',
    EvalDecision: 'allowed',
    EvalResourceName: ann,
    MatchedStatements: matched,
    OrganizationsDecisionDetail: { AllowedByOrganizations: true },
    ResourceSpecificResults: [{ EvalResourceName: ann, EvalResourceDecision: 'allowed', MatchedStatements: matched }],
  });
  expect(EvaluationResults?.[1]).toMatchObject({ EvalDecision: 'implicitDeny' });
  expect((await iamAs(cloud, keys).send(new GetUserCommand({ UserName: 'ann' }))).User?.UserName).toBe('ann');
  const conditional = allowText('s3:GetObject', '*', { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } });
  const custom = await iam.send(
    new SimulateCustomPolicyCommand({ PolicyInputList: [conditional], ActionNames: ['s3:GetObject'] }),
  );
  expect(custom.EvaluationResults?.[0]).toMatchObject({
    EvalDecision: 'implicitDeny',
    MissingContextValues: ['aws:SourceIp'],
  });
  const inside = await iam.send(
    new SimulateCustomPolicyCommand({
      PolicyInputList: [conditional],
      ActionNames: ['s3:GetObject'],
      ContextEntries: [{ ContextKeyName: 'aws:sourceip', ContextKeyType: 'ip', ContextKeyValues: ['10.1.2.3'] }],
    }),
  );
  expect(inside.EvaluationResults?.[0]?.EvalDecision).toBe('allowed');
  expect(
    (await iam.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList: [conditional] }))).ContextKeyNames,
  ).toEqual(['aws:SourceIp']);
});

test('IAM-04: the credential report lists every user and its keys', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  await makeUser(cloud, 'ann');
  await refused(iam.send(new GetCredentialReportCommand({})), 'CredentialReportNotPresentException');
  expect((await iam.send(new GenerateCredentialReportCommand({}))).State).toBe('STARTED');
  expect((await iam.send(new GenerateCredentialReportCommand({}))).State).toBe('COMPLETE');
  const report = await iam.send(new GetCredentialReportCommand({}));
  expect(report.ReportFormat).toBe('text/csv');
  const rows = Buffer.from(report.Content ?? [])
    .toString()
    .split('\n')
    .map((row) => row.split(','));
  expect(rows.map(([user]) => user)).toEqual(['user', '<root_account>', 'ann']);
  const ann = Object.fromEntries((rows[0] ?? []).map((column, at) => [column, rows[2]?.[at]]));
  expect(ann).toMatchObject({
    password_enabled: 'false',
    access_key_1_active: 'true',
    access_key_1_last_used_date: 'N/A',
    access_key_2_active: 'false',
    mfa_active: 'false',
  });
  expect(rows.every((row) => row.length === 22)).toBe(true);
  await cloud.clock.advance(5 * 3600);
  await refused(iam.send(new GetCredentialReportCommand({})), 'CredentialReportExpiredException');
});

test('service last accessed details come from real calls', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  const keys = await makeUser(cloud, 'ann', allowText(['iam:GetUser', 'sqs:*']));
  await iamAs(cloud, keys).send(new GetUserCommand({}));
  await cloud.clock.advance(60);
  const Arn = `arn:aws:iam::${account}:user/ann`;
  const { JobId } = await iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn, Granularity: 'ACTION_LEVEL' }));
  const { ServicesLastAccessed, JobStatus } = await iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }));
  expect(JobStatus).toBe('COMPLETED');
  expect(
    ServicesLastAccessed?.map(({ ServiceNamespace, TotalAuthenticatedEntities }) => [
      ServiceNamespace,
      TotalAuthenticatedEntities,
    ]),
  ).toEqual([
    ['iam', 1],
    ['sqs', 0],
  ]);
  expect(ServicesLastAccessed?.[0]).toMatchObject({
    LastAuthenticated: new Date('2026-03-01T12:00:00Z'),
    LastAuthenticatedEntity: Arn,
    TrackedActionsLastAccessed: [{ ActionName: 'GetUser', LastAccessedEntity: Arn }],
  });
  const granting = await iam.send(
    new ListPoliciesGrantingServiceAccessCommand({ Arn, ServiceNamespaces: ['sqs', 's3'] }),
  );
  expect(granting.PoliciesGrantingServiceAccess?.map(({ Policies }) => Policies?.length)).toEqual([1, 0]);
});

test('the account: alias, summary, everything at once', async () => {
  await using cloud = await open();
  const iam = cloud.client(IAMClient);
  await makeUser(cloud, 'ann', allowText('s3:*'));
  await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'garden' }));
  expect((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases).toEqual(['garden']);
  expect((await iam.send(new GetAccountSummaryCommand({}))).SummaryMap).toMatchObject({
    Users: 1,
    UsersQuota: 5000,
    AccountMFAEnabled: 0,
  });
  const details = await iam.send(new GetAccountAuthorizationDetailsCommand({}));
  expect(details.UserDetailList).toMatchObject([
    { UserName: 'ann', UserPolicyList: [{ PolicyName: 'inline' }], GroupList: [] },
  ]);
});
