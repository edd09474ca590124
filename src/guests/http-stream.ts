// A connection to something that answers HTTP as values: bytes in, bytes out. A real HTTP server reads it, so a stream that does not speak
// HTTP is refused in its words.
import http from 'node:http';
import { Duplex, type DuplexOptions } from 'node:stream';
import type { HttpBody, HttpRequest, HttpResponse } from '../kernel/http.ts';
import { BodyTooLarge } from '../kernel/http.ts';
import type { Refusal } from './guest.ts';

type Answer = (request: HttpRequest) => Promise<HttpResponse | Refusal>;

/** One end of a pair of connected streams. */
class End extends Duplex {
  other: End | undefined;
  #resume: (() => void) | undefined;

  constructor(options?: DuplexOptions) {
    super({ ...options, allowHalfOpen: false });
  }

  override _read(): void {
    this.#resume?.();
    this.#resume = undefined;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const { other } = this;
    if (other === undefined || other.destroyed) done(new Error('the other end is gone'));
    else if (other.push(chunk)) done();
    else other.#resume = done;
  }

  override _final(done: (error?: Error | null) => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { other } = this;
    this.other = undefined;
    if (other !== undefined && !other.destroyed) setImmediate(() => other.destroy());
    done(error);
  }
}

/** The client's end of a connection to an HTTP server made of `answer`. */
export class HttpStream extends End {
  constructor(answer: Answer, address: string) {
    super();
    const server = new End();
    server.other = this;
    this.other = server;
    const reader = http.createServer((request, response) => void respond(answer, request, response, address));
    server.on('error', () => {});
    this.on('error', () => {});
    reader.emit('connection', server);
  }
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

export async function respond(
  answer: Answer,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  address: string,
): Promise<void> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
  const got = await answer({
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers,
    body: bodyOf(request),
    sourceIp: address,
    secure: false,
  });
  if (typeof got === 'string') {
    response.destroy();
    return;
  }
  response.writeHead(got.status, got.headers);
  if (got.body === undefined || typeof got.body === 'string' || got.body instanceof Uint8Array) response.end(got.body);
  else {
    for await (const chunk of got.body) response.write(chunk);
    response.end();
  }
}
