// Scalable targets: what may be scaled, and between which limits.
import type { ScalableTarget } from '@aws-sdk/client-application-auto-scaling';
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { capacityOf, subjectOf } from './capacity.ts';
import { errors } from './errors.ts';
import { checkFilter, pageOf } from './page.ts';
import { dropAlarms } from './policy.ts';
import { type Operation, type ScalingContext, type Subject, subjectKey, type TargetRow } from './state.ts';
import { putTags } from './tag.ts';

/** Roles that are made for each service. */
const roles: Readonly<Record<string, string>> = {
  dynamodb: 'DynamoDBTable',
  ecs: 'ECSService',
  ec2: 'EC2SpotFleetRequest',
  lambda: 'LambdaConcurrency',
};

const roleFor = ({ partition, account }: ScalingContext, { namespace }: Subject): string => {
  const name = roles[namespace] ?? namespace;
  return `arn:${partition}:iam::${account}:role/aws-service-role/${namespace}.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_${name}`;
};

export function getTarget({ state }: ScalingContext, subject: Subject): TargetRow {
  const found = state.targets.find(subjectKey(subject));
  if (found === undefined) throw errors.targetNotRegistered(subject);
  return found;
}

/**
 * Registers a target, or changes its limits. A capacity outside of them is brought within.
 * @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
 */
export const RegisterScalableTarget: Operation<'RegisterScalableTarget'> = async (input, context) => {
  const { state, clock, ids, partition, region, account } = context;
  const subject = subjectOf(input);
  const before = state.targets.find(subjectKey(subject));
  const min = input.MinCapacity ?? before?.min;
  const max = input.MaxCapacity ?? before?.max;
  if (min === undefined || max === undefined)
    throw errors.validation('MinCapacity and MaxCapacity must be specified when registering a new scalable target.');
  if (max < min)
    throw errors.validation(`Maximum capacity cannot be less than minimum capacity: maximum ${max}, minimum ${min}.`);
  const { id, read } = capacityOf(subject);
  await read(context, id).catch((error: unknown) => {
    if (!(error instanceof AwsError) || error.code === 'NotImplemented') throw error;
    throw errors.validation(
      subject.namespace === 'dynamodb' ? `DynamoDB table does not exist: ${subject.resourceId}` : error.message,
    );
  });
  return context.transact(() => {
    const known = state.targets.find(subjectKey(subject));
    const row: TargetRow = {
      ...subject,
      arn:
        known?.arn ??
        `arn:${partition}:application-autoscaling:${region}:${account}:scalable-target/${ids.uuid().replaceAll('-', '')}`,
      min,
      max,
      roleArn: input.RoleARN ?? known?.roleArn ?? roleFor(context, subject),
      createdAt: known?.createdAt ?? clock.now(),
      suspended: {
        DynamicScalingInSuspended: false,
        DynamicScalingOutSuspended: false,
        ScheduledScalingSuspended: false,
        ...known?.suspended,
        ...input.SuspendedState,
      },
    };
    state.targets.put(row);
    putTags(context, row.arn, input.Tags ?? {});
    context.jobs.at(clock.now(), 'fitCapacity', { ...subject, cause: '' });
    return { ScalableTargetARN: row.arn };
  });
};

/** Forgets a target with its policies and scheduled actions. The capacity stays as it is. */
export const DeregisterScalableTarget: Operation<'DeregisterScalableTarget'> = (input, context) => {
  const { state, jobs } = context;
  const subject = subjectOf(input);
  const row = state.targets.find(subjectKey(subject));
  if (row === undefined) throw errors.targetNotFound(subject);
  const of = { prefix: subjectKey(subject) };
  dropAlarms(context, state.policies.list(of));
  for (const { jobId } of state.schedules.list(of)) jobs.cancel(jobId);
  state.policies.deleteAll(of);
  state.schedules.deleteAll(of);
  state.tags.deleteAll({ prefix: key(row.arn) });
  state.targets.delete(subjectKey(subject));
  return {};
};

const show = (row: TargetRow): ScalableTarget => ({
  ServiceNamespace: row.namespace as ScalableTarget['ServiceNamespace'],
  ResourceId: row.resourceId,
  ScalableDimension: row.dimension as ScalableTarget['ScalableDimension'],
  MinCapacity: row.min,
  MaxCapacity: row.max,
  RoleARN: row.roleArn,
  CreationTime: toDate(row.createdAt),
  SuspendedState: row.suspended,
  ScalableTargetARN: row.arn,
});

export const DescribeScalableTargets: Operation<'DescribeScalableTargets'> = (input, { state }) => {
  const ids = input.ResourceIds ?? [];
  checkFilter(ids[0], input.ScalableDimension);
  const rows = state.targets
    .list({ prefix: key(input.ServiceNamespace) })
    .filter(
      (row) =>
        (ids.length === 0 || ids.includes(row.resourceId)) &&
        (input.ScalableDimension ?? row.dimension) === row.dimension,
    );
  const page = pageOf(rows, input);
  return { ScalableTargets: page.rows.map(show), NextToken: page.NextToken };
};
