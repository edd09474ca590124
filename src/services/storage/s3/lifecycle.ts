// Lifecycle at work: one job per bucket, at the next midnight when something is due.
import type { Instant } from '../../../kernel/units.ts';
import { changeBucket, findBucket, getBucket } from './bucket-find.ts';
import { errors } from './errors.ts';
import { readLifecycle } from './lifecycle-check.ts';
import { schedule, surroundingsOf } from './lifecycle-plan.ts';
import {
  judge,
  type LifecycleAction,
  type LifecycleConfiguration,
  type LifecycleRule,
  plan,
  uploadExpiry,
} from './lifecycle-rule.ts';
import { dropUpload } from './upload.ts';
import { announce } from './notification.ts';
import type { Operation, S3Context } from './operation.ts';
import { type BucketRow, keyOfBucket, type ObjectRow, type VersionRow } from './state.ts';
import { zoneFor } from './storage-class.ts';
import { addVersion, changeVersion, removeVersion, shownVersionId } from './version.ts';

const expireCurrent = (context: S3Context, bucket: BucketRow, row: VersionRow): void => {
  const owner = bucket.account;
  const marks = bucket.versioning !== undefined && row.kind === 'object';
  if (marks) {
    const marker = addVersion(context, bucket, row.key, { kind: 'marker', owner });
    announce(context, bucket, {
      name: 'LifecycleExpiration:DeleteMarkerCreated',
      key: row.key,
      row: marker,
      versionId: shownVersionId(bucket, marker),
      reason: 'Lifecycle Expiration',
      byService: true,
    });
    return;
  }
  removeExpired(context, bucket, row);
};

const removeExpired = (context: S3Context, bucket: BucketRow, row: VersionRow): void => {
  removeVersion(context, row);
  announce(context, bucket, {
    name: 'LifecycleExpiration:Delete',
    key: row.key,
    row,
    versionId: shownVersionId(bucket, row),
    reason: 'Lifecycle Expiration',
    byService: true,
  });
};

const isLocked = (row: VersionRow, now: Instant): boolean =>
  row.kind === 'object' && (row.legalHold === true || (row.retention !== undefined && row.retention.until > now));

function act(context: S3Context, bucket: BucketRow, row: VersionRow, action: LifecycleAction): void {
  if (action.kind === 'expire') {
    // A lock keeps a version from being removed; covering it with a delete marker is no removal.
    const covers = row.latest && row.kind === 'object' && bucket.versioning !== undefined;
    if (!covers && isLocked(row, context.clock.now())) return;
    if (row.latest) expireCurrent(context, bucket, row);
    else removeExpired(context, bucket, row);
    return;
  }
  const zone = zoneFor(action.storageClass, bucket, context);
  const moved = changeVersion(context, row as ObjectRow, { storageClass: action.storageClass, zone });
  announce(context, bucket, {
    name: 'LifecycleTransition',
    key: row.key,
    row: moved,
    versionId: shownVersionId(bucket, row),
    byService: true,
  });
}

/** Keys that one pass over a bucket looks at before it writes. */
function* keysOf({ state }: S3Context, bucket: BucketRow): Generator<VersionRow> {
  let last: string | undefined;
  for (const row of state.versions.each({ prefix: keyOfBucket(bucket) })) {
    if (row.key === last) continue;
    last = row.key;
    yield row;
  }
}

const soonest = (a: Instant | undefined, b: Instant | undefined): Instant | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;

/** Acts on one key until nothing more is due; answers when to look again. */
function tend(
  context: S3Context,
  bucket: BucketRow,
  lifecycle: LifecycleConfiguration,
  objectKey: string,
): Instant | undefined {
  const now = context.clock.now();
  for (let rounds = 0; rounds < 2; rounds++) {
    let next: Instant | undefined;
    let acted = false;
    for (const { row, around } of [...surroundingsOf(context, bucket.partition, bucket.name, objectKey)]) {
      const verdict = judge(plan(lifecycle, row, around), now);
      next = soonest(next, verdict.next);
      if (verdict.action === undefined || (verdict.action.kind === 'expire' && isLocked(row, now))) continue;
      act(context, bucket, row, verdict.action);
      acted = true;
    }
    if (!acted) return next;
  }
  return now;
}

/** Job: does all that is due in a bucket, and sets the next run. */
export function runLifecycle({ bucket: name }: { readonly bucket: string }, context: S3Context): void {
  const bucket = findBucket(context, name);
  if (bucket?.lifecycle === undefined) return;
  const { lifecycle } = bucket;
  const now = context.clock.now();
  changeBucket(context, bucket, { lifecycleRun: undefined });
  let next: Instant | undefined;
  const due: string[] = [];
  for (const { key: objectKey } of keysOf(context, bucket)) due.push(objectKey);
  for (const objectKey of due) next = soonest(next, tend(context, bucket, lifecycle, objectKey));
  for (const upload of context.state.uploads.list({ prefix: keyOfBucket(bucket) })) {
    const expiry = uploadExpiry(lifecycle, upload);
    if (expiry !== undefined && expiry.at <= now) dropUpload(context, upload);
    else next = soonest(next, expiry?.at);
  }
  // What is due now and could not be done (a lock) is tried again the next midnight.
  const day = 86_400_000;
  if (next !== undefined) schedule(context, bucket, (next > now ? next : (Math.floor(now / day) + 1) * day) as Instant);
}

/** A rule as the API shows it. */
const writeRule = ({ Expiration: expiration, Transitions: transitions, ...rest }: LifecycleRule) => ({
  ...rest,
  ...(expiration === undefined
    ? {}
    : {
        Expiration: {
          ...(expiration.Days === undefined ? {} : { Days: expiration.Days }),
          ...(expiration.Date === undefined ? {} : { Date: new Date(expiration.Date) }),
          ...(expiration.ExpiredObjectDeleteMarker === undefined
            ? {}
            : { ExpiredObjectDeleteMarker: expiration.ExpiredObjectDeleteMarker }),
        },
      }),
  ...(transitions === undefined
    ? {}
    : {
        Transitions: transitions.map(({ Days, Date: date, StorageClass }) => ({
          ...(Days === undefined ? {} : { Days }),
          ...(date === undefined ? {} : { Date: new Date(date) }),
          StorageClass,
        })),
      }),
});

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html */
export const GetBucketLifecycleConfiguration: Operation<'GetBucketLifecycleConfiguration'> = (input, context) => {
  const { lifecycle, name } = getBucket(input, context);
  if (lifecycle === undefined)
    throw errors.absent('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', name);
  return { Rules: lifecycle.rules.map(writeRule), TransitionDefaultMinimumObjectSize: lifecycle.minimumSize };
};

/**
 * Replaces a bucket's lifecycle rules; they act from the next midnight UTC on objects that are there and on new ones.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
 */
export const PutBucketLifecycleConfiguration: Operation<'PutBucketLifecycleConfiguration'> = (input, context) => {
  const bucket = getBucket(input, context);
  const minimumSize = input.TransitionDefaultMinimumObjectSize ?? 'all_storage_classes_128K';
  const rules = readLifecycle(input.LifecycleConfiguration?.Rules, context.ids);
  changeBucket(context, bucket, { lifecycle: { rules, minimumSize } });
  schedule(context, bucket, nextMidnight(context.clock.now()));
  return { TransitionDefaultMinimumObjectSize: minimumSize };
};

const nextMidnight = (now: Instant): Instant => ((Math.floor(now / 86_400_000) + 1) * 86_400_000) as Instant;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html */
export const DeleteBucketLifecycle: Operation<'DeleteBucketLifecycle'> = (input, context) => {
  const bucket = getBucket(input, context);
  if (bucket.lifecycleRun !== undefined) context.jobs.cancel(bucket.lifecycleRun.job);
  changeBucket(context, bucket, { lifecycle: undefined, lifecycleRun: undefined });
  return {};
};
