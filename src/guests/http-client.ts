// An HTTP exchange over a connection that is there already: how a request reaches a server in a real guest.
import http from 'node:http';
import http2 from 'node:http2';
import type { Duplex, Writable } from 'node:stream';
import type { Headers, HttpRequest, HttpResponse } from '../kernel/http.ts';
import type { Refusal } from './guest.ts';

/** Headers of one connection, not of the message. */
const ofConnection = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te']);

/** `refused` when the server breaks off, or answers what is no HTTP. */
export function exchange(socket: Duplex, request: HttpRequest): Promise<HttpResponse | Refusal> {
  return new Promise((resolve) => {
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !ofConnection.has(name)));
    const { lengthBytes } = request.body;
    if (lengthBytes !== undefined && lengthBytes > 0) headers['content-length'] = String(lengthBytes);
    const { method, target: path } = request;
    const sent = http.request({ method, path, headers, createConnection: () => socket });
    sent.on('error', () => {
      socket.destroy();
      resolve('refused');
    });
    sent.on('response', (response) => {
      const answered: Record<string, string | string[]> = {};
      for (const [name, value] of Object.entries(response.headers))
        if (value !== undefined && !ofConnection.has(name)) answered[name] = value;
      resolve({ status: response.statusCode ?? 502, headers: answered, body: response });
    });
    // It was paused when its first line was read.
    sent.on('socket', () => socket.resume());
    request.onGone?.(() => sent.destroy());
    void send(request, sent);
  });
}

const textsOf = (headers: http2.IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(':') || value === undefined ? [] : [[name, String(value)]],
    ),
  );

/** As `exchange`, by HTTP/2 without TLS and without asking whether the server speaks it. */
export function exchangeHttp2(socket: Duplex, request: HttpRequest): Promise<HttpResponse | Refusal> {
  return new Promise((resolve) => {
    const { host = 'localhost', ...headers } = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !ofConnection.has(name)),
    );
    const session = http2.connect(`http://${host}`, { createConnection: () => socket });
    const broken = (): void => {
      session.destroy();
      resolve('refused');
    };
    session.on('error', broken);
    const { method, target } = request;
    // gRPC's servers want to be told that trailers are welcome.
    const head = { ...headers, te: 'trailers', ':method': method, ':path': target, ':authority': host };
    const sent = session.request(head, { endStream: request.body.lengthBytes === 0 });
    let trailers: Headers = {};
    sent.on('response', ({ ':status': status = 502, ...answered }) =>
      resolve({ status, headers: textsOf(answered), body: sent, trailers: () => trailers }),
    );
    sent.on('trailers', (last) => (trailers = textsOf(last)));
    sent.on('error', broken);
    sent.on('close', () => session.close());
    request.onGone?.(() => sent.close(http2.constants.NGHTTP2_CANCEL));
    if (request.body.lengthBytes !== 0) void send(request, sent);
  });
}

async function send({ body }: HttpRequest, sent: Writable): Promise<void> {
  try {
    if (body.lengthBytes !== 0) for await (const chunk of body.stream()) if (!sent.write(chunk)) await drained(sent);
    sent.end();
  } catch {
    // Who sends the request went away in the middle of it.
    sent.destroy();
  }
}

const drained = (sent: Writable): Promise<void> =>
  new Promise((resolve) => {
    const go = (): void => {
      sent.off('drain', go).off('close', go);
      resolve();
    };
    sent.on('drain', go).on('close', go);
  });
