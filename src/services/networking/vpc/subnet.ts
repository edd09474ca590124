// Subnets: a block of the VPC in one zone.
import type { Subnet } from '@aws-sdk/client-ec2';
import { contains, findPrefix, overlap, type Prefix, readPrefix, size4 } from '../../../network/address.ts';
import { dropFlowLogs } from './flow-log.ts';
import { blockModeOf } from './public-access-mode.ts';
import { key } from '../../../kernel/key.ts';
import { type Zone, zonesOf } from '../../../kernel/region.ts';
import { checkOneAttribute } from '../../compute/ec2/attribute.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import { arnOf, type Ec2Context, type Input, type Operation } from '../../compute/ec2/operation.ts';
import { anyTagsOf, dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { prefixLengthMax, prefixLengthMin, reservedFirst, reservedLast, subnetsMax } from './limits.ts';
import type { CidrAssociation, CidrReservationRow, SubnetRow, VpcRow } from './state.ts';

export const getSubnet = ({ state }: Ec2Context, id: string): SubnetRow => get(state.subnets, kinds.subnet, id);

export const reservationsOf = ({ state }: Ec2Context, subnetId: string): CidrReservationRow[] =>
  state.cidrReservations.index('subnet').list({ prefix: key(subnetId) });

/** Ranges of a family that are reserved, and those of them that are for delegated prefixes. */
export function reservedRanges(
  context: Ec2Context,
  subnetId: string,
  family: 4 | 6,
): { readonly all: readonly Prefix[]; readonly forPrefixes: readonly Prefix[] } {
  const ranges = reservationsOf(context, subnetId)
    .map(({ cidr, type }) => ({ range: readPrefix(cidr), type }))
    .filter(({ range }) => range.family === family);
  return {
    all: ranges.map(({ range }) => range),
    forPrefixes: ranges.flatMap(({ range, type }) => (type === 'prefix' ? [range] : [])),
  };
}

function dropReservations(context: Ec2Context, subnetId: string): void {
  for (const { id } of reservationsOf(context, subnetId)) {
    context.state.cidrReservations.delete(id);
    dropTags(context, id);
  }
}

/** Addresses that nobody has and nothing is reserved for. */
export const freeAddresses = (row: SubnetRow): number =>
  row.cidr === undefined ? 0 : size4(readPrefix(row.cidr)) - reservedFirst - reservedLast - row.used;

export function showSubnet(row: SubnetRow, context: Ec2Context): Subnet {
  return {
    SubnetId: row.id,
    SubnetArn: arnOf(context, 'subnet', row.id),
    VpcId: row.vpcId,
    OwnerId: context.account,
    State: 'available',
    AvailabilityZone: row.zone,
    AvailabilityZoneId: row.zoneId,
    CidrBlock: row.cidr,
    AvailableIpAddressCount: freeAddresses(row),
    DefaultForAz: row.defaultForAz,
    MapPublicIpOnLaunch: row.mapPublicIp,
    MapCustomerOwnedIpOnLaunch: false,
    AssignIpv6AddressOnCreation: row.assignIpv6,
    Ipv6CidrBlockAssociationSet: row.ipv6Cidrs.map(showIpv6),
    Ipv6Native: row.cidr === undefined,
    EnableDns64: row.dns64,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: row.hostnameType,
      EnableResourceNameDnsARecord: row.nameDnsA,
      EnableResourceNameDnsAAAARecord: row.nameDnsAaaa,
    },
    BlockPublicAccessStates: { InternetGatewayBlockMode: blockModeOf(context.state, row.id, row.vpcId) },
    Tags: anyTagsOf(context, row.id),
  };
}

const showIpv6 = (block: CidrAssociation) => ({
  AssociationId: block.id,
  Ipv6CidrBlock: block.cidr,
  Ipv6CidrBlockState: { State: 'associated' as const },
  Ipv6AddressAttribute: 'public' as const,
  IpSource: 'amazon' as const,
});

export function addSubnet(
  { state, ids }: Ec2Context,
  vpc: VpcRow,
  zone: Zone,
  given: { cidr?: string | undefined; ipv6Cidr?: string | undefined; defaultForAz?: boolean; mapPublicIp?: boolean },
): SubnetRow {
  const row: SubnetRow = {
    id: ids.resource('subnet'),
    vpcId: vpc.id,
    zone: zone.name,
    zoneId: zone.id,
    cidr: given.cidr,
    ipv6Cidrs: given.ipv6Cidr === undefined ? [] : [{ id: ids.resource('subnet-cidr-assoc'), cidr: given.ipv6Cidr }],
    defaultForAz: given.defaultForAz ?? false,
    mapPublicIp: given.mapPublicIp ?? false,
    assignIpv6: given.cidr === undefined,
    dns64: false,
    hostnameType: given.cidr === undefined ? 'resource-name' : 'ip-name',
    nameDnsA: false,
    nameDnsAaaa: false,
    used: 0,
  };
  state.subnets.put(row);
  joinDefaultAcl(state, row);
  return row;
}

/** A new subnet starts with the VPC's default network ACL. */
function joinDefaultAcl(state: Ec2Context['state'], { id, vpcId }: SubnetRow): void {
  const acl = state.acls
    .index('vpc')
    .list({ prefix: key(vpcId) })
    .find((row) => row.isDefault);
  if (acl === undefined) return;
  const association = { id: `aclassoc-${id.slice('subnet-'.length)}`, subnetId: id };
  state.acls.put({ ...acl, associations: [...acl.associations, association] });
}

/** The zone that a request names, or one by chance. */
function zoneFor(context: Ec2Context, { AvailabilityZone, AvailabilityZoneId }: Input<'CreateSubnet'>): Zone {
  const zones = zonesOf(context.region, context.account);
  const names = zones.filter(({ kind }) => kind === 'availability-zone');
  if (AvailabilityZone === undefined && AvailabilityZoneId === undefined) return context.random.pick(names);
  const found = zones.find(({ name, id }) => name === AvailabilityZone || id === AvailabilityZoneId);
  if (found !== undefined) return found;
  const [value, parameter] =
    AvailabilityZone === undefined
      ? [AvailabilityZoneId, 'availabilityZoneId']
      : [AvailabilityZone, 'availabilityZone'];
  const possible = names.map((zone) => (AvailabilityZone === undefined ? zone.id : zone.name)).join(', ');
  const why = `Subnets can currently only be created in the following availability zones: ${possible}.`;
  throw errors.valueOf(value, parameter, why);
}

/** A block that lies in the VPC and overlaps no sibling, in canonical form. */
function readSubnetCidr(context: Ec2Context, vpc: VpcRow, text: string): Prefix {
  const prefix = findPrefix(text);
  if (prefix === undefined || prefix.family !== 4) throw errors.notCidr(text, 'cidrBlock');
  const inVpc = vpc.cidrs.some(({ cidr }) => contains(readPrefix(cidr), prefix));
  if (prefix.length < prefixLengthMin || prefix.length > prefixLengthMax || !inVpc) throw errors.subnetRange(text);
  const siblings = context.state.subnets.index('vpc').list({ prefix: key(vpc.id) });
  if (siblings.some(({ cidr }) => cidr !== undefined && overlap(readPrefix(cidr), prefix))) {
    throw errors.subnetConflict(text);
  }
  return prefix;
}

/** Limit: an IPv6 block of a subnet is /44 to /64 in steps of four, and lies in the VPC's. */
function readSubnetIpv6(context: Ec2Context, vpc: VpcRow, text: string): Prefix {
  const prefix = findPrefix(text);
  if (prefix === undefined || prefix.family !== 6) throw errors.notCidr(text, 'ipv6CidrBlock');
  const inVpc = vpc.ipv6Cidrs.some(({ cidr }) => contains(readPrefix(cidr), prefix));
  if (prefix.length < 44 || prefix.length > 64 || prefix.length % 4 !== 0 || !inVpc) throw errors.subnetRange(text);
  const siblings = context.state.subnets.index('vpc').list({ prefix: key(vpc.id) });
  if (siblings.some((row) => row.ipv6Cidrs.some(({ cidr }) => overlap(readPrefix(cidr), prefix)))) {
    throw errors.subnetConflict(text);
  }
  return prefix;
}

/**
 * Makes a subnet in one zone, for good.
 *
 * Limit: /16 to /28 within the VPC, 200 subnets in a VPC.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html
 */
export const CreateSubnet: Operation<'CreateSubnet'> = (input, context) => {
  const vpc = get(context.state.vpcs, kinds.vpc, input.VpcId);
  if (input.OutpostArn !== undefined || input.Ipv4IpamPoolId !== undefined || input.Ipv6IpamPoolId !== undefined) {
    throw errors.unsupported('Outposts and IP address pools are not available here.');
  }
  if (input.CidrBlock === undefined && input.Ipv6Native !== true) throw errors.missingParameter('cidrBlock');
  const zone = zoneFor(context, input);
  const cidr = input.CidrBlock === undefined ? undefined : readSubnetCidr(context, vpc, input.CidrBlock).text;
  const ipv6Cidr =
    input.Ipv6CidrBlock === undefined ? undefined : readSubnetIpv6(context, vpc, input.Ipv6CidrBlock).text;
  const siblings = context.state.subnets.index('vpc').list({ prefix: key(vpc.id) });
  if (siblings.length >= context.quotas.of(subnetsMax)) throw errors.subnetLimit();
  const row = addSubnet(context, vpc, zone, { cidr, ipv6Cidr });
  tagNew(context, kinds.subnet, row.id, input.TagSpecifications);
  return { Subnet: { ...showSubnet(row, context), Tags: tagsOf(context, row.id) } };
};

export const DeleteSubnet: Operation<'DeleteSubnet'> = ({ SubnetId }, context) => {
  const { state } = context;
  const row = getSubnet(context, SubnetId);
  if (state.interfaces.index('subnet').first({ prefix: key(row.id) }) !== undefined) {
    throw errors.hasDependencies('subnet', row.id);
  }
  for (const acl of state.acls.index('vpc').list({ prefix: key(row.vpcId) })) {
    const left = acl.associations.filter(({ subnetId }) => subnetId !== row.id);
    if (left.length < acl.associations.length) state.acls.put({ ...acl, associations: left });
  }
  for (const table of state.routeTables.index('vpc').list({ prefix: key(row.vpcId) })) {
    const left = table.associations.filter(({ subnetId }) => subnetId !== row.id);
    if (left.length < table.associations.length) state.routeTables.put({ ...table, associations: left });
  }
  dropReservations(context, row.id);
  state.subnets.delete(row.id);
  dropFlowLogs(context, row.id);
  dropTags(context, row.id);
  return {};
};

export const DescribeSubnets: Operation<'DescribeSubnets'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.subnets,
    id: (row) => row.id,
    ids: input.SubnetIds,
    kind: kinds.subnet,
    filters: {
      'availability-zone': (row) => row.zone,
      availabilityZone: (row) => row.zone,
      'availability-zone-id': (row) => row.zoneId,
      availabilityZoneId: (row) => row.zoneId,
      'available-ip-address-count': freeAddresses,
      cidr: (row) => row.cidr,
      'cidr-block': (row) => row.cidr,
      cidrBlock: (row) => row.cidr,
      'customer-owned-ipv4-pool': () => undefined,
      'default-for-az': (row) => row.defaultForAz,
      defaultForAz: (row) => row.defaultForAz,
      'enable-dns64': (row) => row.dns64,
      'enable-lni-at-device-index': () => undefined,
      'ipv6-cidr-block-association.ipv6-cidr-block': (row) => row.ipv6Cidrs.map(({ cidr }) => cidr),
      'ipv6-cidr-block-association.association-id': (row) => row.ipv6Cidrs.map(({ id }) => id),
      'ipv6-cidr-block-association.state': (row) => row.ipv6Cidrs.map(() => 'associated'),
      'ipv6-native': (row) => row.cidr === undefined,
      'map-customer-owned-ip-on-launch': () => false,
      'map-public-ip-on-launch': (row) => row.mapPublicIp,
      'outpost-arn': () => undefined,
      'owner-id': () => context.account,
      'private-dns-name-options-on-launch.enable-resource-name-dns-a-record': (row) => row.nameDnsA,
      'private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record': (row) => row.nameDnsAaaa,
      'private-dns-name-options-on-launch.hostname-type': (row) => row.hostnameType,
      state: () => 'available',
      'subnet-arn': (row) => arnOf(context, 'subnet', row.id),
      'subnet-id': (row) => row.id,
      'vpc-id': (row) => row.vpcId,
    },
  });
  return { Subnets: rows.map((row) => showSubnet(row, context)), NextToken };
};

/** Sets one attribute of a subnet. Limit: one at a time. */
export const ModifySubnetAttribute: Operation<'ModifySubnetAttribute'> = (input, context) => {
  const row = getSubnet(context, input.SubnetId);
  const { SubnetId: _subnet, ...attributes } = input;
  checkOneAttribute(Object.values(attributes));
  if (input.AssignIpv6AddressOnCreation?.Value === true && row.ipv6Cidrs.length === 0) {
    throw errors.invalidValue(
      `Invalid value 'true' for assignIpv6AddressOnCreation. Subnet must have at least one IPv6 CIDR block.`,
    );
  }
  context.state.subnets.put({
    ...row,
    mapPublicIp: input.MapPublicIpOnLaunch?.Value ?? row.mapPublicIp,
    assignIpv6: input.AssignIpv6AddressOnCreation?.Value ?? row.assignIpv6,
    dns64: input.EnableDns64?.Value ?? row.dns64,
    hostnameType: input.PrivateDnsHostnameTypeOnLaunch ?? row.hostnameType,
    nameDnsA: input.EnableResourceNameDnsARecordOnLaunch?.Value ?? row.nameDnsA,
    nameDnsAaaa: input.EnableResourceNameDnsAAAARecordOnLaunch?.Value ?? row.nameDnsAaaa,
  });
  return {};
};

export const AssociateSubnetCidrBlock: Operation<'AssociateSubnetCidrBlock'> = (input, context) => {
  const { state, ids } = context;
  const row = getSubnet(context, input.SubnetId);
  if (input.Ipv6CidrBlock === undefined) throw errors.missingParameter('ipv6CidrBlock');
  const prefix = readSubnetIpv6(context, get(state.vpcs, kinds.vpc, row.vpcId), input.Ipv6CidrBlock);
  const block = { id: ids.resource('subnet-cidr-assoc'), cidr: prefix.text };
  state.subnets.put({ ...row, ipv6Cidrs: [...row.ipv6Cidrs, block] });
  const shown = { ...showIpv6(block), Ipv6CidrBlockState: { State: 'associating' as const } };
  return { SubnetId: row.id, Ipv6CidrBlockAssociation: shown };
};

export const DisassociateSubnetCidrBlock: Operation<'DisassociateSubnetCidrBlock'> = ({ AssociationId }, context) => {
  const { state } = context;
  const row = state.subnets.list().find((subnet) => subnet.ipv6Cidrs.some(({ id }) => id === AssociationId));
  const block = row?.ipv6Cidrs.find(({ id }) => id === AssociationId);
  if (row === undefined || block === undefined) {
    throw errors.other(
      'InvalidSubnetCidrBlockAssociationID.NotFound',
      `The subnet CIDR block association ID '${AssociationId}' does not exist`,
    );
  }
  const nics = state.interfaces.index('subnet').list({ prefix: key(row.id) });
  const inside = readPrefix(block.cidr);
  if (nics.some((nic) => nic.ipv6.some((ip) => contains(inside, readPrefix(`${ip}/128`))))) {
    throw errors.other(
      'InvalidCidrBlock.InUse',
      `The subnet CIDR block with association ID ${AssociationId} is in use.`,
    );
  }
  state.subnets.put({ ...row, ipv6Cidrs: row.ipv6Cidrs.filter(({ id }) => id !== AssociationId) });
  const shown = { ...showIpv6(block), Ipv6CidrBlockState: { State: 'disassociating' as const } };
  return { SubnetId: row.id, Ipv6CidrBlockAssociation: shown };
};
