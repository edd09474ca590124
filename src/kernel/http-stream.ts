// A connection to something that answers HTTP as values: bytes in, bytes out. A real HTTP server reads it, so a stream that does not speak
// HTTP is refused in its words.
import http from 'node:http';
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
}

/** The client's end of a connection to an HTTP server made of `answer`. */
export class HttpStream extends End {
  constructor(answer: Answer, address: string, { upgrade, passed }: HttpStreamOptions = {}) {
    super();
    const server = new End();
    this.passed = server.passed = passed;
    server.other = this;
    this.other = server;
    // Whoever answers says how long it keeps a connection.
    const reader = http.createServer(
      { keepAliveTimeout: 0 },
      (request, response) => void respond(answer, request, response, address),
    );
    if (upgrade !== undefined)
      reader.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) =>
        upgrade({ ...headOf(request, address), body: emptyBody }, socket, head),
      );
    reader.emit('connection', server);
  }
}

/** The head of a request as bytes, for a connection that is passed on. */
export function writeHead({ method, target, headers }: HttpRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

function headOf(request: http.IncomingMessage, address: string): Omit<HttpRequest, 'body'> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
  return { method: request.method ?? 'GET', target: request.url ?? '/', headers, sourceIp: address, secure: false };
}

const bodyOf = (request: http.IncomingMessage): HttpBody => ({
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

export async function respond(
  answer: Answer,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  address: string,
): Promise<void> {
  const got = await answer({ ...headOf(request, address), body: bodyOf(request) });
  if (typeof got === 'string') {
    response.destroy();
    return;
  }
  const { body } = got;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    const length = { 'content-length': Buffer.byteLength(body ?? '') };
    response.writeHead(got.status, mayHaveBody(got.status) ? { ...length, ...got.headers } : got.headers).end(body);
  } else {
    response.writeHead(got.status, got.headers);
    for await (const chunk of body) response.write(chunk);
    response.end();
  }
}
