import { describe, expect, test } from 'vitest';
import { type AttributeValue, checkValue, itemBytes } from './value.ts';

const nested = (levels: number): AttributeValue => (levels === 1 ? { S: 'x' } : { M: { a: nested(levels - 1) } });

describe('checkValue', () => {
  test.each<[string, unknown, string]>([
    ['nothing', {}, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
    [
      'nothing inside',
      { L: [{}] },
      'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
    ],
    [
      'two types',
      { S: 'a', N: '1' },
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    ],
    ['a bad number first', { S: 'a', N: 'b' }, 'The parameter cannot be converted to a numeric value: b'],
    ['an empty string set', { SS: [] }, 'One or more parameter values were invalid: An string set  may not be empty'],
    ['an empty number set', { NS: [] }, 'One or more parameter values were invalid: An number set  may not be empty'],
    ['an empty binary set', { BS: [] }, 'One or more parameter values were invalid: Binary sets should not be empty'],
    [
      'the same string twice',
      { SS: ['a', 'a'] },
      'One or more parameter values were invalid: Input collection [a, a] contains duplicates.',
    ],
    ['the same number twice', { NS: ['1', '1.0'] }, 'Input collection contains duplicates'],
    [
      'the same bytes twice',
      { BS: [new Uint8Array([98]), new Uint8Array([98])] },
      'One or more parameter values were invalid: Input collection [Yg==, Yg==]of type BS contains duplicates.',
    ],
    ['33 levels', nested(33), 'Nesting Levels have exceeded supported limits'],
  ])('refuses %s', (_what, value, message) => {
    expect(() => checkValue(value as AttributeValue)).toThrow(message);
  });

  test('keeps what is canonical, and makes canonical what is not', () => {
    const value: AttributeValue = { M: { s: { S: '' }, n: { N: '1' }, deep: nested(30) } };
    expect(checkValue(value)).toBe(value);
    expect(checkValue({ L: [{ N: '1.0' }, { NULL: true }] })).toEqual({ L: [{ N: '1' }, { NULL: true }] });
    expect(() => checkValue({ L: [{ NULL: false }] })).toThrow(
      'One or more parameter values were invalid: Null attribute value types must have the value of true',
    );
  });
});

test('itemBytes counts names, values, and what containers cost', () => {
  expect(itemBytes({ pk: { S: 'é' } })).toBe(4);
  expect(itemBytes({ a: { BOOL: true }, b: { NULL: true }, c: { B: new Uint8Array(5) } })).toBe(3 + 1 + 1 + 5);
  expect(itemBytes({ l: { L: [{ S: 'ab' }] }, m: { M: { k: { S: 'ab' } } } })).toBe(1 + 3 + 1 + 2 + 1 + 3 + 1 + 1 + 2);
});
