// Which part of a table or index a condition can be about: the partition key values that it allows, and a range of the sort key.
import { compareValues, sameValue } from '../compare.ts';
import type { KeyOperator, KeyTerm } from '../expression/key-condition.ts';
import type { ConditionNode, OperandNode } from '../expression/node.ts';
import type { KeyAttribute, KeySchema } from '../key.ts';
import type { AttributeValue } from '../value.ts';
import { conjuncts } from './statement.ts';

const isAttribute = (node: OperandNode | undefined, name: string): boolean =>
  node?.kind === 'path' && node.steps.length === 1 && node.steps[0] === name;

const constantOf = (node: OperandNode | undefined): AttributeValue | undefined =>
  node?.kind === 'constant' ? node.value : undefined;

/** The value that a condition says an attribute equals. */
export function equalTo(node: ConditionNode, name: string): AttributeValue | undefined {
  if (node.kind !== 'compare' || node.comparator !== '=') return undefined;
  if (isAttribute(node.left, name)) return constantOf(node.right);
  return isAttribute(node.right, name) ? constantOf(node.left) : undefined;
}

const distinct = (values: readonly AttributeValue[]): AttributeValue[] =>
  values.filter((value, at) => values.findIndex((other) => sameValue(value, other)) === at);

/** Partition key values outside which the condition cannot hold; undefined when it names none. */
export function allowedValues(
  node: ConditionNode | undefined,
  { name, type }: KeyAttribute,
): AttributeValue[] | undefined {
  if (node === undefined) return undefined;
  if (node.kind === 'and') return allowedValues(node.left, { name, type }) ?? allowedValues(node.right, { name, type });
  if (node.kind === 'or') {
    const left = allowedValues(node.left, { name, type });
    const right = allowedValues(node.right, { name, type });
    return left && right && distinct([...left, ...right]);
  }
  const values =
    node.kind === 'in' && isAttribute(node.operand, name) ? node.list.map(constantOf) : [equalTo(node, name)];
  return values.every((value) => value?.[type] !== undefined) ? distinct(values as AttributeValue[]) : undefined;
}

const mirrored: Readonly<Record<string, KeyOperator>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=' };

/** A condition as one on a sort key; undefined when it is none. */
function sortTerm(node: ConditionNode, { name, type }: KeyAttribute): KeyTerm | undefined {
  const term = (operator: KeyOperator, ...values: (AttributeValue | undefined)[]): KeyTerm | undefined =>
    values.every((value) => value?.[type] !== undefined)
      ? { name, operator, values: values as AttributeValue[] }
      : undefined;
  if (node.kind === 'compare' && node.comparator !== '<>') {
    if (isAttribute(node.left, name)) return term(node.comparator, constantOf(node.right));
    if (isAttribute(node.right, name)) return term(mirrored[node.comparator] as KeyOperator, constantOf(node.left));
  }
  if (node.kind === 'between' && isAttribute(node.operand, name))
    return term('BETWEEN', constantOf(node.low), constantOf(node.high));
  if (node.kind === 'test' && node.name === 'begins_with' && type !== 'N' && isAttribute(node.operands[0], name))
    return term('begins_with', constantOf(node.operands[1]));
  return undefined;
}

/** The condition on the sort key, among those that must all hold. */
export function sortTermIn(where: ConditionNode | undefined, schema: KeySchema): KeyTerm | undefined {
  const { range } = schema;
  if (range === undefined) return undefined;
  for (const node of conjuncts(where)) {
    const term = sortTerm(node, range);
    if (term !== undefined) return term;
  }
  return undefined;
}

export interface KeyAndRest {
  /** Undefined when the condition does not name the whole key. */
  readonly key: Record<string, AttributeValue> | undefined;
  /** What it says besides the key. */
  readonly rest: readonly ConditionNode[];
}

/** Takes a whole key out of a condition. */
export function splitKey(where: ConditionNode | undefined, { hash, range }: KeySchema): KeyAndRest {
  const key: Record<string, AttributeValue> = {};
  const rest: ConditionNode[] = [];
  const names = range === undefined ? [hash.name] : [hash.name, range.name];
  for (const node of conjuncts(where)) {
    const name = names.find((each) => !Object.hasOwn(key, each) && equalTo(node, each) !== undefined);
    if (name === undefined) rest.push(node);
    else key[name] = equalTo(node, name) as AttributeValue;
  }
  return { key: Object.keys(key).length === names.length ? key : undefined, rest };
}

/** Partition key values in order. */
export const inOrder = (values: readonly AttributeValue[], isDescending: boolean): AttributeValue[] =>
  values.toSorted((a, b) => (compareValues(a, b) ?? 0) * (isDescending ? -1 : 1));
