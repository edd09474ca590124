import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type CommonOptions, endpointOf } from './connect.ts';
import { awsVariables, endpointForTools, misleadingVariables } from './environment.ts';
import { CliFailure, exitCode } from './failure.ts';
import { findCloud } from './port.ts';
import { type StartValues } from './start-flag.ts';

interface Target {
  readonly endpoint: string;
  readonly region: string;
  readonly close: () => Promise<void>;
}

/** The cloud at the endpoint; when there is none, one of its own that ends with the command. */
async function targetOf(options: CommonOptions): Promise<Target> {
  const endpoint = endpointOf(options);
  const running = await findCloud(endpoint);
  if (running !== undefined) {
    const own = endpointForTools(endpoint, running.endpoint);
    return { endpoint: own, region: running.region, close: () => Promise.resolve() };
  }
  const { hostname, port } = new URL(endpoint);
  if (hostname !== 'localhost' && !hostname.startsWith('127.')) {
    throw new CliFailure(
      `No cloud answers at ${endpoint}.`,
      'Start one there, or leave --endpoint out to have one on this machine.',
      exitCode.unreachable,
    );
  }
  const [{ serve }, { readStartOptions }, { readStartFlags }] = await Promise.all([
    import('./start.ts'),
    import('./start-option.ts'),
    import('./start-flag.ts'),
  ]);
  const values: StartValues = { ...readStartFlags([]), port: port === '' ? '80' : port };
  const served = await serve(readStartOptions(values));
  return { endpoint: served.endpoint, region: served.cloud.region, close: served.close };
}

const signalExit = 128;
const notFoundExit = 127;
const notExecutableExit = 126;

/** `hakoniwa run -- COMMAND`: runs a command against the cloud; its exit code is ours. */
export async function run(command: readonly string[], options: CommonOptions): Promise<void> {
  const [program, ...words] = command;
  if (program === undefined)
    throw new CliFailure('No command was given.', 'For example: hakoniwa run -- npm test', exitCode.usage);
  const target = await targetOf(options);
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    ...awsVariables(target.endpoint, target.region),
    HAKONIWA_ENDPOINT: target.endpoint,
  };
  for (const variable of misleadingVariables) delete environment[variable];
  const code = await exitOf(program, words, environment);
  await target.close();
  process.exit(code);
}

function exitOf(program: string, words: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: 'inherit', env: environment });
    // A terminal's Ctrl-C reaches the command by itself; what is sent to us alone is passed on.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      process.stderr.write(`hakoniwa: ${program}: ${missing ? 'command not found' : error.message}\n`);
      resolve(missing ? notFoundExit : notExecutableExit);
    });
    child.on('exit', (code, signal) => {
      resolve(code ?? signalExit + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
