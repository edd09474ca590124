// Between node's HTTP and HTTP as values.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type net from 'node:net';
import { pipeline } from 'node:stream/promises';
import {
  BodyIncomplete,
  BodyTooLarge,
  bodyOf,
  emptyBody,
  type Headers,
  type HttpBody,
  type HttpRequest,
  type HttpResponse,
  type ResponseBody,
} from '../kernel/http.ts';

export type NodeRequest = IncomingMessage | Http2ServerRequest;
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** A body up to this size is read before the road begins, so that the road need not wait for it. */
const eagerLimitBytes = 262_144;

/** Node's own object where it is what we want: of HTTP/1.1, `set-cookie` alone comes as a list. */
const headersOf = (request: NodeRequest): Headers => {
  if (request.httpVersionMajor === 1 && request.headers['set-cookie'] === undefined) return request.headers as Headers;
  const headers: Record<string, string> = {};
  for (const name in request.headers) {
    if (name.startsWith(':')) continue;
    const value = request.headers[name];
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  const authority = request.headers[':authority'];
  if (headers['host'] === undefined && typeof authority === 'string') headers['host'] = authority;
  return headers;
};

function readAll(request: NodeRequest, limitBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > limitBytes) {
        // What is left is read and thrown away, so that the client hears the answer.
        request.removeAllListeners('data');
        request.resume();
        reject(new BodyTooLarge());
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, sizeBytes)));
    const broken = (): void => {
      if (!request.readableEnded) reject(new BodyIncomplete());
    };
    request.on('error', broken);
    request.on('close', broken);
  });
}

/** A body that is still on the wire. With `Expect: 100-continue` the client is told to go on when somebody reads. */
function wireBody(request: NodeRequest, lengthBytes: number | undefined, goOn: () => void): HttpBody {
  return {
    lengthBytes,
    bytes: (limitBytes) => {
      if (lengthBytes !== undefined && lengthBytes > limitBytes) {
        goOn();
        request.resume();
        return Promise.reject(new BodyTooLarge());
      }
      goOn();
      return readAll(request, limitBytes);
    },
    stream: async function* stream() {
      goOn();
      let seenBytes = 0;
      try {
        for await (const chunk of request) {
          seenBytes += (chunk as Buffer).byteLength;
          yield chunk as Buffer;
        }
      } catch {
        throw new BodyIncomplete();
      }
      if (lengthBytes !== undefined && seenBytes < lengthBytes) throw new BodyIncomplete();
    },
  };
}

const mapped = '::ffff:';
const plainAddress = (address: string): string => (address.startsWith(mapped) ? address.slice(mapped.length) : address);

/** True for a socket of TLS. */
export const isEncrypted = (socket: net.Socket | undefined): boolean =>
  (socket as Partial<TLSSocket> | undefined)?.encrypted === true;

const tlsOf = (socket: net.Socket | undefined): HttpRequest['tls'] => {
  if (!isEncrypted(socket)) return undefined;
  const { servername } = socket as TLSSocket & { readonly servername?: string | false };
  return {
    protocol: (socket as TLSSocket).getProtocol() ?? '',
    cipher: (socket as TLSSocket).getCipher().name,
    serverName: typeof servername === 'string' ? servername : undefined,
  };
};

/** The request as a value. Answers a promise only while a small body is being read. */
export function readRequest(request: NodeRequest, response: NodeResponse): HttpRequest | Promise<HttpRequest> {
  const headers = headersOf(request);
  const expects = headers['expect']?.toLowerCase() === '100-continue';
  const announced = headers['content-length'];
  const chunked =
    headers['transfer-encoding'] !== undefined || (request.httpVersionMajor === 2 && announced === undefined);
  const lengthBytes = announced === undefined ? (chunked ? undefined : 0) : Number(announced);
  const value = (body: HttpBody): HttpRequest => ({
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers,
    body,
    sourceIp: plainAddress(request.socket?.remoteAddress ?? '127.0.0.1'),
    secure: isEncrypted(request.socket),
    tls: tlsOf(request.socket),
    http2: request.httpVersionMajor === 2,
    onGone: (gone) => {
      response.once('close', () => {
        if (!response.writableEnded) gone();
      });
    },
  });
  if (lengthBytes === 0) return value(emptyBody);
  if (lengthBytes !== undefined && lengthBytes <= eagerLimitBytes && !expects)
    return readAll(request, eagerLimitBytes).then((bytes) => value(bodyOf(bytes)));
  const goOn = expects ? () => response.writeContinue() : () => {};
  return value(wireBody(request, lengthBytes, goOn));
}

const lengthOf = (body: ResponseBody): number | undefined => {
  if (body === undefined) return 0;
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.byteLength : undefined;
};

const mayHaveBody = (status: number): boolean => status !== 204 && status !== 304;

/** Writes an answer. A promise, while a stream is on its way out, settles when it is, or the client is gone. */
export function writeResponse(
  response: NodeResponse,
  answer: HttpResponse,
  request: NodeRequest,
): Promise<void> | undefined {
  const { status, headers, body } = answer;
  const http2 = request.httpVersionMajor === 2;
  if (http2) delete headers['connection'];
  // A client that waits for "100 Continue" and gets an answer instead must not send its body on this connection.
  if (!http2 && request.headers['expect'] !== undefined && !request.complete) headers['connection'] = 'close';
  const lengthBytes = lengthOf(body);
  if (http2 && answer.trailers !== undefined) return writeTrailing(response as Http2ServerResponse, answer);
  if (lengthBytes !== undefined && headers['content-length'] === undefined && mayHaveBody(status))
    headers['content-length'] = String(lengthBytes);
  (response as ServerResponse).writeHead(status, headers);
  if (body === undefined || request.method === 'HEAD') {
    response.end();
  } else if (typeof body === 'string' || body instanceof Uint8Array) {
    (response as ServerResponse).end(body);
  } else {
    return pipeline(body, response as ServerResponse).catch(() => void response.destroy());
  }
  return undefined;
}

/** An answer with headers after its body. */
async function writeTrailing(response: Http2ServerResponse, answer: HttpResponse): Promise<void> {
  const { status, headers, body, trailers } = answer;
  response.writeHead(status, headers);
  try {
    const chunks = typeof body === 'string' || body instanceof Uint8Array ? [body] : (body ?? []);
    for await (const chunk of chunks)
      if (!response.write(chunk)) await new Promise<void>((go) => response.once('drain', go).once('close', go));
    response.addTrailers(trailers?.() ?? {});
    response.end();
  } catch {
    response.destroy();
  }
}
