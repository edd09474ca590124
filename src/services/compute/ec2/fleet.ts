// EC2 Fleets: capacity in units, from many pools, at once (`instant`), once (`request`), or kept up (`maintain`).
import type { CreateFleetInstance, FleetData, LaunchTemplateAndOverridesResponse } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { instant, later, toDate } from '../../../kernel/units.ts';
import type { Asked } from './around.ts';
import { errors } from './errors.ts';
import {
  capacityOf,
  endAll,
  fill,
  type FleetPlan,
  lookLater,
  membersOf,
  note,
  retrySeconds,
  trim,
} from './fleet-fill.ts';
import { poolsOf, type PoolSource } from './fleet-pool.ts';
import { list } from './list.ts';
import type { Ec2Context, Input, Operation, Output } from './operation.ts';
import { askProfiles, type FoundProfiles } from './profile-lookup.ts';
import { spotFleetPlan } from './spot-fleet-plan.ts';
import type { FleetRow } from './spot-state.ts';
import { dropTags, tagNew, tagsFor, tagsOf } from './tag.ts';
import { kinds } from './errors.ts';

type Request = Input<'CreateFleet'>;

const sourcesOf = (configs: Request['LaunchTemplateConfigs']): PoolSource[] =>
  configs.map(({ LaunchTemplateSpecification, Overrides = [] }) => ({
    template: LaunchTemplateSpecification ?? {},
    overrides: Overrides,
  }));

const planOf = (request: Request): FleetPlan => ({
  sources: sourcesOf(request.LaunchTemplateConfigs),
  spotStrategy: request.SpotOptions?.AllocationStrategy,
  spotPools: request.SpotOptions?.InstancePoolsToUseCount ?? 1,
  spotMaxPrice: undefined,
  onDemandStrategy: request.OnDemandOptions?.AllocationStrategy,
  tags: tagsFor(request.TagSpecifications, kinds.instance, Object.values(kinds)),
});

function targetOf({
  TotalTargetCapacity: total,
  OnDemandTargetCapacity,
  SpotTargetCapacity,
  DefaultTargetCapacityType,
}: Request['TargetCapacitySpecification']): FleetRow['target'] {
  if (total < 0) throw errors.valueOf(total, 'totalTargetCapacity', 'Expected a value of zero or more.');
  const named = (OnDemandTargetCapacity ?? 0) + (SpotTargetCapacity ?? 0);
  if (named > total)
    throw errors.invalidValue(
      'The total target capacity must not be less than the sum of On-Demand and Spot capacity.',
    );
  const rest = total - named;
  const isSpot = (DefaultTargetCapacityType ?? 'on-demand') === 'spot';
  return {
    total,
    onDemand: (OnDemandTargetCapacity ?? 0) + (isSpot ? 0 : rest),
    spot: (SpotTargetCapacity ?? 0) + (isSpot ? rest : 0),
  };
}

const profilesIn = (context: Ec2Context, sources: readonly PoolSource[]) =>
  poolsOf(context, sources).flatMap(({ request }) => request.IamInstanceProfile ?? []);

export const askCreateFleet: Asked<'CreateFleet', FoundProfiles> = (input, context) =>
  askProfiles(context, profilesIn(context, sourcesOf(input.LaunchTemplateConfigs)));

const readPool = (text: string): LaunchTemplateAndOverridesResponse => {
  const { template, overrides } = JSON.parse(text) as { template: object; overrides: object };
  return { LaunchTemplateSpecification: template, Overrides: overrides };
};

function showInstances(context: Ec2Context, fleetId: string): CreateFleetInstance[] {
  const groups = new Map<string, CreateFleetInstance & { InstanceIds: string[] }>();
  for (const { member, row } of membersOf(context, fleetId)) {
    const at = `${member.lifecycle}/${member.pool}`;
    const known = groups.get(at);
    if (known !== undefined) known.InstanceIds.push(row.id);
    else {
      groups.set(at, {
        LaunchTemplateAndOverrides: readPool(member.pool),
        Lifecycle: member.lifecycle,
        InstanceIds: [row.id],
        InstanceType: row.type as CreateFleetInstance['InstanceType'],
        AvailabilityZone: row.zone,
        AvailabilityZoneId: row.zoneId,
        SubnetId: row.subnetId,
      });
    }
  }
  return [...groups.values()];
}

const showErrors = ({ errors: failures }: FleetRow) =>
  failures.map(({ code, message, lifecycle, pool }) => ({
    LaunchTemplateAndOverrides: readPool(pool),
    Lifecycle: lifecycle,
    ErrorCode: code,
    ErrorMessage: message,
  }));

/**
 * Makes a fleet. An `instant` one answers with its instances and what was refused; the others fill by themselves.
 *
 * Limit: `MinTargetCapacity` of an instant fleet is all or nothing.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFleet.html
 */
export const createFleet = (
  input: Request,
  context: Ec2Context,
  profiles: FoundProfiles | undefined,
): Output<'CreateFleet'> => {
  const { state, ids, clock } = context;
  const plan = planOf(input);
  poolsOf(context, plan.sources);
  const { ClientToken: _token, DryRun: _dry, ...kept } = input;
  const row: FleetRow = {
    id: `fleet-${ids.uuid()}`,
    kind: 'fleet',
    type: input.Type ?? 'maintain',
    state: input.Type === 'instant' ? 'active' : 'submitted',
    createdAt: clock.now(),
    target: targetOf(input.TargetCapacitySpecification),
    request: JSON.stringify(kept),
    validFrom: input.ValidFrom === undefined ? undefined : instant(input.ValidFrom.getTime()),
    validUntil: input.ValidUntil === undefined ? undefined : instant(input.ValidUntil.getTime()),
    excess: input.ExcessCapacityTerminationPolicy ?? 'termination',
    profiles: profiles ?? {},
    errors: [],
  };
  state.fleets.put(row);
  tagNew(context, kinds.fleet, row.id, input.TagSpecifications, Object.values(kinds));
  if (row.type !== 'instant') {
    lookLater(context, row.id, row.validFrom === undefined ? 1 : Math.max(1, (row.validFrom - clock.now()) / 1000));
    if (row.validUntil !== undefined) context.jobs.at(row.validUntil, 'fleetStep', { id: row.id });
    return { FleetId: row.id };
  }
  const filled = { ...row, errors: fillAtOnce(context, row, plan, input) };
  state.fleets.put(filled);
  return { FleetId: row.id, Instances: showInstances(context, row.id), Errors: showErrors(filled) };
};

function fillAtOnce(context: Ec2Context, row: FleetRow, plan: FleetPlan, input: Request): FleetRow['errors'] {
  const least = {
    spot: input.SpotOptions?.MinTargetCapacity ?? 0,
    onDemand: input.OnDemandOptions?.MinTargetCapacity ?? 0,
  };
  let failures: FleetRow['errors'] = [];
  const tooFew = Symbol('too few');
  try {
    context.attempt(() => {
      failures = fill(context, row, plan);
      const has = capacityOf(context, row.id);
      if (has.spot < least.spot || has.onDemand < least.onDemand) throw tooFew;
    });
  } catch (error) {
    if (error !== tooFew) throw error;
  }
  return failures;
}

const planOfRow = (row: FleetRow): FleetPlan =>
  row.kind === 'fleet' ? planOf(JSON.parse(row.request) as Request) : spotFleetPlan(JSON.parse(row.request) as never);

/** A fleet looks whether it has what it wants. */
export function fleetStep({ id }: { readonly id: string }, context: Ec2Context): void {
  const { state, clock } = context;
  const row = state.fleets.find(id);
  if (row === undefined) return;
  if (row.state.startsWith('deleted')) {
    settleDeleted(context, row);
    return;
  }
  if (row.type === 'instant') return;
  const now = clock.now();
  if (row.validUntil !== undefined && row.validUntil <= now) {
    const request = JSON.parse(row.request) as { TerminateInstancesWithExpiration?: boolean };
    if (request.TerminateInstancesWithExpiration === true) endAll(context, id);
    state.fleets.put({ ...row, state: 'deleted-running' });
    note(context, id, 'fleetRequestChange', 'expired', '');
    return;
  }
  if (row.type === 'request' && row.state === 'active') return;
  trim(context, row);
  const failures = fill(context, row, planOfRow(row));
  state.fleets.put({ ...row, state: 'active', errors: failures });
  if (row.state === 'submitted') note(context, id, 'fleetRequestChange', 'active', '');
  for (const { code, message } of failures) note(context, id, 'error', code, message);
  const has = capacityOf(context, id);
  const isShort = has.spot < row.target.spot || has.onDemand < row.target.onDemand;
  if (row.type === 'maintain' && isShort) lookLater(context, id, retrySeconds);
}

/** A deleted fleet is gone once its instances are, and forgotten a while later. */
function settleDeleted(context: Ec2Context, row: FleetRow): void {
  const { state } = context;
  if (row.state === 'deleted-terminating' && membersOf(context, row.id).length === 0) {
    state.fleets.put({ ...row, state: 'deleted' });
    note(context, row.id, 'fleetRequestChange', 'deleted', '');
    context.jobs.at(later(context.clock.now(), 48 * 3_600), 'fleetForgotten', { id: row.id });
  }
}

export function fleetForgotten({ id }: { readonly id: string }, context: Ec2Context): void {
  const { state } = context;
  state.fleets.delete(id);
  state.fleetMembers.deleteAll({ prefix: key(id) });
  state.fleetEvents.deleteAll({ prefix: key(id) });
  dropTags(context, id);
}

/** Deletes fleets; an instant one only with its instances. */
export const DeleteFleets: Operation<'DeleteFleets'> = ({ FleetIds, TerminateInstances }, context) => {
  const { state } = context;
  const done: object[] = [];
  const failed: object[] = [];
  for (const FleetId of FleetIds) {
    const row = state.fleets.find(FleetId);
    if (row === undefined || row.kind !== 'fleet') {
      failed.push({
        FleetId,
        Error: { Code: 'fleetIdDoesNotExist', Message: `The fleet ID '${FleetId}' does not exist.` },
      });
      continue;
    }
    if (row.type === 'instant' && !TerminateInstances) {
      const Message = 'Instant fleets cannot be deleted without terminating their instances.';
      failed.push({ FleetId, Error: { Code: 'fleetNotInDeletableState', Message } });
      continue;
    }
    const next = TerminateInstances ? 'deleted-terminating' : 'deleted-running';
    state.fleets.put({ ...row, state: next, target: { total: 0, onDemand: 0, spot: 0 } });
    note(context, FleetId, 'fleetRequestChange', next, '');
    if (TerminateInstances) endAll(context, FleetId);
    lookLater(context, FleetId, 10);
    done.push({ FleetId, CurrentFleetState: next.replace('-', '_'), PreviousFleetState: row.state.replace('-', '_') });
  }
  return { SuccessfulFleetDeletions: done, UnsuccessfulFleetDeletions: failed };
};

export function getFleet({ state }: Ec2Context, id: string, kind: FleetRow['kind']): FleetRow {
  const row = state.fleets.find(id);
  if (row?.kind !== kind) {
    if (kind === 'fleet') throw errors.other('InvalidFleetId.NotFound', `The fleet ID '${id}' does not exist`);
    throw errors.other('InvalidSpotFleetRequestId.NotFound', `The spot fleet request ID '${id}' does not exist`);
  }
  return row;
}

const activityOf = (
  row: FleetRow,
  has: { readonly spot: number; readonly onDemand: number },
): FleetData['ActivityStatus'] => {
  if (row.errors.length > 0 && has.spot + has.onDemand < row.target.total) return 'error';
  return has.spot >= row.target.spot && has.onDemand >= row.target.onDemand ? 'fulfilled' : 'pending_fulfillment';
};

function showFleet(context: Ec2Context, row: FleetRow): FleetData {
  const request = JSON.parse(row.request) as Request;
  const has = capacityOf(context, row.id);
  return {
    FleetId: row.id,
    FleetState: row.state.replace('-', '_') as FleetData['FleetState'],
    ActivityStatus: activityOf(row, has),
    CreateTime: toDate(row.createdAt),
    Type: row.type,
    ExcessCapacityTerminationPolicy: row.excess,
    FulfilledCapacity: has.spot + has.onDemand,
    FulfilledOnDemandCapacity: has.onDemand,
    LaunchTemplateConfigs: request.LaunchTemplateConfigs as FleetData['LaunchTemplateConfigs'],
    TargetCapacitySpecification: {
      TotalTargetCapacity: row.target.total,
      OnDemandTargetCapacity: row.target.onDemand,
      SpotTargetCapacity: row.target.spot,
      DefaultTargetCapacityType: request.TargetCapacitySpecification.DefaultTargetCapacityType ?? 'on-demand',
    },
    TerminateInstancesWithExpiration: request.TerminateInstancesWithExpiration ?? false,
    ReplaceUnhealthyInstances: request.ReplaceUnhealthyInstances ?? false,
    ValidFrom: row.validFrom === undefined ? undefined : toDate(row.validFrom),
    ValidUntil: row.validUntil === undefined ? undefined : toDate(row.validUntil),
    // Inferred from what clients expect of a fleet made without them: only what was asked for is told.
    SpotOptions: request.SpotOptions as FleetData['SpotOptions'],
    OnDemandOptions: request.OnDemandOptions,
    Context: request.Context,
    Instances: row.type === 'instant' ? (showInstances(context, row.id) as FleetData['Instances']) : undefined,
    Errors: row.type === 'instant' ? showErrors(row) : undefined,
    Tags: tagsOf(context, row.id),
  };
}

/** Instant fleets are told only when their IDs are given. */
export const DescribeFleets: Operation<'DescribeFleets'> = (input, context) => {
  const ids = input.FleetIds ?? [];
  const named = ids.map((id) => getFleet(context, id, 'fleet'));
  const { rows, NextToken } = list(input, context, {
    rows: () =>
      ids.length > 0
        ? named
        : context.state.fleets.list().filter((row) => row.kind === 'fleet' && row.type !== 'instant'),
    id: (row) => row.id,
    filters: {
      'activity-status': (row) => activityOf(row, capacityOf(context, row.id)),
      'excess-capacity-termination-policy': (row) => row.excess,
      'fleet-state': (row) => row.state.replace('-', '_'),
      'replace-unhealthy-instances': (row) => showFleet(context, row).ReplaceUnhealthyInstances,
      type: (row) => row.type,
    },
    least: 1,
  });
  return { Fleets: rows.map((row) => showFleet(context, row)), NextToken };
};

export function showActive(context: Ec2Context, fleetId: string) {
  return membersOf(context, fleetId).map(({ row }) => ({
    InstanceId: row.id,
    InstanceType: row.type,
    SpotInstanceRequestId: row.spotRequestId,
    InstanceHealth: context.parts.faults.impaired(row.id, row.zoneId).instance
      ? ('unhealthy' as const)
      : ('healthy' as const),
  }));
}

export const DescribeFleetInstances: Operation<'DescribeFleetInstances'> = ({ FleetId }, context) => {
  const row = getFleet(context, FleetId, 'fleet');
  return { FleetId: row.id, ActiveInstances: showActive(context, row.id) };
};

export const DescribeFleetHistory: Operation<'DescribeFleetHistory'> = (input, context) => {
  const row = getFleet(context, input.FleetId, 'fleet');
  const since = input.StartTime.getTime();
  const HistoryRecords = context.state.fleetEvents
    .list({ prefix: key(row.id) })
    .filter(
      (event) => event.at >= since && (input.EventType === undefined || eventTypes[event.type] === input.EventType),
    )
    .map((event) => ({
      EventType: eventTypes[event.type],
      EventInformation: { EventSubType: event.subtype, EventDescription: event.text, InstanceId: event.instanceId },
      Timestamp: toDate(event.at),
    }));
  return {
    FleetId: row.id,
    HistoryRecords,
    StartTime: input.StartTime,
    LastEvaluatedTime: new Date(context.clock.now()),
  };
};

const eventTypes = {
  instanceChange: 'instance-change',
  fleetRequestChange: 'fleet-change',
  error: 'service-error',
  information: 'fleet-change',
} as const;

/** Another target for a `maintain` fleet. */
export const ModifyFleet: Operation<'ModifyFleet'> = (input, context) => {
  const row = getFleet(context, input.FleetId, 'fleet');
  if (row.type !== 'maintain') throw errors.unsupported('Only fleets of the type maintain can be modified.');
  const request = JSON.parse(row.request) as Request;
  const TargetCapacitySpecification = input.TargetCapacitySpecification ?? request.TargetCapacitySpecification;
  const changed = {
    ...request,
    TargetCapacitySpecification,
    LaunchTemplateConfigs: input.LaunchTemplateConfigs ?? request.LaunchTemplateConfigs,
    Context: input.Context ?? request.Context,
  };
  context.state.fleets.put({
    ...row,
    request: JSON.stringify(changed),
    excess: input.ExcessCapacityTerminationPolicy ?? row.excess,
    target: targetOf({
      ...TargetCapacitySpecification,
      DefaultTargetCapacityType:
        TargetCapacitySpecification.DefaultTargetCapacityType ??
        request.TargetCapacitySpecification.DefaultTargetCapacityType,
    }),
  });
  lookLater(context, row.id, 1);
  return { Return: true };
};
