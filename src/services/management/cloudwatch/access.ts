// What IAM must allow for each operation: alarms, dashboards and rules by their ARN, data by its namespace. The rest goes by the table.
import type { Permission, Permissions } from '../../../kernel/service.ts';
import { alarmArn } from './alarm.ts';
import { dashboardArn } from './dashboard.ts';
import { insightRuleArn } from './insight-rule.ts';
import { metricStreamArn } from './metric-stream.ts';
import { muteRuleArn } from './mute-rule.ts';
import type { CloudWatchContext, State } from './state.ts';

type ArnOf = (context: CloudWatchContext, name: string) => string;

interface Put {
  readonly Tags?: readonly object[] | undefined;
  readonly AlarmActions?: readonly string[] | undefined;
}

/** One action on one named thing; with tags at its creation, tagging too. */
function onNamed(action: string, arnOf: ArnOf, nameOf: (input: never) => string | undefined): Permissions<State> {
  return (input: Put, context) => {
    const name = nameOf(input as never);
    const resource = arnOf(context, name ?? '*');
    const { AlarmActions } = input;
    const conditions = AlarmActions === undefined ? undefined : { 'cloudwatch:AlarmActions': AlarmActions };
    const permission: Permission = { action: `cloudwatch:${action}`, resource, conditions };
    const tags = input.Tags !== undefined && input.Tags.length > 0;
    return tags ? [permission, { action: 'cloudwatch:TagResource', resource }] : [permission];
  };
}

/** The same action on each of many. */
const onEach =
  (action: string, arnOf: ArnOf, namesOf: (input: never) => readonly string[]): Permissions<State> =>
  (input, context) =>
    namesOf(input as never).map((name) => ({ action: `cloudwatch:${action}`, resource: arnOf(context, name) }));

const alarm = (action: string): Permissions<State> =>
  onNamed(action, alarmArn, ({ AlarmName }: { AlarmName?: string }) => AlarmName);
const alarms = (action: string): Permissions<State> =>
  onEach(action, alarmArn, ({ AlarmNames }: { AlarmNames: readonly string[] }) => AlarmNames);
const dashboard = (action: string): Permissions<State> =>
  onNamed(action, dashboardArn, ({ DashboardName }: { DashboardName: string }) => DashboardName);
const rules = (action: string): Permissions<State> =>
  onEach(action, insightRuleArn, ({ RuleNames }: { RuleNames: readonly string[] }) => RuleNames);
interface MutePut {
  readonly Name: string;
  readonly MuteTargets?: { readonly AlarmNames: readonly string[] } | undefined;
}

const muteRule = (action: string): Permissions<State> =>
  onNamed(action, muteRuleArn, ({ AlarmMuteRuleName }: { AlarmMuteRuleName: string }) => AlarmMuteRuleName);
const stream = (action: string): Permissions<State> =>
  onNamed(action, metricStreamArn, ({ Name }: { Name: string }) => Name);
const streams = (action: string): Permissions<State> =>
  onEach(action, metricStreamArn, ({ Names }: { Names: readonly string[] }) => Names);
const tagged =
  (action: string): Permissions<State> =>
  ({ ResourceARN }: { readonly ResourceARN: string }) => [{ action: `cloudwatch:${action}`, resource: ResourceARN }];

/** @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html */
export const permissions: Readonly<Record<string, Permissions<State>>> = {
  PutMetricData: ({ Namespace }: { readonly Namespace: string }) => [
    { action: 'cloudwatch:PutMetricData', resource: '*', conditions: { 'cloudwatch:namespace': Namespace } },
  ],
  PutMetricAlarm: alarm('PutMetricAlarm'),
  PutCompositeAlarm: alarm('PutCompositeAlarm'),
  SetAlarmState: alarm('SetAlarmState'),
  DescribeAlarmHistory: alarm('DescribeAlarmHistory'),
  DeleteAlarms: alarms('DeleteAlarms'),
  EnableAlarmActions: alarms('EnableAlarmActions'),
  DisableAlarmActions: alarms('DisableAlarmActions'),
  PutDashboard: dashboard('PutDashboard'),
  GetDashboard: dashboard('GetDashboard'),
  DeleteDashboards: onEach(
    'DeleteDashboards',
    dashboardArn,
    ({ DashboardNames }: { DashboardNames: readonly string[] }) => DashboardNames,
  ),
  PutInsightRule: onNamed('PutInsightRule', insightRuleArn, ({ RuleName }: { RuleName: string }) => RuleName),
  EnableInsightRules: rules('EnableInsightRules'),
  DisableInsightRules: rules('DisableInsightRules'),
  DeleteInsightRules: rules('DeleteInsightRules'),
  PutAlarmMuteRule: (input: MutePut, context) => [
    ...onNamed('PutAlarmMuteRule', muteRuleArn, ({ Name }: { Name: string }) => Name)(input, context),
    ...(input.MuteTargets?.AlarmNames ?? []).map((name) => ({
      action: 'cloudwatch:PutAlarmMuteRule',
      resource: alarmArn(context, name),
    })),
  ],
  GetAlarmMuteRule: muteRule('GetAlarmMuteRule'),
  DeleteAlarmMuteRule: muteRule('DeleteAlarmMuteRule'),
  PutMetricStream: stream('PutMetricStream'),
  GetMetricStream: stream('GetMetricStream'),
  DeleteMetricStream: stream('DeleteMetricStream'),
  StartMetricStreams: streams('StartMetricStreams'),
  StopMetricStreams: streams('StopMetricStreams'),
  TagResource: tagged('TagResource'),
  UntagResource: tagged('UntagResource'),
  ListTagsForResource: tagged('ListTagsForResource'),
};
