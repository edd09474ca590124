// Security groups themselves. Their rules are in `security-group-rule.ts`.
import type { SecurityGroup } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import { arnOf, type Ec2Context, type Operation } from '../../compute/ec2/operation.ts';
import { anyTagsOf, dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { permissionsOf } from './ip-permission.ts';
import { groupsMax } from './limits.ts';
import { checkGroupDescription, checkGroupName } from './security-group-text.ts';
import type { GroupRow, GroupRuleRow } from './state.ts';

export const getGroup = ({ state }: Ec2Context, id: string): GroupRow => get(state.groups, kinds.securityGroup, id);

export const rulesOf = ({ state }: Ec2Context, groupId: string): GroupRuleRow[] =>
  state.groupRules.index('group').list({ prefix: key(groupId) });

/**
 * A new group: nothing comes in, everything goes out. The default group of a VPC also lets its own members in.
 * With an IPv6 block in the VPC there is a second outbound rule, for `::/0`.
 */
export function addGroup(context: Ec2Context, vpcId: string, name: string, description: string): GroupRow {
  const { state, ids, account } = context;
  const row: GroupRow = { id: ids.resource('sg'), vpcId, name, description };
  state.groups.put(row);
  const all = { groupId: row.id, protocol: '-1', fromPort: -1, toPort: -1 };
  state.groupRules.put({ ...all, id: ids.resource('sgr'), egress: true, cidr: '0.0.0.0/0' });
  if ((state.vpcs.find(vpcId)?.ipv6Cidrs.length ?? 0) > 0) {
    state.groupRules.put({ ...all, id: ids.resource('sgr'), egress: true, ipv6Cidr: '::/0' });
  }
  if (name === 'default') {
    const peerGroup = { id: row.id, account, vpcId };
    state.groupRules.put({ ...all, id: ids.resource('sgr'), egress: false, peerGroup });
  }
  return row;
}

export function dropGroup(context: Ec2Context, id: string): void {
  for (const rule of rulesOf(context, id)) {
    context.state.groupRules.delete(rule.id);
    dropTags(context, rule.id);
  }
  context.state.groups.delete(id);
  dropTags(context, id);
}

function showGroup(row: GroupRow, context: Ec2Context): SecurityGroup {
  const rules = rulesOf(context, row.id);
  return {
    GroupId: row.id,
    GroupName: row.name,
    Description: row.description,
    VpcId: row.vpcId,
    OwnerId: context.account,
    SecurityGroupArn: arnOf(context, 'security-group', row.id),
    IpPermissions: permissionsOf(rules.filter(({ egress }) => !egress)),
    IpPermissionsEgress: permissionsOf(rules.filter(({ egress }) => egress)),
    Tags: anyTagsOf(context, row.id),
  };
}

/** The VPC named, or the default one. */
function vpcFor({ state }: Ec2Context, id: string | undefined): string {
  if (id !== undefined) return get(state.vpcs, kinds.vpc, id).id;
  const found = state.vpcs.list().find((row) => row.isDefault);
  if (found === undefined) throw errors.other('VPCIdNotSpecified', 'No default VPC for this user');
  return found.id;
}

/**
 * Makes a security group. Default: the default VPC.
 *
 * Limit: names are unique in a VPC and do not begin with `sg-`; 2,500 groups in a Region.
 */
export const CreateSecurityGroup: Operation<'CreateSecurityGroup'> = (input, context) => {
  const { state } = context;
  const { GroupName: name, Description: description } = input;
  checkGroupName(name);
  checkGroupDescription(description);
  if (name.startsWith('sg-')) {
    throw errors.invalidValue(`Group names may not be in the format sg-*`);
  }
  const vpcId = vpcFor(context, input.VpcId);
  if (name === 'default') throw errors.groupReserved(name);
  if (state.groups.index('name').first({ prefix: key(vpcId, name) }) !== undefined)
    throw errors.groupDuplicate(name, vpcId);
  if (state.groups.size >= context.quotas.of(groupsMax)) throw errors.groupLimit();
  const row = addGroup(context, vpcId, name, description);
  tagNew(context, kinds.securityGroup, row.id, input.TagSpecifications);
  return { GroupId: row.id, SecurityGroupArn: arnOf(context, 'security-group', row.id), Tags: tagsOf(context, row.id) };
};

/** The group that a request names by ID, or by name in the default VPC. */
export function groupOf(context: Ec2Context, id: string | undefined, name: string | undefined): GroupRow {
  if (id !== undefined) return getGroup(context, id);
  if (name === undefined) throw errors.missingParameter('groupId');
  const vpcId = vpcFor(context, undefined);
  const row = context.state.groups.index('name').first({ prefix: key(vpcId, name) });
  if (row === undefined) throw errors.groupNameNotFound(name, vpcId);
  return row;
}

/** True when an interface has the group, or a rule of another group names it. */
const isUsed = ({ state }: Ec2Context, id: string): boolean =>
  state.interfaces.list().some((nic) => nic.groupIds.includes(id)) ||
  state.groupRules.list().some((rule) => rule.peerGroup?.id === id && rule.groupId !== id);

export const DeleteSecurityGroup: Operation<'DeleteSecurityGroup'> = ({ GroupId, GroupName }, context) => {
  const row = groupOf(context, GroupId, GroupName);
  if (row.name === 'default') throw errors.cannotDeleteGroup(row.id, row.name);
  if (isUsed(context, row.id)) throw errors.groupInUse(row.id);
  dropGroup(context, row.id);
  return { Return: true, GroupId: row.id };
};

/** The name of the group that a rule lets in, wherever that group is. */
function nameOf({ state, account, elsewhere, region }: Ec2Context, { peerGroup }: GroupRuleRow): string | undefined {
  if (peerGroup === undefined) return undefined;
  const there = peerGroup.account === account ? state : elsewhere(peerGroup.account, region).state;
  return there.groups.find(peerGroup.id)?.name;
}

const ruleFilters = (context: Ec2Context, prefix: string, egress: boolean) => {
  const look = (see: (rule: GroupRuleRow) => string | number | undefined) => (row: GroupRow) =>
    rulesOf(context, row.id).flatMap((rule) => (rule.egress === egress ? [see(rule)] : []));
  return {
    [`${prefix}.cidr`]: look((rule) => rule.cidr),
    [`${prefix}.ipv6-cidr`]: look((rule) => rule.ipv6Cidr),
    [`${prefix}.from-port`]: look((rule) => rule.fromPort),
    [`${prefix}.to-port`]: look((rule) => rule.toPort),
    [`${prefix}.protocol`]: look((rule) => rule.protocol),
    [`${prefix}.group-id`]: look((rule) => rule.peerGroup?.id),
    [`${prefix}.group-name`]: look((rule) => nameOf(context, rule)),
    [`${prefix}.user-id`]: look((rule) => rule.peerGroup?.account),
    [`${prefix}.prefix-list-id`]: look((rule) => rule.prefixListId),
  };
};

export const DescribeSecurityGroups: Operation<'DescribeSecurityGroups'> = (input, context) => {
  const named = (input.GroupNames ?? []).map((name) => groupOf(context, undefined, name).id);
  const { rows, NextToken } = list(input, context, {
    rows: context.state.groups,
    id: (row) => row.id,
    ids: [...(input.GroupIds ?? []), ...named],
    kind: kinds.securityGroup,
    filters: {
      description: (row) => row.description,
      'group-id': (row) => row.id,
      'group-name': (row) => row.name,
      'owner-id': () => context.account,
      'vpc-id': (row) => row.vpcId,
      ...ruleFilters(context, 'ip-permission', false),
      ...ruleFilters(context, 'egress.ip-permission', true),
    },
  });
  return { SecurityGroups: rows.map((row) => showGroup(row, context)), NextToken };
};
