import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addNumbers,
  canonicalNumber,
  compareNumbers,
  numberBytes,
  numberFromOrder,
  numberOrder,
  subtractNumbers,
} from './number.ts';

/** The model: a number as a count of 10^-200, exact. */
const unit = 200;
const exact = (text: string): bigint => {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.');
  const shift = unit - fraction.length + Number(exponent);
  const magnitude = BigInt(`${whole}${fraction}` || '0') * 10n ** BigInt(Math.max(shift, 0));
  return mantissa.startsWith('-') ? -magnitude : magnitude;
};

const digits = fc.stringMatching(/^[0-9]{1,19}$/);
const numeral = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    digits,
    fc.option(digits, { nil: undefined }),
    fc.integer({ min: -100, max: 80 }),
  )
  .map(
    ([sign, whole, fraction, exponent]) => `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}E${exponent}`,
  );
const small = fc
  .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^[0-9]{1,12}$/), fc.stringMatching(/^[0-9]{1,6}$/))
  .map(([sign, whole, fraction]) => `${sign}${whole}.${fraction}`);

describe('canonicalNumber', () => {
  test('keeps the value and has one form for it', () => {
    fc.assert(
      fc.property(numeral, (text) => {
        const canonical = canonicalNumber(text);
        expect(exact(canonical)).toBe(exact(text));
        expect(canonical).toMatch(/^(0|-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?)$/);
        expect(canonicalNumber(canonical)).toBe(canonical);
      }),
    );
  });

  test.each([
    ['0042.1200', '42.12'],
    ['1E3', '1000'],
    ['-0', '0'],
    ['0e500', '0'],
    ['.5', '0.5'],
    ['+7', '7'],
    ['1E125', `1${'0'.repeat(125)}`],
    ['1E-130', `0.${'0'.repeat(129)}1`],
  ])('%s is %s', (text, canonical) => expect(canonicalNumber(text)).toBe(canonical));

  test.each([
    ['', 'The parameter cannot be converted to a numeric value'],
    ['b', 'The parameter cannot be converted to a numeric value: b'],
    ['1 ', 'The parameter cannot be converted to a numeric value: 1 '],
    ['.', 'The parameter cannot be converted to a numeric value: .'],
    ['1'.repeat(39), 'Attempting to store more than 38 significant digits in a Number'],
    ['1e126', 'Number overflow. Attempting to store a number with magnitude larger than supported range'],
    ['-1e126', 'Number overflow. Attempting to store a number with magnitude larger than supported range'],
    ['1e-131', 'Number underflow. Attempting to store a number with magnitude smaller than supported range'],
  ])('refuses %s', (text, message) => expect(() => canonicalNumber(text)).toThrow(message));
});

test('numberOrder: texts compare as numbers do, and can be read back', () => {
  fc.assert(
    fc.property(numeral, numeral, (a, b) => {
      const [left, right] = [canonicalNumber(a), canonicalNumber(b)];
      const order = exact(a) < exact(b) ? -1 : exact(a) > exact(b) ? 1 : 0;
      const [first, second] = [numberOrder(left), numberOrder(right)];
      expect(first < second ? -1 : first > second ? 1 : 0).toBe(order);
      expect(Math.sign(compareNumbers(left, right))).toBe(order);
      expect(numberFromOrder(first)).toBe(left);
    }),
  );
});

test('addNumbers and subtractNumbers are exact', () => {
  fc.assert(
    fc.property(small, small, (a, b) => {
      const [left, right] = [canonicalNumber(a), canonicalNumber(b)];
      expect(exact(addNumbers(left, right))).toBe(exact(a) + exact(b));
      expect(exact(subtractNumbers(left, right))).toBe(exact(a) - exact(b));
    }),
  );
});

test('addNumbers refuses a sum that has no place in 38 digits', () => {
  expect(() => addNumbers(canonicalNumber('1E50'), '1')).toThrow('more than 38 significant digits');
  expect(() => addNumbers(canonicalNumber('9E125'), canonicalNumber('9E125'))).toThrow('Number overflow');
});

// Measured on AWS at the 400 KB limit.
test.each([
  ['0', 1],
  ['1', 2],
  ['-1', 3],
  ['123456', 4],
  ['3.14159', 5],
  [canonicalNumber('1E125'), 2],
  ['0.001', 2],
])('numberBytes: %s weighs %i bytes', (text, bytes) => expect(numberBytes(text)).toBe(bytes));
