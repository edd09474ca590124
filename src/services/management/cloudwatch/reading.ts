// Reads a metric by periods, whether a user sent it or a service draws it.
//
// Reading is synchronous. Only when a service whose namespace is asked for has not been loaded yet does it wait: then the whole question
// is put again once it has (`whenLoaded`), which is safe because a question writes nothing.
import { instant, type Instant } from '../../../kernel/units.ts';
import { readSamples } from './block.ts';
import { type CloudWatchContext, type MetricDimension, seriesKey } from './state.ts';
import { type Aggregate, mergeAggregates } from './statistic.ts';

export interface MetricRef {
  readonly namespace: string;
  readonly name: string;
  /** In order of name. */
  readonly dimensions: readonly MetricDimension[];
  /** Only data in this unit. */
  readonly unit?: string | undefined;
}

/** Equal periods, one after the other. */
export interface Grid {
  readonly start: number;
  readonly periodSeconds: number;
  readonly count: number;
}

/** Thrown by a question that must be put again when `loading` has settled. */
class NotLoaded extends Error {
  readonly loading: Promise<unknown>;

  constructor(loading: Promise<unknown>) {
    super('a service is being loaded');
    this.loading = loading;
  }
}

/** Asks a question that writes nothing; a promise only while services have to be loaded for it. */
export function whenLoaded<Answer>(question: () => Answer): Answer | Promise<Answer> {
  try {
    return question();
  } catch (error) {
    if (!(error instanceof NotLoaded)) throw error;
    return error.loading.then(() => whenLoaded(question));
  }
}

export function loadedOf<Answer extends object>(answer: Answer | Promise<Answer>): Answer {
  if (answer instanceof Promise) throw new NotLoaded(answer);
  return answer;
}

/** Whether a service answers for that namespace, so that its metrics can change without anybody sending data. */
export function isDrawn(context: CloudWatchContext, namespace: string): boolean {
  drawnNamespaces ??= new Set(context.metrics.namespaces);
  return drawnNamespaces.has(namespace);
}

/** The same for every cloud: services are what they are. */
let drawnNamespaces: ReadonlySet<string> | undefined;

const keys = new WeakMap<MetricRef, string>();

/** An alarm asks for the same metric every minute, so the key is made once for it. */
function keyOf(metric: MetricRef): string {
  let known = keys.get(metric);
  if (known === undefined) {
    known = seriesKey(metric.namespace, metric.name, metric.dimensions);
    keys.set(metric, known);
  }
  return known;
}

const drawnDimensions = (ref: MetricRef): readonly { name: string; value: string }[] =>
  ref.dimensions.map(({ Name, Value }) => ({ name: Name, value: Value }));

/** The unit of a metric that a service draws. */
export function drawnUnit(context: CloudWatchContext, ref: MetricRef): string | undefined {
  const { namespace, name } = ref;
  const dimensions = drawnDimensions(ref);
  const found = loadedOf(context.metrics.series({ namespace, name, dimensions }));
  return found.find((series) => series.name === name && series.dimensions.length === dimensions.length)?.unit;
}

/** Units in which there is data, each once. */
export function unitsOf(context: CloudWatchContext, ref: MetricRef): readonly string[] {
  const custom = context.state.series.find(keyOf(ref))?.units ?? [];
  if (!isDrawn(context, ref.namespace)) return custom;
  const drawn = drawnUnit(context, ref);
  return drawn === undefined || custom.includes(drawn) ? custom : [...custom, drawn];
}

/** What is known of each period of the grid; undefined where there is no data. */
export function readPeriods(context: CloudWatchContext, ref: MetricRef, grid: Grid): (Aggregate | undefined)[] {
  const periods: (Aggregate | undefined)[] = [];
  for (let index = 0; index < grid.count; index++) periods.push(undefined);
  const periodMs = grid.periodSeconds * 1000;
  const from = instant(grid.start);
  const to = instant(grid.start + grid.count * periodMs);
  const add = (at: number, sample: Aggregate): void => {
    const place = Math.floor((at - grid.start) / periodMs);
    if (place >= 0 && place < grid.count) periods[place] = mergeAggregates(periods[place], sample);
  };
  addCustom(context, ref, { from, to, periodSeconds: grid.periodSeconds }, add);
  if (isDrawn(context, ref.namespace)) addDrawn(context, ref, from, to, add);
  return periods;
}

type Add = (at: number, sample: Aggregate) => void;

function addCustom(
  { state, clock }: CloudWatchContext,
  metric: MetricRef,
  window: { readonly from: Instant; readonly to: Instant; readonly periodSeconds: number },
  add: Add,
): void {
  const series = state.series.find(keyOf(metric));
  if (series === undefined) return;
  const { unit } = metric;
  const now = clock.now();
  for (const [stream, streamUnit] of series.units.entries())
    if (unit === undefined || unit === streamUnit)
      for (const sample of readSamples(state, series.id, stream, { ...window, now })) add(sample.at, sample);
}

function addDrawn(context: CloudWatchContext, ref: MetricRef, from: Instant, to: Instant, add: Add): void {
  const { namespace, name, unit } = ref;
  if (unit !== undefined && drawnUnit(context, ref) !== unit) return;
  const drawn = loadedOf(context.metrics.read({ namespace, name, dimensions: drawnDimensions(ref), from, to }));
  for (const { at, sampleCount, sum, minimum, maximum } of drawn)
    add(at, { count: sampleCount, sum, min: minimum, max: maximum });
}
