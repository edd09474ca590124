// Datagrams through a network load balancer.
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { makeSite, type Site } from '../../../../tests/journeys/site.ts';
import { addNetworkBalancer, openServers } from './network.fixture.ts';

/** Sends a datagram from a port of this machine; the answers, once all that can be done at once is done. */
async function send(site: Site, host: string, port: number, bytes: Uint8Array | string): Promise<string[]> {
  const answers: string[] = [];
  const doors = await site.cloud.inside.doors();
  await doors.datagram(
    host,
    { address: '127.0.0.1', port },
    { bytes: Buffer.from(bytes), answer: (back) => answers.push(Buffer.from(back).toString()) },
  );
  return answers;
}

const instanceOf = ([answer = '']: readonly string[]): string => answer.split(' ', 1)[0] ?? '';

async function makeUdpSite(seed: string, servers = 2) {
  const site = await makeSite(seed);
  const targets = await site.addServers(0, servers);
  await openServers(site);
  const net = await addNetworkBalancer(site, { protocol: 'UDP', port: 5_353, targets });
  return { site, targets, net, at: `${net.host}:5353`, [Symbol.asyncDispose]: () => site.cloud.close() };
}

test('UDP listener: a datagram is answered by a target with who it is, and others of its flow follow it (ELB-08)', async () => {
  await using it = await makeUdpSite('udp-flow');
  const { site, targets, at } = it;
  const first = await send(site, at, 40_000, 'hello');
  expect(first).toHaveLength(1);
  expect(first[0]).toMatch(/^i-[0-9a-f]+ in us-east-1a at 10\.0\.0\.\d+: hello$/);
  for (let i = 0; i < 10; i++) expect(instanceOf(await send(site, at, 40_000, `${i}`))).toBe(instanceOf(first));
  const met = new Set<string>();
  for (let port = 41_000; port < 41_030; port++) met.add(instanceOf(await send(site, at, port, 'hello')));
  expect(met).toEqual(new Set(targets));
});

test('UDP listener: a flow stays with a target that is leaving, and is picked anew once that is gone or 120 s are over', async () => {
  await using it = await makeUdpSite('udp-leaving');
  const { site, targets, net, at } = it;
  const first = instanceOf(await send(site, at, 40_000, 'hello'));
  await site.elb.deregisterTargets({ TargetGroupArn: net.groupArn, Targets: [{ Id: first }] });
  const keepAlive = async (seconds: number): Promise<string> => {
    for (let passed = 0; passed < seconds; passed += 100) {
      await site.cloud.clock.advance(100);
      await send(site, at, 40_000, 'still here');
    }
    return instanceOf(await send(site, at, 40_000, 'hello'));
  };
  expect(await keepAlive(200)).toBe(first);
  // Its delay of 300 s ends flows, as is the default for UDP.
  expect(await keepAlive(200)).toBe(targets.find((id) => id !== first));
  await site.elb.registerTargets({ TargetGroupArn: net.groupArn, Targets: [{ Id: first }] });
  await site.cloud.clock.advance(119);
  expect(instanceOf(await send(site, at, 40_000, 'hello'))).not.toBe(first);
  await site.cloud.clock.advance(120);
  expect(instanceOf(await send(site, at, 40_000, 'hello'))).toBe(first);
});

test('UDP listener: security groups of targets judge the client’s own address', async () => {
  await using site = await makeSite('udp-denied');
  const targets = await site.addServers(0, 1);
  const net = await addNetworkBalancer(site, { protocol: 'UDP', port: 53, targets });
  expect(await send(site, `${net.host}:53`, 40_000, 'hello')).toEqual([]);
  const udp = { IpProtocol: 'udp', FromPort: 80, ToPort: 80 };
  const allow = (CidrIp: string) =>
    site.ec2.authorizeSecurityGroupIngress({
      GroupId: site.serverGroupId,
      IpPermissions: [{ ...udp, IpRanges: [{ CidrIp }] }],
    });
  await allow('203.0.113.0/24');
  expect(await send(site, `${net.host}:53`, 40_000, 'hello')).toEqual([]);
  await allow('198.51.100.0/24');
  expect(await send(site, `${net.host}:53`, 40_000, 'hello')).toHaveLength(1);
});

test('UDP listener: without targets, or on a port without a listener, a datagram is lost', async () => {
  await using it = await makeUdpSite('udp-lost', 1);
  const { site, targets, net, at } = it;
  await site.elb.deregisterTargets({ TargetGroupArn: net.groupArn, Targets: targets.map((Id) => ({ Id })) });
  expect(await send(site, at, 40_000, 'hello')).toEqual([]);
  const answers: string[] = [];
  const doors = await site.cloud.inside.doors();
  const datagram = { bytes: Buffer.from('x'), answer: (back: Uint8Array) => answers.push(String(back)) };
  expect(await doors.datagram('nobody.elb.localhost:53', { address: '127.0.0.1', port: 1 }, datagram)).toBeUndefined();
  expect(answers).toEqual([]);
});

test('TCP_UDP listener: takes connections and datagrams on one port', async () => {
  await using site = await makeSite('tcp-udp');
  const targets = await site.addServers(0, 1);
  await openServers(site);
  const net = await addNetworkBalancer(site, { protocol: 'TCP_UDP', port: 80, targets });
  expect(await send(site, `${net.host}:80`, 40_000, 'hello')).toHaveLength(1);
  expect((await site.get('/', { host: net.host })).status).toBe(200);
  const doors = await site.cloud.inside.doors();
  const own = (await doors.ports()).filter(({ name }) => name === net.host);
  expect(own.map(({ port, protocol }) => `${protocol} ${port}`)).toEqual(['tcp 80', 'udp 80']);
});

test('QUIC listener: a packet finds the target whose server ID its connection ID carries, whatever it was sent from', async () => {
  await using site = await makeSite('quic');
  const targets = await site.addServers(0, 2);
  await openServers(site);
  const net = await addNetworkBalancer(site, { protocol: 'QUIC', port: 443, targets });
  const packetFor = (at: number) => Buffer.from([0x40, 0x00, 0, 0, 0, 0, 0, 0, 0, 0xa0 + at, 1, 2, 3]);
  for (const [at, id] of targets.entries())
    for (let port = 40_000; port < 40_005; port++)
      expect(instanceOf(await send(site, `${net.host}:443`, port, packetFor(at)))).toBe(id);
  const { TargetHealthDescriptions = [] } = await site.elb.describeTargetHealth({ TargetGroupArn: net.groupArn });
  expect(TargetHealthDescriptions.map(({ Target }) => Target?.QuicServerId).sort()).toEqual([
    '0x00000000000000a0',
    '0x00000000000000a1',
  ]);
});

test('UDP listener: flows and bytes are counted in all, by transport and by zone', async () => {
  await using it = await makeUdpSite('udp-metrics', 1);
  const { site, net, at } = it;
  for (const port of [40_000, 40_001]) await send(site, at, port, 'hello');
  await send(site, at, 40_000, 'hello');
  await site.cloud.clock.advance(60);
  const sumOf = async (MetricName: string, Statistic: 'Sum' | 'Maximum', zones: readonly string[] = []) => {
    const now = site.cloud.clock.now().getTime();
    const { Datapoints = [] } = await site.cloud.client(CloudWatch).getMetricStatistics({
      Namespace: 'AWS/NetworkELB',
      MetricName,
      Dimensions: [
        ...zones.map((Value) => ({ Name: 'AvailabilityZone', Value })),
        { Name: 'LoadBalancer', Value: net.balancerArn.split(':loadbalancer/')[1] },
      ],
      StartTime: new Date(now - 300_000),
      EndTime: new Date(now),
      Period: 300,
      Statistics: [Statistic],
    });
    return Datapoints[0]?.[Statistic];
  };
  expect(await sumOf('NewFlowCount', 'Sum')).toBe(2);
  expect(await sumOf('NewFlowCount_UDP', 'Sum')).toBe(2);
  expect(await sumOf('ActiveFlowCount_UDP', 'Maximum')).toBe(2);
  expect(await sumOf('NewFlowCount_TCP', 'Sum')).toBeUndefined();
  expect(await sumOf('ProcessedBytes_UDP', 'Sum')).toBeGreaterThan(6 * 5);
  expect(await sumOf('ProcessedPackets', 'Sum')).toBe(6);
  const byZone = await Promise.all(['us-east-1a', 'us-east-1b'].map((zone) => sumOf('NewFlowCount', 'Sum', [zone])));
  expect((byZone[0] ?? 0) + (byZone[1] ?? 0)).toBe(2);
});
