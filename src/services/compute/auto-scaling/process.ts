// Processes of a group that can be suspended, and metrics of it that can be collected.
import { errors } from './errors.ts';
import { getGroup } from './find.ts';
import { metricTypes, noteCounts } from './group-metric.ts';
import type { Operation } from './state.ts';
import { look } from './turn-time.ts';

const processes: readonly string[] = [
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'Launch',
  'ReplaceUnhealthy',
  'ScheduledActions',
  'Terminate',
];

function read(names: readonly string[] | undefined): readonly string[] {
  const wrong = names?.find((name) => !processes.includes(name));
  if (wrong !== undefined)
    throw errors.validation(`Invalid scaling process: ${wrong}. Valid values are: [${processes.join(', ')}]`);
  return names === undefined || names.length === 0 ? processes : names;
}

/** Suspends processes; all when none is named. */
export const SuspendProcesses: Operation<'SuspendProcesses'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const names = read(input.ScalingProcesses);
  const at = new Date(context.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  const added = names
    .filter((name) => !group.suspended.some((one) => one.name === name))
    .map((name) => ({ name, reason: `User suspended at ${at}` }));
  context.state.groups.put({ ...group, suspended: [...group.suspended, ...added] });
  return {};
};

export const ResumeProcesses: Operation<'ResumeProcesses'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const names = read(input.ScalingProcesses);
  context.state.groups.put({ ...group, suspended: group.suspended.filter(({ name }) => !names.includes(name)) });
  look(context, group.name);
  return {};
};

export const DescribeScalingProcessTypes: Operation<'DescribeScalingProcessTypes'> = () => ({
  Processes: processes.map((ProcessName) => ({ ProcessName })),
});

function readMetrics(names: readonly string[] | undefined): readonly string[] {
  const wrong = names?.find((name) => !metricTypes.includes(name));
  if (wrong !== undefined) throw errors.validation(`Invalid metric: ${wrong}.`);
  return names === undefined || names.length === 0 ? metricTypes : names;
}

/** Collects metrics of a group from now on, each minute. */
export const EnableMetricsCollection: Operation<'EnableMetricsCollection'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  if (input.Granularity !== '1Minute') throw errors.validation(`Invalid granularity: ${input.Granularity}`);
  const wanted = new Set([...group.metrics, ...readMetrics(input.Metrics)]);
  context.state.groups.put({ ...group, metrics: metricTypes.filter((name) => wanted.has(name)) });
  noteCounts(context, group.name);
  return {};
};

export const DisableMetricsCollection: Operation<'DisableMetricsCollection'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const ended = readMetrics(input.Metrics);
  context.state.groups.put({ ...group, metrics: group.metrics.filter((name) => !ended.includes(name)) });
  noteCounts(context, group.name);
  return {};
};

export const DescribeMetricCollectionTypes: Operation<'DescribeMetricCollectionTypes'> = () => ({
  Metrics: metricTypes.map((Metric) => ({ Metric })),
  Granularities: [{ Granularity: '1Minute' }],
});
