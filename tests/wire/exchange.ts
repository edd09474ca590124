// One call of a real SDK client, without a socket: what it sends is read by us, what we answer is read by it.
import { Readable } from 'node:stream';
import { AwsError } from '../../src/kernel/errors.ts';
import { bodyOf, type HttpRequest, type HttpResponse } from '../../src/kernel/http.ts';
import type { OperationModel } from '../../src/protocol/model.ts';
import { type Decoded, identify, readInput, writeError, writeOutput } from '../../src/protocol/wire.ts';

/** What the SDK gives to a request handler. */
export interface SdkRequest {
  readonly method: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const queryString = (query: SdkRequest['query']): string =>
  Object.entries(query ?? {})
    .flatMap(([name, value]) => {
      if (value === null) return [encode(name)];
      return (typeof value === 'string' ? [value] : value).map((item) => `${encode(name)}=${encode(item)}`);
    })
    .join('&');

const bytesOf = async (body: unknown): Promise<Uint8Array> => {
  if (body === undefined || body === null) return new Uint8Array(0);
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};

export const toHttpRequest = async (request: SdkRequest): Promise<HttpRequest> => {
  const query = queryString(request.query);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = String(value);
  headers.host ??= request.port === undefined ? request.hostname : `${request.hostname}:${request.port}`;
  return {
    method: request.method,
    target: query === '' ? request.path : `${request.path}?${query}`,
    headers,
    body: bodyOf(await bytesOf(request.body)),
    sourceIp: '127.0.0.1',
    secure: false,
  };
};

async function* chunksOf(body: HttpResponse['body']): AsyncGenerator<Uint8Array> {
  if (body === undefined) return;
  if (typeof body === 'string') yield Buffer.from(body, 'utf8');
  else if (body instanceof Uint8Array) yield body;
  else yield* body;
}

export const toSdkResponse = (response: HttpResponse): object => ({
  response: {
    statusCode: response.status,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    body: Readable.from(chunksOf(response.body), { objectMode: false }),
  },
});

export interface Exchange {
  decoded: Decoded | undefined;
  /** The input with its streams read. */
  input: Record<string, unknown> | undefined;
}

const drain = async (input: Record<string, unknown>): Promise<Record<string, unknown>> => {
  const drained: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input)) {
    const streams = typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
    drained[name] = streams ? await bytesOf(value) : value;
  }
  return drained;
};

export type Answer = (operation: OperationModel) => object | AwsError;

/** A request handler that answers with `answer`, and remembers what it read. */
export const handlerOf = (answer: Answer): { handle(request: SdkRequest): Promise<object>; exchange: Exchange } => {
  const exchange: Exchange = { decoded: undefined, input: undefined };
  return {
    exchange,
    async handle(sdkRequest) {
      const request = await toHttpRequest(sdkRequest);
      const options = { requestId: '3b1cdd4a-0000-4000-8000-000000000001', head: request.method === 'HEAD' };
      const identification = identify(request);
      try {
        const decoded = await readInput(identification, request);
        exchange.decoded = decoded;
        exchange.input = await drain(decoded.input);
        const output = answer(decoded.operation);
        if (output instanceof AwsError) throw output;
        return toSdkResponse(writeOutput(identification, decoded.operation, output, options));
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        return toSdkResponse(writeError(identification, exchange.decoded?.operation, error, options));
      }
    },
  };
};
