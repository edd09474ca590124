// Tests of the library against a cloud in this process: no Docker, no port, no mocks, no waiting.
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { S3 } from '@aws-sdk/client-s3';
import { SQS } from '@aws-sdk/client-sqs';
import { startCloud } from 'hakoniwa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Library } from './library.js';

let cloud;
let library;

const libraryIn = (place) =>
  new Library({
    db: place.client(DynamoDB),
    s3: place.client(S3),
    sqs: place.client(SQS),
    now: () => place.clock.now(),
  });

// Each test has a cloud of its own, which stands still until the test moves its clock.
beforeEach(async () => {
  cloud = await startCloud({ clock: { kind: 'frozen' }, startAt: new Date('2026-04-01T09:00:00Z'), seed: 'library' });
  library = libraryIn(cloud);
  await library.build(() => cloud.clock.advance(10)); // a table needs some seconds to become ACTIVE, as in AWS
});
afterEach(() => cloud.close());

test('a book is lent to one reader at a time', async () => {
  expect(await library.lend('Sakuteiki', 'ann', 3600)).toBe(true);
  expect(await library.lend('Sakuteiki', 'bob', 3600)).toBe(false);
  expect(await library.readerOf('Sakuteiki')).toBe('ann');
});

test('a reminder comes when the book is due, not before', async () => {
  await library.lend('Sakuteiki', 'ann', 600);
  await cloud.clock.advance(599);
  expect(await library.reminders()).toEqual([]);
  await cloud.clock.advance(1);
  expect(await library.reminders()).toEqual(['ann: Sakuteiki is due']);
});

test('a loan that nobody ends is forgotten days after it was due', async () => {
  await library.lend('Sakuteiki', 'ann', 14 * 86_400);
  await cloud.clock.advance(20 * 86_400);
  expect(await library.readerOf('Sakuteiki')).toBe(undefined);
  expect(await library.lend('Sakuteiki', 'bob', 3600)).toBe(true);
});

test('a book without a cover has a plain one', async () => {
  expect(await library.coverOf('Sakuteiki')).toBe('<svg/>');
  await library.putCover('Sakuteiki', '<svg><circle r="9"/></svg>');
  expect(await library.coverOf('Sakuteiki')).toBe('<svg><circle r="9"/></svg>');
});

test('what if: a fork of the cloud goes its own way', async () => {
  await library.lend('Sakuteiki', 'ann', 3600);
  const other = await cloud.fork();
  expect(await libraryIn(other).lend('Tsukiyama', 'bob', 3600)).toBe(true);
  expect(await library.readerOf('Tsukiyama')).toBe(undefined);
  expect(await libraryIn(other).readerOf('Sakuteiki')).toBe('ann');
  await other.close();
});

test('a throttled table is an error that the application sees', async () => {
  cloud.faults.add({ kind: 'api', service: 'dynamodb', operation: 'PutItem', effect: 'throttle' });
  await expect(library.lend('Sakuteiki', 'ann', 3600)).rejects.toThrow('Rate exceeded');
});
