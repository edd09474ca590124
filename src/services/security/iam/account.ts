// What there is one of per account: its alias, its summary, its preferences.
import { errors } from './errors.ts';
import * as limits from './limits.ts';
import { page } from './page.ts';
import { settingsOf } from './password-policy.ts';
import { keysOf } from './access-key.ts';
import type { IamState, Operation } from './state.ts';

const aliasOf = (state: IamState, account: string) =>
  state.aliases.index('account').first({ prefix: `${account}\u0000` });

/** One alias per account; a new one takes the place of the old. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html */
export const CreateAccountAlias: Operation<'CreateAccountAlias'> = (input, { state, account }) => {
  const taken = state.aliases.find(input.AccountAlias);
  if (taken !== undefined && taken.account !== account)
    throw errors.exists(`The account alias ${input.AccountAlias} already exists.`);
  const old = aliasOf(state, account);
  if (old !== undefined) state.aliases.delete(old.alias);
  state.aliases.put({ alias: input.AccountAlias, account });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html */
export const DeleteAccountAlias: Operation<'DeleteAccountAlias'> = (input, { state, account }) => {
  if (state.aliases.find(input.AccountAlias)?.account !== account)
    throw errors.noSuch(`The account alias with name ${input.AccountAlias} cannot be found.`);
  state.aliases.delete(input.AccountAlias);
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html */
export const ListAccountAliases: Operation<'ListAccountAliases'> = (input, { state, account }) => {
  const alias = aliasOf(state, account);
  const { items, rest } = page(alias === undefined ? [] : [alias.alias], input, (name) => name);
  return { AccountAliases: items, ...rest };
};

/** Numbers of entities, and their quotas. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html */
export const GetAccountSummary: Operation<'GetAccountSummary'> = (_input, { state, account }) => {
  const devices = state.mfaDevices.list();
  const rootMfa = devices.some(({ user }) => user === '');
  return {
    SummaryMap: {
      Users: state.users.size,
      UsersQuota: limits.usersPerAccount,
      Groups: state.groups.size,
      GroupsQuota: limits.groupsPerAccount,
      Roles: state.roles.size,
      RolesQuota: limits.rolesPerAccount,
      Policies: state.policies.size,
      PoliciesQuota: limits.policiesPerAccount,
      PolicySizeQuota: limits.managedPolicySize,
      PolicyVersionsInUse: state.policyVersions.size,
      PolicyVersionsInUseQuota: 10_000,
      VersionsPerPolicyQuota: limits.versionsPerPolicy,
      InstanceProfiles: state.instanceProfiles.size,
      InstanceProfilesQuota: limits.instanceProfilesPerAccount,
      ServerCertificates: state.serverCertificates.size,
      ServerCertificatesQuota: limits.serverCertificatesPerAccount,
      Providers: state.samlProviders.size + state.oidcProviders.size,
      MFADevices: devices.length,
      MFADevicesInUse: devices.filter(({ user }) => user !== undefined).length,
      AccountMFAEnabled: rootMfa ? 1 : 0,
      AccountAccessKeysPresent: keysOf(state, account, undefined).length > 0 ? 1 : 0,
      AccountPasswordPresent: 1,
      AccountSigningCertificatesPresent: 0,
      AccessKeysPerUserQuota: limits.accessKeysPerUser,
      SigningCertificatesPerUserQuota: limits.signingCertificatesPerUser,
      GroupsPerUserQuota: limits.groupsPerUser,
      AttachedPoliciesPerUserQuota: limits.attachedPoliciesPerEntity,
      AttachedPoliciesPerGroupQuota: limits.attachedPoliciesPerEntity,
      AttachedPoliciesPerRoleQuota: limits.attachedPoliciesPerEntity,
      UserPolicySizeQuota: limits.inlinePolicySize.user,
      GroupPolicySizeQuota: limits.inlinePolicySize.group,
      RolePolicySizeQuota: limits.inlinePolicySize.role,
      AssumeRolePolicySizeQuota: limits.trustPolicySize,
      GlobalEndpointTokenVersion: settingsOf(state).globalTokenVersion === 'v2Token' ? 2 : 1,
    },
  };
};

/**
 * Shown in the account summary. Tokens are the same in either version here.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetSecurityTokenServicePreferences.html
 */
export const SetSecurityTokenServicePreferences: Operation<'SetSecurityTokenServicePreferences'> = (
  input,
  { state },
) => {
  state.settings.put({ ...settingsOf(state), globalTokenVersion: input.GlobalEndpointTokenVersion });
  return {};
};
