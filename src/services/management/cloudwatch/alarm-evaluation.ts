// Evaluates one metric alarm: reads its periods, judges them, words the reason. Writes nothing.
import { instant } from '../../../kernel/units.ts';
import { rangeOf, judgePoints, type MissingData, type Verdict } from './alarm-verdict.ts';
import { type Evaluated, writeReason, writeReasonData } from './alarm-reason.ts';
import type { Alarm, Contributor, MetricRule } from './alarm-row.ts';
import type { AlarmState } from './facts.ts';
import { MathError } from './math-syntax.ts';
import { isLine, isLines, type Line } from './math-value.ts';
import { MathRequest, type Query } from './math.ts';
import { isSelectQuery, type QueryInput, readQueries, usesFunction } from './query.ts';
import { type Grid, isDrawn, type MetricRef, readPeriods } from './reading.ts';
import { type CloudWatchContext, sortDimensions } from './state.ts';
import { type Aggregate, findStatistic } from './statistic.ts';

export interface Outcome {
  /** Undefined: the state stays. */
  readonly state?: AlarmState | undefined;
  readonly reason?: string | undefined;
  readonly reasonData?: string | undefined;
  /** The newest data point. */
  readonly value?: number | undefined;
  /** True when only new data can change what comes of the next evaluation. */
  readonly canSleep: boolean;
  readonly error?: boolean | undefined;
  /** A query looked at more than it can tell of. */
  readonly isPartial?: boolean | undefined;
  readonly contributors?: readonly Contributor[] | undefined;
}

/** The metric of an alarm that looks at one; undefined for metric math. */
export const metricOf = ({ Namespace, MetricName, Dimensions, Unit }: MetricRule): MetricRef | undefined =>
  Namespace === undefined || MetricName === undefined
    ? undefined
    : { namespace: Namespace, name: MetricName, dimensions: sortDimensions(Dimensions), unit: Unit };

const metrics = new WeakMap<MetricRule, MetricRef | null>();

function keptMetric(rule: MetricRule): MetricRef | undefined {
  let metric = metrics.get(rule);
  if (metric === undefined) {
    metric = metricOf(rule) ?? null;
    metrics.set(rule, metric);
  }
  return metric ?? undefined;
}

const queries = new WeakMap<MetricRule, readonly Query[]>();

export function queriesOf(rule: MetricRule): readonly Query[] {
  const known = queries.get(rule);
  if (known !== undefined) return known;
  const read = readQueries((rule.Metrics ?? []) as QueryInput[], 'Metrics', undefined);
  queries.set(rule, read);
  return read;
}

/** Seconds of the alarm's periods: of an expression, the longest of its metrics. */
export function periodOf(rule: MetricRule): number {
  if (rule.Period !== undefined) return rule.Period;
  const periods = queriesOf(rule).flatMap(({ stat, periodSeconds }) => stat?.periodSeconds ?? periodSeconds ?? []);
  return periods.length === 0 ? 60 : Math.max(...periods);
}

/** Whether the alarm's data can change without anybody sending some. */
export function changesByItself(context: CloudWatchContext, rule: MetricRule): boolean {
  if (rule.Namespace !== undefined) return isDrawn(context, rule.Namespace);
  return queriesOf(rule).some(
    (query) =>
      (query.stat !== undefined && isDrawn(context, query.stat.metric.namespace)) ||
      usesFunction(query, 'SEARCH') ||
      isSelectQuery(query) ||
      usesFunction(query, 'TIME_SERIES'),
  );
}

interface Point extends Evaluated {
  readonly sampleCount?: number | undefined;
}

/** Data points of the range, newest first; undefined where there is none. */
type Range = readonly (Point | undefined)[];

/** @param end the end of the newest period, in milliseconds. */
export function evaluate(context: CloudWatchContext, alarm: Alarm, end: number): Outcome {
  const rule = alarm.metric as MetricRule;
  const periodSeconds = periodOf(rule);
  const count = rangeOf(rule.EvaluationPeriods);
  const grid = { start: end - count * periodSeconds * 1000, periodSeconds, count };
  const metric = keptMetric(rule);
  const canSleepEmpty = !changesByItself(context, rule);
  if (metric !== undefined)
    return conclude(alarm, rule, metricRange(context, rule, metric, grid), grid, canSleepEmpty, end);
  try {
    const { ranges, isGrouped, isPartial } = mathRanges(context, rule, grid);
    if (isGrouped) return { ...concludeMany(alarm, rule, ranges, grid, end), isPartial };
    const outcome = conclude(alarm, rule, ranges[0]?.range ?? [], grid, canSleepEmpty, end);
    return { ...outcome, isPartial };
  } catch (error) {
    if (!(error instanceof MathError)) throw error;
    const reason = `Failed to evaluate the alarm: ${error.message}`;
    return { state: 'INSUFFICIENT_DATA', reason, canSleep: false, error: true };
  }
}

const statisticOf = (rule: MetricRule): string => rule.Statistic ?? rule.ExtendedStatistic ?? 'Average';

function metricRange(context: CloudWatchContext, rule: MetricRule, metric: MetricRef, grid: Grid): Range {
  const statistic = findStatistic(statisticOf(rule));
  const threshold = rule.Threshold ?? 0;
  const periods = readPeriods(context, metric, grid);
  const range: (Point | undefined)[] = [];
  for (let index = grid.count - 1; index >= 0; index--) {
    const period = periods[index];
    const value = period && statistic?.(period);
    const at = grid.start + index * grid.periodSeconds * 1000;
    range.push(
      value === undefined
        ? undefined
        : {
            at,
            value,
            sampleCount: (period as Aggregate).count,
            breaching: isBreaching(rule, value, threshold, threshold),
          },
    );
  }
  return range;
}

interface GroupRange {
  readonly group: Readonly<Record<string, string>>;
  readonly range: Range;
}

interface Ranges {
  readonly ranges: readonly GroupRange[];
  /** True for a query that groups: each group is judged by itself. */
  readonly isGrouped: boolean;
  readonly isPartial: boolean;
}

function mathRanges(context: CloudWatchContext, rule: MetricRule, grid: Grid): Ranges {
  const all = queriesOf(rule);
  const end = grid.start + grid.count * grid.periodSeconds * 1000;
  const gridOf = (periodSeconds: number): Grid =>
    periodSeconds === grid.periodSeconds
      ? grid
      : {
          start: end - grid.count * grid.periodSeconds * 1000,
          periodSeconds,
          count: Math.ceil((grid.count * grid.periodSeconds) / periodSeconds),
        };
  const request = new MathRequest(context, all, gridOf, true);
  const watched = all.find(({ id, returns }) => returns && id !== rule.ThresholdMetricId);
  const query = watched ?? (all[0] as Query);
  const isGrouped = isSelectQuery(query) && isLines(request.value(query.id));
  const lines = isGrouped ? request.lines(query.id) : [singleLine(request, query.id)];
  const [upper, lower] = rule.ThresholdMetricId === undefined ? [] : bandLines(request, rule.ThresholdMetricId);
  const ranges = lines.map(({ points, group = {} }) => {
    const range: (Point | undefined)[] = [];
    for (let index = grid.count - 1; index >= 0; index--) {
      const at = grid.start + index * grid.periodSeconds * 1000;
      range.push(mathPoint(rule, at, points.get(at), lower, upper));
    }
    return { group, range };
  });
  return { ranges, isGrouped, isPartial: request.isPartial };
}

/** Contributors that are told of. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html */
const contributorsMax = 100;

/** Judges each time series as if it had an alarm of its own: one in ALARM is enough. */
function concludeMany(alarm: Alarm, rule: MetricRule, ranges: readonly GroupRange[], grid: Grid, end: number): Outcome {
  const known = new Map((alarm.contributors ?? []).map((one) => [JSON.stringify(one.attributes), one]));
  const contributors: Contributor[] = [];
  let [alarming, fine] = [0, 0];
  for (const { group: attributes, range } of ranges) {
    const before = known.get(JSON.stringify(attributes));
    const of: Alarm = { ...alarm, state: before === undefined ? 'OK' : 'ALARM' };
    const { state = of.state, reason = before?.reason ?? '' } = conclude(of, rule, range, grid, false, end);
    if (state === 'OK') fine++;
    if (state !== 'ALARM') continue;
    alarming++;
    contributors.push(before ?? { attributes, reason, since: instant(end) });
  }
  const state: AlarmState = alarming > 0 ? 'ALARM' : fine > 0 ? 'OK' : emptyState(rule, alarm);
  const words =
    alarming > contributorsMax ? `${contributorsMax}+ time series` : `${alarming} out of ${ranges.length} time series`;
  const base = { canSleep: false, contributors: contributors.slice(0, contributorsMax) };
  return state === alarm.state ? base : { ...base, state, reason: `${words} evaluated to ALARM` };
}

const emptyState = (rule: MetricRule, { state }: Alarm): AlarmState =>
  judgePoints([], rule.EvaluationPeriods, rule.DatapointsToAlarm ?? rule.EvaluationPeriods, treatmentOf(rule)).state ??
  state;

function mathPoint(
  rule: MetricRule,
  at: number,
  value: number | undefined,
  lower: Line | undefined,
  upper: Line | undefined,
): Point | undefined {
  if (value === undefined) return undefined;
  if (upper === undefined || lower === undefined) {
    const threshold = rule.Threshold ?? 0;
    return { at, value, breaching: isBreaching(rule, value, threshold, threshold) };
  }
  const [low, high] = [lower.points.get(at), upper.points.get(at)];
  if (low === undefined || high === undefined) return undefined;
  const operator = rule.ComparisonOperator;
  return {
    at,
    value,
    lower: operator === 'GreaterThanUpperThreshold' ? undefined : low,
    upper: operator === 'LessThanLowerThreshold' ? undefined : high,
    breaching: isBreaching(rule, value, low, high),
  };
}

function singleLine(request: MathRequest, id: string): Line {
  const value = request.value(id);
  if (isLines(value)) {
    if (value.length !== 1)
      throw new MathError(`the expression returned ${value.length} time series, an alarm needs one`);
    return value[0] as Line;
  }
  if (!isLine(value)) throw new MathError('the expression must return a time series');
  return value;
}

function bandLines(request: MathRequest, id: string): readonly [Line, Line] {
  const lines = request.lines(id);
  if (lines.length !== 2) throw new MathError('ThresholdMetricId must name an anomaly detection band');
  return [lines[0] as Line, lines[1] as Line];
}

function isBreaching({ ComparisonOperator }: MetricRule, value: number, low: number, high: number): boolean {
  switch (ComparisonOperator) {
    case 'GreaterThanOrEqualToThreshold':
      return value >= high;
    case 'GreaterThanThreshold':
    case 'GreaterThanUpperThreshold':
      return value > high;
    case 'LessThanThreshold':
    case 'LessThanLowerThreshold':
      return value < low;
    case 'LessThanOrEqualToThreshold':
      return value <= low;
    case 'LessThanLowerOrGreaterThanUpperThreshold':
      return value < low || value > high;
  }
}

/**
 * Fewer samples than this make a percentile mean nothing, for alarms that ignore it then.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
 */
function samplesNeeded(statistic: string): number {
  const share = Number(/^p(\d+(?:\.\d*)?)$/.exec(statistic)?.[1] ?? Number.NaN) / 100;
  if (Number.isNaN(share) || share >= 1) return 0;
  return share >= 0.5 ? 10 / (1 - share) : 10 / share;
}

const hasFewSamples = (rule: MetricRule, range: Range): boolean =>
  rule.EvaluateLowSampleCountPercentile === 'ignore' &&
  range
    .slice(0, rule.EvaluationPeriods)
    .some((point) => point?.sampleCount !== undefined && point.sampleCount < samplesNeeded(statisticOf(rule)) - 1e-9);

/** Alarms on DynamoDB's metrics ignore missing data, whatever they say. */
const treatmentOf = (rule: MetricRule): MissingData =>
  rule.Namespace === 'AWS/DynamoDB' ? 'ignore' : ((rule.TreatMissingData ?? 'missing') as MissingData);

function conclude(
  alarm: Alarm,
  rule: MetricRule,
  range: Range,
  grid: Grid,
  canSleepEmpty: boolean,
  end: number,
): Outcome {
  const isEmpty = range.every((point) => point === undefined);
  const canSleep = canSleepEmpty && isEmpty;
  const value = range.find((point) => point !== undefined)?.value;
  if (hasFewSamples(rule, range)) return { canSleep, value };
  const verdict = judgePoints(
    range.map((point) => point?.breaching),
    rule.EvaluationPeriods,
    rule.DatapointsToAlarm ?? rule.EvaluationPeriods,
    treatmentOf(rule),
  );
  if (verdict.state === undefined || verdict.state === alarm.state) return { canSleep, value };
  return { state: verdict.state, canSleep, value, ...wordsOf(alarm, rule, range, grid, verdict, end) };
}

function wordsOf(
  alarm: Alarm,
  rule: MetricRule,
  range: Range,
  grid: Grid,
  { state, used, filled }: Verdict,
  end: number,
) {
  const points = used.flatMap((age) => range[age] ?? []);
  const needed = rule.EvaluationPeriods;
  const hasBand = rule.ThresholdMetricId !== undefined;
  const reason = writeReason({
    operator: rule.ComparisonOperator,
    threshold: rule.Threshold,
    state: state as AlarmState,
    from: alarm.state,
    points,
    filled,
    missing: treatmentOf(rule),
    needed,
    toAlarm: rule.DatapointsToAlarm,
  });
  const reasonData = writeReasonData({
    queriedAt: end,
    statistic: rule.Metrics === undefined ? statisticOf(rule) : undefined,
    unit: rule.Unit,
    period: grid.periodSeconds,
    threshold: hasBand ? undefined : rule.Threshold,
    points,
    missingAt: Array.from({ length: needed }, (_, age) => end - (age + 1) * grid.periodSeconds * 1000),
  });
  return { reason, reasonData };
}
