// Restoring: a new table from a backup, or from another table as it was at a second of the past.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.html
import { type Instant, instant } from '../../../kernel/units.ts';
import { getBackup } from './backup.ts';
import { describeTable } from './describe.ts';
import { errors } from './errors.ts';
import { earliestRestorable, itemsAt, latestRestorable } from './history.ts';
import { tableMax } from './limits.ts';
import { getBackedTable } from './recovery.ts';
import { readTableReference } from './reference.ts';
import {
  type DynamoContext,
  type ItemRow,
  newSpace,
  type Operation,
  type SecondaryIndex,
  type TableRow,
  tableArn,
} from './state.ts';
import { addTable, encryptionOf, type OnDemandInput, readOnDemandMax, throughputOf } from './table.ts';
import { readThroughput, type ThroughputInput } from './table-check.ts';
import { restoreSeconds } from './timing.ts';
import { applyChange } from './write.ts';

interface Overrides {
  readonly BillingModeOverride?: TableRow['billing'] | undefined;
  readonly GlobalSecondaryIndexOverride?: readonly IndexOverride[] | undefined;
  readonly LocalSecondaryIndexOverride?: readonly IndexOverride[] | undefined;
  readonly ProvisionedThroughputOverride?: ThroughputInput | undefined;
  readonly OnDemandThroughputOverride?: OnDemandInput | undefined;
  readonly SSESpecificationOverride?: Parameters<typeof encryptionOf>[1];
}

interface IndexOverride {
  readonly IndexName: string;
  readonly ProvisionedThroughput?: ThroughputInput | undefined;
}

function checkTarget({ state }: DynamoContext, name: string): void {
  if (state.tables.has(name)) throw errors.tableAlreadyExists(name);
  if (state.tables.size >= tableMax) {
    throw errors.limitExceeded(
      `Subscriber limit exceeded: There is a limit of ${tableMax} tables per account and Region`,
    );
  }
}

/** An index as the new table has it; undefined when the overrides leave it out. */
function restoredIndex(
  context: DynamoContext,
  billing: TableRow['billing'],
  index: SecondaryIndex,
  input: Overrides,
): SecondaryIndex | undefined {
  const list = index.kind === 'global' ? input.GlobalSecondaryIndexOverride : input.LocalSecondaryIndexOverride;
  const override = list?.find(({ IndexName }) => IndexName === index.name);
  if (list !== undefined && override === undefined) return undefined;
  const fresh: SecondaryIndex = { ...index, space: newSpace(context), status: 'ACTIVE', backfilling: false };
  if (index.kind === 'local') return fresh;
  const given = override?.ProvisionedThroughput ?? input.ProvisionedThroughputOverride;
  if (billing === 'PAY_PER_REQUEST') return { ...fresh, throughput: throughputOf({ read: 0, write: 0 }) };
  const { read, write } = index.throughput;
  const units = given === undefined ? { read, write } : readThroughput(billing, given, index.name);
  return { ...fresh, throughput: throughputOf(units) };
}

function checkOverrides(source: TableRow, input: Overrides): void {
  const known = new Set(source.indexes.map(({ name }) => name));
  const named = [...(input.GlobalSecondaryIndexOverride ?? []), ...(input.LocalSecondaryIndexOverride ?? [])];
  const unknown = named.find(({ IndexName }) => !known.has(IndexName));
  if (unknown !== undefined) {
    throw errors.invalidParameter(`Index ${unknown.IndexName} does not exist in the source table ${source.name}`);
  }
}

function capacityOf(source: TableRow, input: Overrides): Pick<TableRow, 'billing' | 'throughput' | 'onDemandMax'> {
  const billing = input.BillingModeOverride ?? source.billing;
  const given = input.ProvisionedThroughputOverride;
  const kept = given === undefined && billing === source.billing;
  return {
    billing,
    throughput: throughputOf(
      kept ? { read: source.throughput.read, write: source.throughput.write } : readThroughput(billing, given),
    ),
    onDemandMax:
      readOnDemandMax(billing, input.OnDemandThroughputOverride) ??
      (billing === source.billing ? source.onDemandMax : undefined),
  };
}

/**
 * The new table's row: keys, indexes and capacity of the source; no tags, stream, expiry, recovery, protection or policy.
 */
function restoredTable(
  context: DynamoContext,
  name: string,
  source: TableRow,
  input: Overrides,
  restore: NonNullable<TableRow['restore']>,
): TableRow {
  checkOverrides(source, input);
  const capacity = capacityOf(source, input);
  const indexes = source.indexes
    .map((index) => restoredIndex(context, capacity.billing, index, input))
    .filter((index) => index !== undefined);
  const used = new Set(
    [source.key, ...indexes.map(({ key }) => key)].flatMap(({ hash, range }) => [hash.name, range?.name]),
  );
  const now = context.clock.now();
  return {
    name,
    id: context.ids.uuid(),
    space: newSpace(context),
    status: 'CREATING',
    createdAt: now,
    attributes: source.attributes.filter(({ AttributeName }) => used.has(AttributeName)),
    key: source.key,
    ...capacity,
    ...(capacity.billing === 'PAY_PER_REQUEST' && { onDemandSince: now }),
    indexes,
    encryption:
      input.SSESpecificationOverride === undefined
        ? source.encryption
        : encryptionOf(context, input.SSESpecificationOverride),
    tableClass: source.tableClass,
    deletionProtection: false,
    replicas: [],
    restore,
    tags: {},
  };
}

/** Puts rows into the new table, whose keys lack the space. */
function fill(context: DynamoContext, table: TableRow, rows: Iterable<readonly [string, ItemRow]>): void {
  for (const [key, { item }] of rows) {
    const change = { key: table.space + key, before: undefined, after: item };
    applyChange(context, table, change, undefined, { by: 'restore' });
  }
}

/**
 * Makes a table of a backup.
 *
 * Unknown: how long the table is CREATING; here five seconds.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableFromBackup.html
 */
export const RestoreTableFromBackup: Operation<'RestoreTableFromBackup'> = (input, context) => {
  const { name } = readTableReference(input.TargetTableName);
  const backup = getBackup(context, input.BackupArn);
  if (backup.status === 'CREATING') throw errors.backupInUse(`Backup is being created: ${input.BackupArn}`);
  checkTarget(context, name);
  const restore = { backupArn: backup.arn, sourceArn: backup.tableArn, at: backup.createdAt, inProgress: true };
  const table = restoredTable(context, name, backup.table, input, restore);
  const { space } = backup;
  addTable(context, table, restoreSeconds);
  const rows = context.state.items.list({ prefix: space });
  fill(
    context,
    table,
    rows.map((row) => [row.key.slice(space.length), row] as const),
  );
  return { TableDescription: describeTable(context, table) };
};

type PointInput = Parameters<typeof RestoreTableToPointInTime>[0];

/** The instant that is asked for; within the window. @throws InvalidRestoreTimeException */
function restoreTime(input: PointInput, recovery: NonNullable<TableRow['recovery']>, now: Instant): Instant {
  const latest = latestRestorable(recovery, now);
  const { RestoreDateTime, UseLatestRestorableTime } = input;
  if (UseLatestRestorableTime && RestoreDateTime !== undefined)
    throw errors.validation('Both UseLatestRestorableTime and RestoreDateTime cannot be specified');
  if (UseLatestRestorableTime) return latest;
  if (RestoreDateTime === undefined)
    throw errors.validation('Either UseLatestRestorableTime or RestoreDateTime must be specified');
  const at = RestoreDateTime.getTime();
  const earliest = earliestRestorable(recovery, now);
  // A client's instants are whole seconds: the second in which the window begins is in it.
  if (at < Math.floor(earliest / 1000) * 1000 || at > latest) {
    throw errors.restoreTime(
      `Table can be restored to any point in time between ${new Date(earliest).toISOString()} and ${new Date(latest).toISOString()}`,
    );
  }
  return instant(Math.max(at, earliest));
}

/**
 * Makes a table of another one as it was at a second of the past.
 *
 * Limit: 35 days back; the last five minutes are out of reach.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
 */
export const RestoreTableToPointInTime: Operation<'RestoreTableToPointInTime'> = (input, request) => {
  const source = input.SourceTableArn ?? input.SourceTableName;
  if (source === undefined)
    throw errors.validation('Either SourceTableArn or SourceTableName must be specified in the request');
  const { name } = readTableReference(input.TargetTableName);
  const { context, table: from } = getBackedTable(request, source);
  const { recovery } = from;
  if (recovery === undefined) throw errors.pointInTimeRecoveryUnavailable(from.name);
  const at = restoreTime(input, recovery, context.clock.now());
  checkTarget(context, name);
  const restore = { sourceArn: tableArn(context, from.name), at, inProgress: true };
  const table = restoredTable(context, name, from, input, restore);
  addTable(context, table, restoreSeconds);
  fill(context, table, itemsAt(context, from, at));
  return { TableDescription: describeTable(context, table) };
};
