import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cloud, openCloud } from '../cloud.ts';
import { table } from '../kernel/table.ts';
import { bodyOf, emptyBody, type HttpRequest, type HttpResponse } from '../kernel/http.ts';
import { admin } from './door.ts';
import type { HouseOptions } from './house.ts';

interface Note {
  readonly name: string;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  readonly blob?: object;
}
const noteTables = { notes: table<Note>()({ key: (note) => note.name }) };

let cloud: Cloud;
let folder: string;
beforeEach(async () => {
  cloud = await openCloud({
    seed: 1,
    strict: true,
    clock: { kind: 'frozen' },
    startAt: new Date('2026-01-01T00:00:00Z'),
  });
  folder = await mkdtemp(join(tmpdir(), 'hakoniwa-admin-'));
});
afterEach(async () => {
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
});

const requestOf = (method: string, target: string, body?: unknown, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method,
  target,
  headers: { host: 'localhost:4566' },
  body: body === undefined ? emptyBody : bodyOf(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))),
  sourceIp: '127.0.0.1',
  secure: false,
  ...more,
});

async function send(request: HttpRequest, options: HouseOptions = {}): Promise<HttpResponse> {
  const answered = admin(request, cloud, options);
  if (answered === undefined) throw new Error(`${request.target} is not the admin API's`);
  return answered;
}

async function call(method: string, target: string, body?: unknown, options?: HouseOptions) {
  const response = await send(requestOf(method, target, body), options);
  return { status: response.status, value: JSON.parse(String(response.body)) };
}

const notes = () => cloud.store.state('test', noteTables, '000000000000', 'us-east-1').notes;
const put = (note: Note) => cloud.store.transaction(() => notes().put(note));

test('health: tells the version, also to who calls /health without a signature', async () => {
  expect((await call('GET', '/_hakoniwa/health')).value).toMatchObject({ status: 'running' });
  expect((await call('GET', '/health')).value).toMatchObject({ status: 'running' });
});

test('door: a signed request for a bucket called health or moto-api is not for the admin API', () => {
  const signed = { headers: { host: 'localhost:4566', authorization: 'AWS4-HMAC-SHA256 …' } };
  expect(admin(requestOf('GET', '/health', undefined, signed), cloud)).toBeUndefined();
  expect(admin(requestOf('GET', '/moto-api/key', undefined, signed), cloud)).toBeUndefined();
  expect(admin(requestOf('GET', '/bucket/_hakoniwa'), cloud)).toBeUndefined();
});

test('status: counts rows per service and table, and leaves the house’s own out', async () => {
  put({ name: 'a' });
  put({ name: 'b' });
  const { value } = await call('GET', '/_hakoniwa/status', undefined, { endpoint: 'http://localhost:1' });
  expect(value).toMatchObject({
    account: '000000000000',
    region: 'us-east-1',
    seed: '1',
    endpoint: 'http://localhost:1',
    state: { test: { notes: 2 } },
    clock: { now: '2026-01-01T00:00:00.000Z', mode: 'frozen', factor: 0 },
  });
  expect(Object.keys(value.state)).toEqual(['test']);
});

test('clock: advance takes days, ISO durations, seconds and instants', async () => {
  const advance = async (body: object) => (await call('POST', '/_hakoniwa/clock/advance', body)).value.now;
  expect(await advance({ by: '30d' })).toBe('2026-01-31T00:00:00.000Z');
  expect(await advance({ by: 'PT1H' })).toBe('2026-01-31T01:00:00.000Z');
  expect(await advance({ by: 90 })).toBe('2026-01-31T01:01:30.000Z');
  expect(await advance({ to: '2026-03-01T00:00:00Z' })).toBe('2026-03-01T00:00:00.000Z');
});

test('clock: refuses to go back, and what is no duration, without moving', async () => {
  for (const body of [{ to: '2025-01-01T00:00:00Z' }, { by: '-1h' }, { by: '1 month' }, { by: null }, {}, { to: 5 }]) {
    const { status, value } = await call('POST', '/_hakoniwa/clock/advance', body);
    expect([status, value.error.code]).toEqual([400, 'BadRequest']);
    expect(value.error.remedy).not.toBe('');
  }
  expect(cloud.clock.now()).toBe(Date.parse('2026-01-01T00:00:00Z'));
});

test('clock: freezes, runs and scales', async () => {
  expect((await call('POST', '/_hakoniwa/clock/scale', { factor: 60 })).value).toMatchObject({
    mode: 'scaled',
    factor: 60,
  });
  expect((await call('POST', '/_hakoniwa/clock/resume')).value).toMatchObject({ mode: 'real', factor: 1 });
  expect((await call('POST', '/_hakoniwa/clock/freeze')).value).toMatchObject({ mode: 'frozen', factor: 0 });
  for (const factor of [0, -1, 'x', 1e9, null])
    expect((await call('POST', '/_hakoniwa/clock/scale', { factor })).status).toBe(400);
  expect((await call('POST', '/_hakoniwa/clock/constructor')).status).toBe(404);
});

test('reset: forgets rows and requests', async () => {
  put({ name: 'a' });
  await cloud.call('sts', 'GetCallerIdentity', {});
  expect((await call('POST', '/_hakoniwa/reset')).value).toMatchObject({ reset: true });
  expect(notes().size).toBe(0);
  expect(cloud.requests.list()).toEqual([]);
});

test('snapshots: save, change, load by name; list and delete', async () => {
  put({ name: 'a', text: 'before' });
  expect((await call('POST', '/_hakoniwa/snapshots', { name: 'one' })).status).toBe(201);
  put({ name: 'a', text: 'after' });
  await cloud.advance(60);
  await call('POST', '/_hakoniwa/reset');
  await call('POST', '/_hakoniwa/snapshots/load', { name: 'one' });
  expect(notes().find('a')).toEqual({ name: 'a', text: 'before' });
  expect(cloud.clock.now()).toBe(Date.parse('2026-01-01T00:00:00Z'));
  expect((await call('GET', '/_hakoniwa/snapshots')).value.snapshots).toMatchObject([{ name: 'one' }]);
  expect((await call('DELETE', '/_hakoniwa/snapshots/one')).value).toEqual({ deleted: 'one' });
  const gone = await call('POST', '/_hakoniwa/snapshots/load', { name: 'one' });
  expect([gone.status, gone.value.error.code]).toEqual([404, 'NoSuchSnapshot']);
});

test('snapshots: a file carries rows, bytes and bodies to another cloud', async () => {
  const body = Buffer.alloc(100_000, 'body');
  const blob = await cloud.blobs.write(body);
  const awkward = { $bytes: 'not bytes', $row: { inner: 1 }, list: [null, 'x\u2028', 1e21] };
  cloud.store.transaction(() => {
    notes().put({ name: '日本\u0000語', bytes: new Uint8Array([0, 255, 10]), blob: awkward });
    notes().put({ name: 'big', blob });
    cloud.blobs.keep(blob);
  });
  const file = join(folder, 'state.hakoniwa');
  const saved = await call('POST', '/_hakoniwa/snapshots', { file });
  expect(saved.value).toMatchObject({ file, bodies: 1 });

  const first = cloud;
  cloud = await openCloud({ seed: 2 });
  const loaded = await call('POST', '/_hakoniwa/snapshots/load', { file });
  expect(loaded.value).toMatchObject({ rows: saved.value.rows, bodies: 1 });
  expect(notes().find('日本\u0000語')).toEqual({
    name: '日本\u0000語',
    bytes: new Uint8Array([0, 255, 10]),
    blob: awkward,
  });
  await first.close();
  expect(Buffer.from(await cloud.blobs.bytes(blob)).equals(body)).toBe(true);
  expect(await cloud.blobs.removeOrphans()).toBe(0);
});

test('snapshots: a damaged, foreign or newer file is refused and changes nothing', async () => {
  const body = await cloud.blobs.write(Buffer.alloc(50_000, 7));
  cloud.store.transaction(() => {
    notes().put({ name: 'kept', blob: body });
    cloud.blobs.keep(body);
  });
  const file = join(folder, 'state.hakoniwa');
  await call('POST', '/_hakoniwa/snapshots', { file });
  put({ name: 'later' });
  const whole = await readFile(file);
  const text = gunzipSync(whole).toString('latin1');
  const variants: readonly (readonly [string, Buffer])[] = [
    ['cut', whole.subarray(0, whole.byteLength - 20)],
    ['bit', Buffer.from(whole.map((byte, at) => (at === whole.byteLength - 12 ? byte ^ 1 : byte)))],
    ['checksum', Buffer.from(whole.map((byte, at) => (at === whole.byteLength - 6 ? byte ^ 1 : byte)))],
    ['text', Buffer.from('hello')],
    ['empty', Buffer.alloc(0)],
    ['short', gzipSync(Buffer.from(text.slice(0, -200), 'latin1'))],
    ['newer', gzipSync(Buffer.from(text.replace('"format":1', '"format":99'), 'latin1'))],
    ['lost row', gzipSync(Buffer.from(text.replace(/\n\["test[^\n]*/, ''), 'latin1'))],
  ];
  for (const [name, content] of variants) {
    const damaged = join(folder, `${name}.hakoniwa`);
    await writeFile(damaged, content);
    const { status, value } = await call('POST', '/_hakoniwa/snapshots/load', { file: damaged });
    expect([name, status, value.error.code]).toEqual([name, 409, 'SnapshotFile']);
    expect(
      notes()
        .list()
        .map((note) => note.name),
    ).toEqual(['kept', 'later']);
    expect((await cloud.blobs.bytes(body)).byteLength).toBe(50_000);
  }
  const newer = await call('POST', '/_hakoniwa/snapshots/load', { file: join(folder, 'newer.hakoniwa') });
  expect(newer.value.error.message).toContain('newer Hakoniwa');
  const missing = await call('POST', '/_hakoniwa/snapshots/load', { file: join(folder, 'none') });
  expect(missing.value.error.message).toContain('There is no file');
});

test('snapshots: saving overwrites a snapshot and nothing else', async () => {
  const file = join(folder, 'state.hakoniwa');
  await call('POST', '/_hakoniwa/snapshots', { file });
  expect((await call('POST', '/_hakoniwa/snapshots', { file })).status).toBe(201);
  const precious = join(folder, 'thesis.txt');
  await writeFile(precious, 'ten years');
  expect((await call('POST', '/_hakoniwa/snapshots', { file: precious })).status).toBe(409);
  expect(await readFile(precious, 'utf8')).toBe('ten years');
  expect((await call('POST', '/_hakoniwa/snapshots', { file: join(folder, 'none', 'x') })).status).toBe(409);
  for (const body of [{}, { name: '../x' }, { file: 'relative' }, { name: 'a', file: '/b' }, { name: '' }])
    expect((await call('POST', '/_hakoniwa/snapshots', body)).status).toBe(400);
  await truncate(file, 0);
});

test('requests: filters by service, operation, status and account', async () => {
  await cloud.call('sts', 'GetCallerIdentity', {});
  await cloud.call('sts', 'GetCallerIdentity', {}, { account: '123456789012' });
  const count = async (query: string) => (await call('GET', `/_hakoniwa/requests?${query}`)).value.requests.length;
  // Calls inside the process count as internal.
  expect(await count('')).toBe(0);
  expect(await count('internal')).toBe(2);
  expect(await count('internal&service=STS&operation=getcalleridentity')).toBe(2);
  expect(await count('internal&account=123456789012')).toBe(1);
  expect(await count('internal&status=2xx&limit=1')).toBe(1);
  expect(await count('internal&status=error')).toBe(0);
  expect((await call('GET', '/_hakoniwa/requests?status=good')).status).toBe(400);
  expect((await call('GET', '/_hakoniwa/requests?limit=-1')).status).toBe(400);
});

test('requests: following gives the past, then each new one, until the client leaves', async () => {
  await cloud.call('sts', 'GetCallerIdentity', {});
  let leave: () => void = () => {};
  const onGone = (gone: () => void): void => void (leave = gone);
  const response = await send(requestOf('GET', '/_hakoniwa/requests?follow&internal', undefined, { onGone }));
  const lines: string[] = [];
  const reading = (async () => {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      lines.push(...Buffer.from(chunk).toString().split('\n').filter(Boolean));
      if (lines.length === 1) await cloud.call('sts', 'GetCallerIdentity', {}, { region: 'eu-west-1' });
      if (lines.length === 2) leave();
    }
  })();
  await reading;
  expect(lines.map((line) => JSON.parse(line).region)).toEqual(['us-east-1', 'eu-west-1']);
});

test('jobs: tells what is to come, in order', async () => {
  const job = { service: 'sqs', account: '000000000000', region: 'us-east-1', data: { id: 1 } };
  cloud.store.transaction(() => {
    cloud.jobs.add({ ...job, at: (cloud.clock.now() + 5_000) as never, name: 'second' });
    cloud.jobs.add({ ...job, at: (cloud.clock.now() + 1_000) as never, name: 'first' });
  });
  const { value } = await call('GET', '/_hakoniwa/jobs');
  expect(value).toMatchObject({
    total: 2,
    jobs: [{ name: 'first', at: '2026-01-01T00:00:01.000Z' }, { name: 'second' }],
  });
  expect((await call('GET', '/_hakoniwa/jobs?service=s3')).value.total).toBe(0);
  expect((await call('GET', '/_hakoniwa/clock')).value.nextJob).toMatchObject({ inSeconds: 1, what: 'sqs.first' });
});

test('services: counts what is built of each model', async () => {
  const { value } = await call('GET', '/_hakoniwa/services');
  const sts = value.services.find((service: { name: string }) => service.name === 'sts');
  expect(sts.shelf).toBe('security');
  expect(sts.done).toBeGreaterThan(0);
  expect(sts.modelled).toBeGreaterThanOrEqual(sts.done);
  expect((await call('GET', '/_hakoniwa/services/sts')).value.operations).toContain('GetCallerIdentity');
  expect((await call('GET', '/_hakoniwa/services/none')).status).toBe(404);
});

test('stop: ends the process that said how, and no program around a cloud', async () => {
  expect((await call('POST', '/_hakoniwa/stop')).value.error.code).toBe('Embedded');
  const stopped = new Promise<void>((resolve) => void call('POST', '/_hakoniwa/stop', {}, { stop: resolve }));
  await stopped;
});

test('aliases: what LocalStack’s and moto’s tools call is answered', async () => {
  expect((await call('GET', '/_localstack/health')).value.services).toMatchObject({ sts: 'running' });
  expect((await call('GET', '/_localstack/info')).value).toMatchObject({ is_license_activated: false });
  expect((await call('GET', '/_localstack/init/ready')).value).toEqual({ completed: true, scripts: [] });
  for (const path of ['/_localstack/state/reset', '/moto-api/reset']) {
    put({ name: 'a' });
    expect((await call('POST', path)).value).toEqual({ status: 'ok' });
    expect(notes().size).toBe(0);
  }
  expect((await call('POST', '/moto-api/state-manager/set-transition', { model_name: 'x' })).status).toBe(201);
  expect((await call('GET', '/_localstack/nothing')).status).toBe(404);
});

test('router: unknown paths, wrong methods and broken bodies say what to do', async () => {
  expect((await call('GET', '/_hakoniwa/nothing')).value.error).toMatchObject({ code: 'NoSuchPath' });
  const wrong = await call('GET', '/_hakoniwa/reset');
  expect([wrong.status, wrong.value.error.remedy]).toEqual([405, 'Use POST.']);
  for (const body of ['{', '[]', '"x"', 'null'])
    expect((await call('POST', '/_hakoniwa/reset', body)).status).toBe(400);
  expect((await call('DELETE', '/_hakoniwa/snapshots/%E0%A4%A')).status).toBe(400);
});

const refusals: readonly (readonly [string, Partial<HttpRequest>, string])[] = [
  ['a page of another site', { headers: { host: 'localhost:4566', origin: 'https://evil.example' } }, 'ForeignOrigin'],
  ['a sandboxed page', { headers: { host: 'localhost:4566', origin: 'null' } }, 'ForeignOrigin'],
  [
    'a link from another site',
    { headers: { host: 'localhost:4566', 'sec-fetch-site': 'cross-site' } },
    'ForeignOrigin',
  ],
  ['a rebound name', { headers: { host: 'evil.example:4566' } }, 'ForeignHost'],
  ['a name that only begins well', { headers: { host: 'localhost.evil.example' } }, 'ForeignHost'],
  ['no name', { headers: {} }, 'ForeignHost'],
  ['another machine', { sourceIp: '192.168.1.7' }, 'NotLocal'],
];
test.each(refusals)('guard: refuses %s', async (_, more, code) => {
  put({ name: 'a' });
  const response = await send(requestOf('POST', '/_hakoniwa/reset', {}, more));
  const { error } = JSON.parse(String(response.body));
  expect([response.status, error.code]).toEqual([403, code]);
  expect(error.remedy).not.toBe('');
  expect(notes().size).toBe(1);
});

test('guard: a form of a local page is refused, its JSON is taken and may be read', async () => {
  const origin = 'http://localhost:5173';
  const form = { host: 'localhost:4566', origin, 'content-type': 'application/x-www-form-urlencoded' };
  expect((await send(requestOf('POST', '/_hakoniwa/reset', '', { headers: form }))).status).toBe(415);
  const asJson = { ...form, 'content-type': 'application/json' };
  const taken = await send(requestOf('POST', '/_hakoniwa/reset', {}, { headers: asJson }));
  expect([taken.status, taken.headers['access-control-allow-origin']]).toEqual([200, origin]);
});

test('guard: names of this machine, and those that were allowed, are answered', async () => {
  for (const host of ['127.0.0.1:4566', '[::1]:4566', 'x.localhost', 's3.localhost.localstack.cloud:4566', 'LOCALHOST'])
    expect((await send(requestOf('GET', '/_hakoniwa/health', undefined, { headers: { host } }))).status).toBe(200);
  const remote = requestOf('GET', '/_hakoniwa/health', undefined, {
    headers: { host: 'aws:4566' },
    sourceIp: '10.0.0.2',
  });
  expect((await send(remote, { hosts: ['aws'] })).status).toBe(200);
});

test('identity keys: a provider’s key set is taken as it is published, listed, replaced and forgotten', async () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const set = { keys: [publicKey.export({ format: 'jwk' })] };
  const at = '/_hakoniwa/identity-keys?issuer=https://ci.example.com';
  expect((await call('POST', at, set)).value).toEqual({ issuer: 'https://ci.example.com', keys: 1 });
  expect((await call('POST', '/_hakoniwa/identity-keys', { issuer: 'https://b.example.com/x/', ...set })).status).toBe(
    200,
  );
  const issuers = [
    { issuer: 'https://b.example.com/x', keys: 1 },
    { issuer: 'https://ci.example.com', keys: 1 },
  ];
  expect((await call('GET', '/_hakoniwa/identity-keys')).value).toEqual({ issuers });
  await call('POST', at, { keys: [] });
  expect((await call('GET', '/_hakoniwa/identity-keys')).value).toEqual({ issuers: issuers.slice(0, 1) });
  expect((await call('POST', at, { keys: [{ kty: 'oct', k: 'AAAA' }] })).status).toBe(400);
  expect((await call('POST', at, {})).status).toBe(400);
  expect((await call('POST', '/_hakoniwa/identity-keys?issuer=ci.example.com', set)).status).toBe(400);
});

test('load: says when nothing is called so yet, by name or ARN', async () => {
  const add = async (balancer: string) => (await call('POST', '/_hakoniwa/load', { balancer, rate: 5 })).value;
  expect(await add('web')).toMatchObject({ state: 'active', note: 'No load balancer is called web yet.' });
  await cloud.call('elastic-load-balancing', 'CreateLoadBalancer', {
    LoadBalancerName: 'Web',
    Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 80 }],
    AvailabilityZones: ['us-east-1a'],
  });
  const arn = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/Web';
  for (const name of ['Web', arn]) expect(await add(name)).not.toHaveProperty('note');
});

test('welcome: a browser at the root sees what this is; a program, or the name of a bucket, gets S3', async () => {
  const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
  const page = await send(requestOf('GET', '/', undefined, { headers: { host: 'localhost:4566', accept } }));
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(String(page.body)).toContain('aws --endpoint-url http://localhost:4566 s3 ls');
  expect(String(page.body)).toMatch(/<a href="\/_hakoniwa\/services\/s3">s3<\/a> <small>\d+\/\d+<\/small>/);
  const authorization = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request';
  for (const headers of [
    { host: 'localhost:4566' },
    { host: 'localhost:4566', accept: '*/*' },
    { host: 'localhost:4566', accept, authorization },
    { host: 'photos.s3.localhost:4566', accept },
  ])
    expect(admin(requestOf('GET', '/', undefined, { headers }), cloud)).toBeUndefined();
  expect(admin(requestOf('POST', '/', '', { headers: { host: 'localhost:4566', accept } }), cloud)).toBeUndefined();
});
