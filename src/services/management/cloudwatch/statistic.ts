// Statistics: what one number is asked of a period, from `Average` to `TM(10%:90%)`.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
import { cutByRank, mergePairs, type Pairs, valueAtRank } from './distribution.ts';

/** All that is known of one period of one series. */
export interface Aggregate {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** How the values are spread; undefined when only the four numbers are known. */
  readonly pairs?: Pairs | undefined;
}

const spreadOf = ({ count, sum, min, max, pairs }: Aggregate): Pairs | undefined =>
  pairs ?? (count === 1 ? [sum, 1] : min === max ? [min, count] : undefined);

export function mergeAggregates(a: Aggregate | undefined, b: Aggregate): Aggregate {
  if (a === undefined) return b;
  const left = spreadOf(a);
  const right = spreadOf(b);
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    pairs: left === undefined || right === undefined ? undefined : mergePairs(left, right),
  };
}

/** Works one number out of a period; undefined when it cannot be known. */
export type Statistic = (period: Aggregate) => number | undefined;

const plain: Readonly<Record<string, Statistic>> = {
  SampleCount: ({ count }) => count,
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => (count === 0 ? undefined : sum / count),
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
};

interface Bounds {
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** True when the bounds are shares of the ranks, false when they are values. */
  readonly ranks: boolean;
}

const number = String.raw`\d+(?:\.\d{0,10})?(?:[Ee][+-]?\d+)?`;
const rangeForm = new RegExp(String.raw`^(TM|TC|TS|WM|PR)\((${number})?(%)?:(${number})?(%)?\)$`);
const shortForm = /^(p|tm|tc|ts|wm)(\d{1,2}(?:\.\d{0,10})?|100)$/;

function readBounds(text: string): { readonly kind: string; readonly bounds: Bounds } | undefined {
  if (text === 'IQM') return { kind: 'TM', bounds: { low: 0.25, high: 0.75, ranks: true } };
  const short = shortForm.exec(text);
  if (short !== null)
    return {
      kind: (short[1] as string).toUpperCase(),
      bounds: { low: undefined, high: Number(short[2]) / 100, ranks: true },
    };
  const range = rangeForm.exec(text);
  if (range === null) return undefined;
  const [, kind, low, lowPercent, high, highPercent] = range;
  if (low === undefined && high === undefined) return undefined;
  const ranks = (lowPercent ?? highPercent) !== undefined;
  if (
    ranks &&
    ((low !== undefined) !== (lowPercent !== undefined) || (high !== undefined) !== (highPercent !== undefined))
  )
    return undefined;
  if (kind === 'PR' && ranks) return undefined;
  const scale = ranks ? 100 : 1;
  const bounds = {
    low: low === undefined ? undefined : Number(low) / scale,
    high: high === undefined ? undefined : Number(high) / scale,
    ranks,
  };
  if (ranks && Math.max(bounds.low ?? 0, bounds.high ?? 0) > 1) return undefined;
  if (bounds.low !== undefined && bounds.high !== undefined && bounds.low > bounds.high) return undefined;
  return { kind: kind as string, bounds };
}

/** By value, a lower bound is left out and an upper one is in. */
function cutByValue(pairs: Pairs, { low, high }: Bounds): number[] {
  const part: number[] = [];
  for (let at = 0; at < pairs.length; at += 2) {
    const value = pairs[at] as number;
    if ((low === undefined || value > low) && (high === undefined || value <= high))
      part.push(value, pairs[at + 1] as number);
  }
  return part;
}

function sumOf(pairs: Pairs): { count: number; sum: number } {
  let count = 0;
  let sum = 0;
  for (let at = 0; at < pairs.length; at += 2) {
    count += pairs[at + 1] as number;
    sum += (pairs[at] as number) * (pairs[at + 1] as number);
  }
  return { count, sum };
}

/** Values outside of the bounds count as the bound they passed. */
function winsorize(pairs: Pairs, { low, high, ranks }: Bounds): number {
  const floor = low === undefined ? Number.NEGATIVE_INFINITY : ranks ? valueAtRank(pairs, low) : low;
  const ceiling = high === undefined ? Number.POSITIVE_INFINITY : ranks ? valueAtRank(pairs, high) : high;
  const drawn = pairs.map((value, at) => (at % 2 === 0 ? Math.min(Math.max(value, floor), ceiling) : value));
  const { count, sum } = sumOf(drawn);
  return sum / count;
}

function spreadStatistic(kind: string, bounds: Bounds): Statistic {
  return (period) => {
    const pairs = spreadOf(period);
    if (pairs === undefined || pairs.length === 0 || (pairs[0] as number) < 0) return undefined;
    if (kind === 'P') return valueAtRank(pairs, bounds.high as number);
    if (kind === 'WM') return winsorize(pairs, bounds);
    const part = bounds.ranks ? cutByRank(pairs, bounds.low ?? 0, bounds.high ?? 1) : cutByValue(pairs, bounds);
    const { count, sum } = sumOf(part);
    if (kind === 'TC') return count;
    if (kind === 'TS') return sum;
    if (kind === 'PR') return (count / sumOf(pairs).count) * 100;
    return count === 0 ? undefined : sum / count;
  };
}

const known = new Map<string, Statistic | undefined>();

/** The statistic of that name; undefined when there is none. Percentiles of negative values are not known, as in AWS. */
export function findStatistic(name: string): Statistic | undefined {
  if (Object.hasOwn(plain, name)) return plain[name];
  if (known.has(name)) return known.get(name);
  const spread = name.length > 60 ? undefined : readBounds(name);
  const statistic = spread && spreadStatistic(spread.kind, spread.bounds);
  if (known.size > 1_000) known.clear();
  known.set(name, statistic);
  return statistic;
}

export const isPlainStatistic = (name: string): boolean => Object.hasOwn(plain, name);
