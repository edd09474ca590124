// Faults as people plan them: in words on the command line, over the admin API, in a test. One reader for all three.
import type { Clock } from '../kernel/clock.ts';
import { readDuration } from '../kernel/duration.ts';
import { findRegion } from '../kernel/region.ts';
import { type Instant, later, toDate } from '../kernel/units.ts';
import type { Breakage, Fault } from './fault.ts';
import { type FaultPlan, findZoneId } from './plan.ts';
import type { ZoneLoss } from './zone.ts';

/** What is broken, in words. */
export type FaultWords =
  /** `zone`: `us-east-1a` as the default account calls it, or `use1-az1`. */
  | { readonly kind: 'zone'; readonly zone: string; readonly lost?: ZoneLoss | undefined }
  | { readonly kind: 'region'; readonly region: string }
  | { readonly kind: 'instance'; readonly instance: string; readonly status?: 'instance' | 'system' | undefined }
  | { readonly kind: 'volume'; readonly volume: string; readonly effect?: 'stalled' | 'lost' | undefined }
  | { readonly kind: 'link'; readonly link: string; readonly tunnel?: 0 | 1 | undefined }
  | {
      readonly kind: 'capacity';
      readonly zone?: string | undefined;
      readonly instanceType?: string | undefined;
      readonly market?: 'on-demand' | 'spot' | undefined;
    }
  | {
      readonly kind: 'api';
      readonly service: string;
      readonly operation?: string | undefined;
      /** ARN of a user, or of a role in all its sessions. */
      readonly principal?: string | undefined;
      readonly effect?: 'throttle' | 'error' | 'unavailable' | 'latency' | undefined;
      readonly latencyMs?: number | undefined;
    };

/** When it is broken, and how often. */
export interface FaultTerms {
  /** `10m`, or an instant (`2027-01-01T00:00:00Z`). Default: at once. */
  readonly after?: string | undefined;
  /** `10m`, or the instant at which it ends. Default: until it is ended. */
  readonly for?: string | undefined;
  /** Share of the calls that are hit, 0 to 1. Default: 1. */
  readonly chance?: number | undefined;
  /** Seconds in which the share grows from nothing. Default: 0. */
  readonly rampSeconds?: number | undefined;
  readonly note?: string | undefined;
}

/** A fault as it is shown. */
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

/** Words that make no fault: why, and what to write instead. */
export class UnclearFault extends Error {
  readonly remedy: string;

  constructor(reason: string, remedy: string) {
    super(reason);
    this.name = 'UnclearFault';
    this.remedy = remedy;
  }
}

/** Where faults are planned. */
export interface FaultDesk {
  readonly faults: FaultPlan;
  readonly clock: Clock;
  /** Zone names are this account's. */
  readonly account: string;
}

type Body = Readonly<Record<string, unknown>>;

const viewFault = ({ from, until, ...fault }: Fault, now: Instant): FaultView => ({
  ...fault,
  from: toDate(from).toISOString(),
  until: until === undefined ? undefined : toDate(until).toISOString(),
  state: from > now ? 'planned' : until !== undefined && until <= now ? 'ended' : 'active',
});

const text = (body: Body, name: string): string | undefined => {
  const value = body[name];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new UnclearFault(`"${name}" must be a text.`, `Write {"${name}": "…"}, or leave it out.`);
};

function required(body: Body, name: string, what: string): string {
  const value = text(body, name);
  if (value === undefined) throw new UnclearFault(`"${name}" is missing.`, `Say ${what}: {"${name}": "…"}.`);
  return value;
}

/** An identifier of AWS, whose beginning says what it names: a slip of the pen would else break nothing, and say so nowhere. */
function idOf(body: Body, name: string, what: string, beginnings: readonly string[]): string {
  const id = required(body, name, what);
  if (beginnings.some((beginning) => new RegExp(`^${beginning}-[0-9a-z]{8,17}$`).test(id))) return id;
  const shapes = beginnings.map((beginning) => `${beginning}-…`);
  throw new UnclearFault(`"${name}" is no such identifier: ${id}.`, `Say ${what}: ${shapes.join(', ')}.`);
}

function oneOf<const Word extends string>(body: Body, name: string, words: readonly [Word, ...Word[]]): Word {
  const value = text(body, name) ?? words[0];
  const word = words.find((known) => known === value);
  if (word === undefined)
    throw new UnclearFault(`"${name}" is none of ${words.join(', ')}: ${value}.`, 'Use one of them.');
  return word;
}

/** A number in a range; undefined when it was left out. */
function number(body: Body, name: string, most: number, remedy: string): number | undefined {
  const value = body[name];
  if (value === undefined || (typeof value === 'number' && value >= 0 && value <= most)) return value;
  throw new UnclearFault(`"${name}" must be a number${most === 1 ? ' from 0 to 1' : ', not negative'}.`, remedy);
}

function zoneOf(name: string, { account }: FaultDesk): string {
  const id = findZoneId(name, account);
  if (id !== undefined) return id;
  throw new UnclearFault(`There is no zone ${name}.`, 'Write a zone as us-east-1a, or by its ID as use1-az1.');
}

function regionOf(name: string): string {
  if (findRegion(name) !== undefined) return name;
  throw new UnclearFault(`There is no Region ${name}.`, 'Write a Region as us-east-1.');
}

function tunnelOf({ tunnel }: Body): 0 | 1 | undefined {
  if (tunnel === undefined || tunnel === 0 || tunnel === 1) return tunnel;
  throw new UnclearFault('"tunnel" must be 0 or 1.', 'Leave it out to take down both.');
}

const readers: Readonly<Record<Breakage['kind'], (body: Body, desk: FaultDesk) => Breakage>> = {
  zone: (body, desk) => ({
    kind: 'zone',
    zoneId: zoneOf(required(body, 'zone', 'which zone'), desk),
    lost: oneOf(body, 'lost', ['all', 'power', 'network', 'destroyed']),
  }),
  region: (body) => ({ kind: 'region', region: regionOf(required(body, 'region', 'which Region')) }),
  instance: (body) => ({
    kind: 'instance',
    instanceId: idOf(body, 'instance', 'which instance', ['i']),
    status: oneOf(body, 'status', ['instance', 'system']),
  }),
  volume: (body) => ({
    kind: 'volume',
    volumeId: idOf(body, 'volume', 'which volume', ['vol']),
    effect: oneOf(body, 'effect', ['stalled', 'lost']),
  }),
  link: (body) => ({
    kind: 'link',
    resourceId: idOf(body, 'link', 'which VPN connection, peering or attachment', [
      'vpn',
      'pcx',
      'tgw-attach',
      'dxcon',
    ]),
    tunnel: tunnelOf(body),
  }),
  capacity: (body, desk) => {
    const zone = text(body, 'zone');
    const market = text(body, 'market');
    return {
      kind: 'capacity',
      zoneId: zone === undefined ? undefined : zoneOf(zone, desk),
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
    latencyMs: number(body, 'latencyMs', Number.MAX_SAFE_INTEGER, 'Say by how many milliseconds calls are late.'),
  }),
};

const isKind = (kind: string): kind is Breakage['kind'] => Object.hasOwn(readers, kind);

/** An instant, or a duration counted from one. */
function timeOf(body: Body, name: string, from: Instant): Instant | undefined {
  const value = text(body, name);
  if (value === undefined) return undefined;
  const seconds = readDuration(value);
  if (seconds !== undefined) return later(from, seconds);
  const at = Date.parse(value);
  if (!Number.isNaN(at)) return at as Instant;
  throw new UnclearFault(
    `"${name}" is no duration and no instant: ${value}.`,
    'Write 90s, 10m, 2h, or 2027-01-01T00:00:00Z.',
  );
}

/** Plans a fault: `{"kind":"zone","zone":"us-east-1a","for":"30m"}`. @throws UnclearFault */
export function planFault(desk: FaultDesk, body: Body): FaultView {
  const kind = String(body['kind']);
  if (!isKind(kind))
    throw new UnclearFault(`There is no kind of fault ${kind}.`, `Use one of ${Object.keys(readers).join(', ')}.`);
  const now = desk.clock.now();
  const from = timeOf(body, 'after', now) ?? now;
  const fault = desk.faults.add({
    breakage: readers[kind](body, desk),
    from,
    until: timeOf(body, 'for', from),
    chance: number(body, 'chance', 1, 'Leave it out to hit every call.'),
    rampSeconds: number(body, 'rampSeconds', Number.MAX_SAFE_INTEGER, 'Leave it out to begin at once.'),
    note: text(body, 'note'),
  });
  return viewFault(fault, now);
}

/** All that were ever planned, oldest first. */
export const viewFaults = ({ faults, clock }: FaultDesk): readonly FaultView[] =>
  faults.list().map((fault) => viewFault(fault, clock.now()));

/** Ends a fault now; undefined when there is none of that name. */
export function stopFault({ faults, clock }: FaultDesk, id: string): FaultView | undefined {
  const fault = faults.end(id);
  return fault === undefined ? undefined : viewFault(fault, clock.now());
}
