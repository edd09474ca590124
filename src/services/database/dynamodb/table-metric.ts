// Standard metrics of tables (`AWS/DynamoDB`): what requests did is read off the meter, capacity and limits off the tables.
//
// Differs: `SuccessfulRequestLatency` is a fixed figure by operation: two milliseconds for a read of one item, up to twelve.
// Differs: requests that are refused before they reach the operation (a wrong type, a missing parameter) are no `UserErrors`.
// Differs: metrics of streams, of replication and of contributor insights are left out, and no request fails by `SystemErrors`.
// @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
import {
  type Dimension,
  fits,
  type MetricSource,
  minutesOf,
  oneSample,
  type Series,
  type SeriesFilter,
  type SeriesWindow,
  type StatisticSet,
} from '../../../kernel/metric.ts';
import { type Instant, instant, later, minuteMs, secondsPerMinute } from '../../../kernel/units.ts';
import { accountReadUnitsMax, accountWriteUnitsMax, tableReadUnitsMax, tableWriteUnitsMax } from './limits.ts';
import { capitalised, type Kind, subjectOfAccount, subjectOfOperation, subjectOfTable } from './metering.ts';
import type { DynamoContext, SecondaryIndex, State, TableRow } from './state.ts';

const namespace = 'AWS/DynamoDB';
/** Other metrics than those of the meter come every five minutes. */
const gaugeMs = 5 * minuteMs;

const kinds: readonly Kind[] = ['read', 'write'];
const limits = ['', 'ProvisionedThroughput', 'KeyRangeThroughput', 'AccountLimit', 'MaxOnDemandThroughput'];

/** Of a table, and of a global index. */
const ofTable = new Set(
  kinds.flatMap((kind) => [
    `Consumed${capitalised[kind]}CapacityUnits`,
    ...limits.map((limit) => `${capitalised[kind]}${limit}ThrottleEvents`),
  ]),
);
/** Of a table only. */
const ofWholeTable = new Set(['ConditionalCheckFailedRequests', 'TimeToLiveDeletedItemCount']);
const ofOperation: Readonly<Record<string, string>> = {
  SuccessfulRequestLatency: 'Milliseconds',
  ThrottledRequests: 'Count',
  ReturnedItemCount: 'Count',
};

type Owner = TableRow | SecondaryIndex;
type Gauge = (table: TableRow, owner: Owner) => number | undefined;

const provisioned =
  (kind: Kind): Gauge =>
  ({ billing }, { throughput }) =>
    billing === 'PROVISIONED' ? throughput[kind] : undefined;
const onDemandMax =
  (kind: Kind): Gauge =>
  ({ billing }, owner) =>
    billing === 'PROVISIONED' ? undefined : owner.onDemandMax?.[kind];

const gauges: Readonly<Record<string, Gauge>> = {
  ProvisionedReadCapacityUnits: provisioned('read'),
  ProvisionedWriteCapacityUnits: provisioned('write'),
  OnDemandMaxReadRequestUnits: onDemandMax('read'),
  OnDemandMaxWriteRequestUnits: onDemandMax('write'),
};

type AccountGauge = { readonly unit: 'Count' | 'Percent'; readonly of: (context: DynamoContext) => number };

const ownersOf = ({ state }: DynamoContext): (readonly [TableRow, Owner])[] =>
  state.tables
    .list()
    .flatMap((table) => [table, ...table.indexes.filter(isGlobal)].map((owner) => [table, owner] as const));

const isGlobal = ({ kind }: SecondaryIndex): boolean => kind === 'global';

const provisionedOf = (context: DynamoContext, kind: Kind): number[] =>
  ownersOf(context).flatMap(([table, owner]) => provisioned(kind)(table, owner) ?? []);

const percentOf =
  (kind: Kind, ofAll: boolean): AccountGauge['of'] =>
  (context) => {
    const units = provisionedOf(context, kind);
    const value = ofAll ? units.reduce((sum, one) => sum + one, 0) : Math.max(0, ...units);
    const most = ofAll
      ? kind === 'read'
        ? accountReadUnitsMax
        : accountWriteUnitsMax
      : kind === 'read'
        ? tableReadUnitsMax
        : tableWriteUnitsMax;
    return (value / most) * 100;
  };

const fixed = (value: number): AccountGauge => ({ unit: 'Count', of: () => value });

const accountGauges: Readonly<Record<string, AccountGauge>> = {
  AccountMaxReads: fixed(accountReadUnitsMax),
  AccountMaxWrites: fixed(accountWriteUnitsMax),
  AccountMaxTableLevelReads: fixed(tableReadUnitsMax),
  AccountMaxTableLevelWrites: fixed(tableWriteUnitsMax),
  AccountProvisionedReadCapacityUtilization: { unit: 'Percent', of: percentOf('read', true) },
  AccountProvisionedWriteCapacityUtilization: { unit: 'Percent', of: percentOf('write', true) },
  MaxProvisionedTableReadCapacityUtilization: { unit: 'Percent', of: percentOf('read', false) },
  MaxProvisionedTableWriteCapacityUtilization: { unit: 'Percent', of: percentOf('write', false) },
};

/** What was counted of a subject since. */
function quantitiesOf({ parts, clock }: DynamoContext, subject: string, since: Instant): ReadonlySet<string> {
  const minutes = parts.meter.read(subject, since, later(clock.now(), secondsPerMinute));
  return new Set(minutes.flatMap(({ tallies }) => Object.keys(tallies)));
}

const nameOf = (value: string): Dimension => ({ name: 'TableName', value });
const indexOf = (value: string): Dimension => ({ name: 'GlobalSecondaryIndexName', value });

function* seriesOfTable(context: DynamoContext, table: TableRow, since: Instant): Generator<Series> {
  for (const owner of [table, ...table.indexes.filter(isGlobal)]) {
    const index = owner === table ? undefined : owner;
    const dimensions = index === undefined ? [nameOf(table.name)] : [nameOf(table.name), indexOf(index.name)];
    for (const name of quantitiesOf(context, subjectOfTable(table, index), since))
      yield { namespace, name, dimensions, unit: 'Count' };
    for (const [name, gauge] of Object.entries(gauges))
      if (gauge(table, owner) !== undefined) yield { namespace, name, dimensions, unit: 'Count' };
  }
  for (const subject of context.parts.meter.subjects(subjectOfOperation(table, ''), since)) {
    const operation = { name: 'Operation', value: subject.slice(subjectOfOperation(table, '').length) };
    for (const name of quantitiesOf(context, subject, since))
      yield { namespace, name, dimensions: [nameOf(table.name), operation], unit: ofOperation[name] ?? 'Count' };
  }
}

function* series(filter: SeriesFilter, context: DynamoContext): Generator<Series> {
  const { tables } = context.state;
  const { dimensions = [], since = instant(Math.max(0, context.clock.now() - 14 * 86_400_000)) } = filter;
  const named = dimensions.find(({ name }) => name === 'TableName')?.value;
  const found = named === undefined ? tables.list() : [tables.find(named) ?? []].flat();
  for (const table of found) for (const one of seriesOfTable(context, table, since)) if (fits(one, filter)) yield one;
  if (dimensions.length > 0 || tables.size === 0) return;
  const ofAccount = { namespace, dimensions: [] };
  for (const name of quantitiesOf(context, subjectOfAccount(context), since)) {
    const one = { ...ofAccount, name, unit: 'Count' };
    if (fits(one, filter)) yield one;
  }
  for (const [name, { unit }] of Object.entries(accountGauges)) {
    const one = { ...ofAccount, name, unit };
    if (fits(one, filter)) yield one;
  }
}

function counted(window: SeriesWindow, context: DynamoContext, subject: string): StatisticSet[] {
  const { from, to } = minutesOf(window, context.clock.now());
  if (from >= to) return [];
  return context.parts.meter.read(subject, from, to).flatMap(({ at, tallies }) => {
    const tally = tallies[window.name];
    if (tally === undefined) return [];
    return [{ at, sampleCount: tally.count, sum: tally.sum, minimum: tally.minimum, maximum: tally.maximum }];
  });
}

/** A value every five minutes, since there was anything to tell of. */
function gauged(window: SeriesWindow, { clock }: DynamoContext, since: Instant, value: number | undefined) {
  const sets: StatisticSet[] = [];
  if (value === undefined) return sets;
  const { to } = minutesOf(window, clock.now());
  const start = Math.ceil(Math.max(window.from, since) / gaugeMs) * gaugeMs;
  for (let at = start; at < to; at += gaugeMs) sets.push(oneSample(instant(at), value));
  return sets;
}

function readOfAccount(window: SeriesWindow, context: DynamoContext): readonly StatisticSet[] {
  if (window.name === 'UserErrors') return counted(window, context, subjectOfAccount(context));
  const gauge = Object.hasOwn(accountGauges, window.name) ? accountGauges[window.name] : undefined;
  const first = context.state.tables.list().reduce((least, { createdAt }) => Math.min(least, createdAt), Infinity);
  if (gauge === undefined || first === Infinity) return [];
  return gauged(window, context, instant(first), gauge.of(context));
}

function read(window: SeriesWindow, context: DynamoContext): readonly StatisticSet[] {
  const { name, dimensions } = window;
  if (dimensions.length === 0) return readOfAccount(window, context);
  const value = (of: string): string | undefined => dimensions.find((one) => one.name === of)?.value;
  const table = context.state.tables.find(value('TableName') ?? '');
  const [indexName, operation] = [value('GlobalSecondaryIndexName'), value('Operation')];
  const known = [indexName, operation].filter((one) => one !== undefined);
  if (table === undefined || dimensions.length !== 1 + known.length || known.length > 1) return [];
  if (operation !== undefined)
    return Object.hasOwn(ofOperation, name) ? counted(window, context, subjectOfOperation(table, operation)) : [];
  const index = table.indexes.find((one) => one.name === indexName && isGlobal(one));
  if (indexName !== undefined && index === undefined) return [];
  if (ofTable.has(name) || (index === undefined && ofWholeTable.has(name)))
    return counted(window, context, subjectOfTable(table, index));
  const gauge = Object.hasOwn(gauges, name) ? gauges[name] : undefined;
  return gauged(window, context, table.createdAt, gauge?.(table, index ?? table));
}

export const tableMetrics: MetricSource<State> = { series, read };
