// PutMetricData: values that users send.
import type { InputOf } from '../../../kernel/service.ts';
import { instant, type Instant, later } from '../../../kernel/units.ts';
import { wakeWatchers } from './alarm-clock.ts';
import { keepSamples, type Sample } from './block.ts';
import { makePairs } from './distribution.ts';
import { errors } from './errors.ts';
import { datumsMax, futureSecondsMax, pastSecondsMax, valueMax, valuesPerDatumMax } from './limits.ts';
import {
  type CloudWatchContext,
  type CustomSeries,
  nextNumber,
  type Operation,
  type Sdk,
  seriesKey,
  sortDimensions,
} from './state.ts';
import type { Aggregate } from './statistic.ts';

type Input = InputOf<Sdk, 'PutMetricData'>;
type Datum = NonNullable<Input['MetricData']>[number];

/**
 * Keeps values of metrics; a metric comes to be with its first value.
 *
 * Limit: 1,000 data of 150 values each; 30 dimensions; from two weeks ago to two hours ahead (CW-06).
 * Differs: entities are accepted and not kept, because nothing else tells of them.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
 */
export const PutMetricData: Operation<'PutMetricData'> = (input, context) => {
  const now = context.clock.now();
  const batches = batchesOf(input);
  const count = batches.reduce((sum, { data }) => sum + data.length, 0);
  if (batches.length === 0) throw errors.required('MetricData');
  if (count > datumsMax)
    throw errors.invalidValue(`The collection MetricData must not have a size greater than ${datumsMax}.`);
  for (const { data, path } of batches)
    for (const [index, datum] of data.entries()) checkDatum(datum, `${path}.member.${index + 1}`, now);
  const gathering = new Gathering(context, input.Namespace);
  for (const { data } of batches) for (const datum of data) gathering.add(datum);
  for (const { series, unit, samples } of gathering.streams()) {
    const stream = series.units.indexOf(unit);
    keepSamples(context.state, series.id, stream, samples, 60, now);
    const fine = samples.filter(({ isFine }) => isFine);
    if (fine.length > 0) keepSamples(context.state, series.id, stream, fine, 1, now);
    wakeWatchers(context, series);
  }
  return {};
};

interface Batch {
  readonly data: readonly Datum[];
  readonly path: string;
}

function batchesOf({ MetricData, EntityMetricData }: Input): Batch[] {
  const batches: Batch[] =
    MetricData === undefined || MetricData === null ? [] : [{ data: MetricData, path: 'MetricData' }];
  for (const [index, { MetricData: data }] of (EntityMetricData ?? []).entries())
    batches.push({ data: data ?? [], path: `EntityMetricData.member.${index + 1}.MetricData` });
  return batches;
}

function checkDatum(datum: Datum, path: string, now: Instant): void {
  checkDimensions(datum);
  checkTime(datum, path, now);
  checkForm(datum, path);
  const { StorageResolution: resolution } = datum;
  if (resolution !== undefined && resolution !== 1 && resolution !== 60)
    throw errors.invalidValue(`The parameter ${path}.StorageResolution must be a value in the set [ 1, 60 ].`);
}

function checkDimensions({ Dimensions = [] }: Datum): void {
  if (new Set(Dimensions.map(({ Name }) => Name)).size < Dimensions.length)
    throw errors.invalidValue('No metric may specify the same dimension name twice.');
}

function checkTime({ Timestamp }: Datum, path: string, now: Instant): void {
  if (Timestamp === undefined) return;
  const at = Timestamp.getTime();
  if (at < later(now, -pastSecondsMax))
    throw errors.invalidValue(`The parameter ${path}.Timestamp must specify a time within the past two weeks.`);
  if (at > later(now, futureSecondsMax))
    throw errors.invalidValue(
      `The parameter ${path}.Timestamp must specify a time no more than two hours in the future.`,
    );
}

function checkForm(datum: Datum, path: string): void {
  const { Value, Values, Counts, StatisticValues } = datum;
  const given = Number(Value !== undefined) + Number(Values !== undefined) + Number(StatisticValues !== undefined);
  if (given !== 1) throw formRefusal(datum, path);
  if (Value !== undefined) checkValue(Value, `${path}.Value`);
  if (Values !== undefined) checkValues(Values, Counts, path);
  if (StatisticValues !== undefined) checkSet(StatisticValues, path);
}

function formRefusal({ Value, StatisticValues, Values }: Datum, path: string) {
  const given = Object.entries({ Value, StatisticValues, Values }).filter(([, value]) => value !== undefined);
  const [first, second] = given.map(([name]) => `${path}.${name}`);
  if (first === undefined)
    return errors.missingParameter(
      `At least one of the parameters ${path}.Value, ${path}.Values or ${path}.StatisticValues must be specified.`,
    );
  return errors.invalidCombination(
    `The parameters ${first} and ${second} are mutually exclusive and you have specified both.`,
  );
}

function checkValue(value: number, path: string): void {
  if (Number.isNaN(value) || !(Math.abs(value) <= valueMax))
    throw errors.invalidValue(`The value ${javaName(value)} for parameter ${path} is invalid.`);
}

const javaName = (value: number): string => String(value);

function checkValues(values: readonly number[], counts: readonly number[] | undefined, path: string): void {
  if (values.length === 0) throw errors.invalidValue(`The collection ${path}.Values must not be empty.`);
  if (values.length > valuesPerDatumMax)
    throw errors.invalidValue(`The collection ${path}.Values must not have a size greater than ${valuesPerDatumMax}.`);
  if (counts !== undefined && counts.length !== values.length)
    throw errors.invalidValue(`The parameters ${path}.Values and ${path}.Counts must be of the same size.`);
  for (const [index, value] of values.entries()) checkValue(value, `${path}.Values.member.${index + 1}`);
  for (const [index, count] of (counts ?? []).entries())
    if (!(count >= 0 && count <= valueMax))
      throw errors.invalidValue(
        `The value ${javaName(count)} for parameter ${path}.Counts.member.${index + 1} is invalid.`,
      );
}

function checkSet(set: NonNullable<Datum['StatisticValues']>, path: string): void {
  for (const name of ['SampleCount', 'Sum', 'Minimum', 'Maximum'] as const)
    checkValue(set[name], `${path}.StatisticValues.${name}`);
  if (set.SampleCount <= 0)
    throw errors.invalidValue(`The parameter ${path}.StatisticValues.SampleCount must be greater than 0.`);
  if (set.Minimum > set.Maximum)
    throw errors.invalidCombination(
      `The parameter ${path}.StatisticValues.Maximum must be greater than ${path}.StatisticValues.Minimum.`,
    );
}

interface Sampled extends Sample {
  readonly isFine: boolean;
}

/** What a request brings for one series in one unit. */
interface Stream {
  readonly series: CustomSeries;
  readonly unit: string;
  readonly samples: Sampled[];
}

class Gathering {
  readonly #context: CloudWatchContext;
  readonly #namespace: string;
  readonly #streams = new Map<string, Stream>();
  /** The same streams by how the request writes them: most data of a request looks alike, so keys are made once. */
  readonly #asWritten = new Map<string, Stream>();

  constructor(context: CloudWatchContext, namespace: string) {
    this.#context = context;
    this.#namespace = namespace;
  }

  add(datum: Datum): void {
    const sample = sampleOf(datum);
    if (sample.count === 0) return;
    const at = datum.Timestamp === undefined ? this.#context.clock.now() : instant(datum.Timestamp.getTime());
    this.#stream(datum).samples.push({ ...sample, at, isFine: datum.StorageResolution === 1 });
  }

  streams(): Iterable<Stream> {
    return this.#streams.values();
  }

  #stream({ MetricName, Dimensions, Unit = 'None' }: Datum): Stream {
    let written = `${Unit}\u0000${MetricName}`;
    for (const { Name, Value } of Dimensions ?? []) written += `\u0000${Name}\u0000${Value}`;
    const known = this.#asWritten.get(written);
    if (known !== undefined) return known;
    const dimensions = sortDimensions(Dimensions);
    const name = `${seriesKey(this.#namespace, MetricName, dimensions)}${Unit}`;
    const stream = this.#streams.get(name) ?? this.#begin(name, { name: MetricName, dimensions }, Unit);
    this.#asWritten.set(written, stream);
    return stream;
  }

  #begin(key: string, metric: Pick<CustomSeries, 'name' | 'dimensions'>, unit: string): Stream {
    const series = keepSeries(this.#context, { namespace: this.#namespace, ...metric }, unit);
    const stream = { series, unit, samples: [] };
    this.#streams.set(key, stream);
    return stream;
  }
}

function sampleOf({ Value, Values, Counts, StatisticValues }: Datum): Aggregate {
  if (Value !== undefined) return { count: 1, sum: Value, min: Value, max: Value };
  if (StatisticValues !== undefined) {
    const { SampleCount: count, Sum: sum, Minimum: min, Maximum: max } = StatisticValues;
    return { count, sum, min, max };
  }
  const pairs = makePairs(Values ?? [], Counts);
  let count = 0;
  let sum = 0;
  for (let at = 0; at < pairs.length; at += 2) {
    count += pairs[at + 1] as number;
    sum += (pairs[at] as number) * (pairs[at + 1] as number);
  }
  return { count, sum, min: pairs[0] ?? 0, max: pairs.at(-2) ?? 0, pairs };
}

/** The series' row is written at most this often for its activity. */
const activityMs = 300_000;

function keepSeries(
  { state, clock }: CloudWatchContext,
  metric: Pick<CustomSeries, 'namespace' | 'name' | 'dimensions'>,
  unit: string,
): CustomSeries {
  const now = clock.now();
  const known = state.series.find(seriesKey(metric.namespace, metric.name, metric.dimensions));
  if (known?.units.includes(unit) && now - known.activeAt < activityMs) return known;
  const units = known?.units ?? [];
  const series = {
    ...metric,
    id: known?.id ?? nextNumber(state, 'series'),
    units: units.includes(unit) ? units : [...units, unit],
    activeAt: now,
  };
  state.series.put(series);
  return series;
}
