// Snapshots: a volume's content at an instant, kept apart from zones and restorable in all of the Region.
import type { Snapshot } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { findRegion } from '../../../kernel/region.ts';
import { later, secondsBetween, secondsPerMinute, toDate } from '../../../kernel/units.ts';
import { encryptionOf } from './disk-setting.ts';
import { errors, kinds, missing } from './errors.ts';
import { list } from './list.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { isLocked } from './snapshot-lock.ts';
import {
  addSnapshot,
  copySeconds,
  dropSnapshot,
  getOwnSnapshot,
  getSnapshot,
  makeSnapshot,
  noVolume,
} from './snapshot-make.ts';
import { canUse, isOpen, visibleSnapshots } from './snapshot-view.ts';
import { anyTagsOf, tagNew, tagsOf } from './tag.ts';
import { writtenBytes } from './volume-block.ts';
import { diskErrors } from './volume-error.ts';
import type { SnapshotRow } from './volume-state.ts';
import { getVolume } from './volume.ts';

const progressOf = (row: SnapshotRow, { clock }: Ec2Context): string => {
  if (row.state === 'completed') return '100%';
  if (row.completesAt === undefined) return '0%';
  const part = secondsBetween(row.startedAt, clock.now()) / secondsBetween(row.startedAt, row.completesAt);
  return `${Math.min(99, Math.floor(part * 100))}%`;
};

export const showSnapshot = (row: SnapshotRow, context: Ec2Context): Snapshot => ({
  SnapshotId: row.id,
  VolumeId: row.volumeId,
  VolumeSize: row.sizeGib,
  State: row.state,
  StartTime: toDate(row.startedAt),
  CompletionTime: row.state === 'completed' && row.completesAt !== undefined ? toDate(row.completesAt) : undefined,
  Progress: progressOf(row, context),
  OwnerId: row.account,
  Description: row.description,
  Encrypted: row.encrypted,
  KmsKeyId: row.kmsKeyId,
  StorageTier: row.tier,
  RestoreExpiryTime: row.restoreExpiresAt === undefined ? undefined : toDate(row.restoreExpiresAt),
  TransferType: row.transferType,
  CompletionDurationMinutes: row.completionMinutes,
  FullSnapshotSizeInBytes: row.state === 'completed' ? writtenBytes(context, row.id) : undefined,
  Tags: anyTagsOf(context, row.id),
});

/** As the answer to its making shows it: no progress yet. */
const showNew = (row: SnapshotRow, context: Ec2Context): Snapshot => {
  const { StorageTier: _tier, ...shown } = showSnapshot(row, context);
  return { ...shown, Progress: '', Tags: tagsOf(context, row.id) };
};

/**
 * Takes a snapshot of a volume, attached or not.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSnapshot.html
 */
export const CreateSnapshot: Operation<'CreateSnapshot'> = (input, context) => {
  if (input.OutpostArn !== undefined) throw errors.unsupported('Outposts are not supported.');
  const volume = getVolume(context, input.VolumeId);
  if (volume.state !== 'made') throw diskErrors.inState(volume.id, volume.state);
  const row = makeSnapshot(context, volume, input.Description ?? '');
  tagNew(context, kinds.snapshot, row.id, input.TagSpecifications);
  return showNew(row, context);
};

/**
 * Deletes a snapshot. Blocks that later snapshots of the volume share stay with them.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSnapshot.html
 */
export const DeleteSnapshot: Operation<'DeleteSnapshot'> = ({ SnapshotId }, context) => {
  const row = getOwnSnapshot(context, SnapshotId);
  if (isLocked(row, context)) throw diskErrors.snapshotLocked(row.id);
  const image = imageOf(context, row.id);
  if (image !== undefined) throw diskErrors.snapshotInUse(row.id, image);
  dropSnapshot(context, row);
  return {};
};

/** An image whose disks are made of a snapshot. */
const imageOf = ({ state }: Ec2Context, snapshotId: string): string | undefined =>
  state.imageSnapshots.first({ prefix: key(snapshotId) })?.imageId;

/** Limit: what `CompletionDurationMinutes` may be. */
const completionStepMinutes = 15;
const completionMaxMinutes = 2_880;

/**
 * Copies a snapshot of this Region or another one into this Region; a copy is whole and can have a key of its own.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CopySnapshot.html
 */
export const CopySnapshot: Operation<'CopySnapshot'> = (input, context) => {
  const { clock, region } = context;
  const { SourceRegion, SourceSnapshotId, CompletionDurationMinutes: minutes } = input;
  if (input.DestinationOutpostArn !== undefined || input.DestinationAvailabilityZone !== undefined)
    throw errors.unsupported('Copies to Outposts and Local Zones are not supported.');
  if (input.DestinationRegion !== undefined && input.DestinationRegion !== region)
    throw errors.invalidValue(`Value (${input.DestinationRegion}) for parameter destinationRegion is invalid.`);
  if (findRegion(SourceRegion) === undefined) throw errors.invalidValue(`Invalid region ${SourceRegion}`);
  if (
    minutes !== undefined &&
    (minutes < 15 || minutes > completionMaxMinutes || minutes % completionStepMinutes !== 0)
  )
    throw errors.valueOf(minutes, 'completionDurationMinutes', 'Expecting a multiple of 15 from 15 to 2880.');
  const source = context.state.snapshots.find(SourceSnapshotId);
  if (source === undefined || source.region !== SourceRegion || !canUse(context, source))
    throw missing(kinds.snapshot, SourceSnapshotId);
  if (source.state !== 'completed') throw diskErrors.snapshotState(source.id);
  if (source.tier === 'archive') throw diskErrors.archived(source.id);
  const own = { encrypted: input.Encrypted, kmsKeyId: input.KmsKeyId };
  const sameRegion = SourceRegion === region;
  // Another Region's key is of no use here: the copy takes this Region's default.
  const from = { encrypted: source.encrypted, kmsKeyId: sameRegion ? source.kmsKeyId : undefined };
  const encryption = encryptionOf(
    context,
    { ...own, encrypted: input.KmsKeyId === undefined ? own.encrypted : true },
    from,
  );
  const seconds = minutes === undefined ? copySeconds(writtenBytes(context, source.id)) : minutes * secondsPerMinute;
  const row = addSnapshot(context, {
    ...encryption,
    volumeId: noVolume,
    sizeGib: source.sizeGib,
    description: input.Description ?? '',
    contentOf: source.id,
    completesAt: later(clock.now(), seconds),
    transferType: minutes === undefined ? 'standard' : 'time-based',
    completionMinutes: minutes,
  });
  tagNew(context, kinds.snapshot, row.id, input.TagSpecifications);
  return { SnapshotId: row.id, Tags: tagsOf(context, row.id) };
};

type Who = readonly string[] | undefined;

const includesOwner = (owners: Who, row: SnapshotRow, account: string): boolean =>
  owners === undefined ||
  owners.length === 0 ||
  owners.some((owner) => row.account === (owner === 'self' ? account : owner));

/** `all`: public ones; `self` or an account: those that it may make volumes of because of a share, or owns. */
const isRestorableBy = (users: Who, row: SnapshotRow, context: Ec2Context): boolean =>
  users === undefined ||
  users.length === 0 ||
  users.some((user) => {
    if (user === 'all') return isOpen(context, row);
    const account = user === 'self' ? context.account : user;
    return row.account === account || row.sharedWith.includes(account);
  });

/** Snapshots of the account, shared with it, or public. */
export const DescribeSnapshots: Operation<'DescribeSnapshots'> = (input, context) => {
  const { state, account, region } = context;
  const isOwnOnly = input.OwnerIds?.every((owner) => owner === 'self' || owner === account) === true;
  const all = (): SnapshotRow[] =>
    isOwnOnly && input.OwnerIds?.length !== 0
      ? state.snapshots.index('owner').list({ prefix: key(account, region) })
      : visibleSnapshots(context);
  const fits = (row: SnapshotRow): boolean =>
    includesOwner(input.OwnerIds, row, account) && isRestorableBy(input.RestorableByUserIds, row, context);
  const asked = input.SnapshotIds ?? [];
  const { rows, NextToken } = list({ ...input, Filters: input.Filters }, context, {
    rows:
      asked.length > 0 ? [...new Set(asked)].map((id) => getSnapshot(context, id)).filter(fits) : all().filter(fits),
    id: (row) => row.id,
    kind: kinds.snapshot,
    filters: {
      'completion-time': (row) => (row.completesAt === undefined ? undefined : toDate(row.completesAt).toISOString()),
      description: (row) => row.description,
      encrypted: (row) => row.encrypted,
      'owner-alias': () => undefined,
      'owner-id': (row) => row.account,
      progress: (row) => progressOf(row, context),
      'snapshot-id': (row) => row.id,
      'start-time': (row) => toDate(row.startedAt).toISOString(),
      status: (row) => row.state,
      'storage-tier': (row) => row.tier,
      'transfer-type': (row) => row.transferType,
      'volume-id': (row) => row.volumeId,
      'volume-size': (row) => row.sizeGib,
    },
  });
  return { Snapshots: rows.map((row) => showSnapshot(row, context)), NextToken };
};
