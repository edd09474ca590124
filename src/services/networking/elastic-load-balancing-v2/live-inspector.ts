// The Gateway Load Balancers of a running cloud, as the network sees them: their nodes, their appliances, and which of those are well.
//
// Made of rows alone, and made again only when a table counted on; what came out the same stays the same object.
import { key, textPrefix } from '../../../kernel/key.ts';
import type { PartWorld } from '../../../kernel/parts.ts';
import type { Store } from '../../../kernel/table.ts';
import { type Instant, secondsBetween } from '../../../kernel/units.ts';
import { tcp } from '../../../network/flow.ts';
import type { Inspectors, Shown } from '../../../network/inspector.ts';
import type { Appliance, Inspector } from '../../../network/topology.ts';
import type { Path, Trace } from '../../../network/trace.ts';
import type { TrafficMeter } from '../../../traffic/meter.ts';
import { groupsOfActions } from './action-group.ts';
import { crossesZones } from './choice.ts';
import { type BalancerRow, type ElbState, elbTables, type GroupRow, type TargetRow } from './state.ts';

interface Kept {
  /** What it says, to tell whether it changed. */
  readonly text: string;
  readonly inspector: Inspector;
}

/** A Gateway Load Balancer on a way. */
interface Visit {
  /** Its subjects for the meter: itself, and its node's zone. */
  readonly subjects: readonly string[];
  readonly side: 'forward' | 'back';
}

interface Passed {
  readonly visits: readonly Visit[];
  lastAt: Instant | undefined;
}

/** A flow that is not one of TCP is another one after so long a silence. */
const otherIdleSeconds = 120;

class LiveInspectors implements Inspectors {
  readonly #store: Store;
  readonly #meter: () => TrafficMeter;
  readonly #passed = new WeakMap<Trace, Passed>();
  readonly #states = new Map<string, ElbState>();
  #layout = -1;
  #counted = -1;
  #version = 0;
  #kept: ReadonlyMap<string, Kept> = new Map();

  constructor({ store, parts }: Pick<PartWorld, 'store' | 'parts'>) {
    this.#store = store;
    this.#meter = () => parts.meter;
  }

  /** Differs: how many flows are active at once is not told. */
  note({ trace, at, bytesOut, bytesBack }: Shown): void {
    let passed = this.#passed.get(trace);
    if (passed === undefined) this.#passed.set(trace, (passed = { visits: this.#visits(trace), lastAt: undefined }));
    if (passed.visits.length === 0) return;
    const isTcp = trace.forward.packet.protocol === tcp;
    const isNew = isTcp || passed.lastAt === undefined || secondsBetween(passed.lastAt, at) >= otherIdleSeconds;
    passed.lastAt = at;
    const count = ({ subjects }: Visit, quantity: string, value: number): void => {
      for (const subject of subjects) this.#meter().count(subject, at, quantity, value);
    };
    const last = passed.visits.at(-1);
    if (last !== undefined && isRejected(trace)) {
      count(last, 'RejectedFlowCount', 1);
      if (isTcp) count(last, 'RejectedFlowCount_TCP', 1);
      return;
    }
    for (const visit of passed.visits) {
      const bytes = visit.side === 'forward' ? bytesOut : bytesBack;
      if (bytes !== undefined) count(visit, 'ProcessedBytes', bytes);
      if (visit.side === 'forward' && isNew) count(visit, 'NewFlowCount', 1);
    }
  }

  #visits({ forward, back }: Trace): Visit[] {
    const visitsOf = (side: Visit['side'], { hops }: Path): Visit[] =>
      hops.flatMap(({ component, subnetId }) => {
        if (component.kind !== 'gateway-load-balancer') return [];
        const [, , , region, account] = component.id.split(':');
        const row = this.#states.get(`${account}/${region}`)?.balancers.find(component.id);
        const zone = row?.nodes.find((node) => node.subnetId === subnetId)?.zoneName;
        return row === undefined ? [] : [{ side, subjects: [`elb/${row.path}`, `elb/${row.path} ${zone}`] }];
      });
    return [...visitsOf('forward', forward), ...(back === undefined ? [] : visitsOf('back', back))];
  }

  get version(): number {
    this.#look();
    return this.#version;
  }

  behind(balancerArn: string): Inspector | undefined {
    this.#look();
    return this.#kept.get(balancerArn)?.inspector;
  }

  #look(): void {
    this.#lookForRegions();
    let counted = 0;
    for (const { balancers, listeners, groups, targets } of this.#states.values())
      counted += balancers.version + listeners.version + groups.version + targets.version;
    if (counted === this.#counted) return;
    this.#counted = counted;
    const next = new Map<string, Kept>();
    for (const state of this.#states.values()) {
      for (const row of state.balancers.index('path').each({ prefix: textPrefix('gwy/') })) {
        const inspector = inspectorOf(state, row);
        const text = JSON.stringify(inspector);
        const before = this.#kept.get(row.arn);
        next.set(row.arn, before?.text === text ? before : { text, inspector });
      }
    }
    const same = next.size === this.#kept.size && [...next].every(([arn, kept]) => this.#kept.get(arn) === kept);
    if (same) return;
    this.#kept = next;
    this.#version++;
  }

  /** Accounts and Regions that have load balancers: looked for again only when there are tables that were not there before. */
  #lookForRegions(): void {
    if (this.#store.layout === this.#layout) return;
    this.#layout = this.#store.layout;
    for (const place of this.#store.places()) {
      const [, account, region] = /^elastic-load-balancing-v2\/(\d+)\/([^/]+)\/balancers$/.exec(place) ?? [];
      if (account === undefined || region === undefined || this.#states.has(`${account}/${region}`)) continue;
      const state: ElbState = this.#store.state('elastic-load-balancing-v2', elbTables, account, region);
      this.#states.set(`${account}/${region}`, state);
    }
  }
}

function inspectorOf(state: ElbState, row: BalancerRow): Inspector {
  const listener = state.listeners.index('balancer').first({ prefix: key(row.arn) });
  const group = state.groups.find(groupsOfActions(listener?.actions ?? [])[0] ?? '');
  const targets = group === undefined ? [] : state.targets.list({ prefix: key(group.arn) });
  return {
    id: row.arn,
    vpcId: row.vpcId,
    active: row.state === 'active' || row.state === 'active_impaired',
    nodeIds: row.nodes.flatMap(({ interfaceId }) => interfaceId ?? []),
    crossesZones: group !== undefined && crossesZones(row, group),
    sameFor: samenessOf(group),
    rebalances: group?.attributes['target_failover.on_unhealthy'] === 'rebalance',
    tcpIdleSeconds: Number(listener?.attributes['tcp.idle_timeout.seconds'] ?? 350),
    appliances: targets.map(applianceOf),
  };
}

const applianceOf = ({ id, drainingUntil, health }: TargetRow): Appliance => ({
  id,
  healthy: drainingUntil === undefined && health.state === 'healthy',
  draining: drainingUntil !== undefined && health.state === 'healthy',
});

/** Unknown: what AWS makes of `source_ip` alone, by which the two directions of a flow differ; here both addresses count. */
function samenessOf(group: GroupRow | undefined): Inspector['sameFor'] {
  if (group?.attributes['stickiness.enabled'] !== 'true') return 'flow';
  return group.attributes['stickiness.type'] === 'source_ip_dest_ip_proto' ? 'protocol' : 'addresses';
}

/** True when a load balancer had no appliance to show it to. */
const isRejected = ({ forward, back }: Trace): boolean =>
  [forward, back].some((path) => path?.explanation?.component?.kind === 'gateway-load-balancer');

export const makePart = (world: PartWorld): Inspectors => new LiveInspectors(world);
