// Tables: made, described, listed, deleted. What has its own life takes a moment: CREATING → ACTIVE, DELETING → gone.
import { later } from '../../../kernel/units.ts';
import { keepDeleted } from './backup.ts';
import { clearAway } from './clear-away.ts';
import { describeDeleted, describeTable } from './describe.ts';
import { errors } from './errors.ts';
import type { KeySchema } from './key.ts';
import { listTablesMax, tableMax, tagMax } from './limits.ts';
import { checkPolicy } from './policy-check.ts';
import { getTable, readTableReference } from './reference.ts';
import { tellOthers } from './replica-group.ts';
import {
  type DynamoContext,
  newSpace,
  type Operation,
  type SecondaryIndex,
  type TableRow,
  type Throughput,
  type Units,
} from './state.ts';
import { closeStream, openStream } from './stream.ts';
import {
  checkAllUsed,
  checkIndexes,
  checkLocalIndex,
  type IndexInput,
  readIndexKey,
  readProjectionOf,
  readTableKey,
  readThroughput,
  refuseUnknownFeatures,
  type ThroughputInput,
  type TypesByName,
  typesOf,
} from './table-check.ts';
import { createSeconds, deleteSeconds } from './timing.ts';

type CreateInput = Parameters<typeof CreateTable>[0];
type Billing = TableRow['billing'];

export interface GlobalIndexInput extends IndexInput {
  readonly ProvisionedThroughput?: ThroughputInput | undefined;
  readonly OnDemandThroughput?: OnDemandInput | undefined;
  readonly WarmThroughput?: WarmInput | undefined;
}

export interface OnDemandInput {
  readonly MaxReadRequestUnits?: number | undefined;
  readonly MaxWriteRequestUnits?: number | undefined;
}

export interface WarmInput {
  readonly ReadUnitsPerSecond?: number | undefined;
  readonly WriteUnitsPerSecond?: number | undefined;
}

export const throughputOf = (units: Units): Throughput => ({ ...units, decreases: [] });

/** Limits of an on-demand table; -1 takes one away. */
export function readOnDemandMax(billing: Billing, input: OnDemandInput | undefined): Partial<Units> | undefined {
  if (input === undefined) return undefined;
  if (billing === 'PROVISIONED')
    throw errors.invalidParameter('OnDemandThroughput cannot be specified when BillingMode is PROVISIONED');
  const { MaxReadRequestUnits: read, MaxWriteRequestUnits: write } = input;
  return {
    ...(read !== undefined && read > 0 && { read }),
    ...(write !== undefined && write > 0 && { write }),
  };
}

export const readWarm = (input: WarmInput | undefined, current: Units): Units | undefined =>
  input && {
    read: input.ReadUnitsPerSecond ?? current.read,
    write: input.WriteUnitsPerSecond ?? current.write,
  };

/** A global index as it is asked for. */
export function readGlobalIndex(
  context: DynamoContext,
  billing: Billing,
  types: TypesByName,
  input: GlobalIndexInput,
  status: SecondaryIndex['status'],
): SecondaryIndex {
  const units = readThroughput(billing, input.ProvisionedThroughput, input.IndexName);
  return {
    name: input.IndexName,
    kind: 'global',
    space: newSpace(context),
    key: readIndexKey(input, types),
    projection: readProjectionOf(input.Projection),
    status,
    backfilling: false,
    throughput: throughputOf(units),
    onDemandMax: readOnDemandMax(billing, input.OnDemandThroughput),
    warm: readWarm(input.WarmThroughput, units),
  };
}

function readLocalIndex(
  context: DynamoContext,
  table: KeySchema,
  types: TypesByName,
  input: IndexInput,
): SecondaryIndex {
  const key = readIndexKey(input, types);
  checkLocalIndex(input.IndexName, table, key);
  return {
    name: input.IndexName,
    kind: 'local',
    space: newSpace(context),
    key,
    projection: readProjectionOf(input.Projection),
    status: 'ACTIVE',
    backfilling: false,
    throughput: throughputOf({ read: 0, write: 0 }),
  };
}

export const tagsOf = (
  tags: readonly { readonly Key: string; readonly Value: string }[] = [],
): Record<string, string> => {
  if (tags.length > tagMax) throw errors.validation(`Too many tags: ${tags.length}, at most ${tagMax}`);
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
};

/** The key that encrypts a table: the one given, or the one AWS keeps for DynamoDB. */
export const encryptionOf = (
  { partition, region, account }: DynamoContext,
  input: { readonly Enabled?: boolean | undefined; readonly KMSMasterKeyId?: string | undefined } | undefined,
): TableRow['encryption'] => {
  if (!input?.Enabled) return undefined;
  const id = input.KMSMasterKeyId ?? 'alias/aws/dynamodb';
  if (id.startsWith('arn:')) return { keyArn: id };
  return { keyArn: `arn:${partition}:kms:${region}:${account}:${id.startsWith('alias/') ? id : `key/${id}`}` };
};

function inOrder(indexes: readonly SecondaryIndex[]): SecondaryIndex[] {
  return indexes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A table's row as it is asked for. Nothing is stored. */
export function readTable(context: DynamoContext, name: string, input: Omit<CreateInput, 'TableName'>): TableRow {
  const { KeySchema = [], AttributeDefinitions = [], GlobalSecondaryIndexes, LocalSecondaryIndexes } = input;
  const billing: Billing = input.BillingMode ?? 'PROVISIONED';
  const units = readThroughput(billing, input.ProvisionedThroughput);
  const types = typesOf(AttributeDefinitions);
  const key = readTableKey(KeySchema, types);
  checkIndexes(LocalSecondaryIndexes, GlobalSecondaryIndexes);
  const locals = (LocalSecondaryIndexes ?? []).map((index) => readLocalIndex(context, key, types, index));
  const globals = (GlobalSecondaryIndexes ?? []).map((index) =>
    readGlobalIndex(context, billing, types, index, 'CREATING'),
  );
  const indexes = inOrder([...locals, ...globals]);
  checkAllUsed(
    types,
    key,
    indexes.map((index) => index.key),
  );
  const createdAt = context.clock.now();
  return {
    name,
    id: context.ids.uuid(),
    space: newSpace(context),
    status: 'CREATING',
    createdAt,
    attributes: AttributeDefinitions.map(({ AttributeName, AttributeType }) => ({ AttributeName, AttributeType })),
    key,
    billing,
    ...(billing === 'PAY_PER_REQUEST' && { onDemandSince: createdAt }),
    throughput: throughputOf(units),
    onDemandMax: readOnDemandMax(billing, input.OnDemandThroughput),
    warm: readWarm(input.WarmThroughput, units),
    indexes,
    encryption: encryptionOf(context, input.SSESpecification),
    ...(input.TableClass !== undefined && { tableClass: input.TableClass }),
    deletionProtection: input.DeletionProtectionEnabled ?? false,
    replicas: [],
    tags: tagsOf(input.Tags),
    ...(input.ResourcePolicy !== undefined && {
      policy: { text: checkPolicy(input.ResourcePolicy), revision: revision(context) },
    }),
  };
}

/** Revisions of policies are numbers of milliseconds. */
export const revision = ({ clock }: DynamoContext): string => String(clock.now());

export const checkFree = ({ state }: DynamoContext, name: string): void => {
  if (state.tables.has(name)) throw errors.tableExists(name);
  if (state.tables.size >= tableMax) {
    throw errors.limitExceeded(
      `Subscriber limit exceeded: There is a limit of ${tableMax} tables per account and Region`,
    );
  }
};

/** Stores a new table, which is ready after a while. */
export function addTable(context: DynamoContext, row: TableRow, readySeconds = createSeconds): void {
  context.state.tables.put(row);
  context.jobs.at(later(context.clock.now(), readySeconds), 'settleTable', { table: row.name, id: row.id });
}

const required = (name: string) =>
  errors.validation(`The parameter '${name}' is required but was not present in the request`);

/**
 * Makes a table with its indexes.
 *
 * Limit: 20 global and 5 local secondary indexes; 2,500 tables in an account and Region.
 * Unknown: how long a table is CREATING; here one second.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
 */
export const CreateTable: Operation<'CreateTable'> = (input, context) => {
  const { name } = readTableReference(input.TableName);
  refuseUnknownFeatures(input);
  if (input.AttributeDefinitions === undefined) throw required('AttributeDefinitions');
  if (input.KeySchema === undefined) throw required('KeySchema');
  const row = readTable(context, name, input);
  checkFree(context, name);
  const view = viewOf(input.StreamSpecification);
  const table = view === undefined ? row : { ...row, ...openStream(context, row, view) };
  addTable(context, table);
  return { TableDescription: describeTable(context, table) };
};

/** The view of a stream specification; undefined when it asks for none. */
export function viewOf(specification: CreateInput['StreamSpecification']): TableRow['streamView'] {
  if (specification === undefined) return undefined;
  const { StreamEnabled, StreamViewType } = specification;
  if (!StreamEnabled) {
    if (StreamViewType !== undefined) {
      throw errors.invalidParameter('StreamViewType cannot be specified when StreamEnabled is false');
    }
    return undefined;
  }
  if (StreamViewType === undefined)
    throw errors.invalidParameter('StreamViewType must be specified when StreamEnabled is true');
  return StreamViewType;
}

/** Job: CREATING or UPDATING → ACTIVE. Indexes that are being filled or deleted have jobs of their own. */
export function settleTable({ table: name, id }: { table: string; id: string }, { state }: DynamoContext): void {
  const table = state.tables.find(name);
  if (table === undefined || table.id !== id || table.status === 'DELETING') return;
  const created = table.status === 'CREATING';
  const indexes = table.indexes.map((index) =>
    index.status === 'UPDATING' || (created && index.status === 'CREATING')
      ? { ...index, status: 'ACTIVE' as const }
      : index,
  );
  const busy = indexes.some((index) => index.status !== 'ACTIVE');
  const restore = table.restore && { ...table.restore, inProgress: false };
  state.tables.put({ ...table, indexes, status: busy ? 'UPDATING' : 'ACTIVE', ...(restore && { restore }) });
}

/** Refuses changes to a table that is changing already. */
export function checkSettled({ name, status }: TableRow): void {
  const doing = { CREATING: 'created', UPDATING: 'updated', DELETING: 'deleted', ACTIVE: undefined }[status];
  if (doing === undefined) return;
  throw errors.resourceInUse(`Attempt to change a resource which is still in use: Table is being ${doing}: ${name}`);
}

/**
 * Describes a table.
 *
 * Differs: `ItemCount` and `TableSizeBytes` are true at once; AWS brings them up to date every six hours.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
 */
export const DescribeTable: Operation<'DescribeTable'> = (input, request) => {
  const { context, table } = getTable(request, input.TableName);
  return { Table: describeTable(context, table) };
};

/**
 * Lists the names of tables, in order.
 *
 * Limit: 100 at once.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
 */
export const ListTables: Operation<'ListTables'> = (input, { state }) => {
  const limit = input.Limit ?? listTablesMax;
  const tables = state.tables.list({ after: input.ExclusiveStartTableName, limit: limit + 1 });
  const names = tables.slice(0, limit).map(({ name }) => name);
  const last = names.at(-1);
  return {
    TableNames: names,
    ...(tables.length > limit && last !== undefined && { LastEvaluatedTableName: last }),
  };
};

/**
 * Deletes a table with its items and indexes; its stream stays readable for 24 hours.
 *
 * Unknown: how long a table is DELETING; here one second.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
 */
export const DeleteTable: Operation<'DeleteTable'> = (input, request) => {
  const { context, table } = getTable(request, input.TableName);
  checkSettled(table);
  if (table.deletionProtection) {
    throw errors.validation(
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    );
  }
  const deleting: TableRow = { ...table, status: 'DELETING' };
  context.state.tables.put(deleting);
  closeStream(context, table);
  context.jobs.at(later(context.clock.now(), deleteSeconds), 'dropTable', { table: table.name, id: table.id });
  return { TableDescription: describeDeleted(context, deleting) };
};

/** Job: DELETING → gone. Its rows follow. */
export function dropTable({ table: name, id }: { table: string; id: string }, context: DynamoContext): void {
  const { state } = context;
  const table = state.tables.find(name);
  if (table === undefined || table.id !== id || table.status !== 'DELETING') return;
  keepDeleted(context, table);
  tellOthers(context, table, context.region, true);
  state.tables.delete(name);
  clearAway(context, [table.space, `~${table.space}`, ...table.indexes.map(({ space }) => space)]);
  for (const setting of state.settings.list({ prefix: table.space })) {
    if (setting.space === table.space) state.settings.deleteAll({ prefix: `${setting.space}\u0000` });
  }
}
