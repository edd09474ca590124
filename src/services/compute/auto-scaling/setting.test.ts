import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { startFixture } from './fixture.ts';

const group = { AutoScalingGroupName: 'web' };

test('SuspendProcesses: what is suspended does not happen until it is resumed', async () => {
  await using fixture = await startFixture();
  const { scaling, ec2 } = fixture;
  await fixture.makeGroup();
  await scaling.suspendProcesses({ ...group, ScalingProcesses: ['Launch', 'Terminate'] });
  await scaling.setDesiredCapacity({ ...group, DesiredCapacity: 3 });
  const [first] = await fixture.members();
  await ec2.terminateInstances({ InstanceIds: [first?.id as string] });
  await fixture.advance(60);
  expect((await fixture.members()).map(({ health }) => health).sort()).toEqual(['Healthy', 'Unhealthy']);
  await scaling.resumeProcesses(group);
  await fixture.advance(30);
  expect((await fixture.members()).map(({ state }) => state)).toEqual(Array(3).fill('InService'));
  await expect(scaling.suspendProcesses({ ...group, ScalingProcesses: ['Sleep'] })).rejects.toMatchObject({
    name: 'ValidationError',
  });
});

test('EnableMetricsCollection: the group tells CloudWatch how many instances it has, from then on', async () => {
  await using fixture = await startFixture();
  const { scaling, cloud } = fixture;
  const cloudwatch = cloud.client(CloudWatch);
  await fixture.makeGroup();
  await scaling.enableMetricsCollection({ ...group, Granularity: '1Minute', Metrics: ['GroupInServiceInstances'] });
  await fixture.advance(120);
  await scaling.setDesiredCapacity({ ...group, DesiredCapacity: 5 });
  await fixture.advance(170);
  const read = async (MetricName: string) => {
    const { Datapoints = [] } = await cloudwatch.getMetricStatistics({
      Namespace: 'AWS/AutoScaling',
      MetricName,
      Dimensions: [{ Name: 'AutoScalingGroupName', Value: 'web' }],
      Statistics: ['Maximum'],
      Period: 60,
      StartTime: new Date('2026-03-02T09:00:00Z'),
      EndTime: cloud.clock.now(),
    });
    return Datapoints.sort((a, b) => (a.Timestamp?.getTime() ?? 0) - (b.Timestamp?.getTime() ?? 0)).map(
      ({ Maximum }) => Maximum,
    );
  };
  expect(await read('GroupInServiceInstances')).toEqual([2, 2, 5, 5, 5]);
  expect(await read('GroupDesiredCapacity')).toEqual([]);
  const { Metrics } = await cloudwatch.listMetrics({ Namespace: 'AWS/AutoScaling' });
  expect(Metrics?.map(({ MetricName }) => MetricName)).toEqual(['GroupInServiceInstances']);
  await scaling.disableMetricsCollection(group);
  await fixture.advance(120);
  expect((await read('GroupInServiceInstances')).length).toBe(5);
});

test('CreateOrUpdateTags: tags are changed, filtered and propagated to later launches only', async () => {
  await using fixture = await startFixture();
  const { scaling, ec2 } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 1 });
  const tag = { ResourceId: 'web', ResourceType: 'auto-scaling-group', Key: 'team', PropagateAtLaunch: true };
  await scaling.createOrUpdateTags({ Tags: [{ ...tag, Value: 'blue' }] });
  const found = await scaling.describeAutoScalingGroups({ Filters: [{ Name: 'tag:team', Values: ['blue'] }] });
  expect(found.AutoScalingGroups).toHaveLength(1);
  const none = await scaling.describeAutoScalingGroups({ Filters: [{ Name: 'tag:team', Values: ['red'] }] });
  expect(none.AutoScalingGroups).toEqual([]);
  await scaling.setDesiredCapacity({ ...group, DesiredCapacity: 2 });
  await fixture.advance(10);
  const { Tags = [] } = await ec2.describeTags({ Filters: [{ Name: 'key', Values: ['team'] }] });
  expect(Tags).toHaveLength(1);
  await scaling.deleteTags({ Tags: [tag] });
  expect((await scaling.describeTags({})).Tags).toEqual([]);
  await expect(scaling.createOrUpdateTags({ Tags: [{ ...tag, Key: 'aws:x', Value: 'y' }] })).rejects.toMatchObject({
    name: 'ValidationError',
  });
});

test('PutNotificationConfiguration: what a topic hears of a group is kept by type', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 0 });
  const TopicARN = 'arn:aws:sns:us-east-1:000000000000:scaling';
  const NotificationTypes = ['autoscaling:EC2_INSTANCE_LAUNCH', 'autoscaling:EC2_INSTANCE_TERMINATE'];
  await scaling.putNotificationConfiguration({ ...group, TopicARN, NotificationTypes });
  const list = async () => {
    const { NotificationConfigurations = [] } = await scaling.describeNotificationConfigurations({});
    return NotificationConfigurations.map(({ NotificationType }) => NotificationType);
  };
  expect(await list()).toEqual(NotificationTypes);
  await expect(
    scaling.putNotificationConfiguration({ ...group, TopicARN, NotificationTypes: ['autoscaling:NOTHING'] }),
  ).rejects.toMatchObject({ name: 'ValidationError' });
  await scaling.deleteNotificationConfiguration({ ...group, TopicARN });
  expect(await list()).toEqual([]);
});
