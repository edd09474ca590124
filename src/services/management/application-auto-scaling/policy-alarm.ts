// The alarms that target tracking makes for itself.
//
// A table's utilization is what it consumed of what it has, so its alarms are set anew whenever its capacity changes; and two more watch
// whether somebody else changed the capacity.
// @see https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
import type { TargetTrackingScalingPolicyConfiguration } from '@aws-sdk/client-application-auto-scaling';
import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { errors } from './errors.ts';
import type { PolicyRow, Subject } from './state.ts';

type Metric = Pick<
  PutMetricAlarmCommandInput,
  'Namespace' | 'MetricName' | 'Dimensions' | 'Statistic' | 'Unit' | 'Period' | 'Metrics'
>;

const dimensionsOf = ({ resourceId, namespace }: Subject): Metric['Dimensions'] => {
  const [, first = '', , index] = resourceId.split('/');
  if (namespace === 'dynamodb')
    return [
      { Name: 'TableName', Value: first },
      ...(index === undefined ? [] : [{ Name: 'GlobalSecondaryIndexName', Value: index }]),
    ];
  if (namespace === 'ecs')
    return [
      { Name: 'ClusterName', Value: first },
      { Name: 'ServiceName', Value: resourceId.split('/')[2] ?? '' },
    ];
  if (namespace === 'lambda') {
    const [, name = '', qualifier = ''] = resourceId.split(':');
    return [
      { Name: 'FunctionName', Value: name },
      { Name: 'Resource', Value: `${name}:${qualifier}` },
    ];
  }
  return [{ Name: 'FleetRequestId', Value: first }];
};

interface Known {
  readonly namespace: string;
  readonly name: string;
  readonly statistic: 'Average' | 'Sum' | 'Maximum';
}

const predefined: Readonly<Record<string, Known>> = {
  DynamoDBReadCapacityUtilization: {
    namespace: 'AWS/DynamoDB',
    name: 'ConsumedReadCapacityUnits',
    statistic: 'Sum',
  },
  DynamoDBWriteCapacityUtilization: {
    namespace: 'AWS/DynamoDB',
    name: 'ConsumedWriteCapacityUnits',
    statistic: 'Sum',
  },
  ECSServiceAverageCPUUtilization: { namespace: 'AWS/ECS', name: 'CPUUtilization', statistic: 'Average' },
  ECSServiceAverageMemoryUtilization: { namespace: 'AWS/ECS', name: 'MemoryUtilization', statistic: 'Average' },
  EC2SpotFleetRequestAverageCPUUtilization: {
    namespace: 'AWS/EC2Spot',
    name: 'CPUUtilization',
    statistic: 'Average',
  },
  EC2SpotFleetRequestAverageNetworkIn: { namespace: 'AWS/EC2Spot', name: 'NetworkIn', statistic: 'Average' },
  EC2SpotFleetRequestAverageNetworkOut: { namespace: 'AWS/EC2Spot', name: 'NetworkOut', statistic: 'Average' },
  LambdaProvisionedConcurrencyUtilization: {
    namespace: 'AWS/Lambda',
    name: 'ProvisionedConcurrencyUtilization',
    statistic: 'Maximum',
  },
};

function metricOf(subject: Subject, tracking: TargetTrackingScalingPolicyConfiguration): Metric {
  const { PredefinedMetricSpecification: given, CustomizedMetricSpecification: own } = tracking;
  if ((given === undefined) === (own === undefined))
    throw errors.validation(
      'Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified.',
    );
  if (own?.Metrics !== undefined && own.Metrics.length > 0)
    return {
      Metrics: own.Metrics.map(({ MetricStat, ...query }) => ({
        ...query,
        MetricStat:
          MetricStat === undefined ? undefined : { ...MetricStat, Period: 60, Unit: MetricStat.Unit as Metric['Unit'] },
      })) as Metric['Metrics'],
    };
  if (own !== undefined)
    return {
      Namespace: own.Namespace,
      MetricName: own.MetricName,
      Dimensions: own.Dimensions as Metric['Dimensions'],
      Statistic: own.Statistic,
      Unit: own.Unit as Metric['Unit'],
      Period: 60,
    };
  const type = String(given?.PredefinedMetricType);
  if (type === 'ALBRequestCountPerTarget') {
    const group = /\/(targetgroup\/[^/]+\/[0-9a-f]+)$/.exec(given?.ResourceLabel ?? '')?.[1];
    if (group === undefined) throw errors.validation(`Invalid resource label: ${given?.ResourceLabel ?? ''}`);
    return {
      Namespace: 'AWS/ApplicationELB',
      MetricName: 'RequestCountPerTarget',
      Dimensions: [{ Name: 'TargetGroup', Value: group }],
      Statistic: 'Sum',
      Period: 60,
    };
  }
  const known = predefined[type];
  if (known === undefined)
    throw errors.validation(`Unsupported predefined metric type for ${subject.dimension}: ${type}`);
  return {
    Namespace: known.namespace,
    MetricName: known.name,
    Dimensions: dimensionsOf(subject),
    Statistic: known.statistic,
    Period: 60,
  };
}

/** True for a metric that is consumed of a capacity: its threshold moves with that. */
export const isUtilization = ({ tracking }: Pick<PolicyRow, 'tracking'>): boolean =>
  tracking?.PredefinedMetricSpecification?.PredefinedMetricType?.startsWith('DynamoDB') === true;

/** A table may shrink when it is used by twenty points less than the target; others by a tenth. */
const lowPoints = 20;
const lowShare = 0.9;

/** Names of a policy's alarms, in the order of `alarmsFor`. */
const sidesOf = (policy: Pick<PolicyRow, 'tracking'>): readonly string[] => {
  const main = policy.tracking?.DisableScaleIn === true ? ['AlarmHigh'] : ['AlarmHigh', 'AlarmLow'];
  return isUtilization(policy) ? [...main, 'ProvisionedCapacityHigh', 'ProvisionedCapacityLow'] : main;
};

/** The alarms of a policy as they have to be for a capacity. Names are kept when there are some. */
export function alarmsFor(
  policy: Omit<PolicyRow, 'alarms'>,
  current: number,
  names: readonly string[] | (() => string),
): PutMetricAlarmCommandInput[] {
  const { tracking } = policy;
  if (tracking === undefined) return [];
  const target = tracking.TargetValue ?? 0;
  if (!(target > 0)) throw errors.validation('The target value must be greater than zero.');
  const metric = metricOf(policy, tracking);
  const scale = isUtilization(policy) ? (current * 60) / 100 : 1;
  const low = isUtilization(policy) ? Math.max(1, target - lowPoints) : target * lowShare;
  return sidesOf(policy).map((side, at): PutMetricAlarmCommandInput => {
    const isHigh = side.endsWith('High');
    const common = {
      AlarmName:
        typeof names === 'function' ? `TargetTracking-${policy.resourceId}-${side}-${names()}` : (names[at] ?? ''),
      AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policy.arn}.`,
      AlarmActions: [policy.arn],
      ComparisonOperator: isHigh ? ('GreaterThanThreshold' as const) : ('LessThanThreshold' as const),
    };
    if (side.startsWith('Provisioned'))
      return {
        ...common,
        Namespace: metric.Namespace,
        MetricName: metric.MetricName?.replace('Consumed', 'Provisioned'),
        Dimensions: metric.Dimensions,
        Statistic: 'Average',
        Period: 300,
        EvaluationPeriods: 3,
        Threshold: current,
      };
    return {
      ...common,
      ...metric,
      EvaluationPeriods: isHigh ? (isUtilization(policy) ? 2 : 3) : 15,
      Threshold: (isHigh ? target : low) * scale,
    };
  });
}
