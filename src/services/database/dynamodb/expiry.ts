// The order in which items expire: an entry for each item that has an instant to go, and a job for the minute of the next.
import { key } from '../../../kernel/key.ts';
import { instant } from '../../../kernel/units.ts';
import type { DynamoContext, EntryRow, TableRow, TimeToLive } from './state.ts';
import { expirySeconds } from './timing.ts';
import type { Item } from './value.ts';
import type { Change } from './write.ts';

const latestSeconds = 2 ** 43; // keeps milliseconds within whole numbers

/** Starts the keys of the expiry order of a table; no table's or index's space starts so. */
export const expirySpace = (table: TableRow): string => `~${table.space}`;

const expiryOf = (item: Item | undefined, { attribute }: TimeToLive): number | undefined => {
  const text = item !== undefined && Object.hasOwn(item, attribute) ? item[attribute]?.N : undefined;
  const seconds = text === undefined ? undefined : Math.floor(Number(text));
  return seconds !== undefined && seconds > 0 && seconds < latestSeconds ? seconds : undefined;
};

const expiryKey = (table: TableRow, seconds: number, base: string): string =>
  expirySpace(table) + key(seconds) + base.slice(table.space.length);

/** Keeps the expiry order true when an item changes. */
export function noteExpiry(context: DynamoContext, table: TableRow, { key: base, before, after }: Change): void {
  const setting = table.timeToLive as TimeToLive;
  const was = expiryOf(before?.item, setting);
  const is = expiryOf(after, setting);
  if (was === is) return;
  const { entries } = context.state;
  if (was !== undefined) entries.delete(expiryKey(table, was, base));
  if (is === undefined) return;
  entries.put({ key: expiryKey(table, is, base), base });
  if (setting.status !== 'ENABLING') planSweep(context, table, is);
}

/** Sweeps happen at whole minutes; the name of a minute's sweep is its own row, so there is one. */
export function planSweep(context: DynamoContext, table: TableRow, expirySecondsAt: number): void {
  const { clock, state, jobs } = context;
  const due = Math.max(expirySecondsAt, Math.ceil(clock.now() / 1000));
  const at = (Math.floor(due / expirySeconds) + 1) * expirySeconds;
  const planned = `~sweep ${table.space} ${at}`;
  if (state.counters.has(planned)) return;
  state.counters.put({ name: planned, next: at });
  jobs.at(instant(at * 1000), 'expireItems', { table: table.name, planned });
}

/** When the item of an entry expires, in seconds. */
export const entrySeconds = (table: TableRow, row: EntryRow): number => {
  const start = expirySpace(table).length;
  return Number.parseInt(row.key.slice(start, start + 11), 36);
};
