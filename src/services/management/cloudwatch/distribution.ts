// How the values of one period are spread, so that percentiles can be told.
//
// Few different values are kept as they are, each with its count. Many are gathered in buckets whose width is a fixed share of their
// value, as AWS's histograms do: the more values, the coarser, so that one period never needs more than some hundred pairs.

/** Values and counts in turn, ascending by value: `[value, count, value, count, …]`. */
export type Pairs = readonly number[];

/** More pairs than this are gathered into buckets. */
const pairsMax = 160;
const bucketRatio = 1.01;

export function mergePairs(a: Pairs, b: Pairs): Pairs {
  const merged: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = i < a.length ? (a[i] as number) : Number.POSITIVE_INFINITY;
    const right = j < b.length ? (b[j] as number) : Number.POSITIVE_INFINITY;
    const value = Math.min(left, right);
    let count = 0;
    if (left === value) {
      count += a[i + 1] as number;
      i += 2;
    }
    if (right === value) {
      count += b[j + 1] as number;
      j += 2;
    }
    merged.push(value, count);
  }
  return gather(merged);
}

/** Pairs of values in any order. */
export function makePairs(values: readonly number[], counts?: readonly number[]): Pairs {
  if (values.length === 1) return [values[0] as number, counts?.[0] ?? 1];
  const order = values.map((_, index) => index).sort((x, y) => (values[x] as number) - (values[y] as number));
  const pairs: number[] = [];
  for (const index of order) {
    const value = values[index] as number;
    const count = counts?.[index] ?? 1;
    if (count === 0) continue;
    if (pairs.at(-2) === value) pairs[pairs.length - 1] = (pairs.at(-1) as number) + count;
    else pairs.push(value, count);
  }
  return gather(pairs);
}

function gather(pairs: readonly number[]): Pairs {
  let gathered = pairs;
  for (let ratio = bucketRatio; gathered.length > pairsMax * 2; ratio = ratio ** 2) gathered = bucket(pairs, ratio);
  return gathered;
}

function bucket(pairs: readonly number[], ratio: number): number[] {
  const width = Math.log(ratio);
  const buckets: number[] = [];
  let last = Number.NaN;
  for (let at = 0; at < pairs.length; at += 2) {
    const value = pairs[at] as number;
    const count = pairs[at + 1] as number;
    const place = value <= 0 ? Number.NEGATIVE_INFINITY : Math.round(Math.log(value) / width);
    if (place === last && value > 0) {
      const before = buckets.at(-1) as number;
      const mean = ((buckets.at(-2) as number) * before + value * count) / (before + count);
      buckets[buckets.length - 2] = mean;
      buckets[buckets.length - 1] = before + count;
    } else buckets.push(value, count);
    last = place;
  }
  return buckets;
}

/** The part of a distribution between two shares of its values (0…1), as pairs; counts may be fractions. */
export function cutByRank(pairs: Pairs, low: number, high: number): number[] {
  let total = 0;
  for (let at = 1; at < pairs.length; at += 2) total += pairs[at] as number;
  const from = low * total;
  const to = high * total;
  const part: number[] = [];
  let passed = 0;
  for (let at = 0; at < pairs.length; at += 2) {
    const count = pairs[at + 1] as number;
    const inside = Math.min(passed + count, to) - Math.max(passed, from);
    if (inside > 0) part.push(pairs[at] as number, inside);
    passed += count;
  }
  return part;
}

/** The value at a share of the ranks (0…1): the smallest with at least that share at or below it. */
export function valueAtRank(pairs: Pairs, share: number): number {
  let total = 0;
  for (let at = 1; at < pairs.length; at += 2) total += pairs[at] as number;
  const rank = share * total;
  let passed = 0;
  for (let at = 0; at < pairs.length; at += 2) {
    passed += pairs[at + 1] as number;
    if (passed >= rank - 1e-9 && passed > 0) return pairs[at] as number;
  }
  return pairs.at(-2) as number;
}
