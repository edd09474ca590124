// A cloud in a process of its own, on a data folder, that can be killed at any moment.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;
let copy: string | undefined;

/**
 * The command and the library as they are built from these sources, copied: another test may build anew while ours run. The answer is
 * the library's path.
 */
export function makeBuild(): string {
  if (copy === undefined) {
    const words = ['tools/build.mjs', '--if-stale', '--no-types'];
    const made = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`no build: ${made.stderr}`);
    mkdirSync(join(root, 'build'), { recursive: true });
    const folder = mkdtempSync(join(root, 'build', 'run-'));
    cpSync(join(root, 'dist'), folder, { recursive: true, filter: (path) => !path.includes('/types') });
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    copy = folder;
  }
  return join(copy, 'embed/index.js');
}

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });

export interface Server {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** What it said on standard error. */
  said(): string;
  /** `kill -9`; settles when it is gone. */
  kill(): Promise<void>;
}

/**
 * Starts a cloud; settles when it is ready. @throws when it ends before, with what it said
 * @param fileLimitKilobytes no file of it may become longer
 */
export async function startServer(
  words: readonly string[],
  nodeWords: readonly string[] = [],
  fileLimitKilobytes?: number,
): Promise<Server> {
  const main = join(makeBuild(), '../../cli/main.js');
  const command = [process.execPath, ...nodeWords, main, 'start', ...words];
  const limited = ['bash', '-c', `ulimit -S -f ${fileLimitKilobytes}; exec "$@"`, 'bash', ...command];
  const [program = '', ...rest] = fileLimitKilobytes === undefined ? command : limited;
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  const ready = new Promise<true>((resolve) => {
    child.stdout.on('data', (text: Buffer) => text.includes('ready') && resolve(true));
  });
  const first = await Promise.race([ready, ended]);
  if (first !== true) throw new Error(`ended with ${first.code ?? first.signal} before it was ready: ${said}`);
  return {
    child,
    ended,
    said: () => said,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
