// Operations on one item.
import {
  type Action,
  checkItem,
  deleteAction,
  type Performed,
  perform,
  putAction,
  returnedValues,
  updateAction,
} from './action.ts';
import { Consumption, readUnits, reported } from './capacity.ts';
import { collectionMetrics, metricsReport } from './collection.ts';
import { errors } from './errors.ts';
import { readCondition } from './expression/condition.ts';
import { type Update, readUpdate } from './expression/update.ts';
import { checkKey, hashIn, itemKey } from './key.ts';
import { readAttributeUpdates, readExpected } from './legacy.ts';
import {
  checkGenerations,
  checkScalarKeys,
  nonEmpty,
  placeholdersOf,
  readWanted,
  readWriteCondition,
} from './parameter.ts';
import { type Located, openTable } from './reference.ts';
import type { Operation } from './state.ts';
import { consume } from './throttle.ts';
import { checkAttributes } from './value.ts';

const checkReturnValues = (asked: string | undefined): void => {
  if (asked !== undefined && asked !== 'NONE' && asked !== 'ALL_OLD')
    throw errors.validation('Return values set to invalid value');
};

interface Asked {
  readonly TableName: string;
  readonly ReturnValues?: string | undefined;
  readonly ReturnConsumedCapacity?: 'INDEXES' | 'TOTAL' | 'NONE' | undefined;
  readonly ReturnItemCollectionMetrics?: string | undefined;
}

/** The answer of a write, with all that was asked for. */
function answer(input: Asked, { context, table }: Located, action: Action, performed: Performed) {
  const attributes = nonEmpty(returnedValues(input.ReturnValues, action, performed));
  const metrics = collectionMetrics(context, table, action.target, input.ReturnItemCollectionMetrics);
  return {
    ...(attributes && { Attributes: attributes }),
    ...reported(performed.consumption.report(input.ReturnConsumedCapacity, input.TableName)),
    ...metricsReport(metrics),
  };
}

/**
 * Stores an item in place of the one with the same key, if any.
 *
 * Limit: 400 KB for names and values together.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
 */
export const PutItem: Operation<'PutItem'> = (input, request) => {
  checkReturnValues(input.ReturnValues);
  const item = checkItem(input.Item);
  const condition = readWriteCondition(input);
  const showOnFailure = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  const action = putAction({ tableName: input.TableName, condition, showOnFailure }, item);
  const located = openTable(request, input.TableName);
  return answer(input, located, action, perform(located, action));
};

/**
 * Deletes an item. Deleting none is no error.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
 */
export const DeleteItem: Operation<'DeleteItem'> = (input, request) => {
  checkReturnValues(input.ReturnValues);
  const key = checkAttributes(input.Key);
  const condition = readWriteCondition(input);
  const showOnFailure = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  const action = deleteAction({ tableName: input.TableName, condition, showOnFailure }, key);
  const located = openTable(request, input.TableName);
  return answer(input, located, action, perform(located, action));
};

type UpdateInput = Parameters<typeof UpdateItem>[0];

/** Condition and update of a request, whichever generation of parameters it uses. */
export function readUpdateParameters(
  input: UpdateInput,
): Pick<Action, 'condition'> & { readonly update: Update | undefined } {
  const { UpdateExpression, ConditionExpression, AttributeUpdates, Expected, ConditionalOperator } = input;
  const expressions = { UpdateExpression, ConditionExpression };
  checkGenerations({ AttributeUpdates, Expected, ConditionalOperator }, expressions);
  const placeholders = placeholdersOf(input, expressions);
  if (UpdateExpression === undefined && ConditionExpression === undefined) {
    return {
      update: AttributeUpdates && readAttributeUpdates(AttributeUpdates),
      condition: readExpected(Expected, ConditionalOperator),
    };
  }
  const update = UpdateExpression === undefined ? undefined : readUpdate(UpdateExpression, placeholders);
  const condition =
    ConditionExpression === undefined
      ? undefined
      : readCondition('ConditionExpression', ConditionExpression, placeholders);
  placeholders.checkAllUsed();
  return { update, condition };
}

/**
 * Changes an item, or makes one.
 *
 * Unknown: in which order AWS finds faults of the two expressions; here the update's first.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
 */
export const UpdateItem: Operation<'UpdateItem'> = (input, request) => {
  const key = checkAttributes(input.Key);
  const { update, condition } = readUpdateParameters(input);
  const showOnFailure = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  const action = updateAction({ tableName: input.TableName, condition, showOnFailure }, key, update);
  const located = openTable(request, input.TableName);
  return answer(input, located, action, perform(located, action));
};

/**
 * Reads an item by its key. No `Item` in the answer when there is none.
 *
 * Default: eventually consistent, at half the cost.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
 */
export const GetItem: Operation<'GetItem'> = (input, request) => {
  const key = checkAttributes(input.Key);
  const wanted = readWanted(input);
  const { context, table } = openTable(request, input.TableName);
  checkKey(table.key, key);
  checkScalarKeys(table, wanted?.paths);
  const rowKey = itemKey(table.space, table.key, key);
  const row = context.state.items.find(rowKey);
  const units = readUnits(row?.bytes ?? 0, input.ConsistentRead ? 'strong' : 'eventual');
  consume(context, table, undefined, 'read', hashIn(table.space, rowKey), units);
  const consumption = new Consumption('read');
  consumption.addTable(units);
  return {
    ...(row && { Item: wanted === undefined ? row.item : wanted.apply(row.item) }),
    ...reported(consumption.report(input.ReturnConsumedCapacity, input.TableName)),
  };
};
