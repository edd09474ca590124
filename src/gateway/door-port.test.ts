import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { IAM } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { certificatePem, privateKeyPem } from '../services/security/iam/certificate.fixture.ts';
import { makeSite, type Site } from '../../tests/journeys/site.ts';
import { addNetworkBalancer, openServers } from '../services/networking/elastic-load-balancing-v2/network.fixture.ts';
import { DoorPorts } from './door-port.ts';

const range = { first: 21_000, last: 21_999 };

async function openPorts({ cloud }: Site): Promise<DoorPorts & AsyncDisposable> {
  const ports = new DoorPorts(await cloud.inside.doors(), range);
  await ports.look();
  return Object.assign(ports, { [Symbol.asyncDispose]: () => ports.close() });
}

/** Sends bytes, and gives what came back once `isWhole` says that all is there. */
function talk(socket: net.Socket, bytes: string | Uint8Array, isWhole: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (isWhole(text)) resolve(text);
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
    socket.write(bytes);
  });
}

const get = 'GET /shop HTTP/1.1\r\nHost: shop.example.com\r\nAccept: application/json\r\nConnection: close\r\n\r\n';

async function addListener({ elb, balancerArn, groupArn, cloud, ec2, balancerGroupId }: Site, Protocol: 'HTTPS') {
  const made = await cloud.client(IAM).uploadServerCertificate({
    ServerCertificateName: 'web',
    CertificateBody: certificatePem,
    PrivateKey: privateKeyPem,
  });
  await ec2.authorizeSecurityGroupIngress({
    GroupId: balancerGroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  await elb.createListener({
    LoadBalancerArn: balancerArn,
    Protocol,
    Port: 443,
    Certificates: [{ CertificateArn: made.ServerCertificateMetadata?.Arn }],
    DefaultActions: [{ Type: 'forward', TargetGroupArn: groupArn }],
  });
}

test('Ports: a listener of an ALB has a port on loopback while it is there; the client’s own host is kept (ELB-04)', async () => {
  await using site = await makeSite('door-http');
  await site.addServers(0, 1);
  await site.cloud.clock.advance(30);
  await using ports = await openPorts(site);
  const port = ports.localPort(site.host, 80, 'http') as number;
  expect(port).toBeGreaterThanOrEqual(range.first);
  const answer = await talk(net.connect(port, '127.0.0.1'), get, () => false);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toContain('"forwardedFor":"198.51.100.1"');
  await site.elb.deleteListener({ ListenerArn: site.listenerArn });
  await ports.look();
  expect(ports.localPort(site.host, 80, 'http')).toBeUndefined();
  await expect(talk(net.connect(port, '127.0.0.1'), get, () => false)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('Ports: TLS ends at the load balancer, with the server certificate of IAM (ELB-16)', async () => {
  await using site = await makeSite('door-tls');
  await site.addServers(0, 1);
  await addListener(site, 'HTTPS');
  await site.cloud.clock.advance(30);
  await using ports = await openPorts(site);
  const socket = tls.connect({
    port: ports.localPort(site.host, 443, 'https'),
    host: '127.0.0.1',
    servername: 'web.example.com',
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  expect(socket.getPeerX509Certificate()?.toString().trim()).toBe(certificatePem.trim());
  const answer = await talk(socket, get, (text) => text.includes('instanceId') && text.endsWith('\n'));
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  socket.destroy();
});

test('Ports: bytes pass through an NLB (ELB-08)', async () => {
  await using site = await makeSite('door-tcp');
  await site.addServers(0, 1);
  const { elb, vpcId, subnetIds } = site;
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'net', Type: 'network', Subnets: [...subnetIds] });
  const { TargetGroups } = await elb.createTargetGroup({ Name: 'net', Protocol: 'TCP', Port: 80, VpcId: vpcId });
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn as string;
  await elb.createListener({
    LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
    Protocol: 'TCP',
    Port: 8_080,
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  });
  const { Reservations = [] } = await site.ec2.describeInstances({});
  const Id = Reservations[0]?.Instances?.[0]?.InstanceId as string;
  await elb.registerTargets({ TargetGroupArn, Targets: [{ Id }] });
  await site.ec2.authorizeSecurityGroupIngress({
    GroupId: site.serverGroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  await elb.modifyLoadBalancerAttributes({
    LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
    Attributes: [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }],
  });
  await site.cloud.clock.advance(60);
  await using ports = await openPorts(site);
  const port = ports.localPort(LoadBalancers?.[0]?.DNSName as string, 8_080, 'tcp') as number;
  const answer = await talk(net.connect(port, '127.0.0.1'), get, () => false);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toContain(Id);
});

test('Ports: an NLB passes resets on, from a client to its count, and of its own to the client', async () => {
  await using site = await makeSite('door-reset');
  const targets = await site.addServers(0, 1);
  await openServers(site);
  const balancer = await addNetworkBalancer(site, { port: 8_081, targets });
  await using ports = await openPorts(site);
  const at = ports.localPort(balancer.host, 8_081, 'tcp') as number;
  const ask = get.replace('Connection: close\r\n', '');
  const answer = async (): Promise<net.Socket> => {
    const socket = net.connect(at, '127.0.0.1');
    expect(await talk(socket, ask, (text) => text.includes('clientIp'))).toMatch(/^HTTP\/1\.1 200 /);
    return socket;
  };
  const first = await answer();
  const gone = once(first, 'close');
  first.resetAndDestroy();
  await gone;
  const second = await answer();
  await site.cloud.clock.advance(350);
  second.removeAllListeners('error');
  const broken = once(second, 'error');
  second.write(ask);
  expect(await broken).toEqual([expect.objectContaining({ code: 'ECONNRESET' })]);
  await site.cloud.clock.advance(60);
  const { MetricDataResults = [] } = await site.cloud.client(CloudWatch).getMetricData({
    StartTime: new Date('2026-03-02T09:00:00Z'),
    EndTime: site.cloud.clock.now(),
    MetricDataQueries: ['TCP_Client_Reset_Count', 'TCP_ELB_Reset_Count'].map((MetricName, id) => ({
      Id: `m${id}`,
      MetricStat: {
        Metric: {
          Namespace: 'AWS/NetworkELB',
          MetricName,
          Dimensions: [{ Name: 'LoadBalancer', Value: balancer.balancerArn.split(':loadbalancer/')[1] }],
        },
        Period: 3_600,
        Stat: 'Sum',
      },
    })),
  });
  expect(MetricDataResults.map(({ Values }) => Values)).toEqual([[1], [1]]);
});

/** A masked text frame, as clients send it. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, masked]);
}

test('WebSocket: passes through an ALB to a target, by name on the port of the cloud (ELB-04)', async () => {
  await using site = await makeSite('door-websocket');
  await site.addServers(0, 1);
  await site.cloud.clock.advance(30);
  const { port } = new URL(await site.cloud.listen());
  const ask = [
    'GET /chat HTTP/1.1',
    `Host: ${site.host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
  ];
  const socket = net.connect(Number(port), '127.0.0.1');
  const opened = await talk(socket, `${ask.join('\r\n')}\r\n\r\n`, (text) => text.includes('\r\n\r\n'));
  expect(opened).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
  expect(opened).toContain('sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  expect(await talk(socket, frame('hello'), (text) => text.includes('hello'))).toBe('\x81\x05hello');
  socket.destroy();
});

test('Ports: HTTP/2 is spoken with an HTTPS listener by TLS', async () => {
  await using site = await makeSite('door-http2');
  await site.addServers(0, 1);
  await addListener(site, 'HTTPS');
  await site.cloud.clock.advance(30);
  await using ports = await openPorts(site);
  const port = ports.localPort(site.host, 443, 'https') as number;
  const session = http2.connect('https://shop.example.com', {
    createConnection: () =>
      tls.connect({
        port,
        host: '127.0.0.1',
        servername: 'shop.example.com',
        rejectUnauthorized: false,
        ALPNProtocols: ['h2', 'http/1.1'],
      }),
  });
  const [status, text] = await new Promise<[number | undefined, string]>((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request({ ':path': '/shop', accept: 'application/json' });
    let code: number | undefined;
    let body = '';
    stream.on('response', (headers) => (code = headers[':status']));
    stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
    stream.on('end', () => resolve([code, body]));
  });
  expect([session.alpnProtocol, status, JSON.parse(text).target]).toEqual(['h2', 200, '/shop']);
  session.destroy();
});
