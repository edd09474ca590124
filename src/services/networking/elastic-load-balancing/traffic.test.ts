import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { makeClassicSite, name as LoadBalancerName } from './fixture.ts';

const refusal = (code: string, message: string | RegExp) =>
  expect.objectContaining({ Code: code, message: expect.stringMatching(message) as string });
const instancesOf = (ids: readonly string[]) => ids.map((InstanceId) => ({ InstanceId }));

test('RegisterInstancesWithLoadBalancer: an instance is in service after its first check, and serves requests (ELB-01, ELB-10)', async () => {
  await using site = await makeClassicSite('serve');
  expect((await site.get()).status).toBe(503);
  const ids = [...(await site.launch('us-east-1a', 1)), ...(await site.launch('us-east-1b', 1))];
  const { Instances } = await site.elb.registerInstancesWithLoadBalancer({
    LoadBalancerName,
    Instances: instancesOf(ids),
  });
  expect(Instances).toHaveLength(2);
  const before = await site.elb.describeInstanceHealth({ LoadBalancerName, Instances: instancesOf(ids.slice(0, 1)) });
  expect(before.InstanceStates).toEqual([
    {
      InstanceId: ids[0],
      State: 'OutOfService',
      ReasonCode: 'ELB',
      Description: 'Instance registration is still in progress.',
    },
  ]);
  await site.cloud.clock.advance(2);
  const after = await site.elb.describeInstanceHealth({ LoadBalancerName, Instances: instancesOf(ids.slice(0, 1)) });
  expect(after.InstanceStates).toEqual([
    { InstanceId: ids[0], State: 'InService', ReasonCode: 'N/A', Description: 'N/A' },
  ]);
  const seen = new Set<unknown>();
  for (let i = 0; i < 12; i++) {
    const answer = await site.get('/', { accept: 'application/json' });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ forwardedFor: '198.51.100.1' });
    seen.add(answer.headers['x-hakoniwa-instance']);
  }
  expect([...seen].sort()).toEqual([...ids].sort());
});

test('RegisterInstancesWithLoadBalancer: an instance that is not there is refused', async () => {
  await using site = await makeClassicSite('nobody');
  const Instances = instancesOf(['i-0123456789abcdef0']);
  await expect(site.elb.registerInstancesWithLoadBalancer({ LoadBalancerName, Instances })).rejects.toEqual(
    refusal('InvalidInstance', 'Could not find EC2 instance i-0123456789abcdef0.'),
  );
  await expect(site.elb.describeInstanceHealth({ LoadBalancerName, Instances })).rejects.toEqual(
    refusal('InvalidInstance', /Could not find/),
  );
  await expect(site.elb.registerInstancesWithLoadBalancer({ LoadBalancerName: 'none', Instances })).rejects.toEqual(
    refusal('LoadBalancerNotFound', /none/),
  );
});

test('ConfigureHealthCheck: a check that fails twice takes an instance out, and the words say why', async () => {
  await using site = await makeClassicSite('sick');
  const [id = ''] = await site.launch('us-east-1a', 1);
  await site.elb.registerInstancesWithLoadBalancer({ LoadBalancerName, Instances: instancesOf([id]) });
  await site.cloud.clock.advance(2);
  const check = { Target: 'HTTP:80/', Interval: 10, Timeout: 5, UnhealthyThreshold: 2, HealthyThreshold: 2 };
  const configured = await site.elb.configureHealthCheck({ LoadBalancerName, HealthCheck: check });
  expect(configured.HealthCheck).toEqual(check);
  await expect(
    site.elb.configureHealthCheck({ LoadBalancerName, HealthCheck: { ...check, Target: 'HTTP:80' } }),
  ).rejects.toEqual(
    refusal(
      'ValidationError',
      'HealthCheck HTTP Target must specify a port followed by a path that begins with a slash. e.g. HTTP:80/ping/this/path',
    ),
  );
  await expect(
    site.elb.configureHealthCheck({ LoadBalancerName, HealthCheck: { ...check, Timeout: 10 } }),
  ).rejects.toEqual(refusal('ValidationError', /less than interval/));
  site.cloud.inside.parts.guests.behave(id, { sick: 500 });
  await site.cloud.clock.advance(25);
  const sick = await site.elb.describeInstanceHealth({ LoadBalancerName });
  expect(sick.InstanceStates).toEqual([
    {
      InstanceId: id,
      State: 'OutOfService',
      ReasonCode: 'Instance',
      Description: 'Instance has failed at least the UnhealthyThreshold number of health checks consecutively.',
    },
  ]);
  expect((await site.get()).status).toBe(503);
  site.cloud.inside.parts.guests.behave(id, {});
  await site.cloud.clock.advance(25);
  expect(await site.health()).toEqual([`${id} InService`]);
});

test('DeregisterInstancesFromLoadBalancer: with draining, the instance is told of until its time is over (ELB-15)', async () => {
  await using site = await makeClassicSite('drain');
  const [id = ''] = await site.launch('us-east-1a', 1);
  await site.elb.registerInstancesWithLoadBalancer({ LoadBalancerName, Instances: instancesOf([id]) });
  await site.cloud.clock.advance(2);
  await site.elb.modifyLoadBalancerAttributes({
    LoadBalancerName,
    LoadBalancerAttributes: { ConnectionDraining: { Enabled: true, Timeout: 60 } },
  });
  const left = await site.elb.deregisterInstancesFromLoadBalancer({ LoadBalancerName, Instances: instancesOf([id]) });
  expect(left.Instances).toEqual([]);
  expect((await site.get()).status).toBe(503);
  const draining = await site.elb.describeInstanceHealth({ LoadBalancerName });
  expect(draining.InstanceStates?.[0]).toMatchObject({
    State: 'InService',
    Description: 'Instance deregistration currently in progress.',
  });
  await site.cloud.clock.advance(61);
  expect(await site.health()).toEqual([]);
  const stranger = await site.elb.describeInstanceHealth({ LoadBalancerName, Instances: instancesOf([id]) });
  expect(stranger.InstanceStates?.[0]?.Description).toBe('Instance is not currently registered with the LoadBalancer.');
});

test('Instances: of a zone that is not enabled, stopped, terminated: out of service in the words for each', async () => {
  await using site = await makeClassicSite('words');
  const [far = ''] = await site.launch('us-east-1d', 1);
  const [near = ''] = await site.launch('us-east-1a', 1);
  await site.elb.registerInstancesWithLoadBalancer({ LoadBalancerName, Instances: instancesOf([far, near]) });
  await site.cloud.clock.advance(2);
  const wordsOf = async () =>
    new Map(
      (await site.elb.describeInstanceHealth({ LoadBalancerName })).InstanceStates?.map((one) => [
        one.InstanceId,
        one.Description,
      ]),
    );
  expect((await wordsOf()).get(far)).toBe(
    'Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.',
  );
  await site.ec2.stopInstances({ InstanceIds: [near] });
  await site.cloud.clock.advance(60);
  expect((await wordsOf()).get(near)).toBe('Instance is in stopped state.');
  await site.ec2.startInstances({ InstanceIds: [near] });
  await site.cloud.clock.advance(60);
  expect((await wordsOf()).get(near)).toBe('N/A');
  await site.ec2.terminateInstances({ InstanceIds: [near] });
  await site.cloud.clock.advance(120);
  expect((await wordsOf()).has(near)).toBe(false);
});

test('Cross-zone: off, a node serves from its own zone alone; on, from all (ELB-12)', async () => {
  await using site = await makeClassicSite('zones');
  const ids = await site.launch('us-east-1a', 1);
  await site.elb.registerInstancesWithLoadBalancer({ LoadBalancerName, Instances: instancesOf(ids) });
  await site.cloud.clock.advance(2);
  const statuses = async () => {
    const seen = new Set<number>();
    for (let i = 0; i < 12; i++) seen.add((await site.get()).status);
    return [...seen].sort();
  };
  expect(await statuses()).toEqual([200, 503]);
  await site.elb.modifyLoadBalancerAttributes({
    LoadBalancerName,
    LoadBalancerAttributes: { CrossZoneLoadBalancing: { Enabled: true } },
  });
  expect(await statuses()).toEqual([200]);
});

test('Stickiness: AWSELB keeps a client on its instance, for its time or with the cookie of the application (ELB-14)', async () => {
  await using site = await makeClassicSite('sticky');
  const ids = await site.launch('us-east-1a', 3);
  await site.elb.registerInstancesWithLoadBalancer({ LoadBalancerName, Instances: instancesOf(ids) });
  await site.elb.modifyLoadBalancerAttributes({
    LoadBalancerName,
    LoadBalancerAttributes: { CrossZoneLoadBalancing: { Enabled: true } },
  });
  await site.cloud.clock.advance(2);
  await site.elb.createLBCookieStickinessPolicy({ LoadBalancerName, PolicyName: 'timed', CookieExpirationPeriod: 60 });
  const set = (PolicyNames: string[]) =>
    site.elb.setLoadBalancerPoliciesOfListener({ LoadBalancerName, LoadBalancerPort: 80, PolicyNames });
  await set(['timed']);
  const first = await site.get();
  const [cookie = ''] = [first.headers['set-cookie'] ?? []].flat();
  expect(cookie).toMatch(/^AWSELB=[^;]+;PATH=\/;MAX-AGE=60$/);
  for (let i = 0; i < 6; i++) {
    const next = await site.get('/', { cookie: cookie.split(';')[0] ?? '' });
    expect(next.headers['x-hakoniwa-instance']).toBe(first.headers['x-hakoniwa-instance']);
    expect(next.headers['set-cookie']).toBeUndefined();
  }
  await site.elb.createAppCookieStickinessPolicy({
    LoadBalancerName,
    PolicyName: 'app',
    CookieName: 'hakoniwa-session',
  });
  await set(['app']);
  expect((await site.get()).headers['set-cookie']).toBeUndefined();
  const session = [(await site.get('/session')).headers['set-cookie'] ?? []].flat();
  expect(session.map((one) => one.split('=')[0])).toEqual(['hakoniwa-session', 'AWSELB', 'AWSELBCORS']);
});

test('CloudWatch: AWS/ELB counts requests, answers and instances in service', async () => {
  await using site = await makeClassicSite('metrics');
  const ids = await site.launch('us-east-1a', 1);
  await site.elb.registerInstancesWithLoadBalancer({ LoadBalancerName, Instances: instancesOf(ids) });
  await site.elb.modifyLoadBalancerAttributes({
    LoadBalancerName,
    LoadBalancerAttributes: { CrossZoneLoadBalancing: { Enabled: true } },
  });
  await site.cloud.clock.advance(60);
  for (let i = 0; i < 5; i++) await site.get();
  await site.cloud.clock.advance(120);
  const sum = async (MetricName: string, statistic: 'Sum' | 'Maximum') => {
    const { Datapoints = [] } = await site.cloud.client(CloudWatch).getMetricStatistics({
      Namespace: 'AWS/ELB',
      MetricName,
      Dimensions: [{ Name: 'LoadBalancerName', Value: LoadBalancerName }],
      StartTime: new Date('2026-03-02T09:00:00Z'),
      EndTime: new Date('2026-03-02T10:00:00Z'),
      Period: 3_600,
      Statistics: [statistic],
    });
    return Datapoints[0]?.[statistic];
  };
  expect(await sum('RequestCount', 'Sum')).toBe(5);
  expect(await sum('HTTPCode_Backend_2XX', 'Sum')).toBe(5);
  expect(await sum('HealthyHostCount', 'Maximum')).toBe(1);
});
