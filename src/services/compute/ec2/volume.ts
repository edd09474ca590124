// Volumes: disks that live in one zone, apart from the instances that use them.
import type { Volume, VolumeAttachment } from '@aws-sdk/client-ec2';
import { findZone } from '../../../kernel/region.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { errors, get, kinds } from './errors.ts';
import { list } from './list.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { anyTagsOf, dropTags, tagNew, tagsOf } from './tag.ts';
import { dropBlocks } from './volume-block.ts';
import { diskErrors } from './volume-error.ts';
import { attachmentsOf, dropVolume, makeVolume } from './volume-make.ts';
import type { VolumeAttachmentRow, VolumeRow } from './volume-state.ts';

/** Unknown: AWS states no time; this is as clients see it. */
const deleteSeconds = 2;

export const getVolume = ({ state }: Ec2Context, id: string): VolumeRow => get(state.volumes, kinds.volume, id);

/** `in-use` is a volume with an attachment, also one that is coming or going. */
export const volumeState = (row: VolumeRow, attachments: readonly VolumeAttachmentRow[]) =>
  row.state !== 'made' ? row.state : attachments.length > 0 ? 'in-use' : 'available';

export const showAttachment = (row: VolumeAttachmentRow): VolumeAttachment => ({
  VolumeId: row.volumeId,
  InstanceId: row.instanceId,
  Device: row.device,
  State: row.state,
  AttachTime: toDate(row.attachedAt),
  DeleteOnTermination: row.deleteOnTermination,
});

export function showVolume(row: VolumeRow, context: Ec2Context): Volume {
  const attachments = attachmentsOf(context, row.id);
  return {
    VolumeId: row.id,
    Size: row.sizeGib,
    SnapshotId: row.snapshotId ?? '',
    SourceVolumeId: row.sourceVolumeId,
    AvailabilityZone: row.zone,
    AvailabilityZoneId: row.zoneId,
    State: volumeState(row, attachments),
    CreateTime: toDate(row.createdAt),
    VolumeType: row.type,
    Iops: row.iops,
    Throughput: row.throughput,
    Encrypted: row.encrypted,
    KmsKeyId: row.kmsKeyId,
    MultiAttachEnabled: row.multiAttach,
    FastRestored: row.fastRestored ? true : undefined,
    VolumeInitializationRate: row.initializationRate,
    Attachments: attachments.map(showAttachment),
    Tags: anyTagsOf(context, row.id),
  };
}

/**
 * Makes a volume in one zone, empty or with the content of a snapshot.
 *
 * Limit: sizes, IOPS and throughput by type. Default: `gp2`; with a snapshot, its size.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html
 */
export const CreateVolume: Operation<'CreateVolume'> = (input, context) => {
  const named = input.AvailabilityZone ?? input.AvailabilityZoneId;
  if (named === undefined) throw errors.missingParameter('AvailabilityZone');
  if (input.AvailabilityZone !== undefined && input.AvailabilityZoneId !== undefined)
    throw errors.combination('The parameters AvailabilityZone and AvailabilityZoneId cannot be used together');
  if (input.OutpostArn !== undefined) throw errors.unsupported('Outposts are not supported.');
  const zone = findZone(named, context.region, context.account);
  if (zone === undefined) throw diskErrors.zoneNotFound(named);
  if (input.VolumeInitializationRate !== undefined)
    checkInitialization(input.VolumeInitializationRate, input.SnapshotId);
  const row = makeVolume(context, {
    zone: zone.name,
    zoneId: zone.id,
    sizeGib: input.Size,
    type: input.VolumeType,
    iops: input.Iops,
    throughput: input.Throughput,
    multiAttach: input.MultiAttachEnabled,
    encrypted: input.Encrypted,
    kmsKeyId: input.KmsKeyId,
    snapshotId: input.SnapshotId === '' ? undefined : input.SnapshotId,
    initializationRate: input.VolumeInitializationRate,
  });
  tagNew(context, kinds.volume, row.id, input.TagSpecifications);
  return { ...showVolume(row, context), Tags: tagsOf(context, row.id) };
};

/** MiB/s at which a snapshot's content is fetched. */
function checkInitialization(rate: number, snapshotId: string | undefined): void {
  if (snapshotId === undefined || snapshotId === '')
    throw errors.combination('The parameter VolumeInitializationRate requires the parameter SnapshotId');
  if (rate < 100 || rate > 300)
    throw errors.valueOf(rate, 'volumeInitializationRate', 'Expecting a value from 100 to 300.');
}

/** Deletes a volume that no instance has. It is `deleting` for a moment, and then nobody sees it. */
export const DeleteVolume: Operation<'DeleteVolume'> = ({ VolumeId }, context) => {
  const { state, clock, jobs } = context;
  const row = getVolume(context, VolumeId);
  const attached = attachmentsOf(context, row.id)[0];
  if (attached !== undefined) throw diskErrors.attachedTo(row.id, attached.instanceId);
  if (row.state === 'creating') throw diskErrors.inState(row.id, 'creating');
  if (row.state === 'deleting') return {};
  state.volumes.put({ ...row, state: 'deleting' });
  dropBlocks(context, row.id);
  dropTags(context, row.id);
  jobs.at(later(clock.now(), deleteSeconds), 'volumeGone', { id: row.id });
  return {};
};

export function volumeGone({ id }: { readonly id: string }, context: Ec2Context): void {
  dropVolume(context, id);
}

export const DescribeVolumes: Operation<'DescribeVolumes'> = (input, context) => {
  const attachments = (row: VolumeRow): VolumeAttachmentRow[] => attachmentsOf(context, row.id);
  const { rows, NextToken } = list(input, context, {
    rows: context.state.volumes,
    id: (row) => row.id,
    ids: input.VolumeIds,
    kind: kinds.volume,
    filters: {
      'attachment.attach-time': (row) => attachments(row).map(({ attachedAt }) => toDate(attachedAt).toISOString()),
      'attachment.delete-on-termination': (row) =>
        attachments(row).map(({ deleteOnTermination }) => deleteOnTermination),
      'attachment.device': (row) => attachments(row).map(({ device }) => device),
      'attachment.instance-id': (row) => attachments(row).map(({ instanceId }) => instanceId),
      'attachment.status': (row) => attachments(row).map(({ state }) => state),
      'availability-zone': (row) => row.zone,
      'availability-zone-id': (row) => row.zoneId,
      'create-time': (row) => toDate(row.createdAt).toISOString(),
      encrypted: (row) => row.encrypted,
      'fast-restored': (row) => row.fastRestored,
      'multi-attach-enabled': (row) => row.multiAttach,
      'operator.managed': () => false,
      'operator.principal': () => undefined,
      size: (row) => row.sizeGib,
      'snapshot-id': (row) => row.snapshotId ?? '',
      'source-volume-id': (row) => row.sourceVolumeId,
      status: (row) => volumeState(row, attachments(row)),
      'volume-id': (row) => row.id,
      'volume-type': (row) => row.type,
    },
  });
  return { Volumes: rows.map((row) => showVolume(row, context)), NextToken };
};
