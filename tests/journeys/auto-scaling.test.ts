// A web tier that heals, grows and shrinks by itself, and one that cannot.
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { groupName, type GroupSite, makeGroupSite } from './group.ts';

const group = { AutoScalingGroupName: groupName };

const zonesOf = async (site: GroupSite): Promise<string[]> => (await site.members()).map(({ zone }) => zone).sort();

/** Statuses of so many requests. */
async function ask(site: GroupSite, count: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push((await site.get()).status);
  return statuses;
}

const fine = (count: number): number[] => Array<number>(count).fill(200);

test('Zone lost, good design: the group heals in the other zone, and all requests succeed (DRL-01, ASG-04, ASG-16)', async () => {
  await using site = await makeGroupSite('good', { DesiredCapacity: 4 });
  expect(await zonesOf(site)).toEqual(['us-east-1a', 'us-east-1a', 'us-east-1b', 'us-east-1b']);
  expect(await ask(site, 8)).toEqual(fine(8));
  site.cloud.faults.add({ kind: 'zone', zone: 'us-east-1a', for: '2h' });
  await site.cloud.clock.advance(90);
  expect(await ask(site, 8)).toEqual(fine(8));
  await site.cloud.clock.advance(600);
  expect(await zonesOf(site)).toEqual(Array(4).fill('us-east-1b'));
  expect(Object.values(await site.health()).filter((state) => state === 'healthy')).toHaveLength(4);
  expect(await ask(site, 8)).toEqual(fine(8));
  await site.cloud.clock.advance(3 * 3_600);
  expect(await zonesOf(site)).toEqual(['us-east-1a', 'us-east-1a', 'us-east-1b', 'us-east-1b']);
  expect(await ask(site, 8)).toEqual(fine(8));
});

test('Zone lost, single-zone design: the site is down as long as the zone is (DRL-02, RGN-05)', async () => {
  await using site = await makeGroupSite('single', { DesiredCapacity: 2 }, { zones: [0] });
  expect(await ask(site, 4)).toEqual(fine(4));
  site.cloud.faults.add({ kind: 'zone', zone: 'us-east-1a', for: '1h' });
  await site.cloud.clock.advance(1_800);
  expect((await ask(site, 4)).every((status) => status >= 500)).toBe(true);
  expect(await site.members()).toEqual([]);
  await site.cloud.clock.advance(3_600);
  expect(await ask(site, 4)).toEqual(fine(4));
  expect(await site.members()).toHaveLength(2);
});

test('Server lost: it gets no more requests after the threshold, and another takes its place (DRL-05, ASG-04)', async () => {
  await using site = await makeGroupSite('server', { DesiredCapacity: 2 });
  const [sick] = await site.members();
  await site.cloud.guests.behave(sick?.id as string, { sick: 'hang' });
  await site.cloud.clock.advance(90);
  expect(await ask(site, 6)).toEqual(fine(6));
  await site.cloud.clock.advance(180);
  const ids = (await site.members()).map(({ id }) => id);
  expect(ids).toHaveLength(2);
  expect(ids).not.toContain(sick?.id);
  const { Activities = [] } = await site.scaling.describeScalingActivities(group);
  expect(Activities.map(({ Cause }) => Cause?.slice(24))).toContain(
    'an instance was taken out of service in response to an ELB system health check failure.',
  );
});

/** CPU over 80 % for two minutes adds two; under 30 % for ten takes one away. */
async function addPolicies(site: GroupSite): Promise<void> {
  const cloudwatch = site.cloud.client(CloudWatch);
  const step = async (PolicyName: string, StepAdjustments: object[]) =>
    site.scaling.putScalingPolicy({
      ...group,
      PolicyName,
      PolicyType: 'StepScaling',
      AdjustmentType: 'ChangeInCapacity',
      EstimatedInstanceWarmup: 180,
      StepAdjustments: StepAdjustments as never,
    });
  const out = await step('out', [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 2 }]);
  const back = await step('in', [{ MetricIntervalUpperBound: 0, ScalingAdjustment: -1 }]);
  const cpu = {
    Namespace: 'AWS/EC2',
    MetricName: 'CPUUtilization',
    Dimensions: [{ Name: 'AutoScalingGroupName', Value: groupName }],
    Statistic: 'Average' as const,
    Period: 60,
  };
  await cloudwatch.putMetricAlarm({
    ...cpu,
    AlarmName: 'busy',
    EvaluationPeriods: 2,
    Threshold: 80,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    AlarmActions: [out.PolicyARN as string],
  });
  await cloudwatch.putMetricAlarm({
    ...cpu,
    AlarmName: 'idle',
    EvaluationPeriods: 10,
    Threshold: 30,
    ComparisonOperator: 'LessThanThreshold',
    AlarmActions: [back.PolicyARN as string],
  });
}

test('Load wave: CPU over 80 % adds two, the lull removes them by termination policy, spread over zones (DRL-06, ASG-06, ASG-22)', async () => {
  await using site = await makeGroupSite('wave', { TerminationPolicies: ['OldestInstance'] });
  const { cloud } = site;
  await addPolicies(site);
  const before = (await site.members()).map(({ id }) => id);
  // A request costs 10 ms of one of two vCPUs: 360 a second are 180 % of one server, 90 % of two.
  const load = await cloud.load.add({ balancer: site.loadBalancer, rate: 360 });
  await cloud.clock.advance(360);
  expect(await zonesOf(site)).toEqual(['us-east-1a', 'us-east-1a', 'us-east-1b', 'us-east-1b']);
  await cloud.clock.advance(900);
  expect(await site.members()).toHaveLength(4);
  await cloud.load.end(load.id);
  await cloud.clock.advance(3_600);
  expect(await zonesOf(site)).toEqual(['us-east-1a', 'us-east-1b']);
  expect((await site.members()).filter(({ id }) => before.includes(id))).toEqual([]);
});

test('Load wave: a whole day of it grows and shrinks the group, in moments (DRL-06, ASG-07)', async () => {
  await using site = await makeGroupSite('day');
  const { cloud, scaling } = site;
  await scaling.putScalingPolicy({
    ...group,
    PolicyName: 'cpu',
    PolicyType: 'TargetTrackingScaling',
    EstimatedInstanceWarmup: 120,
    TargetTrackingConfiguration: {
      PredefinedMetricSpecification: { PredefinedMetricType: 'ASGAverageCPUUtilization' },
      TargetValue: 50,
    },
  });
  await cloud.load.add({ balancer: site.loadBalancer, shape: 'sine', low: 20, high: 600, period: '24h', for: '24h' });
  const sizes: number[] = [];
  for (let hour = 0; hour < 24; hour++) {
    await cloud.clock.advance(3_600);
    sizes.push((await site.members()).length);
  }
  expect(Math.max(...sizes)).toBeGreaterThanOrEqual(6);
  expect(sizes.indexOf(Math.max(...sizes))).toBeGreaterThan(8);
  expect(sizes[0]).toBe(2);
  expect(sizes.at(-1)).toBe(2);
});

test('Scale-in: files on an instance are lost with it, those in S3 survive (DRL-09)', async () => {
  await using site = await makeGroupSite('files', { MinSize: 1, DesiredCapacity: 1 });
  const s3 = site.cloud.client(S3);
  await s3.createBucket({ Bucket: 'photos' });
  await s3.putObject({ Bucket: 'photos', Key: 'cat.txt', Body: 'cat' });
  expect((await site.get('/disk/cat.txt', {}, 'PUT')).status).toBeLessThan(300);
  expect((await site.get('/disk/cat.txt')).status).toBe(200);
  await site.scaling.updateAutoScalingGroup({ ...group, MinSize: 0, DesiredCapacity: 0 });
  await site.cloud.clock.advance(400);
  await site.scaling.setDesiredCapacity({ ...group, DesiredCapacity: 1 });
  await site.cloud.clock.advance(120);
  expect((await site.get('/')).status).toBe(200);
  expect((await site.get('/disk/cat.txt')).status).toBe(404);
  expect(await (await s3.getObject({ Bucket: 'photos', Key: 'cat.txt' })).Body?.transformToString()).toBe('cat');
});

test('Golden image: a new image and template version reach all instances by an instance refresh with a checkpoint (DRL-10)', async () => {
  await using site = await makeGroupSite('golden', { DesiredCapacity: 4 });
  const { ec2, scaling, cloud } = site;
  const [builder] = await site.members();
  const { ImageId } = await ec2.createImage({ InstanceId: builder?.id, Name: 'golden', NoReboot: true });
  await cloud.clock.advance(300);
  await ec2.createLaunchTemplateVersion({
    LaunchTemplateId: site.templateId,
    SourceVersion: '$Latest',
    LaunchTemplateData: { ImageId },
  });
  await scaling.startInstanceRefresh({
    ...group,
    Preferences: {
      MinHealthyPercentage: 75,
      InstanceWarmup: 60,
      CheckpointPercentages: [25, 100],
      CheckpointDelay: 600,
    },
  });
  await cloud.clock.advance(400);
  const versions = async () => (await site.members()).map(({ version }) => version).sort();
  expect(await versions()).toEqual(['1', '1', '1', '2']);
  expect(await ask(site, 8)).toEqual(fine(8));
  await cloud.clock.advance(3_600);
  expect(await versions()).toEqual(['2', '2', '2', '2']);
  const ids = (await site.members()).map(({ id }) => id);
  const { Reservations = [] } = await ec2.describeInstances({ InstanceIds: ids });
  expect(new Set(Reservations.flatMap(({ Instances = [] }) => Instances.map((one) => one.ImageId)))).toEqual(
    new Set([ImageId]),
  );
  expect(await ask(site, 8)).toEqual(fine(8));
});
