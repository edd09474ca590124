// The operations that take statements: one, a batch of them, a transaction.
import { createHash } from 'node:crypto';
import { AwsError } from '../../../../kernel/errors.ts';
import { perform } from '../action.ts';
import { type CapacityReport, Consumption, reported } from '../capacity.ts';
import { errors } from '../errors.ts';
import { type Located, openTable } from '../reference.ts';
import type { DynamoContext, Operation } from '../state.ts';
import { asRead, capacities, once, performAll, readAll, reasonOf } from '../transaction.ts';
import type { AttributeValue, Item } from '../value.ts';
import { parseStatement } from './parser.ts';
import { splitKey } from './plan.ts';
import { columnProjection, type Place, runSelect } from './select.ts';
import type { Select, Statement } from './statement.ts';
import { actionOf, returnedItem, type Write } from './write.ts';

interface Input {
  readonly Statement: string;
  readonly Parameters?: readonly AttributeValue[] | undefined;
  readonly ConsistentRead?: boolean | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
}

type Attributes = Record<string, AttributeValue>;

const shows = (input: Input): boolean => input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';

/** What binds a token to its statement. */
const digestOf = (statement: string): string => createHash('sha256').update(statement).digest('base64').slice(0, 16);

const writeToken = (statement: string, place: Place): string =>
  Buffer.from(JSON.stringify([digestOf(statement), place.partition, place.after])).toString('base64');

function readToken(statement: string, token: string | undefined): Place | undefined {
  if (token === undefined) return undefined;
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, 'base64').toString());
  } catch {
    parts = undefined;
  }
  if (Array.isArray(parts)) {
    const [digest, partition, after] = parts as unknown[];
    if (digest === digestOf(statement) && typeof partition === 'number' && typeof after === 'string')
      return { partition, after };
  }
  throw errors.validation('Invalid NextToken');
}

const refuseExists = (statement: Statement): Exclude<Statement, { kind: 'exists' }> => {
  if (statement.kind === 'exists') throw errors.validation('EXISTS() is only supported in ExecuteTransaction');
  return statement;
};

/**
 * Runs one statement.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
 */
export const ExecuteStatement: Operation<'ExecuteStatement'> = (input, request) => {
  const statement = refuseExists(parseStatement(input.Statement, input.Parameters));
  const located = openTable(request, statement.source.table);
  const { table } = statement.source;
  if (statement.kind !== 'select') {
    const action = actionOf(located, statement, shows(input));
    const performed = perform(located, action);
    const item = returnedItem(statement, action, performed);
    return {
      Items: item === undefined ? [] : [item as Attributes],
      ...reported(performed.consumption.report(input.ReturnConsumedCapacity, table)),
    };
  }
  const { items, next, lastKey, consumption } = runSelect(located, statement, {
    consistent: input.ConsistentRead ?? false,
    limit: input.Limit,
    start: readToken(input.Statement, input.NextToken),
  });
  return {
    Items: items as Attributes[],
    ...(next && { NextToken: writeToken(input.Statement, next) }),
    ...(lastKey && { LastEvaluatedKey: lastKey as Attributes }),
    ...reported(consumption.report(input.ReturnConsumedCapacity, table)),
  };
};

/** The one item that a statement of a batch or transaction reads. */
function keyOfRead({ table }: Located, select: Select, operation: string): Item {
  const { key, rest } = splitKey(select.where, table.key);
  if (select.source.index === undefined && key !== undefined && rest.length === 0) return key;
  throw errors.validation(`Select statements within ${operation} must specify the primary key in the where clause.`);
}

interface Member {
  readonly TableName?: string;
  readonly Item?: Attributes;
}

/** Runs one statement of a batch. */
function runMember(
  input: Input,
  request: DynamoContext,
  note: (table: string, kind: 'read' | 'write', consumption: Consumption) => void,
): Member {
  const statement = refuseExists(parseStatement(input.Statement, input.Parameters));
  const { table: TableName } = statement.source;
  const located = openTable(request, TableName);
  if (statement.kind === 'select') {
    keyOfRead(located, statement, 'BatchExecuteStatement');
    const options = { consistent: input.ConsistentRead ?? false, limit: undefined, start: undefined };
    const { items, consumption } = runSelect(located, statement, options);
    note(TableName, 'read', consumption);
    const [item] = items;
    return { TableName, ...(item && { Item: item as Attributes }) };
  }
  const action = actionOf(located, statement, shows(input));
  const performed = perform(located, action);
  note(TableName, 'write', performed.consumption);
  const item = returnedItem(statement, action, performed);
  return { TableName, ...(item && { Item: item as Attributes }) };
}

/** What went wrong with one statement of a batch. */
function memberError(error: unknown) {
  if (error instanceof AwsError && error.code === 'ResourceNotFoundException')
    return { Error: { Code: 'ResourceNotFound' as const, Message: error.message } };
  const { Code, Message, Item } = reasonOf(error);
  return { Error: { Code: Code as 'ValidationError', Message, ...(Item && { Item }) } };
}

const isRead = ({ Statement: text }: Input): boolean => /^\s*select\b/i.test(text);

/**
 * Runs up to 25 statements, each on its own: all read one item, or all write one.
 *
 * Unknown: AWS's words for a batch of both.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
 */
export const BatchExecuteStatement: Operation<'BatchExecuteStatement'> = (input, request) => {
  const reads = input.Statements.filter(isRead).length;
  const writes = input.Statements.filter(({ Statement }) =>
    /^\s*(insert|update|delete|from)\b/i.test(Statement),
  ).length;
  if (reads > 0 && writes > 0)
    throw errors.validation('BatchExecuteStatement cannot mix read statements and write statements');
  const consumed = new Map<string, Consumption>();
  const note = (table: string, kind: 'read' | 'write', consumption: Consumption): void => {
    const sum = consumed.get(table) ?? new Consumption(kind);
    sum.add(consumption);
    consumed.set(table, sum);
  };
  const Responses = input.Statements.map((each) => {
    try {
      return runMember(each, request, note);
    } catch (error) {
      return memberError(error);
    }
  });
  const told = [...consumed]
    .map(([table, consumption]) => consumption.report(input.ReturnConsumedCapacity, table))
    .filter((report) => report !== undefined);
  return { Responses, ...reported(told.length === 0 ? undefined : told) };
};

/** Says in which statement of a transaction a fault is. */
function inMember<Result>(at: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ValidationException') throw error;
    throw errors.validation(`Validation failed in TransactStatements[${at}]: ${error.message}`);
  }
}

function checkTransacted(statement: Statement): void {
  if (statement.kind === 'select' && statement.source.index !== undefined)
    throw errors.validation('Reads on indices are not supported within transactions.');
  if ((statement.kind === 'update' || statement.kind === 'delete') && statement.returning !== undefined)
    throw errors.validation('RETURNING clause is not supported in ExecuteTransaction.');
}

type TransactionOutput = {
  Responses: { Item?: Attributes }[];
  ConsumedCapacity?: ReturnType<typeof capacities>;
};

function readSelected(
  steps: readonly { readonly located: Located; readonly statement: Select }[],
  asked: CapacityReport,
): TransactionOutput {
  const reads = steps.map(({ located, statement }, at) => {
    const key = inMember(at, () => keyOfRead(located, statement, 'ExecuteTransaction'));
    const projection = columnProjection(statement.columns);
    return { located, key, project: (item: Item) => (projection === undefined ? item : projection.apply(item)) };
  });
  const { found, consumed } = readAll(reads);
  return {
    Responses: found.map((item) => (item === undefined ? {} : { Item: item as Attributes })),
    ...reported(capacities(consumed, asked)),
  };
}

/**
 * Runs up to 100 statements: all or none. All read, or all write or check.
 *
 * Unknown: AWS's words for a transaction of both.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html
 */
export const ExecuteTransaction: Operation<'ExecuteTransaction'> = (input, request) => {
  const { TransactStatements, ReturnConsumedCapacity: asked } = input;
  const statements = TransactStatements.map((each, at) =>
    inMember(at, () => {
      const statement = parseStatement(each.Statement, each.Parameters);
      checkTransacted(statement);
      return statement;
    }),
  );
  const selects = statements.filter((statement) => statement.kind === 'select');
  if (selects.length > 0 && selects.length < statements.length)
    throw errors.validation('ExecuteTransaction cannot mix read statements and write statements');
  const tables = new Map<string, Located>();
  const locate = (name: string): Located => {
    const located = tables.get(name) ?? openTable(request, name);
    tables.set(name, located);
    return located;
  };
  if (selects.length > 0)
    return readSelected(
      selects.map((statement) => ({ located: locate(statement.source.table), statement })),
      asked,
    );
  return once(
    request,
    input.ClientRequestToken,
    TransactStatements,
    (): { answer: TransactionOutput; again: object } => {
      const steps = (statements as readonly Write[]).map((statement, at) => {
        const located = locate(statement.source.table);
        const showsItem = shows(TransactStatements[at] as Input);
        return { located, action: inMember(at, () => actionOf(located, statement, showsItem)) };
      });
      const consumed = capacities(performAll(steps), asked);
      const answer = { Responses: [], ...reported(consumed) };
      return { answer, again: { Responses: [], ...reported(consumed?.map(asRead)) } };
    },
  );
};
