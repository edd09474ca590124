// Reading objects: whole, by range, by part, by version, on conditions.
import { AwsError } from '../../../kernel/errors.ts';
import { withStatus } from '../../../kernel/status.ts';
import { type Instant, toDate } from '../../../kernel/units.ts';
import { getBucket } from './bucket-find.ts';
import { type ConditionName, judgeRead } from './condition.ts';
import { checkCustomerKey, customerKeyOf, plainBytes, shownEncryption } from './encryption.ts';
import { errors } from './errors.ts';
import { shownChecksum } from './intake.ts';
import { expirationHeader, expiryOf } from './lifecycle-rule.ts';
import { type Input, type Operation, outgoing, type S3Context } from './operation.ts';
import { type ByteSpan, readRange } from './range.ts';
import { archiveOf, refuseAway, restoreHeader, touchTiered } from './storage-class.ts';
import type { BucketRow, ObjectRow } from './state.ts';
import { getObject, shownVersionId } from './version.ts';

type ReadInput = Input<'GetObject'> | Input<'HeadObject'>;

const etagHeaders = (row: ObjectRow): Record<string, string> => ({
  etag: `"${row.etag}"`,
  'last-modified': new Date(row.modifiedAt).toUTCString(),
});

/** @throws NotModified, PreconditionFailed */
function refuseByCondition(input: ReadInput, row: ObjectRow, now: Instant): void {
  const verdict = judgeRead(
    {
      ifMatch: input.IfMatch,
      ifNoneMatch: input.IfNoneMatch,
      ifModifiedSince: input.IfModifiedSince,
      ifUnmodifiedSince: input.IfUnmodifiedSince,
    },
    row,
    now,
  );
  if (verdict === 'go') return;
  const notModified: readonly ConditionName[] = ['If-None-Match', 'If-Modified-Since'];
  if (!notModified.includes(verdict.failed)) throw errors.preconditionFailed(verdict.failed);
  throw new AwsError('NotModified', 304, 'Not Modified', {}, etagHeaders(row));
}

interface Slice extends ByteSpan {
  /** 206 and `Content-Range`. */
  readonly partial: boolean;
}

const partSlice = (row: ObjectRow, wanted: number): Slice => {
  const parts = row.parts ?? [{ number: 1, sizeBytes: row.sizeBytes }];
  const at = parts.findIndex((part) => part.number === wanted);
  if (at < 0) throw errors.invalidPartNumber(wanted, parts.length);
  const from = parts.slice(0, at).reduce((sum, part) => sum + part.sizeBytes, 0);
  return { from, last: from + (parts[at]?.sizeBytes ?? 0) - 1, partial: row.sizeBytes > 0 };
};

/** Which bytes a read wants. @throws InvalidRange, InvalidPartNumber */
function sliceOf(input: ReadInput, row: ObjectRow): Slice {
  const { Range: range, PartNumber: part } = input;
  if (range !== undefined && part !== undefined)
    throw errors.invalidRequest('Cannot specify both Range header and partNumber query parameter');
  if (part !== undefined) {
    if (part < 1 || part > 10_000)
      throw errors.invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', part);
    return partSlice(row, part);
  }
  const whole = { from: 0, last: row.sizeBytes - 1, partial: false };
  if (range === undefined) return whole;
  const span = readRange(range, row.sizeBytes);
  if (span === 'unsatisfiable') throw errors.invalidRange(range, row.sizeBytes);
  return span === 'whole' ? whole : { ...span, partial: true };
}

/** The object's checksum is shown when asked for, and for what it covers only: the whole object, or a whole part. */
function checksumMembers(input: ReadInput, row: ObjectRow, slice: Slice) {
  if (input.ChecksumMode !== 'ENABLED' || row.checksum === undefined) return {};
  const { type, algorithm } = row.checksum;
  if (input.PartNumber !== undefined && row.parts !== undefined) {
    const part = row.parts.find(({ number }) => number === input.PartNumber);
    return part?.checksum === undefined
      ? {}
      : { ...shownChecksum({ algorithm, value: part.checksum }), ChecksumType: type };
  }
  const covers = slice.last - slice.from + 1 === row.sizeBytes;
  return covers ? { ...shownChecksum(row.checksum), ChecksumType: type } : {};
}

const overrides = (input: ReadInput) => ({
  ...(input.ResponseCacheControl === undefined ? {} : { CacheControl: input.ResponseCacheControl }),
  ...(input.ResponseContentDisposition === undefined ? {} : { ContentDisposition: input.ResponseContentDisposition }),
  ...(input.ResponseContentEncoding === undefined ? {} : { ContentEncoding: input.ResponseContentEncoding }),
  ...(input.ResponseContentLanguage === undefined ? {} : { ContentLanguage: input.ResponseContentLanguage }),
  ...(input.ResponseContentType === undefined ? {} : { ContentType: input.ResponseContentType }),
  ...(input.ResponseExpires === undefined
    ? {}
    : { Expires: input.ResponseExpires, ExpiresString: input.ResponseExpires.toUTCString() }),
});

/** `Expires` is free text on the wire: a date for who can read it, and as it was given. */
const expiresMembers = (text: string | undefined) => {
  if (text === undefined) return {};
  const date = new Date(Date.parse(text));
  return { ExpiresString: text, ...(Number.isNaN(date.getTime()) ? {} : { Expires: date }) };
};

function lockMembers(row: ObjectRow) {
  const { retention, legalHold } = row;
  return {
    ...(retention === undefined
      ? {}
      : { ObjectLockMode: retention.mode, ObjectLockRetainUntilDate: toDate(retention.until) }),
    ...(legalHold === undefined ? {} : { ObjectLockLegalHoldStatus: legalHold ? ('ON' as const) : ('OFF' as const) }),
  };
}

/** Everything that GET and HEAD say of an object. */
function describe(input: ReadInput, context: S3Context, bucket: BucketRow, row: ObjectRow, slice: Slice) {
  const { system, tags } = row;
  const expiry = expiryOf(bucket.lifecycle, row);
  const versionId = shownVersionId(bucket, row);
  const restore = restoreHeader(row, context.clock.now());
  return {
    AcceptRanges: 'bytes',
    LastModified: toDate(row.modifiedAt),
    ContentLength: slice.last - slice.from + 1,
    ETag: `"${row.etag}"`,
    ContentType: system.contentType ?? 'binary/octet-stream',
    Metadata: { ...row.metadata },
    ...(slice.partial ? { ContentRange: `bytes ${slice.from}-${slice.last}/${row.sizeBytes}` } : {}),
    ...(versionId === undefined ? {} : { VersionId: versionId }),
    ...(system.cacheControl === undefined ? {} : { CacheControl: system.cacheControl }),
    ...(system.contentDisposition === undefined ? {} : { ContentDisposition: system.contentDisposition }),
    ...(system.contentEncoding === undefined ? {} : { ContentEncoding: system.contentEncoding }),
    ...(system.contentLanguage === undefined ? {} : { ContentLanguage: system.contentLanguage }),
    ...(system.redirect === undefined ? {} : { WebsiteRedirectLocation: system.redirect }),
    ...expiresMembers(system.expires),
    ...(row.storageClass === 'STANDARD' ? {} : { StorageClass: row.storageClass as 'GLACIER' }),
    ...(expiry === undefined ? {} : { Expiration: expirationHeader(expiry) }),
    ...(restore === undefined ? {} : { Restore: restore }),
    ...(tags === undefined || tags.length === 0 ? {} : { TagCount: tags.length }),
    ...(input.PartNumber === undefined || row.parts === undefined ? {} : { PartsCount: row.parts.length }),
    ...shownEncryption(row, bucket),
    ...lockMembers(row),
    ...checksumMembers(input, row, slice),
    ...overrides(input),
  };
}

const responseMembers = [
  'ResponseCacheControl',
  'ResponseContentDisposition',
  'ResponseContentEncoding',
  'ResponseContentLanguage',
  'ResponseContentType',
  'ResponseExpires',
] as const;

/**
 * Reads an object: its bytes, and what is known of it.
 *
 * Limit: an archived object must be restored first.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export const GetObject: Operation<'GetObject'> = (input, context) => {
  const bucket = getBucket(input, context);
  if (context.caller.kind === 'anonymous' && responseMembers.some((member) => input[member] !== undefined))
    throw errors.invalidRequest('Request specific response headers cannot be used for anonymous GET requests.');
  const row = getObject(context.state, bucket, { key: input.Key, versionId: input.VersionId, method: 'GET' });
  refuseAway(row, context);
  const held = customerKeyOf(input);
  checkCustomerKey(row, held);
  refuseByCondition(input, row, context.clock.now());
  const slice = sliceOf(input, row);
  touchTiered(context, row);
  return withStatus(slice.partial ? 206 : 200, {
    ...describe(input, context, bucket, row, slice),
    Body: outgoing(plainBytes(context, row, held, { from: slice.from, to: slice.last + 1 })),
  });
};

/**
 * Tells what is known of an object, without its bytes.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export const HeadObject: Operation<'HeadObject'> = (input, context) => {
  const bucket = getBucket(input, context);
  const row = getObject(context.state, bucket, { key: input.Key, versionId: input.VersionId, method: 'HEAD' });
  checkCustomerKey(row, customerKeyOf(input));
  refuseByCondition(input, row, context.clock.now());
  const archived = archiveOf(row, context.clock.now());
  const slice = sliceOf(input, row);
  return withStatus(slice.partial ? 206 : 200, {
    ...describe(input, context, bucket, row, slice),
    ...(archived === undefined ? {} : { ArchiveStatus: archived }),
  });
};

/**
 * Tells chosen attributes of an object, its parts by pages.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
 */
export const GetObjectAttributes: Operation<'GetObjectAttributes'> = (input, context) => {
  const bucket = getBucket(input, context);
  const row = getObject(context.state, bucket, { key: input.Key, versionId: input.VersionId, method: 'GET' });
  checkCustomerKey(row, customerKeyOf(input));
  const wanted = new Set<string>(input.ObjectAttributes);
  for (const name of wanted)
    if (!['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'].includes(name))
      throw errors.invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', name);
  const versionId = shownVersionId(bucket, row);
  return {
    LastModified: toDate(row.modifiedAt),
    ...(versionId === undefined ? {} : { VersionId: versionId }),
    ...(wanted.has('ETag') ? { ETag: row.etag } : {}),
    ...(wanted.has('Checksum') && row.checksum !== undefined
      ? { Checksum: { ...shownChecksum(row.checksum), ChecksumType: row.checksum.type } }
      : {}),
    ...(wanted.has('StorageClass') ? { StorageClass: row.storageClass as 'STANDARD' } : {}),
    ...(wanted.has('ObjectSize') ? { ObjectSize: row.sizeBytes } : {}),
    ...(wanted.has('ObjectParts') && row.parts !== undefined ? { ObjectParts: pageOfParts(input, row) } : {}),
  };
};

/** Parts are told one by one only where each has a checksum of its own. */
function pageOfParts(
  { MaxParts: most = 1_000, PartNumberMarker: marker = '0' }: Input<'GetObjectAttributes'>,
  row: ObjectRow,
) {
  const parts = row.parts ?? [];
  const { checksum } = row;
  if (checksum === undefined || parts.every((part) => part.checksum === undefined))
    return { TotalPartsCount: parts.length };
  const rest = parts.filter((part) => part.number > Number(marker));
  const page = rest.slice(0, Math.min(most, 1_000));
  return {
    TotalPartsCount: parts.length,
    PartNumberMarker: marker,
    MaxParts: Math.min(most, 1_000),
    IsTruncated: rest.length > page.length,
    NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
    Parts: page.map((part) => ({
      PartNumber: part.number,
      Size: part.sizeBytes,
      ...(part.checksum === undefined ? {} : shownChecksum({ algorithm: checksum.algorithm, value: part.checksum })),
    })),
  };
}
