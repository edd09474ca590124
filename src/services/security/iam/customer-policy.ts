// Managed policies: the customer's, with their versions, and AWS's, which can be read and attached only.
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { checkManagedDocument } from './document-check.ts';
import { errors } from './errors.ts';
import { policiesPerAccount, versionsPerPolicy } from './limits.ts';
import {
  findManagedPolicy as findAwsPolicy,
  listManagedPolicies as listAwsPolicies,
  type ManagedPolicy as AwsPolicy,
  managedPolicyDocument,
} from './managed-policy.ts';
import { attachmentCount, boundaryCount, getCustomerPolicy, getManagedPolicy } from './managed-policy-lookup.ts';
import { arnOf, checkPolicyArn, encodeDocument, isAwsPolicyArn, makeId } from './name.ts';
import { page } from './page.ts';
import { type IamState, lower, type ManagedPolicy, type Operation, type PolicyVersion } from './state.ts';
import { addTags, listTags, newTags, removeTags, shownTags } from './tag.ts';

/** How often each policy is used: counted once for a list of thousands. */
interface Usage {
  readonly attached: (arn: string) => number;
  readonly bounding: (arn: string) => number;
}

const usageOf = (state: IamState): Usage => ({
  attached: (arn) => attachmentCount(state, arn),
  bounding: (arn) => boundaryCount(state, arn),
});

export function countUsage(state: IamState): Usage {
  const attached = new Map<string, number>();
  const bounding = new Map<string, number>();
  const add = (counts: Map<string, number>, arn: string | undefined): void => {
    if (arn !== undefined) counts.set(arn, (counts.get(arn) ?? 0) + 1);
  };
  for (const { policyArn } of state.attachments.each()) add(attached, policyArn);
  for (const { boundary } of state.users.each()) add(bounding, boundary);
  for (const { boundary } of state.roles.each()) add(bounding, boundary);
  return { attached: (arn) => attached.get(arn) ?? 0, bounding: (arn) => bounding.get(arn) ?? 0 };
}

const counts = (usage: Usage, arn: string) => ({
  AttachmentCount: usage.attached(arn),
  PermissionsBoundaryUsageCount: usage.bounding(arn),
  IsAttachable: true,
});

export const policySummary = (usage: Usage, policy: ManagedPolicy) => ({
  PolicyName: policy.name,
  PolicyId: policy.id,
  Arn: policy.arn,
  Path: policy.path,
  DefaultVersionId: `v${policy.defaultVersion}`,
  ...counts(usage, policy.arn),
  CreateDate: toDate(policy.createdAt),
  UpdateDate: toDate(policy.updatedAt),
});

export const awsSummary = (usage: Usage, policy: AwsPolicy) => ({
  PolicyName: policy.name,
  PolicyId: policy.policyId,
  Arn: policy.arn,
  Path: policy.path,
  DefaultVersionId: policy.defaultVersionId,
  ...counts(usage, policy.arn),
  CreateDate: toDate(policy.createDate),
  UpdateDate: toDate(policy.updateDate),
});

const shownAwsVersion = ({ versionId: id, isDefault, createDate }: AwsPolicy['versions'][number]) => ({
  VersionId: id,
  IsDefaultVersion: isDefault,
  CreateDate: toDate(createDate),
});

const versionId = (version: number): string => `v${version}`;

export const shownVersion = (policy: ManagedPolicy, version: PolicyVersion) => ({
  VersionId: versionId(version.version),
  IsDefaultVersion: version.version === policy.defaultVersion,
  CreateDate: toDate(version.createdAt),
});

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html */
export const CreatePolicy: Operation<'CreatePolicy'> = (input, context) => {
  const { state, clock, ids } = context;
  const { PolicyName: name } = input;
  if (state.policies.index('name').first({ prefix: `${lower(name)}\u0000` }))
    throw errors.exists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
  if (state.policies.size >= policiesPerAccount) throw errors.quota('PoliciesPerAccount', policiesPerAccount);
  checkManagedDocument(input.PolicyDocument);
  const path = input.Path ?? '/';
  const now = clock.now();
  const policy: ManagedPolicy = {
    arn: arnOf(context, 'policy', path, name),
    name,
    path,
    id: makeId(ids, 'policy'),
    createdAt: now,
    updatedAt: now,
    description: input.Description,
    defaultVersion: 1,
    nextVersion: 2,
    tags: newTags(input.Tags),
  };
  state.policies.put(policy);
  state.policyVersions.put({ arn: policy.arn, version: 1, document: input.PolicyDocument, createdAt: now });
  return { Policy: { ...policySummary(usageOf(state), policy), ...shownTags(policy.tags) } };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html */
export const GetPolicy: Operation<'GetPolicy'> = (input, { state }) => {
  const { own } = getManagedPolicy(state, input.PolicyArn);
  if (own !== undefined) {
    const description = own.description === undefined ? {} : { Description: own.description };
    return { Policy: { ...policySummary(usageOf(state), own), ...description, Tags: [...own.tags] } };
  }
  const aws = findAwsPolicy(input.PolicyArn);
  if (aws === undefined) throw errors.noSuchPolicy(input.PolicyArn);
  return { Policy: { ...awsSummary(usageOf(state), aws), Tags: [] } };
};

/** The customer's policies first, then AWS's. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html */
export const ListPolicies: Operation<'ListPolicies'> = (input, { state }) => {
  const scope = input.Scope ?? 'All';
  const prefix = input.PathPrefix ?? '/';
  const usage = countUsage(state);
  const own = scope === 'AWS' ? [] : state.policies.list().map((policy) => policySummary(usage, policy));
  const aws = scope === 'Local' ? [] : listAwsPolicies().map((policy) => awsSummary(usage, policy));
  const all = [...own, ...aws].filter((policy) => {
    if (!policy.Path.startsWith(prefix)) return false;
    if (input.OnlyAttached && policy.AttachmentCount + policy.PermissionsBoundaryUsageCount === 0) return false;
    if (input.PolicyUsageFilter === 'PermissionsPolicy') return policy.AttachmentCount > 0;
    return input.PolicyUsageFilter !== 'PermissionsBoundary' || policy.PermissionsBoundaryUsageCount > 0;
  });
  const { items, rest } = page(all, input, (policy) => `${isAwsPolicyArn(policy.Arn) ? 'b' : 'a'}${policy.Arn}`);
  return { Policies: items, ...rest };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html */
export const DeletePolicy: Operation<'DeletePolicy'> = (input, context) => {
  const { state } = context;
  const policy = getCustomerPolicy(context, input.PolicyArn, 'DeletePolicy');
  if (attachmentCount(state, policy.arn) + boundaryCount(state, policy.arn) > 0)
    throw errors.conflict('Cannot delete a policy attached to entities.');
  if (state.policyVersions.list({ prefix: key(policy.arn) }).length > 1)
    throw errors.conflict(
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    );
  state.policyVersions.deleteAll({ prefix: key(policy.arn) });
  state.policies.delete(policy.arn);
  return {};
};

const versionForm = /^v(\d{1,9})$/;

function getVersion(state: IamState, policy: ManagedPolicy, id: string): PolicyVersion {
  const number = Number(versionForm.exec(id)?.[1] ?? 0);
  const version = state.policyVersions.find(key(policy.arn, number));
  if (version === undefined) throw errors.noSuchVersion(policy.arn, id);
  return version;
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html */
export const CreatePolicyVersion: Operation<'CreatePolicyVersion'> = (input, context) => {
  const { state, clock } = context;
  const policy = getCustomerPolicy(context, input.PolicyArn, 'CreatePolicyVersion');
  checkManagedDocument(input.PolicyDocument);
  if (state.policyVersions.list({ prefix: key(policy.arn) }).length >= versionsPerPolicy)
    throw errors.limit(
      'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
    );
  const version: PolicyVersion = {
    arn: policy.arn,
    version: policy.nextVersion,
    document: input.PolicyDocument,
    createdAt: clock.now(),
  };
  const changed: ManagedPolicy = {
    ...policy,
    nextVersion: policy.nextVersion + 1,
    defaultVersion: input.SetAsDefault ? version.version : policy.defaultVersion,
    updatedAt: clock.now(),
  };
  state.policyVersions.put(version);
  state.policies.put(changed);
  return { PolicyVersion: shownVersion(changed, version) };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html */
export const GetPolicyVersion: Operation<'GetPolicyVersion'> = (input, { state }) => {
  const { own } = getManagedPolicy(state, input.PolicyArn);
  if (own !== undefined) {
    const version = getVersion(state, own, input.VersionId);
    return { PolicyVersion: { Document: encodeDocument(version.document), ...shownVersion(own, version) } };
  }
  const version = findAwsPolicy(input.PolicyArn)?.versions.find(({ versionId: id }) => id === input.VersionId);
  const document = managedPolicyDocument(input.PolicyArn, input.VersionId);
  if (version === undefined || document === undefined) throw errors.noSuchVersion(input.PolicyArn, input.VersionId);
  return { PolicyVersion: { Document: encodeDocument(document), ...shownAwsVersion(version) } };
};

/** The latest first. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html */
export const ListPolicyVersions: Operation<'ListPolicyVersions'> = (input, { state }) => {
  const { own } = getManagedPolicy(state, input.PolicyArn);
  const versions =
    own === undefined
      ? (findAwsPolicy(input.PolicyArn)?.versions ?? []).map(shownAwsVersion)
      : state.policyVersions.list({ prefix: key(own.arn), reverse: true }).map((version) => shownVersion(own, version));
  const { items, rest } = page(versions, input, ({ VersionId }) => VersionId);
  return { Versions: items, ...rest };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html */
export const SetDefaultPolicyVersion: Operation<'SetDefaultPolicyVersion'> = (input, context) => {
  const { state, clock } = context;
  const policy = getCustomerPolicy(context, input.PolicyArn, 'SetDefaultPolicyVersion');
  const version = getVersion(state, policy, input.VersionId);
  state.policies.put({ ...policy, defaultVersion: version.version, updatedAt: clock.now() });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html */
export const DeletePolicyVersion: Operation<'DeletePolicyVersion'> = (input, context) => {
  const { state } = context;
  const policy = getCustomerPolicy(context, input.PolicyArn, 'DeletePolicyVersion');
  const version = getVersion(state, policy, input.VersionId);
  if (version.version === policy.defaultVersion)
    throw errors.conflict('Cannot delete the default version of a policy.');
  state.policyVersions.delete(key(policy.arn, version.version));
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html */
export const TagPolicy: Operation<'TagPolicy'> = (input, context) => {
  const policy = getCustomerPolicy(context, input.PolicyArn, 'TagPolicy');
  context.state.policies.put({ ...policy, tags: addTags(policy.tags, input.Tags) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html */
export const UntagPolicy: Operation<'UntagPolicy'> = (input, context) => {
  const policy = getCustomerPolicy(context, input.PolicyArn, 'UntagPolicy');
  context.state.policies.put({ ...policy, tags: removeTags(policy.tags, input.TagKeys) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html */
export const ListPolicyTags: Operation<'ListPolicyTags'> = (input, { state }) => {
  checkPolicyArn(input.PolicyArn);
  return listTags(getManagedPolicy(state, input.PolicyArn).own?.tags ?? [], input);
};
