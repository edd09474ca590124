import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { type Fixture, startFixture } from './fixture.ts';

const group = { AutoScalingGroupName: 'web' };

const desired = async ({ scaling }: Fixture) =>
  (await scaling.describeAutoScalingGroups({})).AutoScalingGroups?.[0]?.DesiredCapacity;

test('PutScalingPolicy: simple scaling adjusts once, then waits for its cooldown; a scheduled action does not wait (ASG-05, ASG-12, ASG-13)', async () => {
  await using fixture = await startFixture();
  const { scaling, cloud } = fixture;
  const cloudwatch = cloud.client(CloudWatch);
  await fixture.makeGroup({ DesiredCapacity: 1 });
  const { PolicyARN = '' } = await scaling.putScalingPolicy({
    ...group,
    PolicyName: 'out',
    AdjustmentType: 'ChangeInCapacity',
    ScalingAdjustment: 1,
  });
  await cloudwatch.putMetricAlarm({
    AlarmName: 'high',
    Namespace: 'app',
    MetricName: 'load',
    Statistic: 'Average',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 80,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'ignore',
    AlarmActions: [PolicyARN],
  });
  const { ScalingPolicies } = await scaling.describePolicies(group);
  expect(ScalingPolicies?.[0]?.Alarms?.map(({ AlarmName }) => AlarmName)).toEqual(['high']);
  await cloudwatch.putMetricData({ Namespace: 'app', MetricData: [{ MetricName: 'load', Value: 90 }] });
  await fixture.advance(70);
  expect(await desired(fixture)).toBe(2);
  await fixture.advance(200);
  expect(await desired(fixture)).toBe(2);
  await expect(scaling.executePolicy({ ...group, PolicyName: 'out', HonorCooldown: true })).rejects.toMatchObject({
    name: 'ScalingActivityInProgressFault',
  });
  await scaling.putScheduledUpdateGroupAction({
    ...group,
    ScheduledActionName: 'now',
    StartTime: new Date(cloud.clock.now().getTime() + 10_000),
    DesiredCapacity: 4,
  });
  await fixture.advance(20);
  expect(await fixture.members()).toHaveLength(4);
  const { Activities = [] } = await scaling.describeScalingActivities(group);
  expect(
    Activities.some(({ Cause }) =>
      /a monitor alarm high in state ALARM triggered policy out changing the desired capacity from 1 to 2\./.test(
        Cause ?? '',
      ),
    ),
  ).toBe(true);
});

test('ExecutePolicy: the step is chosen by how far the metric is beyond the threshold (ASG-06)', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 2, DefaultInstanceWarmup: 120 });
  await fixture.advance(200);
  await scaling.putScalingPolicy({
    ...group,
    PolicyName: 'steps',
    PolicyType: 'StepScaling',
    AdjustmentType: 'ChangeInCapacity',
    StepAdjustments: [
      { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 1 },
      { MetricIntervalLowerBound: 10, ScalingAdjustment: 3 },
    ],
  });
  const steps = {
    ...group,
    PolicyName: 'steps',
    PolicyType: 'StepScaling',
    AdjustmentType: 'ChangeInCapacity',
  } as const;
  const { ScalingPolicies = [] } = await scaling.describePolicies({ ...group, PolicyNames: ['steps'] });
  const again = { ...steps, StepAdjustments: ScalingPolicies[0]?.StepAdjustments };
  await scaling.putScalingPolicy({ ...again, Cooldown: 0 });
  await expect(scaling.putScalingPolicy({ ...again, Cooldown: 60 })).rejects.toThrow('Cooldown is not supported');
  const run = (MetricValue: number) =>
    scaling.executePolicy({ ...group, PolicyName: 'steps', MetricValue, BreachThreshold: 80 });
  await run(85);
  expect(await desired(fixture)).toBe(3);
  await fixture.advance(20);
  // One warms up for this breach already (ASG-15).
  await run(86);
  expect(await desired(fixture)).toBe(3);
  await run(95);
  expect(await desired(fixture)).toBe(5);
  await fixture.advance(200);
  await run(85);
  expect(await desired(fixture)).toBe(6);
});

test('PutScalingPolicy: target tracking makes its alarms, follows the load and takes them along (ASG-07, ASG-15)', async () => {
  await using fixture = await startFixture();
  const { scaling, ec2, cloud } = fixture;
  const cloudwatch = cloud.client(CloudWatch);
  await ec2.createLaunchTemplateVersion({
    LaunchTemplateId: fixture.templateId,
    SourceVersion: '1',
    LaunchTemplateData: { Monitoring: { Enabled: true } },
  });
  await fixture.makeGroup({ DesiredCapacity: 2, MinSize: 1 });
  const { Alarms = [] } = await scaling.putScalingPolicy({
    ...group,
    PolicyName: 'cpu',
    PolicyType: 'TargetTrackingScaling',
    EstimatedInstanceWarmup: 60,
    TargetTrackingConfiguration: {
      PredefinedMetricSpecification: { PredefinedMetricType: 'ASGAverageCPUUtilization' },
      TargetValue: 50,
    },
  });
  expect(Alarms.map(({ AlarmName }) => AlarmName)).toEqual([
    expect.stringMatching(/^TargetTracking-web-AlarmHigh-[0-9a-f-]{36}$/) as string,
    expect.stringMatching(/^TargetTracking-web-AlarmLow-[0-9a-f-]{36}$/) as string,
  ]);
  const { MetricAlarms = [] } = await cloudwatch.describeAlarms({});
  expect(MetricAlarms.map((one) => [one.EvaluationPeriods, one.Period, one.Threshold, one.ComparisonOperator])).toEqual(
    [
      [3, 60, 50, 'GreaterThanThreshold'],
      [15, 60, 45, 'LessThanThreshold'],
    ],
  );
  const burn = async (cpuPercent: number) => {
    for (const { id } of await fixture.members()) (await cloud.inside.part('guests')).behave(id, { cpuPercent });
  };
  await burn(90);
  await fixture.advance(300);
  expect(await desired(fixture)).toBe(4);
  await burn(5);
  await fixture.advance(1_200);
  expect(await desired(fixture)).toBeLessThan(4);
  await fixture.advance(1_200);
  expect(await desired(fixture)).toBe(1);
  await scaling.deletePolicy({ ...group, PolicyName: 'cpu' });
  await fixture.advance(1);
  expect((await cloudwatch.describeAlarms({})).MetricAlarms).toEqual([]);
});

test('PutScalingPolicy: what does not go together is refused', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 0 });
  const put = (input: object) => scaling.putScalingPolicy({ ...group, PolicyName: 'p', ...input });
  await expect(put({ PolicyType: 'Magic' })).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(put({ AdjustmentType: 'ChangeInCapacity' })).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(
    put({
      PolicyType: 'StepScaling',
      AdjustmentType: 'ChangeInCapacity',
      StepAdjustments: [
        { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 1 },
        { MetricIntervalLowerBound: 20, ScalingAdjustment: 2 },
      ],
    }),
  ).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(scaling.executePolicy({ ...group, PolicyName: 'none' })).rejects.toMatchObject({
    name: 'ValidationError',
  });
});

test('GetPredictiveScalingForecast: yesterday tells what tomorrow needs, and the group is ready before (ASG-08)', async () => {
  await using fixture = await startFixture();
  const { scaling, cloud } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 4, MinSize: 1 });
  const burn = async (cpuPercent: number) => {
    for (const { id } of await fixture.members()) (await cloud.inside.part('guests')).behave(id, { cpuPercent });
  };
  // Busy from 12 to 13 each day: four instances at 90 %.
  for (const day of ['02', '03', '04']) {
    await cloud.clock.to(new Date(`2026-03-${day}T12:00:00Z`));
    await burn(90);
    await cloud.clock.to(new Date(`2026-03-${day}T13:00:00Z`));
    await burn(2);
  }
  await scaling.setDesiredCapacity({ ...group, DesiredCapacity: 1 });
  await scaling.putScalingPolicy({
    ...group,
    PolicyName: 'ahead',
    PolicyType: 'PredictiveScaling',
    PredictiveScalingConfiguration: {
      MetricSpecifications: [
        { TargetValue: 60, PredefinedMetricPairSpecification: { PredefinedMetricType: 'ASGCPUUtilization' } },
      ],
      Mode: 'ForecastAndScale',
      SchedulingBufferTime: 600,
    },
  });
  const { CapacityForecast, LoadForecast } = await scaling.getPredictiveScalingForecast({
    ...group,
    PolicyName: 'ahead',
    StartTime: new Date('2026-03-05T11:00:00Z'),
    EndTime: new Date('2026-03-05T14:00:00Z'),
  });
  expect(CapacityForecast?.Values).toEqual([1, 6, 1]);
  expect(LoadForecast?.[0]?.Values?.[1]).toBeCloseTo(4 * 60 * 90, -3);
  await cloud.clock.to(new Date('2026-03-05T11:49:00Z'));
  expect(await fixture.members()).toHaveLength(1);
  await cloud.clock.to(new Date('2026-03-05T11:51:00Z'));
  expect(await fixture.members()).toHaveLength(6);
});
