// One port for every protocol: HTTP/1.1 and HTTP/2, with TLS and without. The first bytes of a connection tell which.
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type tls from 'node:tls';
import type { Sender } from '../kernel/door.ts';
import type { HttpRequest, HttpResponse } from '../kernel/http.ts';
import { join } from '../kernel/stream-pair.ts';
import { isHandshake } from './client-hello.ts';
import { type NodeRequest, type NodeResponse, isEncrypted, readRequest, writeResponse } from './node-http.ts';
import type { Identities } from './secure.ts';

export interface ListenOptions {
  /** Default: 4566. Zero takes any free port. */
  readonly port?: number | undefined;
  /** Default: 127.0.0.1. Anything but loopback lets others on the network in. */
  readonly host?: string | undefined;
}

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Takes no new connections, lets running requests finish for `graceMs`, then cuts what is left. */
  close(graceMs?: number): Promise<void>;
}

/** Answers a request; it never throws. */
export type Answer = (request: HttpRequest) => Promise<HttpResponse>;

/** What else a port needs to know of the cloud behind it. */
export interface Behind {
  /** Opens a connection to what a user built, by its host name. Undefined or a word: there is none. */
  connect(host: string, sender: Sender): Promise<Duplex | string | undefined>;
  /** Without it, no client comes by TLS. */
  identities(): Promise<Identities>;
}

const http2Preface = 'PRI ';
const headerLimitBytes = 65_536;
const headersTimeoutMs = 30_000;
/** A body that stops coming for so long is given up, as S3 does after some 20 s. */
const idleTimeoutMs = 60_000;
/** While closing: how soon a connection that has answered is let go. */
const sweepEveryMs = 20;

export async function listen(answer: Answer, options: ListenOptions = {}, behind?: Behind): Promise<Listening> {
  const onRequest = (request: NodeRequest, response: NodeResponse): void => {
    void respond(answer, request, response);
  };
  const h1 = http.createServer({
    maxHeaderSize: headerLimitBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: 0,
    keepAliveTimeout: 65_000,
    noDelay: true,
  });
  h1.on('checkExpectation', (_request, response) => response.writeHead(417).end());
  /** Open connections, and of those that speak HTTP/1.1 the latest request. */
  const sockets = new Map<net.Socket, NodeRequest | undefined>();
  const onFirstVersion = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    sockets.set(request.socket, request);
    onRequest(request, response);
  };
  h1.on('request', onFirstVersion);
  h1.on('checkContinue', onFirstVersion);
  // A quiet socket is given up only while a body is to come: an answer may take its time.
  h1.setTimeout(idleTimeoutMs, (socket) => {
    if (sockets.get(socket)?.complete === false) socket.destroy();
  });
  // Node keeps account of a server's connections (which are idle, which are late with their headers) once it listens. This one is
  // given its connections, so it is told.
  h1.emit('listening');
  const h2 = http2.createServer({ settings: { maxConcurrentStreams: 1_000 } });
  h2.on('request', onRequest);
  h2.on('checkContinue', onRequest);
  h2.on('sessionError', () => {});
  const sessions = new Set<http2.ServerHttp2Session>();
  h2.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });

  let closing = false;
  /** Connections of which nothing has come yet. */
  const silent = new Set<net.Socket>();
  /** Loaded when the first client speaks TLS. */
  let secure: Promise<Secure> | undefined;
  /** Waits for the first bytes, which tell what a connection speaks; inside TLS, too. */
  const begin = (socket: net.Socket, isSecure: boolean): void => {
    sockets.set(socket, undefined);
    silent.add(socket);
    const impatient = setTimeout(() => socket.destroy(), headersTimeoutMs).unref();
    socket.on('close', () => {
      clearTimeout(impatient);
      sockets.delete(socket);
      silent.delete(socket);
    });
    socket.on('error', () => socket.destroy());
    socket.once('readable', () => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      clearTimeout(impatient);
      silent.delete(socket);
      socket.unshift(chunk);
      if (isHandshake(chunk[0]) && !isSecure && behind !== undefined) {
        secure ??= secureFor(behind, begunSecurely);
        void secure.then((take) => take(socket)).catch(() => socket.destroy());
        return;
      }
      const isHttp2 = chunk.subarray(0, http2Preface.length).toString('latin1') === http2Preface;
      const host = isHttp2 || behind === undefined ? undefined : hostOfWebSocket(chunk);
      if (host === undefined) (isHttp2 ? h2 : h1).emit('connection', socket);
      else void bridge(socket, host, behind).then((taken) => taken || h1.emit('connection', socket));
    });
  };
  const begunSecurely = (socket: tls.TLSSocket): void => {
    if (closing) return void socket.destroy();
    if (socket.alpnProtocol !== 'h2') return begin(socket, true);
    h2.emit('connection', socket);
  };
  const server = net.createServer({ noDelay: true }, (socket) => begin(socket, false));
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port ?? 4566, host }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    host,
    port,
    close: async (graceMs = 5_000) => {
      closing = true;
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const session of sessions) session.close();
      for (const socket of silent) socket.destroy();
      h1.closeIdleConnections();
      const sweep = setInterval(() => h1.closeIdleConnections(), sweepEveryMs);
      const cut = setTimeout(() => sockets.forEach((_, socket) => socket.destroy()), graceMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(cut);
      h1.close();
    },
  };
}

/** The host of which a connection that begins so asks for WebSocket. Clients send such a request first, and whole. */
function hostOfWebSocket(chunk: Buffer): string | undefined {
  if (!chunk.includes('pgrade')) return undefined;
  const head = chunk.toString('latin1').split('\r\n\r\n', 1)[0] ?? '';
  if (!/\r\nupgrade:[ \t]*websocket[ \t]*(?:\r\n|$)/i.test(head)) return undefined;
  return /\r\nhost:[ \t]*([^\s]+)/i.exec(head)?.[1];
}

/** Who is at the other end of a socket. */
export const senderOf = (socket: net.Socket): Sender => ({
  address: socket.remoteAddress ?? '',
  port: socket.remotePort ?? 0,
  secure: isEncrypted(socket),
});

/** Hands a connection as it is to what stands behind the name. False when nothing does. */
async function bridge(socket: net.Socket, host: string, behind: Behind | undefined): Promise<boolean> {
  const opened = await behind?.connect(host, senderOf(socket)).catch(() => undefined);
  if (opened === undefined || typeof opened === 'string') return false;
  join(socket, opened);
  return true;
}

/** Speaks TLS with a client. */
type Secure = (socket: net.Socket) => Promise<void>;

async function secureFor({ identities }: Behind, onSecure: (socket: tls.TLSSocket) => void): Promise<Secure> {
  const [{ SecureFront, shownBy }, asked] = await Promise.all([import('./secure.ts'), identities()]);
  const front = new SecureFront(headersTimeoutMs, onSecure);
  return (socket) => front.take(socket, (name) => shownBy(asked, name));
}

async function respond(answer: Answer, request: NodeRequest, response: NodeResponse): Promise<void> {
  response.on('error', () => {});
  try {
    const read = readRequest(request, response);
    const value = read instanceof Promise ? await read : read;
    const written = writeResponse(response, await answer(value), request);
    if (written !== undefined) await written;
  } catch {
    // The body broke off before the road began: there is nobody to answer.
    response.destroy();
  }
}
