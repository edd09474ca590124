// `Content-Encoding: aws-chunked`: a body inside the body, in chunks that may each carry a signature, and with trailers.
//
//   400;chunk-signature=ad80c730…\r\n  <1,024 bytes>\r\n
//   0;chunk-signature=b6c6ea8a…\r\n
//   x-amz-checksum-crc32c:sOO8/Q==\r\n
//   x-amz-trailer-signature:d81f82fc…\r\n
//   \r\n
//
// One push parser serves bodies that stream and bodies that are in memory. Data is handed on as it comes; a chunk's signature is
// judged at its end, so what took the data must not be kept before the whole body has been read.
//
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
import { createHash, type Hash } from 'node:crypto';
import { AwsError } from '../kernel/errors.ts';
import type { Headers, HttpBody } from '../kernel/http.ts';

/** How the chunks of a signed body are judged. */
export interface ChunkSigning {
  /** `20260101T000000Z`, as in the request's signature. */
  readonly timestamp: string;
  /** `20260101/us-east-1/s3/aws4_request`. */
  readonly scope: string;
  /** The signature of the request itself, to which the first chunk's is chained. */
  readonly seedSignature: string;
  /** HMAC-SHA256 with the signing key, in hexadecimal. */
  sign(stringToSign: string): string;
}

export interface AwsChunkedOptions {
  /** `x-amz-decoded-content-length`. */
  readonly decodedLengthBytes?: number | undefined;
  /** Names announced by `x-amz-trailer`, lower case. */
  readonly trailers?: readonly string[] | undefined;
  /** Given for `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` and its `-TRAILER` form. */
  readonly signing?: ChunkSigning | undefined;
}

/** A line of the frame (chunk header, trailer) may be this long. */
const longestLineBytes = 8_192;
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export const incompleteBody = (): AwsError =>
  new AwsError('IncompleteBody', 400, 'The request body terminated unexpectedly');

const wrongLength = (): AwsError =>
  new AwsError(
    'IncompleteBody',
    400,
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  );

const malformedTrailer = (): AwsError =>
  new AwsError(
    'MalformedTrailerError',
    400,
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  );

const badSignature = (): AwsError =>
  new AwsError(
    'SignatureDoesNotMatch',
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  );

const chunkHeader = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]*))?$/;

type Step = 'header' | 'data' | 'dataEnd' | 'trailer' | 'done';

/**
 * Reads an aws-chunked body that is pushed in pieces.
 *
 * Unknown: AWS's answer to a frame that is malformed, not cut; here it is `IncompleteBody`.
 */
export class AwsChunkedParser {
  readonly #options: AwsChunkedOptions;
  /** What came after the body, by lower-case name; whole once `end` has returned. */
  readonly trailers: Record<string, string> = {};
  #step: Step = 'header';
  /** The beginning of a line whose end has not come. */
  #line = '';
  #remaining = 0;
  #decodedBytes = 0;
  #signature: string;
  #announced = '';
  #hash: Hash | undefined;

  constructor(options: AwsChunkedOptions) {
    this.#options = options;
    this.#signature = options.signing?.seedSignature ?? '';
  }

  /** Takes the next bytes; answers the data in them, as views. */
  push(bytes: Uint8Array): Uint8Array[] {
    const data: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#step === 'done') throw incompleteBody();
      if (this.#step !== 'data') {
        at = this.#takeLine(bytes, at);
        continue;
      }
      const piece = bytes.subarray(at, at + this.#remaining);
      at += piece.length;
      this.#remaining -= piece.length;
      this.#decodedBytes += piece.length;
      this.#hash?.update(piece);
      data.push(piece);
      if (this.#remaining === 0) this.#step = 'dataEnd';
    }
    return data;
  }

  /** The body is over: refuses what is cut short, of another length than announced, or lacks a trailer. */
  end(): void {
    if (this.#step === 'trailer' && this.#line === '' && (this.#options.trailers ?? []).length === 0)
      this.#step = 'done'; // some clients leave the last empty line out
    if (this.#step !== 'done') throw incompleteBody();
    const { decodedLengthBytes, trailers } = this.#options;
    if (decodedLengthBytes !== undefined && decodedLengthBytes !== this.#decodedBytes) throw wrongLength();
    for (const name of trailers ?? []) if (this.trailers[name] === undefined) throw malformedTrailer();
  }

  #takeLine(bytes: Uint8Array, from: number): number {
    const newline = bytes.indexOf(0x0a, from);
    const to = newline < 0 ? bytes.length : newline;
    if (this.#line.length + to - from > longestLineBytes) throw incompleteBody();
    this.#line += Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
    if (newline < 0) return to;
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    this.#readLine(line);
    return newline + 1;
  }

  #readLine(line: string): void {
    if (this.#step === 'header') this.#openChunk(line);
    else if (this.#step === 'trailer') this.#readTrailer(line);
    else {
      if (line !== '') throw incompleteBody();
      this.#closeChunk();
      this.#step = 'header';
    }
  }

  #openChunk(line: string): void {
    const [, size, signature] = chunkHeader.exec(line) ?? [];
    if (size === undefined) throw incompleteBody();
    this.#remaining = Number.parseInt(size, 16);
    const { decodedLengthBytes, signing } = this.#options;
    if (decodedLengthBytes !== undefined && this.#decodedBytes + this.#remaining > decodedLengthBytes)
      throw wrongLength();
    if (signing !== undefined) {
      if (signature === undefined) throw badSignature();
      this.#announced = signature;
      this.#hash = createHash('sha256');
    }
    this.#step = 'data';
    if (this.#remaining > 0) return;
    this.#closeChunk();
    this.#step = 'trailer';
  }

  #closeChunk(): void {
    const { signing } = this.#options;
    if (signing === undefined || this.#hash === undefined) return;
    const digest = this.#hash.digest('hex');
    this.#chain('AWS4-HMAC-SHA256-PAYLOAD', `${emptySha256}\n${digest}`, this.#announced, signing);
    this.#hash = undefined;
  }

  #chain(algorithm: string, hashes: string, announced: string, signing: ChunkSigning): void {
    const { timestamp, scope } = signing;
    const expected = signing.sign(`${algorithm}\n${timestamp}\n${scope}\n${this.#signature}\n${hashes}`);
    if (expected !== announced) throw badSignature();
    this.#signature = expected;
  }

  #readTrailer(line: string): void {
    if (line === '') {
      this.#closeTrailers();
      return;
    }
    const colon = line.indexOf(':');
    if (colon < 1) throw malformedTrailer();
    const name = line.slice(0, colon).trim().toLowerCase();
    const announced = name === 'x-amz-trailer-signature' || (this.#options.trailers ?? []).includes(name);
    if (!announced || this.trailers[name] !== undefined) throw malformedTrailer();
    this.trailers[name] = line.slice(colon + 1).trim();
  }

  #closeTrailers(): void {
    this.#step = 'done';
    const { signing, trailers } = this.#options;
    const signature = this.trailers['x-amz-trailer-signature'];
    delete this.trailers['x-amz-trailer-signature'];
    if (signing === undefined || (trailers ?? []).length === 0) return;
    if (signature === undefined) throw malformedTrailer();
    const canonical = Object.entries(this.trailers)
      .map(([name, value]) => `${name}:${value}\n`)
      .join('');
    const digest = createHash('sha256').update(canonical, 'latin1').digest('hex');
    this.#chain('AWS4-HMAC-SHA256-TRAILER', digest, signature, signing);
  }
}

/** Decodes a body as it streams. `parser.trailers` is whole when the answer has been read to its end. */
export async function* readAwsChunked(
  body: AsyncIterable<Uint8Array>,
  parser: AwsChunkedParser,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const bytes of body) yield* parser.push(bytes);
  parser.end();
}

/** Decodes a body that is in memory. */
export function decodeAwsChunked(body: Uint8Array, parser: AwsChunkedParser): Uint8Array {
  const data = parser.push(body);
  parser.end();
  return data.length === 1 && data[0] !== undefined ? data[0] : Buffer.concat(data);
}

/** True when the headers say that the body is framed in chunks of AWS's kind. */
export const isAwsChunked = (headers: Headers): boolean =>
  headers['x-amz-content-sha256']?.startsWith('STREAMING-') === true ||
  headers['content-encoding']?.split(',').some((coding) => coding.trim() === 'aws-chunked') === true;

const namesOf = (header: string | undefined): readonly string[] =>
  (header ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');

/** A decoded length the header cannot mean is taken as none, so that the frame decides. */
const lengthOf = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;

/**
 * The body inside an aws-chunked body, with its trailers. `signing` judges chunks that are signed; without it (keys that the cloud did
 * not issue) signatures are read over.
 */
export function awsChunkedBody(body: HttpBody, headers: Headers, signing?: ChunkSigning): HttpBody {
  const decodedLengthBytes = lengthOf(headers['x-amz-decoded-content-length']);
  const signed = headers['x-amz-content-sha256']?.startsWith('STREAMING-AWS4-HMAC-SHA256-') === true;
  const parser = new AwsChunkedParser({
    decodedLengthBytes,
    trailers: namesOf(headers['x-amz-trailer']),
    signing: signed ? signing : undefined,
  });
  return {
    lengthBytes: decodedLengthBytes,
    trailers: parser.trailers,
    bytes: (limitBytes) => {
      // The frame adds to the body, at worst some ninety bytes to each byte of it.
      const whole = body.bytes(limitBytes * 2 + 65_536);
      return whole instanceof Promise
        ? whole.then((bytes) => decodeAwsChunked(bytes, parser))
        : decodeAwsChunked(whole, parser);
    },
    stream: () => readAwsChunked(body.stream(), parser),
  };
}
