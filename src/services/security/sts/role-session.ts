// What the three ways to a role have in common: the trust policy is asked, and the role's session is made.
import { anonymous } from '../../../kernel/authority.ts';
import { contextOf } from '../iam/context-key.ts';
import { compilePolicy } from '../iam/policy/document.ts';
import { type Decision, evaluate } from '../iam/policy/evaluate.ts';
import type { RequestPrincipal } from '../iam/policy/principal.ts';
import { issueSession, type Session } from '../iam/session.ts';
import type { IamContext, Role, Tag } from '../iam/state.ts';
import { errors } from './errors.ts';
import { packedSize, tokenSize, type SessionLimits, type SessionTags } from './session-input.ts';

export type Conditions = Readonly<Record<string, string | readonly string[]>>;

/** Condition keys of tags that come with a request, and of the role that they go to. */
export function tagConditions(given: readonly Tag[], transitive: readonly string[] | undefined, role?: Role) {
  const conditions: Record<string, string | readonly string[]> = {};
  if (given.length > 0) conditions['aws:TagKeys'] = given.map(({ Key }) => Key);
  for (const { Key, Value } of given) conditions[`aws:RequestTag/${Key}`] = Value;
  if (transitive !== undefined) conditions['sts:TransitiveTagKeys'] = transitive;
  for (const { Key, Value } of role?.tags ?? []) {
    conditions[`aws:ResourceTag/${Key}`] = Value;
    conditions[`iam:ResourceTag/${Key}`] = Value;
  }
  return conditions;
}

/** What the role's trust policy says of one action of this principal. */
export function judgeTrust(
  action: string,
  role: Role,
  home: IamContext,
  principal: RequestPrincipal,
  conditions: Conditions,
): Decision {
  const permission = { action, resource: role.arn, owner: home.account, conditions };
  const { caller, origin, region, partition, clock } = home;
  const asked = principal.kind === 'federated' ? anonymous : caller;
  const facts = { principal: asked, origin, region, partition, now: clock.now(), tags: [], permission };
  const request = { ...permission, principal, lookup: contextOf(facts), resourceMustAllow: 'trust' as const };
  return evaluate(request, { identity: [], resource: { id: 'trust', policy: compilePolicy(role.trust) } });
}

/** Who comes with an identity provider's word, and what it says of him. */
export interface FederatedCaller {
  /** `sts:AssumeRoleWithSAML` or `sts:AssumeRoleWithWebIdentity`. */
  readonly action: string;
  /** ARN of the provider in IAM, or the name of one that needs none there (`accounts.google.com`). */
  readonly provider: string;
  /** `saml:sub`, `token.actions.githubusercontent.com:aud` …: kept for the session too. */
  readonly keys: Conditions;
  readonly sessionName: string;
  readonly tags: readonly Tag[];
  readonly transitiveKeys: readonly string[] | undefined;
  readonly sourceIdentity: string | undefined;
}

/** The role must trust the provider, on the token's terms. @throws AccessDenied */
export function checkFederatedTrust(caller: FederatedCaller, role: Role | undefined, home: IamContext): Role {
  const refuse = () => errors.accessDenied(`Not authorized to perform ${caller.action}`);
  if (role === undefined) throw refuse();
  const { provider, tags, sourceIdentity, transitiveKeys, sessionName, keys } = caller;
  const conditions = {
    ...tagConditions(tags, transitiveKeys, role),
    ...keys,
    'sts:RoleSessionName': sessionName,
    'aws:FederatedProvider': provider,
    ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': sourceIdentity }),
  };
  const principal = { kind: 'federated', arn: provider, account: '', providers: [provider] } as const;
  const actions = [caller.action];
  if (tags.length > 0) actions.push('sts:TagSession');
  if (sourceIdentity !== undefined) actions.push('sts:SetSourceIdentity');
  for (const action of actions)
    if (judgeTrust(action, role, home, principal, conditions).effect !== 'allowed') throw refuse();
  return role;
}

/** As a session keeps its provider's keys: by their names in lower case. */
export const sessionKeys = (keys: Conditions): Conditions =>
  Object.fromEntries(Object.entries(keys).map(([name, value]) => [name.toLowerCase(), value]));

/** What becomes of a role when it is assumed. */
export interface RoleGrant {
  readonly role: Role;
  /** The role's account. */
  readonly home: IamContext;
  readonly sessionName: string;
  readonly limits: SessionLimits;
  readonly tags: SessionTags;
  /** Tags that the request itself brought. */
  readonly given: readonly Tag[];
  readonly sourceIdentity: string | undefined;
  readonly durationSeconds: number;
  readonly minimumTokenBytes: number | undefined;
  readonly more?: Partial<Pick<Session, 'mfaAt' | 'chained' | 'provider' | 'providerKeys'>>;
}

/** Makes the session, and the part of the answer that is the same for all. Inside a transaction. */
export function grantRole(grant: RoleGrant, context: IamContext) {
  const { role, home, sessionName, limits, tags, given, sourceIdentity, durationSeconds, minimumTokenBytes, more } =
    grant;
  const packed = packedSize(limits, given);
  const arn = `arn:${home.partition}:sts::${home.account}:assumed-role/${role.name}/${sessionName}`;
  const userId = `${role.id}:${sessionName}`;
  const issuer = { issuerId: role.id, issuerArn: role.arn, issuerName: role.name };
  const named = { kind: 'assumed-role', account: home.account, arn, userId, ...issuer } as const;
  const session = { ...named, ...limits, ...tags, sourceIdentity, ...more, durationSeconds, minimumTokenBytes };
  const credentials = issueSession(session, context);
  return {
    Credentials: credentials,
    ...tokenSize(credentials),
    AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
    ...(packed === undefined ? {} : { PackedPolicySize: packed }),
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
  };
}
