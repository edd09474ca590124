// Scheduled actions: a group's sizes change at a time, once or again and again (ASG-09, ASG-13).
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
import type { ScheduledUpdateGroupAction, ScheduledUpdateGroupActionRequest } from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { nextCron } from '../../../kernel/cron.ts';
import { type Instant, instant, toDate } from '../../../kernel/units.ts';
import { sentence } from './activity.ts';
import { errors } from './errors.ts';
import { findGroup, getGroup, isSuspended } from './find.ts';
import { noteCounts } from './group-metric.ts';
import { scheduleBatchMax, schedulesPerGroupMax } from './limits.ts';
import { pageOf } from './page.ts';
import type { GroupRow, Operation, ScalingContext, ScheduleRow } from './state.ts';
import { look } from './turn-time.ts';

type Request = ScheduledUpdateGroupActionRequest & { readonly Time?: Date | undefined };

const instantOf = (date: Date | undefined): Instant | undefined =>
  date === undefined ? undefined : instant(date.getTime());

/** Seconds are not kept; a year from now is the furthest. */
function put(context: ScalingContext, group: GroupRow, input: Request): void {
  const { state, clock, ids, partition, region, account } = context;
  const name = input.ScheduledActionName ?? '';
  const before = state.schedules.find(key(group.name, name));
  const startAt = instantOf(input.StartTime ?? input.Time);
  const endAt = instantOf(input.EndTime);
  const { MinSize: min, MaxSize: max, DesiredCapacity: desired, Recurrence: recurrence, TimeZone: timeZone } = input;
  if (min === undefined && max === undefined && desired === undefined)
    throw errors.validation('At least one of MinSize, MaxSize or DesiredCapacity must be specified.');
  if (startAt === undefined && recurrence === undefined)
    throw errors.validation('Either a start time or a recurrence must be specified.');
  if (min !== undefined && max !== undefined && max < min)
    throw errors.validation(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  const now = clock.now();
  if (startAt !== undefined && startAt < now) throw errors.validation('Given start time is in the past');
  if (endAt !== undefined && endAt < now) throw errors.validation('Given end time is in the past');
  if (startAt !== undefined && endAt !== undefined && endAt <= startAt)
    throw errors.validation('Given end time is earlier than start time');
  if (timeZone !== undefined && nextCron('0 0 * * *', now, timeZone) === undefined)
    throw errors.validation(`Invalid time zone: ${timeZone}`);
  const nextAt =
    recurrence === undefined ? startAt : nextCron(recurrence, instant((startAt ?? now) - 1), timeZone ?? 'UTC');
  if (nextAt === undefined) throw errors.validation('Given recurrence string is invalid');
  const clash = state.schedules
    .list({ prefix: key(group.name) })
    .find((row) => row.name !== name && row.nextAt === nextAt);
  if (clash !== undefined) throw errors.alreadyExists(`A scheduled action for this time already exists: ${clash.name}`);
  if (before === undefined && state.schedules.list({ prefix: key(group.name) }).length >= schedulesPerGroupMax)
    throw errors.limit('The maximum number of scheduled actions for this group has been reached.');
  if (before !== undefined) context.jobs.cancel(before.jobId);
  state.schedules.put({
    group: group.name,
    name,
    arn:
      before?.arn ??
      `arn:${partition}:autoscaling:${region}:${account}:scheduledUpdateGroupAction:${ids.uuid()}:autoScalingGroupName/${group.name}:scheduledActionName/${name}`,
    nextAt,
    startAt,
    endAt,
    recurrence,
    timeZone,
    min,
    max,
    desired,
    jobId: context.jobs.at(nextAt, 'runSchedule', { at: key(group.name, name) }),
  });
}

/** Job: the time has come. */
export function runSchedule({ at }: { readonly at: string }, context: ScalingContext): void {
  const { state, clock, jobs } = context;
  const row = state.schedules.find(at);
  const group = row && findGroup(context, row.group);
  if (row === undefined || group === undefined) return;
  if (!isSuspended(group, 'ScheduledActions')) apply(context, group, row);
  const nextAt =
    row.recurrence === undefined ? undefined : nextCron(row.recurrence, clock.now(), row.timeZone ?? 'UTC');
  if (nextAt === undefined || (row.endAt !== undefined && nextAt > row.endAt)) state.schedules.delete(at);
  else state.schedules.put({ ...row, nextAt, jobId: jobs.at(nextAt, 'runSchedule', { at }) });
}

function apply(context: ScalingContext, group: GroupRow, row: ScheduleRow): void {
  const max = row.max ?? Math.max(group.max, row.min ?? 0);
  const min = row.min ?? Math.min(group.min, max);
  const desired = Math.min(max, Math.max(min, row.desired ?? group.desired));
  const words = `a scheduled action update of AutoScalingGroup constraints to min: ${min}, max: ${max}, desired: ${desired} changing the desired capacity from ${group.desired} to ${desired}.`;
  const done = `the scheduled action ${row.name} executed. Setting desired capacity from ${group.desired} to ${desired}.`;
  const causes =
    desired === group.desired ? group.causes : [...group.causes, sentence(context, words), sentence(context, done)];
  context.state.groups.put({ ...group, min, max, desired, causes });
  noteCounts(context, group.name);
  look(context, group.name, 0);
}

export const PutScheduledUpdateGroupAction: Operation<'PutScheduledUpdateGroupAction'> = (input, context) => {
  put(context, getGroup(context, input.AutoScalingGroupName), input);
  return {};
};

export const DeleteScheduledAction: Operation<'DeleteScheduledAction'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  if (!remove(context, group, input.ScheduledActionName)) throw errors.validation('Scheduled action name not found');
  return {};
};

function remove({ state, jobs }: ScalingContext, group: GroupRow, name: string): boolean {
  const row = state.schedules.find(key(group.name, name));
  if (row === undefined) return false;
  jobs.cancel(row.jobId);
  return state.schedules.delete(key(group.name, name));
}

const codeOf = (error: AwsError): string => error.code.replace(/Fault$/, '');

/** Each for itself: what fails is told, the rest is done. */
export const BatchPutScheduledUpdateGroupAction: Operation<'BatchPutScheduledUpdateGroupAction'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  if (input.ScheduledUpdateGroupActions.length > scheduleBatchMax)
    throw errors.limit(`At most ${scheduleBatchMax} scheduled actions can be put at once.`);
  const FailedScheduledUpdateGroupActions = input.ScheduledUpdateGroupActions.flatMap((one) => {
    try {
      context.attempt(() => put(context, group, one as Request));
      return [];
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return [{ ScheduledActionName: one.ScheduledActionName, ErrorCode: codeOf(error), ErrorMessage: error.message }];
    }
  });
  return { FailedScheduledUpdateGroupActions };
};

export const BatchDeleteScheduledAction: Operation<'BatchDeleteScheduledAction'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const FailedScheduledActions = input.ScheduledActionNames.flatMap((ScheduledActionName) =>
    remove(context, group, ScheduledActionName)
      ? []
      : [{ ScheduledActionName, ErrorCode: 'ValidationError', ErrorMessage: 'Scheduled action name not found' }],
  );
  return { FailedScheduledActions };
};

const show = (row: ScheduleRow): ScheduledUpdateGroupAction => ({
  AutoScalingGroupName: row.group,
  ScheduledActionName: row.name,
  ScheduledActionARN: row.arn,
  Time: toDate(row.nextAt),
  StartTime: toDate(row.recurrence === undefined ? row.nextAt : (row.startAt ?? row.nextAt)),
  EndTime: row.endAt === undefined ? undefined : toDate(row.endAt),
  Recurrence: row.recurrence,
  MinSize: row.min,
  MaxSize: row.max,
  DesiredCapacity: row.desired,
  TimeZone: row.timeZone,
});

export const DescribeScheduledActions: Operation<'DescribeScheduledActions'> = (input, context) => {
  const { state } = context;
  const name = input.AutoScalingGroupName;
  if (name !== undefined) getGroup(context, name);
  const all = name === undefined ? state.schedules.list() : state.schedules.list({ prefix: key(name) });
  const names = input.ScheduledActionNames ?? [];
  const from = input.StartTime?.getTime() ?? 0;
  const to = input.EndTime?.getTime() ?? Number.POSITIVE_INFINITY;
  const rows = all.filter(
    (row) => (names.length === 0 || names.includes(row.name)) && row.nextAt >= from && row.nextAt <= to,
  );
  const page = pageOf(rows, input, { usual: 50, most: 100 });
  return { ScheduledUpdateGroupActions: page.rows.map(show), NextToken: page.NextToken };
};
