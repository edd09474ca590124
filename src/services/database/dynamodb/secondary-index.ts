// Secondary indexes: what an item looks like in one, where it stands there, and what a change costs it.
import { sameValue } from './compare.ts';
import { hasKey, itemKey, type KeySchema } from './key.ts';
import { writeUnitBytes } from './limits.ts';
import type { SecondaryIndex, TableRow } from './state.ts';
import { type AttributeValue, type Item, itemBytes, setAttribute } from './value.ts';

const keyNames = ({ hash, range }: KeySchema): string[] =>
  range === undefined ? [hash.name] : [hash.name, range.name];

/** Names of the attributes that an index holds; undefined for all. */
export function indexNames(table: TableRow, index: SecondaryIndex): ReadonlySet<string> | undefined {
  if (index.projection.type === 'ALL') return undefined;
  return new Set([...keyNames(table.key), ...keyNames(index.key), ...index.projection.names]);
}

/** The item as the index shows it. */
export function indexView(names: ReadonlySet<string> | undefined, item: Item): Item {
  if (names === undefined) return item;
  const view: Record<string, AttributeValue> = {};
  for (const name in item) if (names.has(name)) setAttribute(view, name, item[name] as AttributeValue);
  return view;
}

/** Key of the item's entry in the index; undefined when the index leaves it out. */
export function entryKey(table: TableRow, index: SecondaryIndex, item: Item, base: string): string | undefined {
  if (!hasKey(index.key, item)) return undefined;
  return itemKey(index.space, index.key, item) + base.slice(table.space.length);
}

const sameItem = (a: Item, b: Item): boolean => sameValue({ M: a }, { M: b });

/** What a change of one item does to one index. */
export interface IndexEffect {
  readonly remove: string | undefined;
  readonly insert: string | undefined;
  /** Change of the index's size, in bytes. */
  readonly bytes: number;
  readonly units: number;
}

const unitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / writeUnitBytes));

/**
 * Deletes and inserts when the key moves, one write when projected attributes change, nothing otherwise.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
 */
export function indexEffect(
  table: TableRow,
  index: SecondaryIndex,
  base: string,
  before: Item | undefined,
  after: Item | undefined,
): IndexEffect | undefined {
  const was = before === undefined ? undefined : entryKey(table, index, before, base);
  const is = after === undefined ? undefined : entryKey(table, index, after, base);
  if (was === undefined && is === undefined) return undefined;
  const names = indexNames(table, index);
  const oldView = was === undefined || before === undefined ? undefined : indexView(names, before);
  const newView = is === undefined || after === undefined ? undefined : indexView(names, after);
  const oldBytes = oldView === undefined ? 0 : itemBytes(oldView);
  const newBytes = newView === undefined ? 0 : itemBytes(newView);
  const bytes = newBytes - oldBytes;
  if (was === is) {
    if (oldView !== undefined && newView !== undefined && sameItem(oldView, newView)) return undefined;
    return { remove: undefined, insert: undefined, bytes, units: unitsOf(Math.max(oldBytes, newBytes)) };
  }
  const units = (was === undefined ? 0 : unitsOf(oldBytes)) + (is === undefined ? 0 : unitsOf(newBytes));
  return { remove: was, insert: is, bytes, units };
}
