// Which table a request means: a name in this account and Region, or an ARN, also of another account.
import { errors } from './errors.ts';
import type { DynamoContext, SecondaryIndex, TableRow } from './state.ts';

const arnPattern = /^arn:aws[a-zA-Z-]*:dynamodb:([a-z0-9-]+):([0-9]{12}):table\/([a-zA-Z0-9_.-]+)$/;
const namePattern = /^[a-zA-Z0-9_.-]+$/;
const nameMin = 3;
const nameMax = 255;

export interface TableReference {
  readonly name: string;
  /** Undefined: the request's own. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

const constraint = (value: string, rule: string) =>
  errors.validation(
    `1 validation error detected: Value '${value}' at 'tableName' failed to satisfy constraint: ${rule}`,
  );

/** Takes a `TableName` apart. */
export function readTableReference(text: string): TableReference {
  if (text.startsWith('arn:')) {
    const match = arnPattern.exec(text);
    if (match === null) throw errors.validation('Invalid table ARN');
    const [, region, account, name] = match;
    return { name: name as string, account, region };
  }
  if (text.length < nameMin) throw constraint(text, `Member must have length greater than or equal to ${nameMin}`);
  if (text.length > nameMax) throw constraint(text, `Member must have length less than or equal to ${nameMax}`);
  if (!namePattern.test(text)) {
    throw constraint(text, 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+');
  }
  return { name: text };
}

/** A table together with the place where it stands. */
export interface Located {
  readonly context: DynamoContext;
  readonly table: TableRow;
  /** As the request named it: answers repeat that. */
  readonly reference: string;
}

/** The place of a table that a request names. */
export function placeOf(context: DynamoContext, reference: TableReference): DynamoContext {
  const { account = context.account, region = context.region } = reference;
  return account === context.account && region === context.region ? context : context.elsewhere(account, region);
}

/** A table for reading and writing items: it must be there for that. @throws ResourceNotFoundException */
export function openTable(context: DynamoContext, name: string): Located {
  const known = context.state.tables.find(name);
  if (known !== undefined && (known.status === 'ACTIVE' || known.status === 'UPDATING'))
    return { context, table: known, reference: name };
  const reference = readTableReference(name);
  const place = placeOf(context, reference);
  const table = place.state.tables.find(reference.name);
  if (table === undefined || table.status === 'CREATING' || table.status === 'DELETING') throw errors.notFound();
  return { context: place, table, reference: name };
}

/** A table in any state, for the control plane. @throws ResourceNotFoundException */
export function getTable(context: DynamoContext, name: string): Located {
  const reference = readTableReference(name);
  const place = placeOf(context, reference);
  const table = place.state.tables.find(reference.name);
  if (table === undefined) throw errors.tableNotFound(reference.name);
  return { context: place, table, reference: name };
}

/** An index that can be read. */
export function openIndex({ table }: Located, name: string): SecondaryIndex {
  const index = table.indexes.find((each) => each.name === name);
  if (index === undefined) throw errors.validation(`The table does not have the specified index: ${name}`);
  if (index.status === 'CREATING' || index.status === 'DELETING') {
    throw errors.validation(
      index.status === 'CREATING'
        ? `Cannot read from backfilling global secondary index: ${name}`
        : `The table does not have the specified index: ${name}`,
    );
  }
  return index;
}
