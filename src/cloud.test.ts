import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCloud } from './cloud.ts';
import { key } from './kernel/key.ts';
import { table } from './kernel/table.ts';

interface Note {
  readonly id: string;
  readonly text: string;
  readonly weight: number;
}
const notes = { notes: table<Note>()({ key: (note) => note.id, indexes: { weight: (note) => key(note.weight) } }) };

test('GetCallerIdentity: an unknown caller is the root user of the default account', async () => {
  const cloud = await openCloud({ strict: true });
  const answer = await cloud.call('sts', 'GetCallerIdentity', {});
  expect(answer).toEqual({ UserId: '000000000000', Account: '000000000000', Arn: 'arn:aws:iam::000000000000:root' });
  await cloud.close();
});

test('an operation that is not built says so', async () => {
  const cloud = await openCloud({ strict: true });
  await expect(cloud.call('sts', 'NoSuchThing', {})).rejects.toMatchObject({ name: 'NotImplemented', status: 501 });
  await cloud.close();
});

test('a transaction that throws leaves nothing behind, in no index either', async () => {
  const cloud = await openCloud({ strict: true });
  const state = cloud.store.state('test', notes, '1', 'r');
  cloud.store.transaction(() => state.notes.put({ id: 'a', text: 'old', weight: 2 }));
  expect(() =>
    cloud.store.transaction(() => {
      state.notes.put({ id: 'a', text: 'new', weight: 9 });
      state.notes.put({ id: 'b', text: 'b', weight: 1 });
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(state.notes.list()).toEqual([{ id: 'a', text: 'old', weight: 2 }]);
  expect(state.notes.index('weight').list()).toEqual([{ id: 'a', text: 'old', weight: 2 }]);
  expect(() => state.notes.put({ id: 'c', text: '', weight: 0 })).toThrow('outside a transaction');
  await cloud.close();
});

test('a snapshot brings back what was; a fork goes its own way', async () => {
  const cloud = await openCloud({ strict: true });
  const state = cloud.store.state('test', notes, '1', 'r');
  const put = (id: string) => cloud.store.transaction(() => state.notes.put({ id, text: id, weight: 1 }));
  put('a');
  const snapshot = cloud.snapshot();
  put('b');
  const fork = await cloud.fork();
  await cloud.restore(snapshot);
  expect(state.notes.list().map((note) => note.id)).toEqual(['a']);
  const other = fork.store.state('test', notes, '1', 'r');
  expect(other.notes.list().map((note) => note.id)).toEqual(['a', 'b']);
  await cloud.reset();
  expect(state.notes.size).toBe(0);
  expect(other.notes.size).toBe(2);
  await fork.close();
  await cloud.close();
});

test('a data folder keeps rows and the clock over a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hakoniwa-test-'));
  const first = await openCloud({ strict: true, dataFolder: folder });
  const long = 'k'.repeat(5_000);
  const state = first.store.state('test', notes, '1', 'r');
  await first.store.transaction(() => {
    state.notes.put({ id: 'a', text: 'ä', weight: 3 });
    state.notes.put({ id: long, text: 'long', weight: 1 });
    state.notes.put({ id: key('\u{1f600}'), text: 'smile', weight: 2 });
  }).saved;
  await first.advance(86_400);
  const before = first.clock.now();
  await first.close();
  const second = await openCloud({ strict: true, dataFolder: folder });
  const again = second.store.state('test', notes, '1', 'r');
  expect(
    again.notes
      .index('weight')
      .list()
      .map((note) => note.text),
  ).toEqual(['long', 'smile', 'ä']);
  expect(again.notes.find(long)?.text).toBe('long');
  expect(second.clock.now()).toBeGreaterThanOrEqual(before);
  await second.store.transaction(() => again.notes.delete(long)).saved;
  await second.close();
  const third = await openCloud({ dataFolder: folder });
  expect(third.store.state('test', notes, '1', 'r').notes.size).toBe(2);
  await third.close();
  await rm(folder, { recursive: true });
});
