// Which route is in force for an address: the longest prefix, and among equals the kind of route.
import { type Address, clear4, clear6, contains, type Prefix, readPrefix } from './address.ts';
import type { PrefixList, Route, RouteTable, TransitRoute, TransitRouteTable } from './topology.ts';

/** Prefixes by length, longest first. */
class PrefixMap<Value> {
  readonly #lengths4: number[] = [];
  readonly #lengths6: number[] = [];
  readonly #values = new Map<string | number, Map<number | bigint, Value>>();

  /** Sets the value unless `keep` prefers the one that is there. */
  add(prefix: Prefix, value: Value, keep: (before: Value) => boolean): void {
    const at = prefix.family === 4 ? prefix.length : `6/${prefix.length}`;
    const values = this.#values.get(at) ?? new Map<number | bigint, Value>();
    if (!this.#values.has(at)) {
      this.#values.set(at, values);
      const lengths = prefix.family === 4 ? this.#lengths4 : this.#lengths6;
      lengths.push(prefix.length);
      lengths.sort((a, b) => b - a);
    }
    const before = values.get(prefix.bits);
    if (before === undefined || !keep(before)) values.set(prefix.bits, value);
  }

  find(address: Address): Value | undefined {
    if (address.family === 4) {
      for (const length of this.#lengths4) {
        const value = this.#values.get(length)?.get(clear4(address.bits, length));
        if (value !== undefined) return value;
      }
      return undefined;
    }
    for (const length of this.#lengths6) {
      const value = this.#values.get(`6/${length}`)?.get(clear6(address.bits, length));
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

interface Candidate {
  readonly route: Route;
  readonly prefix: Prefix;
  /** Smaller is preferred, between routes of the same prefix. */
  readonly rank: number;
}

const ranks: Readonly<Record<Route['origin'], number>> = {
  local: 0,
  static: 1,
  'propagated-direct-connect': 3,
  'propagated-vpn-static': 4,
  'propagated-vpn-bgp': 5,
};
/** A route by prefix list yields to a static one of the same prefix, and goes before propagated ones. */
const prefixListRank = 2;

const isPropagated = (route: Route): boolean => route.origin.startsWith('propagated');

type PrefixLists = ReadonlyMap<string, PrefixList>;

const candidatesOf = (table: RouteTable, lists: PrefixLists): Candidate[] =>
  table.routes.flatMap((route) => {
    const list = lists.get(route.destination);
    if (list !== undefined)
      return list.cidrs.map((cidr) => ({ route, prefix: readPrefix(cidr), rank: prefixListRank }));
    // A prefix list that is not there covers nothing.
    if (!route.destination.includes('/')) return [];
    return [{ route, prefix: readPrefix(route.destination), rank: ranks[route.origin] }];
  });

function compile(table: RouteTable, lists: PrefixLists): PrefixMap<Candidate> {
  const candidates = candidatesOf(table, lists);
  const locals = candidates.filter(({ route }) => route.origin === 'local').map(({ prefix }) => prefix);
  const compiled = new PrefixMap<Candidate>();
  for (const candidate of candidates) {
    // The local route is preferred over a propagated one, even over a more specific one.
    if (isPropagated(candidate.route) && locals.some((local) => contains(local, candidate.prefix))) continue;
    compiled.add(candidate.prefix, candidate, (before) => before.rank <= candidate.rank);
  }
  return compiled;
}

const compiledTables = new WeakMap<RouteTable, { lists: PrefixLists; compiled: PrefixMap<Candidate> }>();

/**
 * The route of a VPC route table that is in force for an address.
 *
 * Longest prefix first; then static before prefix list before propagated (Direct Connect, VPN static, VPN BGP).
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
 */
export function findRoute(
  table: RouteTable,
  address: Address,
  lists: PrefixLists,
): { readonly route: Route; readonly prefix: Prefix } | undefined {
  let known = compiledTables.get(table);
  if (known === undefined || known.lists !== lists) {
    known = { lists, compiled: compile(table, lists) };
    compiledTables.set(table, known);
  }
  return known.compiled.find(address);
}

const compiledTransit = new WeakMap<TransitRouteTable, PrefixMap<TransitRoute>>();

/** The route of a transit gateway's route table: longest prefix, then static before propagated. */
export function findTransitRoute(table: TransitRouteTable, address: Address): TransitRoute | undefined {
  let compiled = compiledTransit.get(table);
  if (compiled === undefined) {
    compiled = new PrefixMap<TransitRoute>();
    for (const route of table.routes) {
      compiled.add(readPrefix(route.destination), route, (before) => before.origin === 'static');
    }
    compiledTransit.set(table, compiled);
  }
  return compiled.find(address);
}
