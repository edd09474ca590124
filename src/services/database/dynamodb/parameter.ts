// Parameters of requests that hold expressions: old and new ones are not mixed, placeholders need an expression, and what is read
// from them does not depend on the table.
import { errors } from './errors.ts';
import { type Condition, readCondition } from './expression/condition.ts';
import { Placeholders } from './expression/placeholder.ts';
import { type Projection, readProjection } from './expression/projection.ts';
import type { KeySchema } from './key.ts';
import { readAttributesToGet, readExpected } from './legacy.ts';
import type { TableRow } from './state.ts';
import type { AttributeValue, Item } from './value.ts';

type Parameters = Readonly<Record<string, unknown>>;

const given = (parameters: Parameters): string[] =>
  Object.keys(parameters).filter((name) => parameters[name] !== undefined);

/** Refuses parameters of both generations in one request. */
export function checkGenerations(old: Parameters, expressions: Parameters): void {
  const oldOnes = given(old);
  const newOnes = given(expressions);
  if (oldOnes.length === 0 || newOnes.length === 0) return;
  throw errors.validation(
    'Can not use both expression and non-expression parameters in the same request: ' +
      `Non-expression parameters: {${oldOnes.join(', ')}} Expression parameters: {${newOnes.join(', ')}}`,
  );
}

interface PlaceholderInput {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>> | undefined;
}

/** The placeholders of a request. `expressions` are its parameters that could use them. */
export function placeholdersOf(input: PlaceholderInput, expressions: Parameters): Placeholders {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input;
  if (names === undefined && values === undefined) return new Placeholders();
  if (names !== undefined && given(expressions).length === 0)
    throw errors.validation('ExpressionAttributeNames can only be specified when using expressions');
  const holders = Object.keys(expressions).filter((name) => name !== 'ProjectionExpression');
  if (values !== undefined && holders.every((name) => expressions[name] === undefined)) {
    throw errors.validation(
      `ExpressionAttributeValues can only be specified when using expressions: ${holders.join(' and ')} ${holders.length === 1 ? 'is' : 'are'} null`,
    );
  }
  return new Placeholders(names, values);
}

interface ConditionInput extends PlaceholderInput {
  readonly ConditionExpression?: string | undefined;
  readonly Expected?: Parameters[0] | undefined;
  readonly ConditionalOperator?: string | undefined;
}

/** The condition of a write; undefined when it has none. */
export function readWriteCondition(input: ConditionInput): Condition | undefined {
  const { ConditionExpression, Expected, ConditionalOperator } = input;
  checkGenerations({ Expected, ConditionalOperator }, { ConditionExpression });
  const placeholders = placeholdersOf(input, { ConditionExpression });
  if (ConditionExpression === undefined) return readExpected(Expected as never, ConditionalOperator);
  const condition = readCondition('ConditionExpression', ConditionExpression, placeholders);
  placeholders.checkAllUsed();
  return condition;
}

interface ProjectionInput {
  readonly ProjectionExpression?: string | undefined;
  readonly AttributesToGet?: readonly string[] | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
}

/** What of an item is asked for; undefined for all. */
export function readWanted(input: ProjectionInput): Projection | undefined {
  const { ProjectionExpression, AttributesToGet } = input;
  checkGenerations({ AttributesToGet }, { ProjectionExpression });
  const placeholders = placeholdersOf(
    { ExpressionAttributeNames: input.ExpressionAttributeNames },
    { ProjectionExpression },
  );
  if (ProjectionExpression === undefined) return AttributesToGet && readAttributesToGet(AttributesToGet);
  const projection = readProjection(ProjectionExpression, placeholders);
  placeholders.checkAllUsed();
  return projection;
}

const namesOf = ({ hash, range }: KeySchema): string[] => (range === undefined ? [hash.name] : [hash.name, range.name]);

/** Refuses paths that go into a key attribute, as if that were a map or a list. */
export function checkScalarKeys(table: TableRow, paths: readonly (readonly (string | number)[])[] | undefined): void {
  for (const path of paths ?? []) {
    if (path.length < 2) continue;
    const name = String(path[0]);
    const isKey = namesOf(table.key).includes(name);
    if (!isKey && !table.indexes.some((index) => namesOf(index.key).includes(name))) continue;
    throw errors.validation(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${isKey ? 'Key' : 'IndexKey'}: ${name}`,
    );
  }
}

/** `Attributes` or `Item` for an answer, when there is something in it. */
export const nonEmpty = (item: Item | undefined): Item | undefined =>
  item === undefined || Object.keys(item).length === 0 ? undefined : item;
