// Global tables (version 2019.11.21): a table of the same name in several Regions, each taking writes, each change sent to the others.
//
// Differs: of two writes to one item in two Regions, the one that arrives later wins everywhere; all travel equally long, so that
// is the later one.
// Differs: indexes, capacity and expiry that are changed after a replica was made stay a matter of their Region.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html
import { findRegion } from '../../../kernel/region.ts';
import { later } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { tellOthers } from './replica-group.ts';
import { newSpace, type DynamoContext, type Replica, type TableRow } from './state.ts';
import { openStream } from './stream.ts';
import { addTable } from './table.ts';
import { replicaSeconds } from './timing.ts';
import type { Item } from './value.ts';
import { applyChange } from './write.ts';

export const currentVersion = '2019.11.21';
/** The version before, whose tables are made one by one and then joined. */
export const legacyVersion = '2017.11.29';

interface ReplicaInput {
  readonly RegionName: string;
  readonly TableClassOverride?: Replica['tableClass'];
  readonly ProvisionedThroughputOverride?: { readonly ReadCapacityUnits?: number | undefined } | undefined;
}

interface ReplicaUpdate {
  readonly Create?: ReplicaInput | undefined;
  readonly Update?: ReplicaInput | undefined;
  readonly Delete?: { readonly RegionName: string } | undefined;
}

const replicaOf = (input: ReplicaInput, status: Replica['status']): Replica => ({
  region: input.RegionName,
  status,
  ...(input.TableClassOverride !== undefined && { tableClass: input.TableClassOverride }),
  ...(input.ProvisionedThroughputOverride?.ReadCapacityUnits !== undefined && {
    read: input.ProvisionedThroughputOverride.ReadCapacityUnits,
  }),
});

/** Streams are how changes travel in AWS: a table with replicas has one, of both images. */
function withStream(context: DynamoContext, table: TableRow): TableRow {
  if (table.streamView === 'NEW_AND_OLD_IMAGES') return table;
  if (table.streamView !== undefined) {
    throw errors.validation(
      `Table must have a stream of NEW_AND_OLD_IMAGES to be replicated: TableName: ${table.name}`,
    );
  }
  return { ...table, ...openStream(context, table, 'NEW_AND_OLD_IMAGES') };
}

function createReplica(context: DynamoContext, table: TableRow, input: ReplicaInput, after: (() => void)[]): TableRow {
  const region = input.RegionName;
  if (findRegion(region) === undefined || region === context.region)
    throw errors.validation(`Cannot add replica in region: ${region}`);
  if (table.replicas.some((replica) => replica.region === region)) {
    throw errors.validation(
      `Failed to create a the new replica of table with name: '${table.name}' because one or more replicas already existed as tables.`,
    );
  }
  const there = context.elsewhere(context.account, region);
  if (there.state.tables.has(table.name)) {
    throw errors.validation(
      `Failed to create a the new replica of table with name: '${table.name}' because one or more replicas already existed as tables.`,
    );
  }
  const source = withStream(context, table);
  after.push(() =>
    context.jobs.at(later(context.clock.now(), replicaSeconds), 'settleReplica', { table: table.name, region }),
  );
  return {
    ...source,
    globalVersion: currentVersion,
    replicas: [...source.replicas, replicaOf(input, 'CREATING')],
  };
}

/** Changes the replicas of a table as `ReplicaUpdates` asks. */
export function changeReplicas(
  context: DynamoContext,
  table: TableRow,
  updates: readonly ReplicaUpdate[],
  after: (() => void)[],
): TableRow {
  return updates.reduce((changing, { Create, Update, Delete }) => {
    if (Create !== undefined) return createReplica(context, changing, Create, after);
    const name = (Update ?? Delete)?.RegionName;
    const known = changing.replicas.find(({ region }) => region === name);
    if (known === undefined)
      throw errors.validation(`Failed to find replica of table with name: '${table.name}' in region: ${name}`);
    const next: Replica =
      Update === undefined ? { ...known, status: 'DELETING' } : { ...known, ...replicaOf(Update, 'UPDATING') };
    const at = later(context.clock.now(), replicaSeconds);
    after.push(() => context.jobs.at(at, 'settleReplica', { table: table.name, region: next.region }));
    return { ...changing, replicas: changing.replicas.map((each) => (each === known ? next : each)) };
  }, table);
}

/** The copy of a table that a new replica starts with. */
function copyTable(context: DynamoContext, there: DynamoContext, table: TableRow): void {
  const others = table.replicas.filter(({ region, status }) => region !== there.region && status !== 'DELETING');
  const home: Replica = { region: context.region, status: 'ACTIVE' };
  const { streamLabel: _label, streamView: _view, recovery: _recovery, timeToLive: _ttl, ...settings } = table;
  const { policy: _policy, streamPolicy: _streamPolicy, restore: _restore, ...shared } = settings;
  const copy: TableRow = {
    ...shared,
    id: there.ids.uuid(),
    space: newSpace(there),
    status: 'ACTIVE',
    createdAt: there.clock.now(),
    indexes: table.indexes.map((index) => ({ ...index, space: newSpace(there) })),
    deletionProtection: false,
    replicas: [home, ...others],
    tags: {},
  };
  const full: TableRow = { ...copy, ...openStream(there, copy, 'NEW_AND_OLD_IMAGES') };
  addTable(there, full);
  for (const row of context.state.items.each({ prefix: table.space })) {
    const key = copy.space + row.key.slice(table.space.length);
    applyChange(there, copy, { key, before: undefined, after: row.item }, undefined, { by: 'replica' });
  }
}

function removeReplica(context: DynamoContext, table: TableRow, region: string): void {
  const replicas = table.replicas.filter((replica) => replica.region !== region);
  const left: TableRow = { ...table, replicas };
  if (replicas.length === 0) {
    const { globalVersion: _none, ...alone } = left;
    context.state.tables.put(alone);
  } else context.state.tables.put(left);
  tellOthers(context, table, region, true);
  const there = context.elsewhere(context.account, region);
  const copy = there.state.tables.find(table.name);
  if (copy === undefined) return;
  there.state.tables.put({ ...copy, replicas: [], status: 'DELETING' });
  there.jobs.at(there.clock.now(), 'dropTable', { table: copy.name, id: copy.id });
}

/** Job: a replica is ready, changed, or gone. */
export function settleReplica(data: { table: string; region: string }, context: DynamoContext): void {
  const table = context.state.tables.find(data.table);
  const replica = table?.replicas.find(({ region }) => region === data.region);
  if (table === undefined || replica === undefined) return;
  if (replica.status === 'DELETING') {
    removeReplica(context, table, data.region);
    return;
  }
  const there = context.elsewhere(context.account, data.region);
  if (replica.status === 'CREATING' && !there.state.tables.has(table.name)) {
    copyTable(context, there, table);
    tellOthers(context, table, data.region, false);
  }
  const ready: Replica = { ...replica, status: 'ACTIVE' };
  const replicas = table.replicas.map((each) => (each === replica ? ready : each));
  context.state.tables.put({ ...table, replicas });
}

/** Job: a change of one Region arrives in another. */
export function replicateItem(
  data: { table: string; region: string; key: string; item: Item | null },
  context: DynamoContext,
): void {
  const there = context.elsewhere(context.account, data.region);
  const table = there.state.tables.find(data.table);
  if (table === undefined || table.status === 'DELETING') return;
  const key = table.space + data.key;
  const before = there.state.items.find(key);
  applyChange(there, table, { key, before, after: data.item ?? undefined }, undefined, { by: 'replica' });
}
