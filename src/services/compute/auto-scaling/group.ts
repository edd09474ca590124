// Auto Scaling groups: made, changed, described, deleted.
import { key } from '../../../kernel/key.ts';
import { sentence } from './activity.ts';
import { linkRole, roleArnOf } from './announce.ts';
import { errors } from './errors.ts';
import { getGroup, membersOf } from './find.ts';
import { checkSizes, checkTraffic, plainSettings, sourceFor, tagsFor, tryLaunch, zonesFor } from './group-input.ts';
import { noteCounts } from './group-metric.ts';
import { showGroup } from './group-view.ts';
import { judgeAll } from './health.ts';
import { configurationOf } from './launch-configuration.ts';
import { launchesOf } from './launch-plan.ts';
import { hookFor } from './hook-input.ts';
import { groupsMax, targetGroupsPerGroupMax } from './limits.ts';
import { pageOf } from './page.ts';
import { activeRefresh } from './refresh-source.ts';
import type { GroupRow, Input, LaunchSource, Operation, ScalingContext, TrafficSource } from './state.ts';
import { look } from './turn-time.ts';

const arnFor = ({ partition, region, account, ids }: ScalingContext, name: string): string =>
  `arn:${partition}:autoscaling:${region}:${account}:autoScalingGroup:${ids.uuid()}:autoScalingGroupName/${name}`;

function trafficFor(input: Input<'CreateAutoScalingGroup'>): TrafficSource[] {
  const state = 'Adding' as const;
  const of = (type: TrafficSource['type'], names: readonly string[] | undefined) =>
    [...new Set(names)].map((identifier) => ({ type, identifier, state }));
  const named = (input.TrafficSources ?? []).map(({ Identifier = '', Type }) => ({
    type: (Type ?? (Identifier.startsWith('arn:') ? 'elbv2' : 'elb')) as TrafficSource['type'],
    identifier: Identifier,
    state,
  }));
  return [...of('elb', input.LoadBalancerNames), ...of('elbv2', input.TargetGroupARNs), ...named];
}

/** What a new group launches; from an instance, a launch configuration of the group's name is made. */
async function newSource(context: ScalingContext, input: Input<'CreateAutoScalingGroup'>): Promise<LaunchSource> {
  const source = await sourceFor(context, input);
  if (source !== undefined && input.InstanceId === undefined) return source;
  if (source !== undefined || input.InstanceId === undefined)
    throw errors.validation(
      'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
    );
  const row = await configurationOf(context, input.AutoScalingGroupName, input.InstanceId);
  await context.transact(() => context.state.configurations.put(row));
  return { configuration: row.name };
}

/**
 * Makes a group, which launches its desired capacity at once.
 *
 * Default: the desired capacity is the minimum, the cooldown 300 s, the grace period 0 s.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html
 */
export const CreateAutoScalingGroup: Operation<'CreateAutoScalingGroup'> = async (input, context) => {
  const { state, clock } = context;
  const name = input.AutoScalingGroupName;
  if (state.groups.has(name)) throw errors.groupExists(name);
  if (name.includes(':')) throw errors.validation('Auto Scaling group names cannot contain a colon (:).');
  if (state.groups.size >= groupsMax)
    throw errors.limit('The maximum number of Auto Scaling groups for this account has been reached.');
  const { MinSize: min, MaxSize: max } = input;
  checkSizes(min, max, input.DesiredCapacity);
  const tags = tagsFor(name, input.Tags);
  const traffic = trafficFor(input);
  if (traffic.length > targetGroupsPerGroupMax) throw errors.limit('Too many load balancers for one group.');
  const hooks = (input.LifecycleHookSpecificationList ?? []).map((one) => hookFor(name, one));
  const settings = plainSettings(input, {});
  const source = await newSource(context, input);
  const places = await zonesFor(context, input);
  if (places === undefined) throw errors.validation('At least one Availability Zone or VPC Subnet is required.');
  await checkTraffic(context, traffic);
  const row: GroupRow = {
    ...settings,
    name,
    arn: arnFor(context, name),
    min,
    max,
    desired: input.DesiredCapacity ?? min,
    source,
    zones: places.zones,
    subnetIds: places.subnetIds,
    serviceRoleArn: input.ServiceLinkedRoleARN ?? roleArnOf(context),
    createdAt: clock.now(),
    suspended: [],
    metrics: [],
    traffic: traffic.map((one) => ({ ...one, state: 'Added' })),
    causes: [
      sentence(
        context,
        `a user request created an AutoScalingGroup changing the desired capacity from 0 to ${input.DesiredCapacity ?? min}.`,
      ),
    ],
    failures: 0,
  };
  await tryLaunch(context, row);
  if (input.ServiceLinkedRoleARN === undefined) await linkRole(context);
  return context.transact(() => {
    if (state.groups.has(name)) throw errors.groupExists(name);
    state.groups.put(row);
    for (const tag of tags) state.tags.put(tag);
    for (const hook of hooks) state.hooks.put(hook);
    look(context, name);
    return {};
  });
};

/**
 * Changes a group. Instances that run stay as they are; new ones are launched as the group says now.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html
 */
export const UpdateAutoScalingGroup: Operation<'UpdateAutoScalingGroup'> = async (input, context) => {
  const { state } = context;
  const before = getGroup(context, input.AutoScalingGroupName);
  if (before.deleting === true)
    throw errors.activityInProgress('You cannot update an AutoScalingGroup that is being deleted.');
  sizesFor(input, before);
  plainSettings(input, before);
  const source = await sourceFor(context, input);
  const places = await zonesFor(context, input);
  if (source !== undefined || places !== undefined)
    await tryLaunch(context, { ...before, ...places, source: source ?? before.source });
  return context.transact(() => {
    const present = getGroup(context, before.name);
    const sizes = sizesFor(input, present);
    const changed: GroupRow = {
      ...present,
      ...plainSettings(input, present),
      ...places,
      ...sizes,
      source: source ?? present.source,
      serviceRoleArn: input.ServiceLinkedRoleARN ?? present.serviceRoleArn,
      failures: source === undefined ? present.failures : 0,
    };
    const { min, max, desired } = changed;
    const words = `a user request update of AutoScalingGroup constraints to min: ${min}, max: ${max}, desired: ${desired} changing the desired capacity from ${present.desired} to ${desired}.`;
    const causes = desired === present.desired ? present.causes : [...present.causes, sentence(context, words)];
    state.groups.put({ ...changed, causes });
    noteCounts(context, changed.name);
    if (changed.healthType !== present.healthType) judgeAll(context, changed, membersOf(context, changed.name));
    look(context, changed.name);
    return {};
  });
};

/** A desired capacity that is not named follows the limits when they leave it out. */
function sizesFor(input: Input<'UpdateAutoScalingGroup'>, group: GroupRow): Pick<GroupRow, 'min' | 'max' | 'desired'> {
  const min = input.MinSize ?? group.min;
  const max = input.MaxSize ?? group.max;
  checkSizes(min, max, input.DesiredCapacity);
  return { min, max, desired: input.DesiredCapacity ?? Math.min(max, Math.max(min, group.desired)) };
}

/** Deletes a group: an empty one at once, one with instances only by force (ASG-23). */
export const DeleteAutoScalingGroup: Operation<'DeleteAutoScalingGroup'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const isForced = input.ForceDelete === true;
  const guard = group.deletionProtection;
  if (guard === 'prevent-all-deletion' || (guard === 'prevent-force-deletion' && isForced))
    throw errors.inUse(`The Auto Scaling group ${group.name} is protected against deletion.`);
  const members = membersOf(context, group.name);
  if (!isForced) {
    if (members.length > 0)
      throw errors.inUse(
        'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
      );
    if (launchesOf(context, group.name).length > 0)
      throw errors.activityInProgress(
        'You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.',
      );
  }
  const refresh = activeRefresh(context, group.name);
  if (refresh !== undefined)
    context.state.refreshes.put({ ...refresh, status: 'Cancelled', endAt: context.clock.now() });
  context.state.groups.put({ ...group, deleting: true, min: 0, desired: 0 });
  look(context, group.name, 0);
  return {};
};

/** Changes the desired capacity within the group's limits. */
export const SetDesiredCapacity: Operation<'SetDesiredCapacity'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const { DesiredCapacity: desired } = input;
  if (desired > group.max)
    throw errors.validation(
      `New SetDesiredCapacity value ${desired} is above max value ${group.max} for the AutoScalingGroup.`,
    );
  if (desired < group.min)
    throw errors.validation(
      `New SetDesiredCapacity value ${desired} is below min value ${group.min} for the AutoScalingGroup.`,
    );
  if (input.HonorCooldown === true && (group.cooldownUntil ?? 0) > context.clock.now())
    throw errors.activityInProgress(
      `Scaling activity ${group.name} is in progress and blocks this action: the cooldown period is not over.`,
    );
  setDesired(
    context,
    group,
    desired,
    `a user request explicitly set group desired capacity changing the desired capacity from ${group.desired} to ${desired}.`,
  );
  return {};
};

/** Changes what a group wants to have, and says why. */
export function setDesired(context: ScalingContext, group: GroupRow, desired: number, why: string): GroupRow {
  if (desired === group.desired) return group;
  const changed = { ...group, desired, causes: [...group.causes, sentence(context, why)] };
  context.state.groups.put(changed);
  noteCounts(context, group.name);
  look(context, group.name);
  return changed;
}

/** Groups, by name or by their tags. */
export const DescribeAutoScalingGroups: Operation<'DescribeAutoScalingGroups'> = (input, context) => {
  const { state } = context;
  const names = input.AutoScalingGroupNames ?? [];
  const all =
    names.length === 0
      ? state.groups.list()
      : [...new Set(names)].flatMap(
          (name) => state.groups.find(name.split('autoScalingGroupName/').at(-1) ?? '') ?? [],
        );
  const filters = input.Filters ?? [];
  const fits = ({ name }: GroupRow): boolean => {
    const tags = state.tags.list({ prefix: key(name) });
    return filters.every(({ Name = '', Values = [] }) => {
      if (Name === 'tag-key') return tags.some((tag) => Values.includes(tag.key));
      if (Name === 'tag-value') return tags.some((tag) => Values.includes(tag.value));
      if (Name.startsWith('tag:')) return tags.some((tag) => tag.key === Name.slice(4) && Values.includes(tag.value));
      throw errors.validation(
        `Filter type ${Name} is not correct. Allowed Filter types are: tag-key tag-value tag:<key>`,
      );
    });
  };
  const rows = filters.length === 0 ? all : all.filter(fits);
  const page = pageOf(rows, input, { usual: 50, most: 100 });
  const AutoScalingGroups = page.rows.map((row) => showGroup(context, row, input.IncludeInstances !== false));
  return { AutoScalingGroups, NextToken: page.NextToken };
};
