import { expect, test } from 'vitest';
import { readParquet } from './parquet.fixture.ts';
import { type Column, writeParquet } from './parquet.ts';

const columns: readonly Column[] = [
  { name: 'id', type: 'string', required: true },
  { name: 'text', type: 'string' },
  { name: 'small', type: 'int32' },
  { name: 'large', type: 'int64' },
  { name: 'flag', type: 'boolean' },
  { name: 'at', type: 'timestamp' },
  ...Array.from({ length: 14 }, (_, at): Column => ({ name: `more_${at}`, type: 'int32' })),
];

test('writeParquet: what is written is read again, with what is missing', () => {
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
  const read = readParquet(writeParquet(columns, rows));
  expect(read).toHaveLength(300);
  expect(read.map((row) => columns.map(({ name }) => row[name]))).toEqual(rows);
});

test('writeParquet: a file without rows has its columns', () => {
  expect(readParquet(writeParquet(columns, []))).toEqual([]);
});
