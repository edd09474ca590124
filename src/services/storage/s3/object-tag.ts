// Tags, locks and access lists of objects.
import { getBucket, ownerOf } from './bucket-find.ts';
import { type AclHeaders, isPublicGrant, privateAcl, readAclHeaders, readGrants, writeGrant } from './acl.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { canonicalId } from './account-id.ts';
import { type Instant, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { planLifecycle } from './lifecycle-plan.ts';
import { isLockMode, refuseWeaker, type Retention } from './lock.ts';
import { announce } from './notification.ts';
import type { Input, Operation, S3Context } from './operation.ts';
import { blockOf } from './public-access.ts';
import type { BucketRow, ObjectRow } from './state.ts';
import { readTags, writeTags } from './tag.ts';
import { changeVersion, findLatest, getObject, shownVersionId } from './version.ts';

interface ObjectInput {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string | undefined;
}

/** The object of a sub-resource; a delete marker on top refuses, too. */
function getMarked(input: ObjectInput, context: S3Context, method: string): { bucket: BucketRow; row: ObjectRow } {
  const bucket = getBucket(input, context);
  const { Key: key, VersionId: versionId } = input;
  if (versionId === undefined && findLatest(context.state, bucket, key)?.kind === 'marker')
    throw errors.methodNotAllowed(method);
  return { bucket, row: getObject(context.state, bucket, { key, versionId, method }) };
}

const versionMember = (bucket: BucketRow, row: ObjectRow) => {
  const versionId = shownVersionId(bucket, row);
  return versionId === undefined ? {} : { VersionId: versionId };
};

/**
 * The tags of an object; a key that is not there is named with its bucket, here alone (recorded).
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
 */
export const GetObjectTagging: Operation<'GetObjectTagging'> = (input, context) => {
  if (input.VersionId === undefined && findLatest(context.state, getBucket(input, context), input.Key) === undefined)
    throw errors.noSuchKey(`${input.Bucket}/${input.Key}`);
  const { bucket, row } = getMarked(input, context, 'GET');
  return { ...versionMember(bucket, row), TagSet: writeTags(row.tags ?? []) };
};

/**
 * Replaces all tags of an object.
 *
 * Limit: 10 tags.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
 */
export const PutObjectTagging: Operation<'PutObjectTagging'> = (input, context) => {
  const { bucket, row } = getMarked(input, context, 'PUT');
  const changed = changeVersion(context, row, { tags: readTags(input.Tagging.TagSet ?? [], 'object') });
  planLifecycle(context, bucket, changed);
  tell(context, bucket, changed, 'ObjectTagging:Put');
  return versionMember(bucket, row);
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html */
export const DeleteObjectTagging: Operation<'DeleteObjectTagging'> = (input, context) => {
  const { bucket, row } = getMarked(input, context, 'DELETE');
  const changed = changeVersion(context, row, { tags: undefined });
  tell(context, bucket, changed, 'ObjectTagging:Delete');
  return versionMember(bucket, row);
};

const tell = (context: S3Context, bucket: BucketRow, row: ObjectRow, name: string): void =>
  announce(context, bucket, { name, key: row.key, row, versionId: shownVersionId(bucket, row) });

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export const GetObjectAcl: Operation<'GetObjectAcl'> = (input, context) => {
  const { row } = getMarked(input, context, 'GET');
  return { Owner: ownerOf(row.owner), Grants: (row.acl ?? privateAcl(row.owner)).map(writeGrant) };
};

/**
 * Replaces the access list of an object.
 *
 * Limit: only where the bucket's ownership allows lists.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
 */
export const PutObjectAcl: Operation<'PutObjectAcl'> = (input, context) => {
  const { bucket, row } = getMarked(input, context, 'PUT');
  const acl = readAcl(input, { owner: row.owner, bucket, of: 'object' });
  if (bucket.ownership === 'BucketOwnerEnforced') {
    if (input.ACL === 'bucket-owner-full-control') return {};
    throw errors.aclNotSupported();
  }
  if (acl.some(isPublicGrant) && blockOf(context.state, bucket).blockPublicAcls) throw errors.accessDenied();
  const changed = changeVersion(context, row, { acl });
  if (JSON.stringify(acl) !== JSON.stringify(row.acl ?? privateAcl(row.owner)))
    tell(context, bucket, changed, 'ObjectAcl:Put');
  return {};
};

interface AclInput extends AclHeaders {
  readonly AccessControlPolicy?:
    | {
        readonly Owner?: { readonly ID?: string | undefined } | undefined;
        readonly Grants?: Parameters<typeof readGrants>[0] | undefined;
      }
    | undefined;
}

/** The list that a request puts: by headers or by document. @throws MissingSecurityHeader, UnexpectedContent */
export function readAcl(
  input: AclInput,
  { owner, bucket, of }: { owner: string; bucket: BucketRow; of: 'bucket' | 'object' },
) {
  const headers = readAclHeaders(input, { owner, bucketOwner: bucket.account, of });
  const document = input.AccessControlPolicy;
  if (document === undefined) {
    if (headers !== undefined) return headers;
    throw new AwsError('MissingSecurityHeader', 400, 'Your request was missing a required header', {
      MissingHeaderName: 'x-amz-acl',
    });
  }
  if (headers !== undefined) throw new AwsError('UnexpectedContent', 400, 'This request does not support content');
  if (document.Owner?.ID === undefined) throw errors.malformedAcl();
  if (document.Owner.ID !== canonicalId(owner)) throw errors.accessDenied();
  return readGrants(document.Grants ?? []);
}

function getLockable(input: ObjectInput, context: S3Context, method: string): { bucket: BucketRow; row: ObjectRow } {
  const found = getMarked(input, context, method);
  if (found.bucket.objectLock === undefined) throw errors.invalidRequest('Bucket is missing Object Lock Configuration');
  return found;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html */
export const GetObjectRetention: Operation<'GetObjectRetention'> = (input, context) => {
  const { retention } = getLockable(input, context, 'GET').row;
  if (retention === undefined) throw errors.noObjectLock();
  return { Retention: { Mode: retention.mode, RetainUntilDate: toDate(retention.until) } };
};

function readRetention(document: Input<'PutObjectRetention'>['Retention'], now: Instant): Retention | undefined {
  const { Mode: mode, RetainUntilDate: until } = document ?? {};
  if (mode === undefined && until === undefined) return undefined;
  if (!isLockMode(mode) || until === undefined) throw errors.malformedXml();
  if (until.getTime() <= now)
    throw errors.invalidArgument(
      'The retain until date must be in the future!',
      'RetainUntilDate',
      until.toISOString(),
    );
  return { mode, until: until.getTime() as Instant };
}

/**
 * Sets, lengthens or (governance, with the bypass) shortens a version's retention.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
 */
export const PutObjectRetention: Operation<'PutObjectRetention'> = (input, context) => {
  const { row } = getLockable(input, context, 'PUT');
  const now = context.clock.now();
  const retention = readRetention(input.Retention, now);
  refuseWeaker(row.retention, retention, input.BypassGovernanceRetention === true, now);
  changeVersion(context, row, { retention });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html */
export const GetObjectLegalHold: Operation<'GetObjectLegalHold'> = (input, context) => {
  const { legalHold } = getLockable(input, context, 'GET').row;
  if (legalHold === undefined) throw errors.noObjectLock();
  return { LegalHold: { Status: legalHold ? 'ON' : 'OFF' } };
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html */
export const PutObjectLegalHold: Operation<'PutObjectLegalHold'> = (input, context) => {
  const { row } = getLockable(input, context, 'PUT');
  const status = input.LegalHold?.Status;
  if (status !== 'ON' && status !== 'OFF') throw errors.malformedXml();
  changeVersion(context, row, { legalHold: status === 'ON' });
  return {};
};
