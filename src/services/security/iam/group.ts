import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { getGroup, getUser } from './find.ts';
import { groupsPerAccount, groupsPerUser } from './limits.ts';
import { arnOf, makeId } from './name.ts';
import { page } from './page.ts';
import { renameOwner } from './reference.ts';
import { entityKey, type Group, lower, type Operation } from './state.ts';
import { userSummary } from './user.ts';

export const shownGroup = (group: Group) => ({
  Path: group.path,
  GroupName: group.name,
  GroupId: group.id,
  Arn: group.arn,
  CreateDate: toDate(group.createdAt),
});

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html */
export const CreateGroup: Operation<'CreateGroup'> = (input, context) => {
  const { state, clock, ids } = context;
  if (state.groups.has(lower(input.GroupName)))
    throw errors.exists(`Group with name ${input.GroupName} already exists.`);
  if (state.groups.size >= groupsPerAccount) throw errors.quota('GroupsPerAccount', groupsPerAccount);
  const path = input.Path ?? '/';
  const group: Group = {
    name: input.GroupName,
    path,
    id: makeId(ids, 'group'),
    arn: arnOf(context, 'group', path, input.GroupName),
    createdAt: clock.now(),
  };
  state.groups.put(group);
  return { Group: shownGroup(group) };
};

/** The group and its users. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html */
export const GetGroup: Operation<'GetGroup'> = (input, { state }) => {
  const group = getGroup(state, input.GroupName);
  const members = state.memberships
    .index('group')
    .list({ prefix: key(lower(group.name)) })
    .flatMap(({ user }) => state.users.find(lower(user)) ?? []);
  const { items, rest } = page(members, input, (user) => lower(user.name));
  return { Group: shownGroup(group), Users: items.map(userSummary), ...rest };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html */
export const ListGroups: Operation<'ListGroups'> = (input, { state }) => {
  const groups = state.groups.list().filter((group) => group.path.startsWith(input.PathPrefix ?? '/'));
  const { items, rest } = page(groups, input, (group) => lower(group.name));
  return { Groups: items.map(shownGroup), ...rest };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html */
export const UpdateGroup: Operation<'UpdateGroup'> = (input, context) => {
  const { state } = context;
  const group = getGroup(state, input.GroupName);
  const name = input.NewGroupName ?? group.name;
  const path = input.NewPath ?? group.path;
  if (lower(name) !== lower(group.name) && state.groups.has(lower(name)))
    throw errors.exists(`Group with name ${name} already exists.`);
  state.groups.delete(lower(group.name));
  state.groups.put({ ...group, name, path, arn: arnOf(context, 'group', path, name) });
  if (name !== group.name) renameOwner(state, context.account, 'group', group.name, name);
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html */
export const DeleteGroup: Operation<'DeleteGroup'> = (input, { state }) => {
  const group = getGroup(state, input.GroupName);
  const owned = { prefix: entityKey('group', group.name) };
  if (state.attachments.first(owned)) throw errors.conflict('Cannot delete entity, must detach all policies first.');
  if (state.inlinePolicies.first(owned)) throw errors.conflict('Cannot delete entity, must delete policies first.');
  if (state.memberships.index('group').first({ prefix: key(lower(group.name)) }))
    throw errors.conflict('Cannot delete entity, must remove users from group first.');
  state.groups.delete(lower(group.name));
  return {};
};

/** Adding a member again changes nothing. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html */
export const AddUserToGroup: Operation<'AddUserToGroup'> = (input, { state }) => {
  const group = getGroup(state, input.GroupName);
  const user = getUser(state, input.UserName);
  const memberKey = key(lower(user.name), lower(group.name));
  if (state.memberships.has(memberKey)) return {};
  if (state.memberships.list({ prefix: key(lower(user.name)) }).length >= groupsPerUser)
    throw errors.quota('GroupsPerUser', groupsPerUser);
  state.memberships.put({ user: user.name, group: group.name });
  return {};
};

/**
 * Unknown: what AWS answers for a user who is no member; here the removal succeeds.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html
 */
export const RemoveUserFromGroup: Operation<'RemoveUserFromGroup'> = (input, { state }) => {
  const group = getGroup(state, input.GroupName);
  const user = getUser(state, input.UserName);
  state.memberships.delete(key(lower(user.name), lower(group.name)));
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html */
export const ListGroupsForUser: Operation<'ListGroupsForUser'> = (input, { state }) => {
  const user = getUser(state, input.UserName);
  const groups = state.memberships
    .list({ prefix: key(lower(user.name)) })
    .flatMap(({ group }) => state.groups.find(lower(group)) ?? []);
  const { items, rest } = page(groups, input, (group) => lower(group.name));
  return { Groups: items.map(shownGroup), ...rest };
};
