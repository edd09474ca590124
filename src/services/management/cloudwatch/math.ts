// Metric math: works out the queries of one request, each at most once, whatever the order in which they refer to each other.
import { bandOf } from './anomaly-band.ts';
import { functions, keywords } from './math-function.ts';
import { type Expression, MathError, parseMath } from './math-syntax.ts';
import { isLine, isLines, type Line, type MathValue, operate, timeOf } from './math-value.ts';
import { type Grid, type MetricRef, readPeriods } from './reading.ts';
import { runSelect, selectPeriod } from './select.ts';
import { isSelect, parseSelect, type Select } from './select-query.ts';
import { searchMetrics } from './search.ts';
import type { CloudWatchContext } from './state.ts';
import { findStatistic } from './statistic.ts';

/** One query: a metric with its statistic, or an expression. */
export interface Query {
  readonly id: string;
  readonly label?: string | undefined;
  readonly returns: boolean;
  readonly stat?: { readonly metric: MetricRef; readonly stat: string; readonly periodSeconds: number } | undefined;
  readonly expression?: string | undefined;
  readonly periodSeconds?: number | undefined;
}

/** The grid for a period; what is read and when is the caller's business. */
export type GridOf = (periodSeconds: number) => Grid;

export class MathRequest {
  readonly #context: CloudWatchContext;
  readonly #queries: ReadonlyMap<string, Query>;
  readonly #gridOf: GridOf;
  readonly #isAlarm: boolean;
  readonly #values = new Map<string, MathValue>();
  readonly #open = new Set<string>();
  #isPartial = false;

  /** @param isAlarm goes by kept models of anomaly detectors, because an alarm asks every minute. */
  constructor(context: CloudWatchContext, queries: readonly Query[], gridOf: GridOf, isAlarm = false) {
    this.#isAlarm = isAlarm;
    this.#context = context;
    this.#queries = new Map(queries.map((query) => [query.id, query]));
    this.#gridOf = gridOf;
  }

  /** True when a Metrics Insights query could not look at all that it asks for. */
  get isPartial(): boolean {
    return this.#isPartial;
  }

  /** @throws MathError */
  value(id: string): MathValue {
    const known = this.#values.get(id);
    if (known !== undefined) return known;
    const query = this.#queries.get(id);
    if (query === undefined) throw new MathError(`The query refers to an unknown id: ${id}`);
    if (this.#open.has(id)) throw new MathError('Circular reference between expressions');
    this.#open.add(id);
    const value = query.stat === undefined ? this.#expression(query) : this.#metric(query.stat, query.stat.metric.name);
    this.#open.delete(id);
    this.#values.set(id, value);
    return value;
  }

  /** Lines of a query that returns some. @throws MathError */
  lines(id: string): readonly Line[] {
    const value = this.value(id);
    if (isLines(value)) return value;
    if (isLine(value)) return [value];
    throw new MathError('Expression must return a time series or a list of time series');
  }

  #metric({ metric, stat, periodSeconds }: NonNullable<Query['stat']>, label: string): Line {
    const grid = this.#gridOf(periodSeconds);
    const statistic = findStatistic(stat);
    const points = new Map<number, number>();
    for (const [index, period] of readPeriods(this.#context, metric, grid).entries()) {
      const value = period && statistic?.(period);
      if (value !== undefined) points.set(timeOf(grid, index), value);
    }
    return { grid, points, label, source: { metric, stat } };
  }

  #expression({ expression = '', periodSeconds }: Query): MathValue {
    if (isSelect(expression)) return this.#select(parseSelect(expression), periodSeconds);
    return this.#evaluate(parseMath(expression), periodSeconds);
  }

  #evaluate(expression: Expression, periodSeconds: number | undefined): MathValue {
    switch (expression.kind) {
      case 'number':
      case 'text':
        return expression.value;
      case 'name':
        return this.value(expression.name);
      case 'negate':
        return operate('-', 0, this.#evaluate(expression.of, periodSeconds));
      case 'list':
        return expression.items.flatMap((item) => {
          const value = this.#evaluate(item, periodSeconds);
          if (isLines(value)) return value;
          if (isLine(value)) return [value];
          throw new MathError('Unsupported type in an array: only time series can be put in one');
        });
      case 'binary':
        return operate(
          expression.operator,
          this.#evaluate(expression.left, periodSeconds),
          this.#evaluate(expression.right, periodSeconds),
        );
      case 'call':
        return this.#call(expression.name, expression.args, periodSeconds);
    }
  }

  #call(name: string, args: readonly Expression[], periodSeconds: number | undefined): MathValue {
    const values = (): MathValue[] => args.map((arg) => this.#argument(arg, periodSeconds));
    if (name === 'METRICS') return this.#metrics(values());
    if (name === 'SEARCH') return this.#search(values(), periodSeconds);
    if (name === 'ANOMALY_DETECTION_BAND') return this.#band(values());
    if (name === 'IF' && args.length >= 2) return this.#if(args, periodSeconds);
    const apply = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (apply === undefined) throw new MathError(unknownFunction(name));
    return apply(values(), this.#defaultGrid(periodSeconds));
  }

  /** Words that are keywords stay words, unless a query has that id. */
  #argument(arg: Expression, periodSeconds: number | undefined): MathValue {
    if (arg.kind === 'name' && keywords.has(arg.name) && !this.#queries.has(arg.name)) return arg.name;
    return this.#evaluate(arg, periodSeconds);
  }

  /** With a condition that is a number only one branch is worked out. */
  #if(args: readonly Expression[], periodSeconds: number | undefined): MathValue {
    return (functions['IF'] as NonNullable<(typeof functions)['IF']>)(
      args.map((arg) => this.#argument(arg, periodSeconds)),
      this.#defaultGrid(periodSeconds),
    );
  }

  #metrics([filter, ...rest]: readonly MathValue[]): readonly Line[] {
    if (rest.length > 0 || !(filter === undefined || typeof filter === 'string'))
      throw new MathError('Incorrect number or type of arguments for function METRICS');
    return [...this.#queries.values()]
      .filter(({ stat, id }) => stat !== undefined && (filter === undefined || id.includes(filter)))
      .map(({ id, label }) => ({ ...(this.value(id) as Line), label: label ?? (this.value(id) as Line).label }));
  }

  #search([text, stat, period, ...rest]: readonly MathValue[], ofQuery: number | undefined): readonly Line[] {
    if (
      typeof text !== 'string' ||
      typeof stat !== 'string' ||
      rest.length > 0 ||
      !(period === undefined || typeof period === 'number')
    )
      throw new MathError('Incorrect number or type of arguments for function SEARCH');
    if (findStatistic(stat) === undefined) throw new MathError(`Unsupported statistic ${stat} in SEARCH`);
    const periodSeconds = period ?? ofQuery ?? 300;
    const found = searchMetrics(this.#context, text);
    return found.map((metric) => this.#metric({ metric, stat, periodSeconds }, distinctLabel(metric, found)));
  }

  #select(select: Select, periodSeconds: number | undefined): MathValue {
    const grid = this.#gridOf(selectPeriod(periodSeconds ?? 300));
    const { lines, isPartial } = runSelect(this.#context, select, grid);
    if (isPartial) this.#isPartial = true;
    if (select.groupBy.length > 0) return lines;
    return lines[0] ?? { grid, label: '', points: new Map() };
  }

  #band([value, width = 2, ...rest]: readonly MathValue[]): readonly Line[] {
    if (value === undefined || !isLine(value) || typeof width !== 'number' || rest.length > 0)
      throw new MathError('Incorrect number or type of arguments for function ANOMALY_DETECTION_BAND');
    return bandOf(this.#context, value, width, this.#isAlarm);
  }

  #defaultGrid(periodSeconds: number | undefined): Grid {
    const periods = [...this.#queries.values()].flatMap(({ stat }) => (stat === undefined ? [] : [stat.periodSeconds]));
    return this.#gridOf(periodSeconds ?? (periods.length === 0 ? 60 : Math.max(...periods)));
  }
}

/** Functions of AWS whose data is not here: they are refused by name, not answered with nothing. */
const withoutData = new Set(['SERVICE_QUOTA', 'INSIGHT_RULE_METRIC', 'DB_PERF_INSIGHTS', 'LAMBDA']);

export const unknownFunction = (name: string): string =>
  withoutData.has(name) ? `Function ${name} is not implemented` : `Unsupported function ${name}`;

/** Metrics beside each other are told apart by what differs: the name, else the values of dimensions. */
export function distinctLabel(metric: MetricRef, among: readonly MetricRef[]): string {
  const isOneName = among.every(({ name }) => name === metric.name);
  const values = metric.dimensions
    .filter(({ Name, Value }) =>
      among.some(({ dimensions }) => dimensions.find((other) => other.Name === Name)?.Value !== Value),
    )
    .map(({ Value }) => Value);
  const parts = isOneName && values.length > 0 ? values : [...values, metric.name];
  return parts.join(' ');
}
