// A connection to something that answers HTTP as values: bytes in, bytes out. A real HTTP server reads it, so a stream that does not speak
// HTTP is refused in its words.
import http from 'node:http';
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import { BodyTooLarge, emptyBody, type HttpBody, type HttpRequest, type HttpResponse } from './http.ts';
import { End } from './stream-pair.ts';

/** A word instead of an answer breaks the connection off. */
type Answer = (request: HttpRequest) => Promise<HttpResponse | string>;

/** Takes over a connection that asks for another protocol, such as WebSocket. */
export type Upgrade = (request: HttpRequest, socket: Duplex, head: Uint8Array) => void;

export interface HttpStreamOptions {
  readonly upgrade?: Upgrade | undefined;
  /** Told how many bytes pass, either way. */
  readonly passed?: ((bytes: number) => void) | undefined;
  /** True where clients may speak HTTP/2, too, without asking. */
  readonly http2?: boolean | undefined;
}

/** The client's end of a connection to an HTTP server made of `answer`. */
export class HttpStream extends End {
  constructor(answer: Answer, address: string, { upgrade, passed, http2: both = false }: HttpStreamOptions = {}) {
    super();
    const server = new End();
    this.passed = server.passed = passed;
    server.other = this;
    this.other = server;
    // Whoever answers says how long it keeps a connection.
    const reader = http.createServer({ keepAliveTimeout: 0 }, (request, response) =>
      serveOne(answer, request, response, address),
    );
    if (upgrade !== undefined)
      reader.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) =>
        upgrade({ ...headOf(request, address), body: emptyBody }, socket, head),
      );
    if (both) tellVersion(server, reader, answer, address);
    else reader.emit('connection', server);
  }
}

const http2Preface = 'PRI ';

/** The first bytes tell which version a client speaks. */
function tellVersion(server: End, reader: http.Server, answer: Answer, address: string): void {
  server.once('readable', () => {
    const chunk = server.read() as Buffer | null;
    if (chunk === null) return;
    server.unshift(chunk);
    if (chunk.subarray(0, http2Preface.length).toString('latin1') !== http2Preface) {
      reader.emit('connection', server);
      return;
    }
    const second = http2.createServer((request, response) => serveOne(answer, request, response, address));
    second.on('sessionError', () => {});
    second.emit('connection', server);
  });
}

/** The head of a request as bytes, for a connection that is passed on. */
export function writeHead({ method, target, headers }: HttpRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

type NodeRequest = http.IncomingMessage | http2.Http2ServerRequest;
type NodeResponse = http.ServerResponse | http2.Http2ServerResponse;

function headOf(request: NodeRequest, address: string): Omit<HttpRequest, 'body'> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) if (!name.startsWith(':')) headers[name] = String(value);
  const { method = 'GET', url: target = '/' } = request;
  const isSecond = request.httpVersionMajor === 2;
  if (isSecond) headers['host'] ??= String(request.headers[':authority'] ?? '');
  return { method, target, headers, sourceIp: address, secure: false, http2: isSecond };
}

const bodyOf = (request: NodeRequest): HttpBody => ({
  lengthBytes: request.headers['content-length'] === undefined ? undefined : Number(request.headers['content-length']),
  stream: () => request,
  bytes: async (limitBytes) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > limitBytes) throw new BodyTooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  },
});

const mayHaveBody = (status: number): boolean => status !== 204 && status !== 304;

/** What throws breaks its own connection off, and no other. */
function serveOne(answer: Answer, request: NodeRequest, response: NodeResponse, address: string): void {
  respond(answer, request, response, address).catch(() => response.destroy());
}

export async function respond(
  answer: Answer,
  request: NodeRequest,
  response: NodeResponse,
  address: string,
): Promise<void> {
  const got = await answer({ ...headOf(request, address), body: bodyOf(request) });
  if (typeof got === 'string') response.destroy();
  else await write(got, request.httpVersionMajor === 2, response as http.ServerResponse);
}

/** Trailers are for HTTP/2 alone, which has no `connection`. */
async function write(got: HttpResponse, isSecond: boolean, response: http.ServerResponse): Promise<void> {
  const { status, body, trailers } = got;
  const headers = { ...got.headers };
  if (isSecond) delete headers['connection'];
  const isWhole = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const isLong = mayHaveBody(status) && (!isSecond || trailers === undefined);
  const length = isWhole && isLong ? { 'content-length': Buffer.byteLength(body ?? '') } : {};
  response.writeHead(status, { ...length, ...headers });
  if (isWhole && body !== undefined) response.write(body);
  try {
    if (!isWhole) for await (const chunk of body) response.write(chunk);
  } catch {
    // Whoever answers broke off in the middle.
    response.destroy();
    return;
  }
  if (isSecond && trailers !== undefined) response.addTrailers(trailers());
  response.end();
}
