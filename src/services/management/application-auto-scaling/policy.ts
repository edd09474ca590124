// Scaling policies: steps and target tracking.
//
// Predictive policies, which AWS has for ECS services only, are not taken.
import type { ScalingPolicy } from '@aws-sdk/client-application-auto-scaling';
import type { DescribeAlarmsCommandOutput } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { capacityOf, subjectOf } from './capacity.ts';
import { errors } from './errors.ts';
import { checkFilter, pageOf } from './page.ts';
import { alarmsFor, isUtilization } from './policy-alarm.ts';
import { checkConfiguration, policyTypeOf } from './policy-input.ts';
import { asScaling, type Operation, type PolicyRow, type ScalingContext, subjectKey } from './state.ts';

const policiesMax = 50;

/** Inside a transaction: the alarms that policies made go with them. */
export function dropAlarms({ jobs, clock }: ScalingContext, policies: readonly PolicyRow[]): void {
  const AlarmNames = policies.flatMap(({ alarms }) => alarms.map(({ name }) => name));
  if (AlarmNames.length > 0) jobs.at(clock.now(), 'deleteAlarms', { AlarmNames });
}

/** Job: deletes alarms; one that is gone already is no matter. */
export async function deleteAlarms({ AlarmNames }: { readonly AlarmNames: string[] }, context: ScalingContext) {
  try {
    await context.aws.call('cloudwatch', 'DeleteAlarms', { AlarmNames }, asScaling);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
  }
}

/** Makes a policy or replaces it. */
export const PutScalingPolicy: Operation<'PutScalingPolicy'> = async (input, context) => {
  const { state, ids, partition, region, account } = context;
  const subject = subjectOf(input);
  if (!state.targets.has(subjectKey(subject))) throw errors.targetNotRegistered(subject);
  const type = policyTypeOf(input);
  const at = subjectKey(subject) + key(input.PolicyName);
  const before = state.policies.find(at);
  if (before === undefined && state.policies.list({ prefix: subjectKey(subject) }).length >= policiesMax)
    throw errors.limit(`The maximum number of scaling policies for a scalable target is ${policiesMax}.`);
  if (before !== undefined && before.type !== type)
    throw errors.validation('The policy type of an existing policy cannot be changed.');
  const step = input.StepScalingPolicyConfiguration;
  const tracking = input.TargetTrackingScalingPolicyConfiguration;
  checkConfiguration(type, input);
  const row: PolicyRow = {
    ...subject,
    name: input.PolicyName,
    arn:
      before?.arn ??
      `arn:${partition}:autoscaling:${region}:${account}:scalingPolicy:${ids.uuid()}:resource/${subject.namespace}/${subject.resourceId}:policyName/${input.PolicyName}`,
    type,
    step: type === 'StepScaling' ? step : undefined,
    tracking: type === 'StepScaling' ? undefined : tracking,
    alarms: [],
    createdAt: before?.createdAt ?? context.clock.now(),
  };
  const { id, read } = capacityOf(subject);
  const current = isUtilization(row) ? await read(context, id) : 0;
  const alarms = alarmsFor(row, current, () => ids.uuid());
  for (const alarm of alarms) await context.aws.call('cloudwatch', 'PutMetricAlarm', alarm, asScaling);
  return context.transact(() => {
    if (!state.targets.has(subjectKey(subject))) throw errors.targetNotRegistered(subject);
    const old = state.policies.find(at);
    if (old !== undefined) dropAlarms(context, [old]);
    const made = {
      ...row,
      alarms: alarms.map(({ AlarmName = '' }) => ({
        name: AlarmName,
        arn: `arn:${partition}:cloudwatch:${region}:${account}:alarm:${AlarmName}`,
      })),
    };
    state.policies.put(made);
    return { PolicyARN: made.arn, Alarms: showAlarms(made) };
  });
};

const showAlarms = ({ alarms }: PolicyRow) => alarms.map(({ name, arn }) => ({ AlarmName: name, AlarmARN: arn }));

/** Job: a capacity changed, so the thresholds that are shares of it have to. */
export async function followCapacity({ at }: { readonly at: string }, context: ScalingContext): Promise<void> {
  const policies = context.state.policies.list({ prefix: at }).filter(isUtilization);
  const [first] = policies;
  if (first === undefined) return;
  const { id, read } = capacityOf(first);
  const current = await read(context, id);
  for (const policy of policies)
    for (const alarm of alarmsFor(
      policy,
      current,
      policy.alarms.map(({ name }) => name),
    ))
      await context.aws.call('cloudwatch', 'PutMetricAlarm', alarm, asScaling);
}

export const DeleteScalingPolicy: Operation<'DeleteScalingPolicy'> = (input, context) => {
  const subject = subjectOf(input);
  const at = subjectKey(subject) + key(input.PolicyName);
  const row = context.state.policies.find(at);
  if (row === undefined) throw errors.policyNotFound(subject, input.PolicyName);
  dropAlarms(context, [row]);
  context.state.policies.delete(at);
  return {};
};

async function alarmsNaming(context: ScalingContext, { arn }: PolicyRow): Promise<ReturnType<typeof showAlarms>> {
  const { MetricAlarms = [] } = await context.aws.call<object, DescribeAlarmsCommandOutput>(
    'cloudwatch',
    'DescribeAlarms',
    { ActionPrefix: arn },
    asScaling,
  );
  return MetricAlarms.map(({ AlarmName = '', AlarmArn = '' }) => ({ AlarmName, AlarmARN: AlarmArn }));
}

export const DescribeScalingPolicies: Operation<'DescribeScalingPolicies'> = async (input, context) => {
  const names = input.PolicyNames ?? [];
  checkFilter(input.ResourceId, input.ScalableDimension);
  const rows = context.state.policies
    .list({ prefix: key(input.ServiceNamespace) })
    .filter(
      (row) =>
        (names.length === 0 || names.includes(row.name)) &&
        (input.ResourceId ?? row.resourceId) === row.resourceId &&
        (input.ScalableDimension ?? row.dimension) === row.dimension,
    );
  const page = pageOf(rows, input);
  const ScalingPolicies: ScalingPolicy[] = [];
  for (const row of page.rows)
    ScalingPolicies.push({
      PolicyARN: row.arn,
      PolicyName: row.name,
      ServiceNamespace: row.namespace as ScalingPolicy['ServiceNamespace'],
      ResourceId: row.resourceId,
      ScalableDimension: row.dimension as ScalingPolicy['ScalableDimension'],
      PolicyType: row.type,
      StepScalingPolicyConfiguration: row.step,
      TargetTrackingScalingPolicyConfiguration: row.tracking,
      Alarms: row.type === 'StepScaling' ? await alarmsNaming(context, row) : showAlarms(row),
      CreationTime: toDate(row.createdAt),
    });
  return { ScalingPolicies, NextToken: page.NextToken };
};
