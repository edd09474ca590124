// What a network load balancer's node does: it picks a target for a flow and passes bytes or datagrams on. The client's address is kept where
// the group says so; the answer then comes back through the node without routing.
//
// Differs: between a node and a target of a TLS target group bytes go in the clear.
// Differs: an HTTP request that comes by name on the cloud's own port is passed on without the header of the proxy protocol.
import type { Duplex } from 'node:stream';
import type { Datagram } from '../../../kernel/datagram.ts';
import type { HttpRequest, HttpResponse } from '../../../kernel/http.ts';
import { key } from '../../../kernel/key.ts';
import type { Delivery, NoAnswer } from '../../../kernel/receiver.ts';
import { isReset, join, makePair, reset } from '../../../kernel/stream-pair.ts';
import type { Flow } from '../../../network/flow.ts';
import { candidatesOf, chooseGroup, usable } from './choice.ts';
import { beginLog, endLog } from './connection-log.ts';
import { addressOf } from './forward.ts';
import {
  both,
  closeFlow,
  count,
  countBytes,
  findFlow,
  isIdle,
  type NetworkFlow,
  openFlow,
  type Transport,
} from './network-flow.ts';
import { proxyHeader } from './proxy-protocol.ts';
import { serverIdOf } from './quic.ts';
import { lengthOf } from './request-log.ts';
import { numberOf } from './stickiness.ts';
import {
  type BalancerRow,
  type ElbContext,
  type GroupRow,
  type ListenerRow,
  type NodeRow,
  targetKey,
  type TargetRow,
} from './state.ts';

/** What comes to a node. */
export interface Incoming {
  readonly balancer: BalancerRow;
  readonly node: NodeRow;
  readonly listener: ListenerRow;
  readonly delivery: Delivery;
}

/** Limit: a flow of datagrams ends after 120 s without any. */
const datagramIdleSeconds = 120;
/** Limit: a TLS listener's is no attribute. */
const tlsIdleSeconds = 350;

/** By stickiness, by the address of the client; else by all that a flow is made of, with TCP's sequence number. */
function pick(context: ElbContext, group: GroupRow, targets: readonly TargetRow[], delivery: Delivery, isTcp: boolean) {
  if (targets.length === 0) return undefined;
  const { sourceIp, sourcePort, destinationIp, port } = delivery;
  if (group.attributes['stickiness.enabled'] === 'true') return targets[numberOf(sourceIp) % targets.length];
  if (isTcp) return context.random.pick(targets);
  return targets[numberOf(`udp ${sourceIp} ${sourcePort} ${destinationIp} ${port}`) % targets.length];
}

const transportOf = ({ protocol }: ListenerRow, isDatagram: boolean): Transport => {
  if (isDatagram) return protocol === 'QUIC' || protocol === 'TCP_QUIC' ? 'QUIC' : 'UDP';
  return protocol === 'TLS' ? 'TLS' : 'TCP';
};

type Picked = Omit<NetworkFlow, 'client' | 'cut'> & { readonly group: GroupRow };

function idleSecondsOf({ attributes }: ListenerRow, transport: Transport): number {
  if (transport === 'TCP') return Number(attributes['tcp.idle_timeout.seconds'] ?? 350);
  return transport === 'TLS' ? tlsIdleSeconds : datagramIdleSeconds;
}

/** The target of a new flow, and the way to it. */
function pickFlow(context: ElbContext, incoming: Incoming, datagram?: Datagram): Picked | undefined {
  const { balancer, node, listener, delivery } = incoming;
  const action = listener.actions.at(-1);
  const group = action === undefined ? undefined : chooseGroup(context, action, undefined);
  if (group === undefined || node.interfaceId === undefined) return undefined;
  const transport = transportOf(listener, datagram !== undefined);
  const candidates = candidatesOf(context, balancer, node, group);
  const serverId = transport === 'QUIC' && datagram !== undefined ? serverIdOf(datagram.bytes) : undefined;
  const target =
    (serverId === undefined ? undefined : candidates.find((one) => one.quicServerId === serverId)) ??
    pick(context, group, usable(group, candidates), delivery, datagram === undefined);
  const destination = target === undefined ? undefined : addressOf(context, group, target, node);
  if (target === undefined || destination === undefined) return undefined;
  const keeps = group.attributes['preserve_client_ip.enabled'] === 'true' && delivery.endpointId === undefined;
  if (target.health.state === 'unhealthy') count(context, incoming, { UnhealthyRoutingFlowCount: 1 });
  const way: Flow = {
    from: { kind: 'interface', id: node.interfaceId },
    protocol: datagram === undefined ? 'tcp' : 'udp',
    source: keeps ? delivery.sourceIp : undefined,
    sourcePort: keeps ? delivery.sourcePort : undefined,
    destination,
    destinationPort: target.port,
  };
  return {
    balancer,
    node,
    group,
    transport,
    way,
    target: targetKey(target),
    idleSeconds: idleSecondsOf(listener, transport),
    lastAt: context.clock.now(),
  };
}

/** Nobody there to whom it could be passed on. */
function reject(context: ElbContext, incoming: Incoming, isTcp: boolean): 'refused' {
  count(context, incoming, { RejectedFlowCount: 1, ...(isTcp ? { RejectedFlowCount_TCP: 1 } : {}) });
  return 'refused';
}

/** An HTTP exchange through it. */
export async function passThrough(
  context: ElbContext,
  incoming: Incoming,
  request: HttpRequest,
): Promise<HttpResponse | NoAnswer> {
  const flow = pickFlow(context, incoming);
  if (flow === undefined) return reject(context, incoming, true);
  await openFlow(context, flow);
  const exchange = await context.parts.traffic.http(flow.way, request);
  closeFlow(context, flow);
  countBytes(context, flow, request.body.lengthBytes ?? 0);
  if (exchange.kind !== 'answered') {
    if (exchange.kind === 'refused') count(context, incoming, { TCP_Target_Reset_Count: 1 });
    return exchange.kind;
  }
  countBytes(context, flow, lengthOf(exchange.response));
  return exchange.response;
}

/** A connection through it. */
export async function passBytes(context: ElbContext, incoming: Incoming): Promise<Duplex | NoAnswer> {
  const picked = pickFlow(context, incoming);
  if (picked === undefined) return reject(context, incoming, true);
  const connection = await context.parts.traffic.connect(picked.way);
  if (connection.kind !== 'open') {
    count(context, incoming, both('NewFlowCount', picked.transport, 1));
    if (connection.kind === 'refused') count(context, incoming, { TCP_Target_Reset_Count: 1 });
    return connection.kind;
  }
  const { socket } = connection;
  if (picked.group.attributes['proxy_protocol_v2.enabled'] === 'true') socket.write(proxyHeader(incoming.delivery));
  const [outside, inside] = makePair();
  await openFlow(context, carry(context, incoming, picked, inside, socket));
  return outside;
}

/** Lets a client and a target talk, for as long as one has something to say within the idle timeout. */
function carry(context: ElbContext, incoming: Incoming, picked: Picked, client: Duplex, target: Duplex): NetworkFlow {
  const logged = beginLog(context, incoming);
  /** One side's end is the other's, too: the first one counts. */
  let isOver = false;
  const ends = (counted: string | undefined): void => {
    if (!isOver && counted !== undefined) count(context, flow, { [counted]: 1 });
    isOver = true;
  };
  const flow: NetworkFlow = {
    ...picked,
    cut() {
      ends('TCP_ELB_Reset_Count');
      client.destroy(reset());
      target.destroy();
    },
  };
  const passed = (chunk: Uint8Array): void => {
    if (isIdle(context, flow)) {
      flow.cut?.();
      return;
    }
    flow.lastAt = context.clock.now();
    countBytes(context, flow, chunk.byteLength);
  };
  client.on('data', (chunk: Uint8Array) => {
    if (logged !== undefined) logged.receivedBytes += chunk.byteLength;
    passed(chunk);
  });
  target.on('data', (chunk: Uint8Array) => {
    if (logged !== undefined) logged.sentBytes += chunk.byteLength;
    passed(chunk);
  });
  client.on('error', (error) => ends(isReset(error) ? 'TCP_Client_Reset_Count' : undefined));
  target.on('error', (error) => ends(isReset(error) ? 'TCP_Target_Reset_Count' : undefined));
  client.once('close', () => {
    closeFlow(context, flow);
    // A line that cannot be kept any more is lost, as AWS's may be.
    if (logged !== undefined) endLog(context, logged).catch(() => {});
  });
  join(client, target);
  return flow;
}

/** True when datagrams of a flow go on to its target: also one that is leaving, and one that has left, where nothing ends its flows. */
function goesOn(context: ElbContext, flow: NetworkFlow): boolean {
  return !isIdle(context, flow) && context.state.balancers.has(flow.balancer.arn);
}

/** True when a packet of QUIC names another target than the one of its flow: a client may have a new connection on an old port. */
function isForAnother(context: ElbContext, { transport, target }: NetworkFlow, { bytes }: Datagram): boolean {
  const named = transport === 'QUIC' ? serverIdOf(bytes) : undefined;
  const own = named === undefined ? undefined : context.state.targets.find(target);
  if (own === undefined || own.quicServerId === named) return false;
  const targets = context.state.targets.list({ prefix: key(own.groupArn) });
  return targets.some(({ quicServerId, drainingUntil }) => quicServerId === named && drainingUntil === undefined);
}

/** A datagram through it: the first of a flow picks the target, the others follow. */
export async function passDatagram(
  context: ElbContext,
  incoming: Incoming,
  datagram: Datagram,
): Promise<'taken' | NoAnswer> {
  const { node, listener, delivery } = incoming;
  const client = `${node.interfaceId} ${listener.arn} ${delivery.sourceIp} ${delivery.sourcePort}`;
  let flow = findFlow(context, client);
  if (flow !== undefined && (!goesOn(context, flow) || isForAnother(context, flow, datagram))) {
    closeFlow(context, flow);
    flow = undefined;
  }
  let opened: Promise<void> | undefined;
  if (flow === undefined) {
    const picked = pickFlow(context, incoming, datagram);
    if (picked === undefined) return reject(context, incoming, false);
    flow = { ...picked, client };
    opened = openFlow(context, flow);
  }
  const passing = flow;
  passing.lastAt = context.clock.now();
  countBytes(context, passing, datagram.bytes.byteLength);
  const answer = (bytes: Uint8Array): void => {
    passing.lastAt = context.clock.now();
    countBytes(context, passing, bytes.byteLength);
    datagram.answer(bytes);
  };
  const sent = context.parts.traffic.datagram(passing.way, { bytes: datagram.bytes, answer });
  const [{ kind }] = await Promise.all([sent, opened]);
  return kind;
}
