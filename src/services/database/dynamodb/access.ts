// What IAM must allow for each operation: the table's or index's ARN, the table's own policy, and DynamoDB's condition keys, by
// which a policy can admit to some items and attributes only.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
import type { Permission, Permissions } from '../../../kernel/service.ts';
import { attributesOf, leadingKeyOf, leadingKeysOfQuery, selectOf, textOf } from './access-condition.ts';
import { parseStatement } from './partiql/parser.ts';
import { allowedValues } from './partiql/plan.ts';
import { isScan } from './partiql/select.ts';
import type { Statement } from './partiql/statement.ts';
import { placeOf, type TableReference } from './reference.ts';
import { type DynamoContext, type State, type TableRow, tableArn } from './state.ts';
import type { AttributeValue, Item } from './value.ts';

type Asked = Permissions<State>;
type Conditions = NonNullable<Permission['conditions']>;
type Input = Record<string, unknown>;

interface Target {
  readonly arn: string;
  readonly owner: string;
  readonly table: TableRow | undefined;
}

const arnPattern = /^arn:aws[a-zA-Z-]*:dynamodb:([a-z0-9-]+):([0-9]{12}):table\/([^/]+)/;

/** The table that a name or an ARN means, whether it exists or not. */
function targetOf(context: DynamoContext, text: string): Target {
  const match = arnPattern.exec(text);
  const reference: TableReference =
    match === null ? { name: text } : { region: match[1], account: match[2], name: match[3] as string };
  const place = placeOf(context, reference);
  const arn = tableArn(place, reference.name);
  return { arn, owner: place.account, table: place.state.tables.find(reference.name) };
}

const tagConditions = (table: TableRow | undefined): Conditions =>
  Object.fromEntries(Object.entries(table?.tags ?? {}).map(([name, value]) => [`aws:ResourceTag/${name}`, value]));

/** Tags that a request gives. */
function requestTags(input: Input): Conditions {
  const tags = input['Tags'] as readonly { readonly Key: string; readonly Value: string }[] | undefined;
  const keys = (input['TagKeys'] as readonly string[] | undefined) ?? tags?.map(({ Key }) => Key);
  if (keys === undefined || keys.length === 0) return {};
  const values = (tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value] as const);
  return { ...Object.fromEntries(values), 'aws:TagKeys': keys };
}

/** One action on one table, or on something below it (`/index/by-owner`). */
function onTable(action: string, { arn, owner, table }: Target, conditions: Conditions = {}, below = ''): Permission {
  return {
    action: `dynamodb:${action}`,
    resource: arn + below,
    resourcePolicy: table?.policy?.text,
    owner,
    conditions: { ...tagConditions(table), ...conditions },
  };
}

const given = (name: string, value: unknown): Conditions =>
  typeof value === 'string' ? { [`dynamodb:${name}`]: value } : {};

/** What a request on items says of them. */
function itemConditions(table: TableRow | undefined, input: Input, keys: readonly (Item | undefined)[]): Conditions {
  const leading = keys.map((key) => leadingKeyOf(table, key)).filter((key) => key !== undefined);
  const attributes = attributesOf(input, keys);
  return {
    ...(leading.length > 0 && { 'dynamodb:LeadingKeys': leading }),
    ...(attributes.length > 0 && { 'dynamodb:Attributes': attributes }),
    ...given('ReturnValues', input['ReturnValues']),
    ...given('ReturnConsumedCapacity', input['ReturnConsumedCapacity']),
  };
}

const byName =
  (action: string, member = 'TableName'): Asked =>
  (input: Input, context) => [onTable(action, targetOf(context, String(input[member])), requestTags(input))];

const byItem =
  (action: string): Asked =>
  (input: Input & { readonly Key?: Item; readonly Item?: Item }, context) => {
    const target = targetOf(context, String(input['TableName']));
    const conditions = itemConditions(target.table, input, [input.Item ?? input.Key]);
    return [onTable(action, target, action === 'GetItem' ? { ...conditions, ...selectOf(input) } : conditions)];
  };

const reading =
  (action: 'Query' | 'Scan'): Asked =>
  (input: Input, context) => {
    const target = targetOf(context, String(input['TableName']));
    const index = input['IndexName'];
    const leading = action === 'Query' ? leadingKeysOfQuery(target.table, input) : [];
    const conditions = {
      ...itemConditions(target.table, input, []),
      ...selectOf(input),
      ...(leading.length > 0 && { 'dynamodb:LeadingKeys': leading }),
    };
    return [onTable(action, target, conditions, index === undefined ? '' : `/index/${String(index)}`)];
  };

interface KeysOfTable extends Input {
  readonly Keys: readonly Item[];
}

const BatchGetItem: Asked = (input: { readonly RequestItems: Readonly<Record<string, KeysOfTable>> }, context) =>
  Object.entries(input.RequestItems).map(([name, request]) => {
    const target = targetOf(context, name);
    return onTable('BatchGetItem', target, {
      ...itemConditions(target.table, request, request.Keys),
      ...selectOf(request),
    });
  });

interface WriteRequest {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}

const BatchWriteItem: Asked = (
  input: { readonly RequestItems: Readonly<Record<string, readonly WriteRequest[]>> },
  context,
) =>
  Object.entries(input.RequestItems).map(([name, requests]) => {
    const target = targetOf(context, name);
    const keys = requests.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key);
    return onTable('BatchWriteItem', target, itemConditions(target.table, {}, keys));
  });

const transactActions = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
} as const;

/**
 * A transaction needs the permission of each thing it does.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
 */
const transacting =
  (operation: string): Asked =>
  (input: { readonly TransactItems: readonly Readonly<Record<string, Input>>[] }, context) =>
    input.TransactItems.flatMap((item) =>
      Object.entries(transactActions).flatMap(([part, action]) => {
        const detail = item[part];
        if (detail === undefined) return [];
        const target = targetOf(context, String(detail['TableName']));
        const key = (detail['Item'] ?? detail['Key']) as Item | undefined;
        const conditions = itemConditions(target.table, detail, [key]);
        return [onTable(action, target, { ...conditions, 'dynamodb:EnclosingOperation': operation })];
      }),
    );

const statementActions = {
  select: 'PartiQLSelect',
  exists: 'PartiQLSelect',
  insert: 'PartiQLInsert',
  update: 'PartiQLUpdate',
  delete: 'PartiQLDelete',
} as const;

interface StatementInput {
  readonly Statement: string;
  readonly Parameters?: readonly AttributeValue[];
}

/**
 * PartiQL has actions of its own; a statement that cannot be read is refused by the service.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
 */
function onStatement(input: StatementInput, context: DynamoContext, enclosing?: string): Permission[] {
  let statement: Statement;
  try {
    statement = parseStatement(input.Statement, input.Parameters);
  } catch {
    return [];
  }
  const { table: name, index } = statement.source;
  const target = targetOf(context, name);
  const schema = target.table?.indexes.find((each) => each.name === index)?.key ?? target.table?.key;
  const leading =
    schema === undefined
      ? []
      : statement.kind === 'insert'
        ? [statement.item[schema.hash.name]]
        : (allowedValues(statement.where, schema.hash) ?? []);
  const keys = leading.map(textOf).filter((text) => text !== undefined);
  const fullScan = schema !== undefined && statement.kind === 'select' && isScan(statement, schema);
  const conditions = {
    ...(keys.length > 0 && { 'dynamodb:LeadingKeys': keys }),
    ...(statement.kind === 'select' && { 'dynamodb:FullTableScan': String(fullScan) }),
    ...(enclosing !== undefined && { 'dynamodb:EnclosingOperation': enclosing }),
  };
  const below = index === undefined ? '' : `/index/${index}`;
  return [onTable(statementActions[statement.kind], target, conditions, below)];
}

const anything =
  (action: string): Asked =>
  () => [{ action: `dynamodb:${action}`, resource: '*' }];

/** A resource that the request names by its ARN. */
const byArn =
  (action: string, member: string): Asked =>
  (input: Input, context) => {
    const arn = String(input[member]);
    const target = targetOf(context, arn);
    return [{ ...onTable(action, target), resource: arn, resourcePolicy: undefined }];
  };

/** Policies of a table do not say who may change them, unless they do so for its own account. */
const onPolicy =
  (action: string): Asked =>
  (input: Input, context) => {
    const arn = String(input['ResourceArn']);
    const target = targetOf(context, arn);
    const isStream = arn.includes('/stream/');
    const own = isStream ? target.table?.streamPolicy : target.table?.policy;
    return [{ ...onTable(action, target), resource: arn, resourcePolicy: own?.text }];
  };

const onGlobal =
  (action: string): Asked =>
  (input: Input, { partition, account }) => [
    {
      action: `dynamodb:${action}`,
      resource: `arn:${partition}:dynamodb::${account}:global-table/${String(input['GlobalTableName'])}`,
    },
  ];

const insights =
  (action: string): Asked =>
  (input: Input, context) => {
    const index = input['IndexName'];
    const target = targetOf(context, String(input['TableName']));
    return [onTable(action, target, {}, index === undefined ? '' : `/index/${String(index)}`)];
  };

const CreateTable: Asked = (input: Input, context) => {
  const target = targetOf(context, String(input['TableName']));
  const conditions = requestTags(input);
  const create = onTable('CreateTable', target, conditions);
  return [
    create,
    ...(conditions['aws:TagKeys'] === undefined ? [] : [onTable('TagResource', target, conditions)]),
    ...(input['ResourcePolicy'] === undefined ? [] : [onTable('PutResourcePolicy', target, conditions)]),
  ];
};

const restoring =
  (action: string, source: (input: Input, context: DynamoContext) => readonly Permission[]): Asked =>
  (input: Input, context) => [
    ...source(input, context),
    onTable(action, targetOf(context, String(input['TargetTableName']))),
  ];

const named = (actions: readonly string[], make: (action: string) => Asked): Record<string, Asked> =>
  Object.fromEntries(actions.map((action) => [action, make(action)]));

export const permissions: Readonly<Record<string, Asked>> = {
  ...named(
    [
      'DescribeTable',
      'UpdateTable',
      'DeleteTable',
      'UpdateTimeToLive',
      'DescribeTimeToLive',
      'UpdateContinuousBackups',
      'DescribeContinuousBackups',
      'CreateBackup',
      'EnableKinesisStreamingDestination',
      'DisableKinesisStreamingDestination',
      'DescribeKinesisStreamingDestination',
      'DescribeTableReplicaAutoScaling',
      'UpdateTableReplicaAutoScaling',
    ],
    (action) => byName(action),
  ),
  ...named(['PutItem', 'GetItem', 'UpdateItem', 'DeleteItem'], byItem),
  ...named(['TagResource', 'UntagResource', 'ListTagsOfResource'], (action) => byName(action, 'ResourceArn')),
  ...named(
    [
      'ListTables',
      'ListBackups',
      'ListExports',
      'ListImports',
      'ListGlobalTables',
      'ListContributorInsights',
      'DescribeLimits',
      'DescribeEndpoints',
    ],
    anything,
  ),
  ...named(['CreateGlobalTable', 'DescribeGlobalTable', 'UpdateGlobalTable'], onGlobal),
  ...named(['UpdateContributorInsights', 'DescribeContributorInsights'], insights),
  ...named(['PutResourcePolicy', 'GetResourcePolicy', 'DeleteResourcePolicy'], onPolicy),
  ...named(['DescribeBackup', 'DeleteBackup'], (action) => byArn(action, 'BackupArn')),
  ExportTableToPointInTime: byName('ExportTableToPointInTime', 'TableArn'),
  DescribeExport: byArn('DescribeExport', 'ExportArn'),
  DescribeImport: byArn('DescribeImport', 'ImportArn'),
  ImportTable: (input: { readonly TableCreationParameters: Input }, context) =>
    byName('ImportTable')(input.TableCreationParameters, context),
  RestoreTableFromBackup: restoring('RestoreTableFromBackup', byArn('RestoreTableFromBackup', 'BackupArn')),
  RestoreTableToPointInTime: restoring('RestoreTableToPointInTime', (input, context) => [
    onTable(
      'RestoreTableToPointInTime',
      targetOf(context, String(input['SourceTableArn'] ?? input['SourceTableName'])),
    ),
  ]),
  Query: reading('Query'),
  Scan: reading('Scan'),
  BatchGetItem,
  BatchWriteItem,
  TransactGetItems: transacting('TransactGetItems'),
  TransactWriteItems: transacting('TransactWriteItems'),
  CreateTable,
  ExecuteStatement: onStatement,
  BatchExecuteStatement: (input: { readonly Statements: readonly StatementInput[] }, context) =>
    input.Statements.flatMap((each) => onStatement(each, context)),
  ExecuteTransaction: (input: { readonly TransactStatements: readonly StatementInput[] }, context) =>
    input.TransactStatements.flatMap((each) => onStatement(each, context, 'ExecuteTransaction')),
};
