// What `ec2` says when it refuses something about disks.
import { errorsOf } from '../../../kernel/errors.ts';
import type { Sdk } from './operation.ts';

const page = 'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html';
const { unmodelled } = errorsOf<Sdk>();
const refusal = <Args extends unknown[]>(code: string, message: (...args: Args) => string) =>
  unmodelled(code, 400, page, message);

export const diskErrors = {
  // values of volumes
  unknownType: refusal('UnknownVolumeType', (type: string) => `Unsupported volume type '${type}' for volume creation.`),
  sizeMissing: refusal('MissingParameter', () => 'The request must contain the parameter size/snapshot'),
  sizeLow: refusal(
    'InvalidParameterValue',
    (size: number, least: number) => `Volume of ${size}GiB is too small; minimum is ${least}GiB.`,
  ),
  sizeHigh: refusal(
    'InvalidParameterValue',
    (size: number, most: number) => `Volume of ${size}GiB is too large; maximum is ${most}GiB.`,
  ),
  smallerThanSnapshot: refusal(
    'InvalidBlockDeviceMapping',
    (size: number, snapshot: string, least: number) =>
      `Volume of size ${size}GB is smaller than snapshot '${snapshot}', expect size >= ${least}GB`,
  ),
  notForType: refusal(
    'InvalidParameterCombination',
    (parameter: string, type: string) => `The parameter ${parameter} is not supported for ${type} volumes.`,
  ),
  iopsMissing: refusal('MissingParameter', () => 'The request must contain the parameter iops'),
  rateLow: refusal(
    'InvalidParameterValue',
    (what: string, value: number, least: number) => `Volume ${what} of ${value} is too low; minimum is ${least}.`,
  ),
  rateHigh: refusal(
    'InvalidParameterValue',
    (what: string, value: number, most: number) => `Volume ${what} of ${value} is too high; maximum is ${most}.`,
  ),
  iopsRatio: refusal(
    'InvalidParameterValue',
    (ratio: number, most: number) => `Iops to volume size ratio of ${ratio.toFixed(6)} is too high; maximum is ${most}`,
  ),
  throughputRatio: refusal(
    'InvalidParameterValue',
    (ratio: number, most: number) =>
      `Throughput (MiBps) to iops ratio of ${ratio.toFixed(6)} is too high; maximum is ${most.toFixed(6)} MiBps per iops`,
  ),
  zoneNotFound: refusal('InvalidZone.NotFound', (zone: string) => `The zone '${zone}' does not exist.`),
  unencrypted: refusal(
    'InvalidParameterDependency',
    () => 'The parameter KmsKeyId requires the parameter Encrypted to be set.',
  ),
  keyMalformed: refusal('InvalidParameterValue', (id: string) => `The KmsKeyId '${id}' is malformed`),
  encryptedSource: refusal(
    'InvalidParameterValue',
    () => 'The encrypted flag cannot be turned off since the source is encrypted.',
  ),

  // attachments
  zoneMismatch: refusal(
    'InvalidVolume.ZoneMismatch',
    (volume: string, instance: string) =>
      `The volume '${volume}' is not in the same availability zone as instance '${instance}'`,
  ),
  notRunning: refusal('IncorrectState', (instance: string) => `Instance '${instance}' is not 'running'.`),
  notAvailable: refusal('IncorrectState', (volume: string) => `${volume} is not 'available'.`),
  alreadyAttached: refusal('VolumeInUse', (volume: string) => `${volume} is already attached to an instance`),
  attachedTo: refusal(
    'VolumeInUse',
    (volume: string, instance: string) => `Volume ${volume} is currently attached to ${instance}`,
  ),
  inState: refusal(
    'IncorrectState',
    (volume: string, state: string) => `Volume '${volume}' is in the '${state}' state.`,
  ),
  attachmentMissing: refusal(
    'InvalidAttachment.NotFound',
    (volume: string, instance: string) => `The volume '${volume}' is not attached to instance '${instance}'.`,
  ),
  deviceMismatch: refusal(
    'InvalidAttachment.NotFound',
    (volume: string, instance: string, device: string) =>
      `The volume '${volume}' is not attached to instance '${instance}' as device '${device}'.`,
  ),
  rootVolume: refusal(
    'OperationNotPermitted',
    (device: string, instance: string) => `Unable to detach root volume '${device}' from instance '${instance}'`,
  ),
  whichInstance: refusal(
    'InvalidParameterCombination',
    (volume: string) => `The volume '${volume}' has several attachments: InstanceId must be given.`,
  ),
  deviceTaken: refusal(
    'InvalidParameterValue',
    (device: string) => `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
  ),
  deviceName: refusal(
    'InvalidParameterValue',
    (device: string) => `Value (${device}) for parameter device is invalid. ${device} is not a valid EBS device name.`,
  ),
  attachmentLimit: refusal(
    'AttachmentLimitExceeded',
    (most: number) => `The maximum number of attachments (${most}) has been exceeded.`,
  ),
  multiAttachLimit: refusal(
    'VolumeInUse',
    (volume: string, most: number) => `${volume} is already attached to ${most} instances`,
  ),

  // modifications
  shrink: refusal('InvalidParameterValue', () => 'New size cannot be smaller than existing size'),
  modifying: refusal(
    'IncorrectModificationState',
    (volume: string, state: string) =>
      `Volume ${volume} in '${state}' modification state. Cannot modify volume in this state.`,
  ),
  modificationRate: refusal(
    'VolumeModificationRateExceeded',
    () =>
      "You've reached the maximum modification rate per volume limit. A volume can be modified at most 4 times in 24 hours.",
  ),
  neverModified: refusal(
    'InvalidVolumeModification.NotFound',
    (volume: string) => `Modification for volume '${volume}' does not exist.`,
  ),

  // snapshots
  snapshotInUse: refusal(
    'InvalidSnapshot.InUse',
    (snapshot: string, image: string) => `The snapshot ${snapshot} is currently in use by ${image}`,
  ),
  notOwner: refusal('OperationNotPermitted', (snapshot: string) => `You do not own the snapshot '${snapshot}'.`),
  snapshotState: refusal('IncorrectState', (snapshot: string) => `Snapshot '${snapshot}' is not 'completed'.`),
  snapshotLocked: refusal('SnapshotLocked', (snapshot: string) => `Snapshot ${snapshot} is locked.`),
  archived: refusal('IncorrectState', (snapshot: string) => `Snapshot '${snapshot}' is archived.`),
  snapshotQuota: refusal(
    'SnapshotLimitExceeded',
    () => 'The maximum number of snapshots that can be created has been reached.',
  ),
  tooManyPending: refusal(
    'ConcurrentSnapshotLimitExceeded',
    (volume: string) => `Maximum allowed in-progress snapshots for a single volume exceeded. (${volume})`,
  ),
  publicBlocked: refusal(
    'OperationNotPermitted',
    () => 'You can’t publicly share snapshots while block public access for snapshots is enabled.',
  ),
  shareDefaultKey: refusal('OperationNotPermitted', () => 'Encrypted snapshots with EBS default key cannot be shared'),
  sharePublicEncrypted: refusal('OperationNotPermitted', () => 'Encrypted snapshots cannot be shared publicly'),
};
