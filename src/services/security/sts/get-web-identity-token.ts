// Outbound web identity: a signed token by which other clouds and services know who calls, and the address where they find the keys.
import type { Door } from '../../../kernel/door.ts';
import type { HttpResponse } from '../../../kernel/http.ts';
import type { Permissions } from '../../../kernel/service.ts';
import { later, secondsBetween, toDate } from '../../../kernel/units.ts';
import { sessionOf } from '../iam/session.ts';
import { type IamContext, type IamState, lower, type Tag } from '../iam/state.ts';
import { issuerOf } from '../iam/web-identity-federation.ts';
import { errors } from './errors.ts';
import { signJwt } from './jwt.ts';
import type { Operation } from './operation.ts';
import { tagConditions } from './role-session.ts';
import { readTags } from './session-input.ts';
import { needSigningKey, privateKeyOf, publicKeys, type SigningAlgorithm, signingAlgorithms } from './signing-key.ts';

type Input = Parameters<Operation<'GetWebIdentityToken'>>[0];

const usualSeconds = 300;
/**
 * Bytes of a token's claims.
 * Unknown: where AWS draws the line; here it is what `AssumeRoleWithWebIdentity` would take as a token.
 */
const longestPayload = 20_000;
const claimSpace = 'https://sts.amazonaws.com/';

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound_policies.html */
export const getWebIdentityTokenPermissions: Permissions<IamState> = (input: Input) => {
  const conditions = {
    'sts:IdentityTokenAudience': input.Audience,
    'sts:DurationSeconds': String(input.DurationSeconds ?? usualSeconds),
    'sts:SigningAlgorithm': input.SigningAlgorithm,
    'sts:SubjectMode': input.SubjectMode ?? 'AWSIdentity',
    ...(input.Scope === undefined ? {} : { 'sts:IdentityTokenScope': input.Scope.split(' ') }),
    ...tagConditions(input.Tags ?? [], undefined),
  };
  const actions = ['sts:GetWebIdentityToken'];
  if ((input.Tags?.length ?? 0) > 0) actions.push('sts:TagGetWebIdentityToken');
  if (input.Scope !== undefined) actions.push('sts:SetWebIdentityTokenScope');
  return actions.map((action) => ({ action, resource: '*', conditions }));
};

const recordOf = (tags: readonly Tag[]): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));

/** Tags of the user or role, under those of the session. */
function principalTags({ caller, state }: IamContext): readonly Tag[] {
  const session = sessionOf(caller);
  const own =
    caller.kind === 'assumed-role'
      ? state.roles.find(lower(session?.issuerName ?? ''))?.tags
      : state.users.find(lower(caller.userName ?? ''))?.tags;
  return [...(own ?? []), ...(session?.tags ?? [])];
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound_token_claims.html */
function claimsOf(input: Input, issuer: string, durationSeconds: number, context: IamContext) {
  const { caller, clock, ids, account, region } = context;
  const session = sessionOf(caller);
  const issuedAt = Math.floor(clock.now() / 1000);
  const principal = recordOf(principalTags(context));
  const request = recordOf(input.Tags ?? []);
  const [audience] = input.Audience;
  return {
    iss: issuer,
    aud: input.Audience.length === 1 ? audience : input.Audience,
    sub: caller.kind === 'assumed-role' ? (session?.issuerArn ?? caller.arn) : caller.arn,
    iat: issuedAt,
    exp: issuedAt + durationSeconds,
    jti: ids.uuid(),
    [claimSpace]: {
      aws_account: account,
      source_region: region,
      principal_id: caller.kind === 'assumed-role' ? (session?.issuerArn ?? caller.arn) : caller.arn,
      ...(session === undefined ? {} : { original_session_exp: toDate(session.expiresAt).toISOString() }),
      ...(session?.provider === undefined ? {} : { federated_provider: session.provider }),
      ...(session?.sourceIdentity === undefined ? {} : { source_identity: session.sourceIdentity }),
      ...(Object.keys(principal).length === 0 ? {} : { principal_tags: principal }),
      ...(Object.keys(request).length === 0 ? {} : { request_tags: request }),
    },
  };
}

/** A token must not outlive the session that asks for it. */
function checkSession(durationSeconds: number, { caller, clock }: IamContext): void {
  const session = sessionOf(caller);
  if (session !== undefined && secondsBetween(clock.now(), session.expiresAt) < durationSeconds)
    throw errors.sessionEscalation();
}

/**
 * Differs: no session carries a trusted identity propagation context, so there is no origin identity to speak of.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html
 */
export const GetWebIdentityToken: Operation<'GetWebIdentityToken'> = (input, context) => {
  const { state, clock } = context;
  const issuer = issuerOf(state);
  if (issuer === undefined) throw errors.federationDisabled();
  const algorithm = signingAlgorithms.find((known): known is SigningAlgorithm => known === input.SigningAlgorithm);
  if (algorithm === undefined)
    throw errors.validation(`Invalid signing algorithm: ${input.SigningAlgorithm}. Valid values are RS256 and ES384.`);
  if (input.SubjectMode === 'OriginIdentity')
    throw errors.validation('The calling session has no trusted identity propagation context with an origin identity.');
  if (input.Scope !== undefined)
    throw errors.validation('Scope can be specified only when SubjectMode is OriginIdentity.');
  readTags(input.Tags, undefined, undefined);
  const durationSeconds = input.DurationSeconds ?? usualSeconds;
  checkSession(durationSeconds, context);
  const claims = claimsOf(input, issuer, durationSeconds, context);
  if (Buffer.byteLength(JSON.stringify(claims)) > longestPayload) throw errors.payloadTooLarge();
  const key = needSigningKey(algorithm, context);
  return {
    WebIdentityToken: signJwt({ alg: algorithm, kid: key.keyId }, claims, privateKeyOf(key)),
    Expiration: toDate(later(clock.now(), durationSeconds)),
  };
};

const json = (value: object): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(value)),
});

/** The issuer's address: `https://….tokens.sts.global.api.aws/.well-known/…`. */
export const issuerDoor: Door<IamState> = {
  answer: async ({ headers, target, method }, context) => {
    const id = (headers['host'] ?? '').split('.')[0] ?? '';
    const owner = context.state.tokenIssuers.find(id);
    if (owner === undefined || (method !== 'GET' && method !== 'HEAD')) return undefined;
    const { state } = context.elsewhere(owner.account, context.region);
    const issuer = issuerOf(state);
    const path = target.split('?')[0];
    if (issuer === undefined) return undefined;
    if (path === '/.well-known/jwks.json') return json({ keys: publicKeys(state) });
    if (path !== '/.well-known/openid-configuration') return undefined;
    return json({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: signingAlgorithms,
    });
  },
};
