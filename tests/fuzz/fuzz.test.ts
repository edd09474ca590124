// A flood of malformed requests against a listening cloud: it does not crash, hang, answer 5xx (but the honest 501), grow, or write
// outside its data folder.
//
// HAKONIWA_FUZZ_REQUESTS sets how many, HAKONIWA_SEED which; HAKONIWA_FUZZ_ONLY=NUMBER sends one of them and prints it.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeBuild } from '../durability/server.ts';
import { makeChance } from './chance.ts';
import { escapee } from './value.ts';
import { makeShot, type Shot } from './wire.ts';

const requests = Number(process.env['HAKONIWA_FUZZ_REQUESTS'] ?? 5_000);
const seed = Number(process.env['HAKONIWA_SEED'] ?? Date.now() % 1_000_000);
const only = process.env['HAKONIWA_FUZZ_ONLY'];
const connections = 24;
/** Longer than any answer takes: a long poll of 20 seconds. */
const patienceMs = 30_000;
const growthLimitBytes = 24 * 2 ** 20;

interface Usage {
  readonly heapUsed: number;
  readonly external: number;
}
type Message = { readonly port: number } | { readonly bug: string } | { readonly usage: Usage };

let sandbox: string;
let child: ChildProcess;
let port = 0;
let ended: number | NodeJS.Signals | undefined;
const bugs: string[] = [];

beforeAll(async () => {
  const library = makeBuild();
  sandbox = mkdtempSync(join(tmpdir(), 'hakoniwa-fuzz-'));
  for (const name of ['work', 'home', 'tmp']) mkdirSync(join(sandbox, name));
  const environment = { ...process.env, TMPDIR: join(sandbox, 'tmp'), HOME: join(sandbox, 'home') };
  child = fork(new URL('server.mjs', import.meta.url), [library, join(sandbox, 'data')], {
    execArgv: ['--expose-gc'],
    cwd: join(sandbox, 'work'),
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.on('exit', (code, signal) => (ended = signal ?? code ?? 0));
  port = await new Promise<number>((resolve) => {
    child.on('message', (message: Message) => {
      if ('port' in message) resolve(message.port);
      if ('bug' in message) bugs.push(message.bug);
    });
  });
}, 60_000);
afterAll(() => {
  child.kill('SIGKILL');
  rmSync(sandbox, { recursive: true, force: true });
});

/** The status of the answer; `closed` when the server ended the connection without one; `silent` when nothing came. */
const statusOf = ({ bytes, ends }: Shot): Promise<number | 'closed' | 'silent' | 'http2'> =>
  new Promise((settle) => {
    const socket = net.connect(port, '127.0.0.1');
    let head = '';
    const done = (status: number | 'closed' | 'silent' | 'http2'): void => {
      // Without waiting for a farewell: a hundred thousand ports would be in use.
      socket.resetAndDestroy();
      settle(status);
    };
    socket.setTimeout(patienceMs, () => done('silent'));
    socket.on('data', (chunk: Buffer) => {
      head = (head + chunk.toString('latin1')).slice(0, 4_096);
      if (!head.startsWith('HTTP')) {
        done('http2');
        return;
      }
      const statuses = [...head.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => Number(status));
      const status = statuses.find((one) => one >= 200);
      if (status !== undefined) done(status);
    });
    socket.on('error', () => done('closed'));
    socket.on('close', () => done('closed'));
    socket.on('connect', () => {
      socket.write(bytes);
      if (ends) socket.end();
    });
  });

const usage = (): Promise<Usage> =>
  new Promise((resolve) => {
    const listen = (message: Message): void => {
      if (!('usage' in message)) return;
      child.off('message', listen);
      resolve(message.usage);
    };
    child.on('message', listen);
    child.send('usage');
  });

interface Finding {
  readonly number: number;
  readonly kind: string;
  readonly status: number | string;
  readonly request: string;
}

const findings: Finding[] = [];
const seen = new Map<number | string, number>();

async function shoot(number: number): Promise<void> {
  const shot = makeShot(makeChance(seed, number));
  const status = await statusOf(shot);
  seen.set(status, (seen.get(status) ?? 0) + 1);
  const good = status === 501 || status === 'closed' || status === 'http2' || (status !== 'silent' && status < 500);
  if (good || findings.length >= 10) return;
  findings.push({ number, kind: shot.kind, status, request: shot.bytes.subarray(0, 900).toString('latin1') });
}

async function shootAll(from: number, to: number): Promise<void> {
  let next = from;
  const worker = async (): Promise<void> => {
    while (next < to && ended === undefined) await shoot(next++);
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

/** Bodies that stop coming: as many connections as a careless client opens. */
function openSlow(count: number): net.Socket[] {
  return Array.from({ length: count }, (_, at) => {
    const socket = net.connect(port, '127.0.0.1').on('error', () => {});
    socket.write(
      `PUT /bucket/slow-${at} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(at)}`,
    );
    return socket;
  });
}

test(`${requests} malformed requests (seed ${seed}): no crash, no hang, no 5xx, no growth, no file outside`, {
  timeout: 60_000 + requests * 10,
}, async () => {
  if (only !== undefined) {
    const shot = makeShot(makeChance(seed, Number(only)));
    console.log(shot.kind, shot.bytes.toString('latin1'), await statusOf(shot));
    expect(bugs).toEqual([]);
    return;
  }
  const slow = openSlow(200);
  // The first part loads every service and fills the caches of the engine.
  const warm = Math.floor(requests / 2);
  await shootAll(0, warm);
  const before = await usage();
  await shootAll(warm, requests);
  for (const socket of slow) socket.resetAndDestroy();
  expect(findings).toEqual([]);
  expect(bugs).toEqual([]);
  expect(ended).toBeUndefined();
  const after = await usage();
  expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(growthLimitBytes);
  const health = Buffer.from('GET /_hakoniwa/health HTTP/1.1\r\nhost: localhost\r\n\r\n');
  expect(await statusOf({ kind: 'sound', bytes: health, ends: false })).toBe(200);
  // Answers of many kinds, or the flood was none.
  expect([...seen.keys()].filter((status) => typeof status === 'number').length).toBeGreaterThan(3);

  expect(readdirSync(sandbox).sort()).toEqual(['data', 'home', 'tmp', 'work']);
  expect(readdirSync(join(sandbox, 'work'))).toEqual([]);
  expect(readdirSync(join(sandbox, 'home'))).toEqual([]);
  expect(readdirSync(tmpdir()).filter((name) => name.includes(escapee))).toEqual([]);
  const kept = readdirSync(join(sandbox, 'data'), { recursive: true, encoding: 'utf8' });
  const known = /^(?:format\.json|holder|rows\.mdb(?:-lock)?|blobs(?:\/[0-9a-f]{32})?)$/;
  expect(kept.filter((name) => !known.test(name))).toEqual([]);
});
