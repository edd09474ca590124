// Point-in-time recovery: every change is kept with the item as it was, for as many days as the table asks. The table at an
// instant is the table now, with the later changes undone.
import { key } from '../../../kernel/key.ts';
import { type Instant, instant, later, secondsPerDay } from '../../../kernel/units.ts';
import { recoveryLagSeconds } from './limits.ts';
import type { DynamoContext, ItemRow, Recovery, TableRow } from './state.ts';
import { nextNumber } from './state.ts';
import { chunkItems } from './timing.ts';
import { type Item, itemBytes } from './value.ts';
import type { Change } from './write.ts';

/** Old changes forgotten with each new one: more than come in, so that the history cannot outgrow its days. */
const forgottenAtOnce = 2;

export function keepHistory(context: DynamoContext, table: TableRow, recovery: Recovery, change: Change): void {
  const { state, clock } = context;
  const { space } = table;
  const at = clock.now();
  const before = change.before?.item;
  const sequence = nextNumber(context, `history ${space}`);
  state.history.put({ space, at, sequence, key: change.key.slice(space.length), before, after: change.after });
  const horizon = later(at, -recovery.days * secondsPerDay);
  if (horizon <= 0) return;
  const expired = state.history.list({ from: key(space), to: key(space, horizon), limit: forgottenAtOnce });
  for (const row of expired) state.history.delete(key(row.space, row.at, row.sequence));
}

/** The earliest instant to which a table can be restored. */
export const earliestRestorable = (recovery: Recovery, now: Instant): Instant =>
  instant(Math.max(recovery.since, later(now, -recovery.days * secondsPerDay)));

/** The latest instant to which a table can be restored: five minutes ago, but not before recovery was turned on. */
export const latestRestorable = (recovery: Recovery, now: Instant): Instant =>
  instant(Math.max(recovery.since, later(now, -recoveryLagSeconds)));

/** Job: forgets the changes of a table before an instant, little by little. */
export function forgetBefore(task: { readonly space: string; readonly until: Instant }, context: DynamoContext): void {
  const { space, until } = task;
  const forgotten = context.state.history.deleteAll({ from: key(space), to: key(space, until), limit: chunkItems });
  if (forgotten === chunkItems) context.jobs.at(context.clock.now(), 'forgetBefore', task);
}

/** Rows of a table as they were at an instant, keys without the table's space. */
export function itemsAt({ state }: DynamoContext, table: TableRow, at: Instant): Map<string, ItemRow> {
  const { space } = table;
  const rows = new Map<string, ItemRow>();
  for (const row of state.items.each({ prefix: space })) rows.set(row.key.slice(space.length), row);
  const changes = state.history.list({ from: key(space, at + 1), to: `${key(space)}\uffff`, reverse: true });
  for (const { key: itemKey, before } of changes) {
    if (before === undefined) rows.delete(itemKey);
    else rows.set(itemKey, { key: itemKey, item: before, bytes: itemBytes(before) });
  }
  return rows;
}

/** Changes within a span, oldest first: what an incremental export holds. */
export function changesBetween(
  { state }: DynamoContext,
  table: TableRow,
  from: Instant,
  to: Instant,
): { key: string; at: Instant; before: Item | undefined; after: Item | undefined }[] {
  return state.history.list({ from: key(table.space, from), to: key(table.space, to) });
}
