import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { key } from '../../../kernel/key.ts';
import { Store, table } from '../../../kernel/table.ts';
import { behindKey, listPage, readToken, writeToken } from './listing.ts';
import { refusal, withBucket } from './testing.ts';

interface Row {
  readonly key: string;
}
const rows = { rows: table<Row>()({ key: (row) => key('aws', 'b', row.key), scope: 'cloud' }) };

/** What S3's documentation says, key by key, without any skipping. */
function naivePages(keys: readonly string[], prefix: string, delimiter: string, size: number): string[][] {
  const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const entries: string[] = [];
  for (const one of [...new Set(keys)].sort(order)) {
    if (!one.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : one.indexOf(delimiter, prefix.length);
    const entry = at < 0 ? `key ${one}` : `prefix ${one.slice(0, at + delimiter.length)}`;
    if (entries.at(-1) !== entry) entries.push(entry);
  }
  const pages: string[][] = [];
  for (let at = 0; at < entries.length; at += size) pages.push(entries.slice(at, at + size));
  return pages.length === 0 ? [[]] : pages;
}

describe('listings', () => {
  test('S3-02 pages of any size, prefix and delimiter agree with a naive model', () => {
    const letters = fc.constantFrom('a', 'b', '/', '//', 'é', '\u{1f600}', '\uffff', '\u0001', ' ');
    const word = fc.array(letters, { maxLength: 5 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        fc.array(
          word.filter((text) => text !== ''),
          { maxLength: 30 },
        ),
        word,
        fc.constantFrom('', '/', 'a', '//', 'é'),
        fc.integer({ min: 1, max: 7 }),
        (keys, prefix, delimiter, limit) => {
          const { rows: stored } = new Store().state('x', rows, '*', '*');
          const store = new Store();
          const state = store.state('x', rows, '*', '*');
          store.transaction(() => {
            for (const one of keys) state.rows.put({ key: one });
          });
          expect(stored.size).toBe(0);
          const pages: string[][] = [];
          let marker: string | undefined;
          for (let turn = 0; turn < 40; turn++) {
            const page = listPage<Row>((from, to) => state.rows.each({ from, ...(to === undefined ? {} : { to }) }), {
              partition: 'aws',
              bucket: 'b',
              prefix,
              delimiter,
              limit,
              marker,
              from: marker === undefined ? undefined : behindKey('aws', 'b', marker),
            });
            const order = (a: string, b: string) =>
              Buffer.compare(Buffer.from(a.slice(a.indexOf(' '))), Buffer.from(b.slice(b.indexOf(' '))));
            pages.push(
              [
                ...page.rows.map((row) => `key ${row.key}`),
                ...page.commonPrefixes.map((commonPrefix) => `prefix ${commonPrefix}`),
              ].sort(order),
            );
            if (!page.truncated || page.last === undefined) break;
            marker = 'row' in page.last ? page.last.row.key : page.last.commonPrefix;
          }
          expect(pages).toEqual(naivePages(keys, prefix, delimiter, limit));
        },
      ),
      { numRuns: 400 },
    );
  });

  test('a delimiter reads one row of each folder, not all', () => {
    const store = new Store();
    const state = store.state('x', rows, '*', '*');
    store.transaction(() => {
      for (let at = 0; at < 5_000; at++) state.rows.put({ key: `${at % 5}/${at}` });
    });
    let read = 0;
    const counted = function* counted(from: string, to: string | undefined) {
      for (const row of state.rows.each({ from, ...(to === undefined ? {} : { to }) })) {
        read++;
        yield row;
      }
    };
    const page = listPage<Row>(counted, { partition: 'aws', bucket: 'b', prefix: '', delimiter: '/', limit: 1_000 });
    expect(page.commonPrefixes).toEqual(['0/', '1/', '2/', '3/', '4/']);
    expect(read).toBe(5);
  });

  test('tokens are opaque, and nothing else is one', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => readToken(writeToken(text)) === text));
    for (const odd of ['', 'x', '1=', '1ab', '2YQ==']) expect(readToken(odd)).toBeUndefined();
  });

  test('ListObjectsV2: pages, folders, tokens and encoding', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    for (const Key of ['a', 'b/1', 'b/2', 'c d+é', 'd/1'])
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const first = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 2 }));
    expect(first).toMatchObject({ KeyCount: 2, IsTruncated: true, MaxKeys: 2, Name: Bucket, Prefix: '' });
    expect(first.Contents?.map(({ Key }) => Key)).toEqual(['a']);
    expect(first.CommonPrefixes).toEqual([{ Prefix: 'b/' }]);
    const ContinuationToken = first.NextContinuationToken;
    const second = await s3.send(
      new ListObjectsV2Command({ Bucket, Delimiter: '/', ContinuationToken, EncodingType: 'url' }),
    );
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(['c+d%2B%C3%A9']);
    expect(second.CommonPrefixes).toEqual([{ Prefix: 'd/' }]);
    expect(second.IsTruncated).toBe(false);
    const [object] = first.Contents ?? [];
    expect(object).toMatchObject({ Size: 1, StorageClass: 'STANDARD', ChecksumAlgorithm: ['CRC32'] });
    expect(object?.Owner).toBeUndefined();
    const after = await s3.send(new ListObjectsV2Command({ Bucket, StartAfter: 'b/1', FetchOwner: true }));
    expect(after.Contents?.map(({ Key }) => Key)).toEqual(['b/2', 'c d+é', 'd/1']);
    expect(after.Contents?.[0]?.Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
    expect(await refusal(s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken: 'x' })))).toMatchObject({
      code: 'InvalidArgument',
      message: 'The continuation token provided is incorrect',
    });
    expect(await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }))).toMatchObject({
      KeyCount: 0,
      IsTruncated: false,
    });
  });

  test('ListObjects: NextMarker only with a delimiter', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    for (const Key of ['a/1', 'a/2', 'b']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const plain = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 1 }));
    expect(plain.NextMarker).toBeUndefined();
    const folded = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 1, Delimiter: '/' }));
    expect(folded.NextMarker).toBe('a/');
    const rest = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: '/', Marker: 'a/' }));
    expect(rest.Contents?.map(({ Key }) => Key)).toEqual(['b']);
    expect(rest.CommonPrefixes).toBeUndefined();
  });

  test('ListObjectVersions: pages through the versions of a key', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const made: (string | undefined)[] = [];
    for (const Key of ['k', 'k', 'k', 'l'])
      made.push((await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))).VersionId);
    const seen: (string | undefined)[] = [];
    let KeyMarker: string | undefined;
    let VersionIdMarker: string | undefined;
    for (let turn = 0; turn < 4; turn++) {
      const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1, KeyMarker, VersionIdMarker }));
      seen.push(...(page.Versions ?? []).map(({ VersionId }) => VersionId));
      expect(page.IsTruncated).toBe(turn < 3);
      ({ NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page);
    }
    expect(seen).toEqual([made[2], made[1], made[0], made[3]]);
    expect(await refusal(s3.send(new ListObjectVersionsCommand({ Bucket, VersionIdMarker: 'x' })))).toMatchObject({
      code: 'InvalidArgument',
      message: 'A version-id marker cannot be specified without a key marker.',
    });
  });

  test('ListMultipartUploads: by key, then by age', async () => {
    await using bench = await withBucket();
    const { cloud, s3, Bucket } = bench;
    const ids: (string | undefined)[] = [];
    for (const Key of ['b', 'a', 'b']) {
      ids.push((await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId);
      await cloud.clock.advance(1);
    }
    const first = await s3.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 2 }));
    expect(first.Uploads?.map(({ UploadId }) => UploadId)).toEqual([ids[1], ids[0]]);
    expect(first).toMatchObject({ IsTruncated: true, NextKeyMarker: 'b', NextUploadIdMarker: ids[0] });
    const second = await s3.send(
      new ListMultipartUploadsCommand({
        Bucket,
        KeyMarker: first.NextKeyMarker,
        UploadIdMarker: first.NextUploadIdMarker,
      }),
    );
    expect(second.Uploads?.map(({ UploadId }) => UploadId)).toEqual([ids[2]]);
  });
});
