// VPCs: their blocks, their attributes, and what comes with each (main route table, default network ACL, default group).
import { contains, overlap, type Prefix, readPrefix, findPrefix, writeBits6 } from '../../../network/address.ts';
import type { Vpc } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { checkOneAttribute } from '../../compute/ec2/attribute.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { anyTagsOf, dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { dropFlowLogs } from './flow-log.ts';
import { cidrsMax, prefixLengthMax, prefixLengthMin, vpcsMax } from './limits.ts';
import { blockModeOf } from './public-access-mode.ts';
import { addGroup, dropGroup } from './security-group.ts';
import type { VpcRow } from './state.ts';

export const getVpc = ({ state }: Ec2Context, id: string): VpcRow => get(state.vpcs, kinds.vpc, id);

export function showVpc(row: VpcRow, context: Ec2Context, state: 'pending' | 'available' = 'available'): Vpc {
  return {
    VpcId: row.id,
    OwnerId: context.account,
    State: state,
    CidrBlock: row.cidrs[0]?.cidr,
    CidrBlockAssociationSet: row.cidrs.map((block) => ({
      AssociationId: block.id,
      CidrBlock: block.cidr,
      CidrBlockState: { State: 'associated' },
    })),
    Ipv6CidrBlockAssociationSet:
      row.ipv6Cidrs.length === 0 ? undefined : row.ipv6Cidrs.map((block) => showIpv6(block, context)),
    DhcpOptionsId: row.dhcpOptionsId,
    InstanceTenancy: row.tenancy,
    IsDefault: row.isDefault,
    Tags: anyTagsOf(context, row.id),
    BlockPublicAccessStates: { InternetGatewayBlockMode: blockModeOf(context.state, row.id) },
  };
}

const showIpv6 = (block: { readonly id: string; readonly cidr: string }, { region }: Ec2Context) => ({
  AssociationId: block.id,
  Ipv6CidrBlock: block.cidr,
  Ipv6CidrBlockState: { State: 'associated' as const },
  NetworkBorderGroup: region,
  Ipv6Pool: 'Amazon',
  Ipv6AddressAttribute: 'public' as const,
  IpSource: 'amazon' as const,
});

/** A block in canonical form. @throws InvalidVpc.Range outside /16 … /28 */
function readVpcCidr(text: string): Prefix {
  const prefix = findPrefix(text);
  if (prefix === undefined || prefix.family !== 4) throw errors.notCidr(text, 'cidrBlock');
  if (prefix.length < prefixLengthMin || prefix.length > prefixLengthMax) throw errors.vpcRange(text);
  return prefix;
}

/** Amazon's IPv6 space as it is dealt out here: a /56 for each VPC. Documented blocks of AWS begin with `2600:1f…`. */
function nextIpv6({ state, random }: Ec2Context): string {
  const taken = new Set(state.vpcs.list().flatMap((row) => row.ipv6Cidrs.map(({ cidr }) => cidr)));
  for (;;) {
    const bits = (0x2600_1f00n << 96n) | (BigInt(random.integer(0, 2 ** 24)) << 72n);
    const cidr = `${writeBits6(bits)}/56`;
    if (!taken.has(cidr)) return cidr;
  }
}

/** A VPC with all that AWS makes along with it. */
export function addVpc(
  context: Ec2Context,
  given: { cidr: string; isDefault?: boolean; dnsHostnames?: boolean; tenancy?: VpcRow['tenancy']; ipv6?: boolean },
): VpcRow {
  const { state, ids } = context;
  const vpc: VpcRow = {
    id: ids.resource('vpc'),
    cidrs: [{ id: ids.resource('vpc-cidr-assoc'), cidr: given.cidr }],
    ipv6Cidrs: given.ipv6 === true ? [{ id: ids.resource('vpc-cidr-assoc'), cidr: nextIpv6(context) }] : [],
    dhcpOptionsId: state.homes.find('home')?.dhcpOptionsId ?? 'default',
    tenancy: given.tenancy ?? 'default',
    isDefault: given.isDefault ?? false,
    dnsSupport: true,
    dnsHostnames: given.dnsHostnames ?? false,
    usageMetrics: false,
  };
  state.vpcs.put(vpc);
  state.routeTables.put({
    id: ids.resource('rtb'),
    vpcId: vpc.id,
    associations: [{ id: ids.resource('rtbassoc'), main: true }],
    propagatingGateways: [],
    routes: localRoutes(vpc),
  });
  state.acls.put({
    id: ids.resource('acl'),
    vpcId: vpc.id,
    isDefault: true,
    entries: openEntries(vpc),
    associations: [],
  });
  addGroup(context, vpc.id, 'default', 'default VPC security group');
  return vpc;
}

export const localRoutes = (vpc: VpcRow) => [
  ...vpc.cidrs.map(({ cidr }) => ({ cidr, target: 'local', origin: 'CreateRouteTable' as const })),
  ...vpc.ipv6Cidrs.map(({ cidr }) => ({ ipv6Cidr: cidr, target: 'local', origin: 'CreateRouteTable' as const })),
];

/** The entries of a default network ACL: everything, both ways; IPv6 too when the VPC has it. */
const openEntries = (vpc: VpcRow) =>
  [true, false].flatMap((egress) => [
    { number: 100, egress, allow: true, protocol: '-1', cidr: '0.0.0.0/0' },
    ...(vpc.ipv6Cidrs.length > 0 ? [{ number: 101, egress, allow: true, protocol: '-1', ipv6Cidr: '::/0' }] : []),
  ]);

/**
 * Makes a network of one's own.
 *
 * Limit: a block is /16 to /28; 5 VPCs in a Region.
 * Differs: blocks of an IPAM pool are refused, there is no IPAM.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html
 */
export const CreateVpc: Operation<'CreateVpc'> = (input, context) => {
  if (input.Ipv4IpamPoolId !== undefined || input.Ipv6IpamPoolId !== undefined || input.Ipv6Pool !== undefined) {
    throw errors.unsupported('IP address pools are not available here.');
  }
  if (input.CidrBlock === undefined) throw errors.missingParameter('cidrBlock');
  const cidr = readVpcCidr(input.CidrBlock).text;
  if (context.state.vpcs.size >= context.quotas.of(vpcsMax)) throw errors.vpcLimit();
  const ipv6 = input.AmazonProvidedIpv6CidrBlock === true;
  const row = addVpc(context, { cidr, ipv6, tenancy: input.InstanceTenancy ?? 'default' });
  tagNew(context, kinds.vpc, row.id, input.TagSpecifications);
  // A new VPC shows its empty lists; listings leave them out.
  const shown = showVpc(row, context, 'pending');
  const { Ipv6CidrBlockAssociationSet = [] } = shown;
  return { Vpc: { ...shown, Ipv6CidrBlockAssociationSet, Tags: tagsOf(context, row.id) } };
};

/** True when something lives in the VPC that its owner must remove first. */
function isOccupied({ state, account, region }: Ec2Context, vpcId: string): boolean {
  const side = { prefix: key(account, region, vpcId) };
  const inVpc = { prefix: key(vpcId) };
  const some = (found: object | undefined) => found !== undefined;
  return (
    some(state.subnets.index('vpc').first(inVpc)) ||
    some(state.interfaces.index('vpc').first(inVpc)) ||
    some(state.internetGateways.index('vpc').first(inVpc)) ||
    some(state.egressOnlyGateways.index('vpc').first(inVpc)) ||
    some(state.vpnGateways.index('vpc').first(inVpc)) ||
    some(state.endpoints.index('vpc').first(inVpc)) ||
    state.routeTables
      .index('vpc')
      .list(inVpc)
      .some((row) => !row.associations.some(({ main }) => main)) ||
    state.acls
      .index('vpc')
      .list(inVpc)
      .some((row) => !row.isDefault) ||
    state.groups
      .index('vpc')
      .list(inVpc)
      .some((row) => row.name !== 'default') ||
    [...state.peerings.index('requester').list(side), ...state.peerings.index('accepter').list(side)].some(
      ({ status }) => status === 'active',
    ) ||
    state.transitAttachments
      .index('resource')
      .list(inVpc)
      .some((row) => row.state !== 'deleted')
  );
}

export const DeleteVpc: Operation<'DeleteVpc'> = ({ VpcId }, context) => {
  const { state } = context;
  const row = getVpc(context, VpcId);
  const inVpc = { prefix: key(row.id) };
  if (isOccupied(context, row.id)) throw errors.hasDependencies('vpc', row.id);
  for (const group of state.groups.index('vpc').list(inVpc)) dropGroup(context, group.id);
  for (const acl of state.acls.index('vpc').list(inVpc)) dropWith(context, state.acls, acl.id);
  for (const table of state.routeTables.index('vpc').list(inVpc)) dropWith(context, state.routeTables, table.id);
  dropFlowLogs(context, row.id);
  dropWith(context, state.vpcs, row.id);
  return {};
};

const dropWith = (context: Ec2Context, rows: { delete(id: string): boolean }, id: string): void => {
  rows.delete(id);
  dropTags(context, id);
};

export const DescribeVpcs: Operation<'DescribeVpcs'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.vpcs,
    id: (row) => row.id,
    ids: input.VpcIds,
    kind: kinds.vpc,
    filters: {
      cidr: (row) => row.cidrs[0]?.cidr,
      'cidr-block': (row) => row.cidrs[0]?.cidr,
      cidrBlock: (row) => row.cidrs[0]?.cidr,
      'cidr-block-association.cidr-block': (row) => row.cidrs.map(({ cidr }) => cidr),
      'cidr-block-association.association-id': (row) => row.cidrs.map(({ id }) => id),
      'cidr-block-association.state': () => 'associated',
      'dhcp-options-id': (row) => row.dhcpOptionsId,
      'ipv6-cidr-block-association.ipv6-cidr-block': (row) => row.ipv6Cidrs.map(({ cidr }) => cidr),
      'ipv6-cidr-block-association.association-id': (row) => row.ipv6Cidrs.map(({ id }) => id),
      'ipv6-cidr-block-association.ipv6-pool': (row) => row.ipv6Cidrs.map(() => 'Amazon'),
      'ipv6-cidr-block-association.state': (row) => row.ipv6Cidrs.map(() => 'associated'),
      'is-default': (row) => row.isDefault,
      isDefault: (row) => row.isDefault,
      'owner-id': () => context.account,
      state: () => 'available',
      'vpc-id': (row) => row.id,
    },
  });
  return { Vpcs: rows.map((row) => showVpc(row, context)), NextToken };
};

export const DescribeVpcAttribute: Operation<'DescribeVpcAttribute'> = ({ VpcId, Attribute }, context) => {
  const row = getVpc(context, VpcId);
  const answer = { VpcId: row.id };
  if (Attribute === 'enableDnsSupport') return { ...answer, EnableDnsSupport: { Value: row.dnsSupport } };
  if (Attribute === 'enableDnsHostnames') return { ...answer, EnableDnsHostnames: { Value: row.dnsHostnames } };
  return { ...answer, EnableNetworkAddressUsageMetrics: { Value: row.usageMetrics } };
};

/** Sets one attribute. Limit: one at a time. */
export const ModifyVpcAttribute: Operation<'ModifyVpcAttribute'> = (input, context) => {
  const row = getVpc(context, input.VpcId);
  const { EnableDnsSupport: support, EnableDnsHostnames: names, EnableNetworkAddressUsageMetrics: metrics } = input;
  checkOneAttribute([support?.Value, names?.Value, metrics?.Value]);
  context.state.vpcs.put({
    ...row,
    dnsSupport: support?.Value ?? row.dnsSupport,
    dnsHostnames: names?.Value ?? row.dnsHostnames,
    usageMetrics: metrics?.Value ?? row.usageMetrics,
  });
  return {};
};

/** Moves a VPC from dedicated to default tenancy; the other way is not possible. */
export const ModifyVpcTenancy: Operation<'ModifyVpcTenancy'> = ({ VpcId, InstanceTenancy }, context) => {
  const row = getVpc(context, VpcId);
  if (InstanceTenancy !== 'default')
    throw errors.valueOf(InstanceTenancy, 'instanceTenancy', 'Only default is possible.');
  context.state.vpcs.put({ ...row, tenancy: 'default' });
  return { ReturnValue: true };
};

/** Gives the tables and the default network ACL of a VPC what its new blocks need. */
function spread({ state }: Ec2Context, vpc: VpcRow): void {
  for (const row of state.routeTables.index('vpc').list({ prefix: key(vpc.id) })) {
    const others = row.routes.filter((route) => route.origin !== 'CreateRouteTable');
    state.routeTables.put({ ...row, routes: [...localRoutes(vpc), ...others] });
  }
}

/** Adds an IPv4 block, or an IPv6 block of Amazon's. Limit: 5 IPv4 blocks in all, which may not overlap. */
export const AssociateVpcCidrBlock: Operation<'AssociateVpcCidrBlock'> = (input, context) => {
  const { state, ids } = context;
  const row = getVpc(context, input.VpcId);
  if (input.AmazonProvidedIpv6CidrBlock === true) {
    const block = { id: ids.resource('vpc-cidr-assoc'), cidr: nextIpv6(context) };
    const vpc = { ...row, ipv6Cidrs: [...row.ipv6Cidrs, block] };
    state.vpcs.put(vpc);
    spread(context, vpc);
    const shown = { ...showIpv6(block, context), Ipv6CidrBlockState: { State: 'associating' as const } };
    return { VpcId: row.id, Ipv6CidrBlockAssociation: shown };
  }
  if (input.CidrBlock === undefined) throw errors.missingParameter('cidrBlock');
  const prefix = readVpcCidr(input.CidrBlock);
  if (row.cidrs.some(({ cidr }) => overlap(readPrefix(cidr), prefix))) throw errors.cidrConflict(prefix.text);
  if (row.cidrs.length >= context.quotas.of(cidrsMax))
    throw errors.other('CidrBlockLimitExceeded', 'The maximum number of CIDR blocks has been reached.');
  const block = { id: ids.resource('vpc-cidr-assoc'), cidr: prefix.text };
  const vpc = { ...row, cidrs: [...row.cidrs, block] };
  state.vpcs.put(vpc);
  spread(context, vpc);
  const CidrBlockAssociation = {
    AssociationId: block.id,
    CidrBlock: block.cidr,
    CidrBlockState: { State: 'associating' as const },
  };
  return { VpcId: row.id, CidrBlockAssociation };
};

/** Takes a block away. The primary one stays, and one with a subnet in it. */
export const DisassociateVpcCidrBlock: Operation<'DisassociateVpcCidrBlock'> = ({ AssociationId }, context) => {
  const { state } = context;
  const row = state.vpcs.list().find((vpc) => [...vpc.cidrs, ...vpc.ipv6Cidrs].some(({ id }) => id === AssociationId));
  if (row === undefined) throw errors.cidrAssociation(AssociationId);
  const block = [...row.cidrs, ...row.ipv6Cidrs].find(({ id }) => id === AssociationId) as { id: string; cidr: string };
  if (row.cidrs[0]?.id === AssociationId) {
    throw errors.operationNotPermitted(
      `The vpc CIDR block with association ID ${AssociationId} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`,
    );
  }
  const inside = (cidr: string | undefined) => cidr !== undefined && contains(readPrefix(block.cidr), readPrefix(cidr));
  const subnets = state.subnets.index('vpc').list({ prefix: key(row.id) });
  if (subnets.some((subnet) => inside(subnet.cidr) || subnet.ipv6Cidrs.some(({ cidr }) => inside(cidr)))) {
    throw errors.other('InvalidCidrBlock.InUse', `The vpc CIDR block with association ID ${AssociationId} is in use.`);
  }
  const without = <Item extends { id: string }>(items: readonly Item[]) =>
    items.filter(({ id }) => id !== AssociationId);
  const vpc = { ...row, cidrs: without(row.cidrs), ipv6Cidrs: without(row.ipv6Cidrs) };
  state.vpcs.put(vpc);
  spread(context, vpc);
  if (block.cidr.includes(':')) {
    const shown = { ...showIpv6(block, context), Ipv6CidrBlockState: { State: 'disassociating' as const } };
    return { VpcId: row.id, Ipv6CidrBlockAssociation: shown };
  }
  const CidrBlockAssociation = {
    AssociationId: block.id,
    CidrBlock: block.cidr,
    CidrBlockState: { State: 'disassociating' as const },
  };
  return { VpcId: row.id, CidrBlockAssociation };
};
