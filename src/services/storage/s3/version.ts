// The versions of a key: which is the current one, what a write covers, what a removal uncovers.
//
//   off        one row per key, with the ID `null`; a write takes its place
//   Enabled    each write is a new row with an ID of its own; the last one becomes noncurrent
//   Suspended  a write makes the null version, taking the place of the null version there may be; others stay
//
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import type { S3Context } from './operation.ts';
import { type BucketRow, type DeleteMarkerRow, keyOfVersion, type ObjectRow, type VersionRow } from './state.ts';
import { makeVersionId, readVersionId } from './version-id.ts';

type State = S3Context['state'];

const prefixOf = ({ partition, name }: BucketRow, objectKey: string): string => key(partition, name, objectKey);

/** The newest version of a key, a delete marker too. */
export const findLatest = (state: State, bucket: BucketRow, objectKey: string): VersionRow | undefined =>
  state.versions.first({ prefix: prefixOf(bucket, objectKey) });

/** The current object of a key: undefined when there is none, or a delete marker on top. */
export function findCurrent(state: State, bucket: BucketRow, objectKey: string): ObjectRow | undefined {
  const latest = findLatest(state, bucket, objectKey);
  return latest?.kind === 'object' ? latest : undefined;
}

const findNull = (state: State, bucket: BucketRow, objectKey: string): VersionRow | undefined => {
  const latest = findLatest(state, bucket, objectKey);
  if (latest?.versionId === 'null') return latest;
  return state.versions.index('coveredNull').first({ prefix: prefixOf(bucket, objectKey) });
};

/** The version of that ID. @throws InvalidArgument for what is no version ID */
export function findVersion(state: State, bucket: BucketRow, objectKey: string, versionId: string) {
  if (versionId === 'null') return findNull(state, bucket, objectKey);
  const number = readVersionId(versionId);
  if (number === undefined) throw errors.invalidVersionId(versionId);
  const row = state.versions.find(
    keyOfVersion({ partition: bucket.partition, bucket: bucket.name, key: objectKey, number }),
  );
  return row?.versionId === versionId ? row : undefined;
}

const withHeaders = (error: AwsError, headers: Record<string, string>): AwsError =>
  new AwsError(error.code, error.status, error.message, error.members, headers);

const markerHeaders = (marker: DeleteMarkerRow) => ({
  'x-amz-delete-marker': 'true',
  'x-amz-version-id': marker.versionId,
});

/**
 * The object that a read names: the current one, or the version of an ID.
 * @throws NoSuchKey, NoSuchVersion, MethodNotAllowed when the ID is a delete marker's
 */
export function getObject(
  state: State,
  bucket: BucketRow,
  { key: objectKey, versionId, method }: { key: string; versionId?: string | undefined; method: string },
): ObjectRow {
  if (versionId === undefined) {
    const latest = findLatest(state, bucket, objectKey);
    if (latest?.kind === 'object') return latest;
    const missing = errors.noSuchKey(objectKey);
    throw latest === undefined ? missing : withHeaders(missing, markerHeaders(latest));
  }
  const row = findVersion(state, bucket, objectKey, versionId);
  if (row === undefined) throw errors.noSuchVersion(objectKey, versionId);
  if (row.kind === 'object') return row;
  throw withHeaders(errors.methodNotAllowed(method), {
    ...markerHeaders(row),
    allow: 'DELETE',
    'last-modified': new Date(row.modifiedAt).toUTCString(),
  });
}

type Given = 'partition' | 'bucket' | 'key' | 'number' | 'versionId' | 'latest' | 'modifiedAt' | 'noncurrentAt';
/** A version before it has its place. */
export type Draft = Omit<ObjectRow, Given> | Omit<DeleteMarkerRow, Given>;

/** Uploads of a key that were begun before it changed can no longer be completed on a condition. */
function spoilUploads({ state }: S3Context, place: { partition: string; bucket: string; key: string }): void {
  if (state.uploads.size === 0) return;
  for (const upload of state.uploads.list({ prefix: key(place.partition, place.bucket, place.key) }))
    if (upload.conflicted !== true) state.uploads.put({ ...upload, conflicted: true });
}

/** Inside a transaction: makes a draft the newest version of a key. */
export function addVersion(context: S3Context, bucket: BucketRow, objectKey: string, draft: Draft): VersionRow {
  const { state, blobs, clock, random } = context;
  const now = clock.now();
  const latest = findLatest(state, bucket, objectKey);
  const enabled = bucket.versioning === 'Enabled';
  const replaced = enabled ? undefined : findNull(state, bucket, objectKey);
  if (replaced?.kind === 'object') blobs.drop(replaced.body);
  const inPlace = replaced !== undefined && replaced === latest;
  if (replaced !== undefined && !inPlace) state.versions.delete(keyOfVersion(replaced));
  const number = inPlace ? latest.number : (latest?.number ?? 0) + 1;
  if (latest !== undefined && !inPlace) state.versions.put({ ...latest, latest: false, noncurrentAt: now });
  // The draft comes last: adding members to a copy costs microseconds.
  const row: VersionRow = {
    partition: bucket.partition,
    bucket: bucket.name,
    key: objectKey,
    number,
    versionId: enabled ? makeVersionId(number, random) : 'null',
    latest: true,
    modifiedAt: now,
    ...draft,
  };
  if (row.kind === 'object') blobs.keep(row.body);
  state.versions.put(row);
  spoilUploads(context, row);
  return row;
}

/** Inside a transaction: removes a version for good; the one under the newest becomes current again. */
export function removeVersion(context: S3Context, row: VersionRow): void {
  const { state, blobs } = context;
  state.versions.delete(keyOfVersion(row));
  if (row.kind === 'object') blobs.drop(row.body);
  if (!row.latest) return;
  spoilUploads(context, row);
  const next = state.versions.first({ prefix: key(row.partition, row.bucket, row.key) });
  if (next !== undefined) state.versions.put({ ...next, latest: true, noncurrentAt: undefined });
}

/** Replaces a row of which something beside its body changed. */
export const changeVersion = ({ state }: S3Context, row: ObjectRow, change: Partial<ObjectRow>): ObjectRow => {
  const changed = { ...row, ...change };
  state.versions.put(changed);
  return changed;
};

/** The ID as answers show it: none where versioning was never on. */
export const shownVersionId = (bucket: BucketRow, row: VersionRow): string | undefined =>
  bucket.versioning === undefined ? undefined : row.versionId;
