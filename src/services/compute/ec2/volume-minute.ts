// What a volume did, minute by minute, worked out when somebody asks: its loads, its credits, the band of its instance, faults.
//
// Differs: a modified volume's past is worked out with what it is now; credits before the first minute asked for do not know of a band
// that was too narrow.
import { type Instant, instant, secondsBetween } from '../../../kernel/units.ts';
import { makeVolumeShare } from './instance-demand.ts';
import type { Ec2Context } from './operation.ts';
import { loadsOf } from './volume-load.ts';
import {
  fullBucket,
  type Load,
  type Performance,
  performanceOf,
  serve,
  type Served,
  serveHistory,
} from './volume-performance.ts';
import type { VolumeLoadRow, VolumeRow } from './volume-state.ts';

const minuteMs = 60_000;

export interface VolumeMinute {
  readonly at: Instant;
  readonly served: Served;
  readonly load: VolumeLoadRow;
  readonly performance: Performance;
  readonly stalled: boolean;
}

const nothing = (credits: number | undefined): Served => ({ ios: 0, mib: 0, credits, throttledSeconds: 60 });

const lessened = (loads: readonly Load[], share: number): readonly Load[] =>
  share === 1 ? loads : loads.map((load) => ({ ...load, iops: load.iops * share }));

/** Minutes that are over and lie between two instants, in which the volume was attached. */
export function* minutesOf(row: VolumeRow, context: Ec2Context, from: Instant, to: Instant): Generator<VolumeMinute> {
  const loads = loadsOf(context, row.id);
  const first = loads[0];
  if (first === undefined) return;
  const performance = performanceOf(row);
  const start = Math.max(Math.ceil(first.from / minuteMs), Math.ceil(from / minuteMs)) * minuteMs;
  const end = Math.min(to, Math.floor(context.clock.now() / minuteMs) * minuteMs);
  if (start >= end) return;
  const before = serveHistory(performance, loads, row.createdAt, instant(start), fullBucket(performance));
  const shareAt = makeVolumeShare(context, loads.at(-1)?.instanceId, instant(start), instant(end));
  let credits = before.credits;
  for (let time = start; time < end; time += minuteMs) {
    const [at, until] = [instant(time), instant(time + minuteMs)];
    const load = loads.findLast((one) => one.from <= at) ?? first;
    const stalled = !context.parts.faults.answersIo(row.id, row.zoneId, instant(until - 1));
    const share = stalled ? 1 : shareAt(at);
    const served = stalled
      ? nothing(serve(performance, { iops: 0, ioKib: 16 }, secondsBetween(at, until), credits).credits)
      : serveHistory(performance, lessened(loads, share), at, until, credits);
    credits = served.credits;
    if (!load.attached) continue;
    yield { at, served: share < 1 ? { ...served, throttledSeconds: 60 } : served, load, performance, stalled };
  }
}
