// Standard metrics of volumes (`AWS/EBS`), worked out from what was asked of them when somebody asks. A volume has them while it is
// attached, minute by minute.
//
// Differs: half of every load reads and half writes.
// @see https://docs.aws.amazon.com/ebs/latest/userguide/using_cloudwatch_ebs.html
import type { MetricSource, Series, SeriesFilter, SeriesWindow, StatisticSet } from '../../../kernel/metric.ts';
import type { Ec2Context } from '../ec2/operation.ts';
import type { Ec2State } from '../ec2/state.ts';
import { loadsOf } from '../ec2/volume-load.ts';
import { type VolumeMinute, minutesOf } from '../ec2/volume-minute.ts';
import { balanceOf, performanceOf } from '../ec2/volume-performance.ts';
import type { VolumeRow } from '../ec2/volume-state.ts';

/** Seconds that an I/O takes on a volume that is not overrun. */
const ioSeconds = 0.000_7;
/** I/Os that wait at a volume that is. */
const fullQueue = 32;

interface Metric {
  readonly unit: string;
  readonly has: (row: VolumeRow) => boolean;
  readonly of: (minute: VolumeMinute) => Omit<StatisticSet, 'at'>;
}

const all = (): boolean => true;
const isProvisioned = ({ type }: VolumeRow): boolean => type === 'io1' || type === 'io2';
const bursts = (row: VolumeRow): boolean => performanceOf(row).bucket !== undefined;

const one = (value: number): Omit<StatisticSet, 'at'> => ({
  sampleCount: 1,
  sum: value,
  minimum: value,
  maximum: value,
});

/** Bytes and times have a sample for each I/O, so that their average is that of one. */
function perIo(ios: number, value: number): Omit<StatisticSet, 'at'> {
  const count = Math.round(ios);
  return count === 0 ? one(0) : { sampleCount: count, sum: count * value, minimum: value, maximum: value };
}

const halfOps: Metric = { unit: 'Count', has: all, of: ({ served }) => one(Math.round(served.ios / 2)) };
const halfBytes: Metric = {
  unit: 'Bytes',
  has: all,
  of: ({ served, load }) => perIo(served.ios / 2, load.ioKib * 1_024),
};
const halfTime: Metric = { unit: 'Seconds', has: all, of: ({ served }) => perIo(served.ios / 2, ioSeconds) };

const metrics: Readonly<Record<string, Metric>> = {
  VolumeReadOps: halfOps,
  VolumeWriteOps: halfOps,
  VolumeReadBytes: halfBytes,
  VolumeWriteBytes: halfBytes,
  VolumeTotalReadTime: halfTime,
  VolumeTotalWriteTime: halfTime,
  VolumeIdleTime: {
    unit: 'Seconds',
    has: all,
    of: ({ served, performance }) => one(Math.max(0, 60 * (1 - served.ios / (performance.burstIops * 60)))),
  },
  VolumeQueueLength: {
    unit: 'Count',
    has: all,
    of: ({ served }) => one(served.throttledSeconds > 0 ? fullQueue : (served.ios / 60) * ioSeconds),
  },
  BurstBalance: {
    unit: 'Percent',
    has: bursts,
    of: ({ served, performance }) => one(balanceOf(performance, served.credits ?? 0)),
  },
  VolumeThroughputPercentage: {
    unit: 'Percent',
    has: isProvisioned,
    of: ({ served, load, performance }) => {
      const asked = Math.min(load.iops, performance.baselineIops) * 60;
      return one(asked === 0 ? 100 : Math.min(100, (served.ios / asked) * 100));
    },
  },
  VolumeConsumedReadWriteOps: { unit: 'Count', has: isProvisioned, of: ({ served }) => one(Math.round(served.ios)) },
  VolumeStalledIOCheck: { unit: 'None', has: all, of: ({ stalled }) => one(stalled ? 1 : 0) },
};

function* series(filter: SeriesFilter, { state }: Ec2Context): Generator<Series> {
  const wanted = filter.dimensions ?? [];
  if (wanted.some(({ name }) => name !== 'VolumeId')) return;
  const named = wanted.find(({ value }) => value !== undefined)?.value;
  const volumes = named === undefined ? state.volumes.list() : [state.volumes.find(named) ?? []].flat();
  for (const row of volumes) {
    if (loadsOf({ state }, row.id).length === 0) continue;
    for (const [name, metric] of Object.entries(metrics)) {
      if ((filter.name !== undefined && filter.name !== name) || !metric.has(row)) continue;
      yield { namespace: 'AWS/EBS', name, dimensions: [{ name: 'VolumeId', value: row.id }], unit: metric.unit };
    }
  }
}

function read({ name, dimensions, from, to }: SeriesWindow, context: Ec2Context): readonly StatisticSet[] {
  const metric = metrics[name];
  const [dimension, ...more] = dimensions;
  if (metric === undefined || dimension?.name !== 'VolumeId' || more.length > 0) return [];
  const row = context.state.volumes.find(dimension.value);
  if (row === undefined || !metric.has(row)) return [];
  return Array.from(minutesOf(row, context, from, to), (minute) => ({ at: minute.at, ...metric.of(minute) }));
}

export const volumeMetrics: MetricSource<Ec2State> = { series, read };
