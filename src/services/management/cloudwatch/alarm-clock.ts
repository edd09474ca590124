// When alarms are looked at. All alarms with one rhythm share one job, and alarms that only new data can change sleep until it comes: a week
// of quiet alarms costs nothing, a week of busy ones a job a minute.
import { key } from '../../../kernel/key.ts';
import { instant, secondsPerDay, secondsPerHour } from '../../../kernel/units.ts';
import { periodOf } from './alarm-evaluation.ts';
import type { MetricRule } from './alarm-row.ts';
import { type CloudWatchContext, type CustomSeries, seriesKey } from './state.ts';

/**
 * Seconds between evaluations: ten for periods under a minute, an hour when more than a day is looked at, else a minute, whatever the
 * period: the periods slide.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 */
export function cadenceOf(rule: MetricRule): number {
  const periodSeconds = periodOf(rule);
  if (periodSeconds < 60) return 10;
  return periodSeconds * rule.EvaluationPeriods > secondsPerDay ? secondsPerHour : 60;
}

/** Inside a transaction: sees to it that there is a next evaluation in this rhythm. */
export function keepCadence({ state, clock, jobs }: CloudWatchContext, seconds: number): void {
  if (state.cadences.has(key(seconds))) return;
  const at = instant((Math.floor(clock.now() / (seconds * 1000)) + 1) * seconds * 1000);
  state.cadences.put({ seconds, at, job: jobs.at(at, 'evaluateAlarms', { seconds }) });
}

/** Inside a transaction: an alarm may have to change. */
export function wakeAlarm(context: CloudWatchContext, name: string): void {
  const alarm = context.state.alarms.find(name);
  if (alarm === undefined || alarm.metric === undefined) return;
  if (!alarm.awake) context.state.alarms.put({ ...alarm, awake: true });
  keepCadence(context, alarm.cadence);
}

/** Inside a transaction: data came to a series. */
export function wakeWatchers(context: CloudWatchContext, { namespace, name, dimensions }: CustomSeries): void {
  const prefix = key(seriesKey(namespace, name, dimensions));
  for (const { alarm } of context.state.watches.list({ prefix })) wakeAlarm(context, alarm);
}
