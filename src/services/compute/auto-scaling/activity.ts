// Scaling activities: what was done and why, in the sentences that AWS writes.
//
// Evidence: the sentences on user requests, alarms, scheduled actions, health checks and rebalancing are AWS's, from its documentation and
// from reports of users. Inferred: those on standby, attached and detached instances, and on instance refreshes.
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-verify-scaling-activity.html
import type { Activity } from '@aws-sdk/client-auto-scaling';
import { key } from '../../../kernel/key.ts';
import { later, secondsPerDay, toDate, type Instant } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { activityDays } from './limits.ts';
import { pageOf } from './page.ts';
import { type ActivityRow, type GroupRow, nextNumber, type Operation, type ScalingContext } from './state.ts';

/** `2026-03-02T09:00:00Z`. */
export const moment = (at: Instant): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** `At 2026-03-02T09:00:00Z a user request …`. */
export const sentence = ({ clock }: ScalingContext, words: string): string => `At ${moment(clock.now())} ${words}`;

/** Sentences of a cause stand two spaces apart. */
export const joinSentences = (sentences: readonly string[]): string => sentences.join('  ');

interface NewActivity extends Pick<ActivityRow, 'description' | 'cause' | 'code'> {
  readonly progress?: number;
  readonly place?: { readonly zone: string; readonly subnetId?: string | undefined } | undefined;
}

export function beginActivity(context: ScalingContext, group: GroupRow, activity: NewActivity): ActivityRow {
  const { state, clock, ids } = context;
  const { place, ...rest } = activity;
  const row: ActivityRow = {
    progress: 0,
    ...rest,
    id: ids.uuid(),
    sequence: nextNumber(context, 'activity'),
    group: group.name,
    groupArn: group.arn,
    startAt: clock.now(),
    details: JSON.stringify(
      place === undefined
        ? {}
        : {
            ...(place.subnetId === undefined ? {} : { 'Subnet ID': place.subnetId }),
            'Availability Zone': place.zone,
          },
    ),
  };
  state.activities.put(row);
  forgetOld(context);
  return row;
}

function forgetOld({ state, clock }: ScalingContext): void {
  const bound = later(clock.now(), -activityDays * secondsPerDay);
  for (const row of state.activities.index('all').list({ limit: 2 })) {
    if (row.endAt === undefined || row.endAt >= bound) return;
    state.activities.delete(row.id);
  }
}

export function changeActivity({ state }: ScalingContext, id: string, change: Partial<ActivityRow>): void {
  const row = state.activities.find(id);
  if (row !== undefined && row.endAt === undefined) state.activities.put({ ...row, ...change });
}

export function endActivity(
  context: ScalingContext,
  id: string,
  code: 'Successful' | 'Failed' | 'Cancelled',
  change: Partial<ActivityRow> = {},
): void {
  changeActivity(context, id, { ...change, code, progress: 100, endAt: context.clock.now() });
}

export const showActivity = (row: ActivityRow): Activity => ({
  ActivityId: row.id,
  AutoScalingGroupName: row.group,
  AutoScalingGroupARN: row.groupArn,
  AutoScalingGroupState: row.groupGone === true ? 'Deleted' : undefined,
  Description: row.description,
  Cause: row.cause,
  StartTime: toDate(row.startAt),
  EndTime: row.endAt === undefined ? undefined : toDate(row.endAt),
  StatusCode: row.code,
  StatusMessage: row.message,
  Progress: row.progress,
  Details: row.details,
});

export const findActivity = ({ state }: ScalingContext, id: string): Activity | undefined => {
  const row = state.activities.find(id);
  return row && showActivity(row);
};

const filters: Readonly<Record<string, (row: ActivityRow, value: string) => boolean>> = {
  Status: (row, value) => row.code === value,
  StartTimeLowerBound: (row, value) => row.startAt >= Date.parse(value),
  StartTimeUpperBound: (row, value) => row.startAt <= Date.parse(value),
};

/** Activities of the last six weeks, the newest first. */
export const DescribeScalingActivities: Operation<'DescribeScalingActivities'> = (input, context) => {
  const { state } = context;
  const group = input.AutoScalingGroupName;
  const wanted = input.Filters ?? [];
  for (const { Name } of wanted)
    if (filters[Name ?? ''] === undefined) throw errors.validation(`Filter type ${Name} is not correct.`);
  const all =
    group === undefined
      ? state.activities.index('all').list({ reverse: true })
      : state.activities.index('group').list({ prefix: key(group), reverse: true });
  const ids = input.ActivityIds === undefined ? undefined : new Set(input.ActivityIds);
  const rows = all.filter(
    (row) =>
      (row.groupGone !== true || input.IncludeDeletedGroups === true) &&
      (ids === undefined || ids.has(row.id)) &&
      wanted.every(({ Name = '', Values = [] }) => Values.some((value) => filters[Name]?.(row, value) === true)),
  );
  const page = pageOf(rows, input, { usual: 100, most: 100 });
  return { Activities: page.rows.map(showActivity), NextToken: page.NextToken };
};
