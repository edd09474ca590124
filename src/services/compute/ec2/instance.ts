// Instances from launch to end: `RunInstances`, what describes them, and what moves them from state to state.
import type { Filter, InstanceStateChange, Reservation } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { type Instant, toDate } from '../../../kernel/units.ts';
import type { Asked } from './around.ts';
import { needsReservation, reservationExceeded, reservedRoom } from './capacity-match.ts';
import { errors, kinds, missing } from './errors.ts';
import { rebootGuest } from './instance-guest.ts';
import { instanceFilters } from './instance-filter.ts';
import { canHappen, happen, type InstanceEvent, showState, stateCodes, userShutdown } from './instance-life.ts';
import type { InstanceRow } from './instance-state.ts';
import { showInstance } from './instance-view.ts';
import { askImage } from './image-alias.ts';
import { askProfile, type FoundProfile } from './profile-lookup.ts';
import { launch } from './launch.ts';
import { resolveRequest } from './launch-request.ts';
import { filterValuesMax, list, type Ordered } from './list.ts';
import { eventsOf } from './recovery.ts';
import { hasStalledVolume } from './volume-stall.ts';
import type { Ec2Context, Input, Operation, Output } from './operation.ts';
import { runSpot } from './spot-launch.ts';

/** The rows of IDs, all of which must be there. @throws InvalidInstanceID.NotFound, naming all that are not */
export function getInstances(context: Ec2Context, ids: readonly string[]): InstanceRow[] {
  const unique = [...new Set(ids)];
  for (const id of unique) if (!/^i-[0-9a-f]+$/.test(id)) throw missing({ ...kinds.instance, missing: malformed }, id);
  const unknown = unique.filter((id) => !context.state.instances.has(id));
  if (unknown.length > 1)
    throw errors.other('InvalidInstanceID.NotFound', `The instance IDs '${unknown.join(', ')}' do not exist`);
  if (unknown[0] !== undefined) throw kinds.instance.missing(unknown[0]);
  return unique.flatMap((id) => context.state.instances.find(id) ?? []);
}

const malformed = (id: string) => errors.other('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);

export function getInstance(context: Ec2Context, id: string): InstanceRow {
  return getInstances(context, [id])[0] as InstanceRow;
}

/** One that is not terminated: what most operations want. */
export function getLiving(context: Ec2Context, id: string): InstanceRow {
  const row = getInstance(context, id);
  if (row.state === 'terminated' || row.state === 'shutting-down') {
    throw errors.other(
      'IncorrectInstanceState',
      `The instance '${id}' is not in a valid state for this operation: ${row.state}.`,
    );
  }
  return row;
}

function showReservation(context: Ec2Context, rows: readonly InstanceRow[]): Reservation {
  return {
    ReservationId: rows[0]?.reservationId,
    OwnerId: context.account,
    RequesterId: rows[0]?.requesterId,
    Groups: [],
    Instances: rows.map((row) => showInstance(context, row)),
  };
}

/**
 * Launches instances from an image.
 *
 * Limit: 16 KiB of user data; the vCPU quota of the type's families.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
 */
export const runInstances = (
  input: Input<'RunInstances'>,
  context: Ec2Context,
  found: FoundForLaunch | undefined,
): Output<'RunInstances'> => {
  const { profile, imageId } = found ?? {};
  const resolved = resolveRequest(context, input);
  const request = imageId === undefined ? resolved : { ...resolved, ImageId: imageId };
  const { rows } =
    request.InstanceMarketOptions?.MarketType === 'spot'
      ? runSpot(context, request, profile)
      : launch(context, request, { profile });
  return showReservation(context, rows);
};

/** What other services know of a launch. */
export interface FoundForLaunch {
  readonly profile?: FoundProfile | undefined;
  /** The image behind `resolve:ssm:…`. */
  readonly imageId?: string | undefined;
}

/** Asks IAM for the profile that a launch names, and Systems Manager for its image. */
export const askRunInstances: Asked<'RunInstances', FoundForLaunch> = (input, context) => {
  const { IamInstanceProfile, ImageId } = input.LaunchTemplate === undefined ? input : resolveRequest(context, input);
  const asked = [askProfile(context, IamInstanceProfile), askImage(context, ImageId)] as const;
  if (asked[0] === undefined && asked[1] === undefined) return undefined;
  return Promise.all(asked).then(([profile, imageId]) => ({ profile, imageId }));
};

const plainValues = (filters: readonly Filter[] | undefined, name: string): readonly string[] | undefined => {
  const values = filters?.find((one) => one.Name === name)?.Values;
  return values === undefined || values.some((value) => /[*?\\]/.test(value)) ? undefined : values;
};

interface Candidates {
  /** Undefined: all that there are. */
  readonly rows: readonly InstanceRow[] | undefined;
  /** What of the filters is still to be asked. */
  readonly filters: readonly Filter[];
}

/** The rows that can match, read by an index where a filter allows it. */
function candidates({ state }: Ec2Context, filters: readonly Filter[] = []): Candidates {
  const ids = plainValues(filters, 'instance-id');
  if (ids !== undefined) return { rows: [...new Set(ids)].flatMap((id) => state.instances.find(id) ?? []), filters };
  const tag = filters.find(
    ({ Name = '', Values = [] }) =>
      Name.startsWith('tag:') && Values.length <= filterValuesMax && !Values.some((value) => /[*?\\]/.test(value)),
  );
  if (tag !== undefined) {
    const name = (tag.Name ?? '').slice('tag:'.length);
    const found = (tag.Values ?? []).flatMap((value) =>
      state.tags.index('pair').list({ prefix: key(kinds.instance.type, name, value) }),
    );
    const tagged = new Set(found.map(({ resourceId }) => resourceId));
    return {
      rows: inOrder([...tagged].flatMap((id) => state.instances.find(id) ?? [])),
      filters: filters.filter((one) => one !== tag),
    };
  }
  const vpcs = plainValues(filters, 'vpc-id');
  if (vpcs === undefined) return { rows: undefined, filters };
  const inVpcs = [...new Set(vpcs)].flatMap((id) => state.instances.index('vpc').list({ prefix: key(id) }));
  return { rows: inOrder(inVpcs), filters };
}

/** Pages of all instances, in the order in which they were launched. */
const inLaunchOrder = ({ state }: Ec2Context): Ordered<InstanceRow> => ({
  place: (row) => state.instances.index('order').keyOf(row, row.id) ?? '',
  after: (place) => state.instances.index('order').each({ after: place }),
});

const inOrder = (rows: InstanceRow[]): InstanceRow[] =>
  rows.sort(
    (a, b) =>
      a.createdAt - b.createdAt ||
      (a.reservationId < b.reservationId ? -1 : a.reservationId > b.reservationId ? 1 : a.launchIndex - b.launchIndex),
  );

/** Describes instances, as they were launched, by reservation. A terminated one is listed for an hour. */
export const DescribeInstances: Operation<'DescribeInstances'> = (input, context) => {
  const ids = input.InstanceIds ?? [];
  getInstances(context, ids);
  const known = ids.length === 0 ? candidates(context, input.Filters) : undefined;
  const request = known === undefined ? input : { ...input, Filters: [...known.filters] };
  const { rows, NextToken } = list(request, context, {
    rows: () => known?.rows ?? context.state.instances.index('order').list(),
    ordered: known !== undefined && known.rows === undefined ? inLaunchOrder(context) : undefined,
    find: (id) => context.state.instances.find(id),
    id: (row) => row.id,
    ids,
    kind: kinds.instance,
    filters: instanceFilters(context),
  });
  const byReservation = new Map<string, InstanceRow[]>();
  for (const row of rows) {
    const others = byReservation.get(row.reservationId);
    if (others === undefined) byReservation.set(row.reservationId, [row]);
    else others.push(row);
  }
  return { Reservations: [...byReservation.values()].map((some) => showReservation(context, some)), NextToken };
};

const changeOf = (before: InstanceRow, after: InstanceRow): InstanceStateChange => ({
  InstanceId: before.id,
  CurrentState: showState(after.state),
  PreviousState: showState(before.state),
});

const cannot = (id: string, done: string) =>
  errors.other('IncorrectInstanceState', `The instance '${id}' is not in a state from which it can be ${done}.`);

function move(context: Ec2Context, row: InstanceRow, event: InstanceEvent, done: string): InstanceStateChange {
  if (!canHappen(row.state, event)) throw cannot(row.id, done);
  return changeOf(row, happen(context, row, event, event === 'start' ? undefined : userShutdown));
}

/**
 * Starts stopped instances; those that run, or are about to, are left alone.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StartInstances.html
 */
export const StartInstances: Operation<'StartInstances'> = ({ InstanceIds }, context) => {
  const StartingInstances = getInstances(context, InstanceIds).map((row) => {
    if (row.state === 'running' || row.state === 'pending') return changeOf(row, row);
    if (row.state === 'stopped') checkRoom(context, row);
    return move(context, row, 'start', 'started');
  });
  return { StartingInstances };
};

/** A start asks for room as a launch does. @throws InsufficientInstanceCapacity, ReservationCapacityExceeded */
function checkRoom(context: Ec2Context, row: InstanceRow): void {
  const reserved = reservedRoom(context, row);
  if (reserved > 0) return;
  if (needsReservation(row)) throw reservationExceeded();
  const market = row.lifecycle === 'spot' ? 'spot' : 'on-demand';
  const launcher = { callerArn: context.caller.arn, random: context.random };
  if (context.parts.faults.hasCapacity(row.zoneId, row.type, market, launcher)) return;
  throw errors.capacity(`Insufficient capacity.`);
}

/**
 * Stops instances; those that are stopped, or are about to, are left alone.
 *
 * Limit: not before an instance has been `running` once.
 */
export const StopInstances: Operation<'StopInstances'> = (input, context) => {
  const rows = getInstances(context, input.InstanceIds);
  for (const row of rows) {
    if (row.disableApiStop) {
      throw errors.operationNotPermitted(
        `The instance '${row.id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
      );
    }
    if (input.Hibernate === true && !row.hibernation) {
      throw errors.other(
        'UnsupportedHibernationConfiguration',
        `The instance '${row.id}' is not enabled for hibernation.`,
      );
    }
    if (row.lifecycle === 'spot' && !isPersistent(context, row)) {
      throw errors.unsupported(
        `You can't stop the Spot Instance '${row.id}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.`,
      );
    }
    if (row.state === 'pending' && row.firstRunningAt === undefined) {
      throw errors.other(
        'IncorrectInstanceState',
        `Instance '${row.id}' cannot be stopped as it has never reached the 'running' state.`,
      );
    }
  }
  const StoppingInstances = rows.map((row) =>
    row.state === 'stopped' || row.state === 'stopping' ? changeOf(row, row) : move(context, row, 'stop', 'stopped'),
  );
  return { StoppingInstances };
};

const isPersistent = ({ state }: Ec2Context, row: InstanceRow): boolean =>
  row.spotRequestId !== undefined && state.spotRequests.find(row.spotRequestId)?.type === 'persistent';

/** Reboots instances that run; they stay `running`. */
export const RebootInstances: Operation<'RebootInstances'> = ({ InstanceIds }, context) => {
  for (const row of getInstances(context, InstanceIds)) {
    if (row.state !== 'running' && row.state !== 'pending') throw cannot(row.id, 'rebooted');
    rebootGuest(context, row);
  }
  return {};
};

/**
 * Terminates instances. One that is terminated already is answered as it is.
 *
 * Differs: when one of several is protected, none is terminated; AWS terminates those in other zones.
 */
export const TerminateInstances: Operation<'TerminateInstances'> = ({ InstanceIds }, context) => {
  const rows = getInstances(context, InstanceIds);
  for (const row of rows) {
    if (row.disableApiTermination && row.state !== 'terminated') {
      throw errors.operationNotPermitted(
        `The instance '${row.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      );
    }
  }
  const TerminatingInstances = rows.map((row) =>
    canHappen(row.state, 'terminate')
      ? changeOf(row, happen(context, row, 'terminate', userShutdown))
      : changeOf(row, row),
  );
  return { TerminatingInstances };
};

/** Minutes after a start in which the status checks have not passed yet. Unknown: AWS says "a few minutes". */
const initializingSeconds = 60;

/** Statuses of the two checks: by the fault plan, and for a while after the start not known yet. */
export function checksOf(context: Ec2Context, row: InstanceRow) {
  const { clock, parts } = context;
  if (row.state !== 'running') return notApplicable;
  const since = parts.faults.impairedSince(row.id, row.zoneId);
  const isNew = clock.now() < (row.runningAt ?? 0) + initializingSeconds * 1000;
  const of = (bad: boolean) => (bad ? ('impaired' as const) : isNew ? ('initializing' as const) : ('ok' as const));
  return {
    instance: of(since.instance !== undefined),
    system: of(since.system !== undefined),
    ebs: of(hasStalledVolume(context, row.id)),
    since,
  };
}

const notApplicable = {
  instance: 'not-applicable',
  system: 'not-applicable',
  ebs: 'not-applicable',
  since: { instance: undefined, system: undefined },
} as const;

const reachability = { ok: 'passed', impaired: 'failed', initializing: 'initializing' } as const;

type CheckStatus = ReturnType<typeof checksOf>['instance'];

function summary(status: CheckStatus, since?: Instant) {
  if (status === 'not-applicable') return { Status: status };
  const ImpairedSince = since === undefined ? undefined : toDate(since);
  return { Status: status, Details: [{ Name: 'reachability' as const, Status: reachability[status], ImpairedSince }] };
}

/** Status checks of instances that run; of all with `IncludeAllInstances`. */
export const DescribeInstanceStatus: Operation<'DescribeInstanceStatus'> = (input, context) => {
  const { state } = context;
  const ids = input.InstanceIds ?? [];
  const known = getInstances(context, ids);
  const all = input.IncludeAllInstances === true;
  const checks = (row: InstanceRow) => checksOf(context, row);
  const events = (row: InstanceRow) => eventsOf(context, row);
  const { rows, NextToken } = list({ ...input, MaxResults: input.MaxResults }, context, {
    rows: () =>
      (ids.length > 0 ? known : state.instances.index('order').list()).filter((row) => all || row.state === 'running'),
    id: (row) => row.id,
    filters: {
      'attached-ebs-status.reachability': (row) => detail(checks(row).ebs),
      'attached-ebs-status.status': (row) => checks(row).ebs,
      'availability-zone': (row) => row.zone,
      'availability-zone-id': (row) => row.zoneId,
      'event.code': (row) => events(row).map(({ Code }) => Code),
      'event.description': (row) => events(row).map(({ Description }) => Description),
      'event.instance-event-id': (row) => events(row).map(({ InstanceEventId }) => InstanceEventId),
      'event.not-after': () => [],
      'event.not-before': (row) => events(row).map(({ NotBefore }) => NotBefore?.toISOString()),
      'event.not-before-deadline': () => [],
      'instance-state-code': (row) => stateCodes[row.state],
      'instance-state-name': (row) => row.state,
      'instance-status.reachability': (row) => detail(checks(row).instance),
      'instance-status.status': (row) => checks(row).instance,
      'operator.managed': () => false,
      'operator.principal': () => undefined,
      'system-status.reachability': (row) => detail(checks(row).system),
      'system-status.status': (row) => checks(row).system,
    },
  });
  const InstanceStatuses = rows.map((row) => {
    const { instance, system, ebs, since } = checks(row);
    return {
      InstanceId: row.id,
      AvailabilityZone: row.zone,
      AvailabilityZoneId: row.zoneId,
      InstanceState: showState(row.state),
      InstanceStatus: summary(instance, since.instance),
      SystemStatus: summary(system, since.system),
      AttachedEbsStatus: summary(ebs),
      Events: events(row),
      Operator: { Managed: false },
    };
  });
  return { InstanceStatuses, NextToken };
};

const detail = (status: CheckStatus): string | undefined =>
  status === 'not-applicable' ? undefined : reachability[status];
