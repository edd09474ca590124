// What PutMetricAlarm and PutCompositeAlarm are given, and what AWS refuses of it.
import type { InputOf } from '../../../kernel/service.ts';
import type { MetricRule, Operator } from './alarm-row.ts';
import { instanceAction } from './alarm-action.ts';
import { errors } from './errors.ts';
import { actionsMax, selectAlarmSecondsMax } from './limits.ts';
import { isPeriod } from './metric-statistics.ts';
import type { Query } from './math.ts';
import { isSelectQuery, readQueries, usesFunction } from './query.ts';
import { selectPeriod } from './select.ts';
import type { CloudWatchContext, Sdk } from './state.ts';
import { findStatistic } from './statistic.ts';

export type MetricInput = InputOf<Sdk, 'PutMetricAlarm'>;

interface Actions {
  readonly OKActions?: readonly string[] | undefined;
  readonly AlarmActions?: readonly string[] | undefined;
  readonly InsufficientDataActions?: readonly string[] | undefined;
}

const services = new Set(['sns', 'autoscaling', 'automate', 'swf', 'lambda', 'ssm', 'ssm-incidents', 'aiops']);

type Place = Pick<CloudWatchContext, 'partition' | 'region'>;

export function checkActions(input: Actions, isComposite: boolean, place: Place): void {
  for (const name of ['OKActions', 'AlarmActions', 'InsufficientDataActions'] as const) {
    const actions = input[name] ?? [];
    if (actions.length > actionsMax)
      throw errors.validation(
        `1 validation error detected: Value '[${actions.join(', ')}]' at '${name.charAt(0).toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must have length less than or equal to ${actionsMax}`,
      );
    for (const arn of actions) checkAction(arn, isComposite, place);
  }
}

/** The refusals of a partition and of a Region were seen in answers of AWS. */
function checkAction(arn: string, isComposite: boolean, place: Place): void {
  const [prefix, partition, service, region] = arn.split(':');
  if (prefix !== 'arn' || partition === undefined || !services.has(service ?? ''))
    throw errors.validation(`Invalid arn syntax: ${arn}`);
  if (partition !== place.partition)
    throw errors.validation(`Invalid partition ${partition} specified. Only ${place.partition} is supported.`);
  if (region !== place.region)
    throw errors.validation(`Invalid region ${region} specified. Only ${place.region} is supported.`);
  if (isComposite && (service === 'autoscaling' || instanceAction(arn) !== undefined))
    throw errors.validation(`Action ${arn} is not supported for composite alarms.`);
}

const exclusive = [
  'MetricName',
  'Namespace',
  'Statistic',
  'ExtendedStatistic',
  'Dimensions',
  'Period',
  'Unit',
] as const;

/** The rule of a metric alarm. The words of the refusals were seen in answers of AWS, but for those of `EvaluateLowSampleCountPercentile`. */
export function readRule(input: MetricInput, account: string): MetricRule {
  if (input.EvaluationCriteria !== undefined)
    throw errors.validation('EvaluationCriteria is not supported: alarms on PromQL queries are not available.');
  const { ComparisonOperator, EvaluationPeriods, DatapointsToAlarm } = input;
  if (ComparisonOperator === undefined) throw errors.validation('ComparisonOperator must not be null');
  if (EvaluationPeriods === undefined) throw errors.validation('EvaluationPeriods must not be null');
  if (DatapointsToAlarm !== undefined && DatapointsToAlarm > EvaluationPeriods)
    throw errors.validation('DatapointsToAlarm must be less than or equal to EvaluationPeriods');
  if (input.Metrics === undefined) checkSingle(input);
  else checkMetrics(input, account);
  checkThreshold(input);
  checkBandActions(input);
  checkTreatments(input);
  const periodSeconds = input.Period ?? longestPeriod(input);
  checkWindow(periodSeconds, EvaluationPeriods);
  return {
    Namespace: input.Namespace,
    MetricName: input.MetricName,
    Statistic: input.Statistic,
    ExtendedStatistic: input.ExtendedStatistic,
    Dimensions:
      input.Metrics === undefined ? (input.Dimensions ?? []).map(({ Name, Value }) => ({ Name, Value })) : undefined,
    Period: input.Period,
    Unit: input.Unit,
    Metrics: input.Metrics?.map((query) => ({ ...query, ReturnData: query.ReturnData ?? true })),
    ThresholdMetricId: input.ThresholdMetricId,
    Threshold: input.Threshold,
    EvaluationPeriods,
    DatapointsToAlarm,
    ComparisonOperator: ComparisonOperator as Operator,
    TreatMissingData: input.TreatMissingData,
    EvaluateLowSampleCountPercentile: input.EvaluateLowSampleCountPercentile,
  };
}

function checkSingle(input: MetricInput): void {
  for (const name of ['MetricName', 'Namespace', 'Period'] as const)
    if (input[name] === undefined) throw errors.validation(`${name} must not be null`);
  const { Statistic, ExtendedStatistic, Period } = input;
  if (Statistic === undefined && ExtendedStatistic === undefined)
    throw errors.validation('Exactly one of Statistic or ExtendedStatistic must be specified');
  if (Statistic !== undefined && ExtendedStatistic !== undefined)
    throw errors.validation('Statistic and ExtendedStatistic cannot both be set');
  if (ExtendedStatistic !== undefined && findStatistic(ExtendedStatistic) === undefined)
    throw errors.validation(`The value ${ExtendedStatistic} for parameter ExtendedStatistic is not supported.`);
  if (Period !== undefined && (!isPeriod(Period) || Period < 10))
    throw errors.validation('Period must be 10, 20, 30 or a multiple of 60');
}

function checkMetrics(input: MetricInput, account: string): void {
  for (const name of exclusive)
    if (input[name] !== undefined && !(name === 'Dimensions' && input.Dimensions?.length === 0))
      throw errors.validation(`${name} should not be set if list of Metrics is set.`);
  const queries = readQueries(input.Metrics ?? [], 'Metrics', account);
  if (queries.length === 0) throw errors.validation('Metrics list must not be empty.');
  for (const query of queries)
    if (usesFunction(query, 'SEARCH')) throw errors.validation('SEARCH is not supported on Metric Alarms.');
  checkSelect(queries, input);
  const returning = queries.filter(({ returns }) => returns);
  if (input.ThresholdMetricId === undefined) {
    if (returning.length !== 1) throw errors.validation('Exactly one element of the metrics list should return data.');
    return;
  }
  if (returning.length !== 2) throw errors.validation('Exactly two elements of the metrics list should return data.');
  const band = queries.find(({ id }) => id === input.ThresholdMetricId);
  if (band === undefined || !usesFunction(band, 'ANOMALY_DETECTION_BAND'))
    throw errors.validation(
      'ThresholdMetricId must refer to an ANOMALY_DETECTION_BAND expression in the metrics list.',
    );
}

/** Limit: an alarm looks at three hours of what a Metrics Insights query gives. Unknown: AWS's words. */
function checkSelect(queries: readonly Query[], { EvaluationPeriods = 1 }: MetricInput): void {
  for (const query of queries)
    if (isSelectQuery(query) && selectPeriod(query.periodSeconds ?? 300) * EvaluationPeriods > selectAlarmSecondsMax)
      throw errors.validation(
        `Metrics Insights queries cannot be checked across more than three hours (EvaluationPeriods * Period must be <= ${selectAlarmSecondsMax}).`,
      );
}

const bandOperators = new Set([
  'LessThanLowerOrGreaterThanUpperThreshold',
  'LessThanLowerThreshold',
  'GreaterThanUpperThreshold',
]);

function checkThreshold({ Threshold, ThresholdMetricId, ComparisonOperator, Metrics }: MetricInput): void {
  if (Threshold !== undefined && ThresholdMetricId !== undefined)
    throw errors.validation('Threshold and ThresholdMetricId cannot both be set');
  const needsBand = bandOperators.has(ComparisonOperator ?? '');
  if (needsBand && ThresholdMetricId === undefined)
    throw errors.validation(`ComparisonOperator ${ComparisonOperator} requires ThresholdMetricId to be set`);
  if (needsBand && Metrics === undefined)
    throw errors.validation(`ComparisonOperator ${ComparisonOperator} requires a list of Metrics to be set`);
  if (!needsBand && ThresholdMetricId !== undefined)
    throw errors.validation(`ComparisonOperator ${ComparisonOperator} is not supported with ThresholdMetricId`);
  if (!needsBand && Threshold === undefined) throw errors.validation('Threshold must not be null');
}

/** Unknown: AWS's words. */
function checkBandActions(input: MetricInput): void {
  if (input.ThresholdMetricId === undefined) return;
  const actions = [input.OKActions, input.AlarmActions, input.InsufficientDataActions].flatMap((list) => list ?? []);
  if (actions.some((arn) => arn.split(':')[2] === 'autoscaling'))
    throw errors.validation('Auto Scaling actions are not supported for alarms based on anomaly detection.');
}

const treatments = ['breaching', 'notBreaching', 'ignore', 'missing'];

function checkTreatments({ TreatMissingData, EvaluateLowSampleCountPercentile, ExtendedStatistic }: MetricInput): void {
  if (TreatMissingData !== undefined && !treatments.includes(TreatMissingData))
    throw errors.validation(
      `The value ${TreatMissingData} is not supported for TreatMissingData parameter. Supported values are [${treatments.join(', ')}].`,
    );
  if (EvaluateLowSampleCountPercentile === undefined) return;
  if (!['evaluate', 'ignore'].includes(EvaluateLowSampleCountPercentile))
    throw errors.validation(
      `Option ${EvaluateLowSampleCountPercentile} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.`,
    );
  if (ExtendedStatistic === undefined)
    throw errors.validation('EvaluateLowSampleCountPercentile can be set only with ExtendedStatistic');
}

const longestPeriod = ({ Metrics = [] }: MetricInput): number =>
  Math.max(60, ...Metrics.flatMap(({ MetricStat, Period }) => MetricStat?.Period ?? Period ?? []));

/** Limit: an alarm looks at a day, or at seven when its period is an hour or more. */
function checkWindow(periodSeconds: number, evaluationPeriods: number): void {
  const days = periodSeconds >= 3_600 ? 7 : 1;
  if (periodSeconds * evaluationPeriods > days * 86_400)
    throw errors.validation(
      `Metrics cannot be checked across more than ${days === 1 ? 'a day' : 'seven days'} (EvaluationPeriods * Period must be <= ${days * 86_400}).`,
    );
}
