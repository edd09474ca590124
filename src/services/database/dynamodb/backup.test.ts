import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { createTable, type Fixture, index, startFixture, text } from './fixture.ts';

const clientOf = ({ cloud }: Fixture) => cloud.client(DynamoDB);
const put = (db: DynamoDB, pk: string, v: number, TableName = 'table') =>
  db.putItem({ TableName, Item: { pk: { S: pk }, sk: { S: 's' }, v: { N: String(v) } } });
const scan = async (db: DynamoDB, TableName: string) =>
  Object.fromEntries(((await db.scan({ TableName })).Items ?? []).map(({ pk, v }) => [pk?.S, Number(v?.N)]));

test('CreateBackup: CREATING, then AVAILABLE; it keeps the items as they were', async () => {
  await using t = await startFixture();
  const db = clientOf(t);
  const by = index('by-owner', 'owner');
  await createTable(t, 'table', { AttributeDefinitions: [text('owner')], GlobalSecondaryIndexes: [by] });
  await put(db, 'a', 1);
  const { BackupDetails } = await db.createBackup({ TableName: 'table', BackupName: 'nightly' });
  expect(BackupDetails).toMatchObject({ BackupName: 'nightly', BackupStatus: 'CREATING', BackupType: 'USER' });
  const BackupArn = BackupDetails?.BackupArn as string;
  expect(BackupArn).toMatch(/^arn:aws:dynamodb:us-east-1:000000000000:table\/table\/backup\/\d{14}-[0-9a-f]{8}$/);
  await expect(db.deleteBackup({ BackupArn })).rejects.toMatchObject({ name: 'BackupInUseException' });
  await t.cloud.clock.advance(2);
  await put(db, 'a', 2);
  await put(db, 'b', 2);
  const { BackupDescription } = await db.describeBackup({ BackupArn });
  expect(BackupDescription).toMatchObject({
    BackupDetails: { BackupStatus: 'AVAILABLE' },
    SourceTableDetails: { TableName: 'table', ItemCount: 1, BillingMode: 'PAY_PER_REQUEST' },
    SourceTableFeatureDetails: { GlobalSecondaryIndexes: [{ IndexName: 'by-owner' }] },
  });
  const { TableDescription } = await db.restoreTableFromBackup({ BackupArn, TargetTableName: 'copy' });
  expect(TableDescription).toMatchObject({
    TableStatus: 'CREATING',
    RestoreSummary: { SourceBackupArn: BackupArn, RestoreInProgress: true },
  });
  await t.cloud.clock.advance(10);
  expect(await scan(db, 'copy')).toEqual({ a: 1 });
  const { Table } = await db.describeTable({ TableName: 'copy' });
  expect(Table?.RestoreSummary?.RestoreInProgress).toBe(false);
  expect(Table?.GlobalSecondaryIndexes?.[0]?.IndexStatus).toBe('ACTIVE');
  await expect(db.restoreTableFromBackup({ BackupArn, TargetTableName: 'copy' })).rejects.toMatchObject({
    name: 'TableAlreadyExistsException',
  });
  const gone = await db.deleteBackup({ BackupArn });
  expect(gone.BackupDescription?.BackupDetails?.BackupStatus).toBe('DELETED');
  await expect(db.describeBackup({ BackupArn })).rejects.toMatchObject({ name: 'BackupNotFoundException' });
});

test('RestoreTableFromBackup: overrides choose billing and indexes', async () => {
  await using t = await startFixture();
  const db = clientOf(t);
  const by = index('by-owner', 'owner');
  await createTable(t, 'table', { AttributeDefinitions: [text('owner')], GlobalSecondaryIndexes: [by] });
  const { BackupDetails } = await db.createBackup({ TableName: 'table', BackupName: 'one' });
  await t.cloud.clock.advance(2);
  const restore = (GlobalSecondaryIndexOverride: (typeof by)[]) =>
    db.restoreTableFromBackup({
      BackupArn: BackupDetails?.BackupArn as string,
      TargetTableName: 'copy',
      BillingModeOverride: 'PROVISIONED',
      ProvisionedThroughputOverride: { ReadCapacityUnits: 4, WriteCapacityUnits: 3 },
      GlobalSecondaryIndexOverride,
    });
  await expect(restore([index('other', 'owner')])).rejects.toThrow('Index other does not exist');
  const { TableDescription } = await restore([]);
  expect(TableDescription).toMatchObject({ ProvisionedThroughput: { ReadCapacityUnits: 4, WriteCapacityUnits: 3 } });
  expect(TableDescription?.GlobalSecondaryIndexes).toBeUndefined();
  expect(TableDescription?.AttributeDefinitions).toHaveLength(2);
});

test('ListBackups: by table, type and time, page by page', async () => {
  await using t = await startFixture();
  const db = clientOf(t);
  await createTable(t, 'one');
  await createTable(t, 'two');
  for (const [TableName, BackupName] of [
    ['one', 'b-1'],
    ['one', 'b-2'],
    ['two', 'b-3'],
  ] as const) {
    await db.createBackup({ TableName, BackupName });
    await t.cloud.clock.advance(60);
  }
  const names = async (input: Parameters<DynamoDB['listBackups']>[0] = {}) =>
    ((await db.listBackups(input)).BackupSummaries ?? []).map(({ BackupName }) => BackupName);
  expect(await names()).toEqual(['b-1', 'b-2', 'b-3']);
  expect(await names({ TableName: 'one' })).toEqual(['b-1', 'b-2']);
  expect(await names({ BackupType: 'SYSTEM' })).toEqual([]);
  expect(await names({ TimeRangeLowerBound: new Date('2026-01-01T00:01:00Z') })).toEqual(['b-2', 'b-3']);
  const page = await db.listBackups({ Limit: 2 });
  expect(page.BackupSummaries).toHaveLength(2);
  expect(await names({ ExclusiveStartBackupArn: page.LastEvaluatedBackupArn })).toEqual(['b-3']);
  await expect(db.createBackup({ TableName: 'none', BackupName: 'b-4' })).rejects.toMatchObject({
    name: 'TableNotFoundException',
    message: 'Table not found: none',
  });
});

test('RestoreTableToPointInTime: any second of the window', async () => {
  await using t = await startFixture();
  const db = clientOf(t);
  await createTable(t);
  const restore = (TargetTableName: string, RestoreDateTime?: Date) =>
    db.restoreTableToPointInTime({
      SourceTableName: 'table',
      TargetTableName,
      ...(RestoreDateTime ? { RestoreDateTime } : { UseLatestRestorableTime: true }),
    });
  await put(db, 'a', 0);
  await expect(restore('early')).rejects.toMatchObject({ name: 'PointInTimeRecoveryUnavailableException' });
  const on = await db.updateContinuousBackups({
    TableName: 'table',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 3 },
  });
  const start = t.cloud.clock.now().getTime();
  expect(on.ContinuousBackupsDescription).toEqual({
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription: {
      PointInTimeRecoveryStatus: 'ENABLED',
      RecoveryPeriodInDays: 3,
      EarliestRestorableDateTime: new Date(start),
      LatestRestorableDateTime: new Date(start),
    },
  });
  for (let v = 1; v <= 10; v++) {
    await t.cloud.clock.advance(60);
    await put(db, 'a', v);
    if (v === 4) await put(db, 'b', v);
    if (v === 6) await db.deleteItem({ TableName: 'table', Key: { pk: { S: 'b' }, sk: { S: 's' } } });
  }
  await expect(restore('late', new Date(start + 9 * 60_000))).rejects.toMatchObject({
    name: 'InvalidRestoreTimeException',
  });
  await expect(restore('old', new Date(start - 1000))).rejects.toMatchObject({ name: 'InvalidRestoreTimeException' });
  await restore('at-0', new Date(start));
  await restore('at-4', new Date(start + 4 * 60_000 + 30_000));
  await restore('latest');
  await t.cloud.clock.advance(10);
  expect(await scan(db, 'at-0')).toEqual({ a: 0 });
  expect(await scan(db, 'at-4')).toEqual({ a: 4, b: 4 });
  expect(await scan(db, 'latest')).toEqual({ a: 5, b: 4 });
  expect(await scan(db, 'table')).toEqual({ a: 10 });
});

test('DeleteTable: a table with point-in-time recovery leaves a system backup for 35 days', async () => {
  await using t = await startFixture();
  const db = clientOf(t);
  await createTable(t);
  await put(db, 'a', 1);
  await db.updateContinuousBackups({
    TableName: 'table',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  });
  await db.deleteTable({ TableName: 'table' });
  await t.cloud.clock.advance(5);
  const { BackupSummaries } = await db.listBackups({ BackupType: 'SYSTEM' });
  expect(BackupSummaries).toMatchObject([{ BackupName: 'table$DeletedTableBackup', BackupType: 'SYSTEM' }]);
  const BackupArn = BackupSummaries?.[0]?.BackupArn as string;
  await db.restoreTableFromBackup({ BackupArn, TargetTableName: 'table' });
  await t.cloud.clock.advance(10);
  expect(await scan(db, 'table')).toEqual({ a: 1 });
  await t.cloud.clock.advance(35 * 86_400);
  expect((await db.listBackups({ BackupType: 'ALL' })).BackupSummaries).toEqual([]);
});
