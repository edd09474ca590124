// Backups on demand: the items of a table as they were, kept under a space of their own until somebody deletes them.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BackupRestore.html
import type { BackupDescription } from '@aws-sdk/client-dynamodb';
import { type Instant, later, secondsPerDay, toDate } from '../../../kernel/units.ts';
import { clearAway } from './clear-away.ts';
import { describeTable, keyElements } from './describe.ts';
import { errors } from './errors.ts';
import { backupPageMax, recoveryMaxDays } from './limits.ts';
import { getBackedTable } from './recovery.ts';
import { readTableReference } from './reference.ts';
import { type BackupRow, type DynamoContext, newSpace, type Operation, type TableRow, tableArn } from './state.ts';
import { backupSeconds } from './timing.ts';

/** `…/backup/01489602797149-73d8d5bc`: when it was made, so that the order of ARNs of a table is the order in time. */
const backupArn = (context: DynamoContext, table: string): string =>
  `${tableArn(context, table)}/backup/${String(context.clock.now()).padStart(14, '0')}-${context.ids.hex(8)}`;

/** Copies a table's items to a backup, and stores that. */
function addBackup(
  context: DynamoContext,
  table: TableRow,
  row: Pick<BackupRow, 'name' | 'status' | 'type' | 'expiresAt'>,
): BackupRow {
  const { state, clock } = context;
  const space = newSpace(context);
  for (const { key, ...rest } of state.items.list({ prefix: table.space }))
    state.items.put({ ...rest, key: space + key.slice(table.space.length) });
  const usage = state.usage.find(table.space);
  const backup: BackupRow = {
    ...row,
    arn: backupArn(context, table.name),
    createdAt: clock.now(),
    space,
    table,
    tableArn: tableArn(context, table.name),
    items: usage?.items ?? 0,
    bytes: usage?.bytes ?? 0,
  };
  state.backups.put(backup);
  return backup;
}

/** What a deleted table that could be restored to a point in time leaves: a backup, for as long as it could be. */
export function keepDeleted(context: DynamoContext, table: TableRow): void {
  if (table.recovery === undefined) return;
  const expiresAt = later(context.clock.now(), recoveryMaxDays * secondsPerDay);
  const name = `${table.name}$DeletedTableBackup`;
  const { arn } = addBackup(context, table, { name, status: 'AVAILABLE', type: 'SYSTEM', expiresAt });
  context.jobs.at(expiresAt, 'expireBackup', { arn });
}

function removeBackup(context: DynamoContext, { arn, space }: BackupRow): void {
  context.state.backups.delete(arn);
  clearAway(context, [space]);
}

/** Job: a system backup has been kept long enough. */
export function expireBackup({ arn }: { readonly arn: string }, context: DynamoContext): void {
  const backup = context.state.backups.find(arn);
  if (backup !== undefined) removeBackup(context, backup);
}

/** Job: `CREATING` → `AVAILABLE`. */
export function settleBackup({ arn }: { readonly arn: string }, { state }: DynamoContext): void {
  const backup = state.backups.find(arn);
  if (backup !== undefined) state.backups.put({ ...backup, status: 'AVAILABLE' });
}

const detailsOf = ({ arn, name, status, type, createdAt, expiresAt, bytes }: BackupRow) => ({
  BackupArn: arn,
  BackupName: name,
  BackupSizeBytes: bytes,
  BackupStatus: status,
  BackupType: type,
  BackupCreationDateTime: toDate(createdAt),
  ...(expiresAt !== undefined && { BackupExpiryDateTime: toDate(expiresAt) }),
});

/** The settings of the table that came with the backup. */
function featuresOf(context: DynamoContext, { table }: BackupRow) {
  const { GlobalSecondaryIndexes, LocalSecondaryIndexes, StreamSpecification, SSEDescription } = describeTable(
    context,
    table,
  );
  const { timeToLive } = table;
  return {
    ...(LocalSecondaryIndexes && {
      LocalSecondaryIndexes: LocalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
        IndexName,
        KeySchema,
        Projection,
      })),
    }),
    ...(GlobalSecondaryIndexes && {
      GlobalSecondaryIndexes: GlobalSecondaryIndexes.map((index, at) => {
        const { IndexName, KeySchema, Projection, OnDemandThroughput } = index;
        const { read, write } = table.indexes.filter(({ kind }) => kind === 'global')[at]?.throughput ?? noUnits;
        const ProvisionedThroughput = { ReadCapacityUnits: read, WriteCapacityUnits: write };
        return {
          IndexName,
          KeySchema,
          Projection,
          ProvisionedThroughput,
          ...(OnDemandThroughput && { OnDemandThroughput }),
        };
      }),
    }),
    ...(StreamSpecification && { StreamDescription: StreamSpecification }),
    ...(timeToLive && {
      TimeToLiveDescription: { TimeToLiveStatus: timeToLive.status, AttributeName: timeToLive.attribute },
    }),
    ...(SSEDescription && { SSEDescription }),
  };
}

const noUnits = { read: 0, write: 0 };

function describeBackup(context: DynamoContext, backup: BackupRow): BackupDescription {
  const { table, items, bytes } = backup;
  const { OnDemandThroughput } = describeTable(context, table);
  return {
    BackupDetails: detailsOf(backup),
    SourceTableDetails: {
      TableName: table.name,
      TableId: table.id,
      TableArn: backup.tableArn,
      TableSizeBytes: bytes,
      KeySchema: keyElements(table.key),
      TableCreationDateTime: toDate(table.createdAt),
      ProvisionedThroughput: {
        ReadCapacityUnits: table.throughput.read,
        WriteCapacityUnits: table.throughput.write,
      },
      ...(OnDemandThroughput && { OnDemandThroughput }),
      ItemCount: items,
      BillingMode: table.billing,
    },
    SourceTableFeatureDetails: featuresOf(context, backup),
  };
}

/** @throws BackupNotFoundException */
export function getBackup({ state }: DynamoContext, arn: string): BackupRow {
  const backup = state.backups.find(arn);
  if (backup === undefined) throw errors.backupNotFound(arn);
  return backup;
}

/**
 * Keeps a table's items as they are now, with the table's settings.
 *
 * Unknown: how long a backup is CREATING; here one second.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateBackup.html
 */
export const CreateBackup: Operation<'CreateBackup'> = (input, request) => {
  const { context, table } = getBackedTable(request, input.TableName);
  if (table.status !== 'ACTIVE' && table.status !== 'UPDATING')
    throw errors.tableInUse(`Table is being ${table.status === 'CREATING' ? 'created' : 'deleted'}: ${table.name}`);
  const backup = addBackup(context, table, { name: input.BackupName, status: 'CREATING', type: 'USER' });
  context.jobs.at(later(context.clock.now(), backupSeconds), 'settleBackup', { arn: backup.arn });
  return { BackupDetails: detailsOf(backup) };
};

/**
 * Describes a backup and the table that it was made of.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeBackup.html
 */
export const DescribeBackup: Operation<'DescribeBackup'> = ({ BackupArn }, context) => ({
  BackupDescription: describeBackup(context, getBackup(context, BackupArn)),
});

/**
 * Deletes a backup.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteBackup.html
 */
export const DeleteBackup: Operation<'DeleteBackup'> = ({ BackupArn }, context) => {
  const backup = getBackup(context, BackupArn);
  if (backup.status === 'CREATING') throw errors.backupInUse(`Backup is being created: ${BackupArn}`);
  removeBackup(context, backup);
  const BackupDetails = { ...detailsOf(backup), BackupStatus: 'DELETED' as const };
  return { BackupDescription: { ...describeBackup(context, backup), BackupDetails } };
};

interface Wanted {
  readonly type: string;
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
}

const isWanted = ({ type, createdAt }: BackupRow, wanted: Wanted): boolean =>
  (wanted.type === 'ALL' || wanted.type === type) &&
  (wanted.from === undefined || createdAt >= wanted.from) &&
  (wanted.to === undefined || createdAt < wanted.to);

const summaryOf = (backup: BackupRow) => ({
  TableName: backup.table.name,
  TableId: backup.table.id,
  TableArn: backup.tableArn,
  ...detailsOf(backup),
});

/**
 * Lists backups: of one table, of a span of time, of a type.
 *
 * Limit: 100 at once.
 * Default: those that users made.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListBackups.html
 */
export const ListBackups: Operation<'ListBackups'> = (input, context) => {
  const { TableName, Limit = backupPageMax, ExclusiveStartBackupArn, BackupType = 'USER' } = input;
  const { TimeRangeLowerBound: from, TimeRangeUpperBound: to } = input;
  const wanted: Wanted = { type: BackupType, from: from?.getTime() as Instant, to: to?.getTime() as Instant };
  const range =
    TableName === undefined ? {} : { prefix: `${tableArn(context, readTableReference(TableName).name)}/backup/` };
  const rows: BackupRow[] = [];
  for (const backup of context.state.backups.each({ ...range, after: ExclusiveStartBackupArn })) {
    if (isWanted(backup, wanted)) rows.push(backup);
    if (rows.length > Limit) break;
  }
  const page = rows.slice(0, Limit);
  const last = page.at(-1);
  return {
    BackupSummaries: page.map(summaryOf),
    ...(rows.length > Limit && last !== undefined && { LastEvaluatedBackupArn: last.arn }),
  };
};
