// Through a Gateway Load Balancer: from its endpoint to one of the appliances behind it in GENEVE, and back to the endpoint's subnet.
//
// endpoint → load balancer's node → (GENEVE) appliance's interface → appliance → (GENEVE) node → endpoint → router of its subnet
//
// Differs: an appliance at an address outside of the load balancer's VPC is not reached.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/gateway/introduction.html
import { createHash } from 'node:crypto';
import { findAddress, readAddress } from './address.ts';
import { answerTo, type Packet, tcp, udp } from './flow.ts';
import type { Appliance, Endpoint, Inspector, NetworkInterface } from './topology.ts';
import type { VpcIndex } from './topology-index.ts';
import type { Place, Walk } from './walk.ts';
import {
  admit,
  at,
  cutOff,
  deliverLocally,
  deniedByAcl,
  dropByHost,
  leaveSubnet,
  passAcl,
  sendOff,
} from './walk-vpc.ts';

/** @see https://www.rfc-editor.org/rfc/rfc8926 */
const genevePort = 6081;

/** Idle time of flows that are not TCP. @see https://docs.aws.amazon.com/elasticloadbalancing/latest/gateway/gateway-load-balancers.html */
const otherIdleSeconds = 120;

/** A load balancer where an endpoint's zone meets it. */
interface Node {
  readonly inspector: Inspector;
  readonly vpc: VpcIndex;
  readonly nic: NetworkInterface;
}

/** The packet goes through the endpoint, and on by the route table of the endpoint's own subnet. */
export function throughInspection(
  walk: Walk,
  vpc: VpcIndex,
  endpoint: Endpoint,
  fromSubnetId: string | undefined,
): Place {
  const nic = vpc.interfaces.get(endpoint.interfaceIds[0] ?? '');
  const zone = vpc.subnets.get(nic?.subnetId ?? '')?.zone;
  if (nic === undefined || zone === undefined || !walk.hasPower(zone)) {
    const why = zone === undefined ? 'it has no interface' : `zone ${zone} is without power`;
    return outOfOrder(walk, { kind: 'vpc-endpoint', id: endpoint.id }, vpc, `dropped at ${endpoint.id}: ${why}`);
  }
  const { subnetId } = nic;
  if (!walk.canCross(zone)) return cutOff(walk, vpc, subnetId, zone);
  if (subnetId !== fromSubnetId && !passAcl(walk, vpc, subnetId, 'ingress'))
    return deniedByAcl(walk, vpc, subnetId, 'ingress');
  const dropped = inspect(walk, vpc, endpoint, zone);
  if (dropped !== undefined) return dropped;
  walk.sender = undefined;
  walk.zone = zone;
  walk.hop({ kind: 'vpc-endpoint', id: endpoint.id }, { vpcId: vpc.vpc.id, subnetId, zone });
  return leaveSubnet(walk, vpc, subnetId);
}

function outOfOrder(walk: Walk, component: Parameters<Walk['hop']>[0], vpc: VpcIndex, sentence: string): Place {
  return walk.drop('down', { code: 'BAD_STATE', component, vpcId: vpc.vpc.id, sentence });
}

/** Shows the packet to an appliance. Undefined: it passed. */
function inspect(walk: Walk, vpc: VpcIndex, endpoint: Endpoint, zone: string): Place | undefined {
  walk.zone = zone;
  const node = nodeIn(walk, endpoint, zone);
  if (node === undefined) {
    const sentence = `dropped at ${endpoint.id}: no Gateway Load Balancer serves it in zone ${zone}`;
    return outOfOrder(walk, { kind: 'vpc-endpoint', id: endpoint.id }, vpc, sentence);
  }
  const { inspector } = node;
  const component = { kind: 'gateway-load-balancer', id: inspector.id } as const;
  walk.hop(component, { vpcId: inspector.vpcId, subnetId: node.nic.subnetId, zone });
  const key = walk.keyAt(`inspect ${endpoint.id}`, isOutward(walk.packet));
  const known = walk.session(key)?.applianceId;
  const id = stays(inspector, known) ? known : pick(walk, node, zone)?.id;
  if (id === undefined) {
    const where = inspector.crossesZones ? '' : ` in zone ${zone}`;
    return outOfOrder(walk, component, node.vpc, `dropped by ${inspector.id}: it has no healthy appliance${where}`);
  }
  const idleSeconds = walk.packet.protocol === tcp ? inspector.tcpIdleSeconds : otherIdleSeconds;
  walk.keep({ key, tracked: true, idleSeconds, streamIdleSeconds: idleSeconds, applianceId: id });
  return show(walk, node, id);
}

function nodeIn(walk: Walk, { inspectors = [] }: Endpoint, zone: string): Node | undefined {
  for (const inspector of inspectors) {
    const vpc = walk.vpc(inspector.vpcId);
    if (vpc === undefined || !inspector.active) continue;
    for (const id of inspector.nodeIds) {
      const nic = vpc.interfaces.get(id);
      if (nic !== undefined && vpc.subnets.get(nic.subnetId)?.zone === zone) return { inspector, vpc, nic };
    }
  }
  return undefined;
}

// ── which appliance ──

const interfaceOf = (vpc: VpcIndex, id: string): NetworkInterface | undefined => {
  const address = findAddress(id);
  return address === undefined ? vpc.primaryOf(id) : vpc.interfaceAt(address);
};

/** Both directions of a flow are one: the smaller end stands first. */
const endsOf = ({ source, destination, sourcePort, destinationPort }: Packet): [string, string] => [
  `${source.text} ${sourcePort}`,
  `${destination.text} ${destinationPort}`,
];

function isOutward(packet: Packet): boolean {
  const [source, destination] = endsOf(packet);
  return source < destination;
}

function hashOf(packet: Packet, sameFor: Inspector['sameFor']): number {
  const ends = sameFor === 'flow' ? endsOf(packet) : [packet.source.text, packet.destination.text];
  const text = [...ends.sort(), sameFor === 'addresses' ? '' : packet.protocol].join(' ');
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}

/** By default a flow keeps its appliance whatever becomes of it; where flows are rebalanced, for as long as it is healthy. */
const stays = ({ rebalances, appliances }: Inspector, id: string | undefined): boolean =>
  id !== undefined &&
  (!rebalances || appliances.some((one) => one.id === id && (one.healthy || one.draining === true)));

/** One of the healthy appliances, by a hash of the flow. */
function pick(walk: Walk, { inspector, vpc, nic }: Node, zone: string): Appliance | undefined {
  const zoneOf = (one: NetworkInterface | undefined) => vpc.subnets.get(one?.subnetId ?? '')?.zone;
  const zones = inspector.crossesZones
    ? new Set(inspector.nodeIds.map((id) => zoneOf(vpc.interfaces.get(id)) ?? ''))
    : new Set([zoneOf(nic) ?? zone]);
  const able = inspector.appliances.filter(
    ({ id, healthy }) => healthy && zones.has(zoneOf(interfaceOf(vpc, id)) ?? ''),
  );
  return able[hashOf(walk.packet, inspector.sameFor) % Math.max(1, able.length)];
}

// ── there and back in GENEVE ──

/** The packet inside another one from the node to the appliance. Unknown: which source ports AWS uses; here dynamic ones. */
function wrap(inner: Packet, from: string, to: string): Packet {
  return {
    protocol: udp,
    source: readAddress(from),
    destination: readAddress(to),
    sourcePort: 49_152 + (hashOf(inner, 'flow') % 16_384),
    destinationPort: genevePort,
  };
}

function show(walk: Walk, { inspector, vpc, nic: node }: Node, applianceId: string): Place | undefined {
  const inner = walk.packet;
  const nic = interfaceOf(vpc, applianceId);
  const [from, to] = [node.addresses[0]?.private, nic?.addresses[0]?.private];
  if (nic === undefined || from === undefined || to === undefined) {
    const component = { kind: 'gateway-load-balancer', id: inspector.id } as const;
    return outOfOrder(walk, component, vpc, `dropped by ${inspector.id}: the appliance ${applianceId} is gone`);
  }
  const address = findAddress(applianceId)?.text ?? to;
  walk.packet = wrap(inner, from, address);
  walk.sender = node;
  const there = cross(walk, vpc, node) ?? admit(walk, vpc, nic);
  if (there !== undefined) return there;

  const { subnetId } = nic;
  const zone = walk.zone;
  const outer = walk.packet;
  walk.packet = inner;
  walk.hop({ kind: 'instance', id: nic.owner.id }, { vpcId: vpc.vpc.id, subnetId, zone });
  const dropped = dropByHost(walk, vpc, nic);
  if (dropped !== undefined) return dropped;

  walk.packet = answerTo(outer);
  walk.sender = nic;
  walk.hop(at(nic), { vpcId: vpc.vpc.id, subnetId, zone, direction: 'egress' });
  const back = sendOff(walk, vpc, nic) ?? cross(walk, vpc, nic);
  walk.packet = inner;
  return back;
}

/** From one interface to the one that has the packet's destination, past the network ACLs. Undefined: it came there. */
function cross(walk: Walk, vpc: VpcIndex, { subnetId }: NetworkInterface): Place | undefined {
  const to = vpc.interfaceAt(walk.packet.destination);
  if (to?.subnetId !== subnetId && !passAcl(walk, vpc, subnetId, 'egress'))
    return deniedByAcl(walk, vpc, subnetId, 'egress');
  const place = deliverLocally(walk, { kind: 'local', vpc, fromSubnetId: subnetId });
  return place.kind === 'dropped' ? place : undefined;
}
