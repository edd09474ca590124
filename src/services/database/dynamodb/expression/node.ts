// What an expression says, as a tree. `#name` and `:value` are still placeholders here, so that one parse serves all requests
// with the same text.
import type { AttributeValue } from '../value.ts';

/** `a`, `#a` or `[1]` (a number). */
export type PathStep = string | number;

export interface PathNode {
  readonly kind: 'path';
  readonly steps: readonly PathStep[];
  /** True when names are meant as they stand, also with a `#`: legacy parameters and PartiQL write them so. */
  readonly literal?: boolean;
}

export type OperandNode = (
  | PathNode
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: AttributeValue }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly OperandNode[] }
  | { readonly kind: 'sum'; readonly sign: '+' | '-'; readonly left: OperandNode; readonly right: OperandNode }
) & { parenthesised?: boolean };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type ConditionNode = (
  | { readonly kind: 'and' | 'or'; readonly left: ConditionNode; readonly right: ConditionNode }
  | { readonly kind: 'not'; readonly condition: ConditionNode }
  | {
      readonly kind: 'compare';
      readonly comparator: Comparator;
      readonly left: OperandNode;
      readonly right: OperandNode;
    }
  | { readonly kind: 'between'; readonly operand: OperandNode; readonly low: OperandNode; readonly high: OperandNode }
  | { readonly kind: 'in'; readonly operand: OperandNode; readonly list: readonly OperandNode[] }
  | { readonly kind: 'test'; readonly name: string; readonly operands: readonly OperandNode[] }
) & { parenthesised?: boolean };

export type UpdateAction =
  | { readonly kind: 'SET'; readonly path: PathNode; readonly value: OperandNode }
  | { readonly kind: 'REMOVE'; readonly path: PathNode }
  | { readonly kind: 'ADD' | 'DELETE'; readonly path: PathNode; readonly value: OperandNode };

/** Functions that give a truth value, and how many operands they take. */
export const tests: Readonly<Record<string, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
};

/** Functions that give a value, and how many operands they take. */
export const calls: Readonly<Record<string, number>> = { size: 1, if_not_exists: 2, list_append: 2 };
