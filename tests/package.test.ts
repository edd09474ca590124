// The published form: what `npm pack` makes, installed in an empty folder, runs as a command and as a library of either kind.
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { version } from '../src/kernel/version.ts';

const root = new URL('..', import.meta.url).pathname;
const sizeLimitBytes = 30 * 2 ** 20;
const run = promisify(execFile);
const main = 'node_modules/hakoniwa/dist/cli/main.js';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hakoniwa-package-'));
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
  const [{ filename }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('['))) as [{ filename: string }];
  await writeFile(join(folder, 'package.json'), '{"name":"empty","private":true}');
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, filename)];
  await run('npm', install, { cwd: folder });
}, 240_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function sizeOf(path: string): Promise<number> {
  let sizeBytes = 0;
  for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) sizeBytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return sizeBytes;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });

const identity = (endpoint: string): Promise<Response> =>
  fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  });

/** Runs the installed command; its exit code and what it said. */
function command(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    const child = spawn(process.execPath, [main, ...words], { cwd: folder, env: { ...process.env, ...environment } });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

async function started(port: number, words: readonly string[] = []) {
  const child = spawn(process.execPath, [main, 'start', '--port', String(port), ...words], { cwd: folder });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => chunk.toString().includes('ready') && resolve());
    child.on('close', (code) => reject(new Error(`ended with ${code} before it was ready`)));
  });
  return { child, ended };
}

test('package: the version in the code is the version of the package', () => {
  expect(version).toBe(manifest.version);
});

test('package: installed it stays under 30 MB, and brings nothing but lmdb', async () => {
  expect(await sizeOf(join(folder, 'node_modules'))).toBeLessThan(sizeLimitBytes);
  const names = (await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'));
  const optional = ['lmdb', '@lmdb', 'msgpackr', 'msgpackr-extract', '@msgpackr-extract', 'node-addon-api'];
  const more = ['node-gyp-build-optional-packages', 'ordered-binary', 'weak-lru-cache', 'detect-libc', '@harperfast'];
  expect(names.filter((name) => !['hakoniwa', ...optional, ...more].includes(name))).toEqual([]);
});

test('package: carries licence and notices, and neither sources nor tests', async () => {
  const files = await readdir(join(folder, 'node_modules/hakoniwa'));
  expect(files.sort()).toEqual(['LICENSE', 'NOTICE', 'README.ja.md', 'README.md', 'dist', 'package.json']);
  const all = await readdir(join(folder, 'node_modules/hakoniwa/dist'), { recursive: true });
  expect(all.filter((name) => /\.test\./.test(name))).toEqual([]);
});

test('npx hakoniwa: starts, answers AWS, tells its status, stops', { timeout: 60_000 }, async () => {
  const port = await freePort();
  const npx = spawn('npx', ['hakoniwa', 'start', '--port', String(port), '--account', '123456789012'], { cwd: folder });
  const ended = new Promise<number | null>((resolve) => npx.on('close', resolve));
  await new Promise<void>((resolve) => npx.stdout.on('data', (text: Buffer) => text.includes('ready') && resolve()));
  const answer = await identity(`http://127.0.0.1:${port}`);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('<Account>123456789012</Account>');

  const status = await command(['status', '--endpoint', String(port), '--json']);
  expect(JSON.parse(status.out)).toMatchObject({ status: 'running', account: '123456789012', version });
  const requests = await command(['requests'], { HAKONIWA_ENDPOINT: `http://127.0.0.1:${port}` });
  expect(requests.out).toMatch(/sts\s+GetCallerIdentity\s+200/);

  const second = await command(['start', '--port', String(port)]);
  expect(second.code).toBe(4);
  expect(second.err).toMatch(/A Hakoniwa runs at port \d+ already: process \d+, account 123456789012, in memory/);
  expect(second.err).toContain('hakoniwa stop');

  expect((await command(['stop', '--endpoint', String(port)])).code).toBe(0);
  expect(await ended).toBe(0);
  const gone = await command(['status', '--endpoint', String(port)]);
  expect([gone.code, gone.err.includes('hakoniwa start')]).toEqual([3, true]);
});

test('start: a port of another program is told as such', async () => {
  const other = net.createServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as net.AddressInfo;
  const refused = await command(['start', '--port', String(port)]);
  other.close();
  expect([refused.code, refused.err.includes('taken by another program')]).toEqual([4, true]);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  'start: %s closes the data folder, and the data is there again',
  async (signal) => {
    const data = join(folder, `data-${signal}`);
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const first = await started(port, ['--data', data]);
    await command(['clock', 'freeze', '--endpoint', endpoint]);
    await command(['clock', 'advance', '30d', '--endpoint', endpoint]);
    const before = JSON.parse((await command(['clock', '--json', '--endpoint', endpoint])).out);
    first.child.kill(signal);
    expect(await first.ended).toBe(0);

    const second = await started(port, ['--data', data]);
    const after = JSON.parse((await command(['clock', 'show', '--json', '--endpoint', endpoint])).out);
    expect([after.now, after.mode]).toEqual([before.now, 'frozen']);
    second.child.kill(signal);
    expect(await second.ended).toBe(0);
  },
  60_000,
);

test('run: starts a cloud for the command, sets the AWS variables, and passes its exit code on', async () => {
  const port = await freePort();
  const script = 'process.stdout.write(process.env.AWS_ENDPOINT_URL+process.env.AWS_PROFILE);process.exit(7)';
  const ran = await command(['run', '--endpoint', String(port), '--', 'node', '-e', script], { AWS_PROFILE: 'work' });
  expect(ran).toMatchObject({ code: 7, out: `http://localhost:${port}undefined` });
  expect((await command(['run', '--endpoint', String(port), '--', 'no-such-command'])).code).toBe(127);
});

test.each([
  [['start', '--prot', '1'], 'start --help'],
  [['start', '--port', 'x'], '0 to 65535'],
  [['start', '--account', '12'], 'twelve digits'],
  [['start', '--clock', 'fast'], '10x'],
  [['start', '--iam', 'maybe'], 'explain'],
  [['statsu'], 'status'],
  [['clock', 'advance'], '--help'],
])('%j is a wrong command line, and says what is right', async (words, hint) => {
  const { code, err } = await command(words);
  expect([code, err.includes(hint)]).toEqual([2, true]);
});

test('--help teaches with examples', async () => {
  for (const words of [['--help'], ['start', '--help'], ['snapshot', '--help'], ['run', '--help']]) {
    const { code, out } = await command(words);
    expect(code).toBe(0);
    expect(out).toContain('hakoniwa ');
  }
  expect((await command(['start', '--help'])).out).toContain('Examples:');
});

/** A library user has SDK clients of their own. */
async function giveSdk(): Promise<void> {
  await mkdir(join(folder, 'node_modules/@aws-sdk'), { recursive: true });
  const link = join(folder, 'node_modules/@aws-sdk/client-sts');
  await symlink(join(root, 'node_modules/@aws-sdk/client-sts'), link).catch(() => {});
}

const libraryUse = `
  const cloud = await startCloud({ account: '123456789012' });
  const { Account } = await cloud.client(STSClient).send(new GetCallerIdentityCommand({}));
  const endpoint = await cloud.listen();
  const health = await (await fetch(endpoint + '/_hakoniwa/health')).json();
  await cloud.close();
  console.log(Account, health.status);`;

test('library: import { startCloud } from "hakoniwa"', async () => {
  await giveSdk();
  const file = join(folder, 'use.mjs');
  const imports = `import { startCloud } from 'hakoniwa';\nimport { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';`;
  await writeFile(file, `${imports}\n${libraryUse}`);
  expect((await run(process.execPath, [file])).stdout).toBe('123456789012 running\n');
});

test('library: const { startCloud } = require("hakoniwa")', async () => {
  await giveSdk();
  const file = join(folder, 'use.cjs');
  const imports = `const { startCloud } = require('hakoniwa');\nconst { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');`;
  await writeFile(file, `${imports}\n(async () => {${libraryUse}})();`);
  expect((await run(process.execPath, [file])).stdout).toBe('123456789012 running\n');
});

test('library: its types need no package of ours, for either kind of module', { timeout: 120_000 }, async () => {
  const consumer = join(folder, 'typed');
  await mkdir(join(consumer, 'node_modules/@types'), { recursive: true });
  await symlink(join(folder, 'node_modules/hakoniwa'), join(consumer, 'node_modules/hakoniwa'));
  await cp(join(root, 'node_modules/@types/node'), join(consumer, 'node_modules/@types/node'), { recursive: true });
  await symlink(join(root, 'node_modules/undici-types'), join(consumer, 'node_modules/undici-types')).catch(() => {});
  const use = `import { startCloud, type CloudOptions } from 'hakoniwa';
const options: CloudOptions = { seed: 1, clock: { kind: 'frozen' } };
export async function use(): Promise<Date> {
  const cloud = await startCloud(options);
  await cloud.clock.advance(30 * 86_400);
  await cloud.reset();
  await using fork = await cloud.fork();
  const endpoint: string = await fork.listen({ port: 0 });
  return endpoint === '' ? new Date(0) : cloud.clock.now();
}
// @ts-expect-error -- a seed is no object
void startCloud({ seed: {} });
`;
  await writeFile(join(consumer, 'use.mts'), use);
  await writeFile(join(consumer, 'use.cts'), use);
  const tsc = join(root, 'node_modules/typescript-7/bin/tsc');
  const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  const checked = await run(process.execPath, [tsc, ...flags, '--preserveSymlinks', 'use.mts', 'use.cts'], {
    cwd: consumer,
  }).catch((error: { stdout: string }) => ({ stdout: error.stdout || String(error) }));
  expect(checked.stdout).toBe('');
  expect(await readFile(join(folder, 'node_modules/hakoniwa/dist/types/embed/index.d.ts'), 'utf8')).toContain(
    'startCloud',
  );
});
