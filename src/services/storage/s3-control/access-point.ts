// Access points: named doors to a bucket, each with a policy and a public access block of its own.
// Data calls come by their ARN or alias (`s3/bucket-find.ts`).
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points.html
import { key } from '../../../kernel/key.ts';
import { alphabets } from '../../../kernel/random.ts';
import { withStatus } from '../../../kernel/status.ts';
import { toDate } from '../../../kernel/units.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { checkPolicy, isPublicPolicy, statementsOf } from '../s3/policy.ts';
import { readBlock, writeBlock } from '../s3/public-access.ts';
import { readToken, writeToken } from '../s3/listing.ts';
import { type AccessPointRow, keyOfBucket, type PublicAccessBlock } from '../s3/state.ts';
import { errors } from './errors.ts';
import { limits } from './limits.ts';
import type { ControlContext, Operation } from './operation.ts';
import { readTags } from './tag-rule.ts';

/** Without a configuration all is blocked; what a given one leaves out is off (recorded). */
const blockAll: PublicAccessBlock = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};

/** 3 to 50 small letters, digits and hyphens; no alias's ending. */
const nameForm = /^[a-z0-9](?!.*-s3alias$)[a-z0-9-]{1,48}[a-z0-9]$/;

export const accessPointArn = (point: AccessPointRow): string =>
  `arn:${point.partition}:s3:${point.region}:${point.account}:accesspoint/${point.name}`;

const aliasWidth = 34;

/** Name and 34 letters, together at most 63 characters with the ending. */
const makeAlias = (name: string, { random }: ControlContext): string => {
  const ending = '-s3alias';
  const room = 63 - ending.length - aliasWidth - 1;
  return `${name.slice(0, room).replace(/-+$/, '')}-${random.text(aliasWidth, alphabets.alphanumericLower)}${ending}`;
};

/** By its name, or by its ARN. @throws NoSuchAccessPoint */
function getPoint(given: string, { state, account, region }: ControlContext): AccessPointRow {
  const name = given.startsWith('arn:') ? given.slice(given.lastIndexOf('/') + 1) : given;
  const point = state.accessPoints.find(key(account, region, name));
  if (point === undefined) throw errors.noSuchAccessPoint(name);
  return point;
}

/**
 * Makes an access point of a bucket in this Region.
 *
 * Limit: 10,000 of an account and Region; a name has 3–50 small letters, digits and hyphens.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessPoint.html
 */
export const CreateAccessPoint: Operation<'CreateAccessPoint'> = (input, context) => {
  const { state, account, region, partition, clock } = context;
  const { Name: name } = input;
  if (!nameForm.test(name)) throw errors.invalidAccessPointName(name);
  if (input.Scope !== undefined)
    throw errors.invalidRequest('Access point scope is only supported for directory buckets');
  const bucket = state.buckets.find(keyOfBucket({ partition, name: input.Bucket }));
  if (bucket === undefined || bucket.region !== region)
    throw errors.invalidRequest('Amazon S3 AccessPoint can only be created for existing bucket');
  if (bucket.account !== account && input.BucketAccountId !== bucket.account) throw errors.accessDenied();
  if (input.BucketAccountId !== undefined && input.BucketAccountId !== bucket.account)
    throw errors.invalidRequest('BucketAccountId parameter should be same as the AWS Account Id of bucket owner');
  if (state.accessPoints.has(key(account, region, name))) throw errors.accessPointAlreadyOwned();
  const block = input.PublicAccessBlockConfiguration;
  const point: AccessPointRow = {
    account,
    region,
    name,
    alias: makeAlias(name, context),
    partition,
    bucket: bucket.name,
    bucketAccount: bucket.account,
    createdAt: clock.now(),
    vpcId: input.VpcConfiguration?.VpcId,
    publicAccessBlock: block === undefined ? blockAll : readBlock(block),
    tags: readTags(input.Tags ?? []),
  };
  state.accessPoints.put(point);
  return { AccessPointArn: accessPointArn(point), Alias: point.alias };
};

const suffixes: Readonly<Record<string, string>> = { 'aws-cn': 'amazonaws.com.cn' };

const endpointsOf = ({ region, partition }: AccessPointRow) => {
  const suffix = suffixes[partition] ?? 'amazonaws.com';
  return {
    dualstack: `s3-accesspoint.dualstack.${region}.${suffix}`,
    fips: `s3-accesspoint-fips.${region}.${suffix}`,
    fips_dualstack: `s3-accesspoint-fips.dualstack.${region}.${suffix}`,
    ipv4: `s3-accesspoint.${region}.${suffix}`,
  };
};

const summaryOf = (point: AccessPointRow) => ({
  Name: point.name,
  NetworkOrigin: point.vpcId === undefined ? ('Internet' as const) : ('VPC' as const),
  ...(point.vpcId === undefined ? {} : { VpcConfiguration: { VpcId: point.vpcId } }),
  Bucket: point.bucket,
  AccessPointArn: accessPointArn(point),
  Alias: point.alias,
  BucketAccountId: point.bucketAccount,
});

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPoint.html */
export const GetAccessPoint: Operation<'GetAccessPoint'> = (input, context) => {
  const point = getPoint(input.Name, context);
  return {
    ...summaryOf(point),
    PublicAccessBlockConfiguration: writeBlock(point.publicAccessBlock),
    CreationDate: toDate(point.createdAt),
    Endpoints: endpointsOf(point),
  };
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteAccessPoint.html */
export const DeleteAccessPoint: Operation<'DeleteAccessPoint'> = (input, context) => {
  const { account, region, name } = getPoint(input.Name, context);
  context.state.accessPoints.delete(key(account, region, name));
  return withStatus(204, {});
};

/**
 * Access points of this account and Region, by name; of one bucket when it is named.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListAccessPoints.html
 */
export const ListAccessPoints: Operation<'ListAccessPoints'> = (input, { state, account, region, partition }) => {
  const after = input.NextToken === undefined ? undefined : readToken(input.NextToken);
  if (input.NextToken !== undefined && after === undefined) throw errors.invalidToken();
  const limit = Math.min(input.MaxResults ?? limits.pageMax, limits.pageMax);
  const isNext = (point: AccessPointRow): boolean => after === undefined || point.name > after;
  const found =
    input.Bucket === undefined
      ? state.accessPoints.list({
          prefix: key(account, region),
          after: after === undefined ? undefined : key(account, region, after),
          limit: limit + 1,
        })
      : state.accessPoints
          .index('bucket')
          .list({ prefix: key(partition, input.Bucket) })
          .filter((point) => point.account === account && point.region === region && isNext(point));
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    AccessPointList: page.map(summaryOf),
    ...(found.length > page.length && last !== undefined ? { NextToken: writeToken(last.name) } : {}),
  };
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicy.html */
export const GetAccessPointPolicy: Operation<'GetAccessPointPolicy'> = (input, context) => {
  const { policy, name } = getPoint(input.Name, context);
  if (policy === undefined) throw errors.noSuchAccessPointPolicy(name);
  return { Policy: policy };
};

/**
 * Replaces an access point's policy.
 *
 * Limit: 20 KB; no public policy where the point's block, its bucket's or its account's forbids it.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutAccessPointPolicy.html
 */
export const PutAccessPointPolicy: Operation<'PutAccessPointPolicy'> = (input, context) => {
  const point = getPoint(input.Name, context);
  const statements = checkPolicy(input.Policy, accessPointArn(point));
  const accountBlock = context.state.accounts.find(context.account)?.publicAccessBlock;
  const blocked = point.publicAccessBlock.blockPublicPolicy || accountBlock?.blockPublicPolicy === true;
  if (blocked && isPublicPolicy(statements))
    throw new AwsError(
      'AccessDenied',
      403,
      `User: ${context.caller.arn} is not authorized to perform: s3:PutAccessPointPolicy on resource: "${accessPointArn(point)}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
    );
  context.state.accessPoints.put({ ...point, policy: input.Policy });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteAccessPointPolicy.html */
export const DeleteAccessPointPolicy: Operation<'DeleteAccessPointPolicy'> = (input, context) => {
  context.state.accessPoints.put({ ...getPoint(input.Name, context), policy: undefined });
  return withStatus(204, {});
};

/**
 * Tells whether the policy makes the access point public.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicyStatus.html
 */
export const GetAccessPointPolicyStatus: Operation<'GetAccessPointPolicyStatus'> = (input, context) => {
  const { policy, name } = getPoint(input.Name, context);
  if (policy === undefined) throw errors.noSuchAccessPointPolicy(name);
  return { PolicyStatus: { IsPublic: isPublicPolicy(statementsOf(policy)) } };
};
