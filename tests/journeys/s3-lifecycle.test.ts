// An object's life by the clock: it sinks through the storage classes, is restored on the way, and goes.
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { startCloud } from '../../src/embed/index.ts';

const hour = 3_600;
const day = 24 * hour;

test('A report of January sinks to the deep archive, is read once more, and is gone after a year (DRL-16, S3-16, S3-17, S3-20, S3-21)', async () => {
  await using cloud = await startCloud({
    seed: 1,
    clock: { kind: 'frozen' },
    startAt: new Date('2026-01-01T10:00:00Z'),
  });
  const s3 = cloud.client(S3Client);
  const Bucket = 'reports';
  const Key = '2026/01/report.csv';
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: {
        Rules: [
          {
            ID: 'sink',
            Status: 'Enabled',
            Filter: { And: { Prefix: '2026/', ObjectSizeGreaterThan: 1 } },
            Transitions: [
              { Days: 30, StorageClass: 'STANDARD_IA' },
              { Days: 90, StorageClass: 'GLACIER' },
              { Days: 180, StorageClass: 'DEEP_ARCHIVE' },
            ],
            Expiration: { Days: 365 },
          },
        ],
      },
    }),
  );
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'figures' }));

  const classNow = async () => (await s3.send(new HeadObjectCommand({ Bucket, Key }))).StorageClass ?? 'STANDARD';
  const read = async () => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
  const startMs = cloud.clock.now().getTime();
  const goToDay = (days: number) => cloud.clock.advance(days * day - (cloud.clock.now().getTime() - startMs) / 1000);

  await goToDay(29);
  expect(await classNow()).toBe('STANDARD');
  // Rules act at midnight UTC after the age is reached.
  await goToDay(31);
  expect(await classNow()).toBe('STANDARD_IA');
  expect(await read()).toBe('figures');
  await goToDay(91);
  expect(await classNow()).toBe('GLACIER');
  await expect(read()).rejects.toMatchObject({ name: 'InvalidObjectState', StorageClass: 'GLACIER' });

  const restore = (Tier: 'Standard' | 'Bulk') =>
    s3.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest: { Days: 2, GlacierJobParameters: { Tier } } }));
  expect((await restore('Standard')).$metadata.httpStatusCode).toBe(202);
  await expect(restore('Standard')).rejects.toMatchObject({ name: 'RestoreAlreadyInProgress' });
  expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).Restore).toBe('ongoing-request="true"');
  await cloud.clock.advance(5 * hour);
  expect(await read()).toBe('figures');
  expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).Restore).toMatch(
    /^ongoing-request="false", expiry-date="/,
  );
  await goToDay(96);
  await expect(read()).rejects.toMatchObject({ name: 'InvalidObjectState' });

  await goToDay(181);
  expect(await classNow()).toBe('DEEP_ARCHIVE');
  await restore('Standard');
  await cloud.clock.advance(8 * hour);
  await expect(read()).rejects.toMatchObject({ name: 'InvalidObjectState' });
  await cloud.clock.advance(4 * hour);
  expect(await read()).toBe('figures');

  await goToDay(364);
  expect(await classNow()).toBe('DEEP_ARCHIVE');
  await goToDay(366);
  await expect(read()).rejects.toMatchObject({ name: 'NoSuchKey' });
});
