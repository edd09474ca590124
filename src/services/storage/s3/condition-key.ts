// S3's condition keys, from the request and from the object it means.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
import type { S3Context } from './operation.ts';
import type { ObjectRow } from './state.ts';
import { readTaggingHeader } from './tag.ts';

type Conditions = Record<string, string | readonly string[]>;

/** How the request was signed. */
function signatureConditions({ origin, caller }: S3Context): Conditions {
  if (caller.kind === 'anonymous' || caller.kind === 'service') return {};
  const sha256 = origin.headers['x-amz-content-sha256'];
  return {
    's3:authType': origin.presigned === true ? 'REST-QUERY-STRING' : 'REST-HEADER',
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    ...(sha256 === undefined ? {} : { 's3:x-amz-content-sha256': sha256 }),
  };
}

const present = (pairs: Readonly<Record<string, unknown>>): Conditions => {
  const conditions: Conditions = {};
  for (const [name, value] of Object.entries(pairs)) if (value !== undefined) conditions[name] = String(value);
  return conditions;
};

/** Keys of requests for a bucket. */
export const bucketConditions = (input: object, context: S3Context): Conditions => {
  const { Prefix, Delimiter, MaxKeys } = input as Record<string, unknown>;
  return {
    ...signatureConditions(context),
    ...present({ 's3:prefix': Prefix, 's3:delimiter': Delimiter, 's3:max-keys': MaxKeys }),
    ...aclConditions(input),
  };
};

/** Keys of requests for an object. */
export function objectConditions(
  { VersionId }: { readonly VersionId?: string | undefined },
  context: S3Context,
  row: ObjectRow | undefined,
): Conditions {
  const conditions: Conditions = { ...signatureConditions(context), ...present({ 's3:VersionId': VersionId }) };
  for (const tag of row?.tags ?? []) conditions[`s3:ExistingObjectTag/${tag.key}`] = tag.value;
  return conditions;
}

const aclConditions = (input: object): Conditions => {
  const given = input as Record<string, unknown>;
  return present({
    's3:x-amz-acl': given['ACL'],
    's3:x-amz-grant-full-control': given['GrantFullControl'],
    's3:x-amz-grant-read': given['GrantRead'],
    's3:x-amz-grant-read-acp': given['GrantReadACP'],
    's3:x-amz-grant-write': given['GrantWrite'],
    's3:x-amz-grant-write-acp': given['GrantWriteACP'],
    's3:x-amz-object-ownership': given['ObjectOwnership'],
  });
};

/** Keys of requests that write an object. */
export function writeConditions(input: object): Conditions {
  const given = input as Record<string, unknown>;
  const source = given['CopySource'];
  const until = given['ObjectLockRetainUntilDate'];
  return {
    ...aclConditions(input),
    ...present({
      's3:x-amz-copy-source': typeof source === 'string' ? source.replace(/^(?!\/)/, '/') : undefined,
      's3:x-amz-metadata-directive': given['MetadataDirective'],
      's3:x-amz-server-side-encryption': given['ServerSideEncryption'],
      's3:x-amz-server-side-encryption-aws-kms-key-id': given['SSEKMSKeyId'],
      's3:x-amz-server-side-encryption-customer-algorithm': given['SSECustomerAlgorithm'],
      's3:x-amz-storage-class': given['StorageClass'],
      's3:x-amz-website-redirect-location': given['WebsiteRedirectLocation'],
      's3:object-lock-mode': given['ObjectLockMode'],
      's3:object-lock-retain-until-date': until instanceof Date ? until.toISOString() : undefined,
      's3:object-lock-legal-hold': given['ObjectLockLegalHoldStatus'],
      's3:if-match': given['IfMatch'],
      's3:if-none-match': given['IfNoneMatch'],
    }),
    ...tagConditions(given['Tagging']),
  };
}

function tagConditions(header: unknown): Conditions {
  if (typeof header !== 'string') return {};
  let tags: ReturnType<typeof readTaggingHeader>;
  try {
    tags = readTaggingHeader(header);
  } catch {
    return {}; // the operation refuses it
  }
  const conditions: Conditions = { 's3:RequestObjectTagKeys': tags.map((tag) => tag.key) };
  for (const tag of tags) conditions[`s3:RequestObjectTag/${tag.key}`] = tag.value;
  return conditions;
}
