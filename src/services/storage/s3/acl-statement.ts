// Access lists as statements of a policy: what each grant allows, to whom.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions
import { canonicalId } from './account-id.ts';
import { type AclPermission, type Grant, groups, isOwnerOnly, isPublicGrant } from './acl.ts';
import type { S3Context } from './operation.ts';
import { type Statement, statementsOf } from './policy.ts';
import { blockOf } from './public-access.ts';
import type { BucketRow, ObjectRow } from './state.ts';

const bucketActions: Readonly<Record<AclPermission, readonly string[]>> = {
  READ: ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
  WRITE: [],
  READ_ACP: ['s3:GetBucketAcl'],
  WRITE_ACP: ['s3:PutBucketAcl'],
  FULL_CONTROL: [
    's3:ListBucket',
    's3:ListBucketVersions',
    's3:ListBucketMultipartUploads',
    's3:GetBucketAcl',
    's3:PutBucketAcl',
  ],
};

/** What a grant on the bucket allows on the objects in it. */
const contentActions: Readonly<Record<AclPermission, readonly string[]>> = {
  READ: [],
  WRITE: ['s3:PutObject', 's3:DeleteObject'],
  READ_ACP: [],
  WRITE_ACP: [],
  FULL_CONTROL: ['s3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'],
};

const objectActions: Readonly<Record<AclPermission, readonly string[]>> = {
  READ: ['s3:GetObject', 's3:GetObjectVersion'],
  WRITE: [],
  READ_ACP: ['s3:GetObjectAcl', 's3:GetObjectVersionAcl'],
  WRITE_ACP: ['s3:PutObjectAcl', 's3:PutObjectVersionAcl'],
  FULL_CONTROL: [
    's3:GetObject',
    's3:GetObjectVersion',
    's3:GetObjectAcl',
    's3:GetObjectVersionAcl',
    's3:PutObjectAcl',
    's3:PutObjectVersionAcl',
  ],
};

/** Whom a grant means, when it can mean the caller. */
function principalOf({ grantee }: Grant, { caller, partition }: S3Context): Statement['Principal'] | undefined {
  if ('id' in grantee)
    return caller.kind !== 'anonymous' && grantee.id === canonicalId(caller.account)
      ? { AWS: `arn:${partition}:iam::${caller.account}:root` }
      : undefined;
  if (grantee.uri === groups.allUsers) return '*';
  if (grantee.uri === groups.authenticatedUsers)
    return caller.kind === 'anonymous' ? undefined : { AWS: `arn:${partition}:iam::${caller.account}:root` };
  return caller.arn === 'logging.s3.amazonaws.com' ? { Service: caller.arn } : undefined;
}

interface About {
  readonly context: S3Context;
  readonly bucket: BucketRow;
  /** The object asked for, when it is there. */
  readonly row?: ObjectRow | undefined;
  readonly resource: string;
}

function statementsFor(
  grants: readonly Grant[],
  actions: Readonly<Record<AclPermission, readonly string[]>>,
  { context, bucket, resource }: About,
): Statement[] {
  const ignored = blockOf(context.state, bucket).ignorePublicAcls;
  return grants.flatMap((grant) => {
    const principal = ignored && isPublicGrant(grant) ? undefined : principalOf(grant, context);
    const allowed = actions[grant.permission];
    if (principal === undefined || allowed.length === 0) return [];
    return [{ Effect: 'Allow' as const, Principal: principal, Action: allowed, Resource: resource }];
  });
}

/** A bucket's policy with what its lists, and the object's, allow beside it. */
export function withAcl(policy: string | undefined, about: About): string | undefined {
  const { bucket, row, resource } = about;
  if (bucket.ownership === 'BucketOwnerEnforced') return policy;
  if (row?.acl === undefined && isOwnerOnly(bucket.acl, bucket.account)) return policy;
  const ofBucket = resource.includes('/') ? contentActions : bucketActions;
  const statements = [
    ...statementsFor(bucket.acl, ofBucket, about),
    ...statementsFor(row?.acl ?? [], objectActions, about),
  ];
  if (statements.length === 0) return policy;
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [...(policy === undefined ? [] : statementsOf(policy)), ...statements],
  });
}
