// Alarms: put, delete, set by hand.
import { key } from '../../../kernel/key.ts';
import { changeState, tellParents } from './alarm-change.ts';
import { cadenceOf, keepCadence, wakeAlarm } from './alarm-clock.ts';
import { createdData, deletedData, updatedData } from './alarm-detail.ts';
import { metricOf, queriesOf } from './alarm-evaluation.ts';
import { keepHistory } from './alarm-history.ts';
import { checkActions, readRule } from './alarm-input.ts';
import type { Alarm, MetricRule } from './alarm-row.ts';
import { errors } from './errors.ts';
import { alarmsDeletedMax, selectAlarmsMax } from './limits.ts';
import { isSelectQuery } from './query.ts';
import { type CloudWatchContext, type Operation, seriesKey } from './state.ts';
import { putTags } from './tag.ts';

export const alarmArn = ({ partition, region, account }: CloudWatchContext, name: string): string =>
  `arn:${partition}:cloudwatch:${region}:${account}:alarm:${name}`;

/** The fields that both kinds are put with; state and times are kept when there is such an alarm already. */
export function makeAlarm(
  context: CloudWatchContext,
  input: {
    readonly AlarmName: string;
    readonly AlarmDescription?: string | undefined;
    readonly ActionsEnabled?: boolean | undefined;
    readonly OKActions?: readonly string[] | undefined;
    readonly AlarmActions?: readonly string[] | undefined;
    readonly InsufficientDataActions?: readonly string[] | undefined;
  },
): Omit<Alarm, 'cadence' | 'awake'> {
  const now = context.clock.now();
  const known = context.state.alarms.find(input.AlarmName);
  return {
    name: input.AlarmName,
    arn: alarmArn(context, input.AlarmName),
    description: input.AlarmDescription,
    actionsEnabled: input.ActionsEnabled ?? true,
    okActions: [...(input.OKActions ?? [])],
    alarmActions: [...(input.AlarmActions ?? [])],
    insufficientDataActions: [...(input.InsufficientDataActions ?? [])],
    state: known?.state ?? 'INSUFFICIENT_DATA',
    reason: known?.reason ?? 'Unchecked: Initial alarm creation',
    reasonData: known?.reasonData,
    stateAt: known?.stateAt ?? now,
    transitionedAt: known?.transitionedAt ?? now,
    configuredAt: now,
  };
}

/** Inside a transaction. */
export function keepAlarm(context: CloudWatchContext, alarm: Alarm): void {
  const before = context.state.alarms.find(alarm.name);
  context.state.alarms.put(alarm);
  keepHistory(context, alarm, {
    type: 'ConfigurationUpdate',
    summary: `Alarm "${alarm.name}" ${before === undefined ? 'created' : 'updated'}`,
    data: before === undefined ? createdData(alarm) : updatedData(before, alarm),
  });
}

/**
 * Creates an alarm on a metric or on metric math, or changes it; a change leaves its state.
 *
 * Limit: five actions for each state.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
export const PutMetricAlarm: Operation<'PutMetricAlarm'> = (input, context) => {
  checkActions(input, false, context);
  const metric = readRule(input, context.account);
  const known = context.state.alarms.find(input.AlarmName);
  if (known === undefined) checkQuota(context, metric);
  if (known?.composite !== undefined)
    throw errors.validation(`The alarm ${input.AlarmName} is a composite alarm and cannot be made a metric alarm.`);
  const cadence = cadenceOf(metric);
  keepAlarm(context, { ...makeAlarm(context, input), metric, cadence, awake: true });
  watch(context, input.AlarmName, metric);
  keepCadence(context, cadence);
  // As AWS has it, tags given with a change are left alone.
  if (known === undefined) putTags(context, alarmArn(context, input.AlarmName), input.Tags);
  return {};
};

/** Limit: 200 alarms on Metrics Insights queries in a Region. */
function checkQuota({ state }: CloudWatchContext, metric: MetricRule): void {
  const isSelect = queriesOf(metric).some(isSelectQuery);
  if (!isSelect) return;
  let count = 0;
  for (const { metric: other } of state.alarms.each())
    if (other?.Metrics !== undefined && queriesOf(other).some(isSelectQuery)) count++;
  if (count >= selectAlarmsMax)
    throw errors.limitExceeded(`The maximum number of Metrics Insights alarms (${selectAlarmsMax}) has been reached.`);
}

function watch({ state }: CloudWatchContext, alarm: string, rule: MetricRule): void {
  unwatch(state, alarm);
  const single = metricOf(rule);
  const metrics = single === undefined ? queriesOf(rule).flatMap(({ stat }) => stat?.metric ?? []) : [single];
  for (const { namespace, name, dimensions } of metrics)
    state.watches.put({ series: seriesKey(namespace, name, dimensions), alarm });
}

function unwatch(state: CloudWatchContext['state'], alarm: string): void {
  for (const row of state.watches.index('alarm').list({ prefix: key(alarm) }))
    state.watches.delete(key(row.series, row.alarm));
}

/**
 * Deletes alarms; names that are not there are passed over.
 *
 * Limit: 100 alarms, one of them composite, and that only while no composite alarm depends on it.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
 */
export const DeleteAlarms: Operation<'DeleteAlarms'> = ({ AlarmNames }, context) => {
  const { state } = context;
  if (AlarmNames.length > alarmsDeletedMax)
    throw errors.validation(`At most ${alarmsDeletedMax} alarms can be deleted in one call.`);
  const found = [...new Set(AlarmNames)].flatMap((name) => state.alarms.find(name) ?? []);
  const composites = found.filter(({ composite }) => composite !== undefined);
  if (composites.length > 1) throw errors.validation('You can delete at most one composite alarm in one operation.');
  for (const { name } of composites) {
    const parents = state.parents.list({ prefix: key(name) }).filter(({ parent }) => parent !== name);
    if (parents.length > 0)
      throw errors.validation(
        `Unable to delete composite alarm ${name}: composite alarms [${parents.map(({ parent }) => parent).join(', ')}] depend on it.`,
      );
  }
  for (const alarm of found) deleteAlarm(context, alarm);
  return {};
};

function deleteAlarm(context: CloudWatchContext, alarm: Alarm): void {
  const { state, jobs } = context;
  state.alarms.delete(alarm.name);
  state.tags.delete(alarm.arn);
  unwatch(state, alarm.name);
  for (const link of state.parents.index('parent').list({ prefix: key(alarm.name) }))
    state.parents.delete(key(link.child, link.parent, link.suppresses ? 1 : 0));
  if (alarm.suppression?.job !== undefined) jobs.cancel(alarm.suppression.job);
  keepHistory(context, alarm, {
    type: 'ConfigurationUpdate',
    summary: `Alarm "${alarm.name}" deleted`,
    data: deletedData(alarm),
  });
  tellParents(context, alarm);
}

/**
 * Sets the state by hand, with its actions; the next evaluation may set it back.
 *
 * Unknown: the words for an alarm that is not there.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
 */
export const SetAlarmState: Operation<'SetAlarmState'> = (input, context) => {
  const { AlarmName, StateValue, StateReason, StateReasonData } = input;
  const alarm = context.state.alarms.find(AlarmName);
  if (alarm === undefined) throw errors.notFound(`Alarm ${AlarmName} does not exist`);
  if (StateReasonData !== undefined) checkJson(StateReasonData);
  const change = {
    state: StateValue,
    reason: StateReason,
    reasonData: StateReasonData,
    acts: alarm.suppression === undefined,
  };
  changeState(context, alarm, change);
  wakeAlarm(context, AlarmName);
  return {};
};

function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw errors.invalidFormat('StateReasonData was not in valid JSON format');
  }
}

const switchActions = (context: CloudWatchContext, names: readonly string[], actionsEnabled: boolean): void => {
  for (const name of names) {
    const alarm = context.state.alarms.find(name);
    if (alarm === undefined || alarm.actionsEnabled === actionsEnabled) continue;
    keepAlarm(context, { ...alarm, actionsEnabled, configuredAt: context.clock.now() });
    wakeAlarm(context, name);
  }
};

/** Names of alarms that are not there are passed over. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_EnableAlarmActions.html */
export const EnableAlarmActions: Operation<'EnableAlarmActions'> = ({ AlarmNames }, context) => {
  switchActions(context, AlarmNames, true);
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DisableAlarmActions.html */
export const DisableAlarmActions: Operation<'DisableAlarmActions'> = ({ AlarmNames }, context) => {
  switchActions(context, AlarmNames, false);
  return {};
};

/** Names stand for alarms directly; ARNs in rules too. */
export const alarmName = (nameOrArn: string): string =>
  /^arn:[^:]+:cloudwatch:[^:]*:\d{12}:alarm:(.+)$/s.exec(nameOrArn)?.[1] ?? nameOrArn;
