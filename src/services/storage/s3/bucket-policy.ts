// The policy of a bucket: kept as text, judged by IAM, and here for whether it is public.
import { withStatus } from '../../../kernel/status.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { isPublicGrant } from './acl.ts';
import { bucketArn, changeBucket, getBucket } from './bucket-find.ts';
import { errors } from './errors.ts';
import type { Operation, S3Context } from './operation.ts';
import { checkPolicy, isPublicPolicy, statementsOf } from './policy.ts';
import { blockOf } from './public-access.ts';
import type { BucketRow } from './state.ts';

const absent = (name: string) => errors.absent('NoSuchBucketPolicy', 'The bucket policy does not exist', name);

/** The policy as it was put. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html */
export const GetBucketPolicy: Operation<'GetBucketPolicy'> = (input, context) => {
  const { policy, name } = getBucket(input, context);
  if (policy === undefined) throw absent(name);
  return { Policy: policy };
};

/**
 * Replaces a bucket's policy.
 *
 * Limit: 20 KB; no public policy where Block Public Access forbids it.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
 */
export const PutBucketPolicy: Operation<'PutBucketPolicy'> = (input, context) => {
  const bucket = getBucket(input, context);
  const policy: string = (input.Policy as string | undefined) ?? ''; // an empty body is no policy at all
  const statements = checkPolicy(policy, bucketArn(bucket));
  if (isPublicPolicy(statements) && blockOf(context.state, bucket).blockPublicPolicy)
    throw new AwsError(
      'AccessDenied',
      403,
      `User: ${context.caller.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "${bucketArn(bucket)}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
    );
  changeBucket(context, bucket, { policy });
  return withStatus(204, {});
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html */
export const DeleteBucketPolicy: Operation<'DeleteBucketPolicy'> = (input, context) => {
  changeBucket(context, getBucket(input, context), { policy: undefined });
  return {};
};

/** True when anybody can come in by the bucket's policy. */
export const hasPublicPolicy = ({ policy }: BucketRow): boolean =>
  policy !== undefined && isPublicPolicy(statementsOf(policy));

/** True when the list lets anybody in, and is not ignored. */
export const hasPublicAcl = (state: S3Context['state'], bucket: BucketRow): boolean =>
  bucket.ownership !== 'BucketOwnerEnforced' &&
  !blockOf(state, bucket).ignorePublicAcls &&
  bucket.acl.some(isPublicGrant);

/**
 * Tells whether the policy makes the bucket public.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html
 */
export const GetBucketPolicyStatus: Operation<'GetBucketPolicyStatus'> = (input, context) => {
  const bucket = getBucket(input, context);
  if (bucket.policy === undefined) throw absent(bucket.name);
  return { PolicyStatus: { IsPublic: hasPublicPolicy(bucket) } };
};
