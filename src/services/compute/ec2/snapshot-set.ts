// Snapshots of all volumes of an instance, of one instant.
// @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSnapshots.html
import type { SnapshotInfo } from '@aws-sdk/client-ec2';
import { toDate } from '../../../kernel/units.ts';
import { errors, kinds } from './errors.ts';
import { getLiving } from './instance.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { makeSnapshot } from './snapshot-make.ts';
import { putTags, tagNew, tagsOf } from './tag.ts';
import { attachedTo } from './volume-make.ts';
import type { SnapshotRow, VolumeRow } from './volume-state.ts';
import { getVolume } from './volume.ts';

const showInfo = (row: SnapshotRow, context: Ec2Context): SnapshotInfo => ({
  SnapshotId: row.id,
  VolumeId: row.volumeId,
  VolumeSize: row.sizeGib,
  Description: row.description,
  Encrypted: row.encrypted,
  State: row.state,
  Progress: '',
  StartTime: toDate(row.startedAt),
  OwnerId: row.account,
  Tags: tagsOf(context, row.id),
});

/** The volumes that are meant: all but the boot volume and data volumes that the request leaves out. */
function chosen(
  context: Ec2Context,
  instanceId: string,
  { isBootOut, without }: { readonly isBootOut: boolean; readonly without: readonly string[] },
): VolumeRow[] {
  const instance = getLiving(context, instanceId);
  const there = attachedTo(context, instance.id);
  const boot = there.find(({ device }) => device === instance.rootDevice)?.volumeId;
  if (boot !== undefined && without.includes(boot))
    throw errors.invalidValue(`The volume '${boot}' is the boot volume: use ExcludeBootVolume.`);
  for (const id of without) {
    if (there.every(({ volumeId }) => volumeId !== id))
      throw errors.invalidValue(`The volume '${id}' is not attached to instance '${instance.id}'.`);
  }
  return there
    .map(({ volumeId }) => volumeId)
    .filter((id) => !(isBootOut && id === boot) && !without.includes(id))
    .map((id) => getVolume(context, id));
}

export const CreateSnapshots: Operation<'CreateSnapshots'> = (input, context) => {
  const { InstanceId, ExcludeBootVolume, ExcludeDataVolumeIds } = input.InstanceSpecification;
  if (input.OutpostArn !== undefined) throw errors.unsupported('Outposts are not supported.');
  if (InstanceId === undefined) throw errors.missingParameter('InstanceId');
  const volumes = chosen(context, InstanceId, {
    isBootOut: ExcludeBootVolume === true,
    without: ExcludeDataVolumeIds ?? [],
  });
  if (volumes.length === 0) throw errors.invalidValue('No volumes are left to take snapshots of.');
  const rows = volumes.map((volume) => {
    const row = makeSnapshot(context, volume, input.Description ?? '');
    if (input.CopyTagsFromSource === 'volume') {
      const own = tagsOf(context, volume.id).filter(({ Key = '' }) => !Key.startsWith('aws:'));
      if (own.length > 0) putTags(context, row.id, kinds.snapshot.type, own);
    }
    tagNew(context, kinds.snapshot, row.id, input.TagSpecifications);
    return row;
  });
  return { Snapshots: rows.map((row) => showInfo(row, context)) };
};
