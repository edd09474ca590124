// Spot fleets: the older form of fleets, with an own request ID and states.
import type { SpotFleetRequestConfig } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { instant, toDate } from '../../../kernel/units.ts';
import type { Asked } from './around.ts';
import { errors, kinds } from './errors.ts';
import { capacityOf, endAll, lookLater, note } from './fleet-fill.ts';
import { getFleet, showActive } from './fleet.ts';
import { poolsOf } from './fleet-pool.ts';
import { list } from './list.ts';
import type { Ec2Context, Input, Operation, Output } from './operation.ts';
import { askProfiles, type FoundProfiles } from './profile-lookup.ts';
import { spotFleetSources } from './spot-fleet-plan.ts';
import type { FleetRow } from './spot-state.ts';
import { tagNew, tagsOf } from './tag.ts';

type Config = Input<'RequestSpotFleet'>['SpotFleetRequestConfig'];

export const askRequestSpotFleet: Asked<'RequestSpotFleet', FoundProfiles> = ({ SpotFleetRequestConfig }, context) =>
  askProfiles(
    context,
    poolsOf(context, spotFleetSources(SpotFleetRequestConfig)).flatMap(
      ({ request }) => request.IamInstanceProfile ?? [],
    ),
  );

function targetOf(total: number, onDemand = 0): FleetRow['target'] {
  if (onDemand > total)
    throw errors.invalidValue('The On-Demand target capacity must not be over the target capacity.');
  return { total, onDemand, spot: total - onDemand };
}

/**
 * Asks for a Spot fleet; it fills a moment later.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestSpotFleet.html
 */
export const requestSpotFleet = (
  { SpotFleetRequestConfig: config }: Input<'RequestSpotFleet'>,
  context: Ec2Context,
  profiles: FoundProfiles | undefined,
): Output<'RequestSpotFleet'> => {
  const { state, ids, clock } = context;
  const isEmpty = (config.LaunchSpecifications?.length ?? 0) + (config.LaunchTemplateConfigs?.length ?? 0) === 0;
  if (isEmpty)
    throw errors.other(
      'InvalidSpotFleetRequestConfig',
      'Either LaunchSpecifications or LaunchTemplateConfigs must be specified.',
    );
  if (
    config.LaunchSpecifications !== undefined &&
    config.LaunchSpecifications.length > 0 &&
    (config.LaunchTemplateConfigs?.length ?? 0) > 0
  ) {
    throw errors.other(
      'InvalidSpotFleetRequestConfig',
      'LaunchSpecifications and LaunchTemplateConfigs cannot be specified together.',
    );
  }
  if (config.TargetCapacity < 0)
    throw errors.other('InvalidSpotFleetRequestConfig', 'The target capacity must not be negative.');
  poolsOf(context, spotFleetSources(config));
  const row: FleetRow = {
    id: `sfr-${ids.uuid()}`,
    kind: 'spot-fleet',
    type: config.Type === 'request' ? 'request' : 'maintain',
    state: 'submitted',
    createdAt: clock.now(),
    target: targetOf(config.TargetCapacity, config.OnDemandTargetCapacity),
    request: JSON.stringify(config),
    validFrom: config.ValidFrom === undefined ? undefined : instant(config.ValidFrom.getTime()),
    validUntil: config.ValidUntil === undefined ? undefined : instant(config.ValidUntil.getTime()),
    excess: readExcess(config.ExcessCapacityTerminationPolicy),
    profiles: profiles ?? {},
    errors: [],
  };
  state.fleets.put(row);
  tagNew(context, kinds.spotFleet, row.id, config.TagSpecifications);
  note(context, row.id, 'fleetRequestChange', 'submitted', '');
  lookLater(context, row.id, row.validFrom === undefined ? 1 : Math.max(1, (row.validFrom - clock.now()) / 1000));
  if (row.validUntil !== undefined) context.jobs.at(row.validUntil, 'fleetStep', { id: row.id });
  return { SpotFleetRequestId: row.id };
};

/** EC2 takes the policy in small and capital letters, and shows it as it was given. */
const readExcess = (policy: string | undefined): FleetRow['excess'] =>
  policy?.toLowerCase() === 'notermination' ? 'no-termination' : 'termination';

/** Our words for the states, and those of Spot fleets. */
const stateOf = ({ state }: FleetRow): NonNullable<SpotFleetRequestConfig['SpotFleetRequestState']> => {
  if (state === 'deleted-running') return 'cancelled_running';
  if (state === 'deleted-terminating') return 'cancelled_terminating';
  return state === 'deleted' ? 'cancelled' : state;
};

const dated = (config: Config): Config => ({
  ...config,
  ValidFrom: config.ValidFrom === undefined ? undefined : new Date(config.ValidFrom),
  ValidUntil: config.ValidUntil === undefined ? undefined : new Date(config.ValidUntil),
});

function showRequest(context: Ec2Context, row: FleetRow): SpotFleetRequestConfig {
  const config = dated(JSON.parse(row.request) as Config);
  const has = capacityOf(context, row.id);
  const isFull = has.spot >= row.target.spot && has.onDemand >= row.target.onDemand;
  return {
    SpotFleetRequestId: row.id,
    SpotFleetRequestState: stateOf(row),
    ActivityStatus: row.errors.length > 0 && !isFull ? 'error' : isFull ? 'fulfilled' : 'pending_fulfillment',
    CreateTime: toDate(row.createdAt),
    SpotFleetRequestConfig: {
      AllocationStrategy: 'lowestPrice',
      OnDemandAllocationStrategy: 'lowestPrice',
      InstanceInterruptionBehavior: 'terminate',
      ReplaceUnhealthyInstances: false,
      TerminateInstancesWithExpiration: false,
      ExcessCapacityTerminationPolicy: 'default',
      InstancePoolsToUseCount: 1,
      ...config,
      Type: row.type,
      TargetCapacity: row.target.total,
      OnDemandTargetCapacity: row.target.onDemand,
      FulfilledCapacity: has.spot + has.onDemand,
      OnDemandFulfilledCapacity: has.onDemand,
    },
    Tags: tagsOf(context, row.id),
  };
}

export const DescribeSpotFleetRequests: Operation<'DescribeSpotFleetRequests'> = (input, context) => {
  const ids = input.SpotFleetRequestIds ?? [];
  const named = ids.map((id) => getFleet(context, id, 'spot-fleet'));
  const { rows, NextToken } = list({ MaxResults: input.MaxResults, NextToken: input.NextToken }, context, {
    rows: () => (ids.length > 0 ? named : context.state.fleets.list().filter(({ kind }) => kind === 'spot-fleet')),
    id: (row) => row.id,
    filters: {},
    least: 1,
  });
  return { SpotFleetRequestConfigs: rows.map((row) => showRequest(context, row)), NextToken };
};

export const DescribeSpotFleetInstances: Operation<'DescribeSpotFleetInstances'> = (
  { SpotFleetRequestId },
  context,
) => {
  const row = getFleet(context, SpotFleetRequestId, 'spot-fleet');
  return { SpotFleetRequestId: row.id, ActiveInstances: showActive(context, row.id) };
};

export const DescribeSpotFleetRequestHistory: Operation<'DescribeSpotFleetRequestHistory'> = (input, context) => {
  const row = getFleet(context, input.SpotFleetRequestId, 'spot-fleet');
  const since = input.StartTime.getTime();
  const HistoryRecords = context.state.fleetEvents
    .list({ prefix: key(row.id) })
    .filter(({ at, type }) => at >= since && (input.EventType === undefined || type === input.EventType))
    .map((event) => ({
      EventType: event.type,
      EventInformation: { EventSubType: event.subtype, EventDescription: event.text, InstanceId: event.instanceId },
      Timestamp: toDate(event.at),
    }));
  return {
    SpotFleetRequestId: row.id,
    HistoryRecords,
    StartTime: input.StartTime,
    LastEvaluatedTime: new Date(context.clock.now()),
  };
};

/** Another target; what is over it goes, unless the fleet keeps it. */
export const ModifySpotFleetRequest: Operation<'ModifySpotFleetRequest'> = (input, context) => {
  const row = getFleet(context, input.SpotFleetRequestId, 'spot-fleet');
  if (row.type !== 'maintain') throw errors.unsupported('Only fleets of the type maintain can be modified.');
  if (row.state !== 'active' && row.state !== 'submitted') {
    throw errors.other('FleetNotInModifiableState', `The Spot Fleet request '${row.id}' is ${stateOf(row)}.`);
  }
  const config = JSON.parse(row.request) as Config;
  const LaunchTemplateConfigs = input.LaunchTemplateConfigs ?? config.LaunchTemplateConfigs;
  const policy = input.ExcessCapacityTerminationPolicy ?? config.ExcessCapacityTerminationPolicy;
  context.state.fleets.put({
    ...row,
    request: JSON.stringify({
      ...config,
      LaunchTemplateConfigs,
      Context: input.Context ?? config.Context,
      ExcessCapacityTerminationPolicy: policy,
    }),
    excess: readExcess(policy),
    target: targetOf(input.TargetCapacity ?? row.target.total, input.OnDemandTargetCapacity ?? row.target.onDemand),
  });
  lookLater(context, row.id, 1);
  return { Return: true };
};

/** Cancels fleets, with or without their instances. */
export const CancelSpotFleetRequests: Operation<'CancelSpotFleetRequests'> = (input, context) => {
  const { state } = context;
  const done: object[] = [];
  const failed: object[] = [];
  for (const SpotFleetRequestId of input.SpotFleetRequestIds) {
    const row = state.fleets.find(SpotFleetRequestId);
    if (row?.kind !== 'spot-fleet') {
      const Message = `The spot fleet request ID '${SpotFleetRequestId}' does not exist`;
      failed.push({ SpotFleetRequestId, Error: { Code: 'fleetRequestIdDoesNotExist', Message } });
      continue;
    }
    const next = input.TerminateInstances ? ('deleted-terminating' as const) : ('deleted-running' as const);
    const changed: FleetRow = { ...row, state: next, target: { total: 0, onDemand: 0, spot: 0 } };
    state.fleets.put(changed);
    note(context, row.id, 'fleetRequestChange', stateOf(changed), '');
    if (input.TerminateInstances) endAll(context, row.id);
    lookLater(context, row.id, 10);
    done.push({
      SpotFleetRequestId,
      CurrentSpotFleetRequestState: stateOf(changed),
      PreviousSpotFleetRequestState: stateOf(row),
    });
  }
  return { SuccessfulFleetRequests: done, UnsuccessfulFleetRequests: failed };
};
