// On-Demand Capacity Reservations: room that is kept in a zone for instances of a type.
import type { CapacityReservation } from '@aws-sdk/client-ec2';
import { zonesOf } from '../../../kernel/region.ts';
import { instant, toDate } from '../../../kernel/units.ts';
import { admitRunning, availableOf, releaseUsers, usersOf } from './capacity-match.ts';
import { errors, get, kinds } from './errors.ts';
import { isOfferedIn } from './instance-type.ts';
import { getType } from './launch-check.ts';
import { list } from './list.ts';
import { arnOf, type Ec2Context, type Operation } from './operation.ts';
import type { CapacityReservationRow } from './placement-state.ts';
import { tagNew, tagsOf } from './tag.ts';

const show = (row: CapacityReservationRow, context: Ec2Context): CapacityReservation => ({
  CapacityReservationId: row.id,
  CapacityReservationArn: arnOf(context, 'capacity-reservation', row.id),
  OwnerId: context.account,
  InstanceType: row.type,
  InstancePlatform: row.platform as CapacityReservation['InstancePlatform'],
  AvailabilityZone: row.zone,
  AvailabilityZoneId: row.zoneId,
  Tenancy: row.tenancy,
  TotalInstanceCount: row.total,
  AvailableInstanceCount: availableOf(context, row),
  EbsOptimized: row.ebsOptimized,
  EphemeralStorage: row.ephemeralStorage,
  State: row.state,
  StartDate: toDate(row.createdAt),
  CreateDate: toDate(row.createdAt),
  EndDate: row.endsAt === undefined ? undefined : toDate(row.endsAt),
  EndDateType: row.endsAt === undefined ? 'unlimited' : 'limited',
  InstanceMatchCriteria: row.matchCriteria,
  PlacementGroupArn: row.placementGroupArn,
  ReservationType: 'default',
  CapacityAllocations: [{ AllocationType: 'used', Count: usersOf(context, row).length }],
  Tags: tagsOf(context, row.id),
});

const checkCount = (count: number): void => {
  if (count < 1 || count > 1_000) throw errors.valueOf(count, 'instanceCount', 'Expecting a value between 1 and 1000.');
};

function endOf(type: string | undefined, end: Date | undefined, { clock }: Ec2Context) {
  if (type === 'limited' && end === undefined) throw errors.missingParameter('EndDate');
  if (type !== 'limited' && end !== undefined) {
    throw errors.combination('The parameter EndDate can only be used with the EndDateType limited.');
  }
  if (end === undefined) return undefined;
  if (end.getTime() <= clock.now())
    throw errors.valueOf(end.toISOString(), 'endDate', 'The end date must be in the future.');
  return instant(end.getTime());
}

/**
 * Keeps room for instances, now.
 *
 * Differs: reservations for a later date are refused.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateCapacityReservation.html
 */
export const CreateCapacityReservation: Operation<'CreateCapacityReservation'> = (input, context) => {
  const { state, ids, clock, jobs, parts, region, account, caller, random } = context;
  const type = getType(input.InstanceType);
  checkCount(input.InstanceCount);
  if (input.StartDate !== undefined || input.OutpostArn !== undefined) {
    throw errors.unsupported('Capacity Reservations for a later date, and on Outposts, are not available.');
  }
  const wanted = input.AvailabilityZone ?? input.AvailabilityZoneId;
  if (wanted === undefined) throw errors.missingParameter('AvailabilityZone');
  const zone = zonesOf(region, account).find(({ name, id }) => name === wanted || id === wanted);
  if (zone === undefined) throw errors.invalidValue(`Invalid availability zone: [${wanted}]`);
  if (!isOfferedIn(region, zone.id, type.InstanceType)) {
    throw errors.other(
      'Unsupported',
      `The requested configuration is currently not supported. Please check the documentation for supported configurations.`,
    );
  }
  if (!parts.faults.hasCapacity(zone.id, type.InstanceType, 'on-demand', { callerArn: caller.arn, random }))
    throw errors.capacity('Insufficient capacity.');
  const endsAt = endOf(input.EndDateType, input.EndDate, context);
  const row: CapacityReservationRow = {
    id: ids.resource('cr'),
    type: type.InstanceType,
    platform: input.InstancePlatform,
    zone: zone.name,
    zoneId: zone.id,
    tenancy: input.Tenancy ?? 'default',
    total: input.InstanceCount,
    ebsOptimized: input.EbsOptimized ?? false,
    ephemeralStorage: input.EphemeralStorage ?? false,
    state: 'active',
    createdAt: clock.now(),
    endsAt,
    matchCriteria: input.InstanceMatchCriteria ?? 'open',
    placementGroupArn: input.PlacementGroupArn,
  };
  state.capacityReservations.put(row);
  admitRunning(context, row);
  tagNew(context, kinds.capacityReservation, row.id, input.TagSpecifications);
  if (endsAt !== undefined) jobs.at(endsAt, 'capacityExpired', { id: row.id });
  return { CapacityReservation: show(row, context) };
};

/** Its time is over; instances in it run on. */
export function capacityExpired({ id }: { readonly id: string }, context: Ec2Context): void {
  const { state, clock } = context;
  const row = state.capacityReservations.find(id);
  if (row?.state === 'active' && row.endsAt !== undefined && row.endsAt <= clock.now()) {
    releaseUsers(context, row);
    state.capacityReservations.put({ ...row, state: 'expired' });
  }
}

const getReservation = ({ state }: Ec2Context, id: string): CapacityReservationRow =>
  get(state.capacityReservations, kinds.capacityReservation, id);

function getActive(context: Ec2Context, id: string): CapacityReservationRow {
  const row = getReservation(context, id);
  if (row.state !== 'active') {
    throw errors.other('InvalidCapacityReservationState', `The Capacity Reservation '${id}' is ${row.state}.`);
  }
  return row;
}

export const ModifyCapacityReservation: Operation<'ModifyCapacityReservation'> = (input, context) => {
  const row = getActive(context, input.CapacityReservationId);
  if (input.InstanceCount !== undefined) {
    checkCount(input.InstanceCount);
    if (input.InstanceCount < usersOf(context, row).length) {
      throw errors.invalidValue(
        'The instance count must not be under the number of instances that use the Capacity Reservation.',
      );
    }
  }
  const keeps = input.EndDateType === undefined && input.EndDate === undefined;
  const endsAt = keeps ? row.endsAt : endOf(input.EndDateType ?? 'limited', input.EndDate, context);
  const changed: CapacityReservationRow = {
    ...row,
    total: input.InstanceCount ?? row.total,
    endsAt,
    matchCriteria: input.InstanceMatchCriteria ?? row.matchCriteria,
  };
  context.state.capacityReservations.put(changed);
  admitRunning(context, changed);
  if (endsAt !== undefined && endsAt !== row.endsAt) context.jobs.at(endsAt, 'capacityExpired', { id: row.id });
  return { Return: true };
};

export const CancelCapacityReservation: Operation<'CancelCapacityReservation'> = (
  { CapacityReservationId },
  context,
) => {
  const row = getActive(context, CapacityReservationId);
  releaseUsers(context, row);
  context.state.capacityReservations.put({ ...row, state: 'cancelled' });
  return { Return: true };
};

export const DescribeCapacityReservations: Operation<'DescribeCapacityReservations'> = (input, context) => {
  const { state } = context;
  const { rows, NextToken } = list(input, context, {
    rows: state.capacityReservations,
    id: (row) => row.id,
    ids: input.CapacityReservationIds,
    kind: kinds.capacityReservation,
    filters: {
      'availability-zone': (row) => row.zone,
      'end-date': (row) => (row.endsAt === undefined ? undefined : toDate(row.endsAt).toISOString()),
      'end-date-type': (row) => (row.endsAt === undefined ? 'unlimited' : 'limited'),
      'instance-match-criteria': (row) => row.matchCriteria,
      'instance-platform': (row) => row.platform,
      'instance-type': (row) => row.type,
      'outpost-arn': () => undefined,
      'owner-id': () => context.account,
      'placement-group-arn': (row) => row.placementGroupArn,
      'start-date': (row) => toDate(row.createdAt).toISOString(),
      state: (row) => row.state,
      tenancy: (row) => row.tenancy,
    },
    least: 1,
  });
  return { CapacityReservations: rows.map((row) => show(row, context)), NextToken };
};

export const GetCapacityReservationUsage: Operation<'GetCapacityReservationUsage'> = (input, context) => {
  const row = getReservation(context, input.CapacityReservationId);
  return {
    CapacityReservationId: row.id,
    InstanceType: row.type,
    TotalInstanceCount: row.total,
    AvailableInstanceCount: availableOf(context, row),
    State: row.state,
    InstanceUsages: [{ AccountId: context.account, UsedInstanceCount: usersOf(context, row).length }],
  };
};
