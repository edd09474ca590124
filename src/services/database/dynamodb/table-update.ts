// UpdateTable: capacity, indexes, stream, replicas and settings of a table that stays in use.
import { later, secondsPerDay, secondsPerHour } from '../../../kernel/units.ts';
import { planBackfill, withIndex } from './backfill.ts';
import { describeTable } from './describe.ts';
import { errors } from './errors.ts';
import { changeReplicas } from './replica.ts';
import { decreasesAtOnce, globalIndexMax } from './limits.ts';
import { getTable } from './reference.ts';
import type { DynamoContext, Operation, SecondaryIndex, TableRow, Throughput, Units } from './state.ts';
import { closeStream, openStream } from './stream.ts';
import {
  checkSettled,
  encryptionOf,
  type GlobalIndexInput,
  readGlobalIndex,
  readOnDemandMax,
  readWarm,
  throughputOf,
  viewOf,
} from './table.ts';
import { checkAllUsed, readThroughput, refuseUnknownFeatures, typesOf } from './table-check.ts';
import { deleteSeconds, updateSeconds } from './timing.ts';

type UpdateInput = Parameters<typeof UpdateTable>[0];
type IndexUpdate = NonNullable<UpdateInput['GlobalSecondaryIndexUpdates']>[number];

/** What changed and what follows once the new row is stored. */
interface Draft {
  table: TableRow;
  readonly after: (() => void)[];
}

const sameUnits = (a: Units, b: Units): boolean => a.read === b.read && a.write === b.write;

function unchanged(of: string, units: Units): Error {
  return errors.validation(
    `The provisioned throughput for the ${of} will not change. The requested value equals the current value. ` +
      `Current ReadCapacityUnits provisioned for the ${of}: ${units.read}. Requested ReadCapacityUnits: ${units.read}. ` +
      `Current WriteCapacityUnits provisioned for the ${of}: ${units.write}. Requested WriteCapacityUnits: ${units.write}. ` +
      'Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.',
  );
}

/** Decreases: four at any time in a day, then one in each hour that had none. */
function checkDecreases(context: DynamoContext, decreases: readonly number[], of: string): void {
  const now = context.clock.now();
  const last = decreases.at(-1);
  if (decreases.length < decreasesAtOnce || last === undefined || now - last >= secondsPerHour * 1000) return;
  throw errors.limitExceeded(
    'Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first ' +
      `${decreasesAtOnce} decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. ` +
      `Number of decreases today: ${decreases.length}. Last decrease at ${new Date(last).toISOString()}. ` +
      `Next decrease can be made at ${new Date(last + secondsPerHour * 1000).toISOString()} (${of})`,
  );
}

function changedThroughput(context: DynamoContext, current: Throughput, wanted: Units, of: string): Throughput {
  const now = context.clock.now();
  const day = later(now, -(now / 1000) % secondsPerDay);
  const decreases = current.decreases.filter((at) => at >= day);
  const goesDown = wanted.read < current.read || wanted.write < current.write;
  const goesUp = wanted.read > current.read || wanted.write > current.write;
  if (goesDown) checkDecreases(context, decreases, of);
  return {
    ...wanted,
    increasedAt: goesUp ? now : current.increasedAt,
    decreasedAt: goesDown ? now : current.decreasedAt,
    decreases: goesDown ? [...decreases, now] : decreases,
  };
}

function changeBilling(context: DynamoContext, draft: Draft, input: UpdateInput): void {
  const { table } = draft;
  const { BillingMode, ProvisionedThroughput } = input;
  const billing = BillingMode ?? table.billing;
  if (billing === 'PAY_PER_REQUEST') {
    readThroughput(billing, ProvisionedThroughput);
    if (table.billing === billing) return;
    const none = throughputOf({ read: 0, write: 0 });
    const indexes = table.indexes.map((index) => ({ ...index, throughput: none }));
    draft.table = { ...table, billing, throughput: none, indexes, onDemandSince: context.clock.now() };
    return;
  }
  if (ProvisionedThroughput === undefined && table.billing === billing) return;
  const wanted = readThroughput(billing, ProvisionedThroughput);
  if (table.billing === billing && sameUnits(wanted, table.throughput)) throw unchanged('table', wanted);
  const throughput =
    table.billing === billing
      ? changedThroughput(context, table.throughput, wanted, `table ${table.name}`)
      : throughputOf(wanted);
  draft.table = { ...table, billing, throughput };
}

const indexNamed = ({ indexes }: TableRow, name: string): SecondaryIndex => {
  const index = indexes.find((each) => each.kind === 'global' && each.name === name);
  if (index !== undefined) return index;
  throw errors.resourceNotFound('Requested resource not found');
};

function createIndex(context: DynamoContext, draft: Draft, input: GlobalIndexInput, update: UpdateInput): void {
  const { table } = draft;
  if (table.indexes.some((index) => index.name === input.IndexName))
    throw errors.validation('Attempting to create an index which already exists');
  if (table.indexes.filter((index) => index.kind === 'global').length >= globalIndexMax) {
    throw errors.limitExceeded(
      `Subscriber limit exceeded: GlobalSecondaryIndex count exceeds the per-table limit of ${globalIndexMax}`,
    );
  }
  const known = new Map(table.attributes.map((definition) => [definition.AttributeName, definition]));
  for (const { AttributeName, AttributeType } of update.AttributeDefinitions ?? []) {
    if ((known.get(AttributeName)?.AttributeType ?? AttributeType) !== AttributeType) {
      throw errors.invalidParameter(
        `Table attribute ${AttributeName} cannot change its type from ${known.get(AttributeName)?.AttributeType} to ${AttributeType}`,
      );
    }
    known.set(AttributeName, { AttributeName, AttributeType });
  }
  const types = typesOf([...known.values()]);
  const index = readGlobalIndex(context, table.billing, types, input, 'CREATING');
  const indexes = [...table.indexes, index].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const keys = indexes.map(({ key }) => key);
  checkAllUsed(types, table.key, keys);
  draft.table = { ...table, indexes, attributes: [...known.values()] };
  draft.after.push(() => planBackfill(context, draft.table, index.space));
}

function updateIndex(context: DynamoContext, draft: Draft, input: NonNullable<IndexUpdate['Update']>): void {
  const { table } = draft;
  const index = indexNamed(table, input.IndexName);
  let { throughput } = index;
  if (input.ProvisionedThroughput !== undefined) {
    const wanted = readThroughput(table.billing, input.ProvisionedThroughput, index.name);
    if (sameUnits(wanted, throughput)) throw unchanged(`index ${index.name}`, wanted);
    throughput = changedThroughput(context, throughput, wanted, `index ${index.name}`);
  }
  draft.table = withIndex(table, {
    ...index,
    status: 'UPDATING',
    throughput,
    onDemandMax: readOnDemandMax(table.billing, input.OnDemandThroughput) ?? index.onDemandMax,
    warm: readWarm(input.WarmThroughput, throughput) ?? index.warm,
  });
}

function deleteIndex(context: DynamoContext, draft: Draft, name: string): void {
  const { table } = draft;
  const index = indexNamed(table, name);
  draft.table = withIndex(table, { ...index, status: 'DELETING' });
  const at = later(context.clock.now(), deleteSeconds);
  draft.after.push(() => context.jobs.at(at, 'dropIndex', { table: table.name, index: index.space }));
}

function changeIndexes(context: DynamoContext, draft: Draft, input: UpdateInput): void {
  const updates = input.GlobalSecondaryIndexUpdates ?? [];
  if (updates.filter(({ Create, Delete }) => Create !== undefined || Delete !== undefined).length > 1) {
    throw errors.limitExceeded(
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    );
  }
  for (const { Create, Update, Delete } of updates) {
    if ([Create, Update, Delete].filter((each) => each !== undefined).length !== 1) {
      throw errors.invalidParameter('One of GlobalSecondaryIndexUpdate.Update, .Create or .Delete must be specified');
    }
    if (Create !== undefined) createIndex(context, draft, Create as GlobalIndexInput, input);
    if (Update !== undefined) updateIndex(context, draft, Update);
    if (Delete !== undefined) deleteIndex(context, draft, Delete.IndexName);
  }
}

function changeStream(context: DynamoContext, draft: Draft, input: UpdateInput): void {
  const { StreamSpecification } = input;
  if (StreamSpecification === undefined) return;
  const { table } = draft;
  const view = viewOf(StreamSpecification);
  if (view === undefined) {
    if (table.streamView === undefined)
      throw errors.validation(`Table does not have an enabled stream: TableName: ${table.name}`);
    closeStream(context, table);
    const { streamView: _off, ...rest } = table;
    draft.table = rest;
    return;
  }
  if (table.streamView !== undefined)
    throw errors.validation(`Table already has an enabled stream: TableName: ${table.name}`);
  draft.table = { ...table, ...openStream(context, table, view) };
}

function changeSettings(context: DynamoContext, draft: Draft, input: UpdateInput): void {
  const { table } = draft;
  const { SSESpecification, TableClass, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput } = input;
  draft.table = {
    ...table,
    ...(SSESpecification !== undefined && { encryption: encryptionOf(context, SSESpecification) }),
    ...(TableClass !== undefined && { tableClass: TableClass, tableClassAt: context.clock.now() }),
    deletionProtection: DeletionProtectionEnabled ?? table.deletionProtection,
    onDemandMax: readOnDemandMax(table.billing, OnDemandThroughput) ?? table.onDemandMax,
    warm: readWarm(WarmThroughput, table.throughput) ?? table.warm,
  };
}

function checkAsked(input: UpdateInput): void {
  const { TableName: _table, AttributeDefinitions: _definitions, ...changes } = input;
  if (Object.values(changes).some((change) => change !== undefined)) return;
  throw errors.validation(
    'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required',
  );
}

/**
 * Changes a table while it is in use.
 *
 * Limit: capacity goes down four times a day, then once in each hour without a decrease; one index is made or deleted at a time.
 * Unknown: how long a table is UPDATING; here one second.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
 */
export const UpdateTable: Operation<'UpdateTable'> = (input, request) => {
  refuseUnknownFeatures(input);
  checkAsked(input);
  const { context, table } = getTable(request, input.TableName);
  checkSettled(table);
  const draft: Draft = { table, after: [] };
  changeBilling(context, draft, input);
  changeIndexes(context, draft, input);
  changeStream(context, draft, input);
  changeSettings(context, draft, input);
  if (input.ReplicaUpdates !== undefined)
    draft.table = changeReplicas(context, draft.table, input.ReplicaUpdates, draft.after);
  draft.table = { ...draft.table, status: 'UPDATING' };
  context.state.tables.put(draft.table);
  for (const follow of draft.after) follow();
  const ready = later(context.clock.now(), updateSeconds);
  context.jobs.at(ready, 'settleTable', { table: table.name, id: table.id });
  return { TableDescription: describeTable(context, draft.table) };
};
