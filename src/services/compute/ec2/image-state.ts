// Images: rows of one's own, and the form in which public ones are read from their table.
import { key } from '../../../kernel/key.ts';
import { table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';

export interface ImageDisk {
  readonly snapshotId?: string | undefined;
  readonly sizeGib?: number | undefined;
  readonly type?: string | undefined;
  readonly iops?: number | undefined;
  readonly throughput?: number | undefined;
  /** Undefined when the request said nothing of it. */
  readonly encrypted?: boolean | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly deleteOnTermination: boolean;
}

export interface ImageMapping {
  readonly device: string;
  readonly virtualName?: string | undefined;
  readonly noDevice?: string | undefined;
  readonly ebs?: ImageDisk | undefined;
}

export interface ImageRow {
  readonly id: string;
  /** The owner. */
  readonly account: string;
  readonly region: string;
  readonly ownerAlias?: string | undefined;
  readonly name: string;
  readonly description?: string | undefined;
  readonly location: string;
  readonly createdAt: Instant;
  /** Until then it is `pending`. */
  readonly availableAt: Instant;
  readonly architecture: string;
  readonly virtualization: 'hvm' | 'paravirtual';
  readonly platform?: 'windows' | undefined;
  readonly platformDetails: string;
  readonly usageOperation: string;
  readonly rootDevice?: string | undefined;
  readonly kernelId?: string | undefined;
  readonly ramdiskId?: string | undefined;
  readonly enaSupport: boolean;
  readonly sriov?: string | undefined;
  readonly bootMode?: 'legacy-bios' | 'uefi' | 'uefi-preferred' | undefined;
  readonly tpmSupport?: 'v2.0' | undefined;
  readonly imdsSupport?: 'v2.0' | undefined;
  readonly uefiData?: string | undefined;
  readonly productCodes: readonly { readonly id: string; readonly type: 'marketplace' | 'devpay' }[];
  readonly isPublic: boolean;
  /** Accounts, ARNs of organizations and of units that may launch it. */
  readonly sharedWith: readonly string[];
  readonly mappings: readonly ImageMapping[];
  readonly sourceInstanceId?: string | undefined;
  readonly sourceImage?: { readonly id: string; readonly region: string } | undefined;
  readonly deprecatedAt?: Instant | undefined;
  readonly disabled?: boolean | undefined;
  /** `disabled`, `enabled-without-cooldown`, `enabled-with-cooldown`, `disabled-until …`. */
  readonly deregistrationProtection: string;
  readonly lastLaunchedAt?: Instant | undefined;
}

/** Who may launch an image that is not his own. */
export interface ImageShareRow {
  /** An account, or `all`. */
  readonly viewer: string;
  readonly region: string;
  readonly imageId: string;
}

/** Which image is made of which snapshot: that one cannot be deleted. */
export interface ImageSnapshotRow {
  readonly snapshotId: string;
  readonly imageId: string;
}

/** One row: what an account chose for its images in a Region. */
export interface ImageSettingsRow {
  readonly id: 'images';
  readonly blockPublicSharing: 'unblocked' | 'block-new-sharing';
}

export const imageTables = {
  /** Shared between accounts and copied between Regions, so they lie above both. */
  images: table<ImageRow>()({
    key: (row) => row.id,
    scope: 'cloud',
    indexes: { owner: (row: ImageRow) => key(row.account, row.region, row.name) },
  }),
  imageSnapshots: table<ImageSnapshotRow>()({ key: (row) => key(row.snapshotId, row.imageId), scope: 'cloud' }),
  imageSettings: table<ImageSettingsRow>()({ key: (row) => row.id }),
  imageShares: table<ImageShareRow>()({ key: (row) => key(row.viewer, row.region, row.imageId), scope: 'cloud' }),
};
