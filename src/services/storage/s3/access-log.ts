// Server access logs: a line for each request to a bucket that has them, gathered and put into the target bucket as an object.
//
// Differs: AWS delivers within hours, as it can; here a minute after the first line.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { type Instant, later } from '../../../kernel/units.ts';
import type { Witness, Witnessed } from '../../../kernel/witness.ts';
import { canonicalId } from './account-id.ts';
import { bucketArn, findBucket } from './bucket-find.ts';
import type { S3Context } from './operation.ts';
import { type BucketRow, keyOfBucket, type S3State } from './state.ts';

const deliverySeconds = 60;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (number: number): string => String(number).padStart(2, '0');

/** `06/Feb/2019:00:00:38 +0000`. */
function logTime(at: Instant): string {
  const date = new Date(at);
  const day = `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
  return `${day}:${date.toISOString().slice(11, 19)} +0000`;
}

interface Named {
  readonly bucket: string;
  readonly key: string;
}

/** Bucket and key of a request, in path or virtual-hosted style. */
export function nameOf({ path, hostBucket }: Pick<Witnessed, 'path' | 'hostBucket'>): Named {
  if (hostBucket !== undefined) return { bucket: hostBucket, key: path.slice(1) };
  const [bucket = '', ...rest] = path.slice(1).split('/');
  return { bucket, key: rest.join('/') };
}

const subresources = new Set([
  'accelerate',
  'acl',
  'analytics',
  'cors',
  'delete',
  'encryption',
  'inventory',
  'legal-hold',
  'lifecycle',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'tagging',
  'torrent',
  'uploads',
  'versioning',
  'versions',
  'website',
]);

/** `REST.GET.OBJECT`, `REST.PUT.PART`, `REST.GET.VERSIONING`. */
function operationOf({ request, query }: Witnessed, objectKey: string): string {
  const names = query.map(([name]) => name);
  const found = names.find((name) => subresources.has(name));
  const resource =
    found?.toUpperCase().replaceAll('-', '_') ??
    (names.includes('partNumber')
      ? 'PART'
      : names.includes('uploadId')
        ? 'UPLOAD'
        : objectKey === ''
          ? 'BUCKET'
          : 'OBJECT');
  return `REST.${request.method}.${resource}`;
}

/** A field that a client wrote: no quote and no line end may break the line. */
const quoted = (text: string | undefined): string =>
  text === undefined || text === ''
    ? '"-"'
    : `"${text.replaceAll(/["\\]|\p{Cc}/gu, (character) => encodeURIComponent(character))}"`;

function lineOf(seen: Witnessed, bucket: BucketRow, named: Named, context: S3Context): string {
  const { request, caller, status, errorCode, bytesSent, tookMs } = seen;
  const { headers } = request;
  const requester =
    caller.kind === 'anonymous' ? '-' : caller.kind === 'root' ? canonicalId(caller.account) : caller.arn;
  const size = request.method === 'PUT' ? request.body.lengthBytes : bytesSent;
  const milliseconds = String(Math.max(0, Math.round(tookMs)));
  const signed =
    headers['authorization'] !== undefined
      ? 'AuthHeader'
      : seen.query.some(([name]) => /^X-Amz-Signature$/i.test(name))
        ? 'QueryString'
        : '-';
  return [
    canonicalId(bucket.account),
    bucket.name,
    `[${logTime(context.clock.now())}]`,
    request.sourceIp || '-',
    requester,
    context.requestId.replaceAll('-', '').slice(0, 16).toUpperCase(),
    operationOf(seen, named.key),
    named.key === '' ? '-' : encodeURIComponent(decodePath(named.key)).replaceAll('%2F', '/'),
    quoted(`${request.method} ${request.target} HTTP/1.1`),
    status,
    errorCode ?? '-',
    bytesSent || '-',
    size ?? '-',
    milliseconds,
    milliseconds,
    quoted(headers['referer']),
    quoted(headers['user-agent']),
    seen.query.find(([name]) => name === 'versionId')?.[1] ?? '-',
    context.ids.token(76),
    signed === '-' ? '-' : 'SigV4',
    '-',
    signed,
    headers['host'] ?? '-',
    request.secure ? 'TLSv1.2' : '-',
    '-',
    '-',
  ].join(' ');
}

function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Hears of each request; only those to a bucket that is logged cost more than a look. */
export const logAccess: Witness<S3State> = (seen, context) => {
  const named = nameOf(seen);
  const bucket = named.bucket === '' ? undefined : findBucket(context, named.bucket);
  if (bucket?.logging === undefined) return;
  const line = lineOf(seen, bucket, named, context);
  void context.transact(() => {
    const { state, clock, jobs } = context;
    const place = { partition: bucket.partition, bucket: bucket.name };
    const last = state.logLines.first({ prefix: key(place.partition, place.bucket), reverse: true });
    state.logLines.put({ ...place, number: (last?.number ?? 0) + 1, at: clock.now(), line });
    if (last === undefined) jobs.at(later(clock.now(), deliverySeconds), 'deliverLog', { bucket: bucket.name });
  });
};

/** `logs/2026-01-31-10-20-30-0A1B2C3D4E5F6071`, or in folders by account, Region, bucket and day. */
function objectKeyOf(bucket: BucketRow, at: Instant, context: S3Context): string {
  const { TargetPrefix = '', TargetObjectKeyFormat: format } = bucket.logging ?? {};
  const [day = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T');
  const name = `${day}-${time.replaceAll(':', '-')}-${context.ids.hex(16).toUpperCase()}`;
  if (format?.PartitionedPrefix === undefined) return `${TargetPrefix}${name}`;
  return `${TargetPrefix}${bucket.account}/${bucket.region}/${bucket.name}/${day.replaceAll('-', '/')}/${name}`;
}

/** Job: puts what was gathered into the target bucket, if that lets the log delivery in; lines that it keeps out are lost, as in AWS. */
export async function deliverLog(job: { readonly bucket: string }, context: S3Context): Promise<void> {
  const bucket = findBucket(context, job.bucket);
  if (bucket === undefined) return;
  const lines = context.state.logLines.list({ prefix: keyOfBucket(bucket) });
  const target = findBucket(context, bucket.logging?.TargetBucket ?? '');
  if (target !== undefined && lines.length > 0) {
    try {
      await context.aws.call(
        's3',
        'PutObject',
        {
          Bucket: target.name,
          Key: objectKeyOf(bucket, context.clock.now(), context),
          Body: Buffer.from(lines.map(({ line }) => `${line}\n`).join('')),
          ContentType: 'text/plain',
        },
        {
          as: { service: 'logging.s3.amazonaws.com' },
          account: target.account,
          region: target.region,
          sourceArn: bucketArn(bucket),
          sourceAccount: bucket.account,
        },
      );
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
    }
  }
  await context.transact(() => {
    for (const { partition, bucket: name, number } of lines)
      context.state.logLines.delete(key(partition, name, number));
    const left = context.state.logLines.first({ prefix: keyOfBucket(bucket) });
    if (left !== undefined)
      context.jobs.at(later(context.clock.now(), deliverySeconds), 'deliverLog', { bucket: bucket.name });
  });
}
