// Standard metrics of buckets (`AWS/S3`): once a day how much is in them, and each minute the requests of buckets with metrics
// configurations (`request-metric.ts`).
//
// Differs: the days of the past are told from what is there now: an object that has been deleted or overwritten since is no longer in them.
// Differs: parts of unfinished uploads are not counted, nor what S3 adds to archived objects.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
import { key } from '../../../kernel/key.ts';
import {
  type Dimension,
  fits,
  type MetricSource,
  minutesOf,
  oneSample,
  type Series,
  type SeriesFilter,
  type SeriesWindow,
  type StatisticSet,
} from '../../../kernel/metric.ts';
import { instant, secondsPerDay } from '../../../kernel/units.ts';
import type { S3Context } from './operation.ts';
import { metricsConfigurations, requestMetrics, subjectOfFilter } from './request-metric.ts';
import { type BucketRow, keyOfBucket, type S3State, type VersionRow } from './state.ts';
import { tierOf } from './storage-class.ts';

const namespace = 'AWS/S3';
const dayMs = secondsPerDay * 1000;
const all = 'AllStorageTypes';

const storageTypes: Readonly<Record<string, string>> = {
  STANDARD: 'StandardStorage',
  REDUCED_REDUNDANCY: 'ReducedRedundancyStorage',
  STANDARD_IA: 'StandardIAStorage',
  ONEZONE_IA: 'OneZoneIAStorage',
  GLACIER_IR: 'GlacierInstantRetrievalStorage',
  GLACIER: 'GlacierStorage',
  DEEP_ARCHIVE: 'DeepArchiveStorage',
};
const tierTypes = {
  FREQUENT: 'IntelligentTieringFAStorage',
  INFREQUENT: 'IntelligentTieringIAStorage',
  ARCHIVE_INSTANT: 'IntelligentTieringAIAStorage',
} as const;

/** What came to a bucket on a day, and is there still. */
type Day = Map<string, number>;

/** Bytes by storage type, and the number of versions, by day. */
function daysOf({ state, clock }: S3Context, { partition, name }: BucketRow): ReadonlyMap<number, Day> {
  const days = new Map<number, Day>();
  const now = clock.now();
  const typeOf = (row: VersionRow): string =>
    row.kind === 'object' && row.storageClass === 'INTELLIGENT_TIERING'
      ? tierTypes[tierOf(row, now)]
      : (storageTypes[row.kind === 'object' ? row.storageClass : ''] ?? '');
  for (const row of state.versions.each({ prefix: key(partition, name) })) {
    const at = Math.floor(row.modifiedAt / dayMs) * dayMs;
    let day = days.get(at);
    if (day === undefined) days.set(at, (day = new Map()));
    day.set(all, (day.get(all) ?? 0) + 1);
    if (row.kind !== 'object') continue;
    const type = typeOf(row);
    day.set(type, (day.get(type) ?? 0) + row.sizeBytes);
  }
  return days;
}

interface Kept {
  readonly version: number;
  readonly days: ReadonlyMap<number, Day>;
}

const kept = new WeakMap<BucketRow, Kept>();

/** Worked out anew when any object has changed since. */
function keptDays(context: S3Context, bucket: BucketRow): ReadonlyMap<number, Day> {
  const { version } = context.state.versions;
  const known = kept.get(bucket);
  if (known?.version === version) return known.days;
  const days = daysOf(context, bucket);
  kept.set(bucket, { version, days });
  return days;
}

const nameOf = (value: string): Dimension => ({ name: 'BucketName', value });
const typeOf = (value: string): Dimension => ({ name: 'StorageType', value });
const filterOf = (value: string): Dimension => ({ name: 'FilterId', value });

const bucketsHere = ({ state, account, partition, region }: S3Context): BucketRow[] =>
  state.buckets
    .index('account')
    .list({ prefix: key(account, partition) })
    .filter((bucket) => bucket.region === region);

function* seriesOfBucket(context: S3Context, bucket: BucketRow): Generator<Series> {
  const own = nameOf(bucket.name);
  const types = new Set([...keptDays(context, bucket).values()].flatMap((day) => [...day.keys()]));
  for (const type of types)
    yield type === all
      ? { namespace, name: 'NumberOfObjects', dimensions: [own, typeOf(type)], unit: 'Count' }
      : { namespace, name: 'BucketSizeBytes', dimensions: [own, typeOf(type)], unit: 'Bytes' };
  for (const { id } of metricsConfigurations(context, bucket))
    for (const [name, unit] of Object.entries(requestMetrics))
      yield { namespace, name, dimensions: [own, filterOf(id)], unit };
}

function* series(filter: SeriesFilter, context: S3Context): Generator<Series> {
  const named = filter.dimensions?.find(({ name }) => name === 'BucketName')?.value;
  for (const bucket of bucketsHere(context)) {
    if (named !== undefined && named !== bucket.name) continue;
    for (const one of seriesOfBucket(context, bucket)) if (fits(one, filter)) yield one;
  }
}

/** A day is told at its midnight, once it is over. */
function daily(window: SeriesWindow, context: S3Context, bucket: BucketRow, type: string): StatisticSet[] {
  const days = [...keptDays(context, bucket)].sort(([a], [b]) => a - b);
  const sets: StatisticSet[] = [];
  const first = Math.ceil(Math.max(window.from, bucket.createdAt - dayMs) / dayMs) * dayMs;
  const end = Math.min(window.to, context.clock.now() - dayMs + 1);
  let [next, sum, isThere] = [0, 0, false];
  for (let at = first; at < end; at += dayMs) {
    for (let day = days[next]; day !== undefined && day[0] <= at; day = days[++next]) {
      const value = day[1].get(type);
      if (value === undefined) continue;
      sum += value;
      isThere = true;
    }
    if (isThere) sets.push(oneSample(instant(at), sum));
  }
  return sets;
}

function requests(window: SeriesWindow, context: S3Context, bucket: BucketRow, id: string): StatisticSet[] {
  const { from, to } = minutesOf(window, context.clock.now());
  if (from >= to || !Object.hasOwn(requestMetrics, window.name)) return [];
  return context.parts.meter.read(subjectOfFilter(bucket, id), from, to).flatMap(({ at, tallies }) => {
    const tally = tallies[window.name];
    if (tally === undefined) return [];
    return [{ at, sampleCount: tally.count, sum: tally.sum, minimum: tally.minimum, maximum: tally.maximum }];
  });
}

function read(window: SeriesWindow, context: S3Context): readonly StatisticSet[] {
  const { name, dimensions } = window;
  const value = (of: string): string | undefined => dimensions.find((one) => one.name === of)?.value;
  const { state, partition, account, region } = context;
  const bucket = state.buckets.find(keyOfBucket({ partition, name: value('BucketName') ?? '' }));
  const [type, filter] = [value('StorageType'), value('FilterId')];
  if (bucket?.account !== account || bucket.region !== region || dimensions.length !== 2) return [];
  if (filter !== undefined) return requests(window, context, bucket, filter);
  const isKnown = name === 'NumberOfObjects' ? type === all : name === 'BucketSizeBytes' && type !== all;
  return type !== undefined && isKnown ? daily(window, context, bucket, type) : [];
}

export const bucketMetrics: MetricSource<S3State> = { series, read };
