// Writing an object in one request.
import { findCurrent } from './version.ts';
import { isOwnerOnly, isPublicGrant, readAclHeaders, type AclHeaders, type Grant } from './acl.ts';
import { getBucket } from './bucket-find.ts';
import { judgeWrite } from './condition.ts';
import { customerKeyOf, encryptionOf, type HeldKey, makeCipher, shownEncryption } from './encryption.ts';
import { errors } from './errors.ts';
import { readAnnounced, shownChecksum, takeBody, type Taken } from './intake.ts';
import { expirationHeader, expiryOf } from './lifecycle-rule.ts';
import { planLifecycle } from './lifecycle-plan.ts';
import { limits } from './limits.ts';
import { readLockHeaders } from './lock.ts';
import { announce } from './notification.ts';
import type { Input, Operation, Output, S3Context } from './operation.ts';
import { blockOf } from './public-access.ts';
import { readStorageClass, zoneFor } from './storage-class.ts';
import type { BucketRow, CipherPiece, ObjectRow, SystemMetadata } from './state.ts';
import { readTaggingHeader } from './tag.ts';
import { addVersion, shownVersionId } from './version.ts';

/** @throws KeyTooLongError */
export function checkKey(key: string): void {
  const sizeBytes = Buffer.byteLength(key, 'utf8');
  if (sizeBytes > limits.keyMaxBytes) throw errors.keyTooLong(sizeBytes);
}

interface SystemHeaders {
  readonly ContentType?: string | undefined;
  readonly CacheControl?: string | undefined;
  readonly ContentDisposition?: string | undefined;
  readonly ContentEncoding?: string | undefined;
  readonly ContentLanguage?: string | undefined;
  readonly Expires?: Date | undefined;
  readonly WebsiteRedirectLocation?: string | undefined;
}

/** `aws-chunked` is how the body travelled, not what it is. */
const withoutChunked = (coding: string | undefined): string | undefined => {
  const rest = coding
    ?.split(',')
    .map((one) => one.trim())
    .filter((one) => one !== 'aws-chunked' && one !== '')
    .join(',');
  return rest === '' ? undefined : rest;
};

/** The headers that an object keeps. */
export function readSystem(input: SystemHeaders, { origin }: S3Context): SystemMetadata {
  const redirect = input.WebsiteRedirectLocation;
  if (redirect !== undefined && !/^(\/|https?:\/\/)/.test(redirect))
    throw errors.argument("The website redirect location must have a prefix of 'http://' or 'https://' or '/'.");
  const contentEncoding = withoutChunked(input.ContentEncoding);
  const expires = input.Expires === undefined ? undefined : (origin.headers['expires'] ?? input.Expires.toUTCString());
  const system: { -readonly [Name in keyof SystemMetadata]: SystemMetadata[Name] } = {};
  if (input.ContentType !== undefined) system.contentType = input.ContentType;
  if (input.CacheControl !== undefined) system.cacheControl = input.CacheControl;
  if (input.ContentDisposition !== undefined) system.contentDisposition = input.ContentDisposition;
  if (contentEncoding !== undefined) system.contentEncoding = contentEncoding;
  if (input.ContentLanguage !== undefined) system.contentLanguage = input.ContentLanguage;
  if (expires !== undefined) system.expires = expires;
  if (redirect !== undefined) system.redirect = redirect;
  return system;
}

/** User metadata, names in lower case. Limit: 2 KB. */
export function readMetadata(metadata: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const read: Record<string, string> = {};
  let sizeBytes = 0;
  for (const [name, value] of Object.entries(metadata ?? {})) {
    sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    read[name.toLowerCase()] = value;
  }
  if (sizeBytes > limits.metadataMaxBytes) throw errors.metadataTooLarge(sizeBytes);
  return read;
}

/** Who will own a new object, and its list. Undefined: the owner alone. */
export function readObjectAcl(
  input: AclHeaders,
  context: S3Context,
  bucket: BucketRow,
): { readonly owner: string; readonly acl: readonly Grant[] | undefined } {
  const writer = context.caller.kind === 'service' ? bucket.account : context.caller.account;
  const parties = { owner: writer, bucketOwner: bucket.account, of: 'object' } as const;
  const asked = readAclHeaders(input, parties);
  if (bucket.ownership === 'BucketOwnerEnforced') {
    const harmless =
      asked === undefined || input.ACL === 'bucket-owner-full-control' || isOwnerOnly(asked, bucket.account);
    if (!harmless) throw errors.aclNotSupported();
    return { owner: bucket.account, acl: undefined };
  }
  if (asked?.some(isPublicGrant) === true && blockOf(context.state, bucket).blockPublicAcls)
    throw errors.accessDenied();
  if (bucket.ownership === 'BucketOwnerPreferred' && input.ACL === 'bucket-owner-full-control')
    return { owner: bucket.account, acl: undefined };
  return { owner: writer, acl: asked };
}

interface WriteConditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
}

/** Inside the transaction that writes. @throws PreconditionFailed, NoSuchKey, NotImplemented */
export function refuseByWriteCondition(input: WriteConditions, key: string, current: ObjectRow | undefined): void {
  const verdict = judgeWrite({ ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch }, current);
  if (verdict === 'go') return;
  if (verdict === 'missing') throw errors.noSuchKey(key);
  if ('unknown' in verdict) throw errors.headerNotImplemented(verdict.unknown, verdict.why);
  throw errors.preconditionFailed(verdict.failed);
}

/** ETag of what was taken: the MD5, unless the body is encrypted with a key of KMS or of the customer. */
export const etagOf = (
  taken: Taken,
  encryption: ObjectRow['encryption'],
  held: HeldKey | undefined,
  context: S3Context,
): string => (held === undefined && encryption.algorithm === 'AES256' ? taken.md5 : context.random.hex(32));

/** What every answer to a write says of the new object. */
export function shownWrite(bucket: BucketRow, row: ObjectRow) {
  const versionId = shownVersionId(bucket, row);
  const expiry = expiryOf(bucket.lifecycle, row);
  return {
    VersionId: versionId === 'null' ? undefined : versionId,
    Expiration: expiry && expirationHeader(expiry),
    ...shownEncryption(row, bucket),
  };
}

/** Inside a transaction: after an object was made, by whatever means. */
export function afterWrite(context: S3Context, bucket: BucketRow, row: ObjectRow, event: string, reason: string): void {
  planLifecycle(context, bucket, row);
  announce(context, bucket, {
    name: `ObjectCreated:${event}`,
    key: row.key,
    row,
    versionId: shownVersionId(bucket, row),
    reason,
  });
}

type Pieces = readonly CipherPiece[];

/**
 * Writes an object, or a new version of it.
 *
 * Limit: 5 GiB in one request; key 1,024 bytes, metadata 2 KB, 10 tags.
 * Default: class STANDARD, encryption of the bucket, checksum CRC64NVME.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export const PutObject: Operation<'PutObject'> = (input, context) =>
  writeObject(input, context, { event: 'Put', reason: 'PutObject' });

type WriteInput = Omit<Input<'PutObject'>, 'Body'> & { readonly Body?: unknown };

/** Takes the body in, then makes the version, in one transaction. Forms posted by browsers come here too. */
export function writeObject(
  input: WriteInput,
  context: S3Context,
  by: { readonly event: string; readonly reason: string; readonly judge?: (taken: Taken) => void },
): Output<'PutObject'> | Promise<Output<'PutObject'>> {
  const first = getBucket(input, context);
  checkKey(input.Key);
  if (input.WriteOffsetBytes !== undefined) throw errors.headerNotImplemented('x-amz-write-offset-bytes');
  const storageClass = readStorageClass(input.StorageClass);
  const { owner, acl } = readObjectAcl(input, context, first);
  const { retention, legalHold } = readLockHeaders(input, first.objectLock, context.clock.now());
  // Member by member: this is written once a request, and an object that others are spread into costs many times as much.
  const draft = {
    kind: 'object' as const,
    storageClass,
    system: readSystem(input, context),
    metadata: readMetadata(input.Metadata),
    owner,
    acl,
    tags: input.Tagging === undefined ? undefined : readTaggingHeader(input.Tagging),
    retention,
    legalHold,
    encryption: encryptionOf(input, first),
    zone: zoneFor(storageClass, first, context),
  };
  refuseByWriteCondition(input, input.Key, findCurrent(context.state, first, input.Key));
  const announced = readAnnounced(input, context, limits.putMaxBytes);
  const asksLock = input.ObjectLockMode !== undefined || input.ObjectLockLegalHoldStatus !== undefined;
  if (asksLock && announced.contentMd5 === undefined && announced.checksum === undefined && !announced.trailer)
    throw errors.invalidRequest(
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    );
  const held = customerKeyOf(input);
  const ciphered = held === undefined ? undefined : makeCipher(held, context);

  const store = (taken: Taken): Output<'PutObject'> => {
    by.judge?.(taken);
    const bucket = getBucket(input, context);
    refuseByWriteCondition(input, input.Key, findCurrent(context.state, bucket, input.Key));
    const pieces: Pieces | undefined =
      ciphered === undefined ? undefined : [{ sizeBytes: taken.sizeBytes, nonce: ciphered.nonce }];
    const row = addVersion(context, bucket, input.Key, {
      body: taken.body,
      sizeBytes: taken.sizeBytes,
      etag: etagOf(taken, draft.encryption, held, context),
      checksum: { type: 'FULL_OBJECT', ...taken.checksum },
      customerKey: held && pieces && { keyMd5: held.md5, pieces },
      ...draft,
    }) as ObjectRow;
    afterWrite(context, bucket, row, by.event, by.reason);
    return {
      ETag: `"${row.etag}"`,
      ChecksumType: 'FULL_OBJECT',
      ...shownChecksum(taken.checksum),
      ...shownWrite(bucket, row),
    };
  };
  const taken = takeBody(context, input.Body, announced, ciphered?.cipher);
  return taken instanceof Promise ? storeTaken(taken, context, store) : store(taken);
}

/** Stores what was taken in one transaction; a refusal gives the bytes back. */
export async function storeTaken<Answer>(
  taking: Promise<Taken>,
  context: S3Context,
  store: (taken: Taken) => Answer,
): Promise<Answer> {
  const taken = await taking;
  try {
    return await context.transact(() => store(taken));
  } catch (error) {
    await context.blobs.discard(taken.body);
    throw error;
  }
}
