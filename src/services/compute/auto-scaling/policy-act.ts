// A policy acts: an alarm says so, or a user (ASG-05 … 07, 12, 15).
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-default-instance-warmup.html
import type { AlarmAction, AlarmActionsRepeated } from '../../management/cloudwatch/facts.ts';
import { key } from '../../../kernel/key.ts';
import { later } from '../../../kernel/units.ts';
import { adjust, neededFor, stepFor } from '../../../kernel/adjustment.ts';
import { findGroup, isSuspended, membersOf } from './find.ts';
import { setDesired } from './group.ts';
import { launchesOf } from './launch-plan.ts';
import { isActive, isInService, weightOf } from './member.ts';
import type { GroupRow, PolicyRow, ScalingContext } from './state.ts';

interface Trigger {
  /** How the cause begins: `a monitor alarm high in state ALARM triggered`. */
  readonly words: string;
  readonly value?: number | undefined;
  readonly threshold?: number | undefined;
  /** True for the alarm below a target. */
  readonly isLow?: boolean | undefined;
}

/** An alarm asks for a policy. */
export function alarmActed(fact: AlarmAction, context: ScalingContext): void {
  const policy = context.state.policies.index('arn').first({ prefix: fact.actionArn });
  const group = policy && findGroup(context, policy.group);
  if (policy?.arn !== fact.actionArn || group === undefined || !policy.enabled) return;
  if (isSuspended(group, 'AlarmNotification') || group.deleting === true) return;
  actOn(context, group, policy, {
    words: `a monitor alarm ${fact.alarmName} in state ${fact.newState} triggered`,
    value: fact.value,
    threshold: fact.threshold,
    isLow: fact.alarmName.startsWith(`TargetTracking-${group.name}-AlarmLow-`),
  });
}

/** Alarms that go on ask again each minute. */
export function alarmsRepeated({ actions }: AlarmActionsRepeated, context: ScalingContext): void {
  for (const action of actions) alarmActed(action, context);
}

/** Seconds for which an instance that came into service does not count for a policy. */
export const policyWarmup = (group: GroupRow, policy: PolicyRow): number =>
  policy.warmupSeconds ?? group.warmupSeconds ?? group.cooldownSeconds;

/** Capacity that is on its way or warms up. */
function warming(context: ScalingContext, group: GroupRow, policy: PolicyRow): number {
  const now = context.clock.now();
  const seconds = policyWarmup(group, policy);
  const cold = membersOf(context, group.name).filter(
    (member) => isActive(member) && !(isInService(member) && later(member.inServiceAt ?? now, seconds) <= now),
  );
  return weightOf(cold) + weightOf(launchesOf(context, group.name).filter(({ isWarm }) => !isWarm));
}

export const isCooling = (context: ScalingContext, { cooldownUntil }: GroupRow): boolean =>
  (cooldownUntil ?? 0) > context.clock.now();

/** Lets a policy act; what the group wants afterwards. */
export function actOn(context: ScalingContext, group: GroupRow, policy: PolicyRow, trigger: Trigger): void {
  const wanted = wantedBy(context, group, policy, trigger);
  if (wanted === undefined) return;
  const desired = Math.min(group.max, Math.max(group.min, wanted));
  const isGrowing = desired > group.desired;
  const floor = isGrowing ? 0 : Math.min(group.desired, group.forecastMin ?? 0);
  const settled = Math.max(desired, floor);
  if (settled === group.desired) return;
  const changed = setDesired(
    context,
    group,
    settled,
    `${trigger.words} policy ${policy.name} changing the desired capacity from ${group.desired} to ${settled}.`,
  );
  if (policy.type !== 'SimpleScaling') return;
  const coolingSeconds = policy.cooldownSeconds ?? group.cooldownSeconds;
  context.state.groups.put({
    ...changed,
    coolingSeconds,
    cooldownUntil: later(context.clock.now(), coolingSeconds),
  });
}

function wantedBy(context: ScalingContext, group: GroupRow, policy: PolicyRow, trigger: Trigger): number | undefined {
  const { value, threshold } = trigger;
  const { adjustmentType, adjustment = 0, minMagnitude } = policy;
  switch (policy.type) {
    case 'SimpleScaling':
      if (isCooling(context, group) || launchesOf(context, group.name).length > 0) return undefined;
      return adjust(group.desired, adjustmentType, adjustment, minMagnitude);
    case 'StepScaling': {
      const step =
        value === undefined || threshold === undefined ? undefined : stepFor(policy.steps ?? [], value, threshold);
      if (step?.ScalingAdjustment === undefined) return undefined;
      // What warms up already was for the same breach: only a larger step adds to it.
      const cold = warming(context, group, policy);
      const after = adjust(group.desired - cold, adjustmentType, step.ScalingAdjustment, minMagnitude);
      const isOut = adjust(group.desired, adjustmentType, step.ScalingAdjustment, minMagnitude) > group.desired;
      if (isOut) return Math.max(group.desired, after);
      return cold > 0 ? undefined : after;
    }
    case 'TargetTrackingScaling':
      return value === undefined ? undefined : track(context, group, policy, value, trigger.isLow === true);
    case 'PredictiveScaling':
      return undefined;
  }
}

/** A low alarm of another policy counts for so long: it speaks every minute. */
const readySeconds = 90;
/** A group shrinks slowly: by a tenth, or one. Unknown: AWS says "more gradually". */
const shrinkShare = 0.1;

function track(
  context: ScalingContext,
  group: GroupRow,
  policy: PolicyRow,
  value: number,
  isLow: boolean,
): number | undefined {
  const target = policy.tracking?.TargetValue ?? 0;
  const cold = warming(context, group, policy);
  const needed = neededFor(Math.max(1, group.desired - cold), value, target);
  if (!isLow) return Math.max(group.desired, needed);
  const { state, clock } = context;
  state.policies.put({ ...policy, readyAt: clock.now() });
  if (cold > 0) return undefined;
  // All policies that could shrink the group have to want it.
  const others = state.policies
    .list({ prefix: key(group.name) })
    .filter(
      (one) =>
        one.name !== policy.name && one.enabled && one.tracking !== undefined && one.tracking.DisableScaleIn !== true,
    );
  if (others.some(({ readyAt }) => readyAt === undefined || later(readyAt, readySeconds) < clock.now()))
    return undefined;
  const least = group.desired - Math.max(1, Math.floor(group.desired * shrinkShare));
  return Math.min(group.desired, Math.max(needed, least));
}
