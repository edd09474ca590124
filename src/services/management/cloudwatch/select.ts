// Runs Metrics Insights queries: finds metrics, merges their periods group by group, orders the groups.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html
import { secondsPerDay } from '../../../kernel/units.ts';
import { selectedMetricsMax, selectedSeriesMax } from './limits.ts';
import { type Line, timeOf } from './math-value.ts';
import { listSeries } from './metric-list.ts';
import { type Grid, type MetricRef, readPeriods } from './reading.ts';
import type { Labels, Select, SelectFunction } from './select-query.ts';
import type { CloudWatchContext } from './state.ts';
import { type Aggregate, mergeAggregates } from './statistic.ts';

/** Data is found for so long. */
const reachSeconds = 14 * secondsPerDay;

/** Finer data is put together by minutes. */
export const selectPeriod = (periodSeconds: number): number => Math.max(60, periodSeconds);

const valueOf: Readonly<Record<SelectFunction, (period: Aggregate) => number | undefined>> = {
  AVG: ({ sum, count }) => (count === 0 ? undefined : sum / count),
  COUNT: ({ count }) => count,
  MAX: ({ max }) => max,
  MIN: ({ min }) => min,
  SUM: ({ sum }) => sum,
};

const labelsOf =
  (metric: MetricRef, account: string): Labels =>
  (label) =>
    label === 'AWS.AccountId' ? account : metric.dimensions.find(({ Name }) => Name === label)?.Value;

interface Found {
  readonly metrics: readonly MetricRef[];
  readonly isCut: boolean;
}

function find(context: CloudWatchContext, { namespace, metric, schema, where }: Select): Found {
  const listed = listSeries(
    context,
    { Namespace: namespace, MetricName: metric, Dimensions: schema?.map((Name) => ({ Name })) },
    undefined,
    Number.POSITIVE_INFINITY,
  ).filter(
    (one) =>
      (schema === undefined || one.dimensions.length === schema.length) &&
      (where === undefined || where(labelsOf(one, context.account))),
  );
  return { metrics: listed.slice(0, selectedMetricsMax), isCut: listed.length > selectedMetricsMax };
}

/** What a group is called where a metric has no such label. */
const noLabel = 'Other';

interface Group {
  readonly label: string;
  readonly by: Readonly<Record<string, string>>;
  readonly periods: (Aggregate | undefined)[];
}

const withoutSpread = ({ count, sum, min, max }: Aggregate): Aggregate => ({ count, sum, min, max });

function gather(context: CloudWatchContext, { groupBy }: Select, metrics: readonly MetricRef[], grid: Grid): Group[] {
  const groups = new Map<string, Group>();
  for (const metric of metrics) {
    const labels = labelsOf(metric, context.account);
    const values = groupBy.map((name) => labels(name) ?? noLabel);
    const label = values.join(' ');
    let group = groups.get(label);
    if (group === undefined) {
      const by = Object.fromEntries(groupBy.map((name, at) => [name, values[at] as string]));
      groups.set(label, (group = { label, by, periods: Array.from({ length: grid.count }, () => undefined) }));
    }
    for (const [at, period] of readPeriods(context, metric, grid).entries())
      if (period !== undefined) group.periods[at] = mergeAggregates(group.periods[at], withoutSpread(period));
  }
  return [...groups.values()].filter(({ periods }) => periods.some((period) => period !== undefined));
}

/** What groups are ordered by: the whole time taken as one period. */
function rankOf({ periods }: Group, of: SelectFunction): number {
  const all = periods.reduce((sum, period) => (period === undefined ? sum : mergeAggregates(sum, period)), undefined);
  return (all && valueOf[of](all)) ?? 0;
}

export interface Selected {
  readonly lines: readonly Line[];
  /** More metrics or groups than a query may have: not all are told. */
  readonly isPartial: boolean;
}

/** The lines of a query, one for each group; one in all without groups. Limit: 10,000 metrics and 500 groups, of the last two weeks. */
export function runSelect(context: CloudWatchContext, select: Select, grid: Grid): Selected {
  const { metrics, isCut } = find(context, select);
  const groups = gather(context, select, metrics, grid);
  const { orderBy } = select;
  if (orderBy !== undefined) {
    const ranks = new Map(groups.map((group) => [group, rankOf(group, orderBy.of)]));
    const sign = orderBy.descending ? -1 : 1;
    groups.sort((a, b) => sign * ((ranks.get(a) ?? 0) - (ranks.get(b) ?? 0)));
  }
  const asked = groups.slice(0, select.limit);
  const oldest = context.clock.now() - reachSeconds * 1000;
  const lines = asked.slice(0, selectedSeriesMax).map(({ label, by, periods }): Line => {
    const points = new Map<number, number>();
    for (const [index, period] of periods.entries()) {
      const value = period && valueOf[select.of](period);
      const at = timeOf(grid, index);
      if (value !== undefined && at >= oldest) points.set(at, value);
    }
    return { grid, label, points, group: by };
  });
  return { lines, isPartial: isCut || asked.length > selectedSeriesMax };
}
