// The fault plan of a cloud. Three places ask it: the road (calls of an API), the network (zones and links), and what stands on
// machines (guests, volumes, capacity). With no fault planned, each question costs one comparison.
import type { Clock } from '../kernel/clock.ts';
import { key } from '../kernel/key.ts';
import { listRegions, zonesOf } from '../kernel/region.ts';
import { type StateOf, type Store, table } from '../kernel/table.ts';
import { type Instant, instant } from '../kernel/units.ts';
import type { Random } from '../kernel/random.ts';
import { type Breakage, type BreakageKind, type Fault, type FaultInput, isPrincipal } from './fault.ts';
import {
  afterLoss,
  answersIo,
  hasRoom,
  isReached,
  losesContent,
  runsGuests,
  wellZone,
  type ZoneHealth,
} from './zone.ts';

declare module '../kernel/parts.ts' {
  interface Parts {
    readonly faults: FaultPlan;
  }
}

/** Later than all that has an end, when it has none. */
const endOf = ({ until }: Fault): number => (until === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(until));

const isInForce = ({ from, until }: Fault, at: Instant): boolean => from <= at && (until === undefined || until > at);

const definitions = {
  faults: table<Fault>()({
    key: (fault) => fault.id,
    scope: 'cloud',
    // By their end, so that what is over costs nothing any more.
    indexes: {
      kind: (fault) => key(fault.breakage.kind, endOf(fault)),
      end: (fault) => key(endOf(fault)),
    },
  }),
  counters: table<{ readonly name: 'next'; readonly value: number }>()({ key: (row) => row.name, scope: 'cloud' }),
};

type Of<Kind extends BreakageKind> = Fault & { readonly breakage: Extract<Breakage, { kind: Kind }> };

/** Since when each status check of an instance fails; undefined while it passes. */
export interface ImpairedSince {
  readonly instance?: Instant | undefined;
  readonly system?: Instant | undefined;
}

/** Who launches: some faults of capacity are for one caller or one group only, or for a share of the launches. */
export interface Launcher {
  readonly callerArn: string;
  /** The Auto Scaling group, when one launches. */
  readonly groupName?: string | undefined;
  readonly random: Random;
}

const isFor = ({ principalArn, groupName }: Of<'capacity'>['breakage'], by: Launcher | undefined): boolean =>
  (principalArn === undefined || (by !== undefined && isPrincipal(principalArn, by.callerArn))) &&
  (groupName === undefined || by?.groupName === groupName);

export interface DownLink {
  readonly resourceId: string;
  /** Undefined: all of it. */
  readonly tunnel?: 0 | 1 | undefined;
  readonly from: Instant;
}

const wellInstance: ImpairedSince = {};

const earliest = (faults: readonly Fault[]): Instant | undefined =>
  faults.reduce<Instant | undefined>(
    (first, { from }) => (first === undefined || from < first ? from : first),
    undefined,
  );

export class FaultPlan {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #state: StateOf<typeof definitions>;
  readonly #announce: (fault: Fault) => void;

  /** @param announce tells, inside a transaction, who has to do something when a fault begins. */
  constructor(store: Store, clock: Clock, announce: (fault: Fault) => void = () => {}) {
    this.#store = store;
    this.#clock = clock;
    this.#announce = announce;
    this.#state = store.state('faults', definitions, '*', '*');
  }

  /** Plans a fault; it is in force from `from` (default: now) until `until` (default: until it is ended). */
  add({ breakage, from, until, chance = 1, rampSeconds = 0, note }: FaultInput): Fault {
    return this.#store.transaction(() => {
      const next = this.#state.counters.find('next')?.value ?? 1;
      this.#state.counters.put({ name: 'next', value: next + 1 });
      const id = `fault-${next}`;
      const fault: Fault = { id, breakage, from: from ?? this.#clock.now(), until, chance, rampSeconds, note };
      this.#state.faults.put(fault);
      this.#announce(fault);
      return fault;
    }).result;
  }

  find(id: string): Fault | undefined {
    return this.#state.faults.find(id);
  }

  /** Ends a fault now. It stays listed, as something that was. The answer is undefined when there is no such fault. */
  end(id: string): Fault | undefined {
    return this.#store.transaction(() => {
      const fault = this.#state.faults.find(id);
      if (fault === undefined) return undefined;
      const now = this.#clock.now();
      const ended: Fault = { ...fault, until: fault.until === undefined || fault.until > now ? now : fault.until };
      this.#state.faults.put(ended);
      return ended;
    }).result;
  }

  /** All that were ever planned, oldest first. */
  list(): Fault[] {
    return this.#state.faults.list().sort((a, b) => Number(a.id.slice(6)) - Number(b.id.slice(6)));
  }

  /** True when nothing was ever planned: the quick answer for hot paths. */
  get isEmpty(): boolean {
    return this.#state.faults.size === 0;
  }

  /** Tells two times apart at which other faults are in force. */
  stamp(at: Instant = this.#clock.now()): string {
    if (this.isEmpty) return '';
    const rows = this.#state.faults.index('end').list({ from: key(Math.floor(at)) });
    const active = rows.filter((fault) => isInForce(fault, at));
    return `${this.#state.faults.version} ${active.map(({ id }) => id).join()}`;
  }

  /** When the next fault begins or ends, of those that are planned now. */
  nextChange(after: Instant = this.#clock.now()): Instant | undefined {
    if (this.isEmpty) return undefined;
    const edges = this.#state.faults
      .index('end')
      .list({ from: key(Math.floor(after)) })
      .flatMap(({ from, until }) => [from, until ?? after])
      .filter((at) => at > after);
    return edges.length === 0 ? undefined : instant(Math.min(...edges));
  }

  /** True while no fault is in force. */
  isQuiet(at: Instant = this.#clock.now()): boolean {
    if (this.isEmpty) return true;
    return !this.#state.faults
      .index('end')
      .list({ from: key(Math.floor(at)) })
      .some((fault) => isInForce(fault, at));
  }

  /** Faults of a kind that are in force at an instant (default: now). */
  active<Kind extends BreakageKind>(kind: Kind, at: Instant = this.#clock.now()): Of<Kind>[] {
    if (this.isEmpty) return [];
    const range = { prefix: key(kind), from: key(kind, Math.floor(at)) };
    const rows = this.#state.faults.index('kind').list(range) as Of<Kind>[];
    return rows.filter((fault) => isInForce(fault, at));
  }

  /** True while a fault is in force. */
  isActive(id: string, at: Instant = this.#clock.now()): boolean {
    const fault = this.find(id);
    return fault !== undefined && isInForce(fault, at);
  }

  /** The zones that are in trouble, by zone ID. */
  zones(at?: Instant): ReadonlyMap<string, ZoneHealth> {
    const zones = new Map<string, ZoneHealth>();
    for (const { breakage } of this.active('zone', at))
      zones.set(breakage.zoneId, afterLoss(zones.get(breakage.zoneId) ?? wellZone, breakage.lost));
    for (const { breakage } of this.active('region', at))
      for (const { id } of zonesOf(breakage.region, '000000000000')) zones.set(id, afterLoss(wellZone, 'all'));
    return zones;
  }

  #zone(zoneId: string, at?: Instant): ZoneHealth {
    return this.isEmpty ? wellZone : (this.zones(at).get(zoneId) ?? wellZone);
  }

  /** When power came back to a zone the last time; undefined when it never went. */
  powerReturnedAt(zoneId: string, now: Instant = this.#clock.now()): Instant | undefined {
    if (this.isEmpty) return undefined;
    const ends = this.#state.faults.list().flatMap(({ breakage, until }) => {
      const darkened =
        breakage.kind === 'zone' && breakage.zoneId === zoneId && !runsGuests(afterLoss(wellZone, breakage.lost));
      return darkened && until !== undefined && until <= now ? [until] : [];
    });
    return ends.length === 0 ? undefined : instant(Math.max(...ends));
  }

  hasPower(zoneId: string, at?: Instant): boolean {
    return runsGuests(this.#zone(zoneId, at));
  }

  /** Whether a zone can be reached from outside of it: by AWS's own services, too. */
  isReached(zoneId: string, at?: Instant): boolean {
    return isReached(this.#zone(zoneId, at));
  }

  /** Whether what was kept in a zone, and nowhere else, since an instant is lost for good: the zone was destroyed. */
  lostContent(zoneId: string, since: Instant): boolean {
    if (this.isEmpty) return false;
    const now = this.#clock.now();
    const rows = this.#state.faults.index('kind').list({ prefix: key('zone') }) as Of<'zone'>[];
    return rows.some(
      ({ breakage, from, until }) =>
        breakage.zoneId === zoneId &&
        losesContent(breakage.lost) &&
        from >= since &&
        from <= now &&
        (until === undefined || until > from),
    );
  }

  /** Which status checks of an instance fail, and since when; a zone that cannot be reached fails both. */
  impairedSince(instanceId: string, zoneId: string, at?: Instant): ImpairedSince {
    if (this.isEmpty) return wellInstance;
    const own = this.active('instance', at).filter(({ breakage }) => breakage.instanceId === instanceId);
    const zone = this.isReached(zoneId, at) ? [] : this.#troublesOf(zoneId, at);
    const host = own.filter(({ breakage }) => breakage.status === 'system');
    const system = earliest([...zone, ...host]);
    return { system, instance: earliest([...zone, ...own]) };
  }

  #troublesOf(zoneId: string, at?: Instant): Fault[] {
    const isIn = (region: string): boolean => zonesOf(region, '000000000000').some(({ id }) => id === zoneId);
    return [
      ...this.active('zone', at).filter(({ breakage }) => breakage.zoneId === zoneId),
      ...this.active('region', at).filter(({ breakage }) => isIn(breakage.region)),
    ];
  }

  /** Which status checks of an instance fail. */
  impaired(instanceId: string, zoneId: string, at?: Instant): { readonly instance: boolean; readonly system: boolean } {
    const { instance, system } = this.impairedSince(instanceId, zoneId, at);
    return { instance: instance !== undefined, system: system !== undefined };
  }

  /** The faults of an instance's own host, which moving it to another one leaves behind. */
  hostFaults(instanceId: string): readonly Fault[] {
    return this.active('instance').filter(
      ({ breakage }) => breakage.instanceId === instanceId && breakage.status === 'system',
    );
  }

  /** Whether what runs inside an instance does anything: on an island it does. */
  runsGuest(instanceId: string, zoneId: string): boolean {
    if (this.isEmpty) return true;
    return this.hasPower(zoneId) && !this.active('instance').some(({ breakage }) => breakage.instanceId === instanceId);
  }

  /** Whether a volume takes reads and writes. */
  answersIo(volumeId: string, zoneId: string, at?: Instant): boolean {
    if (this.isEmpty) return true;
    return (
      answersIo(this.#zone(zoneId, at)) &&
      !this.active('volume', at).some(({ breakage }) => breakage.volumeId === volumeId)
    );
  }

  /** Links that are down: the resource, or one of its tunnels, and since when. */
  downLinks(at?: Instant): readonly DownLink[] {
    return this.active('link', at).map(({ breakage: { resourceId, tunnel }, from }) => ({ resourceId, tunnel, from }));
  }

  /** False when a zone has no room for an instance, or none for who launches it; one that cannot be reached has none. */
  hasCapacity(zoneId: string, instanceType: string, market: 'spot' | 'on-demand', by?: Launcher): boolean {
    if (this.isEmpty) return true;
    if (!hasRoom(this.#zone(zoneId))) return false;
    return !this.active('capacity').some(
      ({ breakage, chance }) =>
        (breakage.zoneId ?? zoneId) === zoneId &&
        (breakage.instanceType ?? instanceType) === instanceType &&
        (breakage.market ?? market) === market &&
        isFor(breakage, by) &&
        (chance >= 1 || (by !== undefined && by.random.float() < chance)),
    );
  }
}

/** Turns `us-east-1a` (as an account calls it) or `use1-az1` into a zone ID; undefined when there is no such zone. */
export function findZoneId(nameOrId: string, account: string): string | undefined {
  for (const { name: region } of listRegions())
    for (const zone of zonesOf(region, account)) if (zone.id === nameOrId || zone.name === nameOrId) return zone.id;
  return undefined;
}
