// Delivery of flow logs: every five minutes what was gathered becomes a file in S3, events in CloudWatch Logs or records in Firehose,
// written by AWS's log delivery as any service writes: with the bucket's policy, or with the role that the flow log names.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { type Cell, writeParquet } from '../../../kernel/parquet.ts';
import type { Principal } from '../../../kernel/service.ts';
import { type Instant, instant, later } from '../../../kernel/units.ts';
import type { Ec2Context } from '../../compute/ec2/operation.ts';
import { columnsOf } from './flow-log-format.ts';
import { fieldsOf, type FlowRecord, headOf, recordsOf } from './flow-log-record.ts';
import type { FlowLogRow } from './insight-state.ts';

/** @see https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html */
const deliverySeconds = 300;

const markOf = (at: Instant): Instant => instant(Math.floor(at / (deliverySeconds * 1000)) * deliverySeconds * 1000);

interface LogName {
  readonly id: string;
}

/** Plans the first delivery of a flow log. */
export function startDelivery({ id, destinationType }: FlowLogRow, { clock, jobs }: Ec2Context): void {
  if (destinationType === 's3') jobs.at(clock.now(), 'flowLogAdmitted', { id } satisfies LogName);
  jobs.at(later(markOf(clock.now()), deliverySeconds), 'flowLogDelivered', { id } satisfies LogName);
}

const deliverer = { service: 'delivery.logs.amazonaws.com' };

const place = ({ account, region, partition }: Ec2Context) => ({
  sourceArn: `arn:${partition}:logs:${region}:${account}:*`,
  sourceAccount: account,
});

/** `arn:aws:s3:::flows/here/` → `flows`, `here/`. */
export function bucketOf(arn: string): { readonly name: string; readonly folder: string } | undefined {
  const [, name, folder] = /^arn:[^:]+:s3:::([^/]+)(?:\/(.*))?$/.exec(arn) ?? [];
  if (name === undefined) return undefined;
  return {
    name,
    folder: folder === undefined || folder === '' || folder.endsWith('/') ? (folder ?? '') : `${folder}/`,
  };
}

/** What a bucket must say for log delivery to write into it. */
function statementsFor(
  { hive }: FlowLogRow,
  bucket: { readonly name: string; readonly folder: string },
  context: Ec2Context,
): readonly object[] {
  const { account, partition } = context;
  const arn = `arn:${partition}:s3:::${bucket.name}`;
  const from = {
    StringEquals: { 'aws:SourceAccount': account },
    ArnLike: { 'aws:SourceArn': place(context).sourceArn },
  };
  const Principal = { Service: deliverer.service };
  return [
    {
      Sid: 'AWSLogDeliveryWrite',
      Effect: 'Allow',
      Principal,
      Action: 's3:PutObject',
      Resource: `${arn}/${bucket.folder}AWSLogs/${hive ? `aws-account-id=${account}` : account}/*`,
      Condition: { ...from, StringEquals: { ...from.StringEquals, 's3:x-amz-acl': 'bucket-owner-full-control' } },
    },
    {
      Sid: 'AWSLogDeliveryAclCheck',
      Effect: 'Allow',
      Principal,
      Action: 's3:GetBucketAcl',
      Resource: arn,
      Condition: from,
    },
  ];
}

/**
 * Job: lets log delivery into a bucket of the flow log's own account, where its policy does not speak of it yet.
 *
 * Differs: the caller's own permission to change the policy is not asked.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
 */
export async function flowLogAdmitted({ id }: LogName, context: Ec2Context): Promise<void> {
  const log = context.state.flowLogs.find(id);
  const bucket = bucketOf(log?.destination ?? '');
  if (log === undefined || bucket === undefined) return;
  const { account, partition, aws } = context;
  const root: Principal = { kind: 'root', arn: `arn:${partition}:iam::${account}:root`, account, userId: account };
  const as = { as: root };
  const Bucket = bucket.name;
  const owned = { Bucket, ExpectedBucketOwner: account };
  try {
    const { Policy } = await aws
      .call<object, { readonly Policy?: string }>('s3', 'GetBucketPolicy', owned, as)
      .catch((error: unknown) => {
        if (error instanceof AwsError && error.code === 'NoSuchBucketPolicy') return { Policy: undefined };
        throw error;
      });
    if (Policy?.includes(deliverer.service) === true) return;
    const before =
      Policy === undefined ? { Version: '2012-10-17', Statement: [] } : (JSON.parse(Policy) as BucketPolicy);
    const Statement = [...[before.Statement].flat(), ...statementsFor(log, bucket, context)];
    await aws.call('s3', 'PutBucketPolicy', { ...owned, Policy: JSON.stringify({ ...before, Statement }) }, as);
  } catch (error) {
    // Somebody else's bucket, or one that is gone: its owner must admit log delivery himself, and the delivery will tell.
    if (!(error instanceof AwsError)) throw error;
  }
}

interface BucketPolicy {
  readonly Statement: object | readonly object[];
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Where the file of the five minutes before `mark` goes. */
export function objectKeyOf(
  log: FlowLogRow,
  mark: Instant,
  folder: string,
  content: Uint8Array,
  context: Ec2Context,
): string {
  const { account, region } = context;
  const at = new Date(mark - deliverySeconds * 1000);
  const [year, month, day] = [String(at.getUTCFullYear()), two(at.getUTCMonth() + 1), two(at.getUTCDate())];
  const [hour, minute] = [two(at.getUTCHours()), two(at.getUTCMinutes())];
  const parts = log.hive
    ? [
        `aws-account-id=${account}`,
        'aws-service=vpcflowlogs',
        `aws-region=${region}`,
        `year=${year}`,
        `month=${month}`,
        `day=${day}`,
        ...(log.perHour ? [`hour=${hour}`] : []),
      ]
    : [account, 'vpcflowlogs', region, year, month, day, ...(log.perHour ? [hour] : [])];
  const ending = log.fileFormat === 'parquet' ? '.log.parquet' : '.log.gz';
  const hash = createHash('sha256').update(`${log.id} ${mark} `).update(content).digest('hex').slice(0, 8);
  const name = `${account}_vpcflowlogs_${region}_${log.id}_${year}${month}${day}T${hour}${minute}Z_${hash}${ending}`;
  return `${folder}AWSLogs/${parts.join('/')}/${name}`;
}

type Deliver = (
  log: FlowLogRow,
  records: readonly FlowRecord[],
  mark: Instant,
  context: Ec2Context,
) => Promise<unknown>;

const inLines = (log: FlowLogRow, records: readonly FlowRecord[]): Uint8Array =>
  Buffer.from(`${[headOf(log), ...records.map(({ line }) => line)].join('\n')}\n`);

/** Unknown: whether AWS leaves out text that it does not know, too; here that is `-` as in a line, and numbers are missing. */
function inColumns(log: FlowLogRow, records: readonly FlowRecord[]): Promise<Uint8Array> {
  const columns = columnsOf(fieldsOf(log));
  const cells = (values: FlowRecord['values']): readonly Cell[] =>
    columns.map(({ type }, at) => values[at] ?? (type === 'STRING' ? '-' : undefined));
  return writeParquet(
    columns,
    records.map(({ values }) => cells(values)),
  );
}

const toBucket: Deliver = async (log, records, mark, context) => {
  const bucket = bucketOf(log.destination ?? '');
  const content = log.fileFormat === 'parquet' ? await inColumns(log, records) : inLines(log, records);
  return context.aws.call(
    's3',
    'PutObject',
    {
      Bucket: bucket?.name,
      Key: objectKeyOf(log, mark, bucket?.folder ?? '', content, context),
      Body: log.fileFormat === 'parquet' ? content : new Uint8Array(gzipSync(content)),
      ACL: 'bucket-owner-full-control',
      ContentType: 'application/octet-stream',
    },
    { as: deliverer, ...place(context) },
  );
};

/** Who writes to a log group: a session of the flow log's role. */
async function actorOf({ roleArn, id }: FlowLogRow, context: Ec2Context): Promise<Principal> {
  const { Credentials } = await context.aws.call<
    object,
    { readonly Credentials: { readonly AccessKeyId: string; readonly SessionToken: string } }
  >(
    'sts',
    'AssumeRole',
    { RoleArn: roleArn, RoleSessionName: id },
    { as: { service: 'vpc-flow-logs.amazonaws.com' }, ...place(context) },
  );
  const { AccessKeyId: accessKeyId, SessionToken: sessionToken } = Credentials;
  return context.identify({ accessKeyId, sessionToken }).principal;
}

const unlessThere = (error: unknown): void => {
  if (!(error instanceof AwsError && error.code === 'ResourceAlreadyExistsException')) throw error;
};

const eventsMax = 10_000;
const recordsMax = 500;

function* slices<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** A stream for each interface: `eni-…-all`. */
const toLogGroup: Deliver = async (log, records, _mark, context) => {
  const as = { as: await actorOf(log, context) };
  const logGroupName = log.logGroup;
  const call = (operation: string, input: object) => context.aws.call('cloudwatch-logs', operation, input, as);
  await call('CreateLogGroup', { logGroupName }).catch(unlessThere);
  for (const interfaceId of new Set(records.map((record) => record.interfaceId))) {
    const own = records.filter((record) => record.interfaceId === interfaceId);
    const logStreamName = `${interfaceId}-${(log.traffic ?? 'ALL').toLowerCase()}`;
    await call('CreateLogStream', { logGroupName, logStreamName }).catch(unlessThere);
    const inOrder = own.toSorted((a, b) => a.at - b.at);
    for (const some of slices(inOrder, eventsMax))
      await call('PutLogEvents', {
        logGroupName,
        logStreamName,
        logEvents: some.map(({ at, line }) => ({ timestamp: at, message: line })),
      });
  }
};

const toStream: Deliver = async (log, records, _mark, context) => {
  const DeliveryStreamName = log.destination?.slice(log.destination.lastIndexOf('/') + 1);
  for (const some of slices(records, recordsMax))
    await context.aws.call(
      'firehose',
      'PutRecordBatch',
      {
        DeliveryStreamName,
        Records: some.map(({ line }) => ({ Data: Buffer.from(JSON.stringify({ message: line })) })),
      },
      { as: deliverer, ...place(context) },
    );
};

const ways: Readonly<Record<FlowLogRow['destinationType'], Deliver>> = {
  s3: toBucket,
  'cloud-watch-logs': toLogGroup,
  'kinesis-data-firehose': toStream,
};

/** In AWS's words, with what happened. */
function tellFailure(error: unknown): string {
  if (!(error instanceof AwsError)) throw error;
  if (error.code.startsWith('AccessDenied')) return 'Access error';
  if (/Throttl/.test(error.code)) return 'Rate limited';
  return `Unknown error: ${error.message}`;
}

/** Job: delivers the intervals that are over, and plans the next delivery. */
export async function flowLogDelivered({ id }: LogName, context: Ec2Context): Promise<void> {
  const { state, clock, parts, jobs } = context;
  const log = state.flowLogs.find(id);
  if (log === undefined) {
    parts.flowLogs.forget(id);
    for (const { at } of state.flowIntervals.list({ prefix: key(id) })) state.flowIntervals.delete(key(id, at));
    return;
  }
  const mark = markOf(clock.now());
  const intervalMs = log.intervalSeconds * 1000;
  const until = instant(Math.floor(mark / intervalMs) * intervalMs);
  const gathered = parts.flowLogs.take(context, log, until);
  const records = recordsOf(log, gathered, until, context);
  const failure =
    records.length === 0
      ? log.failure
      : await ways[log.destinationType](log, records, mark, context).then(() => undefined, tellFailure);
  await context.transact(() => {
    const current = state.flowLogs.find(id);
    for (const { at } of state.flowIntervals.list({ prefix: key(id) }))
      if (at < until) state.flowIntervals.delete(key(id, at));
    if (current === undefined) return;
    if (until > current.createdAt) state.flowLogs.put({ ...current, deliveredUntil: until, failure });
    jobs.at(later(mark, deliverySeconds), 'flowLogDelivered', { id } satisfies LogName);
  });
}
