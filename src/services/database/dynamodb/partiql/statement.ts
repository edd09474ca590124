// What a PartiQL statement says, as a tree. Conditions and operands are those of expressions, with values already in them.
import type { ConditionNode, PathNode, UpdateAction } from '../expression/node.ts';
import type { Item } from '../value.ts';

/** `"table"."index"`. */
export interface Source {
  readonly table: string;
  readonly index: string | undefined;
}

/** `ALL OLD *`, as `UpdateItem` calls it. */
export type Returning = 'ALL_OLD' | 'ALL_NEW' | 'UPDATED_OLD' | 'UPDATED_NEW';

export interface Select {
  readonly kind: 'select';
  readonly source: Source;
  /** Undefined for `*`. */
  readonly columns: readonly PathNode[] | undefined;
  readonly where: ConditionNode | undefined;
  readonly order: readonly { readonly name: string; readonly isDescending: boolean }[];
}

export interface Insert {
  readonly kind: 'insert';
  readonly source: Source;
  readonly item: Item;
}

export interface UpdateStatement {
  readonly kind: 'update';
  readonly source: Source;
  readonly actions: readonly UpdateAction[];
  readonly where: ConditionNode | undefined;
  readonly returning: Returning | undefined;
}

export interface Delete {
  readonly kind: 'delete';
  readonly source: Source;
  readonly where: ConditionNode | undefined;
  readonly returning: Returning | undefined;
}

/** `EXISTS(SELECT …)`: a check, in transactions. */
export interface Exists {
  readonly kind: 'exists';
  readonly source: Source;
  readonly where: ConditionNode | undefined;
}

export type Statement = Select | Insert | UpdateStatement | Delete | Exists;

/** The parts that `AND` joins at the top of a condition. */
export const conjuncts = (node: ConditionNode | undefined): ConditionNode[] =>
  node === undefined ? [] : node.kind === 'and' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node];

/** The opposite: parts joined by `AND`; undefined for none. */
export const joinAll = (nodes: readonly ConditionNode[]): ConditionNode | undefined => {
  const [first, ...others] = nodes;
  return others.reduce<ConditionNode | undefined>((left, right) => left && { kind: 'and', left, right }, first);
};
