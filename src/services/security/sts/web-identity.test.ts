import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import type { RunningCloud } from '../../../embed/index.ts';
import { account, allowText, keyPair, open, policyText, refused, stsAs } from '../iam/iam.fixture.ts';
import { signJwt } from './jwt.ts';

const host = 'token.actions.githubusercontent.com';
const issuer = `https://${host}`;
const providerArn = `arn:aws:iam::${account}:oidc-provider/${host}`;
const roleArn = `arn:aws:iam::${account}:role/deploy`;
const now = Date.parse('2026-03-01T12:00:00Z') / 1000;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig' });

const claims = {
  iss: issuer,
  aud: 'sts.amazonaws.com',
  sub: 'repo:octo/app:ref:refs/heads/main',
  repository: 'octo/app',
  ref: 'refs/heads/main',
  iat: now,
  exp: now + 300,
};
const tokenOf = (more: object = {}, key = rsa.privateKey, header = { alg: 'RS256', kid: 'one' }): string =>
  signJwt(header, { ...claims, ...more }, key);

const trust = (Condition: object, actions: string[] = ['sts:AssumeRoleWithWebIdentity']): string =>
  policyText({ Effect: 'Allow', Principal: { Federated: providerArn }, Action: actions, Condition });

const onlyMain = {
  StringEquals: { [`${host}:aud`]: 'sts.amazonaws.com', [`${host}:repository`]: 'octo/app' },
  StringLike: { [`${host}:sub`]: 'repo:octo/app:ref:refs/heads/*' },
};

/** A cloud that knows the provider, its keys, and a role that trusts it. */
async function withProvider(document = trust(onlyMain)): Promise<RunningCloud> {
  const cloud = await open();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url: issuer, ClientIDList: ['sts.amazonaws.com'] }));
  await iam.send(new CreateRoleCommand({ RoleName: 'deploy', AssumeRolePolicyDocument: document }));
  await cloud.trustIssuer(issuer, { keys: [jwk(rsa.publicKey, 'one'), jwk(ec.publicKey, 'two')] });
  return cloud;
}

/** The call as SDKs make it: nobody signs it. */
const assume = (cloud: RunningCloud, token: string, more: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) =>
  cloud.client(STSClient, { signer: { sign: async (request: never) => request } }).send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName: 'ci',
      WebIdentityToken: token,
      ...more,
    }),
  );

test('AssumeRoleWithWebIdentity: a token of a known provider gives the session of the role (IAM-12)', async () => {
  await using cloud = await withProvider();
  const answer = await assume(cloud, tokenOf());
  expect(answer).toMatchObject({
    SubjectFromWebIdentityToken: claims.sub,
    Audience: 'sts.amazonaws.com',
    Provider: providerArn,
    AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/deploy/ci` },
  });
  expect(answer.PackedPolicySize).toBeUndefined();
  expect(answer.Credentials?.Expiration).toEqual(new Date('2026-03-01T13:00:00Z'));
  const mine = stsAs(cloud, keyPair(answer.Credentials));
  expect((await mine.send(new GetCallerIdentityCommand({}))).Arn).toBe(answer.AssumedRoleUser?.Arn);
});

test('AssumeRoleWithWebIdentity: keys of elliptic curves sign too, and a key set may leave out names', async () => {
  await using cloud = await withProvider();
  await assume(cloud, tokenOf({}, ec.privateKey, { alg: 'ES384', kid: 'two' }));
  await cloud.trustIssuer(issuer, { keys: [rsa.publicKey.export({ format: 'jwk' })] });
  await assume(cloud, tokenOf());
});

test('AssumeRoleWithWebIdentity: the claims are condition keys of the role, and of its session', async () => {
  await using cloud = await withProvider();
  const allowed = allowText('sqs:CreateQueue', '*', {
    Condition: {
      StringEquals: { [`${host}:sub`]: claims.sub, 'aws:FederatedProvider': providerArn },
    },
  });
  await cloud
    .client(IAMClient)
    .send(new PutRolePolicyCommand({ RoleName: 'deploy', PolicyName: 'p', PolicyDocument: allowed }));
  const { Credentials } = await assume(cloud, tokenOf());
  const mine = cloud.client(SQSClient, { credentials: keyPair(Credentials) });
  await mine.send(new CreateQueueCommand({ QueueName: 'q' }));
  await refused(
    assume(cloud, tokenOf({ repository: 'octo/other' })),
    'AccessDenied',
    'Not authorized to perform sts:AssumeRoleWithWebIdentity',
  );
  await refused(assume(cloud, tokenOf({ sub: 'repo:octo/app:pull_request' })), 'AccessDenied');
});

test('AssumeRoleWithWebIdentity: a role that is not there, or that trusts another provider, is refused alike', async () => {
  await using cloud = await withProvider(
    policyText({
      Effect: 'Allow',
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
    }),
  );
  const words = 'Not authorized to perform sts:AssumeRoleWithWebIdentity';
  await refused(assume(cloud, tokenOf()), 'AccessDenied', words);
  await refused(assume(cloud, tokenOf(), { RoleArn: `${roleArn}-not` }), 'AccessDenied', words);
});

test('AssumeRoleWithWebIdentity: what is wrong with a token is said', async () => {
  await using cloud = await withProvider();
  const bad = (token: string, message: string | RegExp, name = 'InvalidIdentityTokenException') =>
    refused(assume(cloud, token), name, message);
  await bad('ya29.opaque', /not a valid JWT/);
  await bad(
    tokenOf({ iss: 'https://example.com' }),
    'No OpenIDConnect provider found in your account for https://example.com',
  );
  await bad(tokenOf({ aud: 'somebody else' }), 'Incorrect token audience');
  await bad(tokenOf({ aud: undefined }), 'Missing a required claim: aud');
  await bad(tokenOf({ sub: undefined }), 'Missing a required claim: sub');
  await bad(tokenOf({ exp: undefined }), 'Missing a required claim: exp');
  await bad(tokenOf({ nbf: now + 301 }), /not valid yet/);
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  await bad(tokenOf({}, stranger), 'Token signature invalid');
  await bad(tokenOf({}, rsa.privateKey, { alg: 'RS256', kid: 'two' }), 'Token signature invalid');
  const [head, , signature] = tokenOf().split('.');
  const forged = Buffer.from(JSON.stringify({ ...claims, ref: 'refs/heads/evil' })).toString('base64url');
  await bad(`${head}.${forged}.${signature}`, 'Token signature invalid');
});

test('AssumeRoleWithWebIdentity: a token without signature, or signed with the public key as a secret, is no token', async () => {
  await using cloud = await withProvider();
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const alg of ['none', 'HS256', 'constructor'])
    await refused(
      assume(cloud, `${part({ alg, kid: 'one' })}.${part(claims)}.AAAA`),
      'InvalidIdentityTokenException',
      'Token signature invalid',
    );
});

test('AssumeRoleWithWebIdentity: five minutes after its end a token is expired', async () => {
  await using cloud = await withProvider();
  const token = tokenOf();
  await cloud.clock.advance(599);
  await assume(cloud, token);
  await cloud.clock.advance(1);
  await refused(
    assume(cloud, token),
    'ExpiredTokenException',
    `Token expired: current date/time ${now + 600} must be before the expiration date/time ${now + 300}`,
  );
});

test('AssumeRoleWithWebIdentity: without the keys of the provider no token can be believed', async () => {
  await using cloud = await withProvider();
  await cloud.trustIssuer(`${issuer}/`, { keys: [] });
  await refused(assume(cloud, tokenOf()), 'InvalidIdentityTokenException', /^Couldn't retrieve verification key/);
});

test('AssumeRoleWithWebIdentity: one of several audiences must be a client of the provider', async () => {
  const document = trust({ StringEquals: { [`${host}:aud`]: 'app' } });
  await using cloud = await withProvider(document);
  await refused(assume(cloud, tokenOf({ aud: ['app', 'api'] })), 'InvalidIdentityTokenException');
  const added = { OpenIDConnectProviderArn: providerArn, ClientID: 'app' };
  await cloud.client(IAMClient).send(new AddClientIDToOpenIDConnectProviderCommand(added));
  expect((await assume(cloud, tokenOf({ aud: ['api', 'app'] }))).Audience).toBe('app');
});

test('AssumeRoleWithWebIdentity: session tags and source identity of the token need the role’s consent', async () => {
  const tagged = {
    'https://aws.amazon.com/tags': { principal_tags: { Team: ['red'] }, transitive_tag_keys: ['Team'] },
    'https://aws.amazon.com/source_identity': 'ann',
  };
  const actions = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'];
  await using cloud = await withProvider(trust({ StringEquals: { 'aws:RequestTag/Team': 'red' } }, actions));
  expect((await assume(cloud, tokenOf(tagged))).SourceIdentity).toBe('ann');
  await refused(assume(cloud, tokenOf()), 'AccessDenied');
  const blue = { 'https://aws.amazon.com/tags/principal_tags/Team': 'blue' };
  await refused(assume(cloud, tokenOf(blue)), 'AccessDenied');
  await using strict = await withProvider(trust({}));
  await refused(assume(strict, tokenOf(tagged)), 'AccessDenied');
  await assume(strict, tokenOf());
});

test('AssumeRoleWithWebIdentity: tokens of Google need no provider in IAM', async () => {
  const google = 'accounts.google.com';
  const document = policyText({
    Effect: 'Allow',
    Principal: { Federated: google },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${google}:aud`]: 'my-app', [`${google}:oaud`]: 'api' } },
  });
  await using cloud = await withProvider(document);
  await cloud.trustIssuer(`https://${google}`, { keys: [jwk(rsa.publicKey, 'one')] });
  const token = tokenOf({ iss: `https://${google}`, aud: 'api', azp: 'my-app' });
  expect(await assume(cloud, token)).toMatchObject({ Provider: google, Audience: 'my-app' });
});

test('AssumeRoleWithWebIdentity: an access token could be checked by its provider alone', async () => {
  await using cloud = await withProvider();
  await refused(
    assume(cloud, 'EAAC', { ProviderId: 'graph.facebook.com' }),
    'IDPCommunicationErrorException',
    /graph\.facebook\.com/,
  );
});

test('AssumeRoleWithWebIdentity: the session lasts as asked, within the role’s limit', async () => {
  await using cloud = await withProvider();
  const { Credentials } = await assume(cloud, tokenOf(), { DurationSeconds: 900 });
  expect(Credentials?.Expiration).toEqual(new Date('2026-03-01T12:15:00Z'));
  await refused(
    assume(cloud, tokenOf(), { DurationSeconds: 3601 }),
    'ValidationError',
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  );
});
