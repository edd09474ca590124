// Standard metrics are drawn, not sent: a service says which series it has and works their values out from its rows when somebody
// asks. So nothing runs while nobody looks, time can jump by months, and a week of a quiet group costs what its alarms ask for.
import type { Context } from './service.ts';
import { type Instant, instant, minuteMs, minuteOf } from './units.ts';

export interface Dimension {
  readonly name: string;
  readonly value: string;
}

/** One series of a namespace. */
export interface Series {
  /** `AWS/EC2`. */
  readonly namespace: string;
  /** `CPUUtilization`. */
  readonly name: string;
  readonly dimensions: readonly Dimension[];
  /** As CloudWatch writes units: `Percent`, `Bytes`, `Count`. */
  readonly unit: string;
}

/** What a series says of one period: four numbers, as `PutMetricData` takes them. */
export interface StatisticSet {
  /** Start of the period. */
  readonly at: Instant;
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface SeriesFilter {
  readonly namespace: string;
  readonly name?: string | undefined;
  /** Dimensions that a series must have among its own; without a value, any. */
  readonly dimensions?: readonly { readonly name: string; readonly value?: string | undefined }[] | undefined;
  /** Only series with data since then. */
  readonly since?: Instant | undefined;
}

export interface SeriesWindow extends Omit<Series, 'unit'> {
  /** First instant that counts. */
  readonly from: Instant;
  /** Up to this instant, itself left out. */
  readonly to: Instant;
}

/** Of a service: what it knows of its own namespaces, in one account and Region. Neither function may write. */
export interface MetricSource<State> {
  series(filter: SeriesFilter, context: Context<State>): Iterable<Series>;
  /** Data of one series, in time order, at the source's own periods (a minute, or five); empty when there is no such series. */
  read(window: SeriesWindow, context: Context<State>): readonly StatisticSet[];
}

/** What CloudWatch sees of all sources, from its own account and Region. */
export interface Metrics {
  /** Namespaces that services answer for. */
  readonly namespaces: readonly string[];
  series(filter: SeriesFilter): readonly Series[] | Promise<readonly Series[]>;
  /** The unit comes with `series`. Empty for a namespace that no service answers for. */
  read(window: SeriesWindow): readonly StatisticSet[] | Promise<readonly StatisticSet[]>;
}

/** True when a series is among those that were asked for. */
export const fits = (
  { name, dimensions: own }: Pick<Series, 'name' | 'dimensions'>,
  { name: wantedName, dimensions = [] }: SeriesFilter,
): boolean =>
  (wantedName === undefined || wantedName === name) &&
  dimensions.every((wanted) =>
    own.some(({ name: of, value }) => of === wanted.name && (wanted.value === undefined || wanted.value === value)),
  );

/** A period with one sample. */
export const oneSample = (at: Instant, value: number): StatisticSet => ({
  at,
  sampleCount: 1,
  sum: value,
  minimum: value,
  maximum: value,
});

/** The minutes of a window: a minute is told when it is over. */
export const minutesOf = (
  { from, to }: SeriesWindow,
  now: Instant,
): { readonly from: Instant; readonly to: Instant } => ({
  from: instant(Math.ceil(from / minuteMs) * minuteMs),
  to: instant(Math.min(to, minuteOf(now))),
});
