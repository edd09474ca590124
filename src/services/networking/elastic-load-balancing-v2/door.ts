// The way in: by name, as a client on the Internet comes; and by address, as traffic of a network does. Both end at a node.
//
// Differs: AWS's clients that nothing admits wait until they give up. A request by name is answered at once with 504 and the reason, so
// that whoever learns sees which route, group or zone stands in the way.
import type { Door, DoorPort } from '../../../kernel/door.ts';
import { key } from '../../../kernel/key.ts';
import type { Delivery, Receiver } from '../../../kernel/receiver.ts';
import type { Flow } from '../../../network/flow.ts';
import { clientIpOf, dnsNameOf, internalOnly, labelOf, listenerFor, nodesOf, outsideIpOf } from './dns-name.ts';
import { failures } from './failure.ts';
import { listenersOf } from './find.ts';
import { passBytes, passThrough } from './network-balancer.ts';
import { cameBy, readHttp } from './http-connection.ts';
import { serve } from './serve.ts';
import type { BalancerRow, ElbContext, ElbState, ListenerRow, NodeRow } from './state.ts';

/** The load balancer of a host name. */
function findByName(
  host: string,
  context: ElbContext,
): { readonly there: ElbContext; readonly balancer: BalancerRow } | undefined {
  const label = labelOf(host);
  const name = label === undefined ? undefined : context.state.names.find(label);
  if (name === undefined) return undefined;
  const there = context.elsewhere(name.account, name.region);
  const balancer = there.state.balancers.find(name.balancerArn);
  return balancer === undefined ? undefined : { there, balancer };
}

export const door: Door<ElbState> = {
  /** Of an internet-facing one the public addresses, also for those inside its VPC. */
  addresses(name, context) {
    const found = findByName(name, context);
    if (found === undefined) return undefined;
    const { there, balancer } = found;
    const nodes = nodesOf(there, balancer);
    return nodes.flatMap(({ publicIp, privateIp }) => {
      const address = balancer.scheme === 'internal' ? privateIp : (publicIp ?? privateIp);
      return address === undefined ? [] : [address];
    });
  },

  *ports(context) {
    for (const { label, account, region, balancerArn } of context.state.names.each()) {
      const there = context.elsewhere(account, region);
      for (const listener of listenersOf(there, balancerArn))
        for (const protocol of protocolsOf(listener))
          yield {
            name: dnsNameOf(label, context) ?? label,
            port: listener.port ?? 0,
            protocol,
            certificates: listener.certificates
              .toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault))
              .map(({ arn }) => arn),
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
    return exchange.kind === 'answered' ? exchange.response : failures.lost(exchange.trace.sentence);
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

const protocolsOf = ({ protocol }: ListenerRow): readonly DoorPort['protocol'][] => {
  if (protocol === 'TCP_UDP') return ['tcp', 'udp'];
  return protocol === 'UDP' || protocol === 'QUIC' ? ['udp'] : [(protocol?.toLowerCase() ?? 'tcp') as 'tcp'];
};

/** The flow of a client on the Internet to one of the nodes that a name stands for; why there is none. */
function flowTo(
  { there, balancer }: { readonly there: ElbContext; readonly balancer: BalancerRow },
  host: string,
  clientIp: string,
): (Flow & { readonly source: string }) | string {
  const nodes = nodesOf(there, balancer);
  const node = nodes.length === 0 ? undefined : there.random.pick(nodes);
  if (node === undefined) return 'the name resolves to nothing: no zone of the load balancer can be reached';
  const listener = listenerFor(listenersOf(there, balancer.arn), host);
  if (listener === undefined) return 'the load balancer has no listener';
  if (balancer.scheme === 'internal') return internalOnly;
  return {
    from: { kind: 'internet' },
    protocol: 'tcp',
    source: clientIp,
    destination: node.publicIp ?? node.privateIp ?? '',
    destinationPort: listener.port,
  };
}

/** The load balancer and node behind an interface. */
function arrivalAt(
  delivery: Delivery,
  context: ElbContext,
): { there: ElbContext; balancer: BalancerRow; node: NodeRow } | undefined {
  const vpc = delivery.vpcId === undefined ? undefined : context.parts.network.topology().vpcs.get(delivery.vpcId);
  if (vpc === undefined) return undefined;
  const there = context.elsewhere(vpc.account, vpc.region);
  const balancer = there.state.balancers.index('path').first({ prefix: key(delivery.ownerId) });
  const node = balancer?.nodes.find(({ interfaceId }) => interfaceId === delivery.interfaceId);
  return balancer === undefined || node === undefined ? undefined : { there, balancer, node };
}

export const receiver: Receiver<ElbState> = {
  async http(delivery, request, context) {
    const arrived = arrivalAt(delivery, context);
    if (arrived === undefined) return 'nobody';
    const { there, balancer, node } = arrived;
    if (balancer.state === 'provisioning') return 'timeout';
    const listener = listenersOf(there, balancer.arn).find(({ port }) => port === delivery.port);
    if (listener === undefined) return 'refused';
    if (balancer.type !== 'application') return passThrough(there, { balancer, node, listener, delivery }, request);
    return serve({ balancer, node, listener, came: cameBy(listener, delivery), request }, there);
  },

  async connect(delivery, context) {
    const arrived = arrivalAt(delivery, context);
    if (arrived === undefined) return 'nobody';
    const { there, balancer, node } = arrived;
    if (balancer.state === 'provisioning') return 'timeout';
    const listener = listenersOf(there, balancer.arn).find(({ port }) => port === delivery.port);
    if (listener === undefined) return 'refused';
    if (balancer.type === 'network') return passBytes(there, { balancer, node, listener, delivery });
    return balancer.type === 'application' ? readHttp(there, { balancer, node, listener, delivery }) : 'refused';
  },
};
