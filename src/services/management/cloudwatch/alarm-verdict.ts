// Decides the state of a metric alarm from its data points: M out of N, and what is missing. Pure.
//
// AWS looks back further than the evaluation periods (the evaluation range), and takes what is missing into account as few times as it can:
//
//   enough real points in the range   the newest N of them decide; how missing data is treated does not matter
//   none                              missing: INSUFFICIENT_DATA, ignore: as it was, breaching: ALARM, notBreaching: OK
//   some, but fewer than N            they count, and the rest is filled as missing data is treated
//
// A few breaching points alone, with the rest missing, make ALARM even where missing data is treated as missing, once the oldest of them is
// at least M periods old; until then the state stays, because the next point may be a good one.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
import type { AlarmState } from './facts.ts';

export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

/** `true`: breaching, `false`: not, `undefined`: missing. Newest first, the whole evaluation range. */
export type Points = readonly (boolean | undefined)[];

export interface Verdict {
  /** Undefined when the state stays as it is. */
  readonly state: AlarmState | undefined;
  /** Places of the points that decided, newest first. */
  readonly used: readonly number[];
  /** How many missing points were filled in. */
  readonly filled: number;
}

export function judgePoints(points: Points, needed: number, toAlarm: number, missing: MissingData): Verdict {
  const used: number[] = [];
  let breaching = 0;
  for (let age = 0; age < points.length && used.length < needed; age++) {
    if (points[age] === undefined) continue;
    used.push(age);
    if (points[age] === true) breaching++;
  }
  const filled = needed - used.length;
  const verdict = (state: AlarmState | undefined): Verdict => ({ state, used, filled });
  if (filled === 0) return verdict(breaching >= toAlarm ? 'ALARM' : 'OK');
  if (used.length === 0) return verdict(whenNothing[missing]);
  if (missing === 'breaching') return verdict(breaching + filled >= toAlarm ? 'ALARM' : 'OK');
  if (breaching >= toAlarm) return verdict('ALARM');
  if (missing === 'notBreaching' || breaching < used.length) return verdict('OK');
  const oldestAge = (used.at(-1) as number) + 1;
  return verdict(missing === 'missing' && oldestAge >= toAlarm ? 'ALARM' : undefined);
}

const whenNothing: Readonly<Record<MissingData, AlarmState | undefined>> = {
  missing: 'INSUFFICIENT_DATA',
  ignore: undefined,
  breaching: 'ALARM',
  notBreaching: 'OK',
};

/**
 * Periods that are looked at: two more than the evaluation periods.
 * Unknown: AWS says only that there are more; its examples have five for three.
 */
export const rangeOf = (evaluationPeriods: number): number => evaluationPeriods + 2;
