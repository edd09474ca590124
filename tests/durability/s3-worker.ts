import { createHash } from 'node:crypto';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { answered, type Chance, Ledger, type Worker } from './ledger.ts';

const Bucket = 'bodies';
const partBytes = 5 * 2 ** 20;
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** Objects in rows and in files, multipart uploads, and groups that are deleted at once. A value is a digest of the body. */
export function makeS3Worker(client: S3Client, chance: Chance, name: string): Worker {
  const objects = new Ledger<string>();
  const groups = new Ledger<string>();
  const keysOf = (group: string): string[] => Array.from({ length: 4 }, (_, at) => `${name}/${group}/${at}`);
  const bodyOf = (sizeBytes: number): Buffer => Buffer.alloc(sizeBytes, `${chance(1_000_000)} `);

  const put = async (): Promise<void> => {
    const Key = `${name}/${chance(12)}`;
    if (chance(4) === 0) {
      await objects.change(Key, undefined, () => client.send(new DeleteObjectCommand({ Bucket, Key })));
      return;
    }
    const Body = bodyOf(chance(2) === 0 ? 100 + chance(2_000) : 40_000 + chance(200_000));
    await objects.change(Key, digestOf(Body), () => client.send(new PutObjectCommand({ Bucket, Key, Body })));
  };

  const upload = async (): Promise<void> => {
    const Key = `${name}/multipart-${chance(3)}`;
    const { UploadId } = await answered(client.send(new CreateMultipartUploadCommand({ Bucket, Key })));
    const parts = [bodyOf(partBytes), bodyOf(50_000)];
    const Parts: CompletedPart[] = [];
    for (const [at, Body] of parts.entries()) {
      const PartNumber = at + 1;
      const { ETag } = await answered(client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body })));
      Parts.push({ PartNumber, ETag });
    }
    await objects.change(Key, digestOf(Buffer.concat(parts)), () =>
      client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } })),
    );
  };

  /** A group is written one by one, then deleted at once: only that is one change. */
  const removeGroup = async (): Promise<void> => {
    const group = `group${chance(1_000_000)}`;
    const Body = bodyOf(33_000);
    for (const Key of keysOf(group)) await answered(client.send(new PutObjectCommand({ Bucket, Key, Body })));
    await groups.change(group, digestOf(Body), () => Promise.resolve());
    const Objects = keysOf(group).map((Key) => ({ Key }));
    await groups.change(group, undefined, () => client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } })));
  };

  const digestAt = async (Key: string): Promise<string | undefined> => {
    try {
      const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket, Key }));
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      if (bytes.byteLength !== ContentLength) throw new Error(`${Key} is cut`);
      return digestOf(bytes);
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  };

  return {
    name,
    prepare: async () => {
      await client.send(new CreateBucketCommand({ Bucket }));
    },
    work: async () => {
      const kind = chance(20);
      await (kind === 0 ? upload() : kind < 4 ? removeGroup() : put());
    },
    check: async () => {
      for (const key of objects.touched) objects.check(key, await digestAt(key));
      for (const group of groups.touched) {
        const found = await Promise.all(keysOf(group).map(digestAt));
        if (found.some((digest) => digest !== found[0])) throw new Error(`${group} is half deleted`);
        groups.check(group, found[0]);
      }
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: `${name}/` }));
      const listed = new Set(Contents.map(({ Key }) => Key));
      for (const key of objects.touched) {
        if (listed.has(key) !== (objects.acknowledged(key) !== undefined)) throw new Error(`${key} is listed wrongly`);
      }
      objects.touched.clear();
      groups.touched.clear();
    },
  };
}
