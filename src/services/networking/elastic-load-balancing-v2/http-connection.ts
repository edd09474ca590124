// A connection to an application load balancer: HTTP is read from it, request by request. One that asks for WebSocket is passed on to a
// target, and then belongs to the two of them.
import type { Duplex } from 'node:stream';
import type { HttpRequest, HttpResponse } from '../../../kernel/http.ts';
import { HttpStream } from '../../../kernel/http-stream.ts';
import type { Delivery } from '../../../kernel/receiver.ts';
import { ClientConnection } from './client-connection.ts';
import { idleSecondsOf } from './forward.ts';
import type { Incoming } from './network-balancer.ts';
import { serve, subjectOf } from './serve.ts';
import type { ElbContext, ListenerRow } from './state.ts';
import { passUpgrade } from './upgrade.ts';

export const cameBy = (listener: ListenerRow, { sourceIp, sourcePort, tls }: Delivery) =>
  ({
    clientIp: sourceIp,
    clientPort: sourcePort,
    protocol: listener.protocol === 'HTTPS' ? 'https' : 'http',
    port: listener.port ?? 80,
    tls,
  }) as const;

/** The client's end of a connection to a listener. */
export function readHttp(context: ElbContext, { balancer, node, listener, delivery }: Incoming): Promise<Duplex> {
  const came = cameBy(listener, delivery);
  const client = new ClientConnection(context, {
    subject: subjectOf(balancer),
    idleSeconds: idleSecondsOf(balancer),
    keepSeconds: Number(balancer.attributes['client_keep_alive.seconds'] ?? 3_600),
  });
  const answer = async (request: HttpRequest): Promise<HttpResponse> => {
    const response = await client.during(serve({ balancer, node, listener, came, request }, context));
    return client.isOld ? { ...response, headers: { ...response.headers, connection: 'close' } } : response;
  };
  const upgrade = (request: HttpRequest, socket: Duplex, head: Uint8Array): void => {
    const arrival = { balancer, node, listener, came, request };
    void client.during(passUpgrade(context, arrival, socket, head)).catch(() => socket.destroy());
  };
  const http2 = listener.protocol === 'HTTPS' && balancer.attributes['routing.http2.enabled'] === 'true';
  const stream = new HttpStream(answer, delivery.sourceIp, { upgrade, passed: client.passed, http2 });
  client.watch(stream);
  return Promise.resolve(stream);
}
