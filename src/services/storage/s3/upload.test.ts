import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { describe, expect, test } from 'vitest';
import { checksumOf } from '../../../kernel/checksum.ts';
import { mebibyte } from '../../../kernel/units.ts';
import { refusal, textOf, withBucket } from './testing.ts';

const Key = 'k';

const begin = async (s3: S3Client, Bucket: string, more: Partial<CreateMultipartUploadCommandInput> = {}) =>
  (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId ?? '';

const complete = (s3: S3Client, Bucket: string, UploadId: string, Parts: CompletedPart[], more: object = {}) =>
  s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }));

describe('multipart uploads', () => {
  test('parts make one object, read whole, by part and by range', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const UploadId = await begin(s3, Bucket, { Metadata: { a: '1' }, ContentType: 'a/b' });
    const bodies = [Buffer.alloc(5 * mebibyte, 'one '), Buffer.from('the end')];
    const Parts: CompletedPart[] = [];
    for (const [at, Body] of bodies.entries()) {
      const PartNumber = at * 5 + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag });
    }
    const listed = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }));
    expect(listed.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 5 * mebibyte],
      [6, 7],
    ]);
    const done = await complete(s3, Bucket, UploadId, Parts);
    const whole = Buffer.concat(bodies);
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect(done).toMatchObject({ ChecksumCRC64NVME: checksumOf('CRC64NVME', whole), ChecksumType: 'FULL_OBJECT' });
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({
      ContentLength: whole.length,
      Metadata: { a: '1' },
      ContentType: 'a/b',
    });
    const second = await s3.send(new GetObjectCommand({ Bucket, Key, PartNumber: 2 }));
    expect(await textOf(second)).toBe('the end');
    expect(second).toMatchObject({
      PartsCount: 2,
      ContentRange: `bytes ${5 * mebibyte}-${whole.length - 1}/${whole.length}`,
    });
    expect(await refusal(s3.send(new GetObjectCommand({ Bucket, Key, PartNumber: 3 })))).toMatchObject({
      code: 'InvalidPartNumber',
      status: 416,
    });
    expect(await refusal(s3.send(new ListPartsCommand({ Bucket, Key, UploadId })))).toMatchObject({
      code: 'NoSuchUpload',
    });
  });

  test('limits: order, presence and size of parts', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const UploadId = await begin(s3, Bucket);
    const etags: string[] = [];
    for (const PartNumber of [1, 2]) {
      const { ETag = '' } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: 'small' }));
      etags.push(ETag);
    }
    const [one, two] = [
      { PartNumber: 1, ETag: etags[0] },
      { PartNumber: 2, ETag: etags[1] },
    ];
    expect(await refusal(complete(s3, Bucket, UploadId, [two, one]))).toMatchObject({ code: 'InvalidPartOrder' });
    expect(await refusal(complete(s3, Bucket, UploadId, [{ PartNumber: 3, ETag: etags[0] }]))).toMatchObject({
      code: 'InvalidPart',
      PartNumber: '3',
    });
    expect(await refusal(complete(s3, Bucket, UploadId, [one, two]))).toMatchObject({
      code: 'EntityTooSmall',
      ProposedSize: '5',
      MinSizeAllowed: '5242880',
    });
    expect(await refusal(complete(s3, Bucket, UploadId, []))).toMatchObject({ code: 'MalformedXML' });
    for (const PartNumber of [0, 10_001])
      expect(
        await refusal(s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: 'x' }))),
      ).toMatchObject({
        code: 'InvalidArgument',
        message: 'Part number must be an integer between 1 and 10000, inclusive',
      });
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    expect(await refusal(complete(s3, Bucket, UploadId, [one]))).toMatchObject({ code: 'NoSuchUpload', status: 404 });
  });

  test('checksums: COMPOSITE and FULL_OBJECT', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const composite = await begin(s3, Bucket, { ChecksumAlgorithm: 'SHA256' });
    const part = await s3.send(
      new UploadPartCommand({
        Bucket,
        Key,
        UploadId: composite,
        PartNumber: 1,
        Body: 'x',
        ChecksumAlgorithm: 'SHA256',
      }),
    );
    const { ETag, ChecksumSHA256 } = part;
    expect(await refusal(complete(s3, Bucket, composite, [{ PartNumber: 1, ETag }]))).toMatchObject({
      code: 'InvalidRequest',
      message:
        'The upload was created using a sha256 checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.',
    });
    const done = await complete(s3, Bucket, composite, [{ PartNumber: 1, ETag, ChecksumSHA256 }]);
    expect(done.ChecksumSHA256).toBe(`${checksumOf('SHA256', Buffer.from(ChecksumSHA256 ?? '', 'base64'))}-1`);
    const attributes = await s3.send(
      new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ObjectParts', 'Checksum'] }),
    );
    expect(attributes.ObjectParts).toMatchObject({
      TotalPartsCount: 1,
      Parts: [{ PartNumber: 1, Size: 1, ChecksumSHA256 }],
    });
    expect(await refusal(begin(s3, Bucket, { ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' }))).toMatchObject({
      code: 'InvalidRequest',
    });
    const whole = await begin(s3, Bucket, { ChecksumAlgorithm: 'CRC32C', ChecksumType: 'FULL_OBJECT' });
    const only = await s3.send(
      new UploadPartCommand({ Bucket, Key, UploadId: whole, PartNumber: 1, Body: 'xyz', ChecksumAlgorithm: 'CRC32C' }),
    );
    const wrong = { ChecksumCRC32C: 'AAAAAA==', ChecksumType: 'FULL_OBJECT' };
    expect(await refusal(complete(s3, Bucket, whole, [{ PartNumber: 1, ETag: only.ETag }], wrong))).toMatchObject({
      code: 'BadDigest',
    });
    const full = await complete(s3, Bucket, whole, [{ PartNumber: 1, ETag: only.ETag }]);
    expect(full).toMatchObject({
      ChecksumCRC32C: checksumOf('CRC32C', Buffer.from('xyz')),
      ChecksumType: 'FULL_OBJECT',
    });
  });

  test('CompleteMultipartUpload: conditions, and the conflict of what changed meanwhile (recorded)', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const started = async () => {
      const UploadId = await begin(s3, Bucket);
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' }));
      return { UploadId, parts: [{ PartNumber: 1, ETag }] };
    };
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'test' }));
    const first = await started();
    const ifNone = { IfNoneMatch: '*' };
    expect(await refusal(complete(s3, Bucket, first.UploadId, first.parts, ifNone))).toMatchObject({ status: 412 });
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await refusal(complete(s3, Bucket, first.UploadId, first.parts, ifNone))).toMatchObject({
      code: 'ConditionalRequestConflict',
      status: 409,
      Condition: 'If-None-Match',
      Key,
    });
    const second = await started();
    await complete(s3, Bucket, second.UploadId, second.parts, ifNone);
    const third = await started();
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'other' }));
    expect(await refusal(complete(s3, Bucket, third.UploadId, third.parts, { IfMatch: ETag }))).toMatchObject({
      code: 'ConditionalRequestConflict',
      Condition: 'If-Match',
    });
    const fourth = await started();
    await complete(s3, Bucket, fourth.UploadId, fourth.parts, { IfMatch: ETag });
  });

  test('UploadPartCopy: ranges as AWS takes and refuses them (recorded)', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    await s3.send(new PutObjectCommand({ Bucket, Key: 'src', Body: '0123456789' }));
    const UploadId = await begin(s3, Bucket);
    const copy = (CopySourceRange?: string) =>
      s3.send(
        new UploadPartCopyCommand({
          Bucket,
          Key,
          UploadId,
          PartNumber: 1,
          CopySource: `${Bucket}/src`,
          CopySourceRange,
        }),
      );
    expect((await copy('bytes=0-8')).CopyPartResult?.ETag).toBe('"22975d8a5ed1b91445f6c55ac121505b"');
    expect((await copy()).CopyPartResult?.ETag).toBe('"781e5e245d69b566979b86e28d23f2c7"');
    for (const range of ['0-8', 'bytes=1-0', 'bytes=-1-', 'bytes=0-1,3-4', 'bytes=-', 'bytes=1-', 'bytes=-2'])
      expect(await refusal(copy(range))).toMatchObject({
        code: 'InvalidArgument',
        ArgumentName: 'x-amz-copy-source-range',
        ArgumentValue: range,
      });
    expect(await refusal(copy('bytes=0-100'))).toMatchObject({
      message: 'Range specified is not valid for source object of size: 10',
    });
    expect(await refusal(copy('bytes=100-200'))).toMatchObject({
      code: 'InvalidRequest',
      message: 'The specified copy range is invalid for the source object size',
    });
  });

  test('SSE-C: parts encrypted one by one read as one', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const sse = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'k'.repeat(32) };
    const bodies = [Buffer.alloc(5 * mebibyte + 3, 'one '), Buffer.from('the end')];
    const UploadId = await begin(s3, Bucket, sse);
    const Parts: CompletedPart[] = [];
    for (const [at, Body] of bodies.entries()) {
      const PartNumber = at + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...sse }));
      Parts.push({ PartNumber, ETag });
    }
    await complete(s3, Bucket, UploadId, Parts);
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, ...sse }));
    const bytes = Buffer.from((await got.Body?.transformToByteArray()) ?? []);
    expect(bytes.equals(Buffer.concat(bodies))).toBe(true);
    const across = await s3.send(
      new GetObjectCommand({ Bucket, Key, Range: `bytes=${5 * mebibyte}-${5 * mebibyte + 6}`, ...sse }),
    );
    expect(await textOf(across)).toBe('onethe ');
  });

  test('lib-storage uploads a stream in parts', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const Body = Buffer.alloc(11 * mebibyte, 'stream ');
    await new Upload({ client: s3, params: { Bucket, Key, Body } }).done();
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(head.ContentLength).toBe(Body.length);
    expect(head.ETag).toMatch(/-3"$/);
  });
});
