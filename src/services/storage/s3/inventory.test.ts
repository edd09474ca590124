import { gunzipSync } from 'node:zlib';
import { S3, type InventoryFormat } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { startCloud } from '../../../embed/index.ts';
import { readParquet } from '../../../kernel/parquet.fixture.ts';

/** The report of a day on a bucket with two objects: its manifest, and the bytes of its file. */
async function reportIn(Format: InventoryFormat) {
  await using cloud = await startCloud({ strict: true, clock: { kind: 'frozen' }, startAt: new Date('2026-01-01') });
  const s3 = cloud.client(S3, {});
  for (const Bucket of ['source', 'reports']) await s3.createBucket({ Bucket });
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 's3.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: 'arn:aws:s3:::reports/*',
  };
  await s3.putBucketPolicy({
    Bucket: 'reports',
    Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
  });
  await s3.putObject({ Bucket: 'source', Key: 'a b', Body: 'hello' });
  await s3.putObject({ Bucket: 'source', Key: 'c', Body: '' });
  await s3.putBucketInventoryConfiguration({
    Bucket: 'source',
    Id: 'daily',
    InventoryConfiguration: {
      Id: 'daily',
      IsEnabled: true,
      IncludedObjectVersions: 'Current',
      Schedule: { Frequency: 'Daily' },
      OptionalFields: ['Size', 'LastModifiedDate', 'ETag', 'IsMultipartUploaded'],
      Destination: { S3BucketDestination: { Bucket: 'arn:aws:s3:::reports', Format } },
    },
  });
  await cloud.clock.advance(86_400);
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: 'reports' });
  const read = async (ending: string): Promise<Uint8Array> => {
    const Key = Contents.find(({ Key: key }) => key?.endsWith(ending))?.Key as string;
    return (await (await s3.getObject({ Bucket: 'reports', Key })).Body?.transformToByteArray()) as Uint8Array;
  };
  const manifest = JSON.parse(Buffer.from(await read('manifest.json')).toString()) as Record<string, unknown>;
  return { manifest, data: await read(Format === 'CSV' ? '.csv.gz' : '.parquet') };
}

const etag = '5d41402abc4b2a76b9719d911017c592';

test('PutBucketInventoryConfiguration: a report in lines, whose keys are URL-encoded', async () => {
  const { manifest, data } = await reportIn('CSV');
  expect(manifest).toMatchObject({
    fileFormat: 'CSV',
    fileSchema: 'Bucket, Key, Size, LastModifiedDate, ETag, IsMultipartUploaded',
  });
  const [first, ...others] = gunzipSync(data).toString().trimEnd().split('\n');
  expect(first).toBe(`"source","a+b","5","2026-01-01T00:00:00.000Z","${etag}","false"`);
  expect(others).toHaveLength(1);
});

test('PutBucketInventoryConfiguration: a report in Apache Parquet, whose columns have types', async () => {
  const { manifest, data } = await reportIn('Parquet');
  expect(manifest).toMatchObject({
    fileFormat: 'Parquet',
    fileSchema:
      'message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); optional int64 size; optional int64 last_modified_date (TIMESTAMP_MILLIS); optional binary e_tag (UTF8); optional boolean is_multipart_uploaded; }',
  });
  const rows = await readParquet(data);
  expect(rows[0]).toEqual({
    bucket: 'source',
    key: 'a b',
    size: 5,
    last_modified_date: Date.parse('2026-01-01'),
    e_tag: etag,
    is_multipart_uploaded: false,
  });
  expect(rows.map((row) => row['size'])).toEqual([5, 0]);
});
