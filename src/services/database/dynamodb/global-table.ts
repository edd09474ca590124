// Global tables of the first version (2017.11.29): tables of the same name that exist in several Regions already, joined to a group.
// A table that leaves the group stays. Changes travel as with the current version: see `replica.ts`.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables.V1.html
import { findRegion } from '../../../kernel/region.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { globalTablePageMax } from './limits.ts';
import { currentVersion, legacyVersion } from './replica.ts';
import type { DynamoContext, GlobalTableRow, Operation, Replica, TableRow } from './state.ts';
import { replicaSeconds } from './timing.ts';

type Member = GlobalTableRow['regions'][number];

/** A table as a member of a group needs it. @throws TableNotFoundException */
function getMemberTable(context: DynamoContext, name: string, region: string): TableRow {
  if (findRegion(region) === undefined) throw errors.validation(`Region ${region} is not valid`);
  const table = context.elsewhere(context.account, region).state.tables.find(name);
  if (table === undefined || table.status === 'CREATING' || table.status === 'DELETING') {
    throw errors.noSuchTable(`${name} in region ${region}`);
  }
  if (table.streamView !== 'NEW_AND_OLD_IMAGES') {
    throw errors.validation(
      `Table ${name} in region ${region} must have a stream of NEW_AND_OLD_IMAGES to be part of a global table`,
    );
  }
  if (table.globalVersion === currentVersion)
    throw errors.validation(`Table ${name} in region ${region} is part of a global table of version ${currentVersion}`);
  const items = context.elsewhere(context.account, region).state.usage.find(table.space)?.items ?? 0;
  if (items > 0 && table.globalVersion === undefined)
    throw errors.validation(`Table ${name} in region ${region} must be empty to be part of a global table`);
  return table;
}

const shapeOf = ({ key, indexes }: TableRow): string =>
  JSON.stringify([key, indexes.map(({ name, key: of, projection }) => [name, of, projection])]);

function checkSame(tables: readonly TableRow[]): void {
  if (new Set(tables.map(shapeOf)).size > 1)
    throw errors.validation('The tables of a global table must have the same key schema and the same indexes');
}

/** Tells each member's table of the others. */
function joinAll(context: DynamoContext, { name, regions }: GlobalTableRow): void {
  const live = regions.filter(({ status }) => status === 'ACTIVE');
  for (const { region } of live) {
    const { state } = context.elsewhere(context.account, region);
    const table = state.tables.find(name);
    if (table === undefined) continue;
    const replicas: Replica[] = live
      .filter((other) => other.region !== region)
      .map((other) => ({ region: other.region, status: 'ACTIVE' }));
    state.tables.put({ ...table, replicas, globalVersion: legacyVersion });
  }
}

function leave(context: DynamoContext, name: string, region: string): void {
  const { state } = context.elsewhere(context.account, region);
  const table = state.tables.find(name);
  if (table === undefined) return;
  const { globalVersion: _none, ...rest } = table;
  state.tables.put({ ...rest, replicas: [] });
}

/** Job: members that were to come are there, those that were to go are gone. */
export function settleGlobalTable({ name }: { readonly name: string }, context: DynamoContext): void {
  const { state } = context;
  const row = state.globalTables.find(name);
  if (row === undefined) return;
  for (const { region, status } of row.regions) if (status === 'DELETING') leave(context, name, region);
  const regions: Member[] = row.regions
    .filter(({ status }) => status !== 'DELETING')
    .map(({ region }) => ({ region, status: 'ACTIVE' }));
  const settled: GlobalTableRow = { ...row, regions, status: 'ACTIVE' };
  joinAll(context, settled);
  if (regions.length === 0) state.globalTables.delete(name);
  else state.globalTables.put(settled);
}

function change(context: DynamoContext, row: GlobalTableRow): GlobalTableRow {
  context.state.globalTables.put(row);
  context.jobs.at(later(context.clock.now(), replicaSeconds), 'settleGlobalTable', { name: row.name });
  return row;
}

function describe({ partition, account }: DynamoContext, { name, regions, createdAt, status }: GlobalTableRow) {
  return {
    GlobalTableDescription: {
      ReplicationGroup: regions.map((member) => ({ RegionName: member.region, ReplicaStatus: member.status })),
      GlobalTableArn: `arn:${partition}:dynamodb::${account}:global-table/${name}`,
      CreationDateTime: toDate(createdAt),
      GlobalTableStatus: status,
      GlobalTableName: name,
    },
  };
}

function getGlobalTable({ state }: DynamoContext, name: string): GlobalTableRow {
  const row = state.globalTables.find(name);
  if (row === undefined) throw errors.globalTableNotFound(name);
  return row;
}

/**
 * Joins empty tables of several Regions to a global table.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateGlobalTable.html
 */
export const CreateGlobalTable: Operation<'CreateGlobalTable'> = (input, context) => {
  const { GlobalTableName: name, ReplicationGroup } = input;
  if (context.state.globalTables.has(name)) throw errors.globalTableExists(name);
  const regions = ReplicationGroup.map(({ RegionName = context.region }) => RegionName);
  if (regions.length === 0) throw errors.validation('ReplicationGroup must not be empty');
  if (new Set(regions).size < regions.length) throw errors.validation('ReplicationGroup names a Region twice');
  checkSame(regions.map((region) => getMemberTable(context, name, region)));
  const members = regions.map((region): Member => ({ region, status: 'CREATING' }));
  return describe(
    context,
    change(context, { name, createdAt: context.clock.now(), regions: members, status: 'CREATING' }),
  );
};

/**
 * Describes a global table.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeGlobalTable.html
 */
export const DescribeGlobalTable: Operation<'DescribeGlobalTable'> = ({ GlobalTableName }, context) =>
  describe(context, getGlobalTable(context, GlobalTableName));

/**
 * Adds Regions to a global table, or takes some out.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateGlobalTable.html
 */
export const UpdateGlobalTable: Operation<'UpdateGlobalTable'> = (input, context) => {
  const { GlobalTableName: name, ReplicaUpdates } = input;
  const row = getGlobalTable(context, name);
  let regions = [...row.regions];
  for (const { Create, Delete } of ReplicaUpdates) {
    const region = (Create ?? Delete)?.RegionName;
    if (region === undefined || (Create !== undefined && Delete !== undefined))
      throw errors.validation('One of ReplicaUpdate.Create or .Delete must be specified');
    const known = regions.find((member) => member.region === region);
    if (Create !== undefined) {
      if (known !== undefined) throw errors.replicaExists(`Replica already exists: ${region} of global table ${name}`);
      const others = regions.map((member) => getMemberTable(context, name, member.region));
      checkSame([...others, getMemberTable(context, name, region)]);
      regions.push({ region, status: 'CREATING' });
    } else {
      if (known === undefined) throw errors.replicaNotFound(`Replica not found: ${region} of global table ${name}`);
      regions = regions.map((member) => (member === known ? { region, status: 'DELETING' } : member));
    }
  }
  return describe(context, change(context, { ...row, regions, status: 'UPDATING' }));
};

/**
 * Lists global tables, of all Regions or of those with a replica in one.
 *
 * Limit: 100 at once.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListGlobalTables.html
 */
export const ListGlobalTables: Operation<'ListGlobalTables'> = (input, { state }) => {
  const { ExclusiveStartGlobalTableName, Limit = globalTablePageMax, RegionName } = input;
  const rows: GlobalTableRow[] = [];
  for (const row of state.globalTables.each({ after: ExclusiveStartGlobalTableName })) {
    if (RegionName === undefined || row.regions.some(({ region }) => region === RegionName)) rows.push(row);
    if (rows.length > Limit) break;
  }
  const page = rows.slice(0, Limit);
  const last = page.at(-1);
  return {
    GlobalTables: page.map(({ name, regions }) => ({
      GlobalTableName: name,
      ReplicationGroup: regions.map(({ region }) => ({ RegionName: region })),
    })),
    ...(rows.length > Limit && last !== undefined && { LastEvaluatedGlobalTableName: last.name }),
  };
};
