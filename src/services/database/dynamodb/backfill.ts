// Back-filling: a new index of an existing table is filled in the background, chunk by chunk, while writes go to it already.
import { afterPrefix } from '../../../kernel/key.ts';
import { later } from '../../../kernel/units.ts';
import { clearAway } from './clear-away.ts';
import { hasKey } from './key.ts';
import { entryKey, indexNames, indexView } from './secondary-index.ts';
import type { DynamoContext, SecondaryIndex, TableRow } from './state.ts';
import { settleTable } from './table.ts';
import { backfillSeconds, chunkItems } from './timing.ts';
import { type Item, itemBytes } from './value.ts';
import { addUsage } from './write.ts';

interface Task {
  readonly table: string;
  readonly index: string;
  /** The last item that was looked at. */
  readonly after?: string;
}

export function planBackfill(context: DynamoContext, table: TableRow, index: string): void {
  context.jobs.at(later(context.clock.now(), backfillSeconds), 'backfillIndex', { table: table.name, index });
}

/** The table with one of its indexes replaced. */
export const withIndex = (table: TableRow, index: SecondaryIndex): TableRow => ({
  ...table,
  indexes: table.indexes.map((each) => (each.space === index.space ? index : each)),
});

const fits = ({ key }: SecondaryIndex, item: Item): boolean =>
  hasKey(key, item) &&
  [key.hash, key.range].every((attribute) => {
    const value = attribute && item[attribute.name]?.[attribute.type];
    return attribute === undefined || (value !== undefined && value.length > 0);
  });

/** Job: puts the next items into a new index; those whose attributes cannot be keys are left out, as in AWS. */
export function backfillIndex(task: Task, context: DynamoContext): void {
  const { state } = context;
  const table = state.tables.find(task.table);
  const index = table?.indexes.find(({ space }) => space === task.index);
  if (table === undefined || index === undefined || index.status !== 'CREATING') return;
  const names = indexNames(table, index);
  const range = { from: table.space, to: afterPrefix(table.space) as string, after: task.after, limit: chunkItems };
  const rows = state.items.list(range);
  let items = 0;
  let bytes = 0;
  for (const { key: base, item } of rows) {
    if (!fits(index, item)) continue;
    const key = entryKey(table, index, item, base);
    if (key === undefined || state.entries.has(key)) continue;
    state.entries.put({ key, base });
    items++;
    bytes += itemBytes(indexView(names, item));
  }
  addUsage(context, index.space, items, bytes);
  const last = rows.at(-1);
  if (rows.length === chunkItems && last !== undefined) {
    state.tables.put(withIndex(table, { ...index, backfilling: true }));
    context.jobs.at(context.clock.now(), 'backfillIndex', { ...task, after: last.key });
    return;
  }
  state.tables.put(withIndex(table, { ...index, status: 'ACTIVE', backfilling: false }));
  settleTable({ table: table.name, id: table.id }, context);
}

/** Job: a deleted index is gone; its entries follow. */
export function dropIndex(task: Task, context: DynamoContext): void {
  const table = context.state.tables.find(task.table);
  const index = table?.indexes.find(({ space }) => space === task.index);
  if (table === undefined || index === undefined) return;
  const indexes = table.indexes.filter((each) => each !== index);
  context.state.tables.put({ ...table, indexes });
  settleTable({ table: table.name, id: table.id }, context);
  clearAway(context, [index.space]);
}
