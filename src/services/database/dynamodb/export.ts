// Exports to S3: the table as it was at an instant, or what changed between two, as files of one item a line.
//
// Differs: Amazon Ion is not written; objects are encrypted as the bucket does it.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
import type { ExportDescription } from '@aws-sdk/client-dynamodb';
import type { Principal } from '../../../kernel/service.ts';
import { type Instant, instant, later, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { type ExportFile, fullFile, incrementalFile, manifestOf, summaryOf } from './export-file.ts';
import { changesBetween, earliestRestorable, itemsAt } from './history.ts';
import { exportSpanMaxSeconds, exportSpanMinSeconds } from './limits.ts';
import { getBackedTable } from './recovery.ts';
import { type DynamoContext, type Operation, type TableRow, tableArn, type TransferRow } from './state.ts';
import { transferSeconds } from './timing.ts';
import { digestOf } from './transaction.ts';
import { failureOf, findByToken, pageOfTransfers, readDescription, writeDescription } from './transfer.ts';

type Input = Parameters<typeof ExportTableToPointInTime>[0];
interface Description extends ExportDescription {
  readonly S3Bucket: string;
}

const descriptionOf = (row: TransferRow): Description => readDescription<Description>(row);

const outside = () => errors.exportTime('The requested time is outside of the point in time recovery window');

/** The instant to export: within the window; without one, now. */
function exportTime(input: Input, { recovery }: TableRow, now: Instant): Instant {
  const at = input.ExportTime?.getTime();
  if (recovery === undefined || at === undefined) return now;
  const earliest = earliestRestorable(recovery, now);
  if (at < Math.floor(earliest / 1000) * 1000 || at > now) throw outside();
  return instant(Math.max(at, earliest));
}

interface Span {
  readonly from: Instant;
  readonly to: Instant;
  readonly view: 'NEW_IMAGE' | 'NEW_AND_OLD_IMAGES';
}

/** The span of an incremental export: from fifteen minutes to a day. */
function spanOf(input: Input, { recovery }: TableRow, now: Instant): Span | undefined {
  if (input.ExportType !== 'INCREMENTAL_EXPORT') {
    if (input.IncrementalExportSpecification !== undefined)
      throw errors.validation('IncrementalExportSpecification can only be specified for INCREMENTAL_EXPORT');
    return undefined;
  }
  const { ExportFromTime, ExportToTime, ExportViewType } = input.IncrementalExportSpecification ?? {};
  if (ExportFromTime === undefined)
    throw errors.validation('ExportFromTime must be specified for an incremental export');
  const from = instant(ExportFromTime.getTime());
  const to = instant(ExportToTime?.getTime() ?? Math.min(now, later(from, exportSpanMaxSeconds)));
  const seconds = (to - from) / 1000;
  if (seconds < exportSpanMinSeconds || seconds > exportSpanMaxSeconds)
    throw errors.exportTime(
      'The difference between ExportFromTime and ExportToTime must be between 15 minutes and 24 hours',
    );
  if (recovery === undefined || from < Math.floor(earliestRestorable(recovery, now) / 1000) * 1000 || to > now)
    throw outside();
  return { from, to, view: ExportViewType ?? 'NEW_AND_OLD_IMAGES' };
}

/**
 * Writes a table to S3, as it was at an instant or as it changed between two.
 *
 * Unknown: how long an export takes; here five seconds.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
 */
export const ExportTableToPointInTime: Operation<'ExportTableToPointInTime'> = (input, request) => {
  if (!input.TableArn.startsWith('arn:')) throw errors.validation('Invalid TableArn');
  if (input.ExportFormat === 'ION') throw errors.validation('ExportFormat ION is not supported here');
  if (input.FilterSpecification !== undefined) throw errors.validation('FilterSpecification is not supported here');
  const { context, table } = getBackedTable(request, input.TableArn);
  const { clock, state, ids } = context;
  const token = input.ClientToken ?? ids.uuid();
  const digest = digestOf({ ...input, ClientToken: undefined });
  const known = findByToken(context, 'export', token);
  if (known !== undefined) {
    if (known.request !== digest)
      throw errors.exportConflict('An export with the same ClientToken and other parameters exists');
    return { ExportDescription: descriptionOf(known) };
  }
  if (table.recovery === undefined) throw errors.pointInTimeRecoveryUnavailable(table.name);
  const now = clock.now();
  const span = spanOf(input, table, now);
  const at = exportTime(input, table, now);
  const arn = `${tableArn(context, table.name)}/export/${String(now).padStart(14, '0')}-${ids.hex(8)}`;
  const description: Description = {
    ExportArn: arn,
    ExportStatus: 'IN_PROGRESS',
    StartTime: toDate(now),
    TableArn: tableArn(context, table.name),
    TableId: table.id,
    ...(span === undefined && { ExportTime: toDate(at) }),
    ClientToken: token,
    S3Bucket: input.S3Bucket,
    ...(input.S3BucketOwner !== undefined && { S3BucketOwner: input.S3BucketOwner }),
    ...(input.S3Prefix !== undefined && { S3Prefix: input.S3Prefix }),
    S3SseAlgorithm: input.S3SseAlgorithm ?? 'AES256',
    ...(input.S3SseKmsKeyId !== undefined && { S3SseKmsKeyId: input.S3SseKmsKeyId }),
    ExportFormat: 'DYNAMODB_JSON',
    ExportType: input.ExportType ?? 'FULL_EXPORT',
    ...(span !== undefined && {
      IncrementalExportSpecification: {
        ExportFromTime: toDate(span.from),
        ExportToTime: toDate(span.to),
        ExportViewType: span.view,
      },
    }),
  };
  state.transfers.put(writeDescription({ arn, kind: 'export', startedAt: now, token, request: digest }, description));
  const task: Task = { arn, table: table.name, id: table.id, at, span, caller: request.caller };
  context.jobs.at(later(now, transferSeconds), 'runExport', task);
  return { ExportDescription: description };
};

interface Task {
  readonly arn: string;
  readonly table: string;
  readonly id: string;
  readonly at: Instant;
  readonly span: Span | undefined;
  readonly caller: Principal;
}

function fileOf(context: DynamoContext, table: TableRow, { at, span }: Task): ExportFile {
  const name = context.ids.hex(26);
  if (span === undefined) return fullFile(name, itemsAt(context, table, at).values());
  return incrementalFile(name, table, changesBetween(context, table, span.from, span.to), span.view);
}

/** Job: writes the files and the manifests, with the rights of the one who asked. */
export async function runExport(task: Task, context: DynamoContext): Promise<void> {
  const row = context.state.transfers.find(task.arn);
  const table = context.state.tables.find(task.table);
  if (row === undefined) return;
  const description = descriptionOf(row);
  const finish = (change: Partial<ExportDescription>) =>
    context.transact(() => {
      const EndTime = toDate(context.clock.now());
      context.state.transfers.put(writeDescription(row, { ...description, EndTime, ...change }));
    });
  if (table === undefined || table.id !== task.id) {
    await finish({ ExportStatus: 'FAILED', FailureCode: 'TableNotFound', FailureMessage: 'The table was deleted' });
    return;
  }
  const root = [description.S3Prefix, 'AWSDynamoDB'].filter((part) => part !== undefined && part !== '').join('/');
  const folder = `${root}/${task.arn.split('/').at(-1)}`;
  const put = (key: string, body: Uint8Array | string) =>
    context.aws.call(
      's3',
      'PutObject',
      { Bucket: description.S3Bucket, Key: key, Body: typeof body === 'string' ? Buffer.from(body) : body },
      { as: task.caller },
    );
  const file = fileOf(context, table, task);
  const dataKey = `${task.span === undefined ? folder : root}/data/${file.name}.json.gz`;
  const files = manifestOf(file, dataKey);
  const manifestKey = `${folder}/manifest-files.json`;
  const done = { EndTime: toDate(context.clock.now()), ItemCount: file.items, BilledSizeBytes: file.bytes };
  const summary = summaryOf({ ...description, ...done }, manifestKey);
  try {
    await put(`${folder}/_started`, '');
    await put(dataKey, file.body);
    await put(manifestKey, files.text);
    await put(`${folder}/manifest-files.checksum`, files.checksum);
    await put(`${folder}/manifest-summary.json`, summary.text);
    await put(`${folder}/manifest-summary.checksum`, summary.checksum);
  } catch (error) {
    await finish({ ExportStatus: 'FAILED', ...failureOf(error) });
    return;
  }
  await finish({ ...done, ExportStatus: 'COMPLETED', ExportManifest: `${folder}/manifest-summary.json` });
}

/**
 * Describes an export.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeExport.html
 */
export const DescribeExport: Operation<'DescribeExport'> = ({ ExportArn }, { state }) => {
  const row = state.transfers.find(ExportArn);
  if (row === undefined || row.kind !== 'export') throw errors.exportNotFound(ExportArn);
  return { ExportDescription: descriptionOf(row) };
};

/**
 * Lists exports of the last 90 days.
 *
 * Limit: 25 at once.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListExports.html
 */
export const ListExports: Operation<'ListExports'> = (input, context) => {
  const { rows, next } = pageOfTransfers(context, 'export', input.TableArn, input.MaxResults, input.NextToken);
  return {
    ExportSummaries: rows.map((row) => {
      const { ExportArn, ExportStatus, ExportType } = descriptionOf(row);
      return { ExportArn, ExportStatus, ExportType };
    }),
    ...(next !== undefined && { NextToken: next }),
  };
};
