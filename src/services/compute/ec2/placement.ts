// Which group, host and tenancy a launch gives to an instance.
import { key } from '../../../kernel/key.ts';
import type { SubnetRow } from '../../networking/vpc/state.ts';
import { errors, get, kinds } from './errors.ts';
import { isAlive } from './instance-life.ts';
import type { InstancePlacement, InstanceRow } from './instance-state.ts';
import type { TypeInfo } from './instance-type.ts';
import type { LaunchRequest } from './launch-request.ts';
import type { Ec2Context } from './operation.ts';
import type { PlacementGroupRow } from './placement-state.ts';

/** Limit: instances of a spread group in one zone. */
const spreadMax = 7;

export const findGroupNamed = ({ state }: Ec2Context, name: string): PlacementGroupRow | undefined =>
  state.placementGroups.index('name').first({ prefix: key(name) });

export function getGroupNamed(context: Ec2Context, name: string): PlacementGroupRow {
  const found = findGroupNamed(context, name);
  if (found === undefined) throw kinds.placementGroup.missing(name);
  return found;
}

const membersOf = ({ state }: Ec2Context, name: string): InstanceRow[] =>
  state.instances
    .index('group')
    .list({ prefix: key(name) })
    .filter(isAlive);

function groupFor(context: Ec2Context, { Placement }: LaunchRequest): PlacementGroupRow | undefined {
  if (Placement?.GroupId !== undefined && Placement.GroupId !== '') {
    return get(context.state.placementGroups, kinds.placementGroup, Placement.GroupId);
  }
  return Placement?.GroupName === undefined || Placement.GroupName === ''
    ? undefined
    : getGroupNamed(context, Placement.GroupName);
}

/** Checks a place against its group's strategy; the partition, where the group has them. */
export function placeInGroup(
  context: Ec2Context,
  group: PlacementGroupRow,
  zone: string,
  type: TypeInfo,
  wanted: number | undefined,
): number | undefined {
  const strategies: readonly string[] = type.PlacementGroupInfo?.SupportedStrategies ?? [];
  if (!strategies.includes(group.strategy)) {
    throw errors.combination(
      `${group.strategy[0]?.toUpperCase()}${group.strategy.slice(1)} placement groups are not supported by the '${type.InstanceType}' instance type. Specify a supported instance type or change the placement group strategy, and try again.`,
    );
  }
  const members = membersOf(context, group.name);
  if (group.strategy === 'spread' && group.spreadLevel !== 'host') {
    if (members.filter((row) => row.zone === zone).length >= spreadMax) {
      throw errors.capacity(
        `We currently do not have sufficient capacity to launch another instance in the spread placement group '${group.name}'.`,
      );
    }
  }
  if (group.strategy === 'cluster' && members.some((row) => row.zone !== zone)) {
    throw errors.capacity(
      'We currently do not have sufficient capacity in the cluster placement group in this Availability Zone.',
    );
  }
  if (group.strategy !== 'partition') {
    if (wanted !== undefined) throw errors.combination('A partition number needs a partition placement group.');
    return undefined;
  }
  const partitions = group.partitions ?? 2;
  if (wanted !== undefined) {
    if (wanted < 1 || wanted > partitions)
      throw errors.valueOf(wanted, 'partitionNumber', `The group has ${partitions} partitions.`);
    return wanted;
  }
  const counts = Array.from(
    { length: partitions },
    (_, at) => members.filter(({ placement }) => placement.partition === at + 1).length,
  );
  return counts.indexOf(Math.min(...counts)) + 1;
}

export function planPlacement(
  context: Ec2Context,
  request: LaunchRequest,
  subnet: SubnetRow,
  type: TypeInfo,
): InstancePlacement {
  const { Placement } = request;
  const group = groupFor(context, request);
  const partition =
    group === undefined ? undefined : placeInGroup(context, group, subnet.zone, type, Placement?.PartitionNumber);
  const vpcTenancy = context.state.vpcs.find(subnet.vpcId)?.tenancy ?? 'default';
  const tenancy = Placement?.Tenancy ?? (Placement?.HostId === undefined ? vpcTenancy : 'host');
  if (Placement?.HostId !== undefined) checkHost(context, Placement.HostId, subnet, type);
  return {
    tenancy: vpcTenancy === 'dedicated' && tenancy === 'default' ? 'dedicated' : tenancy,
    groupName: group?.name,
    groupId: group?.id,
    partition,
    affinity: Placement?.Affinity as InstancePlacement['affinity'],
    hostId: Placement?.HostId ?? (tenancy === 'host' ? autoHost(context, subnet, type) : undefined),
    hostResourceGroupArn: Placement?.HostResourceGroupArn,
  };
}

const familyOf = ({ InstanceType }: TypeInfo): string => InstanceType.slice(0, InstanceType.indexOf('.'));

function checkHost({ state }: Ec2Context, id: string, subnet: SubnetRow, type: TypeInfo): void {
  const host = get(state.hosts, kinds.host, id);
  const fits = host.type === undefined ? host.family === familyOf(type) : host.type === type.InstanceType;
  if (host.state !== 'available' || host.zone !== subnet.zone || !fits) {
    throw errors.other('InvalidHostConfiguration', `The instance does not fit on the Dedicated Host '${id}'.`);
  }
}

function autoHost({ state }: Ec2Context, subnet: SubnetRow, type: TypeInfo): string {
  const host = state.hosts
    .list()
    .find(
      (row) =>
        row.state === 'available' &&
        row.autoPlacement === 'on' &&
        row.zone === subnet.zone &&
        (row.type ?? type.InstanceType) === type.InstanceType &&
        row.family === familyOf(type),
    );
  if (host === undefined)
    throw errors.other(
      'InsufficientHostCapacity',
      'There is not enough capacity to fulfill your Dedicated Host request.',
    );
  return host.id;
}
