// A policy acts on what an alarm says.
import type { AlarmAction, AlarmActionsRepeated } from '../cloudwatch/facts.ts';
import { adjust, neededFor, stepFor } from '../../../kernel/adjustment.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { later } from '../../../kernel/units.ts';
import { capacityOf } from './capacity.ts';
import { setCapacity } from './change.ts';
import { isUtilization } from './policy-alarm.ts';
import { type PolicyRow, type ScalingContext, subjectKey, type TargetRow } from './state.ts';

/** An alarm asks for a policy. */
export async function alarmActed(fact: AlarmAction, context: ScalingContext): Promise<void> {
  const { state, clock } = context;
  const policy = state.policies.index('arn').first({ prefix: fact.actionArn });
  if (policy?.arn !== fact.actionArn || fact.value === undefined) return;
  const target = state.targets.find(subjectKey(policy));
  if (target === undefined) return;
  const { id, read, cooldownSeconds } = capacityOf(policy);
  let current: number;
  try {
    current = await read(context, id);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return;
  }
  const wanted = wantedBy(policy, current, fact);
  if (wanted === undefined) return;
  const value = Math.min(target.max, Math.max(target.min, wanted));
  if (value === current || isHeld(context, target, value > current)) return;
  const cause = `monitor alarm ${fact.alarmName} in state ${fact.newState} triggered policy ${policy.name}`;
  const { namespace, resourceId, dimension } = policy;
  if (!(await setCapacity(context, { namespace, resourceId, dimension, cause }, value))) return;
  await context.transact(() => {
    const present = state.targets.find(subjectKey(policy));
    if (present === undefined) return;
    const { step, tracking } = policy;
    const out = step?.Cooldown ?? tracking?.ScaleOutCooldown ?? cooldownSeconds;
    const back = step?.Cooldown ?? tracking?.ScaleInCooldown ?? cooldownSeconds;
    const now = clock.now();
    state.targets.put(
      value > current
        ? { ...present, outUntil: later(now, out), inUntil: later(now, Math.max(out, back)) }
        : { ...present, inUntil: later(now, back) },
    );
  });
}

/** Alarms that go on ask again each minute. */
export async function alarmsRepeated({ actions }: AlarmActionsRepeated, context: ScalingContext): Promise<void> {
  for (const action of actions) await alarmActed(action, context);
}

/** In a cooldown, or suspended. */
function isHeld({ clock }: ScalingContext, target: TargetRow, isOut: boolean): boolean {
  const { suspended } = target;
  const until = isOut ? target.outUntil : target.inUntil;
  const isSuspended = isOut ? suspended.DynamicScalingOutSuspended : suspended.DynamicScalingInSuspended;
  return isSuspended === true || (until ?? 0) > clock.now();
}

function wantedBy(policy: PolicyRow, current: number, { value = 0, threshold = 0, alarmName }: AlarmAction) {
  const { step, tracking } = policy;
  if (step !== undefined) {
    const found = stepFor(step.StepAdjustments ?? [], value, threshold);
    return found?.ScalingAdjustment === undefined
      ? undefined
      : adjust(current, step.AdjustmentType, found.ScalingAdjustment, step.MinAdjustmentMagnitude);
  }
  const target = tracking?.TargetValue ?? 0;
  if (target <= 0 || alarmName.includes('-ProvisionedCapacity')) return undefined;
  // A table consumed so many units in a minute; the target is a share of what it has in a second.
  const needed = isUtilization(policy)
    ? Math.ceil(value / 60 / (target / 100) - 1e-9)
    : neededFor(Math.max(1, current), value, target);
  const isLow = alarmName.includes('-AlarmLow-');
  return isLow ? Math.min(current, needed) : Math.max(current, needed);
}
