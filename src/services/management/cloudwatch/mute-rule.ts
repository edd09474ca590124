// Alarm mute rules: windows of time, once or again and again, in which alarms change their state and do nothing about it.
//
// Unknown: AWS's words for what it refuses; and whether a window that had begun before its rule was put counts, as it does here.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html
import { nextCron, nextScheduled } from '../../../kernel/cron.ts';
import { readDuration } from '../../../kernel/duration.ts';
import { key } from '../../../kernel/key.ts';
import type { InputOf } from '../../../kernel/service.ts';
import { type Instant, instant, later, secondsPerDay, secondsPerMinute, toDate } from '../../../kernel/units.ts';
import { act } from './alarm-action.ts';
import { stateDetail } from './alarm-detail.ts';
import { errors } from './errors.ts';
import { isMuted } from './mute.ts';
import type { CloudWatchContext, MuteRule, Operation, Sdk } from './state.ts';
import { putTags } from './tag.ts';

const durationMaxSeconds = 15 * secondsPerDay;
const pageDefault = 50;

export const muteRuleArn = ({ partition, region, account }: CloudWatchContext, name: string): string =>
  `arn:${partition}:cloudwatch:${region}:${account}:alarm-mute-rule:${name}`;

type Timetable = Pick<MuteRule, 'expression' | 'timeZone' | 'durationSeconds' | 'startAt' | 'expireAt'>;

/** The first window that ends after an instant; undefined when there is none. */
function nextWindow(rule: Timetable, now: Instant): Instant | undefined {
  const { expression, timeZone, durationSeconds, startAt = 0, expireAt } = rule;
  const after = instant(Math.max(now - durationSeconds * 1000, startAt - 1, 0));
  const [, kind, text = ''] = /^(cron|at)\(([^()]*)\)$/.exec(expression.trim()) ?? [];
  const next =
    kind === 'cron'
      ? nextCron(text, after, timeZone)
      : kind === 'at' && /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)
        ? nextScheduled(`at(${text})`, after, { timeZone })
        : undefined;
  return next === undefined || (expireAt !== undefined && next >= expireAt) ? undefined : next;
}

function readRule(input: InputOf<Sdk, 'PutAlarmMuteRule'>): Timetable {
  const { Expression, Duration, Timezone = 'UTC' } = input.Rule.Schedule;
  const durationSeconds = Duration.startsWith('P') ? readDuration(Duration) : undefined;
  if (durationSeconds === undefined || durationSeconds < secondsPerMinute || durationSeconds > durationMaxSeconds)
    throw errors.validation(`The duration ${Duration} is invalid: it must be between PT1M and P15D.`);
  const startAt = input.StartDate && instant(input.StartDate.getTime());
  const expireAt = input.ExpireDate && instant(input.ExpireDate.getTime());
  if (startAt !== undefined && expireAt !== undefined && startAt >= expireAt)
    throw errors.validation('StartDate must be earlier than ExpireDate.');
  return { expression: Expression, timeZone: Timezone, durationSeconds, startAt, expireAt };
}

/**
 * Makes a mute rule, or changes it.
 *
 * Limit: 100 alarms; windows of a minute to 15 days.
 */
export const PutAlarmMuteRule: Operation<'PutAlarmMuteRule'> = (input, context) => {
  const { state, clock } = context;
  const { Name, Description, MuteTargets } = input;
  const timetable = readRule(input);
  if (nextWindow(timetable, clock.now()) === undefined)
    throw errors.validation(`The schedule ${timetable.expression} is invalid, or lies in the past.`);
  const targets = MuteTargets?.AlarmNames ?? [];
  const missing = targets.filter((name) => !state.alarms.has(name));
  if (missing.length > 0) throw errors.validation(`The alarms [${missing.join(', ')}] do not exist.`);
  const before = state.muteRules.find(Name);
  if (before !== undefined) context.jobs.cancel(before.job ?? '');
  const muted = before === undefined ? [] : before.targets.filter((name) => isMuted(context, { name }));
  unlink(context, before);
  for (const alarm of targets) state.muteTargets.put({ alarm, rule: Name });
  plan(context, { ...timetable, name: Name, description: Description, targets, updatedAt: clock.now() });
  if (before === undefined) putTags(context, muteRuleArn(context, Name), input.Tags);
  release(context, muted);
  return {};
};

function unlink({ state }: CloudWatchContext, rule: MuteRule | undefined): void {
  for (const alarm of rule?.targets ?? []) state.muteTargets.delete(key(alarm, rule?.name ?? ''));
}

/** Puts a rule with the job of its next window; one that has begun already begins in a job all the same. */
function plan(
  { state, clock, jobs }: CloudWatchContext,
  rule: Omit<MuteRule, 'job' | 'until'>,
  now = clock.now(),
): void {
  const next = nextWindow(rule, now);
  const at = next === undefined ? undefined : instant(Math.max(next, clock.now()));
  const until = next === undefined ? undefined : later(next, rule.durationSeconds);
  const job = at === undefined ? undefined : jobs.at(at, 'beginMute', { name: rule.name, until });
  // What has begun holds from now on, not from when the job is run.
  state.muteRules.put({ ...rule, job, until: next !== undefined && next <= clock.now() ? until : undefined });
}

/** Job: a window begins. */
export const beginMute = (
  data: { readonly name: string; readonly until: Instant },
  context: CloudWatchContext,
): void => {
  const rule = context.state.muteRules.find(data.name);
  if (rule === undefined) return;
  const end = Math.min(data.until, rule.expireAt ?? data.until);
  const until = instant(end);
  context.state.muteRules.put({ ...rule, until, job: context.jobs.at(until, 'endMute', { name: rule.name }) });
};

/** Job: a window is over. Alarms that are in ALARM do now what they did not do meanwhile. */
export const endMute = ({ name }: { readonly name: string }, context: CloudWatchContext): void => {
  const rule = context.state.muteRules.find(name);
  if (rule === undefined) return;
  const { job: _job, until: _until, ...rest } = rule;
  // The window that is over must not be found again.
  plan(context, rest, later(context.clock.now(), rule.durationSeconds));
  release(context, rule.targets);
};

function release(context: CloudWatchContext, names: readonly string[]): void {
  for (const name of names) {
    const alarm = context.state.alarms.find(name);
    if (alarm?.state !== 'ALARM' || alarm.suppression !== undefined || isMuted(context, alarm)) continue;
    act(context, alarm, { ...stateDetail(alarm), value: 'OK' }, undefined);
  }
}

/** A rule that is not there is no error. */
export const DeleteAlarmMuteRule: Operation<'DeleteAlarmMuteRule'> = ({ AlarmMuteRuleName }, context) => {
  const { state } = context;
  const rule = state.muteRules.find(AlarmMuteRuleName);
  if (rule === undefined) return {};
  const muted = rule.targets.filter((name) => isMuted(context, { name }));
  context.jobs.cancel(rule.job ?? '');
  unlink(context, rule);
  state.muteRules.delete(rule.name);
  state.tags.delete(muteRuleArn(context, rule.name));
  release(context, muted);
  return {};
};

type Status = 'SCHEDULED' | 'ACTIVE' | 'EXPIRED';

function statusOf({ until, job, expireAt }: MuteRule, now: Instant): Status {
  if (expireAt !== undefined && expireAt <= now) return 'EXPIRED';
  if (until !== undefined && until > now) return 'ACTIVE';
  return job === undefined ? 'EXPIRED' : 'SCHEDULED';
}

const summaryOf = (context: CloudWatchContext, rule: MuteRule) => ({
  AlarmMuteRuleArn: muteRuleArn(context, rule.name),
  ExpireDate: rule.expireAt && toDate(rule.expireAt),
  Status: statusOf(rule, context.clock.now()),
  MuteType: rule.expression.startsWith('at(') ? 'ONE_TIME' : 'RECURRING',
  LastUpdatedTimestamp: toDate(rule.updatedAt),
});

export const GetAlarmMuteRule: Operation<'GetAlarmMuteRule'> = ({ AlarmMuteRuleName: name }, context) => {
  const rule = context.state.muteRules.find(name);
  if (rule === undefined)
    throw errors.resourceNotFound('AlarmMuteRule', name, `Alarm mute rule ${name} does not exist`);
  return {
    ...summaryOf(context, rule),
    Name: rule.name,
    Description: rule.description,
    Rule: {
      Schedule: { Expression: rule.expression, Duration: writeIso(rule.durationSeconds), Timezone: rule.timeZone },
    },
    MuteTargets: rule.targets.length === 0 ? undefined : { AlarmNames: [...rule.targets] },
    StartDate: rule.startAt && toDate(rule.startAt),
  };
};

/** Seconds as `P1DT2H30M`. */
function writeIso(seconds: number): string {
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor((seconds % 86_400) / 3_600)];
  const [minutes, rest] = [Math.floor((seconds % 3_600) / 60), seconds % 60];
  const part = (value: number, unit: string): string => (value === 0 ? '' : `${value}${unit}`);
  const time = part(hours, 'H') + part(minutes, 'M') + part(rest, 'S');
  return `P${part(days, 'D')}${time === '' ? '' : `T${time}`}`;
}

export const ListAlarmMuteRules: Operation<'ListAlarmMuteRules'> = (input, context) => {
  const { AlarmName, Statuses, MaxRecords = pageDefault, NextToken } = input;
  const { state, clock } = context;
  const after = NextToken === undefined ? undefined : Buffer.from(NextToken, 'base64').toString();
  const rules =
    AlarmName === undefined
      ? state.muteRules.list({ after })
      : state.muteTargets
          .list({ prefix: key(AlarmName) })
          .flatMap(({ rule }) => state.muteRules.find(rule) ?? [])
          .filter(({ name }) => after === undefined || name > after);
  const found = rules.filter((rule) => Statuses?.includes(statusOf(rule, clock.now())) ?? true);
  const page = found.slice(0, MaxRecords);
  return {
    AlarmMuteRuleSummaries: page.map((rule) => summaryOf(context, rule)),
    NextToken: found.length > page.length ? Buffer.from(page.at(-1)?.name as string).toString('base64') : undefined,
  };
};
