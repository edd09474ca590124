// Operations on scaling policies.
import type { ScalingPolicy } from '@aws-sdk/client-auto-scaling';
import type { DescribeAlarmsCommandOutput } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import { asScaling, findGroup, getGroup } from './find.ts';
import { dropAlarms } from './group-end.ts';
import { policiesPerGroupMax, stepsPerPolicyMax } from './limits.ts';
import { pageOf } from './page.ts';
import { actOn, isCooling } from './policy-act.ts';
import { alarmsFor } from './policy-alarm.ts';
import { checkPredictive, planForecast } from './predictive.ts';
import type { GroupRow, Input, Operation, PolicyRow, ScalingContext } from './state.ts';

type Request = Input<'PutScalingPolicy'>;

const adjustmentTypes = ['ChangeInCapacity', 'ExactCapacity', 'PercentChangeInCapacity'];
const policyTypes = ['SimpleScaling', 'StepScaling', 'TargetTrackingScaling', 'PredictiveScaling'] as const;

function typeOf(input: Request): PolicyRow['type'] {
  const type = policyTypes.find((one) => one === (input.PolicyType ?? 'SimpleScaling'));
  if (type === undefined)
    throw errors.validation(`Invalid policy type: ${input.PolicyType}. Valid values are: [${policyTypes.join(', ')}]`);
  return type;
}

function check(type: PolicyRow['type'], input: Request): void {
  const isStepped = type === 'StepScaling';
  if (type === 'SimpleScaling' || isStepped) {
    if (input.AdjustmentType === undefined)
      throw errors.validation('You must specify an AdjustmentType for policy type: ' + type);
    if (!adjustmentTypes.includes(input.AdjustmentType))
      throw errors.validation(
        `Invalid adjustment type: ${input.AdjustmentType}. Valid values are: [${adjustmentTypes.join(', ')}]`,
      );
  }
  if (type === 'SimpleScaling') {
    if (input.ScalingAdjustment === undefined)
      throw errors.validation('You must specify a ScalingAdjustment for policy type: SimpleScaling');
    if (input.StepAdjustments !== undefined && input.StepAdjustments.length > 0)
      throw errors.validation('StepAdjustments is not supported by policy type: SimpleScaling');
  }
  if (isStepped) checkSteps(input);
  if (type === 'TargetTrackingScaling' && input.TargetTrackingConfiguration === undefined)
    throw errors.validation('TargetTrackingConfiguration must be set for policy type: TargetTrackingScaling');
  if (type === 'PredictiveScaling') checkPredictive(input.PredictiveScalingConfiguration);
}

function checkSteps({ StepAdjustments: steps = [], Cooldown, ScalingAdjustment }: Request): void {
  if (steps.length === 0)
    throw errors.validation('You must specify at least one StepAdjustment for policy type: StepScaling');
  if (steps.length > stepsPerPolicyMax)
    throw errors.limit(`The maximum number of step adjustments for a policy is ${stepsPerPolicyMax}.`);
  // Zero stands for nothing: clients that know but one shape of a policy send it along.
  if ((ScalingAdjustment ?? 0) !== 0)
    throw errors.validation('ScalingAdjustment is not supported by policy type: StepScaling');
  if ((Cooldown ?? 0) !== 0) throw errors.validation('Cooldown is not supported by policy type: StepScaling');
  const sorted = [...steps].sort(
    (a, b) => (a.MetricIntervalLowerBound ?? -Infinity) - (b.MetricIntervalLowerBound ?? -Infinity),
  );
  for (const [at, step] of sorted.entries()) {
    const { MetricIntervalLowerBound: lower, MetricIntervalUpperBound: upper } = step;
    if (lower === undefined && upper === undefined && steps.length > 1)
      throw errors.validation('At least one of the bounds of a step adjustment must be specified.');
    if (lower !== undefined && upper !== undefined && lower >= upper)
      throw errors.validation('The lower bound of a step adjustment must be less than its upper bound.');
    const next = sorted[at + 1];
    if (next !== undefined && next.MetricIntervalLowerBound !== upper)
      throw errors.validation('StepAdjustment intervals can not overlap, and there must be no gap between them.');
  }
}

const arnFor = ({ partition, region, account, ids }: ScalingContext, group: GroupRow, name: string): string =>
  `arn:${partition}:autoscaling:${region}:${account}:scalingPolicy:${ids.uuid()}:autoScalingGroupName/${group.name}:policyName/${name}`;

/**
 * Makes a policy or replaces it. Target tracking makes its alarms along.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html
 */
export const PutScalingPolicy: Operation<'PutScalingPolicy'> = async (input, context) => {
  const { state, ids } = context;
  const group = getGroup(context, input.AutoScalingGroupName);
  const at = key(group.name, input.PolicyName);
  const before = state.policies.find(at);
  if (before === undefined && state.policies.list({ prefix: key(group.name) }).length >= policiesPerGroupMax)
    throw errors.limit('The maximum number of scaling policies for this group has been reached.');
  const type = typeOf(input);
  check(type, input);
  const row: PolicyRow = {
    group: group.name,
    name: input.PolicyName,
    arn: before?.arn ?? arnFor(context, group, input.PolicyName),
    type,
    enabled: input.Enabled ?? true,
    adjustmentType: input.AdjustmentType,
    adjustment: input.ScalingAdjustment,
    minMagnitude: input.MinAdjustmentMagnitude ?? input.MinAdjustmentStep,
    cooldownSeconds: input.Cooldown,
    steps: input.StepAdjustments,
    aggregation: type === 'StepScaling' ? (input.MetricAggregationType ?? 'Average') : undefined,
    warmupSeconds: input.EstimatedInstanceWarmup,
    tracking: type === 'TargetTrackingScaling' ? input.TargetTrackingConfiguration : undefined,
    predictive: type === 'PredictiveScaling' ? input.PredictiveScalingConfiguration : undefined,
    alarms: [],
  };
  const alarms = alarmsFor(group, row, () => ids.uuid());
  for (const alarm of alarms) await context.aws.call('cloudwatch', 'PutMetricAlarm', alarm, asScaling);
  const { partition, region, account } = context;
  return context.transact(() => {
    getGroup(context, group.name);
    const old = state.policies.find(at);
    if (old !== undefined) dropAlarms(context, [old]);
    const made: PolicyRow = {
      ...row,
      alarms: alarms.map(({ AlarmName = '' }) => ({
        name: AlarmName,
        arn: `arn:${partition}:cloudwatch:${region}:${account}:alarm:${AlarmName}`,
      })),
    };
    if (old?.jobId !== undefined) context.jobs.cancel(old.jobId);
    state.policies.put(made.type === 'PredictiveScaling' ? planForecast(context, made) : made);
    return { PolicyARN: made.arn, Alarms: showAlarms(made) };
  });
};

const showAlarms = ({ alarms }: PolicyRow) => alarms.map(({ name, arn }) => ({ AlarmName: name, AlarmARN: arn }));

/** A policy by name or ARN. */
function getPolicy(context: ScalingContext, name: string, groupName: string | undefined): PolicyRow {
  const { state } = context;
  if (groupName !== undefined) getGroup(context, groupName);
  const found = name.startsWith('arn:')
    ? state.policies.index('arn').first({ prefix: name })
    : groupName === undefined
      ? undefined
      : state.policies.find(key(findGroup(context, groupName)?.name ?? '', name));
  if (found !== undefined) return found;
  if (groupName === undefined && !name.startsWith('arn:'))
    throw errors.validation('The policy name must be an ARN when no Auto Scaling group is specified.');
  throw errors.validation(`No such policy: ${name}`);
}

export const DeletePolicy: Operation<'DeletePolicy'> = (input, context) => {
  const policy = getPolicy(context, input.PolicyName, input.AutoScalingGroupName);
  if (policy.jobId !== undefined) context.jobs.cancel(policy.jobId);
  dropAlarms(context, [policy]);
  context.state.policies.delete(key(policy.group, policy.name));
  return {};
};

const show = (row: PolicyRow, Alarms: ScalingPolicy['Alarms']): ScalingPolicy => ({
  AutoScalingGroupName: row.group,
  PolicyName: row.name,
  PolicyARN: row.arn,
  PolicyType: row.type,
  AdjustmentType: row.adjustmentType,
  ScalingAdjustment: row.adjustment,
  MinAdjustmentMagnitude: row.minMagnitude,
  MinAdjustmentStep: undefined,
  Cooldown: row.cooldownSeconds,
  StepAdjustments: row.steps === undefined ? undefined : [...row.steps],
  MetricAggregationType: row.aggregation,
  EstimatedInstanceWarmup: row.warmupSeconds,
  Alarms,
  TargetTrackingConfiguration: row.tracking === undefined ? undefined : { DisableScaleIn: false, ...row.tracking },
  PredictiveScalingConfiguration: row.predictive,
  Enabled: row.enabled,
});

/** Alarms of users that name the policy among their actions. */
async function alarmsNaming(context: ScalingContext, { arn }: PolicyRow): Promise<ScalingPolicy['Alarms']> {
  try {
    const { MetricAlarms = [] } = await context.aws.call<object, DescribeAlarmsCommandOutput>(
      'cloudwatch',
      'DescribeAlarms',
      { ActionPrefix: arn },
      asScaling,
    );
    return MetricAlarms.map(({ AlarmName, AlarmArn }) => ({ AlarmName, AlarmARN: AlarmArn }));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return [];
  }
}

export const DescribePolicies: Operation<'DescribePolicies'> = async (input, context) => {
  const { state } = context;
  const name = input.AutoScalingGroupName;
  if (name !== undefined) getGroup(context, name);
  const all = name === undefined ? state.policies.list() : state.policies.list({ prefix: key(name) });
  const names = input.PolicyNames ?? [];
  const types = input.PolicyTypes ?? [];
  const rows = all.filter(
    (row) =>
      (names.length === 0 || names.includes(row.name) || names.includes(row.arn)) &&
      (types.length === 0 || types.includes(row.type)),
  );
  const page = pageOf(rows, input, { usual: 50, most: 100 });
  const ScalingPolicies: ScalingPolicy[] = [];
  for (const row of page.rows) {
    const isPlain = row.type === 'SimpleScaling' || row.type === 'StepScaling';
    ScalingPolicies.push(show(row, isPlain ? await alarmsNaming(context, row) : showAlarms(row)));
  }
  return { ScalingPolicies, NextToken: page.NextToken };
};

/** Lets a policy act as its alarm would. */
export const ExecutePolicy: Operation<'ExecutePolicy'> = (input, context) => {
  const policy = getPolicy(context, input.PolicyName, input.AutoScalingGroupName);
  const group = getGroup(context, policy.group);
  if (policy.type !== 'SimpleScaling' && policy.type !== 'StepScaling')
    throw errors.validation(`Policies of type ${policy.type} cannot be executed.`);
  if (policy.type === 'StepScaling' && (input.MetricValue === undefined || input.BreachThreshold === undefined))
    throw errors.validation('MetricValue and BreachThreshold must be specified for policy type: StepScaling');
  if (policy.type === 'SimpleScaling' && (input.MetricValue !== undefined || input.BreachThreshold !== undefined))
    throw errors.validation('MetricValue and BreachThreshold are not supported by policy type: SimpleScaling');
  if (policy.type === 'StepScaling' && input.HonorCooldown === true)
    throw errors.validation('HonorCooldown is not supported by policy type: StepScaling');
  if (policy.type === 'SimpleScaling' && isCooling(context, group)) {
    if (input.HonorCooldown === true)
      throw errors.activityInProgress(`Scaling activity of group ${group.name} is in cooldown and blocks this action.`);
    context.state.groups.put({ ...group, cooldownUntil: undefined });
  }
  actOn(context, getGroup(context, policy.group), policy, {
    words: 'a user request executed',
    value: input.MetricValue,
    threshold: input.BreachThreshold,
  });
  return {};
};
