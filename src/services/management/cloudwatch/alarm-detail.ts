// An alarm as others are told of it: in events, in history, and in messages to topics.
import { findRegion } from '../../../kernel/region.ts';
import { double, longTime, writeJavaJson } from './alarm-reason.ts';
import type { Alarm, MetricRule } from './alarm-row.ts';
import type { AlarmState, StateDetail } from './facts.ts';
import type { CloudWatchContext } from './state.ts';

type Namable = Readonly<Record<string, unknown>>;

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

export function stateDetail(alarm: Alarm): StateDetail {
  const { suppression } = alarm;
  return {
    ...(suppression === undefined
      ? {}
      : { actionsSuppressedBy: suppression.by, actionsSuppressedReason: suppression.reason }),
    value: alarm.state,
    reason: alarm.reason,
    ...(alarm.reasonData === undefined ? {} : { reasonData: alarm.reasonData }),
    timestamp: longTime(alarm.stateAt),
  };
}

const dimensionMap = (dimensions: MetricRule['Dimensions']): Readonly<Record<string, string>> =>
  Object.fromEntries((dimensions ?? []).map(({ Name, Value }) => [Name, Value]));

function metricsDetail(context: CloudWatchContext, rule: MetricRule): readonly object[] {
  if (rule.Metrics === undefined)
    return [
      {
        id: context.ids.uuid(),
        metricStat: {
          metric: { namespace: rule.Namespace, name: rule.MetricName, dimensions: dimensionMap(rule.Dimensions) },
          period: rule.Period,
          stat: rule.Statistic ?? rule.ExtendedStatistic,
          ...(rule.Unit === undefined ? {} : { unit: rule.Unit }),
        },
        returnData: true,
      },
    ];
  return rule.Metrics.map(({ Id, Expression, Label, MetricStat, ReturnData, Period }) => ({
    id: Id,
    expression: Expression,
    label: Label,
    period: Period,
    metricStat: MetricStat && {
      metric: {
        namespace: MetricStat.Metric.Namespace,
        name: MetricStat.Metric.MetricName,
        dimensions: dimensionMap(MetricStat.Metric.Dimensions as MetricRule['Dimensions']),
      },
      period: MetricStat.Period,
      stat: MetricStat.Stat,
      unit: MetricStat.Unit,
    },
    returnData: ReturnData ?? true,
  }));
}

/** `configuration` of EventBridge's event. */
export function configurationDetail(context: CloudWatchContext, { metric, composite, description }: Alarm): object {
  if (metric !== undefined)
    return { ...(description === undefined ? {} : { description }), metrics: metricsDetail(context, metric) };
  return {
    ...(description === undefined ? {} : { description }),
    alarmRule: composite?.AlarmRule,
    actionsSuppressor: composite?.ActionsSuppressor,
    actionsSuppressorWaitPeriod: composite?.ActionsSuppressorWaitPeriod,
    actionsSuppressorExtensionPeriod: composite?.ActionsSuppressorExtensionPeriod,
  };
}

const named = (object: Namable): Namable =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [lowerFirst(name), lowered(value)]));

const lowered = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(lowered)
    : value !== null && typeof value === 'object'
      ? named(value as Namable)
      : value;

/** The alarm in the history of its configuration. */
function configured(alarm: Alarm): Namable {
  const { metric, composite } = alarm;
  return {
    alarmName: alarm.name,
    alarmDescription: alarm.description,
    alarmArn: alarm.arn,
    alarmConfigurationUpdatedTimestamp: longTime(alarm.configuredAt),
    ...named({ ...metric, ...composite }),
    threshold: metric?.Threshold === undefined ? undefined : double(metric.Threshold),
    stateValue: alarm.state,
    stateUpdatedTimestamp: longTime(alarm.stateAt),
    actionsEnabled: alarm.actionsEnabled,
    alarmActions: alarm.alarmActions,
    insufficientDataActions: alarm.insufficientDataActions,
    okactions: alarm.okActions,
  };
}

export const createdData = (alarm: Alarm): string =>
  writeJavaJson({ version: '1.0', type: 'Create', createdAlarm: configured(alarm) });

export const deletedData = (alarm: Alarm): string =>
  writeJavaJson({ version: '1.0', type: 'Delete', deletedAlarm: configured(alarm) });

export function updatedData(before: Alarm, after: Alarm): string {
  const [old, now] = [configured(before), configured(after)];
  const differs = (name: string): boolean => JSON.stringify(old[name]) !== JSON.stringify(now[name]);
  const originalUpdatedFields = Object.fromEntries(
    [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(differs).map((name) => [name, old[name] ?? null]),
  );
  return writeJavaJson({ version: '1.0', type: 'Update', updatedAlarm: now, originalUpdatedFields });
}

/** `HistoryData` of a change of state. */
export function transitionData(before: Alarm, after: Alarm): string {
  const shown = ({ state, reason, reasonData }: Alarm): object => ({
    stateValue: state,
    stateReason: reason,
    stateReasonData: reasonData === undefined ? undefined : '\u0002',
  });
  const text = JSON.stringify({ version: '1.0', oldState: shown(before), newState: shown(after) });
  // The reason's data goes in as it was written, so that its numbers keep their form.
  const data = [before, after].flatMap(({ reasonData }) => reasonData ?? []).map(asJson);
  return text.replaceAll(/"\\u0002"/g, () => data.shift() ?? 'null');
}

function asJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

/** What is published to a topic. */
export function topicMessage(
  context: CloudWatchContext,
  alarm: Alarm,
  oldState: AlarmState,
): { subject: string; message: string } {
  const region = findRegion(context.region)?.description ?? context.region;
  const message = writeJavaJson({
    AlarmName: alarm.name,
    AlarmDescription: alarm.description ?? null,
    AWSAccountId: context.account,
    AlarmConfigurationUpdatedTimestamp: longTime(alarm.configuredAt),
    NewStateValue: alarm.state,
    NewStateReason: alarm.reason,
    StateChangeTime: longTime(alarm.stateAt),
    Region: region,
    AlarmArn: alarm.arn,
    OldStateValue: oldState,
    OKActions: alarm.okActions,
    AlarmActions: alarm.alarmActions,
    InsufficientDataActions: alarm.insufficientDataActions,
    ...(alarm.metric === undefined ? compositeMessage(alarm) : { Trigger: triggerOf(alarm.metric) }),
  });
  return { subject: `${alarm.state}: "${alarm.name}" in ${region}`.slice(0, 100), message };
}

function compositeMessage({ composite, reasonData }: Alarm): object {
  const children =
    reasonData === undefined
      ? []
      : (JSON.parse(reasonData) as { triggeringAlarms?: { arn: string; state: object }[] }).triggeringAlarms;
  return {
    AlarmRule: composite?.AlarmRule,
    TriggeringChildren: (children ?? []).map(({ arn, state }) => ({ Arn: arn, State: capitalised(state) })),
  };
}

const capitalised = (state: object): object =>
  Object.fromEntries(
    Object.entries(state).map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), value]),
  );

function triggerOf(rule: MetricRule): object {
  const base = {
    Period: rule.Period,
    EvaluationPeriods: rule.EvaluationPeriods,
    DatapointsToAlarm: rule.DatapointsToAlarm,
    ComparisonOperator: rule.ComparisonOperator,
    Threshold: rule.Threshold === undefined ? undefined : double(rule.Threshold),
    ThresholdMetricId: rule.ThresholdMetricId,
    TreatMissingData: rule.TreatMissingData ?? '',
    EvaluateLowSampleCountPercentile: rule.EvaluateLowSampleCountPercentile ?? '',
  };
  if (rule.Metrics !== undefined) return { ...base, Metrics: rule.Metrics };
  const dimensions = (rule.Dimensions ?? []).map(({ Name, Value }) => ({ value: Value, name: Name }));
  return {
    MetricName: rule.MetricName,
    Namespace: rule.Namespace,
    StatisticType: rule.Statistic === undefined ? 'ExtendedStatistic' : 'Statistic',
    ...(rule.Statistic === undefined
      ? { ExtendedStatistic: rule.ExtendedStatistic }
      : { Statistic: rule.Statistic.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase() }),
    Unit: rule.Unit ?? null,
    Dimensions: dimensions,
    ...base,
  };
}
