// Connections of load balancers' clients: how long they may be idle or last, and WebSockets through them.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { type ClassicSite, makeClassicSite } from '../../src/services/networking/elastic-load-balancing/fixture.ts';
import { makeSite, type Site } from './site.ts';

async function healthySite(seed: string): Promise<Site> {
  const site = await makeSite(seed);
  await site.addServers(0, 1);
  await site.cloud.clock.advance(30);
  return site;
}

/** With a server in each zone: by itself, a node sends to its own zone alone. */
async function healthyClassicSite(seed: string): Promise<ClassicSite & { readonly ids: readonly string[] }> {
  const site = await makeClassicSite(seed);
  const ids = [...(await site.launch('us-east-1a', 1)), ...(await site.launch('us-east-1b', 1))];
  const Instances = ids.map((InstanceId) => ({ InstanceId }));
  await site.elb.registerInstancesWithLoadBalancer({ LoadBalancerName: site.name, Instances });
  await site.cloud.clock.advance(400);
  return { ...site, ids };
}

const setAttribute = ({ elb, balancerArn }: Site, Key: string, Value: string) =>
  elb.modifyLoadBalancerAttributes({ LoadBalancerArn: balancerArn, Attributes: [{ Key, Value }] });

/** What comes until all of it is there. */
function read(socket: Duplex, isWhole: (text: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const hear = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (!isWhole(text)) return;
      socket.off('data', hear);
      resolve(text);
    };
    socket.on('data', hear).resume();
  });
}

async function connect({ cloud, host }: Pick<Site, 'cloud' | 'host'>): Promise<Duplex> {
  const doors = await cloud.inside.doors();
  const socket = await doors.connect(`${host}:80`, { address: '127.0.0.1', port: 40_000 });
  if (socket === undefined || typeof socket === 'string') throw new Error(`no connection: ${socket}`);
  return socket;
}

async function get(socket: Duplex): Promise<string> {
  socket.write('GET / HTTP/1.1\r\nHost: web\r\nAccept: application/json\r\n\r\n');
  return read(socket, (text) => text.includes('instanceId') && text.endsWith('}\n'));
}

test('ALB: a client’s connection is cut when nothing passes for the idle timeout, and not before', async () => {
  await using site = await healthySite('idle-client');
  const socket = await connect(site);
  const closed = once(socket, 'close');
  expect(await get(socket)).toMatch(/^HTTP\/1\.1 200 /);
  await site.cloud.clock.advance(50);
  expect(await get(socket)).toMatch(/^HTTP\/1\.1 200 /);
  await site.cloud.clock.advance(59);
  expect(socket.destroyed).toBe(false);
  await site.cloud.clock.advance(2);
  await closed;
  expect(socket.destroyed).toBe(true);
});

test('ALB: the answer after the client keepalive duration is the last one of its connection', async () => {
  await using site = await healthySite('old-client');
  await setAttribute(site, 'idle_timeout.timeout_seconds', '4000');
  const socket = await connect(site);
  const closed = once(socket, 'close');
  await site.cloud.clock.advance(3_500);
  expect(await get(socket)).not.toMatch(/^connection: close/im);
  await site.cloud.clock.advance(101);
  expect(await get(socket)).toMatch(/^connection: close/im);
  await closed;
});

test('Classic Load Balancer: a client’s connection is cut when nothing passes for the idle timeout', async () => {
  await using site = await healthyClassicSite('idle-classic');
  const socket = await connect(site);
  const closed = once(socket, 'close');
  expect(await get(socket)).toMatch(/^HTTP\/1\.1 200 /);
  await site.cloud.clock.advance(61);
  await closed;
  expect(socket.destroyed).toBe(true);
});

/** What was counted of a metric in the last minutes. */
async function sumOf(site: Site, MetricName: string): Promise<number> {
  const now = site.cloud.clock.now().getTime();
  const { Datapoints = [] } = await site.cloud.client(CloudWatch).getMetricStatistics({
    Namespace: 'AWS/ApplicationELB',
    MetricName,
    Dimensions: [{ Name: 'LoadBalancer', Value: site.balancerArn.split(':loadbalancer/')[1] }],
    StartTime: new Date(now - 600_000),
    EndTime: new Date(now),
    Period: 60,
    Statistics: ['Sum'],
  });
  return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
}

const Bucket = 'balancer-logs';

async function keepLogs(site: Site): Promise<void> {
  const s3 = site.cloud.client(S3);
  await s3.createBucket({ Bucket });
  const Resource = `arn:aws:s3:::${Bucket}/*`;
  const Statement = [{ Effect: 'Allow', Principal: { AWS: '127311923021' }, Action: 's3:PutObject', Resource }];
  await s3.putBucketPolicy({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
  await setAttribute(site, 'access_logs.s3.bucket', Bucket);
  await setAttribute(site, 'access_logs.s3.enabled', 'true');
}

/** The lines of the only log file, once it has been delivered. */
async function readLog(site: Site): Promise<string[]> {
  await site.cloud.clock.advance(300);
  const s3 = site.cloud.client(S3);
  const { Contents = [] } = await s3.listObjectsV2({ Bucket });
  const Key = Contents.find((object) => object.Key?.endsWith('.log.gz'))?.Key;
  const { Body } = await s3.getObject({ Bucket, Key });
  const text = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString();
  return text.trimEnd().split('\n');
}

test('ALB: a target that takes longer than the idle timeout is given up then: 504, counted and logged without its status', async () => {
  await using site = await healthySite('late-target');
  await keepLogs(site);
  const [id = ''] = Object.keys(await site.health());
  site.cloud.inside.parts.guests.behave(id, { latencyMs: 600_000 });
  // A clock that stands still lets nobody wait, and yet the target is too late.
  expect((await site.get()).status).toBe(504);
  await site.cloud.clock.resume(30);
  const started = site.cloud.clock.now().getTime();
  expect((await site.get()).status).toBe(504);
  const took = (site.cloud.clock.now().getTime() - started) / 1_000;
  await site.cloud.clock.freeze();
  expect(took).toBeGreaterThanOrEqual(60);
  expect(took).toBeLessThan(590);
  const [line = ''] = await readLog(site);
  expect(line).toMatch(/^http \S+ app\/web\/\S+ 198\.51\.100\.1:\d+ 10\.0\.0\.\d+:80 -1 -1 -1 504 - /);
  expect(await sumOf(site, 'HTTPCode_ELB_504_Count')).toBe(2);
  expect(await sumOf(site, 'TargetConnectionErrorCount')).toBe(0);
});

test('Classic Load Balancer: an instance that takes longer than the idle timeout: 504', async () => {
  await using site = await healthyClassicSite('late-instance');
  for (const id of site.ids) site.cloud.inside.parts.guests.behave(id, { latencyMs: 61_000 });
  expect((await site.get()).status).toBe(504);
});

const upgrade = (host: string): string =>
  [
    'GET /chat HTTP/1.1',
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    '\r\n',
  ].join('\r\n');

/** A masked text frame, as clients send it. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, masked]);
}

async function openSocket(site: Site): Promise<{ readonly socket: net.Socket; readonly answer: string }> {
  const { port } = new URL(await site.cloud.listen());
  const socket = net.connect(Number(port), '127.0.0.1');
  socket.write(upgrade(site.host));
  return { socket, answer: await read(socket, (text) => text.includes('\r\n\r\n')) };
}

test('ALB: a WebSocket is counted and logged when it ends, and is cut when it is idle', async () => {
  await using site = await healthySite('websocket-log');
  await keepLogs(site);
  const { socket, answer } = await openSocket(site);
  expect(answer).toMatch(/^HTTP\/1\.1 101 /);
  const closed = once(socket, 'close');
  for (let i = 0; i < 3; i++) {
    socket.write(frame('hello'));
    await read(socket, (text) => text.includes('hello'));
    await site.cloud.clock.advance(40);
  }
  await site.cloud.clock.advance(21);
  await closed;
  const [line = '', ...more] = await readLog(site);
  expect(more).toEqual([]);
  // Three frames of 11 bytes came, three of 7 went back after the head of the answer.
  const [type, , , , , , , , status, targetStatus, received, sent] = line.split(' ');
  expect([type, status, targetStatus]).toEqual(['ws', '101', '101']);
  expect(Number(received)).toBeGreaterThan(150 + 33);
  expect(Number(sent)).toBe(answer.length + 21);
  expect(await sumOf(site, 'RequestCount')).toBe(1);
  expect(await sumOf(site, 'NewConnectionCount')).toBe(2);
  expect(await sumOf(site, 'ActiveConnectionCount')).toBe(3);
  expect(await sumOf(site, 'ProcessedBytes')).toBeGreaterThan(200);
});

test('ALB: a WebSocket needs capacity, a rule and a target as any request does (ELB-18)', async () => {
  await using site = await healthySite('websocket-capacity');
  await site.cloud.load.add({ balancer: site.balancerArn, rate: 9_000 });
  await site.cloud.clock.advance(60);
  const { socket, answer } = await openSocket(site);
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  socket.destroy();
  await site.cloud.clock.advance(60);
  expect(await sumOf(site, 'RejectedConnectionCount')).toBeGreaterThan(0);
});
