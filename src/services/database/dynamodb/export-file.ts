// The objects that an export writes: lines of DynamoDB JSON, compressed, and two manifests with their checksums.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { ExportDescription } from '@aws-sdk/client-dynamodb';
import type { Instant } from '../../../kernel/units.ts';
import { keyOf } from './key.ts';
import type { ItemRow, TableRow } from './state.ts';
import { type Item, itemBytes } from './value.ts';

export interface ExportFile {
  readonly name: string;
  readonly body: Uint8Array;
  readonly items: number;
  /** What the items weigh. */
  readonly bytes: number;
}

/** Binary values are written in Base64. A `Buffer` has made itself an object before it is asked about: its holder has it still. */
function asJson(this: Readonly<Record<string, unknown>>, name: string, value: unknown): unknown {
  const held = this[name];
  return held instanceof Uint8Array ? Buffer.from(held).toString('base64') : value;
}

const lineOf = (record: object): string => `${JSON.stringify(record, asJson)}\n`;

function fileOf(name: string, lines: readonly string[], bytes: number): ExportFile {
  return { name, items: lines.length, bytes, body: gzipSync(lines.join('')) };
}

/** Every item on a line of its own. */
export function fullFile(name: string, rows: Iterable<ItemRow>): ExportFile {
  const lines: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    lines.push(lineOf({ Item: row.item }));
    bytes += row.bytes;
  }
  return fileOf(name, lines, bytes);
}

interface ChangedItem {
  readonly key: string;
  readonly at: Instant;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** Each changed item on a line: as it was at the start and as it is at the end, however often it changed between. */
export function incrementalFile(
  name: string,
  table: TableRow,
  changes: readonly ChangedItem[],
  view: 'NEW_IMAGE' | 'NEW_AND_OLD_IMAGES',
): ExportFile {
  const net = new Map<string, ChangedItem>();
  for (const change of changes) {
    const first = net.get(change.key);
    net.set(change.key, first === undefined ? change : { ...change, before: first.before });
  }
  const lines: string[] = [];
  let bytes = 0;
  for (const { at, before, after } of net.values()) {
    const known = after ?? before;
    if (known === undefined) continue;
    bytes += itemBytes(known);
    lines.push(
      lineOf({
        Metadata: { WriteTimestampMicros: { N: String(at * 1000) } },
        Keys: keyOf(table.key, known),
        ...(view === 'NEW_AND_OLD_IMAGES' && before !== undefined && { OldImage: before }),
        ...(after !== undefined && { NewImage: after }),
      }),
    );
  }
  return fileOf(name, lines, bytes);
}

const md5 = (text: string | Uint8Array): string => createHash('md5').update(text).digest('base64');

interface Manifest {
  readonly text: string;
  readonly checksum: string;
}

/** The list of data files, one a line. */
export function manifestOf({ items, body }: ExportFile, dataFileS3Key: string): Manifest {
  const etag = createHash('md5').update(body).digest('hex');
  const text = lineOf({ itemCount: items, md5Checksum: md5(body), etag, dataFileS3Key });
  return { text, checksum: md5(text) };
}

/** What was exported, and where the list of files is. */
export function summaryOf(description: ExportDescription, manifestFilesS3Key: string): Manifest {
  const span = description.IncrementalExportSpecification;
  const text = JSON.stringify({
    version: span === undefined ? '2020-06-30' : '2023-08-01',
    exportArn: description.ExportArn,
    startTime: description.StartTime?.toISOString(),
    endTime: description.EndTime?.toISOString(),
    tableArn: description.TableArn,
    tableId: description.TableId,
    ...(span === undefined
      ? { exportTime: description.ExportTime?.toISOString() }
      : { exportFromTime: span.ExportFromTime?.toISOString(), exportToTime: span.ExportToTime?.toISOString() }),
    s3Bucket: description.S3Bucket,
    s3Prefix: description.S3Prefix ?? null,
    s3SseAlgorithm: description.S3SseAlgorithm,
    s3SseKmsKeyId: description.S3SseKmsKeyId ?? null,
    manifestFilesS3Key,
    billedSizeBytes: description.BilledSizeBytes,
    itemCount: description.ItemCount,
    outputFormat: description.ExportFormat,
    ...(span === undefined
      ? { exportType: 'FULL_EXPORT' }
      : { outputView: span.ExportViewType, exportType: 'INCREMENTAL_EXPORT' }),
  });
  return { text, checksum: md5(text) };
}
