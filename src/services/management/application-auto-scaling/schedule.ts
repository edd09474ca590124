// Scheduled actions: limits that change at a time, once or again and again.
import type { ScheduledAction } from '@aws-sdk/client-application-auto-scaling';
import { nextScheduled } from '../../../kernel/cron.ts';
import { key } from '../../../kernel/key.ts';
import { type Instant, instant, toDate } from '../../../kernel/units.ts';
import { subjectOf } from './capacity.ts';
import { errors } from './errors.ts';
import { checkFilter, pageOf } from './page.ts';
import { type Operation, type ScalingContext, type ScheduleRow, subjectKey } from './state.ts';
import { getTarget } from './target.ts';

const schedulesMax = 200;

const nextOf = (row: Omit<ScheduleRow, 'jobId'>, after: Instant): Instant | undefined => {
  const from = instant(Math.max(after, (row.startAt ?? 0) - 1));
  const next = nextScheduled(row.schedule, from, {
    base: row.startAt ?? row.createdAt,
    ...(row.timeZone === undefined ? {} : { timeZone: row.timeZone }),
  });
  return next === undefined || (row.endAt !== undefined && next > row.endAt) ? undefined : next;
};

/** Makes a scheduled action or changes what is named of it. */
export const PutScheduledAction: Operation<'PutScheduledAction'> = (input, context) => {
  const { state, clock, ids, jobs, partition, region, account } = context;
  const subject = subjectOf(input);
  getTarget(context, subject);
  const at = subjectKey(subject) + key(input.ScheduledActionName);
  const before = state.schedules.find(at);
  if (before === undefined && state.schedules.list({ prefix: subjectKey(subject) }).length >= schedulesMax)
    throw errors.limit(`The maximum number of scheduled actions for a scalable target is ${schedulesMax}.`);
  const schedule = input.Schedule ?? before?.schedule;
  if (schedule === undefined) throw errors.validation('Schedule must be specified.');
  const min = input.ScalableTargetAction?.MinCapacity ?? before?.min;
  const max = input.ScalableTargetAction?.MaxCapacity ?? before?.max;
  if (min === undefined && max === undefined)
    throw errors.validation('ScalableTargetAction must have a MinCapacity or a MaxCapacity.');
  if (min !== undefined && max !== undefined && max < min)
    throw errors.validation('Maximum capacity cannot be less than minimum capacity.');
  const row = {
    ...subject,
    name: input.ScheduledActionName,
    arn:
      before?.arn ??
      `arn:${partition}:autoscaling:${region}:${account}:scheduledAction:${ids.uuid()}:resource/${subject.namespace}/${subject.resourceId}:scheduledActionName/${input.ScheduledActionName}`,
    schedule,
    timeZone: input.Timezone ?? before?.timeZone,
    startAt: input.StartTime === undefined ? before?.startAt : instant(input.StartTime.getTime()),
    endAt: input.EndTime === undefined ? before?.endAt : instant(input.EndTime.getTime()),
    min,
    max,
    createdAt: before?.createdAt ?? clock.now(),
  };
  if (row.startAt !== undefined && row.endAt !== undefined && row.endAt <= row.startAt)
    throw errors.validation('The end time must be later than the start time.');
  const next = nextOf(row, clock.now());
  if (next === undefined)
    throw errors.validation(
      schedule.startsWith('at(') ? 'The scheduled time is in the past.' : `Invalid schedule: ${schedule}`,
    );
  if (before !== undefined) jobs.cancel(before.jobId);
  state.schedules.put({ ...row, jobId: jobs.at(next, 'runSchedule', { at }) });
  return {};
};

/** Job: the time has come. */
export function runSchedule({ at }: { readonly at: string }, context: ScalingContext): void {
  const { state, clock, jobs } = context;
  const row = state.schedules.find(at);
  const target = row && state.targets.find(subjectKey(row));
  if (row === undefined || target === undefined) return;
  if (target.suspended.ScheduledScalingSuspended !== true) {
    const min = row.min ?? Math.min(target.min, row.max ?? target.min);
    const max = Math.max(min, row.max ?? target.max);
    state.targets.put({ ...target, min, max });
    const { namespace, resourceId, dimension } = row;
    const cause = `scheduled action name ${row.name} was triggered`;
    jobs.at(clock.now(), 'fitCapacity', { namespace, resourceId, dimension, cause });
  }
  const next = nextOf(row, clock.now());
  if (next === undefined) state.schedules.delete(at);
  else state.schedules.put({ ...row, jobId: jobs.at(next, 'runSchedule', { at }) });
}

export const DeleteScheduledAction: Operation<'DeleteScheduledAction'> = (input, { state, jobs }) => {
  const subject = subjectOf(input);
  const at = subjectKey(subject) + key(input.ScheduledActionName);
  const row = state.schedules.find(at);
  if (row === undefined) throw errors.scheduleNotFound(subject, input.ScheduledActionName);
  jobs.cancel(row.jobId);
  state.schedules.delete(at);
  return {};
};

const show = (row: ScheduleRow): ScheduledAction => ({
  ScheduledActionName: row.name,
  ScheduledActionARN: row.arn,
  ServiceNamespace: row.namespace as ScheduledAction['ServiceNamespace'],
  ResourceId: row.resourceId,
  ScalableDimension: row.dimension as ScheduledAction['ScalableDimension'],
  Schedule: row.schedule,
  Timezone: row.timeZone,
  StartTime: row.startAt === undefined ? undefined : toDate(row.startAt),
  EndTime: row.endAt === undefined ? undefined : toDate(row.endAt),
  ScalableTargetAction: { MinCapacity: row.min, MaxCapacity: row.max },
  CreationTime: toDate(row.createdAt),
});

export const DescribeScheduledActions: Operation<'DescribeScheduledActions'> = (input, { state }) => {
  const names = input.ScheduledActionNames ?? [];
  checkFilter(input.ResourceId, input.ScalableDimension);
  const rows = state.schedules
    .list({ prefix: key(input.ServiceNamespace) })
    .filter(
      (row) =>
        (names.length === 0 || names.includes(row.name)) &&
        (input.ResourceId ?? row.resourceId) === row.resourceId &&
        (input.ScalableDimension ?? row.dimension) === row.dimension,
    );
  const page = pageOf(rows, input);
  return { ScheduledActions: page.rows.map(show), NextToken: page.NextToken };
};
