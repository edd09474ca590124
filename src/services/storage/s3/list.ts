// Listing a bucket: objects (two generations of the API), versions, uploads and parts, by pages.
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { canonicalId } from './account-id.ts';
import { getBucket, ownerOf } from './bucket-find.ts';
import { errors } from './errors.ts';
import { limits } from './limits.ts';
import {
  behindKey,
  encodeKey,
  type ListingPage,
  type ListingQuery,
  listPage,
  readToken,
  writeToken,
} from './listing.ts';
import type { Input, Operation, S3Context } from './operation.ts';
import { restoreHeader } from './storage-class.ts';
import { type BucketRow, keyOfUpload, keyOfVersion, type ObjectRow, type UploadRow, type VersionRow } from './state.ts';
import { getUpload } from './upload.ts';
import { readVersionId } from './version-id.ts';
import { findVersion } from './version.ts';

/** Reads a page size. @throws InvalidArgument for a negative one */
function readPageSize(size: number | undefined, name: string): number {
  if (size === undefined) return limits.pageMax;
  if (size < 0 || size > 2_147_483_647)
    throw errors.invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, size);
  return Math.min(size, limits.pageMax);
}

interface ListInput {
  readonly Prefix?: string | undefined;
  readonly Delimiter?: string | undefined;
  readonly EncodingType?: string | undefined;
}

/** @throws InvalidArgument for an encoding that is not `url` */
function encoderOf({ EncodingType: type }: ListInput): (text: string) => string {
  if (type === undefined) return (text) => text;
  if (type !== 'url')
    throw errors.invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', type);
  return encodeKey;
}

const place = ({ partition, name }: BucketRow) => ({ partition, bucket: name });

const queryOf = (bucket: BucketRow, input: ListInput, limit: number): ListingQuery => ({
  ...place(bucket),
  prefix: input.Prefix ?? '',
  delimiter: input.Delimiter ?? '',
  limit,
});

const common = (prefixes: readonly string[], encode: (text: string) => string) =>
  prefixes.length === 0 ? {} : { CommonPrefixes: prefixes.map((Prefix) => ({ Prefix: encode(Prefix) })) };

/** One page of current objects behind a marker. */
function pageOfObjects(
  { state }: S3Context,
  bucket: BucketRow,
  input: ListInput,
  limit: number,
  marker: string | undefined,
) {
  const index = state.versions.index('current');
  return listPage<ObjectRow>(
    (from, to) => index.each({ from, ...(to === undefined ? {} : { to }) }) as Iterable<ObjectRow>,
    {
      ...queryOf(bucket, input, limit),
      marker,
      from: marker === undefined || marker === '' ? undefined : behindKey(bucket.partition, bucket.name, marker),
    },
  );
}

const lastText = (page: ListingPage<{ readonly key: string }>): string =>
  page.last === undefined ? '' : 'row' in page.last ? page.last.row.key : page.last.commonPrefix;

function shownObject(
  row: ObjectRow,
  encode: (text: string) => string,
  context: S3Context,
  options: { owner: boolean; restore: boolean },
) {
  const { checksum } = row;
  const restore = options.restore ? restoreHeader(row, context.clock.now()) : undefined;
  return {
    Key: encode(row.key),
    LastModified: toDate(row.modifiedAt),
    ETag: `"${row.etag}"`,
    ...(checksum === undefined ? {} : { ChecksumAlgorithm: [checksum.algorithm], ChecksumType: checksum.type }),
    Size: row.sizeBytes,
    StorageClass: row.storageClass as 'STANDARD',
    ...(options.owner ? { Owner: ownerOf(row.owner) } : {}),
    ...(restore === undefined
      ? {}
      : {
          RestoreStatus: {
            IsRestoreInProgress: row.restore?.expiresAt === undefined,
            ...(row.restore?.expiresAt === undefined ? {} : { RestoreExpiryDate: toDate(row.restore.expiresAt) }),
          },
        }),
  };
}

const wantsRestore = (attributes: readonly string[] | undefined): boolean =>
  attributes?.includes('RestoreStatus') === true;

/**
 * Lists current objects, with markers that are keys.
 *
 * Limit: pages of at most 1,000, common prefixes counted.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
 */
export const ListObjects: Operation<'ListObjects'> = (input, context) => {
  const bucket = getBucket(input, context);
  const limit = readPageSize(input.MaxKeys, 'maxKeys');
  const encode = encoderOf(input);
  const page = pageOfObjects(context, bucket, input, limit, input.Marker);
  const restore = wantsRestore(input.OptionalObjectAttributes);
  return {
    Name: bucket.name,
    Prefix: encode(input.Prefix ?? ''),
    Marker: encode(input.Marker ?? ''),
    MaxKeys: limit,
    ...(input.Delimiter ? { Delimiter: encode(input.Delimiter) } : {}),
    ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
    IsTruncated: page.truncated,
    // Only with a delimiter; without one the last key is the marker.
    ...(page.truncated && input.Delimiter ? { NextMarker: encode(lastText(page)) } : {}),
    ...(page.rows.length === 0
      ? {}
      : { Contents: page.rows.map((row) => shownObject(row, encode, context, { owner: true, restore })) }),
    ...common(page.commonPrefixes, encode),
  };
};

/** Where a page begins: the token wins over the key. */
function startOf({ ContinuationToken: token, StartAfter: after }: Input<'ListObjectsV2'>): string | undefined {
  if (token === undefined) return after;
  const read = token === '' ? undefined : readToken(token);
  if (read === undefined)
    throw errors.invalidArgument('The continuation token provided is incorrect', 'continuation-token');
  return read;
}

/**
 * Lists current objects, with opaque tokens.
 *
 * Limit: pages of at most 1,000, common prefixes counted.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export const ListObjectsV2: Operation<'ListObjectsV2'> = (input, context) => {
  const bucket = getBucket(input, context);
  const limit = readPageSize(input.MaxKeys, 'maxKeys');
  const encode = encoderOf(input);
  const page = pageOfObjects(context, bucket, input, limit, startOf(input));
  const options = { owner: input.FetchOwner === true, restore: wantsRestore(input.OptionalObjectAttributes) };
  return {
    Name: bucket.name,
    Prefix: encode(input.Prefix ?? ''),
    MaxKeys: limit,
    KeyCount: page.rows.length + page.commonPrefixes.length,
    IsTruncated: page.truncated,
    ...(input.Delimiter ? { Delimiter: encode(input.Delimiter) } : {}),
    ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
    ...(input.StartAfter === undefined ? {} : { StartAfter: encode(input.StartAfter) }),
    ...(input.ContinuationToken === undefined ? {} : { ContinuationToken: input.ContinuationToken }),
    ...(page.truncated ? { NextContinuationToken: writeToken(lastText(page)) } : {}),
    ...(page.rows.length === 0 ? {} : { Contents: page.rows.map((row) => shownObject(row, encode, context, options)) }),
    ...common(page.commonPrefixes, encode),
  };
};

/** The table key behind the version of a marker. */
function behindVersion(context: S3Context, bucket: BucketRow, objectKey: string, versionId: string): string {
  const { state } = context;
  const number =
    versionId === 'null'
      ? findVersion(state, bucket, objectKey, versionId)?.number
      : (readVersionId(versionId) ?? refuseVersionId(versionId));
  if (number === undefined) return behindKey(bucket.partition, bucket.name, objectKey) ?? '';
  return `${keyOfVersion({ ...place(bucket), key: objectKey, number })}\u0000`;
}

const refuseVersionId = (versionId: string): never => {
  throw errors.invalidArgument('Invalid version id specified', 'version-id-marker', versionId);
};

function versionStart(input: Input<'ListObjectVersions'>, context: S3Context, bucket: BucketRow): string | undefined {
  const { KeyMarker: keyMarker, VersionIdMarker: versionMarker } = input;
  if (versionMarker !== undefined && keyMarker === undefined)
    throw errors.invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      versionMarker,
    );
  if (versionMarker === '')
    throw errors.invalidArgument('A version-id marker cannot be empty.', 'version-id-marker', '');
  if (keyMarker === undefined || keyMarker === '') return undefined;
  if (versionMarker === undefined) return behindKey(bucket.partition, bucket.name, keyMarker);
  return behindVersion(context, bucket, keyMarker, versionMarker);
}

/**
 * Lists all versions and delete markers: keys in order, of each the newest first.
 *
 * Limit: pages of at most 1,000.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
 */
export const ListObjectVersions: Operation<'ListObjectVersions'> = (input, context) => {
  const bucket = getBucket(input, context);
  const limit = readPageSize(input.MaxKeys, 'maxKeys');
  const encode = encoderOf(input);
  const { state } = context;
  const page = listPage<VersionRow>((from, to) => state.versions.each({ from, ...(to === undefined ? {} : { to }) }), {
    ...queryOf(bucket, input, limit),
    marker: input.VersionIdMarker === undefined ? input.KeyMarker : undefined,
    from: versionStart(input, context, bucket),
  });
  const restore = wantsRestore(input.OptionalObjectAttributes);
  const versions = page.rows.filter((row) => row.kind === 'object');
  const markers = page.rows.filter((row) => row.kind === 'marker');
  const { last } = page;
  return {
    Name: bucket.name,
    Prefix: encode(input.Prefix ?? ''),
    KeyMarker: encode(input.KeyMarker ?? ''),
    VersionIdMarker: input.VersionIdMarker ?? '',
    MaxKeys: limit,
    IsTruncated: page.truncated,
    ...(input.Delimiter ? { Delimiter: encode(input.Delimiter) } : {}),
    ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
    ...(page.truncated ? { NextKeyMarker: encode(lastText(page)) } : {}),
    ...(page.truncated && last !== undefined && 'row' in last ? { NextVersionIdMarker: last.row.versionId } : {}),
    ...(versions.length === 0
      ? {}
      : {
          Versions: versions.map((row) => ({
            ...shownObject(row, encode, context, { owner: true, restore }),
            StorageClass: row.storageClass as 'STANDARD',
            VersionId: row.versionId,
            IsLatest: row.latest,
          })),
        }),
    ...(markers.length === 0
      ? {}
      : {
          DeleteMarkers: markers.map((row) => ({
            Key: encode(row.key),
            VersionId: row.versionId,
            IsLatest: row.latest,
            LastModified: toDate(row.modifiedAt),
            Owner: ownerOf(row.owner),
          })),
        }),
    ...common(page.commonPrefixes, encode),
  };
};

/** Who began an upload: a user by ARN and name, a root user by the account's canonical ID. */
const initiatorOf = ({ initiatorArn, owner }: UploadRow) =>
  initiatorArn.endsWith(':root') || !initiatorArn.startsWith('arn:')
    ? { ID: canonicalId(owner), DisplayName: owner }
    : { ID: initiatorArn, DisplayName: initiatorArn.slice(initiatorArn.indexOf('/') + 1) };

const checksumMembers = ({ checksumAlgorithm: algorithm, checksumType }: UploadRow) =>
  algorithm === undefined ? {} : { ChecksumAlgorithm: algorithm, ChecksumType: checksumType };

function uploadStart(
  input: Input<'ListMultipartUploads'>,
  { state }: S3Context,
  bucket: BucketRow,
): string | undefined {
  const { KeyMarker: keyMarker, UploadIdMarker: idMarker } = input;
  if (keyMarker === undefined || keyMarker === '') return undefined;
  const marked = idMarker === undefined ? undefined : state.uploads.index('id').first({ prefix: key(idMarker) });
  if (marked?.key === keyMarker && marked.bucket === bucket.name) return `${keyOfUpload(marked)}\u0000`;
  return behindKey(bucket.partition, bucket.name, keyMarker);
}

/**
 * Lists uploads that have not ended: by key, of one key the oldest first.
 *
 * Limit: pages of at most 1,000.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
 */
export const ListMultipartUploads: Operation<'ListMultipartUploads'> = (input, context) => {
  const bucket = getBucket(input, context);
  const limit = readPageSize(input.MaxUploads, 'max-uploads');
  const encode = encoderOf(input);
  const { state } = context;
  const page = listPage<UploadRow>((from, to) => state.uploads.each({ from, ...(to === undefined ? {} : { to }) }), {
    ...queryOf(bucket, input, limit),
    marker: input.UploadIdMarker === undefined ? input.KeyMarker : undefined,
    from: uploadStart(input, context, bucket),
  });
  const { last } = page;
  return {
    Bucket: bucket.name,
    KeyMarker: encode(input.KeyMarker ?? ''),
    UploadIdMarker: input.UploadIdMarker ?? '',
    MaxUploads: limit,
    Prefix: encode(input.Prefix ?? ''),
    IsTruncated: page.truncated,
    ...(input.Delimiter ? { Delimiter: encode(input.Delimiter) } : {}),
    ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
    NextKeyMarker: encode(lastText(page)),
    NextUploadIdMarker: last !== undefined && 'row' in last ? last.row.uploadId : '',
    ...(page.rows.length === 0
      ? {}
      : {
          Uploads: page.rows.map((upload) => ({
            UploadId: upload.uploadId,
            Key: encode(upload.key),
            Initiated: toDate(upload.initiatedAt),
            StorageClass: upload.storageClass as 'STANDARD',
            Owner: ownerOf(upload.owner),
            Initiator: initiatorOf(upload),
            ...checksumMembers(upload),
          })),
        }),
    ...common(page.commonPrefixes, encode),
  };
};

/**
 * Lists the parts of an upload that have arrived.
 *
 * Limit: pages of at most 1,000.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
 */
export const ListParts: Operation<'ListParts'> = (input, context) => {
  const bucket = getBucket(input, context);
  const upload = getUpload(input, bucket, context);
  const limit = readPageSize(input.MaxParts, 'max-parts');
  const marker = Number(input.PartNumberMarker ?? 0);
  if (!Number.isInteger(marker) || marker < 0)
    throw errors.invalidArgument(
      'Argument part-number-marker must be an integer between 0 and 2147483647',
      'part-number-marker',
      input.PartNumberMarker,
    );
  const prefix = key(upload.uploadId);
  const parts = context.state.parts.list({ prefix, after: key(upload.uploadId, marker), limit: limit + 1 });
  const page = parts.slice(0, limit);
  return {
    Bucket: bucket.name,
    Key: upload.key,
    UploadId: upload.uploadId,
    PartNumberMarker: String(marker),
    NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
    MaxParts: limit,
    IsTruncated: parts.length > page.length,
    Initiator: initiatorOf(upload),
    Owner: ownerOf(upload.owner),
    StorageClass: upload.storageClass as 'STANDARD',
    ...checksumMembers(upload),
    ...(page.length === 0
      ? {}
      : {
          Parts: page.map((part) => ({
            PartNumber: part.number,
            LastModified: toDate(part.modifiedAt),
            ETag: `"${part.etag}"`,
            Size: part.sizeBytes,
            ...(upload.checksumAlgorithm === undefined
              ? {}
              : { [`Checksum${part.checksum.algorithm}`]: part.checksum.value }),
          })),
        }),
  };
};
