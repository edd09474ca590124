// Finds an entity by its name, or throws what AWS says when there is none.
import { errors } from './errors.ts';
import {
  type Group,
  type IamContext,
  type IamState,
  type InstanceProfile,
  lower,
  type Role,
  type User,
} from './state.ts';

export function getUser(state: IamState, name: string): User {
  const user = state.users.find(lower(name));
  if (user === undefined) throw errors.noSuchUser(name);
  return user;
}

export function getGroup(state: IamState, name: string): Group {
  const group = state.groups.find(lower(name));
  if (group === undefined) throw errors.noSuchGroup(name);
  return group;
}

export function getRole(state: IamState, name: string): Role {
  const role = state.roles.find(lower(name));
  if (role === undefined) throw errors.noSuchRole(name);
  return role;
}

/** A role that its owner may change: service-linked ones are AWS's. */
export function getOwnRole(state: IamState, name: string): Role {
  const role = getRole(state, name);
  if (role.linkedService !== undefined) throw errors.unmodifiable(role.name);
  return role;
}

export function getInstanceProfile(state: IamState, name: string): InstanceProfile {
  const profile = state.instanceProfiles.find(lower(name));
  if (profile === undefined) throw errors.noSuchInstanceProfile(name);
  return profile;
}

/** The user whom an operation means when it names none: the caller; undefined for the root user. */
export function userOrCaller(name: string | undefined, { state, caller }: IamContext): User | undefined {
  if (name !== undefined) return getUser(state, name);
  if (caller.kind === 'root') return undefined;
  if (caller.kind === 'user' && caller.userName !== undefined) return getUser(state, caller.userName);
  throw errors.validation('Must specify userName when calling with non-User credentials');
}
