// GetMetricWidgetImage: a graph as a picture.
import { type LabelFrame, fillLabel } from './label.ts';
import { MathError } from './math-syntax.ts';
import type { Line } from './math-value.ts';
import { distinctLabel, MathRequest, type Query } from './math.ts';
import { expressionRefusal, readQueries } from './query.ts';
import { errors } from './errors.ts';
import { type Grid, whenLoaded } from './reading.ts';
import type { CloudWatchContext, Operation } from './state.ts';
import type { DrawnLine } from './widget-drawing.ts';
import { readWidget, type Widget, type WidgetLine } from './widget-input.ts';

/** More would not be seen in a picture of 2,000 points. */
const periodsMax = 20_000;

const gridOf =
  ({ from, to }: Widget) =>
  (periodSeconds: number): Grid => {
    const periodMs = periodSeconds * 1000;
    const start = Math.floor(from / periodMs) * periodMs;
    const count = Math.ceil((to - start) / periodMs);
    if (count > periodsMax) throw errors.validation('Invalid MetricWidget: the time range has too many periods');
    return { start, periodSeconds, count };
  };

function linesOf(request: MathRequest, { id }: Query): readonly Line[] {
  try {
    return request.lines(id);
  } catch (error) {
    if (error instanceof MathError) throw expressionRefusal(id, error.message);
    throw error;
  }
}

function labelOf({ label, stat, id }: Query, line: Line, isOneOfMany: boolean, frame: LabelFrame): string {
  const own = stat !== undefined || isOneOfMany || line.label !== '' ? line.label : id;
  if (label === undefined) return own;
  const filled = fillLabel(label, line, own, frame);
  return isOneOfMany && filled === label ? `${label} ${line.label}` : filled;
}

function drawnLines(context: CloudWatchContext, widget: Widget): DrawnLine[] {
  const queries = readQueries(
    widget.lines.map(({ query }) => query),
    'metrics',
    context.account,
  );
  const request = new MathRequest(context, queries, gridOf(widget));
  const { account, region } = context;
  const frame = { account, region, offsetMinutes: widget.offsetMinutes, now: context.clock.now() };
  const among = queries.flatMap(({ stat, returns }) => (stat !== undefined && returns ? [stat.metric] : []));
  return queries.flatMap((query, at) => {
    if (!query.returns) return [];
    const name = query.stat && distinctLabel(query.stat.metric, among);
    const { color, side } = widget.lines[at] as WidgetLine;
    const lines = linesOf(request, query);
    return lines.map((line) => ({
      label: labelOf(query, name === undefined ? line : { ...line, label: name }, lines.length > 1, frame),
      points: line.points,
      periodSeconds: line.grid.periodSeconds,
      color: lines.length === 1 ? color : undefined,
      side,
    }));
  });
}

/**
 * Draws metrics as a picture, in PNG.
 *
 * Limit: 100 metrics and 100 KB of description; 2,000 by 2,000 points.
 * Differs: metrics of other Regions are not drawn; the layout, the letters and the colours' shades are not AWS's own.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricWidgetImage.html
 */
export const GetMetricWidgetImage: Operation<'GetMetricWidgetImage'> = async (input, context) => {
  const { MetricWidget, OutputFormat = 'png' } = input;
  if (OutputFormat !== 'png' && OutputFormat !== 'image/png')
    throw errors.invalidValue(`The value ${OutputFormat} for parameter OutputFormat is not supported.`);
  const widget = readWidget(MetricWidget, context.clock.now());
  const lines = await whenLoaded(() => drawnLines(context, widget));
  const { drawWidget } = await import('./widget-drawing.ts');
  return { MetricWidgetImage: drawWidget(widget, lines) };
};
