// What is served shows in metrics, by itself.
import { CloudWatch, type Dimension, type Statistic } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { makeSite, type Site } from './site.ts';

const reader = (site: Site) => {
  const cloudwatch = site.cloud.client(CloudWatch);
  return async (Namespace: string, MetricName: string, Dimensions: Dimension[], statistic: Statistic, minutes = 5) => {
    const now = site.cloud.clock.now();
    const { Datapoints = [] } = await cloudwatch.getMetricStatistics({
      Namespace,
      MetricName,
      Dimensions,
      Statistics: [statistic],
      Period: 60 * minutes,
      StartTime: new Date(now.getTime() - minutes * 60_000),
      EndTime: now,
    });
    return Datapoints[0]?.[statistic];
  };
};

test('CloudWatch: requests through a load balancer are counted, and cost CPU of who serves them (CW-01)', async () => {
  await using site = await makeSite('metrics');
  const [a] = (await site.addServers(0, 1)) as [string];
  await site.ec2.createTags({ Resources: [a], Tags: [{ Key: 'hakoniwa:cpu-ms-per-request', Value: '600' }] });
  await site.cloud.clock.to(new Date('2026-03-02T09:05:00Z'));
  for (let i = 0; i < 100; i++) expect((await site.get()).status).toBe(200);
  await site.get('/missing', { 'x-hakoniwa-client-ip': '203.0.113.4' });
  await site.cloud.clock.to(new Date('2026-03-02T09:10:00Z'));
  const read = reader(site);
  const balancer = [{ Name: 'LoadBalancer', Value: site.balancerArn.split('loadbalancer/')[1] as string }];
  const group = { Name: 'TargetGroup', Value: site.groupArn.split(':').at(-1) as string };
  expect(await read('AWS/ApplicationELB', 'RequestCount', balancer, 'Sum')).toBe(101);
  expect(await read('AWS/ApplicationELB', 'HTTPCode_Target_2XX_Count', balancer, 'Sum')).toBe(101);
  expect(await read('AWS/ApplicationELB', 'RequestCountPerTarget', [group], 'Sum')).toBe(101);
  expect(await read('AWS/ApplicationELB', 'HealthyHostCount', [group, ...balancer], 'Minimum')).toBe(1);
  // 101 requests of 600 ms each, in one of five minutes, on two vCPUs: 50.5 % of that minute, besides the idle percent.
  const instance = [{ Name: 'InstanceId', Value: a }];
  expect(await read('AWS/EC2', 'CPUUtilization', instance, 'Maximum')).toBeCloseTo(51.5, 5);
  expect(await read('AWS/EC2', 'CPUUtilization', instance, 'Average')).toBeCloseTo(11.1, 5);
  expect(await read('AWS/EC2', 'StatusCheckFailed', instance, 'Sum')).toBe(0);
});

test('CloudWatch: a lost zone fails the status checks of what lives there, and the hosts are counted out (CW-01, RGN-03)', async () => {
  await using site = await makeSite('checks');
  const [a] = (await site.addServers(0, 1)) as [string];
  await site.cloud.clock.to(new Date('2026-03-02T09:05:00Z'));
  site.cloud.inside.faults.add({ breakage: { kind: 'zone', zoneId: 'use1-az1', lost: 'power' } });
  await site.cloud.clock.to(new Date('2026-03-02T09:10:00Z'));
  const read = reader(site);
  const instance = [{ Name: 'InstanceId', Value: a }];
  expect(await read('AWS/EC2', 'StatusCheckFailed_System', instance, 'Sum')).toBe(5);
  expect(await read('AWS/EC2', 'StatusCheckFailed_Instance', instance, 'Sum')).toBe(0);
  const balancer = { Name: 'LoadBalancer', Value: site.balancerArn.split('loadbalancer/')[1] as string };
  const group = { Name: 'TargetGroup', Value: site.groupArn.split(':').at(-1) as string };
  expect(await read('AWS/ApplicationELB', 'UnHealthyHostCount', [group, balancer], 'Maximum')).toBe(1);
});

test('ListMetrics: series of instances and load balancers are listed with their dimensions', async () => {
  await using site = await makeSite('list');
  await site.addServers(0, 1);
  await site.cloud.clock.advance(60);
  await site.get();
  await site.cloud.clock.advance(60);
  const cloudwatch = site.cloud.client(CloudWatch);
  const { Metrics = [] } = await cloudwatch.listMetrics({
    Namespace: 'AWS/ApplicationELB',
    MetricName: 'RequestCount',
  });
  expect(Metrics.map(({ Dimensions = [] }) => Dimensions.map(({ Name }) => Name))).toEqual([
    ['LoadBalancer'],
    ['LoadBalancer', 'TargetGroup'],
  ]);
  const cpu = await cloudwatch.listMetrics({ Namespace: 'AWS/EC2', MetricName: 'CPUUtilization' });
  expect(cpu.Metrics?.map(({ Dimensions = [] }) => Dimensions[0]?.Name)).toEqual([
    'ImageId',
    'InstanceId',
    'InstanceType',
  ]);
});
