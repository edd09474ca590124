// Labels of results: `${…}` in them is worked out from the line's points.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html
import type { Line } from './math-value.ts';

export interface LabelFrame {
  readonly account: string;
  readonly region: string;
  /** Minutes east of UTC, from `LabelOptions.Timezone`. */
  readonly offsetMinutes: number;
  /** For the relative times. */
  readonly now: number;
}

/** `+0130` as minutes; undefined when it is no offset. */
export function readOffset(text: string | undefined): number | undefined {
  if (text === undefined) return 0;
  const found = /^([+-])(\d{2})(\d{2})$/.exec(text);
  if (found === null) return undefined;
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  return found[1] === '-' ? -minutes : minutes;
}

type Point = readonly [at: number, value: number];

const shown = (value: number): string => String(Number(value.toPrecision(5)));

const timeText = (at: number, { offsetMinutes }: LabelFrame): string =>
  `${new Date(at + offsetMinutes * 60_000).toISOString().slice(0, 16).replace('T', ' ')}`;

function relativeText(at: number, { now }: LabelFrame): string {
  const minutes = Math.max(0, Math.round((now - at) / 60_000));
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return hours === 0 ? `${minutes}m ago` : rest === 0 ? `${hours}h ago` : `${hours}h ${rest}m ago`;
}

/** The points by their role. */
function rolesOf(points: readonly Point[]): Readonly<Record<'FIRST' | 'LAST' | 'MIN' | 'MAX', Point | undefined>> {
  const best = (better: (a: number, b: number) => boolean): Point | undefined =>
    points.reduce<Point | undefined>(
      (found, point) => (found === undefined || better(point[1], found[1]) ? point : found),
      undefined,
    );
  return { FIRST: points[0], LAST: points.at(-1), MIN: best((a, b) => a < b), MAX: best((a, b) => a > b) };
}

function statisticText(name: string, points: readonly Point[], frame: LabelFrame): string | undefined {
  const roles = rolesOf(points);
  const single = /^(FIRST|LAST|MIN|MAX)(?:_(TIME|TIME_RELATIVE))?$/.exec(name);
  if (single !== null) {
    const point = roles[single[1] as keyof typeof roles];
    if (point === undefined) return '--';
    return single[2] === undefined
      ? shown(point[1])
      : single[2] === 'TIME'
        ? timeText(point[0], frame)
        : relativeText(point[0], frame);
  }
  const range = /^(FIRST_LAST|MIN_MAX)_(TIME_)?RANGE$/.exec(name);
  if (range !== null) {
    const [from, to] = range[1] === 'MIN_MAX' ? [roles.MIN, roles.MAX] : [roles.FIRST, roles.LAST];
    if (from === undefined || to === undefined) return '--';
    const text = (point: Point): string => (range[2] === undefined ? shown(point[1]) : timeText(point[0], frame));
    return `${text(from)} - ${text(to)}`;
  }
  const sum = points.reduce((total, [, value]) => total + value, 0);
  if (name === 'DATAPOINT_COUNT') return String(points.length);
  if (name === 'SUM') return points.length === 0 ? '--' : shown(sum);
  if (name === 'AVG') return points.length === 0 ? '--' : shown(sum / points.length);
  return undefined;
}

function propertyText(name: string, { source, grid }: Line, { account, region }: LabelFrame): string | undefined {
  if (name.startsWith('Dim.'))
    return source?.metric.dimensions.find(({ Name }) => Name === name.slice(4))?.Value ?? '--';
  switch (name) {
    case 'AccountId':
    case 'AccountLabel':
      return account;
    case 'Region':
      return region;
    case 'MetricName':
      return source?.metric.name ?? '--';
    case 'Namespace':
      return source?.metric.namespace ?? '--';
    case 'Stat':
      return source?.stat ?? '--';
    case 'Period':
      return String(grid.periodSeconds);
    default:
      return undefined;
  }
}

/** What is no known value stays as it is written. `${LABEL}` is the label that the line would have without one. */
export function fillLabel(label: string, line: Line, fallback: string, frame: LabelFrame): string {
  if (!label.includes('${')) return label;
  const points = [...line.points];
  return label.replaceAll(
    /\$\{(?:([A-Z_]+)|PROP\('([^']*)'\))\}/g,
    (whole, name: string | undefined, property: string | undefined) => {
      if (property !== undefined) return propertyText(property, line, frame) ?? whole;
      return name === 'LABEL' ? fallback : (statisticText(name as string, points, frame) ?? whole);
    },
  );
}
