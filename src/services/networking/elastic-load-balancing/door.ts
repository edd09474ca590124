// Whom a name or an address leads to, and what takes what arrives there.
import type { Door, DoorPort } from '../../../kernel/door.ts';
import { key } from '../../../kernel/key.ts';
import type { HttpRequest } from '../../../kernel/http.ts';
import { HttpStream } from '../../../kernel/http-stream.ts';
import type { Delivery, NoAnswer, Receiver } from '../../../kernel/receiver.ts';
import { arrivalAt, makeDoor } from '../elastic-load-balancing-v2/balancer-door.ts';
import { ClientConnection } from '../elastic-load-balancing-v2/client-connection.ts';
import { isHttp } from './listener.ts';
import { type Arrival, passBytes, passHttp, serve } from './serve.ts';
import type { ClassicContext, ClassicState } from './state.ts';

const protocolOf = (protocol: string): DoorPort['protocol'] =>
  protocol === 'SSL' ? 'tls' : (protocol.toLowerCase() as 'http');

export const door: Door<ClassicState> = makeDoor({
  names: ({ state }: ClassicContext) => state.names,
  behind(name, there) {
    const balancer = there.state.balancers.find(key(name.balancer));
    if (balancer === undefined) return undefined;
    const ports = balancer.listeners.map(({ port, protocol, certificateArn }) => ({
      port,
      protocols: [protocolOf(protocol)],
      certificates: certificateArn === undefined ? [] : [certificateArn],
    }));
    return { ...balancer, ports, http2: false };
  },
});

/** What has arrived at a listener; what it is answered with when there is none. */
function incomingAt(
  delivery: Delivery,
  context: ClassicContext,
): { readonly there: ClassicContext; readonly arrival: Arrival } | NoAnswer {
  const arrived = arrivalAt(delivery, context, (ownerId, { state }) => state.balancers.find(key(ownerId)));
  if (arrived === undefined) return 'nobody';
  const { there, balancer, node } = arrived;
  const listener = balancer.listeners.find(({ port }) => port === delivery.port);
  return listener === undefined ? 'refused' : { there, arrival: { balancer, node, listener, delivery } };
}

export const receiver: Receiver<ClassicState> = {
  async http(delivery, request, context) {
    const found = incomingAt(delivery, context);
    if (typeof found === 'string') return found;
    const { there, arrival } = found;
    return isHttp(arrival.listener.protocol) ? serve(arrival, request, there) : passHttp(arrival, request, there);
  },

  async connect(delivery, context) {
    const found = incomingAt(delivery, context);
    if (typeof found === 'string') return found;
    const { there, arrival } = found;
    if (!isHttp(arrival.listener.protocol)) return passBytes(arrival, there);
    const client = new ClientConnection(there, { idleSeconds: arrival.balancer.attributes.idleSeconds });
    const answer = (request: HttpRequest) => client.during(serve(arrival, request, there));
    const stream = new HttpStream(answer, delivery.sourceIp, { passed: client.passed });
    client.watch(stream);
    return stream;
  },
};
