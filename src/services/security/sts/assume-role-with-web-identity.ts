// AssumeRoleWithWebIdentity: an OpenID Connect provider's token instead of credentials. Nobody signs the call; the token is verified.
import { errors } from './errors.ts';
import type { Operation } from './operation.ts';
import { findRole } from './role-arn.ts';
import { checkFederatedTrust, grantRole, sessionKeys } from './role-session.ts';
import { readDuration, readPolicies, readTags, readTokenMinimum } from './session-input.ts';
import { readWebIdentity } from './web-identity-token.ts';

/**
 * Differs: OAuth 2.0 access tokens (`ProviderId` of Facebook and Amazon) can be verified by their provider alone, which is not asked.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export const AssumeRoleWithWebIdentity: Operation<'AssumeRoleWithWebIdentity'> = (input, context) => {
  const { role: found, home } = findRole(input.RoleArn, context);
  if (input.ProviderId !== undefined)
    throw errors.noCommunication(`Error communicating with the identity provider ${input.ProviderId}`);
  const identity = readWebIdentity(input.WebIdentityToken, home);
  const caller = { ...identity, action: 'sts:AssumeRoleWithWebIdentity', sessionName: input.RoleSessionName };
  const role = checkFederatedTrust(caller, found, home);
  const { provider, subject, audience, sourceIdentity } = identity;
  const granted = grantRole(
    {
      role,
      home,
      sessionName: input.RoleSessionName,
      limits: readPolicies(input, home.state),
      tags: readTags(identity.tags, identity.transitiveKeys, undefined),
      given: identity.tags,
      sourceIdentity,
      durationSeconds: readDuration(input.DurationSeconds, role, false),
      minimumTokenBytes: readTokenMinimum(input.MinimumSessionTokenSize),
      more: { provider, providerKeys: sessionKeys(identity.keys) },
    },
    context,
  );
  return { ...granted, SubjectFromWebIdentityToken: subject, Audience: audience, Provider: provider };
};
