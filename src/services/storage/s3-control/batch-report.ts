// The completion report of a batch job: what came of each object, as CSV files and a manifest that names them.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html
import { createHash } from 'node:crypto';
import { key } from '../../../kernel/key.ts';
import type { Principal } from '../../../kernel/service.ts';
import { encodeKey } from '../s3/listing.ts';
import type { BatchJobRow, BatchTaskRow } from '../s3/state.ts';
import { putText } from './batch-object.ts';
import type { ControlContext } from './operation.ts';

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const lineOf = ({ bucket, key: objectKey, versionId, error }: BatchTaskRow): string =>
  [
    bucket,
    encodeKey(objectKey),
    versionId ?? '',
    error === undefined ? 'succeeded' : 'failed',
    String(error?.status ?? 200),
    error?.code ?? '',
    error?.message ?? 'Successful',
  ]
    .map(quoted)
    .join(',');

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/**
 * Writes a job's report, when it has one; undefined means that nothing went wrong.
 *
 * The manifest names the columns `ErrorCode, HTTPStatusCode`; the files have them the other way round, in the documented examples too.
 * @throws what S3 says to the job's role
 */
export async function writeReport(job: BatchJobRow, actor: Principal, context: ControlContext): Promise<undefined> {
  const { Report: report } = job.request;
  if (report?.Enabled !== true) return;
  const bucket = report.Bucket?.split(':').at(-1) ?? '';
  const base = `${report.Prefix === undefined ? '' : `${report.Prefix}/`}job-${job.id}`;
  const results: object[] = [];
  const tasks = context.state.batchTasks.list({ prefix: key(job.id), limit: job.succeeded + job.failed });
  for (const status of ['succeeded', 'failed']) {
    const lines = tasks.filter(({ error }) => (error === undefined) === (status === 'succeeded')).map(lineOf);
    if (lines.length === 0 || (status === 'succeeded' && report.ReportScope === 'FailedTasksOnly')) continue;
    const text = lines.map((line) => `${line}\n`).join('');
    const objectKey = `${base}/results/${createHash('sha1').update(`${job.id}${status}`).digest('hex')}.csv`;
    await putText({ bucket, key: objectKey }, text, actor, context);
    results.push({ TaskExecutionStatus: status, Bucket: bucket, MD5Checksum: md5(text), Key: objectKey });
  }
  const manifest = JSON.stringify({
    Format: 'Report_CSV_20180820',
    ReportCreationDate: new Date(context.clock.now()).toISOString(),
    Results: results,
    ReportSchema: 'Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage',
  });
  await putText({ bucket, key: `${base}/manifest.json` }, manifest, actor, context);
  await putText({ bucket, key: `${base}/manifest.json.md5` }, md5(manifest), actor, context);
}
