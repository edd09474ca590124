// /_hakoniwa/faults: what is broken in the cloud, from when, until when.
import type { Breakage, Fault } from '../faults/fault.ts';
import { findZoneId } from '../faults/plan.ts';
import { type Instant, later, toDate } from '../kernel/units.ts';
import { AdminError, badRequest } from './answer.ts';
import { readDuration } from './duration.ts';
import type { House } from './house.ts';

/** A fault as the API shows it. */
export interface FaultView {
  readonly id: string;
  readonly breakage: Breakage;
  readonly from: string;
  readonly until?: string | undefined;
  readonly state: 'planned' | 'active' | 'ended';
  readonly chance: number;
  readonly rampSeconds: number;
  readonly note?: string | undefined;
}

type Body = Readonly<Record<string, unknown>>;

const viewFault = ({ from, until, ...fault }: Fault, now: Instant): FaultView => ({
  ...fault,
  from: toDate(from).toISOString(),
  until: until === undefined ? undefined : toDate(until).toISOString(),
  state: from > now ? 'planned' : until !== undefined && until <= now ? 'ended' : 'active',
});

export const listFaults = ({ faults, clock }: House): { readonly faults: readonly FaultView[] } => ({
  faults: faults.list().map((fault) => viewFault(fault, clock.now())),
});

const text = (body: Body, name: string): string | undefined => {
  const value = body[name];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw badRequest(`"${name}" must be a text.`, `Write {"${name}": "…"}, or leave it out.`);
};

function required(body: Body, name: string, what: string): string {
  const value = text(body, name);
  if (value === undefined) throw badRequest(`"${name}" is missing.`, `Say ${what}: {"${name}": "…"}.`);
  return value;
}

function oneOf<const Word extends string>(body: Body, name: string, words: readonly [Word, ...Word[]]): Word {
  const value = text(body, name) ?? words[0];
  const word = words.find((known) => known === value);
  if (word === undefined) throw badRequest(`"${name}" is none of ${words.join(', ')}: ${value}`, `Use one of them.`);
  return word;
}

function zoneOf(name: string, { account }: House): string {
  const id = findZoneId(name, account);
  if (id !== undefined) return id;
  throw badRequest(`There is no zone ${name}.`, 'Write a zone as us-east-1a, or by its ID as use1-az1.');
}

type Reader = (body: Body, house: House) => Breakage;

const readers: Readonly<Record<string, Reader>> = {
  zone: (body, house) => ({
    kind: 'zone',
    zoneId: zoneOf(required(body, 'zone', 'which zone'), house),
    lost: oneOf(body, 'lost', ['all', 'power', 'network']),
  }),
  region: (body) => ({ kind: 'region', region: required(body, 'region', 'which Region') }),
  instance: (body) => ({
    kind: 'instance',
    instanceId: required(body, 'instance', 'which instance'),
    status: oneOf(body, 'status', ['instance', 'system']),
  }),
  volume: (body) => ({
    kind: 'volume',
    volumeId: required(body, 'volume', 'which volume'),
    effect: oneOf(body, 'effect', ['stalled', 'lost']),
  }),
  link: (body) => ({
    kind: 'link',
    resourceId: required(body, 'link', 'which VPN connection, peering or attachment'),
    tunnel: body['tunnel'] === 0 || body['tunnel'] === 1 ? body['tunnel'] : undefined,
  }),
  capacity: (body, house) => {
    const zone = text(body, 'zone');
    const market = text(body, 'market');
    return {
      kind: 'capacity',
      zoneId: zone === undefined ? undefined : zoneOf(zone, house),
      instanceType: text(body, 'instanceType'),
      market: market === undefined ? undefined : oneOf(body, 'market', ['on-demand', 'spot']),
    };
  },
  api: (body) => ({
    kind: 'api',
    service: required(body, 'service', 'which service'),
    operation: text(body, 'operation'),
    principalArn: text(body, 'principal'),
    effect: oneOf(body, 'effect', ['throttle', 'error', 'unavailable', 'latency']),
    latencyMs: typeof body['latencyMs'] === 'number' && body['latencyMs'] >= 0 ? body['latencyMs'] : undefined,
  }),
};

/** `{"for": "10m"}` or an instant; from `after`, which is a duration from now. */
function timeOf(body: Body, name: string, from: Instant): Instant | undefined {
  const value = text(body, name);
  if (value === undefined) return undefined;
  const seconds = readDuration(value);
  if (seconds !== undefined) return later(from, seconds);
  const at = Date.parse(value);
  if (!Number.isNaN(at)) return at as Instant;
  throw badRequest(`"${name}" is no duration and no instant: ${value}`, 'Write 90s, 10m, 2h, or 2027-01-01T00:00:00Z.');
}

/** `{"kind":"zone","zone":"us-east-1a","for":"30m"}`. */
export function addFault(house: House, body: Body): FaultView {
  const kind = String(body['kind']);
  const read = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  if (read === undefined)
    throw badRequest(`There is no kind of fault ${kind}.`, `Use one of ${Object.keys(readers).join(', ')}.`);
  const { chance, rampSeconds } = body;
  if (chance !== undefined && !(typeof chance === 'number' && chance >= 0 && chance <= 1))
    throw badRequest('"chance" must be a number from 0 to 1.', 'Leave it out to hit every call.');
  if (rampSeconds !== undefined && !(typeof rampSeconds === 'number' && rampSeconds >= 0))
    throw badRequest('"rampSeconds" must be a number of seconds.', 'Leave it out to begin at once.');
  const now = house.clock.now();
  const from = timeOf(body, 'after', now) ?? now;
  const fault = house.faults.add({
    breakage: read(body, house),
    from,
    until: timeOf(body, 'for', from),
    chance: chance as number | undefined,
    rampSeconds: rampSeconds as number | undefined,
    note: text(body, 'note'),
  });
  return viewFault(fault, now);
}

export function endFault(house: House, id: string): FaultView {
  const fault = house.faults.end(id);
  if (fault === undefined) throw new AdminError(404, 'NoSuchFault', `There is no fault ${id}.`, 'hakoniwa fault list');
  return viewFault(fault, house.clock.now());
}
