// Key conditions: one equality for the partition key, at most one condition for the sort key.
// Read first without a table (that finds most faults), then matched with the key of a table or index.
import { errors } from '../errors.ts';
import type { AttributeValue } from '../value.ts';
import { bindCondition } from './condition.ts';
import type { Comparator, ConditionNode, OperandNode } from './node.ts';
import { parseCondition } from './parser.ts';
import type { Placeholders } from './placeholder.ts';
import { invalidExpression } from './token.ts';

export type KeyOperator = Exclude<Comparator, '<>'> | 'BETWEEN' | 'begins_with';

/** One condition on one attribute, with its constants. */
export interface KeyTerm {
  readonly name: string;
  readonly operator: KeyOperator;
  readonly values: readonly AttributeValue[];
}

const mirrored: Readonly<Record<Comparator, Comparator>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

const fault = (detail: string) => errors.validation(`Invalid condition in KeyConditionExpression: ${detail}`);
const unfit = (operator: string) => errors.validation(`Invalid operator used in KeyConditionExpression: ${operator}`);

function conjuncts(node: ConditionNode): ConditionNode[] {
  return node.kind === 'and' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node];
}

function operandsOf(node: ConditionNode): readonly OperandNode[] {
  switch (node.kind) {
    case 'compare':
      return [node.left, node.right];
    case 'between':
      return [node.operand, node.low, node.high];
    case 'in':
      return [node.operand, ...node.list];
    case 'test':
      return node.operands;
    default:
      return [];
  }
}

function checkOperators(node: ConditionNode): void {
  if (node.kind === 'or') throw unfit('OR');
  if (node.kind === 'not') throw unfit('NOT');
  if (node.kind === 'in') throw unfit('IN');
  if (node.kind === 'compare' && node.comparator === '<>') throw unfit('<>');
  if (node.kind === 'test' && node.name !== 'begins_with') throw unfit(node.name);
  if (operandsOf(node).some((operand) => operand.kind === 'call' || operand.kind === 'sum'))
    throw errors.validation('KeyConditionExpressions cannot contain nested operations');
}

/** The attribute's operand in front. */
function keyFirst(node: ConditionNode): { operator: KeyOperator; key: OperandNode; others: readonly OperandNode[] } {
  if (node.kind === 'between') return { operator: 'BETWEEN', key: node.operand, others: [node.low, node.high] };
  if (node.kind === 'test') {
    const [key, ...others] = node.operands as [OperandNode, ...OperandNode[]];
    return { operator: 'begins_with', key, others };
  }
  if (node.kind !== 'compare') throw new Error(`no key condition: ${node.kind}`);
  const isMirrored = node.left.kind !== 'path' && node.right.kind === 'path';
  const comparator = isMirrored ? mirrored[node.comparator] : node.comparator;
  const [key, other] = isMirrored ? [node.right, node.left] : [node.left, node.right];
  return { operator: comparator as KeyOperator, key, others: [other] };
}

function term(node: ConditionNode, placeholders: Placeholders): KeyTerm {
  const { operator, key, others } = keyFirst(node);
  const pathCount = operandsOf(node).filter((operand) => operand.kind === 'path').length;
  if (pathCount > 1) throw fault('Multiple attribute names used in one condition');
  if (pathCount === 0) throw fault('No key attribute specified');
  if (key.kind !== 'path') throw fault(`${operator} operator must have the key attribute as its first operand`);
  const path = placeholders.path('KeyConditionExpression', key);
  if (path.length > 1) throw errors.validation('KeyConditionExpressions cannot have conditions on nested attributes');
  const values = others.map((other) => {
    if (other.kind === 'constant') return other.value;
    if (other.kind !== 'value') throw fault('No key attribute specified');
    return placeholders.value('KeyConditionExpression', other.name);
  });
  return { name: String(path[0]), operator, values };
}

/** Reads and binds a key condition expression. */
export function readKeyCondition(text: string, placeholders: Placeholders): readonly KeyTerm[] {
  const node = parseCondition('KeyConditionExpression', text);
  const nodes = conjuncts(node);
  // Binding it as a condition finds what is wrong in any expression.
  bindCondition('KeyConditionExpression', node, placeholders);
  for (const each of nodes) checkOperators(each);
  const terms = nodes.map((each) => term(each, placeholders));
  if (new Set(terms.map(({ name }) => name)).size < terms.length)
    throw invalidExpression(
      'KeyConditionExpression',
      'KeyConditionExpressions must only contain one condition per key',
    );
  return terms;
}
