// Inline policies: each belongs to one user, group or role, and ends with it.
import { key } from '../../../kernel/key.ts';
import { checkInlineDocument } from './document-check.ts';
import { errors } from './errors.ts';
import { getGroup, getOwnRole, getRole, getUser } from './find.ts';
import { inlinePolicySize } from './limits.ts';
import { encodeDocument } from './name.ts';
import { page } from './page.ts';
import { policySize } from './policy/grammar.ts';
import { entityKey, type EntityKind, type IamState, lower, type Operation } from './state.ts';

function put(state: IamState, kind: EntityKind, owner: string, name: string, document: string): Record<never, never> {
  const others = state.inlinePolicies.list({ prefix: entityKey(kind, owner) }).filter((policy) => policy.name !== name);
  const size = others.reduce((sum, policy) => sum + policySize(policy.document), policySize(document));
  if (size > inlinePolicySize[kind])
    throw errors.limit(`Maximum policy size of ${inlinePolicySize[kind]} bytes exceeded for ${kind} ${owner}`);
  checkInlineDocument(document);
  state.inlinePolicies.put({ kind, owner, name, document });
  return {};
}

function get(state: IamState, kind: EntityKind, owner: string, name: string) {
  const policy = state.inlinePolicies.find(key(kind, lower(owner), name));
  if (policy === undefined) throw errors.noSuchInlinePolicy(kind, name);
  return { PolicyName: policy.name, PolicyDocument: encodeDocument(policy.document) };
}

function remove(state: IamState, kind: EntityKind, owner: string, name: string): Record<never, never> {
  if (!state.inlinePolicies.delete(key(kind, lower(owner), name))) throw errors.noSuchInlinePolicy(kind, name);
  return {};
}

interface ListRequest {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

function list(state: IamState, kind: EntityKind, owner: string, request: ListRequest) {
  const names = state.inlinePolicies.list({ prefix: entityKey(kind, owner) }).map(({ name }) => name);
  const { items, rest } = page(names, request, (name) => name);
  return { PolicyNames: items, ...rest };
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html */
export const PutUserPolicy: Operation<'PutUserPolicy'> = (input, { state }) =>
  put(state, 'user', getUser(state, input.UserName).name, input.PolicyName, input.PolicyDocument);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutGroupPolicy.html */
export const PutGroupPolicy: Operation<'PutGroupPolicy'> = (input, { state }) =>
  put(state, 'group', getGroup(state, input.GroupName).name, input.PolicyName, input.PolicyDocument);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html */
export const PutRolePolicy: Operation<'PutRolePolicy'> = (input, { state }) =>
  put(state, 'role', getOwnRole(state, input.RoleName).name, input.PolicyName, input.PolicyDocument);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html */
export const GetUserPolicy: Operation<'GetUserPolicy'> = (input, { state }) => {
  const { name } = getUser(state, input.UserName);
  return { UserName: name, ...get(state, 'user', name, input.PolicyName) };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroupPolicy.html */
export const GetGroupPolicy: Operation<'GetGroupPolicy'> = (input, { state }) => {
  const { name } = getGroup(state, input.GroupName);
  return { GroupName: name, ...get(state, 'group', name, input.PolicyName) };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html */
export const GetRolePolicy: Operation<'GetRolePolicy'> = (input, { state }) => {
  const { name } = getRole(state, input.RoleName);
  return { RoleName: name, ...get(state, 'role', name, input.PolicyName) };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html */
export const DeleteUserPolicy: Operation<'DeleteUserPolicy'> = (input, { state }) =>
  remove(state, 'user', getUser(state, input.UserName).name, input.PolicyName);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroupPolicy.html */
export const DeleteGroupPolicy: Operation<'DeleteGroupPolicy'> = (input, { state }) =>
  remove(state, 'group', getGroup(state, input.GroupName).name, input.PolicyName);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html */
export const DeleteRolePolicy: Operation<'DeleteRolePolicy'> = (input, { state }) =>
  remove(state, 'role', getOwnRole(state, input.RoleName).name, input.PolicyName);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html */
export const ListUserPolicies: Operation<'ListUserPolicies'> = (input, { state }) =>
  list(state, 'user', getUser(state, input.UserName).name, input);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupPolicies.html */
export const ListGroupPolicies: Operation<'ListGroupPolicies'> = (input, { state }) =>
  list(state, 'group', getGroup(state, input.GroupName).name, input);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html */
export const ListRolePolicies: Operation<'ListRolePolicies'> = (input, { state }) =>
  list(state, 'role', getRole(state, input.RoleName).name, input);
