// The alarms that target tracking makes for itself (ASG-07): one above the target, one a tenth below it.
//
// Unknown: whether AWS makes a low alarm for a policy that never scales in. Here it does not.
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html
import type { TargetTrackingConfiguration } from '@aws-sdk/client-auto-scaling';
import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { errors } from './errors.ts';
import type { GroupRow, PolicyRow } from './state.ts';

type Metric = Pick<
  PutMetricAlarmCommandInput,
  'Namespace' | 'MetricName' | 'Dimensions' | 'Statistic' | 'Unit' | 'Period' | 'Metrics'
>;

const predefined: Readonly<Record<string, readonly [namespace: string, name: string]>> = {
  ASGAverageCPUUtilization: ['AWS/EC2', 'CPUUtilization'],
  ASGAverageNetworkIn: ['AWS/EC2', 'NetworkIn'],
  ASGAverageNetworkOut: ['AWS/EC2', 'NetworkOut'],
};

/** `app/web/50dc6c495c0c9188/targetgroup/web/943f017f100becff`: the ends of two ARNs. */
export function targetGroupIn(label: string | undefined): string {
  const found = /^app\/[^/]+\/[0-9a-f]+\/(targetgroup\/[^/]+\/[0-9a-f]+)$/.exec(label ?? '')?.[1];
  if (found === undefined)
    throw errors.validation(
      `Invalid resource label: ${label ?? ''}. It must be the end of the ARN of a load balancer, and of a target group.`,
    );
  return found;
}

function metricOf(group: string, tracking: TargetTrackingConfiguration): Metric {
  const { PredefinedMetricSpecification: known, CustomizedMetricSpecification: own } = tracking;
  if ((known === undefined) === (own === undefined))
    throw errors.validation(
      'Either a PredefinedMetricSpecification or a CustomizedMetricSpecification must be specified.',
    );
  if (own !== undefined) return customMetric(own);
  const type = String(known?.PredefinedMetricType);
  if (type === 'ALBRequestCountPerTarget')
    return {
      Namespace: 'AWS/ApplicationELB',
      MetricName: 'RequestCountPerTarget',
      Dimensions: [{ Name: 'TargetGroup', Value: targetGroupIn(known?.ResourceLabel) }],
      Statistic: 'Sum',
      Period: 60,
    };
  const metric = predefined[type];
  if (metric === undefined) throw errors.validation(`Invalid predefined metric type: ${type}`);
  return {
    Namespace: metric[0],
    MetricName: metric[1],
    Dimensions: [{ Name: 'AutoScalingGroupName', Value: group }],
    Statistic: 'Average',
    Period: 60,
  };
}

function customMetric(own: NonNullable<TargetTrackingConfiguration['CustomizedMetricSpecification']>): Metric {
  if (own.Metrics !== undefined && own.Metrics.length > 0)
    return {
      Metrics: own.Metrics.map((query) => ({
        Id: query.Id,
        Expression: query.Expression,
        Label: query.Label,
        ReturnData: query.ReturnData,
        MetricStat:
          query.MetricStat === undefined
            ? undefined
            : {
                Metric: query.MetricStat.Metric,
                Stat: query.MetricStat.Stat,
                Unit: query.MetricStat.Unit as Metric['Unit'],
                Period: query.MetricStat.Period ?? 60,
              },
      })),
    };
  if (own.MetricName === undefined || own.Namespace === undefined || own.Statistic === undefined)
    throw errors.validation('A customized metric must have a name, a namespace and a statistic.');
  return {
    Namespace: own.Namespace,
    MetricName: own.MetricName,
    Dimensions: own.Dimensions,
    Statistic: own.Statistic,
    Unit: own.Unit as Metric['Unit'],
    Period: own.Period ?? 60,
  };
}

/** Below this share of the target a group may shrink. */
const lowShare = 0.9;

/** The alarms of a policy, in the order in which AWS lists them. `name` makes the end of a name. */
export function alarmsFor(
  group: GroupRow,
  policy: Pick<PolicyRow, 'arn' | 'tracking' | 'enabled'>,
  name: () => string,
): PutMetricAlarmCommandInput[] {
  const { tracking } = policy;
  if (tracking === undefined) return [];
  const target = tracking.TargetValue ?? 0;
  if (!(target > 0)) throw errors.validation('The target value must be greater than zero.');
  const metric = metricOf(group.name, tracking);
  const alarm = (side: 'High' | 'Low'): PutMetricAlarmCommandInput => ({
    ...metric,
    AlarmName: `TargetTracking-${group.name}-Alarm${side}-${name()}`,
    AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policy.arn}.`,
    AlarmActions: [policy.arn],
    ActionsEnabled: policy.enabled,
    ComparisonOperator: side === 'High' ? 'GreaterThanThreshold' : 'LessThanThreshold',
    EvaluationPeriods: side === 'High' ? 3 : 15,
    Threshold: side === 'High' ? target : target * lowShare,
  });
  return tracking.DisableScaleIn === true ? [alarm('High')] : [alarm('High'), alarm('Low')];
}
