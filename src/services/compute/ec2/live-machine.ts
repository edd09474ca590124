// The machines of a running cloud: instances' rows, put together as their metadata service tells of them.
import { key } from '../../../kernel/key.ts';
import type { Machine, MachineInterface, Machines } from '../../../kernel/machine.ts';
import type { PartWorld } from '../../../kernel/parts.ts';
import type { Place } from '../../../kernel/place.ts';
import { partitionOf } from '../../../kernel/region.ts';
import { hostName, publicName } from '../../networking/vpc/name.ts';
import type { InterfaceRow } from '../../networking/vpc/state.ts';
import type { InstanceRow } from './instance-state.ts';
import { type Ec2State, ec2Tables } from './state.ts';

interface At {
  readonly state: Ec2State;
  readonly account: string;
  readonly region: string;
}

function interfaceOf({ state, account, region }: At, row: InterfaceRow): MachineInterface {
  const vpc = state.vpcs.find(row.vpcId);
  const subnet = state.subnets.find(row.subnetId);
  const elastic = new Map(
    state.addresses
      .index('interface')
      .list({ prefix: key(row.id) })
      .map(({ association, ip }) => [association?.privateIp, ip]),
  );
  const addresses = row.addresses.map(({ ip, publicIp }) => ({ private: ip, public: elastic.get(ip) ?? publicIp }));
  const [primary] = addresses;
  const outside = primary?.public;
  return {
    id: row.id,
    deviceIndex: row.attachment?.deviceIndex ?? 0,
    mac: row.macAddress,
    ownerId: account,
    subnetId: row.subnetId,
    subnetCidr: subnet?.cidr,
    subnetIpv6Cidrs: subnet?.ipv6Cidrs.map(({ cidr }) => cidr) ?? [],
    vpcId: row.vpcId,
    vpcCidrs: vpc?.cidrs.map(({ cidr }) => cidr) ?? [],
    vpcIpv6Cidrs: vpc?.ipv6Cidrs.map(({ cidr }) => cidr) ?? [],
    addresses,
    ipv6: row.ipv6,
    groups: row.groupIds.map((id) => ({ id, name: state.groups.find(id)?.name ?? '' })),
    privateName: primary === undefined ? '' : hostName(region, primary.private),
    publicName: outside === undefined ? '' : publicName({ state, region }, row.vpcId, outside),
  };
}

/** What will become of a Spot Instance under notice. */
function interruptionOf({ state }: At, row: InstanceRow): Machine['interruption'] {
  if (row.interruptedAt === undefined) return undefined;
  const action = state.spotRequests.find(row.spotRequestId ?? '')?.interruption ?? 'terminate';
  return { action, at: row.interruptedAt };
}

function keyOf({ state }: At, name: string | undefined): Machine['key'] {
  if (name === undefined) return undefined;
  const found = state.keyPairs.index('name').first({ prefix: key(name) });
  return found === undefined ? undefined : { name, publicKey: found.publicKey };
}

function machineOf(at: At, row: InstanceRow): Machine {
  const { state, account, region } = at;
  const interfaces = state.interfaces
    .index('instance')
    .list({ prefix: key(row.id) })
    .map((nic) => interfaceOf(at, nic));
  const [primary] = interfaces;
  const byName = row.privateDns.hostnameType === 'resource-name';
  const devices = state.volumeAttachments
    .index('instance')
    .list({ prefix: key(row.id) })
    .map(({ device }) => device);
  return {
    id: row.id,
    account,
    region,
    dnsSuffix: partitionOf(region).dnsSuffix,
    zone: row.zone,
    zoneId: row.zoneId,
    imageId: row.imageId,
    type: row.type,
    architecture: row.architecture,
    reservationId: row.reservationId,
    launchIndex: row.launchIndex,
    launchedAt: row.launchedAt,
    hostName: byName
      ? `${row.id}.${region === 'us-east-1' ? 'ec2' : `${region}.compute`}.internal`
      : (primary?.privateName ?? ''),
    key: keyOf(at, row.keyName),
    lifeCycle: row.lifecycle ?? 'on-demand',
    hibernation: row.hibernation,
    kernelId: row.kernelId,
    ramdiskId: row.ramdiskId,
    productCodes: row.productCodes.filter(({ type }) => type === 'marketplace').map(({ id }) => id),
    groupName: row.placement.groupName,
    partition: row.placement.partition,
    hostId: row.placement.hostId,
    userData: row.userData === undefined ? undefined : Buffer.from(row.userData, 'base64'),
    profile: row.profile === undefined ? undefined : { arn: row.profile.arn, id: row.profile.id },
    tags: Object.fromEntries(state.tags.list({ prefix: key(row.id) }).map((tag) => [tag.key, tag.value])),
    access: row.metadata,
    rootDevice: row.rootDevice,
    devices: devices.filter((device) => device !== row.rootDevice),
    interfaces,
    interruption: interruptionOf(at, row),
  };
}

export const makePart = ({ store }: PartWorld): Machines => ({
  find({ account, region }: Pick<Place, 'account' | 'region'>, instanceId) {
    const state = store.state('ec2', ec2Tables, account, region);
    const row = state.instances.find(instanceId);
    return row === undefined ? undefined : machineOf({ state, account, region }, row);
  },
});
