// Which packet goes where, and why. `trace` is pure and the only walker: live connections, flow logs, Reachability Analyzer,
// the bill and the review all read its answer.
//
// A packet stands at a place; the function of that place does what AWS does there and says where it stands next, until it is
// delivered or dropped. When it is delivered, the answer walks the same network back, with the sessions that the first
// packet opened: so stateful parts let it pass, and stateless ones judge it by their rules.
import { type Instant, instant } from '../kernel/units.ts';
import { findAddress } from './address.ts';
import type { Disposition, Explanation } from './explanation.ts';
import { answerTo, describeProtocol, type Flow, makePacket, type Packet, type Source } from './flow.ts';
import { noSessions, type Session, type Sessions } from './session.ts';
import type { NetworkInterface, Topology } from './topology.ts';
import { findVpcOfInterface, vpcIndex } from './topology-index.ts';
import { type Destination, type Hop, type Place, Walk } from './walk.ts';
import { acrossInternet, followRoute } from './walk-gateway.ts';
import { enterTransitGateway, leaveByVpnGateway, leaveSite, routeInTransit } from './walk-transit.ts';
import { deliverLocally, enter, leave, route } from './walk-vpc.ts';

/** One direction of a flow. */
export interface Path {
  /** As it was sent. */
  readonly packet: Packet;
  readonly hops: readonly Hop[];
  readonly disposition: Disposition;
  /** Where it came to rest, when it was delivered. */
  readonly destination?: Destination | undefined;
  /** As it was delivered, after all translations. */
  readonly delivered?: Packet | undefined;
  /** Why not, when it was not. */
  readonly explanation?: Explanation | undefined;
}

export interface Trace {
  readonly flow: Flow;
  /** Delivered means that the answer comes back, too. */
  readonly disposition: Disposition;
  /** In which direction it failed. */
  readonly failedOn?: 'forward' | 'return' | undefined;
  readonly forward: Path;
  /** Undefined when there was nothing to answer. */
  readonly back?: Path | undefined;
  /** What stateful parts now know. Give it to `remember`, and the sessions to the next `trace`. */
  readonly opened: readonly Session[];
  /** The VPC endpoint that it went through: its policy applies, and `aws:SourceVpce` is this. */
  readonly endpointId?: string | undefined;
  /** One sentence for people. */
  readonly sentence: string;
}

export interface TraceOptions {
  /** Connections that stateful parts know. */
  readonly sessions?: Sessions | undefined;
  /** When, for the idle times of sessions. */
  readonly now?: Instant | undefined;
}

/** More hops than any real way has. */
const hopLimit = 64;

function next(walk: Walk, place: Place): Place {
  switch (place.kind) {
    case 'leave':
      return leave(walk, place);
    case 'enter':
      return enter(walk, place);
    case 'router':
      return route(walk, place);
    case 'local':
      return deliverLocally(walk, place);
    case 'internet':
      return acrossInternet(walk);
    case 'transit':
      return routeInTransit(walk, place);
    case 'site-exit':
      return leaveSite(walk, place);
    case 'target':
      if (place.route.target.kind === 'transit-gateway') return enterTransitGateway(walk, place);
      if (place.route.target.kind === 'vpn-gateway') return leaveByVpnGateway(walk, place);
      return followRoute(walk, place);
    case 'end':
    case 'dropped':
      return place;
  }
}

function runWalk(walk: Walk, start: Place): Path {
  const { packet } = walk;
  let place = start;
  while (place.kind !== 'end' && place.kind !== 'dropped') {
    if (walk.hops.length >= hopLimit) place = loop(walk);
    else place = next(walk, place);
  }
  if (place.kind === 'end') {
    const { destination } = place;
    return { packet, hops: walk.hops, disposition: 'delivered', destination, delivered: walk.packet };
  }
  return { packet, hops: walk.hops, disposition: place.disposition, explanation: place.explanation };
}

const loop = (walk: Walk): Place => {
  const { component } = walk.hops.at(-1) as Hop;
  const sentence = `dropped: the routes lead in a circle at ${component.id}`;
  return walk.drop('loop', { code: 'NO_POSSIBLE_DESTINATION', component, sentence });
};

/** The place of a start; undefined when there is no such thing. */
function startOf(walk: Walk, from: Source): Place | undefined {
  if (from.kind === 'internet') return { kind: 'internet' };
  if (from.kind === 'site')
    return walk.topology.sites.has(from.id) ? { kind: 'site-exit', siteId: from.id } : undefined;
  const vpc = walk.vpc(findVpcOfInterface(walk.topology, from.id) ?? '');
  const nic = vpc?.interfaces.get(from.id);
  if (vpc === undefined || nic === undefined) return undefined;
  walk.sender = nic;
  walk.origin = { vpcId: vpc.vpc.id, nic };
  return { kind: 'leave', vpc, nic };
}

/** The place from which the answer starts. */
function answerStart(walk: Walk, from: Destination): Place {
  if (from.kind === 'site') return { kind: 'site-exit', siteId: from.id };
  const vpc = 'vpcId' in from && from.vpcId !== undefined ? walk.vpc(from.vpcId) : undefined;
  const interfaceId = from.kind === 'interface' ? from.id : from.kind === 'service' ? from.interfaceId : undefined;
  const nic = interfaceId === undefined ? undefined : vpc?.interfaces.get(interfaceId);
  if (vpc !== undefined && nic !== undefined) {
    walk.sender = nic;
    return { kind: 'leave', vpc, nic };
  }
  if (from.kind === 'service' && from.endpointId !== undefined && vpc !== undefined) {
    walk.hop({ kind: 'vpc-endpoint', id: from.endpointId }, { vpcId: vpc.vpc.id });
    return { kind: 'local', vpc };
  }
  return { kind: 'internet' };
}

function primaryAddress(nic: NetworkInterface, family: 4 | 6): string | undefined {
  return family === 4 ? nic.addresses[0]?.private : nic.ipv6[0];
}

function sourceOf(topology: Topology, flow: Flow): string | undefined {
  if (flow.source !== undefined || flow.from.kind !== 'interface') return flow.source;
  const vpc = topology.vpcs.get(findVpcOfInterface(topology, flow.from.id) ?? '');
  const nic = vpc === undefined ? undefined : vpcIndex(vpc).interfaces.get(flow.from.id);
  return nic === undefined ? undefined : primaryAddress(nic, findAddress(flow.destination)?.family ?? 4);
}

/** True when the answer is back at who asked, from the address that was asked. */
function isAnswered(flow: Flow, sent: Packet, back: Path): boolean {
  const { delivered, destination } = back;
  if (delivered === undefined || destination === undefined) return false;
  const sameEnds =
    delivered.source.text === sent.destination.text &&
    delivered.destination.text === sent.source.text &&
    delivered.sourcePort === sent.destinationPort &&
    delivered.destinationPort === sent.sourcePort;
  if (!sameEnds) return false;
  if (flow.from.kind !== 'interface') return destination.kind === flow.from.kind || destination.kind === 'service';
  return destination.kind === 'interface' && destination.id === flow.from.id;
}

const astray = (back: Path): Path => {
  const last = back.hops.at(-1) as Hop;
  const from = back.delivered?.source.text;
  const sentence = `the answer comes from ${from}, which was not asked, or reaches somebody else`;
  return {
    ...back,
    disposition: 'astray',
    explanation: { code: 'NO_POSSIBLE_DESTINATION', component: last.component, sentence },
  };
};

const describeFlow = (packet: Packet): string =>
  `${describeProtocol(packet)} from ${packet.source.text} to ${packet.destination.text}`;

function describe(forward: Path, back: Path | undefined): string {
  const flow = describeFlow(forward.packet);
  if (forward.disposition !== 'delivered') return `${flow}: ${forward.explanation?.sentence}`;
  const target = forward.destination as Destination;
  const where =
    target.kind === 'interface' || target.kind === 'site'
      ? target.id
      : target.kind === 'internet'
        ? 'the Internet'
        : `${target.name}${target.kind === 'service' && target.endpointId !== undefined ? ` through ${target.endpointId}` : ''}`;
  if (back === undefined || back.disposition === 'delivered') return `${flow}: delivered to ${where}, and answered`;
  return `${flow}: delivered to ${where}, but the answer is lost: ${back.explanation?.sentence}`;
}

function nowhere(flow: Flow): Trace {
  const id = flow.from.kind === 'internet' ? 'internet' : flow.from.id;
  const explanation: Explanation = {
    code: 'NO_SOURCE_OR_DESTINATION',
    component: { kind: flow.from.kind === 'interface' ? 'network-interface' : flow.from.kind, id },
    sentence: `nothing can be sent: ${id} does not exist, or has no address of the destination's family`,
  };
  const packet = makePacket(flow, { family: 4, bits: 0, text: '0.0.0.0' });
  const forward: Path = { packet, hops: [], disposition: 'nobody-there', explanation };
  const { sentence } = explanation;
  return { flow, disposition: 'nobody-there', failedOn: 'forward', forward, opened: [], sentence };
}

/** Walks one flow, and its answer, through the network. */
export function trace(topology: Topology, flow: Flow, options: TraceOptions = {}): Trace {
  const source = findAddress(sourceOf(topology, flow) ?? '');
  if (source === undefined) return nowhere(flow);
  const { sessions = noSessions, now = instant(0) } = options;
  const opened = new Map<string, Session>();
  const out = new Walk(topology, sessions, now, opened, makePacket(flow, source));
  const start = startOf(out, flow.from);
  if (start === undefined) return nowhere(flow);
  const forward = runWalk(out, start);
  const { destination, delivered } = forward;
  const endpointId = destination?.kind === 'service' ? destination.endpointId : undefined;
  const answer = (disposition: Disposition, back?: Path): Trace => ({
    flow,
    disposition,
    failedOn: disposition === 'delivered' ? undefined : forward.disposition === 'delivered' ? 'return' : 'forward',
    forward,
    back,
    opened: [...opened.values()],
    endpointId,
    sentence: describe(forward, back),
  });
  if (destination === undefined || delivered === undefined) return answer(forward.disposition);
  // What the VPC itself offers answers past all filters.
  if (destination.kind === 'vpc-service') return answer('delivered');

  const home = new Walk(topology, sessions, now, opened, answerTo(delivered));
  const walked = runWalk(home, answerStart(home, destination));
  const back = walked.disposition !== 'delivered' || isAnswered(flow, forward.packet, walked) ? walked : astray(walked);
  return answer(back.disposition, back);
}
