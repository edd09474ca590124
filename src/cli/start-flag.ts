// The flags of `hakoniwa start`, as data: the quick parser reads them, and so does the help.
import { parseArgs } from 'node:util';
import { CliFailure, exitCode } from './failure.ts';

export interface Flag {
  /** Placeholder of the value in the help. */
  readonly value: string;
  readonly text: string;
  readonly byDefault?: string;
}

export const startFlags = {
  port: { value: 'NUMBER', text: 'port for all services; 0 takes any free one', byDefault: '4566' },
  host: { value: 'ADDRESS', text: 'address to listen on; 0.0.0.0 lets other machines in', byDefault: '127.0.0.1' },
  data: { value: 'FOLDER', text: 'keep everything in this folder (default: in memory, gone at the end)' },
  account: {
    value: 'ID',
    text: 'twelve digits: the account of access keys that the cloud did not issue',
    byDefault: '000000000000',
  },
  region: { value: 'NAME', text: 'Region of requests that name none', byDefault: 'us-east-1' },
  clock: {
    value: 'HOW',
    text: 'real, frozen, a pace (10x), a start (2026-01-01T00:00:00Z), or two of them (frozen,2026-01-01T00:00:00Z)',
    byDefault: 'real',
  },
  seed: { value: 'TEXT', text: 'same seed and same requests give the same cloud (default: chance)' },
  iam: {
    value: 'MODE',
    text: 'enforce policies on issued credentials, explain what would be denied, or off',
    byDefault: 'enforce',
  },
  guests: {
    value: 'KIND',
    text: 'what runs in instances: simulated servers; real programs in namespaces (Linux); docker containers',
    byDefault: 'simulated',
  },
  'balancer-ports': {
    value: 'FIRST-LAST',
    text: 'local ports on which load balancers listen, one for each listener, such as 8000-8999 (default: none)',
  },
  log: { value: 'WHAT', text: 'quiet, requests (a line each), or json (a JSON line each)', byDefault: 'quiet' },
  'admin-host': { value: 'NAMES', text: 'host names, with commas, by which other machines may call /_hakoniwa' },
} as const satisfies Readonly<Record<string, Flag>>;

export type StartFlag = keyof typeof startFlags;
export type StartValues = Partial<Record<StartFlag, string>>;

/** `--admin-host` → `HAKONIWA_ADMIN_HOST`: each flag can be given by the environment too. */
export const variableOf = (flag: string): string => `HAKONIWA_${flag.replaceAll('-', '_').toUpperCase()}`;

const usage = (message: string): CliFailure => new CliFailure(message, 'See: hakoniwa start --help', exitCode.usage);

/** What was given, else what the environment says. */
export function readStartFlags(words: readonly string[], environment: NodeJS.ProcessEnv = process.env): StartValues {
  const names = Object.keys(startFlags) as StartFlag[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  let given: Readonly<Record<string, unknown>>;
  try {
    given = parseArgs({ args: [...words], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw usage(error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error));
  }
  const values: StartValues = {};
  for (const name of names) {
    const value = given[name] ?? environment[variableOf(name)];
    if (typeof value === 'string' && value !== '') values[name] = value;
  }
  return values;
}
