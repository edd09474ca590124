// The rows of S3: buckets, versions of objects, uploads and their parts, named configurations. Read this first.
//
// Bucket names are unique in a partition, and callers of any account reach them, so all tables are the cloud's. A version's row stands at
// (bucket, key, newest first): its number counts per key, so that no counter is written, and the version ID carries it (`version-id.ts`).
import type {
  CORSRule,
  LoggingEnabled,
  NotificationConfiguration,
  ReplicationConfiguration,
  WebsiteConfiguration,
} from '@aws-sdk/client-s3';
import type { CreateJobRequest, StorageLensConfiguration } from '@aws-sdk/client-s3-control';
import type { BlobRef } from '../../../kernel/blobs.ts';
import { key } from '../../../kernel/key.ts';
import { type StateOf, table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';
import type { ChecksumAlgorithm } from '../../../kernel/checksum.ts';
import type { Grant } from './acl.ts';
import type { LifecycleConfiguration } from './lifecycle-rule.ts';
import type { LockMode, LockRule } from './lock.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export type Ownership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';

export interface PublicAccessBlock {
  readonly blockPublicAcls: boolean;
  readonly ignorePublicAcls: boolean;
  readonly blockPublicPolicy: boolean;
  readonly restrictPublicBuckets: boolean;
}

/** Encryption at rest, of a bucket's default or of one object. */
export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  readonly kmsKeyId?: string | undefined;
  readonly bucketKey?: boolean | undefined;
}

export interface BucketRow {
  readonly partition: string;
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly createdAt: Instant;
  readonly acl: readonly Grant[];
  /** Undefined after `DeleteBucketOwnershipControls`, which means `ObjectWriter`. */
  readonly ownership?: Ownership | undefined;
  readonly publicAccessBlock?: PublicAccessBlock | undefined;
  /** Undefined: never set, and once set it never is undefined again. */
  readonly versioning?: 'Enabled' | 'Suspended' | undefined;
  readonly mfaDelete?: 'Enabled' | 'Disabled' | undefined;
  readonly objectLock?: { readonly rule?: LockRule | undefined } | undefined;
  readonly encryption?: Encryption | undefined;
  /** JSON text as it was put. */
  readonly policy?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
  readonly cors?: readonly CORSRule[] | undefined;
  readonly lifecycle?: LifecycleConfiguration | undefined;
  /** When lifecycle acts next, and the job that does it. */
  readonly lifecycleRun?: { readonly at: Instant; readonly job: string } | undefined;
  readonly notification?: NotificationConfiguration | undefined;
  readonly logging?: LoggingEnabled | undefined;
  readonly website?: WebsiteConfiguration | undefined;
  readonly replication?: ReplicationConfiguration | undefined;
  readonly accelerate?: 'Enabled' | 'Suspended' | undefined;
  readonly payer?: 'Requester' | 'BucketOwner' | undefined;
}

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base 64; a COMPOSITE one ends in `-` and the number of parts. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

export interface ObjectPart {
  readonly number: number;
  readonly sizeBytes: number;
  readonly checksum?: string | undefined;
}

/** The headers that an object keeps for who reads it. */
export interface SystemMetadata {
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly expires?: string | undefined;
  readonly redirect?: string | undefined;
}

/** One stretch of bytes that was encrypted by itself, with AES-256 in counter mode. */
export interface CipherPiece {
  readonly sizeBytes: number;
  /** The counter at its first byte, 16 bytes. */
  readonly nonce: Uint8Array;
}

/** Of an object encrypted with the customer's key (SSE-C): never the key itself. */
export interface CustomerKey {
  /** Base 64 of the key's MD5, which the customer sends again for every read. */
  readonly keyMd5: string;
  /** One, or as many as the upload had parts. */
  readonly pieces: readonly CipherPiece[];
}

export interface RestoreState {
  readonly tier: 'Expedited' | 'Standard' | 'Bulk';
  /** Undefined while the restore goes on. */
  readonly expiresAt?: Instant | undefined;
  /** For how long the copy will be there. */
  readonly days: number;
}

interface VersionBase {
  readonly partition: string;
  readonly bucket: string;
  readonly key: string;
  /** Counts up per key. */
  readonly number: number;
  /** `null` when the bucket's versioning was off or suspended. */
  readonly versionId: string;
  readonly latest: boolean;
  readonly modifiedAt: Instant;
  /** The account that owns it. */
  readonly owner: string;
  /** When another version took its place. */
  readonly noncurrentAt?: Instant | undefined;
}

export interface DeleteMarkerRow extends VersionBase {
  readonly kind: 'marker';
}

export interface ObjectRow extends VersionBase {
  readonly kind: 'object';
  readonly body: BlobRef;
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  readonly storageClass: string;
  readonly system: SystemMetadata;
  readonly metadata: Readonly<Record<string, string>>;
  readonly acl?: readonly Grant[] | undefined;
  readonly tags?: readonly Tag[] | undefined;
  readonly checksum?: StoredChecksum | undefined;
  /** Of an object that was uploaded in parts. */
  readonly parts?: readonly ObjectPart[] | undefined;
  readonly encryption: Encryption;
  readonly customerKey?: CustomerKey | undefined;
  readonly retention?: { readonly mode: LockMode; readonly until: Instant } | undefined;
  readonly legalHold?: boolean | undefined;
  readonly restore?: RestoreState | undefined;
  /** Intelligent-Tiering: last read or write, from which its tier follows. */
  readonly accessedAt?: Instant | undefined;
  /** The zone that holds a One Zone-IA object. */
  readonly zone?: string | undefined;
}

export type VersionRow = ObjectRow | DeleteMarkerRow;

export interface UploadRow {
  readonly partition: string;
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly initiatedAt: Instant;
  readonly initiatorArn: string;
  readonly owner: string;
  readonly storageClass: string;
  readonly system: SystemMetadata;
  readonly metadata: Readonly<Record<string, string>>;
  readonly acl?: readonly Grant[] | undefined;
  readonly tags?: readonly Tag[] | undefined;
  /** Asked for at the start; undefined means that S3 chose CRC64NVME. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE';
  readonly encryption: Encryption;
  readonly customerKeyMd5?: string | undefined;
  readonly retention?: { readonly mode: LockMode; readonly until: Instant } | undefined;
  readonly legalHold?: boolean | undefined;
  /** The key changed since the upload began: a conditional completion answers 409. */
  readonly conflicted?: boolean | undefined;
}

export interface PartRow {
  readonly uploadId: string;
  readonly number: number;
  readonly body: BlobRef;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedAt: Instant;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
  readonly customerKey?: CustomerKey | undefined;
}

export type ConfigurationKind = 'metrics' | 'analytics' | 'inventory' | 'intelligent-tiering';

/** One of the configurations of which a bucket has many, by ID; `value` has the shape of the SDK. */
export interface ConfigurationRow {
  readonly partition: string;
  readonly bucket: string;
  readonly kind: ConfigurationKind;
  readonly id: string;
  readonly value: object;
  /** The next inventory report. */
  readonly job?: string | undefined;
}

/** One line of the server access log that waits for its delivery. */
export interface LogLineRow {
  readonly partition: string;
  readonly bucket: string;
  readonly number: number;
  readonly at: Instant;
  readonly line: string;
}

/** A named door to a bucket, with a policy of its own (S3 Control). */
export interface AccessPointRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly alias: string;
  readonly partition: string;
  readonly bucket: string;
  readonly bucketAccount: string;
  readonly createdAt: Instant;
  readonly vpcId?: string | undefined;
  readonly publicAccessBlock: PublicAccessBlock;
  readonly policy?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
}

export type BatchStatus =
  | 'New'
  | 'Preparing'
  | 'Suspended'
  | 'Ready'
  | 'Active'
  | 'Completing'
  | 'Complete'
  | 'Cancelled'
  | 'Failed';

/** One object of a batch job that is done or has failed. */
export interface BatchResult {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  /** Undefined when it succeeded. */
  readonly error?: { readonly code: string; readonly status: number; readonly message: string } | undefined;
}

/** Work on many objects (S3 Control, S3 Batch Operations). */
export interface BatchJobRow {
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly token: string;
  /** As it was asked for: operation, manifest or generator, report, description. */
  readonly request: CreateJobRequest;
  readonly priority: number;
  readonly status: BatchStatus;
  readonly statusReason?: string | undefined;
  readonly createdAt: Instant;
  readonly suspendedAt?: Instant | undefined;
  readonly activeAt?: Instant | undefined;
  readonly endedAt?: Instant | undefined;
  readonly failure?: { readonly code: string; readonly reason: string } | undefined;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly tags: readonly Tag[];
}

/** One object that a batch job has yet to treat, or has treated. */
export interface BatchTaskRow extends BatchResult {
  readonly jobId: string;
  readonly number: number;
}

/** A Storage Lens dashboard (S3 Control): kept, with its tags. */
export interface LensRow {
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly configuration: StorageLensConfiguration;
  readonly tags: readonly Tag[];
}

/** What holds for all buckets of an account. */
export interface AccountRow {
  readonly account: string;
  readonly publicAccessBlock: PublicAccessBlock;
}

/** Greater than any version number, so that newer ones come first. */
const newestFirst = (number: number): number => Number.MAX_SAFE_INTEGER - number;

export const keyOfBucket = (bucket: { partition: string; name: string }): string => key(bucket.partition, bucket.name);

export const keyOfVersion = (row: { partition: string; bucket: string; key: string; number: number }): string =>
  key(row.partition, row.bucket, row.key, newestFirst(row.number));

export const keyOfUpload = (row: UploadRow): string =>
  key(row.partition, row.bucket, row.key, row.initiatedAt, row.uploadId);

export const s3State = {
  buckets: table<BucketRow>()({
    key: keyOfBucket,
    scope: 'cloud',
    indexes: { account: (bucket) => key(bucket.account, bucket.partition, bucket.name) },
  }),
  versions: table<VersionRow>()({
    key: keyOfVersion,
    scope: 'cloud',
    indexes: {
      /** What a listing shows. */
      current: (row) => (row.latest && row.kind === 'object' ? key(row.partition, row.bucket, row.key) : undefined),
      /** Null versions that others have covered, to be found without a walk. */
      coveredNull: (row) =>
        !row.latest && row.versionId === 'null' ? key(row.partition, row.bucket, row.key) : undefined,
    },
  }),
  uploads: table<UploadRow>()({
    key: keyOfUpload,
    scope: 'cloud',
    indexes: { id: (upload) => key(upload.uploadId) },
  }),
  parts: table<PartRow>()({ key: (part) => key(part.uploadId, part.number), scope: 'cloud' }),
  configurations: table<ConfigurationRow>()({
    key: (row) => key(row.partition, row.bucket, row.kind, row.id),
    scope: 'cloud',
  }),
  accessPoints: table<AccessPointRow>()({
    key: (row) => key(row.account, row.region, row.name),
    scope: 'cloud',
    indexes: {
      alias: (row) => key(row.alias),
      bucket: (row) => key(row.partition, row.bucket),
    },
  }),
  batchJobs: table<BatchJobRow>()({
    key: (job) => key(job.account, job.region, job.id),
    scope: 'cloud',
    indexes: {
      created: (job) => key(job.account, job.region, job.createdAt),
      token: (job) => key(job.account, job.region, job.token),
    },
  }),
  batchTasks: table<BatchTaskRow>()({ key: (task) => key(task.jobId, task.number), scope: 'cloud' }),
  lenses: table<LensRow>()({ key: (lens) => key(lens.account, lens.region, lens.id), scope: 'cloud' }),
  accounts: table<AccountRow>()({ key: (row) => row.account, scope: 'cloud' }),
  logLines: table<LogLineRow>()({ key: (row) => key(row.partition, row.bucket, row.number), scope: 'cloud' }),
};

export type S3State = StateOf<typeof s3State>;
