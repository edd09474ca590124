// `npm run bench [-- NAME …]`: measures a built Hakoniwa against a bare node:http server in the same run, prints a table, and writes
// `build/bench.json`. Needs `npm run build` before.
import { fork, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { cases } from './cases.mjs';
import { load } from './load.mjs';

const here = new URL('.', import.meta.url).pathname;
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const seconds = Number(process.env.BENCH_SECONDS ?? 3);
/** A folder: each server leaves a CPU profile in it. */
const profiles = process.env.BENCH_PROFILE;

/** A server of `server.mjs` in a process of its own. */
export async function serve(mode, options) {
  const child = fork(join(here, 'server.mjs'), [mode, ...(options ? [JSON.stringify(options)] : [])], {
    execArgv: ['--expose-gc', ...(profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profiles])],
  });
  const once = () => new Promise((resolve) => child.once('message', resolve));
  const { port, host } = await once();
  const usage = async () => {
    const answer = once();
    child.send('usage');
    return answer;
  };
  const close = () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      child.send('exit');
    });
  const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) * 1024;
  return { port, host, usage, close, rss };
}

/** Requests per second and CPU microseconds per request of one load. */
export async function measure(server, options) {
  const before = await server.usage();
  const result = await load(server.port, { seconds, ...options });
  const after = await server.usage();
  const cpuMicros = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return { ...result, cpuPerRequest: cpuMicros / result.count, rss: after.rss };
}

const rows = [];
/** Adds a line to the table; `reach` is the goal as a text, `good` whether it was met. */
const report = (name, figure, reach, good, extra = {}) => {
  rows.push({ name, figure, reach, good, ...extra });
  console.log(`${good ? 'ok  ' : 'MISS'}  ${name.padEnd(46)} ${figure.padEnd(44)} ${reach}`);
};

const temporary = () => mkdtempSync(join(os.tmpdir(), 'hakoniwa-bench-'));
console.log(`node ${process.version}, ${os.cpus().length} × ${os.cpus()[0].model}, ${seconds} s a measure\n`);
for (const [name, run] of Object.entries(cases)) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  try {
    await run({
      serve,
      measure,
      report,
      temporary,
      remove: (path) => rmSync(path, { recursive: true, force: true }),
      spawnSync,
    });
  } catch (error) {
    report(name, `failed: ${error.message}`, '', false);
  }
}
mkdirSync(new URL('../build/', import.meta.url), { recursive: true });
writeFileSync(
  new URL('../build/bench.json', import.meta.url),
  `${JSON.stringify({ at: new Date().toISOString(), node: process.version, cpus: os.cpus().length, rows }, null, 2)}\n`,
);
process.exitCode = rows.every((row) => row.good) ? 0 : 1;
