// Listings against a model: all keys in order, folded by hand, and pages put together again.
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bench, withBucket } from './testing.ts';

const keys = fc.uniqueArray(fc.stringMatching(/^[ab/é😀]{1,5}$/u), { minLength: 1, maxLength: 12 });
const asked = fc.record({
  prefix: fc.stringMatching(/^[ab/]{0,2}$/),
  delimiter: fc.constantFrom('', '/', 'a', 'ab'),
  pageSize: fc.integer({ min: 1, max: 5 }),
});
type Asked = typeof asked extends fc.Arbitrary<infer Value> ? Value : never;

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What a listing shows, in order: a key, or a common prefix once. */
function expected(all: readonly string[], { prefix, delimiter }: Asked): string[] {
  const shown: string[] = [];
  for (const key of all.toSorted(byBytes)) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const entry = at < 0 ? key : `prefix:${key.slice(0, at + delimiter.length)}`;
    if (shown.at(-1) !== entry) shown.push(entry);
  }
  return shown;
}

interface Page {
  readonly Contents?: readonly { readonly Key?: string | undefined }[] | undefined;
  readonly CommonPrefixes?: readonly { readonly Prefix?: string | undefined }[] | undefined;
}

/** One page's entries, in the order in which a listing walks. */
const entriesOf = ({ Contents: contents = [], CommonPrefixes: prefixes = [] }: Page): string[] =>
  [
    ...contents.map(({ Key = '' }) => ({ at: Key, entry: Key })),
    ...prefixes.map(({ Prefix = '' }) => ({ at: Prefix, entry: `prefix:${Prefix}` })),
  ]
    .sort((a, b) => byBytes(a.at, b.at))
    .map(({ entry }) => entry);

async function fill({ s3 }: Bench, Bucket: string, all: readonly string[]): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (const Key of all) await s3.send(new PutObjectCommand({ Bucket, Key, Body: '' }));
}

test('ListObjectsV2, ListObjects: pages of any size show every key and common prefix once, in order (S3-02)', async () => {
  await using bench = await withBucket();
  const { s3 } = bench;
  let count = 0;
  await fc.assert(
    fc.asyncProperty(keys, asked, async (all, question) => {
      const Bucket = `model-${count++}`;
      await fill(bench, Bucket, all);
      const { prefix: Prefix, delimiter: Delimiter, pageSize: MaxKeys } = question;
      const common = { Bucket, Prefix, MaxKeys, ...(Delimiter === '' ? {} : { Delimiter }) };
      const model = expected(all, question);
      const second: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await s3.send(new ListObjectsV2Command({ ...common, ContinuationToken }));
        const entries = entriesOf(page);
        expect(page.KeyCount).toBe(entries.length);
        expect(page.IsTruncated).toBe(second.length + entries.length < model.length);
        second.push(...entries);
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      expect(second).toStrictEqual(model);
      const first: string[] = [];
      let Marker: string | undefined;
      for (let truncated = true; truncated; ) {
        const page = await s3.send(new ListObjectsCommand({ ...common, Marker }));
        first.push(...entriesOf(page));
        truncated = page.IsTruncated === true;
        Marker = page.NextMarker ?? page.Contents?.at(-1)?.Key;
      }
      expect(first).toStrictEqual(model);
    }),
    { numRuns: 60 },
  );
});

test('ListObjectVersions: pages of any size show every version and delete marker once, the newest of a key first (S3-23)', async () => {
  await using bench = await withBucket();
  const { s3 } = bench;
  let count = 0;
  const steps = fc.array(fc.tuple(fc.constantFrom('a', 'a/b', 'b', 'é'), fc.boolean()), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), async (all, MaxKeys) => {
      const Bucket = `versions-${count++}`;
      await fill(bench, Bucket, []);
      const VersioningConfiguration = { Status: 'Enabled' as const };
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
      const model = new Map<string, string[]>();
      for (const [Key, put] of all) {
        const command = put
          ? new PutObjectCommand({ Bucket, Key, Body: '' })
          : new DeleteObjectCommand({ Bucket, Key });
        const { VersionId = '' } = await (command instanceof PutObjectCommand ? s3.send(command) : s3.send(command));
        model.set(Key, [`${Key} ${VersionId} ${put ? 'object' : 'marker'}`, ...(model.get(Key) ?? [])]);
      }
      const wanted = [...model.keys()].sort(byBytes).flatMap((key) => model.get(key) ?? []);
      const seen: string[] = [];
      let KeyMarker: string | undefined;
      let VersionIdMarker: string | undefined;
      for (let truncated = true; truncated; ) {
        const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys, KeyMarker, VersionIdMarker }));
        const entries = [
          ...(page.Versions ?? []).map(({ Key, VersionId }) => `${Key} ${VersionId} object`),
          ...(page.DeleteMarkers ?? []).map(({ Key, VersionId }) => `${Key} ${VersionId} marker`),
        ];
        seen.push(...wanted.filter((entry) => entries.includes(entry)));
        expect(entries.length).toBe(Math.min(MaxKeys, wanted.length - seen.length + entries.length));
        truncated = page.IsTruncated === true;
        KeyMarker = page.NextKeyMarker;
        VersionIdMarker = page.NextVersionIdMarker;
      }
      expect(seen).toStrictEqual(wanted);
    }),
    { numRuns: 40 },
  );
});
