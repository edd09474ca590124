import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { startCloud } from '../../../embed/index.ts';

const admits = (bucket: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'logging.s3.amazonaws.com' },
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
    ],
  });

async function logged(format?: object) {
  const cloud = await startCloud({ clock: { kind: 'frozen' }, startAt: new Date('2026-02-06T00:00:38Z'), seed: 'log' });
  const s3 = cloud.client(S3);
  for (const Bucket of ['garden', 'logs']) await s3.createBucket({ Bucket });
  await s3.putBucketPolicy({ Bucket: 'logs', Policy: admits('logs') });
  await s3.putBucketLogging({
    Bucket: 'garden',
    BucketLoggingStatus: {
      LoggingEnabled: { TargetBucket: 'logs', TargetPrefix: 'access/', TargetObjectKeyFormat: format },
    },
  });
  return { cloud, s3 };
}

test('Access log: requests to the bucket stand in an object of the target bucket, refused ones too', async () => {
  const { cloud, s3 } = await logged();
  await using _cloud = cloud;
  await s3.putObject({ Bucket: 'garden', Key: 'a b.txt', Body: 'hello' });
  await (await s3.getObject({ Bucket: 'garden', Key: 'a b.txt' })).Body?.transformToString();
  await expect(s3.getObject({ Bucket: 'garden', Key: 'none' })).rejects.toMatchObject({ name: 'NoSuchKey' });
  await s3.getBucketVersioning({ Bucket: 'garden' });
  expect((await s3.listObjectsV2({ Bucket: 'logs' })).KeyCount).toBe(0);
  await cloud.clock.advance(60);
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: 'logs' });
  expect(Contents.map(({ Key }) => Key)).toEqual([expect.stringMatching(/^access\/2026-02-06-00-01-38-[0-9A-F]{16}$/)]);
  const text = await (await s3.getObject({ Bucket: 'logs', Key: Contents[0]?.Key })).Body?.transformToString();
  const lines = (text ?? '').trimEnd().split('\n');
  const told = lines.map((line) =>
    /^\S+ (\S+) \[(.+?)\] \S+ \S+ \S+ (\S+) (\S+) ".+?" (\d+) (\S+) (\S+) /.exec(line)?.slice(1),
  );
  expect(told.shift()?.[2]).toBe('REST.PUT.LOGGING');
  expect(told).toEqual([
    ['garden', '06/Feb/2026:00:00:38 +0000', 'REST.PUT.OBJECT', 'a%20b.txt', '200', '-', '-'],
    ['garden', '06/Feb/2026:00:00:38 +0000', 'REST.GET.OBJECT', 'a%20b.txt', '200', '-', '5'],
    [
      'garden',
      '06/Feb/2026:00:00:38 +0000',
      'REST.GET.OBJECT',
      'none',
      '404',
      'NoSuchKey',
      expect.stringMatching(/^\d+$/),
    ],
    ['garden', '06/Feb/2026:00:00:38 +0000', 'REST.GET.VERSIONING', '-', '200', '-', expect.stringMatching(/^\d+$/)],
  ]);
});

test('Access log: a target that does not admit the log delivery gets nothing', async () => {
  const { cloud, s3 } = await logged();
  await using _cloud = cloud;
  await s3.deleteBucketPolicy({ Bucket: 'logs' });
  await s3.putObject({ Bucket: 'garden', Key: 'a', Body: 'hello' });
  await cloud.clock.advance(600);
  expect((await s3.listObjectsV2({ Bucket: 'logs' })).KeyCount).toBe(0);
});

test('Access log: partitioned keys have account, Region, bucket and day', async () => {
  const { cloud, s3 } = await logged({ PartitionedPrefix: { PartitionDateSource: 'EventTime' } });
  await using _cloud = cloud;
  await s3.putObject({ Bucket: 'garden', Key: 'a', Body: 'hello' });
  await cloud.clock.advance(60);
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: 'logs' });
  expect(Contents[0]?.Key).toMatch(
    /^access\/000000000000\/us-east-1\/garden\/2026\/02\/06\/2026-02-06-00-01-38-\w{16}$/,
  );
});
