// A connection to an application load balancer: HTTP is read from it, request by request. One that asks for WebSocket is passed on to a
// target, and then belongs to the two of them.
import type { Duplex } from 'node:stream';
import type { HttpRequest } from '../../../kernel/http.ts';
import { HttpStream, writeHead } from '../../../kernel/http-stream.ts';
import type { Delivery } from '../../../kernel/receiver.ts';
import { join } from '../../../kernel/stream-pair.ts';
import { failures } from './failure.ts';
import { passOn } from './forwarded.ts';
import { pickTarget } from './forward.ts';
import type { Incoming } from './network-balancer.ts';
import { actionFor, serve } from './serve.ts';
import type { ElbContext, ListenerRow } from './state.ts';

export const cameBy = (listener: ListenerRow, { sourceIp, sourcePort }: Delivery) =>
  ({
    clientIp: sourceIp,
    clientPort: sourcePort,
    protocol: listener.protocol === 'HTTPS' ? 'https' : 'http',
    port: listener.port ?? 80,
  }) as const;

/** The client's end of a connection to a listener. */
export function readHttp(context: ElbContext, { balancer, node, listener, delivery }: Incoming): Promise<Duplex> {
  const came = cameBy(listener, delivery);
  const answer = (request: HttpRequest) => serve({ balancer, node, listener, came, request }, context);
  const upgrade = (request: HttpRequest, socket: Duplex, head: Uint8Array): void => {
    void passUpgrade(context, { balancer, node, listener, delivery }, request, socket, head).catch(() =>
      socket.destroy(),
    );
  };
  return Promise.resolve(new HttpStream(answer, delivery.sourceIp, upgrade));
}

async function passUpgrade(
  context: ElbContext,
  { balancer, node, listener, delivery }: Incoming,
  request: HttpRequest,
  socket: Duplex,
  head: Uint8Array,
): Promise<void> {
  const came = cameBy(listener, delivery);
  const arrival = { balancer, node, listener, came, request };
  context.parts.meter.count(`elb/${balancer.path}`, context.clock.now(), 'RequestCount', 1);
  const action = actionFor(arrival, context);
  const flow = action?.Type === 'forward' ? pickTarget(arrival, action, context)?.flow : undefined;
  const connection = flow === undefined ? undefined : await context.parts.traffic.connect(flow);
  if (connection?.kind !== 'open') {
    const { status, headers, body } = connection === undefined ? failures.noTarget() : failures.badGateway();
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
    socket.end(`HTTP/1.1 ${status} \r\n${lines.join('\r\n')}\r\nconnection: close\r\n\r\n${String(body)}`);
    return;
  }
  const passed = passOn(request, came, balancer.attributes, context);
  const { upgrade = 'websocket' } = request.headers;
  connection.socket.write(writeHead({ ...passed, headers: { ...passed.headers, upgrade, connection: 'Upgrade' } }));
  if (head.byteLength > 0) connection.socket.write(head);
  join(socket, connection.socket);
}
