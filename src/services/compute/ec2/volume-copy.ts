// Clones: a volume with the content of another one, in the same zone and at once.
// @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-copying-volume.html
import { kinds } from './errors.ts';
import type { Operation } from './operation.ts';
import { tagNew } from './tag.ts';
import { copyBlocks } from './volume-block.ts';
import { diskErrors } from './volume-error.ts';
import { makeVolume } from './volume-make.ts';
import { getVolume, showVolume } from './volume.ts';

/** Default: size and encryption of the source, type `gp2`. */
export const CopyVolumes: Operation<'CopyVolumes'> = (input, context) => {
  const source = getVolume(context, input.SourceVolumeId);
  if (source.state !== 'made') throw diskErrors.inState(source.id, source.state);
  const sizeGib = input.Size ?? source.sizeGib;
  if (sizeGib < source.sizeGib) throw diskErrors.shrink();
  const made = makeVolume(context, {
    zone: source.zone,
    zoneId: source.zoneId,
    sizeGib,
    type: input.VolumeType,
    iops: input.Iops,
    throughput: input.Throughput,
    multiAttach: input.MultiAttachEnabled,
    encrypted: source.encrypted ? true : input.Encrypted,
    kmsKeyId: input.KmsKeyId ?? source.kmsKeyId,
  });
  const row = { ...made, sourceVolumeId: source.id };
  context.state.volumes.put(row);
  copyBlocks(context, source.id, row.id);
  tagNew(context, kinds.volume, row.id, input.TagSpecifications);
  return { Volumes: [showVolume(row, context)] };
};
