// INSERT, UPDATE, DELETE and EXISTS as the actions that all writes perform.
import {
  type Action,
  checkAction,
  checkItem,
  deleteAction,
  insertAction,
  type Performed,
  returnedValues,
  updateAction,
} from '../action.ts';
import { errors } from '../errors.ts';
import { bindCondition } from '../expression/condition.ts';
import type { ConditionNode } from '../expression/node.ts';
import { Placeholders } from '../expression/placeholder.ts';
import { bindUpdate } from '../expression/update.ts';
import type { Located } from '../reference.ts';
import type { Item } from '../value.ts';
import { splitKey } from './plan.ts';
import { type Delete, type Exists, type Insert, joinAll, type Source, type UpdateStatement } from './statement.ts';

export type Write = Insert | UpdateStatement | Delete | Exists;

const test = (name: 'attribute_exists' | 'attribute_not_exists', attribute: string): ConditionNode => ({
  kind: 'test',
  name,
  operands: [{ kind: 'path', steps: [attribute], literal: true }],
});

const refuseIndex = ({ index }: Source): void => {
  if (index !== undefined) throw errors.validation('This operation is not supported on an index');
};

/** The action that a statement means, on the table that it names. */
export function actionOf({ table, reference }: Located, statement: Write, showOnFailure: boolean): Action {
  refuseIndex(statement.source);
  const common = { tableName: reference, showOnFailure };
  const { hash } = table.key;
  if (statement.kind === 'insert') return insertAction({ ...common, condition: undefined }, checkItem(statement.item));
  const { key, rest } = splitKey(statement.where, table.key);
  if (statement.kind === 'exists' && (key === undefined || rest.length === 0))
    throw errors.validation('EXISTS() must contain a single item read with additional condition');
  if (key === undefined)
    throw errors.validation('Where clause does not contain a mandatory equality on all key attributes');
  const exists = test('attribute_exists', hash.name);
  const bind = (node: ConditionNode | undefined) => node && bindCondition('Statement', node, new Placeholders());
  if (statement.kind === 'delete') {
    // Nothing to delete is no failure, whatever else the condition says.
    const further = joinAll(rest);
    const gone = test('attribute_not_exists', hash.name);
    const condition = bind(further && { kind: 'or', left: gone, right: further });
    return deleteAction({ ...common, condition }, key);
  }
  const condition = bind(joinAll([exists, ...rest]));
  if (statement.kind === 'exists') return checkAction({ ...common, condition }, key);
  const update = bindUpdate(statement.actions, new Placeholders(), 'Statement');
  return updateAction({ ...common, condition }, key, update);
}

/** What a statement returns of the item that it wrote; undefined for nothing. */
export function returnedItem(statement: Write, action: Action, performed: Performed): Item | undefined {
  if (statement.kind !== 'update' && statement.kind !== 'delete') return undefined;
  return returnedValues(statement.returning, action, performed);
}
