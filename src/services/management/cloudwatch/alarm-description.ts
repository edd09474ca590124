// How alarms are told.
import { createHash } from 'node:crypto';
import { key } from '../../../kernel/key.ts';
import type { InputOf, OutputOf } from '../../../kernel/service.ts';
import { toDate } from '../../../kernel/units.ts';
import { actionsOf } from './alarm-action.ts';
import type { Alarm } from './alarm-row.ts';
import { errors } from './errors.ts';
import { alarmsPageDefault } from './limits.ts';
import { type CloudWatchContext, dimensionsKey, type Operation, type Sdk, seriesKey, sortDimensions } from './state.ts';

type MetricAlarm = NonNullable<OutputOf<Sdk, 'DescribeAlarms'>['MetricAlarms']>[number];
type CompositeAlarm = NonNullable<OutputOf<Sdk, 'DescribeAlarms'>['CompositeAlarms']>[number];

const common = (alarm: Alarm) => ({
  AlarmName: alarm.name,
  AlarmArn: alarm.arn,
  AlarmDescription: alarm.description,
  AlarmConfigurationUpdatedTimestamp: toDate(alarm.configuredAt),
  ActionsEnabled: alarm.actionsEnabled,
  OKActions: [...alarm.okActions],
  AlarmActions: [...alarm.alarmActions],
  InsufficientDataActions: [...alarm.insufficientDataActions],
  StateValue: alarm.state,
  StateReason: alarm.reason,
  StateReasonData: alarm.reasonData,
  StateUpdatedTimestamp: toDate(alarm.stateAt),
  StateTransitionedTimestamp: toDate(alarm.transitionedAt),
});

const describeMetric = (alarm: Alarm): MetricAlarm => ({
  ...common(alarm),
  ...(alarm.metric as unknown as MetricAlarm),
  EvaluationState: alarm.evaluationState,
});

const describeComposite = (alarm: Alarm): CompositeAlarm => ({
  ...common(alarm),
  ...alarm.composite,
  ActionsSuppressedBy: alarm.suppression?.by,
  ActionsSuppressedReason: alarm.suppression?.reason,
});

/** What AWS tells of the children of an alarm, and of its parents. */
const childOf = ({ name, arn, state, stateAt }: Alarm) => ({
  AlarmName: name,
  AlarmArn: arn,
  StateValue: state,
  StateUpdatedTimestamp: toDate(stateAt),
});
const parentOf = ({ name, arn }: Alarm) => ({ AlarmName: name, AlarmArn: arn });

/** Unknown: AWS's words. */
function checkKin({ MaxRecords: _max, NextToken: _token, ...input }: InputOf<Sdk, 'DescribeAlarms'>): void {
  const given = Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const kin = given.find((name) => name === 'ChildrenOfAlarmName' || name === 'ParentsOfAlarmName');
  if (kin !== undefined && given.length > 1)
    throw errors.validation(`${kin} can only be specified together with MaxRecords and NextToken`);
}

/**
 * Lists alarms in order of their names.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 */
export const DescribeAlarms: Operation<'DescribeAlarms'> = (input, { state }) => {
  const {
    AlarmNames,
    AlarmNamePrefix,
    AlarmTypes = ['MetricAlarm'],
    StateValue,
    ActionPrefix,
    MaxRecords = alarmsPageDefault,
  } = input;
  if (AlarmNames !== undefined && AlarmNamePrefix !== undefined)
    throw errors.validation('AlarmNamePrefix and AlarmNames are mutually exclusive');
  checkKin(input);
  const kin = kinOf(state, input);
  const [showMetric, showComposite] =
    input.ChildrenOfAlarmName !== undefined
      ? [childOf, childOf]
      : input.ParentsOfAlarmName !== undefined
        ? [parentOf, parentOf]
        : [describeMetric, describeComposite];
  const isAsked = (alarm: Alarm): boolean =>
    (kin !== undefined || AlarmTypes.includes(alarm.composite === undefined ? 'MetricAlarm' : 'CompositeAlarm')) &&
    (StateValue === undefined || alarm.state === StateValue) &&
    (ActionPrefix === undefined ||
      actionsOf(alarm, 'ALARM')
        .concat(alarm.okActions, alarm.insufficientDataActions)
        .some((arn) => arn.startsWith(ActionPrefix)));
  const after = input.NextToken === undefined ? undefined : readToken(input.NextToken);
  const names = AlarmNames ?? kin;
  const rows =
    names === undefined
      ? state.alarms.each({ ...(AlarmNamePrefix === undefined ? {} : { prefix: AlarmNamePrefix }), after })
      : [...new Set(names)]
          .sort()
          .flatMap((name) => state.alarms.find(name) ?? [])
          .filter(({ name }) => after === undefined || name > after);
  const found: Alarm[] = [];
  for (const alarm of rows) {
    if (isAsked(alarm)) found.push(alarm);
    if (found.length > MaxRecords) break;
  }
  const page = found.slice(0, MaxRecords);
  return {
    MetricAlarms: page.filter(({ metric }) => metric !== undefined).map(showMetric),
    CompositeAlarms: page.filter(({ composite }) => composite !== undefined).map(showComposite),
    NextToken: found.length > page.length ? Buffer.from(page.at(-1)?.name as string).toString('base64') : undefined,
  };
};

function readToken(token: string): string {
  const name = Buffer.from(token, 'base64').toString();
  if (name === '' || Buffer.from(name).toString('base64') !== token) throw errors.invalidToken();
  return name;
}

function kinOf(
  state: CloudWatchContext['state'],
  input: { ChildrenOfAlarmName?: string | undefined; ParentsOfAlarmName?: string | undefined },
): readonly string[] | undefined {
  const { ChildrenOfAlarmName, ParentsOfAlarmName } = input;
  if (ChildrenOfAlarmName !== undefined)
    return state.parents
      .index('parent')
      .list({ prefix: key(ChildrenOfAlarmName) })
      .filter(({ suppresses }) => !suppresses)
      .map(({ child }) => child);
  if (ParentsOfAlarmName !== undefined)
    return state.parents
      .list({ prefix: key(ParentsOfAlarmName) })
      .filter(({ suppresses }) => !suppresses)
      .map(({ parent }) => parent);
  return undefined;
}

/**
 * Alarms on one metric. Metric math is not looked into, as in AWS.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmsForMetric.html
 */
export const DescribeAlarmsForMetric: Operation<'DescribeAlarmsForMetric'> = (input, { state }) => {
  const { Namespace, MetricName, Statistic, ExtendedStatistic, Period, Unit } = input;
  const dimensions = sortDimensions(input.Dimensions);
  const found = state.watches
    .list({ prefix: key(seriesKey(Namespace, MetricName, dimensions)) })
    .flatMap(({ alarm }) => state.alarms.find(alarm) ?? [])
    .filter(
      ({ metric }) =>
        metric?.MetricName === MetricName &&
        dimensionsKey(sortDimensions(metric.Dimensions)) === dimensionsKey(dimensions) &&
        (Statistic === undefined || metric.Statistic === Statistic) &&
        (ExtendedStatistic === undefined || metric.ExtendedStatistic === ExtendedStatistic) &&
        (Period === undefined || metric.Period === Period) &&
        (Unit === undefined || metric.Unit === Unit),
    );
  return { MetricAlarms: found.map(describeMetric) };
};

const contributorId = (attributes: Readonly<Record<string, string>>): string =>
  createHash('sha256').update(JSON.stringify(attributes)).digest('hex').slice(0, 32);

/**
 * The time series that are in ALARM, of an alarm on a Metrics Insights query that groups.
 *
 * Differs: the alarm's actions run once for the alarm; AWS runs some of them for each contributor.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmContributors.html
 */
export const DescribeAlarmContributors: Operation<'DescribeAlarmContributors'> = ({ AlarmName }, { state }) => {
  const alarm = state.alarms.find(AlarmName);
  if (alarm === undefined) throw errors.resourceNotFound('Alarm', AlarmName, `Alarm ${AlarmName} does not exist`);
  return {
    AlarmContributors: (alarm.contributors ?? []).map(({ attributes, reason, since }) => ({
      ContributorId: contributorId(attributes),
      ContributorAttributes: { ...attributes },
      StateReason: reason,
      StateTransitionedTimestamp: toDate(since),
    })),
  };
};
