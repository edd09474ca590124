// Restoring archived objects: a request, a wait, a copy that stays for some days.
import { AwsError } from '../../../kernel/errors.ts';
import { withStatus } from '../../../kernel/status.ts';
import { later } from '../../../kernel/units.ts';
import { findBucket, getBucket } from './bucket-find.ts';
import { errors } from './errors.ts';
import { announce } from './notification.ts';
import type { Operation, S3Context } from './operation.ts';
import { copyExpiry, restoreSeconds } from './storage-class.ts';
import type { BucketRow, ObjectRow, RestoreState } from './state.ts';
import { changeVersion, findVersion, getObject, shownVersionId } from './version.ts';

const tiers = ['Expedited', 'Standard', 'Bulk'];

/** Names a version, in a job. */
interface VersionName {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  /** The restore that the job belongs to: a version may be replaced and restored anew. */
  readonly number: number;
}

const nameOf = (row: ObjectRow): VersionName => ({
  bucket: row.bucket,
  key: row.key,
  versionId: row.versionId,
  number: row.number,
});

function findNamed({ bucket: name, key, versionId, number }: VersionName, context: S3Context) {
  const bucket = findBucket(context, name);
  if (bucket === undefined) return undefined;
  const row = findVersion(context.state, bucket, key, versionId);
  return row?.kind === 'object' && row.number === number ? { bucket, row } : undefined;
}

/**
 * Asks for a copy of an archived object; a request on one that is restored already changes how long it stays.
 *
 * Limit: Expedited is not offered for DEEP_ARCHIVE.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
 */
export const RestoreObject: Operation<'RestoreObject'> = (input, context) => {
  const bucket = getBucket(input, context);
  const row = getObject(context.state, bucket, { key: input.Key, versionId: input.VersionId, method: 'POST' });
  const request = input.RestoreRequest;
  if (request?.Type !== undefined || request?.SelectParameters !== undefined)
    throw new AwsError('NotImplemented', 501, 'S3 Select is not implemented.');
  if (row.storageClass !== 'GLACIER' && row.storageClass !== 'DEEP_ARCHIVE')
    throw errors.invalidObjectState(row.storageClass, {});
  const days = request?.Days;
  if (days === undefined) throw errors.malformedXml();
  if (days < 1) throw errors.argument('restoration days should be at least 1');
  const tier: string = request?.GlacierJobParameters?.Tier ?? request?.Tier ?? 'Standard';
  if (!tiers.includes(tier)) throw errors.malformedXml();
  if (tier === 'Expedited' && row.storageClass === 'DEEP_ARCHIVE')
    throw errors.argument('Retrieval option is not supported by this storage class');
  return begin(context, bucket, row, tier as RestoreState['tier'], days);
};

function begin(context: S3Context, bucket: BucketRow, row: ObjectRow, tier: RestoreState['tier'], days: number) {
  const now = context.clock.now();
  const { restore } = row;
  if (restore !== undefined && restore.expiresAt === undefined) throw errors.restoreInProgress();
  const home = context.elsewhere(bucket.account, bucket.region);
  if (restore?.expiresAt !== undefined && restore.expiresAt > now) {
    const expiresAt = copyExpiry(now, days);
    changeVersion(context, row, { restore: { ...restore, days, expiresAt } });
    home.jobs.at(expiresAt, 'expireRestore', nameOf(row));
    return {};
  }
  const changed = changeVersion(context, row, { restore: { tier, days } });
  const doneAt = later(now, restoreSeconds(row.storageClass, tier, context.random.float()));
  home.jobs.at(doneAt, 'finishRestore', nameOf(row));
  announce(context, bucket, {
    name: 'ObjectRestore:Post',
    key: row.key,
    row: changed,
    versionId: shownVersionId(bucket, row),
  });
  return withStatus(202, {});
}

/** Job: the copy is there. */
export function finishRestore(name: VersionName, context: S3Context): void {
  const found = findNamed(name, context);
  if (found?.row.restore === undefined || found.row.restore.expiresAt !== undefined) return;
  const { bucket, row } = found;
  const { restore } = found.row;
  const expiresAt = copyExpiry(context.clock.now(), restore.days);
  const changed = changeVersion(context, row, { restore: { ...restore, expiresAt } });
  context.jobs.at(expiresAt, 'expireRestore', name);
  announce(context, bucket, {
    name: 'ObjectRestore:Completed',
    key: row.key,
    row: changed,
    versionId: shownVersionId(bucket, row),
    restore: { expiresAt, storageClass: row.storageClass },
    byService: true,
  });
}

/** Job: the copy's time is over. A request that made it longer has a later job. */
export function expireRestore(name: VersionName, context: S3Context): void {
  const found = findNamed(name, context);
  const expiresAt = found?.row.restore?.expiresAt;
  if (found === undefined || expiresAt === undefined || expiresAt > context.clock.now()) return;
  const changed = changeVersion(context, found.row, { restore: undefined });
  announce(context, found.bucket, {
    name: 'ObjectRestore:Delete',
    key: found.row.key,
    row: changed,
    versionId: shownVersionId(found.bucket, found.row),
    restore: { expiresAt, storageClass: found.row.storageClass },
    byService: true,
  });
}
