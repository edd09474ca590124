// The decision: may this principal do this to that?
//
// An explicit deny in any policy ends it. Then each guard must allow: resource control and service control policies (some
// policy of every level from the root to the account), the policy of the VPC endpoint. Then someone must grant:
//
//   same account     the identity's policies, within its boundary and session policies; or the resource's policy
//   another account  both, each on its own side
//
// How near the resource's policy names the caller decides what it overrides in the same account. Naming the user, the session,
// or everyone grants by itself; naming the role, or the user behind a federated session, grants within boundary and session
// policy; naming the account merely lets the account's own policies decide.
//
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
import { splitArn } from './arn-pattern.ts';
import { applies, concerns, type Policy, type Question, type Statement } from './document.ts';
import type { Nearness, RequestPrincipal } from './principal.ts';
import type { ContextLookup } from './template.ts';

export type PolicyType =
  | 'identity'
  | 'boundary'
  | 'session'
  | 'resource'
  | 'serviceControl'
  | 'resourceControl'
  | 'endpoint'
  | 'trust';

/** A policy and what it is called, for explanations. */
export interface NamedPolicy {
  readonly id: string;
  readonly policy: Policy;
  /** `user`, `group`, `role`, `aws-managed` …: as the simulator reports its source. */
  readonly source?: string | undefined;
}

export interface PolicySet {
  /** Of the user and its groups, or of the role. */
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: readonly NamedPolicy[] | undefined;
  /** Given when the session was made; an action must be allowed by one of them. */
  readonly session?: readonly NamedPolicy[] | undefined;
  readonly resource?: NamedPolicy | undefined;
  /** From the organization's root down to the account; none of it when the account is in no organization. */
  readonly serviceControl?: readonly (readonly NamedPolicy[])[] | undefined;
  readonly resourceControl?: readonly (readonly NamedPolicy[])[] | undefined;
  readonly endpoint?: NamedPolicy | undefined;
}

export interface AccessRequest {
  /** `sqs:SendMessage`. */
  readonly action: string;
  /** ARN, or `*`. */
  readonly resource: string;
  /** Account that owns the resource. */
  readonly owner: string;
  readonly principal: RequestPrincipal;
  readonly lookup: ContextLookup;
  /** Roles and KMS keys: their own policy must allow, also within the account. */
  readonly resourceMustAllow?: 'trust' | 'key' | undefined;
}

export interface MatchedStatement {
  readonly type: PolicyType;
  readonly policy: NamedPolicy;
  readonly statement: Statement;
}

export interface Decision {
  readonly effect: 'allowed' | 'explicitDeny' | 'implicitDeny';
  /** The kind of policy that denied: by a statement, or by none. */
  readonly by: PolicyType | undefined;
  /** The statements that decided; for an implicit deny there is none. */
  readonly matched: readonly MatchedStatement[];
}

export const ask = (request: AccessRequest): Question => {
  const action = request.action.toLowerCase();
  return {
    service: action.slice(0, Math.max(action.indexOf(':'), 0)),
    action,
    resource: splitArn(request.resource),
    principal: request.principal,
    lookup: request.lookup,
  };
};

const rank: Readonly<Record<Nearness, number>> = { no: 0, account: 1, issuer: 2, direct: 3 };

interface Grant {
  readonly near: Nearness;
  readonly matched: MatchedStatement | undefined;
}

const nothing: Grant = { near: 'no', matched: undefined };

/** The nearest allow among some policies. */
function grantOf(type: PolicyType, policies: readonly NamedPolicy[], question: Question): Grant {
  let best = nothing;
  for (const policy of policies) {
    for (const statement of policy.policy.allows) {
      const near = applies(statement, question);
      if (rank[near] <= rank[best.near]) continue;
      best = { near, matched: { type, policy, statement } };
      if (near === 'direct') return best;
    }
  }
  return best;
}

function denyOf(type: PolicyType, policies: readonly NamedPolicy[], question: Question): MatchedStatement | undefined {
  for (const policy of policies)
    for (const statement of policy.policy.denies)
      if (applies(statement, question) !== 'no') return { type, policy, statement };
  return undefined;
}

const none: readonly NamedPolicy[] = [];
const one = (policy: NamedPolicy | undefined): readonly NamedPolicy[] => (policy === undefined ? none : [policy]);

/** Does an organization restrict this caller? Not services by themselves, nor service-linked roles. */
const underServiceControl = ({ kind, serviceLinked }: RequestPrincipal): boolean =>
  kind !== 'service' && kind !== 'anonymous' && kind !== 'federated' && serviceLinked !== true;

/**
 * Judges a request.
 *
 * Unknown: which kind of policy AWS names when several deny; the guards come first here, then boundary, session, resource, identity.
 */
export function evaluate(request: AccessRequest, policies: PolicySet): Decision {
  const question = ask(request);
  const { principal } = request;
  const resourceType: PolicyType = request.resourceMustAllow === 'trust' ? 'trust' : 'resource';
  const serviceControl = underServiceControl(principal) ? (policies.serviceControl ?? []) : [];
  const resourceControl = principal.serviceLinked === true ? [] : (policies.resourceControl ?? []);
  const resource = one(policies.resource);
  const endpoint = one(policies.endpoint);

  const denied =
    denyOf('serviceControl', serviceControl.flat(), question) ??
    denyOf('resourceControl', resourceControl.flat(), question) ??
    denyOf('endpoint', endpoint, question) ??
    denyOf('boundary', policies.boundary ?? none, question) ??
    denyOf('session', policies.session ?? none, question) ??
    denyOf(resourceType, resource, question) ??
    denyOf('identity', policies.identity, question);
  if (denied !== undefined) return { effect: 'explicitDeny', by: denied.type, matched: [denied] };

  const implicit = (by: PolicyType): Decision => ({ effect: 'implicitDeny', by, matched: [] });
  for (const level of resourceControl)
    if (grantOf('resourceControl', level, question).near === 'no') return implicit('resourceControl');
  for (const level of serviceControl)
    if (grantOf('serviceControl', level, question).near === 'no') return implicit('serviceControl');
  if (policies.endpoint !== undefined && grantOf('endpoint', endpoint, question).near === 'no')
    return implicit('endpoint');

  const given = grantOf(resourceType, resource, question);
  const allowed = (...grants: readonly Grant[]): Decision => ({
    effect: 'allowed',
    by: undefined,
    matched: grants.flatMap(({ matched }) => (matched === undefined ? [] : [matched])),
  });

  // Without policies of their own, only the resource's policy can let these in.
  if (principal.kind === 'service' || principal.kind === 'anonymous' || principal.kind === 'federated')
    return given.near === 'no' ? implicit(resourceType) : allowed(given);

  const sameAccount = principal.account === request.owner;
  if (sameAccount && given.near === 'direct') return allowed(given);

  const byIdentity: Grant =
    principal.kind === 'root'
      ? { near: 'direct', matched: undefined }
      : grantOf('identity', policies.identity, question);
  const byResource = sameAccount && given.near === 'issuer';
  if (byIdentity.near === 'no' && !byResource) return implicit('identity');
  const inBoundary = policies.boundary === undefined ? undefined : grantOf('boundary', policies.boundary, question);
  if (inBoundary?.near === 'no') return implicit('boundary');
  const inSession = policies.session === undefined ? undefined : grantOf('session', policies.session, question);
  if (inSession?.near === 'no') return implicit('session');
  if ((!sameAccount || request.resourceMustAllow !== undefined) && given.near === 'no') return implicit(resourceType);
  return allowed(byIdentity.near === 'no' ? nothing : byIdentity, given);
}

/** Every statement that says something on the request, for the simulator; denies alone when there are any. */
export function matchedStatements(
  request: AccessRequest,
  groups: readonly (readonly [PolicyType, readonly NamedPolicy[]])[],
): MatchedStatement[] {
  const question = ask(request);
  const found = (effect: 'allows' | 'denies'): MatchedStatement[] =>
    groups.flatMap(([type, policies]) =>
      policies.flatMap((policy) =>
        policy.policy[effect]
          .filter((statement) => applies(statement, question) !== 'no')
          .map((statement) => ({ type, policy, statement })),
      ),
    );
  const denies = found('denies');
  return denies.length > 0 ? denies : found('allows');
}

/** Context keys, as the policies write them, that statements on this action and resource ask for and the request lacks. */
export function missingKeys(request: AccessRequest, policies: readonly NamedPolicy[]): string[] {
  const question = ask(request);
  const missing = new Map<string, string>();
  for (const { policy } of policies)
    for (const statement of [...policy.denies, ...policy.allows]) {
      if (statement.conditions.length === 0 || !concerns(statement, question)) continue;
      for (const test of statement.conditions) {
        if (question.lookup(test.key) === undefined) missing.set(test.key, test.name);
        for (const key of test.variableKeys) if (question.lookup(key) === undefined) missing.set(key, key);
      }
    }
  return [...missing.values()];
}
