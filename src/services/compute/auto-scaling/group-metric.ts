// Group metrics (`AWS/AutoScaling`): how many instances in which state, by rows that note each change, so that a quiet week costs nothing.
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html
import { afterPrefix, key } from '../../../kernel/key.ts';
import type { MetricSource, Series, SeriesFilter, SeriesWindow, StatisticSet } from '../../../kernel/metric.ts';
import { instant } from '../../../kernel/units.ts';
import { membersOf } from './find.ts';
import type { CountRow, GroupRow, MemberRow, ScalingContext, ScalingState } from './state.ts';

const minuteMs = 60_000;
const namespace = 'AWS/AutoScaling';

const starts =
  (...names: string[]) =>
  ({ state }: MemberRow): boolean =>
    names.some((name) => state === name || state.startsWith(`${name}:`));

/** Metric of numbers of instances → which count; each of the first five has a twin that counts capacity. */
const states: Readonly<Record<string, (member: MemberRow) => boolean>> = {
  InService: starts('InService'),
  Pending: starts('Pending'),
  Standby: starts('Standby', 'EnteringStandby'),
  Terminating: starts('Terminating'),
  Total: (member) => starts('InService', 'Pending', 'Standby', 'EnteringStandby', 'Terminating')(member),
};

const poolStates: Readonly<Record<string, (member: MemberRow) => boolean>> = {
  WarmPoolPendingCapacity: starts('Warmed:Pending'),
  WarmPoolTerminatingCapacity: starts('Warmed:Terminating'),
  WarmPoolWarmedCapacity: starts('Warmed:Stopped', 'Warmed:Running', 'Warmed:Hibernated'),
  WarmPoolTotalCapacity: starts('Warmed'),
};

export const metricTypes: readonly string[] = [
  'GroupMinSize',
  'GroupMaxSize',
  'GroupDesiredCapacity',
  'GroupInServiceInstances',
  'GroupPendingInstances',
  'GroupStandbyInstances',
  'GroupTerminatingInstances',
  'GroupTotalInstances',
  'GroupInServiceCapacity',
  'GroupPendingCapacity',
  'GroupStandbyCapacity',
  'GroupTerminatingCapacity',
  'GroupTotalCapacity',
  'WarmPoolDesiredCapacity',
  'WarmPoolWarmedCapacity',
  'WarmPoolPendingCapacity',
  'WarmPoolTerminatingCapacity',
  'WarmPoolTotalCapacity',
  'GroupAndWarmPoolDesiredCapacity',
  'GroupAndWarmPoolTotalCapacity',
];

/** What a warm pool should have. */
export function poolTarget({ warmPool, max, desired }: GroupRow): number {
  if (warmPool === undefined || warmPool.status !== undefined) return 0;
  return Math.max(warmPool.minSize, (warmPool.maxPrepared ?? max) - desired);
}

function valuesOf(group: GroupRow, members: readonly MemberRow[]): Record<string, number | undefined> {
  const values: Record<string, number | undefined> = {
    GroupMinSize: group.min,
    GroupMaxSize: group.max,
    GroupDesiredCapacity: group.desired,
    WarmPoolDesiredCapacity: poolTarget(group),
    GroupAndWarmPoolDesiredCapacity: group.desired + poolTarget(group),
  };
  const capacity = (some: readonly MemberRow[]) => some.reduce((sum, { weight }) => sum + weight, 0);
  for (const [name, fits] of Object.entries(states)) {
    const some = members.filter(fits);
    values[`Group${name}Instances`] = some.length;
    values[`Group${name}Capacity`] = capacity(some);
  }
  for (const [name, fits] of Object.entries(poolStates)) values[name] = capacity(members.filter(fits));
  values.GroupAndWarmPoolTotalCapacity = (values.GroupTotalCapacity ?? 0) + (values.WarmPoolTotalCapacity ?? 0);
  return values;
}

/** Notes how the group stands now, if it stood otherwise before; of a group without metrics, that there is nothing to tell. */
export function noteCounts(context: ScalingContext, name: string): void {
  const { state, clock } = context;
  const group = state.groups.find(name);
  const last = state.counts.first({ prefix: key(name), reverse: true })?.values ?? {};
  const wanted = group?.metrics ?? [];
  if (wanted.length === 0 && Object.keys(last).length === 0) return;
  const all = group === undefined || wanted.length === 0 ? {} : valuesOf(group, membersOf(context, name));
  const values = Object.fromEntries(wanted.map((metric) => [metric, all[metric] ?? 0]));
  const isSame =
    Object.keys(last).length === wanted.length && wanted.every((metric) => last[metric] === values[metric]);
  if (isSame) return;
  state.counts.put({ group: name, at: clock.now(), values });
}

/** Groups that ever told anything, also those that are no more, each with what it told last. */
function* told({ state }: ScalingContext): Generator<{ readonly group: string; readonly names: ReadonlySet<string> }> {
  let row = state.counts.first();
  while (row !== undefined) {
    const prefix = key(row.group);
    // A last row without values only says that the collecting ended.
    const last = state.counts.list({ prefix, reverse: true, limit: 2 });
    yield { group: row.group, names: new Set(last.flatMap(({ values }) => Object.keys(values))) };
    const next = afterPrefix(prefix);
    row = next === undefined ? undefined : state.counts.first({ from: next });
  }
}

function* series(filter: SeriesFilter, context: ScalingContext): Generator<Series> {
  for (const { group, names } of told(context))
    for (const name of names) {
      if (filter.name !== undefined && filter.name !== name) continue;
      const own = { name: 'AutoScalingGroupName', value: group };
      const fits = (filter.dimensions ?? []).every(
        (wanted) => wanted.name === own.name && (wanted.value === undefined || wanted.value === own.value),
      );
      if (fits) yield { namespace, name, dimensions: [own], unit: 'None' };
    }
}

/** In each minute: what was last noted before it was over. */
function read(window: SeriesWindow, { state, clock }: ScalingContext): readonly StatisticSet[] {
  const [dimension, ...more] = window.dimensions;
  if (dimension?.name !== 'AutoScalingGroupName' || more.length > 0) return [];
  const start = Math.ceil(window.from / minuteMs) * minuteMs;
  const end = Math.min(window.to, Math.floor(clock.now() / minuteMs) * minuteMs);
  const prefix = key(dimension.value);
  const before = state.counts.first({ from: prefix, to: key(dimension.value, Math.max(0, start)), reverse: true });
  const rows: CountRow[] = [
    ...(before === undefined ? [] : [before]),
    ...state.counts.list({
      from: key(dimension.value, Math.max(0, start)),
      to: key(dimension.value, Math.max(0, end)),
    }),
  ];
  const sets: StatisticSet[] = [];
  let next = 0;
  let value: number | undefined;
  for (let at = start; at < end; at += minuteMs) {
    for (let row = rows[next]; row !== undefined && row.at < at + minuteMs; row = rows[++next])
      value = row.values[window.name];
    if (value !== undefined) sets.push({ at: instant(at), sampleCount: 1, sum: value, minimum: value, maximum: value });
  }
  return sets;
}

export const groupMetrics: MetricSource<ScalingState> = { series, read };
