// What AWS says of a dashboard's body. Errors refuse it, warnings come with it.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
import { dashboardWidgetsMax } from './limits.ts';

export interface BodyMessage {
  readonly DataPath: string;
  readonly Message: string;
}

export interface BodyReport {
  readonly errors: readonly BodyMessage[];
  readonly warnings: readonly BodyMessage[];
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const widgetTypes = ['metric', 'text', 'log', 'alarm', 'explorer', 'custom'];
const requiredProperties: Readonly<Record<string, readonly string[]>> = {
  text: ['markdown'],
  log: ['query', 'region'],
  alarm: ['alarms'],
  custom: ['endpoint'],
  metric: ['region'],
};

/**
 * Unknown: AWS's words for most of it; those of a missing property were seen.
 */
export function checkBody(text: string): BodyReport {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return refuse('', 'The field DashboardBody must be a valid JSON object');
  }
  if (!isObject(body)) return refuse('', 'The field DashboardBody must be a valid JSON object');
  const { widgets } = body;
  if (widgets === undefined) return refuse('', "Should have required property 'widgets'");
  if (!Array.isArray(widgets)) return refuse('/widgets', 'Should be array');
  if (widgets.length > dashboardWidgetsMax)
    return refuse('/widgets', `Should NOT have more than ${dashboardWidgetsMax} items`);
  const problems = widgets.map((widget: unknown, index) => checkWidget(widget, `/widgets/${index}`));
  return {
    errors: problems.flatMap((report) => report.errors),
    warnings: problems.flatMap((report) => report.warnings),
  };
}

const refuse = (DataPath: string, Message: string): BodyReport => ({ errors: [{ DataPath, Message }], warnings: [] });

function checkWidget(widget: unknown, path: string): BodyReport {
  if (!isObject(widget)) return refuse(path, 'Should be object');
  const { type, properties } = widget;
  if (type === undefined) return refuse(path, "Should have required property 'type'");
  if (!widgetTypes.includes(String(type)))
    return refuse(`${path}/type`, `Should be equal to one of the allowed values: ${widgetTypes.join(', ')}`);
  if (properties === undefined) return refuse(path, "Should have required property 'properties'");
  if (!isObject(properties)) return refuse(`${path}/properties`, 'Should be object');
  const errors = [...checkPlace(widget, path), ...checkMetrics(String(type), properties, `${path}/properties`)];
  const warnings = (requiredProperties[String(type)] ?? [])
    .filter((name) => properties[name] === undefined)
    .map((name) => ({ DataPath: `${path}/properties`, Message: `Should have required property '${name}'` }));
  // A widget without a region is shown with the dashboard's, hence only a warning; text without markdown shows nothing.
  return { errors, warnings };
}

const places: readonly (readonly [name: string, least: number, most: number])[] = [
  ['x', 0, 23],
  ['y', 0, Number.MAX_SAFE_INTEGER],
  ['width', 1, 24],
  ['height', 1, 1_000],
];

function checkPlace(widget: Json, path: string): BodyMessage[] {
  return places.flatMap(([name, least, most]) => {
    const value = widget[name];
    if (value === undefined) return [];
    const DataPath = `${path}/${name}`;
    if (typeof value !== 'number' || !Number.isInteger(value)) return [{ DataPath, Message: 'Should be integer' }];
    if (value < least) return [{ DataPath, Message: `Should be >= ${least}` }];
    return value > most ? [{ DataPath, Message: `Should be <= ${most}` }] : [];
  });
}

function checkMetrics(type: string, { metrics }: Json, path: string): BodyMessage[] {
  if (type !== 'metric' || metrics === undefined) return [];
  if (!Array.isArray(metrics)) return [{ DataPath: `${path}/metrics`, Message: 'Should be array' }];
  return metrics.flatMap((row: unknown, index) => {
    const DataPath = `${path}/metrics/${index}`;
    if (!Array.isArray(row)) return [{ DataPath, Message: 'Should be array' }];
    const names = row.filter((part) => typeof part === 'string');
    const isExpression = row.length === 1 && isObject(row[0]);
    return isExpression || names.length >= 2 ? [] : [{ DataPath, Message: 'Should NOT have fewer than 2 items' }];
  });
}
