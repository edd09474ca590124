// What requests did, counted by the meter for the table's metrics (`table-metric.ts`): capacity where it is consumed, and each request
// where its operation ends.
import { AwsError } from '../../../kernel/errors.ts';
import type { AnyHandler } from '../../../kernel/service.ts';
import { parseStatement } from './partiql/parser.ts';
import { placeOf, readTableReference } from './reference.ts';
import type { DynamoContext, SecondaryIndex, State, TableRow } from './state.ts';

export type Kind = 'read' | 'write';

export const capitalised = { read: 'Read', write: 'Write' } as const;

/** Under these names the meter counts. */
export const subjectOfTable = ({ id }: TableRow, index?: Pick<SecondaryIndex, 'name'>): string =>
  index === undefined ? id : `${id}/${index.name}`;
export const subjectOfOperation = ({ id }: TableRow, operation: string): string => `${id} ${operation}`;
export const subjectOfAccount = ({ account, region }: Pick<DynamoContext, 'account' | 'region'>): string =>
  `dynamodb/${account}/${region}`;

/** Counts capacity that was consumed; that of a local index is its table's. */
export function meterConsumed(
  { parts, clock }: DynamoContext,
  table: TableRow,
  index: SecondaryIndex | undefined,
  kind: Kind,
  units: number,
): void {
  const quantity = kind === 'read' ? 'ConsumedReadCapacityUnits' : 'ConsumedWriteCapacityUnits';
  parts.meter.count(subjectOfTable(table, index), clock.now(), quantity, units);
}

/** Why a request found no capacity, by the middle of the metric's name. */
export type ThrottleLimit = 'ProvisionedThroughput' | 'KeyRangeThroughput' | 'AccountLimit' | 'MaxOnDemandThroughput';

export function meterThrottled(
  { parts, clock }: DynamoContext,
  table: TableRow,
  index: SecondaryIndex | undefined,
  kind: Kind,
  limit: ThrottleLimit,
): void {
  const subject = subjectOfTable(table, index);
  for (const name of ['', limit])
    parts.meter.count(subject, clock.now(), `${capitalised[kind]}${name}ThrottleEvents`, 1);
}

export const meterExpired = ({ parts, clock }: DynamoContext, table: TableRow, items: number): void =>
  parts.meter.count(subjectOfTable(table), clock.now(), 'TimeToLiveDeletedItemCount', items);

interface Input {
  readonly TableName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string } | undefined>>[];
  readonly Statement?: string;
  readonly Statements?: readonly { readonly Statement: string }[];
  readonly TransactStatements?: readonly { readonly Statement: string }[];
}

const tableOfStatement = (text: string | undefined): string | undefined => {
  if (text === undefined) return undefined;
  try {
    const statement = parseStatement(text, undefined);
    return 'source' in statement ? statement.source.table : undefined;
  } catch {
    return undefined;
  }
};

/** Names of the tables that a request means, each once. */
function namesIn(input: Input): readonly string[] {
  if (input.TableName !== undefined) return [input.TableName];
  if (input.RequestItems !== undefined) return Object.keys(input.RequestItems);
  const statements = input.Statements ?? input.TransactStatements ?? (input.Statement === undefined ? [] : [input]);
  const names = [
    ...(input.TransactItems ?? []).flatMap((item) => Object.values(item).map((one) => one?.TableName)),
    ...statements.map(({ Statement }) => tableOfStatement(Statement)),
  ];
  return [...new Set(names.filter((name) => name !== undefined))];
}

function findTable(context: DynamoContext, name: string): TableRow | undefined {
  const known = context.state.tables.find(name);
  if (known !== undefined || !name.startsWith('arn:')) return known;
  try {
    const reference = readTableReference(name);
    return placeOf(context, reference).state.tables.find(reference.name);
  } catch {
    return undefined;
  }
}

const throttles = new Set(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded']);

interface Reasons {
  readonly CancellationReasons?: readonly { readonly Code?: string }[];
}

const failedConditions = ({ code, members }: AwsError): number =>
  code === 'ConditionalCheckFailedException'
    ? 1
    : ((members as Reasons).CancellationReasons ?? []).filter(({ Code }) => Code === 'ConditionalCheckFailed').length;

function meterRefused(operation: string, input: Input, context: DynamoContext, error: AwsError): void {
  const { parts, clock } = context;
  const now = clock.now();
  const isThrottled = throttles.has(error.code);
  const failed = failedConditions(error);
  if (!isThrottled && error.code !== 'ConditionalCheckFailedException')
    parts.meter.count(subjectOfAccount(context), now, 'UserErrors', 1);
  if (!isThrottled && failed === 0) return;
  for (const name of namesIn(input)) {
    const table = findTable(context, name);
    if (table === undefined) continue;
    if (isThrottled) parts.meter.count(subjectOfOperation(table, operation), now, 'ThrottledRequests', 1);
    else parts.meter.count(subjectOfTable(table), now, 'ConditionalCheckFailedRequests', failed);
  }
}

/**
 * The operation, with each request counted. `latencyMs` is what it is said to take.
 */
export const metered =
  (operation: string, latencyMs: number, handler: AnyHandler<State>): AnyHandler<State> =>
  (input: Input, context) => {
    let answer: { readonly Items?: readonly unknown[] };
    try {
      answer = handler(input, context);
    } catch (error) {
      if (error instanceof AwsError) meterRefused(operation, input, context, error);
      throw error;
    }
    const { parts, clock } = context;
    const now = clock.now();
    for (const name of namesIn(input)) {
      const table = findTable(context, name);
      if (table === undefined) continue;
      const subject = subjectOfOperation(table, operation);
      parts.meter.count(subject, now, 'SuccessfulRequestLatency', latencyMs);
      if (answer.Items !== undefined) parts.meter.count(subject, now, 'ReturnedItemCount', answer.Items.length);
    }
    return answer;
  };
