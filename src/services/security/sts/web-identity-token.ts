// What a web identity token says, once it is believed: claims as condition keys, session tags, a source identity.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
import type { Clock } from '../../../kernel/clock.ts';
import { findIssuerKeys, issuerName } from '../iam/issuer-key.ts';
import type { IamContext, Tag } from '../iam/state.ts';
import { errors } from './errors.ts';
import { type Jwt, readJwt, verifyJwt } from './jwt.ts';
import type { Conditions } from './role-session.ts';

/** Issuers that AWS knows by itself: they need no provider in IAM, and policies name them by the host alone. */
const knownIssuers = new Set(['accounts.google.com', 'cognito-identity.amazonaws.com']);
/** Issuer of the tokens that `GetWebIdentityToken` makes. */
const ownIssuer = /\.tokens\.sts\.global\.api\.aws$/;
/** Seconds by which a token may be late: clocks differ. */
const lateSeconds = 300;

/** Claims that are condition keys for every provider. */
const usualClaims = ['sub', 'amr', 'email'];
/**
 * … and those of a few providers alone.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
 */
const ownClaims: Readonly<Record<string, readonly string[]>> = {
  'token.actions.githubusercontent.com': [
    'actor',
    'actor_id',
    'enterprise_id',
    'environment',
    'job_workflow_ref',
    'ref',
    'repository',
    'repository_id',
    'workflow',
  ],
  'accounts.google.com': ['google/organization_number'],
};

export interface WebIdentity {
  readonly subject: string;
  readonly audience: string;
  /** ARN of the OIDC provider, or the host of an issuer that AWS knows. */
  readonly provider: string;
  readonly keys: Conditions;
  readonly tags: readonly Tag[];
  readonly transitiveKeys: readonly string[] | undefined;
  readonly sourceIdentity: string | undefined;
}

function required(jwt: Jwt, claim: string): unknown {
  const value = jwt.claims[claim];
  if (value === undefined || value === '') throw errors.invalidIdentityToken(`Missing a required claim: ${claim}`);
  return value;
}

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string');

/** The audience that the token is for: of several, the party that it was made for. */
function audienceOf(jwt: Jwt, allowed: readonly string[] | undefined): string {
  const audiences = textsOf(required(jwt, 'aud'));
  const [party] = textsOf(jwt.claims['azp']);
  const candidates = party === undefined ? audiences : [party, ...audiences];
  const found = allowed === undefined ? candidates[0] : candidates.find((audience) => allowed.includes(audience));
  if (found === undefined) throw errors.invalidIdentityToken('Incorrect token audience');
  return found;
}

const secondsOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

function checkTimes(jwt: Jwt, clock: Clock): void {
  const now = Math.floor(clock.now() / 1000);
  const expires = secondsOf(required(jwt, 'exp'));
  if (expires === undefined) throw errors.invalidIdentityToken('Missing a required claim: exp');
  required(jwt, 'iat');
  if (now >= expires + lateSeconds)
    throw errors.expiredToken(
      `Token expired: current date/time ${now} must be before the expiration date/time ${expires}`,
    );
  const from = secondsOf(jwt.claims['nbf']);
  if (from !== undefined && now + lateSeconds < from)
    throw errors.invalidIdentityToken('The token is not valid yet: its nbf claim is in the future.');
}

const tagClaim = 'https://aws.amazon.com/tags';

interface TokenTags {
  readonly tags: readonly Tag[];
  readonly transitiveKeys: readonly string[] | undefined;
}

/** Session tags: nested under one claim, or one claim each. */
function tagsOf({ claims }: Jwt): TokenTags {
  const nested = claims[tagClaim] as { principal_tags?: object; transitive_tag_keys?: unknown } | undefined;
  const found = new Map<string, unknown>(Object.entries(nested?.principal_tags ?? {}));
  const prefix = `${tagClaim}/principal_tags/`;
  for (const [name, value] of Object.entries(claims))
    if (name.startsWith(prefix)) found.set(name.slice(prefix.length), value);
  const transitive = nested?.transitive_tag_keys ?? claims[`${tagClaim}/transitive_tag_keys`];
  return {
    tags: [...found].map(([Key, value]) => ({ Key, Value: textsOf(value)[0] ?? '' })),
    transitiveKeys: transitive === undefined ? undefined : textsOf(transitive),
  };
}

/** Condition keys: `token.actions.githubusercontent.com:sub`. */
function keysOf(jwt: Jwt, issuer: string, audience: string): Conditions {
  const keys: Record<string, string | readonly string[]> = { [`${issuer}:aud`]: audience };
  const [other] = jwt.claims['azp'] === undefined ? [] : textsOf(jwt.claims['aud']);
  if (other !== undefined) keys[`${issuer}:oaud`] = other;
  for (const claim of [...usualClaims, ...(ownClaims[issuer] ?? [])]) {
    const values = textsOf(jwt.claims[claim]);
    if (values.length > 0) keys[`${issuer}:${claim}`] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return keys;
}

/** Reads a token and believes nothing: issuer, audience, times and signature must hold. `home` is the role's account. */
export function readWebIdentity(token: string, home: IamContext): WebIdentity {
  const jwt = readJwt(token);
  if (jwt === undefined)
    throw errors.invalidIdentityToken(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  const address = String(required(jwt, 'iss'));
  const issuer = issuerName(address);
  const arn = `arn:${home.partition}:iam::${home.account}:oidc-provider/${issuer}`;
  const provider = home.state.oidcProviders.find(arn);
  const known = knownIssuers.has(issuer);
  // AWS does not take the tokens that it signs itself.
  if ((provider === undefined && !known) || ownIssuer.test(issuer))
    throw errors.invalidIdentityToken(`No OpenIDConnect provider found in your account for ${address}`);
  const subject = String(required(jwt, 'sub'));
  const audience = audienceOf(jwt, provider?.clientIds);
  checkTimes(jwt, home.clock);
  const keys = findIssuerKeys(home.state, issuer);
  if (keys === undefined)
    throw errors.invalidIdentityToken(
      `Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements`,
    );
  if (!verifyJwt(jwt, keys)) throw errors.invalidIdentityToken('Token signature invalid');
  return {
    subject,
    audience,
    provider: provider?.arn ?? issuer,
    keys: keysOf(jwt, issuer, audience),
    ...tagsOf(jwt),
    sourceIdentity: textsOf(jwt.claims['https://aws.amazon.com/source_identity'])[0],
  };
}
