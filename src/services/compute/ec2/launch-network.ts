// Where a launch puts its instances, and which interfaces they get.
import type { InstanceNetworkInterfaceSpecification } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { type Zone, zonesOf } from '../../../kernel/region.ts';
import { addInterface, getInterface, groupsFor, readTracking } from '../../networking/vpc/network-interface.ts';
import { addressesPerPrefix, readPrefixes } from '../../networking/vpc/prefix-delegation.ts';
import { pickPublicIp } from '../../networking/vpc/elastic-address.ts';
import { getGroup } from '../../networking/vpc/security-group.ts';
import type { InterfaceRow, SubnetRow } from '../../networking/vpc/state.ts';
import { freeAddresses, getSubnet } from '../../networking/vpc/subnet.ts';
import { errors } from './errors.ts';
import { isOfferedIn, type TypeInfo, zoneNamesOffering } from './instance-type.ts';
import type { LaunchRequest } from './launch-request.ts';
import type { Ec2Context } from './operation.ts';

export interface PlannedInterface {
  readonly spec: InstanceNetworkInterfaceSpecification;
  readonly deviceIndex: number;
  /** An interface that exists already. */
  readonly existing?: string | undefined;
  readonly subnetId: string;
  readonly groupIds: readonly string[];
  readonly publicIp: boolean;
}

export interface NetworkPlan {
  readonly subnet: SubnetRow;
  /** The primary one first. */
  readonly interfaces: readonly PlannedInterface[];
}

/** The zone that a request names. */
function zoneFor(context: Ec2Context, { Placement }: LaunchRequest): Zone | undefined {
  const wanted = Placement?.AvailabilityZone ?? Placement?.AvailabilityZoneId;
  if (wanted === undefined || wanted === '') return undefined;
  const zones = zonesOf(context.region, context.account);
  const found = zones.find(({ name, id }) => name === wanted || id === wanted);
  if (found === undefined) throw errors.invalidValue(`Invalid availability zone: [${wanted}]`);
  return found;
}

/** A default subnet: of the zone that is asked for, else of one that offers the type and has room, by chance. */
function defaultSubnet(context: Ec2Context, zone: Zone | undefined, type: TypeInfo, count: number): SubnetRow {
  const { state, region, random } = context;
  const vpc = state.vpcs.list().find((row) => row.isDefault);
  if (vpc === undefined) {
    throw errors.other(
      'VPCIdNotSpecified',
      'No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.',
    );
  }
  const subnets = state.subnets
    .index('vpc')
    .list({ prefix: key(vpc.id) })
    .filter((row) => row.defaultForAz && (zone === undefined || row.zone === zone.name));
  if (subnets.length === 0) {
    const where = zone === undefined ? '' : ` in '${zone.name}'`;
    throw errors.other(
      'MissingInput',
      `No subnets found for the default VPC '${vpc.id}'${where}. Please specify a subnet.`,
    );
  }
  const offering = subnets.filter((row) => isOfferedIn(region, row.zoneId, type.InstanceType));
  const roomy = offering.filter((row) => freeAddresses(row) >= count);
  return random.pick([roomy, offering, subnets].find((some) => some.length > 0) ?? subnets);
}

function subnetFor(context: Ec2Context, request: LaunchRequest, type: TypeInfo): SubnetRow {
  const zone = zoneFor(context, request);
  const primary = request.NetworkInterfaces?.find((one) => (one.DeviceIndex ?? 0) === 0);
  const subnetId =
    primary?.NetworkInterfaceId === undefined
      ? (primary?.SubnetId ?? request.SubnetId)
      : getInterface(context, primary.NetworkInterfaceId).subnetId;
  const subnet =
    subnetId === undefined ? defaultSubnet(context, zone, type, request.MaxCount) : getSubnet(context, subnetId);
  if (zone !== undefined && zone.name !== subnet.zone) {
    throw errors.valueOf(
      zone.name,
      'availabilityZone',
      `Subnet '${subnet.id}' is in the availability zone ${subnet.zone}`,
    );
  }
  checkOffer(context, subnet, type);
  return subnet;
}

function checkOffer({ region, account }: Ec2Context, { zone, zoneId }: SubnetRow, { InstanceType }: TypeInfo): void {
  if (isOfferedIn(region, zoneId, InstanceType)) return;
  const others = zoneNamesOffering(region, account, InstanceType);
  if (others.length === 0) {
    throw errors.other(
      'Unsupported',
      'The requested configuration is currently not supported. Please check the documentation for supported configurations.',
    );
  }
  throw errors.other(
    'Unsupported',
    `Your requested instance type (${InstanceType}) is not supported in your requested Availability Zone (${zone}). Please retry your request by not specifying an Availability Zone or choosing ${others.join(', ')}.`,
  );
}

/** Groups by ID or by name, of the subnet's VPC. */
function groupIdsFor(
  context: Ec2Context,
  subnet: SubnetRow,
  ids: readonly string[] | undefined,
  names: readonly string[] = [],
): string[] {
  const byName = names.map((name) => {
    const found = context.state.groups.index('name').first({ prefix: key(subnet.vpcId, name) });
    if (found === undefined) throw errors.groupNameNotFound(name, subnet.vpcId);
    return found.id;
  });
  for (const id of ids ?? []) {
    if (getGroup(context, id).vpcId === subnet.vpcId) continue;
    throw errors.invalidParameter(`Security group ${id} and subnet ${subnet.id} belong to different networks.`);
  }
  return groupsFor(context, subnet.vpcId, [...(ids ?? []), ...byName]);
}

function checkExclusive(request: LaunchRequest): void {
  const specs = request.NetworkInterfaces ?? [];
  const refuse = (what: string): never => {
    throw errors.combination(
      `Network interfaces and an instance-level ${what} may not be specified on the same request`,
    );
  };
  if (specs.length === 0) {
    if ((request.SecurityGroups?.length ?? 0) > 0 && request.SubnetId !== undefined) {
      throw errors.combination('The parameter groupName cannot be used with the parameter subnet');
    }
    return;
  }
  if (request.SubnetId !== undefined) refuse('subnet ID');
  if ((request.SecurityGroupIds?.length ?? 0) + (request.SecurityGroups?.length ?? 0) > 0) refuse('security groups');
  if (request.PrivateIpAddress !== undefined) refuse('private IP address');
  if (request.Ipv6Addresses !== undefined || request.Ipv6AddressCount !== undefined) refuse('IPv6 address');
  if (specs.length > 1 && specs.some((one) => one.AssociatePublicIpAddress === true)) {
    throw errors.combination(
      'The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.',
    );
  }
}

/** Plans the network of a launch; writes nothing. */
export function planNetwork(context: Ec2Context, request: LaunchRequest, type: TypeInfo): NetworkPlan {
  checkExclusive(request);
  const subnet = subnetFor(context, request, type);
  const specs: InstanceNetworkInterfaceSpecification[] =
    request.NetworkInterfaces !== undefined && request.NetworkInterfaces.length > 0
      ? [...request.NetworkInterfaces]
      : [
          {
            DeviceIndex: 0,
            PrivateIpAddress: request.PrivateIpAddress,
            Ipv6AddressCount: request.Ipv6AddressCount,
            Ipv6Addresses: request.Ipv6Addresses,
          },
        ];
  const most = type.NetworkInfo?.MaximumNetworkInterfaces ?? 2;
  if (specs.length > most) {
    throw errors.other(
      'AttachmentLimitExceeded',
      `Interface count ${specs.length} exceeds the limit for ${type.InstanceType}`,
    );
  }
  const seen = new Set<string>();
  const planned = specs.map((spec): PlannedInterface => {
    const deviceIndex = spec.DeviceIndex ?? (specs.length === 1 ? 0 : undefined);
    if (deviceIndex === undefined) throw errors.missingParameter('deviceIndex');
    const slot = `${spec.NetworkCardIndex ?? 0}/${deviceIndex}`;
    if (seen.has(slot)) throw errors.invalidParameter(`Each network interface requires a unique device index.`);
    seen.add(slot);
    return planOne(context, request, subnet, spec, deviceIndex);
  });
  planned.sort((a, b) => a.deviceIndex - b.deviceIndex);
  if (planned[0]?.deviceIndex !== 0)
    throw errors.invalidParameter('A network interface with device index 0 is required.');
  checkSingle(request, specs);
  return { subnet, interfaces: planned };
}

function planOne(
  context: Ec2Context,
  request: LaunchRequest,
  primary: SubnetRow,
  spec: InstanceNetworkInterfaceSpecification,
  deviceIndex: number,
): PlannedInterface {
  if (spec.NetworkInterfaceId !== undefined) {
    const nic = getInterface(context, spec.NetworkInterfaceId);
    if (nic.attachment !== undefined)
      throw errors.other('InvalidNetworkInterface.InUse', `Interface: [${nic.id}] in use.`);
    if (nic.zone !== primary.zone)
      throw errors.invalidParameter(
        'You may not attach a network interface to an instance if they are not in the same availability zone',
      );
    return { spec, deviceIndex, existing: nic.id, subnetId: nic.subnetId, groupIds: nic.groupIds, publicIp: false };
  }
  const subnet = spec.SubnetId === undefined ? primary : getSubnet(context, spec.SubnetId);
  if (subnet.zone !== primary.zone)
    throw errors.invalidParameter('Network interfaces of an instance must be in one availability zone.');
  const isLevel = request.NetworkInterfaces === undefined || request.NetworkInterfaces.length === 0;
  const groupIds = isLevel
    ? groupIdsFor(context, subnet, request.SecurityGroupIds, request.SecurityGroups)
    : groupIdsFor(context, subnet, spec.Groups);
  const isOnly = (request.NetworkInterfaces?.length ?? 0) <= 1;
  const publicIp =
    deviceIndex === 0 && subnet.cidr !== undefined && (spec.AssociatePublicIpAddress ?? (subnet.mapPublicIp && isOnly));
  return { spec, deviceIndex, subnetId: subnet.id, groupIds, publicIp };
}

/** What only one instance can have. */
function checkSingle(
  { MaxCount, MinCount }: LaunchRequest,
  specs: readonly InstanceNetworkInterfaceSpecification[],
): void {
  if (MaxCount <= 1 && MinCount <= 1) return;
  for (const spec of specs) {
    if (spec.NetworkInterfaceId !== undefined) {
      throw errors.combination(
        'Network interfaces that exist already may not be specified when launching multiple instances.',
      );
    }
    const named = [spec.Ipv6Addresses, spec.Ipv4Prefixes, spec.Ipv6Prefixes];
    if (spec.PrivateIpAddress !== undefined || named.some((list) => (list?.length ?? 0) > 0)) {
      throw errors.combination('An IP address may not be specified when launching multiple instances.');
    }
  }
}

/** How many instances the free addresses of the subnet suffice for. */
export function roomInSubnet(context: Ec2Context, { interfaces }: NetworkPlan): number {
  let room = Number.POSITIVE_INFINITY;
  const wanted = new Map<string, number>();
  for (const { existing, subnetId, spec } of interfaces) {
    if (existing !== undefined) continue;
    const prefixes = spec.Ipv4PrefixCount ?? spec.Ipv4Prefixes?.length ?? 0;
    const count = 1 + (spec.SecondaryPrivateIpAddressCount ?? 0) + prefixes * addressesPerPrefix;
    wanted.set(subnetId, (wanted.get(subnetId) ?? 0) + count);
  }
  for (const [subnetId, count] of wanted) {
    const subnet = getSubnet(context, subnetId);
    if (subnet.cidr !== undefined) room = Math.min(room, Math.floor(freeAddresses(subnet) / count));
  }
  return room;
}

/** Makes or attaches the interfaces of one instance. */
export function attachPlanned(context: Ec2Context, plan: NetworkPlan, instanceId: string): InterfaceRow[] {
  const { ids, account, clock, state } = context;
  return plan.interfaces.map((planned): InterfaceRow => {
    const { spec, deviceIndex, existing } = planned;
    const attachment = {
      id: ids.resource('eni-attach'),
      instanceId,
      instanceOwnerId: account,
      deviceIndex,
      networkCardIndex: spec.NetworkCardIndex ?? 0,
      attachedAt: clock.now(),
      deleteOnTermination: spec.DeleteOnTermination ?? existing === undefined,
    };
    if (existing !== undefined) {
      const joined = { ...getInterface(context, existing), attachment };
      state.interfaces.put(joined);
      return joined;
    }
    const row = addInterface(context, getSubnet(context, planned.subnetId), {
      description: spec.Description,
      type: spec.InterfaceType,
      groupIds: planned.groupIds,
      ips: ipsOf(spec),
      more: spec.SecondaryPrivateIpAddressCount,
      ipv6: spec.Ipv6Addresses?.flatMap(({ Ipv6Address }) => Ipv6Address ?? []),
      ipv6Count: spec.Ipv6AddressCount,
      prefixes: readPrefixes(spec),
      tracking: readTracking(spec.ConnectionTrackingSpecification),
      attachment,
    });
    const [first, ...others] = row.addresses;
    if (!planned.publicIp || first === undefined) return row;
    const open = { ...row, addresses: [{ ...first, publicIp: pickPublicIp(context) }, ...others] };
    state.interfaces.put(open);
    return open;
  });
}

function ipsOf(spec: InstanceNetworkInterfaceSpecification): string[] {
  const listed = [...(spec.PrivateIpAddresses ?? [])].sort(
    (a, b) => Number(b.Primary ?? false) - Number(a.Primary ?? false),
  );
  const own = spec.PrivateIpAddress === undefined ? [] : [spec.PrivateIpAddress];
  return [...own, ...listed.flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? [])];
}
