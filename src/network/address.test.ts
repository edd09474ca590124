import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  address4,
  address6,
  contains,
  covers,
  findAddress,
  findPrefix,
  overlap,
  prefix4,
  readAddress,
  readPrefix,
  writeBits6,
} from './address.ts';

const bits4 = fc.integer({ min: 0, max: 0xffff_ffff });
const bits6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });

test('an address of either family is read back from its text', () => {
  fc.assert(fc.property(bits4, (bits) => readAddress(address4(bits).text).bits === bits));
  fc.assert(fc.property(bits6, (bits) => readAddress(address6(bits).text).bits === bits));
});

test('IPv6 is written as RFC 5952 has it', () => {
  const written = (text: string) => writeBits6(readAddress(text).bits as bigint);
  expect(written('2001:0DB8:0:0:1:0:0:1')).toBe('2001:db8::1:0:0:1');
  expect(written('::')).toBe('::');
  expect(written('::1')).toBe('::1');
  expect(written('fe80:0:0:0:0:0:0:0')).toBe('fe80::');
  expect(written('1:0:2:3:4:5:6:7')).toBe('1:0:2:3:4:5:6:7');
  expect(written('::ffff:10.0.0.1')).toBe('::ffff:a00:1');
});

test('text that is no address is none', () => {
  for (const text of [
    '',
    '10.0.0',
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3.4.5',
    ':::',
    '1::2::3',
    '1:2:3',
    'g::',
    '10.0.0.1 ',
  ]) {
    expect(findAddress(text), text).toBeUndefined();
  }
  for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '::/129', '/8'])
    expect(findPrefix(text), text).toBeUndefined();
});

test('a prefix covers what shares its first bits, and its host bits are cleared', () => {
  expect(readPrefix('10.1.2.3/16').text).toBe('10.1.0.0/16');
  fc.assert(
    fc.property(bits4, bits4, fc.integer({ min: 0, max: 32 }), (a, b, length) => {
      const prefix = findPrefix(`${address4(a).text}/${length}`);
      const shared = BigInt(a) >> BigInt(32 - length) === BigInt(b) >> BigInt(32 - length);
      expect(prefix !== undefined && covers(prefix, address4(b))).toBe(shared);
    }),
  );
});

test('prefixes overlap exactly when one contains the other', () => {
  fc.assert(
    fc.property(bits4, fc.integer({ min: 0, max: 32 }), bits4, fc.integer({ min: 0, max: 32 }), (a, la, b, lb) => {
      const one = readPrefix(prefix4(a, la).text);
      const two = readPrefix(prefix4(b, lb).text);
      const end = (prefix: typeof one) => Number(prefix.bits) + 2 ** (32 - prefix.length);
      const meet = Number(one.bits) < end(two) && Number(two.bits) < end(one);
      expect(overlap(one, two)).toBe(meet);
      if (contains(one, two)) expect(end(two)).toBeLessThanOrEqual(end(one));
    }),
  );
});
