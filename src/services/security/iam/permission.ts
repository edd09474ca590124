// What each of IAM's operations needs: the entity that it names is the resource, and policies can ask for more by condition keys.
import type { Permission, Permissions } from '../../../kernel/service.ts';
import { arnOf } from './name.ts';
import { type IamContext, type IamState, lower, type Tag } from './state.ts';

/** The members of all inputs that say what an operation is about. */
interface Named {
  readonly UserName?: string;
  readonly GroupName?: string;
  readonly RoleName?: string;
  readonly PolicyName?: string;
  readonly PolicyArn?: string;
  readonly InstanceProfileName?: string;
  readonly ServerCertificateName?: string;
  readonly SerialNumber?: string;
  readonly VirtualMFADeviceName?: string;
  readonly SAMLProviderArn?: string;
  readonly OpenIDConnectProviderArn?: string;
  readonly Name?: string;
  readonly Url?: string;
  readonly Path?: string;
  readonly PathPrefix?: string;
  readonly AWSServiceName?: string;
  readonly PolicySourceArn?: string;
  readonly PermissionsBoundary?: string;
  readonly Tags?: readonly Tag[];
  readonly TagKeys?: readonly string[];
}

interface Target {
  readonly resource: string;
  readonly tags?: readonly Tag[] | undefined;
  readonly boundary?: string | undefined;
}

type Finder = (input: Named, context: IamContext) => Target;

const nothing: Finder = () => ({ resource: '*' });

const user: Finder = (input, context) => {
  const { caller, state } = context;
  if (input.UserName === undefined && caller.kind !== 'user') return { resource: caller.arn };
  const name = input.UserName ?? caller.userName ?? '';
  const found = state.users.find(lower(name));
  const resource = found?.arn ?? arnOf(context, 'user', input.Path ?? '/', name);
  return { resource, tags: found?.tags, boundary: found?.boundary };
};

const group: Finder = (input, context) => {
  const name = input.GroupName ?? '';
  return { resource: context.state.groups.find(lower(name))?.arn ?? arnOf(context, 'group', input.Path ?? '/', name) };
};

const role: Finder = (input, context) => {
  const name = input.RoleName ?? '';
  const found = context.state.roles.find(lower(name));
  const resource = found?.arn ?? arnOf(context, 'role', input.Path ?? '/', name);
  return { resource, tags: found?.tags, boundary: found?.boundary };
};

const policy: Finder = (input, context) => {
  if (input.PolicyArn === undefined)
    return { resource: arnOf(context, 'policy', input.Path ?? '/', input.PolicyName ?? '') };
  return { resource: input.PolicyArn, tags: context.state.policies.find(input.PolicyArn)?.tags };
};

const instanceProfile: Finder = (input, context) => {
  const name = input.InstanceProfileName ?? '';
  const found = context.state.instanceProfiles.find(lower(name));
  return { resource: found?.arn ?? arnOf(context, 'instance-profile', input.Path ?? '/', name), tags: found?.tags };
};

const serverCertificate: Finder = (input, context) => {
  const name = input.ServerCertificateName ?? '';
  const found = context.state.serverCertificates.find(lower(name));
  return { resource: found?.arn ?? arnOf(context, 'server-certificate', input.Path ?? '/', name), tags: found?.tags };
};

const mfa: Finder = (input, context) => ({
  resource: input.SerialNumber ?? arnOf(context, 'mfa', input.Path ?? '/', input.VirtualMFADeviceName ?? ''),
});

const samlProvider: Finder = (input, context) => ({
  resource: input.SAMLProviderArn ?? arnOf(context, 'saml-provider', '/', input.Name ?? ''),
});

const oidcProvider: Finder = (input, context) => ({
  resource:
    input.OpenIDConnectProviderArn ??
    arnOf(context, 'oidc-provider', '/', (input.Url ?? '').replace(/^https:\/\//, '')),
});

/** Lists are about a path. */
const listOf =
  (kind: string): Finder =>
  (input, context) => ({ resource: arnOf(context, kind, input.PathPrefix ?? '/', '') });

const source: Finder = (input) => ({ resource: input.PolicySourceArn ?? '*' });

const linkedRole: Finder = (input, context) => ({
  resource: arnOf(context, 'role', `/aws-service-role/${input.AWSServiceName ?? '*'}/`, input.RoleName ?? '*'),
});

/** Operations by what they are about. A word that ends with `*` begins many. */
const finders: readonly (readonly [Finder, readonly string[]])[] = [
  [listOf('user'), ['ListUsers']],
  [listOf('group'), ['ListGroups']],
  [listOf('role'), ['ListRoles']],
  [listOf('instance-profile'), ['ListInstanceProfiles']],
  [listOf('server-certificate'), ['ListServerCertificates']],
  [linkedRole, ['CreateServiceLinkedRole', 'DeleteServiceLinkedRole']],
  [source, ['SimulatePrincipalPolicy', 'GetContextKeysForPrincipalPolicy']],
  [
    nothing,
    [
      'ListPolicies',
      'ListAccountAliases',
      'ListSAMLProviders',
      'ListOpenIDConnectProviders',
      'ListVirtualMFADevices',
      'GetAccount*',
      'SimulateCustomPolicy',
      'GetAccessKeyLastUsed',
      'GetContextKeysForCustomPolicy',
      'ListOrganizationsFeatures',
    ],
  ],
];

function finderOf(operation: string): Finder {
  for (const [finder, names] of finders)
    if (names.some((name) => (name.endsWith('*') ? operation.startsWith(name.slice(0, -1)) : operation === name)))
      return finder;
  if (/InstanceProfile(s?|Tags)$/.test(operation) && operation !== 'ListInstanceProfilesForRole')
    return instanceProfile;
  if (/ServerCertificate/.test(operation)) return serverCertificate;
  if (/SAMLProvider/.test(operation)) return samlProvider;
  if (/OpenIDConnectProvider/.test(operation)) return oidcProvider;
  if (/VirtualMFADevice$|^(Tag|Untag|List)MFADevice(Tags)?$/.test(operation)) return mfa;
  if (
    /^(Create|Get|Delete|Tag|Untag)Policy(Version)?$|^ListPolicy(Versions|Tags)$|^SetDefaultPolicyVersion$|^ListEntitiesForPolicy$/.test(
      operation,
    )
  )
    return policy;
  if (/Group/.test(operation) && operation !== 'ListGroupsForUser') return group;
  if (/Role|AssumeRolePolicy/.test(operation)) return role;
  if (
    /User|AccessKey|LoginProfile|MFADevice|SigningCertificate|SSHPublicKey|ServiceSpecificCredential|ChangePassword/.test(
      operation,
    )
  )
    return user;
  return nothing;
}

type Conditions = Record<string, string | readonly string[]>;

function conditionsOf(input: Named, target: Target): Conditions {
  const conditions: Conditions = {};
  for (const { Key, Value } of target.tags ?? []) {
    conditions[`aws:ResourceTag/${Key}`] = Value;
    conditions[`iam:ResourceTag/${Key}`] = Value;
  }
  for (const { Key, Value } of input.Tags ?? []) conditions[`aws:RequestTag/${Key}`] = Value;
  const keys = input.Tags?.map(({ Key }) => Key) ?? input.TagKeys;
  if (keys !== undefined) conditions['aws:TagKeys'] = keys;
  const boundary = input.PermissionsBoundary ?? target.boundary;
  if (boundary !== undefined) conditions['iam:PermissionsBoundary'] = boundary;
  if (input.PolicyArn !== undefined) conditions['iam:PolicyARN'] = input.PolicyArn;
  if (input.AWSServiceName !== undefined) conditions['iam:AWSServiceName'] = input.AWSServiceName;
  return conditions;
}

/** The permission that an operation of IAM needs. */
export function permissionOf(operation: string): Permissions<IamState> {
  const find = finderOf(operation);
  return (input: Named, context): readonly Permission[] => {
    const target = find(input, context);
    return [{ action: `iam:${operation}`, resource: target.resource, conditions: conditionsOf(input, target) }];
  };
}
