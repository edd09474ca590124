// Whom a name or an address leads to, and what takes what arrives there.
import type { Door, DoorPort } from '../../../kernel/door.ts';
import { key } from '../../../kernel/key.ts';
import type { Delivery, NoAnswer, Receiver } from '../../../kernel/receiver.ts';
import { arrivalAt, makeDoor } from './balancer-door.ts';
import { listenersOf } from './find.ts';
import { cameBy, readHttp } from './http-connection.ts';
import { type Incoming, passBytes, passDatagram, passThrough } from './network-balancer.ts';
import { serveAlone } from './serve.ts';
import type { ElbContext, ElbState, ListenerRow } from './state.ts';
import { healthyNodes } from './zone-health.ts';

const protocolsOf = ({ protocol }: ListenerRow): readonly DoorPort['protocol'][] => {
  if (protocol === 'TCP_UDP' || protocol === 'TCP_QUIC') return ['tcp', 'udp'];
  return protocol === 'UDP' || protocol === 'QUIC' ? ['udp'] : [(protocol?.toLowerCase() ?? 'tcp') as 'tcp'];
};

/** Share of clients that stay in their zone, by the policy of a network load balancer. */
const affinities: Readonly<Record<string, number>> = {
  availability_zone_affinity: 1,
  partial_availability_zone_affinity: 0.85,
};

export const door: Door<ElbState> = makeDoor({
  names: ({ state }: ElbContext) => state.names,
  behind(name, there) {
    const balancer = there.state.balancers.find(name.balancerArn);
    if (balancer === undefined) return undefined;
    const ports = listenersOf(there, balancer.arn).map((listener) => ({
      port: listener.port ?? 0,
      protocols: protocolsOf(listener),
      certificates: listener.certificates
        .toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault))
        .map(({ arn }) => arn),
    }));
    const { scheme, vpcId, attributes } = balancer;
    const http2 = attributes['routing.http2.enabled'] === 'true';
    const affinity = affinities[attributes['dns_record.client_routing_policy'] ?? ''];
    return { scheme, vpcId, ports, http2, affinity, nodes: healthyNodes(there, balancer) };
  },
});

/** What has arrived at a listener; what it is answered with when there is none. */
function incomingAt(
  delivery: Delivery,
  context: ElbContext,
  isDatagram = false,
): { readonly there: ElbContext; readonly incoming: Incoming } | NoAnswer {
  const arrived = arrivalAt(delivery, context, (ownerId, { state }) =>
    state.balancers.index('path').first({ prefix: key(ownerId) }),
  );
  if (arrived === undefined) return 'nobody';
  const { there, balancer, node } = arrived;
  if (balancer.state === 'provisioning') return 'timeout';
  const listener = listenersOf(there, balancer.arn).find(
    (one) => one.port === delivery.port && protocolsOf(one).some((name) => (name === 'udp') === isDatagram),
  );
  return listener === undefined ? 'refused' : { there, incoming: { balancer, node, listener, delivery } };
}

export const receiver: Receiver<ElbState> = {
  async http(delivery, request, context) {
    const arrived = incomingAt(delivery, context);
    if (typeof arrived === 'string') return arrived;
    const { there, incoming } = arrived;
    const { balancer, node, listener } = incoming;
    if (balancer.type !== 'application') return passThrough(there, incoming, request);
    return serveAlone({ balancer, node, listener, came: cameBy(listener, delivery), request }, there);
  },

  async connect(delivery, context) {
    const arrived = incomingAt(delivery, context);
    if (typeof arrived === 'string') return arrived;
    const { there, incoming } = arrived;
    const { type } = incoming.balancer;
    if (type === 'network') return passBytes(there, incoming);
    return type === 'application' ? readHttp(there, incoming) : 'refused';
  },

  async datagram(delivery, datagram, context) {
    const arrived = incomingAt(delivery, context, true);
    return typeof arrived === 'string' ? arrived : passDatagram(arrived.there, arrived.incoming, datagram);
  },
};
