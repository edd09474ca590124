// The network of a running cloud, made of its rows: all accounts and Regions as one topology.
//
// Nothing is kept besides what the tables say, so undo, restore and fork need no word about it. Every table counts its changes; what was
// made of a table is good until it counts on. Asking again costs a look at some twenty counters for each Region in use.
import type { Parts, PartWorld } from '../../../kernel/parts.ts';
import type { Store } from '../../../kernel/table.ts';
import type { Flow } from '../../../network/flow.ts';
import type { Inspectors } from '../../../network/inspector.ts';
import {
  emptyTopology,
  type Peering,
  type PrefixList,
  type PublicService,
  type Site,
  type Topology,
  type TransitGateway,
  type Vpc,
  type VpnConnection,
} from '../../../network/topology.ts';
import { type Trace, trace, type TraceOptions } from '../../../network/trace.ts';
import type { NetworkView } from '../../../network/view.ts';
import { type Ec2State, ec2Tables } from '../../compute/ec2/state.ts';
import { amazonPrefixLists } from './amazon-prefix-list.ts';
import { LiveRegion, type RegionNetwork } from './live-region.ts';
import { withoutLinks } from './down-link.ts';
import { Derived, sameMap, Shelf } from './sharing.ts';

const byId = <Item extends { readonly id: string }>(items: readonly Item[]): ReadonlyMap<string, Item> =>
  new Map(items.map((item) => [item.id, item]));

/** What the fault plan says of the network. */
export type Troubles = Pick<Parts['faults'], 'zones' | 'downLinks'>;

/** The map as it was, when the other one says the same. */
function sameHealth(before: Topology['zones'], after: Topology['zones']): Topology['zones'] {
  if (before.size !== after.size) return after;
  for (const [id, { power, network }] of after) {
    const was = before.get(id);
    if (was?.power !== power || was.network !== network) return after;
  }
  return before;
}

/** A block of Amazon's addresses: services that have no prefix list answer here. */
const otherServices = ['52.46.128.0/19'];

export class LiveTopology implements NetworkView {
  readonly #store: Store;
  readonly #inspectors: Inspectors;
  readonly #troubles: Troubles;
  #joined: Topology = emptyTopology;
  #links = '';
  #layout = -1;
  readonly #regions = new Map<string, LiveRegion>();
  #networks: readonly RegionNetwork[] = [];
  #peerings: Derived<ReadonlyMap<string, Peering>> | undefined;
  #services: readonly PublicService[] = [];
  #whole: Topology = emptyTopology;
  #topology: Topology = emptyTopology;
  #version = 0;

  constructor(store: Store, inspectors: Inspectors, troubles: Troubles) {
    this.#store = store;
    this.#inspectors = inspectors;
    this.#troubles = troubles;
  }

  topology(): Topology {
    const joined = this.#joinAll();
    const down = this.#troubles.downLinks();
    const links = down.map(({ resourceId, tunnel = '' }) => `${resourceId}/${tunnel}`).join();
    if (joined !== this.#joined || links !== this.#links) {
      this.#joined = joined;
      this.#links = links;
      this.#topology = down.length === 0 ? joined : withoutLinks(joined, down);
      this.#version++;
    }
    return this.#topology;
  }

  get version(): number {
    this.topology();
    return this.#version;
  }

  /** All networks as the rows have them; only zones know of faults here. */
  #joinAll(): Topology {
    this.#lookForRegions();
    const networks = [...this.#regions.values()].map((region) => region.get());
    const peerings = this.#peerings?.get() ?? emptyTopology.peerings;
    const before = this.#whole;
    const zones = sameHealth(before.zones, this.#troubles.zones());
    const same = networks.length === this.#networks.length && networks.every((one, at) => one === this.#networks[at]);
    if (same && peerings === before.peerings && zones === before.zones && this.#services === before.services)
      return before;
    this.#networks = networks;
    const next: Topology = { ...this.#join(networks), peerings, zones, services: this.#services };
    const parts = Object.keys(next) as (keyof Topology)[];
    if (parts.some((part) => next[part] !== before[part])) this.#whole = next;
    return this.#whole;
  }

  trace(flow: Flow, options?: TraceOptions): Trace {
    return trace(this.topology(), flow, options);
  }

  /** Accounts and Regions that have networks: looked for again only when there are tables that were not there before. */
  #lookForRegions(): void {
    if (this.#store.layout === this.#layout) return;
    const found = this.#store.places().flatMap((place) => /^ec2\/(\d+)\/([^/]+)\/vpcs$/.exec(place)?.slice(1, 3) ?? []);
    for (let at = 0; at < found.length; at += 2) this.#addRegion(found[at] as string, found[at + 1] as string);
    this.#layout = this.#store.layout;
  }

  #addRegion(account: string, region: string): void {
    const place = `${account}/${region}`;
    if (this.#regions.has(place)) return;
    const state: Ec2State = this.#store.state('ec2', ec2Tables, account, region);
    this.#regions.set(place, new LiveRegion(account, region, state, this.#inspectors));
    this.#peerings ??= peeringsOf(state);
    const names = [...new Set([...this.#regions.keys()].map((one) => one.slice(one.indexOf('/') + 1)))];
    this.#services = names.flatMap((name) => [
      ...amazonPrefixLists(name).map((list) => ({ name: list.name, cidrs: list.entries.map(({ cidr }) => cidr) })),
      { name: `com.amazonaws.${name}`, cidrs: otherServices },
    ]);
  }

  #join(networks: readonly RegionNetwork[]) {
    const before = this.#whole;
    const join = <Item extends { readonly id: string }>(
      kept: ReadonlyMap<string, Item>,
      items: (network: RegionNetwork) => readonly Item[],
    ) => sameMap(kept, byId(networks.flatMap(items)));
    return {
      vpcs: join<Vpc>(before.vpcs, ({ vpcs }) => vpcs),
      transitGateways: join<TransitGateway>(before.transitGateways, ({ transitGateways }) => transitGateways),
      vpnConnections: join<VpnConnection>(before.vpnConnections, ({ vpnConnections }) => vpnConnections),
      sites: join<Site>(before.sites, ({ sites }) => sites),
      prefixLists: join<PrefixList>(before.prefixLists, ({ prefixLists }) => prefixLists),
    };
  }
}

function peeringsOf(state: Ec2State): Derived<ReadonlyMap<string, Peering>> {
  const shelf = new Shelf<Peering>();
  return new Derived([state.peerings], () => {
    for (const row of state.peerings.each())
      shelf.add('', row.id, [row], () => ({
        id: row.id,
        active: row.status === 'active',
        vpcIds: [row.requester.vpcId, row.accepter.vpcId],
      }));
    return byId(shelf.done().get('') ?? []);
  });
}

export const makePart = ({ store, parts }: PartWorld): NetworkView =>
  new LiveTopology(store, parts.inspectors, parts.faults);
