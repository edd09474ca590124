import { gunzipSync, gzipSync } from 'node:zlib';
import { DynamoDB, type ImportTableCommandInput } from '@aws-sdk/client-dynamodb';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { createTable, type Fixture, startFixture } from './fixture.ts';

const TableArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/table';
const put = (db: DynamoDB, pk: string, v: string) =>
  db.putItem({
    TableName: 'table',
    Item: { pk: { S: pk }, sk: { S: 's' }, v: { S: v }, raw: { B: Buffer.from('x') } },
  });

async function startRecovered(t: Fixture): Promise<{ db: DynamoDB; s3: S3 }> {
  const db = t.cloud.client(DynamoDB);
  const s3 = t.cloud.client(S3);
  await createTable(t);
  await db.updateContinuousBackups({
    TableName: 'table',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  });
  await s3.createBucket({ Bucket: 'exports' });
  return { db, s3 };
}

const read = async (s3: S3, Key: string | undefined) =>
  Buffer.from((await (await s3.getObject({ Bucket: 'exports', Key })).Body?.transformToByteArray()) ?? []);
const keys = async (s3: S3) =>
  ((await s3.listObjectsV2({ Bucket: 'exports' })).Contents ?? []).map(({ Key }) => String(Key));
const linesOf = async (s3: S3, key: string | undefined) =>
  gunzipSync(await read(s3, key))
    .toString()
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('ExportTableToPointInTime: writes items, manifests and checksums to S3', async () => {
  await using t = await startFixture();
  const { db, s3 } = await startRecovered(t);
  await put(db, 'a', 'one');
  const exported = await db.exportTableToPointInTime({ TableArn, S3Bucket: 'exports', S3Prefix: 'daily' });
  expect(exported.ExportDescription).toMatchObject({
    ExportStatus: 'IN_PROGRESS',
    ExportType: 'FULL_EXPORT',
    ExportFormat: 'DYNAMODB_JSON',
    S3SseAlgorithm: 'AES256',
  });
  await t.cloud.clock.advance(1);
  await put(db, 'b', 'later');
  await t.cloud.clock.advance(10);
  const { ExportDescription } = await db.describeExport({ ExportArn: exported.ExportDescription?.ExportArn });
  expect(ExportDescription).toMatchObject({ ExportStatus: 'COMPLETED', ItemCount: 1 });
  expect(ExportDescription?.EndTime).toBeInstanceOf(Date);
  const id = ExportDescription?.ExportArn?.split('/').at(-1);
  expect(ExportDescription?.ExportManifest).toBe(`daily/AWSDynamoDB/${id}/manifest-summary.json`);
  const summary = JSON.parse((await read(s3, ExportDescription?.ExportManifest)).toString());
  expect(summary).toMatchObject({ version: '2020-06-30', itemCount: 1, s3Prefix: 'daily', exportType: 'FULL_EXPORT' });
  const manifest = JSON.parse((await read(s3, summary.manifestFilesS3Key)).toString());
  expect(manifest).toMatchObject({ itemCount: 1 });
  expect(await linesOf(s3, manifest.dataFileS3Key)).toEqual([
    { Item: { pk: { S: 'a' }, sk: { S: 's' }, v: { S: 'one' }, raw: { B: 'eA==' } } },
  ]);
  expect((await keys(s3)).length).toBe(6);
  expect((await db.listExports({ TableArn })).ExportSummaries).toMatchObject([{ ExportStatus: 'COMPLETED' }]);
});

test('ExportTableToPointInTime: an incremental export tells what changed in a span', async () => {
  await using t = await startFixture();
  const { db, s3 } = await startRecovered(t);
  await put(db, 'a', 'one');
  await put(db, 'b', 'stays');
  await t.cloud.clock.advance(60);
  const ExportFromTime = t.cloud.clock.now();
  await put(db, 'a', 'two');
  await put(db, 'a', 'three');
  await put(db, 'c', 'new');
  await t.cloud.clock.advance(1200);
  const started = await db.exportTableToPointInTime({
    TableArn,
    S3Bucket: 'exports',
    ExportType: 'INCREMENTAL_EXPORT',
    IncrementalExportSpecification: { ExportFromTime, ExportToTime: t.cloud.clock.now() },
  });
  await t.cloud.clock.advance(10);
  const { ExportDescription } = await db.describeExport({ ExportArn: started.ExportDescription?.ExportArn });
  expect(ExportDescription).toMatchObject({ ExportStatus: 'COMPLETED', ItemCount: 2 });
  const data = (await keys(s3)).find((key) => key.startsWith('AWSDynamoDB/data/'));
  const lines = await linesOf(s3, data);
  expect(lines).toContainEqual(
    expect.objectContaining({
      Keys: { pk: { S: 'a' }, sk: { S: 's' } },
      OldImage: expect.objectContaining({ v: { S: 'one' } }),
      NewImage: expect.objectContaining({ v: { S: 'three' } }),
    }),
  );
  expect(lines).toHaveLength(2);
});

test('ExportTableToPointInTime: needs recovery, a bucket, and keeps tokens apart', async () => {
  await using t = await startFixture();
  const { db } = await startRecovered(t);
  const input = { TableArn, S3Bucket: 'exports', ClientToken: 'token' };
  const first = await db.exportTableToPointInTime(input);
  const again = await db.exportTableToPointInTime(input);
  expect(again.ExportDescription?.ExportArn).toBe(first.ExportDescription?.ExportArn);
  await expect(db.exportTableToPointInTime({ ...input, S3Prefix: 'p' })).rejects.toMatchObject({
    name: 'ExportConflictException',
  });
  const lost = await db.exportTableToPointInTime({ TableArn, S3Bucket: 'no-such-bucket' });
  await t.cloud.clock.advance(10);
  const { ExportDescription } = await db.describeExport({ ExportArn: lost.ExportDescription?.ExportArn });
  expect(ExportDescription).toMatchObject({ ExportStatus: 'FAILED', FailureCode: 'S3NoSuchBucket' });
  const ExportTime = new Date('2020-01-01T00:00:00Z');
  await expect(db.exportTableToPointInTime({ TableArn, S3Bucket: 'exports', ExportTime })).rejects.toMatchObject({
    name: 'InvalidExportTimeException',
  });
  await createTable(t, 'plain');
  await expect(
    db.exportTableToPointInTime({ TableArn: TableArn.replace(/table$/, 'plain'), S3Bucket: 'exports' }),
  ).rejects.toMatchObject({ name: 'PointInTimeRecoveryUnavailableException' });
});

const parameters = (TableName: string): ImportTableCommandInput['TableCreationParameters'] => ({
  TableName,
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'n', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'n', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
});

test('ImportTable: reads DynamoDB JSON, compressed, and counts what does not fit', async () => {
  await using t = await startFixture();
  const db = t.cloud.client(DynamoDB);
  const s3 = t.cloud.client(S3);
  await s3.createBucket({ Bucket: 'source' });
  const good = { Item: { pk: { S: 'a' }, n: { N: '1' }, tags: { SS: ['x', 'y'] }, raw: { B: 'eA==' } } };
  const bad = { Item: { pk: { S: 'b' } } };
  const Body = gzipSync(`${JSON.stringify(good)}\n${JSON.stringify(bad)}\nnonsense\n`);
  await s3.putObject({ Bucket: 'source', Key: 'in/one.json.gz', Body });
  const started = await db.importTable({
    S3BucketSource: { S3Bucket: 'source', S3KeyPrefix: 'in/' },
    InputFormat: 'DYNAMODB_JSON',
    InputCompressionType: 'GZIP',
    TableCreationParameters: parameters('imported'),
  });
  expect(started.ImportTableDescription).toMatchObject({ ImportStatus: 'IN_PROGRESS' });
  expect((await db.describeTable({ TableName: 'imported' })).Table?.TableStatus).toBe('CREATING');
  await t.cloud.clock.advance(10);
  const { ImportTableDescription } = await db.describeImport({
    ImportArn: started.ImportTableDescription?.ImportArn,
  });
  expect(ImportTableDescription).toMatchObject({
    ImportStatus: 'COMPLETED',
    ImportedItemCount: 1,
    ProcessedItemCount: 3,
    ErrorCount: 2,
  });
  const { Items } = await db.scan({ TableName: 'imported' });
  expect(Items).toEqual([
    { pk: { S: 'a' }, n: { N: '1' }, tags: { SS: ['x', 'y'] }, raw: { B: new Uint8Array([0x78]) } },
  ]);
  expect((await db.listImports({})).ImportSummaryList).toMatchObject([{ ImportStatus: 'COMPLETED' }]);
  await expect(
    db.importTable({
      S3BucketSource: { S3Bucket: 'source' },
      InputFormat: 'DYNAMODB_JSON',
      TableCreationParameters: parameters('imported'),
    }),
  ).rejects.toMatchObject({ name: 'ResourceInUseException' });
});

test('ImportTable: reads CSV with a header, quotes and typed keys', async () => {
  await using t = await startFixture();
  const db = t.cloud.client(DynamoDB);
  const s3 = t.cloud.client(S3);
  await s3.createBucket({ Bucket: 'source' });
  await s3.putObject({ Bucket: 'source', Key: 'x.csv', Body: 'pk;n;note\r\na;1;"say ""hi""; twice"\r\nb;2;\r\n' });
  await db.importTable({
    S3BucketSource: { S3Bucket: 'source' },
    InputFormat: 'CSV',
    InputFormatOptions: { Csv: { Delimiter: ';' } },
    TableCreationParameters: parameters('imported'),
  });
  await t.cloud.clock.advance(10);
  const { Items = [] } = await db.scan({ TableName: 'imported' });
  expect(Items.toSorted((a, b) => Number(a['n']?.N) - Number(b['n']?.N))).toEqual([
    { pk: { S: 'a' }, n: { N: '1' }, note: { S: 'say "hi"; twice' } },
    { pk: { S: 'b' }, n: { N: '2' } },
  ]);
});
