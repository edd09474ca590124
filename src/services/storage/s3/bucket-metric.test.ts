import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { type Bench, withBucket } from './testing.ts';

async function valuesOf(
  { cloud }: Bench,
  MetricName: string,
  dimensions: Record<string, string>,
  { Period = 86_400, Stat = 'Average', from = '2026-01-01', to = '2026-01-10' } = {},
) {
  const { MetricDataResults } = await cloud.client(CloudWatch).getMetricData({
    StartTime: new Date(from),
    EndTime: new Date(to),
    ScanBy: 'TimestampAscending',
    MetricDataQueries: [
      {
        Id: 'm',
        MetricStat: {
          Metric: {
            Namespace: 'AWS/S3',
            MetricName,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          },
          Period,
          Stat,
        },
      },
    ],
  });
  const { Timestamps = [], Values = [] } = MetricDataResults?.[0] ?? {};
  return Timestamps.map((at, index) => [at.toISOString().slice(5, Period < 86_400 ? 16 : 10), Values[index]]);
}

test('AWS/S3: tells once a day how much is in a bucket, by storage type', async () => {
  await using bench = await withBucket();
  const { cloud, Bucket } = bench;
  const s3 = cloud.client(S3);
  await s3.putObject({ Bucket, Key: 'a', Body: '12345' });
  await s3.putObject({ Bucket, Key: 'cold', Body: '123', StorageClass: 'GLACIER' });
  await cloud.clock.advance(86_400);
  await s3.putObject({ Bucket, Key: 'b', Body: '1234567890' });
  expect(await valuesOf(bench, 'NumberOfObjects', { BucketName: Bucket, StorageType: 'AllStorageTypes' })).toEqual([
    ['01-01', 2],
  ]);
  await cloud.clock.advance(2 * 86_400);
  expect(await valuesOf(bench, 'BucketSizeBytes', { BucketName: Bucket, StorageType: 'StandardStorage' })).toEqual([
    ['01-01', 5],
    ['01-02', 15],
    ['01-03', 15],
  ]);
  expect(await valuesOf(bench, 'BucketSizeBytes', { BucketName: Bucket, StorageType: 'GlacierStorage' })).toEqual([
    ['01-01', 3],
    ['01-02', 3],
    ['01-03', 3],
  ]);
  const { Metrics = [] } = await cloud.client(CloudWatch).listMetrics({ Namespace: 'AWS/S3' });
  expect(Metrics.map(({ MetricName, Dimensions }) => [MetricName, Dimensions?.[1]?.Value])).toEqual([
    ['BucketSizeBytes', 'GlacierStorage'],
    ['BucketSizeBytes', 'StandardStorage'],
    ['NumberOfObjects', 'AllStorageTypes'],
  ]);
});

test('AWS/S3: counts the requests that pass the filter of a metrics configuration', async () => {
  await using bench = await withBucket();
  const { cloud, Bucket } = bench;
  const s3 = cloud.client(S3);
  await s3.putObject({ Bucket, Key: 'logs/before', Body: '1' });
  for (const [Id, Filter] of [
    ['whole', undefined],
    ['logs', { Prefix: 'logs/' }],
  ] as const)
    await s3.putBucketMetricsConfiguration({ Bucket, Id, MetricsConfiguration: { Id, ...(Filter && { Filter }) } });
  await cloud.clock.advance(60);
  await s3.putObject({ Bucket, Key: 'logs/a', Body: '12345' });
  await s3.putObject({ Bucket, Key: 'b', Body: '1' });
  await s3.getObject({ Bucket, Key: 'logs/a' });
  await s3.getObject({ Bucket, Key: 'logs/none' }).catch(() => {});
  await s3.listObjectsV2({ Bucket });
  await cloud.clock.advance(60);
  const of = (MetricName: string, FilterId: string, Stat = 'Sum') =>
    valuesOf(
      bench,
      MetricName,
      { BucketName: Bucket, FilterId },
      { Period: 60, Stat, from: '2026-01-01T10:01:00Z', to: '2026-01-01T10:02:00Z' },
    );
  const at = '01-01T10:01';
  expect(await of('AllRequests', 'whole')).toEqual([[at, 5]]);
  expect(await of('AllRequests', 'logs')).toEqual([[at, 3]]);
  expect(await of('PutRequests', 'whole')).toEqual([[at, 2]]);
  expect(await of('ListRequests', 'whole')).toEqual([[at, 1]]);
  expect(await of('BytesUploaded', 'logs')).toEqual([[at, 5]]);
  expect(await of('BytesDownloaded', 'logs', 'Minimum')).toEqual([[at, 5]]);
  expect(await of('4xxErrors', 'logs', 'Average')).toEqual([[at, expect.closeTo(1 / 3)]]);
});
