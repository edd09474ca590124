// The settings of a bucket that are one value each: versioning, encryption, ownership, lists, locks, and who pays.
import { changeBucket, getBucket, ownerOf } from './bucket-find.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { isOwnerOnly, isPublicGrant, privateAcl, writeGrant } from './acl.ts';
import { checkCors } from './cors.ts';
import { isEncryptionAlgorithm } from './encryption.ts';
import { errors } from './errors.ts';
import { readLockConfiguration } from './lock.ts';
import { readAcl } from './object-tag.ts';
import type { Operation } from './operation.ts';
import { blockOf } from './public-access.ts';
import type { Ownership } from './state.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html */
export const GetBucketVersioning: Operation<'GetBucketVersioning'> = (input, context) => {
  const { versioning, mfaDelete } = getBucket(input, context);
  return {
    ...(versioning === undefined ? {} : { Status: versioning }),
    ...(mfaDelete === undefined ? {} : { MFADelete: mfaDelete }),
  };
};

/**
 * Turns versioning on, or suspends it; it never goes back to off.
 *
 * Differs: `MFADelete` is kept and shown, but deletes ask for no device.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
 */
export const PutBucketVersioning: Operation<'PutBucketVersioning'> = (input, context) => {
  const bucket = getBucket(input, context);
  const { Status: status, MFADelete: mfaDelete } = input.VersioningConfiguration;
  if (status === undefined) throw errors.illegalVersioning();
  if (status !== 'Enabled' && status !== 'Suspended') throw errors.malformedXml();
  if (mfaDelete !== undefined && mfaDelete !== 'Enabled' && mfaDelete !== 'Disabled') throw errors.malformedXml();
  if (status === 'Suspended' && bucket.objectLock !== undefined)
    throw errors.invalidBucketState(
      'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
    );
  if (status === 'Suspended' && bucket.replication !== undefined)
    throw errors.invalidBucketState(
      'A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.',
    );
  changeBucket(context, bucket, { versioning: status, mfaDelete: mfaDelete ?? bucket.mfaDelete });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html */
export const GetBucketEncryption: Operation<'GetBucketEncryption'> = (input, context) => {
  const { algorithm, kmsKeyId, bucketKey } = getBucket(input, context).encryption ?? { algorithm: 'AES256' };
  const byDefault = { SSEAlgorithm: algorithm, ...(kmsKeyId === undefined ? {} : { KMSMasterKeyID: kmsKeyId }) };
  return {
    ServerSideEncryptionConfiguration: {
      Rules: [{ ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled: bucketKey ?? false }],
    },
  };
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html */
export const PutBucketEncryption: Operation<'PutBucketEncryption'> = (input, context) => {
  const bucket = getBucket(input, context);
  const [rule, second] = input.ServerSideEncryptionConfiguration?.Rules ?? [];
  if (rule === undefined || second !== undefined) throw errors.malformedXml();
  const { SSEAlgorithm: algorithm, KMSMasterKeyID: kmsKeyId } = rule.ApplyServerSideEncryptionByDefault ?? {};
  if (algorithm === undefined || !isEncryptionAlgorithm(algorithm)) throw errors.malformedXml();
  if (algorithm === 'AES256' && kmsKeyId !== undefined && (kmsKeyId as string) !== '')
    throw errors.argument(
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      { ArgumentName: 'ApplyServerSideEncryptionByDefault' },
    );
  changeBucket(context, bucket, { encryption: { algorithm, kmsKeyId, bucketKey: rule.BucketKeyEnabled } });
  return {};
};

/** Back to SSE-S3. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html */
export const DeleteBucketEncryption: Operation<'DeleteBucketEncryption'> = (input, context) => {
  changeBucket(context, getBucket(input, context), { encryption: undefined });
  return {};
};

const ownerships: readonly string[] = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'];

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html */
export const GetBucketOwnershipControls: Operation<'GetBucketOwnershipControls'> = (input, context) => {
  const { ownership, name } = getBucket(input, context);
  if (ownership === undefined)
    throw errors.absent('OwnershipControlsNotFoundError', 'The bucket ownership controls were not found', name);
  return { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } };
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html */
export const PutBucketOwnershipControls: Operation<'PutBucketOwnershipControls'> = (input, context) => {
  const bucket = getBucket(input, context);
  const [rule, second] = input.OwnershipControls?.Rules ?? [];
  const ownership: string | undefined = rule?.ObjectOwnership;
  if (second !== undefined || ownership === undefined || !ownerships.includes(ownership)) throw errors.malformedXml();
  if (ownership === 'BucketOwnerEnforced' && !isOwnerOnly(bucket.acl, bucket.account))
    throw new AwsError(
      'InvalidBucketAclWithObjectOwnership',
      400,
      "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    );
  changeBucket(context, bucket, { ownership: ownership as Ownership });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html */
export const DeleteBucketOwnershipControls: Operation<'DeleteBucketOwnershipControls'> = (input, context) => {
  changeBucket(context, getBucket(input, context), { ownership: undefined });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export const GetBucketAcl: Operation<'GetBucketAcl'> = (input, context) => {
  const { account, acl } = getBucket(input, context);
  return { Owner: ownerOf(account), Grants: acl.map(writeGrant) };
};

/**
 * Replaces the access list of a bucket.
 *
 * Limit: not where ownership is `BucketOwnerEnforced`, as in every new bucket.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
 */
export const PutBucketAcl: Operation<'PutBucketAcl'> = (input, context) => {
  const bucket = getBucket(input, context);
  const acl = readAcl(input, { owner: bucket.account, bucket, of: 'bucket' });
  if (bucket.ownership === 'BucketOwnerEnforced') throw errors.aclNotSupported();
  if (acl.some(isPublicGrant) && blockOf(context.state, bucket).blockPublicAcls) throw errors.accessDenied();
  changeBucket(context, bucket, { acl: acl.length === 0 ? privateAcl(bucket.account) : acl });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html */
export const GetBucketCors: Operation<'GetBucketCors'> = (input, context) => {
  const { cors, name } = getBucket(input, context);
  if (cors === undefined) throw errors.absent('NoSuchCORSConfiguration', 'The CORS configuration does not exist', name);
  return { CORSRules: [...cors] };
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html */
export const PutBucketCors: Operation<'PutBucketCors'> = (input, context) => {
  const bucket = getBucket(input, context);
  changeBucket(context, bucket, { cors: checkCors(input.CORSConfiguration?.CORSRules) });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html */
export const DeleteBucketCors: Operation<'DeleteBucketCors'> = (input, context) => {
  changeBucket(context, getBucket(input, context), { cors: undefined });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html */
export const GetObjectLockConfiguration: Operation<'GetObjectLockConfiguration'> = (input, context) => {
  const { objectLock, name } = getBucket(input, context);
  if (objectLock === undefined)
    throw errors.absent(
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
      name,
    );
  const { rule } = objectLock;
  if (rule === undefined) return { ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' } };
  const period = rule.days === undefined ? { Years: rule.years } : { Days: rule.days };
  return {
    ObjectLockConfiguration: {
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: rule.mode, ...period } },
    },
  };
};

/**
 * Turns Object Lock on for a versioned bucket, for good, and sets what new versions get.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
 */
export const PutObjectLockConfiguration: Operation<'PutObjectLockConfiguration'> = (input, context) => {
  const bucket = getBucket(input, context);
  if (bucket.versioning !== 'Enabled')
    throw errors.invalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
  changeBucket(context, bucket, { objectLock: readLockConfiguration(input.ObjectLockConfiguration) });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html */
export const GetBucketRequestPayment: Operation<'GetBucketRequestPayment'> = (input, context) => ({
  Payer: getBucket(input, context).payer ?? 'BucketOwner',
});

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html */
export const PutBucketRequestPayment: Operation<'PutBucketRequestPayment'> = (input, context) => {
  const bucket = getBucket(input, context);
  const payer = input.RequestPaymentConfiguration?.Payer;
  if (payer !== 'Requester' && payer !== 'BucketOwner') throw errors.malformedXml();
  changeBucket(context, bucket, { payer });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAccelerateConfiguration.html */
export const GetBucketAccelerateConfiguration: Operation<'GetBucketAccelerateConfiguration'> = (input, context) => {
  const { accelerate } = getBucket(input, context);
  return accelerate === undefined ? {} : { Status: accelerate };
};

/**
 * Turns Transfer Acceleration on or off.
 *
 * Differs: the setting is kept; there is no accelerated endpoint yet.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html
 */
export const PutBucketAccelerateConfiguration: Operation<'PutBucketAccelerateConfiguration'> = (input, context) => {
  const bucket = getBucket(input, context);
  if (bucket.name.includes('.'))
    throw errors.invalidRequest(
      'S3 Transfer Acceleration is not supported for buckets with periods (.) in their names',
    );
  const status = input.AccelerateConfiguration?.Status;
  if (status !== 'Enabled' && status !== 'Suspended') throw errors.malformedXml();
  changeBucket(context, bucket, { accelerate: status });
  return {};
};
