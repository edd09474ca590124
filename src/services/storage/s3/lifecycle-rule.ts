// What lifecycle rules say of one version: pure, so that the job, the `x-amz-expiration` header and the tests read the same answer.
//
// Ages count in whole days and are rounded up to the next midnight UTC, when AWS runs the rules.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
import type { LifecycleRule as SdkRule } from '@aws-sdk/client-s3';
import { type Instant, instant, secondsPerDay } from '../../../kernel/units.ts';
import { limits } from './limits.ts';
import type { Tag, VersionRow } from './state.ts';

type Replace<T, K extends keyof T, V> = Omit<T, K> & { readonly [key in K]?: V };
type SdkExpiration = NonNullable<SdkRule['Expiration']>;
type SdkTransition = NonNullable<SdkRule['Transitions']>[number];

/** A rule as the API has it, but dates are instants: rows are plain. */
export type LifecycleRule = Omit<SdkRule, 'Expiration' | 'Transitions'> & {
  readonly Expiration?: Replace<SdkExpiration, 'Date', Instant>;
  readonly Transitions?: readonly Replace<SdkTransition, 'Date', Instant>[];
};

export interface LifecycleConfiguration {
  readonly rules: readonly LifecycleRule[];
  /** Which objects under 128 KB move: none, or those whose target class has no such minimum. */
  readonly minimumSize: 'all_storage_classes_128K' | 'varies_by_storage_class';
}

const dayMs = secondsPerDay * 1000;

/** The midnight UTC at or after `days` since `from`. */
export const midnightAfter = (from: Instant, days: number): Instant =>
  instant(Math.ceil((from + days * dayMs) / dayMs) * dayMs);

interface Filter {
  readonly prefix: string;
  readonly tags: readonly Tag[];
  readonly above?: number | undefined;
  readonly below?: number | undefined;
}

const tagOf = (tag: { Key: string | undefined; Value: string | undefined }): Tag => ({
  key: tag.Key ?? '',
  value: tag.Value ?? '',
});

/** The conditions of a rule, whichever form they came in. */
export const filterOf = ({ Filter: filter, Prefix }: Pick<SdkRule, 'Filter' | 'Prefix'>): Filter => {
  const and = filter?.And;
  return {
    prefix: and?.Prefix ?? filter?.Prefix ?? Prefix ?? '',
    tags: (and?.Tags ?? (filter?.Tag === undefined ? [] : [filter.Tag])).map(tagOf),
    above: and?.ObjectSizeGreaterThan ?? filter?.ObjectSizeGreaterThan,
    below: and?.ObjectSizeLessThan ?? filter?.ObjectSizeLessThan,
  };
};

const applies = (rule: LifecycleRule, row: VersionRow): boolean => {
  if (rule.Status !== 'Enabled') return false;
  const { prefix, tags, above, below } = filterOf(rule);
  if (!row.key.startsWith(prefix)) return false;
  if (row.kind === 'marker') return tags.length === 0 && above === undefined && below === undefined;
  if (above !== undefined && row.sizeBytes <= above) return false;
  if (below !== undefined && row.sizeBytes >= below) return false;
  return tags.every((wanted) => row.tags?.some((tag) => tag.key === wanted.key && tag.value === wanted.value) === true);
};

/** The ladder: a transition goes to a class further down only. */
const ladder: Readonly<Record<string, number>> = {
  STANDARD: 0,
  REDUCED_REDUNDANCY: 0,
  STANDARD_IA: 1,
  INTELLIGENT_TIERING: 2,
  ONEZONE_IA: 3,
  GLACIER_IR: 4,
  GLACIER: 5,
  DEEP_ARCHIVE: 6,
};

/** True when lifecycle may move an object from one class to the other. */
export const mayMove = (from: string, to: string): boolean => (ladder[to] ?? 0) > (ladder[from] ?? 0);

const isLargeEnough = (
  rule: LifecycleRule,
  sizeBytes: number,
  storageClass: string,
  minimumSize: LifecycleConfiguration['minimumSize'],
): boolean => {
  const { above, below } = filterOf(rule);
  if (above !== undefined || below !== undefined || sizeBytes >= limits.transitionMinBytes) return true;
  return minimumSize === 'varies_by_storage_class' && ['GLACIER', 'DEEP_ARCHIVE'].includes(storageClass);
};

export type LifecycleAction =
  | { readonly kind: 'expire'; readonly ruleId: string }
  | { readonly kind: 'transition'; readonly ruleId: string; readonly storageClass: string };

/** An action and the instant from which it is due. */
export interface Planned {
  readonly at: Instant;
  readonly action: LifecycleAction;
}

/** What is around a version: needed for rules on noncurrent versions and on lonely delete markers. */
export interface Surroundings {
  /** How many noncurrent versions of the key are newer than this one. */
  readonly newerNoncurrent: number;
  /** True when the key has no other version. */
  readonly alone: boolean;
}

const planCurrent = (rule: LifecycleRule, row: VersionRow, configuration: LifecycleConfiguration): Planned[] => {
  const ruleId = rule.ID ?? '';
  const planned: Planned[] = [];
  const { Expiration: expiration, Transitions: transitions = [] } = rule;
  const dueAt = (days: number | undefined, date: Instant | undefined): Instant | undefined =>
    days === undefined ? date : midnightAfter(row.modifiedAt, days);
  const expiresAt = dueAt(expiration?.Days, expiration?.Date);
  if (expiresAt !== undefined) planned.push({ at: expiresAt, action: { kind: 'expire', ruleId } });
  if (row.kind === 'marker') return planned;
  for (const { Days: days, Date: date, StorageClass: storageClass = '' } of transitions) {
    const at = dueAt(days, date);
    if (at === undefined || !mayMove(row.storageClass, storageClass)) continue;
    if (!isLargeEnough(rule, row.sizeBytes, storageClass, configuration.minimumSize)) continue;
    planned.push({ at, action: { kind: 'transition', ruleId, storageClass } });
  }
  return planned;
};

const planNoncurrent = (
  rule: LifecycleRule,
  row: VersionRow,
  { newerNoncurrent }: Surroundings,
  configuration: LifecycleConfiguration,
): Planned[] => {
  const ruleId = rule.ID ?? '';
  const since = row.noncurrentAt ?? row.modifiedAt;
  const planned: Planned[] = [];
  const expiration = rule.NoncurrentVersionExpiration;
  if (expiration?.NoncurrentDays !== undefined && newerNoncurrent >= (expiration.NewerNoncurrentVersions ?? 0))
    planned.push({ at: midnightAfter(since, expiration.NoncurrentDays), action: { kind: 'expire', ruleId } });
  if (row.kind === 'marker') return planned;
  for (const transition of rule.NoncurrentVersionTransitions ?? []) {
    const { NoncurrentDays: days, StorageClass: storageClass = '', NewerNoncurrentVersions: keep = 0 } = transition;
    if (days === undefined || newerNoncurrent < keep || !mayMove(row.storageClass, storageClass)) continue;
    if (!isLargeEnough(rule, row.sizeBytes, storageClass, configuration.minimumSize)) continue;
    planned.push({ at: midnightAfter(since, days), action: { kind: 'transition', ruleId, storageClass } });
  }
  return planned;
};

/** A delete marker with nothing under it: it goes at the next midnight, or when it is as old as the rule's days. */
const planLonelyMarker = (rule: LifecycleRule, row: VersionRow): Planned[] => {
  const { Expiration: expiration } = rule;
  const action = { kind: 'expire', ruleId: rule.ID ?? '' } as const;
  if (expiration?.ExpiredObjectDeleteMarker === true) return [{ at: midnightAfter(row.modifiedAt, 0), action }];
  if (expiration?.Days !== undefined) return [{ at: midnightAfter(row.modifiedAt, expiration.Days), action }];
  return [];
};

/** All that the rules plan for a version, soonest first; of two at one instant an expiration, then the lower class, wins. */
export function plan(configuration: LifecycleConfiguration, row: VersionRow, around: Surroundings): readonly Planned[] {
  const planned = configuration.rules
    .filter((rule) => applies(rule, row))
    .flatMap((rule) => {
      if (!row.latest) return planNoncurrent(rule, row, around, configuration);
      if (row.kind === 'marker') return around.alone ? planLonelyMarker(rule, row) : [];
      return planCurrent(rule, row, configuration);
    });
  return planned.sort((a, b) => a.at - b.at || rank(b.action) - rank(a.action));
}

const rank = (action: LifecycleAction): number => (action.kind === 'expire' ? 100 : (ladder[action.storageClass] ?? 0));

/** What is to be done with a version now, and when to look again. */
export function judge(
  planned: readonly Planned[],
  now: Instant,
): { readonly action: LifecycleAction | undefined; readonly next: Instant | undefined } {
  const due = planned.filter(({ at }) => at <= now);
  const action = due.toSorted((a, b) => rank(b.action) - rank(a.action))[0]?.action;
  return { action, next: planned.find(({ at }) => at > now)?.at };
}

/** When the rules delete the current version, and which one does. */
export function expiryOf(
  configuration: LifecycleConfiguration | undefined,
  row: VersionRow,
): { readonly at: Instant; readonly ruleId: string } | undefined {
  if (configuration === undefined || !row.latest || row.kind === 'marker') return undefined;
  const found = plan(configuration, row, { newerNoncurrent: 0, alone: false }).find(
    ({ action }) => action.kind === 'expire',
  );
  return found === undefined ? undefined : { at: found.at, ruleId: found.action.ruleId };
}

/** When an unfinished upload is given up. */
export function uploadExpiry(
  configuration: LifecycleConfiguration | undefined,
  upload: { readonly key: string; readonly initiatedAt: Instant },
): { readonly at: Instant; readonly ruleId: string } | undefined {
  const due = (configuration?.rules ?? []).flatMap((rule) => {
    const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
    if (rule.Status !== 'Enabled' || days === undefined || !upload.key.startsWith(filterOf(rule).prefix)) return [];
    return [{ at: midnightAfter(upload.initiatedAt, days), ruleId: rule.ID ?? '' }];
  });
  return due.sort((a, b) => a.at - b.at)[0];
}

/** The `x-amz-expiration` header. */
export const expirationHeader = ({ at, ruleId }: { at: Instant; ruleId: string }): string =>
  `expiry-date="${new Date(at).toUTCString()}", rule-id="${encodeURIComponent(ruleId)}"`;
