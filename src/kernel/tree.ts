// An ordered tree of rows, and how ranges of it are read.
import BTreeModule from 'sorted-btree';
import { afterPrefix } from './key.ts';

// The package is CommonJS; which of the two forms arrives depends on who loads it.
const BTree = ((BTreeModule as unknown as { default?: unknown }).default ??
  BTreeModule) as unknown as typeof BTreeModule.default;

/** The part of the tree that is used here; named so that the package's types name no other package. */
export interface Tree<Row> {
  readonly size: number;
  get(key: string): Row | undefined;
  has(key: string): boolean;
  nextHigherPair(key: string): [string, Row] | undefined;
  getPairOrNextHigher(key: string): [string, Row] | undefined;
  set(key: string, row: Row): boolean;
  delete(key: string): boolean;
  maxKey(): string | undefined;
  /** Calls `onFound` from `low` to `high`, until it answers `{ break }`. */
  forRange(
    low: string,
    high: string,
    includeHigh: boolean,
    onFound: (key: string, row: Row) => { break: number } | undefined,
  ): number;
  entries(low?: string): Iterable<[string, Row]>;
  entriesReversed(high?: string): Iterable<[string, Row]>;
  /** Shares its nodes with the original. */
  clone(): Tree<Row>;
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
export const emptyTree = <Row>(): Tree<Row> => new BTree<string, Row>(undefined, order);

/** A part of a table in key order. Bounds are keys; give `prefix`, or `from`/`to`, or neither for all. */
export interface Range {
  readonly prefix?: string;
  /** The first key, itself included. */
  readonly from?: string;
  /** Only keys greater than this one (smaller, when reversed). For paging. */
  readonly after?: string | undefined;
  /** Up to this key, itself left out. */
  readonly to?: string;
  readonly reverse?: boolean;
  /** At most so many rows. */
  readonly limit?: number;
}

/** Where a range begins and ends; `after` narrows it, though going forwards it still has to be skipped itself. */
function boundsOf({ prefix, from, to, after, reverse }: Range): { low: string | undefined; high: string | undefined } {
  const low = prefix ?? from;
  const high = prefix === undefined ? to : afterPrefix(prefix);
  if (after === undefined) return { low, high };
  return reverse
    ? { low, high: high === undefined || after < high ? after : high }
    : { low: low === undefined || after > low ? after : low, high };
}

export function* walk<Row>(tree: Tree<Row>, range: Range): Generator<[string, Row]> {
  const { after } = range;
  const { low, high } = boundsOf(range);
  if (range.reverse) {
    // `high` is left out, while the tree starts at it: skip it when it is there.
    for (const [at, row] of tree.entriesReversed(high)) {
      if (high !== undefined && at >= high) continue;
      if (low !== undefined && at < low) return;
      yield [at, row];
    }
    return;
  }
  for (const [at, row] of tree.entries(low)) {
    if (high !== undefined && at >= high) return;
    if (after !== undefined && at <= after) continue;
    yield [at, row];
  }
}

/** The first row of a range: one descent of the tree, where the range runs forwards. */
export function firstOf<Row>(tree: Tree<Row>, range: Range): Row | undefined {
  const { prefix, after } = range;
  if (range.reverse || range.limit !== undefined)
    return take(tree, { ...range, limit: Math.min(range.limit ?? 1, 1) })[0];
  const low = prefix ?? range.from;
  const pair =
    after !== undefined && (low === undefined || after >= low)
      ? tree.nextHigherPair(after)
      : tree.getPairOrNextHigher(low ?? '');
  if (pair === undefined) return undefined;
  const [at, row] = pair;
  if (prefix !== undefined) return at.startsWith(prefix) ? row : undefined;
  return range.to === undefined || at < range.to ? row : undefined;
}

const stop = { break: 0 };

export function take<Row>(tree: Tree<Row>, range: Range): Row[] {
  const rows: Row[] = [];
  const limit = range.limit ?? Number.POSITIVE_INFINITY;
  if (limit <= 0 || tree.size === 0) return rows;
  if (range.reverse) {
    for (const [, row] of walk(tree, range)) {
      rows.push(row);
      if (rows.length >= limit) break;
    }
    return rows;
  }
  // The tree's own loop: most ranges are short, and making two iterators costs more than reading them.
  const { after } = range;
  const { low, high } = boundsOf(range);
  tree.forRange(low ?? '', high ?? (tree.maxKey() as string), high === undefined, (at, row) => {
    if (at !== after) rows.push(row);
    return rows.length >= limit ? stop : undefined;
  });
  return rows;
}
