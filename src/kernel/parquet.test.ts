import { expect, test } from 'vitest';
import { readParquet } from './parquet.fixture.ts';
import { type Column, writeParquet } from './parquet.ts';

const columns: readonly Column[] = [
  { name: 'id', type: 'STRING', required: true },
  { name: 'text', type: 'STRING' },
  { name: 'small', type: 'INT32' },
  { name: 'large', type: 'INT64' },
  { name: 'flag', type: 'BOOLEAN' },
  { name: 'at', type: 'TIMESTAMP' },
  ...Array.from({ length: 14 }, (_, at): Column => ({ name: `more_${at}`, type: 'INT32' })),
];

test('writeParquet: what is written is read again, with what is missing', async () => {
  const more = Array.from({ length: 14 }, (_, at) => 1 - at);
  const rows = Array.from({ length: 300 }, (_, at) => [
    `row ${at}`,
    at % 3 === 0 ? undefined : `é${at}`,
    at % 5 === 0 ? undefined : at - 150,
    at * 10_000_000_000,
    at % 7 === 0 ? undefined : at % 2 === 0,
    at === 0 ? undefined : 1_767_225_600_000 + at,
    ...more,
  ]);
  const read = await readParquet(await writeParquet(columns, rows));
  expect(read).toHaveLength(300);
  expect(read.map((row) => columns.map(({ name }) => row[name]))).toEqual(rows);
});

test('writeParquet: a file without rows has its columns', async () => {
  expect(await readParquet(await writeParquet(columns, []))).toEqual([]);
});
