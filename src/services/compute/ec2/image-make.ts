// Making images: of an instance, of snapshots, of another Region's image; and taking them away.
import type { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { findRegion } from '../../../kernel/region.ts';
import { type Instant, later } from '../../../kernel/units.ts';
import { encryptionOf } from './disk-setting.ts';
import { errors, kinds } from './errors.ts';
import { findImage, getImage, getOwnImage } from './image-find.ts';
import type { ImageMapping, ImageRow } from './image-state.ts';
import { rebootGuest } from './instance-guest.ts';
import { getInstance } from './instance.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { addSnapshot, copySeconds, dropSnapshot, getSnapshot, makeSnapshot, noVolume } from './snapshot-make.ts';
import { dropTags, putTags, tagsFor, tagsOf } from './tag.ts';
import { writtenBytes } from './volume-block.ts';
import { attachedTo } from './volume-make.ts';
import { typeLimits } from './volume-type.ts';
import { getVolume } from './volume.ts';

/** Unknown: AWS promises no time. An image is there when its snapshots are, and a little later. */
const imageSeconds = 5;

const nameForm = /^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/;

/** @throws InvalidAMIName.Malformed, InvalidAMIName.Duplicate */
function checkName({ state, account, region }: Ec2Context, name: string): void {
  if (!nameForm.test(name)) {
    throw errors.other(
      'InvalidAMIName.Malformed',
      "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'",
    );
  }
  const known = state.images.index('owner').first({ prefix: key(account, region, name) });
  if (known !== undefined) {
    throw errors.other('InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${known.id}`);
  }
}

function addImage(context: Ec2Context, row: ImageRow): ImageRow {
  const { state } = context;
  state.images.put(row);
  for (const { ebs } of row.mappings)
    if (ebs?.snapshotId !== undefined && state.snapshots.has(ebs.snapshotId))
      state.imageSnapshots.put({ snapshotId: ebs.snapshotId, imageId: row.id });
  return row;
}

const readMapping = ({ DeviceName = '', VirtualName, NoDevice, Ebs }: BlockDeviceMapping): ImageMapping => ({
  device: DeviceName,
  virtualName: VirtualName,
  noDevice: NoDevice,
  ebs:
    Ebs === undefined
      ? undefined
      : {
          snapshotId: Ebs.SnapshotId,
          sizeGib: Ebs.VolumeSize,
          type: Ebs.VolumeType ?? 'gp2',
          iops: Ebs.Iops,
          throughput: Ebs.Throughput,
          encrypted: Ebs.Encrypted,
          kmsKeyId: Ebs.KmsKeyId,
          deleteOnTermination: Ebs.DeleteOnTermination ?? true,
        },
});

const latest = (...instants: readonly (Instant | undefined)[]): Instant =>
  Math.max(...instants.map((one) => one ?? 0)) as Instant;

/**
 * Makes an image of an instance: a snapshot of each of its volumes. It reboots the instance first, unless `NoReboot` is set.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
 */
export const CreateImage: Operation<'CreateImage'> = (input, context) => {
  const { clock, ids, account, region } = context;
  const instance = getInstance(context, input.InstanceId);
  if (!['running', 'stopped', 'stopping'].includes(instance.state)) {
    throw errors.other(
      'IncorrectInstanceState',
      `The instance '${instance.id}' is not in a state from which an image can be made: ${instance.state}.`,
    );
  }
  checkName(context, input.Name);
  const imageTags = tagsFor(input.TagSpecifications, kinds.image, [kinds.snapshot]);
  const snapshotTags = tagsFor(input.TagSpecifications, kinds.snapshot, [kinds.image]);
  const id = ids.resource('ami');
  const overrides = new Map((input.BlockDeviceMappings ?? []).map((one) => [one.DeviceName, one]));
  let readyAt = clock.now();
  const mappings = attachedTo(context, instance.id).flatMap((attachment): ImageMapping[] => {
    const override = overrides.get(attachment.device);
    overrides.delete(attachment.device);
    if (override?.NoDevice !== undefined) return [];
    const volume = getVolume(context, attachment.volumeId);
    const snapshot = makeSnapshot(context, volume, `Created by CreateImage(${instance.id}) for ${id}`);
    if (snapshotTags.length > 0) putTags(context, snapshot.id, kinds.snapshot.type, snapshotTags);
    readyAt = latest(readyAt, snapshot.completesAt);
    const type = override?.Ebs?.VolumeType ?? volume.type;
    // What a volume has by its type and size is not written down: whoever asked for it again would be refused.
    const asked = type === volume.type ? typeLimits[volume.type] : undefined;
    const ebs = {
      snapshotId: snapshot.id,
      sizeGib: override?.Ebs?.VolumeSize ?? volume.sizeGib,
      type,
      iops: override?.Ebs?.Iops ?? (asked?.iops === undefined ? undefined : volume.iops),
      throughput: override?.Ebs?.Throughput ?? (asked?.throughput === undefined ? undefined : volume.throughput),
      encrypted: volume.encrypted,
      deleteOnTermination: override?.Ebs?.DeleteOnTermination ?? attachment.deleteOnTermination,
    };
    return [{ device: attachment.device, ebs }];
  });
  const added = [...overrides.values()].filter(({ NoDevice }) => NoDevice === undefined).map(readMapping);
  const source = findImage(context, instance.imageId);
  addImage(context, {
    id,
    account,
    region,
    name: input.Name,
    description: input.Description,
    location: `${account}/${input.Name}`,
    createdAt: clock.now(),
    availableAt: later(readyAt, imageSeconds),
    architecture: instance.architecture,
    virtualization: instance.virtualization,
    platform: instance.platform,
    platformDetails: instance.platformDetails,
    usageOperation: instance.usageOperation,
    rootDevice: instance.rootDevice,
    kernelId: instance.kernelId,
    ramdiskId: instance.ramdiskId,
    enaSupport: instance.enaSupport,
    sriov: instance.sriov,
    bootMode: instance.bootMode,
    tpmSupport: instance.tpmSupport === 'v2.0' ? 'v2.0' : undefined,
    imdsSupport: source?.imdsSupport,
    productCodes: instance.productCodes,
    isPublic: false,
    sharedWith: [],
    mappings: [...mappings, ...added],
    sourceInstanceId: instance.id,
    sourceImage: { id: instance.imageId, region },
    deregistrationProtection: 'disabled',
  });
  if (imageTags.length > 0) putTags(context, id, kinds.image.type, imageTags);
  if (instance.state === 'running' && input.NoReboot !== true) rebootGuest(context, instance);

  return { ImageId: id };
};

/**
 * Registers an image of snapshots that exist.
 *
 * Differs: images in S3 (instance store) are not launched any more by current types, and are refused.
 */
export const RegisterImage: Operation<'RegisterImage'> = (input, context) => {
  const { clock, ids, account, region } = context;
  checkName(context, input.Name);
  const tags = tagsFor(input.TagSpecifications, kinds.image);
  const given = input.BlockDeviceMappings ?? [];
  if (input.ImageLocation !== undefined && given.length === 0) {
    throw errors.unsupported('Images in Amazon S3 are not supported.');
  }
  if (input.RootDeviceName === undefined) throw errors.missingParameter('rootDeviceName');
  const root = given.find(({ DeviceName }) => DeviceName === input.RootDeviceName);
  if (root?.Ebs?.SnapshotId === undefined) {
    throw errors.other('InvalidBlockDeviceMapping', 'No root snapshot specified in device mapping.');
  }
  const mappings = given.map(readMapping).map((mapping): ImageMapping => {
    const { ebs } = mapping;
    if (ebs?.snapshotId === undefined) return mapping;
    const snapshot = getSnapshot(context, ebs.snapshotId);
    if (snapshot.state !== 'completed') throw errors.incorrectState(`Snapshot is in invalid state - ${snapshot.state}`);
    if (ebs.encrypted === false && snapshot.encrypted)
      throw errors.combination('The parameter Encrypted cannot be false for an encrypted snapshot.');
    return { ...mapping, ebs: { ...ebs, encrypted: snapshot.encrypted, sizeGib: ebs.sizeGib ?? snapshot.sizeGib } };
  });
  const row = addImage(context, {
    id: ids.resource('ami'),
    account,
    region,
    name: input.Name,
    description: input.Description,
    location: `${account}/${input.Name}`,
    createdAt: clock.now(),
    availableAt: clock.now(),
    architecture: input.Architecture ?? 'x86_64',
    virtualization: input.VirtualizationType === 'hvm' ? 'hvm' : 'paravirtual',
    platformDetails: 'Linux/UNIX',
    usageOperation: 'RunInstances',
    rootDevice: input.RootDeviceName,
    kernelId: input.KernelId,
    ramdiskId: input.RamdiskId,
    enaSupport: input.EnaSupport ?? false,
    sriov: input.SriovNetSupport,
    bootMode: input.BootMode,
    tpmSupport: input.TpmSupport,
    imdsSupport: input.ImdsSupport,
    uefiData: input.UefiData,
    productCodes: [],
    isPublic: false,
    sharedWith: [],
    mappings,
    deregistrationProtection: 'disabled',
  });
  if (tags.length > 0) putTags(context, row.id, kinds.image.type, tags);
  return { ImageId: row.id };
};

/** A copy of an image's disk: its snapshot is copied, and encrypted where that is asked for. */
function copyDisk(
  context: Ec2Context,
  source: ImageRow,
  imageId: string,
  mapping: ImageMapping,
  wanted: { encrypted?: boolean | undefined; kmsKeyId?: string | undefined },
) {
  const { ebs } = mapping;
  if (ebs === undefined) return { mapping, readyAt: context.clock.now() };
  const snapshot = ebs.snapshotId === undefined ? undefined : context.state.snapshots.find(ebs.snapshotId);
  const encryption = encryptionOf(
    context,
    // `false` asks for nothing: a copy of an encrypted disk is encrypted.
    {
      encrypted: wanted.encrypted === true || wanted.kmsKeyId !== undefined ? true : undefined,
      kmsKeyId: wanted.kmsKeyId,
    },
    {
      encrypted: snapshot?.encrypted ?? false,
      kmsKeyId: source.region === context.region ? snapshot?.kmsKeyId : undefined,
    },
  );
  const bytes = snapshot === undefined ? 0 : writtenBytes(context, snapshot.id);
  const copy = addSnapshot(context, {
    ...encryption,
    volumeId: noVolume,
    sizeGib: ebs.sizeGib ?? snapshot?.sizeGib ?? 8,
    description: `Copied for DestinationAmi ${imageId} from SourceAmi ${source.id} for SourceSnapshot ${ebs.snapshotId ?? ''}. Task created on ${context.clock.now()}.`,
    contentOf: snapshot?.id,
    completesAt: later(context.clock.now(), copySeconds(bytes)),
  });
  return {
    mapping: { ...mapping, ebs: { ...ebs, snapshotId: copy.id, encrypted: copy.encrypted, kmsKeyId: undefined } },
    readyAt: copy.completesAt,
  };
}

/**
 * Copies an image of this Region or another one into this Region.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CopyImage.html
 */
export const CopyImage: Operation<'CopyImage'> = (input, context) => {
  const { clock, ids, account, region } = context;
  if (input.DestinationOutpostArn !== undefined) throw errors.unsupported('Outposts are not supported.');
  if (findRegion(input.SourceRegion) === undefined) {
    throw errors.invalidValue(`Invalid source region: ${input.SourceRegion}`);
  }
  const source = getImage(context.elsewhere(account, input.SourceRegion), input.SourceImageId);
  if (source.availableAt > clock.now()) {
    throw errors.other('InvalidAMIID.Unavailable', `The image ID '${source.id}' is not available`);
  }
  checkName(context, input.Name);
  const imageTags = tagsFor(input.TagSpecifications, kinds.image, [kinds.snapshot]);
  const snapshotTags = tagsFor(input.TagSpecifications, kinds.snapshot, [kinds.image]);
  const id = ids.resource('ami');
  const disks = source.mappings.map((mapping) =>
    copyDisk(context, source, id, mapping, { encrypted: input.Encrypted, kmsKeyId: input.KmsKeyId }),
  );
  for (const { mapping } of disks) {
    if (mapping.ebs?.snapshotId !== undefined && snapshotTags.length > 0)
      putTags(context, mapping.ebs.snapshotId, kinds.snapshot.type, snapshotTags);
  }
  const {
    ownerAlias: _alias,
    deprecatedAt: _deprecated,
    disabled: _disabled,
    lastLaunchedAt: _launched,
    ...copied
  } = source;
  addImage(context, {
    ...copied,
    id,
    account,
    region,
    name: input.Name,
    description: input.Description ?? `[Copied ${source.id} from ${input.SourceRegion}] ${source.name}`,
    location: `${account}/${input.Name}`,
    createdAt: clock.now(),
    availableAt: later(latest(...disks.map(({ readyAt }) => readyAt)), imageSeconds),
    isPublic: false,
    sharedWith: [],
    mappings: disks.map(({ mapping }) => mapping),
    sourceInstanceId: undefined,
    sourceImage: { id: source.id, region: input.SourceRegion },
    deregistrationProtection: 'disabled',
  });
  const carried = input.CopyImageTags === true ? tagsOf(context.elsewhere(account, input.SourceRegion), source.id) : [];
  const tags = [
    ...carried.filter(({ Key = '' }) => !Key.startsWith('aws:') && !imageTags.some((one) => one.Key === Key)),
    ...imageTags,
  ];
  if (tags.length > 0) putTags(context, id, kinds.image.type, tags);
  return { ImageId: id };
};

/** Takes an image away. Its snapshots stay, unless they are asked to go with it; instances of it run on. */
export const DeregisterImage: Operation<'DeregisterImage'> = (input, context) => {
  const { state } = context;
  const row = getOwnImage(context, input.ImageId);
  if (row.deregistrationProtection !== 'disabled') {
    throw errors.operationNotPermitted(
      `Deregistration protection is enabled for the AMI ${row.id}. Disable it, and try again.`,
    );
  }
  state.images.delete(row.id);
  for (const viewer of [...row.sharedWith, ...(row.isPublic ? ['all'] : [])])
    state.imageShares.delete(key(viewer, row.region, row.id));
  dropTags(context, row.id);
  const snapshots = row.mappings.flatMap(({ ebs }) => ebs?.snapshotId ?? []);
  for (const snapshotId of snapshots) state.imageSnapshots.delete(key(snapshotId, row.id));
  if (input.DeleteAssociatedSnapshots !== true) return { Return: true };
  const DeleteSnapshotResults = snapshots.map((SnapshotId) => {
    const snapshot = state.snapshots.find(SnapshotId);
    if (snapshot === undefined) return { SnapshotId, ReturnCode: 'internal-error' as const };
    if (state.imageSnapshots.first({ prefix: key(SnapshotId) }) !== undefined)
      return { SnapshotId, ReturnCode: 'skipped' as const };
    dropSnapshot(context, snapshot);
    return { SnapshotId, ReturnCode: 'success' as const };
  });
  return { Return: true, DeleteSnapshotResults };
};
