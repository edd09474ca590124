// What PutScalingPolicy and GetPredictiveScalingForecast are given, and what AWS refuses of it.
//
// Unknown: AWS's words for most of it.
import { notImplemented } from '../../../kernel/errors.ts';
import { secondsBetween, instant, type Instant, secondsPerDay } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import type { Input, Operation, PolicyRow } from './state.ts';
import { subjectOf } from './capacity.ts';

type Put = Input<'PutScalingPolicy'>;

const adjustmentTypes = ['ChangeInCapacity', 'ExactCapacity', 'PercentChangeInCapacity'];
const stepsMax = 20;

/** Services whose resources cannot be scaled by steps. */
const withoutSteps = new Set(['dynamodb', 'comprehend', 'lambda', 'cassandra', 'kafka', 'elasticache', 'neptune']);

/** The type of a policy, once it is known to be one that the service takes. */
export function policyTypeOf({ PolicyType = 'StepScaling', ServiceNamespace }: Put): PolicyRow['type'] {
  const refuse = (): Error =>
    errors.validation(`The policy type ${PolicyType} is not supported for service namespace: ${ServiceNamespace}`);
  if (PolicyType === 'PredictiveScaling') {
    if (ServiceNamespace !== 'ecs') throw refuse();
    throw notImplemented('application-auto-scaling', 'PredictiveScaling');
  }
  if (PolicyType === 'StepScaling' && withoutSteps.has(ServiceNamespace)) throw refuse();
  if (PolicyType === 'TargetTrackingScaling' && ServiceNamespace === 'elasticmapreduce') throw refuse();
  return PolicyType as PolicyRow['type'];
}

export function checkConfiguration(type: PolicyRow['type'], input: Put): void {
  const { StepScalingPolicyConfiguration: step, TargetTrackingScalingPolicyConfiguration: tracking } = input;
  if (type !== 'StepScaling') {
    if (tracking === undefined) throw errors.validation('TargetTrackingScalingPolicyConfiguration must be specified.');
    if (step !== undefined)
      throw errors.validation('StepScalingPolicyConfiguration is not supported by policy type: TargetTrackingScaling');
    return;
  }
  if (tracking !== undefined)
    throw errors.validation('TargetTrackingScalingPolicyConfiguration is not supported by policy type: StepScaling');
  if (step === undefined || !adjustmentTypes.includes(String(step.AdjustmentType)))
    throw errors.validation('StepScalingPolicyConfiguration with an AdjustmentType must be specified.');
  if (step.MinAdjustmentMagnitude !== undefined && step.AdjustmentType !== 'PercentChangeInCapacity')
    throw errors.validation('MinAdjustmentMagnitude is supported with PercentChangeInCapacity only.');
  checkSteps(step.StepAdjustments ?? []);
}

type Steps = NonNullable<NonNullable<Put['StepScalingPolicyConfiguration']>['StepAdjustments']>;

/** Intervals must follow each other without a gap and without an overlap. */
function checkSteps(steps: Steps): void {
  if (steps.length === 0)
    throw errors.validation('StepScalingPolicyConfiguration must have at least one step adjustment.');
  if (steps.length > stepsMax)
    throw errors.validation(`StepScalingPolicyConfiguration must not have more than ${stepsMax} step adjustments.`);
  const edges = steps
    .map(({ MetricIntervalLowerBound: low = -Infinity, MetricIntervalUpperBound: high = Infinity }) => ({ low, high }))
    .sort((a, b) => a.low - b.low);
  for (const [at, { low, high }] of edges.entries()) {
    if (low >= high) throw errors.validation('The lower bound of a step adjustment must be less than its upper bound.');
    const before = edges[at - 1];
    if (before !== undefined && before.high !== low)
      throw errors.validation('StepAdjustment intervals can not overlap, and there must be no gap between them.');
  }
}

const forecastDaysMax = 30;
const daysPerYear = 365;

/**
 * Predictive scaling is for ECS services only, and those are not here: no policy has a forecast.
 *
 * @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_GetPredictiveScalingForecast.html
 */
export const GetPredictiveScalingForecast: Operation<'GetPredictiveScalingForecast'> = (input, { clock }) => {
  const subject = subjectOf(input);
  if (subject.namespace !== 'ecs')
    throw errors.validation(
      `The policy type PredictiveScaling is not supported for service namespace: ${subject.namespace}`,
    );
  checkRange(instant(input.StartTime.getTime()), instant(input.EndTime.getTime()), clock.now());
  throw errors.validation(
    `No predictive scaling policy found for resource ID: ${subject.resourceId}, policy name: ${input.PolicyName}`,
  );
};

function checkRange(from: Instant, to: Instant, now: Instant): void {
  if (from >= to) throw errors.validation('The start time must be earlier than the end time.');
  if (secondsBetween(from, to) > forecastDaysMax * secondsPerDay)
    throw errors.validation(`The time range must not be longer than ${forecastDaysMax} days.`);
  if (secondsBetween(from, now) > daysPerYear * secondsPerDay)
    throw errors.validation('The start time must be within the past year.');
}
