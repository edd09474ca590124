// The policies that are attached to a principal, gathered from its account's tables.
import { key } from '../../../kernel/key.ts';
import { findManagedPolicy } from './managed-policy-lookup.ts';
import { compilePolicy } from './policy/document.ts';
import type { NamedPolicy, PolicySet } from './policy/evaluate.ts';
import { entityKey, type EntityKind, type IamState, lower, type Role, type User } from './state.ts';

const none: readonly NamedPolicy[] = [];

function managed(state: IamState, arn: string): readonly NamedPolicy[] {
  const policy = findManagedPolicy(state, arn);
  if (policy === undefined) return none;
  const source = policy.own === undefined ? 'aws-managed' : 'user-managed';
  return [{ id: policy.name, source, policy: compilePolicy(policy.document) }];
}

/** Inline and attached policies of one entity. */
export function policiesOf(state: IamState, kind: EntityKind, owner: string): NamedPolicy[] {
  const prefix = entityKey(kind, owner);
  const policies: NamedPolicy[] = [];
  for (const { name, document } of state.inlinePolicies.each({ prefix }))
    policies.push({ id: `${kind}_${owner}_${name}`, source: kind, policy: compilePolicy(document) });
  for (const { policyArn } of state.attachments.each({ prefix })) policies.push(...managed(state, policyArn));
  return policies;
}

/** The boundary in force. One whose policy is gone lets nothing through. */
export const boundaryOf = (state: IamState, arn: string | undefined): readonly NamedPolicy[] | undefined =>
  arn === undefined ? undefined : managed(state, arn);

/** A user's own policies and those of its groups. */
export function userPolicies(state: IamState, user: User): PolicySet {
  const identity = policiesOf(state, 'user', user.name);
  for (const { group } of state.memberships.each({ prefix: key(lower(user.name)) }))
    identity.push(...policiesOf(state, 'group', group));
  return { identity, boundary: boundaryOf(state, user.boundary) };
}

export const rolePolicies = (state: IamState, role: Role): PolicySet => ({
  identity: policiesOf(state, 'role', role.name),
  boundary: boundaryOf(state, role.boundary),
});

/** Session policies: texts, and managed ones of the account. Undefined when the session has none. */
export function sessionPolicies(
  state: IamState,
  texts: readonly string[] | undefined,
  arns: readonly string[] | undefined,
): readonly NamedPolicy[] | undefined {
  if (texts === undefined && arns === undefined) return undefined;
  return [
    ...(texts ?? []).map((text) => ({ id: 'session', policy: compilePolicy(text) })),
    ...(arns ?? []).flatMap((arn) => managed(state, arn)),
  ];
}
