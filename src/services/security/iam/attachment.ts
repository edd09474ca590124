// Managed policies on users, groups and roles.
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import { getGroup, getOwnRole, getRole, getUser } from './find.ts';
import { attachedPoliciesPerEntity } from './limits.ts';
import { findManagedPolicy, getManagedPolicy } from './managed-policy-lookup.ts';
import { checkPolicyArn } from './name.ts';
import { page } from './page.ts';
import { entityKey, type EntityKind, type IamState, lower, type Operation } from './state.ts';

const quotaName = { user: 'PoliciesPerUser', group: 'PoliciesPerGroup', role: 'PoliciesPerRole' } as const;

/** Attaching again changes nothing. */
function attach(state: IamState, kind: EntityKind, owner: string, arn: string): Record<never, never> {
  checkPolicyArn(arn);
  const policy = findManagedPolicy(state, arn);
  if (policy === undefined) throw errors.notAttachable(arn);
  if (state.attachments.has(key(kind, lower(owner), arn))) return {};
  if (state.attachments.list({ prefix: entityKey(kind, owner) }).length >= attachedPoliciesPerEntity)
    throw errors.quota(quotaName[kind], attachedPoliciesPerEntity);
  state.attachments.put({ kind, owner, policyArn: arn, policyName: policy.name });
  return {};
}

function detach(state: IamState, kind: EntityKind, owner: string, arn: string): Record<never, never> {
  checkPolicyArn(arn);
  if (!state.attachments.delete(key(kind, lower(owner), arn))) throw errors.noSuchPolicy(arn);
  return {};
}

interface ListRequest {
  readonly PathPrefix?: string | undefined;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

function attached(state: IamState, kind: EntityKind, owner: string, request: ListRequest) {
  const all = state.attachments
    .list({ prefix: entityKey(kind, owner) })
    .filter(({ policyArn }) => findManagedPolicy(state, policyArn)?.path.startsWith(request.PathPrefix ?? '/'));
  const { items, rest } = page(all, request, ({ policyArn }) => policyArn);
  return {
    AttachedPolicies: items.map(({ policyArn, policyName }) => ({ PolicyName: policyName, PolicyArn: policyArn })),
    ...rest,
  };
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html */
export const AttachUserPolicy: Operation<'AttachUserPolicy'> = (input, { state }) =>
  attach(state, 'user', getUser(state, input.UserName).name, input.PolicyArn);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachGroupPolicy.html */
export const AttachGroupPolicy: Operation<'AttachGroupPolicy'> = (input, { state }) =>
  attach(state, 'group', getGroup(state, input.GroupName).name, input.PolicyArn);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html */
export const AttachRolePolicy: Operation<'AttachRolePolicy'> = (input, { state }) =>
  attach(state, 'role', getOwnRole(state, input.RoleName).name, input.PolicyArn);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html */
export const DetachUserPolicy: Operation<'DetachUserPolicy'> = (input, { state }) =>
  detach(state, 'user', getUser(state, input.UserName).name, input.PolicyArn);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html */
export const DetachGroupPolicy: Operation<'DetachGroupPolicy'> = (input, { state }) =>
  detach(state, 'group', getGroup(state, input.GroupName).name, input.PolicyArn);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html */
export const DetachRolePolicy: Operation<'DetachRolePolicy'> = (input, { state }) =>
  detach(state, 'role', getOwnRole(state, input.RoleName).name, input.PolicyArn);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html */
export const ListAttachedUserPolicies: Operation<'ListAttachedUserPolicies'> = (input, { state }) =>
  attached(state, 'user', getUser(state, input.UserName).name, input);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedGroupPolicies.html */
export const ListAttachedGroupPolicies: Operation<'ListAttachedGroupPolicies'> = (input, { state }) =>
  attached(state, 'group', getGroup(state, input.GroupName).name, input);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html */
export const ListAttachedRolePolicies: Operation<'ListAttachedRolePolicies'> = (input, { state }) =>
  attached(state, 'role', getRole(state, input.RoleName).name, input);

/**
 * Whom a managed policy is attached to, as permissions or as boundary. One page goes through groups, then users, then roles.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
 */
export const ListEntitiesForPolicy: Operation<'ListEntitiesForPolicy'> = (input, { state }) => {
  const { arn } = getManagedPolicy(state, input.PolicyArn);
  const usage = input.PolicyUsageFilter;
  const attachments =
    usage === 'PermissionsBoundary' ? [] : state.attachments.index('policy').list({ prefix: key(arn) });
  const limited = usage === 'PermissionsPolicy' ? undefined : arn;
  const has = (kind: EntityKind, name: string): boolean =>
    attachments.some((row) => row.kind === kind && lower(row.owner) === lower(name));
  const wanted = (kind: string, { path }: { readonly path: string }): boolean =>
    (input.EntityFilter === undefined || input.EntityFilter === kind) && path.startsWith(input.PathPrefix ?? '/');
  const groups = state.groups.list().filter((group) => wanted('Group', group) && has('group', group.name));
  const users = state.users
    .list()
    .filter(
      (user) =>
        wanted('User', user) && (has('user', user.name) || (limited !== undefined && user.boundary === limited)),
    );
  const roles = state.roles
    .list()
    .filter(
      (role) =>
        wanted('Role', role) && (has('role', role.name) || (limited !== undefined && role.boundary === limited)),
    );
  const all = [
    ...groups.map(({ name, id }) => ({ kind: 'group', name, id })),
    ...users.map(({ name, id }) => ({ kind: 'user', name, id })),
    ...roles.map(({ name, id }) => ({ kind: 'role', name, id })),
  ];
  const order = { group: 'a', user: 'b', role: 'c' } as Record<string, string>;
  const { items, rest } = page(all, input, ({ kind, name }) => `${order[kind]}/${lower(name)}`);
  const of = (kind: string) => items.filter((item) => item.kind === kind);
  return {
    PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    ...rest,
  };
};
