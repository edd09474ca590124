// Security groups as others see them: who names them, whose references went stale, and in which other VPCs they are in force.
import type { StaleIpPermission } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { errors } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { tagsOf } from '../../compute/ec2/tag.ts';
import { getGroup, rulesOf } from './security-group.ts';
import type { GroupRow, GroupRuleRow, PeeringRow } from './state.ts';
import { getVpc } from './vpc.ts';

/** VPCs on the other end of a VPC's peerings, with the peering. */
function peeredVpcs(
  { state, account, region }: Ec2Context,
  vpcId: string,
): { row: PeeringRow; other: PeeringRow['requester'] }[] {
  const prefix = key(account, region, vpcId);
  return [
    ...state.peerings
      .index('requester')
      .list({ prefix })
      .map((row) => ({ row, other: row.accepter })),
    ...state.peerings
      .index('accepter')
      .list({ prefix })
      .map((row) => ({ row, other: row.requester })),
  ];
}

/** VPCs on the other side of a peering whose rules name these groups. */
export const DescribeSecurityGroupReferences: Operation<'DescribeSecurityGroupReferences'> = ({ GroupId }, context) => {
  const SecurityGroupReferenceSet = GroupId.flatMap((id) => {
    const group = getGroup(context, id);
    return peeredVpcs(context, group.vpcId).flatMap(({ row, other }) => {
      const there = context.elsewhere(other.account, other.region);
      const names = there.state.groups
        .index('vpc')
        .list({ prefix: key(other.vpcId) })
        .some((one) => rulesOf(there, one.id).some((rule) => rule.peerGroup?.id === id));
      return names ? [{ GroupId: id, ReferencingVpcId: other.vpcId, VpcPeeringConnectionId: row.id }] : [];
    });
  });
  return { SecurityGroupReferenceSet };
};

/** True when a rule names a group that is gone, or of a VPC that is peered no more. */
function isStale(context: Ec2Context, group: GroupRow, { peerGroup }: GroupRuleRow): boolean {
  if (peerGroup === undefined || peerGroup.vpcId === group.vpcId) return false;
  const peering = peeredVpcs(context, group.vpcId).find(
    ({ row, other }) => other.vpcId === peerGroup.vpcId && row.status === 'active',
  );
  if (peering === undefined) return true;
  return !context.elsewhere(peering.other.account, peering.other.region).state.groups.has(peerGroup.id);
}

const showStale = ({ protocol, fromPort, toPort, peerGroup }: GroupRuleRow): StaleIpPermission => ({
  IpProtocol: protocol,
  FromPort: protocol === '-1' ? undefined : fromPort,
  ToPort: protocol === '-1' ? undefined : toPort,
  IpRanges: [],
  PrefixListIds: [],
  UserIdGroupPairs: [
    {
      GroupId: peerGroup?.id,
      UserId: peerGroup?.account,
      VpcId: peerGroup?.vpcId,
      VpcPeeringConnectionId: peerGroup?.peeringId,
      PeeringStatus: peerGroup?.peeringId === undefined ? undefined : 'deleted',
    },
  ],
});

/** Groups of a VPC with rules that name what is not there any more. */
export const DescribeStaleSecurityGroups: Operation<'DescribeStaleSecurityGroups'> = (input, context) => {
  const vpc = getVpc(context, input.VpcId);
  const stale = context.state.groups
    .index('vpc')
    .list({ prefix: key(vpc.id) })
    .map((group) => ({ group, rules: rulesOf(context, group.id).filter((rule) => isStale(context, group, rule)) }))
    .filter(({ rules }) => rules.length > 0);
  const { rows, NextToken } = list(input, context, { rows: stale, id: ({ group }) => group.id, filters: {} });
  const StaleSecurityGroupSet = rows.map(({ group, rules }) => ({
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    VpcId: vpc.id,
    StaleIpPermissions: rules.filter(({ egress }) => !egress).map(showStale),
    StaleIpPermissionsEgress: rules.filter(({ egress }) => egress).map(showStale),
  }));
  return { StaleSecurityGroupSet, NextToken };
};

/** Groups that interfaces of a VPC can have: its own, and those associated with it. */
export const GetSecurityGroupsForVpc: Operation<'GetSecurityGroupsForVpc'> = (input, context) => {
  const { state, account } = context;
  const vpc = getVpc(context, input.VpcId);
  const own = state.groups.index('vpc').list({ prefix: key(vpc.id) });
  const others = state.groupAssociations
    .index('vpc')
    .list({ prefix: key(vpc.id) })
    .flatMap(({ groupId }) => state.groups.find(groupId) ?? []);
  const { rows, NextToken } = list(input, context, {
    rows: [...own, ...others],
    id: (row) => row.id,
    filters: {
      'group-id': (row) => row.id,
      description: (row) => row.description,
      'group-name': (row) => row.name,
      'owner-id': () => account,
      'primary-vpc-id': (row) => row.vpcId,
    },
  });
  const SecurityGroupForVpcs = rows.map((row) => ({
    GroupId: row.id,
    GroupName: row.name,
    Description: row.description,
    OwnerId: account,
    PrimaryVpcId: row.vpcId,
    Tags: tagsOf(context, row.id),
  }));
  return { SecurityGroupForVpcs, NextToken };
};

// ── associations ──

/** Puts a group in force in another VPC of the Region, too. */
export const AssociateSecurityGroupVpc: Operation<'AssociateSecurityGroupVpc'> = (input, context) => {
  const { state } = context;
  const group = getGroup(context, input.GroupId);
  const vpc = getVpc(context, input.VpcId);
  if (group.name === 'default' || group.vpcId === vpc.id)
    throw errors.invalidParameter(`The security group ${group.id} cannot be associated with ${vpc.id}.`);
  if (state.groupAssociations.has(key(group.id, vpc.id)))
    throw errors.alreadyAssociated(`The security group ${group.id} is already associated with ${vpc.id}.`);
  state.groupAssociations.put({ groupId: group.id, vpcId: vpc.id, state: 'associated' });
  return { State: 'associating' };
};

export const DisassociateSecurityGroupVpc: Operation<'DisassociateSecurityGroupVpc'> = (input, context) => {
  const { state } = context;
  const [group, vpc] = [getGroup(context, input.GroupId), getVpc(context, input.VpcId)];
  const used = state.interfaces
    .index('vpc')
    .list({ prefix: key(vpc.id) })
    .some(({ groupIds }) => groupIds.includes(group.id));
  if (used) throw errors.groupInUse(group.id);
  if (!state.groupAssociations.delete(key(group.id, vpc.id)))
    throw errors.other(
      'InvalidGroupAssociation.NotFound',
      `The security group ${group.id} is not associated with ${vpc.id}.`,
    );
  return { State: 'disassociating' };
};

export const DescribeSecurityGroupVpcAssociations: Operation<'DescribeSecurityGroupVpcAssociations'> = (
  input,
  context,
) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.groupAssociations,
    id: (row) => `${row.groupId}/${row.vpcId}`,
    filters: {
      'group-id': (row) => row.groupId,
      'group-owner-id': () => context.account,
      state: (row) => row.state,
      'vpc-id': (row) => row.vpcId,
      'vpc-owner-id': () => context.account,
    },
  });
  const SecurityGroupVpcAssociations = rows.map((row) => ({
    GroupId: row.groupId,
    VpcId: row.vpcId,
    VpcOwnerId: context.account,
    GroupOwnerId: context.account,
    State: row.state,
  }));
  return { SecurityGroupVpcAssociations, NextToken };
};
