import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { bodyOf, emptyBody } from '../../../kernel/http.ts';
import { refusal, textOf, withBucket } from './testing.ts';

describe('buckets', () => {
  test('S3-04 CreateBucket: names are unique in all accounts, and follow the rules', async () => {
    await using bench = await withBucket();
    const { cloud, s3, Bucket } = bench;
    const other = cloud.client(S3Client, { credentials: { accessKeyId: '111122223333', secretAccessKey: 'x' } });
    expect(await refusal(other.send(new CreateBucketCommand({ Bucket })))).toMatchObject({
      code: 'BucketAlreadyExists',
      status: 409,
      BucketName: Bucket,
    });
    expect((await s3.send(new CreateBucketCommand({ Bucket }))).Location).toBe(`/${Bucket}`);
    const ireland = cloud.client(S3Client, { region: 'eu-west-1' });
    const made = await ireland.send(
      new CreateBucketCommand({ Bucket: 'irish', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
    );
    expect(made.Location).toBe('http://irish.s3.amazonaws.com/');
    expect(
      await refusal(
        ireland.send(
          new CreateBucketCommand({ Bucket: 'irish', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
        ),
      ),
    ).toMatchObject({ code: 'BucketAlreadyOwnedByYou' });
    expect(
      await refusal(
        ireland.send(
          new CreateBucketCommand({ Bucket: 'other', CreateBucketConfiguration: { LocationConstraint: 'us-west-2' } }),
        ),
      ),
    ).toMatchObject({
      code: 'IllegalLocationConstraintException',
    });
    for (const name of ['ab', 'Big', 'a..b', '192.168.5.4', 'x-', 'xn--a', 'q'.repeat(64)])
      expect(await refusal(s3.send(new CreateBucketCommand({ Bucket: name })))).toMatchObject({
        code: 'InvalidBucketName',
        status: 400,
      });
  });

  test('a request for another Region is told where the bucket is', async () => {
    await using bench = await withBucket();
    const { cloud, Bucket } = bench;
    const ireland = cloud.client(S3Client, { region: 'eu-west-1' });
    const refused = await refusal(ireland.send(new GetObjectCommand({ Bucket, Key: 'x' })));
    expect(refused).toMatchObject({ code: 'PermanentRedirect', status: 301 });
    await expect(ireland.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 301 },
    });
    const following = cloud.client(S3Client, { region: 'eu-west-1', followRegionRedirects: true });
    expect((await following.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe('us-east-1');
  });

  test('ListBuckets: pages, prefix and Region', async () => {
    await using bench = await withBucket();
    const { s3 } = bench;
    for (const Bucket of ['b-one', 'b-two', 'c-one']) await s3.send(new CreateBucketCommand({ Bucket }));
    const all = await s3.send(new ListBucketsCommand({}));
    expect(all.Buckets?.map(({ Name }) => Name)).toEqual(['a-bucket', 'b-one', 'b-two', 'c-one']);
    const first = await s3.send(new ListBucketsCommand({ Prefix: 'b-', MaxBuckets: 1 }));
    expect(first.Buckets).toMatchObject([{ Name: 'b-one', BucketRegion: 'us-east-1' }]);
    const { ContinuationToken } = first;
    const second = await s3.send(new ListBucketsCommand({ Prefix: 'b-', MaxBuckets: 1, ContinuationToken }));
    expect(second.Buckets?.map(({ Name }) => Name)).toEqual(['b-two']);
    expect(second.ContinuationToken).toBeUndefined();
  });
});

describe('objects', () => {
  test('S3-01 S3-08 PutObject, GetObject: bytes, key and metadata come back', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const put = await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'häuser/a b+c.txt',
        Body: 'test-delete',
        ContentType: 'text/plain',
        CacheControl: 'no-cache',
        Metadata: { Owner: 'ann' },
      }),
    );
    expect(put).toMatchObject({
      ETag: '"a9a43d6b467d3dc6514412c3a4987415"',
      ChecksumCRC32: '1jy6qw==',
      ChecksumType: 'FULL_OBJECT',
      ServerSideEncryption: 'AES256',
    });
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'häuser/a b+c.txt', ChecksumMode: 'ENABLED' }));
    expect(await textOf(got)).toBe('test-delete');
    expect(got).toMatchObject({
      AcceptRanges: 'bytes',
      ContentLength: 11,
      ContentType: 'text/plain',
      CacheControl: 'no-cache',
      ETag: '"a9a43d6b467d3dc6514412c3a4987415"',
      Metadata: { owner: 'ann' },
      ChecksumCRC32: '1jy6qw==',
      ServerSideEncryption: 'AES256',
    });
    expect(got.LastModified).toEqual(new Date('2026-01-01T10:00:00Z'));
    expect(got.ContentEncoding).toBeUndefined();
    const bare = await s3.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '' }));
    expect(bare.ETag).toBe('"d41d8cd98f00b204e9800998ecf8427e"');
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'empty' }))).ContentType).toBe(
      'application/octet-stream',
    );
  });

  test('GetObject: errors name what is missing', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    expect(await refusal(s3.send(new GetObjectCommand({ Bucket, Key: 'no' })))).toMatchObject({
      code: 'NoSuchKey',
      status: 404,
      message: 'The specified key does not exist.',
      Key: 'no',
    });
    expect(await refusal(s3.send(new GetObjectCommand({ Bucket: 'nowhere', Key: 'no' })))).toMatchObject({
      code: 'NoSuchBucket',
      message: 'The specified bucket does not exist',
      BucketName: 'nowhere',
    });
    expect(await refusal(s3.send(new HeadObjectCommand({ Bucket, Key: 'no' })))).toMatchObject({
      code: 'NotFound',
      status: 404,
    });
    expect(await refusal(s3.send(new PutObjectCommand({ Bucket, Key: 'k'.repeat(1_025), Body: '' })))).toMatchObject({
      code: 'KeyTooLongError',
    });
    const Metadata = { a: 'x'.repeat(2_048) };
    expect(await refusal(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '', Metadata })))).toMatchObject({
      code: 'MetadataTooLarge',
    });
  });

  test('GetObject: ranges as AWS answers them (recorded)', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    await s3.send(new PutObjectCommand({ Bucket, Key: 'r', Body: '0123456789' }));
    const read = async (Range: string) => {
      const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'r', Range }));
      return [await textOf(got), got.ContentRange, got.$metadata.httpStatusCode];
    };
    expect(await read('bytes=0-8')).toEqual(['012345678', 'bytes 0-8/10', 206]);
    expect(await read('bytes=1-1')).toEqual(['1', 'bytes 1-1/10', 206]);
    expect(await read('bytes=1-')).toEqual(['123456789', 'bytes 1-9/10', 206]);
    expect(await read('bytes=-2')).toEqual(['89', 'bytes 8-9/10', 206]);
    expect(await read('bytes=-15')).toEqual(['0123456789', 'bytes 0-9/10', 206]);
    expect(await read('bytes=0-100')).toEqual(['0123456789', 'bytes 0-9/10', 206]);
    for (const odd of ['bytes=1-0', 'bytes=-1-', 'bytes=0--1', 'bytes=0-1,3-4,7-9', '0-9', 'bytes=-'])
      expect(await read(odd)).toEqual(['0123456789', undefined, 200]);
    for (const Range of ['bytes=-0', 'bytes=100-200'])
      expect(await refusal(s3.send(new GetObjectCommand({ Bucket, Key: 'r', Range })))).toMatchObject({
        code: 'InvalidRange',
        status: 416,
        RangeRequested: Range,
        ActualObjectSize: '10',
      });
  });

  test('GetObject: conditions', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'c', Body: 'x' }));
    const past = new Date('2025-01-01T00:00:00Z');
    const get = (conditions: object) => s3.send(new GetObjectCommand({ Bucket, Key: 'c', ...conditions }));
    expect((await get({ IfMatch: ETag, IfUnmodifiedSince: past })).ContentLength).toBe(1);
    expect(await refusal(get({ IfNoneMatch: ETag }))).toMatchObject({ status: 304 });
    expect(await refusal(get({ IfModifiedSince: new Date('2026-01-01T10:00:00Z') }))).toMatchObject({ status: 304 });
    expect(await refusal(get({ IfMatch: '"other"' }))).toMatchObject({
      code: 'PreconditionFailed',
      status: 412,
      Condition: 'If-Match',
    });
    expect(await refusal(get({ IfUnmodifiedSince: past }))).toMatchObject({ Condition: 'If-Unmodified-Since' });
  });

  test('PutObject: checksums are verified, whichever the algorithm', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const) {
      const put = await s3.send(new PutObjectCommand({ Bucket, Key: 's', Body: 'abc', ChecksumAlgorithm }));
      const got = await s3.send(new HeadObjectCommand({ Bucket, Key: 's', ChecksumMode: 'ENABLED' }));
      const name = `Checksum${ChecksumAlgorithm}` as const;
      expect(put[name]).toBeTruthy();
      expect(got[name]).toBe(put[name]);
    }
    const wrong = new PutObjectCommand({ Bucket, Key: 'w', Body: 'abc', ChecksumSHA256: 'A'.repeat(43) + '=' });
    expect(await refusal(s3.send(wrong))).toMatchObject({ code: 'BadDigest', status: 400 });
    const malformed = new PutObjectCommand({ Bucket, Key: 'w', Body: 'abc', ChecksumSHA256: 'AAAA' });
    expect(await refusal(s3.send(malformed))).toMatchObject({
      code: 'InvalidRequest',
      message: 'Value for x-amz-checksum-sha256 header is invalid.',
    });
    const md5 = new PutObjectCommand({ Bucket, Key: 'w', Body: 'abc', ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' });
    expect(await refusal(s3.send(md5))).toMatchObject({ code: 'BadDigest' });
    expect(await refusal(s3.send(new HeadObjectCommand({ Bucket, Key: 'w' })))).toMatchObject({ status: 404 });
  });

  test('PutObject: conditional writes (recorded)', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const put = (more: object) => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'test', ...more }));
    const { ETag } = await put({ IfNoneMatch: '*' });
    expect(await refusal(put({ IfNoneMatch: '*' }))).toMatchObject({ code: 'PreconditionFailed', status: 412 });
    expect(await refusal(put({ IfNoneMatch: ETag }))).toMatchObject({
      code: 'NotImplemented',
      status: 501,
      Header: 'If-None-Match',
      additionalMessage: "We don't accept the provided value of If-None-Match header for this API",
    });
    expect(await refusal(put({ IfMatch: '"x"' }))).toMatchObject({ Condition: 'If-Match', status: 412 });
    await put({ IfMatch: ETag });
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    expect(await refusal(put({ IfMatch: ETag }))).toMatchObject({ code: 'NoSuchKey', status: 404, Key: 'k' });
    expect(await refusal(put({ IfMatch: ETag, IfNoneMatch: '*' }))).toMatchObject({
      Header: 'If-Match,If-None-Match',
      additionalMessage: 'Multiple conditional request headers present in the request',
    });
  });

  test('a large body streams through a file and comes back by ranges', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const Body = Buffer.alloc(3_000_000, 'abcdefg');
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'large', Body }));
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'large' }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Body)).toBe(true);
    const part = await s3.send(new GetObjectCommand({ Bucket, Key: 'large', Range: 'bytes=2000000-2000006' }));
    expect(await textOf(part)).toBe(Body.subarray(2_000_000, 2_000_007).toString());
    const copied = await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/large` }));
    expect(copied.CopyObjectResult?.ETag).toBe(put.ETag);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'large' }));
    expect((await s3.send(new GetObjectCommand({ Bucket, Key: 'copy' }))).ContentLength).toBe(3_000_000);
  });

  test('CopyObject: directives, conditions, and no copy onto itself', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const CopySource = `${Bucket}/s`;
    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 's',
        Body: 'data',
        ContentType: 'a/b',
        Metadata: { m: '1' },
        Tagging: 't=1',
      }),
    );
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'd', CopySource }));
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'd' }))).toMatchObject({
      ContentType: 'a/b',
      Metadata: { m: '1' },
      TagCount: 1,
    });
    await s3.send(
      new CopyObjectCommand({
        Bucket,
        Key: 'd',
        CopySource,
        MetadataDirective: 'REPLACE',
        Metadata: { n: '2' },
        TaggingDirective: 'REPLACE',
      }),
    );
    const replaced = await s3.send(new HeadObjectCommand({ Bucket, Key: 'd' }));
    expect(replaced.Metadata).toEqual({ n: '2' });
    expect(replaced.TagCount).toBeUndefined();
    expect(await refusal(s3.send(new CopyObjectCommand({ Bucket, Key: 's', CopySource })))).toMatchObject({
      code: 'InvalidRequest',
    });
    expect(
      await refusal(s3.send(new CopyObjectCommand({ Bucket, Key: 'e', CopySource, CopySourceIfMatch: '"x"' }))),
    ).toMatchObject({ code: 'PreconditionFailed', Condition: 'x-amz-copy-source-If-Match' });
  });

  test('GetObjectAttributes: ETag without quotes, checksum, size', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'test-delete' }));
    const got = await s3.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key: 'k',
        ObjectAttributes: ['ETag', 'Checksum', 'ObjectSize', 'StorageClass', 'ObjectParts'],
      }),
    );
    expect(got).toMatchObject({
      ETag: 'a9a43d6b467d3dc6514412c3a4987415',
      Checksum: { ChecksumCRC32: '1jy6qw==', ChecksumType: 'FULL_OBJECT' },
      ObjectSize: 11,
      StorageClass: 'STANDARD',
    });
    expect(got.ObjectParts).toBeUndefined();
  });

  test('S3-33 SSE-C: the key opens the object, nothing else does', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const sse = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'k'.repeat(32) };
    const Body = Buffer.alloc(100_000, 'secret ');
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'c', Body, ...sse }));
    expect(put).toMatchObject({ SSECustomerAlgorithm: 'AES256' });
    expect(put.ServerSideEncryption).toBeUndefined();
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'c', ...sse }));
    expect(await textOf(got)).toBe(Body.toString());
    const part = await s3.send(new GetObjectCommand({ Bucket, Key: 'c', Range: 'bytes=50003-50020', ...sse }));
    expect(await textOf(part)).toBe(Body.subarray(50_003, 50_021).toString());
    expect(await refusal(s3.send(new GetObjectCommand({ Bucket, Key: 'c' })))).toMatchObject({
      code: 'InvalidRequest',
      status: 400,
    });
    const wrong = { ...sse, SSECustomerKey: 'w'.repeat(32) };
    expect(await refusal(s3.send(new GetObjectCommand({ Bucket, Key: 'c', ...wrong })))).toMatchObject({
      code: 'AccessDenied',
    });
  });
});

describe('versions', () => {
  test('S3-23 DeleteObject: a marker covers, deleting the marker brings the object back (recorded)', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const Key = 'k';
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const put = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'test-delete' }));
    const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(marker).toMatchObject({ DeleteMarker: true });
    const gone = await refusal(s3.send(new GetObjectCommand({ Bucket, Key })));
    expect(gone).toMatchObject({ code: 'NoSuchKey', status: 404 });
    expect(await refusal(s3.send(new GetObjectCommand({ Bucket, Key, VersionId: marker.VersionId })))).toMatchObject({
      code: 'MethodNotAllowed',
      status: 405,
      Method: 'GET',
      ResourceType: 'DeleteMarker',
    });
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId: put.VersionId }));
    expect(await textOf(got)).toBe('test-delete');
    const undone = await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: marker.VersionId }));
    expect(undone).toMatchObject({ DeleteMarker: true, VersionId: marker.VersionId });
    expect((await s3.send(new GetObjectCommand({ Bucket, Key }))).VersionId).toBe(put.VersionId);
    await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: put.VersionId }));
    expect(await refusal(s3.send(new GetObjectCommand({ Bucket, Key, VersionId: put.VersionId })))).toMatchObject({
      code: 'NoSuchVersion',
      status: 404,
    });
    const VersionId = 'HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD';
    expect(await refusal(s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId })))).toMatchObject({
      code: 'InvalidArgument',
      message: 'Invalid version id specified',
      ArgumentName: 'versionId',
      ArgumentValue: VersionId,
    });
  });

  test('S3-24 a suspended bucket keeps old versions and writes the null version (recorded)', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const Key = 'k';
    const setVersioning = (Status: 'Enabled' | 'Suspended') =>
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'before' }));
    await setVersioning('Enabled');
    const one = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'one' }));
    await setVersioning('Suspended');
    const suspended = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'two' }));
    expect(suspended.VersionId).toBeUndefined();
    const versions = async () => {
      const listed = await s3.send(new ListObjectVersionsCommand({ Bucket }));
      return [...(listed.Versions ?? []), ...(listed.DeleteMarkers ?? [])].map((row) => [row.VersionId, row.IsLatest]);
    };
    expect(await versions()).toEqual([
      ['null', true],
      [one.VersionId, false],
    ]);
    expect((await s3.send(new GetObjectCommand({ Bucket, Key }))).VersionId).toBe('null');
    expect(await s3.send(new DeleteObjectCommand({ Bucket, Key }))).toMatchObject({
      DeleteMarker: true,
      VersionId: 'null',
    });
    expect(await versions()).toEqual([
      [one.VersionId, false],
      ['null', true],
    ]);
  });

  test('DeleteObjects: each key is answered for itself (recorded)', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    await s3.send(new PutObjectCommand({ Bucket, Key: 'test-delete', Body: 'x' }));
    const VersionId = 'HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD';
    const failed = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'test-delete', VersionId }] } }),
    );
    expect(failed.Errors).toEqual([
      { Code: 'NoSuchVersion', Key: 'test-delete', Message: 'The specified version does not exist.', VersionId },
    ]);
    const done = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a-wrong-key' }, { Key: 'test-delete' }] } }),
    );
    expect(done.Deleted).toEqual([{ Key: 'a-wrong-key' }, { Key: 'test-delete' }]);
    expect(await refusal(s3.send(new HeadObjectCommand({ Bucket, Key: 'test-delete' })))).toMatchObject({
      status: 404,
    });
  });
});

test('DeleteObjects: a list without a digest, and an empty one, are refused', async () => {
  await using bench = await withBucket();
  const { cloud, s3, Bucket } = bench;
  expect(await refusal(s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [] } })))).toMatchObject({
    code: 'MalformedXML',
    status: 400,
  });
  const answer = await cloud.inside.handle({
    method: 'POST',
    target: `/${Bucket}?delete`,
    headers: { host: 'localhost', authorization: 'AWS test:signature' },
    body: bodyOf(Buffer.from('<Delete><Object><Key>x</Key></Object></Delete>')),
    sourceIp: '127.0.0.1',
    secure: false,
  });
  expect(answer.status).toBe(400);
  expect(String(answer.body)).toContain('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
});

test.each(['tagging', 'versioning', 'website', 'notification', 'publicAccessBlock', 'metrics&id=a'])(
  'PutBucket…: a request for ?%s without a document is refused',
  async (subresource) => {
    await using bench = await withBucket();
    const { cloud, Bucket } = bench;
    const answer = await cloud.inside.handle({
      method: 'PUT',
      target: `/${Bucket}?${subresource}`,
      headers: { host: 'localhost', authorization: 'AWS test:signature' },
      body: emptyBody,
      sourceIp: '127.0.0.1',
      secure: false,
    });
    expect(answer.status).toBe(400);
    expect(String(answer.body)).toContain('<Code>MissingRequestBodyError</Code>');
  },
);
