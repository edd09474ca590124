// Everything at once: users, groups, roles and policies of the account with all that belongs to them.
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { shownBoundary } from './boundary.ts';
import { awsSummary, countUsage, policySummary, shownVersion } from './customer-policy.ts';
import { shownProfile } from './instance-profile.ts';
import { findManagedPolicy, managedPolicyDocument } from './managed-policy.ts';
import { encodeDocument } from './name.ts';
import { page } from './page.ts';
import { roleLastUsed } from './role.ts';
import {
  entityKey,
  type EntityKind,
  type Group,
  type IamState,
  lower,
  type Operation,
  type Role,
  type User,
} from './state.ts';

const inlineOf = (state: IamState, kind: EntityKind, owner: string) =>
  state.inlinePolicies
    .list({ prefix: entityKey(kind, owner) })
    .map(({ name, document }) => ({ PolicyName: name, PolicyDocument: encodeDocument(document) }));

const attachedTo = (state: IamState, kind: EntityKind, owner: string) =>
  state.attachments
    .list({ prefix: entityKey(kind, owner) })
    .map(({ policyName, policyArn }) => ({ PolicyName: policyName, PolicyArn: policyArn }));

const userDetail = (state: IamState, user: User) => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: user.arn,
  CreateDate: toDate(user.createdAt),
  UserPolicyList: inlineOf(state, 'user', user.name),
  GroupList: state.memberships.list({ prefix: key(lower(user.name)) }).map(({ group }) => group),
  AttachedManagedPolicies: attachedTo(state, 'user', user.name),
  ...shownBoundary(user.boundary),
  Tags: [...user.tags],
});

const groupDetail = (state: IamState, group: Group) => ({
  Path: group.path,
  GroupName: group.name,
  GroupId: group.id,
  Arn: group.arn,
  CreateDate: toDate(group.createdAt),
  GroupPolicyList: inlineOf(state, 'group', group.name),
  AttachedManagedPolicies: attachedTo(state, 'group', group.name),
});

const roleDetail = (state: IamState, role: Role) => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: toDate(role.createdAt),
  AssumeRolePolicyDocument: encodeDocument(role.trust),
  InstanceProfileList: state.instanceProfiles
    .index('role')
    .list({ prefix: key(lower(role.name)) })
    .map((profile) => shownProfile(state, profile, false)),
  RolePolicyList: inlineOf(state, 'role', role.name),
  AttachedManagedPolicies: attachedTo(state, 'role', role.name),
  ...shownBoundary(role.boundary),
  Tags: [...role.tags],
  RoleLastUsed: roleLastUsed(state, role),
});

function localPolicies(state: IamState) {
  const usage = countUsage(state);
  return state.policies.list().map((policy) => ({
    ...policySummary(usage, policy),
    ...(policy.description === undefined ? {} : { Description: policy.description }),
    PolicyVersionList: state.policyVersions
      .list({ prefix: key(policy.arn), reverse: true })
      .map((version) => ({ Document: encodeDocument(version.document), ...shownVersion(policy, version) })),
  }));
}

/** AWS's policies that something in the account has, each with its default version. */
function awsPolicies(state: IamState) {
  const usage = countUsage(state);
  const used = new Set([
    ...state.attachments.list().map(({ policyArn }) => policyArn),
    ...[...state.users.list(), ...state.roles.list()].flatMap(({ boundary }) => boundary ?? []),
  ]);
  return [...used].sort().flatMap((arn) => {
    const policy = state.policies.has(arn) ? undefined : findManagedPolicy(arn);
    const version = policy?.versions.find(({ isDefault }) => isDefault);
    if (policy === undefined || version === undefined) return [];
    const document = encodeDocument(managedPolicyDocument(arn) ?? '');
    const shown = {
      Document: document,
      VersionId: version.versionId,
      IsDefaultVersion: true,
      CreateDate: toDate(version.createDate),
    };
    return [{ ...awsSummary(usage, policy), PolicyVersionList: [shown] }];
  });
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html */
export const GetAccountAuthorizationDetails: Operation<'GetAccountAuthorizationDetails'> = (input, { state }) => {
  const wanted = (kind: string): boolean => input.Filter === undefined || input.Filter.some((name) => name === kind);
  const users = wanted('User') ? state.users.list().map((user) => userDetail(state, user)) : [];
  const groups = wanted('Group') ? state.groups.list().map((group) => groupDetail(state, group)) : [];
  const roles = wanted('Role') ? state.roles.list().map((role) => roleDetail(state, role)) : [];
  const local = wanted('LocalManagedPolicy') ? localPolicies(state) : [];
  const aws = wanted('AWSManagedPolicy') ? awsPolicies(state) : [];
  const all = [
    ...users.map((detail) => ({ kind: 'a', arn: detail.Arn, detail })),
    ...groups.map((detail) => ({ kind: 'b', arn: detail.Arn, detail })),
    ...roles.map((detail) => ({ kind: 'c', arn: detail.Arn, detail })),
    ...[...local, ...aws].map((detail) => ({ kind: 'd', arn: detail.Arn, detail })),
  ];
  const { items, rest } = page(all, input, ({ kind, arn }) => `${kind}${arn}`);
  const shown = new Set(items.map(({ arn }) => arn));
  const onPage = <Detail extends { readonly Arn: string }>(details: readonly Detail[]): Detail[] =>
    details.filter(({ Arn }) => shown.has(Arn));
  return {
    UserDetailList: onPage(users),
    GroupDetailList: onPage(groups),
    RoleDetailList: onPage(roles),
    Policies: onPage([...local, ...aws]),
    ...rest,
  };
};
