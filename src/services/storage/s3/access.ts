// What IAM must allow for each operation of S3: actions, resources, the bucket's policy, and S3's condition keys.
//
// Access lists join the bucket's policy as statements of their own, so that one engine judges all (`acl-statement.ts`). A request for an
// object that is not there needs `s3:ListBucket` too: who may not list gets 403, not 404.
//
// @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
import type { Permission, Permissions } from '../../../kernel/service.ts';
import { withAcl } from './acl-statement.ts';
import { bucketArn, findAccessPoint, findBucket } from './bucket-find.ts';
import { hasPublicPolicy } from './bucket-policy.ts';
import { bucketConditions, objectConditions, writeConditions } from './condition-key.ts';
import { readCopySource } from './copy-source.ts';
import type { S3Context } from './operation.ts';
import { blockOf } from './public-access.ts';
import type { AccessPointRow, BucketRow, ObjectRow, S3State } from './state.ts';
import { findCurrent, findVersion } from './version.ts';

interface BucketInput {
  readonly Bucket: string;
}
interface ObjectInput extends BucketInput {
  readonly Key: string;
  readonly VersionId?: string | undefined;
}
type Conditions = Readonly<Record<string, string | readonly string[]>>;

/** A public policy that Block Public Access restricts speaks to the account and to services only. */
function policyFor({ state, caller }: S3Context, bucket: BucketRow): string | undefined {
  if (bucket.policy === undefined || caller.account === bucket.account || caller.kind === 'service')
    return bucket.policy;
  return blockOf(state, bucket).restrictPublicBuckets && hasPublicPolicy(bucket) ? undefined : bucket.policy;
}

const accessPointArn = (point: AccessPointRow): string =>
  `arn:${point.partition}:s3:${point.region}:${point.account}:accesspoint/${point.name}`;

/**
 * One action on a bucket, or, with a key, on an object.
 *
 * Differs: by an access point its own policy is asked, and not the bucket's as well.
 */
function permissionFor(
  action: string,
  { Bucket: name, key }: { readonly Bucket: string; readonly key?: string | undefined },
  context: S3Context,
  conditions: Conditions,
  row?: ObjectRow,
): Permission[] {
  const bucket = findBucket(context, name);
  if (bucket === undefined) return [];
  const point = bucket.name === name ? undefined : findAccessPoint(context, name);
  const arn = point === undefined ? bucketArn(bucket) : accessPointArn(point);
  const resource = key === undefined ? arn : `${arn}/${point === undefined ? '' : 'object/'}${key}`;
  const resourcePolicy =
    point === undefined ? withAcl(policyFor(context, bucket), { context, bucket, row, resource }) : point.policy;
  const known = { ...conditions, 's3:ResourceAccount': bucket.account };
  const extra: Conditions =
    point === undefined ? {} : { 's3:DataAccessPointArn': arn, 's3:DataAccessPointAccount': point.account };
  return [
    {
      action: `s3:${action}`,
      resource,
      resourcePolicy,
      owner: row?.owner ?? bucket.account,
      conditions: { ...known, ...extra },
    },
  ];
}

type Asked = Permissions<S3State>;

const onBucket =
  (action: string): Asked =>
  (input: BucketInput, context) =>
    permissionFor(action, input, context, bucketConditions(input, context));

/** The object that a request means, if it is there. */
function findMeant(input: ObjectInput, context: S3Context): ObjectRow | undefined {
  const bucket = findBucket(context, input.Bucket);
  if (bucket === undefined) return undefined;
  if (input.VersionId === undefined) return findCurrent(context.state, bucket, input.Key);
  try {
    const row = findVersion(context.state, bucket, input.Key, input.VersionId);
    return row?.kind === 'object' ? row : undefined;
  } catch {
    return undefined; // no version ID: the operation says so
  }
}

/** An action on an object that is there; another name of it when a version is meant. */
const onObject =
  (action: string, versionAction = action): Asked =>
  (input: ObjectInput, context) => {
    const row = findMeant(input, context);
    const name = input.VersionId === undefined ? action : versionAction;
    return permissionFor(
      name,
      { Bucket: input.Bucket, key: input.Key },
      context,
      objectConditions(input, context, row),
      row,
    );
  };

const reading =
  (action: string, versionAction: string): Asked =>
  (input: ObjectInput, context) => {
    const asked = onObject(action, versionAction)(input, context);
    if (findMeant(input, context) !== undefined) return asked;
    return [...asked, ...permissionFor('ListBucket', input, context, bucketConditions(input, context))];
  };

/**
 * What a write asks for beside `s3:PutObject`. AWS's own services, which leave the bucket's owner in control of what they deliver, need
 * no more: so the bucket policies that are documented for log delivery read.
 */
const alsoFor = (input: Record<string, unknown>, { caller }: S3Context): readonly string[] => {
  const grants = ['ACL', 'GrantFullControl', 'GrantRead', 'GrantReadACP', 'GrantWriteACP'];
  const delivered = caller.kind === 'service' && input['ACL'] === 'bucket-owner-full-control';
  return [
    ...(!delivered && grants.some((name) => input[name] !== undefined) ? ['PutObjectAcl'] : []),
    ...(input['Tagging'] === undefined ? [] : ['PutObjectTagging']),
    ...(input['ObjectLockMode'] === undefined ? [] : ['PutObjectRetention']),
    ...(input['ObjectLockLegalHoldStatus'] === undefined ? [] : ['PutObjectLegalHold']),
  ];
};

const writing: Asked = (input: ObjectInput & Record<string, unknown>, context) => {
  const conditions = { ...objectConditions(input, context, undefined), ...writeConditions(input) };
  return ['PutObject', ...alsoFor(input, context)].flatMap((action) =>
    permissionFor(action, { Bucket: input.Bucket, key: input.Key }, context, conditions),
  );
};

/** A copy reads its source, and writes. */
const copying: Asked = (input: ObjectInput & { readonly CopySource: string } & Record<string, unknown>, context) => {
  const { bucket: Bucket, key: Key, versionId: VersionId } = readCopySource(input.CopySource);
  const source = { Bucket, Key, VersionId };
  return [...reading('GetObject', 'GetObjectVersion')(source, context), ...writing(input, context)];
};

const deleting: Asked = (input: ObjectInput & { readonly BypassGovernanceRetention?: boolean }, context) => {
  const asked = onObject('DeleteObject', 'DeleteObjectVersion')(input, context);
  if (input.BypassGovernanceRetention !== true) return asked;
  return [...asked, ...onObject('BypassGovernanceRetention')(input, context)];
};

const deletingMany: Asked = (
  input: BucketInput & {
    readonly BypassGovernanceRetention?: boolean;
    readonly Delete: { readonly Objects?: readonly { readonly Key: string; readonly VersionId?: string }[] };
  },
  context,
) =>
  (input.Delete.Objects ?? []).flatMap((entry) =>
    deleting({ ...entry, Bucket: input.Bucket, BypassGovernanceRetention: input.BypassGovernanceRetention }, context),
  );

const retaining: Asked = (input: ObjectInput & { readonly BypassGovernanceRetention?: boolean }, context) => {
  const asked = onObject('PutObjectRetention')(input, context);
  if (input.BypassGovernanceRetention !== true) return asked;
  return [...asked, ...onObject('BypassGovernanceRetention')(input, context)];
};

/** A bucket that is yet to be made is the caller's. */
const creating: Asked = (input: BucketInput & Record<string, unknown>, { partition, account }) => {
  const resource = bucketArn({ partition, name: input.Bucket });
  const configuration = input['CreateBucketConfiguration'] as { LocationConstraint?: string } | undefined;
  const location = configuration?.LocationConstraint;
  const grants = ['ACL', 'GrantFullControl', 'GrantRead', 'GrantReadACP', 'GrantWrite', 'GrantWriteACP'];
  const actions = [
    'CreateBucket',
    ...(grants.some((name) => input[name] !== undefined) ? ['PutBucketAcl'] : []),
    ...(input['ObjectOwnership'] === undefined ? [] : ['PutBucketOwnershipControls']),
    ...(input['ObjectLockEnabledForBucket'] === true
      ? ['PutBucketObjectLockConfiguration', 'PutBucketVersioning']
      : []),
  ];
  const conditions = {
    ...writeConditions(input),
    ...(location === undefined ? {} : { 's3:LocationConstraint': location }),
  };
  return actions.map((action) => ({ action: `s3:${action}`, resource, owner: account, conditions }));
};

const anywhere =
  (action: string): Asked =>
  () => [{ action: `s3:${action}`, resource: '*' }];

/** A tag, lock or list of an object: judged on the version meant. */
const aboutObject = (name: string): Asked => onObject(name, name.replace(/^(Get|Put|Delete)Object/, '$1ObjectVersion'));

const bucketActions: Readonly<Record<string, string>> = {
  DeleteBucket: 'DeleteBucket',
  HeadBucket: 'ListBucket',
  GetBucketLocation: 'GetBucketLocation',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  GetBucketTagging: 'GetBucketTagging',
  PutBucketTagging: 'PutBucketTagging',
  DeleteBucketTagging: 'PutBucketTagging',
  GetBucketVersioning: 'GetBucketVersioning',
  PutBucketVersioning: 'PutBucketVersioning',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketEncryption: 'PutEncryptionConfiguration',
  GetBucketOwnershipControls: 'GetBucketOwnershipControls',
  PutBucketOwnershipControls: 'PutBucketOwnershipControls',
  DeleteBucketOwnershipControls: 'PutBucketOwnershipControls',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  DeletePublicAccessBlock: 'PutBucketPublicAccessBlock',
  GetBucketAcl: 'GetBucketAcl',
  PutBucketAcl: 'PutBucketAcl',
  GetBucketCors: 'GetBucketCORS',
  PutBucketCors: 'PutBucketCORS',
  DeleteBucketCors: 'PutBucketCORS',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
  GetBucketRequestPayment: 'GetBucketRequestPayment',
  PutBucketRequestPayment: 'PutBucketRequestPayment',
  GetBucketAccelerateConfiguration: 'GetAccelerateConfiguration',
  PutBucketAccelerateConfiguration: 'PutAccelerateConfiguration',
  GetBucketPolicy: 'GetBucketPolicy',
  PutBucketPolicy: 'PutBucketPolicy',
  DeleteBucketPolicy: 'DeleteBucketPolicy',
  GetBucketPolicyStatus: 'GetBucketPolicyStatus',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  DeleteBucketLifecycle: 'PutLifecycleConfiguration',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
  GetBucketWebsite: 'GetBucketWebsite',
  PutBucketWebsite: 'PutBucketWebsite',
  DeleteBucketWebsite: 'DeleteBucketWebsite',
  GetBucketLogging: 'GetBucketLogging',
  PutBucketLogging: 'PutBucketLogging',
  GetBucketReplication: 'GetReplicationConfiguration',
  PutBucketReplication: 'PutReplicationConfiguration',
  DeleteBucketReplication: 'PutReplicationConfiguration',
  ...namedActions('Metrics'),
  ...namedActions('Analytics'),
  ...namedActions('Inventory'),
  ...namedActions('IntelligentTiering'),
};

function namedActions(kind: string): Record<string, string> {
  return {
    [`GetBucket${kind}Configuration`]: `Get${kind}Configuration`,
    [`ListBucket${kind}Configurations`]: `Get${kind}Configuration`,
    [`PutBucket${kind}Configuration`]: `Put${kind}Configuration`,
    [`DeleteBucket${kind}Configuration`]: `Put${kind}Configuration`,
  };
}

export const permissions: Readonly<Record<string, Asked>> = {
  ...Object.fromEntries(Object.entries(bucketActions).map(([operation, action]) => [operation, onBucket(action)])),
  CreateBucket: creating,
  ListBuckets: anywhere('ListAllMyBuckets'),
  GetObject: reading('GetObject', 'GetObjectVersion'),
  HeadObject: reading('GetObject', 'GetObjectVersion'),
  GetObjectAttributes: (input, context) => [
    ...reading('GetObject', 'GetObjectVersion')(input, context),
    ...onObject('GetObjectAttributes', 'GetObjectVersionAttributes')(input, context),
  ],
  PutObject: writing,
  WritePostedObject: writing,
  CreateMultipartUpload: writing,
  UploadPart: writing,
  CompleteMultipartUpload: writing,
  CopyObject: copying,
  UploadPartCopy: copying,
  AbortMultipartUpload: onObject('AbortMultipartUpload'),
  ListParts: onObject('ListMultipartUploadParts'),
  DeleteObject: deleting,
  DeleteObjects: deletingMany,
  RestoreObject: onObject('RestoreObject'),
  GetObjectTagging: aboutObject('GetObjectTagging'),
  PutObjectTagging: (input, context) => withTags(aboutObject('PutObjectTagging')(input, context), input),
  DeleteObjectTagging: aboutObject('DeleteObjectTagging'),
  GetObjectAcl: aboutObject('GetObjectAcl'),
  PutObjectAcl: aboutObject('PutObjectAcl'),
  GetObjectRetention: onObject('GetObjectRetention'),
  PutObjectRetention: retaining,
  GetObjectLegalHold: onObject('GetObjectLegalHold'),
  PutObjectLegalHold: onObject('PutObjectLegalHold'),
};

function withTags(
  asked: readonly Permission[],
  { Tagging }: { readonly Tagging?: { readonly TagSet?: readonly { Key?: string; Value?: string }[] } },
): readonly Permission[] {
  const tags = Tagging?.TagSet ?? [];
  const keys: Record<string, string | readonly string[]> = {
    's3:RequestObjectTagKeys': tags.map(({ Key = '' }) => Key),
  };
  for (const { Key = '', Value = '' } of tags) keys[`s3:RequestObjectTag/${Key}`] = Value;
  return asked.map((permission) => ({ ...permission, conditions: { ...permission.conditions, ...keys } }));
}
