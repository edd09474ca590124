// Encryption at rest: what the headers ask, what the bucket gives, and SSE-C, where the customer holds the key.
//
// SSE-S3 and SSE-KMS are told in the answers only, as nobody can see the difference. SSE-C bodies are really encrypted: without the
// customer's key the store holds nothing readable.
//
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingEncryption.html
import { createCipheriv, createHash } from 'node:crypto';
import type { BlobRef, ByteRange } from '../../../kernel/blobs.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { errors } from './errors.ts';
import type { Cipher } from './intake.ts';
import type { S3Context } from './operation.ts';
import type { BucketRow, CipherPiece, CustomerKey, Encryption, ObjectRow } from './state.ts';

const algorithms: readonly string[] = ['AES256', 'aws:kms', 'aws:kms:dsse'];

export const isEncryptionAlgorithm = (text: string | undefined): text is Encryption['algorithm'] =>
  text !== undefined && algorithms.includes(text);

interface EncryptionHeaders {
  readonly ServerSideEncryption?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly BucketKeyEnabled?: boolean | undefined;
}

/** The encryption of a new object: what the request says, else the bucket's default, else SSE-S3. */
export function encryptionOf(input: EncryptionHeaders, bucket: BucketRow): Encryption {
  const { ServerSideEncryption: algorithm, SSEKMSKeyId: kmsKeyId, BucketKeyEnabled: bucketKey } = input;
  if (algorithm === undefined) {
    if (kmsKeyId !== undefined)
      throw errors.invalidArgument(
        'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
        'x-amz-server-side-encryption',
      );
    return bucket.encryption ?? { algorithm: 'AES256' };
  }
  if (!isEncryptionAlgorithm(algorithm))
    throw errors.invalidArgument(
      'The encryption method specified is not supported',
      'x-amz-server-side-encryption',
      algorithm,
    );
  if (algorithm === 'AES256' && kmsKeyId !== undefined)
    throw errors.invalidArgument(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
      'x-amz-server-side-encryption',
      algorithm,
    );
  if (algorithm === 'AES256') return { algorithm };
  const fallback = bucket.encryption?.algorithm === algorithm ? bucket.encryption : undefined;
  return { algorithm, kmsKeyId: kmsKeyId ?? fallback?.kmsKeyId, bucketKey: bucketKey ?? fallback?.bucketKey };
}

/**
 * A key as answers name it.
 *
 * Differs: until KMS is there, S3's own key is shown by its alias; AWS shows the ARN of the key behind it.
 */
const keyArn = (keyId: string | undefined, { partition, region, account }: BucketRow): string => {
  if (keyId?.startsWith('arn:')) return keyId;
  const resource = keyId === undefined ? 'alias/aws/s3' : keyId.startsWith('alias/') ? keyId : `key/${keyId}`;
  return `arn:${partition}:kms:${region}:${account}:${resource}`;
};

/** Encryption as the members of an answer. */
export function shownEncryption(
  row: { encryption: Encryption; customerKey?: CustomerKey | undefined },
  bucket: BucketRow,
) {
  if (row.customerKey !== undefined)
    return { SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: row.customerKey.keyMd5 };
  const { algorithm, kmsKeyId, bucketKey } = row.encryption;
  if (algorithm === 'AES256') return { ServerSideEncryption: algorithm };
  return {
    ServerSideEncryption: algorithm,
    SSEKMSKeyId: keyArn(kmsKeyId, bucket),
    ...(bucketKey === true ? { BucketKeyEnabled: true } : {}),
  };
}

/** The customer's key, as a request carries it. */
export interface HeldKey {
  readonly bytes: Uint8Array;
  /** Base 64. */
  readonly md5: string;
}

interface CustomerKeyHeaders {
  readonly algorithm: string | undefined;
  readonly key: string | undefined;
  readonly md5: string | undefined;
}

const header = 'x-amz-server-side-encryption-customer';
const missing = (what: string, name: string) =>
  errors.argument(`Requests specifying Server Side Encryption with Customer provided keys must provide ${what}.`, {
    ArgumentName: `${header}-${name}`,
    ArgumentValue: 'null',
  });

/**
 * Reads the customer's key; undefined when the request has none.
 *
 * Differs: taken over plain HTTP too; AWS asks for TLS.
 */
export function readCustomerKey({ algorithm, key, md5 }: CustomerKeyHeaders): HeldKey | undefined {
  if (algorithm === undefined && key === undefined && md5 === undefined) return undefined;
  if (algorithm === undefined) throw missing('a valid encryption algorithm', 'algorithm');
  if (algorithm !== 'AES256')
    throw new AwsError(
      'InvalidEncryptionAlgorithmError',
      400,
      'The Encryption request you specified is not valid. Supported value: AES256.',
      { ArgumentName: `${header}-algorithm`, ArgumentValue: algorithm },
    );
  if (key === undefined) throw missing('an appropriate secret key', 'key');
  if (md5 === undefined) throw missing('the client calculated MD5 of the secret key', 'key-MD5');
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length !== 32)
    throw errors.invalidArgument('The secret key was invalid for the specified algorithm.', `${header}-key`);
  if (createHash('md5').update(bytes).digest('base64') !== md5)
    throw errors.invalidArgument(
      'The calculated MD5 hash of the key did not match the hash that was provided.',
      `${header}-key-MD5`,
      md5,
    );
  return { bytes, md5 };
}

interface SseCustomerInput {
  readonly SSECustomerAlgorithm?: string | undefined;
  readonly SSECustomerKey?: string | undefined;
  readonly SSECustomerKeyMD5?: string | undefined;
}

export const customerKeyOf = (input: SseCustomerInput): HeldKey | undefined =>
  readCustomerKey({ algorithm: input.SSECustomerAlgorithm, key: input.SSECustomerKey, md5: input.SSECustomerKeyMD5 });

/** Refuses to show an SSE-C object without its key, and a key for an object that has none. */
export function checkCustomerKey(row: ObjectRow, key: HeldKey | undefined): void {
  if (row.customerKey === undefined) {
    if (key !== undefined) throw errors.invalidRequest('The encryption parameters are not applicable to this object.');
    return;
  }
  if (key === undefined)
    throw errors.invalidRequest(
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    );
  if (key.md5 !== row.customerKey.keyMd5) throw errors.accessDenied();
}

/** Encrypts one stretch of bytes as it comes, from a fresh counter. */
export function makeCipher(key: HeldKey, { random }: S3Context): { cipher: Cipher; nonce: Uint8Array } {
  const nonce = random.bytes(16);
  const aes = createCipheriv('aes-256-ctr', key.bytes, nonce);
  return { cipher: (bytes) => aes.update(bytes), nonce };
}

/** The counter `blocks` after a nonce: a 128-bit sum. */
const counterAfter = (nonce: Uint8Array, blocks: number): Uint8Array => {
  const counter = new Uint8Array(nonce);
  let carry = blocks;
  for (let at = 15; at >= 0 && carry > 0; at--) {
    const sum = (counter[at] as number) + (carry % 256);
    counter[at] = sum & 0xff;
    carry = Math.floor(carry / 256) + (sum >> 8);
  }
  return counter;
};

async function* readPiece(
  { blobs }: S3Context,
  body: BlobRef,
  key: HeldKey,
  piece: CipherPiece,
  { start, from, to }: { start: number; from: number; to: number },
): AsyncGenerator<Uint8Array> {
  const aligned = from - (from % 16);
  const aes = createCipheriv('aes-256-ctr', key.bytes, counterAfter(piece.nonce, aligned / 16));
  let skip = from - aligned;
  for await (const bytes of blobs.read(body, { from: start + aligned, to: start + to })) {
    const plain = aes.update(bytes);
    yield plain.subarray(skip);
    skip = 0;
  }
}

async function* readCustomer(context: S3Context, row: ObjectRow, key: HeldKey, range: ByteRange) {
  let start = 0;
  for (const piece of row.customerKey?.pieces ?? []) {
    const from = Math.max(0, range.from - start);
    const to = Math.min(piece.sizeBytes, range.to - start);
    if (from < to) yield* readPiece(context, row.body, key, piece, { start, from, to });
    start += piece.sizeBytes;
  }
}

/** The plain bytes of an object, or of a part of it. Small ones come at once. */
export function plainBytes(
  context: S3Context,
  row: ObjectRow,
  key: HeldKey | undefined,
  range: ByteRange = { from: 0, to: row.sizeBytes },
): AsyncIterable<Uint8Array> | Uint8Array {
  if (row.customerKey !== undefined && key !== undefined) return readCustomer(context, row, key, range);
  if (row.body.kind === 'inline') return row.body.bytes.subarray(range.from, range.to);
  return context.blobs.read(row.body, range);
}
