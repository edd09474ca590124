// The way of a packet inside one VPC: out of an interface, past the filters, by the subnet's router, into an interface.
//
// out:  interface → security group → (same subnet: in) → network ACL → route table → target
// in:   (another subnet: network ACL) → security group → interface
import { type Address, covers, isLinkLocal, readPrefix } from './address.ts';
import { describeProtocol, type Packet } from './flow.ts';
import { findGroupRule, hasRules, isUntracked, judgeByAcl, lastAclRule } from './filter.ts';
import { findRoute } from './route.ts';
import { idleTimes, natIdleSeconds } from './session.ts';
import type { NetworkInterface, SecurityGroup } from './topology.ts';
import { translateBack, translateSource } from './translation.ts';
import { peeringsOfVpc, type VpcIndex } from './topology-index.ts';
import type { Place, Walk } from './walk.ts';

type Direction = 'ingress' | 'egress';

const ownsPrivately = (vpc: VpcIndex, nic: NetworkInterface, address: Address): boolean =>
  vpc.interfaceAt(address) === nic;

const zoneOf = (vpc: VpcIndex, nic: NetworkInterface): string => vpc.subnets.get(nic.subnetId)?.zone ?? '';

export const at = (nic: NetworkInterface) => ({ kind: 'network-interface', id: nic.id }) as const;

function down(walk: Walk, vpc: VpcIndex, nic: NetworkInterface, why: string): Place {
  return walk.drop('down', {
    code: 'BAD_STATE',
    component: at(nic),
    vpcId: vpc.vpc.id,
    subnetId: nic.subnetId,
    interfaceId: nic.id,
    sentence: `dropped at ${nic.id}: ${why}`,
  });
}

/** A packet leaves an interface: its own host's, or one that it forwards. */
export function leave(walk: Walk, { vpc, nic, forwarding }: Extract<Place, { kind: 'leave' }>): Place {
  const zone = zoneOf(vpc, nic);
  walk.zone = zone;
  walk.hop(at(nic), { vpcId: vpc.vpc.id, subnetId: nic.subnetId, zone, direction: 'egress' });
  if (!walk.hasPower(zone)) return down(walk, vpc, nic, `zone ${zone} is without power`);
  if (!nic.up) return down(walk, vpc, nic, `nothing runs behind it (${nic.owner.kind} ${nic.owner.id})`);
  if (nic.sourceDestCheck && forwarding !== true && !ownsPrivately(vpc, nic, walk.packet.source)) {
    return refusedByCheck(walk, vpc, nic, 'egress');
  }
  const service = vpc.serviceAt(walk.packet.destination, nic.subnetId);
  if (service !== undefined && (service !== 'dns' || vpc.vpc.dnsSupport)) {
    return walk.deliver({ kind: 'vpc-service', vpcId: vpc.vpc.id, name: service });
  }
  if (!passGroups(walk, vpc, nic, 'egress')) return deniedByGroups(walk, vpc, nic, 'egress');
  if (isLinkLocal(walk.packet.destination)) return nobody(walk, vpc, nic.subnetId);

  const carrier = walk.session(walk.keyAt(`carry ${nic.id}`, true))?.carryTo;
  if (carrier !== undefined) return carry(walk, vpc, nic, carrier);
  if (isOnLink(vpc, nic.subnetId, walk.packet.destination)) {
    return { kind: 'local', vpc, fromSubnetId: nic.subnetId };
  }
  return leaveSubnet(walk, vpc, nic.subnetId);
}

const isOnLink = (vpc: VpcIndex, subnetId: string, address: Address): boolean =>
  vpc.subnetPrefixes.get(subnetId)?.some((prefix) => covers(prefix, address)) ?? false;

/** Past the network ACL to the router of a subnet. */
export function leaveSubnet(walk: Walk, vpc: VpcIndex, subnetId: string): Place {
  if (!passAcl(walk, vpc, subnetId, 'egress')) return deniedByAcl(walk, vpc, subnetId, 'egress');
  return { kind: 'router', vpc, subnetId };
}

/** Answers to a load balancer that kept the client's address find back to its node, whatever the route table says. */
function carry(walk: Walk, vpc: VpcIndex, nic: NetworkInterface, to: { vpcId: string; interfaceId: string }): Place {
  const back = walk.vpc(to.vpcId);
  const node = back?.interfaces.get(to.interfaceId);
  if (back === undefined || node === undefined) return nobody(walk, vpc, nic.subnetId);
  if (!passAcl(walk, vpc, nic.subnetId, 'egress')) return deniedByAcl(walk, vpc, nic.subnetId, 'egress');
  const zone = zoneOf(back, node);
  walk.hop(at(node), { vpcId: to.vpcId, subnetId: node.subnetId, zone, direction: 'ingress' });
  return walk.deliver({ kind: 'interface', vpcId: to.vpcId, id: node.id });
}

/** The router of a subnet: base address + 1, holding its route table. */
export function route(walk: Walk, { vpc, subnetId }: Extract<Place, { kind: 'router' }>): Place {
  const table = vpc.tableOf(subnetId);
  walk.hop({ kind: 'route-table', id: table?.id ?? '' }, { vpcId: vpc.vpc.id, subnetId, zone: walk.zone });
  const found = table === undefined ? undefined : findRoute(table, walk.packet.destination, walk.topology.prefixLists);
  if (table === undefined || found === undefined) {
    return walk.drop('no-route', {
      code: 'NO_ROUTE_TO_DESTINATION',
      component: { kind: 'route-table', id: table?.id ?? '' },
      vpcId: vpc.vpc.id,
      subnetId,
      sentence: `dropped by ${table?.id ?? subnetId}: no route to ${walk.packet.destination.text}`,
    });
  }
  const { destination, target, origin, state } = found.route;
  walk.step({ kind: 'route', tableId: table.id, destination, target, origin });
  if (state === 'blackhole') {
    return walk.drop('blackhole', {
      code: 'BAD_STATE_ROUTE',
      component: { kind: 'route-table', id: table.id },
      vpcId: vpc.vpc.id,
      subnetId,
      routeDestination: destination,
      sentence: `dropped by ${table.id}: the route for ${destination} leads to ${target.id}, which is gone`,
    });
  }
  if (target.kind === 'local') return { kind: 'local', vpc, fromSubnetId: subnetId };
  return { kind: 'target', vpc, route: found.route, fromSubnetId: subnetId };
}

/** Inside the VPC where the address belongs: to the interface that has it. */
export function deliverLocally(walk: Walk, place: Extract<Place, { kind: 'local' }>): Place {
  const { vpc, fromSubnetId, fromTransit } = place;
  const nic = vpc.interfaceAt(walk.packet.destination);
  if (nic === undefined) return nobody(walk, vpc, fromSubnetId);
  if (nic.subnetId === fromSubnetId && fromTransit !== true) return { kind: 'enter', vpc, nic };

  const zone = zoneOf(vpc, nic);
  walk.hop({ kind: 'subnet', id: nic.subnetId }, { vpcId: vpc.vpc.id, subnetId: nic.subnetId, zone });
  if (!walk.canCross(zone)) return cutOff(walk, vpc, nic.subnetId, zone);
  if (!passAcl(walk, vpc, nic.subnetId, 'ingress')) return deniedByAcl(walk, vpc, nic.subnetId, 'ingress');
  return { kind: 'enter', vpc, nic };
}

/** A packet comes to an interface: for its host, to be translated back, or to be forwarded. */
export function enter(walk: Walk, { vpc, nic }: Extract<Place, { kind: 'enter' }>): Place {
  const refused = admit(walk, vpc, nic);
  if (refused !== undefined) return refused;
  if (!ownsPrivately(vpc, nic, walk.packet.destination)) return forward(walk, vpc, nic);

  if (translateBack(walk, nic)) return { kind: 'leave', vpc, nic, forwarding: true };
  return arrive(walk, vpc, nic);
}

/** Lets a packet into an interface. Undefined: it is in. */
export function admit(walk: Walk, vpc: VpcIndex, nic: NetworkInterface): Place | undefined {
  const zone = zoneOf(vpc, nic);
  walk.zone = zone;
  walk.hop(at(nic), { vpcId: vpc.vpc.id, subnetId: nic.subnetId, zone, direction: 'ingress' });
  if (!walk.hasPower(zone)) return down(walk, vpc, nic, `zone ${zone} is without power`);
  if (!passGroups(walk, vpc, nic, 'ingress')) return deniedByGroups(walk, vpc, nic, 'ingress');
  return nic.up ? undefined : down(walk, vpc, nic, `nothing runs behind it (${nic.owner.kind} ${nic.owner.id})`);
}

/** Lets a packet of its host's out of an interface. Undefined: it is out. */
export const sendOff = (walk: Walk, vpc: VpcIndex, nic: NetworkInterface): Place | undefined =>
  passGroups(walk, vpc, nic, 'egress') ? undefined : deniedByGroups(walk, vpc, nic, 'egress');

function arrive(walk: Walk, vpc: VpcIndex, nic: NetworkInterface): Place {
  if (nic.owner.kind === 'nat-gateway') {
    return walk.drop('refused', {
      code: 'NO_POSSIBLE_DESTINATION',
      component: { kind: 'nat-gateway', id: nic.owner.id },
      vpcId: vpc.vpc.id,
      interfaceId: nic.id,
      sentence: `dropped by ${nic.owner.id}: it takes answers only, and nothing was sent from here to ${walk.packet.source.text}`,
    });
  }
  keepCarrier(walk, nic);
  if (nic.owner.kind !== 'endpoint') return walk.deliver({ kind: 'interface', vpcId: vpc.vpc.id, id: nic.id });
  const endpoint = vpc.vpc.endpoints.find(({ id }) => id === nic.owner.id);
  if (endpoint === undefined || !endpoint.available) return down(walk, vpc, nic, `${nic.owner.id} is not available`);
  const name = endpoint.service;
  return walk.deliver({ kind: 'service', name, endpointId: endpoint.id, vpcId: vpc.vpc.id, interfaceId: nic.id });
}

function keepCarrier(walk: Walk, nic: NetworkInterface): void {
  const { origin } = walk;
  if (origin === undefined || origin.nic.answersReturn !== true) return;
  const key = walk.keyAt(`carry ${nic.id}`, false);
  const carryTo = { vpcId: origin.vpcId, interfaceId: origin.nic.id };
  walk.keep({ key, tracked: true, idleSeconds: natIdleSeconds, streamIdleSeconds: natIdleSeconds, carryTo });
}

/** A packet for somebody else: refused while the source/destination check is on, else the host passes it on. */
function forward(walk: Walk, vpc: VpcIndex, nic: NetworkInterface): Place {
  if (nic.sourceDestCheck) return refusedByCheck(walk, vpc, nic, 'ingress');
  const dropped = dropByHost(walk, vpc, nic);
  if (dropped !== undefined) return dropped;
  walk.sender = undefined;
  if (nic.forwards === 'as-itself') translateSource(walk, nic);
  return { kind: 'leave', vpc, nic, forwarding: true };
}

/** The host behind an interface looks at another's packet. Undefined: it lets it through. */
export function dropByHost(walk: Walk, vpc: VpcIndex, nic: NetworkInterface): Place | undefined {
  const { source, destination } = walk.packet;
  const network = nic.drops?.find((cidr) => {
    const prefix = readPrefix(cidr);
    return covers(prefix, source) || covers(prefix, destination);
  });
  if (network === undefined) return undefined;
  return walk.drop('refused', {
    code: 'NO_POSSIBLE_DESTINATION',
    component: { kind: 'instance', id: nic.owner.id },
    vpcId: vpc.vpc.id,
    subnetId: nic.subnetId,
    interfaceId: nic.id,
    sentence: `dropped by ${nic.owner.id}: it lets nothing of ${network} through`,
  });
}

// ── filters ──

const groupsOf = (vpc: VpcIndex, nic: NetworkInterface): readonly SecurityGroup[] =>
  nic.groupIds.flatMap((id) => vpc.groups.get(id) ?? []);

/** Interfaces without groups (NAT gateways, transit gateway attachments) are not filtered. */
function passGroups(walk: Walk, vpc: VpcIndex, nic: NetworkInterface, direction: Direction): boolean {
  if (nic.groupIds.length === 0) return true;
  const { packet } = walk;
  const key = walk.keyAt(nic.id, direction === 'egress');
  const known = walk.session(key);
  if (known !== undefined && (known.tracked || walk.opened.has(key))) {
    walk.keep(known);
    walk.step({ kind: 'security-group', direction, allowed: true, bySession: true, groupIds: nic.groupIds });
    return true;
  }
  const groups = groupsOf(vpc, nic);
  const peerHas = (groupId: string) => peerInterface(walk, vpc, direction)?.groupIds.includes(groupId) ?? false;
  const found = findGroupRule({ groups, direction, packet, lists: walk.topology.prefixLists, peerHas });
  if (found !== undefined) {
    const tracked = !isUntracked(groups, found.rule, packet);
    walk.keep({ key, tracked, ...idleTimes(packet, nic.tracking) });
  }
  walk.step({
    kind: 'security-group',
    direction,
    allowed: found !== undefined,
    bySession: false,
    groupIds: nic.groupIds,
    groupId: found?.group.id,
    ruleId: found?.rule.id,
  });
  return found !== undefined;
}

/** The interface at the packet's other end, as far as rules may know it: of this VPC or of a peered one. */
function peerInterface(walk: Walk, vpc: VpcIndex, direction: Direction): NetworkInterface | undefined {
  if (direction === 'ingress') return walk.sender;
  const here = vpc.interfaceAt(walk.packet.destination);
  if (here !== undefined) return here;
  for (const peering of peeringsOfVpc(walk.topology.peerings).get(vpc.vpc.id) ?? []) {
    const other = walk.vpc(peering.vpcIds[0] === vpc.vpc.id ? peering.vpcIds[1] : peering.vpcIds[0]);
    const found = other?.interfaceAt(walk.packet.destination);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function passAcl(walk: Walk, vpc: VpcIndex, subnetId: string, direction: Direction): boolean {
  const acl = vpc.aclOf(subnetId);
  if (acl === undefined) return true;
  const { allow, number } = judgeByAcl(acl, direction, walk.packet);
  walk.step({ kind: 'network-acl', direction, allowed: allow, aclId: acl.id, rule: number });
  return allow;
}

// ── refusals ──

const peerText = (packet: Packet, direction: Direction): string =>
  direction === 'ingress' ? `from ${packet.source.text}` : `to ${packet.destination.text}`;

const bound = { ingress: 'inbound', egress: 'outbound' } as const;

function deniedByGroups(walk: Walk, vpc: VpcIndex, nic: NetworkInterface, direction: Direction): Place {
  const any = hasRules(groupsOf(vpc, nic), direction);
  return walk.drop('denied', {
    code: any ? 'ENI_SG_RULES_MISMATCH' : 'SG_HAS_NO_RULES',
    component: { kind: 'security-group', id: nic.groupIds[0] as string },
    direction,
    vpcId: vpc.vpc.id,
    subnetId: nic.subnetId,
    interfaceId: nic.id,
    groupIds: nic.groupIds,
    sentence: `dropped by ${nic.groupIds.join(', ')}: no ${bound[direction]} rule allows ${describeProtocol(walk.packet)} ${peerText(walk.packet, direction)}`,
  });
}

export function deniedByAcl(walk: Walk, vpc: VpcIndex, subnetId: string, direction: Direction): Place {
  const acl = vpc.aclOf(subnetId);
  const { number } = acl === undefined ? { number: lastAclRule } : judgeByAcl(acl, direction, walk.packet);
  const rule =
    number === lastAclRule ? `no ${bound[direction]} rule allows` : `${bound[direction]} rule ${number} denies`;
  return walk.drop('denied', {
    code: 'SUBNET_ACL_RESTRICTION',
    component: { kind: 'network-acl', id: acl?.id ?? '' },
    direction,
    vpcId: vpc.vpc.id,
    subnetId,
    aclRule: number,
    sentence: `dropped by ${acl?.id ?? ''} of ${subnetId}: ${rule} ${describeProtocol(walk.packet)} ${peerText(walk.packet, direction)}`,
  });
}

function refusedByCheck(walk: Walk, vpc: VpcIndex, nic: NetworkInterface, direction: Direction): Place {
  const address = direction === 'egress' ? walk.packet.source.text : walk.packet.destination.text;
  return walk.drop('refused', {
    code: 'ENI_SOURCE_DEST_CHECK_RESTRICTION',
    component: at(nic),
    direction,
    vpcId: vpc.vpc.id,
    subnetId: nic.subnetId,
    interfaceId: nic.id,
    sentence: `dropped by ${nic.id}: its source/destination check is on, and ${address} is not its address`,
  });
}

function nobody(walk: Walk, vpc: VpcIndex, subnetId: string | undefined): Place {
  return walk.drop('nobody-there', {
    code: 'NO_POSSIBLE_DESTINATION',
    component: { kind: 'vpc', id: vpc.vpc.id },
    vpcId: vpc.vpc.id,
    subnetId,
    sentence: `dropped in ${vpc.vpc.id}: no network interface has the address ${walk.packet.destination.text}`,
  });
}

export function cutOff(walk: Walk, vpc: VpcIndex, subnetId: string, zone: string | undefined): Place {
  const lost = walk.topology.zones.get(zone ?? '')?.network === false ? zone : walk.zone;
  return walk.drop('down', {
    code: 'BAD_STATE',
    component: { kind: 'subnet', id: subnetId },
    vpcId: vpc.vpc.id,
    subnetId,
    sentence: `dropped: zone ${lost} is cut off from the network`,
  });
}
