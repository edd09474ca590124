// Which bucket a request means, and whether it may be asked here.
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { canonicalId } from './account-id.ts';
import { errors } from './errors.ts';
import type { S3Context } from './operation.ts';
import { type BucketRow, keyOfBucket } from './state.ts';

/** `arn:aws:s3:us-east-1:123456789012:accesspoint/name`, with either separator. */
const accessPointArn = /^arn:([a-z-]+):s3:([a-z0-9-]*):(\d{12}):accesspoint[/:]([a-z0-9-]+)$/;

/** The bucket of that name, or behind the access point of that ARN, alias or host; undefined when there is none. */
export function findBucket(context: S3Context, name: string): BucketRow | undefined {
  const { state, partition } = context;
  const bucket = state.buckets.find(keyOfBucket({ partition, name }));
  if (bucket !== undefined) return bucket;
  const point = findAccessPoint(context, name);
  return point === undefined ? undefined : state.buckets.find(keyOfBucket({ partition, name: point.bucket }));
}

/** Of `name-123456789012.s3-accesspoint.us-east-1.amazonaws.com`, to which clients send what is asked by an ARN. */
const accessPointHost = /^([a-z0-9-]+)-(\d{12})$/;

/** The access point that a bucket parameter names by ARN, alias or host. */
export function findAccessPoint({ state, region: here }: S3Context, name: string) {
  const [, , region, account, pointName] = accessPointArn.exec(name) ?? [];
  if (region !== undefined && account !== undefined && pointName !== undefined)
    return state.accessPoints.find(key(account, region, pointName));
  const [, hostName, hostAccount] = accessPointHost.exec(name) ?? [];
  if (hostName !== undefined && hostAccount !== undefined)
    return state.accessPoints.find(key(hostAccount, here, hostName));
  return name.endsWith('-s3alias') ? state.accessPoints.index('alias').first({ prefix: key(name) }) : undefined;
}

/** The header by which clients learn where a bucket is. */
export const regionHeader = (bucket: BucketRow) => ({ 'x-amz-bucket-region': bucket.region });

function refuseOtherRegion(bucket: BucketRow, { region, caller, origin }: S3Context): void {
  if (bucket.region === region || caller.kind === 'anonymous' || caller.kind === 'service') return;
  const { code, status, message, members } = errors.permanentRedirect(bucket.name, bucket.region, origin.host);
  throw new AwsError(code, status, message, members, regionHeader(bucket));
}

interface BucketInput {
  readonly Bucket: string;
  readonly ExpectedBucketOwner?: string | undefined;
  readonly RequestPayer?: string | undefined;
}

/** Where the requester pays, others than the owner must say that they know. */
function refuseUnpaid({ payer, account }: BucketRow, { RequestPayer }: BucketInput, { caller }: S3Context): void {
  if (payer !== 'Requester' || caller.account === account || caller.kind === 'service') return;
  if (RequestPayer !== 'requester' || caller.kind === 'anonymous') throw errors.accessDenied();
}

/**
 * The bucket that a request names.
 *
 * Differs: there is one endpoint for all Regions, so a request for another Region than the bucket's is told by its signature, and
 * gets 301 `PermanentRedirect`, as a path-style request to the wrong endpoint does.
 * @throws NoSuchBucket, PermanentRedirect, AccessDenied when `ExpectedBucketOwner` is another
 */
export function getBucket(input: BucketInput, context: S3Context): BucketRow {
  const bucket = getBucketAnywhere(input, context);
  refuseOtherRegion(bucket, context);
  refuseUnpaid(bucket, input, context);
  return bucket;
}

/** As `getBucket`, from any Region. */
export function getBucketAnywhere({ Bucket, ExpectedBucketOwner }: BucketInput, context: S3Context): BucketRow {
  const bucket = findBucket(context, Bucket);
  if (bucket === undefined) throw errors.noSuchBucket(Bucket);
  if (ExpectedBucketOwner !== undefined) {
    if (!/^\d{12}$/.test(ExpectedBucketOwner))
      throw errors.invalidArgument(
        'The value of the expected bucket owner parameter must be an AWS account ID',
        'x-amz-expected-bucket-owner',
        ExpectedBucketOwner,
      );
    if (ExpectedBucketOwner !== bucket.account) throw errors.accessDenied();
  }
  return bucket;
}

export const bucketArn = (bucket: { partition: string; name: string }): string =>
  `arn:${bucket.partition}:s3:::${bucket.name}`;

/** Who owns something, as listings name it. */
export const ownerOf = (account: string) => ({ ID: canonicalId(account) });

/** Changes a bucket's row; members given as undefined are taken away. */
export const changeBucket = (context: S3Context, bucket: BucketRow, change: Partial<BucketRow>): void =>
  context.state.buckets.put({ ...bucket, ...change });
