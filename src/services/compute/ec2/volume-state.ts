// The data model of disks: volumes, their attachments, snapshots, and the blocks that both are made of.
//
// Blocks are rows of their own, one for each 512 KiB that was ever written, so an empty volume costs nothing. A snapshot copies the
// volume's rows, not its bytes: every row names a blob, and a blob goes when no row names it any more. That is what makes snapshots
// incremental: two of the same volume share the blobs of all blocks that did not change between them.
import { key } from '../../../kernel/key.ts';
import { table } from '../../../kernel/table.ts';
import type { BlobRef } from '../../../kernel/blobs.ts';
import type { Instant } from '../../../kernel/units.ts';

export const volumeTypes = ['gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard'] as const;
export type VolumeType = (typeof volumeTypes)[number];

/** What a modification changes, before and after. */
export interface VolumeShape {
  readonly sizeGib: number;
  readonly type: VolumeType;
  /** Undefined for types whose IOPS nobody asks for or is told of (st1, sc1, standard). */
  readonly iops?: number | undefined;
  /** MiB/s; gp3 only. */
  readonly throughput?: number | undefined;
  readonly multiAttach: boolean;
}

export interface VolumeRow extends VolumeShape {
  readonly id: string;
  /** Name of the zone, as the account calls it. */
  readonly zone: string;
  readonly zoneId: string;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string | undefined;
  readonly snapshotId?: string | undefined;
  readonly sourceVolumeId?: string | undefined;
  readonly initializationRate?: number | undefined;
  readonly fastRestored: boolean;
  /** `available` and `in-use` are told apart by the attachments. */
  readonly state: 'creating' | 'made' | 'deleting' | 'error';
  readonly createdAt: Instant;
  readonly autoEnableIo: boolean;
  /** When the recent modifications began, oldest first; those older than a day are forgotten. */
  readonly modifiedAt: readonly Instant[];
}

export interface VolumeAttachmentRow {
  readonly volumeId: string;
  readonly instanceId: string;
  /** `/dev/sdf`, `xvdf`, as given. */
  readonly device: string;
  readonly state: 'attaching' | 'attached' | 'detaching';
  readonly attachedAt: Instant;
  readonly deleteOnTermination: boolean;
}

/** What is asked of a volume from an instant on. */
export interface VolumeLoadRow {
  readonly volumeId: string;
  readonly from: Instant;
  readonly attached: boolean;
  /** To what; with Multi-Attach the first of them. */
  readonly instanceId?: string | undefined;
  readonly iops: number;
  /** KiB of one I/O. */
  readonly ioKib: number;
}

/** The latest modification of a volume. States and progress follow from the instants. */
export interface VolumeModificationRow {
  readonly volumeId: string;
  readonly from: VolumeShape;
  readonly to: VolumeShape;
  readonly startedAt: Instant;
  /** From here on the new values hold, and the volume is `optimizing`. */
  readonly optimizingAt: Instant;
  readonly completedAt: Instant;
}

export interface SnapshotLock {
  readonly mode: 'compliance' | 'governance';
  readonly createdAt: Instant;
  /** From here on: when the snapshot was complete. */
  readonly startsAt: Instant;
  readonly expiresAt: Instant;
  readonly days: number;
  readonly coolOffHours?: number | undefined;
  readonly coolOffEndsAt?: Instant | undefined;
}

export interface SnapshotTiering {
  readonly operation: 'archival' | 'permanent-restore' | 'temporary-restore';
  readonly startedAt: Instant;
  readonly completesAt: Instant;
  readonly temporaryDays?: number | undefined;
}

export interface SnapshotRow {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  /** `vol-ffffffff` for one that was copied or written block by block. */
  readonly volumeId: string;
  readonly sizeGib: number;
  readonly description: string;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string | undefined;
  readonly state: 'pending' | 'completed' | 'error';
  readonly startedAt: Instant;
  /** When it is or was complete; undefined while somebody writes its blocks. */
  readonly completesAt?: Instant | undefined;
  /** Written through the direct APIs: how long it may stay `pending` without a request. */
  readonly writing?:
    | { readonly timeoutMinutes: number; readonly expiresAt: Instant; readonly parentId?: string | undefined }
    | undefined;
  readonly isPublic: boolean;
  /** Accounts that may make volumes of it. */
  readonly sharedWith: readonly string[];
  readonly tier: 'standard' | 'archive';
  readonly tiering?: SnapshotTiering | undefined;
  readonly archivedAt?: Instant | undefined;
  readonly restoreExpiresAt?: Instant | undefined;
  readonly lock?: SnapshotLock | undefined;
  readonly transferType?: 'standard' | 'time-based' | undefined;
  readonly completionMinutes?: number | undefined;
}

/** Who sees a snapshot that is not his own. */
export interface SnapshotShareRow {
  /** An account, or `all`. */
  readonly viewer: string;
  readonly region: string;
  readonly snapshotId: string;
}

export interface BlockRow {
  /** Volume or snapshot. */
  readonly diskId: string;
  readonly index: number;
  /** Without the zeros at its end. */
  readonly blob: BlobRef;
  /** Base64 SHA-256 of all 512 KiB. */
  readonly checksum: string;
}

export interface FastRestoreRow {
  readonly snapshotId: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly enablingAt: Instant;
  readonly optimizingAt: Instant;
  readonly enabledAt: Instant;
  readonly disablingAt?: Instant | undefined;
}

/** One row: what an account chose for its disks in a Region. */
export interface DiskSettingsRow {
  readonly id: 'disks';
  readonly encryptByDefault: boolean;
  readonly kmsKeyId?: string | undefined;
  readonly blockPublicSharing: 'unblocked' | 'block-all-sharing' | 'block-new-sharing';
}

export const diskTables = {
  volumes: table<VolumeRow>()({
    key: (row) => row.id,
    indexes: { snapshot: (row: VolumeRow) => (row.snapshotId === undefined ? undefined : key(row.snapshotId)) },
  }),
  volumeAttachments: table<VolumeAttachmentRow>()({
    key: (row) => key(row.volumeId, row.instanceId),
    indexes: { instance: (row: VolumeAttachmentRow) => key(row.instanceId, row.device) },
  }),
  volumeLoads: table<VolumeLoadRow>()({ key: (row) => key(row.volumeId, row.from) }),
  volumeModifications: table<VolumeModificationRow>()({ key: (row) => row.volumeId }),
  /** Shared between accounts and copied between Regions, so they lie above both. */
  snapshots: table<SnapshotRow>()({
    key: (row) => row.id,
    scope: 'cloud',
    indexes: {
      owner: (row: SnapshotRow) => key(row.account, row.region),
      volume: (row: SnapshotRow) => key(row.volumeId, row.startedAt),
    },
  }),
  snapshotShares: table<SnapshotShareRow>()({
    key: (row) => key(row.viewer, row.region, row.snapshotId),
    scope: 'cloud',
  }),
  blocks: table<BlockRow>()({ key: (row) => key(row.diskId, row.index), scope: 'cloud' }),
  fastRestores: table<FastRestoreRow>()({ key: (row) => key(row.snapshotId, row.zone) }),
  diskSettings: table<DiskSettingsRow>()({ key: (row) => row.id }),
};
