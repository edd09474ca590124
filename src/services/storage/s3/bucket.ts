// Buckets: making, finding, listing and deleting them.
import { withStatus } from '../../../kernel/status.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { key, textPrefix } from '../../../kernel/key.ts';
import { findRegion } from '../../../kernel/region.ts';
import { toDate } from '../../../kernel/units.ts';
import { isPublicGrant, privateAcl, readAclHeaders } from './acl.ts';
import { bucketArn, changeBucket, findBucket, getBucket, getBucketAnywhere, ownerOf } from './bucket-find.ts';
import { isBucketName } from './bucket-name.ts';
import { errors } from './errors.ts';
import { limits } from './limits.ts';
import { readToken, writeToken } from './listing.ts';
import type { Input, Operation, S3Context } from './operation.ts';
import { type BucketRow, type Ownership, type PublicAccessBlock, keyOfBucket } from './state.ts';
import { readTags, writeTags } from './tag.ts';

/** A new bucket blocks all public access, since April 2023. */
const blockAll: PublicAccessBlock = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};

const ownerships: readonly string[] = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'];

/** Where a new bucket goes: us-east-1 makes buckets anywhere, other Regions only their own. */
function regionOf(input: Input<'CreateBucket'>, { region, partition }: S3Context): string {
  const location: string | undefined = input.CreateBucketConfiguration?.LocationConstraint;
  if (location === undefined || (location as string) === '') {
    if (region !== 'us-east-1') throw errors.illegalLocation();
    return region;
  }
  const wanted = location === 'EU' ? 'eu-west-1' : location;
  if (region !== 'us-east-1') {
    if (wanted !== region) throw errors.incompatibleLocation(location);
    return region;
  }
  if (wanted === 'us-east-1' || findRegion(wanted)?.partition !== partition) throw errors.invalidLocation(location);
  return wanted;
}

function readOwnership(header: string | undefined): Ownership {
  if (header === undefined) return 'BucketOwnerEnforced';
  if (!ownerships.includes(header))
    throw errors.argument(`Invalid x-amz-object-ownership header: ${header}`, {
      ArgumentName: 'x-amz-object-ownership',
    });
  return header as Ownership;
}

/** A bucket of that name exists already; us-east-1 says yes again to its owner. */
function refuseTaken(existing: BucketRow, context: S3Context, tagged: boolean): void {
  if (existing.account !== context.account) throw errors.bucketAlreadyExists(existing.name);
  if (existing.region !== 'us-east-1' || context.region !== 'us-east-1' || tagged)
    throw errors.bucketAlreadyOwnedByYou(existing.name);
}

function aclOf(input: Input<'CreateBucket'>, ownership: Ownership, account: string) {
  const acl = readAclHeaders(input, { owner: account, bucketOwner: account, of: 'bucket' });
  if (acl === undefined || input.ACL === 'private') return privateAcl(account);
  if (ownership === 'BucketOwnerEnforced')
    throw new AwsError(
      'InvalidBucketAclWithObjectOwnership',
      400,
      "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    );
  if (acl.some(isPublicGrant))
    throw new AwsError(
      'InvalidBucketAclWithBlockPublicAccessError',
      400,
      'Bucket cannot have public ACLs set with BlockPublicAccess enabled',
    );
  return acl;
}

const locationOf = ({ name, region }: { name: string; region: string }): string =>
  region === 'us-east-1' ? `/${name}` : `http://${name}.s3.amazonaws.com/`;

/**
 * Makes a bucket, in the Region of the request or (from us-east-1) in the one it names.
 *
 * Limit: names are unique in the partition; 10,000 buckets of an account.
 * Default: public access blocked, ACLs off, objects encrypted with SSE-S3.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
 */
export const CreateBucket: Operation<'CreateBucket'> = (input, context) => {
  const { state, account, partition, clock } = context;
  const { Bucket: name, CreateBucketConfiguration: configuration } = input;
  if (!isBucketName(name)) throw errors.invalidBucketName(name);
  const region = regionOf(input, context);
  const ownership = readOwnership(input.ObjectOwnership);
  const tags = readTags(configuration?.Tags ?? [], 'new bucket');
  const existing = state.buckets.find(keyOfBucket({ partition, name }));
  const answer = { Location: locationOf({ name, region }), BucketArn: bucketArn({ partition, name }) };
  if (existing !== undefined) {
    refuseTaken(existing, context, tags.length > 0);
    return answer;
  }
  const own = state.buckets.index('account').list({ prefix: key(account), limit: limits.bucketsMax });
  if (own.length >= limits.bucketsMax) throw errors.tooManyBuckets();
  const locked = input.ObjectLockEnabledForBucket === true;
  state.buckets.put({
    partition,
    name,
    account,
    region,
    createdAt: clock.now(),
    acl: aclOf(input, ownership, account),
    ownership,
    publicAccessBlock: blockAll,
    ...(tags.length > 0 ? { tags } : {}),
    ...(locked ? { objectLock: {}, versioning: 'Enabled' as const } : {}),
  });
  return answer;
};

/**
 * Tells whether a bucket is there and may be used, and where it is.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
 */
export const HeadBucket: Operation<'HeadBucket'> = (input, context) => {
  const bucket = getBucket(input, context);
  return {
    BucketArn: bucketArn(bucket),
    BucketRegion: bucket.region,
    AccessPointAlias: findBucket(context, input.Bucket)?.name !== input.Bucket,
  };
};

/**
 * Tells a bucket's Region; us-east-1 is told by an empty answer.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
 */
export const GetBucketLocation: Operation<'GetBucketLocation'> = (input, context) => {
  const { region } = getBucketAnywhere(input, context);
  return region === 'us-east-1' ? {} : { LocationConstraint: region as 'eu-west-1' };
};

/**
 * Deletes an empty bucket.
 *
 * Limit: versions and delete markers count as content; unfinished uploads do not, they go with it.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
 */
export const DeleteBucket: Operation<'DeleteBucket'> = (input, context) => {
  const { state, jobs, blobs } = context;
  const bucket = getBucket(input, context);
  const prefix = keyOfBucket(bucket);
  if (state.versions.first({ prefix }) !== undefined)
    throw errors.bucketNotEmpty(bucket.name, bucket.versioning !== undefined);
  if (state.accessPoints.index('bucket').first({ prefix }) !== undefined)
    throw new AwsError(
      'BucketHasAccessPointsAttached',
      409,
      'The bucket you tried to delete has access points attached. Delete your access points before deleting your bucket.',
      { BucketName: bucket.name },
    );
  if (bucket.lifecycleRun !== undefined) jobs.cancel(bucket.lifecycleRun.job);
  for (const { job } of state.configurations.list({ prefix })) if (job !== undefined) jobs.cancel(job);
  for (const upload of state.uploads.list({ prefix })) {
    for (const part of state.parts.list({ prefix: key(upload.uploadId) })) blobs.drop(part.body);
    state.parts.deleteAll({ prefix: key(upload.uploadId) });
  }
  state.uploads.deleteAll({ prefix });
  state.configurations.deleteAll({ prefix });
  state.logLines.deleteAll({ prefix });
  state.buckets.delete(keyOfBucket(bucket));
  return {};
};

/**
 * Lists the buckets of the caller's account, of all Regions or of one.
 *
 * Limit: pages of at most 10,000.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
 */
export const ListBuckets: Operation<'ListBuckets'> = (input, { state, account, partition }) => {
  const { MaxBuckets: most, Prefix: prefix = '', BucketRegion: region, ContinuationToken: token } = input;
  if (most !== undefined && (most < 1 || most > 10_000))
    throw errors.invalidArgument('Argument max-buckets must be an integer between 1 and 10000', 'max-buckets', most);
  const after = token === undefined ? undefined : readToken(token);
  if (token !== undefined && after === undefined)
    throw errors.invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
  const start = key(account, partition);
  const limit = most ?? 10_000;
  const found: BucketRow[] = [];
  for (const bucket of state.buckets.index('account').each({ prefix: start + textPrefix(prefix) })) {
    if (after !== undefined && bucket.name <= after) continue;
    if (region !== undefined && bucket.region !== region) continue;
    found.push(bucket);
    if (found.length > limit) break;
  }
  const page = found.slice(0, limit);
  const asked = [most, input.Prefix, region, token].some((parameter) => parameter !== undefined);
  return {
    Owner: ownerOf(account),
    Buckets: page.map((bucket) => ({
      Name: bucket.name,
      CreationDate: toDate(bucket.createdAt),
      BucketArn: bucketArn(bucket),
      ...(asked ? { BucketRegion: bucket.region } : {}),
    })),
    ...(found.length > limit ? { ContinuationToken: writeToken(page.at(-1)?.name ?? '') } : {}),
    ...(input.Prefix === undefined ? {} : { Prefix: prefix }),
  };
};

/** Tags of a bucket. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html */
export const GetBucketTagging: Operation<'GetBucketTagging'> = (input, context) => {
  const bucket = getBucket(input, context);
  if (bucket.tags === undefined || bucket.tags.length === 0)
    throw errors.absent('NoSuchTagSet', 'The TagSet does not exist', bucket.name);
  return { TagSet: writeTags(bucket.tags) };
};

/** Replaces all tags of a bucket. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html */
export const PutBucketTagging: Operation<'PutBucketTagging'> = (input, context) => {
  const bucket = getBucket(input, context);
  changeBucket(context, bucket, { tags: readTags(input.Tagging.TagSet ?? [], 'bucket') });
  return withStatus(204, {});
};

/** Takes all tags away. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html */
export const DeleteBucketTagging: Operation<'DeleteBucketTagging'> = (input, context) => {
  changeBucket(context, getBucket(input, context), { tags: undefined });
  return {};
};
