import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AttributeValue, Item } from '../value.ts';
import { readCondition } from './condition.ts';
import { readKeyCondition } from './key-condition.ts';
import { Placeholders } from './placeholder.ts';
import { readProjection } from './projection.ts';
import { isReservedWord } from './reserved-word.ts';
import { readUpdate } from './update.ts';

type Values = Record<string, AttributeValue>;
const someNames = { '#a': 'a', '#b': '[3]' };

const holds = (text: string, item: Item, values?: Values, names?: Record<string, string>) =>
  readCondition('ConditionExpression', text, new Placeholders(names, values)).holds(item);
const updated = (text: string, item: Item, values?: Values) =>
  readUpdate(text, new Placeholders(undefined, values)).apply(item);

describe('syntax errors name the token and its neighbours', () => {
  test.each([
    ['INVALID SYNTAX HERE', 'token: "INVALID", near: "INVALID SYNTAX"'],
    ['ADD hits : incr', 'token: ":", near: "hits : incr"'],
    ['SET a = :v,', 'token: "<EOF>", near: ","'],
    ['SET', 'token: "<EOF>", near: "SET"'],
    ['SET user-id = :v', 'token: "-", near: "user-id"'],
  ])('UpdateExpression %s', (text, expected) => {
    const read = () => readUpdate(text, new Placeholders(undefined, { ':v': { S: 'x' }, ':incr': { N: '1' } }));
    expect(read).toThrow(`Invalid UpdateExpression: Syntax error; ${expected}`);
  });

  test.each(['whatever(stuff)', ':a', 'abort,', 'a,,b', 'a..b', 'a[b]', '(a.b).c', '(a)', '(a),(b)', '(a,b)', 'a-b'])(
    'ProjectionExpression %s',
    (text) => {
      expect(() => readProjection(text, new Placeholders())).toThrow('Invalid ProjectionExpression: Syntax error; ');
    },
  );

  test('ProjectionExpression !!', () => {
    expect(() => readProjection('!!', new Placeholders())).toThrow('Syntax error; token: "!", near: "!!"');
  });
});

describe('what is wrong with a condition', () => {
  const values: Values = {
    ':s': { S: 'b' },
    ':t': { S: 'a' },
    ':n': { N: '1' },
    ':bool': { BOOL: true },
    ':type': { S: 'X' },
  };
  test.each([
    ['', 'The expression can not be empty;'],
    ['a = :none', 'An expression attribute value used in expression is not defined; attribute value: :none'],
    ['#none = :s', 'An expression attribute name used in the document path is not defined; attribute name: #none'],
    ['name = :s', 'Attribute name is a reserved keyword; reserved keyword: name'],
    ['((a = :s))', 'The expression has redundant parentheses;'],
    ['foo(a)', 'Invalid function name; function: foo'],
    [
      'attribute_exists(a, b)',
      'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2',
    ],
    ['attribute_exists(:s)', 'Operator or function requires a document path; operator or function: attribute_exists'],
    ['a < :bool', 'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL'],
    [
      'begins_with(a, :n)',
      'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    ],
    [
      'contains(#a, #a)',
      'The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [a]',
    ],
    [
      'a BETWEEN :s AND :t',
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}',
    ],
    [
      'a BETWEEN :s AND :n',
      'The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {N:1}',
    ],
    ['if_not_exists(a, :s) = :s', 'The function is not allowed in a condition expression; function: if_not_exists'],
    [
      'attribute_exists(a) = :bool',
      'The function is not allowed to be used this way in an expression; function: attribute_exists',
    ],
    [
      'attribute_type(a, :type)',
      'Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}',
    ],
    [`a = :s ${'AND a = :s '.repeat(200)}`, 'The expression contains too many operators; operator count: 301'],
    ['a'.repeat(4097), 'Expression size has exceeded the maximum allowed size; expression size: 4097'],
    [
      `a IN (${Array(101).fill(':s').join(',')})`,
      'The IN operator is provided with too many operands; number of operands: 101',
    ],
  ])('%s', (text, expected) => {
    const read = () => readCondition('ConditionExpression', text, new Placeholders(someNames, values));
    expect(read).toThrow(`Invalid ConditionExpression: ${expected}`);
  });
});

describe('paths that cannot stand together', () => {
  test.each([
    ['b[1], b.a, #a.b, a', 'overlap', '[a, b]', '[a]'],
    ['a, #a[1]', 'overlap', '[a]', '[a, [1]]'],
    ['a.b, #a[1], #b', 'conflict', '[a, b]', '[a, [1]]'],
    ['a.b[1], #a[1], #b', 'conflict', '[a, b, [1]]', '[a, [1]]'],
    ['a[3].b, #a.#b.b', 'conflict', '[a, [3], b]', '[a, [3], b]'],
  ])('%s', (text, problem, one, two) => {
    expect(() => readProjection(text, new Placeholders(someNames))).toThrow(
      `Invalid ProjectionExpression: Two document paths ${problem} with each other; must remove or rewrite one of these paths; path one: ${one}, path two: ${two}`,
    );
  });
});

describe('what is wrong with an update', () => {
  const values: Values = { ':s': { S: 'x' }, ':n': { N: '1' }, ':m': { M: {} } };
  test.each([
    ['SET a = :n + :s', 'Incorrect operand type for operator or function; operator or function: +, operand type: S'],
    [
      'SET a = list_append(a, :s)',
      'Incorrect operand type for operator or function; operator or function: list_append, operand type: S',
    ],
    ['SET a = size(b)', 'The function is not allowed in an update expression; function: size'],
    ['SET a = :s SET b = :s', 'The "SET" section can only be used once in an update expression;'],
    [
      'ADD a :m',
      'Incorrect operand type for operator or function; operator: ADD, operand type: MAP, typeSet: ALLOWED_FOR_ADD_OPERAND',
    ],
    [
      'DELETE a :s',
      'Incorrect operand type for operator or function; operator: DELETE, operand type: STRING, typeSet: ALLOWED_FOR_DELETE_OPERAND',
    ],
  ])('%s', (text, expected) => {
    expect(() => readUpdate(text, new Placeholders(undefined, values))).toThrow(
      `Invalid UpdateExpression: ${expected}`,
    );
  });

  const item: Item = { s: { S: 'x' }, n: { N: '5' }, m: { M: {} } };
  test.each([
    ['SET a = gone', 'The provided expression refers to an attribute that does not exist in the item'],
    ['SET a = s + :n', 'An operand in the update expression has an incorrect data type'],
    ['ADD s :n', 'An operand in the update expression has an incorrect data type'],
    ['SET gone.b = :n', 'The document path provided in the update expression is invalid for update'],
    ['SET n.b = :n', 'The document path provided in the update expression is invalid for update'],
    ['SET m[0] = :n', 'The document path provided in the update expression is invalid for update'],
  ])('applied: %s', (text, expected) => expect(() => updated(text, item, values)).toThrow(expected));
});

test('an update reads the item as it was, and removes list elements by their old indexes', () => {
  const item: Item = { a: { N: '1' }, b: { N: '2' }, l: { L: [{ S: 'p' }, { S: 'q' }, { S: 'r' }] } };
  expect(updated('SET a = b, b = a REMOVE l[0], l[2]', item)).toEqual({
    a: { N: '2' },
    b: { N: '1' },
    l: { L: [{ S: 'q' }] },
  });
  expect(updated('SET l[9] = a, l[1] = b', item)['l']).toEqual({ L: [{ S: 'p' }, { N: '2' }, { S: 'r' }, { N: '1' }] });
});

test('ADD and DELETE work on sets and numbers; an emptied set goes', () => {
  const item: Item = { n: { N: '1' }, s: { SS: ['a', 'b'] } };
  const values: Values = { ':n': { N: '0.5' }, ':s': { SS: ['b', 'c'] }, ':all': { SS: ['a', 'b'] } };
  expect(updated('ADD n :n, s :s, t :s', item, values)).toEqual({
    n: { N: '1.5' },
    s: { SS: ['a', 'b', 'c'] },
    t: { SS: ['b', 'c'] },
  });
  expect(updated('DELETE s :all', item, values)).toEqual({ n: { N: '1' } });
});

test('a projection keeps places, and lists close up', () => {
  const item: Item = {
    l: { L: [{ S: '0' }, { S: '1' }, { S: '2' }] },
    m: { M: { x: { N: '1' }, y: { N: '2' } } },
    z: { S: '' },
  };
  const projection = readProjection('l[2], l[0], m.y, m.nil, nil', new Placeholders());
  expect(projection.apply(item)).toEqual({ l: { L: [{ S: '0' }, { S: '2' }] }, m: { M: { y: { N: '2' } } } });
});

describe('key conditions', () => {
  const values: Values = { ':a': { S: 'a' }, ':b': { S: 'b' } };
  const read = (text: string) => readKeyCondition(text, new Placeholders(someNames, values));
  test('one term for each key, whichever side it stands on', () => {
    expect(read('((#a = :a)) AND (:b <= s)')).toEqual([
      { name: 'a', operator: '=', values: [{ S: 'a' }] },
      { name: 's', operator: '>=', values: [{ S: 'b' }] },
    ]);
  });
  test.each([
    ['a = :a OR b = :b', 'Invalid operator used in KeyConditionExpression: OR'],
    ['NOT a = :a', 'Invalid operator used in KeyConditionExpression: NOT'],
    ['a <> :a', 'Invalid operator used in KeyConditionExpression: <>'],
    ['a IN (:a)', 'Invalid operator used in KeyConditionExpression: IN'],
    ['attribute_exists(a)', 'Invalid operator used in KeyConditionExpression: attribute_exists'],
    ['a = b', 'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition'],
    [':b > :a', 'Invalid condition in KeyConditionExpression: No key attribute specified'],
    ['a = :a AND s.x = :b', 'KeyConditionExpressions cannot have conditions on nested attributes'],
    [
      'a = :a AND s > :a AND s < :b',
      'Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key',
    ],
    ['', 'Invalid KeyConditionExpression: The expression can not be empty;'],
  ])('%s', (text, expected) => expect(() => read(text)).toThrow(expected));
});

test('placeholders that nobody uses, or of a wrong form, are refused', () => {
  const placeholders = new Placeholders({ '#x': 'x', '#y': 'y' }, { ':v': { N: '1' }, ':w': { N: '2' } });
  readCondition('FilterExpression', '#y = :v', placeholders);
  expect(() => placeholders.checkAllUsed()).toThrow(
    'Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}',
  );
  expect(() => new Placeholders({})).toThrow('ExpressionAttributeNames must not be empty');
  expect(() => new Placeholders({ a: 'a' })).toThrow(
    'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"',
  );
  expect(() => new Placeholders(undefined, { ':b': { N: 'b' } })).toThrow(
    'ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: b for key :b',
  );
});

test('573 words are reserved, in any case', () => {
  for (const word of ['name', 'STATUS', 'Timestamp', 'zone', 'ABORT']) expect(isReservedWord(word)).toBe(true);
  for (const word of ['id', 'pk', 'email', 'version']) expect(isReservedWord(word)).toBe(false);
});

// The model: a condition as a tree that is judged with JavaScript's own numbers.
type Model = { text: string; judge: (item: Readonly<Record<string, number>>) => boolean };
const attribute = fc.constantFrom('x', 'y', 'absent');
const number = fc.integer({ min: -3, max: 3 });
const leaf: fc.Arbitrary<Model> = fc.oneof(
  fc
    .tuple(attribute, fc.constantFrom('=', '<>', '<', '<=', '>', '>=' as const), number)
    .map(([name, operator, bound]) => ({
      text: `${name} ${operator} :n${bound + 3}`,
      judge: (item: Readonly<Record<string, number>>) => {
        const value = item[name];
        if (value === undefined) return operator === '<>';
        return {
          '=': value === bound,
          '<>': value !== bound,
          '<': value < bound,
          '<=': value <= bound,
          '>': value > bound,
          '>=': value >= bound,
        }[operator] as boolean;
      },
    })),
  attribute.map((name) => ({
    text: `attribute_exists(${name})`,
    judge: (item: Readonly<Record<string, number>>) => name in item,
  })),
  fc.tuple(attribute, number, number).map(([name, a, b]) => ({
    text: `${name} BETWEEN :n${Math.min(a, b) + 3} AND :n${Math.max(a, b) + 3}`,
    judge: (item: Readonly<Record<string, number>>) => {
      const value = item[name];
      return value !== undefined && value >= Math.min(a, b) && value <= Math.max(a, b);
    },
  })),
  fc.tuple(attribute, fc.uniqueArray(number, { minLength: 1 })).map(([name, list]) => ({
    text: `${name} IN (${list.map((bound) => `:n${bound + 3}`).join(', ')})`,
    judge: (item: Readonly<Record<string, number>>) => list.includes(item[name] as number),
  })),
);
const tree = fc.letrec<{ node: Model }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => ({
      text: `(${a.text}) AND NOT (${b.text})`,
      judge: (item: Readonly<Record<string, number>>) => a.judge(item) && !b.judge(item),
    })),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => ({
      text: `(${a.text}) OR (${b.text})`,
      judge: (item: Readonly<Record<string, number>>) => a.judge(item) || b.judge(item),
    })),
  ),
})).node;

test('a condition holds exactly when its model does', () => {
  const values: Values = Object.fromEntries([-3, -2, -1, 0, 1, 2, 3].map((n) => [`:n${n + 3}`, { N: String(n) }]));
  fc.assert(
    fc.property(tree, fc.record({ x: number, y: number }, { requiredKeys: [] }), ({ text, judge }, numbers) => {
      fc.pre(text.length < 4000);
      const item = Object.fromEntries(Object.entries(numbers).map(([name, n]) => [name, { N: String(n) }]));
      expect(holds(text, item, values)).toBe(judge(numbers as Record<string, number>));
    }),
  );
});

test('AND binds closer than OR, NOT closer than AND', () => {
  const item: Item = { a: { N: '1' } };
  const values: Values = { ':one': { N: '1' }, ':two': { N: '2' } };
  expect(holds('a = :one OR a = :two AND a = :two', item, values)).toBe(true);
  expect(holds('NOT a = :two AND a = :one', item, values)).toBe(true);
  expect(holds('size(b) > :two or contains(a, a1)', { b: { S: 'abc' } }, values)).toBe(true);
});
