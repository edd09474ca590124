// Standard metrics of instances (`AWS/EC2`), worked out from what their guests did when somebody asks.
//
// Unknown: AWS's own sample counts; a basic data point is taken here as the five minutes that it sums up.
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
import type { Life, Usage } from '../../../guests/guest.ts';
import type {
  Dimension,
  MetricSource,
  Series,
  SeriesFilter,
  SeriesWindow,
  StatisticSet,
} from '../../../kernel/metric.ts';
import { type Instant, instant, later, mebibyte, secondsPerDay } from '../../../kernel/units.ts';
import type { Ec2Context } from './operation.ts';
import { balanceOf, type CreditMinute, creditPlanOf } from './cpu-credit.ts';
import { creditHistory, creditsSpent } from './credit-history.ts';
import type { Passing } from './instance-band.ts';
import { makePassing, volumesOf } from './instance-demand.ts';
import { findType } from './instance-type.ts';
import { minutesOf, type VolumeMinute } from './volume-minute.ts';
import { hasStalledVolume } from './volume-stall.ts';
import type { Ec2State } from './state.ts';

const minuteMs = 60_000;
/** Basic monitoring tells every five minutes; status checks are told every minute all the same. */
const basicMs = 5 * minuteMs;

interface Metric {
  readonly unit: string;
  /** The value of one minute; undefined where there is none. */
  readonly of: (usage: Usage, life: Life, context: Ec2Context, more: More) => number | undefined;
  readonly everyMinute?: true;
  /** Told by instances of the Nitro System alone. */
  readonly nitro?: true;
  /** Of T instances, which earn and spend credits. Told every five minutes, whatever the monitoring. */
  readonly burstable?: true;
}

/** What few metrics ask, and what is worked out only then. */
interface More {
  passed(): Passing;
  credits(): CreditMinute | undefined;
}

const packetBytes = 600;

/** What left of what the guest sent: as much as its instance's band lets through. */
const sent = ({ bytesOut }: Usage, _life: Life, _context: Ec2Context, more: More): number =>
  bytesOut * more.passed().network;

/** A balance is told once, at the end of the five minutes. */
const balance =
  (of: (credits: CreditMinute) => number): Metric['of'] =>
  ({ at }, _life, _context, more) => {
    const credits = at % basicMs === basicMs - minuteMs ? more.credits() : undefined;
    return credits === undefined ? undefined : of(credits);
  };

/** Half of what the volumes did, since half of every load reads and half writes. */
const half =
  (of: (minute: VolumeMinute) => number): Metric['of'] =>
  ({ at }, { instanceId }, context) => {
    const until = later(at, minuteMs / 1_000);
    const minutes = volumesOf(context, instanceId).flatMap((row) => [...minutesOf(row, context, at, until)]);
    return minutes.reduce((sum, minute) => sum + of(minute), 0) / 2;
  };

const failed = (
  which: 'instance' | 'system',
  { at }: Usage,
  { instanceId, zoneId }: Life,
  { parts }: Ec2Context,
): number => (parts.faults.impaired(instanceId, zoneId, instant(at + minuteMs - 1))[which] ? 1 : 0);

const metrics: Readonly<Record<string, Metric>> = {
  CPUUtilization: { unit: 'Percent', of: ({ cpuPercent }) => cpuPercent },
  NetworkIn: { unit: 'Bytes', of: ({ bytesIn }) => bytesIn },
  NetworkOut: { unit: 'Bytes', of: sent },
  NetworkPacketsIn: { unit: 'Count', of: ({ bytesIn }) => Math.ceil(bytesIn / packetBytes) },
  NetworkPacketsOut: { unit: 'Count', of: (...minute) => Math.ceil(sent(...minute) / packetBytes) },
  StatusCheckFailed: {
    unit: 'Count',
    everyMinute: true,
    of: (usage, life, context) =>
      Math.max(failed('instance', usage, life, context), failed('system', usage, life, context)),
  },
  StatusCheckFailed_Instance: {
    unit: 'Count',
    everyMinute: true,
    // A host that fails takes its instance along, yet it is the system check that says so.
    of: (usage, life, context) =>
      failed('instance', usage, life, context) - failed('system', usage, life, context) > 0 ? 1 : 0,
  },
  StatusCheckFailed_System: {
    unit: 'Count',
    everyMinute: true,
    of: (usage, life, context) => failed('system', usage, life, context),
  },
  StatusCheckFailed_AttachedEBS: {
    unit: 'Count',
    everyMinute: true,
    of: ({ at }, { instanceId }, context) =>
      hasStalledVolume(context, instanceId, instant(at + minuteMs - 1)) ? 1 : 0,
  },
  EBSReadOps: { unit: 'Count', nitro: true, of: half(({ served }) => served.ios) },
  EBSWriteOps: { unit: 'Count', nitro: true, of: half(({ served }) => served.ios) },
  EBSReadBytes: { unit: 'Bytes', nitro: true, of: half(({ served }) => served.mib * mebibyte) },
  EBSWriteBytes: { unit: 'Bytes', nitro: true, of: half(({ served }) => served.mib * mebibyte) },
  CPUCreditUsage: {
    unit: 'Count',
    burstable: true,
    of: ({ cpuPercent }, { vcpus }) => creditsSpent(cpuPercent, vcpus),
  },
  CPUCreditBalance: { unit: 'Count', burstable: true, of: balance(balanceOf) },
  CPUSurplusCreditBalance: { unit: 'Count', burstable: true, of: balance(({ surplus }) => surplus) },
  CPUSurplusCreditsCharged: {
    unit: 'Count',
    burstable: true,
    of: (_usage, _life, _context, more) => more.credits()?.charged,
  },
};

/** Dimensions by which EC2 tells its metrics, with what they are of a life. */
const dimensions: Readonly<Record<string, (life: Life) => string | undefined>> = {
  InstanceId: ({ instanceId }) => instanceId,
  AutoScalingGroupName: ({ groupName }) => groupName,
  ImageId: ({ imageId }) => imageId,
  InstanceType: ({ instanceType }) => instanceType,
};

const isBurstable = ({ instanceType, vcpus }: Life): boolean => creditPlanOf(instanceType, vcpus) !== undefined;
const isNitro = ({ instanceType }: Life): boolean => findType(instanceType)?.Hypervisor === 'nitro';

/** Whether what lived so tells the metric. */
const tells = (metric: Metric, life: Life): boolean =>
  (metric.burstable !== true || isBurstable(life)) && (metric.nitro !== true || isNitro(life));

/** For how long a series that has ended is still listed. */
const listedSeconds = 14 * secondsPerDay;

function* series(filter: SeriesFilter, context: Ec2Context): Generator<Series> {
  const since = filter.since ?? later(context.clock.now(), -listedSeconds);
  const lives = context.parts.guests.livesIn(context.account, context.region, since);
  for (const [name, metric] of Object.entries(metrics)) {
    if (filter.name !== undefined && filter.name !== name) continue;
    for (const [dimension, of] of Object.entries(dimensions)) {
      const some = lives.filter((life) => tells(metric, life));
      for (const value of new Set(some.map(of))) {
        if (value === undefined) continue;
        const own: Dimension = { name: dimension, value };
        if (fits(filter, own)) yield { namespace: 'AWS/EC2', name, dimensions: [own], unit: metric.unit };
      }
    }
  }
}

const fits = ({ dimensions: wanted = [] }: SeriesFilter, own: Dimension): boolean =>
  wanted.every(({ name, value }) => name === own.name && (value === undefined || value === own.value));

function livesOf({ dimensions: [dimension, ...more], from }: SeriesWindow, context: Ec2Context): readonly Life[] {
  const of = dimension === undefined || more.length > 0 ? undefined : dimensions[dimension.name];
  if (of === undefined || dimension === undefined) return [];
  if (dimension.name === 'InstanceId') {
    const { account, region } = context;
    return context.parts.guests
      .lives(dimension.value)
      .filter((life) => life.account === account && life.region === region);
  }
  return context.parts.guests
    .livesIn(context.account, context.region, from)
    .filter((life) => of(life) === dimension.value);
}

/** How often an instance's values are told: its own monitoring, or basic when it is gone. */
function stepMs({ everyMinute, burstable }: Metric, instanceId: string, { state }: Ec2Context): number {
  if (burstable === true) return basicMs;
  return everyMinute === true || state.instances.find(instanceId)?.monitoring === 'enabled' ? minuteMs : basicMs;
}

/** One instance, as what it lived, and what passed of what it sent. */
interface Resident {
  readonly life: Life;
  readonly passes: () => ReturnType<typeof makePassing>;
}

/** Worked out at the first call. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

const livedAt = ({ life: { from, until } }: Resident, minute: Instant): boolean =>
  from < minute + minuteMs && (until === undefined || minute < until);

function read(window: SeriesWindow, context: Ec2Context): readonly StatisticSet[] {
  const metric = metrics[window.name];
  if (metric === undefined) return [];
  const sets = new Map<number, { sampleCount: number; sum: number; minimum: number; maximum: number }>();
  const residents = new Map<string, Resident[]>();
  for (const life of livesOf(window, context)) {
    if (!tells(metric, life)) continue;
    const resident = { life, passes: once(() => makePassing(context, life.instanceId, life.instanceType)) };
    residents.set(life.instanceId, [...(residents.get(life.instanceId) ?? []), resident]);
  }
  for (const [instanceId, lives] of residents) {
    const step = stepMs(metric, instanceId, context);
    const from = instant(Math.floor(window.from / step) * step);
    // A period is told when it is over.
    const to = Math.min(window.to, Math.floor(context.clock.now() / step) * step);
    const credits = once(() => creditHistory(context, instanceId, instant(to)));
    for (const usage of context.parts.guests.usage(instanceId, from, instant(to))) {
      const resident = lives.findLast((one) => livedAt(one, usage.at));
      if (resident === undefined) continue;
      const at = Math.floor(usage.at / step) * step;
      const value = metric.of(usage, resident.life, context, {
        passed: () => resident.passes()(usage),
        credits: () => credits().get(usage.at),
      });
      if (value === undefined) continue;
      const set = sets.get(at);
      if (set === undefined) sets.set(at, { sampleCount: 1, sum: value, minimum: value, maximum: value });
      else {
        set.sampleCount++;
        set.sum += value;
        set.minimum = Math.min(set.minimum, value);
        set.maximum = Math.max(set.maximum, value);
      }
    }
  }
  return [...sets]
    .filter(([at]) => at >= window.from && at < window.to)
    .sort(([a], [b]) => a - b)
    .map(([at, set]) => ({ at: at as Instant, ...set }));
}

export const instanceMetrics: MetricSource<Ec2State> = { series, read };
