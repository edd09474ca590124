// What a batch job does to one object: the operation of S3 that a user would call, in the name of the job's role.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-operations.html
import type { JobOperation, S3CopyObjectOperation, S3Grant, S3SetObjectAclOperation } from '@aws-sdk/client-s3-control';
import { AwsError } from '../../../kernel/errors.ts';
import type { Principal } from '../../../kernel/service.ts';
import type { BatchJobRow, BatchResult } from '../s3/state.ts';
import type { ControlContext } from './operation.ts';

interface Call {
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

const onS3 = (operation: string, input: Readonly<Record<string, unknown>>): Call => ({
  service: 's3',
  operation,
  input,
});

const encoded = (text: string): string => text.split('/').map(encodeURIComponent).join('/');

const grantsOf = (grants: readonly S3Grant[] | undefined) =>
  grants?.map(({ Grantee: grantee, Permission }) => ({
    Permission,
    Grantee: {
      id: { Type: 'CanonicalUser', ID: grantee?.Identifier },
      emailAddress: { Type: 'AmazonCustomerByEmail', EmailAddress: grantee?.Identifier },
      uri: { Type: 'Group', URI: grantee?.Identifier },
    }[grantee?.TypeIdentifier ?? 'id'],
  }));

const tagging = (tags: S3CopyObjectOperation['NewObjectTagging']): string =>
  (tags ?? []).map(({ Key = '', Value = '' }) => `${encodeURIComponent(Key)}=${encodeURIComponent(Value)}`).join('&');

function copyCall(work: S3CopyObjectOperation, { bucket, key, versionId }: BatchResult): Call {
  const fresh = work.NewObjectMetadata;
  const version = versionId === undefined ? '' : `?versionId=${versionId}`;
  return onS3('CopyObject', {
    Bucket: work.TargetResource?.replace(/^arn:[a-z-]+:s3:::/, ''),
    Key: work.TargetKeyPrefix === undefined ? key : `${work.TargetKeyPrefix}/${key}`,
    CopySource: `${bucket}/${encoded(key)}${version}`,
    ACL: work.CannedAccessControlList,
    StorageClass: work.StorageClass,
    MetadataDirective: work.MetadataDirective ?? (fresh === undefined ? undefined : 'REPLACE'),
    CopySourceIfModifiedSince: work.ModifiedSinceConstraint,
    CopySourceIfUnmodifiedSince: work.UnModifiedSinceConstraint,
    CacheControl: fresh?.CacheControl,
    ContentDisposition: fresh?.ContentDisposition,
    ContentEncoding: fresh?.ContentEncoding,
    ContentLanguage: fresh?.ContentLanguage,
    ContentType: fresh?.ContentType,
    Metadata: fresh?.UserMetadata,
    ServerSideEncryption: fresh?.SSEAlgorithm === 'KMS' ? 'aws:kms' : fresh?.SSEAlgorithm,
    SSEKMSKeyId: work.SSEAwsKmsKeyId,
    BucketKeyEnabled: work.BucketKeyEnabled,
    WebsiteRedirectLocation: work.RedirectLocation,
    ChecksumAlgorithm: work.ChecksumAlgorithm,
    ObjectLockLegalHoldStatus: work.ObjectLockLegalHoldStatus,
    ObjectLockMode: work.ObjectLockMode,
    ObjectLockRetainUntilDate: work.ObjectLockRetainUntilDate,
    ...(work.NewObjectTagging === undefined
      ? {}
      : { TaggingDirective: 'REPLACE', Tagging: tagging(work.NewObjectTagging) }),
  });
}

function aclCall(work: S3SetObjectAclOperation, target: Readonly<Record<string, unknown>>): Call {
  const { CannedAccessControlList: canned, AccessControlList: list } = work.AccessControlPolicy ?? {};
  const policy = list === undefined ? undefined : { Owner: list.Owner, Grants: grantsOf(list.Grants) };
  return onS3('PutObjectAcl', { ...target, ACL: canned, AccessControlPolicy: policy });
}

const restoreTier = (tier: string | undefined): string => (tier === 'BULK' ? 'Bulk' : 'Standard');

function callFor(work: JobOperation, object: BatchResult, job: BatchJobRow): Call {
  const target = { Bucket: object.bucket, Key: object.key, VersionId: object.versionId };
  if (work.S3PutObjectCopy !== undefined) return copyCall(work.S3PutObjectCopy, object);
  if (work.S3PutObjectAcl !== undefined) return aclCall(work.S3PutObjectAcl, target);
  if (work.S3PutObjectTagging !== undefined)
    return onS3('PutObjectTagging', { ...target, Tagging: { TagSet: work.S3PutObjectTagging.TagSet ?? [] } });
  if (work.S3DeleteObjectTagging !== undefined) return onS3('DeleteObjectTagging', target);
  if (work.S3InitiateRestoreObject !== undefined) {
    const { ExpirationInDays: Days, GlacierJobTier: tier } = work.S3InitiateRestoreObject;
    return onS3('RestoreObject', {
      ...target,
      RestoreRequest: { Days, GlacierJobParameters: { Tier: restoreTier(tier) } },
    });
  }
  if (work.S3PutObjectLegalHold !== undefined)
    return onS3('PutObjectLegalHold', { ...target, LegalHold: work.S3PutObjectLegalHold.LegalHold });
  if (work.S3PutObjectRetention !== undefined) {
    const { Retention: retention, BypassGovernanceRetention } = work.S3PutObjectRetention;
    return onS3('PutObjectRetention', { ...target, Retention: retention, BypassGovernanceRetention });
  }
  return invocation(work, object, job);
}

/** A function is told of one object at a time. */
function invocation({ LambdaInvoke: work }: JobOperation, object: BatchResult, job: BatchJobRow): Call {
  const event = {
    invocationSchemaVersion: work?.InvocationSchemaVersion ?? '1.0',
    invocationId: job.id,
    job: { id: job.id, ...(work?.UserArguments === undefined ? {} : { userArguments: work.UserArguments }) },
    tasks: [
      {
        taskId: `${object.bucket}/${object.key}`,
        s3BucketArn: `arn:aws:s3:::${object.bucket}`,
        s3Key: object.key,
        s3VersionId: object.versionId ?? null,
      },
    ],
  };
  return {
    service: 'lambda',
    operation: 'Invoke',
    input: { FunctionName: work?.FunctionArn, Payload: Buffer.from(JSON.stringify(event)) },
  };
}

/** Treats one object; the answer says why it failed. */
export async function doTask(
  job: BatchJobRow,
  object: BatchResult,
  actor: Principal,
  context: ControlContext,
): Promise<BatchResult['error']> {
  const { service, operation, input } = callFor(job.request.Operation ?? {}, object, job);
  try {
    await context.aws.call(service, operation, input, { as: actor });
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { code: error.code, status: error.status ?? 400, message: error.message };
  }
}
