// What a network load balancer's node does: it picks a target for a connection and passes bytes on. The client's address is kept where the
// group says so; the answer then comes back through the node without routing.
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { HttpRequest, HttpResponse } from '../../../kernel/http.ts';
import type { Delivery, NoAnswer } from '../../../kernel/receiver.ts';
import type { Flow } from '../../../network/flow.ts';
import { candidatesOf, usable } from './choice.ts';
import { addressOf } from './forward.ts';
import { groupsOfActions } from './action.ts';
import type { BalancerRow, ElbContext, GroupRow, ListenerRow, NodeRow, TargetRow } from './state.ts';

/** A connection at a node. */
export interface Incoming {
  readonly balancer: BalancerRow;
  readonly node: NodeRow;
  readonly listener: ListenerRow;
  readonly delivery: Delivery;
}

/** By a hash of what a connection is made of; with stickiness, of the client's address alone. */
function pick(
  group: GroupRow,
  targets: readonly TargetRow[],
  { sourceIp, sourcePort, destinationIp, port }: Delivery,
): TargetRow | undefined {
  const sticky = group.attributes['stickiness.enabled'] === 'true';
  const text = sticky ? sourceIp : `${sourceIp} ${sourcePort} ${destinationIp} ${port}`;
  const number = createHash('sha256').update(text).digest().readUInt32BE(0);
  return targets[number % Math.max(1, targets.length)];
}

function flowOf(
  context: ElbContext,
  { balancer, node, listener, delivery }: Incoming,
): { flow: Flow; group: GroupRow } | undefined {
  const group = context.state.groups.find(groupsOfActions(listener.actions)[0] ?? '');
  if (group === undefined || node.interfaceId === undefined) return undefined;
  const target = pick(group, usable(group, candidatesOf(context, balancer, node, group)), delivery);
  const destination = target === undefined ? undefined : addressOf(context, group, target);
  if (target === undefined || destination === undefined) return undefined;
  const keeps = group.attributes['preserve_client_ip.enabled'] === 'true';
  const flow: Flow = {
    from: { kind: 'interface', id: node.interfaceId },
    protocol: 'tcp',
    source: keeps ? delivery.sourceIp : undefined,
    sourcePort: keeps ? delivery.sourcePort : undefined,
    destination,
    destinationPort: target.port,
  };
  return { flow, group };
}

function count(context: ElbContext, { balancer }: Incoming, bytes: number): void {
  const subject = `elb/${balancer.path}`;
  const now = context.clock.now();
  context.parts.meter.count(subject, now, 'NewFlowCount', 1);
  context.parts.meter.count(subject, now, 'ProcessedBytes', bytes);
}

/** An HTTP exchange through it. */
export async function passThrough(
  context: ElbContext,
  incoming: Incoming,
  request: HttpRequest,
): Promise<HttpResponse | NoAnswer> {
  const found = flowOf(context, incoming);
  if (found === undefined) return 'refused';
  count(context, incoming, request.body.lengthBytes ?? 0);
  const exchange = await context.parts.traffic.http(found.flow, request);
  return exchange.kind === 'answered' ? exchange.response : exchange.kind;
}

/** A connection through it. */
export async function passBytes(context: ElbContext, incoming: Incoming): Promise<Duplex | NoAnswer> {
  const found = flowOf(context, incoming);
  if (found === undefined) return 'refused';
  count(context, incoming, 0);
  const connection = await context.parts.traffic.connect(found.flow);
  return connection.kind === 'open' ? connection.socket : connection.kind;
}
