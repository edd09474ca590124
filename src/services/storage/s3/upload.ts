// Multipart uploads: an object that comes in parts, in any order, and is put together at the end.
import {
  canJoin,
  type ChecksumAlgorithm,
  compositeChecksum,
  findAlgorithm,
  fullObjectChecksum,
} from '../../../kernel/checksum.ts';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { getBucket } from './bucket-find.ts';
import { getSource, shownSourceVersion } from './copy-source.ts';
import { customerKeyOf, encryptionOf, type HeldKey, makeCipher, plainBytes, shownEncryption } from './encryption.ts';
import { errors } from './errors.ts';
import { type Announced, readAnnounced, shownChecksum, takeBody, type Taken } from './intake.ts';
import { uploadExpiry } from './lifecycle-rule.ts';
import { planUpload } from './lifecycle-plan.ts';
import { limits } from './limits.ts';
import { readLockHeaders } from './lock.ts';
import { checkKey, readMetadata, readObjectAcl, readSystem, storeTaken } from './object-write.ts';
import type { Input, Operation, Output, S3Context } from './operation.ts';
import { readCopyRange } from './range.ts';
import { readStorageClass } from './storage-class.ts';
import { type BucketRow, keyOfUpload, type ObjectRow, type PartRow, type UploadRow } from './state.ts';
import { readTaggingHeader } from './tag.ts';

/** The upload of that ID, for that key. @throws NoSuchUpload */
export function getUpload(
  { UploadId, Key }: { readonly UploadId: string; readonly Key: string },
  bucket: BucketRow,
  { state }: S3Context,
): UploadRow {
  const upload = state.uploads.index('id').first({ prefix: key(UploadId) });
  if (upload === undefined || upload.key !== Key || upload.bucket !== bucket.name) throw errors.noSuchUpload(UploadId);
  return upload;
}

/** Inside a transaction: forgets an upload; its parts' bytes go. */
export function dropUpload({ state, blobs }: S3Context, upload: UploadRow): void {
  const prefix = key(upload.uploadId);
  for (const part of state.parts.list({ prefix })) blobs.drop(part.body);
  state.parts.deleteAll({ prefix });
  state.uploads.delete(keyOfUpload(upload));
}

/** How the whole object will be checked. @throws InvalidRequest for a type that the algorithm has not */
function checksumPlan(input: Input<'CreateMultipartUpload'>): Pick<UploadRow, 'checksumAlgorithm' | 'checksumType'> {
  const { ChecksumAlgorithm: name, ChecksumType: type } = input;
  if (name === undefined) {
    if (type !== undefined)
      throw errors.invalidRequest(
        'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
      );
    return { checksumType: 'FULL_OBJECT' };
  }
  const algorithm = findAlgorithm(name);
  if (algorithm === undefined)
    throw errors.invalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    );
  const wanted = type ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  const possible = wanted === 'COMPOSITE' ? algorithm !== 'CRC64NVME' : canJoin(algorithm);
  if (!possible)
    throw errors.invalidRequest(
      `The ${wanted} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  return { checksumAlgorithm: algorithm, checksumType: wanted };
}

/**
 * Begins an upload in parts.
 *
 * Limit: 10,000 parts of 5 MiB to 5 GiB; the last may be smaller.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
 */
export const CreateMultipartUpload: Operation<'CreateMultipartUpload'> = (input, context) => {
  const bucket = getBucket(input, context);
  checkKey(input.Key);
  const held = customerKeyOf(input);
  const upload: UploadRow = {
    partition: bucket.partition,
    bucket: bucket.name,
    key: input.Key,
    uploadId: context.ids.token(128),
    initiatedAt: context.clock.now(),
    initiatorArn: context.caller.arn,
    storageClass: readStorageClass(input.StorageClass),
    system: readSystem(input, context),
    metadata: readMetadata(input.Metadata),
    ...readObjectAcl(input, context, bucket),
    ...(input.Tagging === undefined ? {} : { tags: readTaggingHeader(input.Tagging) }),
    ...readLockHeaders(input, bucket.objectLock, context.clock.now()),
    ...checksumPlan(input),
    encryption: encryptionOf(input, bucket),
    customerKeyMd5: held?.md5,
  };
  context.state.uploads.put(upload);
  planUpload(context, bucket, upload);
  const expiry = uploadExpiry(bucket.lifecycle, upload);
  const { checksumAlgorithm: algorithm, checksumType } = upload;
  return {
    Bucket: input.Bucket,
    Key: upload.key,
    UploadId: upload.uploadId,
    ...(algorithm === undefined ? {} : { ChecksumAlgorithm: algorithm, ChecksumType: checksumType }),
    ...(expiry === undefined ? {} : { AbortDate: toDate(expiry.at), AbortRuleId: expiry.ruleId }),
    ...shownUploadEncryption(upload, bucket),
  };
};

const shownUploadEncryption = ({ encryption, customerKeyMd5 }: UploadRow, bucket: BucketRow) =>
  shownEncryption(
    customerKeyMd5 === undefined ? { encryption } : { encryption, customerKey: { keyMd5: customerKeyMd5, pieces: [] } },
    bucket,
  );

function checkPartNumber(number: number): void {
  if (number < 1 || number > limits.partNumberMax)
    throw errors.invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', number);
}

function checkPartKey({ customerKeyMd5 }: UploadRow, held: HeldKey | undefined): void {
  if (customerKeyMd5 === undefined && held === undefined) return;
  if (held === undefined)
    throw errors.invalidRequest(
      'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
    );
  if (held.md5 !== customerKeyMd5)
    throw errors.invalidRequest('The provided encryption parameters did not match the ones used originally.');
}

/** The checksum that the upload needs of each part. */
const wholeAlgorithm = ({ checksumAlgorithm }: UploadRow): ChecksumAlgorithm => checksumAlgorithm ?? 'CRC64NVME';

/** What a part announces, and what the whole needs of it beside. */
function announcedPart(input: Input<'UploadPart'>, upload: UploadRow, context: S3Context): Announced {
  const announced = readAnnounced(input, context, limits.putMaxBytes, wholeAlgorithm(upload));
  const named = announced.checksum !== undefined || announced.trailer;
  const { checksumAlgorithm: expected, checksumType } = upload;
  const mismatch = named ? announced.algorithm !== expected : checksumType === 'COMPOSITE';
  if (expected !== undefined && mismatch)
    throw errors.invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${named ? announced.algorithm.toLowerCase() : 'null'}`,
    );
  return announced.algorithm === wholeAlgorithm(upload) ? announced : { ...announced, also: wholeAlgorithm(upload) };
}

/** Inside a transaction: a part takes the place of the one of its number. */
function putPart(
  context: S3Context,
  upload: UploadRow,
  number: number,
  taken: Taken,
  more: Pick<PartRow, 'customerKey'>,
): PartRow {
  const { state, blobs, clock, random } = context;
  const old = state.parts.find(key(upload.uploadId, number));
  if (old !== undefined) blobs.drop(old.body);
  blobs.keep(taken.body);
  const part: PartRow = {
    uploadId: upload.uploadId,
    number,
    body: taken.body,
    sizeBytes: taken.sizeBytes,
    etag: upload.encryption.algorithm === 'AES256' && more.customerKey === undefined ? taken.md5 : random.hex(32),
    modifiedAt: clock.now(),
    checksum: { algorithm: wholeAlgorithm(upload), value: taken.also ?? taken.checksum.value },
    ...more,
  };
  state.parts.put(part);
  return part;
}

/** Takes one part in and stores it. */
function receivePart<Answer>(
  input: { readonly Bucket: string; readonly Key: string; readonly UploadId: string; readonly PartNumber: number },
  context: S3Context,
  body: unknown,
  announced: Announced,
  held: HeldKey | undefined,
  answer: (part: PartRow, taken: Taken, upload: UploadRow, bucket: BucketRow) => Answer,
): Answer | Promise<Answer> {
  const ciphered = held === undefined ? undefined : makeCipher(held, context);
  const store = (taken: Taken): Answer => {
    const bucket = getBucket(input, context);
    const upload = getUpload(input, bucket, context);
    const customerKey =
      held === undefined || ciphered === undefined
        ? undefined
        : { keyMd5: held.md5, pieces: [{ sizeBytes: taken.sizeBytes, nonce: ciphered.nonce }] };
    return answer(putPart(context, upload, input.PartNumber, taken, { customerKey }), taken, upload, bucket);
  };
  const taken = takeBody(context, body, announced, ciphered?.cipher);
  return taken instanceof Promise ? storeTaken(taken, context, store) : store(taken);
}

/**
 * Takes one part of an upload.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
 */
export const UploadPart: Operation<'UploadPart'> = (input, context) => {
  const bucket = getBucket(input, context);
  checkPartNumber(input.PartNumber);
  const upload = getUpload(input, bucket, context);
  const held = customerKeyOf(input);
  checkPartKey(upload, held);
  const announced = announcedPart(input, upload, context);
  const body: unknown = input.Body;
  return receivePart(
    input,
    context,
    body,
    announced,
    held,
    (part, taken, current, home): Output<'UploadPart'> => ({
      ETag: `"${part.etag}"`,
      ...(taken.asked || current.checksumAlgorithm !== undefined ? shownChecksum(taken.checksum) : {}),
      ...shownUploadEncryption(current, home),
    }),
  );
};

/** Which bytes of the source a part copies. */
function copyRange(header: string | undefined, row: ObjectRow): { from: number; to: number } {
  if (header === undefined) return { from: 0, to: row.sizeBytes };
  const span = readCopyRange(header);
  if (span === undefined)
    throw errors.invalidArgument(
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      'x-amz-copy-source-range',
      header,
    );
  if (span.from >= row.sizeBytes)
    throw errors.invalidRequest('The specified copy range is invalid for the source object size');
  if (span.last >= row.sizeBytes)
    throw errors.invalidArgument(
      `Range specified is not valid for source object of size: ${row.sizeBytes}`,
      'x-amz-copy-source-range',
      header,
    );
  return { from: span.from, to: span.last + 1 };
}

/**
 * Takes a part from an object that is there already.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
 */
export const UploadPartCopy: Operation<'UploadPartCopy'> = (input, context) => {
  const bucket = getBucket(input, context);
  checkPartNumber(input.PartNumber);
  const upload = getUpload(input, bucket, context);
  const source = getSource(input, context);
  const range = copyRange(input.CopySourceRange, source.row);
  const held = customerKeyOf(input);
  checkPartKey(upload, held);
  const announced = { algorithm: wholeAlgorithm(upload), trailer: false, mostBytes: limits.putMaxBytes };
  const body = plainBytes(context, source.row, source.key, range);
  return receivePart(
    input,
    context,
    body,
    announced,
    held,
    (part, taken, current, home): Output<'UploadPartCopy'> => ({
      CopyPartResult: {
        ETag: `"${part.etag}"`,
        LastModified: toDate(part.modifiedAt),
        ...(current.checksumAlgorithm === undefined ? {} : shownChecksum(taken.checksum)),
      },
      ...shownSourceVersion(source),
      ...shownUploadEncryption(current, home),
    }),
  );
};

/**
 * Gives an upload up.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
 */
export const AbortMultipartUpload: Operation<'AbortMultipartUpload'> = (input, context) => {
  const bucket = getBucket(input, context);
  dropUpload(context, getUpload(input, bucket, context));
  return {};
};

/** The checksum of the whole, from its parts'. */
export function wholeChecksum(upload: UploadRow, parts: readonly PartRow[]): ObjectRow['checksum'] {
  const algorithm = wholeAlgorithm(upload);
  const known = parts.map(({ checksum, sizeBytes }) => ({ checksum: checksum.value, sizeBytes }));
  const { checksumType: type } = upload;
  if (type === 'FULL_OBJECT' && canJoin(algorithm))
    return { algorithm, type, value: fullObjectChecksum(algorithm, known) };
  return { algorithm, type: 'COMPOSITE', value: compositeChecksum(algorithm, known) };
}
