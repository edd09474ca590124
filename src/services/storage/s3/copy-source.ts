// What a copy copies: `x-amz-copy-source`, its conditions, and whether it can be read at all.
import type { S3Context } from './operation.ts';
import { findBucket } from './bucket-find.ts';
import { judgeRead } from './condition.ts';
import { checkCustomerKey, type HeldKey, readCustomerKey } from './encryption.ts';
import { errors } from './errors.ts';
import type { BucketRow, ObjectRow } from './state.ts';
import { refuseAway } from './storage-class.ts';
import { getObject } from './version.ts';

export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
}

const refused = (header: string) =>
  errors.invalidArgument(
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    'x-amz-copy-source',
    header,
  );

/**
 * Reads `x-amz-copy-source`: `/bucket/key?versionId=…`, URL-encoded (a bare `+` is a space), or an access point's ARN with
 * `/object/key`.
 */
export function readCopySource(header: string): CopySource {
  const [path = '', query] = header.split('?versionId=');
  let decoded: string;
  try {
    decoded = decodeURIComponent(path.replaceAll('+', ' '));
  } catch {
    throw refused(header);
  }
  const versionId = query === undefined || query === '' ? undefined : query;
  const [, point, pointKey] = /^\/?(arn:[^/]+[:/]accesspoint\/[^/]+)\/object\/(.+)$/s.exec(decoded) ?? [];
  if (point !== undefined && pointKey !== undefined) return { bucket: point, key: pointKey, versionId };
  const text = decoded.startsWith('/') ? decoded.slice(1) : decoded;
  const slash = text.indexOf('/');
  if (slash < 1 || slash === text.length - 1) throw refused(header);
  return { bucket: text.slice(0, slash), key: text.slice(slash + 1), versionId };
}

interface SourceInput {
  readonly CopySource: string;
  readonly CopySourceIfMatch?: string | undefined;
  readonly CopySourceIfNoneMatch?: string | undefined;
  readonly CopySourceIfModifiedSince?: Date | undefined;
  readonly CopySourceIfUnmodifiedSince?: Date | undefined;
  readonly CopySourceSSECustomerAlgorithm?: string | undefined;
  readonly CopySourceSSECustomerKey?: string | undefined;
  readonly CopySourceSSECustomerKeyMD5?: string | undefined;
  readonly ExpectedSourceBucketOwner?: string | undefined;
}

export interface FoundSource {
  readonly bucket: BucketRow;
  readonly row: ObjectRow;
  readonly key: HeldKey | undefined;
}

/** The object to copy, of any Region. @throws NoSuchBucket, NoSuchKey, PreconditionFailed, InvalidObjectState */
export function getSource(input: SourceInput, context: S3Context): FoundSource {
  const source = readCopySource(input.CopySource);
  const bucket = findBucket(context, source.bucket);
  if (bucket === undefined) throw errors.noSuchBucket(source.bucket);
  if (input.ExpectedSourceBucketOwner !== undefined && input.ExpectedSourceBucketOwner !== bucket.account)
    throw errors.accessDenied();
  const row = getObject(context.state, bucket, { key: source.key, versionId: source.versionId, method: 'GET' });
  const verdict = judgeRead(
    {
      ifMatch: input.CopySourceIfMatch,
      ifNoneMatch: input.CopySourceIfNoneMatch,
      ifModifiedSince: input.CopySourceIfModifiedSince,
      ifUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
    },
    row,
    context.clock.now(),
  );
  if (verdict !== 'go') throw errors.preconditionFailed(`x-amz-copy-source-${verdict.failed}`);
  refuseAway(row, context);
  const key = readCustomerKey({
    algorithm: input.CopySourceSSECustomerAlgorithm,
    key: input.CopySourceSSECustomerKey,
    md5: input.CopySourceSSECustomerKeyMD5,
  });
  checkCustomerKey(row, key);
  return { bucket, row, key };
}

/** The source's ID as answers show it. */
export const shownSourceVersion = ({ bucket, row }: FoundSource) =>
  bucket.versioning === undefined || row.versionId === 'null' ? {} : { CopySourceVersionId: row.versionId };
