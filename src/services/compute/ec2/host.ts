// Dedicated Hosts: machines of one's own, on which instances are placed.
import type { Host } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { zonesOf } from '../../../kernel/region.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors, kinds } from './errors.ts';
import { isAlive } from './instance-life.ts';
import type { InstanceRow } from './instance-state.ts';
import { allTypes, familyOf, findType, vcpusOf } from './instance-type.ts';
import { getType } from './launch-check.ts';
import { list } from './list.ts';
import type { Ec2Context, Operation } from './operation.ts';
import type { HostRow } from './placement-state.ts';
import { tagNew, tagsOf } from './tag.ts';

const guestsOf = ({ state }: Ec2Context, row: HostRow): InstanceRow[] =>
  state.instances
    .index('host')
    .list({ prefix: key(row.id) })
    .filter(isAlive);

/** vCPUs of a host: those of the largest size of its family. */
const vcpusOfFamily = (family: string): number =>
  Math.max(2, ...allTypes().flatMap((type) => (familyOf(type.InstanceType) === family ? [vcpusOf(type)] : [])));

function show(row: HostRow, context: Ec2Context): Host {
  const guests = guestsOf(context, row);
  const total = vcpusOfFamily(row.family);
  const used = guests.reduce((sum, { cpu }) => sum + cpu.cores * cpu.threads, 0);
  const type = row.type === undefined ? undefined : findType(row.type);
  const size = type === undefined ? undefined : vcpusOf(type);
  return {
    HostId: row.id,
    OwnerId: context.account,
    AvailabilityZone: row.zone,
    AvailabilityZoneId: row.zoneId,
    AutoPlacement: row.autoPlacement,
    HostRecovery: row.recovery,
    HostMaintenance: row.maintenance,
    ClientToken: row.clientToken,
    State: row.state,
    AllocationTime: toDate(row.allocatedAt),
    ReleaseTime: row.releasedAt === undefined ? undefined : toDate(row.releasedAt),
    AllowsMultipleInstanceTypes: row.type === undefined ? 'on' : 'off',
    HostProperties: {
      InstanceFamily: row.type === undefined ? row.family : undefined,
      InstanceType: row.type,
      Cores: total / 2,
      Sockets: 2,
      TotalVCpus: total,
    },
    AvailableCapacity: {
      AvailableVCpus: Math.max(0, total - used),
      AvailableInstanceCapacity:
        size === undefined
          ? undefined
          : [
              {
                InstanceType: row.type,
                TotalCapacity: Math.floor(total / size),
                AvailableCapacity: Math.floor(Math.max(0, total - used) / size),
              },
            ],
    },
    Instances: guests.map(({ id, type: InstanceType }) => ({ InstanceId: id, InstanceType, OwnerId: context.account })),
    MemberOfServiceLinkedResourceGroup: false,
    Tags: tagsOf(context, row.id),
  };
}

/** Limit: two hosts of a family in a Region, until AWS raises it. Differs: it is not kept. */
const quantityMax = 100;

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateHosts.html */
export const AllocateHosts: Operation<'AllocateHosts'> = (input, context) => {
  const { state, ids, clock, region, account } = context;
  if ((input.InstanceType === undefined) === (input.InstanceFamily === undefined)) {
    throw errors.combination('Specify either an instance type or an instance family.');
  }
  const family = input.InstanceFamily ?? familyOf(getType(input.InstanceType ?? '').InstanceType);
  if (!allTypes().some((type) => familyOf(type.InstanceType) === family && type.DedicatedHostsSupported === true)) {
    throw errors.unsupported(`Dedicated Hosts are not available for ${input.InstanceType ?? family}.`);
  }
  const wanted = input.AvailabilityZone ?? input.AvailabilityZoneId;
  if (wanted === undefined) throw errors.missingParameter('availabilityZone');
  const zone = zonesOf(region, account).find(({ name, id }) => name === wanted || id === wanted);
  if (zone === undefined) throw errors.invalidValue(`Invalid availability zone: [${wanted}]`);
  const quantity = input.Quantity ?? 1;
  if (quantity < 1 || quantity > quantityMax)
    throw errors.valueOf(quantity, 'quantity', `Expecting a value between 1 and ${quantityMax}.`);
  const HostIds = Array.from({ length: quantity }, () => {
    const row: HostRow = {
      id: ids.resource('h'),
      type: input.InstanceType,
      family,
      zone: zone.name,
      zoneId: zone.id,
      autoPlacement: input.AutoPlacement ?? 'on',
      recovery: input.HostRecovery ?? 'off',
      maintenance: input.HostMaintenance ?? 'off',
      clientToken: input.ClientToken,
      state: 'available',
      allocatedAt: clock.now(),
    };
    state.hosts.put(row);
    tagNew(context, kinds.host, row.id, input.TagSpecifications);
    return row.id;
  });
  return { HostIds };
};

export const DescribeHosts: Operation<'DescribeHosts'> = (input, context) => {
  const { state } = context;
  const { rows, NextToken } = list(
    { Filters: input.Filter, MaxResults: input.MaxResults, NextToken: input.NextToken },
    context,
    {
      rows: state.hosts,
      id: (row) => row.id,
      ids: input.HostIds,
      kind: kinds.host,
      filters: {
        'auto-placement': (row) => row.autoPlacement,
        'availability-zone': (row) => row.zone,
        'client-token': (row) => row.clientToken,
        'host-reservation-id': () => undefined,
        'instance-type': (row) => row.type,
        state: (row) => row.state,
      },
    },
  );
  return { Hosts: rows.map((row) => show(row, context)), NextToken };
};

type Failure = { ResourceId: string; Error: { Code: string; Message: string } };

/** Changes or releases several hosts, each for itself. */
function each(ids: readonly string[], { state }: Ec2Context, change: (row: HostRow) => Failure['Error'] | undefined) {
  const Successful: string[] = [];
  const Unsuccessful: Failure[] = [];
  for (const id of ids) {
    const row = state.hosts.find(id);
    const error =
      row === undefined
        ? { Code: 'InvalidHostID.NotFound', Message: `The Dedicated Host '${id}' does not exist.` }
        : change(row);
    if (error === undefined) Successful.push(id);
    else Unsuccessful.push({ ResourceId: id, Error: error });
  }
  return { Successful, Unsuccessful };
}

export const ModifyHosts: Operation<'ModifyHosts'> = (input, context) => {
  if (input.InstanceType !== undefined && input.InstanceFamily !== undefined) {
    throw errors.combination('Specify either an instance type or an instance family.');
  }
  return each(input.HostIds, context, (row) => {
    if (input.InstanceType !== undefined) getType(input.InstanceType);
    const family =
      input.InstanceFamily ?? (input.InstanceType === undefined ? row.family : familyOf(input.InstanceType));
    context.state.hosts.put({
      ...row,
      autoPlacement: input.AutoPlacement ?? row.autoPlacement,
      recovery: input.HostRecovery ?? row.recovery,
      maintenance: input.HostMaintenance ?? row.maintenance,
      type: input.InstanceFamily === undefined ? (input.InstanceType ?? row.type) : undefined,
      family,
    });
    return undefined;
  });
};

/** Gives hosts back; one on which instances are stays. */
export const ReleaseHosts: Operation<'ReleaseHosts'> = ({ HostIds }, context) =>
  each(HostIds, context, (row) => {
    if (guestsOf(context, row).length > 0) {
      return {
        Code: 'Client.InvalidHost.Occupied',
        Message: `Dedicated host '${row.id}' cannot be released as it is occupied by instances.`,
      };
    }
    context.state.hosts.put({ ...row, state: 'released', releasedAt: context.clock.now() });
    return undefined;
  });
