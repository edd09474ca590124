// A table with provisioned capacity that follows its readers.
import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { startCloud } from '../../src/embed/index.ts';

const TableName = 'orders';
const subject = {
  ServiceNamespace: 'dynamodb',
  ResourceId: `table/${TableName}`,
  ScalableDimension: 'dynamodb:table:ReadCapacityUnits',
} as const;

test('Target tracking: reads that are really made grow a table, and few of them shrink it again (CW-05)', async () => {
  await using cloud = await startCloud({
    clock: { kind: 'frozen' },
    startAt: new Date('2026-03-02T09:00:00Z'),
    seed: 'table',
    strict: true,
  });
  const db = cloud.client(DynamoDB, { maxAttempts: 1 });
  const scaling = cloud.client(ApplicationAutoScaling);
  await db.createTable({
    TableName,
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 500 },
  });
  await cloud.clock.advance(30);
  // Forty units each time that it is read.
  await db.putItem({ TableName, Item: { id: { S: 'big' }, text: { S: 'x'.repeat(160_000) } } });
  await scaling.registerScalableTarget({ ...subject, MinCapacity: 5, MaxCapacity: 40 });
  await scaling.putScalingPolicy({
    ...subject,
    PolicyName: 'reads',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 70,
      PredefinedMetricSpecification: { PredefinedMetricType: 'DynamoDBReadCapacityUtilization' },
    },
  });
  const units = async () =>
    (await db.describeTable({ TableName })).Table?.ProvisionedThroughput?.ReadCapacityUnits as number;
  let throttled = 0;
  const readFor = async (minutes: number, perMinute: number): Promise<void> => {
    for (let minute = 0; minute < minutes; minute++) {
      for (let read = 0; read < perMinute; read++)
        await db.getItem({ TableName, Key: { id: { S: 'big' } }, ConsistentRead: true }).catch((error: Error) => {
          if (error.name !== 'ProvisionedThroughputExceededException') throw error;
          throttled++;
        });
      await cloud.clock.advance(60);
    }
  };
  // 840 units a minute are 14 a second, 70 % of 20. Until it has grown, the table lives on its burst.
  await readFor(6, 21);
  expect([await units(), throttled]).toEqual([20, 0]);
  // Far more than the maximum gives: the rest is throttled.
  await readFor(12, 100);
  expect(await units()).toBe(40);
  expect(throttled).toBeGreaterThan(0);
  // 80 units a minute are little more than one a second: the minimum is enough.
  await readFor(20, 2);
  expect(await units()).toBe(5);
  const { ScalingActivities = [] } = await scaling.describeScalingActivities({ ServiceNamespace: 'dynamodb' });
  expect(ScalingActivities.map(({ Description }) => Description)).toEqual([
    'Setting read capacity units to 5.',
    'Setting read capacity units to 40.',
    'Setting read capacity units to 29.',
    'Setting read capacity units to 20.',
  ]);
  const { Datapoints = [] } = await cloud.client(CloudWatch).getMetricStatistics({
    Namespace: 'AWS/DynamoDB',
    MetricName: 'ReadThrottleEvents',
    Dimensions: [{ Name: 'TableName', Value: TableName }],
    StartTime: new Date('2026-03-02T09:00:00Z'),
    EndTime: new Date('2026-03-02T10:00:00Z'),
    Period: 3_600,
    Statistics: ['Sum'],
  });
  expect(Datapoints.map(({ Sum }) => Sum)).toEqual([throttled]);
});
