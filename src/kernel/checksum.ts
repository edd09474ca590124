// The checksums that AWS clients send and ask for, as hashers over streams.
import { createHash } from 'node:crypto';
import { type Halves, joinCrc, updateCrc32, updateCrc32c, updateCrc64nvme } from './crc.ts';

/** Takes bytes as they come; `digest` ends it, in base 64. A digest as bytes would be memory of its own outside of the heap, which is dear. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  digest(): string;
}

/**
 * Names as S3 writes them (`x-amz-checksum-algorithm`).
 *
 * Unknown: the XXHASH family, which newer models name beside these, is not computed yet.
 */
export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256', 'SHA512', 'MD5'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

const isKnown = (name: string): name is ChecksumAlgorithm => checksumAlgorithms.some((known) => known === name);

/** Reads an algorithm's name in any case; undefined when it is none of ours. */
export const findAlgorithm = (name: string): ChecksumAlgorithm | undefined => {
  const upper = name.toUpperCase();
  return isKnown(upper) ? upper : undefined;
};

/** Length of the digest, in bytes. */
export const digestLengthBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  MD5: 16,
};

/** `x-amz-checksum-crc32` for `CRC32`. */
export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

/** Words of 32 bits, the highest first. */
const wordsInBase64 = (...words: readonly number[]): string => {
  const bytes = Buffer.allocUnsafe(4 * words.length);
  for (const [at, word] of words.entries()) bytes.writeUInt32BE(word >>> 0, 4 * at);
  return bytes.toString('base64');
};

const crc32Hasher = (update: (value: number, bytes: Uint8Array) => number): Hasher => {
  let value = 0;
  return {
    update: (bytes) => {
      value = update(value, bytes);
    },
    digest: () => wordsInBase64(value),
  };
};

const crc64Hasher = (): Hasher => {
  const value: Halves = { low: 0, high: 0 };
  return {
    update: (bytes) => updateCrc64nvme(value, bytes),
    digest: () => wordsInBase64(value.high, value.low),
  };
};

const cryptoHasher = (name: 'md5' | 'sha1' | 'sha256' | 'sha512'): Hasher => {
  const hash = createHash(name);
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    digest: () => hash.digest('base64'),
  };
};

/** A fresh hasher. */
export function makeHasher(algorithm: ChecksumAlgorithm): Hasher {
  switch (algorithm) {
    case 'CRC32':
      return crc32Hasher(updateCrc32);
    case 'CRC32C':
      return crc32Hasher(updateCrc32c);
    case 'CRC64NVME':
      return crc64Hasher();
    case 'SHA1':
      return cryptoHasher('sha1');
    case 'SHA256':
      return cryptoHasher('sha256');
    case 'SHA512':
      return cryptoHasher('sha512');
    case 'MD5':
      return cryptoHasher('md5');
  }
}

/** The digest of bytes that are all there, in base 64. */
export const checksumOf = (algorithm: ChecksumAlgorithm, bytes: Uint8Array): string => {
  const hasher = makeHasher(algorithm);
  hasher.update(bytes);
  return hasher.digest();
};

/** Reads a digest in base 64; undefined when it is not one of this algorithm's length. */
export function readDigest(algorithm: ChecksumAlgorithm, text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === digestLengthBytes[algorithm] ? bytes : undefined;
}

/** What is known of one part of a whole. */
export interface PartChecksum {
  /** Digest in base 64. */
  readonly checksum: string;
  readonly sizeBytes: number;
}

/**
 * The checksum of checksums that S3 calls COMPOSITE: the algorithm over the parts' digests, with the number of parts.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly PartChecksum[]): string {
  const hasher = makeHasher(algorithm);
  for (const part of parts) hasher.update(Buffer.from(part.checksum, 'base64'));
  return `${hasher.digest()}-${parts.length}`;
}

const crcKind = { CRC32: 'crc32', CRC32C: 'crc32c', CRC64NVME: 'crc64nvme' } as const;

/** The algorithms whose checksum of a whole follows from its parts' (FULL_OBJECT of a multipart upload). */
export const canJoin = (algorithm: ChecksumAlgorithm): algorithm is keyof typeof crcKind => algorithm in crcKind;

const readBigEndian = (bytes: Uint8Array): bigint => {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
};

/** The checksum of the whole object, FULL_OBJECT, from its parts' checksums and sizes. */
export function fullObjectChecksum(algorithm: keyof typeof crcKind, parts: readonly PartChecksum[]): string {
  let whole = 0n; // the check of no bytes
  for (const { checksum, sizeBytes } of parts)
    whole = joinCrc(crcKind[algorithm], whole, readBigEndian(Buffer.from(checksum, 'base64')), sizeBytes);
  const digits = whole.toString(16).padStart(2 * digestLengthBytes[algorithm], '0');
  return Buffer.from(digits, 'hex').toString('base64');
}
