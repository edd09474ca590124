// Reading a lifecycle hook from a request.
import { errors } from './errors.ts';
import { heartbeatSeconds } from './limits.ts';
import type { HookRow } from './state.ts';

interface HookInput {
  readonly LifecycleHookName?: string | undefined;
  readonly LifecycleTransition?: string | undefined;
  readonly NotificationMetadata?: string | undefined;
  readonly HeartbeatTimeout?: number | undefined;
  readonly DefaultResult?: string | undefined;
  readonly NotificationTargetARN?: string | undefined;
  readonly RoleARN?: string | undefined;
}

export const transitions = ['autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING'] as const;
const results = ['CONTINUE', 'ABANDON'];

/** A hook as the request makes it, or changes the one that was there. Default: 3,600 s, then ABANDON. */
export function hookFor(group: string, input: HookInput, before?: HookRow): HookRow {
  const transition = transitions.find((one) => one === (input.LifecycleTransition ?? before?.transition));
  if (transition === undefined)
    throw errors.validation(
      `Invalid lifecycle transition: ${input.LifecycleTransition ?? ''}. Valid values are: ${transitions.join(', ')}`,
    );
  const timeoutSeconds = input.HeartbeatTimeout ?? before?.timeoutSeconds ?? heartbeatSeconds.default;
  if (timeoutSeconds < heartbeatSeconds.min || timeoutSeconds > heartbeatSeconds.max)
    throw errors.validation(
      `Heartbeat timeout must be between ${heartbeatSeconds.min} and ${heartbeatSeconds.max} seconds.`,
    );
  const defaultResult = input.DefaultResult ?? before?.defaultResult ?? 'ABANDON';
  if (!results.includes(defaultResult))
    throw errors.validation(`Invalid default result: ${defaultResult}. Valid values are: ${results.join(', ')}`);
  const target = input.NotificationTargetARN ?? before?.targetArn;
  return {
    group,
    name: input.LifecycleHookName ?? before?.name ?? '',
    transition,
    timeoutSeconds,
    defaultResult,
    metadata: input.NotificationMetadata ?? before?.metadata,
    targetArn: target === '' ? undefined : target,
    roleArn: input.RoleARN ?? before?.roleArn,
  };
}
