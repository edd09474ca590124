import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { createTable, type Fixture, startFixture } from './fixture.ts';

const inRegion = ({ cloud }: Fixture, region: string) => cloud.client(DynamoDB, { region });
const Key = { pk: { S: 'a' }, sk: { S: 's' } };
const stream = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' as const } };

async function createLegacy(t: Fixture, region: string): Promise<DynamoDB> {
  const db = inRegion(t, region);
  await createTable({ ...t, dynamodb: db as never, [Symbol.asyncDispose]: t[Symbol.asyncDispose] }, 'table', stream);
  return db;
}

test('UpdateTable: a replica starts with the items, and each Region takes writes for all', async () => {
  await using t = await startFixture();
  const here = inRegion(t, 'us-east-1');
  const there = inRegion(t, 'eu-west-1');
  await createTable(t, 'table', stream);
  await here.putItem({ TableName: 'table', Item: { ...Key, v: { N: '1' } } });
  await here.updateTable({ TableName: 'table', ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }] });
  const { Table } = await here.describeTable({ TableName: 'table' });
  expect(Table?.Replicas).toMatchObject([{ RegionName: 'eu-west-1', ReplicaStatus: 'CREATING' }]);
  await t.cloud.clock.advance(10);
  expect((await here.describeTable({ TableName: 'table' })).Table).toMatchObject({
    GlobalTableVersion: '2019.11.21',
    Replicas: [{ RegionName: 'eu-west-1', ReplicaStatus: 'ACTIVE' }],
  });
  const get = async (db: DynamoDB) => (await db.getItem({ TableName: 'table', Key })).Item?.['v']?.N;
  expect(await get(there)).toBe('1');
  await there.putItem({ TableName: 'table', Item: { ...Key, v: { N: '2' } } });
  await t.cloud.clock.advance(2);
  expect(await get(here)).toBe('2');
  await here.deleteItem({ TableName: 'table', Key });
  await t.cloud.clock.advance(2);
  expect(await get(there)).toBeUndefined();
  await here.updateTable({ TableName: 'table', ReplicaUpdates: [{ Delete: { RegionName: 'eu-west-1' } }] });
  await t.cloud.clock.advance(10);
  await expect(there.describeTable({ TableName: 'table' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  expect((await here.describeTable({ TableName: 'table' })).Table?.Replicas).toBeUndefined();
});

test('CreateGlobalTable: joins empty tables of two Regions; a table that leaves stays', async () => {
  await using t = await startFixture();
  const here = await createLegacy(t, 'us-east-1');
  const ReplicationGroup = [{ RegionName: 'us-east-1' }, { RegionName: 'eu-west-1' }];
  const create = () => here.createGlobalTable({ GlobalTableName: 'table', ReplicationGroup });
  await expect(create()).rejects.toMatchObject({ name: 'TableNotFoundException' });
  const there = await createLegacy(t, 'eu-west-1');
  expect((await create()).GlobalTableDescription).toMatchObject({
    GlobalTableStatus: 'CREATING',
    GlobalTableArn: 'arn:aws:dynamodb::000000000000:global-table/table',
  });
  await expect(create()).rejects.toMatchObject({ name: 'GlobalTableAlreadyExistsException' });
  await t.cloud.clock.advance(10);
  const { GlobalTableDescription } = await there.describeGlobalTable({ GlobalTableName: 'table' });
  expect(GlobalTableDescription).toMatchObject({
    GlobalTableStatus: 'ACTIVE',
    ReplicationGroup: [
      { RegionName: 'us-east-1', ReplicaStatus: 'ACTIVE' },
      { RegionName: 'eu-west-1', ReplicaStatus: 'ACTIVE' },
    ],
  });
  expect((await here.listGlobalTables({ RegionName: 'eu-west-1' })).GlobalTables).toMatchObject([
    { GlobalTableName: 'table' },
  ]);
  await here.putItem({ TableName: 'table', Item: Key });
  await t.cloud.clock.advance(2);
  expect((await there.getItem({ TableName: 'table', Key })).Item).toEqual(Key);
  const update = (ReplicaUpdates: Parameters<DynamoDB['updateGlobalTable']>[0]['ReplicaUpdates']) =>
    here.updateGlobalTable({ GlobalTableName: 'table', ReplicaUpdates });
  await expect(update([{ Create: { RegionName: 'eu-west-1' } }])).rejects.toMatchObject({
    name: 'ReplicaAlreadyExistsException',
  });
  await expect(update([{ Delete: { RegionName: 'eu-west-2' } }])).rejects.toMatchObject({
    name: 'ReplicaNotFoundException',
  });
  await update([{ Delete: { RegionName: 'eu-west-1' } }]);
  await t.cloud.clock.advance(10);
  await here.deleteItem({ TableName: 'table', Key });
  await t.cloud.clock.advance(2);
  expect((await there.getItem({ TableName: 'table', Key })).Item).toEqual(Key);
  await expect(here.describeGlobalTable({ GlobalTableName: 'none' })).rejects.toMatchObject({
    name: 'GlobalTableNotFoundException',
  });
});

test('UpdateTableReplicaAutoScaling: settings of a global table are told as they are set', async () => {
  await using t = await startFixture();
  const here = inRegion(t, 'us-east-1');
  await createTable(t, 'table', stream);
  const scale = () =>
    here.updateTableReplicaAutoScaling({
      TableName: 'table',
      ProvisionedWriteCapacityAutoScalingUpdate: {
        MinimumUnits: 5,
        MaximumUnits: 50,
        ScalingPolicyUpdate: { TargetTrackingScalingPolicyConfiguration: { TargetValue: 70 } },
      },
    });
  await expect(scale()).rejects.toMatchObject({ name: 'ValidationException' });
  await here.updateTable({ TableName: 'table', ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }] });
  await t.cloud.clock.advance(10);
  await scale();
  const { TableAutoScalingDescription } = await here.describeTableReplicaAutoScaling({ TableName: 'table' });
  const write = { MinimumUnits: 5, MaximumUnits: 50, AutoScalingDisabled: false };
  expect(TableAutoScalingDescription?.Replicas).toMatchObject([
    { RegionName: 'us-east-1', ReplicaProvisionedWriteCapacityAutoScalingSettings: write },
    { RegionName: 'eu-west-1', ReplicaProvisionedReadCapacityAutoScalingSettings: { AutoScalingDisabled: true } },
  ]);
});

test('DeleteTable: the other Regions forget a replica that is deleted', async () => {
  await using t = await startFixture();
  const here = inRegion(t, 'us-east-1');
  const there = inRegion(t, 'eu-west-1');
  await createTable(t, 'table', stream);
  await here.updateTable({ TableName: 'table', ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }] });
  await t.cloud.clock.advance(10);
  await there.deleteTable({ TableName: 'table' });
  await t.cloud.clock.advance(5);
  const { Table } = await here.describeTable({ TableName: 'table' });
  expect(Table?.Replicas).toBeUndefined();
  expect(Table?.GlobalTableVersion).toBeUndefined();
});

test('UpdateTable: what is not built is refused, and changes nothing', async () => {
  await using t = await startFixture();
  const here = inRegion(t, 'us-east-1');
  await createTable(t);
  await expect(here.updateTable({ TableName: 'table', MultiRegionConsistency: 'STRONG' })).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'MultiRegionConsistency STRONG is not supported here',
  });
  expect((await here.describeTable({ TableName: 'table' })).Table?.TableStatus).toBe('ACTIVE');
});
