// What is asked of volumes: a load is said by tags of the volume, `hakoniwa:iops` and `hakoniwa:io-kib`, and holds while it is attached.
// Each change is kept with its time, so that credits and metrics of any moment can be worked out later.
import { key } from '../../../kernel/key.ts';
import type { Ec2Context } from './operation.ts';
import type { VolumeLoadRow } from './volume-state.ts';

const iopsTag = 'hakoniwa:iops';
const sizeTag = 'hakoniwa:io-kib';
/** Default: KiB of one I/O. */
const ioKib = 16;

/** A tag that says nothing sensible is passed over: a tag is anybody's text. */
function numberOf({ state }: Ec2Context, volumeId: string, name: string): number | undefined {
  const text = state.tags.find(key(volumeId, name))?.value ?? '';
  const number = Number(text);
  return text.trim() !== '' && Number.isFinite(number) && number >= 0 ? number : undefined;
}

export const loadsOf = ({ state }: Pick<Ec2Context, 'state'>, volumeId: string): VolumeLoadRow[] =>
  state.volumeLoads.list({ prefix: key(volumeId) });

/** Looks again at what is asked of a volume: its tags are others, or it was attached or detached. */
export function noteLoad(context: Ec2Context, volumeId: string): void {
  const { state, clock } = context;
  if (!state.volumes.has(volumeId)) return;
  const attachments = state.volumeAttachments.list({ prefix: key(volumeId) });
  const attachment = attachments.find((row) => row.state === 'attached' || row.state === 'detaching');
  const attached = attachment !== undefined;
  const row: VolumeLoadRow = {
    volumeId,
    from: clock.now(),
    attached,
    instanceId: attachment?.instanceId,
    iops: attached ? (numberOf(context, volumeId, iopsTag) ?? 0) : 0,
    ioKib: numberOf(context, volumeId, sizeTag) ?? ioKib,
  };
  const [last] = state.volumeLoads.list({ prefix: key(volumeId), reverse: true, limit: 1 });
  const isSame =
    last?.attached === row.attached &&
    last.instanceId === row.instanceId &&
    last.iops === row.iops &&
    last.ioKib === row.ioKib;
  if (!isSame && (last !== undefined || attached)) state.volumeLoads.put(row);
}

export function noteLoads(context: Ec2Context, ids: readonly string[]): void {
  for (const id of ids) if (id.startsWith('vol-')) noteLoad(context, id);
}
