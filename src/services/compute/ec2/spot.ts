// Spot requests: open until there is capacity at a price that one pays, then active, and closed or open again when the instance is taken.
//
// Differs: AWS gave up bidding in 2017, and so it is here: the price is the Spot price, and a maximum only caps it.
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-request-status.html
import type { LaunchSpecification, SpotInstanceRequest } from '@aws-sdk/client-ec2';
import { AwsError } from '../../../kernel/errors.ts';
import { instant, later, toDate } from '../../../kernel/units.ts';
import type { Asked } from './around.ts';
import { errors, get, kinds, missing } from './errors.ts';
import type { SpotInterruption } from '../../developer-tools/fis/facts.ts';
import type { SpotInterruptionWarning } from './facts.ts';
import { canHappen, experimentTermination, happen, spotTermination } from './instance-life.ts';
import { checkLaunch } from './launch.ts';
import { defaultType, getType } from './launch-check.ts';
import type { LaunchRequest } from './launch-request.ts';
import { list } from './list.ts';
import { runningSpot, watchSeconds } from './market-follow.ts';
import type { Ec2Context, Input, Operation, Output } from './operation.ts';
import { onDemandPrice, spotPrice } from './price-model.ts';
import { askProfile, type FoundProfile } from './profile-lookup.ts';
import { spotFilters } from './spot-filter.ts';
import { fulfilled, launchSpot, readPrice } from './spot-launch.ts';
import type { SpotRequestRow } from './spot-state.ts';
import { tagNew, tagsOf } from './tag.ts';

/** Unknown: AWS states no times. */
const evaluateSeconds = 2;
const retrySeconds = 300;
/** The notice that an instance has before it is taken. */
const noticeSeconds = 120;

type Specification = NonNullable<Input<'RequestSpotInstances'>['LaunchSpecification']>;

/** A launch specification as a launch has it. `SpotPlacement` lists zones; the first is taken. */
function requestOf(specification: Specification): LaunchRequest {
  const { Placement, AddressingType: _gone, ...own } = specification;
  const AvailabilityZone = Placement?.AvailabilityZone?.split(',')[0]?.trim();
  const tenancy = Placement?.Tenancy === undefined ? {} : { Tenancy: Placement.Tenancy };
  return {
    ...own,
    MinCount: 1,
    MaxCount: 1,
    Placement: Placement === undefined ? undefined : { GroupName: Placement.GroupName, AvailabilityZone, ...tenancy },
  };
}

function showSpecification(row: SpotRequestRow, { state }: Ec2Context): LaunchSpecification {
  const request = JSON.parse(row.request) as LaunchRequest;
  return {
    ImageId: request.ImageId,
    InstanceType: request.InstanceType,
    KeyName: request.KeyName,
    SubnetId: request.SubnetId,
    EbsOptimized: request.EbsOptimized,
    BlockDeviceMappings: request.BlockDeviceMappings,
    NetworkInterfaces: request.NetworkInterfaces,
    IamInstanceProfile: request.IamInstanceProfile,
    KernelId: request.KernelId,
    RamdiskId: request.RamdiskId,
    Monitoring: { Enabled: request.Monitoring?.Enabled ?? false },
    Placement: {
      AvailabilityZone: request.Placement?.AvailabilityZone ?? row.launchedZone,
      GroupName: request.Placement?.GroupName,
    },
    SecurityGroups: (request.SecurityGroupIds ?? []).map((GroupId) => ({
      GroupId,
      GroupName: state.groups.find(GroupId)?.name,
    })),
  };
}

const showRequest = (row: SpotRequestRow, context: Ec2Context): SpotInstanceRequest => ({
  SpotInstanceRequestId: row.id,
  State: row.state,
  Status: { Code: row.status.code, Message: row.status.message, UpdateTime: toDate(row.status.at) },
  Type: row.type,
  SpotPrice: row.price,
  CreateTime: toDate(row.createdAt),
  ValidFrom: row.validFrom === undefined ? undefined : toDate(row.validFrom),
  ValidUntil: row.validUntil === undefined ? undefined : toDate(row.validUntil),
  LaunchGroup: row.launchGroup,
  AvailabilityZoneGroup: row.zoneGroup,
  InstanceInterruptionBehavior: row.interruption,
  ProductDescription: row.product as SpotInstanceRequest['ProductDescription'],
  InstanceId: row.instanceId,
  LaunchedAvailabilityZone: row.launchedZone,
  LaunchSpecification: showSpecification(row, context),
  Fault: row.fault === undefined ? undefined : { Code: row.fault.code, Message: row.fault.message },
  Tags: tagsOf(context, row.id),
});

export const askRequestSpot: Asked<'RequestSpotInstances', FoundProfile> = (input, context) =>
  askProfile(context, input.LaunchSpecification?.IamInstanceProfile);

/**
 * Asks for Spot Instances. Each request is looked at a moment later.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestSpotInstances.html
 */
export const requestSpotInstances = (
  input: Input<'RequestSpotInstances'>,
  context: Ec2Context,
  profile: FoundProfile | undefined,
): Output<'RequestSpotInstances'> => {
  const { state, clock, ids, jobs, region } = context;
  if (input.LaunchSpecification === undefined) throw errors.missingParameter('LaunchSpecification');
  const request = requestOf(input.LaunchSpecification);
  const type = getType(request.InstanceType ?? defaultType);
  const price = readPrice(input.SpotPrice, onDemandPrice(region, type));
  const count = input.InstanceCount ?? 1;
  if (count < 1) throw errors.valueOf(count, 'instanceCount', 'Expected a value greater than zero.');
  if (input.BlockDurationMinutes !== undefined) throw errors.unsupported('Spot blocks are not available any more.');
  const interruption = input.InstanceInterruptionBehavior ?? 'terminate';
  if (interruption !== 'terminate' && input.Type !== 'persistent') {
    throw errors.combination(`Only persistent Spot requests can use the interruption behavior ${interruption}.`);
  }
  if (input.ValidUntil !== undefined && input.ValidUntil.getTime() <= clock.now()) {
    throw errors.invalidValue('The request is no longer valid: ValidUntil is in the past.');
  }
  checkLaunch(context, request, { lifecycle: 'spot', profile });
  const now = clock.now();
  const rows = Array.from({ length: count }, (): SpotRequestRow => {
    const validFrom = input.ValidFrom === undefined ? undefined : instant(input.ValidFrom.getTime());
    const row: SpotRequestRow = {
      id: ids.resource('sir').replace('sir-0', 'sir-').slice(0, 12),
      state: 'open',
      status: {
        code: 'pending-evaluation',
        message: 'Your Spot request has been submitted for review, and is pending evaluation.',
        at: now,
      },
      type: input.Type ?? 'one-time',
      price,
      createdAt: now,
      validFrom,
      validUntil: input.ValidUntil === undefined ? undefined : instant(input.ValidUntil.getTime()),
      launchGroup: input.LaunchGroup,
      zoneGroup: input.AvailabilityZoneGroup,
      interruption,
      product: 'Linux/UNIX',
      request: JSON.stringify(request),
      profile,
    };
    state.spotRequests.put(row);
    tagNew(context, kinds.spotRequest, row.id, input.TagSpecifications);
    jobs.at(later(validFrom !== undefined && validFrom > now ? validFrom : now, evaluateSeconds), 'spotStep', {
      id: row.id,
    });
    return row;
  });
  return { SpotInstanceRequests: rows.map((row) => showRequest(row, context)) };
};

/** What a refusal of a launch means for a request: wait, or give up. */
function statusOf(error: AwsError): { readonly code: string; readonly message: string; readonly waits: boolean } {
  switch (error.code) {
    case 'SpotMaxPriceTooLow':
      return { code: 'price-too-low', message: error.message, waits: true };
    case 'InsufficientInstanceCapacity':
      return {
        code: 'capacity-not-available',
        message: 'There is no Spot capacity available that matches your request.',
        waits: true,
      };
    case 'MaxSpotInstanceCountExceeded':
      return { code: 'constraint-not-fulfillable', message: error.message, waits: true };
    default:
      return { code: 'bad-parameters', message: error.message, waits: false };
  }
}

/** Looks at an open request: launches for it, or tells why not. */
export function spotStep({ id }: { readonly id: string }, context: Ec2Context): void {
  const { state, clock, jobs } = context;
  const row = state.spotRequests.find(id);
  if (row === undefined || row.state !== 'open') return;
  const now = clock.now();
  if (row.validUntil !== undefined && row.validUntil <= now) {
    state.spotRequests.put({
      ...row,
      state: 'cancelled',
      status: { code: 'schedule-expired', message: 'Your Spot request has expired.', at: now },
    });
    return;
  }
  const request = JSON.parse(row.request) as LaunchRequest;
  try {
    const { rows } = context.attempt(() =>
      launchSpot(context, request, row.price, { profile: row.profile, spotRequestId: id, fleetId: row.fleetId }),
    );
    const made = rows[0];
    state.spotRequests.put({
      ...row,
      state: 'active',
      status: { ...fulfilled, at: now },
      instanceId: made?.id,
      launchedZone: made?.zone,
      product: made?.platform === 'windows' ? 'Windows' : 'Linux/UNIX',
    });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { waits, ...status } = statusOf(error);
    const fault = waits ? undefined : { code: error.code, message: error.message };
    state.spotRequests.put({ ...row, state: waits ? 'open' : 'failed', status: { ...status, at: now }, fault });
    if (waits) jobs.at(later(now, retrySeconds), 'spotStep', { id });
  }
}

/** Cancels requests. Their instances go on running. */
export const CancelSpotInstanceRequests: Operation<'CancelSpotInstanceRequests'> = (input, context) => {
  const { state, clock } = context;
  const CancelledSpotInstanceRequests = input.SpotInstanceRequestIds.map((id) => {
    const row = get(state.spotRequests, kinds.spotRequest, id);
    if (row.state === 'open' || row.state === 'active' || row.state === 'disabled') {
      const runs = row.instanceId !== undefined;
      const code = runs ? 'request-canceled-and-instance-running' : 'canceled-before-fulfillment';
      const message = runs
        ? 'Your Spot request is canceled, but your instance is still running.'
        : 'Your Spot request was canceled before it was fulfilled.';
      state.spotRequests.put({ ...row, state: 'cancelled', status: { code, message, at: clock.now() } });
    }
    return { SpotInstanceRequestId: id, State: 'cancelled' as const };
  });
  return { CancelledSpotInstanceRequests };
};

export const DescribeSpotInstanceRequests: Operation<'DescribeSpotInstanceRequests'> = (input, context) => {
  const { state } = context;
  const ids = input.SpotInstanceRequestIds ?? [];
  for (const id of ids) if (!state.spotRequests.has(id)) throw missing(kinds.spotRequest, id);
  const { rows, NextToken } = list(input, context, {
    rows: state.spotRequests,
    id: (row) => row.id,
    ids,
    kind: kinds.spotRequest,
    filters: spotFilters(context),
  });
  return { SpotInstanceRequests: rows.map((row) => showRequest(row, context)), NextToken };
};

/** Looks at the capacity beneath Spot Instances, once a minute; what has none gets its notice (EC2-13). */
export function spotWatch(_data: object, context: Ec2Context): void {
  const { state, clock, jobs, parts, region } = context;
  state.spotWatches.delete('watch');
  const running = runningSpot(context);
  if (running.length === 0) return;
  state.spotWatches.put({ id: 'watch', job: jobs.at(later(clock.now(), watchSeconds), 'spotWatch', {}) });
  for (const row of running) {
    const request = row.spotRequestId === undefined ? undefined : state.spotRequests.find(row.spotRequestId);
    const isDear =
      request !== undefined && Number(request.price) < spotPrice(region, row.zoneId, getType(row.type), clock.now());
    const hasRoom = parts.faults.isEmpty || parts.faults.hasCapacity(row.zoneId, row.type, 'spot');
    if ((isDear || !hasRoom) && row.interruptedAt === undefined)
      warn(context, row.id, request?.interruption ?? 'terminate');
  }
}

/** A fault injection interrupts Spot Instances as a lack of capacity does; the notice may come earlier before it. */
export function interruptSpot({ instanceIds, noticeSeconds: seconds }: SpotInterruption, context: Ec2Context): void {
  for (const row of instanceIds.flatMap((id) => context.state.instances.find(id) ?? [])) {
    if (row.lifecycle !== 'spot' || row.state !== 'running' || row.interruptedAt !== undefined) continue;
    const request = row.spotRequestId === undefined ? undefined : context.state.spotRequests.find(row.spotRequestId);
    const wait = Math.max(0, seconds - noticeSeconds);
    context.jobs.at(later(context.clock.now(), wait), 'spotWarn', {
      id: row.id,
      action: request?.interruption ?? 'terminate',
    });
  }
}

/** The time before the notice is over. */
export function spotWarn(
  { id, action }: { readonly id: string; readonly action: SpotInterruptionWarning['action'] },
  context: Ec2Context,
): void {
  const row = context.state.instances.find(id);
  if (row?.state === 'running' && row.interruptedAt === undefined) warn(context, id, action, true);
}

function warn(
  context: Ec2Context,
  instanceId: string,
  action: SpotInterruptionWarning['action'],
  byExperiment = false,
): void {
  const { state, clock, jobs, facts } = context;
  const row = state.instances.find(instanceId);
  if (row === undefined) return;
  const at = later(clock.now(), noticeSeconds);
  state.instances.put({ ...row, interruptedAt: at });
  const fact: SpotInterruptionWarning = { instanceId, action, at };
  facts.publish('ec2.SpotInterruptionWarning', fact);
  const request = row.spotRequestId === undefined ? undefined : state.spotRequests.find(row.spotRequestId);
  if (request !== undefined) {
    const message = 'Your Spot Instance will be interrupted.';
    state.spotRequests.put({ ...request, status: { code: 'marked-for-termination', message, at: clock.now() } });
  }
  jobs.at(at, 'spotInterrupt', { id: instanceId, action, byExperiment });
}

/** The notice is over. */
export function spotInterrupt(
  { id, action, byExperiment }: { readonly id: string; readonly action: string; readonly byExperiment?: boolean },
  context: Ec2Context,
): void {
  const row = context.state.instances.find(id);
  if (row?.interruptedAt === undefined) return;
  const event = action === 'terminate' ? 'terminate' : 'stop';
  const reason = byExperiment === true ? experimentTermination : spotTermination;
  context.state.instances.put({ ...row, interruptedAt: undefined });
  if (canHappen(row.state, event)) happen(context, { ...row, interruptedAt: undefined }, event, reason);
}
