// Network ACLs: ordered, stateless, for whole subnets.
import type { NetworkAcl, NetworkAclEntry } from '@aws-sdk/client-ec2';
import { findPrefix } from '../../../network/address.ts';
import { icmp, icmpv6, protocolNumber, tcp, udp } from '../../../network/flow.ts';
import { lastAclRule } from '../../../network/filter.ts';
import { key } from '../../../kernel/key.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Input, Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { aclEntriesMax, aclRuleMax, aclsMax } from './limits.ts';
import type { AclEntryRow, AclRow } from './state.ts';
import { getVpc } from './vpc.ts';

const getAcl = ({ state }: Ec2Context, id: string): AclRow => get(state.acls, kinds.networkAcl, id);

const showEntry = (entry: AclEntryRow): NetworkAclEntry => ({
  RuleNumber: entry.number,
  Egress: entry.egress,
  RuleAction: entry.allow ? 'allow' : 'deny',
  Protocol: entry.protocol,
  CidrBlock: entry.cidr,
  Ipv6CidrBlock: entry.ipv6Cidr,
  PortRange: entry.ports === undefined ? undefined : { From: entry.ports.from, To: entry.ports.to },
  IcmpTypeCode: entry.icmp === undefined ? undefined : { Type: entry.icmp.type, Code: entry.icmp.code },
});

/** The entries that every ACL ends with: deny, unnumbered in the console, 32767 and 32768 here. */
function lastEntries(withIpv6: boolean): AclEntryRow[] {
  return [true, false].flatMap((egress) => [
    { number: lastAclRule, egress, allow: false, protocol: '-1', cidr: '0.0.0.0/0' },
    ...(withIpv6 ? [{ number: lastAclRule + 1, egress, allow: false, protocol: '-1', ipv6Cidr: '::/0' }] : []),
  ]);
}

function showAcl(row: AclRow, context: Ec2Context): NetworkAcl {
  const withIpv6 = (context.state.vpcs.find(row.vpcId)?.ipv6Cidrs.length ?? 0) > 0;
  const entries = [...row.entries, ...lastEntries(withIpv6)].sort(
    (a, b) => Number(b.egress) - Number(a.egress) || a.number - b.number,
  );
  return {
    NetworkAclId: row.id,
    VpcId: row.vpcId,
    OwnerId: context.account,
    IsDefault: row.isDefault,
    Entries: entries.map(showEntry),
    Associations: row.associations.map(({ id, subnetId }) => ({
      NetworkAclAssociationId: id,
      NetworkAclId: row.id,
      SubnetId: subnetId,
    })),
    Tags: tagsOf(context, row.id),
  };
}

/** Makes an ACL that denies everything until it has entries. Limit: 200 in a VPC. */
export const CreateNetworkAcl: Operation<'CreateNetworkAcl'> = (input, context) => {
  const { state, ids } = context;
  const vpc = getVpc(context, input.VpcId);
  if (state.acls.index('vpc').list({ prefix: key(vpc.id) }).length >= context.quotas.of(aclsMax))
    throw errors.aclLimit();
  const row: AclRow = { id: ids.resource('acl'), vpcId: vpc.id, isDefault: false, entries: [], associations: [] };
  state.acls.put(row);
  tagNew(context, kinds.networkAcl, row.id, input.TagSpecifications);
  return { NetworkAcl: showAcl(row, context), ClientToken: input.ClientToken };
};

export const DeleteNetworkAcl: Operation<'DeleteNetworkAcl'> = ({ NetworkAclId }, context) => {
  const row = getAcl(context, NetworkAclId);
  if (row.isDefault) throw errors.invalidValue(`cannot delete default network ACL ${row.id}`);
  if (row.associations.length > 0) throw errors.hasDependencies('networkAcl', row.id);
  context.state.acls.delete(row.id);
  dropTags(context, row.id);
  return {};
};

export const DescribeNetworkAcls: Operation<'DescribeNetworkAcls'> = (input, context) => {
  const entries = (row: AclRow) => showAcl(row, context).Entries ?? [];
  const { rows, NextToken } = list(input, context, {
    rows: context.state.acls,
    id: (row) => row.id,
    ids: input.NetworkAclIds,
    kind: kinds.networkAcl,
    filters: {
      'association.association-id': (row) => row.associations.map(({ id }) => id),
      'association.network-acl-id': (row) => row.associations.map(() => row.id),
      'association.subnet-id': (row) => row.associations.map(({ subnetId }) => subnetId),
      default: (row) => row.isDefault,
      'entry.cidr': (row) => entries(row).map((entry) => entry.CidrBlock),
      'entry.ipv6-cidr': (row) => entries(row).map((entry) => entry.Ipv6CidrBlock),
      'entry.icmp.code': (row) => entries(row).map((entry) => entry.IcmpTypeCode?.Code),
      'entry.icmp.type': (row) => entries(row).map((entry) => entry.IcmpTypeCode?.Type),
      'entry.port-range.from': (row) => entries(row).map((entry) => entry.PortRange?.From),
      'entry.port-range.to': (row) => entries(row).map((entry) => entry.PortRange?.To),
      'entry.protocol': (row) => entries(row).map((entry) => entry.Protocol),
      'entry.rule-action': (row) => entries(row).map((entry) => entry.RuleAction),
      'entry.egress': (row) => entries(row).map((entry) => entry.Egress),
      'entry.rule-number': (row) => entries(row).map((entry) => entry.RuleNumber),
      'network-acl-id': (row) => row.id,
      'owner-id': () => context.account,
      'vpc-id': (row) => row.vpcId,
    },
  });
  return { NetworkAcls: rows.map((row) => showAcl(row, context)), NextToken };
};

function readEntry(input: Input<'CreateNetworkAclEntry'>): AclEntryRow {
  const { RuleNumber: number, CidrBlock, Ipv6CidrBlock, PortRange: ports, IcmpTypeCode: given } = input;
  if (number < 1 || number > aclRuleMax) {
    throw errors.valueOf(number, 'ruleNumber', `Must be between 1 and ${aclRuleMax}.`);
  }
  const text = CidrBlock ?? Ipv6CidrBlock;
  if (text === undefined) throw errors.missingParameter('cidrBlock');
  const prefix = findPrefix(text);
  if (prefix === undefined || prefix.family !== (CidrBlock === undefined ? 6 : 4)) {
    throw errors.notCidr(text, CidrBlock === undefined ? 'ipv6CidrBlock' : 'cidrBlock');
  }
  const protocol = protocolNumber(input.Protocol === 'all' ? '-1' : input.Protocol);
  if (!Number.isInteger(protocol) || protocol < -1 || protocol > 255) {
    throw errors.unknownProtocol(input.Protocol);
  }
  const isPorted = protocol === tcp || protocol === udp;
  const isIcmp = protocol === icmp || protocol === icmpv6;
  if (isPorted && (ports?.From === undefined || ports.To === undefined)) throw errors.missingParameter('portRange');
  if (isIcmp && given === undefined) throw errors.missingParameter('icmpTypeCode');
  return {
    number,
    egress: input.Egress,
    allow: input.RuleAction === 'allow',
    protocol: String(protocol),
    ...(CidrBlock === undefined ? { ipv6Cidr: prefix.text } : { cidr: prefix.text }),
    ports: isPorted ? { from: ports?.From ?? 0, to: ports?.To ?? 65_535 } : undefined,
    icmp: isIcmp ? { type: given?.Type ?? -1, code: given?.Code ?? -1 } : undefined,
  };
}

const isAt = (entry: AclEntryRow, number: number, egress: boolean): boolean =>
  entry.number === number && entry.egress === egress;

/** Limit: 20 entries for each direction. An entry names a CIDR block, never a group (VPC-23). */
export const CreateNetworkAclEntry: Operation<'CreateNetworkAclEntry'> = (input, context) => {
  const row = getAcl(context, input.NetworkAclId);
  const entry = readEntry(input);
  if (row.entries.some((one) => isAt(one, entry.number, entry.egress))) throw errors.aclEntryExists(entry.number);
  if (row.entries.filter((one) => one.egress === entry.egress).length >= context.quotas.of(aclEntriesMax))
    throw errors.aclEntryLimit();
  context.state.acls.put({ ...row, entries: [...row.entries, entry] });
  return {};
};

export const ReplaceNetworkAclEntry: Operation<'ReplaceNetworkAclEntry'> = (input, context) => {
  const row = getAcl(context, input.NetworkAclId);
  const entry = readEntry(input);
  if (!row.entries.some((one) => isAt(one, entry.number, entry.egress))) throw errors.aclEntryNotFound(entry.number);
  const entries = row.entries.map((one) => (isAt(one, entry.number, entry.egress) ? entry : one));
  context.state.acls.put({ ...row, entries });
  return {};
};

export const DeleteNetworkAclEntry: Operation<'DeleteNetworkAclEntry'> = (
  { NetworkAclId, RuleNumber, Egress },
  context,
) => {
  const row = getAcl(context, NetworkAclId);
  if (!row.entries.some((one) => isAt(one, RuleNumber, Egress))) throw errors.aclEntryNotFound(RuleNumber);
  context.state.acls.put({ ...row, entries: row.entries.filter((one) => !isAt(one, RuleNumber, Egress)) });
  return {};
};

/** Moves a subnet to another ACL: exactly one is in force (VPC-16). */
export const ReplaceNetworkAclAssociation: Operation<'ReplaceNetworkAclAssociation'> = (input, context) => {
  const { state, ids } = context;
  const from = state.acls.list().find((row) => row.associations.some(({ id }) => id === input.AssociationId));
  const association = from?.associations.find(({ id }) => id === input.AssociationId);
  if (from === undefined || association === undefined) throw kinds.routeTableAssociation.missing(input.AssociationId);
  const to = getAcl(context, input.NetworkAclId);
  if (to.vpcId !== from.vpcId) {
    throw errors.invalidValue(`network ACL ${to.id} and subnet ${association.subnetId} belong to different networks`);
  }
  const moved = { id: ids.resource('aclassoc'), subnetId: association.subnetId };
  state.acls.put({ ...from, associations: from.associations.filter(({ id }) => id !== association.id) });
  const now = getAcl(context, to.id);
  state.acls.put({ ...now, associations: [...now.associations, moved] });
  return { NewAssociationId: moved.id };
};
