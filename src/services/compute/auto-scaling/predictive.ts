// Predictive scaling (ASG-08): what a group will need, from what it needed at the same hours of the past two weeks.
//
// Differs: AWS's model is its own. Here an hour's load is the mean of the same hour of the week where that is known, else of the same hour
// of the day; the capacity is the load that one instance at the target bears in an hour.
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-predictive-scaling.html
import type {
  PredictiveScalingConfiguration,
  PredictiveScalingMetricSpecification,
} from '@aws-sdk/client-auto-scaling';
import type { GetMetricDataCommandOutput, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { key } from '../../../kernel/key.ts';
import { type Instant, instant, later, secondsPerDay, secondsPerHour, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { asScaling, findGroup, getGroup } from './find.ts';
import { setDesired } from './group.ts';
import { targetGroupIn } from './policy-alarm.ts';
import type { GroupRow, Operation, PolicyRow, ScalingContext } from './state.ts';

const hourMs = secondsPerHour * 1000;
const historySeconds = 14 * secondsPerDay;
/** Hours of data without which there is no forecast. */
const hoursMin = 24;
const bufferSecondsDefault = 300;

/** @throws ValidationError */
export function checkPredictive(configuration: PredictiveScalingConfiguration | undefined): void {
  const specifications = configuration?.MetricSpecifications ?? [];
  if (specifications.length !== 1)
    throw errors.validation('Exactly one metric specification must be set for policy type: PredictiveScaling');
  for (const one of specifications) {
    if (!((one.TargetValue ?? 0) > 0)) throw errors.validation('The target value must be greater than zero.');
    loadQuery('', one);
  }
  if (
    configuration?.MaxCapacityBreachBehavior === 'IncreaseMaxCapacity' &&
    configuration.MaxCapacityBuffer === undefined
  )
    throw errors.validation('MaxCapacityBuffer is required when MaxCapacityBreachBehavior is IncreaseMaxCapacity.');
}

const loads: Readonly<Record<string, readonly [namespace: string, name: string]>> = {
  ASGCPUUtilization: ['AWS/EC2', 'CPUUtilization'],
  ASGTotalCPUUtilization: ['AWS/EC2', 'CPUUtilization'],
  ASGNetworkIn: ['AWS/EC2', 'NetworkIn'],
  ASGTotalNetworkIn: ['AWS/EC2', 'NetworkIn'],
  ASGNetworkOut: ['AWS/EC2', 'NetworkOut'],
  ASGTotalNetworkOut: ['AWS/EC2', 'NetworkOut'],
};

/** The load of the whole group, hour by hour. */
function loadQuery(group: string, specification: PredictiveScalingMetricSpecification): MetricDataQuery[] {
  const own = specification.CustomizedLoadMetricSpecification?.MetricDataQueries;
  if (own !== undefined) return own as MetricDataQuery[];
  const known = specification.PredefinedMetricPairSpecification ?? specification.PredefinedLoadMetricSpecification;
  const type = String(known?.PredefinedMetricType);
  const query = (Namespace: string, MetricName: string, dimensions: Readonly<Record<string, string>>) => [
    {
      Id: 'load',
      MetricStat: {
        Metric: {
          Namespace,
          MetricName,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        },
        Period: secondsPerHour,
        Stat: 'Sum',
      },
    },
  ];
  if (type === 'ALBRequestCount' || type === 'ALBTargetGroupRequestCount') {
    const TargetGroup = targetGroupIn(known?.ResourceLabel);
    const LoadBalancer = (known?.ResourceLabel ?? '').split('/targetgroup/')[0] ?? '';
    return query('AWS/ApplicationELB', 'RequestCount', { LoadBalancer, TargetGroup });
  }
  const metric = loads[type];
  if (metric === undefined)
    throw errors.validation(`A load metric must be specified for predictive scaling; not known: ${type}`);
  return query(metric[0], metric[1], { AutoScalingGroupName: group });
}

interface Hour {
  readonly at: number;
  readonly load: number;
}

async function history(
  context: ScalingContext,
  group: string,
  specification: PredictiveScalingMetricSpecification,
): Promise<Hour[]> {
  // Whole hours, so that the same hours of other days can be found.
  const hour = instant(Math.floor(context.clock.now() / hourMs) * hourMs);
  const answer = await context.aws.call<object, GetMetricDataCommandOutput>(
    'cloudwatch',
    'GetMetricData',
    {
      MetricDataQueries: loadQuery(group, specification),
      StartTime: toDate(later(hour, -historySeconds)),
      EndTime: toDate(hour),
      ScanBy: 'TimestampAscending',
    },
    asScaling,
  );
  const [result] = answer.MetricDataResults ?? [];
  return (result?.Timestamps ?? []).map((at, index) => ({ at: at.getTime(), load: result?.Values?.[index] ?? 0 }));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The load of an hour to come. */
export function forecastLoad(hours: readonly Hour[], at: number): number {
  const weekMs = 7 * secondsPerDay * 1000;
  const dayMs = secondsPerDay * 1000;
  const of = (periodMs: number) => hours.filter((hour) => (at - hour.at) % periodMs === 0).map(({ load }) => load);
  const weekly = of(weekMs);
  const daily = of(dayMs);
  return weekly.length > 0 ? mean(weekly) : daily.length > 0 ? mean(daily) : 0;
}

/** Samples a minute of each instance, or requests a minute: an hour has sixty. */
const capacityFor = (load: number, target: number): number => load / 60 / target;

interface Forecast {
  readonly times: readonly Instant[];
  readonly loads: readonly number[];
  readonly capacities: readonly number[];
  readonly specification: PredictiveScalingMetricSpecification;
}

async function forecast(
  context: ScalingContext,
  group: GroupRow,
  policy: PolicyRow,
  from: number,
  to: number,
): Promise<Forecast | undefined> {
  const specification = policy.predictive?.MetricSpecifications?.[0];
  if (specification === undefined) return undefined;
  const hours = await history(context, group.name, specification);
  if (hours.length < hoursMin) return undefined;
  const times: Instant[] = [];
  for (let at = Math.ceil(from / hourMs) * hourMs; at < to; at += hourMs) times.push(instant(at));
  const values = times.map((at) => forecastLoad(hours, at));
  const capacities = values.map((load) =>
    Math.max(group.min, Math.ceil(capacityFor(load, specification.TargetValue ?? 1) - 1e-9)),
  );
  return { times, loads: values, capacities, specification };
}

/** What a predictive policy expects. Limit: from 14 days ago to two days from now. */
export const GetPredictiveScalingForecast: Operation<'GetPredictiveScalingForecast'> = async (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const policy = context.state.policies.find(key(group.name, input.PolicyName));
  if (policy?.type !== 'PredictiveScaling')
    throw errors.validation(`No predictive scaling policy found with name ${input.PolicyName}`);
  const from = input.StartTime.getTime();
  const to = input.EndTime.getTime();
  if (to <= from) throw errors.validation('The end time must be later than the start time.');
  if (to - from > 30 * secondsPerDay * 1000)
    throw errors.validation('The time range of a forecast is 30 days at most.');
  const found = await forecast(context, group, policy, from, to);
  const times = (found?.times ?? []).map(toDate);
  return {
    LoadForecast: [
      {
        Timestamps: times,
        Values: [...(found?.loads ?? [])],
        MetricSpecification: found?.specification ?? policy.predictive?.MetricSpecifications?.[0],
      },
    ],
    CapacityForecast: { Timestamps: times, Values: [...(found?.capacities ?? [])] },
    UpdateTime: toDate(context.clock.now()),
  };
};

/** Plans the next look at the forecast: so long before each hour as instances need to be ready. */
export function planForecast(context: ScalingContext, policy: PolicyRow): PolicyRow {
  const bufferSeconds = policy.predictive?.SchedulingBufferTime ?? bufferSecondsDefault;
  const now = context.clock.now();
  const hour = Math.floor((now + bufferSeconds * 1000) / hourMs + 1) * hourMs;
  const at = instant(hour - bufferSeconds * 1000);
  return { ...policy, jobId: context.jobs.at(at, 'foresee', { at: key(policy.group, policy.name), hour }) };
}

interface Foreseen {
  readonly at: string;
  readonly hour: number;
}

/** Job: brings a group to what the coming hour will need; it is not shrunk by this. */
export async function foresee({ at, hour }: Foreseen, context: ScalingContext): Promise<void> {
  const { state } = context;
  const policy = state.policies.find(at);
  const group = policy && findGroup(context, policy.group);
  if (policy === undefined || group === undefined) return;
  const found = await forecast(context, group, policy, hour, hour + hourMs);
  await context.transact(() => {
    const present = findGroup(context, group.name);
    const current = state.policies.find(at);
    if (present === undefined || current === undefined) return;
    state.policies.put(planForecast(context, current));
    const wanted = found?.capacities[0];
    if (wanted === undefined || current.predictive?.Mode !== 'ForecastAndScale') return;
    const most = ceilingOf(present, current, wanted);
    const grown = { ...present, max: Math.max(present.max, most), forecastMin: Math.min(wanted, most) };
    state.groups.put(grown);
    const desired = Math.max(present.desired, grown.forecastMin);
    setDesired(
      context,
      grown,
      desired,
      `a predictive scaling policy ${current.name} changing the desired capacity from ${present.desired} to ${desired}.`,
    );
  });
}

/** The maximum, which a policy may be allowed to exceed. */
function ceilingOf({ max }: GroupRow, { predictive }: PolicyRow, wanted: number): number {
  if (predictive?.MaxCapacityBreachBehavior !== 'IncreaseMaxCapacity') return max;
  return Math.max(max, Math.ceil(wanted * (1 + (predictive.MaxCapacityBuffer ?? 0) / 100)));
}
