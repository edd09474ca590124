// The end of a multipart upload: which parts make the object, and whether they may.
import { createHash } from 'node:crypto';
import { checksumAlgorithms } from '../../../kernel/checksum.ts';
import type { BlobRef } from '../../../kernel/blobs.ts';
import { key } from '../../../kernel/key.ts';
import { getBucket } from './bucket-find.ts';
import { errors } from './errors.ts';
import { readChecksum, shownChecksum } from './intake.ts';
import { encodeKey } from './listing.ts';
import { limits } from './limits.ts';
import { afterWrite, refuseByWriteCondition, shownWrite } from './object-write.ts';
import type { Input, Operation, Output, S3Context } from './operation.ts';
import { zoneFor } from './storage-class.ts';
import type { BucketRow, ObjectRow, PartRow, UploadRow } from './state.ts';
import { dropUpload, getUpload, wholeChecksum } from './upload.ts';
import { addVersion, findCurrent } from './version.ts';

type CompleteInput = Input<'CompleteMultipartUpload'>;
type Listed = NonNullable<NonNullable<CompleteInput['MultipartUpload']>['Parts']>[number];

const unquoted = (etag: string | undefined): string => (etag ?? '').replaceAll('"', '');

/** The checksum that the list gives for a part must be the part's. */
function checkListedChecksum(listed: Listed, part: PartRow, upload: UploadRow): void {
  const { checksumAlgorithm: algorithm, checksumType, uploadId } = upload;
  for (const name of checksumAlgorithms) {
    const given: unknown = (listed as Record<string, unknown>)[`Checksum${name}`];
    if (given === undefined) continue;
    if (algorithm !== undefined && name !== algorithm) continue;
    if (name === part.checksum.algorithm && given !== part.checksum.value)
      throw errors.invalidPart({ UploadId: uploadId, PartNumber: part.number, ETag: part.etag });
  }
  if (algorithm === undefined || checksumType === 'FULL_OBJECT') return;
  if ((listed as Record<string, unknown>)[`Checksum${algorithm}`] === undefined)
    throw errors.invalidRequest(
      `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part.number} in the request.`,
    );
}

/** The parts that the request lists, in order. @throws MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall */
function partsOf(input: CompleteInput, upload: UploadRow, { state }: S3Context): readonly PartRow[] {
  const listed: readonly Listed[] = input.MultipartUpload?.Parts ?? [];
  if (listed.length === 0) throw errors.malformedXml();
  let last = 0;
  const parts = listed.map((entry) => {
    const { PartNumber: number, ETag: etag } = entry;
    if (number === undefined || etag === undefined) throw errors.malformedXml();
    if (number <= last) throw errors.invalidPartOrder(upload.uploadId);
    last = number;
    const part = number <= limits.partNumberMax ? state.parts.find(key(upload.uploadId, number)) : undefined;
    if (part === undefined || part.etag !== unquoted(etag))
      throw errors.invalidPart({ UploadId: upload.uploadId, PartNumber: number, ETag: unquoted(etag) });
    checkListedChecksum(entry, part, upload);
    return part;
  });
  for (const part of parts.slice(0, -1))
    if (part.sizeBytes < limits.partMinBytes)
      throw errors.entityTooSmall({
        ETag: part.etag,
        MinSizeAllowed: String(limits.partMinBytes),
        PartNumber: String(part.number),
        ProposedSize: String(part.sizeBytes),
      });
  return parts;
}

/** Holds the whole against what the request says of it. */
function checkWhole(input: CompleteInput, upload: UploadRow, parts: readonly PartRow[]): void {
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (sizeBytes > limits.objectMaxBytes) throw errors.entityTooLarge(sizeBytes, limits.objectMaxBytes);
  if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== sizeBytes)
    throw errors.invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${sizeBytes}`,
    );
  if (input.ChecksumType !== undefined && input.ChecksumType !== upload.checksumType)
    throw errors.invalidRequest(
      `The upload was created using the ${upload.checksumType} checksum mode. The complete request must use the same checksum mode.`,
    );
  const whole = wholeChecksum(upload, parts);
  const given = upload.checksumType === 'FULL_OBJECT' ? readChecksum(input) : undefined;
  if (given !== undefined && given.algorithm === whole?.algorithm && given.value !== whole.value)
    throw errors.badDigest(`The ${given.algorithm.toLowerCase()} you specified did not match the calculated checksum.`);
}

/** A condition that holds is not enough: nobody may have changed the key since the upload began. */
function refuseByCondition(input: CompleteInput, upload: UploadRow, bucket: BucketRow, { state }: S3Context): void {
  refuseByWriteCondition(input, input.Key, findCurrent(state, bucket, input.Key));
  if (upload.conflicted !== true) return;
  if (input.IfNoneMatch !== undefined) throw errors.conditionalConflict('If-None-Match', input.Key);
  if (input.IfMatch !== undefined) throw errors.conditionalConflict('If-Match', input.Key);
}

const etagOf = (parts: readonly PartRow[]): string => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part.etag, 'hex');
  return `${hash.digest('hex')}-${parts.length}`;
};

/** Everything that can be refused, and the parts when nothing is. */
function judge(input: CompleteInput, context: S3Context) {
  const bucket = getBucket(input, context);
  const upload = getUpload(input, bucket, context);
  const parts = partsOf(input, upload, context);
  checkWhole(input, upload, parts);
  refuseByCondition(input, upload, bucket, context);
  return { bucket, upload, parts };
}

function objectOf(upload: UploadRow, parts: readonly PartRow[], body: BlobRef) {
  const { storageClass, system, metadata, acl, tags, retention, legalHold, encryption, owner, customerKeyMd5 } = upload;
  return {
    kind: 'object' as const,
    body,
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    etag: etagOf(parts),
    storageClass,
    system,
    metadata,
    owner,
    acl,
    tags,
    retention,
    legalHold,
    encryption,
    checksum: wholeChecksum(upload, parts),
    parts: parts.map((part, at) => ({
      number: at + 1,
      sizeBytes: part.sizeBytes,
      ...(upload.checksumAlgorithm === undefined ? {} : { checksum: part.checksum.value }),
    })),
    ...(customerKeyMd5 === undefined
      ? {}
      : { customerKey: { keyMd5: customerKeyMd5, pieces: parts.flatMap((part) => part.customerKey?.pieces ?? []) } }),
  };
}

/** Inside a transaction: the object is there, the upload is gone. */
function finish(input: CompleteInput, context: S3Context, body: BlobRef): Output<'CompleteMultipartUpload'> {
  const { bucket, upload, parts } = judge(input, context);
  // Kept before the parts let go of what may be the same bytes.
  context.blobs.keep(body);
  dropUpload(context, upload);
  const draft = { ...objectOf(upload, parts, body), zone: zoneFor(upload.storageClass, bucket, context) };
  const row = addVersion(context, bucket, upload.key, draft) as ObjectRow;
  context.blobs.drop(body);
  afterWrite(context, bucket, row, 'CompleteMultipartUpload', 'CompleteMultipartUpload');
  return {
    Location: `${context.origin.endpoint}/${bucket.name}/${encodeKey(row.key)}`,
    Bucket: input.Bucket,
    Key: row.key,
    ETag: `"${row.etag}"`,
    ...shownChecksum(row.checksum),
    ChecksumType: row.checksum?.type,
    // Of a customer's key this answer says nothing.
    ...shownWrite(bucket, { ...row, customerKey: undefined }),
  };
}

/**
 * Puts an upload's parts together.
 *
 * Unknown: for how long AWS answers a repeated completion with the first one's answer; here it is `NoSuchUpload` at once.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export const CompleteMultipartUpload: Operation<'CompleteMultipartUpload'> = (input, context) => {
  const { parts } = judge(input, context);
  const [only, second] = parts;
  if (only !== undefined && second === undefined) return finish(input, context, only.body);
  return joined(input, context, parts);
};

async function joined(input: CompleteInput, context: S3Context, parts: readonly PartRow[]) {
  const body = await context.blobs.concat(parts.map((part) => part.body));
  try {
    return await context.transact(() => {
      const again = judge(input, context).parts;
      // A part that was sent again meanwhile is not in what was joined.
      if (again.some((part, at) => part.body !== parts[at]?.body))
        throw errors.invalidPart({ UploadId: input.UploadId });
      return finish(input, context, body);
    });
  } catch (error) {
    await context.blobs.discard(body);
    throw error;
  }
}
