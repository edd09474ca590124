// Which target groups belong to which load balancers: those that a listener or a rule sends to.
import { groupsOfActions } from './action-group.ts';
import { listenersOf, rulesOf } from './find.ts';
import type { ElbContext, GroupRow } from './state.ts';

/** ARNs of the load balancers whose listeners or rules name the group. */
export function balancersOf(context: ElbContext, groupArn: string): string[] {
  const { state } = context;
  const found = new Set<string>();
  for (const listener of state.listeners.each()) {
    if (found.has(listener.balancerArn)) continue;
    const actions = [listener.actions, ...rulesOf(context, listener.arn).map((rule) => rule.actions)];
    if (actions.some((list) => groupsOfActions(list).includes(groupArn))) found.add(listener.balancerArn);
  }
  return [...found];
}

/** The groups that the listeners and rules of a load balancer name. */
export function groupsOfBalancer(context: ElbContext, balancerArn: string): GroupRow[] {
  const arns = new Set<string>();
  for (const listener of listenersOf(context, balancerArn)) {
    for (const actions of [listener.actions, ...rulesOf(context, listener.arn).map((rule) => rule.actions)])
      for (const arn of groupsOfActions(actions)) arns.add(arn);
  }
  return [...arns].flatMap((arn) => context.state.groups.find(arn) ?? []);
}
