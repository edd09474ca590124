// `hakoniwa doctor`: what this machine has and lacks, each with a remedy.
import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { access, constants, readFile, statfs } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import type { StatusView } from '../admin/status.ts';
import { writeDuration } from '../kernel/duration.ts';
import { gibibyte } from '../kernel/units.ts';
import { type CommonOptions, endpointOf } from './connect.ts';
import { findCloud } from './port.ts';
import { padded, paint, show } from './terminal.ts';

type Verdict = 'good' | 'note' | 'bad';

interface Finding {
  readonly what: string;
  readonly verdict: Verdict;
  readonly found: string;
  readonly remedy?: string | undefined;
}

type Options = CommonOptions & { readonly data?: string };

interface Patient {
  readonly endpoint: string;
  readonly running: StatusView | undefined;
  readonly dataFolder: string | undefined;
}

type Check = (patient: Patient) => Finding | Promise<Finding>;

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  return {
    what: 'Node.js',
    verdict: fits ? 'good' : 'bad',
    found: process.version,
    remedy: fits ? undefined : 'Hakoniwa needs Node 20.19 or newer.',
  };
}

const isOpen = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 1_000 });
    const end = (open: boolean) => (): void => {
      socket.destroy();
      resolve(open);
    };
    socket.on('connect', end(true)).on('error', end(false)).on('timeout', end(false));
  });

async function port({ endpoint, running }: Patient): Promise<Finding> {
  const what = 'port';
  if (running !== undefined)
    return {
      what,
      verdict: 'good',
      found: `Hakoniwa ${running.version} answers at ${endpoint}, process ${running.pid}`,
    };
  const { hostname, port: given } = new URL(endpoint);
  if (!(await isOpen(hostname.replaceAll(/[[\]]/g, ''), Number(given === '' ? 80 : given)))) {
    return { what, verdict: 'note', found: `nothing runs at ${endpoint}`, remedy: 'Start a cloud: hakoniwa start' };
  }
  return {
    what,
    verdict: 'bad',
    found: `another program answers at ${endpoint}`,
    remedy: `End it, or start at another port: hakoniwa start --port 4600`,
  };
}

/** More than this, and signatures of clients that do not correct themselves look expired. */
const driftLimitSeconds = 300;

function clock({ running }: Patient): Finding {
  const what = 'clock';
  if (running === undefined) return { what, verdict: 'note', found: 'no cloud runs' };
  const { mode, aheadSeconds } = running.clock;
  const away = Math.abs(aheadSeconds);
  const found = `${mode}, ${away < 1 ? 'as this machine' : `${writeDuration(away)} ${aheadSeconds > 0 ? 'ahead' : 'behind'}`}`;
  if (away <= driftLimitSeconds) return { what, verdict: 'good', found };
  return {
    what,
    verdict: 'note',
    found,
    remedy: 'Presigned URLs and session tokens live on the cloud\'s clock. "hakoniwa reset" sets it back.',
  };
}

async function database(): Promise<Finding> {
  const what = 'lmdb';
  try {
    await import('lmdb');
    return { what, verdict: 'good', found: 'installed: --data works' };
  } catch {
    return { what, verdict: 'note', found: 'not installed: everything stays in memory', remedy: 'npm install lmdb' };
  }
}

const needBytes = gibibyte;

async function data({ dataFolder, running }: Patient): Promise<Finding> {
  const what = 'data';
  const folder = dataFolder ?? running?.dataFolder;
  if (folder === undefined)
    return { what, verdict: 'good', found: 'in memory; to keep it: hakoniwa start --data FOLDER' };
  try {
    await access(folder, constants.R_OK | constants.W_OK);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing) return { what, verdict: 'note', found: `${folder} does not exist yet; start makes it` };
    return {
      what,
      verdict: 'bad',
      found: `${folder} may not be written to`,
      remedy: `Check its owner: ls -ld ${folder}`,
    };
  }
  const format = await readFile(join(folder, 'format.json'), 'utf8').catch(() => '');
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const found = `${folder}, ${(freeBytes / gibibyte).toFixed(1)} GiB free${format === '' ? ', empty' : ''}`;
  if (freeBytes >= needBytes) return { what, verdict: 'good', found };
  return { what, verdict: 'bad', found, remedy: 'Free some space: a full disk makes every change fail.' };
}

const outputOf = (program: string, words: readonly string[]): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile(program, words, { timeout: 10_000 }, (error, out, err) =>
      resolve(error === null ? `${out}${err}`.trim() : undefined),
    );
  });

async function awsCli(): Promise<Finding> {
  const what = 'AWS CLI';
  const found = (await outputOf('aws', ['--version']))?.split(' ')[0];
  if (found === undefined)
    return {
      what,
      verdict: 'note',
      found: 'not found',
      remedy: 'Only needed for the examples: https://aws.amazon.com/cli/',
    };
  const old = /^aws-cli\/1\.(?:[0-9]|[12]\d)\./.test(found);
  return {
    what,
    verdict: old ? 'note' : 'good',
    found,
    remedy: old ? 'Before 1.30 it does not know AWS_ENDPOINT_URL: give --endpoint-url.' : undefined,
  };
}

function variables({ endpoint }: Patient): Finding {
  const what = 'environment';
  const { AWS_ENDPOINT_URL, AWS_PROFILE, HTTP_PROXY, http_proxy, NO_PROXY, no_proxy } = process.env;
  const proxied =
    (HTTP_PROXY ?? http_proxy) !== undefined && !/localhost|127\.0\.0\.1|\*/.test(NO_PROXY ?? no_proxy ?? '');
  if (proxied) {
    return {
      what,
      verdict: 'bad',
      found: 'HTTP_PROXY is set and leaves no local names out',
      remedy: 'export NO_PROXY=localhost,127.0.0.1',
    };
  }
  if (AWS_ENDPOINT_URL === undefined) {
    return {
      what,
      verdict: 'note',
      found: 'AWS_ENDPOINT_URL is not set: AWS tools talk to the real cloud',
      remedy: 'eval "$(hakoniwa env)", or: hakoniwa run -- COMMAND',
    };
  }
  const profile = AWS_PROFILE === undefined ? '' : `; AWS_PROFILE is ${AWS_PROFILE}`;
  return { what, verdict: 'good', found: `AWS_ENDPOINT_URL is ${AWS_ENDPOINT_URL}${profile} (asked: ${endpoint})` };
}

async function names(): Promise<Finding> {
  const what = '*.localhost';
  const address = await lookup('bucket.s3.localhost').catch(() => undefined);
  if (address !== undefined) return { what, verdict: 'good', found: `bucket.s3.localhost is ${address.address}` };
  return {
    what,
    verdict: 'note',
    found: 'this system does not resolve names under localhost',
    remedy: 'Use path style for S3 (forcePathStyle: true), which needs no such names.',
  };
}

const checks: readonly Check[] = [node, port, clock, database, data, awsCli, variables, names];
const marks: Readonly<Record<Verdict, string>> = { good: '✔', note: '•', bad: '✘' };
const styles = { good: 'green', note: 'yellow', bad: 'red' } as const;

export async function doctor(options: Options): Promise<void> {
  const endpoint = endpointOf(options);
  const patient: Patient = { endpoint, running: await findCloud(endpoint), dataFolder: options.data };
  const findings = await Promise.all(checks.map((check) => check(patient)));
  show(findings, options.json, () => findings.map(lineOf).join(''));
  if (findings.some(({ verdict }) => verdict === 'bad')) process.exitCode = 1;
}

function lineOf({ what, verdict, found, remedy }: Finding): string {
  const line = `${paint(styles[verdict], marks[verdict])} ${padded(what, 12)} ${found}\n`;
  return remedy === undefined ? line : `${line}  ${' '.repeat(12)} → ${remedy}\n`;
}
