// SDK clients without a socket: the SDK makes its HTTP request as always, and a request handler of ours hands it to the cloud.
import { Readable } from 'node:stream';
import type { Cloud } from '../cloud.ts';
import { BodyTooLarge, bodyOf, emptyBody, type HttpBody, type HttpRequest, type HttpResponse } from '../kernel/http.ts';

/** What the SDK gives a request handler (`@smithy/types` HttpRequest, as far as it is used here). */
interface SdkRequest {
  readonly method: string;
  readonly protocol?: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/** Makes an SDK client whose requests go to the cloud, or to whatever carries them there. */
export function connect<Args extends readonly unknown[], Client>(
  cloud: Pick<Cloud, 'account' | 'region' | 'handle'>,
  Class: new (...args: Args) => Client,
  config: object,
): Client {
  const requestHandler = {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request: SdkRequest, options?: { readonly abortSignal?: AbortSignal }) => ({
      response: fromResponse(await cloud.handle(toRequest(request, options?.abortSignal))),
    }),
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy: () => {},
  };
  const defaults = {
    region: cloud.region,
    endpoint: 'http://localhost:4566',
    credentials: { accessKeyId: cloud.account, secretAccessKey: 'test' },
    requestHandler,
    maxAttempts: 1,
    // Bucket names go into the path, and account ids into no host: no name has to be resolved.
    forcePathStyle: true,
    disableHostPrefix: true,
  };
  // Every SDK client takes one configuration object; no type says so for all of them.
  return new Class(...([{ ...defaults, ...config }] as unknown as Args));
}

function toRequest(request: SdkRequest, signal: AbortSignal | undefined): HttpRequest {
  const query = Object.entries(request.query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as readonly string[]) : [value]).map((item) =>
      item === null || item === undefined ? escapeQuery(name) : `${escapeQuery(name)}=${escapeQuery(String(item))}`,
    ),
  );
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = String(value);
  headers['host'] ??= request.port === undefined ? request.hostname : `${request.hostname}:${request.port}`;
  return {
    method: request.method,
    target: query.length === 0 ? request.path : `${request.path}?${query.join('&')}`,
    headers,
    body: toBody(request.body, headers),
    sourceIp: '127.0.0.1',
    secure: false,
    onGone: (gone) => signal?.addEventListener('abort', gone, { once: true }),
  };
}

const escapeQuery = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

function toBody(body: unknown, headers: Record<string, string>): HttpBody {
  if (body === undefined || body === null) return emptyBody;
  if (typeof body === 'string') return bodyOf(Buffer.from(body, 'utf8'));
  if (body instanceof Uint8Array) return bodyOf(body);
  if (body instanceof ArrayBuffer) return bodyOf(new Uint8Array(body));
  const length = headers['content-length'];
  const chunks = body as AsyncIterable<Uint8Array | string>;
  const stream = async function* stream(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk;
  };
  return {
    lengthBytes: length === undefined ? undefined : Number(length),
    stream,
    bytes: async (limitBytes) => {
      const parts: Uint8Array[] = [];
      let sizeBytes = 0;
      for await (const part of stream()) {
        sizeBytes += part.byteLength;
        if (sizeBytes > limitBytes) throw new BodyTooLarge();
        parts.push(part);
      }
      return Buffer.concat(parts);
    },
  };
}

function fromResponse(answer: HttpResponse): SdkResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers))
    headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  return { statusCode: answer.status, headers, body: toReadable(answer.body) };
}

function toReadable(body: HttpResponse['body']): Readable {
  if (body === undefined) return Readable.from([]);
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const bytes =
      typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    return bytes.byteLength === 0 ? Readable.from([]) : Readable.from([bytes], { objectMode: false });
  }
  return Readable.from(body, { objectMode: false });
}
