// The values of metric math: numbers, lines (time series), lists of lines, and text.
import { type Operator, MathError } from './math-syntax.ts';
import type { Grid, MetricRef } from './reading.ts';

/** A time series: points by their instant in milliseconds, in time order. */
export interface Line {
  readonly grid: Grid;
  readonly points: ReadonlyMap<number, number>;
  /** What tells it from the other lines of a list. */
  readonly label: string;
  /** What it was grouped by, for a line of a Metrics Insights query. */
  readonly group?: Readonly<Record<string, string>> | undefined;
  /** The metric it was read from, when it is one's own values. */
  readonly source?: { readonly metric: MetricRef; readonly stat: string } | undefined;
}

export type MathValue = number | string | Line | readonly Line[];

export const isLines = (value: MathValue): value is readonly Line[] => Array.isArray(value);
export const isLine = (value: MathValue): value is Line => typeof value === 'object' && !isLines(value);

export const timeOf = (grid: Grid, index: number): number => grid.start + index * grid.periodSeconds * 1000;

export function* timesOf(grid: Grid): Generator<number> {
  for (let index = 0; index < grid.count; index++) yield timeOf(grid, index);
}

/** A line made point by point; what is not a finite number is no point. */
export function makeLine(base: Line, points: Iterable<readonly [number, number | undefined]>): Line {
  const kept = new Map<number, number>();
  for (const [at, value] of points) if (value !== undefined && Number.isFinite(value)) kept.set(at, value);
  return { grid: base.grid, label: base.label, points: kept };
}

export const mapLine = (line: Line, change: (value: number, at: number) => number | undefined): Line =>
  makeLine(
    line,
    [...line.points].map(([at, value]) => [at, change(value, at)] as const),
  );

const truth = (is: boolean): number => (is ? 1 : 0);

const operations: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '<': (a, b) => truth(a < b),
  '<=': (a, b) => truth(a <= b),
  '>': (a, b) => truth(a > b),
  '>=': (a, b) => truth(a >= b),
  '&&': (a, b) => truth(a !== 0 && b !== 0),
  '||': (a, b) => truth(a !== 0 || b !== 0),
};

const nameOf = (value: MathValue): string =>
  typeof value === 'number'
    ? 'Scalar'
    : typeof value === 'string'
      ? 'String'
      : isLines(value)
        ? 'TimeSeries[]'
        : 'TimeSeries';

/** Of two lines the points of instants that both have. */
function joinLines(a: Line, b: Line, join: (a: number, b: number) => number): Line {
  const [fewer, other, swap] = a.points.size <= b.points.size ? [a, b, false] : [b, a, true];
  const points: [number, number][] = [];
  for (const [at, value] of fewer.points) {
    const beside = other.points.get(at);
    if (beside !== undefined) points.push([at, swap ? join(beside, value) : join(value, beside)]);
  }
  return makeLine(a.grid.periodSeconds >= b.grid.periodSeconds ? a : { ...a, grid: b.grid }, points);
}

export function operate(operator: Operator, left: MathValue, right: MathValue): MathValue {
  const apply = operations[operator];
  const refuse = (): never => {
    throw new MathError(`Unsupported operand type(s) for ${operator}: '${nameOf(left)}' and '${nameOf(right)}'`);
  };
  if (typeof left === 'string' || typeof right === 'string') return refuse();
  if (typeof left === 'number' && typeof right === 'number') return apply(left, right);
  if (isLines(left) && isLines(right)) return refuse();
  if (isLines(left)) return left.map((line) => operate(operator, line, right) as Line);
  if (isLines(right)) return right.map((line) => ({ ...(operate(operator, left, line) as Line), label: line.label }));
  if (typeof left === 'number') return mapLine(right as Line, (value) => apply(left, value));
  if (typeof right === 'number') return mapLine(left, (value) => apply(value, right));
  return joinLines(left, right, apply);
}
