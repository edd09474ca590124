import {
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  IAMClient,
  UpdateSAMLProviderCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleWithSAMLCommand,
  type AssumeRoleWithSAMLCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import type { RunningCloud } from '../../../embed/index.ts';
import { otherKeyPem, privateKeyPem } from '../iam/certificate.fixture.ts';
import { account, keyPair, open, policyText, refused, stsAs } from '../iam/iam.fixture.ts';
import { readXml } from '../iam/xml-tree.ts';
import {
  base64,
  encrypted,
  entityId,
  metadata,
  recipient,
  responseText,
  type Said,
  signedAssertion,
  wholeSigned,
} from './saml.fixture.ts';
import { canonicalXml } from './xml-canonical.ts';

const roleArn = `arn:aws:iam::${account}:role/staff`;
const providerArn = `arn:aws:iam::${account}:saml-provider/directory`;
const attributes = { Role: [`${roleArn}, ${providerArn}`], RoleSessionName: ['ann@example.com'] };
const said: Said = { attributes };

const trust = (Condition: object = { StringEquals: { 'saml:aud': recipient } }, actions = ['sts:AssumeRoleWithSAML']) =>
  policyText({ Effect: 'Allow', Principal: { Federated: providerArn }, Action: actions, Condition });

async function withProvider(document = trust()): Promise<RunningCloud> {
  const cloud = await open();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateSAMLProviderCommand({ Name: 'directory', SAMLMetadataDocument: metadata }));
  await iam.send(new CreateRoleCommand({ RoleName: 'staff', AssumeRolePolicyDocument: document }));
  return cloud;
}

const assume = (cloud: RunningCloud, response: string, more: Partial<AssumeRoleWithSAMLCommandInput> = {}) =>
  cloud.client(STSClient, { signer: { sign: async (request: never) => request } }).send(
    new AssumeRoleWithSAMLCommand({
      RoleArn: roleArn,
      PrincipalArn: providerArn,
      SAMLAssertion: base64(response),
      ...more,
    }),
  );

const signed = (more: Said = {}): string => responseText(signedAssertion({ ...said, ...more }));

test('AssumeRoleWithSAML: a signed assertion of the directory gives the session of the role (IAM-11)', async () => {
  await using cloud = await withProvider();
  const answer = await assume(cloud, signed());
  expect(answer).toMatchObject({
    Subject: 'ann&co',
    SubjectType: 'persistent',
    Issuer: entityId,
    Audience: recipient,
    AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/staff/ann@example.com` },
  });
  expect(answer.NameQualifier).toMatch(/^[A-Za-z0-9+/]{27}=$/);
  const mine = stsAs(cloud, keyPair(answer.Credentials));
  expect((await mine.send(new GetCallerIdentityCommand({}))).Arn).toBe(answer.AssumedRoleUser?.Arn);
});

test('AssumeRoleWithSAML: the signature may be the response’s', async () => {
  await using cloud = await withProvider();
  expect((await assume(cloud, wholeSigned(said))).Subject).toBe('ann&co');
});

test('AssumeRoleWithSAML: nothing that was changed after it was signed is believed', async () => {
  await using cloud = await withProvider();
  const wrong = ['InvalidIdentityTokenException', 'Response signature invalid'] as const;
  await refused(assume(cloud, signed().replace('ann&amp;co', 'eve')), ...wrong);
  await refused(assume(cloud, responseText(signedAssertion(said, otherKeyPem))), ...wrong);
  await refused(assume(cloud, signed().replace(/<ds:Signature .*<\/ds:Signature>/, '')), ...wrong);
  // A forged assertion that carries the true one inside, where its signature is right.
  const forged = signedAssertion(said)
    .replace('_a1', '_evil')
    .replace('</saml:Issuer>', `</saml:Issuer>${signedAssertion(said)}`);
  await refused(assume(cloud, responseText(forged)), ...wrong);
  await refused(
    assume(cloud, responseText(signedAssertion(said) + signedAssertion(said))),
    'InvalidIdentityTokenException',
    'Your request included an invalid SAML response.',
  );
});

test('AssumeRoleWithSAML: how the XML is written does not matter to the signature', async () => {
  await using cloud = await withProvider();
  const written = signed()
    .replace(
      '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1"',
      '<saml:Assertion\n  ID="_a1"',
    )
    .replace(
      '<samlp:Response ',
      '<!-- of the directory --><samlp:Response xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ',
    )
    .replaceAll('></saml:AuthnStatement>', '/>')
    .replace('<saml:Issuer>', '<saml:Issuer><!-- us -->');
  expect((await assume(cloud, written)).Subject).toBe('ann&co');
});

test('AssumeRoleWithSAML: issuer, audience, recipient and times must fit', async () => {
  await using cloud = await withProvider();
  const bad = (more: Said, message: string, name = 'InvalidIdentityTokenException') =>
    refused(assume(cloud, signed(more)), name, message);
  await bad({ issuer: 'https://other.example.com' }, 'Issuer not present in specified provider');
  await bad({ audience: 'https://example.com' }, 'Audience in SAML Assertion is not valid');
  await bad({ recipient: 'https://example.com/saml' }, 'Recipient in SubjectConfirmationData is not valid');
  await bad(
    { issued: '2026-03-01T11:55:00Z', until: '2026-03-01T13:00:00Z' },
    'Token must be redeemed within 5 minutes of issuance',
    'ExpiredTokenException',
  );
  await bad({ until: '2026-03-01T12:00:00Z' }, 'SAML Assertion is expired', 'ExpiredTokenException');
  await assume(cloud, signed({ recipient: 'https://eu-west-1.signin.aws.amazon.com/saml' })).then(
    () => expect.unreachable('the trust policy asks for another saml:aud'),
    (error: Error) => expect(error.name).toBe('AccessDenied'),
  );
});

test('AssumeRoleWithSAML: the assertion must name the pair of role and provider', async () => {
  await using cloud = await withProvider();
  const words = 'Not authorized to perform sts:AssumeRoleWithSAML';
  const other = { ...attributes, Role: [`${roleArn}2,${providerArn}`] };
  await refused(assume(cloud, signed({ attributes: other })), 'AccessDenied', words);
  await refused(assume(cloud, signed({ attributes: other }), { RoleArn: `${roleArn}2` }), 'AccessDenied', words);
  const swapped = {
    ...attributes,
    Role: [`arn:aws:iam::${account}:role/x,${providerArn}`, `${providerArn},${roleArn}`],
  };
  await assume(cloud, signed({ attributes: swapped }));
});

test('AssumeRoleWithSAML: the session’s name is required, and has AWS’s form', async () => {
  await using cloud = await withProvider();
  const named = (RoleSessionName: string[]) => signed({ attributes: { ...attributes, RoleSessionName } });
  await refused(
    assume(cloud, named([])),
    'InvalidIdentityTokenException',
    'RoleSessionName is required in AuthnResponse',
  );
  await refused(
    assume(cloud, named(['a b'])),
    'InvalidIdentityTokenException',
    'RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}',
  );
});

test('AssumeRoleWithSAML: tags and source identity of the assertion become the session’s', async () => {
  const actions = ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'];
  const condition = {
    StringEquals: { 'aws:RequestTag/Team': 'red', 'sts:SourceIdentity': 'ann', 'saml:sub': 'ann&co' },
  };
  await using cloud = await withProvider(trust(condition, actions));
  const tagged = { ...attributes, 'PrincipalTag:Team': ['red'], SourceIdentity: ['ann'], TransitiveTagKeys: ['Team'] };
  const answer = await assume(cloud, signed({ attributes: tagged }));
  expect(answer.SourceIdentity).toBe('ann');
  expect(answer.PackedPolicySize).toBeGreaterThan(0);
  await refused(assume(cloud, signed()), 'AccessDenied');
});

test('AssumeRoleWithSAML: the session ends with that of the provider', async () => {
  await using cloud = await withProvider();
  const ending = (sessionEnds: string) => assume(cloud, signed({ sessionEnds }));
  expect((await ending('2026-03-01T12:30:00Z')).Credentials?.Expiration).toEqual(new Date('2026-03-01T12:30:00Z'));
  expect((await ending('2026-03-02T12:30:00Z')).Credentials?.Expiration).toEqual(new Date('2026-03-01T13:00:00Z'));
  await refused(ending('2026-03-01T12:10:00Z'), 'ValidationError');
});

test('AssumeRoleWithSAML: the provider must be there, and its metadata in force', async () => {
  await using cloud = await withProvider();
  const elsewhere = { PrincipalArn: `${providerArn}2` };
  await refused(
    assume(cloud, signed(), elsewhere),
    'InvalidIdentityTokenException',
    "Specified provider doesn't exist",
  );
  await refused(assume(cloud, signed(), { PrincipalArn: roleArn }), 'ValidationError', 'Principal ARN is invalid');
  const ended = metadata.replace('<EntityDescriptor ', '<EntityDescriptor validUntil="2026-03-01T11:00:00Z" ');
  await cloud
    .client(IAMClient)
    .send(new UpdateSAMLProviderCommand({ SAMLProviderArn: providerArn, SAMLMetadataDocument: ended }));
  await refused(assume(cloud, signed()), 'InvalidIdentityTokenException');
});

test('AssumeRoleWithSAML: an encrypted assertion is opened with the provider’s private key, and can be required', async () => {
  await using cloud = await withProvider();
  const required = {
    SAMLProviderArn: providerArn,
    AssertionEncryptionMode: 'Required',
    AddPrivateKey: otherKeyPem,
  } as const;
  await cloud.client(IAMClient).send(new UpdateSAMLProviderCommand(required));
  expect((await assume(cloud, encrypted(said, otherKeyPem))).Subject).toBe('ann&co');
  await refused(assume(cloud, signed()), 'InvalidIdentityTokenException', 'SAML assertion must be encrypted');
  await refused(
    assume(cloud, encrypted(said, privateKeyPem)),
    'InvalidIdentityTokenException',
    'SAML assertion could not be decrypted',
  );
});

test('AssumeRoleWithSAML: what is no SAML response is refused', async () => {
  await using cloud = await withProvider();
  for (const text of ['no xml', '<Response>', signedAssertion(said), responseText(''), '<!DOCTYPE a []><a/>'])
    await refused(
      assume(cloud, text),
      'InvalidIdentityTokenException',
      'Your request included an invalid SAML response.',
    );
});

test('canonical XML: namespaces where they are used, attributes in order, no shortened tags', () => {
  const form = { exclusive: true, inclusivePrefixes: [] };
  const text = `<a:r xmlns:a="urn:a" xmlns:b="urn:b" xmlns="urn:d" z="1" b:y="2" a:x='"&lt;'><c d="&#10;"/><!-- x --><b:e>&gt;&#13;</b:e></a:r>`;
  expect(canonicalXml(readXml(text), form)).toBe(
    `<a:r xmlns:a="urn:a" xmlns:b="urn:b" z="1" a:x="&quot;&lt;" b:y="2"><c xmlns="urn:d" d="&#xA;"></c><b:e>&gt;&#xD;</b:e></a:r>`,
  );
  const inner = readXml(text).children[0];
  if (inner?.kind !== 'element') throw new Error('no element');
  expect(canonicalXml(inner, { exclusive: false, inclusivePrefixes: [] })).toBe(
    '<c xmlns="urn:d" xmlns:a="urn:a" xmlns:b="urn:b" d="&#xA;"></c>',
  );
  expect(canonicalXml(inner, { exclusive: true, inclusivePrefixes: ['b'] })).toBe(
    '<c xmlns="urn:d" xmlns:b="urn:b" d="&#xA;"></c>',
  );
});
