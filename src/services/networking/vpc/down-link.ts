// Links that a fault took down, as the network sees them: what the rows say, less what does not carry anything now.
import type { Topology } from '../../../network/topology.ts';

export interface DownLink {
  readonly resourceId: string;
  /** Undefined: all of it. */
  readonly tunnel?: 0 | 1 | undefined;
}

/** A map in which the items that are named are others; the very same map when none is in it. */
function changed<Item>(
  map: ReadonlyMap<string, Item>,
  names: Iterable<string>,
  change: (item: Item) => Item,
): ReadonlyMap<string, Item> {
  let copy: Map<string, Item> | undefined;
  for (const name of names) {
    const item = map.get(name);
    if (item === undefined) continue;
    copy ??= new Map(map);
    copy.set(name, change(item));
  }
  return copy ?? map;
}

/** Whether a link, or one of its tunnels, is down. */
export const isDown = (down: readonly DownLink[], resourceId: string, tunnel?: number): boolean =>
  down.some((one) => one.resourceId === resourceId && (one.tunnel === undefined || one.tunnel === tunnel));

/** The network without the links that are down. */
export function withoutLinks(topology: Topology, down: readonly DownLink[]): Topology {
  const ids = new Set(down.map(({ resourceId }) => resourceId));
  const attached = [...topology.transitGateways.values()]
    .filter(({ attachments }) => attachments.some(({ id }) => ids.has(id)))
    .map(({ id }) => id);
  return {
    ...topology,
    peerings: changed(topology.peerings, ids, (peering) => ({ ...peering, active: false })),
    vpnConnections: changed(topology.vpnConnections, ids, (connection) => ({
      ...connection,
      tunnelsUp: connection.tunnelsUp.map((up, at) => up && !isDown(down, connection.id, at)),
    })),
    transitGateways: changed(topology.transitGateways, attached, (gateway) => ({
      ...gateway,
      attachments: gateway.attachments.map((one) => (ids.has(one.id) ? { ...one, available: false } : one)),
    })),
  };
}
