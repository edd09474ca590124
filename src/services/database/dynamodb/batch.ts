// Batches: many gets or writes in one request, each on its own; what finds no capacity comes back unprocessed.
import { type Action, checkItem, deleteAction, perform, putAction, rowKeyOf } from './action.ts';
import { Consumption, readUnits, reported } from './capacity.ts';
import { type CollectionMetrics, collectionMetrics } from './collection.ts';
import { errors } from './errors.ts';
import type { Projection } from './expression/projection.ts';
import { checkKey, hashIn, itemKey, keyOf } from './key.ts';
import { batchGetMaxBytes, batchGetMaxItems, batchWriteMaxItems } from './limits.ts';
import { readWanted } from './parameter.ts';
import { type Located, openTable } from './reference.ts';
import type { Operation } from './state.ts';
import { consume } from './throttle.ts';
import { type AttributeValue, checkAttributes, type Item } from './value.ts';

type GetInput = Parameters<typeof BatchGetItem>[0];
type KeysInput = GetInput['RequestItems'][string];
type WriteInput = Parameters<typeof BatchWriteItem>[0];
type WriteRequest = WriteInput['RequestItems'][string][number];
type Attributes = Record<string, AttributeValue>;

const isThrottled = (error: unknown): boolean =>
  error instanceof Error && /^(ProvisionedThroughputExceeded|Throttling)Exception$/.test(error.name);

/** Runs `work`; false when there was no capacity for it. */
function unlessThrottled(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (isThrottled(error)) return false;
    throw error;
  }
}

const duplicates = () => errors.validation('Provided list of item keys contains duplicates');

interface KeysOfTable {
  readonly name: string;
  readonly input: KeysInput;
  readonly keys: readonly Item[];
  readonly wanted: Projection | undefined;
}

function readKeys(name: string, input: KeysInput): KeysOfTable {
  const keys = input.Keys.map((key) => checkAttributes(key));
  const texts = keys.map((key) => JSON.stringify(Object.entries(key).toSorted(([a], [b]) => (a < b ? -1 : 1))));
  if (new Set(texts).size < texts.length) throw duplicates();
  return { name, input, keys, wanted: readWanted(input) };
}

/** What one table gives: items found, keys left for another time. */
function getAll({ context, table }: Located, { keys, wanted, input }: KeysOfTable, room: { bytes: number }) {
  const consumption = new Consumption('read');
  const items: Item[] = [];
  const left: Item[] = [];
  for (const key of keys) checkKey(table.key, key);
  for (const key of keys) {
    const rowKey = itemKey(table.space, table.key, key);
    const row = context.state.items.find(rowKey);
    const units = readUnits(row?.bytes ?? 0, input.ConsistentRead ? 'strong' : 'eventual');
    const fits = room.bytes >= (row?.bytes ?? 0);
    const hash = hashIn(table.space, rowKey);
    if (!fits || !unlessThrottled(() => consume(context, table, undefined, 'read', hash, units))) {
      left.push(key);
      continue;
    }
    consumption.addTable(units);
    if (row === undefined) continue;
    room.bytes -= row.bytes;
    items.push(wanted === undefined ? row.item : wanted.apply(row.item));
  }
  return { items, left, consumption };
}

/**
 * Reads up to 100 items of any tables.
 *
 * Limit: 16 MB in one answer; the rest comes back in `UnprocessedKeys`.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
export const BatchGetItem: Operation<'BatchGetItem'> = (input, request) => {
  const tables = Object.entries(input.RequestItems);
  if (tables.length === 0) throw errors.validation('The requestItems parameter is required for BatchGetItem');
  const total = tables.reduce((sum, [, { Keys }]) => sum + Keys.length, 0);
  if (total > batchGetMaxItems) throw errors.validation('Too many items requested for the BatchGetItem call');
  const reads = tables.map(([name, keys]) => readKeys(name, keys));
  const located = reads.map((read) => [read, openTable(request, read.name)] as const);

  const room = { bytes: batchGetMaxBytes };
  const responses: Record<string, Attributes[]> = {};
  const unprocessed: Record<string, KeysInput> = {};
  const capacities = [];
  let found = 0;
  for (const [read, table] of located) {
    const { items, left, consumption } = getAll(table, read, room);
    found += read.keys.length - left.length;
    responses[read.name] = items as Attributes[];
    if (left.length > 0) unprocessed[read.name] = { ...read.input, Keys: left as Attributes[] };
    const report = consumption.report(input.ReturnConsumedCapacity, read.name);
    if (report !== undefined) capacities.push(report);
  }
  if (found === 0) throw errors.throughputExceeded([]);
  return {
    Responses: responses,
    UnprocessedKeys: unprocessed,
    ...reported(capacities.length === 0 ? undefined : capacities),
  };
};

function readWrite(tableName: string, { PutRequest, DeleteRequest }: WriteRequest): Action {
  const common = { tableName, condition: undefined, showOnFailure: false };
  if (PutRequest !== undefined && DeleteRequest === undefined) return putAction(common, checkItem(PutRequest.Item));
  if (DeleteRequest !== undefined && PutRequest === undefined)
    return deleteAction(common, checkAttributes(DeleteRequest.Key));
  throw errors.validation(
    'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
  );
}

interface Writes {
  readonly name: string;
  readonly located: Located;
  readonly requests: readonly WriteRequest[];
  readonly actions: readonly Action[];
}

function checkDistinct({ located, actions }: Writes): void {
  const keys = actions.map((action) => rowKeyOf(action, located.table));
  if (new Set(keys).size < keys.length) throw duplicates();
}

/** Performs the writes on one table: those without capacity come back. */
function writeAll({ located, requests, actions }: Writes, consumption: Consumption): WriteRequest[] {
  return requests.filter((_, at) => {
    const done = unlessThrottled(() => consumption.add(perform(located, actions[at] as Action).consumption));
    return !done;
  });
}

function metricsOf({ located, actions }: Writes, asked: string | undefined): CollectionMetrics[] {
  const { context, table } = located;
  const metrics = new Map<string, CollectionMetrics>();
  for (const { target } of actions) {
    const key = JSON.stringify(keyOf({ hash: table.key.hash, range: undefined }, target));
    const metric = collectionMetrics(context, table, target, asked);
    if (metric !== undefined) metrics.set(key, metric);
  }
  return [...metrics.values()];
}

/**
 * Puts and deletes up to 25 items of any tables, each on its own.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
 */
export const BatchWriteItem: Operation<'BatchWriteItem'> = (input, request) => {
  const tables = Object.entries(input.RequestItems);
  if (tables.length === 0) throw errors.validation('The batch write request list cannot be empty');
  for (const [, requests] of tables)
    if (requests.length === 0)
      throw errors.validation('The batch write request list for a table cannot be null or empty');
  if (tables.reduce((sum, [, requests]) => sum + requests.length, 0) > batchWriteMaxItems)
    throw errors.validation('Too many items requested for the BatchWriteItem call');
  const read = tables.map(
    ([name, requests]) => [name, requests, requests.map((each) => readWrite(name, each))] as const,
  );
  const writes = read.map(([name, requests, actions]) => ({
    name,
    requests,
    actions,
    located: openTable(request, name),
  }));
  for (const each of writes) checkDistinct(each);

  const unprocessed: Record<string, WriteRequest[]> = {};
  const metrics: Record<string, CollectionMetrics[]> = {};
  const capacities = [];
  let total = 0;
  for (const each of writes) {
    const consumption = new Consumption('write');
    const left = writeAll(each, consumption);
    total += each.requests.length - left.length;
    if (left.length > 0) unprocessed[each.name] = left;
    const sizes = metricsOf(each, input.ReturnItemCollectionMetrics);
    if (sizes.length > 0) metrics[each.name] = sizes;
    const report = consumption.report(input.ReturnConsumedCapacity, each.name);
    if (report !== undefined) capacities.push(report);
  }
  if (total === 0) throw errors.throughputExceeded([]);
  return {
    UnprocessedItems: unprocessed,
    ...(Object.keys(metrics).length > 0 && { ItemCollectionMetrics: metrics }),
    ...reported(capacities.length === 0 ? undefined : capacities),
  };
};
