// What the flags of `start` mean. A wrong value is told before anything starts.
import type { CloudOptions, IamMode } from '../cloud.ts';
import type { PortRange } from '../gateway/door-port.ts';
import type { ClockMode } from '../kernel/clock.ts';
import { CliFailure, exitCode } from './failure.ts';
import type { StartValues } from './start-flag.ts';

export type LogMode = 'quiet' | 'requests' | 'json';

export interface StartOptions {
  readonly cloud: CloudOptions;
  readonly port: number;
  readonly host: string;
  readonly log: LogMode;
  readonly adminHosts: readonly string[];
  readonly balancerPorts: PortRange | undefined;
}

const wrong = (flag: string, value: string, remedy: string): CliFailure =>
  new CliFailure(`--${flag} cannot be ${JSON.stringify(value)}.`, remedy, exitCode.usage);

function oneOf<Choice extends string>(flag: string, value: string | undefined, choices: readonly Choice[]): Choice {
  const [byDefault] = choices;
  const chosen = value === undefined ? byDefault : choices.find((choice) => choice === value);
  if (chosen === undefined) throw wrong(flag, value ?? '', `Choose one of: ${choices.join(', ')}.`);
  return chosen;
}

function readPort(value = '4566'): number {
  const port = Number(value);
  if (/^\d{1,5}$/.test(value) && port <= 65_535) return port;
  throw wrong('port', value, 'Give a number from 0 to 65535.');
}

/** `8000-8999`. */
function readRange(value: string | undefined): PortRange | undefined {
  if (value === undefined) return undefined;
  const [, first = '', last = ''] = /^(\d{1,5})-(\d{1,5})$/.exec(value) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (range.first >= 1 && range.first <= range.last && range.last <= 65_535) return range;
  throw wrong('balancer-ports', value, 'Give two ports, the first and the last: 8000-8999.');
}

const instantForm = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** `real`, `frozen`, `2x`, an instant, or two of them with a comma. */
export function readClock(value: string): { readonly clock?: ClockMode; readonly startAt?: Date } {
  let clock: ClockMode | undefined;
  let startAt: Date | undefined;
  for (const part of value.split(',')) {
    const pace = /^(\d+(?:\.\d+)?)x$/.exec(part)?.[1];
    if (part === 'real' || part === 'frozen') clock = { kind: part };
    else if (pace !== undefined && Number(pace) > 0) clock = { kind: 'scaled', factor: Number(pace) };
    else if (instantForm.test(part) && !Number.isNaN(Date.parse(part))) startAt = new Date(part);
    else throw wrong('clock', value, 'Write real, frozen, 10x, 2026-01-01T00:00:00Z, or frozen,2026-01-01T00:00:00Z.');
  }
  return { ...(clock === undefined ? {} : { clock }), ...(startAt === undefined ? {} : { startAt }) };
}

export function readStartOptions(values: StartValues): StartOptions {
  const { account = '000000000000', region = 'us-east-1', seed, data } = values;
  if (!/^\d{12}$/.test(account)) throw wrong('account', account, 'An account is twelve digits, such as 123456789012.');
  if (!/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)) throw wrong('region', region, 'A Region is written as eu-central-1.');
  const iam: IamMode = oneOf('iam', values.iam, ['enforce', 'explain', 'off']);
  const guests = oneOf('guests', values.guests, ['simulated', 'namespace', 'docker'] as const);
  // A data folder remembers its clock: it is set anew only when the user asks for one.
  const clock = values.clock === undefined ? {} : readClock(values.clock);
  return {
    cloud: { account, region, seed, iam, guests, dataFolder: data, ...clock },
    port: readPort(values.port),
    host: values.host ?? '127.0.0.1',
    balancerPorts: readRange(values['balancer-ports']),
    log: oneOf('log', values.log, ['quiet', 'requests', 'json']),
    adminHosts: (values['admin-host'] ?? '')
      .toLowerCase()
      .split(',')
      .filter((name) => name !== ''),
  };
}
