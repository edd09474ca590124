// GetMetricStatistics: one metric, some statistics.
import type { InputOf } from '../../../kernel/service.ts';
import { type Instant, instant, secondsBetween, secondsPerDay, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { datapointsOfStatisticsMax, retention } from './limits.ts';
import { type Grid, type MetricRef, readPeriods, unitsOf, whenLoaded } from './reading.ts';
import { type CloudWatchContext, type Operation, type Sdk, sortDimensions } from './state.ts';
import { type Aggregate, findStatistic } from './statistic.ts';

type Input = InputOf<Sdk, 'GetMetricStatistics'>;

/**
 * Statistics of one metric by periods, each unit by itself. AWS gives them in no order; here by time.
 *
 * Limit: 1,440 data points.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
 */
export const GetMetricStatistics: Operation<'GetMetricStatistics'> = (input, context) => {
  checkInput(input);
  const grid = gridOf(input, context.clock.now());
  return whenLoaded(() => {
    const { Namespace, MetricName, Unit } = input;
    const metric: MetricRef = { namespace: Namespace, name: MetricName, dimensions: sortDimensions(input.Dimensions) };
    const units = Unit === undefined ? unitsOf(context, metric) : [Unit];
    const Datapoints = units.flatMap((unit) => datapointsOf(context, { ...metric, unit }, grid, input));
    return {
      Label: MetricName,
      Datapoints: Datapoints.sort((a, b) => a.Timestamp.getTime() - b.Timestamp.getTime()),
    };
  });
};

function checkInput(input: Input): void {
  const { Statistics, ExtendedStatistics, StartTime, EndTime, Period } = input;
  if (Statistics === undefined && ExtendedStatistics === undefined)
    throw errors.missingParameter('Must specify either Statistics or ExtendedStatistics');
  for (const name of ExtendedStatistics ?? [])
    if (findStatistic(name) === undefined)
      throw errors.invalidValue(`The value ${name} for parameter ExtendedStatistics is not supported.`);
  if (StartTime >= EndTime)
    throw errors.invalidValue('The parameter StartTime must be less than the parameter EndTime.');
  if (!isPeriod(Period))
    throw errors.invalidValue('The parameter Period must be one of 1, 5, 10, 20, 30 or a multiple of 60.');
  if (Period > secondsPerDay)
    throw errors.invalidValue(`The parameter Period must be less than or equal to ${secondsPerDay}.`);
  const asked = Math.ceil((EndTime.getTime() - StartTime.getTime()) / (Period * 1000));
  if (asked > datapointsOfStatisticsMax)
    throw errors.invalidCombination(
      `You have requested up to ${withCommas(asked)} datapoints, which exceeds the limit of ${withCommas(datapointsOfStatisticsMax)}. ` +
        'You may reduce the datapoints requested by increasing Period, or decreasing the time range.',
    );
}

export const withCommas = (count: number): string => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');

/** Seconds of a period: 1, 5, 10, 20, 30, or whole minutes. */
export const isPeriod = (seconds: number): boolean =>
  [1, 5, 10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0);

/**
 * Rounds the start down: to the period, when that is under a minute, else to what is still kept of that time.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html (StartTime)
 */
export function roundStart(start: Instant, periodSeconds: number, now: Instant): Instant {
  const age = secondsBetween(start, now);
  const kept = retention.find(({ resolutionSeconds, keptSeconds }) => resolutionSeconds > 1 && age <= keptSeconds);
  const stepMs = (periodSeconds < 60 ? periodSeconds : (kept?.resolutionSeconds ?? 3_600)) * 1000;
  return instant(Math.floor(start / stepMs) * stepMs);
}

function gridOf({ StartTime, EndTime, Period }: Input, now: Instant): Grid {
  const start = roundStart(instant(StartTime.getTime()), Period, now);
  return { start, periodSeconds: Period, count: Math.ceil((EndTime.getTime() - start) / (Period * 1000)) };
}

function datapointsOf(context: CloudWatchContext, metric: MetricRef, grid: Grid, input: Input) {
  return readPeriods(context, metric, grid).flatMap((period, index) =>
    period === undefined
      ? []
      : [
          {
            Timestamp: toDate(instant(grid.start + index * grid.periodSeconds * 1000)),
            ...plainOf(period, input.Statistics ?? []),
            ...extendedOf(period, input.ExtendedStatistics),
            Unit: metric.unit as 'None',
          },
        ],
  );
}

const plainOf = (period: Aggregate, names: readonly string[]): Record<string, number | undefined> =>
  Object.fromEntries(names.map((name) => [name, findStatistic(name)?.(period)]));

function extendedOf(period: Aggregate, names: readonly string[] | undefined) {
  if (names === undefined) return {};
  const known = names.flatMap((name) => {
    const value = findStatistic(name)?.(period);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ExtendedStatistics: Object.fromEntries(known) };
}
