// Storage classes: which there are, which of them must be thawed before reading, and how long that takes.
//
// Intelligent-Tiering moves an object by the time since it was last read: after 30 days to the infrequent tier, after 90 days to archive
// instant, and, where the bucket's configuration says so, on to the archive tiers that must be restored. The tier follows from one
// instant, so no job moves anything.
//
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
import { type Instant, secondsPerDay, secondsPerHour, secondsPerMinute } from '../../../kernel/units.ts';
import { zonesOf } from '../../../kernel/region.ts';
import { errors } from './errors.ts';
import { midnightAfter } from './lifecycle-rule.ts';
import type { S3Context } from './operation.ts';
import type { BucketRow, ObjectRow, RestoreState } from './state.ts';
import { changeVersion } from './version.ts';

const classes = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
];

/** Reads `x-amz-storage-class`. */
export function readStorageClass(name: string | undefined): string {
  if (name === undefined) return 'STANDARD';
  if (!classes.includes(name)) throw errors.invalidStorageClass(name);
  return name;
}

/** One Zone-IA lives in one zone of the Region, chosen when the object is written among those that can be reached. */
export const zoneFor = (
  storageClass: string,
  { region, account }: BucketRow,
  { random, parts }: S3Context,
): string | undefined => {
  if (storageClass !== 'ONEZONE_IA') return undefined;
  const zones = zonesOf(region, account).filter((zone) => zone.kind === 'availability-zone');
  const reached = zones.filter(({ id }) => parts.faults.isReached(id));
  return zones.length === 0 ? undefined : random.pick(reached.length > 0 ? reached : zones).id;
};

/** Inside a transaction: a read brings an Intelligent-Tiering object back to the frequent tier. */
export function touchTiered(context: S3Context, row: ObjectRow): void {
  if (row.storageClass !== 'INTELLIGENT_TIERING') return;
  const now = context.clock.now();
  if (now - (row.accessedAt ?? row.modifiedAt) > secondsPerDay * 1000) changeVersion(context, row, { accessedAt: now });
}

/** The tier of an Intelligent-Tiering object. */
export function tierOf(row: ObjectRow, now: Instant): 'FREQUENT' | 'INFREQUENT' | 'ARCHIVE_INSTANT' {
  const idleDays = (now - (row.accessedAt ?? row.modifiedAt)) / (secondsPerDay * 1000);
  // Objects under 128 KB are never moved.
  if (row.sizeBytes < 131_072 || idleDays < 30) return 'FREQUENT';
  return idleDays < 90 ? 'INFREQUENT' : 'ARCHIVE_INSTANT';
}

const isArchived = ({ storageClass }: { storageClass: string }): boolean =>
  storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';

const isRestored = ({ restore }: ObjectRow, now: Instant): boolean =>
  restore?.expiresAt !== undefined && restore.expiresAt > now;

/**
 * Refuses to read the bytes of an object that are not at hand: archived and not restored, or in One Zone-IA and its zone is not reached.
 * Metadata is kept by the Region.
 *
 * Unknown: what AWS answers for objects of a zone that was destroyed; here what it documents for lost objects of Reduced Redundancy.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
 */
export function refuseAway(row: ObjectRow, { clock, parts: { faults } }: S3Context): void {
  if (isArchived(row) && !isRestored(row, clock.now())) throw errors.invalidObjectState(row.storageClass);
  if (row.zone === undefined || faults.isEmpty) return;
  if (faults.lostContent(row.zone, row.modifiedAt)) throw errors.methodNotAllowed('GET', { ResourceType: 'OBJECT' });
  if (!faults.isReached(row.zone)) throw errors.serviceUnavailable();
}

/** `x-amz-archive-status`: for the archive tiers of Intelligent-Tiering only, which are not reached here. */
export const archiveOf = (_row: ObjectRow, _now: Instant): undefined => undefined;

/** The `x-amz-restore` header: that a restore goes on, or until when its copy is there. */
export function restoreHeader({ restore }: ObjectRow, now: Instant): string | undefined {
  if (restore === undefined) return undefined;
  if (restore.expiresAt === undefined) return 'ongoing-request="true"';
  if (restore.expiresAt <= now) return undefined;
  return `ongoing-request="false", expiry-date="${new Date(restore.expiresAt).toUTCString()}"`;
}

type Tier = RestoreState['tier'];

/**
 * How long a restore takes, in seconds: a moment within the span that AWS states.
 *
 * GLACIER: Expedited 1–5 min, Standard 3–5 h, Bulk 5–12 h. DEEP_ARCHIVE: Standard within 12 h, Bulk within 48 h.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html
 */
export function restoreSeconds(storageClass: string, tier: Tier, chance: number): number {
  const spans: Readonly<Record<string, Partial<Record<Tier, readonly [number, number]>>>> = {
    GLACIER: {
      Expedited: [secondsPerMinute, 5 * secondsPerMinute],
      Standard: [3 * secondsPerHour, 5 * secondsPerHour],
      Bulk: [5 * secondsPerHour, 12 * secondsPerHour],
    },
    DEEP_ARCHIVE: {
      Standard: [9 * secondsPerHour, 12 * secondsPerHour],
      Bulk: [36 * secondsPerHour, 48 * secondsPerHour],
    },
  };
  const [from, to] = spans[storageClass]?.[tier] ?? [0, 0];
  return Math.round(from + (to - from) * chance);
}

/** A restored copy stays for whole days, to a midnight UTC. */
export const copyExpiry = (completed: Instant, days: number): Instant => midnightAfter(completed, days);
