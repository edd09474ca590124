// The functions of metric math that need nothing but their arguments.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list
import { MathError } from './math-syntax.ts';
import { isLine, isLines, type Line, makeLine, mapLine, type MathValue, timesOf } from './math-value.ts';
import type { Grid } from './reading.ts';

export type MathFunction = (args: readonly MathValue[], grid: Grid) => MathValue;

const wrongArgs = (name: string): never => {
  throw new MathError(`Incorrect number or type of arguments for function ${name}`);
};

/** Applies what is made for a line to each line of a list too. */
const eachLine =
  (name: string, change: (line: Line) => Line): MathFunction =>
  ([value, ...rest]) => {
    if (value === undefined || rest.length > 0) return wrongArgs(name);
    if (isLines(value)) return value.map((line) => ({ ...change(line), label: line.label }));
    return isLine(value) ? change(value) : wrongArgs(name);
  };

/** As `eachLine`, of single values; a number gives a number. */
const eachValue =
  (name: string, change: (value: number) => number): MathFunction =>
  (args, grid) =>
    args.length === 1 && typeof args[0] === 'number'
      ? change(args[0])
      : eachLine(name, (line) => mapLine(line, change))(args, grid);

/** One number of a line's values, or a line of the numbers of a list's instants. */
const reduce =
  (name: string, change: (values: readonly number[]) => number, empty?: number): MathFunction =>
  ([value, ...rest], grid) => {
    if (value === undefined || rest.length > 0) return wrongArgs(name);
    if (typeof value === 'number') return change([value]);
    if (isLines(value)) return acrossLines(value, grid, change);
    if (!isLine(value)) return wrongArgs(name);
    const values = [...value.points.values()];
    return values.length === 0 ? (empty ?? Number.NaN) : change(values);
  };

function acrossLines(lines: readonly Line[], grid: Grid, change: (values: readonly number[]) => number): Line {
  const byTime = new Map<number, number[]>();
  for (const line of lines)
    for (const [at, value] of line.points) {
      const there = byTime.get(at);
      if (there === undefined) byTime.set(at, [value]);
      else there.push(value);
    }
  const times = [...byTime.keys()].sort((a, b) => a - b);
  return makeLine(
    { grid: lines[0]?.grid ?? grid, label: '', points: new Map() },
    times.map((at) => [at, change(byTime.get(at) as number[])] as const),
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

/** Population standard deviation. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/** Each point with the one before it. */
const pairwise =
  (change: (value: number, before: number, at: number, beforeAt: number) => number) =>
  (line: Line): Line => {
    const points = [...line.points];
    return makeLine(
      line,
      points.slice(1).map(([at, value], index) => {
        const [beforeAt, before] = points[index] as [number, number];
        return [at, change(value, before, at, beforeAt)] as const;
      }),
    );
  };

const byTime = (name: string, change: (date: Date) => number): MathFunction =>
  eachLine(name, (line) => mapLine(line, (_, at) => change(new Date(at))));

function fillLine(line: Line, filler: MathValue): Line {
  if (filler === 'LINEAR') return makeLine(line, interpolate(line));
  const points: [number, number | undefined][] = [];
  let last: number | undefined;
  for (const at of timesOf(line.grid)) {
    const value = line.points.get(at);
    last = value ?? last;
    const fill =
      typeof filler === 'number'
        ? filler
        : filler === 'REPEAT'
          ? last
          : isLine(filler)
            ? filler.points.get(at)
            : undefined;
    points.push([at, value ?? fill]);
  }
  return makeLine(line, points);
}

function* interpolate(line: Line): Generator<[number, number]> {
  const known = [...line.points];
  let next = 0;
  for (const at of timesOf(line.grid)) {
    while (next < known.length && (known[next] as [number, number])[0] < at) next++;
    const after = known[next];
    if (after?.[0] === at) yield after;
    const before = known[next - 1];
    if (before === undefined || after === undefined || after[0] === at) continue;
    yield [at, before[1] + ((after[1] - before[1]) * (at - before[0])) / (after[0] - before[0])];
  }
}

const FILL: MathFunction = ([value, filler, ...rest]) => {
  const isFiller =
    typeof filler === 'number' ||
    filler === 'LINEAR' ||
    filler === 'REPEAT' ||
    (filler !== undefined && isLine(filler));
  if (value === undefined || filler === undefined || !isFiller || rest.length > 0) return wrongArgs('FILL');
  if (isLines(value)) return value.map((line) => ({ ...fillLine(line, filler), label: line.label }));
  return isLine(value) ? fillLine(value, filler) : wrongArgs('FILL');
};

/** `IF(condition, then[, else])`: without an else, instants whose condition is false have no point. */
const IF: MathFunction = ([condition, whenTrue, whenFalse, ...rest]) => {
  if (condition === undefined || whenTrue === undefined || rest.length > 0) return wrongArgs('IF');
  if (typeof condition === 'number') return condition !== 0 ? whenTrue : (whenFalse ?? wrongArgs('IF'));
  if (!isLine(condition)) return wrongArgs('IF');
  const valueAt = (value: MathValue | undefined, at: number): number | undefined =>
    typeof value === 'number' ? value : value !== undefined && isLine(value) ? value.points.get(at) : undefined;
  const choose = (yes: MathValue, no: MathValue | undefined): Line =>
    mapLine(condition, (truth, at) => valueAt(truth === 0 ? no : yes, at));
  if (isLines(whenTrue)) return whenTrue.map((line) => ({ ...choose(line, whenFalse), label: line.label }));
  if (whenFalse !== undefined && isLines(whenFalse))
    return whenFalse.map((line) => ({ ...choose(whenTrue, line), label: line.label }));
  return choose(whenTrue, whenFalse);
};

const linesOf = (value: MathValue | undefined, name: string): readonly Line[] =>
  value !== undefined && isLines(value) ? value : wrongArgs(name);

const SLICE: MathFunction = ([value, from, to, ...rest]) => {
  const lines = linesOf(value, 'SLICE');
  if (typeof from !== 'number' || rest.length > 0 || !(to === undefined || typeof to === 'number'))
    return wrongArgs('SLICE');
  if (to !== undefined) return lines.slice(from, to);
  return lines[from] ?? [];
};

const sortKeys: Readonly<Record<string, (values: readonly number[]) => number>> = {
  AVG: mean,
  MIN: least,
  MAX: most,
  SUM: sum,
};

const SORT: MathFunction = ([value, by, order, count, ...rest]) => {
  const lines = linesOf(value, 'SORT');
  const keyOf = typeof by === 'string' && Object.hasOwn(sortKeys, by) ? sortKeys[by] : undefined;
  if (keyOf === undefined || (order !== 'ASC' && order !== 'DESC') || rest.length > 0) return wrongArgs('SORT');
  if (!(count === undefined || typeof count === 'number')) return wrongArgs('SORT');
  const ranked = lines.map((line) => {
    const values = [...line.points.values()];
    return { line, rank: values.length === 0 ? undefined : keyOf(values) };
  });
  const sign = order === 'ASC' ? 1 : -1;
  ranked.sort((a, b) =>
    a.rank === undefined || b.rank === undefined
      ? Number(a.rank === undefined) - Number(b.rank === undefined)
      : (a.rank - b.rank) * sign,
  );
  return ranked.slice(0, count).map(({ line }) => line);
};

const runningSum = (line: Line): Line => {
  let total = 0;
  return mapLine(line, (value) => (total += value));
};

const constantLine = (value: number, grid: Grid): Line => ({
  grid,
  label: '',
  points: new Map([...timesOf(grid)].map((at) => [at, value])),
});

const onLine =
  (name: string, answer: (line: Line) => number): MathFunction =>
  ([value, ...rest]) =>
    value !== undefined && isLine(value) && rest.length === 0 ? answer(value) : wrongArgs(name);

export const functions: Readonly<Record<string, MathFunction>> = {
  ABS: eachValue('ABS', Math.abs),
  CEIL: eachValue('CEIL', Math.ceil),
  FLOOR: eachValue('FLOOR', Math.floor),
  LOG: eachValue('LOG', Math.log),
  LOG10: eachValue('LOG10', Math.log10),
  AVG: reduce('AVG', mean),
  MAX: reduce('MAX', most),
  MIN: reduce('MIN', least),
  SUM: reduce('SUM', sum, 0),
  STDDEV: reduce('STDDEV', deviation),
  DATAPOINT_COUNT: reduce('DATAPOINT_COUNT', (values) => values.length, 0),
  DIFF: eachLine(
    'DIFF',
    pairwise((value, before) => value - before),
  ),
  DIFF_TIME: eachLine(
    'DIFF_TIME',
    pairwise((_, __, at, beforeAt) => (at - beforeAt) / 1000),
  ),
  RATE: eachLine(
    'RATE',
    pairwise((value, before, at, beforeAt) => (value - before) / ((at - beforeAt) / 1000)),
  ),
  RUNNING_SUM: eachLine('RUNNING_SUM', runningSum),
  MINUTE: byTime('MINUTE', (date) => date.getUTCMinutes()),
  HOUR: byTime('HOUR', (date) => date.getUTCHours()),
  DAY: byTime('DAY', (date) => date.getUTCDay() || 7),
  DATE: byTime('DATE', (date) => date.getUTCDate()),
  MONTH: byTime('MONTH', (date) => date.getUTCMonth() + 1),
  YEAR: byTime('YEAR', (date) => date.getUTCFullYear()),
  EPOCH: byTime('EPOCH', (date) => date.getTime() / 1000),
  PERIOD: onLine('PERIOD', (line) => line.grid.periodSeconds),
  FILL,
  IF,
  SLICE,
  SORT,
  FIRST: ([value]) => linesOf(value, 'FIRST')[0] ?? [],
  LAST: ([value]) => linesOf(value, 'LAST').at(-1) ?? [],
  METRIC_COUNT: ([value]) => linesOf(value, 'METRIC_COUNT').length,
  REMOVE_EMPTY: ([value]) => linesOf(value, 'REMOVE_EMPTY').filter(({ points }) => points.size > 0),
  TIME_SERIES: ([value], grid) => (typeof value === 'number' ? constantLine(value, grid) : wrongArgs('TIME_SERIES')),
};

/** Words that stand for themselves as arguments. */
export const keywords: ReadonlySet<string> = new Set(['REPEAT', 'LINEAR', 'ASC', 'DESC', 'AVG', 'MIN', 'MAX', 'SUM']);
