// Deleting objects: a delete marker where versions are kept, for good where they are not, or when a version is named.
import { AwsError } from '../../../kernel/errors.ts';
import { getBucket } from './bucket-find.ts';
import { matchesEtag } from './condition.ts';
import { errors } from './errors.ts';
import { limits } from './limits.ts';
import { planLifecycle } from './lifecycle-plan.ts';
import { refuseLocked } from './lock.ts';
import { announce } from './notification.ts';
import type { Input, Operation, S3Context } from './operation.ts';
import type { BucketRow, VersionRow } from './state.ts';
import { addVersion, findLatest, findVersion, removeVersion, shownVersionId } from './version.ts';

interface Deletion {
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly bypass: boolean;
  readonly reason: 'DeleteObject' | 'DeleteObjects';
}

interface Deleted {
  /** The version that is gone, or the marker that was made. */
  readonly versionId?: string | undefined;
  readonly marker: boolean;
}

function removeForGood(context: S3Context, bucket: BucketRow, row: VersionRow, { bypass, reason }: Deletion): void {
  if (row.kind === 'object') refuseLocked(row, bypass, context.clock.now());
  removeVersion(context, row);
  planLifecycle(context, bucket, row);
  announce(context, bucket, {
    name: 'ObjectRemoved:Delete',
    key: row.key,
    row,
    versionId: shownVersionId(bucket, row),
    reason,
  });
}

/** Inside a transaction. */
function deleteOne(context: S3Context, bucket: BucketRow, deletion: Deletion): Deleted {
  const { key, versionId, reason } = deletion;
  if (versionId !== undefined) {
    const row = findVersion(context.state, bucket, key, versionId);
    if (row === undefined) return { versionId, marker: false };
    removeForGood(context, bucket, row, deletion);
    return { versionId: bucket.versioning === undefined ? undefined : versionId, marker: row.kind === 'marker' };
  }
  const latest = findLatest(context.state, bucket, key);
  if (bucket.versioning === undefined) {
    if (latest !== undefined) removeForGood(context, bucket, latest, deletion);
    return { marker: false };
  }
  const marker = addVersion(context, bucket, key, { kind: 'marker', owner: bucket.account });
  planLifecycle(context, bucket, marker);
  announce(context, bucket, {
    name: 'ObjectRemoved:DeleteMarkerCreated',
    key,
    row: marker,
    versionId: marker.versionId,
    reason,
  });
  return { versionId: marker.versionId, marker: true };
}

/** The header says nothing where no lock can be. */
function readBypass(bypass: boolean | undefined, bucket: BucketRow): boolean {
  if (bypass !== undefined && bucket.objectLock === undefined)
    throw errors.argument('x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.', {
      ArgumentName: 'x-amz-bypass-governance-retention',
    });
  return bypass === true;
}

function refuseByCondition(input: Input<'DeleteObject'>, context: S3Context, bucket: BucketRow): void {
  if (input.IfMatchLastModifiedTime !== undefined)
    throw errors.headerNotImplemented('x-amz-if-match-last-modified-time');
  if (input.IfMatchSize !== undefined) throw errors.headerNotImplemented('x-amz-if-match-size');
  if (input.IfMatch !== undefined) refuseOtherEtag(input.IfMatch, findLatest(context.state, bucket, input.Key));
}

const refuseOtherEtag = (wanted: string, row: VersionRow | undefined): void => {
  if (row?.kind !== 'object' || !matchesEtag(wanted, row.etag)) throw errors.preconditionFailed('If-Match');
};

/**
 * Deletes an object, or one version of it for good.
 *
 * Unknown: the answer to `If-Match` when there is no object; here 412.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
 */
export const DeleteObject: Operation<'DeleteObject'> = (input, context) => {
  const bucket = getBucket(input, context);
  const bypass = readBypass(input.BypassGovernanceRetention, bucket);
  refuseByCondition(input, context, bucket);
  const { Key: key, VersionId: versionId } = input;
  const deleted = deleteOne(context, bucket, { key, versionId, bypass, reason: 'DeleteObject' });
  return {
    ...(deleted.marker ? { DeleteMarker: true } : {}),
    ...(deleted.versionId === undefined ? {} : { VersionId: deleted.versionId }),
  };
};

type Entry = NonNullable<Input<'DeleteObjects'>['Delete']['Objects']>[number];

/** One key of many: what goes wrong with it is told beside the others, which go on. */
function deleteEntry(entry: Entry, context: S3Context, bucket: BucketRow, bypass: boolean) {
  const { Key: key, VersionId: versionId } = entry;
  const named = { Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) };
  try {
    if (entry.ETag !== undefined) refuseOtherEtag(entry.ETag, findLatest(context.state, bucket, key));
    if (versionId !== undefined) refuseUnknownVersion(context, bucket, key, versionId);
    const deleted = deleteOne(context, bucket, { key, versionId, bypass, reason: 'DeleteObjects' });
    return {
      deleted: {
        ...named,
        ...(deleted.marker ? { DeleteMarker: true, DeleteMarkerVersionId: deleted.versionId } : {}),
      },
    };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { failed: { ...named, Code: error.code, Message: error.message } };
  }
}

/** Here a malformed ID is a version that is not there (recorded). */
function refuseUnknownVersion(context: S3Context, bucket: BucketRow, key: string, versionId: string): void {
  const refused = errors.noSuchVersion(key, versionId);
  try {
    if (findVersion(context.state, bucket, key, versionId) === undefined && versionId !== 'null') throw refused;
  } catch {
    throw refused;
  }
}

/** A list of what is to go must come with a digest of itself. */
function refuseUnchecked({ origin: { headers } }: S3Context): void {
  const names = Object.keys(headers);
  const checked = names.some(
    (name) => name === 'content-md5' || name === 'x-amz-trailer' || name.startsWith('x-amz-checksum-'),
  );
  if (names.length > 0 && !checked)
    throw errors.invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
}

/**
 * Deletes up to 1,000 objects or versions in one request.
 *
 * Differs: IAM is asked once for all keys, so a key that is denied denies the request; AWS answers key by key.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 */
export const DeleteObjects: Operation<'DeleteObjects'> = (input, context) => {
  const bucket = getBucket(input, context);
  refuseUnchecked(context);
  const bypass = readBypass(input.BypassGovernanceRetention, bucket);
  // An empty body is no document, though the model requires one.
  const { Objects: entries, Quiet: quiet } = input.Delete ?? {};
  if (entries === undefined || entries.length === 0 || entries.length > limits.deleteObjectsMax)
    throw errors.malformedXml();
  const answers = entries.map((entry) => deleteEntry(entry, context, bucket, bypass));
  const deleted = answers.flatMap((answer) => (answer.deleted === undefined ? [] : [answer.deleted]));
  const failed = answers.flatMap((answer) => (answer.failed === undefined ? [] : [answer.failed]));
  return {
    ...(quiet === true || deleted.length === 0 ? {} : { Deleted: deleted }),
    ...(failed.length === 0 ? {} : { Errors: failed }),
  };
};
