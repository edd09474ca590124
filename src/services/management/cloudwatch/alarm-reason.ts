// The words in which an alarm says why it is in its state. Seen in answers of AWS.
import { instant, toDate } from '../../../kernel/units.ts';
import type { Operator } from './alarm-row.ts';
import type { AlarmState } from './facts.ts';

/** A double as Java prints it: `95.0`, `1.0E10`. */
export function javaDouble(value: number): string {
  const magnitude = Math.abs(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : value < 0 ? '-Infinity' : 'NaN';
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}

/** JSON in which marked numbers are written as Java writes doubles. */
class Double {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  toJSON(): string {
    return `\u0001${javaDouble(this.value)}\u0001`;
  }
}

export const double = (value: number): unknown => new Double(value);

export const writeJavaJson = (value: object): string =>
  // oxlint-disable-next-line no-control-regex -- the marks around doubles
  JSON.stringify(value).replaceAll(/"\\u0001([^"\\]*)\\u0001"/g, '$1');

/** `2026-11-24T11:40:00.000+0000`. */
export const longTime = (at: number): string => toDate(instant(at)).toISOString().replace('Z', '+0000');

/** `24/11/26 11:40:00`. */
function shortTime(at: number): string {
  const text = toDate(instant(at)).toISOString();
  return `${text.slice(8, 10)}/${text.slice(5, 7)}/${text.slice(2, 4)} ${text.slice(11, 19)}`;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const were = (count: number): string => (count === 1 ? 'was' : 'were');

/** One evaluated data point. */
export interface Evaluated {
  readonly at: number;
  readonly value: number;
  readonly breaching: boolean;
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
}

export interface Reason {
  readonly operator: Operator;
  readonly threshold: number | undefined;
  readonly state: AlarmState;
  readonly from: AlarmState;
  /** Newest first. */
  readonly points: readonly Evaluated[];
  readonly filled: number;
  readonly missing: string;
  readonly needed: number;
  /** As the user set it; undefined changes the wording. */
  readonly toAlarm: number | undefined;
}

const relations: Readonly<Record<string, string>> = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
};

const listed = (values: readonly (number | undefined)[]): string =>
  `[${values.map((value) => (value === undefined ? '' : javaDouble(value))).join(', ')}]`;

function relationOf({ operator, threshold }: Reason, points: readonly Evaluated[], isOk: boolean): string {
  const relation = relations[operator];
  if (relation !== undefined) return `${relation} the threshold (${javaDouble(threshold ?? 0)})`;
  const lower = `less than the lower thresholds ${listed(points.map((point) => point.lower))}`;
  const upper = `greater than the upper thresholds ${listed(points.map((point) => point.upper))}`;
  if (operator === 'LessThanLowerThreshold') return lower;
  if (operator === 'GreaterThanUpperThreshold') return upper;
  return `${lower} ${isOk ? 'and not ' : 'or '}${upper}`;
}

const treatments: Readonly<Record<string, string>> = {
  breaching: 'Breaching',
  notBreaching: 'NonBreaching',
  missing: 'Missing',
  ignore: 'Ignored',
};

export function writeReason(reason: Reason): string {
  const { operator, state, points, filled, missing, needed, toAlarm } = reason;
  if (state === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${plural(needed, 'datapoint')} ${were(needed)} unknown.`;
  const start = operator in relations ? 'Threshold Crossed' : 'Thresholds Crossed';
  const treated = `${plural(filled, 'missing datapoint')} ${were(filled)} treated as [${treatments[missing] ?? missing}]`;
  if (points.length === 0)
    return `${start}: no datapoints were received for ${plural(needed, 'period')} and ${treated}.`;
  const isOk = state === 'OK';
  const named = points.filter(({ breaching }) => breaching !== isOk);
  const shown = named.length > 0 ? named : points;
  const list = `[${shown.map(({ value, at }) => `${javaDouble(value)} (${shortTime(at)})`).join(', ')}]`;
  const relation = `${were(shown.length)} ${isOk ? 'not ' : ''}${relationOf(reason, shown, isOk)}`;
  const isFilled = filled > 0 && missing !== 'missing' && missing !== 'ignore';
  const rest = isFilled ? ` and ${treated}` : '';
  if (toAlarm === undefined) return `${start}: ${plural(shown.length, 'datapoint')} ${list} ${relation}${rest}.`;
  const minimum = isOk ? needed - toAlarm + 1 : toAlarm;
  const transition = isOk ? 'ALARM -> OK' : 'OK -> ALARM';
  return (
    `${start}: ${shown.length} out of the last ${needed} datapoints ${list} ${relation}${rest} ` +
    `(minimum ${plural(minimum, 'datapoint')} for ${transition} transition).`
  );
}

/** What `StateReasonData` is made of. */
export interface ReasonData {
  readonly queriedAt: number;
  readonly statistic: string | undefined;
  readonly unit: string | undefined;
  readonly period: number;
  readonly threshold: number | undefined;
  /** Newest first, with the number of samples where a metric is looked at. */
  readonly points: readonly (Evaluated & { readonly sampleCount?: number | undefined })[];
  /** Instants of the periods that were looked at and had nothing, newest first; told only when nothing had anything. */
  readonly missingAt: readonly number[];
}

export function writeReasonData(data: ReasonData): string {
  const { points, threshold, missingAt } = data;
  const oldestFirst = [...points].reverse();
  const evaluated =
    points.length > 0
      ? points.map(({ at, value, sampleCount, lower, upper }) => ({
          timestamp: longTime(at),
          sampleCount: sampleCount === undefined ? undefined : double(sampleCount),
          value: double(value),
          threshold: upper === undefined || lower !== undefined ? undefined : double(upper),
        }))
      : missingAt.map((at) => ({ timestamp: longTime(at) }));
  const bounds = (pick: (point: Evaluated) => number | undefined): unknown[] | undefined => {
    const known = oldestFirst.map(pick).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : known.map(double);
  };
  const oldest = oldestFirst[0];
  return writeJavaJson({
    version: '1.0',
    queryDate: longTime(data.queriedAt),
    startDate: oldest && longTime(oldest.at),
    statistic: data.statistic,
    unit: data.unit,
    period: data.period,
    recentDatapoints: oldestFirst.map(({ value }) => double(value)),
    recentLowerThresholds: bounds(({ lower }) => lower),
    recentUpperThresholds: bounds(({ upper }) => upper),
    threshold: threshold === undefined ? undefined : double(threshold),
    evaluatedDatapoints: evaluated,
  });
}
