// Taking a body in: hashed while it is written, refused when it is not what the request announced.
//
// A small body that is in memory is taken without a promise, so that the whole request is one synchronous transaction.
import { createHash } from 'node:crypto';
import type { BlobRef } from '../../../kernel/blobs.ts';
import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumHeader,
  findAlgorithm,
  type Hasher,
  makeHasher,
  readDigest,
} from '../../../kernel/checksum.ts';
import { kibibyte } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import type { S3Context } from './operation.ts';

/** What a request says about its body. */
export interface Announced {
  /** Base 64 of the MD5. */
  readonly contentMd5?: string | undefined;
  readonly algorithm: ChecksumAlgorithm;
  /** A second checksum to make, for the object that the parts will be. */
  readonly also?: ChecksumAlgorithm | undefined;
  /** Given in a header; a trailer's value is read when the body has ended. */
  readonly checksum?: string | undefined;
  readonly trailer: boolean;
  readonly lengthBytes?: number | undefined;
  readonly mostBytes: number;
}

export interface Taken {
  readonly body: BlobRef;
  readonly sizeBytes: number;
  /** Hexadecimal MD5 of the plain bytes. */
  readonly md5: string;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
  readonly also?: string | undefined;
  /** True when the request named the algorithm; else S3 chose CRC64NVME. */
  readonly asked: boolean;
}

/** Changes bytes on their way to the store (SSE-C). */
export type Cipher = (bytes: Uint8Array) => Uint8Array;

interface ChecksumInput {
  readonly ContentMD5?: string | undefined;
  readonly ContentLength?: number | undefined;
  readonly ChecksumAlgorithm?: string | undefined;
}

const memberOf = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm}`;

const checksumMembers = checksumAlgorithms.map((algorithm) => [memberOf(algorithm), algorithm] as const);

function givenChecksums(input: object): readonly { algorithm: ChecksumAlgorithm; value: string }[] {
  const given: { algorithm: ChecksumAlgorithm; value: string }[] = [];
  for (const [member, algorithm] of checksumMembers) {
    const value: unknown = (input as Record<string, unknown>)[member];
    if (typeof value === 'string') given.push({ algorithm, value });
  }
  return given;
}

const trailerAlgorithm = (header: string | undefined): ChecksumAlgorithm | undefined => {
  const name = header
    ?.split(',')
    .map((one) => one.trim().toLowerCase())
    .find((one) => one.startsWith('x-amz-checksum-'));
  return name === undefined ? undefined : findAlgorithm(name.slice('x-amz-checksum-'.length));
};

/** The one checksum that a request gives, in a header. @throws InvalidRequest for several, or a malformed one */
export function readChecksum(input: object): { algorithm: ChecksumAlgorithm; value: string } | undefined {
  const given = givenChecksums(input);
  if (given.length > 1)
    throw errors.invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  const only = given[0];
  if (only !== undefined && readDigest(only.algorithm, only.value) === undefined)
    throw errors.invalidRequest(`Value for ${checksumHeader(only.algorithm)} header is invalid.`);
  return only;
}

/** Reads what a request announces of its body. */
export function readAnnounced(
  input: ChecksumInput,
  { origin: { headers } }: S3Context,
  mostBytes: number,
  fallback?: ChecksumAlgorithm,
): Announced {
  const { ContentMD5: contentMd5, ContentLength: lengthBytes, ChecksumAlgorithm: named } = input;
  if (contentMd5 !== undefined && readDigest('MD5', contentMd5) === undefined) throw errors.invalidDigest(contentMd5);
  const only = readChecksum(input);
  const trailer = trailerAlgorithm(headers['x-amz-trailer']);
  const algorithm = only?.algorithm ?? trailer;
  const wanted = named === undefined ? undefined : findAlgorithm(named);
  if (headers['x-amz-sdk-checksum-algorithm'] !== undefined) {
    if (wanted === undefined)
      throw errors.invalidRequest(
        'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
      );
    if (algorithm === undefined)
      throw errors.invalidRequest(
        'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
      );
    if (algorithm !== wanted) throw errors.invalidRequest('Value for x-amz-sdk-checksum-algorithm header is invalid.');
  }
  return {
    contentMd5,
    algorithm: algorithm ?? wanted ?? fallback ?? 'CRC64NVME',
    checksum: only?.value,
    trailer: only === undefined && trailer !== undefined,
    lengthBytes,
    mostBytes,
  };
}

/** All hashes of one body. */
class Scale {
  readonly #md5 = createHash('md5');
  readonly #checksum: Hasher;
  readonly #also: Hasher | undefined;
  readonly #announced: Announced;
  sizeBytes = 0;

  constructor(announced: Announced) {
    this.#announced = announced;
    this.#checksum = makeHasher(announced.algorithm);
    this.#also = announced.also === undefined ? undefined : makeHasher(announced.also);
  }

  update(bytes: Uint8Array): void {
    this.sizeBytes += bytes.byteLength;
    if (this.sizeBytes > this.#announced.mostBytes)
      throw errors.entityTooLarge(this.#announced.lengthBytes ?? this.sizeBytes, this.#announced.mostBytes);
    this.#md5.update(bytes);
    this.#checksum.update(bytes);
    this.#also?.update(bytes);
  }

  /** Holds the body against what was announced; answers its MD5 and checksum. */
  judge(trailers: Readonly<Record<string, string>> | undefined): {
    md5: string;
    checksum: string;
    also: string | undefined;
  } {
    const { contentMd5, lengthBytes, algorithm, trailer } = this.#announced;
    if (lengthBytes !== undefined && this.sizeBytes !== lengthBytes) throw errors.incompleteBody();
    const md5 = this.#md5.digest('hex');
    const md5InBase64 = contentMd5 === undefined ? undefined : Buffer.from(md5, 'hex').toString('base64');
    if (contentMd5 !== undefined && contentMd5 !== md5InBase64)
      throw errors.contentMd5Mismatch(contentMd5, md5InBase64 ?? '');
    const checksum = this.#checksum.digest();
    const expected = trailer ? trailers?.[checksumHeader(algorithm)] : this.#announced.checksum;
    if (trailer && (expected === undefined || readDigest(algorithm, expected) === undefined))
      throw errors.invalidRequest(`Value for ${checksumHeader(algorithm)} trailing header is invalid.`);
    if (expected !== undefined && expected !== checksum)
      throw errors.badDigest(`The ${algorithm} you specified did not match the calculated checksum.`);
    const also = this.#also?.digest();
    return { md5, checksum, also };
  }
}

const smallBytes = 32 * kibibyte;

const isStream = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

const toBytes = (body: unknown): Uint8Array => {
  if (body === undefined || body === null) return new Uint8Array(0);
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  if (body instanceof Uint8Array) return body;
  throw new TypeError('a body is bytes, text, or a stream of bytes');
};

/** Bytes of their own: a view would keep the buffer alive in which the request arrived. */
const owned = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.prototype.slice.call(bytes);

/** Takes a body in. What it answers is in the store, and not yet kept. */
export function takeBody(
  context: S3Context,
  body: unknown,
  announced: Announced,
  cipher?: Cipher,
): Taken | Promise<Taken> {
  if (announced.lengthBytes !== undefined && announced.lengthBytes > announced.mostBytes)
    throw errors.entityTooLarge(announced.lengthBytes, announced.mostBytes);
  const scale = new Scale(announced);
  const asked = announced.trailer || announced.checksum !== undefined;
  const taken = (blob: BlobRef): Taken => {
    const { md5, checksum, also } = scale.judge(context.origin.trailers);
    return {
      body: blob,
      sizeBytes: scale.sizeBytes,
      md5,
      checksum: { algorithm: announced.algorithm, value: checksum },
      also,
      asked,
    };
  };
  if (isStream(body)) return takeStream(context, body, scale, taken, cipher);
  const bytes = toBytes(body);
  scale.update(bytes);
  const kept = cipher === undefined ? owned(bytes) : cipher(bytes);
  if (kept.byteLength <= smallBytes) return taken({ kind: 'inline', bytes: kept, sizeBytes: kept.byteLength });
  return context.blobs.write(kept).then((blob) => judged(context, blob, taken));
}

async function takeStream(
  context: S3Context,
  body: AsyncIterable<Uint8Array>,
  scale: Scale,
  taken: (blob: BlobRef) => Taken,
  cipher: Cipher | undefined,
): Promise<Taken> {
  const weighed = async function* weighed(): AsyncGenerator<Uint8Array> {
    for await (const bytes of body) {
      scale.update(bytes);
      yield cipher === undefined ? bytes : cipher(bytes);
    }
  };
  return judged(context, await context.blobs.write(weighed()), taken);
}

async function judged(context: S3Context, blob: BlobRef, taken: (blob: BlobRef) => Taken): Promise<Taken> {
  try {
    return taken(blob);
  } catch (error) {
    await context.blobs.discard(blob);
    throw error;
  }
}

/** A checksum as the member of an answer: `{ ChecksumCRC32: … }`. */
export const shownChecksum = (checksum: { algorithm: ChecksumAlgorithm; value: string } | undefined) =>
  checksum === undefined ? {} : { [memberOf(checksum.algorithm)]: checksum.value };
