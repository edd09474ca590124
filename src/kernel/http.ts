// HTTP as values: what the gateway makes of bytes, and what it makes bytes of.

import type { TlsSession } from './door.ts';

/** Header names are lower case; a header sent twice is joined with `, `. */
export type Headers = Readonly<Record<string, string>>;

export interface HttpBody {
  /** Bytes announced by `Content-Length`; undefined when the body is chunked. */
  readonly lengthBytes: number | undefined;
  /** True when `bytes` answers without a promise: the body has arrived. */
  readonly inMemory?: boolean | undefined;
  /** The whole body. Throws `BodyTooLarge` past the limit; a body that is already in memory is answered without a promise. */
  bytes(limitBytes: number): Uint8Array | Promise<Uint8Array>;
  /** The body as it comes. A body is read once, by `bytes` or by `stream`. */
  stream(): AsyncIterable<Uint8Array>;
  /** Headers that came after the body; filled while it is read. */
  readonly trailers?: Headers | undefined;
}

export class BodyTooLarge extends Error {}
/** The client went away, or sent fewer bytes than it announced. */
export class BodyIncomplete extends Error {}

/** A VPC endpoint on the way to an AWS API. */
export interface EndpointPassage {
  readonly endpointId: string;
  readonly vpcId: string;
  /** Whose endpoint it is. */
  readonly account: string;
  readonly region: string;
  /** JSON. Undefined: everything may pass. */
  readonly policy: string | undefined;
}

export interface HttpRequest {
  readonly method: string;
  /** Path and query as on the wire, nothing decoded: `/bucket/a%2Fb?versionId=1`. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: HttpBody;
  /** Address of the client; the library's in-process clients are 127.0.0.1. */
  readonly sourceIp: string;
  /** True when the client came by TLS. */
  readonly secure: boolean;
  /** What was agreed with a client that came by TLS, where that is known. */
  readonly tls?: Pick<TlsSession, 'protocol' | 'cipher' | 'serverName'> | undefined;
  /** True when it comes, or is to be sent on, by HTTP/2. */
  readonly http2?: boolean | undefined;
  /** How long the sender waits for an answer, on the clock of whoever answers. Default: for as long as it takes. */
  readonly patienceMs?: number | undefined;
  /** The VPC endpoint through which it came, when it did. */
  readonly via?: EndpointPassage | undefined;
  /** Tells whom to call when the client leaves before its answer. */
  readonly onGone?: ((gone: () => void) => void) | undefined;
}

export type ResponseBody = Uint8Array | string | AsyncIterable<Uint8Array> | undefined;

export interface HttpResponse {
  readonly status: number;
  /** A value that is a list is sent as several headers of that name. */
  readonly headers: Record<string, string | string[]>;
  readonly body: ResponseBody;
  /** Headers that come after the body, known when that has been read. Only HTTP/2 carries them. */
  readonly trailers?: (() => Headers) | undefined;
}

export const emptyBody: HttpBody = {
  lengthBytes: 0,
  inMemory: true,
  bytes: () => new Uint8Array(0),
  // oxlint-disable-next-line require-yield -- nothing to give
  stream: async function* stream() {},
};

/** A body that is in memory. */
export const bodyOf = (bytes: Uint8Array): HttpBody => ({
  lengthBytes: bytes.byteLength,
  inMemory: true,
  bytes: (limitBytes) => {
    if (bytes.byteLength > limitBytes) throw new BodyTooLarge();
    return bytes;
  },
  stream: async function* stream() {
    if (bytes.byteLength > 0) yield bytes;
  },
});
