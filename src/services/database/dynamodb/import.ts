// Imports from S3: a new table with the items of all objects under a prefix.
//
// Differs: Amazon Ion and Zstandard are not read; errors are counted, and no log group tells of them.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html
import type { ImportTableDescription } from '@aws-sdk/client-dynamodb';
import type { Principal } from '../../../kernel/service.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { checkItem } from './action.ts';
import { errors } from './errors.ts';
import { type ImportFormat, readObject } from './import-file.ts';
import { checkItemKey } from './key.ts';
import { readTableReference } from './reference.ts';
import { type DynamoContext, type Operation, type TableRow, tableArn, type TransferRow } from './state.ts';
import { checkFree, readTable, settleTable } from './table.ts';
import { transferSeconds } from './timing.ts';
import { digestOf } from './transaction.ts';
import { failureOf, findByToken, pageOfTransfers, readDescription, writeDescription } from './transfer.ts';
import type { Item } from './value.ts';
import { applyChange, changeTo, checkIndexKeys } from './write.ts';

type Description = ImportTableDescription;
const descriptionOf = (row: TransferRow): Description => readDescription<Description>(row);

/**
 * Makes a table of the objects under a prefix.
 *
 * Unknown: how long an import takes; here five seconds.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html
 */
export const ImportTable: Operation<'ImportTable'> = (input, context) => {
  const { InputFormat, InputCompressionType, InputFormatOptions, S3BucketSource, TableCreationParameters } = input;
  if (InputFormat === 'ION') throw errors.validation('InputFormat ION is not supported here');
  if (InputCompressionType === 'ZSTD') throw errors.validation('InputCompressionType ZSTD is not supported here');
  if (InputFormatOptions !== undefined && InputFormat !== 'CSV')
    throw errors.validation('InputFormatOptions can only be specified when InputFormat is CSV');
  const token = input.ClientToken ?? context.ids.uuid();
  const digest = digestOf({ ...input, ClientToken: undefined });
  const known = findByToken(context, 'import', token);
  if (known !== undefined) {
    if (known.request !== digest)
      throw errors.importConflict('An import with the same ClientToken and other parameters exists');
    return { ImportTableDescription: descriptionOf(known) };
  }
  const { name } = readTableReference(TableCreationParameters.TableName);
  const table = readTable(context, name, TableCreationParameters);
  checkFree(context, name);
  const now = context.clock.now();
  const of = tableArn(context, name);
  const arn = `${of}/import/${String(now).padStart(14, '0')}-${context.ids.hex(8)}`;
  const description: Description = {
    ImportArn: arn,
    ImportStatus: 'IN_PROGRESS',
    TableArn: of,
    TableId: table.id,
    ClientToken: token,
    S3BucketSource,
    ErrorCount: 0,
    InputFormat,
    ...(InputFormatOptions !== undefined && { InputFormatOptions }),
    InputCompressionType: InputCompressionType ?? 'NONE',
    TableCreationParameters,
    StartTime: toDate(now),
  };
  context.state.tables.put(table);
  context.state.transfers.put(
    writeDescription({ arn, kind: 'import', startedAt: now, token, request: digest }, description),
  );
  const task: Task = { arn, table: name, id: table.id, caller: context.caller };
  context.jobs.at(later(now, transferSeconds), 'runImport', task);
  return { ImportTableDescription: description };
};

interface Task {
  readonly arn: string;
  readonly table: string;
  readonly id: string;
  readonly caller: Principal;
}

/** Bytes of an object, however they come. */
async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  for await (const part of body as AsyncIterable<Uint8Array>) parts.push(part);
  return Buffer.concat(parts);
}

/** The objects to read, one after the other. */
async function* objectsOf(
  context: DynamoContext,
  { caller }: Task,
  source: NonNullable<Description['S3BucketSource']>,
) {
  const call = <Output>(operation: string, input: object) =>
    context.aws.call<object, Output>('s3', operation, { Bucket: source.S3Bucket, ...input }, { as: caller });
  let after: string | undefined;
  do {
    const page: {
      readonly Contents?: readonly { readonly Key: string }[];
      readonly NextContinuationToken?: string;
    } = await call('ListObjectsV2', { Prefix: source.S3KeyPrefix ?? '', ContinuationToken: after });
    for (const { Key } of page.Contents ?? []) {
      const { Body } = await call<{ readonly Body?: unknown }>('GetObject', { Key });
      yield await bytesOf(Body);
    }
    after = page.NextContinuationToken;
  } while (after !== undefined);
}

interface Loaded {
  readonly items: readonly Item[];
  readonly errors: number;
  readonly bytes: number;
}

/** An item that the table can hold; undefined for one that it cannot. */
function fitting(table: TableRow, item: Item | undefined): Item | undefined {
  if (item === undefined) return undefined;
  try {
    const checked = checkItem(item);
    checkItemKey(table.key, checked);
    checkIndexKeys(table, checked, false);
    return checked;
  } catch {
    return undefined; // counted as an error
  }
}

async function loadAll(context: DynamoContext, task: Task, table: TableRow, description: Description): Promise<Loaded> {
  const source = description.S3BucketSource as NonNullable<Description['S3BucketSource']>;
  const format: ImportFormat = {
    format: description.InputFormat === 'CSV' ? 'CSV' : 'DYNAMODB_JSON',
    isGzip: description.InputCompressionType === 'GZIP',
    delimiter: description.InputFormatOptions?.Csv?.Delimiter ?? ',',
    header: description.InputFormatOptions?.Csv?.HeaderList,
    types: new Map(table.attributes.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType])),
  };
  const items: Item[] = [];
  let failed = 0;
  let bytes = 0;
  for await (const body of objectsOf(context, task, source)) {
    bytes += body.length;
    for (const item of readObject(body, format)) {
      const fit = fitting(table, item);
      if (fit === undefined) failed++;
      else items.push(fit);
    }
  }
  return { items, errors: failed, bytes };
}

function store(context: DynamoContext, table: TableRow, { items }: Loaded): void {
  for (const item of items) applyChange(context, table, changeTo(context, table, item), undefined, { by: 'restore' });
  settleTable({ table: table.name, id: table.id }, context);
}

/** Job: reads the objects with the rights of the one who asked, and fills the table. */
export async function runImport(task: Task, context: DynamoContext): Promise<void> {
  const row = context.state.transfers.find(task.arn);
  const table = context.state.tables.find(task.table);
  if (row === undefined || table === undefined || table.id !== task.id) return;
  const description = descriptionOf(row);
  const finish = (change: Partial<Description>, loaded?: Loaded) =>
    context.transact(() => {
      const EndTime = toDate(context.clock.now());
      context.state.transfers.put(writeDescription(row, { ...description, EndTime, ...change }));
      store(context, table, loaded ?? { items: [], errors: 0, bytes: 0 });
    });
  let loaded: Loaded;
  try {
    loaded = await loadAll(context, task, table, description);
  } catch (error) {
    await finish({ ImportStatus: 'FAILED', ...failureOf(error) });
    return;
  }
  await finish(
    {
      ImportStatus: 'COMPLETED',
      ErrorCount: loaded.errors,
      ProcessedSizeBytes: loaded.bytes,
      ProcessedItemCount: loaded.items.length + loaded.errors,
      ImportedItemCount: loaded.items.length,
    },
    loaded,
  );
}

/**
 * Describes an import.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeImport.html
 */
export const DescribeImport: Operation<'DescribeImport'> = ({ ImportArn }, { state }) => {
  const row = state.transfers.find(ImportArn);
  if (row === undefined || row.kind !== 'import') throw errors.importNotFound(ImportArn);
  return { ImportTableDescription: descriptionOf(row) };
};

/**
 * Lists imports of the last 90 days.
 *
 * Limit: 25 at once.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListImports.html
 */
export const ListImports: Operation<'ListImports'> = (input, context) => {
  const { rows, next } = pageOfTransfers(context, 'import', input.TableArn, input.PageSize, input.NextToken);
  return {
    ImportSummaryList: rows.map((row) => {
      const { ImportArn, ImportStatus, TableArn, S3BucketSource, InputFormat, StartTime, EndTime } = descriptionOf(row);
      return { ImportArn, ImportStatus, TableArn, S3BucketSource, InputFormat, StartTime, EndTime };
    }),
    ...(next !== undefined && { NextToken: next }),
  };
};
