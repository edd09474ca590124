// Health checks sleep while nothing changes, and find what they would have found had they never slept.
import { ElasticLoadBalancing } from '@aws-sdk/client-elastic-load-balancing';
import { expect, test } from 'vitest';
import { instant, later, secondsPerDay } from '../../src/kernel/units.ts';
import { makeSite, type Site } from './site.ts';

const intervalSeconds = 30;

/** Seconds until the health is that, looked at each second. */
async function secondsUntil({ cloud }: Site, isThere: () => Promise<boolean>): Promise<number> {
  for (let seconds = 0; seconds < 600; seconds++) {
    if (await isThere()) return seconds;
    await cloud.clock.advance(1);
  }
  throw new Error('it never came');
}

const checks = ({ cloud }: Site): number =>
  cloud.inside.jobs.list().filter(({ service }) => service.startsWith('elastic-load-balancing')).length;

test('Health checks: a month in which nothing changes runs none, and what then happens is found at the interval', async () => {
  await using site = await makeSite('asleep');
  const [a] = (await site.addServers(0, 1)) as [string];
  const is = async (health: string) => (await site.health())[a] === health;
  await secondsUntil(site, () => is('healthy'));
  // Until its state has settled.
  await site.cloud.clock.advance(20 * intervalSeconds);
  expect(checks(site)).toBe(0);
  const quietSeconds = 30 * secondsPerDay + 7;
  await site.cloud.clock.advance(quietSeconds);
  expect(checks(site)).toBe(0);
  await site.ec2.createTags({ Resources: [a], Tags: [{ Key: 'hakoniwa:sick', Value: '500' }] });
  // Two checks in a row fail; the first is the next one of the rhythm.
  const untilBeat = intervalSeconds - (quietSeconds % intervalSeconds);
  expect(await secondsUntil(site, () => is('unhealthy Target.ResponseCodeMismatch'))).toBe(untilBeat + intervalSeconds);
  await site.ec2.deleteTags({ Resources: [a], Tags: [{ Key: 'hakoniwa:sick' }] });
  expect(await secondsUntil(site, () => is('healthy'))).toBe(5 * intervalSeconds);
});

test('Health checks: a fault that is planned wakes them when it begins and when it ends', async () => {
  await using site = await makeSite('planned');
  const [a] = (await site.addServers(0, 1)) as [string];
  await site.cloud.clock.advance(20 * intervalSeconds);
  const now = instant((await site.cloud.clock.now()).getTime());
  const from = later(now, 10 * secondsPerDay);
  const until = later(from, 3_600);
  site.cloud.inside.faults.add({ breakage: { kind: 'instance', instanceId: a, status: 'instance' }, from, until });
  await site.cloud.clock.advance(10 * secondsPerDay);
  expect(await site.health()).toEqual({ [a]: 'healthy' });
  await site.cloud.clock.advance(2 * intervalSeconds);
  expect(await site.health()).toEqual({ [a]: 'unhealthy Target.Timeout' });
  await site.cloud.clock.advance(3_600 - 2 * intervalSeconds);
  expect(await site.health()).toEqual({ [a]: 'unhealthy Target.Timeout' });
  await site.cloud.clock.advance(5 * intervalSeconds);
  expect(await site.health()).toEqual({ [a]: 'healthy' });
  await site.cloud.clock.advance(20 * intervalSeconds);
  expect(checks(site)).toBe(0);
});

test('Health checks: of a group that is gone nothing stays', async () => {
  await using site = await makeSite('gone');
  const [a] = (await site.addServers(0, 1)) as [string];
  await site.cloud.clock.advance(20 * intervalSeconds);
  expect(site.cloud.inside.jobs.sleepers()).toHaveLength(1);
  await site.elb.deregisterTargets({ TargetGroupArn: site.groupArn, Targets: [{ Id: a }] });
  await site.elb.deleteListener({ ListenerArn: site.listenerArn });
  await site.elb.deleteTargetGroup({ TargetGroupArn: site.groupArn });
  await site.cloud.clock.advance(400);
  expect(site.cloud.inside.jobs.sleepers()).toHaveLength(0);
  expect(checks(site)).toBe(0);
});

test('Health checks: those of a classic load balancer sleep as well, and wake when a security group changes', async () => {
  await using site = await makeSite('classic asleep');
  const elb = site.cloud.client(ElasticLoadBalancing);
  const [a] = (await site.addServers(0, 1)) as [string];
  await elb.createLoadBalancer({
    LoadBalancerName: 'classic',
    Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 80 }],
    Subnets: [...site.subnetIds],
    SecurityGroups: [site.balancerGroupId],
  });
  const Target = 'HTTP:80/';
  const HealthCheck = { Target, Interval: intervalSeconds, Timeout: 5, HealthyThreshold: 2, UnhealthyThreshold: 2 };
  await elb.configureHealthCheck({ LoadBalancerName: 'classic', HealthCheck });
  await elb.registerInstancesWithLoadBalancer({ LoadBalancerName: 'classic', Instances: [{ InstanceId: a }] });
  const state = async () =>
    (await elb.describeInstanceHealth({ LoadBalancerName: 'classic' })).InstanceStates?.[0]?.State;
  await site.cloud.clock.advance(20 * intervalSeconds);
  expect([await state(), checks(site)]).toEqual(['InService', 0]);
  await site.cloud.clock.advance(30 * secondsPerDay);
  expect([await state(), checks(site)]).toEqual(['InService', 0]);
  await site.ec2.revokeSecurityGroupIngress({
    GroupId: site.serverGroupId,
    IpPermissions: [
      { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId: site.balancerGroupId }] },
    ],
  });
  expect(await secondsUntil(site, async () => (await state()) === 'OutOfService')).toBeLessThanOrEqual(
    2 * intervalSeconds,
  );
});
