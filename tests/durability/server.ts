// A cloud in a process of its own, on a data folder, that can be killed at any moment.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import net from 'node:net';

const root = new URL('../..', import.meta.url).pathname;
export const main = `${root}dist/cli/main.js`;

/** The command as it is built from these sources. */
export function makeBuild(): void {
  const made = spawnSync(process.execPath, ['tools/build.mjs', '--if-stale', '--no-types'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`no build: ${made.stderr}`);
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
