// An instance refresh on its way: which instances are still to be replaced, and how many may be at once.
//
// Rolling: old ones are taken out as far as the healthy percentage allows, at least one at a time; where more than 100 % are allowed, new
// ones are launched first. Checkpoints hold it up for a while.
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html
import type { AlarmStateChanged } from '../../management/cloudwatch/facts.ts';
import { instant, later, secondsBetween } from '../../../kernel/units.ts';
import { sentence } from './activity.ts';
import { publishEvent } from './announce.ts';
import type { AutoScalingEvent } from './facts.ts';
import { findGroup, isSuspended, membersOf } from './find.ts';
import { launchesOf, planReplacement } from './launch-plan.ts';
import { retire } from './life.ts';
import { changeMember, isActive, isInService, isStandby, isTerminating } from './member.ts';
import { activeRefresh, effective, sourceOf } from './refresh-source.ts';
import type { GroupRow, MemberRow, RefreshRow, ScalingContext } from './state.ts';
import { look } from './turn-time.ts';

/** Launches that may fail in a row before a refresh gives up. Unknown: AWS gives up after an hour without progress. */
const failuresMax = 5;

export const refreshSettings = (group: GroupRow, { preferences }: Pick<RefreshRow, 'preferences'>) => ({
  minHealthy: preferences.MinHealthyPercentage ?? group.maintenance?.min ?? 90,
  maxHealthy: preferences.MaxHealthyPercentage ?? group.maintenance?.max ?? 100,
  warmupSeconds: preferences.InstanceWarmup ?? group.warmupSeconds ?? group.graceSeconds,
  checkpoints: preferences.CheckpointPercentages ?? [],
  checkpointSeconds: preferences.CheckpointDelay ?? 3_600,
});

function tell(context: ScalingContext, group: GroupRow, row: RefreshRow, type: AutoScalingEvent['type']): void {
  publishEvent(context, type, [group.arn], { InstanceRefreshId: row.id, AutoScalingGroupName: group.name });
}

interface Flight {
  readonly count: number;
  /** When the first of them is done. */
  readonly until: number | undefined;
  /** True for an instance that does not count as done. */
  readonly has: (member: MemberRow) => boolean;
}

/** Instances of the refresh that do not count as done yet: on their way, or warming up. */
function inFlight(context: ScalingContext, group: GroupRow, row: RefreshRow): Flight {
  const { clock } = context;
  const { warmupSeconds } = refreshSettings(group, row);
  const endOf = ({ inServiceAt }: MemberRow) =>
    inServiceAt === undefined ? undefined : later(inServiceAt, warmupSeconds);
  const has = (member: MemberRow): boolean => {
    const isOwn = member.refreshId === row.id && isActive(member) && member.launchedAt >= phaseStart(row);
    return isOwn && (endOf(member) ?? Number.POSITIVE_INFINITY) > clock.now();
  };
  const flying = membersOf(context, group.name).filter(has);
  const ends = flying.flatMap((member) => endOf(member) ?? []);
  return {
    count: flying.length + launchesOf(context, group.name).filter((launch) => !launch.isWarm).length,
    until: ends.length === 0 ? undefined : Math.min(...ends),
    has,
  };
}

const phaseStart = (row: RefreshRow): number => row.rollbackStartAt ?? row.startAt;

/** How much of it is done, in percent. */
export function percentageOf(context: ScalingContext, group: GroupRow, row: RefreshRow): number {
  if (row.total === 0) return row.endAt === undefined && row.status === 'Pending' ? 0 : 100;
  const flying =
    row.endAt === undefined ? Math.min(inFlight(context, group, row).count, row.total - row.left.length) : 0;
  return Math.floor(((row.total - row.left.length - flying) / row.total) * 100);
}

/** Goes on with the refresh of a group, if there is one. */
export function stepRefresh(context: ScalingContext, group: GroupRow): void {
  const found = activeRefresh(context, group.name);
  if (found === undefined) return;
  const row = found.status === 'Pending' ? begin(context, group, found) : leaveOut(context, group, found);
  if (row.status === 'Cancelling' || row.status === 'RollbackInProgress' || row.status === 'InProgress') {
    const flying = inFlight(context, group, row);
    if (flying.until !== undefined)
      look(context, group.name, Math.max(0, secondsBetween(context.clock.now(), instant(flying.until))));
    if (row.status === 'Cancelling') {
      if (flying.count === 0) finish(context, group, row, 'Cancelled');
    } else if (group.failures >= failuresMax && !row.isRollback) {
      failRefresh(context, group, row, 'The instances failed to launch.');
    } else advance(context, group, row, flying);
  } else if (row.status === 'Baking') {
    const left = secondsBetween(context.clock.now(), instant(row.bakeUntil ?? 0));
    if (left > 0) look(context, group.name, left);
    else finish(context, group, row, 'Successful');
  }
}

/** The first step: which instances there are to replace. */
function begin(context: ScalingContext, group: GroupRow, row: RefreshRow): RefreshRow {
  const begun: RefreshRow = { ...row, status: 'InProgress' };
  context.state.refreshes.put(begun);
  tell(context, group, begun, 'EC2 Auto Scaling Instance Refresh Started');
  return begun;
}

/** Instances that went by themselves need no replacing any more. */
function leaveOut(context: ScalingContext, group: GroupRow, row: RefreshRow): RefreshRow {
  const living = new Set(
    membersOf(context, group.name)
      .filter((member) => !isTerminating(member))
      .map(({ id }) => id),
  );
  const left = row.left.filter((id) => living.has(id));
  if (left.length === row.left.length) return row;
  const changed = { ...row, left };
  context.state.refreshes.put(changed);
  return changed;
}

function advance(context: ScalingContext, group: GroupRow, row: RefreshRow, flying: Flight): void {
  const { state, clock } = context;
  const { checkpoints, checkpointSeconds } = refreshSettings(group, row);
  const isWaiting = row.waitUntil !== undefined && row.waitUntil > clock.now();
  // Where the last checkpoint is less than 100 %, the rest stays as it is.
  const isCut = !row.isRollback && checkpoints.length > 0 && row.passed >= checkpoints.length;
  if ((row.left.length === 0 || (isCut && !isWaiting)) && flying.count === 0) {
    const bakeSeconds = row.isRollback ? 0 : (row.preferences.BakeTime ?? 0);
    if (bakeSeconds > 0) {
      state.refreshes.put({ ...row, status: 'Baking', bakeUntil: later(clock.now(), bakeSeconds) });
      look(context, group.name, bakeSeconds);
    } else finish(context, group, row, row.isRollback ? 'RollbackSuccessful' : 'Successful');
    return;
  }
  if (isWaiting) {
    look(context, group.name, secondsBetween(clock.now(), instant(row.waitUntil)));
    return;
  }
  const checkpoint = row.isRollback ? undefined : checkpoints[row.passed];
  const done = percentageOf(context, group, row);
  if (checkpoint !== undefined && done >= checkpoint && checkpoint < 100) {
    const waiting = { ...row, passed: row.passed + 1, waitUntil: later(clock.now(), checkpointSeconds) };
    state.refreshes.put(waiting);
    tell(context, group, waiting, 'EC2 Auto Scaling Instance Refresh Checkpoint Reached');
    look(context, group.name, checkpointSeconds);
    return;
  }
  if (!row.isRollback && waitFor(context, group, row, flying)) return;
  const limit = Math.ceil((row.total * (checkpoint ?? 100)) / 100);
  replace(context, group, row, { flying, most: limit - (row.total - row.left.length) });
}

/** Takes out as many old instances as may be missing, and launches as many as may be too much. */
function replace(
  context: ScalingContext,
  group: GroupRow,
  row: RefreshRow,
  { flying, most }: { readonly flying: Flight; readonly most: number },
): void {
  if (isSuspended(group, 'Terminate') || isSuspended(group, 'Launch')) return;
  const { minHealthy, maxHealthy } = refreshSettings(group, row);
  const members = membersOf(context, group.name);
  const serving = members.filter((member) => isInService(member) && member.healthy && !flying.has(member));
  const old = row.left
    .flatMap((id) => members.find((member) => member.id === id) ?? [])
    .filter((member) => (isInService(member) || isStandby(member)) && mayReplace(row, member));
  const active = members.filter(isActive).length + launchesOf(context, group.name).length;
  const surplus = serving.length - group.desired;
  const words = 'an instance was taken out of service in response to an instance refresh.';
  if (maxHealthy > 100) {
    // Old ones go once what was launched for them is ready.
    const ready = Math.max(0, surplus);
    const warm = serving.filter(({ isExtra }) => isExtra);
    for (const member of old.slice(0, Math.min(ready, most))) {
      const successor = warm.shift();
      if (successor !== undefined) changeMember(context, successor, { isExtra: false });
      end(context, group, row, member, words);
    }
    const room = Math.max(1, Math.floor((group.desired * maxHealthy) / 100) - group.desired);
    const wanted = Math.min(room - (active - group.desired), most - ready, old.length - ready);
    const cause = sentence(context, 'an instance was launched in response to an instance refresh.');
    for (const member of old.slice(ready, ready + Math.max(0, wanted)))
      planReplacement(context, effective(context, group), member, cause);
    return;
  }
  const needed = Math.ceil((group.desired * minHealthy) / 100);
  const room = Math.max(serving.length - needed, flying.count === 0 && active >= group.desired ? 1 : 0);
  for (const member of old.slice(0, Math.max(0, Math.min(room, most)))) end(context, group, row, member, words);
}

function end(context: ScalingContext, group: GroupRow, row: RefreshRow, member: MemberRow, words: string): void {
  const { state } = context;
  retire(context, group, member, [sentence(context, words)]);
  const current = state.refreshes.find(row.id);
  if (current !== undefined) state.refreshes.put({ ...current, left: current.left.filter((id) => id !== member.id) });
}

/** Default: a protected instance, and one in standby, holds the refresh up until it is so no more. */
const mayReplace = ({ preferences }: RefreshRow, member: MemberRow): boolean =>
  (!member.protected || preferences.ScaleInProtectedInstances === 'Refresh') &&
  (!isStandby(member) || preferences.StandbyInstances === 'Terminate');

/** Seconds for which a refresh waits for instances that it may not replace. */
const heldSeconds = 3_600;

/** Waits for what holds a refresh up, and gives up in the end; true while it is held up. */
function waitFor(context: ScalingContext, group: GroupRow, row: RefreshRow, flying: Flight): boolean {
  const { state, clock } = context;
  const members = membersOf(context, group.name).filter(({ id }) => row.left.includes(id));
  const isHeld = flying.count === 0 && members.length > 0 && members.every((member) => !mayReplace(row, member));
  if (!isHeld) {
    if (row.heldSince !== undefined) state.refreshes.put({ ...row, heldSince: undefined });
    return false;
  }
  const since = row.heldSince ?? clock.now();
  const left = secondsBetween(clock.now(), later(since, heldSeconds));
  const held: RefreshRow = { ...row, heldSince: since };
  state.refreshes.put(held);
  if (left > 0) look(context, group.name, left);
  else {
    const what = members.some(isStandby) ? 'in standby' : 'protected from scale in';
    failRefresh(context, group, held, `The instance refresh waited for an hour for instances that are ${what}.`);
  }
  return true;
}

const endings: Readonly<Record<string, AutoScalingEvent['type']>> = {
  Successful: 'EC2 Auto Scaling Instance Refresh Succeeded',
  RollbackSuccessful: 'EC2 Auto Scaling Instance Refresh Succeeded',
  Cancelled: 'EC2 Auto Scaling Instance Refresh Cancelled',
  Failed: 'EC2 Auto Scaling Instance Refresh Failed',
};

function finish(context: ScalingContext, group: GroupRow, row: RefreshRow, status: RefreshRow['status']): void {
  const { state, clock } = context;
  const ended: RefreshRow = { ...row, status, endAt: clock.now() };
  state.refreshes.put(ended);
  for (const member of membersOf(context, group.name))
    if (member.isExtra && isInService(member)) changeMember(context, member, { isExtra: false });
  const source = status === 'Successful' ? sourceOf(row) : undefined;
  const present = findGroup(context, group.name);
  if (source !== undefined && present !== undefined) state.groups.put({ ...present, source });
  const type = endings[status];
  if (type !== undefined) tell(context, group, ended, type);
}

/** A refresh goes wrong: it is taken back where it may be, else it ends. */
export function failRefresh(context: ScalingContext, group: GroupRow, row: RefreshRow, reason: string): void {
  if (row.preferences.AutoRollback === true && row.wanted !== undefined) rollBack(context, group, row, reason);
  else finish(context, group, { ...row, reason }, 'Failed');
}

/** Puts back what was there before: all that the refresh launched is replaced by what the group launched until then. */
export function rollBack(context: ScalingContext, group: GroupRow, row: RefreshRow, reason: string): void {
  const { state, clock } = context;
  const replaced = membersOf(context, group.name).filter(
    (member) => member.refreshId === row.id && !isTerminating(member),
  );
  state.refreshes.put({
    ...row,
    status: 'RollbackInProgress',
    isRollback: true,
    rollbackReason: reason,
    rollbackStartAt: clock.now(),
    progressAtRollback: percentageOf(context, group, row),
    left: replaced.map(({ id }) => id),
    total: replaced.length,
    waitUntil: undefined,
    bakeUntil: undefined,
  });
  const present = findGroup(context, group.name);
  if (present !== undefined) state.groups.put({ ...present, failures: 0 });
  look(context, group.name);
}

/** An alarm that a refresh watches goes off. */
export function alarmChanged(fact: AlarmStateChanged, context: ScalingContext): void {
  if (fact.detail.state.value !== 'ALARM') return;
  for (const row of context.state.refreshes.index('active').list()) {
    const group = findGroup(context, row.group);
    const isWatched = row.preferences.AlarmSpecification?.Alarms?.includes(fact.detail.alarmName) === true;
    if (group === undefined || !isWatched || row.isRollback) continue;
    failRefresh(context, group, row, `The alarm ${fact.detail.alarmName} went into ALARM state.`);
  }
}
