// A tier of workers that grows with its queue and shrinks with it.
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { SQS } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { type RunningCloud, startCloud } from '../../src/embed/index.ts';
import { image } from './site.ts';

const group = { AutoScalingGroupName: 'workers' };
/** Orders that one worker does in a minute. */
const perMinute = 5;

async function openTier(cloud: RunningCloud) {
  const sqs = cloud.client(SQS);
  const scaling = cloud.client(AutoScaling);
  const cloudwatch = cloud.client(CloudWatch);
  const make = async (QueueName: string, Attributes: Record<string, string>): Promise<string> =>
    (await sqs.createQueue({ QueueName, Attributes })).QueueUrl as string;
  const dead = await make('orders-dead', {});
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl: dead, AttributeNames: ['QueueArn'] });
  const QueueUrl = await make('orders', {
    VisibilityTimeout: '300',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 3 }),
  });
  await scaling.createLaunchConfiguration({
    LaunchConfigurationName: 'worker',
    ImageId: image,
    InstanceType: 't3.micro',
  });
  await scaling.createAutoScalingGroup({
    ...group,
    LaunchConfigurationName: 'worker',
    MinSize: 1,
    MaxSize: 5,
    AvailabilityZones: ['us-east-1a', 'us-east-1b'],
  });
  const policy = async (PolicyName: string, ScalingAdjustment: number): Promise<string> =>
    (
      await scaling.putScalingPolicy({
        ...group,
        PolicyName,
        AdjustmentType: 'ChangeInCapacity',
        ScalingAdjustment,
        Cooldown: 120,
      })
    ).PolicyARN as string;
  const depth = {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: 'orders' }],
    Statistic: 'Average' as const,
    Period: 60,
  };
  await cloudwatch.putMetricAlarm({
    ...depth,
    AlarmName: 'deep',
    EvaluationPeriods: 2,
    Threshold: 50,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    AlarmActions: [await policy('more', 2)],
  });
  await cloudwatch.putMetricAlarm({
    ...depth,
    AlarmName: 'empty',
    EvaluationPeriods: 5,
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    AlarmActions: [await policy('fewer', -1)],
  });
  await cloud.clock.advance(180);
  const workers = async (): Promise<number> => {
    const { AutoScalingGroups = [] } = await scaling.describeAutoScalingGroups({});
    return (AutoScalingGroups[0]?.Instances ?? []).filter(({ LifecycleState }) => LifecycleState === 'InService')
      .length;
  };
  const done: string[] = [];
  /** One minute in which each worker takes what it can. An order that is poison fails, one that crashes its worker is done the next time. */
  const workMinute = async (crashes: Set<string>): Promise<void> => {
    for (let left = (await workers()) * perMinute; left > 0; left--) {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl });
      const [message] = Messages;
      if (message === undefined) break;
      if (message.Body === 'poison' || crashes.delete(message.Body as string)) continue;
      done.push(message.Body as string);
      await sqs.deleteMessage({ QueueUrl, ReceiptHandle: message.ReceiptHandle });
    }
    await cloud.clock.advance(60);
  };
  const send = async (bodies: readonly string[]): Promise<void> => {
    for (const MessageBody of bodies) await sqs.sendMessage({ QueueUrl, MessageBody });
  };
  const buried = async (): Promise<(string | undefined)[]> =>
    ((await sqs.receiveMessage({ QueueUrl: dead, MaxNumberOfMessages: 10 })).Messages ?? []).map(({ Body }) => Body);
  return { cloudwatch, workers, workMinute, send, buried, done };
}

test('Worker tier: the depth of the queue adds workers, its end removes them; a crash loses no order, poison is buried (DRL-19)', async () => {
  await using cloud = await startCloud({
    clock: { kind: 'frozen' },
    startAt: new Date('2026-03-02T09:00:00Z'),
    seed: 'workers',
    strict: true,
  });
  const { cloudwatch, workers, workMinute, send, buried, done } = await openTier(cloud);
  expect(await workers()).toBe(1);
  const orders = Array.from({ length: 200 }, (_, index) => `order ${index}`);
  await send([...orders.slice(0, 40), 'poison', ...orders.slice(40)]);
  const crashes = new Set(['order 7']);
  const sizes: number[] = [];
  for (let minute = 0; minute < 60; minute++) {
    await workMinute(crashes);
    sizes.push(await workers());
  }
  expect(Math.max(...sizes)).toBe(5);
  expect(sizes.indexOf(5)).toBeLessThan(12);
  expect(sizes.at(-1)).toBe(1);
  expect([...done].sort()).toEqual([...orders].sort());
  expect(await buried()).toEqual(['poison']);
  const { AlarmHistoryItems = [] } = await cloudwatch.describeAlarmHistory({
    AlarmName: 'deep',
    HistoryItemType: 'StateUpdate',
    ScanBy: 'TimestampAscending',
  });
  expect(AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary)).toEqual([
    'Alarm updated from INSUFFICIENT_DATA to OK',
    'Alarm updated from OK to ALARM',
    'Alarm updated from ALARM to OK',
  ]);
});
