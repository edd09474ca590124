// The fault plan of a cloud. Three places ask it: the road (calls of an API), the network (zones and links), and what stands on
// machines (guests, volumes, capacity). With no fault planned, each question costs one comparison.
import type { Clock } from '../kernel/clock.ts';
import { key } from '../kernel/key.ts';
import { listRegions, zonesOf } from '../kernel/region.ts';
import { type StateOf, type Store, table } from '../kernel/table.ts';
import type { Instant } from '../kernel/units.ts';
import type { Breakage, BreakageKind, Fault, FaultInput } from './fault.ts';

declare module '../kernel/parts.ts' {
  interface Parts {
    readonly faults: FaultPlan;
  }
}

const definitions = {
  faults: table<Fault>()({
    key: (fault) => fault.id,
    scope: 'cloud',
    indexes: { kind: (fault) => key(fault.breakage.kind, fault.from) },
  }),
  counters: table<{ readonly name: 'next'; readonly value: number }>()({ key: (row) => row.name, scope: 'cloud' }),
};

type Of<Kind extends BreakageKind> = Fault & { readonly breakage: Extract<Breakage, { kind: Kind }> };

export class FaultPlan {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #state: StateOf<typeof definitions>;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
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
    const active = this.#state.faults
      .list()
      .filter(({ from, until }) => from <= at && (until === undefined || until > at));
    return `${this.#state.faults.version} ${active.map(({ id }) => id).join()}`;
  }

  /** Faults of a kind that are in force at an instant (default: now). */
  active<Kind extends BreakageKind>(kind: Kind, at: Instant = this.#clock.now()): Of<Kind>[] {
    if (this.isEmpty) return [];
    const rows = this.#state.faults.index('kind').list({ prefix: key(kind) }) as Of<Kind>[];
    return rows.filter(({ from, until }) => from <= at && (until === undefined || until > at));
  }

  /** The zones that are in trouble, by zone ID. */
  zones(at?: Instant): ReadonlyMap<string, { readonly power: boolean; readonly network: boolean }> {
    const zones = new Map<string, { power: boolean; network: boolean }>();
    const hit = (zoneId: string, lost: 'all' | 'power' | 'network'): void => {
      const { power, network } = zones.get(zoneId) ?? { power: true, network: true };
      zones.set(zoneId, { power: power && lost === 'network', network: network && lost === 'power' });
    };
    for (const { breakage } of this.active('zone', at)) hit(breakage.zoneId, breakage.lost);
    for (const { breakage } of this.active('region', at))
      for (const zone of zonesOf(breakage.region, '000000000000')) hit(zone.id, 'all');
    return zones;
  }

  hasPower(zoneId: string, at?: Instant): boolean {
    return this.isEmpty || this.zones(at).get(zoneId)?.power !== false;
  }

  /** Which status checks of an instance fail; a zone without power fails both. */
  impaired(instanceId: string, zoneId: string, at?: Instant): { readonly instance: boolean; readonly system: boolean } {
    if (this.isEmpty) return { instance: false, system: false };
    const own = this.active('instance', at).filter(({ breakage }) => breakage.instanceId === instanceId);
    const dark = !this.hasPower(zoneId, at) || this.zones(at).get(zoneId)?.network === false;
    const system = dark || own.some(({ breakage }) => breakage.status === 'system');
    return { system, instance: system || own.some(({ breakage }) => breakage.status === 'instance') };
  }

  /** False when a zone has no room for an instance; one without power has none. */
  hasCapacity(zoneId: string, instanceType: string, market: 'spot' | 'on-demand'): boolean {
    if (!this.hasPower(zoneId)) return false;
    return !this.active('capacity').some(
      ({ breakage }) =>
        (breakage.zoneId ?? zoneId) === zoneId &&
        (breakage.instanceType ?? instanceType) === instanceType &&
        (breakage.market ?? market) === market,
    );
  }
}

/** Turns `us-east-1a` (as an account calls it) or `use1-az1` into a zone ID; undefined when there is no such zone. */
export function findZoneId(nameOrId: string, account: string): string | undefined {
  for (const { name: region } of listRegions())
    for (const zone of zonesOf(region, account)) if (zone.id === nameOrId || zone.name === nameOrId) return zone.id;
  return undefined;
}
