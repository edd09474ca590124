import { toDate } from '../../../kernel/units.ts';
import { checkBoundary, shownBoundary } from './boundary.ts';
import { checkTrustDocument } from './document-check.ts';
import { errors } from './errors.ts';
import { getOwnRole, getRole } from './find.ts';
import { roleSession, rolesPerAccount } from './limits.ts';
import { arnOf, encodeDocument, makeId } from './name.ts';
import { page } from './page.ts';
import { forgetPrincipal } from './reference.ts';
import { entityKey, type IamState, lower, type Operation, type Role } from './state.ts';
import { addTags, listTags, newTags, removeTags, shownTags } from './tag.ts';

/** A role as its creation answers. */
export const roleSummary = (role: Role) => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: toDate(role.createdAt),
  AssumeRolePolicyDocument: encodeDocument(role.trust),
});

const described = (role: Role) => ({
  ...(role.description === undefined ? {} : { Description: role.description }),
});

/** A role as lists show it: with its session's length, without boundary, tags, and last use. */
export const listedRole = (role: Role) => ({
  ...roleSummary(role),
  ...described(role),
  MaxSessionDuration: role.maxSessionSeconds,
});

/** When the role's credentials were last used; an empty structure when never. */
export const roleLastUsed = (state: IamState, role: Role) => {
  const use = state.uses.find(`role/${role.id}`);
  return use === undefined ? {} : { LastUsedDate: toDate(use.at), Region: use.region };
};

/** A role as `GetRole` shows it. */
export const shownRole = (state: IamState, role: Role) => ({
  ...listedRole(role),
  ...shownBoundary(role.boundary),
  ...shownTags(role.tags),
  RoleLastUsed: roleLastUsed(state, role),
});

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
export const CreateRole: Operation<'CreateRole'> = (input, context) => {
  const { state, clock, ids } = context;
  if (state.roles.has(lower(input.RoleName))) throw errors.exists(`Role with name ${input.RoleName} already exists.`);
  if (state.roles.size >= rolesPerAccount) throw errors.quota('RolesPerAccount', rolesPerAccount);
  checkTrustDocument(input.AssumeRolePolicyDocument, context);
  checkBoundary(input.PermissionsBoundary, context);
  const path = input.Path ?? '/';
  const role: Role = {
    name: input.RoleName,
    path,
    id: makeId(ids, 'role'),
    arn: arnOf(context, 'role', path, input.RoleName),
    createdAt: clock.now(),
    trust: input.AssumeRolePolicyDocument,
    description: input.Description,
    maxSessionSeconds: input.MaxSessionDuration ?? roleSession.usual,
    boundary: input.PermissionsBoundary,
    tags: newTags(input.Tags),
  };
  state.roles.put(role);
  const length = input.MaxSessionDuration === undefined ? {} : { MaxSessionDuration: role.maxSessionSeconds };
  return {
    Role: {
      ...roleSummary(role),
      ...described(role),
      ...length,
      ...shownBoundary(role.boundary),
      ...shownTags(role.tags),
    },
  };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html */
export const GetRole: Operation<'GetRole'> = (input, { state }) => ({
  Role: shownRole(state, getRole(state, input.RoleName)),
});

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html */
export const ListRoles: Operation<'ListRoles'> = (input, { state }) => {
  const roles = state.roles.list().filter((role) => role.path.startsWith(input.PathPrefix ?? '/'));
  const { items, rest } = page(roles, input, (role) => lower(role.name));
  return { Roles: items.map(listedRole), ...rest };
};

/** Description and longest session. Of a service-linked role, its owner may change the description alone. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html */
export const UpdateRole: Operation<'UpdateRole'> = (input, { state }) => {
  const role = (input.MaxSessionDuration === undefined ? getRole : getOwnRole)(state, input.RoleName);
  const description = input.Description ?? role.description;
  state.roles.put({ ...role, description, maxSessionSeconds: input.MaxSessionDuration ?? role.maxSessionSeconds });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html */
export const UpdateRoleDescription: Operation<'UpdateRoleDescription'> = (input, { state }) => {
  const role = { ...getRole(state, input.RoleName), description: input.Description };
  state.roles.put(role);
  return { Role: { ...listedRole(role), ...shownTags(role.tags) } };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html */
export const UpdateAssumeRolePolicy: Operation<'UpdateAssumeRolePolicy'> = (input, context) => {
  const role = getOwnRole(context.state, input.RoleName);
  checkTrustDocument(input.PolicyDocument, context);
  context.state.roles.put({ ...role, trust: input.PolicyDocument });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html */
export const DeleteRole: Operation<'DeleteRole'> = (input, { state }) => {
  const role = getOwnRole(state, input.RoleName);
  const owned = { prefix: entityKey('role', role.name) };
  if (state.instanceProfiles.index('role').first({ prefix: `${lower(role.name)}\u0000` }))
    throw errors.conflict('Cannot delete entity, must remove roles from instance profile first.');
  if (state.attachments.first(owned)) throw errors.conflict('Cannot delete entity, must detach all policies first.');
  if (state.inlinePolicies.first(owned)) throw errors.conflict('Cannot delete entity, must delete policies first.');
  removeRole(state, role);
  return {};
};

/** The role is gone, and no trust policy will take a new one of its name for it. */
export function removeRole(state: IamState, role: Role): void {
  state.roles.delete(lower(role.name));
  state.uses.delete(`role/${role.id}`);
  forgetPrincipal(state, role.arn, role.id);
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html */
export const TagRole: Operation<'TagRole'> = (input, { state }) => {
  const role = getRole(state, input.RoleName);
  state.roles.put({ ...role, tags: addTags(role.tags, input.Tags) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html */
export const UntagRole: Operation<'UntagRole'> = (input, { state }) => {
  const role = getRole(state, input.RoleName);
  state.roles.put({ ...role, tags: removeTags(role.tags, input.TagKeys) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html */
export const ListRoleTags: Operation<'ListRoleTags'> = (input, { state }) =>
  listTags(getRole(state, input.RoleName).tags, input);
