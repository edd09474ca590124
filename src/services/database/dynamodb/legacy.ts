// The parameters of before 2014: Expected, KeyConditions, QueryFilter, ScanFilter, AttributeUpdates, AttributesToGet. They are
// turned into the trees that expressions are parsed into, so that there is one engine.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
import { compareValues } from './compare.ts';
import { errors } from './errors.ts';
import { type Condition, bindCondition } from './expression/condition.ts';
import type { KeyOperator, KeyTerm } from './expression/key-condition.ts';
import type { ConditionNode, OperandNode, PathNode, UpdateAction } from './expression/node.ts';
import { Placeholders } from './expression/placeholder.ts';
import { type Projection, projectionOfPaths } from './expression/projection.ts';
import type { ExpressionKind } from './expression/token.ts';
import { bindUpdate, type Update } from './expression/update.ts';
import { type AttributeValue, checkValue, describeValue, type TypeName, typeOf } from './value.ts';

interface LegacyCondition {
  readonly ComparisonOperator?: string | undefined;
  readonly AttributeValueList?: readonly AttributeValue[] | undefined;
}

interface LegacyExpectation extends LegacyCondition {
  readonly Value?: AttributeValue | undefined;
  readonly Exists?: boolean | undefined;
}

type Map<Value> = Readonly<Record<string, Value>>;

const operandCounts: Readonly<Record<string, number>> = {
  EQ: 1,
  NE: 1,
  LE: 1,
  LT: 1,
  GE: 1,
  GT: 1,
  CONTAINS: 1,
  NOT_CONTAINS: 1,
  BEGINS_WITH: 1,
  BETWEEN: 2,
  NULL: 0,
  NOT_NULL: 0,
};
const scalars: readonly TypeName[] = ['S', 'N', 'B'];
const allowedTypes: Readonly<Record<string, readonly TypeName[]>> = {
  LE: scalars,
  LT: scalars,
  GE: scalars,
  GT: scalars,
  BETWEEN: scalars,
  IN: scalars,
  BEGINS_WITH: ['S', 'B'],
  CONTAINS: ['S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L'],
  NOT_CONTAINS: ['S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L'],
};

function checkOperands(operator: string, values: readonly AttributeValue[]): void {
  const wanted = operandCounts[operator];
  if (operator === 'IN' ? values.length === 0 : values.length !== wanted) {
    throw errors.invalidParameter(`Invalid number of argument(s) for the ${operator} ComparisonOperator`);
  }
  const allowed = allowedTypes[operator];
  for (const value of values) {
    if (allowed === undefined || allowed.includes(typeOf(value))) continue;
    throw errors.invalidParameter(
      `ComparisonOperator ${operator} is not valid for ${typeOf(value)} AttributeValue type`,
    );
  }
  const types = new Set(values.map(typeOf));
  if (types.size > 1) throw errors.invalidParameter('AttributeValues inside AttributeValueList must be of same type');
  const [low, high] = values;
  if (operator === 'BETWEEN' && low !== undefined && high !== undefined && (compareValues(low, high) ?? 0) > 0) {
    throw errors.validation(
      `The BETWEEN condition was provided a range where the lower bound is greater than the upper bound: lower bound operand: ${describeValue(low)}, upper bound operand: ${describeValue(high)}`,
    );
  }
}

const path = (name: string): PathNode => ({ kind: 'path', steps: [name], literal: true });
const constant = (value: AttributeValue): OperandNode => ({ kind: 'constant', value });
const test = (name: string, ...operands: OperandNode[]): ConditionNode => ({ kind: 'test', name, operands });

const comparators = { EQ: '=', NE: '<>', LE: '<=', LT: '<', GE: '>=', GT: '>' } as const;

function conditionNode(name: string, operator: string, values: readonly AttributeValue[]): ConditionNode {
  const at = path(name);
  const [first, second] = values.map(constant) as [OperandNode, OperandNode];
  switch (operator) {
    case 'NULL':
      return test('attribute_not_exists', at);
    case 'NOT_NULL':
      return test('attribute_exists', at);
    case 'IN':
      return { kind: 'in', operand: at, list: values.map(constant) };
    case 'BETWEEN':
      return { kind: 'between', operand: at, low: first, high: second };
    case 'BEGINS_WITH':
      return test('begins_with', at, first);
    case 'CONTAINS':
      return test('contains', at, first);
    case 'NOT_CONTAINS':
      // Where the attribute is missing, or cannot hold anything, AWS says no to both.
      return {
        kind: 'and',
        left: test('attribute_exists', at),
        right: { kind: 'not', condition: test('contains', at, first) },
      };
    default:
      return { kind: 'compare', comparator: comparators[operator as keyof typeof comparators], left: at, right: first };
  }
}

function join(nodes: readonly ConditionNode[], operator: string | undefined): ConditionNode | undefined {
  const kind = operator === 'OR' ? 'or' : 'and';
  const [first, ...others] = nodes;
  return others.reduce<ConditionNode | undefined>((left, right) => left && { kind, left, right }, first);
}

const bind = (kind: ExpressionKind, node: ConditionNode | undefined): Condition | undefined =>
  node && bindCondition(kind, node, new Placeholders());

function checkConditionalOperator(operator: string | undefined, parameter: string, map: object | undefined): void {
  if (operator === undefined) return;
  if (map === undefined) {
    throw errors.invalidParameter('ConditionalOperator cannot be used without Filter or Expected');
  }
  if (Object.keys(map).length <= 1) {
    throw errors.invalidParameter(
      parameter === 'Expected'
        ? 'ConditionalOperator can only be used when Expected has two or more elements'
        : 'ConditionalOperator can only be used when Filter has two or more elements',
    );
  }
}

function expectation(name: string, expected: LegacyExpectation): ConditionNode {
  const { ComparisonOperator: operator, AttributeValueList: list, Value: value, Exists: exists } = expected;
  if (operator !== undefined) {
    if (exists !== undefined)
      throw errors.invalidParameter(`Exists and ComparisonOperator cannot be used together for Attribute: ${name}`);
    if (value !== undefined && list !== undefined)
      throw errors.invalidParameter(`Value and AttributeValueList cannot be used together for Attribute: ${name}`);
    const values = (list ?? (value === undefined ? [] : [value])).map((each) => checkValue(each));
    checkOperands(operator, values);
    return conditionNode(name, operator, values);
  }
  if (list !== undefined)
    throw errors.invalidParameter(
      `AttributeValueList can only be used with a ComparisonOperator for Attribute: ${name}`,
    );
  if (exists === false) {
    if (value !== undefined)
      throw errors.invalidParameter(`Value cannot be used when Exists is set to false for Attribute: ${name}`);
    return test('attribute_not_exists', path(name));
  }
  if (value === undefined) {
    throw errors.invalidParameter(
      exists === undefined
        ? `Value must be provided when Exists is null for Attribute: ${name}`
        : `Value must be provided when Exists is set to true for Attribute: ${name}`,
    );
  }
  return conditionNode(name, 'EQ', [checkValue(value)]);
}

/** `Expected` as a condition; undefined when there is nothing expected. */
export function readExpected(
  expected: Map<LegacyExpectation> | undefined,
  operator: string | undefined,
): Condition | undefined {
  checkConditionalOperator(operator, 'Expected', expected);
  const nodes = Object.entries(expected ?? {}).map(([name, each]) => expectation(name, each));
  return bind('ConditionExpression', join(nodes, operator));
}

function filterNodes(filter: Map<LegacyCondition>): ConditionNode[] {
  return Object.entries(filter).map(([name, { ComparisonOperator: operator = '', AttributeValueList: list = [] }]) => {
    const values = list.map((value) => checkValue(value));
    checkOperands(operator, values);
    return conditionNode(name, operator, values);
  });
}

/** `QueryFilter` or `ScanFilter` as a condition; undefined when there is none. */
export function readFilter(
  parameter: 'QueryFilter' | 'ScanFilter',
  filter: Map<LegacyCondition> | undefined,
  operator: string | undefined,
): Condition | undefined {
  checkConditionalOperator(operator, parameter, filter);
  return bind('FilterExpression', join(filterNodes(filter ?? {}), operator));
}

const keyOperators: Readonly<Record<string, KeyOperator>> = {
  EQ: '=',
  LE: '<=',
  LT: '<',
  GE: '>=',
  GT: '>',
  BETWEEN: 'BETWEEN',
  BEGINS_WITH: 'begins_with',
};

/** `KeyConditions` as terms of a key condition. */
export function readKeyConditions(conditions: Map<LegacyCondition>): readonly KeyTerm[] {
  const entries = Object.entries(conditions);
  const terms = entries.map(([name, { ComparisonOperator: operator = '', AttributeValueList: list = [] }]) => {
    const values = list.map((value) => checkValue(value));
    checkOperands(operator, values);
    const keyOperator = keyOperators[operator];
    if (keyOperator === undefined) {
      throw errors.validation('Attempted conditional constraint is not an indexable operation');
    }
    return { name, operator: keyOperator, values };
  });
  if (terms.length > 2 || terms.length === 0) throw errors.validation('Conditions can be of length 1 or 2 only');
  return terms;
}

/** `AttributesToGet` as a projection. */
export function readAttributesToGet(names: readonly string[]): Projection {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw errors.invalidParameter(`Duplicate value in attribute name: ${twice}`);
  return projectionOfPaths(names.map((name) => [name]));
}

interface LegacyUpdate {
  readonly Value?: AttributeValue | undefined;
  readonly Action?: string | undefined;
}

function updateAction(name: string, { Value: given, Action: action = 'PUT' }: LegacyUpdate): UpdateAction {
  if (given === undefined) {
    if (action !== 'DELETE')
      throw errors.invalidParameter(`Only DELETE action is allowed when no attribute value is specified`);
    return { kind: 'REMOVE', path: path(name) };
  }
  const value = checkValue(given);
  const type = typeOf(value);
  if (action === 'PUT') return { kind: 'SET', path: path(name), value: constant(value) };
  if (action === 'DELETE') {
    if (!type.endsWith('S') || type === 'S')
      throw errors.invalidParameter(`DELETE action with value is not supported for the type ${type}`);
    return { kind: 'DELETE', path: path(name), value: constant(value) };
  }
  if (type === 'L') {
    // What expressions cannot say: ADD of a list appends.
    const empty = constant({ L: [] });
    const old: OperandNode = { kind: 'call', name: 'if_not_exists', operands: [path(name), empty] };
    return {
      kind: 'SET',
      path: path(name),
      value: { kind: 'call', name: 'list_append', operands: [old, constant(value)] },
    };
  }
  if (!['N', 'SS', 'NS', 'BS'].includes(type))
    throw errors.invalidParameter(`ADD action is not supported for the type ${type}`);
  return { kind: 'ADD', path: path(name), value: constant(value) };
}

/**
 * `AttributeUpdates` as an update; undefined when nothing is to change.
 *
 * Differs: a wrong type met while adding is said in the words of update expressions.
 */
export function readAttributeUpdates(updates: Map<LegacyUpdate>): Update | undefined {
  const actions = Object.entries(updates).map(([name, update]) => updateAction(name, update));
  return actions.length === 0 ? undefined : bindUpdate(actions, new Placeholders());
}
