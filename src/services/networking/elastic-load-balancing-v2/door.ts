// The way in: by name, as a client on the Internet comes; and by address, as traffic of a network does. Both end at a node.
//
// Differs: AWS's clients that nothing admits wait until they give up. A request by name is answered at once with 504 and the reason, so
// that whoever learns sees which route, group or zone stands in the way.
import type { Door } from '../../../kernel/door.ts';
import type { HttpRequest, HttpResponse } from '../../../kernel/http.ts';
import { key } from '../../../kernel/key.ts';
import type { Delivery, Receiver } from '../../../kernel/receiver.ts';
import { failures } from './failure.ts';
import { listenersOf } from './find.ts';
import { passBytes, passThrough } from './network-balancer.ts';
import { serve } from './serve.ts';
import type { BalancerRow, ElbContext, ElbState, ListenerRow, NodeRow } from './state.ts';

/** `web-1234567890.us-east-1.elb.localhost` → `web-1234567890.us-east-1.elb`; `net-….elb.us-east-1.localhost`. */
const labelOf = (host: string): string | undefined =>
  /^(.+\.elb(?:\.[a-z]{2,}(?:-[a-z]+)+-\d)?)\.(?:localhost|localhost\.localstack\.cloud|amazonaws\.com(?:\.cn)?)$/.exec(
    host.replace(/:\d*$/, '').toLowerCase(),
  )?.[1];

/** Where requests from the Internet seem to come from when they come from this machine. */
const outsideIp = '198.51.100.1';
const local = /^(?:127\.|::1$|::ffff:127\.)/;

/** A client may say who it is, to try rules on source addresses. */
const clientIpOf = ({ headers, sourceIp }: HttpRequest): string =>
  headers['x-hakoniwa-client-ip'] ?? (local.test(sourceIp) ? outsideIp : sourceIp);

/** The listener that a request by name is for: of the port in the host, if there is one; else of port 80, 443, or the first. */
function listenerFor(listeners: readonly ListenerRow[], host: string): ListenerRow | undefined {
  const given = Number(/:(\d+)$/.exec(host)?.[1]);
  const of = (port: number): ListenerRow | undefined => listeners.find((listener) => listener.port === port);
  return of(given) ?? of(80) ?? of(443) ?? listeners[0];
}

/** Nodes that the name resolves to: those whose zone can be reached. */
function nodesOf(
  { parts }: ElbContext,
  { nodes, zoneIds }: { nodes: readonly NodeRow[]; zoneIds: ReadonlyMap<string, string> },
): readonly NodeRow[] {
  const troubled = parts.faults.zones();
  return nodes.filter(({ zoneName }) => {
    const health = troubled.get(zoneIds.get(zoneName) ?? '');
    return health === undefined || (health.power && health.network);
  });
}

/** Zone IDs of a load balancer's nodes, by the subnets of its VPC. */
function zoneIdsOf({ parts }: ElbContext, { vpcId, nodes }: BalancerRow): ReadonlyMap<string, string> {
  const subnets = parts.network.topology().vpcs.get(vpcId)?.subnets ?? [];
  return new Map(
    nodes.map(({ zoneName, subnetId }) => [zoneName, subnets.find(({ id }) => id === subnetId)?.zone ?? '']),
  );
}

const lost = (sentence: string): HttpResponse => {
  const answer = failures.timeout();
  return { ...answer, headers: { ...answer.headers, 'x-hakoniwa-reason': sentence.replaceAll(/[^\x20-\x7e]/g, '?') } };
};

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
    const nodes = nodesOf(there, { nodes: balancer.nodes, zoneIds: zoneIdsOf(there, balancer) });
    return nodes.flatMap(({ publicIp, privateIp }) => {
      const address = balancer.scheme === 'internal' ? privateIp : (publicIp ?? privateIp);
      return address === undefined ? [] : [address];
    });
  },

  async answer(request, context) {
    const found = findByName(request.headers['host'] ?? '', context);
    if (found === undefined) return undefined;
    const { there, balancer } = found;
    const nodes = nodesOf(there, { nodes: balancer.nodes, zoneIds: zoneIdsOf(there, balancer) });
    const node = nodes.length === 0 ? undefined : there.random.pick(nodes);
    if (node === undefined) return lost('the name resolves to nothing: no zone of the load balancer can be reached');
    const listener = listenerFor(listenersOf(there, balancer.arn), request.headers['host'] ?? '');
    if (listener === undefined) return lost('the load balancer has no listener');
    if (balancer.scheme === 'internal')
      return lost('an internal load balancer has private addresses only: it is reached from inside of its network');
    const flow = {
      from: { kind: 'internet' },
      protocol: 'tcp',
      source: clientIpOf(request),
      destination: node.publicIp ?? node.privateIp ?? '',
      destinationPort: listener.port,
    } as const;
    const exchange = await there.parts.traffic.http(flow, { ...request, sourceIp: flow.source });
    return exchange.kind === 'answered' ? exchange.response : lost(exchange.trace.sentence);
  },
};

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
    const came = {
      clientIp: delivery.sourceIp,
      clientPort: delivery.sourcePort,
      protocol: listener.protocol === 'HTTPS' ? 'https' : 'http',
      port: listener.port ?? 80,
    } as const;
    return serve({ balancer, node, listener, came, request }, there);
  },

  async connect(delivery, context) {
    const arrived = arrivalAt(delivery, context);
    if (arrived === undefined) return 'nobody';
    const { there, balancer, node } = arrived;
    if (balancer.state === 'provisioning') return 'timeout';
    const listener = listenersOf(there, balancer.arn).find(({ port }) => port === delivery.port);
    if (listener === undefined) return 'refused';
    return balancer.type === 'network' ? passBytes(there, { balancer, node, listener, delivery }) : 'refused';
  },
};
