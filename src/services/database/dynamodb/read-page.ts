// One page of a query or scan: rows in order, up to a limit or 1 MB, before the filter; then what was asked for of those that pass.
import { Consumption, readUnits } from './capacity.ts';
import { errors } from './errors.ts';
import type { Predicate } from './expression/condition.ts';
import type { Projection } from './expression/projection.ts';
import { itemKey, keyOf } from './key.ts';
import { pageMaxBytes } from './limits.ts';
import type { Located } from './reference.ts';
import { entryKey, indexNames, indexView } from './secondary-index.ts';
import type { ItemRow, SecondaryIndex, TableRow } from './state.ts';
import { consume } from './throttle.ts';
import { type Item, itemBytes } from './value.ts';

export interface PageRequest {
  readonly located: Located;
  readonly index: SecondaryIndex | undefined;
  readonly from: string;
  /** Undefined: to the end of the table. */
  readonly to: string | undefined;
  readonly after: string | undefined;
  readonly reverse: boolean;
  readonly limit: number | undefined;
  readonly filter: Predicate | undefined;
  readonly shape: Shape;
  readonly consistent: boolean;
  /** Hash of the one partition key value that is read. */
  readonly hash: number | undefined;
}

/** What is given of each item. */
export interface Shape {
  readonly projection: Projection | undefined;
  /** Only how many. */
  readonly countOnly: boolean;
  /** Reads what a local index lacks from its table, at the table's cost. */
  readonly fetches: boolean;
}

export interface Page {
  readonly items: Item[];
  readonly count: number;
  readonly scanned: number;
  readonly lastKey: Item | undefined;
  /** Key of the last row or entry that was read, when more may follow. */
  readonly lastRow: string | undefined;
  readonly consumption: Consumption;
}

function* rowsOf({ located: { context }, index, from, to, after, reverse }: PageRequest): Generator<ItemRow> {
  const { state } = context;
  const range = { from, after, reverse, ...(to !== undefined && { to }) };
  if (index === undefined) {
    yield* state.items.each(range);
    return;
  }
  for (const { base } of state.entries.each(range)) {
    const row = state.items.find(base);
    if (row !== undefined) yield row;
  }
}

/** Attributes that say where a page ended: the keys of the table and of the index. */
export const pageKey = (table: TableRow, index: SecondaryIndex | undefined, item: Item): Item =>
  index === undefined ? keyOf(table.key, item) : { ...keyOf(index.key, item), ...keyOf(table.key, item) };

/** Reads a page, and takes its capacity. */
export function readPage(request: PageRequest): Page {
  const { located, index, limit = Number.POSITIVE_INFINITY, filter, shape } = request;
  const { table } = located;
  const names = index === undefined ? undefined : indexNames(table, index);
  const items: Item[] = [];
  const fetched: number[] = [];
  let count = 0;
  let scanned = 0;
  let bytes = 0;
  let last: ItemRow | undefined;
  let more = false;
  for (const row of rowsOf(request)) {
    const view = names === undefined ? row.item : indexView(names, row.item);
    const size = names === undefined ? row.bytes : itemBytes(view);
    more = last !== undefined && bytes + size > pageMaxBytes;
    if (more) break;
    last = row;
    bytes += size;
    scanned++;
    if (filter === undefined || filter(view)) {
      count++;
      if (shape.fetches) fetched.push(row.bytes);
      const whole = shape.fetches ? row.item : view;
      if (!shape.countOnly) items.push(shape.projection === undefined ? whole : shape.projection.apply(whole));
    }
    // A page that ends at its limit says so, even when nothing follows.
    more = scanned >= limit;
    if (more) break;
  }
  const end = more ? last : undefined;
  const lastKey = end && pageKey(table, index, end.item);
  const lastRow = end && (index === undefined ? end.key : entryKey(table, index, end.item, end.key));
  return { items, count, scanned, lastKey, lastRow, consumption: charge(request, bytes, fetched) };
}

function charge(request: PageRequest, bytes: number, fetched: readonly number[]): Consumption {
  const { located, index, consistent, hash } = request;
  const { context, table } = located;
  const mode = consistent ? 'strong' : 'eventual';
  const consumption = new Consumption('read');
  const units = readUnits(bytes, mode);
  consume(context, table, index, 'read', hash, units);
  if (index === undefined) consumption.addTable(units);
  else consumption.addIndex(index, units);
  for (const each of fetched) consumption.addTable(readUnits(each, mode));
  return consumption;
}

const badStart = (detail?: string) =>
  errors.validation(`The provided starting key is invalid${detail === undefined ? '' : `: ${detail}`}`);

/** The place in key order that an `ExclusiveStartKey` means. */
export function startAfter(
  { table }: Located,
  index: SecondaryIndex | undefined,
  start: Item,
  operation: 'Query' | 'Scan',
): string {
  const attributes = [table.key.hash, table.key.range, index?.key.hash, index?.key.range].filter(
    (attribute) => attribute !== undefined,
  );
  const names = new Set(attributes.map(({ name }) => name));
  const fits =
    Object.keys(start).length === names.size &&
    attributes.every(({ name, type }) => Object.hasOwn(start, name) && start[name]?.[type] !== undefined);
  if (!fits) {
    if (operation === 'Query' || index !== undefined) throw badStart();
    throw badStart('The provided key element does not match the schema');
  }
  const base = itemKey(table.space, table.key, start);
  return index === undefined ? base : (entryKey(table, index, start, base) as string);
}
