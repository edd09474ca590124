// Copying an object in one request.
import { findAlgorithm } from '../../../kernel/checksum.ts';
import { toDate } from '../../../kernel/units.ts';
import { getBucket } from './bucket-find.ts';
import { type FoundSource, getSource, shownSourceVersion } from './copy-source.ts';
import { customerKeyOf, encryptionOf, makeCipher, plainBytes } from './encryption.ts';
import { errors } from './errors.ts';
import { shownChecksum, takeBody, type Taken } from './intake.ts';
import { limits } from './limits.ts';
import { readLockHeaders } from './lock.ts';
import {
  afterWrite,
  checkKey,
  etagOf,
  readMetadata,
  readObjectAcl,
  readSystem,
  refuseByWriteCondition,
  shownWrite,
  storeTaken,
} from './object-write.ts';
import type { Input, Operation, Output, S3Context } from './operation.ts';
import { readStorageClass, zoneFor } from './storage-class.ts';
import type { BucketRow, ObjectRow } from './state.ts';
import { readTaggingHeader } from './tag.ts';
import { addVersion, findCurrent } from './version.ts';

type CopyInput = Input<'CopyObject'>;

const directive = (value: string | undefined, header: string, what: string): 'COPY' | 'REPLACE' => {
  if (value !== undefined && value !== 'COPY' && value !== 'REPLACE')
    throw errors.invalidArgument(`Unknown ${what} directive.`, header, value);
  return value ?? 'COPY';
};

function refuseNoChange(input: CopyInput, { bucket: from, row }: FoundSource, to: BucketRow): void {
  const changes = [
    input.StorageClass,
    input.WebsiteRedirectLocation,
    input.ServerSideEncryption,
    input.SSECustomerAlgorithm,
    input.CopySourceSSECustomerAlgorithm,
    input.ChecksumAlgorithm,
  ].some((change) => change !== undefined);
  const same = from.name === to.name && row.key === input.Key && row.latest;
  if (same && !changes && input.MetadataDirective !== 'REPLACE')
    throw errors.invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
}

/** What the copy will be, but for its body. */
function draftOf(input: CopyInput, context: S3Context, bucket: BucketRow, { row }: FoundSource) {
  const metadata = directive(input.MetadataDirective, 'x-amz-metadata-directive', 'metadata');
  const tagging = directive(input.TaggingDirective, 'x-amz-tagging-directive', 'tagging');
  const storageClass = readStorageClass(input.StorageClass);
  const asked = readSystem(input, context);
  const { redirect: _redirect, ...kept } = row.system;
  const replaced = tagging === 'REPLACE' ? readTaggingHeader(input.Tagging ?? '') : row.tags;
  return {
    kind: 'object' as const,
    storageClass,
    zone: zoneFor(storageClass, bucket, context),
    system:
      metadata === 'REPLACE'
        ? asked
        : { ...kept, ...(asked.redirect === undefined ? {} : { redirect: asked.redirect }) },
    metadata: metadata === 'REPLACE' ? readMetadata(input.Metadata) : row.metadata,
    ...readObjectAcl(input, context, bucket),
    ...(replaced === undefined ? {} : { tags: replaced }),
    ...readLockHeaders(input, bucket.objectLock, context.clock.now()),
    encryption: encryptionOf(input, bucket),
  };
}

/**
 * The source's bytes as they are, when nothing has to be computed from them anew.
 *
 * An object that was uploaded in parts gets a plain ETag and checksum, so its bytes are read.
 */
function takenAsIs(input: CopyInput, { row }: FoundSource): Taken | undefined {
  const { checksum } = row;
  const plain = row.customerKey === undefined && row.parts === undefined && row.encryption.algorithm === 'AES256';
  if (!plain || input.SSECustomerAlgorithm !== undefined || checksum?.type !== 'FULL_OBJECT') return undefined;
  if (input.ChecksumAlgorithm !== undefined && input.ChecksumAlgorithm !== checksum.algorithm) return undefined;
  const { algorithm, value } = checksum;
  return { body: row.body, sizeBytes: row.sizeBytes, md5: row.etag, checksum: { algorithm, value }, asked: true };
}

/**
 * Copies an object within or between buckets and Regions; its metadata and tags go with it unless replaced.
 *
 * Limit: 5 GiB; larger objects by UploadPartCopy.
 * Default: class STANDARD and a private ACL, whatever the source has.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export const CopyObject: Operation<'CopyObject'> = (input, context) => {
  const first = getBucket(input, context);
  checkKey(input.Key);
  refuseByWriteCondition(input, input.Key, findCurrent(context.state, first, input.Key));
  const source = getSource(input, context);
  refuseNoChange(input, source, first);
  if (source.row.sizeBytes > limits.copyMaxBytes)
    throw errors.invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${limits.copyMaxBytes}`,
    );
  const draft = draftOf(input, context, first, source);
  const held = customerKeyOf(input);
  const ciphered = held === undefined ? undefined : makeCipher(held, context);

  const store = (taken: Taken): Output<'CopyObject'> => {
    const bucket = getBucket(input, context);
    refuseByWriteCondition(input, input.Key, findCurrent(context.state, bucket, input.Key));
    const pieces = ciphered === undefined ? [] : [{ sizeBytes: taken.sizeBytes, nonce: ciphered.nonce }];
    // Kept once more before a copy onto itself lets go of the old version.
    context.blobs.keep(taken.body);
    const row = addVersion(context, bucket, input.Key, {
      body: taken.body,
      sizeBytes: taken.sizeBytes,
      etag: etagOf(taken, draft.encryption, held, context),
      checksum: { type: 'FULL_OBJECT', ...taken.checksum },
      customerKey: held && { keyMd5: held.md5, pieces },
      ...draft,
    }) as ObjectRow;
    context.blobs.drop(taken.body);
    afterWrite(context, bucket, row, 'Copy', 'CopyObject');
    return {
      CopyObjectResult: {
        ETag: `"${row.etag}"`,
        LastModified: toDate(row.modifiedAt),
        ...shownChecksum(taken.checksum),
        ChecksumType: 'FULL_OBJECT',
      },
      ...shownSourceVersion(source),
      ...shownWrite(bucket, row),
    };
  };
  const asIs = takenAsIs(input, source);
  if (asIs !== undefined) return store(asIs);
  const taken = takeBody(
    context,
    plainBytes(context, source.row, source.key),
    {
      algorithm: findAlgorithm(input.ChecksumAlgorithm ?? '') ?? source.row.checksum?.algorithm ?? 'CRC64NVME',
      trailer: false,
      mostBytes: limits.copyMaxBytes,
    },
    ciphered?.cipher,
  );
  return taken instanceof Promise ? storeTaken(taken, context, store) : store(taken);
};
