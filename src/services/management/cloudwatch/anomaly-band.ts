// The band in which an anomaly detector expects a metric.
//
// Differs: AWS trains a model of its own; this one is simple and says what it does. For each instant it looks at the values of the two weeks
// before: those of the same hour of the week, else of the same hour of the day, else all of them, whichever group has enough. The band is
// their mean, plus and minus `width` of their standard deviations.
import { key } from '../../../kernel/key.ts';
import { instant, secondsPerDay, secondsPerHour } from '../../../kernel/units.ts';
import { deviation } from './math-function.ts';
import { MathError } from './math-syntax.ts';
import { type Line, makeLine, timesOf } from './math-value.ts';
import { type Grid, type MetricRef, readPeriods } from './reading.ts';
import { type CloudWatchContext, type Detector, dimensionsKey, type State } from './state.ts';
import { findStatistic } from './statistic.ts';

export const detectorKey = (metric: Pick<MetricRef, 'namespace' | 'name' | 'dimensions'>, stat: string): string =>
  key('single', metric.namespace, metric.name, dimensionsKey(metric.dimensions), stat);

const findDetector = (state: State, metric: MetricRef, stat: string): Detector | undefined =>
  state.detectors.find(detectorKey(metric, stat));

const trainedSeconds = 14 * secondsPerDay;
/** Fewer values of an hour tell nothing of it. */
const groupMin = 3;

interface Expected {
  readonly mean: number;
  readonly deviation: number;
}

class Model {
  readonly #groups = new Map<string, number[]>();
  readonly #known = new Map<string, Expected | undefined>();

  /** How many values it has seen. */
  get size(): number {
    return this.#groups.get('all')?.length ?? 0;
  }

  learn(at: number, value: number): void {
    for (const name of groupsOf(at)) {
      const group = this.#groups.get(name);
      if (group === undefined) this.#groups.set(name, [value]);
      else group.push(value);
    }
  }

  expect(at: number): Expected | undefined {
    for (const name of groupsOf(at)) {
      const expected = this.#expected(name);
      if (expected !== undefined) return expected;
    }
    return undefined;
  }

  #expected(name: string): Expected | undefined {
    if (this.#known.has(name)) return this.#known.get(name);
    const values = this.#groups.get(name) ?? [];
    const expected =
      values.length < groupMin
        ? undefined
        : { mean: values.reduce((sum, value) => sum + value, 0) / values.length, deviation: deviation(values) };
    this.#known.set(name, expected);
    return expected;
  }
}

/** Groups of an instant, the closest first. */
function groupsOf(at: number): readonly string[] {
  const hour = Math.floor(at / (secondsPerHour * 1000));
  return [`week ${hour % 168}`, `day ${hour % 24}`, 'all'];
}

const isExcluded = (detector: Detector | undefined, at: number): boolean =>
  detector?.excluded.some(({ from, to }) => at >= from && at < to) ?? false;

/** How long an alarm goes by a model before it looks at the metric's history anew. */
const modelSeconds = 3 * secondsPerHour;
const modelsKept = 100;
const models = new WeakMap<State, Map<string, Model>>();

type Source = NonNullable<Line['source']>;

/** A model of what came before `end`. */
function train(context: CloudWatchContext, { metric, stat }: Source, end: number, periodSeconds: number): Model {
  const periodMs = periodSeconds * 1000;
  const count = Math.floor(Math.min(trainedSeconds * 1000, end) / periodMs);
  const start = instant(end - count * periodMs);
  const detector = findDetector(context.state, metric, stat);
  const statistic = findStatistic(stat);
  const model = new Model();
  for (const [index, period] of readPeriods(context, metric, { start, periodSeconds, count }).entries()) {
    const at = start + index * periodMs;
    const value = period && statistic?.(period);
    if (value !== undefined && !isExcluded(detector, at)) model.learn(at, value);
  }
  return model;
}

/** The model by which alarms go: trained every three hours, not at every evaluation. */
function keptModel(context: CloudWatchContext, source: Source, { start, periodSeconds }: Grid): Model {
  const end = Math.floor(start / (modelSeconds * 1000)) * modelSeconds * 1000;
  const { namespace, name, dimensions } = source.metric;
  const place = key(namespace, name, dimensionsKey(dimensions), source.stat, periodSeconds, end);
  const ofState = models.get(context.state) ?? new Map<string, Model>();
  models.set(context.state, ofState);
  const known = ofState.get(place);
  if (known !== undefined) return known;
  const model = train(context, source, end, periodSeconds);
  if (ofState.size >= modelsKept) ofState.clear();
  if (model.size >= groupMin) ofState.set(place, model);
  return model;
}

/** Upper and lower line of the band around a metric, in this order. @throws MathError */
export function bandOf(
  context: CloudWatchContext,
  line: Line,
  width: number,
  keepsModels: boolean,
): readonly [Line, Line] {
  const { grid, source } = line;
  if (source === undefined) throw new MathError('ANOMALY_DETECTION_BAND needs a metric as its first argument');
  const model = keepsModels ? keptModel(context, source, grid) : train(context, source, grid.start, grid.periodSeconds);
  const edge = (sign: number): Line =>
    makeLine(
      line,
      [...timesOf(grid)].map((at) => {
        const expected = model.expect(at);
        return [at, expected && expected.mean + sign * width * expected.deviation] as const;
      }),
    );
  return [
    { ...edge(1), label: `${line.label} (upper)` },
    { ...edge(-1), label: `${line.label} (lower)` },
  ];
}
