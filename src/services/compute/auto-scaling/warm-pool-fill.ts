// Filling and emptying a warm pool, and taking instances out of it.
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { beginActivity, sentence } from './activity.ts';
import { asScaling, findGroup, isSuspended, membersOf } from './find.ts';
import { poolTarget } from './group-metric.ts';
import { markUnhealthy, retire } from './life.ts';
import { usableZones } from './launch-plan.ts';
import { changeMember, isWarm, isWarmTerminating } from './member.ts';
import type { GroupRow, MemberRow, ScalingContext } from './state.ts';
import { countBy, emptiest } from './zone-balance.ts';

const restStates = new Set<string>(['Warmed:Stopped', 'Warmed:Running', 'Warmed:Hibernated']);

const rested = (member: MemberRow): boolean => restStates.has(member.state) && member.healthy;

/** A prepared instance for the zone that is short of instances. */
export function findRested(
  context: ScalingContext,
  group: GroupRow,
  counts: ReadonlyMap<string, number>,
): MemberRow | undefined {
  if (group.warmPool === undefined) return undefined;
  const ready = membersOf(context, group.name).filter(rested);
  const zone = emptiest(counts, (one) => ready.some((member) => member.zone === one));
  return ready.find((member) => member.zone === zone) ?? ready[0];
}

/** Takes an instance out of the pool into the group. */
export function wakeUp(context: ScalingContext, group: GroupRow, member: MemberRow, cause: string): void {
  const activity = beginActivity(context, group, {
    description: `Launching a new EC2 instance from warm pool: ${member.id}`,
    cause,
    code: 'PreInService',
    progress: 30,
    place: member,
  });
  const isRunning = member.state === 'Warmed:Running';
  changeMember(context, member, { state: 'Pending', activityId: activity.id, inServiceAt: undefined });
  context.jobs.at(context.clock.now(), isRunning ? 'arriveRunning' : 'wake', { id: member.id });
}

/** Job: starts a prepared instance. */
export async function wake({ id }: { readonly id: string }, context: ScalingContext): Promise<void> {
  try {
    await context.aws.call('ec2', 'StartInstances', { InstanceIds: [id] }, asScaling);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    await context.transact(() => {
      const member = context.state.members.find(id);
      if (member !== undefined) markUnhealthy(context, member, 'a failure to start it from the warm pool.');
    });
  }
}

/** Brings the pool to its size. */
export function settlePool(
  context: ScalingContext,
  group: GroupRow,
  launch: (place: { readonly zone: string; readonly cause: string }) => void,
): void {
  const members = membersOf(context, group.name).filter(isWarm);
  if (group.warmPool === undefined) return;
  if (group.warmPool.status === 'PendingDelete' && members.length === 0) {
    const present = findGroup(context, group.name);
    if (present !== undefined) context.state.groups.put({ ...present, warmPool: undefined });
    return;
  }
  const warm = members.filter((member) => !isWarmTerminating(member));
  const launches = context.state.launches
    .index('group')
    .list({ prefix: key(group.name) })
    .filter((row) => row.isWarm);
  const has = warm.length + launches.length;
  const target = poolTarget(group);
  const zones = group.zones.map(({ zone }) => zone);
  const usable = usableZones(context, group);
  if (has < target && !isSuspended(group, 'Launch')) {
    const counts = countBy<{ readonly zone: string }>([...warm, ...launches], zones, ({ zone }) => zone);
    const words = `an instance was launched into the warm pool in response to a difference between desired and actual warm pool capacity, increasing the capacity from ${has} to ${target}.`;
    for (let count = has; count < target; count++) {
      const zone = emptiest(counts, usable);
      if (zone === undefined) return;
      counts.set(zone, (counts.get(zone) ?? 0) + 1);
      launch({ zone, cause: sentence(context, words) });
    }
  } else if (has > target && !isSuspended(group, 'Terminate')) {
    const words = `an instance was taken out of the warm pool in response to a difference between desired and actual warm pool capacity, shrinking the capacity from ${has} to ${target}.`;
    for (const member of warm.filter(rested).slice(0, has - target))
      retire(context, group, member, [sentence(context, words)]);
  }
}
