// What DynamoDB refuses, in its own words.
//
// Unknown: since June 2026 some Regions put "1 validation error detected: " before the messages of expressions and values;
// the older wording, which the others still give, is the one here.
import { errorsOf } from '../../../kernel/errors.ts';
import type { AttributeValue } from './value.ts';

type Sdk = typeof import('@aws-sdk/client-dynamodb');
const { modelled, unmodelled } = errorsOf<Sdk>();

const commonErrors = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html';

/** Why one action of a transaction failed; `None` for those that did not. */
export interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Record<string, AttributeValue>;
}

/** Where throttling happened: which limit, of which table or index. */
export interface ThrottlingReason {
  readonly reason: string;
  readonly resource: string;
}

const itemMember = (item: Record<string, AttributeValue> | undefined): Record<string, unknown> =>
  item === undefined ? {} : { Item: item };

export const errors = {
  validation: unmodelled('ValidationException', 400, commonErrors, (message: string) => message),
  /** "One or more parameter values were invalid: …" */
  invalidParameter: unmodelled(
    'ValidationException',
    400,
    commonErrors,
    (detail: string) => `One or more parameter values were invalid: ${detail}`,
  ),
  conditionFailed: modelled(
    'ConditionalCheckFailedException',
    (_item?: Record<string, AttributeValue>) => 'The conditional request failed',
    (item) => itemMember(item),
  ),
  transactionCanceled: modelled(
    'TransactionCanceledException',
    (reasons: readonly CancellationReason[]) =>
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map((reason) => reason.Code).join(', ')}]`,
    (reasons) => ({ CancellationReasons: reasons }),
  ),
  transactionConflict: modelled('TransactionConflictException', () => 'Transaction is ongoing for the item'),
  idempotentMismatch: modelled(
    'IdempotentParameterMismatchException',
    () => 'The parameters of the request do not match those of the earlier request with this token',
  ),
  duplicateItem: modelled('DuplicateItemException', () => 'Duplicate primary key exists in table'),
  collectionTooLarge: modelled('ItemCollectionSizeLimitExceededException', () => 'Item collection size limit exceeded'),
  notFound: modelled('ResourceNotFoundException', () => 'Requested resource not found'),
  tableNotFound: modelled(
    'ResourceNotFoundException',
    (table: string) => `Requested resource not found: Table: ${table} not found`,
  ),
  resourceNotFound: modelled('ResourceNotFoundException', (message: string) => message),
  nonExistentTable: modelled('ResourceNotFoundException', () => 'Cannot do operations on a non-existent table'),
  tableExists: modelled('ResourceInUseException', (table: string) => `Table already exists: ${table}`),
  resourceInUse: modelled('ResourceInUseException', (message: string) => message),
  limitExceeded: modelled('LimitExceededException', (message: string) => message),
  throughputExceeded: modelled(
    'ProvisionedThroughputExceededException',
    (_reasons: readonly ThrottlingReason[]) =>
      'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
    (reasons) => ({ ThrottlingReasons: reasons }),
  ),
  throttling: modelled(
    'ThrottlingException',
    (_reasons: readonly ThrottlingReason[]) =>
      'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly. If exceptions persist, check if you have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html',
    (reasons) => ({ throttlingReasons: reasons }),
  ),
  backupNotFound: modelled('BackupNotFoundException', (arn: string) => `Backup not found: ${arn}`),
  backupInUse: modelled('BackupInUseException', (message: string) => message),
  tableAlreadyExists: modelled('TableAlreadyExistsException', (table: string) => `Table already exists: ${table}`),
  tableInUse: modelled('TableInUseException', (message: string) => message),
  noSuchTable: modelled('TableNotFoundException', (table: string) => `Table not found: ${table}`),
  restoreTime: modelled('InvalidRestoreTimeException', (message: string) => message),
  continuousBackupsUnavailable: modelled('ContinuousBackupsUnavailableException', (message: string) => message),
  pointInTimeRecoveryUnavailable: modelled(
    'PointInTimeRecoveryUnavailableException',
    (table: string) => `Point in time recovery is not enabled for table '${table}'`,
  ),
  exportNotFound: modelled('ExportNotFoundException', (arn: string) => `Export not found: ${arn}`),
  exportConflict: modelled('ExportConflictException', (message: string) => message),
  exportTime: modelled('InvalidExportTimeException', (message: string) => message),
  importNotFound: modelled('ImportNotFoundException', (arn: string) => `Import not found: ${arn}`),
  importConflict: modelled('ImportConflictException', (message: string) => message),
  globalTableExists: modelled(
    'GlobalTableAlreadyExistsException',
    (name: string) => `Global table with name: '${name}' already exists`,
  ),
  globalTableNotFound: modelled(
    'GlobalTableNotFoundException',
    (name: string) => `Global table with name: '${name}' does not exist`,
  ),
  replicaExists: modelled('ReplicaAlreadyExistsException', (message: string) => message),
  replicaNotFound: modelled('ReplicaNotFoundException', (message: string) => message),
  policyNotFound: modelled('PolicyNotFoundException', (message: string) => message),
} as const;
