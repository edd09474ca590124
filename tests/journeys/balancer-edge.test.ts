// What an application load balancer answers itself, what it adds to requests, and whom it spares.
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { admit } from '../../src/services/networking/elastic-load-balancing-v2/capacity.ts';
import { makeSite, type Site } from './site.ts';

const whole = 'application/json';

async function healthySite(seed: string, servers = 1): Promise<Site> {
  const site = await makeSite(seed);
  await site.addServers(0, servers);
  await site.cloud.clock.advance(30);
  return site;
}

test('ALB: refuses TRACE, targets and headers that are too long, and gRPC for targets that do not speak it', async () => {
  await using site = await healthySite('refusals');
  expect((await site.get('/', {}, 'TRACE')).status).toBe(405);
  expect((await site.get(`/${'a'.repeat(16_384)}`)).status).toBe(414);
  expect((await site.get('/', { 'x-long': 'a'.repeat(16_384) })).status).toBe(400);
  expect((await site.get('/', { 'content-type': 'application/grpc' }, 'POST')).status).toBe(464);
  const refused = await site.get('/', {}, 'TRACE');
  expect(refused.headers['server']).toBe('awselb/2.0');
});

test('ALB: adds who came and how, and an ID to trace the request by', async () => {
  await using site = await healthySite('forwarded');
  const { text } = await site.get('/', { accept: whole, 'x-forwarded-for': '203.0.113.9' });
  expect(JSON.parse(text)).toMatchObject({ forwardedFor: '203.0.113.9, 198.51.100.1' });
  await site.elb.modifyLoadBalancerAttributes({
    LoadBalancerArn: site.balancerArn,
    Attributes: [{ Key: 'routing.http.xff_header_processing.mode', Value: 'remove' }],
  });
  const removed = await site.get('/', { accept: whole, 'x-forwarded-for': '203.0.113.9' });
  expect(JSON.parse(removed.text)).not.toHaveProperty('forwardedFor');
});

test('ALB: 502 when a target refuses, 504 when it stays silent, all targets when none is healthy (ELB-11)', async () => {
  await using site = await healthySite('failures', 2);
  const ids = Object.keys(await site.health());
  const { guests } = site.cloud.inside.parts;
  for (const id of ids) guests.behave(id, { sick: 'refuse' });
  expect((await site.get()).status).toBe(502);
  for (const id of ids) guests.behave(id, { sick: 'hang' });
  expect((await site.get()).status).toBe(504);
  for (const id of ids) guests.behave(id, { sick: 500 });
  await site.cloud.clock.advance(120);
  expect(new Set(Object.values(await site.health()))).toEqual(new Set(['unhealthy Target.ResponseCodeMismatch']));
  const answers = await Promise.all(Array.from({ length: 8 }, () => site.get()));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([500]));
  expect(new Set(answers.map(({ headers }) => headers['x-hakoniwa-instance'])).size).toBe(2);
});

test('ALB: a target that has just become healthy gets its share bit by bit (slow start)', async () => {
  await using site = await healthySite('slow-start');
  await site.elb.modifyTargetGroupAttributes({
    TargetGroupArn: site.groupArn,
    Attributes: [{ Key: 'slow_start.duration_seconds', Value: '300' }],
  });
  await site.cloud.clock.advance(400);
  const [late = ''] = await site.addServers(1, 1);
  await site.cloud.clock.advance(35);
  const share = async (): Promise<number> => {
    let hits = 0;
    for (let i = 0; i < 200; i++) if ((await site.get()).headers['x-hakoniwa-instance'] === late) hits++;
    return hits / 200;
  };
  const early = await share();
  expect(early).toBeLessThan(0.25);
  await site.cloud.clock.advance(300);
  expect(await share()).toBeGreaterThan(0.4);
});

test('ALB: a spike beyond its capacity sees 503 until it has grown; a reservation takes it (ELB-18, ELB-19)', async () => {
  await using site = await healthySite('spike');
  const { inside } = site.cloud;
  const service = await inside.service('elastic-load-balancing-v2');
  if (service === undefined) throw new Error('the service is not there');
  const { Activity } = await import('../../src/kernel/timeline.ts');
  const context = inside.context(inside.nobody('elastic-load-balancing-v2', 'spike'), service, new Activity()) as never;
  const flood = (requests: number): number => {
    const balancer = (context as Parameters<typeof admit>[0]).state.balancers.find(site.balancerArn);
    if (balancer === undefined) throw new Error('the load balancer is not there');
    return admit(context, balancer, requests);
  };
  const spike = 600_000;
  expect(flood(spike)).toBeLessThan(spike);
  const refused = await site.get();
  expect(refused.status).toBe(503);
  await site.cloud.clock.advance(60);
  expect((await site.get()).status).toBe(200);
  await site.elb.modifyCapacityReservation({
    LoadBalancerArn: site.balancerArn,
    MinimumLoadBalancerCapacity: { CapacityUnits: 1_000 },
  });
  await site.cloud.clock.advance(600);
  expect(flood(spike)).toBe(spike);
  expect((await site.get()).status).toBe(200);
});

/** What the load balancer counted of a metric in each of the last minutes. */
async function minutesOf(site: Site, MetricName: string, minutes: number): Promise<number[]> {
  const now = site.cloud.clock.now().getTime();
  const { Datapoints = [] } = await site.cloud.client(CloudWatch).getMetricStatistics({
    Namespace: 'AWS/ApplicationELB',
    MetricName,
    Dimensions: [{ Name: 'LoadBalancer', Value: site.balancerArn.split(':loadbalancer/')[1] }],
    StartTime: new Date(now - minutes * 60_000),
    EndTime: new Date(now),
    Period: 60,
    Statistics: ['Sum'],
  });
  return Datapoints.sort((a, b) => Number(a.Timestamp) - Number(b.Timestamp)).map(({ Sum = 0 }) => Sum);
}

const refusals = ['HTTPCode_ELB_503_Count', 'HTTPCode_ELB_5XX_Count', 'RejectedConnectionCount'];

test('ALB: a simulated spike counts 503s, fewer each minute, until the load balancer has grown to it (ELB-18)', async () => {
  await using site = await healthySite('simulated-spike');
  await site.cloud.load.add({ balancer: site.balancerArn, rate: 9_000 });
  await site.cloud.clock.advance(180);
  const [first = 0, second = 0] = await minutesOf(site, 'HTTPCode_ELB_503_Count', 4);
  // A new load balancer takes 5,000 requests a second.
  expect(first).toBe(4_000 * 60);
  expect(second).toBeGreaterThan(0);
  expect(second).toBeLessThan(first);
  const told = await Promise.all(refusals.map((name) => minutesOf(site, name, 4)));
  expect(told[1]).toEqual(told[0]);
  expect(told[2]).toEqual(told[0]);
  await site.cloud.clock.advance(1_200);
  expect(await minutesOf(site, 'RequestCount', 5)).toEqual(Array(5).fill(9_000 * 60));
  expect(await minutesOf(site, 'HTTPCode_Target_2XX_Count', 5)).toEqual(Array(5).fill(9_000 * 60));
  for (const name of refusals) expect(await minutesOf(site, name, 5)).toEqual([]);
});

test('ALB: a capacity reserved ahead keeps a simulated spike free of errors (ELB-19)', async () => {
  await using site = await healthySite('reserved-spike');
  await site.elb.modifyCapacityReservation({
    LoadBalancerArn: site.balancerArn,
    MinimumLoadBalancerCapacity: { CapacityUnits: 400 },
  });
  await site.cloud.clock.advance(600);
  await site.cloud.load.add({ balancer: site.balancerArn, rate: 9_000 });
  await site.cloud.clock.advance(300);
  expect((await minutesOf(site, 'HTTPCode_Target_2XX_Count', 5)).length).toBeGreaterThan(2);
  for (const name of refusals) expect(await minutesOf(site, name, 20)).toEqual([]);
});

test('ALB: weighted target groups share requests by weight, and a sticky client stays with its group (ELB-05)', async () => {
  await using site = await healthySite('weights');
  const [blue] = Object.keys(await site.health());
  const { TargetGroups } = await site.elb.createTargetGroup({
    Name: 'green',
    Protocol: 'HTTP',
    Port: 80,
    VpcId: site.vpcId,
  });
  const greenArn = TargetGroups?.[0]?.TargetGroupArn as string;
  const [green] = await site.addServers(1, 1);
  await site.elb.deregisterTargets({ TargetGroupArn: site.groupArn, Targets: [{ Id: green }] });
  await site.elb.registerTargets({ TargetGroupArn: greenArn, Targets: [{ Id: green as string }] });
  const share = (weight: number, stickiness: boolean) =>
    site.elb.modifyListener({
      ListenerArn: site.listenerArn,
      DefaultActions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: site.groupArn, Weight: weight },
              { TargetGroupArn: greenArn, Weight: 100 - weight },
            ],
            TargetGroupStickinessConfig: { Enabled: stickiness, DurationSeconds: stickiness ? 600 : undefined },
          },
        },
      ],
    });
  const answersOf = async (count: number, headers = {}) => {
    const served: Record<string, number> = {};
    for (let i = 0; i < count; i++) {
      const id = String((await site.get('/', headers)).headers['x-hakoniwa-instance']);
      served[id] = (served[id] ?? 0) + 1;
    }
    return served;
  };
  await share(90, false);
  await site.cloud.clock.advance(60);
  const before = await answersOf(200);
  expect(before[blue as string]).toBeGreaterThan(160);
  expect(before[green as string]).toBeGreaterThan(5);
  await share(0, false);
  expect(await answersOf(20)).toEqual({ [green as string]: 20 });
  await share(50, true);
  const first = await site.get();
  const cookie = [first.headers['set-cookie'] ?? []].flat().map((one) => one.split(';', 1)[0]);
  expect(cookie.some((one) => one?.startsWith('AWSALBTG='))).toBe(true);
  const again = await answersOf(20, { cookie: cookie.join('; ') });
  expect(again).toEqual({ [String(first.headers['x-hakoniwa-instance'])]: 20 });
});
