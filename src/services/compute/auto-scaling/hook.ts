// Lifecycle hooks: an instance that comes or goes waits until somebody says that it may go on, or until time is over.
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html
import { key } from '../../../kernel/key.ts';
import { type Instant, instant, later } from '../../../kernel/units.ts';
import { changeActivity } from './activity.ts';
import { instanceArn, publishEvent, send } from './announce.ts';
import { hooksOf } from './find.ts';
import { hookGlobalSeconds, heartbeatsMax } from './limits.ts';
import { changeMember, inPool, isWarm } from './member.ts';
import type { GroupRow, HookActionRow, HookRow, MemberRow, ScalingContext } from './state.ts';

/** Seconds for which a hook may hold an instance at most. */
export const globalSeconds = ({ timeoutSeconds }: Pick<HookRow, 'timeoutSeconds'>): number =>
  Math.min(hookGlobalSeconds, timeoutSeconds * heartbeatsMax);

/** Lets the hooks of a transition hold an instance; false when there is none. */
export function hold(
  context: ScalingContext,
  group: GroupRow,
  member: MemberRow,
  transition: HookRow['transition'],
): boolean {
  const hooks = hooksOf(context, group.name, transition);
  if (hooks.length === 0) return false;
  const isLaunch = transition === 'autoscaling:EC2_INSTANCE_LAUNCHING';
  const state = inPool(member, isLaunch ? 'Pending:Wait' : 'Terminating:Wait');
  const held = changeMember(context, member, { state });
  changeActivity(context, member.activityId, { code: 'MidLifecycleAction', progress: isLaunch ? 40 : 60 });
  for (const hook of hooks) begin(context, group, held, hook);
  return true;
}

function begin(context: ScalingContext, group: GroupRow, member: MemberRow, hook: HookRow): void {
  const { state, clock, ids } = context;
  const token = ids.uuid();
  const action: HookActionRow = {
    group: group.name,
    instanceId: member.id,
    hook: hook.name,
    token,
    transition: hook.transition,
    timeoutSeconds: hook.timeoutSeconds,
    defaultResult: hook.defaultResult,
    endsAt: later(clock.now(), globalSeconds(hook)),
    jobId: watchFor(context, token, later(clock.now(), hook.timeoutSeconds)),
  };
  state.hookActions.put(action);
  const isLaunch = hook.transition === 'autoscaling:EC2_INSTANCE_LAUNCHING';
  const place = isWarm(member) ? 'WarmPool' : 'AutoScalingGroup';
  const detail = {
    LifecycleActionToken: token,
    AutoScalingGroupName: group.name,
    LifecycleHookName: hook.name,
    EC2InstanceId: member.id,
    LifecycleTransition: hook.transition,
    ...(hook.metadata === undefined ? {} : { NotificationMetadata: hook.metadata }),
    Origin: isLaunch ? 'EC2' : place,
    Destination: isLaunch ? place : 'EC2',
  };
  publishEvent(
    context,
    isLaunch ? 'EC2 Instance-launch Lifecycle Action' : 'EC2 Instance-terminate Lifecycle Action',
    [group.arn, instanceArn(context, member.id)],
    detail,
  );
  if (hook.targetArn !== undefined) {
    const message = {
      Service: 'AWS Auto Scaling',
      Time: new Date(clock.now()).toISOString(),
      RequestId: ids.uuid(),
      AccountId: context.account,
      ...detail,
    };
    const subject = `Auto Scaling: Lifecycle action '${isLaunch ? 'LAUNCHING' : 'TERMINATING'}' for instance ${member.id} in progress.`;
    send(context, { topicArn: hook.targetArn, roleArn: hook.roleArn, subject, message });
  }
}

const watchFor = ({ jobs }: ScalingContext, token: string, at: Instant): string =>
  jobs.at(at, 'hookTimeout', { token });

export const findAction = ({ state }: ScalingContext, token: string): HookActionRow | undefined =>
  state.hookActions.index('token').first({ prefix: token });

export const actionsOf = ({ state }: ScalingContext, instanceId: string): HookActionRow[] =>
  state.hookActions.list({ prefix: key(instanceId) });

/** Gives an action its timeout anew, up to the hook's global one. */
export function beat(context: ScalingContext, action: HookActionRow): void {
  const { state, jobs, clock } = context;
  jobs.cancel(action.jobId);
  const until = instant(Math.min(later(clock.now(), action.timeoutSeconds), action.endsAt));
  state.hookActions.put({ ...action, jobId: watchFor(context, action.token, until) });
}

/** Ends an action; true when no other holds the instance, or when none matters any more. */
export function release(context: ScalingContext, action: HookActionRow, result: string): boolean {
  const { state, jobs } = context;
  const end = (one: HookActionRow): void => {
    jobs.cancel(one.jobId);
    state.hookActions.delete(key(one.instanceId, one.hook));
  };
  end(action);
  const others = actionsOf(context, action.instanceId);
  if (result !== 'ABANDON') return others.length === 0;
  others.forEach(end);
  return true;
}
