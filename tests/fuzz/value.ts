// Inputs of operations, sound by their model but for a member or two.
import type { OperationModel, Shape } from '../../src/protocol/model.ts';
import type { Chance } from './chance.ts';

/** A file of this name must never appear outside of the data folder. */
export const escapee = 'hakoniwa-escaped';

const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202e日本語\u{1f600}',
  '../'.repeat(12) + `tmp/${escapee}`,
  `/tmp/${escapee}`,
  `..\\..\\${escapee}`,
  `%2e%2e%2f%2e%2e%2ftmp/${escapee}`,
  '__proto__',
  'constructor',
  'hasOwnProperty',
  "'; DROP TABLE x; --",
  '<x a="&">]]>',
  '${jndi:ldap://x}',
  'arn:aws:iam::000000000000:role/x',
  'arn:aws:sqs:us-east-1:000000000000:',
  'arn:::::::::::',
  '-1',
  '1e400',
  'NaN',
  '9'.repeat(400),
  'x'.repeat(70_000),
  '(a+)+$'.repeat(50),
  'a'.repeat(5_000) + '!',
  '2026-13-45T99:99:99Z',
  nested(2_000, '[', ']'),
  nested(2_000, '(', ')'),
  nested(300, '{"a":', '}'),
  nested(1_500, '<a>', '</a>'),
  'SET a = b + '.repeat(500),
  'NOT '.repeat(3_000) + 'a = :b',
  'a.'.repeat(2_000),
  'a[9999999999999999999999]',
];

const deep = (depth: number): unknown => {
  let value: unknown = 1;
  for (let at = 0; at < depth; at++) value = at % 2 === 0 ? [value] : { L: value, M: {} };
  return value;
};

function hostile(chance: Chance): unknown {
  switch (chance.below(9)) {
    case 0:
      return null;
    case 1:
      return chance.one([-1, 0, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, 5e-324]);
    case 2:
      return chance.one([true, [], {}, [[]], [null], { a: null }]);
    case 3:
      return deep(chance.one([5, 40, 200]));
    case 4:
      return Array.from({ length: chance.one([11, 101, 1_001]) }, (_, at) => `item${at}`);
    case 5:
      return { __proto__x: 1, constructor: { prototype: 1 }, [chance.one(hostileTexts).slice(0, 300)]: 1 };
    default:
      return chance.one(hostileTexts);
  }
}

const deepest = 6;
/** Values that one input has at most. */
const mostValues = 80;
/** Values that several requests share, so that some of them find what another made. */
const texts: readonly string[] = [
  'one',
  'two',
  'http://localhost:4566/000000000000/one',
  'arn:aws:s3:::one',
  '5',
  'id',
];

/** A value of a shape: most members are set, a union has one form. */
function valueOf(shape: Shape, chance: Chance, depth: number, budget = { left: mostValues }): unknown {
  if (budget.left-- < 0) return null;
  switch (shape.kind) {
    case 'structure': {
      const { members, union } = shape;
      if (members.length === 0 || depth > deepest) return {};
      const chosen = union
        ? [chance.one(members)]
        : members.filter((member) => member.required || (budget.left > 0 && !chance.once(3)));
      return Object.fromEntries(
        chosen.map((member) => [member.name, valueOf(member.shape, chance, depth + 1, budget)]),
      );
    }
    case 'list':
      return depth > deepest
        ? []
        : Array.from({ length: chance.below(3) }, () => valueOf(shape.member.shape, chance, depth + 1, budget));
    case 'map':
      return depth > deepest ? {} : { [chance.one(texts)]: valueOf(shape.value.shape, chance, depth + 1, budget) };
    case 'boolean':
      return chance.once(2);
    case 'blob':
      return chance.bytes(chance.below(20));
    case 'timestamp':
      return new Date(Date.UTC(2026, chance.below(12), 1));
    case 'string':
    case 'document':
      return chance.one(texts);
    default:
      return chance.below(12);
  }
}

/** A sound input of the operation, with one or two of its values replaced, left out or renamed. */
export function hostileInput({ input }: OperationModel, chance: Chance): Record<string, unknown> {
  const value = valueOf(input, chance, 0) as Record<string, unknown>;
  for (let changes = chance.below(3); changes >= 0; changes--) spoil(value, chance);
  return value;
}

function spoil(at: Record<string, unknown>, chance: Chance): void {
  const names = Object.keys(at);
  if (names.length === 0) return;
  const name = chance.one(names);
  const inner = at[name];
  if (typeof inner === 'object' && inner !== null && !(inner instanceof Date) && !chance.once(3)) {
    spoil(inner as Record<string, unknown>, chance);
    return;
  }
  if (chance.once(6)) Reflect.deleteProperty(at, name);
  else if (chance.once(8)) at[`${name}x`] = inner;
  else at[name] = hostile(chance);
}
