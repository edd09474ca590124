// Which objects a batch job treats: a CSV of its own, an inventory report, or what a generator finds in a bucket.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-create-job.html
import type { S3JobManifestGenerator } from '@aws-sdk/client-s3-control';
import { gunzipSync } from 'node:zlib';
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import type { Principal } from '../../../kernel/service.ts';
import { findBucket } from '../s3/bucket-find.ts';
import type { BatchJobRow, BatchResult, ObjectRow } from '../s3/state.ts';
import { textOf, type Whole } from './batch-object.ts';
import type { ControlContext } from './operation.ts';

/** A row of a CSV; `""` inside quotes is a quote. */
function readLine(line: string): string[] {
  const fields: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g))
    fields.push(quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"'));
  return fields;
}

const decodeKey = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
};

const invalid = (message: string) => new AwsError('InvalidManifest', 400, message);

/** Objects of a CSV whose columns are named. */
function readCsv(text: string, columns: readonly string[]): BatchResult[] {
  const [bucketAt, keyAt, versionAt] = ['Bucket', 'Key', 'VersionId'].map((name) => columns.indexOf(name));
  const objects: BatchResult[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue;
    const fields = readLine(line);
    const bucket = fields[bucketAt ?? -1] ?? '';
    const objectKey = fields[keyAt ?? -1] ?? '';
    if (fields.length !== columns.length || bucket === '' || objectKey === '')
      throw invalid(`The manifest has a line that does not have the fields ${columns.join(', ')}.`);
    const versionId = fields[versionAt ?? -1];
    objects.push({ bucket, key: decodeKey(objectKey), versionId: versionId === '' ? undefined : versionId });
  }
  return objects;
}

interface InventoryManifest {
  readonly fileSchema: string;
  readonly destinationBucket: string;
  readonly fileFormat: string;
  readonly files: readonly { readonly key: string }[];
}

async function readInventory(manifest: string, get: (at: Whole) => Promise<Uint8Array>): Promise<BatchResult[]> {
  let report: InventoryManifest;
  try {
    report = JSON.parse(manifest) as InventoryManifest;
  } catch {
    throw invalid('The manifest is not a manifest.json of an inventory report.');
  }
  if (report.fileFormat !== 'CSV') throw invalid('Only inventory reports in CSV format can be a manifest.');
  const columns = report.fileSchema.split(',').map((name) => name.trim());
  const bucket = report.destinationBucket.split(':').at(-1) ?? '';
  const objects: BatchResult[] = [];
  for (const file of report.files) {
    const text = gunzipSync(await get({ bucket, key: file.key })).toString('utf8');
    objects.push(...readCsv(text, columns));
  }
  return objects;
}

const arnForm = /^arn:[a-z-]+:s3:::([^/]+)\/(.+)$/s;

/** All objects of a job's manifest. @throws AwsError for which the job fails */
export async function readManifest(
  job: BatchJobRow,
  actor: Principal,
  context: ControlContext,
): Promise<readonly BatchResult[]> {
  const { Manifest: manifest, ManifestGenerator: generator } = job.request;
  if (generator?.S3JobManifestGenerator !== undefined) return generate(generator.S3JobManifestGenerator, context);
  const { Location: location, Spec: spec } = manifest ?? {};
  const [, bucket = '', objectKey = ''] = arnForm.exec(location?.ObjectArn ?? '') ?? [];
  const get = (at: Whole) => textOf(at, actor, context);
  const text = await get({
    bucket,
    key: objectKey,
    versionId: location?.ObjectVersionId,
    etag: location?.ETag,
  }).then((bytes) => Buffer.from(bytes).toString('utf8'));
  const objects =
    spec?.Format === 'S3InventoryReport_CSV_20161130'
      ? await readInventory(text, get)
      : readCsv(text, spec?.Fields ?? []);
  if (objects.length === 0) throw invalid('The manifest names no object.');
  if (objects.some((object) => object.bucket !== objects[0]?.bucket))
    throw invalid('All objects of a manifest must be in the same bucket.');
  return objects;
}

type Filter = NonNullable<S3JobManifestGenerator['Filter']>;

function passes(row: ObjectRow, filter: Filter): boolean {
  const { CreatedAfter, CreatedBefore, ObjectSizeGreaterThanBytes, ObjectSizeLessThanBytes } = filter;
  const { MatchAnyStorageClass: classes, KeyNameConstraint: names } = filter;
  if (CreatedAfter !== undefined && row.modifiedAt <= CreatedAfter.getTime()) return false;
  if (CreatedBefore !== undefined && row.modifiedAt >= CreatedBefore.getTime()) return false;
  if (ObjectSizeGreaterThanBytes !== undefined && row.sizeBytes <= ObjectSizeGreaterThanBytes) return false;
  if (ObjectSizeLessThanBytes !== undefined && row.sizeBytes >= ObjectSizeLessThanBytes) return false;
  if (classes?.length && !classes.some((name) => name === row.storageClass)) return false;
  if (names?.MatchAnyPrefix?.length && !names.MatchAnyPrefix.some((text) => row.key.startsWith(text))) return false;
  if (names?.MatchAnySuffix?.length && !names.MatchAnySuffix.some((text) => row.key.endsWith(text))) return false;
  return !names?.MatchAnySubstring?.length || names.MatchAnySubstring.some((text) => row.key.includes(text));
}

function generate(generator: S3JobManifestGenerator, context: ControlContext): BatchResult[] {
  const bucket = findBucket(context, generator.SourceBucket?.split(':').at(-1) ?? '');
  if (bucket === undefined) throw new AwsError('NoSuchBucket', 404, 'The specified bucket does not exist');
  const objects: BatchResult[] = [];
  for (const row of context.state.versions.index('current').each({ prefix: key(bucket.partition, bucket.name) }))
    if (row.kind === 'object' && passes(row, generator.Filter ?? {}))
      objects.push({ bucket: bucket.name, key: row.key });
  if (objects.length === 0) throw invalid('The generated manifest names no object.');
  return objects;
}
