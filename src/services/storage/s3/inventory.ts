// Inventory: a list of all objects of a bucket, written to another bucket every day or week.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
import type { InventoryConfiguration } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { key } from '../../../kernel/key.ts';
import { type Cell, type Column, type ColumnType, writeParquet } from '../../../kernel/parquet.ts';
import { type Instant, instant, secondsPerDay } from '../../../kernel/units.ts';
import { bucketArn, findBucket } from './bucket-find.ts';
import { errors } from './errors.ts';
import { encodeKey } from './listing.ts';
import type { S3Context } from './operation.ts';
import { tierOf } from './storage-class.ts';
import { type BucketRow, keyOfBucket, type VersionRow } from './state.ts';

const dayMs = secondsPerDay * 1000;
/** Sunday, 4 January 1970: weekly reports are made on Sundays. */
const firstSundayMs = 3 * dayMs;

/** The next midnight UTC, or the next one that begins a Sunday. */
function nextReport(now: Instant, frequency: string | undefined): Instant {
  const midnight = (Math.floor(now / dayMs) + 1) * dayMs;
  if (frequency !== 'Weekly') return instant(midnight);
  const daysToSunday = (7 - (((midnight - firstSundayMs) / dayMs) % 7)) % 7;
  return instant(midnight + daysToSunday * dayMs);
}

const optionalFields: Readonly<Record<string, (row: VersionRow, context: S3Context) => string>> = {
  Size: (row) => (row.kind === 'object' ? String(row.sizeBytes) : ''),
  LastModifiedDate: (row) => new Date(row.modifiedAt).toISOString(),
  StorageClass: (row) => (row.kind === 'object' ? row.storageClass : ''),
  ETag: (row) => (row.kind === 'object' ? row.etag : ''),
  IsMultipartUploaded: (row) => (row.kind === 'object' ? String(row.parts !== undefined) : ''),
  ReplicationStatus: () => '',
  EncryptionStatus: (row) => (row.kind === 'object' ? encryptionStatus(row) : ''),
  ObjectLockRetainUntilDate: (row) =>
    row.kind === 'object' && row.retention !== undefined ? new Date(row.retention.until).toISOString() : '',
  ObjectLockMode: (row) => (row.kind === 'object' ? (row.retention?.mode ?? '') : ''),
  ObjectLockLegalHoldStatus: (row) => (row.kind === 'object' ? (row.legalHold === true ? 'On' : 'Off') : ''),
  IntelligentTieringAccessTier: (row, { clock }) =>
    row.kind === 'object' && row.storageClass === 'INTELLIGENT_TIERING' ? tierOf(row, clock.now()) : '',
  BucketKeyStatus: (row) => (row.kind === 'object' ? (row.encryption.bucketKey === true ? 'ENABLED' : 'DISABLED') : ''),
  ChecksumAlgorithm: (row) => (row.kind === 'object' ? (row.checksum?.algorithm ?? '') : ''),
};

const encryptionStatus = (row: Extract<VersionRow, { kind: 'object' }>): string => {
  if (row.customerKey !== undefined) return 'SSE-C';
  const names = { AES256: 'SSE-S3', 'aws:kms': 'SSE-KMS', 'aws:kms:dsse': 'DSSE-KMS' };
  return names[row.encryption.algorithm];
};

const acceptedFields = [
  ...Object.keys(optionalFields),
  'ObjectAccessControlList',
  'ObjectOwner',
  'LifecycleExpirationDate',
];

/** @throws MalformedXML, InvalidS3DestinationBucket */
export function checkInventory(configuration: InventoryConfiguration): void {
  const {
    Destination: destination,
    IsEnabled,
    Id,
    IncludedObjectVersions: included,
    Schedule: schedule,
  } = configuration;
  const target = destination?.S3BucketDestination;
  if (Id === undefined || IsEnabled === undefined || target?.Bucket === undefined) throw errors.malformedXml();
  if (included !== 'All' && included !== 'Current') throw errors.malformedXml();
  if (schedule?.Frequency !== 'Daily' && schedule?.Frequency !== 'Weekly') throw errors.malformedXml();
  if (!['CSV', 'ORC', 'Parquet'].includes(target.Format ?? '')) throw errors.malformedXml();
  for (const field of configuration.OptionalFields ?? [])
    if (!acceptedFields.includes(field)) throw errors.malformedXml();
}

/** Inside a transaction: plans the next report; the answer names the job. */
export function scheduleInventory(
  context: S3Context,
  bucket: BucketRow,
  configuration: InventoryConfiguration,
): string {
  const at = nextReport(context.clock.now(), configuration.Schedule?.Frequency);
  const home = context.elsewhere(bucket.account, bucket.region);
  return home.jobs.at(at, 'writeInventory', { bucket: bucket.name, id: configuration.Id });
}

/** Inside a transaction. */
export function cancelInventory({ state, jobs }: S3Context, { partition, name }: BucketRow, id: string): void {
  const job = state.configurations.find(key(partition, name, 'inventory', id))?.job;
  if (job !== undefined) jobs.cancel(job);
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Columns that a report has besides the optional ones, and those that only one of all versions has. */
const usualFields = ['Bucket', 'Key'];
const versionFields = ['VersionId', 'IsLatest', 'IsDeleteMarker'];

interface Report {
  readonly fields: readonly string[];
  /** Cells as a line of CSV has them. */
  readonly rows: readonly (readonly string[])[];
}

function reportOf(configuration: InventoryConfiguration, bucket: BucketRow, context: S3Context): Report {
  const all = configuration.IncludedObjectVersions === 'All';
  const prefix = configuration.Filter?.Prefix ?? '';
  const optional = (configuration.OptionalFields ?? []).filter((field) => field in optionalFields);
  const rows: string[][] = [];
  for (const row of context.state.versions.each({ prefix: keyOfBucket(bucket) })) {
    if (!row.key.startsWith(prefix) || !(all || (row.latest && row.kind === 'object'))) continue;
    const versioned = [
      row.versionId === 'null' ? '' : row.versionId,
      String(row.latest),
      String(row.kind === 'marker'),
    ];
    const more = optional.map((field) => optionalFields[field]?.(row, context) ?? '');
    rows.push([bucket.name, row.key, ...(all ? versioned : []), ...more]);
  }
  return { fields: [...usualFields, ...(all ? versionFields : []), ...optional], rows };
}

/** How a report is written: its schema as the manifest tells it, its bytes, and how its file's name ends. */
interface Writing {
  readonly schema: string;
  readonly data: Uint8Array;
  readonly ending: string;
}

const inLines = ({ fields, rows }: Report): Writing => ({
  schema: fields.join(', '),
  // Keys are URL-encoded in CSV alone.
  data: gzipSync(
    rows
      .map((row) => row.map((cell, at) => quoted(at === usualFields.indexOf('Key') ? encodeKey(cell) : cell)).join(','))
      .map((line) => `${line}\n`)
      .join(''),
  ),
  ending: 'csv.gz',
});

/** `LastModifiedDate` → `last_modified_date`, `ETag` → `e_tag`. */
const columnName = (field: string): string => field.replaceAll(/(?<!^)([A-Z])/g, '_$1').toLowerCase();

const columnTypes: Readonly<Record<string, Exclude<ColumnType, 'STRING'>>> = {
  IsLatest: 'BOOLEAN',
  IsDeleteMarker: 'BOOLEAN',
  Size: 'INT64',
  LastModifiedDate: 'TIMESTAMP',
  IsMultipartUploaded: 'BOOLEAN',
  ObjectLockRetainUntilDate: 'TIMESTAMP',
};

const readCell: Readonly<Record<ColumnType, (text: string) => Cell>> = {
  STRING: (text) => text,
  BOOLEAN: (text) => text === 'true',
  INT32: Number,
  INT64: Number,
  TIMESTAMP: Date.parse,
};

/** Types as the message of a Parquet schema has them. */
const schemaTypes: Readonly<Record<ColumnType, readonly [type: string, meaning: string]>> = {
  STRING: ['binary', ' (UTF8)'],
  BOOLEAN: ['boolean', ''],
  INT32: ['int32', ''],
  INT64: ['int64', ''],
  TIMESTAMP: ['int64', ' (TIMESTAMP_MILLIS)'],
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html */
async function inColumns({ fields, rows }: Report): Promise<Writing> {
  const columns = fields.map(
    (field): Column => ({
      name: columnName(field),
      type: columnTypes[field] ?? 'STRING',
      required: usualFields.includes(field) ? true : undefined,
    }),
  );
  const members = columns.map(({ name, type, required }) => {
    const [physical, meaning] = schemaTypes[type];
    return ` ${required === true ? 'required' : 'optional'} ${physical} ${name}${meaning};`;
  });
  const cells = rows.map((row) =>
    row.map((text, at) => (text === '' ? undefined : readCell[columns[at]?.type ?? 'STRING'](text))),
  );
  return {
    schema: `message s3.inventory {${members.join('')} }`,
    data: await writeParquet(columns, cells),
    ending: 'parquet',
  };
}

const writings: Readonly<Record<string, (report: Report) => Writing | Promise<Writing>>> = {
  CSV: inLines,
  Parquet: inColumns,
};

/** Puts an object into the destination, as S3 itself. */
const putReport = (context: S3Context, source: BucketRow, target: BucketRow, objectKey: string, body: Uint8Array) =>
  context.aws.call(
    's3',
    'PutObject',
    { Bucket: target.name, Key: objectKey, Body: body },
    {
      as: { service: 's3.amazonaws.com' },
      account: target.account,
      region: target.region,
      sourceArn: bucketArn(source),
      sourceAccount: source.account,
    },
  );

/**
 * Job: writes one report (data, manifest, its checksum) and plans the next.
 *
 * Differs: reports are CSV or Parquet; an ORC configuration is kept and writes nothing.
 */
export async function writeInventory(
  job: { readonly bucket: string; readonly id: string },
  context: S3Context,
): Promise<void> {
  const bucket = findBucket(context, job.bucket);
  if (bucket === undefined) return;
  const row = context.state.configurations.find(key(bucket.partition, bucket.name, 'inventory', job.id));
  if (row === undefined) return;
  const configuration = row.value as InventoryConfiguration;
  const destination = configuration.Destination?.S3BucketDestination;
  const target = findBucket(context, destination?.Bucket?.split(':').at(-1) ?? '');
  const write = writings[destination?.Format ?? ''];
  if (target !== undefined && destination !== undefined && write !== undefined) {
    const base = [destination.Prefix, bucket.name, job.id]
      .filter((part) => part !== undefined && part !== '')
      .join('/');
    await writeReport(context, bucket, target, base, {
      format: destination.Format ?? '',
      ...(await write(reportOf(configuration, bucket, context))),
    });
  }
  await context.transact(() => {
    const current = context.state.configurations.find(key(bucket.partition, bucket.name, 'inventory', job.id));
    if (current !== undefined)
      context.state.configurations.put({ ...current, job: scheduleInventory(context, bucket, configuration) });
  });
}

async function writeReport(
  context: S3Context,
  bucket: BucketRow,
  target: BucketRow,
  base: string,
  { format, schema, data, ending }: Writing & { readonly format: string },
) {
  const now = context.clock.now();
  const dataKey = `${base}/data/${context.ids.uuid()}.${ending}`;
  const manifest = JSON.stringify({
    sourceBucket: bucket.name,
    destinationBucket: bucketArn(target),
    version: '2016-11-30',
    creationTimestamp: String(now),
    fileFormat: format,
    fileSchema: schema,
    files: [{ key: dataKey, size: data.byteLength, MD5checksum: createHash('md5').update(data).digest('hex') }],
  });
  const folder = `${base}/${new Date(now).toISOString().slice(0, 16).replace(':', '-')}Z`;
  const sum = createHash('md5').update(manifest).digest('hex');
  await putReport(context, bucket, target, dataKey, data);
  await putReport(context, bucket, target, `${folder}/manifest.json`, Buffer.from(manifest));
  await putReport(context, bucket, target, `${folder}/manifest.checksum`, Buffer.from(sum));
}
