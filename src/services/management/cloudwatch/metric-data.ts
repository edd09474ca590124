// GetMetricData: many metrics, metric math, search, in pages.
import type { InputOf } from '../../../kernel/service.ts';
import { type Instant, instant, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { fillLabel, type LabelFrame, readOffset } from './label.ts';
import { datapointsOfDataMax, queriesMax } from './limits.ts';
import { MathError } from './math-syntax.ts';
import type { Line } from './math-value.ts';
import { type Query, MathRequest } from './math.ts';
import { roundStart } from './metric-statistics.ts';
import { expressionRefusal, readQueries } from './query.ts';
import { type Grid, whenLoaded } from './reading.ts';
import type { CloudWatchContext, Operation, Sdk } from './state.ts';

type Input = InputOf<Sdk, 'GetMetricData'>;

/**
 * Values of metrics and expressions over a time, the newest first unless `ScanBy` says otherwise.
 *
 * Limit: 500 queries; 100,800 data points in a page.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export const GetMetricData: Operation<'GetMetricData'> = (input, context) => {
  const limit = checkInput(input);
  const skip = input.NextToken === undefined ? 0 : readToken(input.NextToken);
  const queries = readQueries(input.MetricDataQueries, 'MetricDataQueries', context.account);
  if (!queries.some(({ returns }) => returns))
    throw errors.validation('At least one of the elements in MetricDataQueries must have ReturnData set to true.');
  const offsetMinutes = readOffset(input.LabelOptions?.Timezone);
  if (offsetMinutes === undefined)
    throw errors.validation(
      `The value ${input.LabelOptions?.Timezone} for parameter LabelOptions.Timezone is invalid.`,
    );
  const frame = { account: context.account, region: context.region, now: context.clock.now(), offsetMinutes };
  return whenLoaded(() => {
    const results = resultsOf(context, input, queries, frame);
    return pageOf(results, skip, limit, input.ScanBy === 'TimestampAscending');
  });
};

function checkInput({ MetricDataQueries, StartTime, EndTime, MaxDatapoints }: Input): number {
  if (MetricDataQueries.length === 0) throw errors.validation('The collection MetricDataQueries must not be empty.');
  if (MetricDataQueries.length > queriesMax)
    throw errors.validation(`The collection MetricDataQueries must not have a size greater than ${queriesMax}.`);
  if (StartTime >= EndTime) throw errors.validation('The parameter StartTime must be less than the parameter EndTime.');
  const limit = MaxDatapoints ?? datapointsOfDataMax;
  if (limit < 1 || limit > datapointsOfDataMax)
    throw errors.validation(`The parameter MaxDatapoints must be between 1 and ${datapointsOfDataMax}.`);
  return limit;
}

interface Result {
  readonly id: string;
  readonly label: string;
  readonly line: Line;
}

/** More periods than any page could tell of, and than memory should hold. */
const periodsMax = 5_000_000;

function gridMaker({ StartTime, EndTime }: Input, now: Instant): (periodSeconds: number) => Grid {
  return (periodSeconds) => {
    const start = roundStart(instant(StartTime.getTime()), periodSeconds, now);
    const count = Math.ceil((EndTime.getTime() - start) / (periodSeconds * 1000));
    if (count > periodsMax)
      throw errors.validation(
        'The requested time range has too many periods; use a longer Period or a shorter time range.',
      );
    return { start, periodSeconds, count };
  };
}

function resultsOf(
  context: CloudWatchContext,
  input: Input,
  queries: readonly Query[],
  frame: LabelFrame,
): readonly Result[] {
  const request = new MathRequest(context, queries, gridMaker(input, context.clock.now()));
  return queries
    .filter(({ returns }) => returns)
    .flatMap((query) => linesOf(request, query).map((line, _, all) => labelled(query, line, all.length > 1, frame)));
}

function linesOf(request: MathRequest, { id }: Query): readonly Line[] {
  try {
    return request.lines(id);
  } catch (error) {
    if (error instanceof MathError) throw expressionRefusal(id, error.message);
    throw error;
  }
}

/** Lines of a list are told apart by their own labels; a single line has its query's. */
function labelled({ id, label, stat }: Query, line: Line, isOneOfMany: boolean, frame: LabelFrame): Result {
  const isNamed = stat !== undefined || line.source !== undefined || (line.group !== undefined && line.label !== '');
  const own = isNamed || isOneOfMany ? line.label : id;
  const given = label === undefined ? own : fillLabel(label, line, own, frame);
  const isPlain = label !== undefined && !label.includes('${');
  return { id, line, label: isOneOfMany && isPlain ? `${given} ${line.label}`.trim() : given };
}

const writeToken = (points: number): string => Buffer.from(`points:${points}`).toString('base64');

function readToken(token: string): number {
  const points = /^points:(\d{1,15})$/.exec(Buffer.from(token, 'base64').toString())?.[1];
  if (points === undefined) throw errors.invalidToken();
  return Number(points);
}

/** Cuts the points of all results, one result after the other, into pages. */
function pageOf(results: readonly Result[], skip: number, limit: number, ascending: boolean) {
  let toSkip = skip;
  let left = limit;
  const page = [];
  for (const [index, { id, label, line }] of results.entries()) {
    const size = line.points.size;
    const isBefore = skip > 0 && toSkip >= size && !(size === 0 && toSkip === 0);
    const points = [...line.points];
    if (!ascending) points.reverse();
    const part = points.slice(toSkip, toSkip + left);
    const isWhole = toSkip + part.length >= size;
    toSkip = Math.max(0, toSkip - size);
    if (isBefore) continue;
    left -= part.length;
    page.push({
      Id: id,
      Label: label,
      Timestamps: part.map(([at]) => toDate(instant(at))),
      Values: part.map(([, value]) => value),
      StatusCode: isWhole ? ('Complete' as const) : ('PartialData' as const),
    });
    if (!isWhole || (left === 0 && results.slice(index + 1).some((later) => later.line.points.size > 0)))
      return { MetricDataResults: page, Messages: [], NextToken: writeToken(skip + limit) };
  }
  return { MetricDataResults: page, Messages: [] };
}
