// DynamoDB's batches and transactions need the permission of each thing they do; PartiQL has actions of its own.
// @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
// @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
import type { Place } from '../../../kernel/place.ts';
import type { Permission } from '../../../kernel/service.ts';

interface Call extends Place {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const listOf = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

const tableArn = (table: unknown, { partition, region, account }: Place): string => {
  const name = typeof table === 'string' ? table : '*';
  return name.startsWith('arn:') ? name : `arn:${partition}:dynamodb:${region}:${account}:table/${name}`;
};

const transactActions = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

const transaction = (items: unknown, place: Place): Permission[] =>
  listOf(items).flatMap((item) =>
    Object.entries(transactActions).flatMap(([part, action]) => {
      const detail = item[part];
      return isObject(detail) ? [{ action: `dynamodb:${action}`, resource: tableArn(detail.TableName, place) }] : [];
    }),
  );

const verbs = {
  select: 'PartiQLSelect',
  insert: 'PartiQLInsert',
  update: 'PartiQLUpdate',
  delete: 'PartiQLDelete',
} as const;
const isVerb = (word: string): word is keyof typeof verbs => Object.hasOwn(verbs, word);

/** The first table of a statement; a statement that has none is refused by the service itself. */
const partiql = (statement: unknown, place: Place): Permission[] => {
  if (typeof statement !== 'string') return [];
  const verb = /^\s*(\w+)/.exec(statement)?.[1]?.toLowerCase() ?? '';
  if (!isVerb(verb)) return [];
  const [, table, index] = /\b(?:from|into|update)\s+"?([\w.-]+)"?(?:\."?([\w.-]+)"?)?/i.exec(statement) ?? [];
  const resource = tableArn(table, place);
  return [
    { action: `dynamodb:${verbs[verb]}`, resource: index === undefined ? resource : `${resource}/index/${index}` },
  ];
};

const distinct = (permissions: readonly Permission[]): Permission[] => [
  ...new Map(permissions.map((permission) => [`${permission.action} ${permission.resource}`, permission])).values(),
];

function unfold(operation: string, input: Record<string, unknown>, place: Place): Permission[] | undefined {
  switch (operation) {
    case 'BatchGetItem':
    case 'BatchWriteItem': {
      const tables = isObject(input.RequestItems) ? Object.keys(input.RequestItems) : [];
      return tables.map((table) => ({ action: `dynamodb:${operation}`, resource: tableArn(table, place) }));
    }
    case 'TransactGetItems':
    case 'TransactWriteItems':
      return transaction(input.TransactItems, place);
    case 'ExecuteStatement':
      return partiql(input.Statement, place);
    case 'BatchExecuteStatement':
      return listOf(input.Statements).flatMap(({ Statement }) => partiql(Statement, place));
    case 'ExecuteTransaction':
      return listOf(input.TransactStatements).flatMap(({ Statement }) => partiql(Statement, place));
    default:
      return undefined;
  }
}

/** Undefined for another service, and for operations that act on one table. */
export function dynamodbPermissions({ service, operation, input, ...place }: Call): Permission[] | undefined {
  if (service !== 'dynamodb' || !isObject(input)) return undefined;
  const found = unfold(operation, input, place);
  return found && distinct(found);
}
