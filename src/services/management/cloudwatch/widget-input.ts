// Reads the description of a graph, as GetMetricWidgetImage and dashboards have it.
//
// Unknown: AWS's words for what it refuses.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Metric-Widget-Structure.html
import { readDuration } from '../../../kernel/duration.ts';
import { type Instant, instant } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { widgetBytesMax, widgetMetricsMax, widgetPixelsMax } from './limits.ts';
import { readOffset } from './label.ts';
import type { QueryInput } from './query.ts';

type Json = Readonly<Record<string, unknown>>;
export type Side = 'left' | 'right';
export type View = 'timeSeries' | 'singleValue' | 'bar' | 'pie';

export interface WidgetLine {
  readonly query: QueryInput;
  readonly color?: string | undefined;
  readonly side: Side;
}

export interface Axis {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly label?: string | undefined;
}

export interface Annotation<Value> {
  readonly value: Value;
  /** The other edge of a band. */
  readonly to?: Value | undefined;
  readonly label?: string | undefined;
  readonly color?: string | undefined;
  readonly fill?: string | undefined;
  readonly side: Side;
}

export interface Widget {
  readonly lines: readonly WidgetLine[];
  readonly title?: string | undefined;
  readonly width: number;
  readonly height: number;
  readonly from: Instant;
  readonly to: Instant;
  readonly view: View;
  readonly stacked: boolean;
  readonly legend: 'bottom' | 'right' | 'hidden';
  readonly axes: Readonly<Record<Side, Axis>>;
  readonly horizontal: readonly Annotation<number>[];
  readonly vertical: readonly Annotation<Instant>[];
  /** Minutes east of UTC. */
  readonly offsetMinutes: number;
}

const refuse = (problem: string) => errors.validation(`Invalid MetricWidget: ${problem}`);

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const objectOf = (value: unknown): Json => (isObject(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const sideOf = (value: unknown): Side => (value === 'right' ? 'right' : 'left');

function pixels(value: unknown, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > widgetPixelsMax)
    throw refuse(`${name} must be an integer between 1 and ${widgetPixelsMax}`);
  return value;
}

function timeOf(value: unknown, name: string, fallback: string, now: Instant): Instant {
  const text = value === undefined ? fallback : textOf(value);
  if (text?.startsWith('-P')) {
    const seconds = readDuration(text.slice(1));
    if (seconds !== undefined) return instant(now - seconds * 1000);
  } else if (text !== undefined && Number.isFinite(Date.parse(text))) return instant(Date.parse(text));
  throw refuse(`${name} must be a time or a duration before now`);
}

interface Defaults {
  readonly period: number;
  readonly stat: string;
}

/** Rows of `metrics` may leave out what the row before has: `.` is one value of it, `...` all up to the last ones. */
function spellOut(row: readonly string[], before: readonly string[]): string[] {
  const full = row[0] === '...' ? [...before.slice(0, before.length - (row.length - 1)), ...row.slice(1)] : [...row];
  return full.map((value, at) => (value === '.' ? (before[at] ?? value) : value));
}

function readLines(rows: readonly unknown[], defaults: Defaults): WidgetLine[] {
  let before: string[] = [];
  const lines: WidgetLine[] = [];
  for (const [at, row] of rows.entries()) {
    if (!Array.isArray(row)) throw refuse(`metrics[${at}] must be an array`);
    const last: unknown = row.at(-1);
    const options = objectOf(last);
    const names = (isObject(last) ? row.slice(0, -1) : row) as unknown[];
    if (!names.every((name) => typeof name === 'string')) throw refuse(`metrics[${at}] must consist of strings`);
    if (names.length > 0) before = spellOut(names, before);
    const query = queryOf(names.length === 0 ? undefined : before, options, defaults, `m${at + 1}`, at);
    if (options['visible'] === false) query.ReturnData = false;
    lines.push({ query, color: textOf(options['color']), side: sideOf(options['yAxis']) });
  }
  return lines;
}

function queryOf(
  names: readonly string[] | undefined,
  options: Json,
  { period, stat }: Defaults,
  name: string,
  at: number,
): QueryInput {
  const Id = textOf(options['id']) ?? name;
  const Label = textOf(options['label']);
  const Period = numberOf(options['period']) ?? period;
  const Expression = textOf(options['expression']);
  const base = { Id, ...(Label === undefined ? {} : { Label }) };
  if (names === undefined) {
    if (Expression === undefined) throw refuse(`metrics[${at}] must name a metric or have an expression`);
    return { ...base, Expression, Period };
  }
  const [Namespace, MetricName, ...pairs] = names;
  if (MetricName === undefined || pairs.length % 2 === 1)
    throw refuse(`metrics[${at}] must have a namespace, a metric name, and pairs of dimension names and values`);
  const Dimensions = pairs.flatMap((Name, place) =>
    place % 2 === 0 ? [{ Name, Value: pairs[place + 1] as string }] : [],
  );
  const Stat = textOf(options['stat']) ?? stat;
  return { ...base, MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period, Stat } };
}

const axisOf = (value: unknown): Axis => {
  const { min, max, label } = objectOf(value);
  return { min: numberOf(min), max: numberOf(max), label: textOf(label) };
};

/** An annotation is a value, or two values between which there is a band. */
function readAnnotations<Value>(
  list: unknown,
  valueOf: (value: unknown) => Value | undefined,
): readonly Annotation<Value>[] {
  return listOf(list).flatMap((entry) => {
    const [first, second] = Array.isArray(entry) ? (entry as unknown[]).map(objectOf) : [objectOf(entry)];
    const value = valueOf(first?.['value']);
    if (first === undefined || value === undefined || first['visible'] === false) return [];
    const { label, color, fill, yAxis } = first;
    const to = second === undefined ? undefined : valueOf(second['value']);
    return [{ value, to, label: textOf(label), color: textOf(color), fill: textOf(fill), side: sideOf(yAxis) }];
  });
}

const instantOf = (value: unknown): Instant | undefined => {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(at) ? instant(at) : undefined;
};

const views: readonly string[] = ['timeSeries', 'singleValue', 'bar', 'pie'];

/** @throws ValidationError */
export function readWidget(text: string, now: Instant): Widget {
  if (Buffer.byteLength(text) > widgetBytesMax) throw refuse(`it must not be larger than ${widgetBytesMax} bytes`);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw refuse('it must be a JSON object');
  }
  if (!isObject(body)) throw refuse('it must be a JSON object');
  const { metrics, view = 'timeSeries', legend, yAxis, annotations, stat = 'Average', period = 300 } = body;
  if (!Array.isArray(metrics) || metrics.length === 0) throw refuse('metrics must be an array of at least one metric');
  if (metrics.length > widgetMetricsMax) throw refuse(`metrics must not have more than ${widgetMetricsMax} items`);
  if (typeof view !== 'string' || !views.includes(view)) throw refuse(`view must be one of ${views.join(', ')}`);
  if (typeof stat !== 'string' || typeof period !== 'number') throw refuse('stat must be a string, period a number');
  const from = timeOf(body['start'], 'start', '-PT3H', now);
  const to = timeOf(body['end'], 'end', '-PT0H', now);
  if (from >= to) throw refuse('start must be before end');
  const offsetMinutes = readOffset(textOf(body['timezone']));
  if (offsetMinutes === undefined) throw refuse('timezone must be an offset, such as +0130');
  const { position = 'bottom' } = objectOf(legend);
  return {
    lines: readLines(metrics, { period, stat }),
    title: textOf(body['title']),
    width: pixels(body['width'], 'width', 600),
    height: pixels(body['height'], 'height', 400),
    from,
    to,
    view: view as View,
    stacked: body['stacked'] === true,
    legend: position === 'right' || position === 'hidden' ? position : 'bottom',
    axes: { left: axisOf(objectOf(yAxis)['left']), right: axisOf(objectOf(yAxis)['right']) },
    horizontal: readAnnotations(objectOf(annotations)['horizontal'], numberOf),
    vertical: readAnnotations(objectOf(annotations)['vertical'], instantOf),
    offsetMinutes,
  };
}
