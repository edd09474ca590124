// Finding what requests name.
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import type { GroupRow, HookRow, MemberRow, ScalingContext } from './state.ts';

/** A group by name, or by its ARN, which AWS takes in its place. */
export function findGroup({ state }: ScalingContext, name: string): GroupRow | undefined {
  return state.groups.find(name.startsWith('arn:') ? (name.split('autoScalingGroupName/')[1] ?? name) : name);
}

export function getGroup(context: ScalingContext, name: string): GroupRow {
  const found = findGroup(context, name);
  if (found === undefined) throw errors.groupNotFound(name);
  return found;
}

/** Instances of a group, the oldest first. */
export const membersOf = ({ state }: ScalingContext, group: string): MemberRow[] =>
  state.members.index('group').list({ prefix: key(group) });

export function getMember({ state }: ScalingContext, id: string): MemberRow {
  const found = state.members.find(id);
  if (found === undefined) throw errors.memberNotFound(id);
  return found;
}

/** Instances that a request names, all of one group. */
export function getMembers(context: ScalingContext, group: string, ids: readonly string[]): MemberRow[] {
  return [...new Set(ids)].map((id) => {
    const member = context.state.members.find(id);
    if (member?.group !== group) throw errors.notInGroup(id, group);
    return member;
  });
}

export const hooksOf = ({ state }: ScalingContext, group: string, transition?: HookRow['transition']): HookRow[] =>
  state.hooks.list({ prefix: key(group) }).filter((hook) => transition === undefined || hook.transition === transition);

export const isSuspended = ({ suspended }: GroupRow, process: string): boolean =>
  suspended.some(({ name }) => name === process);

/** Calls of other services are made in this name. */
export const asScaling = { as: { service: 'autoscaling.amazonaws.com' } } as const;
