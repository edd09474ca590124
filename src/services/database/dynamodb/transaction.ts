// Transactions: all of up to 100 actions, or none.
//
// Differs: requests are handled one after the other, so no two ever meet on an item, and `TransactionConflict` does not occur by itself.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
import { createHash } from 'node:crypto';
import { AwsError } from '../../../kernel/errors.ts';
import { key as rowKey } from '../../../kernel/key.ts';
import { later } from '../../../kernel/units.ts';
import {
  type Action,
  checkAction,
  checkItem,
  deleteAction,
  isMet,
  perform,
  putAction,
  refusalOf,
  rowKeyOf,
  updateAction,
} from './action.ts';
import { type CapacityReport, Consumption, readUnits, type ReportedCapacity, reported } from './capacity.ts';
import { type CollectionMetrics, collectionMetrics } from './collection.ts';
import { type CancellationReason, errors } from './errors.ts';
import { readUpdate } from './expression/update.ts';
import { readCondition } from './expression/condition.ts';
import { checkKey, hashIn, itemKey } from './key.ts';
import { tokenSeconds, transactionMaxBytes } from './limits.ts';
import { placeholdersOf, readWanted, readWriteCondition } from './parameter.ts';
import { type Located, openTable } from './reference.ts';
import type { DynamoContext, Operation } from './state.ts';
import { consume } from './throttle.ts';
import { type AttributeValue, checkAttributes, type Item, itemBytes } from './value.ts';

type WriteInput = Parameters<typeof TransactWriteItems>[0];
type WriteItem = WriteInput['TransactItems'][number];
type UpdateItem = NonNullable<WriteItem['Update']>;

const notOne = () => errors.validation('TransactItems can only contain one of Check, Put, Update or Delete');

function readUpdateItem(input: UpdateItem): Action {
  const { UpdateExpression, ConditionExpression } = input;
  const key = checkAttributes(input.Key);
  const placeholders = placeholdersOf(input, { UpdateExpression, ConditionExpression });
  const update = readUpdate(UpdateExpression, placeholders);
  const condition =
    ConditionExpression === undefined
      ? undefined
      : readCondition('ConditionExpression', ConditionExpression, placeholders);
  placeholders.checkAllUsed();
  const showOnFailure = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  return updateAction({ tableName: input.TableName, condition, showOnFailure }, key, update);
}

function readWriteItem(item: WriteItem): Action {
  const { Put, Delete, Update, ConditionCheck } = item;
  if (Object.values(item).filter((each) => each !== undefined).length !== 1) throw notOne();
  if (Update !== undefined) return readUpdateItem(Update);
  const input = Put ?? Delete ?? ConditionCheck;
  if (input === undefined) throw notOne();
  const common = {
    tableName: input.TableName,
    condition: readWriteCondition(input),
    showOnFailure: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
  };
  if (Put !== undefined) return putAction(common, checkItem(Put.Item));
  const key = checkAttributes((Delete ?? (ConditionCheck as NonNullable<typeof ConditionCheck>)).Key);
  return Delete === undefined ? checkAction(common, key) : deleteAction(common, key);
}

/** Codes that stand in `CancellationReasons` for errors of one action. */
const reasonCodes: Readonly<Record<string, string>> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  DuplicateItemException: 'DuplicateItem',
  ValidationException: 'ValidationError',
  ProvisionedThroughputExceededException: 'ProvisionedThroughputExceeded',
  ThrottlingException: 'ThrottlingError',
  ItemCollectionSizeLimitExceededException: 'ItemCollectionSizeLimitExceeded',
  TransactionConflictException: 'TransactionConflict',
};

const none: CancellationReason = { Code: 'None' };

/** The reason that an error of one action is; rethrows what is none. */
export function reasonOf(error: unknown): CancellationReason {
  const code = error instanceof AwsError ? reasonCodes[error.code] : undefined;
  if (!(error instanceof AwsError) || code === undefined) throw error;
  const item = error.members['Item'] as Record<string, AttributeValue> | undefined;
  return { Code: code, Message: error.message, ...(item && { Item: item }) };
}

/** A key value that is empty or too long is refused before the transaction starts; one of a wrong type cancels it. */
const isInputFault = (error: unknown): boolean =>
  error instanceof AwsError && /are not valid|size limit|Cannot update attribute/.test(error.message);

export interface Step {
  readonly located: Located;
  readonly action: Action;
}

/** Finds the faults that one action has in itself, as a reason. */
function faultOf({ located, action }: Step, keys: Set<string>): CancellationReason {
  try {
    const key = rowKeyOf(action, located.table);
    const unique = `${located.context.account} ${key}`;
    if (keys.has(unique)) throw errors.validation('Transaction request cannot include multiple operations on one item');
    keys.add(unique);
    return none;
  } catch (error) {
    const repeated = error instanceof AwsError && error.message.startsWith('Transaction request');
    if (repeated || isInputFault(error)) throw error;
    return reasonOf(error);
  }
}

const cancelIfAny = (reasons: readonly CancellationReason[]): void => {
  if (reasons.some((reason) => reason.Code !== 'None')) throw errors.transactionCanceled(reasons);
};

/** Performs all steps or none: the running transaction of the store takes back what was done when this throws. */
export function performAll(steps: readonly Step[]): Map<Located, Consumption> {
  const keys = new Set<string>();
  cancelIfAny(steps.map((step) => faultOf(step, keys)));
  const bytes = steps.reduce((sum, { action }) => sum + itemBytes(action.target), 0);
  if (bytes > transactionMaxBytes) {
    throw errors.validation(`Transaction request size cannot exceed ${transactionMaxBytes} bytes`);
  }
  cancelIfAny(
    steps.map(({ located, action }) => {
      const { table, context } = located;
      const before = context.state.items.find(itemKey(table.space, table.key, action.target))?.item;
      return isMet(action, before) ? none : reasonOf(refusalOf(action, before));
    }),
  );
  const consumed = new Map<Located, Consumption>();
  const reasons = steps.map(({ located, action }) => {
    try {
      const { consumption } = perform(located, action, 'transaction');
      const sum = consumed.get(located) ?? new Consumption('write', true);
      sum.add(consumption);
      consumed.set(located, sum);
      return none;
    } catch (error) {
      const reason = reasonOf(error);
      if (isInputFault(error)) throw error;
      return reason;
    }
  });
  cancelIfAny(reasons);
  return consumed;
}

/** The steps with their tables, each table looked up once. */
export function locate(request: DynamoContext, actions: readonly Action[]): Step[] {
  const tables = new Map<string, Located>();
  return actions.map((action) => {
    const located = tables.get(action.tableName) ?? openTable(request, action.tableName);
    tables.set(action.tableName, located);
    return { located, action };
  });
}

/** `ConsumedCapacity` of each table. */
export function capacities(
  consumed: ReadonlyMap<Located, Consumption>,
  asked: CapacityReport,
): ReportedCapacity[] | undefined {
  const reports = [...consumed].map(([{ reference }, consumption]) => consumption.report(asked, reference));
  const told = reports.filter((report) => report !== undefined);
  return told.length === 0 ? undefined : told;
}

function metricsOf(steps: readonly Step[], asked: string | undefined): Record<string, CollectionMetrics[]> | undefined {
  const metrics: Record<string, CollectionMetrics[]> = {};
  for (const { located, action } of steps) {
    const { context, table, reference } = located;
    const metric = collectionMetrics(context, table, action.target, asked);
    if (metric !== undefined) (metrics[reference] ??= []).push(metric);
  }
  return Object.keys(metrics).length === 0 ? undefined : metrics;
}

const replacer = (_name: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;

/** What a request asks, in short: the same for the same request. */
export const digestOf = (request: unknown): string =>
  createHash('sha256').update(JSON.stringify(request, replacer)).digest('base64');

/** Does what a token stands for once: the same request again, within ten minutes, gets the first answer, as a read. */
export function once<Answer extends object>(
  { state, clock }: DynamoContext,
  token: string | undefined,
  asked: unknown,
  work: () => { readonly answer: Answer; readonly again: object },
): Answer {
  if (token === undefined) return work().answer;
  const now = clock.now();
  for (const old of state.tokens.index('until').list({ to: rowKey(now), limit: 10 })) state.tokens.delete(old.token);
  const request = digestOf(asked);
  const known = state.tokens.find(token);
  if (known !== undefined && known.until > now) {
    if (known.request !== request) throw errors.idempotentMismatch();
    return known.response as Answer;
  }
  const { answer, again } = work();
  state.tokens.put({ token, request, until: later(now, tokenSeconds), response: again });
  return answer;
}

/** What a repeated transaction tells: it wrote nothing, and read what it would have written. */
export const asRead = (capacity: ReportedCapacity): ReportedCapacity => {
  const { WriteCapacityUnits, ...rest } = capacity;
  return { ...rest, ...(WriteCapacityUnits !== undefined && { ReadCapacityUnits: WriteCapacityUnits }) };
};

/**
 * Puts, updates, deletes and checks up to 100 items of any tables: all or none.
 *
 * Limit: 4 MB together.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export const TransactWriteItems: Operation<'TransactWriteItems'> = (input, request) => {
  const { ClientRequestToken, ReturnConsumedCapacity, ReturnItemCollectionMetrics, TransactItems } = input;
  const actions = TransactItems.map(readWriteItem);
  return once(request, ClientRequestToken, TransactItems, () => {
    const steps = locate(request, actions);
    const consumed = capacities(performAll(steps), ReturnConsumedCapacity);
    const metrics = metricsOf(steps, ReturnItemCollectionMetrics);
    const sizes = metrics && { ItemCollectionMetrics: metrics };
    return {
      answer: { ...reported(consumed), ...sizes },
      again: { ...reported(consumed?.map(asRead)), ...sizes },
    };
  });
};

/** One item read in a transaction. */
export interface ReadStep {
  readonly located: Located;
  readonly key: Item;
  readonly project: (item: Item) => Item;
}

/** Reads all items at one instant. */
export function readAll(steps: readonly ReadStep[]): {
  found: (Item | undefined)[];
  consumed: Map<Located, Consumption>;
} {
  const consumed = new Map<Located, Consumption>();
  let bytes = 0;
  const reasons: CancellationReason[] = [];
  const found = steps.map(({ located, key, project }) => {
    const { context, table } = located;
    try {
      checkKey(table.key, key);
      const at = itemKey(table.space, table.key, key);
      const row = context.state.items.find(at);
      bytes += row?.bytes ?? 0;
      const units = readUnits(row?.bytes ?? 0, 'transaction');
      consume(context, table, undefined, 'read', hashIn(table.space, at), units);
      const sum = consumed.get(located) ?? new Consumption('read', true);
      sum.addTable(units);
      consumed.set(located, sum);
      reasons.push(none);
      return row && project(row.item);
    } catch (error) {
      if (isInputFault(error)) throw error;
      reasons.push(reasonOf(error));
      return undefined;
    }
  });
  cancelIfAny(reasons);
  if (bytes > transactionMaxBytes) {
    throw errors.validation(`Transaction request size cannot exceed ${transactionMaxBytes} bytes`);
  }
  return { found, consumed };
}

/**
 * Reads up to 100 items of any tables at one instant.
 *
 * Limit: 4 MB together.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
 */
export const TransactGetItems: Operation<'TransactGetItems'> = (input, request) => {
  const gets = input.TransactItems.map(({ Get }) => ({
    tableName: Get.TableName,
    key: checkAttributes(Get.Key),
    wanted: readWanted(Get),
  }));
  const tables = new Map<string, Located>();
  const steps = gets.map(({ tableName, key, wanted }) => {
    const located = tables.get(tableName) ?? openTable(request, tableName);
    tables.set(tableName, located);
    return { located, key, project: (item: Item) => (wanted === undefined ? item : wanted.apply(item)) };
  });
  const { found, consumed } = readAll(steps);
  return {
    Responses: found.map((item) => (item === undefined ? {} : { Item: item as Record<string, AttributeValue> })),
    ...reported(capacities(consumed, input.ReturnConsumedCapacity)),
  };
};
