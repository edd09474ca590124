// Out of the subnets' routers: Internet gateway, NAT gateway, endpoints, peering, appliances. And back in from the Internet.
import {
  type Address,
  address4,
  covers,
  isRfc1918,
  isRfc6598,
  isUniqueLocal,
  readAddress,
  readPrefix,
} from './address.ts';
import { icmp, tcp, udp } from './flow.ts';
import { findRoute } from './route.ts';
import type { NetworkInterface, Route } from './topology.ts';
import { findOutside, serviceAt, type VpcIndex } from './topology-index.ts';
import { natIdleSeconds } from './session.ts';
import { translateSource } from './translation.ts';
import type { ExplanationCode } from './explanation.ts';
import type { Place, Walk } from './walk.ts';
import { throughInspection } from './walk-inspection.ts';
import { cutOff, deniedByAcl, passAcl } from './walk-vpc.ts';

type Target = Extract<Place, { kind: 'target' }>;

/** Follows a route to its target. */
export function followRoute(walk: Walk, place: Target): Place {
  const { kind } = place.route.target;
  if (kind === 'internet-gateway') return leaveByInternetGateway(walk, place);
  if (kind === 'egress-only-internet-gateway') return leaveByEgressOnlyGateway(walk, place);
  if (kind === 'nat-gateway') return translateByNatGateway(walk, place);
  if (kind === 'network-interface') return throughAppliance(walk, place.vpc, place.route, place.fromSubnetId);
  if (kind === 'vpc-endpoint') return throughEndpoint(walk, place);
  if (kind === 'vpc-peering-connection') return crossPeering(walk, place);
  return walk.drop('not-modelled', {
    code: 'UNSUPPORTED_COMPONENT',
    component: { kind: 'vpc', id: place.vpc.vpc.id },
    vpcId: place.vpc.vpc.id,
    sentence: `not modelled: the route for ${place.route.destination} leads to ${place.route.target.id}`,
  });
}

const detached = (walk: Walk, place: Target, kind: 'internet-gateway' | 'egress-only-internet-gateway'): Place => {
  const { id } = place.route.target;
  return walk.drop('down', {
    code: 'BAD_STATE_ATTACHMENT',
    component: { kind, id },
    vpcId: place.vpc.vpc.id,
    sentence: `dropped: ${id} is not attached to ${place.vpc.vpc.id}`,
  });
};

function refusedByGateway(
  walk: Walk,
  kind: 'internet-gateway' | 'egress-only-internet-gateway' | 'vpc-endpoint' | 'nat-gateway',
  id: string,
  code: ExplanationCode,
  direction: 'ingress' | 'egress',
  why: string,
): Place {
  return walk.drop('refused', { code, component: { kind, id }, direction, sentence: `dropped by ${id}: ${why}` });
}

/** The part of this VPC's address space that the packet truly comes from: an interface that has the source address. */
const senderHere = (walk: Walk, vpc: VpcIndex): NetworkInterface | undefined => vpc.interfaceAt(walk.packet.source);

/** True where block public access keeps an interface from the internet gateway. */
function isBlocked(vpc: VpcIndex, nic: NetworkInterface | undefined): boolean {
  const mode = nic === undefined ? undefined : vpc.subnets.get(nic.subnetId)?.publicAccess;
  return mode === 'block-bidirectional' || (mode === 'block-ingress' && nic?.owner.kind !== 'nat-gateway');
}

/** To the Internet: an IPv4 source must be paired with a public address, which takes its place. */
function leaveByInternetGateway(walk: Walk, place: Target): Place {
  const { vpc } = place;
  const { id } = place.route.target;
  walk.hop({ kind: 'internet-gateway', id }, { vpcId: vpc.vpc.id });
  if (vpc.vpc.internetGatewayId !== id) return detached(walk, place, 'internet-gateway');
  if (!walk.canCross(undefined)) return cutOff(walk, vpc, place.fromSubnetId ?? '', walk.zone);
  walk.zone = undefined;
  const { source, destination } = walk.packet;
  const refused = (code: ExplanationCode, why: string) =>
    refusedByGateway(walk, 'internet-gateway', id, code, 'egress', why);

  const sender = senderHere(walk, vpc);
  if (isBlocked(vpc, sender)) return refused('VPC_BLOCK_PUBLIC_ACCESS_ENABLED', 'public access is blocked');
  const outside = source.family === 4 ? vpc.publicOf(source.text) : sender === undefined ? undefined : source.text;
  if (outside === undefined) {
    return refused('IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS', `${source.text} has no public address`);
  }
  if (isRfc1918(destination) || isUniqueLocal(destination)) {
    return refused('IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS', `${destination.text} is a private address`);
  }
  if (isRfc6598(destination)) {
    return refused('IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS', `${destination.text} is a shared address`);
  }
  walk.sender = undefined;
  if (source.family === 4) walk.translate('source', { ...walk.packet, source: readAddress(outside) });
  return { kind: 'internet' };
}

/** IPv6 out of a VPC, and answers back in; nothing else comes in this way. */
function leaveByEgressOnlyGateway(walk: Walk, place: Target): Place {
  const { vpc } = place;
  const { id } = place.route.target;
  walk.hop({ kind: 'egress-only-internet-gateway', id }, { vpcId: vpc.vpc.id });
  if (!vpc.vpc.egressOnlyGatewayIds.includes(id)) return detached(walk, place, 'egress-only-internet-gateway');
  if (!walk.canCross(undefined)) return cutOff(walk, vpc, place.fromSubnetId ?? '', walk.zone);
  walk.zone = undefined;
  if (walk.packet.source.family !== 6 || senderHere(walk, vpc) === undefined) {
    const why = `${walk.packet.source.text} is not an IPv6 address of an interface here`;
    return refusedByGateway(walk, 'egress-only-internet-gateway', id, 'GATEWAY_REJECTS_SPOOFED_TRAFFIC', 'egress', why);
  }
  walk.sender = undefined;
  const key = walk.keyAt(`egress-only ${vpc.vpc.id}`, true);
  walk.keep({ key, tracked: true, idleSeconds: natIdleSeconds, streamIdleSeconds: natIdleSeconds });
  return { kind: 'internet' };
}

/** The Internet itself: to whoever has the address. */
export function acrossInternet(walk: Walk): Place {
  walk.zone = undefined;
  walk.hop({ kind: 'internet', id: 'internet' });
  const { destination } = walk.packet;
  const owner = findOutside(walk.topology, destination.text);
  const vpc = owner === undefined ? undefined : walk.vpc(owner.vpcId);
  if (owner !== undefined && vpc !== undefined) return enterFromInternet(walk, vpc, owner.interfaceId);
  if (isRfc1918(destination) || isRfc6598(destination) || isUniqueLocal(destination)) {
    return walk.drop('nobody-there', {
      code: 'NO_POSSIBLE_DESTINATION',
      component: { kind: 'internet', id: 'internet' },
      sentence: `dropped on the Internet: ${destination.text} is not a public address`,
    });
  }
  const name = serviceAt(walk.topology, destination);
  return walk.deliver(name === undefined ? { kind: 'internet' } : { kind: 'service', name });
}

function enterFromInternet(walk: Walk, vpc: VpcIndex, interfaceId: string): Place {
  const back = walk.session(walk.keyAt(`egress-only ${vpc.vpc.id}`, false));
  if (back !== undefined) {
    walk.hop(
      { kind: 'egress-only-internet-gateway', id: vpc.vpc.egressOnlyGatewayIds[0] ?? '' },
      { vpcId: vpc.vpc.id },
    );
    return { kind: 'local', vpc };
  }
  const id = vpc.vpc.internetGatewayId;
  if (id === undefined) {
    return walk.drop('refused', {
      code: 'IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS',
      component: { kind: 'vpc', id: vpc.vpc.id },
      vpcId: vpc.vpc.id,
      direction: 'ingress',
      sentence: `dropped: ${vpc.vpc.id} has no internet gateway`,
    });
  }
  walk.hop({ kind: 'internet-gateway', id }, { vpcId: vpc.vpc.id });
  const { source, destination } = walk.packet;
  const refused = (code: ExplanationCode, why: string) =>
    refusedByGateway(walk, 'internet-gateway', id, code, 'ingress', why);
  if (isRfc1918(source) || isUniqueLocal(source)) {
    return refused('IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS', `${source.text} is a private address`);
  }
  if (isRfc6598(source)) {
    return refused('IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS', `${source.text} is a shared address`);
  }
  const nic = vpc.interfaces.get(interfaceId);
  if (isBlocked(vpc, nic)) return refused('VPC_BLOCK_PUBLIC_ACCESS_ENABLED', 'public access is blocked');
  if (destination.family === 4) {
    const inside = nic?.addresses.find((address) => address.public === destination.text)?.private as string;
    walk.translate('destination', { ...walk.packet, destination: readAddress(inside) });
  }
  return enterByEdge(walk, vpc, id);
}

/** In through a gateway: its own route table, if it has one, may lead to an appliance first. */
export function enterByEdge(walk: Walk, vpc: VpcIndex, gatewayId: string): Place {
  const table = vpc.tableOfGateway(gatewayId);
  const found = table === undefined ? undefined : findRoute(table, walk.packet.destination, walk.topology.prefixLists);
  if (table === undefined || found === undefined) return { kind: 'local', vpc };
  const { destination, target, origin } = found.route;
  walk.step({ kind: 'route', tableId: table.id, destination, target, origin });
  return target.kind === 'local' ? { kind: 'local', vpc } : { kind: 'target', vpc, route: found.route };
}

const nat64 = readPrefix('64:ff9b::/96');

/** The IPv4 address inside a NAT64 address. */
const embedded = (address: Address): Address | undefined =>
  address.family === 6 && covers(nat64, address) ? address4(Number(address.bits & 0xffff_ffffn)) : undefined;

const natProtocols: ReadonlySet<number> = new Set([tcp, udp, icmp]);

/** A NAT gateway takes the packet into its own subnet, puts its own address on it, and asks the router there. */
function translateByNatGateway(walk: Walk, { vpc, route, fromSubnetId }: Target): Place {
  const { id } = route.target;
  const gateway = vpc.natGateways.get(id);
  const nic = gateway === undefined ? undefined : vpc.interfaces.get(gateway.interfaceId);
  const zone = nic === undefined ? undefined : vpc.subnets.get(nic.subnetId)?.zone;
  walk.hop({ kind: 'nat-gateway', id }, { vpcId: vpc.vpc.id, subnetId: nic?.subnetId ?? '', zone });
  if (gateway?.available !== true || nic === undefined || zone === undefined || !walk.hasPower(zone)) {
    return walk.drop('down', {
      code: 'BAD_STATE',
      component: { kind: 'nat-gateway', id },
      vpcId: vpc.vpc.id,
      sentence: `dropped: ${id} is not working${zone !== undefined && !walk.hasPower(zone) ? `, zone ${zone} is without power` : ''}`,
    });
  }
  if (!walk.canCross(zone)) return cutOff(walk, vpc, nic.subnetId, zone);
  if (nic.subnetId !== fromSubnetId && !passAcl(walk, vpc, nic.subnetId, 'ingress')) {
    return deniedByAcl(walk, vpc, nic.subnetId, 'ingress');
  }
  const destination = embedded(walk.packet.destination) ?? walk.packet.destination;
  if (!natProtocols.has(walk.packet.protocol) || destination.family === 6) {
    const why = 'it carries TCP, UDP and ICMP over IPv4 only';
    return refusedByGateway(walk, 'nat-gateway', id, 'PROTOCOL_RESTRICTION', 'ingress', why);
  }
  walk.sender = undefined;
  translateSource(walk, nic, destination);
  return { kind: 'leave', vpc, nic, forwarding: true };
}

/** A route to an interface: an appliance that looks at the packet or sends it on. */
function throughAppliance(walk: Walk, vpc: VpcIndex, { target }: Route, fromSubnetId: string | undefined): Place {
  const nic = vpc.interfaces.get(target.id);
  if (nic === undefined) {
    return walk.drop('blackhole', {
      code: 'BAD_STATE_ROUTE',
      component: { kind: 'network-interface', id: target.id },
      vpcId: vpc.vpc.id,
      sentence: `dropped: ${target.id} is gone`,
    });
  }
  const zone = vpc.subnets.get(nic.subnetId)?.zone;
  if (!walk.canCross(zone)) return cutOff(walk, vpc, nic.subnetId, zone);
  if (nic.subnetId !== fromSubnetId && !passAcl(walk, vpc, nic.subnetId, 'ingress')) {
    return deniedByAcl(walk, vpc, nic.subnetId, 'ingress');
  }
  return { kind: 'enter', vpc, nic };
}

/**
 * A route to an endpoint: a gateway endpoint ends the way at the service; a Gateway Load Balancer endpoint shows the packet to
 * appliances and gives it to the router of its own subnet.
 */
function throughEndpoint(walk: Walk, { vpc, route, fromSubnetId }: Target): Place {
  const { id } = route.target;
  const endpoint = vpc.vpc.endpoints.find((candidate) => candidate.id === id);
  walk.hop({ kind: 'vpc-endpoint', id }, { vpcId: vpc.vpc.id });
  if (endpoint?.available !== true) {
    const sentence = `dropped: ${id} is not available`;
    return walk.drop('down', {
      code: 'BAD_STATE',
      component: { kind: 'vpc-endpoint', id },
      vpcId: vpc.vpc.id,
      sentence,
    });
  }
  if (endpoint.kind === 'gateway-load-balancer') return throughInspection(walk, vpc, endpoint, fromSubnetId);
  if (senderHere(walk, vpc) === undefined) {
    const why = `${walk.packet.source.text} is not an interface of ${vpc.vpc.id}: a gateway endpoint serves its own VPC only`;
    return refusedByGateway(walk, 'vpc-endpoint', id, 'GATEWAY_REJECTS_SPOOFED_TRAFFIC', 'egress', why);
  }
  if (walk.packet.protocol !== tcp && walk.packet.icmp?.type !== 8) {
    const why = 'it carries TCP and ICMP echo only';
    return refusedByGateway(walk, 'vpc-endpoint', id, 'VPCE_GATEWAY_PROTOCOL_RESTRICTION', 'egress', why);
  }
  return walk.deliver({ kind: 'service', name: endpoint.service, endpointId: id, vpcId: vpc.vpc.id });
}

/** Through a peering only the interfaces of the other VPC are reached: from here on no route is asked. */
function crossPeering(walk: Walk, { vpc, route }: Target): Place {
  const { id } = route.target;
  const peering = walk.topology.peerings.get(id);
  walk.hop({ kind: 'vpc-peering-connection', id }, { vpcId: vpc.vpc.id });
  const component = { kind: 'vpc-peering-connection', id } as const;
  if (peering?.active !== true) {
    return walk.drop('down', { code: 'BAD_STATE', component, sentence: `dropped: ${id} is not active` });
  }
  const other = walk.vpc(peering.vpcIds[0] === vpc.vpc.id ? peering.vpcIds[1] : peering.vpcIds[0]);
  if (other === undefined) {
    const sentence = `dropped at ${id}: the other VPC is not known here`;
    return walk.drop('not-modelled', { code: 'UNKNOWN_DESTINATION', component, sentence });
  }
  const { source, destination } = walk.packet;
  const outside = !other.prefixes.some((prefix) => covers(prefix, destination))
    ? `${destination.text} is not an address of ${other.vpc.id}`
    : !vpc.prefixes.some((prefix) => covers(prefix, source))
      ? `${source.text} is not an address of ${vpc.vpc.id}`
      : undefined;
  if (outside !== undefined) {
    const sentence = `dropped by ${id}: ${outside}, and a peering carries nothing further`;
    return walk.drop('refused', { code: 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR', component, sentence });
  }
  if (!walk.canCross(undefined)) return cutOff(walk, vpc, '', walk.zone);
  return { kind: 'local', vpc: other };
}
