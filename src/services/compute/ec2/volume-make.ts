// Making volumes, for whoever needs one: `CreateVolume`, the launch of an instance, a restore.
//
// A launch calls `launchVolumes` with the image's and the request's block device mappings, and is done: root and data volumes are
// there, `in-use`, attached. The end of an instance calls `releaseVolumes`. What an instance shows is `deviceMappingsOf`.
import type { BlockDeviceMapping, InstanceBlockDeviceMapping, Tag } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { encryptionOf } from './disk-setting.ts';
import { errors, kinds, missing } from './errors.ts';
import type { Ec2Context } from './operation.ts';
import { canUse } from './snapshot-view.ts';
import { dropTags, putTags } from './tag.ts';
import { copyBlocks, dropBlocks } from './volume-block.ts';
import { checkDevice } from './volume-device.ts';
import { diskErrors } from './volume-error.ts';
import { noteLoad } from './volume-load.ts';
import type { SnapshotRow, VolumeAttachmentRow, VolumeRow } from './volume-state.ts';
import { shapeOf, type WantedShape } from './volume-type.ts';

export interface VolumePlace {
  /** Name of the zone, and its ID. */
  readonly zone: string;
  readonly zoneId: string;
}

export interface NewVolume extends VolumePlace, Omit<WantedShape, 'sizeGib'> {
  /** Default: the snapshot's. */
  readonly sizeGib?: number | undefined;
  readonly encrypted?: boolean | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly snapshotId?: string | undefined;
  readonly initializationRate?: number | undefined;
  /** An image names its snapshot; of AWS's own images only AWS sees it, and the volume starts empty. */
  readonly ofImage?: boolean | undefined;
  /** Attached from its first moment on, so that it is never `creating`. */
  readonly born?: boolean | undefined;
}

/** Unknown: AWS states no times; these are as clients see them. */
const createSeconds = 2;
const detachSeconds = 3;

/** The snapshot that a volume is made of: complete, in this Region, and one's own, shared or public. */
export function snapshotFor(context: Ec2Context, id: string): SnapshotRow {
  const row = context.state.snapshots.find(id);
  if (row === undefined || row.region !== context.region || !canUse(context, row)) throw missing(kinds.snapshot, id);
  if (row.state !== 'completed') throw diskErrors.snapshotState(id);
  if (row.tier === 'archive') throw diskErrors.archived(id);
  return row;
}

/** Makes a volume, with the content of its snapshot. It is `available` two seconds later, unless it was born attached. */
export function makeVolume(context: Ec2Context, wanted: NewVolume): VolumeRow {
  const { state, clock, ids, jobs } = context;
  const known = wanted.snapshotId === undefined ? undefined : state.snapshots.find(wanted.snapshotId);
  // Who may launch an image need not be able to use its snapshots otherwise.
  const snapshot =
    wanted.snapshotId === undefined || wanted.ofImage === true ? known : snapshotFor(context, wanted.snapshotId);
  const sizeGib = wanted.sizeGib ?? snapshot?.sizeGib;
  if (sizeGib === undefined) throw diskErrors.sizeMissing();
  if (snapshot !== undefined && sizeGib < snapshot.sizeGib)
    throw diskErrors.smallerThanSnapshot(sizeGib, snapshot.id, snapshot.sizeGib);
  const source = snapshot && { encrypted: snapshot.encrypted, kmsKeyId: snapshot.kmsKeyId };
  const row: VolumeRow = {
    ...shapeOf({ ...wanted, sizeGib }),
    ...encryptionOf(context, wanted, source),
    id: ids.resource('vol'),
    zone: wanted.zone,
    zoneId: wanted.zoneId,
    snapshotId: wanted.snapshotId,
    initializationRate: wanted.initializationRate,
    fastRestored: snapshot !== undefined && isFast(context, snapshot.id, wanted.zone),
    state: wanted.born === true ? 'made' : 'creating',
    createdAt: clock.now(),
    autoEnableIo: false,
    modifiedAt: [],
  };
  state.volumes.put(row);
  if (snapshot !== undefined) copyBlocks(context, snapshot.id, row.id);
  if (row.state === 'creating') jobs.at(later(clock.now(), createSeconds), 'volumeMade', { id: row.id });
  return row;
}

const isFast = ({ state, clock }: Ec2Context, snapshotId: string, zone: string): boolean => {
  const row = state.fastRestores.find(key(snapshotId, zone));
  return row !== undefined && row.disablingAt === undefined && row.enabledAt <= clock.now();
};

export function volumeMade({ id }: { readonly id: string }, { state }: Ec2Context): void {
  const row = state.volumes.find(id);
  if (row?.state === 'creating') state.volumes.put({ ...row, state: 'made' });
}

/** Takes a volume away with its content and tags, at once. */
export function dropVolume(context: Ec2Context, id: string): void {
  const { state } = context;
  state.volumes.delete(id);
  state.volumeModifications.delete(id);
  state.volumeLoads.deleteAll({ prefix: key(id) });
  state.volumeAttachments.deleteAll({ prefix: key(id) });
  dropBlocks(context, id);
  dropTags(context, id);
}

/** The attachments of a volume: one, or several with Multi-Attach. */
export const attachmentsOf = ({ state }: Ec2Context, volumeId: string): VolumeAttachmentRow[] =>
  state.volumeAttachments.list({ prefix: key(volumeId) });

/** What is attached to an instance, by device name. */
export const attachedTo = ({ state }: Ec2Context, instanceId: string): VolumeAttachmentRow[] =>
  state.volumeAttachments.index('instance').list({ prefix: key(instanceId) });

export interface Launch extends VolumePlace {
  readonly instanceId: string;
  /** `/dev/xvda`. */
  readonly rootDevice?: string | undefined;
  /** Mappings of the image. */
  readonly image: readonly BlockDeviceMapping[];
  /** Mappings of the request (or launch template), which change the image's and add to them. */
  readonly wanted?: readonly BlockDeviceMapping[] | undefined;
  /** Tags that the request gives to volumes. */
  readonly tags?: readonly Tag[] | undefined;
}

/**
 * Mappings of a launch: the image's, changed and added to by the request's. `NoDevice` takes one away. Pure.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-device-mapping-concepts.html
 */
export function mergeMappings(
  image: readonly BlockDeviceMapping[],
  wanted: readonly BlockDeviceMapping[] = [],
): BlockDeviceMapping[] {
  const merged = new Map(image.map((mapping) => [mapping.DeviceName ?? '', mapping]));
  const named = new Set<string>();
  for (const mapping of wanted) {
    const device = mapping.DeviceName ?? '';
    if (device === '') throw errors.missingParameter('deviceName');
    if (named.has(device))
      throw errors.other(
        'InvalidBlockDeviceMapping',
        `The device '${device}' is used in more than one block-device mapping`,
      );
    named.add(device);
    if (mapping.NoDevice !== undefined) {
      merged.delete(device);
      continue;
    }
    if (mapping.Ebs === undefined && mapping.VirtualName === undefined) throw errors.missingParameter('ebs');
    merged.set(device, { ...mapping, Ebs: mapping.Ebs && { ...merged.get(device)?.Ebs, ...mapping.Ebs } });
  }
  return [...merged.values()];
}

/**
 * Makes and attaches the volumes of a new instance; they are `in-use` at once.
 * Default: `DeleteOnTermination` is true for what is made at launch, root or data, unless a mapping says otherwise.
 * @throws AWS's errors for sizes, types and snapshots, before anything is written, when called in the launch's transaction.
 */
export function launchVolumes(context: Ec2Context, launch: Launch): VolumeAttachmentRow[] {
  const imageSizes = new Map(launch.image.map(({ DeviceName, Ebs }) => [DeviceName, Ebs]));
  const made: VolumeAttachmentRow[] = [];
  for (const { DeviceName = '', Ebs } of mergeMappings(launch.image, launch.wanted)) {
    if (Ebs === undefined) continue; // An instance store volume: no disk that outlives the instance.
    if (DeviceName !== launch.rootDevice) checkDevice(DeviceName);
    if (Ebs.VolumeSize === undefined && Ebs.SnapshotId === undefined)
      throw errors.missingParameter('size or snapshotId');
    const ofImage = imageSizes.get(DeviceName);
    const sameSnapshot = Ebs.SnapshotId !== undefined && Ebs.SnapshotId === ofImage?.SnapshotId;
    const least = sameSnapshot ? ofImage?.VolumeSize : undefined;
    if (least !== undefined && Ebs.VolumeSize !== undefined && Ebs.VolumeSize < least)
      throw diskErrors.smallerThanSnapshot(Ebs.VolumeSize, Ebs.SnapshotId ?? '', least);
    const sameType = Ebs.VolumeType === undefined || Ebs.VolumeType === ofImage?.VolumeType;
    const volume = makeVolume(context, {
      zone: launch.zone,
      zoneId: launch.zoneId,
      sizeGib: Ebs.VolumeSize,
      type: Ebs.VolumeType,
      // The image's own figures do not go with another type.
      iops: sameType || Ebs.Iops !== ofImage?.Iops ? Ebs.Iops : undefined,
      throughput: sameType || Ebs.Throughput !== ofImage?.Throughput ? Ebs.Throughput : undefined,
      encrypted: Ebs.Encrypted === true ? true : undefined,
      kmsKeyId: Ebs.KmsKeyId,
      snapshotId: Ebs.SnapshotId,
      initializationRate: Ebs.VolumeInitializationRate,
      ofImage: sameSnapshot,
      born: true,
    });
    if (launch.tags !== undefined && launch.tags.length > 0)
      putTags(context, volume.id, kinds.volume.type, launch.tags);
    const attachment: VolumeAttachmentRow = {
      volumeId: volume.id,
      instanceId: launch.instanceId,
      device: DeviceName,
      state: 'attached',
      attachedAt: context.clock.now(),
      deleteOnTermination: Ebs.DeleteOnTermination ?? true,
    };
    context.state.volumeAttachments.put(attachment);
    noteLoad(context, volume.id);
    made.push(attachment);
  }
  return made;
}

/** When an instance is terminated: its volumes go with it, or are `available` a moment later, as each attachment says. */
export function releaseVolumes(context: Ec2Context, instanceId: string): void {
  for (const row of attachedTo(context, instanceId)) {
    const isLast = attachmentsOf(context, row.volumeId).length === 1;
    if (row.deleteOnTermination && isLast) dropVolume(context, row.volumeId);
    else startDetach(context, row);
  }
}

/** A detached volume is free three seconds later. */
export function startDetach({ state, clock, jobs }: Ec2Context, row: VolumeAttachmentRow): VolumeAttachmentRow {
  const detaching: VolumeAttachmentRow = { ...row, state: 'detaching' };
  state.volumeAttachments.put(detaching);
  jobs.at(later(clock.now(), detachSeconds), 'volumeDetached', { volumeId: row.volumeId, instanceId: row.instanceId });
  return detaching;
}

interface AttachmentName {
  readonly volumeId: string;
  readonly instanceId: string;
}

export function volumeDetached({ volumeId, instanceId }: AttachmentName, context: Ec2Context): void {
  const { state } = context;
  const row = state.volumeAttachments.find(key(volumeId, instanceId));
  if (row?.state !== 'detaching') return;
  state.volumeAttachments.delete(key(volumeId, instanceId));
  noteLoad(context, volumeId);
}

/** `BlockDeviceMappings` as instances show them. */
export const deviceMappingsOf = (context: Ec2Context, instanceId: string): InstanceBlockDeviceMapping[] =>
  attachedTo(context, instanceId).map((row) => ({
    DeviceName: row.device,
    Ebs: {
      AttachTime: toDate(row.attachedAt),
      DeleteOnTermination: row.deleteOnTermination,
      Status: row.state,
      VolumeId: row.volumeId,
    },
  }));

/** For `ModifyInstanceAttribute`: whether the volume on a device goes with its instance. */
export function setDeleteOnTermination(context: Ec2Context, instanceId: string, device: string, value: boolean): void {
  const row = attachedTo(context, instanceId).find((one) => one.device === device);
  if (row === undefined)
    throw errors.other('InvalidInstanceAttributeValue', `No device is currently mapped at ${device}`);
  context.state.volumeAttachments.put({ ...row, deleteOnTermination: value });
}
