// Connections through a network load balancer.
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { makeSite, type Site } from '../../../../tests/journeys/site.ts';
import { addNetworkBalancer, openServers } from './network.fixture.ts';

const get = 'GET / HTTP/1.1\r\nHost: shop\r\nAccept: application/json\r\n\r\n';

async function connect({ cloud }: Site, host: string, port = 50_000): Promise<Duplex> {
  const socket = await (await cloud.inside.doors()).connect(host, { address: '127.0.0.1', port });
  if (socket === undefined || typeof socket === 'string') throw new Error(`no connection: ${socket}`);
  return socket;
}

/** Asks on a connection; what the server says of itself and of who came. */
function ask(socket: Duplex): Promise<{ readonly instanceId: string; readonly clientIp: string }> {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      const body = /\{.*\}/s.exec(text)?.[0];
      if (body === undefined) return;
      socket.off('data', read);
      resolve(JSON.parse(body) as { instanceId: string; clientIp: string });
    };
    socket.on('data', read).on('close', () => reject(new Error(`closed after: ${text}`)));
    socket.resume();
    socket.write(get);
  });
}

/** How a connection ended: the code of its error, if it had one. */
async function endOf(socket: Duplex): Promise<string> {
  let code = 'closed';
  socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code ?? error.message));
  if (!socket.closed) await once(socket, 'close').catch(() => []);
  return code;
}

async function makeNetworkSite(seed: string, groupAttributes: Readonly<Record<string, string>> = {}, servers = 1) {
  const site = await makeSite(seed);
  const targets = await site.addServers(0, servers);
  await openServers(site);
  const net = await addNetworkBalancer(site, { port: 80, targets, groupAttributes });
  const sumOf = async (MetricName: string): Promise<number | undefined> => {
    const now = site.cloud.clock.now().getTime();
    const { Datapoints = [] } = await site.cloud.client(CloudWatch).getMetricStatistics({
      Namespace: 'AWS/NetworkELB',
      MetricName,
      Dimensions: [{ Name: 'LoadBalancer', Value: net.balancerArn.split(':loadbalancer/')[1] }],
      StartTime: new Date(now - 3_600_000),
      EndTime: new Date(now),
      Period: 3_600,
      Statistics: ['Sum'],
    });
    return Datapoints[0]?.Sum;
  };
  return { site, targets, net, sumOf, [Symbol.asyncDispose]: () => site.cloud.close() };
}

test('TCP listener: a target sees the client’s own address, or the node’s when the group does not keep it (ELB-08)', async () => {
  await using it = await makeNetworkSite('client-ip');
  const { site, net } = it;
  expect(await ask(await connect(site, net.host))).toMatchObject({ clientIp: '198.51.100.1' });
  await site.elb.modifyTargetGroupAttributes({
    TargetGroupArn: net.groupArn,
    Attributes: [{ Key: 'preserve_client_ip.enabled', Value: 'false' }],
  });
  const seen = await ask(await connect(site, net.host));
  expect(seen.clientIp).toMatch(/^10\.0\.[01]\.\d+$/);
});

test('TCP listener: with proxy protocol version 2 a target is told the client’s address in front of its bytes', async () => {
  await using it = await makeNetworkSite('proxy-protocol', {
    'preserve_client_ip.enabled': 'false',
    'proxy_protocol_v2.enabled': 'true',
  });
  expect(await ask(await connect(it.site, it.net.host))).toMatchObject({ clientIp: '198.51.100.1' });
});

test('TCP listener: a connection that is silent for the idle timeout is reset when it speaks again', async () => {
  await using it = await makeNetworkSite('idle');
  const { site, net, sumOf } = it;
  const { ListenerArn } = net.listener;
  await site.elb.modifyListenerAttributes({
    ListenerArn,
    Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value: '60' }],
  });
  const socket = await connect(site, net.host);
  await ask(socket);
  await site.cloud.clock.advance(59);
  await ask(socket);
  await site.cloud.clock.advance(60);
  socket.write(get);
  expect(await endOf(socket)).toBe('ECONNRESET');
  await site.cloud.clock.advance(60);
  expect(await sumOf('TCP_ELB_Reset_Count')).toBe(1);
  expect(await sumOf('NewFlowCount_TCP')).toBe(1);
});

test('TCP listener: connections are spread over targets; with stickiness a client stays with one', async () => {
  await using it = await makeNetworkSite('spread', {}, 2);
  const { site, net, targets } = it;
  const met = async (): Promise<Set<string>> => {
    const ids = new Set<string>();
    for (let i = 0; i < 16; i++) {
      const socket = await connect(site, net.host, 50_000 + i);
      ids.add((await ask(socket)).instanceId);
      socket.destroy();
    }
    return ids;
  };
  expect(await met()).toEqual(new Set(targets));
  await site.elb.modifyTargetGroupAttributes({
    TargetGroupArn: net.groupArn,
    Attributes: [{ Key: 'stickiness.enabled', Value: 'true' }],
  });
  expect((await met()).size).toBe(1);
});

test('Deregistered target: open connections go on beyond the delay, unless the group ends them with it', async () => {
  for (const [ends, ending] of [
    ['false', 'open'],
    ['true', 'ECONNRESET'],
  ] as const) {
    await using it = await makeNetworkSite(`leaving-${ends}`, {
      'deregistration_delay.timeout_seconds': '60',
      'deregistration_delay.connection_termination.enabled': ends,
    });
    const { site, net, targets } = it;
    const socket = await connect(site, net.host);
    await site.elb.deregisterTargets({ TargetGroupArn: net.groupArn, Targets: [{ Id: targets[0] }] });
    await site.cloud.clock.advance(59);
    expect(await ask(socket)).toMatchObject({ instanceId: targets[0] });
    const end = endOf(socket);
    await site.cloud.clock.advance(2);
    if (ending === 'open') expect(await ask(socket)).toMatchObject({ instanceId: targets[0] });
    else expect(await end).toBe(ending);
    socket.destroy();
  }
});

test('Unhealthy target: its connections are cut off; without that it drains for as long as the group says', async () => {
  await using cutting = await makeNetworkSite('sick-cut', {}, 2);
  const first = await connect(cutting.site, cutting.net.host);
  const { instanceId } = await ask(first);
  const end = endOf(first);
  cutting.site.cloud.inside.parts.guests.behave(instanceId, { sick: 'refuse' });
  await cutting.site.cloud.clock.advance(120);
  expect(await end).toBe('ECONNRESET');

  await using it = await makeNetworkSite('sick-drain', {
    'target_health_state.unhealthy.connection_termination.enabled': 'false',
    'target_health_state.unhealthy.draining_interval_seconds': '600',
  });
  const { site, net, targets } = it;
  const socket = await connect(site, net.host);
  await ask(socket);
  site.cloud.inside.parts.guests.behave(targets[0] as string, { sick: 'refuse' });
  const stateOf = async () => {
    const { TargetHealthDescriptions } = await site.elb.describeTargetHealth({ TargetGroupArn: net.groupArn });
    return TargetHealthDescriptions?.[0]?.TargetHealth?.State;
  };
  await site.cloud.clock.advance(120);
  expect(await stateOf()).toBe('unhealthy.draining');
  expect(socket.destroyed).toBe(false);
  await site.cloud.clock.advance(600);
  expect(await stateOf()).toBe('unhealthy');
});

test('NLB without targets refuses flows and counts them; a target that refuses counts as its reset', async () => {
  await using it = await makeNetworkSite('refused');
  const { site, net, targets, sumOf } = it;
  site.cloud.inside.parts.guests.behave(targets[0] as string, { sick: 'refuse' });
  await expect(connect(site, net.host)).rejects.toThrow('refused');
  await site.elb.deregisterTargets({ TargetGroupArn: net.groupArn, Targets: [{ Id: targets[0] }] });
  await expect(connect(site, net.host)).rejects.toThrow('refused');
  await site.cloud.clock.advance(60);
  expect(await sumOf('TCP_Target_Reset_Count')).toBe(1);
  expect(await sumOf('RejectedFlowCount')).toBe(1);
  expect(await sumOf('RejectedFlowCount_TCP')).toBe(1);
});

test('NLB: its name leaves out zones without a healthy target, unless that is so in all of them (ELB-12)', async () => {
  await using it = await makeNetworkSite('zone-dns');
  const { site, net, targets } = it;
  const names = await site.cloud.inside.part('names');
  const addresses = async (): Promise<number> => {
    const found = await names.resolve(net.host, undefined);
    return found.kind === 'found' ? found.addresses.length : 0;
  };
  expect(await addresses()).toBe(2);
  await site.elb.modifyLoadBalancerAttributes({
    LoadBalancerArn: net.balancerArn,
    Attributes: [{ Key: 'load_balancing.cross_zone.enabled', Value: 'false' }],
  });
  expect(await addresses()).toBe(1);
  for (let i = 0; i < 8; i++) expect((await site.get('/', { host: net.host })).status).toBe(200);
  site.cloud.inside.parts.guests.behave(targets[0] as string, { sick: 500 });
  await site.cloud.clock.advance(120);
  expect(await addresses()).toBe(1);
  site.cloud.inside.parts.guests.behave(targets[0] as string, { sick: 'refuse' });
  await site.cloud.clock.advance(120);
  expect(await addresses()).toBe(2);
});

test('NLB with security groups: they judge who comes; servers can admit the load balancer by its group', async () => {
  await using site = await makeSite('net-groups');
  const [server] = await site.addServers(0, 1);
  const { elb, vpcId, subnetIds, balancerGroupId } = site;
  const made = await elb.createLoadBalancer({
    Name: 'net',
    Type: 'network',
    Subnets: [...subnetIds],
    SecurityGroups: [balancerGroupId],
  });
  const { LoadBalancerArn, DNSName: host = '' } = made.LoadBalancers?.[0] ?? {};
  const group = await elb.createTargetGroup({ Name: 'net', Protocol: 'TCP', Port: 80, VpcId: vpcId });
  const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn;
  await elb.registerTargets({ TargetGroupArn, Targets: [{ Id: server }] });
  for (const Port of [80, 81])
    await elb.createListener({
      LoadBalancerArn,
      Protocol: 'TCP',
      Port,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    });
  await site.cloud.clock.advance(60);
  expect((await site.get('/', { host })).status).toBe(200);
  const barred = await site.get('/', { host: `${host}:81` });
  expect(barred.status).toBe(504);
  expect(barred.headers['x-hakoniwa-reason']).toContain(balancerGroupId);
});

test('TCP listener: several target groups share new connections by weight', async () => {
  await using it = await makeNetworkSite('weights');
  const { site, net, targets } = it;
  const [other] = await site.addServers(1, 1);
  const made = await site.elb.createTargetGroup({ Name: 'other', Protocol: 'TCP', Port: 80, VpcId: site.vpcId });
  const second = made.TargetGroups?.[0]?.TargetGroupArn;
  await site.elb.registerTargets({ TargetGroupArn: second, Targets: [{ Id: other }] });
  const share = async (weight: number) => {
    await site.elb.modifyListener({
      ListenerArn: net.listener.ListenerArn,
      DefaultActions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: net.groupArn, Weight: weight },
              { TargetGroupArn: second, Weight: 1 },
            ],
          },
        },
      ],
    });
    const ids = new Set<string>();
    for (let i = 0; i < 16; i++) {
      const socket = await connect(site, net.host);
      ids.add((await ask(socket)).instanceId);
      socket.destroy();
    }
    return ids;
  };
  await site.cloud.clock.advance(30);
  expect(await share(1)).toEqual(new Set([targets[0], other]));
  expect(await share(0)).toEqual(new Set([other]));
});

test('NLB: an application load balancer can be its target (ELB-07)', async () => {
  await using site = await makeSite('alb-target');
  const [server] = await site.addServers(0, 1);
  const { elb, vpcId, subnetIds, balancerArn } = site;
  const made = await elb.createLoadBalancer({ Name: 'net', Type: 'network', Subnets: [...subnetIds] });
  const { LoadBalancerArn, DNSName: host = '' } = made.LoadBalancers?.[0] ?? {};
  const group = await elb.createTargetGroup({
    Name: 'web-alb',
    TargetType: 'alb',
    Protocol: 'TCP',
    Port: 80,
    VpcId: vpcId,
  });
  const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn;
  await elb.registerTargets({ TargetGroupArn, Targets: [{ Id: balancerArn }] });
  await elb.createListener({
    LoadBalancerArn,
    Protocol: 'TCP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  });
  await site.cloud.clock.advance(120);
  const { TargetHealthDescriptions } = await elb.describeTargetHealth({ TargetGroupArn });
  expect(TargetHealthDescriptions?.[0]?.TargetHealth?.State).toBe('healthy');
  const answer = await site.get('/', { host });
  expect(answer.status).toBe(200);
  expect(answer.headers['x-hakoniwa-instance']).toBe(server);
});

test('NLB: clients of its network get their own zone from DNS, wholly or mostly, as the routing policy says', async () => {
  await using it = await makeNetworkSite('affinity');
  const { site, net } = it;
  const names = await site.cloud.inside.part('names');
  const share = async (Value: string): Promise<number> => {
    await site.elb.modifyLoadBalancerAttributes({
      LoadBalancerArn: net.balancerArn,
      Attributes: [{ Key: 'dns_record.client_routing_policy', Value }],
    });
    let alone = 0;
    for (let i = 0; i < 200; i++) {
      const found = await names.resolve(net.host, site.vpcId, 'use1-az1');
      if (found.kind === 'found' && found.addresses.length === 1) alone++;
    }
    return alone / 200;
  };
  expect(await share('any_availability_zone')).toBe(0);
  expect(await share('availability_zone_affinity')).toBe(1);
  const partly = await share('partial_availability_zone_affinity');
  expect(partly).toBeGreaterThan(0.7);
  expect(partly).toBeLessThan(0.97);
});

test('NLB: healthy hosts are told in all and by zone', async () => {
  await using it = await makeNetworkSite('hosts-by-zone', {}, 2);
  const { site, net, targets } = it;
  const [far] = await site.addServers(1, 1);
  await site.elb.registerTargets({ TargetGroupArn: net.groupArn, Targets: [{ Id: far }] });
  site.cloud.inside.parts.guests.behave(targets[0] as string, { sick: 'refuse' });
  await site.cloud.clock.advance(300);
  const hosts = async (MetricName: string, ...zones: readonly string[]) => {
    const now = site.cloud.clock.now().getTime();
    const { Datapoints = [] } = await site.cloud.client(CloudWatch).getMetricStatistics({
      Namespace: 'AWS/NetworkELB',
      MetricName,
      Dimensions: [
        { Name: 'TargetGroup', Value: net.groupArn.split(':').at(-1) },
        { Name: 'LoadBalancer', Value: net.balancerArn.split(':loadbalancer/')[1] },
        ...zones.map((Value) => ({ Name: 'AvailabilityZone', Value })),
      ],
      StartTime: new Date(now - 60_000),
      EndTime: new Date(now),
      Period: 60,
      Statistics: ['Maximum'],
    });
    return Datapoints[0]?.Maximum;
  };
  expect(await hosts('HealthyHostCount')).toBe(2);
  expect(await hosts('HealthyHostCount', 'us-east-1a')).toBe(1);
  expect(await hosts('HealthyHostCount', 'us-east-1b')).toBe(1);
  expect(await hosts('UnHealthyHostCount', 'us-east-1a')).toBe(1);
});
