import { describe, expect, test } from 'vitest';
import { CborWriter, decodeCbor } from './cbor.ts';

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');

describe('decodeCbor: examples of RFC 8949, appendix A', () => {
  test.each([
    ['00', 0],
    ['1903e8', 1000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['1bffffffffffffffff', 18_446_744_073_709_551_615n],
    ['3903e7', -1000],
    ['f90000', 0],
    ['f93c00', 1],
    ['f97bff', 65504],
    ['f90001', 5.960464477539063e-8],
    ['f9c400', -4],
    ['fa47c35000', 100_000],
    ['fb3ff199999999999a', 1.1],
    ['f97e00', Number.NaN],
    ['f9fc00', Number.NEGATIVE_INFINITY],
    ['f4', false],
    ['f6', null],
    ['62c3bc', 'ü'],
    ['83010203', [1, 2, 3]],
    ['9f0102ff', [1, 2]],
    ['7f657374726561646d696e67ff', 'streaming'],
    [
      'a26161016162820203',
      new Map<string, unknown>([
        ['a', 1],
        ['b', [2, 3]],
      ]),
    ],
    [
      'bf61610161629f0203ffff',
      new Map<string, unknown>([
        ['a', 1],
        ['b', [2, 3]],
      ]),
    ],
  ])('%s', (bytes, value) => {
    expect(decodeCbor(hex(bytes))).toEqual(value);
  });

  test.each([
    '',
    '18',
    '62c3',
    '8301',
    'a1',
    'a10102',
    'ff',
    '0000',
    '9f',
    '5f6161ff',
    '62c328',
    'fc',
    '1c',
    '9bffffffffffffffff',
    '5b7fffffffffffffff',
    '81ff',
  ])('%s is refused', (bytes) => {
    expect(() => decodeCbor(hex(bytes))).toThrow();
  });

  test('nesting has an end', () => {
    expect(() => decodeCbor(Buffer.alloc(100_000, 0x81))).toThrow(/CBOR/);
  });
});

test('what is written is read, also when the buffer grows', () => {
  const writer = new CborWriter();
  const long = '箱'.repeat(3_000);
  writer.array(9);
  for (const value of [0, 23, 24, 255, 65_536, 2 ** 40, -1, 1.5]) writer.number(value);
  writer.text(long);
  expect(decodeCbor(writer.finish())).toEqual([0, 23, 24, 255, 65_536, 2 ** 40, -1, 1.5, long]);
});
