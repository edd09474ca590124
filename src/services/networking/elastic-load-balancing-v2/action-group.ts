// The target groups that actions send to.
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';

/** Target groups of one action, with their weights; `TargetGroupArn` alone is one group. */
export function forwardsOf(action: Action): readonly { readonly arn: string; readonly weight: number }[] {
  const tuples = action.ForwardConfig?.TargetGroups ?? [];
  if (tuples.length > 0)
    return tuples.map(({ TargetGroupArn = '', Weight = 1 }) => ({ arn: TargetGroupArn, weight: Weight }));
  return action.TargetGroupArn === undefined ? [] : [{ arn: action.TargetGroupArn, weight: 1 }];
}

export const groupsOfActions = (actions: readonly Action[]): string[] =>
  actions.flatMap((action) => forwardsOf(action).map(({ arn }) => arn));
