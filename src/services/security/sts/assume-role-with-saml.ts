// AssumeRoleWithSAML: a SAML response of the company's directory instead of credentials. Nobody signs the call; the response is
// verified with the certificate in the provider's metadata.
import { createHash } from 'node:crypto';
import { secondsBetween } from '../../../kernel/units.ts';
import { roleSession } from '../iam/limits.ts';
import type { IamContext } from '../iam/state.ts';
import { errors } from './errors.ts';
import type { Operation } from './operation.ts';
import { findRole } from './role-arn.ts';
import { checkFederatedTrust, type Conditions, grantRole, sessionKeys } from './role-session.ts';
import { readSamlResponse, type SamlIdentity } from './saml-response.ts';
import { readDuration, readPolicies, readTags, readTokenMinimum } from './session-input.ts';

const providerForm = /^arn:[a-z0-9-]+:iam::(\d{12}):saml-provider\/([\w._-]+)$/;

/** The provider, which is of the role's own account. */
function getProvider(arn: string, home: IamContext) {
  const [, account, name = ''] = providerForm.exec(arn) ?? [];
  if (account === undefined) throw errors.validation('Principal ARN is invalid');
  const provider = account === home.account ? home.state.samlProviders.find(name) : undefined;
  if (provider === undefined) throw errors.invalidIdentityToken("Specified provider doesn't exist");
  return provider;
}

/** Tells subjects of one name apart: a hash of issuer, account and provider. */
const qualifierOf = (issuer: string, account: string, provider: string): string =>
  createHash('sha1').update(`${issuer}${account}/${provider}`).digest('base64');

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-saml */
const keysOf = (identity: SamlIdentity, qualifier: string, account: string, provider: string): Conditions => ({
  'saml:aud': identity.audience,
  'saml:iss': identity.issuer,
  'saml:sub': identity.subject,
  'saml:sub_type': identity.subjectType,
  'saml:namequalifier': qualifier,
  'saml:doc': `${account}/${provider}`,
});

/** Seconds: as asked for, but not beyond the end of the provider's own session. */
function durationOf(given: number, { endsAt }: SamlIdentity, { clock }: IamContext): number {
  if (endsAt === undefined) return given;
  const left = Math.floor(secondsBetween(clock.now(), endsAt));
  if (left < roleSession.shortest)
    throw errors.validation('SessionNotOnOrAfter must be at least 15 minutes in the future.');
  return Math.min(given, left);
}

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html */
export const AssumeRoleWithSAML: Operation<'AssumeRoleWithSAML'> = (input, context) => {
  const { role: found, home } = findRole(input.RoleArn, context);
  const provider = getProvider(input.PrincipalArn, home);
  const identity = readSamlResponse(input.SAMLAssertion, provider, context.clock.now());
  const action = 'sts:AssumeRoleWithSAML';
  const listed = identity.roles.some((pair) => pair.includes(input.RoleArn) && pair.includes(input.PrincipalArn));
  if (!listed) throw errors.accessDenied(`Not authorized to perform ${action}`);
  const qualifier = qualifierOf(identity.issuer, home.account, provider.name);
  const keys = keysOf(identity, qualifier, home.account, provider.name);
  const role = checkFederatedTrust({ ...identity, action, provider: provider.arn, keys }, found, home);
  const { sessionName, tags: given, sourceIdentity } = identity;
  const granted = grantRole(
    {
      role,
      home,
      sessionName,
      limits: readPolicies(input, home.state),
      tags: readTags(given, identity.transitiveKeys, undefined),
      given,
      sourceIdentity,
      durationSeconds: durationOf(readDuration(input.DurationSeconds, role, false), identity, context),
      minimumTokenBytes: readTokenMinimum(input.MinimumSessionTokenSize),
      more: { provider: provider.arn, providerKeys: sessionKeys(keys) },
    },
    context,
  );
  const { subject, subjectType, issuer, audience } = identity;
  const told = { Subject: subject, SubjectType: subjectType, Issuer: issuer, Audience: audience };
  return { ...granted, ...told, NameQualifier: qualifier };
};
