// What instances ask of their bands, minute by minute, and what passes.
//
// Differs: a volume that was detached since is not counted among those that shared a band before.
import { key } from '../../../kernel/key.ts';
import type { Instant } from '../../../kernel/units.ts';
import type { Usage } from '../../../guests/guest.ts';
import { bandOf, type Demand, passing, type Passing } from './instance-band.ts';
import { findType } from './instance-type.ts';
import type { Ec2Context } from './operation.ts';
import { loadsOf } from './volume-load.ts';
import { type Load, performanceOf } from './volume-performance.ts';
import type { VolumeLoadRow, VolumeRow } from './volume-state.ts';

const secondsPerMinute = 60;

/** Volumes that are attached now, in order of their devices. */
export const volumesOf = ({ state }: Ec2Context, instanceId: string): VolumeRow[] =>
  state.volumeAttachments
    .index('instance')
    .list({ prefix: key(instanceId) })
    .flatMap(({ volumeId }) => state.volumes.find(volumeId) ?? []);

/** The most that a volume does of a load, with credits: I/Os and MiB a second. */
function mostOf(row: VolumeRow, { iops, ioKib }: Load): readonly [iops: number, mibps: number] {
  const { burstIops, burstMibps } = performanceOf(row);
  const kib = Math.max(ioKib, 1);
  const rate = Math.min(iops, burstIops, (burstMibps * 1_024) / kib);
  return [rate, (rate * kib) / 1_024];
}

function demandOf(
  loaded: readonly { readonly row: VolumeRow; readonly loads: readonly VolumeLoadRow[] }[],
  { at, bytesOut }: Outgoing,
): Demand {
  const networkMbps = (bytesOut * 8) / secondsPerMinute / 1_000_000;
  let [volumeIops, volumeMibps] = [0, 0];
  for (const { row, loads } of loaded) {
    const load = loads.findLast(({ from }) => from <= at);
    const [iops, mibps] = load === undefined ? [0, 0] : mostOf(row, load);
    volumeIops += iops;
    volumeMibps += mibps;
  }
  return { networkMbps, volumeIops, volumeMibps };
}

type Outgoing = Pick<Usage, 'at' | 'bytesOut'>;

/** Tells what passes of what an instance asked in a minute: by its type, and whether it is EBS-optimized now. */
export function makePassing(context: Ec2Context, instanceId: string, type: string): (minute: Outgoing) => Passing {
  const band = bandOf(findType(type), context.state.instances.find(instanceId)?.ebsOptimized === true);
  const loaded = volumesOf(context, instanceId)
    .map((row) => ({ row, loads: loadsOf(context, row.id) }))
    .filter(({ loads }) => loads.some(({ iops }) => iops > 0));
  return (minute) => passing(band, demandOf(loaded, minute));
}

/** Tells the share of what its volumes are asked for that passes in a minute between two instants. */
export function makeVolumeShare(
  context: Ec2Context,
  instanceId: string | undefined,
  from: Instant,
  to: Instant,
): (at: Instant) => number {
  const type = instanceId === undefined ? undefined : context.state.instances.find(instanceId)?.type;
  if (instanceId === undefined || type === undefined) return () => 1;
  const passes = makePassing(context, instanceId, type);
  const sent = new Map(context.parts.guests.usage(instanceId, from, to).map(({ at, bytesOut }) => [at, bytesOut]));
  return (at) => passes({ at, bytesOut: sent.get(at) ?? 0 }).volumes;
}
