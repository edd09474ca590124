// Flow logs at work. Every flow of the cloud is told here; what an interface with a flow log saw of it is added up in memory, by flow and
// aggregation interval, until a delivery takes it. Where no flow log is, a flow costs a look at one counter for each Region in use.
//
// A crash loses the running intervals, as AWS's best-effort delivery may; a closing cloud writes them down.
import { key } from '../../../kernel/key.ts';
import type { PartWorld } from '../../../kernel/parts.ts';
import type { Store } from '../../../kernel/table.ts';
import { type Instant, instant, later } from '../../../kernel/units.ts';
import { tcp } from '../../../network/flow.ts';
import type { Trace } from '../../../network/trace.ts';
import type { FlowNote, FlowWitness } from '../../../traffic/traffic.ts';
import { type Ec2State, ec2Tables } from '../../compute/ec2/state.ts';
import type { FlowIntervalRow, FlowLogRow, FlowTally } from './insight-state.ts';
import { type Observation, observe } from './flow-observation.ts';
import { observeTransit, type TransitObservation } from './transit-observation.ts';

/** What deliveries ask for. */
export interface FlowRecorder extends FlowWitness {
  /** Drops what was gathered for a flow log that is gone. */
  forget(flowLogId: string): void;
  /** Intervals of a flow log that were over by an instant, oldest first. They are forgotten here; those in rows stay until deleted. */
  take(
    place: { readonly account: string; readonly region: string },
    log: FlowLogRow,
    until: Instant,
  ): FlowIntervalRow[];
}

/** More flows than this in one interval are skipped, as AWS does beyond its capacity. */
const talliesMax = 50_000;

/** An observation with the flow logs that want it. */
interface Watched {
  readonly seen: Observation;
  readonly flow: string;
  readonly logs: readonly FlowLogRow[];
}

interface LoggingRegion {
  readonly account: string;
  readonly region: string;
  readonly state: Ec2State;
}

/** A gateway's own account watches it, and its attachments. */
function watchedTransit(seen: TransitObservation, regions: readonly LoggingRegion[]): Watched[] {
  const { gatewayId, attachmentId } = seen.transit;
  return regions.flatMap(({ account, state }): Watched[] => {
    const logs = [gatewayId, attachmentId].flatMap((id) => state.flowLogs.index('resource').list({ prefix: key(id) }));
    return logs.length === 0 ? [] : [{ seen: { ...seen, account }, flow: flowOf(seen), logs }];
  });
}

interface Gathered {
  readonly at: Instant;
  readonly tallies: Map<string, { -readonly [Name in keyof FlowTally]: FlowTally[Name] }>;
  readonly skipped: Set<string>;
}

const startOf = (at: number, { intervalSeconds }: FlowLogRow): Instant =>
  instant(Math.floor(at / (intervalSeconds * 1000)) * intervalSeconds * 1000);

class LiveFlowLogs implements FlowRecorder {
  readonly #world: PartWorld;
  #layout = -1;
  #regions: readonly LoggingRegion[] = [];
  /** Good for as long as flow logs stay as they are. */
  #watched = new WeakMap<Trace, readonly Watched[]>();
  #versions = '';
  /** By flow log, then by interval. */
  readonly #gathered = new Map<string, Map<Instant, Gathered>>();

  constructor(world: PartWorld) {
    this.#world = world;
    world.onClose(() => this.#write());
    world.onRestore(() => this.#gathered.clear());
  }

  note({ trace, at, ending, bytesOut, bytesBack }: FlowNote): void {
    const regions = this.#logging();
    if (regions.length === 0) return;
    for (const { seen, flow, logs } of this.#watch(trace, regions)) {
      const amount = amountOf(seen, trace, ending, seen.side === 'forward' ? bytesOut : bytesBack);
      if (amount === undefined) continue;
      for (const log of logs) this.#add(log, flow, seen, at, amount);
    }
  }

  /** Regions that have flow logs. */
  #logging() {
    const { store } = this.#world;
    if (store.layout !== this.#layout) {
      this.#regions = regionsOf(store);
      this.#layout = store.layout;
    }
    return this.#regions.filter(({ state }) => state.flowLogs.size > 0);
  }

  #watch(trace: Trace, regions: readonly LoggingRegion[]): readonly Watched[] {
    const versions = regions.map(({ state }) => state.flowLogs.version).join();
    if (versions !== this.#versions) {
      this.#watched = new WeakMap();
      this.#versions = versions;
    }
    const known = this.#watched.get(trace);
    if (known !== undefined) return known;
    const topology = this.#world.parts.network.topology();
    const watched = observe(trace, topology).flatMap((seen): Watched[] => {
      const logs = this.#logsOf(seen);
      return logs.length === 0 ? [] : [{ seen, flow: flowOf(seen), logs }];
    });
    const inTransit = observeTransit(trace, topology).flatMap((seen) => watchedTransit(seen, regions));
    watched.push(...inTransit);
    this.#watched.set(trace, watched);
    return watched;
  }

  #logsOf({ account, region, vpcId, subnetId, interfaceId, action }: Observation): FlowLogRow[] {
    const state = this.#world.store.state('ec2', ec2Tables, account, region);
    return [vpcId, subnetId, interfaceId]
      .flatMap((id) => state.flowLogs.index('resource').list({ prefix: key(id) }))
      .filter(({ traffic }) => traffic === 'ALL' || traffic === action);
  }

  #add(
    log: FlowLogRow,
    flow: string,
    seen: Observation,
    now: Instant,
    { packets, bytes, tcpFlags }: Pick<FlowTally, 'packets' | 'bytes' | 'tcpFlags'>,
  ): void {
    const at = startOf(now, log);
    let intervals = this.#gathered.get(log.id);
    if (intervals === undefined) this.#gathered.set(log.id, (intervals = new Map()));
    let gathered = intervals.get(at);
    if (gathered === undefined) intervals.set(at, (gathered = { at, tallies: new Map(), skipped: new Set() }));
    const tally = gathered.tallies.get(flow);
    if (tally !== undefined) {
      tally.packets += packets;
      tally.bytes += bytes;
      tally.tcpFlags |= tcpFlags;
      tally.lastAt = now;
    } else if (gathered.tallies.size < talliesMax)
      gathered.tallies.set(flow, { seen, packets, bytes, tcpFlags, firstAt: now, lastAt: now });
    else gathered.skipped.add(seen.interfaceId);
  }

  take({ account, region }: { account: string; region: string }, log: FlowLogRow, until: Instant): FlowIntervalRow[] {
    const state = this.#world.store.state('ec2', ec2Tables, account, region);
    const isOver = ({ at }: { readonly at: Instant }): boolean => later(at, log.intervalSeconds) <= until;
    const taken = state.flowIntervals.list({ prefix: key(log.id) }).filter(isOver);
    const intervals = this.#gathered.get(log.id);
    for (const gathered of intervals?.values() ?? []) {
      if (!isOver(gathered)) continue;
      intervals?.delete(gathered.at);
      taken.push(rowOf(log.id, gathered));
    }
    if (intervals?.size === 0) this.#gathered.delete(log.id);
    return taken.toSorted((a, b) => a.at - b.at);
  }

  forget(flowLogId: string): void {
    this.#gathered.delete(flowLogId);
  }

  #write(): void {
    const { store } = this.#world;
    store.transaction(() => {
      for (const { state } of regionsOf(store))
        for (const { id } of state.flowLogs.list())
          for (const gathered of this.#gathered.get(id)?.values() ?? []) {
            const before = state.flowIntervals.find(key(id, gathered.at));
            state.flowIntervals.put(joined(before, rowOf(id, gathered)));
          }
    });
    this.#gathered.clear();
  }
}

const rowOf = (flowLogId: string, { at, tallies, skipped }: Gathered): FlowIntervalRow => ({
  flowLogId,
  at,
  tallies: [...tallies.values()].map((tally) => ({ ...tally })),
  skippedInterfaceIds: [...skipped],
});

/** An interval that was written before, and went on. */
const joined = (before: FlowIntervalRow | undefined, after: FlowIntervalRow): FlowIntervalRow =>
  before === undefined
    ? after
    : {
        ...after,
        tallies: [...before.tallies, ...after.tallies],
        skippedInterfaceIds: [...new Set([...before.skippedInterfaceIds, ...after.skippedInterfaceIds])],
      };

const regionsOf = (store: Store): LoggingRegion[] =>
  store.places().flatMap((place) => {
    const [, account, region] = /^ec2\/(\d+)\/([^/]+)\/flowLogs$/.exec(place) ?? [];
    if (account === undefined || region === undefined) return [];
    return [{ account, region, state: store.state('ec2', ec2Tables, account, region) }];
  });

/** What makes two observations one flow of one interface. */
const flowOf = (seen: Observation): string =>
  [
    seen.interfaceId,
    seen.direction,
    seen.action,
    seen.protocol,
    seen.packetSource,
    seen.sourcePort,
    seen.packetDestination,
    seen.destinationPort,
  ].join(' ');

const segmentBytes = 1_448;
/** IP and TCP headers with a time stamp; a first packet carries some more options. */
const headerBytes = 52;
const firstBytes = 60;
const flags = { fin: 1, syn: 2, reset: 4, synAck: 18 } as const;

/**
 * Packets and bytes of one direction, as TCP would send them; undefined when nothing passed.
 * Differs: nothing is sent as packets here, so they are counted from the length of what was said.
 */
function amountOf(
  { side, protocol }: Observation,
  trace: Trace,
  ending: FlowNote['ending'],
  said: number | undefined,
): Pick<FlowTally, 'packets' | 'bytes' | 'tcpFlags'> | undefined {
  if (protocol !== tcp && said === undefined) return undefined;
  const saidBytes = said ?? 0;
  const segments = Math.ceil(saidBytes / segmentBytes);
  if (protocol !== tcp)
    return { packets: Math.max(1, segments), bytes: saidBytes + 28 * Math.max(1, segments), tcpFlags: 0 };
  const answered = trace.disposition === 'delivered';
  if (answered && ending === 'answered') {
    // Opening and closing take three packets of who asks, and two of who answers; each side's data are acknowledged within its own.
    const packets = segments + (side === 'forward' ? 3 : 2);
    const opening = side === 'forward' ? flags.syn : flags.synAck;
    return { packets, bytes: saidBytes + packets * headerBytes, tcpFlags: opening | flags.fin };
  }
  if (side === 'forward') return { packets: 1, bytes: firstBytes, tcpFlags: flags.syn };
  if (answered && ending === 'timeout') return undefined;
  return answered
    ? { packets: 1, bytes: 40, tcpFlags: flags.reset }
    : { packets: 1, bytes: firstBytes, tcpFlags: flags.synAck };
}

declare module '../../../kernel/parts.ts' {
  interface Parts {
    readonly flowLogs: FlowRecorder;
  }
}

export const makePart = (world: PartWorld): FlowRecorder => new LiveFlowLogs(world);
