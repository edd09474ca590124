// Time to live: an item whose attribute names an instant in the past is taken away, without consuming capacity. Items that have
// such an attribute stand in an order of their own, by that instant, so that nothing is searched for.
//
// Differs: AWS deletes within a few days; here within two minutes of the clock.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
import { key } from '../../../kernel/key.ts';
import { later, secondsPerDay } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { entrySeconds, expirySpace, noteExpiry, planSweep } from './expiry.ts';
import { meterExpired } from './metering.ts';
import { getTable } from './reference.ts';
import type { DynamoContext, Operation, TableRow, TimeToLive } from './state.ts';
import { chunkItems, timeToLiveSeconds } from './timing.ts';
import { applyChange } from './write.ts';

/** An instant longer ago than this is taken for a mistake: five years, in seconds. */
const oldestSeconds = 5 * 365 * secondsPerDay;

/** Job: takes expired items away. */
export function expireItems(data: { table: string; planned: string }, context: DynamoContext): void {
  const { state, clock } = context;
  state.counters.delete(data.planned);
  const table = state.tables.find(data.table);
  if (table?.timeToLive?.status !== 'ENABLED') return;
  const now = Math.floor(clock.now() / 1000);
  const space = expirySpace(table);
  const from = space + key(Math.max(0, now - oldestSeconds));
  const due = state.entries.list({ from, to: space + key(now + 1), limit: chunkItems });
  for (const { base } of due) {
    const before = state.items.find(base);
    if (before !== undefined)
      applyChange(context, table, { key: base, before, after: undefined }, undefined, { by: 'expiry' });
  }
  if (due.length > 0) meterExpired(context, table, due.length);
  const [next] = state.entries.list({ from, to: `${space}\uffff`, limit: 1 });
  if (next !== undefined) planSweep(context, table, entrySeconds(table, next));
}

/** Job: `ENABLING` → `ENABLED`, `DISABLING` → off. */
export function settleTimeToLive(data: { table: string }, context: DynamoContext): void {
  const { state } = context;
  const table = state.tables.find(data.table);
  const setting = table?.timeToLive;
  if (table === undefined || setting === undefined) return;
  if (setting.status === 'DISABLING') {
    state.entries.deleteAll({ prefix: expirySpace(table) });
    const { timeToLive: _off, ...rest } = table;
    state.tables.put(rest);
    return;
  }
  const enabled: TableRow = { ...table, timeToLive: { ...setting, status: 'ENABLED' } };
  state.tables.put(enabled);
  const [next] = state.entries.list({ prefix: expirySpace(table), limit: 1 });
  if (next !== undefined) planSweep(context, enabled, entrySeconds(table, next));
}

/**
 * Turns expiry by an attribute on or off.
 *
 * Unknown: how long AWS takes to turn it on (it says up to one hour); here two seconds.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
 */
export const UpdateTimeToLive: Operation<'UpdateTimeToLive'> = (input, request) => {
  const { Enabled, AttributeName } = input.TimeToLiveSpecification;
  const { context, table } = getTable(request, input.TableName);
  if (table.status !== 'ACTIVE' && table.status !== 'UPDATING') throw errors.notFound();
  const { timeToLive } = table;
  if (timeToLive !== undefined && timeToLive.status !== 'ENABLED')
    throw errors.validation('Time to live has been modified multiple times within a fixed interval');
  if (Enabled && timeToLive !== undefined) {
    throw errors.validation(
      timeToLive.attribute === AttributeName
        ? 'TimeToLive is already enabled'
        : `TimeToLive is active on a different AttributeName: current AttributeName is ${timeToLive.attribute}`,
    );
  }
  if (!Enabled && timeToLive === undefined) throw errors.validation('TimeToLive is already disabled');
  if (!Enabled && timeToLive?.attribute !== AttributeName) {
    throw errors.validation(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${timeToLive?.attribute}`,
    );
  }
  const changedAt = context.clock.now();
  const next: TimeToLive = { attribute: AttributeName, changedAt, status: Enabled ? 'ENABLING' : 'DISABLING' };
  const changed: TableRow = { ...table, timeToLive: next };
  context.state.tables.put(changed);
  if (Enabled) noteAll(context, changed);
  context.jobs.at(later(changedAt, timeToLiveSeconds), 'settleTimeToLive', { table: table.name });
  return { TimeToLiveSpecification: { Enabled, AttributeName } };
};

function noteAll(context: DynamoContext, table: TableRow): void {
  for (const row of context.state.items.each({ prefix: table.space }))
    noteExpiry(context, table, { key: row.key, before: undefined, after: row.item });
}

/**
 * Tells whether items of a table expire, and by which attribute.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html
 */
export const DescribeTimeToLive: Operation<'DescribeTimeToLive'> = (input, request) => {
  const { timeToLive } = getTable(request, input.TableName).table;
  if (timeToLive === undefined) return { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } };
  return {
    TimeToLiveDescription: { TimeToLiveStatus: timeToLive.status, AttributeName: timeToLive.attribute },
  };
};
