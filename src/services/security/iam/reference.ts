// What refers to an entity by its name or ARN, and what becomes of it when the entity is renamed or goes.
import { key } from '../../../kernel/key.ts';
import { entityKey, type EntityKind, type IamState, lower } from './state.ts';

function renameUser(state: IamState, account: string, from: string, to: string): void {
  const owned = { prefix: key(lower(from)) };
  for (const row of state.memberships.list(owned)) {
    state.memberships.delete(key(lower(from), lower(row.group)));
    state.memberships.put({ ...row, user: to });
  }
  for (const accessKey of state.accessKeys.index('owner').list({ prefix: key(account, lower(from)) }))
    state.accessKeys.put({ ...accessKey, user: to });
  for (const device of state.mfaDevices.index('user').list({ prefix: key(lower(from)) }))
    state.mfaDevices.put({ ...device, user: to });
  const profile = state.loginProfiles.find(lower(from));
  if (profile !== undefined) {
    state.loginProfiles.delete(lower(from));
    state.loginProfiles.put({ ...profile, user: to });
  }
  for (const owner of [state.signingCertificates, state.sshPublicKeys, state.serviceCredentials] as const) {
    // The three tables have the same key; TypeScript cannot call a union of them.
    const rows = owner.list(owned) as readonly { readonly id: string; readonly user: string }[];
    owner.deleteAll(owned);
    for (const row of rows) (owner as { put(row: object): void }).put({ ...row, user: to });
  }
}

/** Policies, memberships and credentials follow the new name. */
export function renameOwner(state: IamState, account: string, kind: EntityKind, from: string, to: string): void {
  const owned = { prefix: entityKey(kind, from) };
  for (const attachment of state.attachments.list(owned)) {
    state.attachments.delete(key(kind, lower(from), attachment.policyArn));
    state.attachments.put({ ...attachment, owner: to });
  }
  for (const policy of state.inlinePolicies.list(owned)) {
    state.inlinePolicies.delete(key(kind, lower(from), policy.name));
    state.inlinePolicies.put({ ...policy, owner: to });
  }
  if (kind === 'user') renameUser(state, account, from, to);
  if (kind === 'group')
    for (const row of state.memberships.index('group').list({ prefix: key(lower(from)) })) {
      state.memberships.delete(key(lower(row.user), lower(from)));
      state.memberships.put({ ...row, group: to });
    }
}

/**
 * Trust policies keep the unique id of a principal that went, so that a new one of the same name is not trusted.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function forgetPrincipal(state: IamState, arn: string, id: string): void {
  for (const role of state.roles.list())
    if (role.trust.includes(`"${arn}"`))
      state.roles.put({ ...role, trust: role.trust.replaceAll(`"${arn}"`, `"${id}"`) });
}
