// The messages of S3's event notifications, and EventBridge's form of them.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
import { canonicalId } from './account-id.ts';
import { bucketArn } from './bucket-find.ts';
import { encodeKey } from './listing.ts';
import type { S3Context } from './operation.ts';
import type { BucketRow, VersionRow } from './state.ts';

/** Something that happened to a version. */
export interface Happening {
  /** `ObjectCreated:Put`. */
  readonly name: string;
  readonly key: string;
  readonly row?: VersionRow | undefined;
  /** Shown where versioning was ever on. */
  readonly versionId?: string | undefined;
  /** EventBridge: the API that did it, or `Lifecycle Expiration`. */
  readonly reason?: string | undefined;
  readonly restore?: { readonly expiresAt: number; readonly storageClass: string } | undefined;
  /** Done by S3 itself, not by a caller. */
  readonly byService?: boolean | undefined;
}

/** `A3NL1KOZZKEXAMPLE`: how events name an account. */
const customerId = (account: string): string => `A${canonicalId(account).slice(0, 13).toUpperCase()}`;

const principalOf = ({ byService }: Happening, { caller }: S3Context, bucket: BucketRow): string => {
  if (byService === true)
    return caller.kind === 'service' ? `AmazonCustomer:${customerId(bucket.account)}` : 's3.amazonaws.com';
  if (caller.kind === 'anonymous') return 'Anonymous';
  return `AWS:${caller.userId}`;
};

/** Events on tags, ACLs and lifecycle have a later version of the structure, and no sequencer. */
const isLater = (name: string): boolean =>
  /^(ObjectTagging|ObjectAcl|LifecycleExpiration|LifecycleTransition|IntelligentTiering)/.test(name);
const hasSequencer = (name: string): boolean => !/^(ObjectTagging|ObjectAcl)/.test(name);

/** Greater for every later event of the same key: milliseconds, then the version's number. */
const sequencer = (now: number, row: VersionRow | undefined): string =>
  now.toString(16).toUpperCase().padStart(12, '0') + (row?.number ?? 0).toString(16).toUpperCase().padStart(6, '0');

const isRemoval = (name: string): boolean => /^(ObjectRemoved|LifecycleExpiration):Delete$/.test(name);

const emptyMd5 = 'd41d8cd98f00b204e9800998ecf8427e';

function objectPart({ name, key, row, versionId }: Happening, now: number) {
  const content = row?.kind === 'object' && !isRemoval(name) ? row : undefined;
  const withSize = content !== undefined && hasSequencer(name);
  return {
    key: encodeKey(key),
    ...(withSize ? { size: content.sizeBytes } : {}),
    ...(content === undefined ? {} : { eTag: content.etag }),
    ...(row?.kind === 'marker' && !isRemoval(name) ? { eTag: emptyMd5 } : {}),
    ...(versionId === undefined || versionId === 'null' ? {} : { versionId }),
    ...(hasSequencer(name) ? { sequencer: sequencer(now, row) } : {}),
  };
}

/** One element of `Records`. */
export function eventRecord(context: S3Context, bucket: BucketRow, happening: Happening, configurationId: string) {
  const { clock, requestId, origin } = context;
  const { name, restore } = happening;
  return {
    eventVersion: isLater(name) ? '2.3' : '2.1',
    eventSource: 'aws:s3',
    awsRegion: bucket.region,
    eventTime: new Date(clock.now()).toISOString(),
    eventName: name,
    userIdentity: { principalId: principalOf(happening, context, bucket) },
    requestParameters: { sourceIPAddress: origin.sourceIp },
    responseElements: { 'x-amz-request-id': requestId, 'x-amz-id-2': hostId(requestId) },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: {
        name: bucket.name,
        ownerIdentity: { principalId: customerId(bucket.account) },
        arn: bucketArn(bucket),
      },
      object: objectPart(happening, clock.now()),
    },
    ...(restore === undefined
      ? {}
      : {
          glacierEventData: {
            restoreEventData: {
              lifecycleRestorationExpiryTime: new Date(restore.expiresAt).toISOString(),
              lifecycleRestoreStorageClass: restore.storageClass,
            },
          },
        }),
  };
}

/** `x-amz-id-2`: follows from the request's ID. */
export const hostId = (requestId: string): string => canonicalId(requestId).slice(0, 44);

const detailTypes: readonly (readonly [RegExp, string])[] = [
  [/^ObjectCreated:/, 'Object Created'],
  [/^(ObjectRemoved|LifecycleExpiration):/, 'Object Deleted'],
  [/^ObjectRestore:Post$/, 'Object Restore Initiated'],
  [/^ObjectRestore:Completed$/, 'Object Restore Completed'],
  [/^ObjectRestore:Delete$/, 'Object Restore Expired'],
  [/^LifecycleTransition$/, 'Object Storage Class Changed'],
  [/^IntelligentTiering$/, 'Object Access Tier Changed'],
  [/^ObjectTagging:Put$/, 'Object Tags Added'],
  [/^ObjectTagging:Delete$/, 'Object Tags Deleted'],
  [/^ObjectAcl:Put$/, 'Object ACL Updated'],
];

/** The event as EventBridge gets it; undefined for what is not sent there. */
export function bridgeEvent(context: S3Context, bucket: BucketRow, happening: Happening) {
  const { name, key, row, versionId, reason, restore } = happening;
  const detailType = detailTypes.find(([form]) => form.test(name))?.[1];
  if (detailType === undefined) return undefined;
  const deletion = /^(ObjectRemoved|LifecycleExpiration):/.test(name);
  const content = row?.kind === 'object' && !deletion ? row : undefined;
  const created = name.startsWith('ObjectCreated:') || name.startsWith('ObjectRestore:');
  const detail = {
    version: '0',
    bucket: { name: bucket.name },
    object: {
      key,
      ...(content !== undefined && created ? { size: content.sizeBytes } : {}),
      ...(content === undefined ? {} : { etag: content.etag }),
      ...(versionId === undefined || versionId === 'null' ? {} : { 'version-id': versionId }),
      ...(hasSequencer(name) && !name.startsWith('ObjectRestore:')
        ? { sequencer: sequencer(context.clock.now(), row) }
        : {}),
    },
    'request-id': context.requestId,
    requester: happening.byService === true ? 's3.amazonaws.com' : context.caller.account,
    'source-ip-address': context.origin.sourceIp,
    ...(reason === undefined ? {} : { reason }),
    ...(deletion
      ? { 'deletion-type': name.endsWith('DeleteMarkerCreated') ? 'Delete Marker Created' : 'Permanently Deleted' }
      : {}),
    ...(restore === undefined
      ? {}
      : {
          'restore-expiry-time': new Date(restore.expiresAt).toISOString(),
          'source-storage-class': restore.storageClass,
        }),
  };
  return { detailType, detail };
}
