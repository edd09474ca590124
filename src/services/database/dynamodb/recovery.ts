// Continuous backups: whether a table can be restored to any second of the last days.
import { later, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { earliestRestorable, forgetBefore, latestRestorable } from './history.ts';
import { recoveryMaxDays } from './limits.ts';
import { type Located, readTableReference, placeOf } from './reference.ts';
import type { DynamoContext, Operation, Recovery, TableRow } from './state.ts';

/** A table for backups, which speak of missing ones in a word of their own. @throws TableNotFoundException */
export function getBackedTable(request: DynamoContext, name: string): Located {
  const reference = readTableReference(name);
  const context = placeOf(request, reference);
  const table = context.state.tables.find(reference.name);
  if (table === undefined) throw errors.noSuchTable(reference.name);
  return { context, table, reference: name };
}

function describe({ clock }: DynamoContext, { recovery }: TableRow) {
  const off = { PointInTimeRecoveryStatus: 'DISABLED' as const };
  const on = (settings: Recovery) => ({
    PointInTimeRecoveryStatus: 'ENABLED' as const,
    RecoveryPeriodInDays: settings.days,
    EarliestRestorableDateTime: toDate(earliestRestorable(settings, clock.now())),
    LatestRestorableDateTime: toDate(latestRestorable(settings, clock.now())),
  });
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED' as const,
      PointInTimeRecoveryDescription: recovery === undefined ? off : on(recovery),
    },
  };
}

function turnOff(context: DynamoContext, table: TableRow): TableRow {
  const { recovery, ...rest } = table;
  if (recovery !== undefined) forgetBefore({ space: table.space, until: later(context.clock.now(), 0.001) }, context);
  return rest;
}

/**
 * Turns point-in-time recovery on or off.
 *
 * Default: 35 days.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html
 */
export const UpdateContinuousBackups: Operation<'UpdateContinuousBackups'> = (input, request) => {
  const { PointInTimeRecoveryEnabled: enabled, RecoveryPeriodInDays: days } = input.PointInTimeRecoverySpecification;
  if (!enabled && days !== undefined)
    throw errors.validation('RecoveryPeriodInDays cannot be specified when PointInTimeRecovery is disabled');
  const { context, table } = getBackedTable(request, input.TableName);
  if (table.status === 'CREATING' || table.status === 'DELETING') {
    throw errors.continuousBackupsUnavailable(
      `Backups are being enabled for the table: ${table.name}. Please retry later`,
    );
  }
  const since = table.recovery?.since ?? context.clock.now();
  const changed: TableRow = enabled
    ? { ...table, recovery: { since, days: days ?? table.recovery?.days ?? recoveryMaxDays } }
    : turnOff(context, table);
  context.state.tables.put(changed);
  return describe(context, changed);
};

/**
 * Tells whether a table can be restored to a point in time, and between which.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html
 */
export const DescribeContinuousBackups: Operation<'DescribeContinuousBackups'> = (input, request) => {
  const { context, table } = getBackedTable(request, input.TableName);
  return describe(context, table);
};
