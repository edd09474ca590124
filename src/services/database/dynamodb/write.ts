// One change of one item, with all that follows from it: sizes, index entries, expiry, stream record, history, replicas.
import { later } from '../../../kernel/units.ts';
import { sameValue } from './compare.ts';
import { errors } from './errors.ts';
import { keepHistory } from './history.ts';
import { checkIndexKey, hashIn, itemKey, partitionPrefix } from './key.ts';
import { partitionMaxBytes } from './limits.ts';
import { type IndexEffect, indexEffect } from './secondary-index.ts';
import { replicationSeconds } from './timing.ts';
import type { DynamoContext, ItemRow, SecondaryIndex, TableRow } from './state.ts';
import { appendRecord } from './stream.ts';
import { type Consumption, writeUnits } from './capacity.ts';
import { consume } from './throttle.ts';
import { noteExpiry } from './expiry.ts';
import { type Item, itemBytes } from './value.ts';

export interface Change {
  readonly key: string;
  readonly before: ItemRow | undefined;
  /** The item from now on; undefined when it goes. */
  readonly after: Item | undefined;
}

/** Who makes a change, where that matters. */
export interface Cause {
  /** `expiry`: the service deletes; `replica`: it was written in another Region; `restore`: it comes
   * from a backup or an import; otherwise a client's request. */
  readonly by: 'request' | 'transaction' | 'expiry' | 'replica' | 'restore';
  /** The item came by an update expression: AWS words one error differently. */
  readonly update?: boolean;
}

export function addUsage({ state }: DynamoContext, space: string, items: number, bytes: number): void {
  if (items === 0 && bytes === 0) return;
  const usage = state.usage.find(space);
  state.usage.put({ space, items: (usage?.items ?? 0) + items, bytes: (usage?.bytes ?? 0) + bytes });
}

/** Refuses an item that some index cannot hold. */
export function checkIndexKeys(table: TableRow, item: Item, update: boolean): void {
  for (const index of table.indexes) checkIndexKey(index.name, index.key, item, update);
}

type Effects = readonly (readonly [SecondaryIndex, IndexEffect])[];

function effectsOf(table: TableRow, { key, before, after }: Change): Effects {
  const effects: (readonly [SecondaryIndex, IndexEffect])[] = [];
  for (const index of table.indexes) {
    if (index.status === 'DELETING') continue;
    const effect = indexEffect(table, index, key, before?.item, after);
    if (effect !== undefined) effects.push([index, effect]);
  }
  return effects;
}

function applyEffects(context: DynamoContext, base: string, effects: Effects): void {
  const { entries } = context.state;
  for (const [index, { remove, insert, bytes }] of effects) {
    let items = 0;
    if (remove !== undefined && entries.delete(remove)) items--;
    if (insert !== undefined && !entries.has(insert)) {
      entries.put({ key: insert, base });
      items++;
    }
    addUsage(context, index.space, items, bytes);
  }
}

/** Keeps the size of the item collection, in tables that limit it. */
function growCollection(context: DynamoContext, table: TableRow, item: Item, bytes: number): void {
  if (!table.indexes.some((index) => index.kind === 'local')) return;
  const prefix = partitionPrefix(table.space, item[table.key.hash.name] as never);
  const size = (context.state.collections.find(prefix)?.bytes ?? 0) + bytes;
  if (bytes > 0 && size > partitionMaxBytes) throw errors.collectionTooLarge();
  if (size > 0) context.state.collections.put({ prefix, bytes: size });
  else context.state.collections.delete(prefix);
}

/** Takes the capacity of a write, as far as the table has it, and tells it to `consumption`. */
function charge(
  context: DynamoContext,
  table: TableRow,
  change: Change,
  bytes: number,
  effects: Effects,
  consumption: Consumption,
  cause: Cause,
): void {
  const factor = cause.by === 'transaction' ? 2 : 1;
  const units = writeUnits(Math.max(bytes, change.before?.bytes ?? 0)) * factor;
  consume(context, table, undefined, 'write', hashIn(table.space, change.key), units);
  consumption.addTable(units);
  for (const [index, effect] of effects) {
    const at = effect.insert ?? effect.remove;
    const hash = at === undefined ? undefined : hashIn(index.space, at);
    consume(context, table, index, 'write', hash, effect.units * factor);
    consumption.addIndex(index, effect.units * factor);
  }
}

function replicate(context: DynamoContext, table: TableRow, change: Change): void {
  for (const { region, status } of table.replicas) {
    if (status !== 'ACTIVE' && status !== 'UPDATING') continue;
    context.jobs.at(later(context.clock.now(), replicationSeconds), 'replicateItem', {
      table: table.name,
      region,
      key: change.key.slice(table.space.length),
      item: change.after ?? null,
    });
  }
}

/** Makes the change. @throws ProvisionedThroughputExceededException, before anything is changed */
export function applyChange(
  context: DynamoContext,
  table: TableRow,
  change: Change,
  consumption: Consumption | undefined,
  cause: Cause,
): void {
  const { key, before, after } = change;
  const { state } = context;
  if (after !== undefined && table.indexes.length > 0) checkIndexKeys(table, after, cause.update ?? false);
  const bytes = after === undefined ? 0 : itemBytes(after);
  const effects = table.indexes.length === 0 ? [] : effectsOf(table, change);
  if (consumption !== undefined) charge(context, table, change, bytes, effects, consumption, cause);
  if (before === undefined && after === undefined) return;

  if (after === undefined) state.items.delete(key);
  else state.items.put({ key, item: after, bytes });
  const growth = bytes - (before?.bytes ?? 0);
  addUsage(context, table.space, (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1), growth);
  if (effects.length > 0) applyEffects(context, key, effects);
  growCollection(context, table, (after ?? before?.item) as Item, growth);
  if (table.timeToLive !== undefined) noteExpiry(context, table, change);

  if (table.streamView === undefined && table.recovery === undefined && table.replicas.length === 0) return;
  const same = before !== undefined && after !== undefined && sameValue({ M: before.item }, { M: after });
  if (same) return;
  if (table.streamView !== undefined) appendRecord(context, table, change, cause.by === 'expiry');
  if (table.recovery !== undefined) keepHistory(context, table, table.recovery, change);
  if (table.replicas.length > 0 && cause.by !== 'replica') replicate(context, table, change);
}

/** The row of an item that is put anew, and the change that puts it. */
export function changeTo(context: DynamoContext, table: TableRow, item: Item): Change {
  const key = itemKey(table.space, table.key, item);
  return { key, before: context.state.items.find(key), after: item };
}
