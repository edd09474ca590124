// The way in: by name, as a client on the Internet comes; and by address, as traffic of a network does. Both end at a node.
import type { Door } from '../../../kernel/door.ts';
import { key } from '../../../kernel/key.ts';
import { HttpStream } from '../../../kernel/http-stream.ts';
import type { Delivery, NoAnswer, Receiver } from '../../../kernel/receiver.ts';
import type { Flow } from '../../../network/flow.ts';
import {
  clientIpOf,
  dnsNameOf,
  internalOnly,
  labelOf,
  listenerFor,
  nodesOf,
  outsideIpOf,
} from '../elastic-load-balancing-v2/dns-name.ts';
import { failures } from '../elastic-load-balancing-v2/failure.ts';
import { isHttp } from './listener.ts';
import { type Arrival, passBytes, passHttp, serve } from './serve.ts';
import type { BalancerRow, ClassicContext, ClassicState } from './state.ts';

/** The load balancer of a host name. */
function findByName(
  host: string,
  context: ClassicContext,
): { readonly there: ClassicContext; readonly balancer: BalancerRow } | undefined {
  const label = labelOf(host);
  const name = label === undefined ? undefined : context.state.names.find(label);
  if (name === undefined) return undefined;
  const there = context.elsewhere(name.account, name.region);
  const balancer = there.state.balancers.find(key(name.balancer));
  return balancer === undefined ? undefined : { there, balancer };
}

export const door: Door<ClassicState> = {
  /** Of an internet-facing one the public addresses, also for those inside its VPC. */
  addresses(name, context) {
    const found = findByName(name, context);
    if (found === undefined) return undefined;
    const { there, balancer } = found;
    return nodesOf(there, balancer).flatMap(({ publicIp, privateIp }) => {
      const address = balancer.scheme === 'internal' ? privateIp : (publicIp ?? privateIp);
      return address === undefined ? [] : [address];
    });
  },

  *ports(context) {
    for (const { label, account, region, balancer } of context.state.names.each()) {
      const row = context.elsewhere(account, region).state.balancers.find(key(balancer));
      for (const { port, protocol, certificateArn } of row?.listeners ?? [])
        yield {
          name: dnsNameOf(label, context) ?? label,
          port,
          protocol: protocol === 'SSL' ? 'tls' : (protocol.toLowerCase() as 'http'),
          certificates: certificateArn === undefined ? [] : [certificateArn],
        };
    }
  },

  async answer(request, context) {
    const host = request.headers['host'] ?? '';
    const found = findByName(host, context);
    if (found === undefined) return undefined;
    const flow = flowTo(found, host, clientIpOf(request));
    if (typeof flow === 'string') return failures.lost(flow);
    const exchange = await found.there.parts.traffic.http(flow, { ...request, sourceIp: flow.source });
    if (exchange.kind === 'answered') return exchange.response;
    return failures.lost(
      exchange.kind === 'refused' ? 'no instance in service takes the connection' : exchange.trace.sentence,
    );
  },

  async connect(host, clientIp, context) {
    const found = findByName(host, context);
    if (found === undefined) return undefined;
    const flow = flowTo(found, host, outsideIpOf(clientIp));
    if (typeof flow === 'string') return 'timeout';
    const connection = await found.there.parts.traffic.connect(flow);
    return connection.kind === 'open' ? connection.socket : connection.kind;
  },
};

/** The flow of a client on the Internet to one of the nodes that a name stands for; why there is none. */
function flowTo(
  { there, balancer }: { readonly there: ClassicContext; readonly balancer: BalancerRow },
  host: string,
  clientIp: string,
): (Flow & { readonly source: string }) | string {
  const nodes = nodesOf(there, balancer);
  const node = nodes.length === 0 ? undefined : there.random.pick(nodes);
  if (node === undefined) return 'the name resolves to nothing: no zone of the load balancer can be reached';
  const listener = listenerFor(balancer.listeners, host);
  if (listener === undefined) return 'the load balancer has no listener';
  if (balancer.scheme === 'internal') return internalOnly;
  return {
    from: { kind: 'internet' },
    protocol: 'tcp',
    source: clientIp,
    destination: node.publicIp ?? '',
    destinationPort: listener.port,
  };
}

/** Who has arrived where; what it is answered with when that is nowhere. */
function arrivalAt(
  delivery: Delivery,
  context: ClassicContext,
): { readonly there: ClassicContext; readonly arrival: Arrival } | NoAnswer {
  const vpc = delivery.vpcId === undefined ? undefined : context.parts.network.topology().vpcs.get(delivery.vpcId);
  if (vpc === undefined) return 'nobody';
  const there = context.elsewhere(vpc.account, vpc.region);
  const balancer = there.state.balancers.find(key(delivery.ownerId));
  const node = balancer?.nodes.find(({ interfaceId }) => interfaceId === delivery.interfaceId);
  if (balancer === undefined || node === undefined) return 'nobody';
  const listener = balancer.listeners.find(({ port }) => port === delivery.port);
  return listener === undefined ? 'refused' : { there, arrival: { balancer, node, listener, delivery } };
}

export const receiver: Receiver<ClassicState> = {
  async http(delivery, request, context) {
    const found = arrivalAt(delivery, context);
    if (typeof found === 'string') return found;
    const { there, arrival } = found;
    return isHttp(arrival.listener.protocol) ? serve(arrival, request, there) : passHttp(arrival, request, there);
  },

  async connect(delivery, context) {
    const found = arrivalAt(delivery, context);
    if (typeof found === 'string') return found;
    const { there, arrival } = found;
    if (!isHttp(arrival.listener.protocol)) return passBytes(arrival, there);
    return new HttpStream((request) => serve(arrival, request, there), delivery.sourceIp);
  },
};
