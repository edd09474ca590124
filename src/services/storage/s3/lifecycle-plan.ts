// When the lifecycle of a bucket has to look next: asked for by whatever changes a version or begins an upload.
import { key } from '../../../kernel/key.ts';
import type { Instant } from '../../../kernel/units.ts';
import { changeBucket } from './bucket-find.ts';
import { judge, plan, type Surroundings, uploadExpiry } from './lifecycle-rule.ts';
import type { S3Context } from './operation.ts';
import { type BucketRow, keyOfBucket, type VersionRow } from './state.ts';

/** Inside a transaction: makes sure that the job runs at `at`, or before. */
export function schedule(context: S3Context, bucket: BucketRow, at: Instant): void {
  const current = context.state.buckets.find(keyOfBucket(bucket));
  if (current === undefined || (current.lifecycleRun !== undefined && current.lifecycleRun.at <= at)) return;
  const home = context.elsewhere(bucket.account, bucket.region);
  if (current.lifecycleRun !== undefined) home.jobs.cancel(current.lifecycleRun.job);
  const job = home.jobs.at(at, 'runLifecycle', { bucket: bucket.name });
  changeBucket(context, current, { lifecycleRun: { at, job } });
}

/** Inside a transaction: a version or its surroundings changed, so something may be due earlier. */
export function planLifecycle(context: S3Context, bucket: BucketRow, row: VersionRow): void {
  const { lifecycle } = bucket;
  if (lifecycle === undefined) return;
  const now = context.clock.now();
  for (const { row: version, around } of surroundingsOf(context, row.partition, row.bucket, row.key)) {
    const { action, next } = judge(plan(lifecycle, version, around), now);
    const at = action === undefined ? next : now;
    if (at !== undefined) schedule(context, bucket, at);
  }
}

/** Inside a transaction: an upload began. */
export function planUpload(context: S3Context, bucket: BucketRow, upload: { key: string; initiatedAt: Instant }): void {
  const expiry = uploadExpiry(bucket.lifecycle, upload);
  if (expiry !== undefined) schedule(context, bucket, expiry.at);
}

/** The versions of one key with what the rules must know around each. */
export function* surroundingsOf(
  { state }: S3Context,
  ...place: [partition: string, bucket: string, key: string]
): Generator<{ row: VersionRow; around: Surroundings }> {
  const rows = state.versions.list({ prefix: key(...place) });
  let newerNoncurrent = 0;
  for (const row of rows) {
    yield { row, around: { newerNoncurrent, alone: rows.length === 1 } };
    if (!row.latest) newerNoncurrent++;
  }
}
