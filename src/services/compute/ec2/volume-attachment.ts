// Attaching volumes to instances of their zone, and taking them away again.
// @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-attaching-volume.html
import { key } from '../../../kernel/key.ts';
import { later } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import type { InstanceRow } from './instance-state.ts';
import { findType } from './instance-type.ts';
import { getLiving } from './instance.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { checkDevice } from './volume-device.ts';
import { diskErrors } from './volume-error.ts';
import { noteLoad } from './volume-load.ts';
import { attachedTo, attachmentsOf, startDetach } from './volume-make.ts';
import type { VolumeAttachmentRow, VolumeRow } from './volume-state.ts';
import { getVolume, showAttachment } from './volume.ts';

/** Unknown: AWS states no time; this is as clients see it. */
const attachSeconds = 2;
/** Limit: instances that share a volume with Multi-Attach. */
const sharersMax = 16;
/** Limit: volumes of an instance, where its type says nothing else. */
const volumesPerInstance = 28;

/** Which volumes an instance may take: those of its zone, as many as its type has room for. */
function checkPlace(context: Ec2Context, volume: VolumeRow, instance: InstanceRow, device: string): void {
  if (volume.zoneId !== instance.zoneId) throw diskErrors.zoneMismatch(volume.id, instance.id);
  if (instance.state !== 'running' && instance.state !== 'stopped') throw diskErrors.notRunning(instance.id);
  const there = attachedTo(context, instance.id);
  if (there.some((row) => row.device === device)) throw diskErrors.deviceTaken(device);
  const most = findType(instance.type)?.EbsInfo?.MaximumEbsAttachments ?? volumesPerInstance;
  if (there.length >= most) throw diskErrors.attachmentLimit(most);
}

/** A volume that is free, or that several instances may share. */
function checkFree(context: Ec2Context, volume: VolumeRow, instance: InstanceRow): void {
  if (volume.state !== 'made') throw diskErrors.notAvailable(volume.id);
  const there = attachmentsOf(context, volume.id);
  if (there.length === 0) return;
  if (!volume.multiAttach || there.some(({ instanceId }) => instanceId === instance.id))
    throw diskErrors.alreadyAttached(volume.id);
  if (there.length >= sharersMax) throw diskErrors.multiAttachLimit(volume.id, sharersMax);
}

/**
 * Gives an instance a volume. It is `attaching` for two seconds.
 *
 * Default: the volume outlives the instance. Limit: one instance, or sixteen with Multi-Attach, all of the volume's zone.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachVolume.html
 */
export const AttachVolume: Operation<'AttachVolume'> = ({ VolumeId, InstanceId, Device }, context) => {
  const { state, clock, jobs } = context;
  const volume = getVolume(context, VolumeId);
  const instance = getLiving(context, InstanceId);
  checkFree(context, volume, instance);
  if (Device !== instance.rootDevice) checkDevice(Device);
  checkPlace(context, volume, instance, Device);
  if (volume.multiAttach && findType(instance.type)?.Hypervisor === 'xen')
    throw errors.unsupported('Multi-Attach is supported for instances of the Nitro System only.');
  const row: VolumeAttachmentRow = {
    volumeId: volume.id,
    instanceId: instance.id,
    device: Device,
    state: 'attaching',
    attachedAt: clock.now(),
    deleteOnTermination: false,
  };
  state.volumeAttachments.put(row);
  const { volumeId, instanceId } = row;
  jobs.at(later(clock.now(), attachSeconds), 'volumeAttached', { volumeId, instanceId });
  return showAttachment(row);
};

type AttachmentName = Pick<VolumeAttachmentRow, 'volumeId' | 'instanceId'>;

export function volumeAttached({ volumeId, instanceId }: AttachmentName, context: Ec2Context): void {
  const { state } = context;
  const row = state.volumeAttachments.find(key(volumeId, instanceId));
  if (row?.state !== 'attaching') return;
  state.volumeAttachments.put({ ...row, state: 'attached' });
  noteLoad(context, volumeId);
}

/** The attachment that a request means; one needs no instance's ID to be named. */
function findAttachment(context: Ec2Context, volume: VolumeRow, instanceId: string | undefined): VolumeAttachmentRow {
  const there = attachmentsOf(context, volume.id);
  const first = there[0];
  if (first === undefined) throw diskErrors.inState(volume.id, volume.state === 'made' ? 'available' : volume.state);
  if (instanceId === undefined && there.length > 1) throw diskErrors.whichInstance(volume.id);
  const row = instanceId === undefined ? first : there.find((one) => one.instanceId === instanceId);
  if (row === undefined) throw diskErrors.attachmentMissing(volume.id, instanceId ?? '');
  return row;
}

/** Takes a volume from an instance. The root volume of one that runs stays; a volume on its way out is on its way out. */
export const DetachVolume: Operation<'DetachVolume'> = ({ VolumeId, InstanceId, Device }, context) => {
  const volume = getVolume(context, VolumeId);
  if (InstanceId !== undefined) getLiving(context, InstanceId);
  const row = findAttachment(context, volume, InstanceId);
  if (Device !== undefined && Device !== row.device) throw diskErrors.deviceMismatch(volume.id, row.instanceId, Device);
  const instance = context.state.instances.find(row.instanceId);
  if (instance !== undefined && instance.state !== 'stopped' && row.device === instance.rootDevice)
    throw diskErrors.rootVolume(row.device, instance.id);
  return showAttachment(row.state === 'detaching' ? row : startDetach(context, row));
};
