// Beyond one VPC by routers of their own: transit gateways, virtual private gateways with their VPN tunnels, and sites.
import { type Address, contains, covers, readPrefix } from './address.ts';
import type { Component, Disposition, ExplanationCode } from './explanation.ts';
import { findTransitRoute } from './route.ts';
import type { TransitAttachment, TransitGateway, VpnConnection } from './topology.ts';
import { type VpcIndex, findVpcOfVpnGateway } from './topology-index.ts';
import type { Place, Walk } from './walk.ts';
import { enterByEdge } from './walk-gateway.ts';
import { cutOff, deniedByAcl, passAcl } from './walk-vpc.ts';

type Target = Extract<Place, { kind: 'target' }>;

const drop = (walk: Walk, fate: Disposition, code: ExplanationCode, component: Component, why: string): Place =>
  walk.drop(fate, { code, component, sentence: `dropped by ${component.id}: ${why}` });

/** From a VPC into a transit gateway, through the attachment's interface in the same zone. */
export function enterTransitGateway(walk: Walk, { vpc, route, fromSubnetId }: Target): Place {
  const { id } = route.target;
  const gateway = walk.topology.transitGateways.get(id);
  const component = { kind: 'transit-gateway', id } as const;
  walk.hop(component, { vpcId: vpc.vpc.id });
  const attachment = gateway?.attachments.find(({ kind, resourceId }) => kind === 'vpc' && resourceId === vpc.vpc.id);
  if (attachment?.available !== true) {
    return drop(walk, 'down', 'BAD_STATE_ATTACHMENT', component, `${vpc.vpc.id} is not attached to it`);
  }
  const subnetId = attachment.subnetIds.find((subnet) => vpc.subnets.get(subnet)?.zone === walk.zone);
  if (subnetId === undefined) {
    const why = `${attachment.id} has no subnet in zone ${walk.zone ?? '?'}, where the packet comes from`;
    return drop(walk, 'refused', 'TGW_ROUTE_AZ_RESTRICTION', component, why);
  }
  if (subnetId !== fromSubnetId && !passAcl(walk, vpc, subnetId, 'ingress')) {
    return deniedByAcl(walk, vpc, subnetId, 'ingress');
  }
  if (!walk.canCross(undefined)) return cutOff(walk, vpc, subnetId, walk.zone);
  if (!attachment.groupReferences || gateway?.groupReferences !== true) walk.sender = undefined;
  return { kind: 'transit', gatewayId: id, fromAttachmentId: attachment.id };
}

/** A transit gateway decides by the route table that the attachment of arrival is associated with. */
export function routeInTransit(walk: Walk, place: Extract<Place, { kind: 'transit' }>): Place {
  const gateway = walk.topology.transitGateways.get(place.gatewayId) as TransitGateway;
  const from = gateway.attachments.find(({ id }) => id === place.fromAttachmentId);
  const table = gateway.routeTables.find(({ id }) => id === from?.routeTableId);
  const component = { kind: 'transit-gateway-route-table', id: table?.id ?? gateway.id } as const;
  walk.hop(component);
  if (table === undefined) {
    const why = `${place.fromAttachmentId} is associated with no route table`;
    return drop(walk, 'no-route', 'TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION', component, why);
  }
  const { destination } = walk.packet;
  const found = findTransitRoute(table, destination);
  if (found === undefined) {
    return drop(walk, 'no-route', 'TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT', component, `no route to ${destination.text}`);
  }
  const attachment = gateway.attachments.find(({ id }) => id === found.attachmentId);
  if (attachment === undefined) {
    const why = `the route for ${found.destination} is a blackhole`;
    return drop(walk, 'blackhole', 'TGW_RTB_BAD_STATE_ROUTE', component, why);
  }
  walk.step({ kind: 'transit-route', tableId: table.id, destination: found.destination, attachmentId: attachment.id });
  return leaveTransit(walk, gateway, attachment);
}

function leaveTransit(walk: Walk, gateway: TransitGateway, attachment: TransitAttachment): Place {
  const component = { kind: 'transit-gateway-attachment', id: attachment.id } as const;
  walk.hop(component);
  if (!attachment.available) return drop(walk, 'down', 'BAD_STATE_ATTACHMENT', component, 'it is not available');
  if (!attachment.groupReferences) walk.sender = undefined;
  if (attachment.kind === 'vpc') return leaveTransitToVpc(walk, attachment, component);
  if (attachment.kind === 'vpn') {
    const connection = walk.topology.vpnConnections.get(attachment.resourceId);
    if (connection?.tunnelsUp.includes(true) === true) return intoTunnel(walk, connection);
    return drop(walk, 'down', 'TGW_BAD_STATE_VPN', component, 'no tunnel is up');
  }
  if (attachment.kind === 'peering') {
    const other = walk.topology.transitGateways.get(attachment.resourceId);
    const entry = other?.attachments.find(({ kind, resourceId }) => kind === 'peering' && resourceId === gateway.id);
    if (other !== undefined && entry?.available === true) {
      walk.sender = undefined;
      return { kind: 'transit', gatewayId: other.id, fromAttachmentId: entry.id };
    }
    return drop(walk, 'down', 'BAD_STATE_ATTACHMENT', component, 'the other transit gateway has not accepted it');
  }
  return drop(walk, 'not-modelled', 'UNSUPPORTED_COMPONENT', component, 'Direct Connect is not modelled here');
}

/** Into a VPC by the attachment's interface in the packet's zone, else in a zone that works. There its subnet's router decides. */
function leaveTransitToVpc(walk: Walk, attachment: TransitAttachment, component: Component): Place {
  const vpc = walk.vpc(attachment.resourceId);
  if (vpc === undefined)
    return drop(walk, 'not-modelled', 'UNKNOWN_DESTINATION', component, 'its VPC is not known here');
  const zoneOf = (subnetId: string) => vpc.subnets.get(subnetId)?.zone;
  const works = (subnetId: string) => {
    const zone = zoneOf(subnetId);
    return zone !== undefined && walk.hasPower(zone) && (walk.topology.zones.get(zone)?.network ?? true);
  };
  const subnetId =
    attachment.subnetIds.find((id) => zoneOf(id) === walk.zone && works(id)) ?? attachment.subnetIds.find(works);
  if (subnetId === undefined) return drop(walk, 'down', 'BAD_STATE_ATTACHMENT', component, 'no zone of it works');
  walk.zone = zoneOf(subnetId);

  const target = vpc.interfaceAt(walk.packet.destination);
  if (target?.subnetId === subnetId) return { kind: 'local', vpc, fromSubnetId: subnetId, fromTransit: true };
  if (!passAcl(walk, vpc, subnetId, 'egress')) return deniedByAcl(walk, vpc, subnetId, 'egress');
  return { kind: 'router', vpc, subnetId };
}

const isUp = (connection: VpnConnection): boolean => connection.tunnelsUp.includes(true);

/** The most specific route that a connection has for an address; undefined when it has none. */
function longestRoute(connection: VpnConnection, address: Address): number | undefined {
  const lengths = connection.routes
    .map(readPrefix)
    .flatMap((prefix) => (covers(prefix, address) ? [prefix.length] : []));
  return lengths.length === 0 ? undefined : Math.max(...lengths);
}

/** From a VPC to a site: by the VPN connection with the most specific route among those that have a tunnel up. */
export function leaveByVpnGateway(walk: Walk, { vpc, route, fromSubnetId }: Target): Place {
  const { id } = route.target;
  const component = { kind: 'vpn-gateway', id } as const;
  walk.hop(component, { vpcId: vpc.vpc.id });
  if (vpc.vpc.vpnGatewayId !== id) {
    return drop(walk, 'down', 'BAD_STATE_ATTACHMENT', component, `it is not attached to ${vpc.vpc.id}`);
  }
  if (vpc.interfaceAt(walk.packet.source) === undefined) {
    const why = `${walk.packet.source.text} is not an interface of ${vpc.vpc.id}`;
    return drop(walk, 'refused', 'VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS', component, why);
  }
  if (!walk.canCross(undefined)) return cutOff(walk, vpc, fromSubnetId ?? '', walk.zone);
  const { destination } = walk.packet;
  const candidates = [...walk.topology.vpnConnections.values()]
    .filter((connection) => connection.gatewayId === id)
    .flatMap((connection) => {
      const length = longestRoute(connection, destination);
      return length === undefined ? [] : [{ connection, length }];
    })
    .sort((a, b) => b.length - a.length);
  const chosen = candidates.find(({ connection }) => isUp(connection));
  if (chosen !== undefined) return intoTunnel(walk, chosen.connection);
  if (candidates.length > 0) {
    const ids = candidates.map(({ connection }) => connection.id).join(', ');
    return drop(walk, 'down', 'BAD_STATE_VPN', component, `no tunnel of ${ids} is up`);
  }
  return drop(walk, 'no-route', 'NO_POSSIBLE_DESTINATION', component, `no VPN connection leads to ${destination.text}`);
}

/** The tunnel ends at the site: one of its hosts has the address, or nobody. */
function intoTunnel(walk: Walk, connection: VpnConnection): Place {
  walk.hop({ kind: 'vpn-connection', id: connection.id });
  walk.zone = undefined;
  walk.sender = undefined;
  const site = walk.topology.sites.get(connection.siteId);
  const { destination } = walk.packet;
  const lives =
    site?.cidrs.some((cidr) => covers(readPrefix(cidr), destination)) === true &&
    (site.hosts === undefined || site.hosts.includes(destination.text));
  walk.hop({ kind: 'site', id: connection.siteId });
  if (site !== undefined && lives) return walk.deliver({ kind: 'site', id: site.id });
  return walk.drop('nobody-there', {
    code: 'NO_POSSIBLE_DESTINATION',
    component: { kind: 'site', id: connection.siteId },
    sentence: `dropped at ${site?.name ?? connection.siteId}: nobody has the address ${destination.text}`,
  });
}

const addressesOf = (vpc: VpcIndex, address: Address): boolean =>
  vpc.prefixes.some((prefix) => covers(prefix, address));

/** From a site: into the VPN connection behind which the address lies, else to the Internet. */
export function leaveSite(walk: Walk, { siteId }: Extract<Place, { kind: 'site-exit' }>): Place {
  walk.hop({ kind: 'site', id: siteId });
  walk.zone = undefined;
  const own = [...walk.topology.vpnConnections.values()].filter((connection) => connection.siteId === siteId);
  const leading = own.flatMap((connection) => {
    const place = otherEnd(walk, connection);
    return place === undefined ? [] : [{ connection, place }];
  });
  const chosen = leading.find(({ connection }) => isUp(connection));
  if (chosen !== undefined) {
    walk.hop({ kind: 'vpn-connection', id: chosen.connection.id });
    return chosen.place.kind === 'local' ? enterByVpnGateway(walk, chosen.place.vpc) : chosen.place;
  }
  const first = leading[0];
  if (first === undefined) return { kind: 'internet' };
  return drop(walk, 'down', 'BAD_STATE_VPN', { kind: 'vpn-connection', id: first.connection.id }, 'no tunnel is up');
}

/** Where a connection leads for the packet's destination; undefined when it does not lead there. */
function otherEnd(walk: Walk, connection: VpnConnection): Extract<Place, { kind: 'local' | 'transit' }> | undefined {
  const { destination } = walk.packet;
  const gateway = walk.topology.transitGateways.get(connection.gatewayId);
  if (gateway !== undefined) {
    const attachment = gateway.attachments.find(
      ({ kind, resourceId }) => kind === 'vpn' && resourceId === connection.id,
    );
    const table = gateway.routeTables.find(({ id }) => id === attachment?.routeTableId);
    if (attachment === undefined || table === undefined) return undefined;
    if (findTransitRoute(table, destination) === undefined) return undefined;
    return { kind: 'transit', gatewayId: gateway.id, fromAttachmentId: attachment.id };
  }
  const vpc = walk.vpc(findVpcOfVpnGateway(walk.topology, connection.gatewayId) ?? '');
  return vpc !== undefined && addressesOf(vpc, destination) ? { kind: 'local', vpc } : undefined;
}

function enterByVpnGateway(walk: Walk, vpc: VpcIndex): Place {
  const id = vpc.vpc.vpnGatewayId as string;
  const component = { kind: 'vpn-gateway', id } as const;
  walk.hop(component, { vpcId: vpc.vpc.id });
  if (vpc.interfaceAt(walk.packet.destination) === undefined) {
    const why = `no interface of ${vpc.vpc.id} has the address ${walk.packet.destination.text}`;
    return drop(walk, 'nobody-there', 'VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS', component, why);
  }
  return enterByEdge(walk, vpc, id);
}

/** True when a site's blocks lie within what a connection sends there: for whoever makes routes of a site. */
export const leadsTo = (connection: VpnConnection, cidr: string): boolean =>
  connection.routes.some((route) => contains(readPrefix(route), readPrefix(cidr)));
