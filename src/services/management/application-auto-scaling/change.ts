// Changing a capacity, with the activity that tells of it. What asks for a change, an alarm, a timetable or a new limit, leaves a job.
import type { ScalingActivity } from '@aws-sdk/client-application-auto-scaling';
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { later, secondsPerDay, toDate } from '../../../kernel/units.ts';
import { capacityOf } from './capacity.ts';
import { checkFilter, pageOf } from './page.ts';
import { type ActivityRow, type Operation, type ScalingContext, type Subject, subjectKey } from './state.ts';

/** Activities are listed for six weeks. */
const activitySeconds = 42 * secondsPerDay;

function begin(context: ScalingContext, subject: Subject, description: string, cause: string): ActivityRow {
  const { state, ids, clock } = context;
  const sequence = state.counters.find('activity')?.next ?? 1;
  state.counters.put({ name: 'activity', next: sequence + 1 });
  const { namespace, resourceId, dimension } = subject;
  const row: ActivityRow = {
    namespace,
    resourceId,
    dimension,
    id: ids.uuid(),
    sequence,
    description,
    cause,
    startAt: clock.now(),
    status: 'InProgress',
  };
  state.activities.put(row);
  const oldest = state.activities.first({ prefix: key(namespace) });
  if (oldest !== undefined && later(oldest.startAt, activitySeconds) < clock.now())
    state.activities.delete(key(namespace, oldest.sequence));
  return row;
}

export interface Change extends Subject {
  readonly cause: string;
}

/** Sets a capacity. The activity tells how it went; a service that refuses fails it. */
export async function setCapacity(context: ScalingContext, change: Change, value: number): Promise<boolean> {
  const { words, id, write } = capacityOf(change);
  const row = await context.transact(() => begin(context, change, `Setting ${words} to ${value}.`, change.cause));
  let failure: string | undefined;
  try {
    await write(context, id, value);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    failure = `Failed to set ${words} to ${value}. Reason: ${error.message}`;
  }
  await context.transact(() => {
    const done = `Successfully set ${words} to ${value}. Change successfully fulfilled by ${change.namespace}.`;
    context.state.activities.put({
      ...row,
      status: failure === undefined ? 'Successful' : 'Failed',
      message: failure ?? done,
      endAt: context.clock.now(),
    });
    if (failure === undefined) context.jobs.at(context.clock.now(), 'followCapacity', { at: subjectKey(change) });
  });
  return failure === undefined;
}

/** Job: brings a capacity within its limits. */
export async function fitCapacity(change: Change, context: ScalingContext): Promise<void> {
  const target = context.state.targets.find(subjectKey(change));
  if (target === undefined) return;
  const { id, read } = capacityOf(target);
  const current = await read(context, id).catch((error: unknown) => {
    if (!(error instanceof AwsError)) throw error;
  });
  if (current === undefined) return;
  const wanted = Math.min(target.max, Math.max(target.min, current));
  if (wanted === current) return;
  const limit = wanted === target.min ? 'minimum' : 'maximum';
  const cause = change.cause === '' ? `${limit} capacity was set to ${wanted}` : change.cause;
  await setCapacity(context, { ...change, cause }, wanted);
}

const show = (row: ActivityRow): ScalingActivity => ({
  ActivityId: row.id,
  ServiceNamespace: row.namespace as ScalingActivity['ServiceNamespace'],
  ResourceId: row.resourceId,
  ScalableDimension: row.dimension as ScalingActivity['ScalableDimension'],
  Description: row.description,
  Cause: row.cause,
  StartTime: toDate(row.startAt),
  EndTime: row.endAt === undefined ? undefined : toDate(row.endAt),
  StatusCode: row.status,
  StatusMessage: row.message,
});

/**
 * Activities of a namespace, the newest first.
 *
 * Differs: what was not scaled, and why, is not noted: `IncludeNotScaledActivities` adds nothing.
 */
export const DescribeScalingActivities: Operation<'DescribeScalingActivities'> = (input, context) => {
  checkFilter(input.ResourceId, input.ScalableDimension);
  const rows = context.state.activities
    .list({ prefix: key(input.ServiceNamespace), reverse: true })
    .filter(
      (row) =>
        (input.ResourceId ?? row.resourceId) === row.resourceId &&
        (input.ScalableDimension ?? row.dimension) === row.dimension,
    );
  const page = pageOf(rows, input);
  return { ScalingActivities: page.rows.map(show), NextToken: page.NextToken };
};
