import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { checkBoundary, shownBoundary } from './boundary.ts';
import { errors } from './errors.ts';
import { getUser, userOrCaller } from './find.ts';
import { usersPerAccount } from './limits.ts';
import { arnOf, makeId } from './name.ts';
import { page } from './page.ts';
import { forgetPrincipal, renameOwner } from './reference.ts';
import { entityKey, type IamState, lower, type Operation, type User } from './state.ts';
import { addTags, listTags, newTags, removeTags, shownTags } from './tag.ts';

export const userSummary = (user: User) => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: user.arn,
  CreateDate: toDate(user.createdAt),
  ...(user.passwordLastUsed === undefined ? {} : { PasswordLastUsed: toDate(user.passwordLastUsed) }),
});

/** A user as `GetUser` shows it; lists leave boundary and tags out. */
export const shownUser = (user: User) => ({
  ...userSummary(user),
  ...shownBoundary(user.boundary),
  ...shownTags(user.tags),
});

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
export const CreateUser: Operation<'CreateUser'> = (input, context) => {
  const { state, clock, ids } = context;
  if (state.users.has(lower(input.UserName))) throw errors.exists(`User with name ${input.UserName} already exists.`);
  if (state.users.size >= usersPerAccount) throw errors.quota('UsersPerAccount', usersPerAccount);
  checkBoundary(input.PermissionsBoundary, context);
  const path = input.Path ?? '/';
  const user: User = {
    name: input.UserName,
    path,
    id: makeId(ids, 'user'),
    arn: arnOf(context, 'user', path, input.UserName),
    createdAt: clock.now(),
    boundary: input.PermissionsBoundary,
    tags: newTags(input.Tags),
  };
  state.users.put(user);
  return { User: shownUser(user) };
};

/**
 * One user, or the caller.
 *
 * Unknown: the name that AWS gives the root user here; `root` stands.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
 */
export const GetUser: Operation<'GetUser'> = (input, context) => {
  const user = userOrCaller(input.UserName, context);
  if (user !== undefined) return { User: shownUser(user) };
  const { account, partition } = context;
  return {
    User: {
      Path: '/',
      UserName: 'root',
      UserId: account,
      Arn: `arn:${partition}:iam::${account}:root`,
      CreateDate: new Date(0),
    },
  };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html */
export const ListUsers: Operation<'ListUsers'> = (input, { state }) => {
  const users = state.users.list().filter((user) => user.path.startsWith(input.PathPrefix ?? '/'));
  const { items, rest } = page(users, input, (user) => lower(user.name));
  return { Users: items.map(userSummary), ...rest };
};

/**
 * Renames or moves a user; keys, policies and groups go with it.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
 */
export const UpdateUser: Operation<'UpdateUser'> = (input, context) => {
  const { state } = context;
  const user = getUser(state, input.UserName);
  const name = input.NewUserName ?? user.name;
  const path = input.NewPath ?? user.path;
  if (lower(name) !== lower(user.name) && state.users.has(lower(name)))
    throw errors.exists(`User with name ${name} already exists.`);
  state.users.delete(lower(user.name));
  state.users.put({ ...user, name, path, arn: arnOf(context, 'user', path, name) });
  if (name !== user.name) renameOwner(state, context.account, 'user', user.name, name);
  return {};
};

/** Why the user cannot go yet. */
function conflictOf(state: IamState, account: string, user: User): string | undefined {
  const name = lower(user.name);
  const owned = { prefix: key(name) };
  if (state.attachments.first({ prefix: entityKey('user', name) })) return 'must detach all policies first.';
  if (state.inlinePolicies.first({ prefix: entityKey('user', name) })) return 'must delete policies first.';
  if (state.accessKeys.index('owner').first({ prefix: key(account, name) })) return 'must delete access keys first.';
  if (state.memberships.first(owned)) return 'must remove users from group first.';
  if (state.loginProfiles.has(name)) return 'must delete login profile first.';
  if (state.mfaDevices.index('user').first({ prefix: key(name) })) return 'must delete MFA device first.';
  if (
    state.serviceCredentials.first(owned) ??
    state.sshPublicKeys.first(owned) ??
    state.signingCertificates.first(owned)
  )
    return 'must remove referenced objects first.';
  return undefined;
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html */
export const DeleteUser: Operation<'DeleteUser'> = (input, { state, account }) => {
  const user = getUser(state, input.UserName);
  const conflict = conflictOf(state, account, user);
  if (conflict !== undefined) throw errors.conflict(`Cannot delete entity, ${conflict}`);
  state.users.delete(lower(user.name));
  forgetPrincipal(state, user.arn, user.id);
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html */
export const TagUser: Operation<'TagUser'> = (input, { state }) => {
  const user = getUser(state, input.UserName);
  state.users.put({ ...user, tags: addTags(user.tags, input.Tags) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html */
export const UntagUser: Operation<'UntagUser'> = (input, { state }) => {
  const user = getUser(state, input.UserName);
  state.users.put({ ...user, tags: removeTags(user.tags, input.TagKeys) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html */
export const ListUserTags: Operation<'ListUserTags'> = (input, { state }) =>
  listTags(getUser(state, input.UserName).tags, input);
