// Network interfaces: an address in a subnet, filters on it, and what is behind it.
import type { NetworkInterface } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Input, Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { dropFlowLogs } from './flow-log.ts';
import { groupsPerInterfaceMax } from './limits.ts';
import { privateName, publicName } from './name.ts';
import { isRequester, madeByService } from './requester.ts';
import { getGroup } from './security-group.ts';
import type { AddressRow, InterfaceAddress, InterfaceRow, SubnetRow } from './state.ts';
import { getSubnet } from './subnet.ts';
import { readPrefixes, releasePrefix4, takePrefixes, type WantedPrefixes } from './prefix-delegation.ts';
import { releaseAddress, takeAddress, takeIpv6 } from './subnet-address.ts';

export const getInterface = ({ state }: Ec2Context, id: string): InterfaceRow =>
  get(state.interfaces, kinds.networkInterface, id);

/** The groups that an interface gets: those named, of its VPC, or the VPC's default group. */
export function groupsFor(context: Ec2Context, vpcId: string, ids: readonly string[] | undefined): string[] {
  if (ids === undefined || ids.length === 0) {
    const found = context.state.groups.index('name').first({ prefix: key(vpcId, 'default') });
    return found === undefined ? [] : [found.id];
  }
  const unique = [...new Set(ids)];
  if (unique.length > context.quotas.of(groupsPerInterfaceMax)) throw errors.groupsPerInterface();
  for (const id of unique) {
    if (getGroup(context, id).vpcId === vpcId || context.state.groupAssociations.has(key(id, vpcId))) continue;
    throw errors.other('InvalidGroup.NotFound', `You have specified two resources that belong to different networks.`);
  }
  return unique;
}

/** Only services make interfaces of these types. */
const nodeTypes: readonly (string | undefined)[] = ['network_load_balancer', 'gateway_load_balancer'];

/** A node that passes on what is for others: of a network or gateway load balancer. */
const passesOn = ({ InterfaceType: type }: Input<'CreateNetworkInterface'>, { caller }: Ec2Context): boolean =>
  caller.kind === 'service' && nodeTypes.includes(type);

export interface NewInterface {
  readonly description?: string | undefined;
  readonly type?: string | undefined;
  readonly groupIds?: readonly string[] | undefined;
  /** The first one is the primary; empty: one by chance. */
  readonly ips?: readonly string[] | undefined;
  /** Further addresses, by chance. */
  readonly more?: number | undefined;
  readonly ipv6?: readonly string[] | undefined;
  readonly ipv6Count?: number | undefined;
  readonly prefixes?: WantedPrefixes | undefined;
  readonly sourceDestCheck?: boolean | undefined;
  readonly withoutGroups?: boolean | undefined;
  readonly requester?: InterfaceRow['requester'];
  readonly owner?: InterfaceRow['owner'];
  readonly attachment?: InterfaceRow['attachment'];
  readonly tracking?: InterfaceRow['tracking'];
}

/** Makes an interface in a subnet; it takes its addresses at once. */
export function addInterface(context: Ec2Context, subnet: SubnetRow, given: NewInterface): InterfaceRow {
  const { state, ids } = context;
  const id = ids.resource('eni');
  const groupIds = given.withoutGroups === true ? [] : groupsFor(context, subnet.vpcId, given.groupIds);
  const named = given.ips ?? [];
  const wanted = [
    ...(named.length > 0 ? named : [undefined]),
    ...Array.from({ length: given.more ?? 0 }, () => undefined),
  ];
  const ips = subnet.cidr === undefined ? [] : wanted.map((ip) => takeAddress(context, subnet.id, id, ip));
  const row: InterfaceRow = {
    id,
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    zone: subnet.zone,
    zoneId: subnet.zoneId,
    description: given.description ?? '',
    type: given.type ?? 'interface',
    addresses: ips.map((ip, at) => ({ ip, primary: at === 0 })),
    ipv6: takeIpv6s(context, subnet, given),
    ...takePrefixes(context, subnet.id, id, given.prefixes),
    groupIds,
    macAddress: macOf(context),
    sourceDestCheck: given.sourceDestCheck ?? true,
    requester: given.requester,
    owner: given.owner,
    attachment: given.attachment,
    tracking: given.tracking,
  };
  state.interfaces.put(row);
  return row;
}

function takeIpv6s(context: Ec2Context, subnet: SubnetRow, given: NewInterface): string[] {
  const named = (given.ipv6 ?? []).map((ip) => takeIpv6(context, subnet.id, ip));
  const count = given.ipv6Count ?? (subnet.assignIpv6 && subnet.ipv6Cidrs.length > 0 && named.length === 0 ? 1 : 0);
  return [...named, ...Array.from({ length: count }, () => takeIpv6(context, subnet.id))];
}

/** Locally administered, as AWS's are. */
const macOf = ({ random }: Ec2Context): string => `02:${Array.from({ length: 5 }, () => random.hex(2)).join(':')}`;

/** Removes an interface, gives back its addresses, frees its Elastic addresses. */
export function dropInterface(context: Ec2Context, row: InterfaceRow): void {
  const { state } = context;
  for (const { ip } of row.addresses) releaseAddress(context, row.subnetId, ip);
  for (const prefix of row.ipv4Prefixes) releasePrefix4(context, row.subnetId, prefix);
  for (const { association: _gone, ...address } of elasticOf(context, row.id)) state.addresses.put(address);
  state.interfaces.delete(row.id);
  dropFlowLogs(context, row.id);
  dropTags(context, row.id);
}

export const elasticOf = ({ state }: Pick<Ec2Context, 'state'>, interfaceId: string): AddressRow[] =>
  state.addresses.index('interface').list({ prefix: key(interfaceId) });

/** The public address that stands for a private one, Elastic or assigned. */
function publicOf(context: Ec2Context, row: InterfaceRow, address: InterfaceAddress): NetworkInterface['Association'] {
  const elastic = elasticOf(context, row.id).find(({ association }) => association?.privateIp === address.ip);
  const ip = elastic?.ip ?? address.publicIp;
  if (ip === undefined) return undefined;
  return {
    PublicIp: ip,
    PublicDnsName: publicName(context, row.vpcId, ip),
    IpOwnerId: elastic === undefined ? 'amazon' : context.account,
    AllocationId: elastic?.id,
    AssociationId: elastic?.association?.id,
  };
}

export function showInterface(row: InterfaceRow, context: Ec2Context): NetworkInterface {
  const { state, account } = context;
  const primary = row.addresses[0];
  const association = primary === undefined ? undefined : publicOf(context, row, primary);
  const dns = primary === undefined ? undefined : privateName(context, row.vpcId, primary.ip);
  return {
    NetworkInterfaceId: row.id,
    VpcId: row.vpcId,
    SubnetId: row.subnetId,
    AvailabilityZone: row.zone,
    AvailabilityZoneId: row.zoneId,
    OwnerId: account,
    Description: row.description,
    InterfaceType: row.type as 'interface',
    MacAddress: row.macAddress,
    SourceDestCheck: row.sourceDestCheck,
    Status: row.attachment === undefined ? 'available' : 'in-use',
    RequesterId: row.requester?.id,
    RequesterManaged: row.requester?.managed ?? false,
    PrivateIpAddress: primary?.ip,
    PrivateDnsName: dns,
    PrivateIpAddresses: row.addresses.map((address) => ({
      Primary: address.primary,
      PrivateIpAddress: address.ip,
      PrivateDnsName: privateName(context, row.vpcId, address.ip),
      Association: publicOf(context, row, address),
    })),
    Ipv6Addresses: row.ipv6.map((ip) => ({ Ipv6Address: ip, IsPrimaryIpv6: false })),
    Ipv6Address: row.ipv6[0],
    ...showPrefixes(row),
    Association: association,
    PublicDnsName: association?.PublicDnsName,
    Groups: row.groupIds.map((id) => ({ GroupId: id, GroupName: state.groups.find(id)?.name })),
    Attachment: showAttachment(row),
    ConnectionTrackingConfiguration: showTracking(row),
    TagSet: tagsOf(context, row.id),
  };
}

/** Delegated prefixes; members that are not there when none are. */
export const showPrefixes = ({ ipv4Prefixes, ipv6Prefixes = [] }: InterfaceRow) => ({
  Ipv4Prefixes: ipv4Prefixes.length === 0 ? undefined : ipv4Prefixes.map((Ipv4Prefix) => ({ Ipv4Prefix })),
  Ipv6Prefixes: ipv6Prefixes.length === 0 ? undefined : ipv6Prefixes.map((Ipv6Prefix) => ({ Ipv6Prefix })),
});

function showAttachment({ attachment }: InterfaceRow): NetworkInterface['Attachment'] {
  if (attachment === undefined) return undefined;
  return {
    AttachmentId: attachment.id,
    AttachTime: toDate(attachment.attachedAt),
    DeleteOnTermination: attachment.deleteOnTermination,
    DeviceIndex: attachment.deviceIndex,
    NetworkCardIndex: attachment.networkCardIndex,
    InstanceId: attachment.instanceId,
    InstanceOwnerId: attachment.instanceOwnerId,
    Status: 'attached',
  };
}

const showTracking = ({ tracking }: InterfaceRow): NetworkInterface['ConnectionTrackingConfiguration'] =>
  tracking === undefined
    ? undefined
    : {
        TcpEstablishedTimeout: tracking.tcpEstablishedSeconds,
        UdpTimeout: tracking.udpSeconds,
        UdpStreamTimeout: tracking.udpStreamSeconds,
      };

export function readTracking(
  given: Input<'CreateNetworkInterface'>['ConnectionTrackingSpecification'],
): InterfaceRow['tracking'] {
  if (given === undefined) return undefined;
  const within = (name: string, value: number | undefined, least: number, most: number) => {
    if (value !== undefined && (value < least || value > most)) {
      throw errors.valueOf(value, name, `It must be between ${least} and ${most} seconds.`);
    }
    return value;
  };
  return {
    tcpEstablishedSeconds: within('TcpEstablishedTimeout', given.TcpEstablishedTimeout, 60, 432_000),
    udpSeconds: within('UdpTimeout', given.UdpTimeout, 30, 60),
    udpStreamSeconds: within('UdpStreamTimeout', given.UdpStreamTimeout, 60, 180),
  };
}

/**
 * Makes an interface.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInterface.html
 */
export const CreateNetworkInterface: Operation<'CreateNetworkInterface'> = (input, context) => {
  const subnet = getSubnet(context, input.SubnetId);
  const listed = [...(input.PrivateIpAddresses ?? [])].sort(
    (a, b) => Number(b.Primary ?? false) - Number(a.Primary ?? false),
  );
  if (listed.filter(({ Primary }) => Primary).length + (input.PrivateIpAddress === undefined ? 0 : 1) > 1)
    throw errors.combination('Only one private IP address can be primary.');
  const ips = [
    ...(input.PrivateIpAddress === undefined ? [] : [input.PrivateIpAddress]),
    ...listed.flatMap((one) => one.PrivateIpAddress ?? []),
  ];
  const row = addInterface(context, subnet, {
    description: input.Description,
    groupIds: input.Groups,
    // Made without groups, it filters nothing; the addresses of clients, which it may keep, are not its own.
    withoutGroups: passesOn(input, context) && (input.Groups ?? []).length === 0,
    sourceDestCheck: !passesOn(input, context),
    ips,
    more: input.SecondaryPrivateIpAddressCount,
    ipv6: input.Ipv6Addresses?.flatMap((one) => one.Ipv6Address ?? []),
    ipv6Count: input.Ipv6AddressCount,
    prefixes: readPrefixes(input),
    tracking: readTracking(input.ConnectionTrackingSpecification),
    type: input.InterfaceType,
    ...madeByService(context, input.Description),
  });
  tagNew(context, kinds.networkInterface, row.id, input.TagSpecifications);
  return { NetworkInterface: showInterface(row, context), ClientToken: input.ClientToken };
};

export const DeleteNetworkInterface: Operation<'DeleteNetworkInterface'> = ({ NetworkInterfaceId }, context) => {
  const row = getInterface(context, NetworkInterfaceId);
  if (isRequester(context, row)) {
    dropInterface(context, row);
    return {};
  }
  if (row.requester?.managed === true) {
    throw errors.operationNotPermitted(`You are not allowed to manage '${row.id}' attachments.`);
  }
  if (row.attachment !== undefined) throw errors.invalidValue(`Network interface '${row.id}' is currently in use.`);
  dropInterface(context, row);
  return {};
};

export const DescribeNetworkInterfaces: Operation<'DescribeNetworkInterfaces'> = (input, context) => {
  const shown = (row: InterfaceRow) => showInterface(row, context);
  const { rows, NextToken } = list(input, context, {
    rows: context.state.interfaces,
    id: (row) => row.id,
    ids: input.NetworkInterfaceIds,
    kind: kinds.networkInterface,
    filters: {
      'addresses.association.owner-id': (row) =>
        shown(row).PrivateIpAddresses?.map((one) => one.Association?.IpOwnerId),
      'addresses.association.public-ip': (row) =>
        shown(row).PrivateIpAddresses?.map((one) => one.Association?.PublicIp),
      'addresses.primary': (row) => row.addresses.map(({ primary }) => primary),
      'addresses.private-ip-address': (row) => row.addresses.map(({ ip }) => ip),
      'association.allocation-id': (row) => shown(row).Association?.AllocationId,
      'association.association-id': (row) => shown(row).Association?.AssociationId,
      'association.ip-owner-id': (row) => shown(row).Association?.IpOwnerId,
      'association.public-ip': (row) => shown(row).Association?.PublicIp,
      'association.public-dns-name': (row) => shown(row).Association?.PublicDnsName,
      'attachment.attach-time': (row) => shown(row).Attachment?.AttachTime?.toISOString(),
      'attachment.attachment-id': (row) => row.attachment?.id,
      'attachment.delete-on-termination': (row) => row.attachment?.deleteOnTermination,
      'attachment.device-index': (row) => row.attachment?.deviceIndex,
      'attachment.instance-id': (row) => row.attachment?.instanceId,
      'attachment.instance-owner-id': (row) => row.attachment?.instanceOwnerId,
      'attachment.status': (row) => (row.attachment === undefined ? undefined : 'attached'),
      'availability-zone': (row) => row.zone,
      'availability-zone-id': (row) => row.zoneId,
      description: (row) => row.description,
      'group-id': (row) => row.groupIds,
      'group-name': (row) => row.groupIds.map((id) => context.state.groups.find(id)?.name),
      'interface-type': (row) => row.type,
      'ipv6-addresses.ipv6-address': (row) => row.ipv6,
      'ipv4-prefixes.ipv4-prefix': (row) => row.ipv4Prefixes,
      'ipv6-prefixes.ipv6-prefix': (row) => row.ipv6Prefixes ?? [],
      'mac-address': (row) => row.macAddress,
      'network-interface-id': (row) => row.id,
      'operator.managed': () => false,
      'operator.principal': () => undefined,
      'owner-id': () => context.account,
      'private-dns-name': (row) => shown(row).PrivateDnsName,
      'private-ip-address': (row) => row.addresses[0]?.ip,
      'requester-id': (row) => row.requester?.id,
      'requester-managed': (row) => row.requester?.managed ?? false,
      'source-dest-check': (row) => row.sourceDestCheck,
      status: (row) => (row.attachment === undefined ? 'available' : 'in-use'),
      'subnet-id': (row) => row.subnetId,
      'vpc-id': (row) => row.vpcId,
    },
  });
  return { NetworkInterfaces: rows.map(shown), NextToken };
};
