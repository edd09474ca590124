// Every operator, with and without IfExists and quantifiers, against a model of a few lines that follows AWS's page word by word.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileCondition, holds } from './condition.ts';

type Values = undefined | string | readonly string[];

/** One value of the request and one of the policy, and whether they compare, written down naively. */
const compares: Readonly<Record<string, (request: string, policy: string) => boolean>> = {
  StringEquals: (request, policy) => request === policy,
  StringEqualsIgnoreCase: (request, policy) => request.toLowerCase() === policy.toLowerCase(),
  StringLike: (request, policy) =>
    new RegExp(`^${policy.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(request),
  NumericEquals: (request, policy) => Number(request) === Number(policy),
  NumericLessThan: (request, policy) => Number(request) < Number(policy),
  NumericLessThanEquals: (request, policy) => Number(request) <= Number(policy),
  NumericGreaterThan: (request, policy) => Number(request) > Number(policy),
  NumericGreaterThanEquals: (request, policy) => Number(request) >= Number(policy),
  DateEquals: (request, policy) => Date.parse(request) === Date.parse(policy),
  DateLessThan: (request, policy) => Date.parse(request) < Date.parse(policy),
  DateLessThanEquals: (request, policy) => Date.parse(request) <= Date.parse(policy),
  DateGreaterThan: (request, policy) => Date.parse(request) > Date.parse(policy),
  DateGreaterThanEquals: (request, policy) => Date.parse(request) >= Date.parse(policy),
  Bool: (request, policy) => request.toLowerCase() === policy.toLowerCase(),
};
const opposites: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
};

const word = fc
  .array(fc.constantFrom('a', 'A', 'b', '*'), { minLength: 1, maxLength: 3 })
  .map((letters) => letters.join(''));
const number = fc.integer({ min: -3, max: 3 }).map(String);
const day = fc.integer({ min: 1, max: 4 }).map((n) => `2026-01-0${n}T00:00:00Z`);
const truth = fc.constantFrom('true', 'false', 'True');
const valueOf = (operator: string): fc.Arbitrary<string> =>
  operator.startsWith('Numeric') ? number : operator.startsWith('Date') ? day : operator === 'Bool' ? truth : word;

const quantifiers = ['', 'ForAllValues:', 'ForAnyValue:'] as const;
const operators = [...Object.keys(compares), ...Object.keys(opposites)];

/** What AWS's page says. */
function model(
  quantifier: string,
  operator: string,
  ifExists: boolean,
  request: Values,
  policy: readonly string[],
): boolean {
  const negated = opposites[operator];
  const compare = compares[negated ?? operator] as (a: string, b: string) => boolean;
  const given = request === undefined ? [] : typeof request === 'string' ? [request] : request;
  // "…or if the key values resolve to a null data set, such as an empty string".
  const values = quantifier !== '' && given.every((value) => value === '') ? [] : given;
  // "…returns true if there are no keys in the request", "…returns false for ForAnyValue", and a negated operator matches an absent key.
  if (values.length === 0)
    return quantifier === 'ForAllValues:' || ifExists || (quantifier === '' && negated !== undefined);
  const fits = (value: string): boolean =>
    negated === undefined ? policy.some((one) => compare(value, one)) : policy.every((one) => !compare(value, one));
  if (quantifier === 'ForAllValues:') return values.every(fits);
  if (quantifier === 'ForAnyValue:') return values.some(fits);
  return fits(values[0] as string);
}

test.each(operators)(
  '%s: as AWS tells it, with IfExists and quantifiers, for absent keys and empty sets too',
  (operator) => {
    const value = valueOf(operator);
    const single = fc.oneof(fc.constant(undefined), value);
    const member = operator.startsWith('String') ? fc.oneof(value, fc.constant('')) : value;
    const several = fc.oneof(fc.constant(undefined), fc.array(member, { maxLength: 3 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...quantifiers),
        fc.boolean(),
        single,
        several,
        fc.array(value, { minLength: 1, maxLength: 3 }),
        (quantifier, ifExists, one, many, policy) => {
          const request: Values = quantifier === '' ? one : many;
          const name = `${quantifier}${operator}${ifExists ? 'IfExists' : ''}`;
          const condition = compileCondition(name, 'Some:Key', policy, true);
          if (condition === undefined) throw new Error(`${name} is not known`);
          const lookup = (key: string): Values => (key === 'some:key' ? request : undefined);
          expect(holds(condition, lookup)).toBe(model(quantifier, operator, ifExists, request, policy));
        },
      ),
    );
  },
);

test('Null: asks only whether the key is there, and an empty set is not', () => {
  const ask = (value: string, request: Values): boolean => {
    const condition = compileCondition('Null', 'k', [value], true);
    return condition !== undefined && holds(condition, () => request);
  };
  for (const [request, absent] of [
    [undefined, true],
    [[], true],
    ['', false],
    ['x', false],
    [['x'], false],
  ] as const) {
    expect(ask('true', request)).toBe(absent);
    expect(ask('false', request)).toBe(!absent);
  }
  expect(compileCondition('NullIfExists', 'k', ['true'], true)).toBeUndefined();
  expect(compileCondition('StringEqual', 'k', ['x'], true)).toBeUndefined();
  expect(compileCondition('ForSomeValues:StringEquals', 'k', ['x'], true)).toBeUndefined();
});

test('values that cannot be read compare with nothing, so that negated operators hold', () => {
  const ask = (operator: string, request: string, policy: string): boolean => {
    const condition = compileCondition(operator, 'k', [policy], true);
    return condition !== undefined && holds(condition, () => request);
  };
  expect(ask('NumericLessThan', 'many', '7')).toBe(false);
  expect(ask('NumericNotEquals', 'many', '7')).toBe(true);
  expect(ask('DateLessThan', 'yesterday', '2026-01-01')).toBe(false);
  expect(ask('IpAddress', 'nowhere', '10.0.0.0/8')).toBe(false);
  expect(ask('NotIpAddress', 'nowhere', '10.0.0.0/8')).toBe(true);
  expect(ask('ArnLike', 'no arn', 'arn:aws:s3:::*')).toBe(false);
  expect(ask('ArnNotLike', 'no arn', 'arn:aws:s3:::*')).toBe(true);
  expect(ask('Bool', 'yes', 'true')).toBe(false);
  expect(ask('BinaryEquals', '****', 'AAAA')).toBe(false);
});
