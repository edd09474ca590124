import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { EC2 } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { startCloud } from '../../../embed/index.ts';

const subject = {
  ServiceNamespace: 'dynamodb',
  ResourceId: 'table/orders',
  ScalableDimension: 'dynamodb:table:ReadCapacityUnits',
} as const;

async function startTable() {
  const cloud = await startCloud({
    clock: { kind: 'frozen' },
    startAt: new Date('2026-03-02T09:00:00Z'),
    seed: 'tables',
    strict: true,
  });
  const scaling = cloud.client(ApplicationAutoScaling);
  const dynamodb = cloud.client(DynamoDB);
  await dynamodb.createTable({
    TableName: 'orders',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
  });
  await cloud.clock.advance(30);
  const units = async () => {
    const { Table } = await dynamodb.describeTable({ TableName: 'orders' });
    return Table?.ProvisionedThroughput?.ReadCapacityUnits;
  };
  return { cloud, scaling, units, [Symbol.asyncDispose]: () => cloud.close() };
}

test('RegisterScalableTarget: a capacity outside of the limits is brought within', async () => {
  await using fixture = await startTable();
  const { scaling, cloud, units } = fixture;
  await expect(scaling.registerScalableTarget(subject)).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(
    scaling.registerScalableTarget({ ...subject, ResourceId: 'table/none', MinCapacity: 1, MaxCapacity: 2 }),
  ).rejects.toMatchObject({ name: 'ValidationException', message: 'DynamoDB table does not exist: table/none' });
  await scaling.registerScalableTarget({ ...subject, MinCapacity: 10, MaxCapacity: 100, Tags: { team: 'blue' } });
  await cloud.clock.advance(30);
  expect(await units()).toBe(10);
  const { ScalingActivities } = await scaling.describeScalingActivities({ ServiceNamespace: 'dynamodb' });
  expect(ScalingActivities).toMatchObject([
    {
      Description: 'Setting read capacity units to 10.',
      Cause: 'minimum capacity was set to 10',
      StatusCode: 'Successful',
      StatusMessage: 'Successfully set read capacity units to 10. Change successfully fulfilled by dynamodb.',
    },
  ]);
  const { ScalableTargets } = await scaling.describeScalableTargets({ ServiceNamespace: 'dynamodb' });
  expect(ScalableTargets).toMatchObject([{ ...subject, MinCapacity: 10, MaxCapacity: 100 }]);
  const { Tags } = await scaling.listTagsForResource({ ResourceARN: ScalableTargets?.[0]?.ScalableTargetARN });
  expect(Tags).toEqual({ team: 'blue' });
});

test('PutScalingPolicy: a table follows what is consumed, and its alarms move with it', async () => {
  await using fixture = await startTable();
  const { scaling, cloud, units } = fixture;
  const cloudwatch = cloud.client(CloudWatch);
  await scaling.registerScalableTarget({ ...subject, MinCapacity: 5, MaxCapacity: 100 });
  const { Alarms = [] } = await scaling.putScalingPolicy({
    ...subject,
    PolicyName: 'reads',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 70,
      PredefinedMetricSpecification: { PredefinedMetricType: 'DynamoDBReadCapacityUtilization' },
    },
  });
  expect(Alarms.map(({ AlarmName }) => AlarmName?.replace(/-[0-9a-f-]{36}$/, ''))).toEqual([
    'TargetTracking-table/orders-AlarmHigh',
    'TargetTracking-table/orders-AlarmLow',
    'TargetTracking-table/orders-ProvisionedCapacityHigh',
    'TargetTracking-table/orders-ProvisionedCapacityLow',
  ]);
  const thresholds = async () => {
    const { MetricAlarms = [] } = await cloudwatch.describeAlarms({
      AlarmNamePrefix: 'TargetTracking-table/orders-Alarm',
    });
    return MetricAlarms.map(({ Threshold }) => Threshold);
  };
  expect(await thresholds()).toEqual([210, 150]);
  for (let minute = 0; minute < 4; minute++) {
    await cloudwatch.putMetricData({
      Namespace: 'AWS/DynamoDB',
      MetricData: [
        {
          MetricName: 'ConsumedReadCapacityUnits',
          Dimensions: [{ Name: 'TableName', Value: 'orders' }],
          Value: 840,
        },
      ],
    });
    await cloud.clock.advance(60);
  }
  // 840 units a minute are 14 a second: 70 % of 20.
  expect(await units()).toBe(20);
  expect(await thresholds()).toEqual([840, 600]);
  await scaling.deregisterScalableTarget(subject);
  await cloud.clock.advance(1);
  expect((await cloudwatch.describeAlarms({})).MetricAlarms).toEqual([]);
});

test('PutScheduledAction: limits change at their time', async () => {
  await using fixture = await startTable();
  const { scaling, cloud, units } = fixture;
  await expect(
    scaling.putScheduledAction({ ...subject, ScheduledActionName: 'noon', Schedule: 'cron(0 12 * * ? *)' }),
  ).rejects.toMatchObject({ name: 'ObjectNotFoundException' });
  await scaling.registerScalableTarget({ ...subject, MinCapacity: 5, MaxCapacity: 100 });
  await scaling.putScheduledAction({
    ...subject,
    ScheduledActionName: 'noon',
    Schedule: 'cron(0 12 * * ? *)',
    Timezone: 'Europe/Berlin',
    ScalableTargetAction: { MinCapacity: 40 },
  });
  await cloud.clock.to(new Date('2026-03-02T11:01:00Z'));
  expect(await units()).toBe(40);
  const { ScalingActivities } = await scaling.describeScalingActivities({ ServiceNamespace: 'dynamodb' });
  expect(ScalingActivities?.[0]?.Cause).toBe('scheduled action name noon was triggered');
  await scaling.deleteScheduledAction({ ...subject, ScheduledActionName: 'noon' });
  expect((await scaling.describeScheduledActions({ ServiceNamespace: 'dynamodb' })).ScheduledActions).toEqual([]);
});

test('RegisterScalableTarget: what cannot be scaled here says so', async () => {
  await using fixture = await startTable();
  await expect(
    fixture.scaling.registerScalableTarget({
      ServiceNamespace: 'appstream',
      ResourceId: 'fleet/a',
      ScalableDimension: 'appstream:fleet:DesiredCapacity',
      MinCapacity: 1,
      MaxCapacity: 2,
    }),
  ).rejects.toMatchObject({ name: 'NotImplemented' });
});

test('PutScalingPolicy: takes the types that AWS has for a service, with intervals that follow each other', async () => {
  await using fixture = await startTable();
  const { scaling } = fixture;
  await scaling.registerScalableTarget({ ...subject, MinCapacity: 5, MaxCapacity: 100 });
  const refusal = (input: object) =>
    scaling.putScalingPolicy({ ...subject, PolicyName: 'p', ...input }).then(
      () => undefined,
      ({ message }: Error) => message,
    );
  const StepScalingPolicyConfiguration = {
    AdjustmentType: 'ChangeInCapacity' as const,
    StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
  };
  expect(await refusal({ PolicyType: 'StepScaling', StepScalingPolicyConfiguration })).toBe(
    'The policy type StepScaling is not supported for service namespace: dynamodb',
  );
  expect(await refusal({ PolicyType: 'PredictiveScaling' })).toBe(
    'The policy type PredictiveScaling is not supported for service namespace: dynamodb',
  );
  expect(await refusal({ PolicyType: 'TargetTrackingScaling' })).toBe(
    'TargetTrackingScalingPolicyConfiguration must be specified.',
  );
  const hour = new Date('2026-03-02T10:00:00Z');
  await expect(
    scaling.getPredictiveScalingForecast({ ...subject, PolicyName: 'p', StartTime: hour, EndTime: hour }),
  ).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(
    scaling.describeScalableTargets({ ServiceNamespace: 'dynamodb', ScalableDimension: subject.ScalableDimension }),
  ).rejects.toMatchObject({ name: 'ValidationException' });
});

test('PutScalingPolicy: steps of a fleet must not overlap', async () => {
  await using fixture = await startTable();
  const { scaling, cloud } = fixture;
  const { SpotFleetRequestId } = await cloud.client(EC2).requestSpotFleet({
    SpotFleetRequestConfig: {
      IamFleetRole: 'arn:aws:iam::000000000000:role/fleet',
      TargetCapacity: 1,
      LaunchSpecifications: [{ ImageId: 'ami-0ed094fb1304fd857', InstanceType: 't3.micro' }],
    },
  });
  const fleet = {
    ServiceNamespace: 'ec2',
    ResourceId: `spot-fleet-request/${SpotFleetRequestId}`,
    ScalableDimension: 'ec2:spot-fleet-request:TargetCapacity',
  } as const;
  await scaling.registerScalableTarget({ ...fleet, MinCapacity: 1, MaxCapacity: 5 });
  const put = (...bounds: readonly (readonly [number | undefined, number | undefined])[]) =>
    scaling
      .putScalingPolicy({
        ...fleet,
        PolicyName: 'p',
        PolicyType: 'StepScaling',
        StepScalingPolicyConfiguration: {
          AdjustmentType: 'ChangeInCapacity',
          StepAdjustments: bounds.map(([MetricIntervalLowerBound, MetricIntervalUpperBound]) => ({
            MetricIntervalLowerBound,
            MetricIntervalUpperBound,
            ScalingAdjustment: 1,
          })),
        },
      })
      .then(
        () => 'taken',
        ({ name }: Error) => name,
      );
  expect(await put([0, 10], [10, undefined])).toBe('taken');
  expect(await put([0, 10], [5, undefined])).toBe('ValidationException');
  expect(await put([0, 10], [20, undefined])).toBe('ValidationException');
  expect(await put([10, 0])).toBe('ValidationException');
});
