// Metrics that services draw when somebody asks: nobody sends them, and alarms see them all the same.
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { startFixture } from '../../networking/vpc/ec2.fixture.ts';

test('alarms: one on a metric that a service draws stops the instance and tells so (CW-01, CW-03, CW-05)', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2 } = fixture;
  const cloudwatch = cloud.client(CloudWatch);
  const { Instances } = await ec2.runInstances({
    ImageId: 'ami-0ed094fb1304fd857',
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    Placement: { AvailabilityZone: 'us-east-1a' },
  });
  const InstanceId = Instances?.[0]?.InstanceId as string;
  await cloud.clock.advance(60);
  const { VolumeId = '' } = await ec2.createVolume({
    AvailabilityZone: 'us-east-1a',
    Size: 100,
    TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'hakoniwa:iops', Value: '3000' }] }],
  });
  await cloud.clock.advance(60);
  await ec2.attachVolume({ VolumeId, InstanceId, Device: '/dev/sdf' });
  const metric = (Id: string, Namespace: string, MetricName: string, Name: string, Value: string) => ({
    Id,
    ReturnData: false,
    MetricStat: { Metric: { Namespace, MetricName, Dimensions: [{ Name, Value }] }, Period: 300, Stat: 'Sum' },
  });
  await cloudwatch.putMetricAlarm({
    AlarmName: 'busy',
    EvaluationPeriods: 2,
    Threshold: 1_000,
    ComparisonOperator: 'GreaterThanThreshold',
    AlarmActions: ['arn:aws:automate:us-east-1:ec2:stop'],
    Metrics: [
      metric('reads', 'AWS/EBS', 'VolumeReadOps', 'VolumeId', VolumeId),
      metric('cpu', 'AWS/EC2', 'CPUUtilization', 'InstanceId', InstanceId),
      { Id: 'rate', Expression: 'reads / PERIOD(reads)' },
    ],
  });
  await cloud.clock.advance(1_800);
  const { MetricAlarms } = await cloudwatch.describeAlarms({ AlarmNames: ['busy'] });
  expect(MetricAlarms?.[0]?.StateReason).toMatch(/^Threshold Crossed: 2 datapoints \[1500\.0 /);
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [InstanceId] });
  expect(Reservations?.[0]?.Instances?.[0]?.State?.Name).toBe('stopped');
  const { AlarmHistoryItems } = await cloudwatch.describeAlarmHistory({ HistoryItemType: 'Action' });
  expect(AlarmHistoryItems?.[0]?.HistorySummary).toBe(
    'Successfully executed action arn:aws:automate:us-east-1:ec2:stop',
  );
  const listed = await cloudwatch.listMetrics({ Dimensions: [{ Name: 'VolumeId', Value: VolumeId }] });
  expect(listed.Metrics?.map(({ MetricName }) => MetricName)).toContain('VolumeReadOps');
});
