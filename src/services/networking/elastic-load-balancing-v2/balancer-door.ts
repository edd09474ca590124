// The way in, the same for load balancers of all kinds: by name, as a client on the Internet comes; and by address, as traffic of a network
// does. Both end at a node.
//
// Differs: AWS's clients that nothing admits wait until they give up. A request by name is answered at once with 504 and the reason, so
// that whoever learns sees which route, group or zone stands in the way.
import type { Door, DoorPort, Sender } from '../../../kernel/door.ts';
import type { Delivery } from '../../../kernel/receiver.ts';
import type { Context } from '../../../kernel/service.ts';
import type { Table } from '../../../kernel/table.ts';
import type { Flow } from '../../../network/flow.ts';
import { zoneOfInterface } from '../../../network/topology-index.ts';
import { clientIpOf, dnsNameOf, internalOnly, labelOf, listenerFor, nodesOf, outsideIpOf } from './dns-name.ts';
import { failures } from './failure.ts';
import { numberOf } from './stickiness.ts';
import type { DnsNameRow, NodeRow } from './state.ts';

/** What the door needs to know of a load balancer. */
export interface NamedBalancer {
  readonly scheme: string;
  readonly vpcId: string;
  /** Those that its name may resolve to. */
  readonly nodes: readonly NodeRow[];
  /** In how many of its answers a name server tells clients of the network their own zone alone: from 0 to 1. */
  readonly affinity?: number | undefined;
  readonly ports: readonly ListenerPort[];
  /** True when clients that come by TLS may speak HTTP/2. */
  readonly http2: boolean;
}

export interface ListenerPort {
  readonly port: number;
  readonly protocols: readonly DoorPort['protocol'][];
  /** ARNs, the default one first. */
  readonly certificates: readonly string[];
}

type NameRow = Pick<DnsNameRow, 'label' | 'account' | 'region'>;

/** How a service finds its load balancers. */
interface Register<State, Row extends NameRow> {
  names(context: Context<State>): Pick<Table<Row, string>, 'find' | 'each'>;
  /** The load balancer that has the name, in its account and Region. */
  behind(name: Row, there: Context<State>): NamedBalancer | undefined;
}

interface Found<State> {
  readonly there: Context<State>;
  readonly balancer: NamedBalancer;
}

/** Who comes, and by what. The port is not known of who asks by HTTP. */
interface Coming {
  readonly protocol: 'tcp' | 'udp';
  readonly sourceIp: string;
  readonly sourcePort?: number | undefined;
  /** True when it came by TLS. */
  readonly secure?: boolean | undefined;
}

/** The node to which a client sends: any; for datagrams the same one as long as the name resolves to the same nodes. */
function nodeFor<State>({ there, balancer }: Found<State>, coming: Coming): NodeRow | undefined {
  const nodes = nodesOf(there, balancer);
  if (nodes.length === 0) return undefined;
  if (coming.protocol === 'tcp') return there.random.pick(nodes);
  return nodes[numberOf(`${coming.sourceIp} ${coming.sourcePort}`) % nodes.length];
}

/** Nodes as a name server inside the network tells them: those of the zone that asks, as often as the load balancer prefers them. */
function nodesFor<State>(there: Context<State>, balancer: NamedBalancer, zone: string | undefined): readonly NodeRow[] {
  const nodes = nodesOf(there, balancer);
  const { affinity = 0, vpcId } = balancer;
  if (zone === undefined || affinity === 0) return nodes;
  const vpc = there.parts.network.topology().vpcs.get(vpcId);
  const near = nodes.filter(({ interfaceId }) => vpc !== undefined && zoneOfInterface(vpc, interfaceId) === zone);
  return near.length > 0 && there.random.float() < affinity ? near : nodes;
}

/** The flow of a client on the Internet to one of the nodes that a name stands for; why there is none. */
function flowTo<State>(
  found: Found<State>,
  host: string,
  coming: Coming,
): (Flow & { readonly source: string }) | string {
  const { balancer } = found;
  const node = nodeFor(found, coming);
  if (node === undefined) return 'the name resolves to nothing: no zone of the load balancer can be reached';
  const takes = (protocol: string): boolean => (protocol === 'udp') === (coming.protocol === 'udp');
  const ports = balancer.ports.filter(({ protocols }) => protocols.some(takes));
  const listener = listenerFor(ports, host, coming.secure === true);
  if (listener === undefined)
    return `the load balancer has no listener${coming.secure === true ? ' that takes TLS' : ''}`;
  if (balancer.scheme === 'internal') return internalOnly;
  return {
    from: { kind: 'internet' },
    protocol: coming.protocol,
    source: coming.sourceIp,
    sourcePort: coming.sourcePort,
    destination: node.publicIp ?? node.privateIp ?? '',
    destinationPort: listener.port,
  };
}

const comingBy = (protocol: Coming['protocol'], { address, port, secure }: Sender): Coming => ({
  protocol,
  secure,
  sourceIp: outsideIpOf(address),
  sourcePort: port,
});

/** The door of a service's load balancers. */
export function makeDoor<State, Row extends NameRow>({ names, behind }: Register<State, Row>): Door<State> {
  const find = (host: string, context: Context<State>): Found<State> | undefined => {
    const label = labelOf(host);
    const name = label === undefined ? undefined : names(context).find(label);
    if (name === undefined) return undefined;
    const there = context.elsewhere(name.account, name.region);
    const balancer = behind(name, there);
    return balancer === undefined ? undefined : { there, balancer };
  };
  return {
    /** Of an internet-facing one the public addresses, also for those inside its VPC. */
    addresses(name, context, zone) {
      const found = find(name, context);
      if (found === undefined) return undefined;
      const { there, balancer } = found;
      return nodesFor(there, balancer, zone).flatMap(({ publicIp, privateIp }) => {
        const address = balancer.scheme === 'internal' ? privateIp : (publicIp ?? privateIp);
        return address === undefined ? [] : [address];
      });
    },

    *ports(context) {
      for (const row of names(context).each()) {
        const balancer = behind(row, context.elsewhere(row.account, row.region));
        const name = dnsNameOf(row.label, context) ?? row.label;
        for (const { port, protocols, certificates } of balancer?.ports ?? [])
          for (const protocol of protocols)
            yield { name, port, protocol, certificates, http2: balancer?.http2 === true && protocol === 'https' };
      }
    },

    async answer(request, context) {
      const host = request.headers['host'] ?? '';
      const found = find(host, context);
      if (found === undefined) return undefined;
      const flow = flowTo(found, host, { protocol: 'tcp', sourceIp: clientIpOf(request), secure: request.secure });
      if (typeof flow === 'string') return failures.lost(flow);
      const exchange = await found.there.parts.traffic.http(flow, { ...request, sourceIp: flow.source });
      if (exchange.kind === 'answered') return exchange.response;
      return failures.lost(
        exchange.kind === 'refused' ? 'nothing behind the load balancer takes the connection' : exchange.trace.sentence,
      );
    },

    async connect(host, sender, context) {
      const found = find(host, context);
      if (found === undefined) return undefined;
      const flow = flowTo(found, host, comingBy('tcp', sender));
      if (typeof flow === 'string') return 'timeout';
      const connection = await found.there.parts.traffic.connect(flow, sender.tls);
      return connection.kind === 'open' ? connection.socket : connection.kind;
    },

    async datagram(host, sender, datagram, context) {
      const found = find(host, context);
      if (found === undefined) return undefined;
      const flow = flowTo(found, host, comingBy('udp', sender));
      return typeof flow === 'string' ? 'timeout' : (await found.there.parts.traffic.datagram(flow, datagram)).kind;
    },

    secure(host, context) {
      const balancer = find(host, context)?.balancer;
      const listener = balancer === undefined ? undefined : listenerFor(balancer.ports, host, true);
      if (balancer === undefined || listener === undefined) return undefined;
      return { certificates: listener.certificates, http2: balancer.http2 && listener.protocols.includes('https') };
    },
  };
}

/** The load balancer and node behind an interface, in their account and Region. */
export function arrivalAt<State, Balancer extends { readonly nodes: readonly NodeRow[] }>(
  delivery: Delivery,
  context: Context<State>,
  find: (ownerId: string, there: Context<State>) => Balancer | undefined,
): { readonly there: Context<State>; readonly balancer: Balancer; readonly node: NodeRow } | undefined {
  const vpc = delivery.vpcId === undefined ? undefined : context.parts.network.topology().vpcs.get(delivery.vpcId);
  if (vpc === undefined) return undefined;
  const there = context.elsewhere(vpc.account, vpc.region);
  const balancer = find(delivery.ownerId, there);
  const node = balancer?.nodes.find(({ interfaceId }) => interfaceId === delivery.interfaceId);
  return balancer === undefined || node === undefined ? undefined : { there, balancer, node };
}
