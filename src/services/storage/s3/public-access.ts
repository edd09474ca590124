// Block Public Access: four switches, of a bucket, of an access point, and of the account; the strictest counts.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
import { changeBucket, getBucket } from './bucket-find.ts';
import { errors } from './errors.ts';
import type { Operation, S3Context } from './operation.ts';
import type { BucketRow, PublicAccessBlock } from './state.ts';

const open: PublicAccessBlock = {
  blockPublicAcls: false,
  ignorePublicAcls: false,
  blockPublicPolicy: false,
  restrictPublicBuckets: false,
};

const join = (a: PublicAccessBlock, b: PublicAccessBlock): PublicAccessBlock => ({
  blockPublicAcls: a.blockPublicAcls || b.blockPublicAcls,
  ignorePublicAcls: a.ignorePublicAcls || b.ignorePublicAcls,
  blockPublicPolicy: a.blockPublicPolicy || b.blockPublicPolicy,
  restrictPublicBuckets: a.restrictPublicBuckets || b.restrictPublicBuckets,
});

/** What is blocked for a bucket: by itself or by its account. */
export const blockOf = (state: S3Context['state'], bucket: BucketRow): PublicAccessBlock =>
  join(bucket.publicAccessBlock ?? open, state.accounts.find(bucket.account)?.publicAccessBlock ?? open);

interface BlockDocument {
  readonly BlockPublicAcls?: boolean | undefined;
  readonly IgnorePublicAcls?: boolean | undefined;
  readonly BlockPublicPolicy?: boolean | undefined;
  readonly RestrictPublicBuckets?: boolean | undefined;
}

/** Reads a configuration; what it leaves out is off. */
export const readBlock = (document: BlockDocument): PublicAccessBlock => ({
  blockPublicAcls: document.BlockPublicAcls ?? false,
  ignorePublicAcls: document.IgnorePublicAcls ?? false,
  blockPublicPolicy: document.BlockPublicPolicy ?? false,
  restrictPublicBuckets: document.RestrictPublicBuckets ?? false,
});

/** A configuration as the API writes it. */
export const writeBlock = (block: PublicAccessBlock) => ({
  BlockPublicAcls: block.blockPublicAcls,
  IgnorePublicAcls: block.ignorePublicAcls,
  BlockPublicPolicy: block.blockPublicPolicy,
  RestrictPublicBuckets: block.restrictPublicBuckets,
});

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html */
export const GetPublicAccessBlock: Operation<'GetPublicAccessBlock'> = (input, context) => {
  const bucket = getBucket(input, context);
  if (bucket.publicAccessBlock === undefined)
    throw errors.absent(
      'NoSuchPublicAccessBlockConfiguration',
      'The public access block configuration was not found',
      bucket.name,
    );
  return { PublicAccessBlockConfiguration: writeBlock(bucket.publicAccessBlock) };
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html */
export const PutPublicAccessBlock: Operation<'PutPublicAccessBlock'> = (input, context) => {
  const bucket = getBucket(input, context);
  changeBucket(context, bucket, { publicAccessBlock: readBlock(input.PublicAccessBlockConfiguration) });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html */
export const DeletePublicAccessBlock: Operation<'DeletePublicAccessBlock'> = (input, context) => {
  changeBucket(context, getBucket(input, context), { publicAccessBlock: undefined });
  return {};
};
