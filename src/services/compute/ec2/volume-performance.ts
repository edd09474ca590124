// How fast a volume is, and for how long: what its type gives always, what it gives for a while, and the credits in between. Pure.
//
// A volume that bursts has a bucket of credits, full when it is made. What it is asked beyond its baseline is paid from the bucket; what
// it is asked below fills the bucket again. Empty, it gives its baseline. gp2 counts single I/Os, st1 and sc1 count bytes.
import { type Instant, secondsBetween } from '../../../kernel/units.ts';
import type { VolumeShape } from './volume-state.ts';
import { gp2Iops } from './volume-type.ts';

export interface Performance {
  /** I/Os a second: always, and with credits. */
  readonly baselineIops: number;
  readonly burstIops: number;
  /** MiB a second: always, and with credits. */
  readonly baselineMibps: number;
  readonly burstMibps: number;
  /** What credits count, and how many fit; undefined for a type that never bursts. */
  readonly bucket?: { readonly of: 'iops' | 'mib'; readonly size: number } | undefined;
}

const steady = (iops: number, mibps: number): Performance => ({
  baselineIops: iops,
  burstIops: iops,
  baselineMibps: mibps,
  burstMibps: mibps,
});

const tibOf = (sizeGib: number): number => sizeGib / 1_024;
const tebibyteMib = 1_048_576;

/** gp2: credits of 5.4 million I/Os, for at least 30 minutes of 3,000 IOPS. */
const gp2Burst = { iops: 3_000, credits: 5_400_000 } as const;

function gp2(sizeGib: number): Performance {
  const baselineIops = gp2Iops(sizeGib);
  const burstIops = Math.max(baselineIops, gp2Burst.iops);
  const fast = sizeGib >= 334 ? 250 : 128;
  return {
    baselineIops,
    burstIops,
    baselineMibps: Math.min(fast, (baselineIops * 256) / 1_024),
    burstMibps: sizeGib > 170 ? 250 : 128,
    bucket: burstIops > baselineIops ? { of: 'iops', size: gp2Burst.credits } : undefined,
  };
}

/** st1 and sc1: MiB/s a TiB, always and in bursts, up to their maxima; I/Os of 1 MiB. The bucket holds as much as the volume. */
function throughputType(sizeGib: number, baseline: number, burst: number, most: number): Performance {
  const baselineMibps = Math.min(baseline * tibOf(sizeGib), most);
  const burstMibps = Math.min(burst * tibOf(sizeGib), most);
  return {
    baselineIops: baselineMibps,
    burstIops: burstMibps,
    baselineMibps,
    burstMibps,
    bucket: burstMibps > baselineMibps ? { of: 'mib', size: tibOf(sizeGib) * tebibyteMib } : undefined,
  };
}

/** io1: 500 MiB/s up to 32,000 IOPS, then 16 KiB an I/O up to 1,000 MiB/s. */
const io1Mibps = (iops: number): number => (iops <= 32_000 ? Math.min(500, iops / 4) : Math.min(1_000, iops / 64));

/** @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html */
export function performanceOf({ type, sizeGib, iops = 0, throughput = 125 }: VolumeShape): Performance {
  switch (type) {
    case 'gp2':
      return gp2(sizeGib);
    case 'gp3':
      return steady(iops, throughput);
    case 'io1':
      return steady(iops, io1Mibps(iops));
    case 'io2':
      return steady(iops, Math.min(4_000, iops / 4));
    case 'st1':
      return throughputType(sizeGib, 40, 250, 500);
    case 'sc1':
      return throughputType(sizeGib, 12, 80, 250);
    case 'standard':
      // About 100 IOPS on average, hundreds for moments that AWS does not count.
      return steady(100, 90);
  }
}

/** What somebody asks of a volume, from an instant on. */
export interface Load {
  readonly from: Instant;
  readonly iops: number;
  /** KiB of one I/O. */
  readonly ioKib: number;
}

export interface Served {
  /** I/Os and MiB that were done. */
  readonly ios: number;
  readonly mib: number;
  /** Credits at the end; undefined for a type without. */
  readonly credits: number | undefined;
  /** Seconds in which the volume did less than it was asked. */
  readonly throttledSeconds: number;
}

/** I/Os a second that fit: within the IOPS, and within the throughput at this size of I/O. */
const within = (iops: number, mibps: number, ioKib: number): number => Math.min(iops, (mibps * 1_024) / ioKib);

/**
 * What a volume does of a load in some seconds, from so many credits on. Exact, however long: the load is served from credits until they
 * are gone, and at the baseline after that.
 */
export function serve(
  volume: Performance,
  load: Omit<Load, 'from'>,
  seconds: number,
  credits: number | undefined,
): Served {
  const { bucket } = volume;
  const ioKib = Math.max(load.ioKib, 1);
  const served = (rate: number, time: number) => ({ ios: rate * time, mib: (rate * time * ioKib) / 1_024 });
  const base = within(volume.baselineIops, volume.baselineMibps, ioKib);
  if (bucket === undefined || credits === undefined) {
    const rate = Math.min(load.iops, base);
    return { ...served(rate, seconds), credits: undefined, throttledSeconds: load.iops > base ? seconds : 0 };
  }
  const most = within(volume.burstIops, volume.burstMibps, ioKib);
  const rate = Math.min(load.iops, most);
  const income = bucket.of === 'iops' ? volume.baselineIops : volume.baselineMibps;
  const cost = bucket.of === 'iops' ? rate : (rate * ioKib) / 1_024;
  const throttled = (time: number): number => (load.iops > rate ? time : 0);
  if (cost <= income) {
    const filled = Math.min(bucket.size, credits + (income - cost) * seconds);
    return { ...served(rate, seconds), credits: filled, throttledSeconds: throttled(seconds) };
  }
  const burstSeconds = Math.min(seconds, credits / (cost - income));
  const slowSeconds = seconds - burstSeconds;
  // Out of credits, what comes in is what goes out.
  const slowRate = Math.min(rate, bucket.of === 'iops' ? income : (income * 1_024) / ioKib);
  const fast = served(rate, burstSeconds);
  const slow = served(slowRate, slowSeconds);
  return {
    ios: fast.ios + slow.ios,
    mib: fast.mib + slow.mib,
    credits: Math.max(0, credits - (cost - income) * burstSeconds),
    throttledSeconds: throttled(burstSeconds) + slowSeconds,
  };
}

/** A bucket is full when its volume is made. */
export const fullBucket = ({ bucket }: Performance): number | undefined => bucket?.size;

/** Percent of the bucket, as `BurstBalance` shows it. */
export const balanceOf = ({ bucket }: Performance, credits: number): number =>
  bucket === undefined ? 100 : (credits / bucket.size) * 100;

/** What a volume did between two instants, under loads in order of time, from so many credits on. */
export function serveHistory(
  volume: Performance,
  loads: readonly Load[],
  from: Instant,
  to: Instant,
  credits: number | undefined,
): Served {
  const before = loads.findLast((load) => load.from <= from);
  const changes = loads.filter((load) => load.from > from && load.from < to);
  let total: Served = { ios: 0, mib: 0, credits, throttledSeconds: 0 };
  let current: Load = before ?? { from, iops: 0, ioKib: 16 };
  let at = from;
  for (const next of [...changes, undefined]) {
    const until = next?.from ?? to;
    const part = serve(volume, current, secondsBetween(at, until), total.credits);
    total = {
      ios: total.ios + part.ios,
      mib: total.mib + part.mib,
      credits: part.credits,
      throttledSeconds: total.throttledSeconds + part.throttledSeconds,
    };
    at = until;
    if (next !== undefined) current = next;
  }
  return total;
}
