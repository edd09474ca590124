// The end of a group, and of all that belonged to it.
import { key } from '../../../kernel/key.ts';
import { asScaling } from './find.ts';
import { noteCounts } from './group-metric.ts';
import type { GroupRow, PolicyRow, ScalingContext } from './state.ts';

export function dropGroup(context: ScalingContext, group: GroupRow): void {
  const { state, jobs } = context;
  const of = { prefix: key(group.name) };
  dropAlarms(context, state.policies.list(of));
  for (const { jobId } of state.schedules.list(of)) jobs.cancel(jobId);
  const turn = state.turns.find(group.name);
  if (turn !== undefined) jobs.cancel(turn.jobId);
  state.turns.delete(group.name);
  for (const row of state.refreshes.index('group').list(of)) state.refreshes.delete(row.id);
  for (const row of state.activities.index('group').list(of)) {
    const endAt = row.endAt ?? context.clock.now();
    state.activities.put({ ...row, endAt, groupGone: true });
  }
  for (const table of [state.hooks, state.policies, state.schedules, state.notifications, state.tags] as const)
    table.deleteAll(of);
  state.zoneTroubles.deleteAll(of);
  state.groups.delete(group.name);
  noteCounts(context, group.name);
}

/** The alarms that policies made go with them. */
export function dropAlarms(context: ScalingContext, policies: readonly PolicyRow[]): void {
  const AlarmNames = policies.flatMap(({ alarms }) => alarms.map(({ name }) => name));
  if (AlarmNames.length > 0) context.jobs.at(context.clock.now(), 'deleteAlarms', { AlarmNames });
}

/** Job: deletes alarms; one that is gone already is no matter. */
export async function deleteAlarms({ AlarmNames }: { readonly AlarmNames: string[] }, context: ScalingContext) {
  try {
    await context.aws.call('cloudwatch', 'DeleteAlarms', { AlarmNames }, asScaling);
  } catch {
    // Whoever deleted them before us did it.
  }
}
