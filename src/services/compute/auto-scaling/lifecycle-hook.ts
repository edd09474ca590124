// Operations on lifecycle hooks and on the actions that they began.
import type { LifecycleHook } from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { deliver } from './announce.ts';
import { errors } from './errors.ts';
import { getGroup, hooksOf } from './find.ts';
import { beat, findAction, globalSeconds } from './hook.ts';
import { hookFor, transitions } from './hook-input.ts';
import { completeAction } from './life.ts';
import { hooksPerGroupMax } from './limits.ts';
import type { GroupRow, HookActionRow, HookRow, Operation, ScalingContext } from './state.ts';

/** Makes a hook or changes it. Instances that are held already are held as before. A target is tried at once. */
export const PutLifecycleHook: Operation<'PutLifecycleHook'> = async (input, context) => {
  const { state } = context;
  const group = getGroup(context, input.AutoScalingGroupName);
  const at = key(group.name, input.LifecycleHookName);
  const before = state.hooks.find(at);
  if (before === undefined && hooksOf(context, group.name).length >= hooksPerGroupMax)
    throw errors.limit('The maximum number of lifecycle hooks for this group has been reached.');
  const row = hookFor(group.name, input, before);
  if (row.targetArn !== undefined && row.targetArn !== before?.targetArn) await tryTarget(context, group, row);
  return context.transact(() => {
    getGroup(context, group.name);
    state.hooks.put(row);
    return {};
  });
};

async function tryTarget(
  context: ScalingContext,
  group: GroupRow,
  { targetArn = '', roleArn }: HookRow,
): Promise<void> {
  const message = {
    AccountId: context.account,
    RequestId: context.ids.uuid(),
    AutoScalingGroupARN: group.arn,
    AutoScalingGroupName: group.name,
    Service: 'AWS Auto Scaling',
    Event: 'autoscaling:TEST_NOTIFICATION',
    Time: new Date(context.clock.now()).toISOString(),
  };
  const subject = `Auto Scaling: test notification for group "${group.name}"`;
  try {
    await deliver(context, { topicArn: targetArn, subject, message, roleArn });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // A service that is not built cannot say whether the target is right.
    if (error.code === 'NotImplemented') return;
    throw errors.validation(
      `Unable to publish test message to notification target ${targetArn} using IAM role ${roleArn ?? ''}. Please check your target and role configuration and try to put lifecycle hook again.`,
    );
  }
}

/** Deletes a hook; what it holds goes on, a launch as CONTINUE. */
export const DeleteLifecycleHook: Operation<'DeleteLifecycleHook'> = (input, context) => {
  const { state } = context;
  const group = getGroup(context, input.AutoScalingGroupName);
  const name = input.LifecycleHookName;
  if (!state.hooks.delete(key(group.name, name)))
    throw errors.validation(`No Lifecycle Hook found with name ${name} for AutoScalingGroup ${group.name}`);
  for (const action of state.hookActions.list())
    if (action.group === group.name && action.hook === name)
      completeAction(context, action, 'CONTINUE', 'Hook deleted');
  return {};
};

const show = (hook: HookRow): LifecycleHook => ({
  LifecycleHookName: hook.name,
  AutoScalingGroupName: hook.group,
  LifecycleTransition: hook.transition,
  NotificationTargetARN: hook.targetArn,
  RoleARN: hook.roleArn,
  NotificationMetadata: hook.metadata,
  HeartbeatTimeout: hook.timeoutSeconds,
  GlobalTimeout: globalSeconds(hook),
  DefaultResult: hook.defaultResult,
});

export const DescribeLifecycleHooks: Operation<'DescribeLifecycleHooks'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const names = input.LifecycleHookNames ?? [];
  const rows = hooksOf(context, group.name).filter(({ name }) => names.length === 0 || names.includes(name));
  return { LifecycleHooks: rows.map(show) };
};

export const DescribeLifecycleHookTypes: Operation<'DescribeLifecycleHookTypes'> = () => ({
  LifecycleHookTypes: [...transitions],
});

interface Named {
  readonly LifecycleHookName: string;
  readonly AutoScalingGroupName: string;
  readonly LifecycleActionToken?: string | undefined;
  readonly InstanceId?: string | undefined;
}

/** The action that a request names by its token or by its instance. */
function getAction(context: ScalingContext, input: Named): HookActionRow {
  const group = getGroup(context, input.AutoScalingGroupName);
  const { InstanceId, LifecycleActionToken: token, LifecycleHookName: hook } = input;
  if (InstanceId === undefined && token === undefined)
    throw errors.validation('Either LifecycleActionToken or InstanceId must be specified.');
  const found =
    token === undefined ? context.state.hookActions.find(key(InstanceId ?? '', hook)) : findAction(context, token);
  const isRight =
    found?.group === group.name && found.hook === hook && (InstanceId ?? found.instanceId) === found.instanceId;
  if (found !== undefined && isRight) return found;
  throw errors.validation(
    token === undefined
      ? `No active Lifecycle Action found with instance ID ${InstanceId}`
      : `No active Lifecycle Action found with token ${token}`,
  );
}

/** Lets an instance go on, or ends its launch (ASG-19). */
export const CompleteLifecycleAction: Operation<'CompleteLifecycleAction'> = (input, context) => {
  const result = input.LifecycleActionResult;
  if (result !== 'CONTINUE' && result !== 'ABANDON')
    throw errors.validation(`Lifecycle action result ${result} is invalid. Valid values are: CONTINUE, ABANDON`);
  completeAction(context, getAction(context, input), result, `Lifecycle Action Completed with ${result} Result`);
  return {};
};

/** Gives an action its heartbeat timeout anew (ASG-20). */
export const RecordLifecycleActionHeartbeat: Operation<'RecordLifecycleActionHeartbeat'> = (input, context) => {
  beat(context, getAction(context, input));
  return {};
};
