// Instance profiles: how a role comes to an EC2 instance.
import { toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { getInstanceProfile, getRole } from './find.ts';
import { instanceProfilesPerAccount, rolesPerInstanceProfile } from './limits.ts';
import { arnOf, makeId } from './name.ts';
import { page } from './page.ts';
import { listedRole, roleSummary } from './role.ts';
import { type IamState, type InstanceProfile, lower, type Operation } from './state.ts';
import { addTags, listTags, newTags, removeTags, shownTags } from './tag.ts';

export const shownProfile = (state: IamState, profile: InstanceProfile, tags: boolean) => {
  const role = profile.role === undefined ? undefined : state.roles.find(lower(profile.role));
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: toDate(profile.createdAt),
    Roles: role === undefined ? [] : [tags ? listedRole(role) : roleSummary(role)],
    ...(tags ? shownTags(profile.tags) : {}),
  };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html */
export const CreateInstanceProfile: Operation<'CreateInstanceProfile'> = (input, context) => {
  const { state, clock, ids } = context;
  const { InstanceProfileName: name } = input;
  if (state.instanceProfiles.has(lower(name))) throw errors.exists(`Instance Profile ${name} already exists.`);
  if (state.instanceProfiles.size >= instanceProfilesPerAccount)
    throw errors.quota('InstanceProfilesPerAccount', instanceProfilesPerAccount);
  const path = input.Path ?? '/';
  const profile: InstanceProfile = {
    name,
    path,
    id: makeId(ids, 'instanceProfile'),
    arn: arnOf(context, 'instance-profile', path, name),
    createdAt: clock.now(),
    tags: newTags(input.Tags),
  };
  state.instanceProfiles.put(profile);
  return { InstanceProfile: shownProfile(state, profile, true) };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html */
export const GetInstanceProfile: Operation<'GetInstanceProfile'> = (input, { state }) => ({
  InstanceProfile: shownProfile(state, getInstanceProfile(state, input.InstanceProfileName), true),
});

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html */
export const ListInstanceProfiles: Operation<'ListInstanceProfiles'> = (input, { state }) => {
  const profiles = state.instanceProfiles.list().filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'));
  const { items, rest } = page(profiles, input, ({ name }) => lower(name));
  return { InstanceProfiles: items.map((profile) => shownProfile(state, profile, false)), ...rest };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html */
export const ListInstanceProfilesForRole: Operation<'ListInstanceProfilesForRole'> = (input, { state }) => {
  const role = getRole(state, input.RoleName);
  const profiles = state.instanceProfiles.index('role').list({ prefix: `${lower(role.name)}\u0000` });
  const { items, rest } = page(profiles, input, ({ name }) => lower(name));
  return { InstanceProfiles: items.map((profile) => shownProfile(state, profile, false)), ...rest };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html */
export const AddRoleToInstanceProfile: Operation<'AddRoleToInstanceProfile'> = (input, { state }) => {
  const profile = getInstanceProfile(state, input.InstanceProfileName);
  const role = getRole(state, input.RoleName);
  if (profile.role !== undefined) throw errors.quota('InstanceSessionsPerInstanceProfile', rolesPerInstanceProfile);
  state.instanceProfiles.put({ ...profile, role: role.name });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html */
export const RemoveRoleFromInstanceProfile: Operation<'RemoveRoleFromInstanceProfile'> = (input, { state }) => {
  const profile = getInstanceProfile(state, input.InstanceProfileName);
  const role = getRole(state, input.RoleName);
  if (lower(profile.role ?? '') !== lower(role.name)) throw errors.noSuchRole(role.name);
  state.instanceProfiles.put({ ...profile, role: undefined });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html */
export const DeleteInstanceProfile: Operation<'DeleteInstanceProfile'> = (input, { state }) => {
  const profile = getInstanceProfile(state, input.InstanceProfileName);
  if (profile.role !== undefined)
    throw errors.conflict('Cannot delete entity, must remove roles from instance profile first.');
  state.instanceProfiles.delete(lower(profile.name));
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagInstanceProfile.html */
export const TagInstanceProfile: Operation<'TagInstanceProfile'> = (input, { state }) => {
  const profile = getInstanceProfile(state, input.InstanceProfileName);
  state.instanceProfiles.put({ ...profile, tags: addTags(profile.tags, input.Tags) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagInstanceProfile.html */
export const UntagInstanceProfile: Operation<'UntagInstanceProfile'> = (input, { state }) => {
  const profile = getInstanceProfile(state, input.InstanceProfileName);
  state.instanceProfiles.put({ ...profile, tags: removeTags(profile.tags, input.TagKeys) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfileTags.html */
export const ListInstanceProfileTags: Operation<'ListInstanceProfileTags'> = (input, { state }) =>
  listTags(getInstanceProfile(state, input.InstanceProfileName).tags, input);
