// The log of an experiment: what it did and when, as records that lie in a bucket, or in a log group, once it is over.
// @see https://docs.aws.amazon.com/fis/latest/userguide/monitoring-logging.html
import { createHash } from 'node:crypto';
import { AwsError } from '../../../kernel/errors.ts';
import { type Instant, toDate } from '../../../kernel/units.ts';
import type { FisContext } from './operation.ts';
import type { Actor } from './role.ts';
import type { ExperimentRow, LogRecord } from './state.ts';

/** The experiment with one more record; as it is when it writes no log. */
export const noted = (row: ExperimentRow, { clock }: FisContext, type: string, details: object): ExperimentRow =>
  row.log === undefined ? row : { ...row, log: [...row.log, { type, at: clock.now(), details }] };

/** As records write it. */
export const logTime = (at: Instant): string => toDate(at).toISOString();

const writeRecord = ({ id, logConfiguration }: ExperimentRow, { type, at, details }: LogRecord): string =>
  JSON.stringify({
    id,
    log_type: type,
    event_timestamp: logTime(at),
    version: String(logConfiguration?.logSchemaVersion ?? 2),
    details,
  });

const deliverer = { service: 'delivery.logs.amazonaws.com' };

const place = ({ account, region, partition }: FisContext) => ({
  sourceArn: `arn:${partition}:logs:${region}:${account}:*`,
  sourceAccount: account,
});

const folderOf = ({ logConfiguration }: ExperimentRow, { account }: FisContext): string => {
  const prefix = logConfiguration?.s3Configuration?.prefix;
  return `${prefix === undefined || prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`}AWSLogs/${account}`;
};

interface BucketPolicy {
  readonly Statement: object | readonly object[];
}

/** Lets log delivery into the bucket, as the experiment's role, where the bucket's policy does not speak of it yet. */
async function admit(row: ExperimentRow, bucket: string, actor: Actor, context: FisContext): Promise<void> {
  const owned = { Bucket: bucket };
  const { Policy } = await actor
    .call<{ readonly Policy?: string }>('s3', 'GetBucketPolicy', owned)
    .catch((error: unknown) => {
      if (error instanceof AwsError && error.code === 'NoSuchBucketPolicy') return { Policy: undefined };
      throw error;
    });
  if (Policy?.includes(deliverer.service) === true) return;
  const { account, partition } = context;
  const arn = `arn:${partition}:s3:::${bucket}`;
  const from = { 'aws:SourceAccount': account };
  const Principal = { Service: deliverer.service };
  const before = Policy === undefined ? { Version: '2012-10-17', Statement: [] } : (JSON.parse(Policy) as BucketPolicy);
  const Statement = [
    ...[before.Statement].flat(),
    {
      Sid: 'AWSLogDeliveryWrite',
      Effect: 'Allow',
      Principal,
      Action: 's3:PutObject',
      Resource: `${arn}/${folderOf(row, context)}/*`,
      Condition: { StringEquals: { ...from, 's3:x-amz-acl': 'bucket-owner-full-control' } },
    },
    {
      Sid: 'AWSLogDeliveryAclCheck',
      Effect: 'Allow',
      Principal,
      Action: 's3:GetBucketAcl',
      Resource: arn,
      Condition: { StringEquals: from },
    },
  ];
  await actor.call('s3', 'PutBucketPolicy', { ...owned, Policy: JSON.stringify({ ...before, Statement }) });
}

/** `group` of `arn:aws:logs:us-east-1:123456789012:log-group:group:*`. */
const groupOf = (arn: string): string => arn.replace(/^arn:[^:]+:logs:[^:]+:\d+:log-group:/, '').replace(/:\*$/, '');

const streamOf = (row: ExperimentRow): object => ({
  logGroupName: groupOf(row.logConfiguration?.cloudWatchLogsConfiguration?.logGroupArn ?? ''),
  logStreamName: row.id,
});

/**
 * Makes sure that the log will have a place. @throws AwsError when it has none
 *
 * Unknown: how AWS names the stream in a log group.
 */
export async function openLog(row: ExperimentRow, actor: Actor, context: FisContext): Promise<void> {
  const { s3Configuration: bucket, cloudWatchLogsConfiguration: group } = row.logConfiguration ?? {};
  if (bucket?.bucketName !== undefined) await admit(row, bucket.bucketName, actor, context);
  if (group !== undefined)
    await context.aws.call('cloudwatch-logs', 'CreateLogStream', streamOf(row), { as: deliverer, ...place(context) });
}

function objectKeyOf(row: ExperimentRow, content: string, context: FisContext): string {
  const { account, region } = context;
  const [date = '', clock = ''] = logTime(row.endedAt ?? row.createdAt).split('T');
  const stamp = `${date.replaceAll('-', '')}T${clock.slice(0, 5).replace(':', '')}Z`;
  const hash = createHash('sha256').update(`${row.id} ${content}`).digest('hex').slice(0, 8);
  const name = `${account}_awsfislogs_${region}_${row.id}_${stamp}_${hash}.log`;
  return `${folderOf(row, context)}/fis/${region}/${row.id}/${date.replaceAll('-', '/')}/${name}`;
}

/** Job: writes the log of an experiment that is over. A place that is gone, or closed, gets none. */
export async function deliverLog({ id }: { readonly id: string }, context: FisContext): Promise<void> {
  const row = context.state.experiments.find(id);
  if (row?.log === undefined) return;
  const { s3Configuration: bucket, cloudWatchLogsConfiguration: group } = row.logConfiguration ?? {};
  const lines = row.log.map((record) => writeRecord(row, record));
  const as = { as: deliverer, ...place(context) };
  const forgive = (error: unknown): void => {
    if (!(error instanceof AwsError)) throw error;
  };
  if (bucket?.bucketName !== undefined) {
    const content = lines.map((line) => `${line}\n`).join('');
    const Key = objectKeyOf(row, content, context);
    const input = { Bucket: bucket.bucketName, Key, Body: new Uint8Array(Buffer.from(content)) };
    await context.aws.call('s3', 'PutObject', { ...input, ACL: 'bucket-owner-full-control' }, as).catch(forgive);
  }
  if (group !== undefined) {
    const logEvents = row.log.map(({ at }, index) => ({ timestamp: at, message: lines[index] }));
    await context.aws.call('cloudwatch-logs', 'PutLogEvents', { ...streamOf(row), logEvents }, as).catch(forgive);
  }
}
