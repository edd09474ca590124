// The Gateway Load Balancers of a running cloud, as the network sees them: their nodes, their appliances, and which of those are well.
//
// Made of rows alone, and made again only when a table counted on; what came out the same stays the same object.
import { key, textPrefix } from '../../../kernel/key.ts';
import type { PartWorld } from '../../../kernel/parts.ts';
import type { Store } from '../../../kernel/table.ts';
import type { Inspectors } from '../../../network/inspector.ts';
import type { Appliance, Inspector } from '../../../network/topology.ts';
import { groupsOfActions } from './action.ts';
import { crossesZones } from './choice.ts';
import { type BalancerRow, type ElbState, elbTables, type GroupRow, type TargetRow } from './state.ts';

interface Kept {
  /** What it says, to tell whether it changed. */
  readonly text: string;
  readonly inspector: Inspector;
}

class LiveInspectors implements Inspectors {
  readonly #store: Store;
  readonly #states = new Map<string, ElbState>();
  #layout = -1;
  #counted = -1;
  #version = 0;
  #kept: ReadonlyMap<string, Kept> = new Map();

  constructor(store: Store) {
    this.#store = store;
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

export const makePart = ({ store }: PartWorld): Inspectors => new LiveInspectors(store);
