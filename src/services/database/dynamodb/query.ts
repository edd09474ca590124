// Query: the items of one partition key value, in order of the sort key.
import { afterPrefix } from '../../../kernel/key.ts';
import { reported } from './capacity.ts';
import { errors } from './errors.ts';
import { type Condition, readCondition } from './expression/condition.ts';
import { type KeyTerm, readKeyCondition } from './expression/key-condition.ts';
import { type Projection, readProjection } from './expression/projection.ts';
import {
  checkKeySizes,
  hashOf,
  type KeyAttribute,
  type KeySchema,
  orderText,
  partitionPrefix,
  sortPrefix,
  sortText,
} from './key.ts';
import { readAttributesToGet, readFilter, readKeyConditions } from './legacy.ts';
import { checkGenerations, checkScalarKeys, placeholdersOf } from './parameter.ts';
import { type Page, readPage, startAfter } from './read-page.ts';
import { type Located, openIndex, openTable } from './reference.ts';
import { checkSelect, shapeOf } from './select.ts';
import type { Operation, SecondaryIndex } from './state.ts';
import { type AttributeValue, checkAttributes, type Item } from './value.ts';

type QueryInput = Parameters<typeof Query>[0];

interface Asked {
  readonly terms: readonly KeyTerm[];
  readonly filter: Condition | undefined;
  readonly projection: Projection | undefined;
}

/** The expressions of a query, of either generation, read without the table. */
function readQuery(input: QueryInput): Asked {
  const { KeyConditionExpression, FilterExpression, ProjectionExpression } = input;
  const { KeyConditions, QueryFilter, AttributesToGet, ConditionalOperator } = input;
  const expressions = { FilterExpression, KeyConditionExpression, ProjectionExpression };
  checkGenerations({ AttributesToGet, QueryFilter, ConditionalOperator, KeyConditions }, expressions);
  const placeholders = placeholdersOf(input, expressions);
  checkSelect(input);
  const filter =
    FilterExpression === undefined
      ? readFilter('QueryFilter', QueryFilter, ConditionalOperator)
      : readCondition('FilterExpression', FilterExpression, placeholders);
  const projection =
    ProjectionExpression === undefined
      ? AttributesToGet && readAttributesToGet(AttributesToGet)
      : readProjection(ProjectionExpression, placeholders);
  if (KeyConditionExpression === undefined && KeyConditions === undefined) {
    throw errors.validation(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    );
  }
  const terms =
    KeyConditionExpression === undefined
      ? readKeyConditions(KeyConditions ?? {})
      : readKeyCondition(KeyConditionExpression, placeholders);
  placeholders.checkAllUsed();
  return { terms, filter, projection };
}

function checkTerm(attribute: KeyAttribute, term: KeyTerm): void {
  if (term.values.some((value) => value[attribute.type] === undefined))
    throw errors.invalidParameter('Condition parameter type does not match schema type');
}

interface Bounds {
  readonly hash: AttributeValue;
  readonly from: string;
  readonly to: string | undefined;
}

/** What part of the key order the conditions mean. */
export function boundsOf(space: string, schema: KeySchema, terms: readonly KeyTerm[]): Bounds {
  const keyCount = schema.range === undefined ? 1 : 2;
  if (terms.length > 2) {
    throw errors.validation(
      `The number of query conditions (${terms.length}) exceeds the number of key attributes defined in the schema (${keyCount})`,
    );
  }
  const hashTerm = terms.find((term) => term.name === schema.hash.name);
  if (hashTerm === undefined) throw errors.validation(`Query condition missed key schema element: ${schema.hash.name}`);
  const other = terms.find((term) => term !== hashTerm);
  if (other !== undefined && schema.range === undefined) throw errors.validation('Query key condition not supported');
  if (other !== undefined && other.name !== schema.range?.name)
    throw errors.validation(`Query condition missed key schema element: ${schema.range?.name}`);
  if (hashTerm.operator !== '=') throw errors.validation('Query key condition not supported');
  checkTerm(schema.hash, hashTerm);
  const [hash] = hashTerm.values as [AttributeValue];
  checkKeySizes({ hash: schema.hash, range: undefined }, { [schema.hash.name]: hash });
  const prefix = partitionPrefix(space, hash);
  if (other === undefined || schema.range === undefined) return { hash, from: prefix, to: afterPrefix(prefix) };
  checkTerm(schema.range, other);
  return { hash, ...sortBounds(prefix, other) };
}

function sortBounds(prefix: string, { operator, values }: KeyTerm): Omit<Bounds, 'hash'> {
  const [first, second] = values as [AttributeValue, AttributeValue];
  const at = prefix + sortText(first);
  switch (operator) {
    case '=':
      return { from: at, to: afterPrefix(at) };
    case '<':
      return { from: prefix, to: at };
    case '<=':
      return { from: prefix, to: afterPrefix(at) };
    case '>':
      return { from: afterPrefix(at) as string, to: afterPrefix(prefix) };
    case '>=':
      return { from: at, to: afterPrefix(prefix) };
    case 'BETWEEN':
      return { from: at, to: afterPrefix(prefix + sortText(second)) };
    case 'begins_with': {
      const start = prefix + sortPrefix(first);
      return { from: start, to: afterPrefix(start) };
    }
  }
}

/** Refuses a filter on a key attribute: that is what key conditions are for. */
function checkFilterKeys(schema: KeySchema, filter: Condition | undefined, input: QueryInput): void {
  const key = filter?.paths.find(([name]) => name === schema.hash.name || name === schema.range?.name);
  if (key === undefined) return;
  const parameter = input.FilterExpression === undefined ? 'QueryFilter' : 'Filter Expression';
  throw errors.validation(`${parameter} can only contain non-primary key attributes: Primary key attribute: ${key[0]}`);
}

function checkConsistency(index: SecondaryIndex | undefined, consistent: boolean | undefined): void {
  if (consistent && index?.kind === 'global')
    throw errors.validation('Consistent reads are not supported on global secondary indexes');
}

/** Refuses a starting key that is not within what is asked for. */
function checkWithin(after: string | undefined, { from, to }: Bounds): void {
  if (after === undefined || (after >= from && (to === undefined || after < to))) return;
  throw errors.validation('The provided starting key is outside query boundaries based on provided conditions');
}

/** What both queries and scans answer. */
export function answerOf(
  input: Pick<QueryInput, 'ReturnConsumedCapacity' | 'TableName'>,
  page: Page,
  countOnly: boolean,
) {
  return {
    ...(!countOnly && { Items: page.items as Record<string, AttributeValue>[] }),
    Count: page.count,
    ScannedCount: page.scanned,
    ...(page.lastKey && { LastEvaluatedKey: page.lastKey as Record<string, AttributeValue> }),
    ...reported(page.consumption.report(input.ReturnConsumedCapacity, input.TableName)),
  };
}

/** The index that is asked for, fit for the kind of read. */
export function readableIndex(
  located: Located,
  input: { readonly IndexName?: string | undefined; readonly ConsistentRead?: boolean | undefined },
): SecondaryIndex | undefined {
  const index = input.IndexName === undefined ? undefined : openIndex(located, input.IndexName);
  checkConsistency(index, input.ConsistentRead);
  return index;
}

/**
 * Finds the items of one partition key value, of a table or an index, in order of the sort key.
 *
 * Limit: 1 MB is read for one page, before the filter.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
 */
export const Query: Operation<'Query'> = (input, request) => {
  const start: Item | undefined = input.ExclusiveStartKey && checkAttributes(input.ExclusiveStartKey);
  const { terms, filter, projection } = readQuery(input);
  const located = openTable(request, input.TableName);
  const { table } = located;
  const index = readableIndex(located, input);
  const schema = index?.key ?? table.key;
  const bounds = boundsOf(index?.space ?? table.space, schema, terms);
  checkFilterKeys(schema, filter, input);
  checkScalarKeys(table, filter?.paths);
  const shape = shapeOf(table, index, input.Select, projection, filter);
  const after = start && startAfter(located, index, start, 'Query');
  checkWithin(after, bounds);
  const page = readPage({
    located,
    index,
    from: bounds.from,
    to: bounds.to,
    after,
    reverse: input.ScanIndexForward === false,
    limit: input.Limit,
    filter: filter?.holds,
    shape,
    consistent: input.ConsistentRead ?? false,
    hash: hashOf(orderText(bounds.hash)),
  });
  return answerOf(input, page, shape.countOnly);
};
