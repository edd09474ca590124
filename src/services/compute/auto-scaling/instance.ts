// Instances of groups: attached and detached, put aside, protected, judged and ended by hand.
import type { Activity, AutoScalingInstanceDetails } from '@aws-sdk/client-auto-scaling';
import type { DescribeInstancesCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError } from '../../../kernel/errors.ts';
import { later } from '../../../kernel/units.ts';
import { beginActivity, endActivity, findActivity, joinSentences, sentence } from './activity.ts';
import { errors } from './errors.ts';
import { asScaling, findGroup, getGroup, getMember, getMembers, membersOf } from './find.ts';
import { graceUntil, watchHealth } from './health.ts';
import { endRetained, markUnhealthy, retire } from './life.ts';
import { instancesPerCallMax, protectedPerCallMax } from './limits.ts';
import { changeMember, dropMember, isActive, isRetained, isTerminating, showMember, weightOf } from './member.ts';
import { pageOf } from './page.ts';
import type { GroupRow, MemberRow, Operation, ScalingContext } from './state.ts';
import { deregister, register } from './traffic.ts';
import { look } from './turn-time.ts';

const showDetails = ({ WeightedCapacity, ...member }: ReturnType<typeof showMember>, group: string) =>
  ({ ...member, WeightedCapacity, AutoScalingGroupName: group }) as AutoScalingInstanceDetails;

/** Instances of all groups. AWS writes their health in capitals here. */
export const DescribeAutoScalingInstances: Operation<'DescribeAutoScalingInstances'> = (input, { state }) => {
  const ids = input.InstanceIds ?? [];
  const rows = ids.length === 0 ? state.members.list() : ids.flatMap((id) => state.members.find(id) ?? []);
  const page = pageOf(rows, input, { usual: 50, most: 50 });
  const AutoScalingInstances = page.rows.map((row) => ({
    ...showDetails(showMember(row), row.group),
    HealthStatus: row.healthy ? 'HEALTHY' : 'UNHEALTHY',
  }));
  return { AutoScalingInstances, NextToken: page.NextToken };
};

const describe = ({ min, max, desired, name }: GroupRow): string =>
  `AutoScalingGroup ${name} has min-size=${min}, max-size=${max}, and desired-size=${desired}.`;

/** Adds instances that run already; the desired capacity grows by them. Limit: 20 in a request. */
export const AttachInstances: Operation<'AttachInstances'> = async (input, context) => {
  const { state } = context;
  const name = input.AutoScalingGroupName;
  const ids = [...new Set(input.InstanceIds)];
  if (ids.length > instancesPerCallMax)
    throw errors.limit(`At most ${instancesPerCallMax} instances can be attached at once.`);
  const checked = getGroup(context, name);
  checkRoom(checked, ids.length);
  for (const id of ids) {
    const owner = state.members.find(id);
    if (owner !== undefined)
      throw errors.validation(`Instance ${id} is already part of AutoScalingGroup:${owner.group}.`);
  }
  const { Reservations = [] } = await context.aws
    .call<object, DescribeInstancesCommandOutput>('ec2', 'DescribeInstances', { InstanceIds: ids }, asScaling)
    .catch((error: unknown) => {
      throw error instanceof AwsError ? errors.validation(`Invalid Instance ID(s): [${ids.join(', ')}]`) : error;
    });
  const found = Reservations.flatMap(({ Instances = [] }) => Instances);
  for (const instance of found) {
    const id = instance.InstanceId ?? '';
    if (instance.State?.Name !== 'running')
      throw errors.validation(`Instance ${id} is not in correct state. Instance(s) must be in 'running' state.`);
    if (!checked.zones.some(({ zone }) => zone === instance.Placement?.AvailabilityZone))
      throw errors.validation(
        `The availability zone of instance ${id} is not part of the AutoScalingGroup ${name}'s availability zones.`,
      );
  }
  const Tags = [{ Key: 'aws:autoscaling:groupName', Value: name }];
  if (ids.length > 0) await context.aws.call('ec2', 'CreateTags', { Resources: ids, Tags }, asScaling);
  await register(context, checked, ids);
  return context.transact(() => {
    const group = getGroup(context, name);
    checkRoom(group, ids.length);
    for (const [at, instance] of found.entries()) {
      const id = instance.InstanceId ?? '';
      const grown = `increasing the capacity from ${group.desired + at} to ${group.desired + at + 1}.`;
      const activity = beginActivity(context, group, {
        description: `Attaching an existing EC2 instance: ${id}`,
        cause: sentence(context, `an instance was attached in response to a user request, ${grown}`),
        code: 'InProgress',
        place: { zone: instance.Placement?.AvailabilityZone ?? '', subnetId: instance.SubnetId },
      });
      const zone = instance.Placement?.AvailabilityZone ?? '';
      state.members.put({
        id,
        group: group.name,
        state: 'InService',
        zone,
        zoneId: group.zones.find((one) => one.zone === zone)?.zoneId ?? '',
        subnetId: instance.SubnetId ?? '',
        type: String(instance.InstanceType),
        imageId: instance.ImageId ?? '',
        weight: 1,
        isWeighted: false,
        market: instance.InstanceLifecycle === 'spot' ? 'spot' : 'on-demand',
        healthy: true,
        protected: group.newProtected,
        launchedAt: context.clock.now(),
        inServiceAt: context.clock.now(),
        activityId: activity.id,
        isExtra: false,
      });
      endActivity(context, activity.id, 'Successful');
    }
    watchHealth(context);
    resize(context, group, ids.length);
    return {};
  });
};

function checkRoom(group: GroupRow, count: number): void {
  if (group.desired + count > group.max)
    throw errors.validation(
      `${describe(group)} To attach ${count} more instance${count === 1 ? '' : 's'}, please update the AutoScalingGroup sizes appropriately.`,
    );
}

/** Changes the desired capacity along with instances that come or go by request. */
function resize(context: ScalingContext, group: GroupRow, by: number): void {
  const present = findGroup(context, group.name);
  if (present === undefined) return;
  context.state.groups.put({ ...present, desired: present.desired + by });
  look(context, group.name);
}

interface Leaving {
  readonly verb: string;
  readonly words: (id: string) => string;
}

/** Begins the activities of instances that leave service, and changes the desired capacity when it is to shrink. */
function takeOut(
  context: ScalingContext,
  group: GroupRow,
  members: readonly MemberRow[],
  shrinks: boolean,
  { verb, words }: Leaving,
): { readonly member: MemberRow; readonly activityId: string }[] {
  const begun = members.map((member, at) => {
    const from = group.desired - at;
    const shrunk = shrinks ? `, shrinking the capacity from ${from} to ${from - 1}.` : '.';
    const activity = beginActivity(context, group, {
      description: `${verb}: ${member.id}`,
      cause: sentence(context, `${words(member.id)} in response to a user request${shrunk}`),
      code: 'InProgress',
      progress: 50,
      place: member,
    });
    return { member, activityId: activity.id };
  });
  resize(context, group, shrinks ? -members.length : 0);
  return begun;
}

function checkShrink(group: GroupRow, count: number, verb: string): void {
  if (group.desired - count < group.min)
    throw errors.validation(
      `${describe(group)} To ${verb} ${count} instance${count === 1 ? '' : 's'}, please update the AutoScalingGroup sizes appropriately.`,
    );
}

const showBegun = (context: ScalingContext, begun: readonly { readonly activityId: string }[]): Activity[] =>
  begun.flatMap(({ activityId }) => findActivity(context, activityId) ?? []);

/** Lets go of instances, which run on by themselves. */
export const DetachInstances: Operation<'DetachInstances'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const members = getMembers(context, group.name, input.InstanceIds ?? []);
  for (const { id, state } of members)
    if (state !== 'InService' && state !== 'Standby' && !state.startsWith('Warmed:'))
      throw errors.validation(`The instance ${id} is not in InService or Standby.`);
  const counted = members.filter(isActive);
  const shrinks = input.ShouldDecrementDesiredCapacity;
  if (shrinks) checkShrink(group, counted.length, 'detach');
  const begun = takeOut(context, group, members, false, {
    verb: 'Detaching EC2 instance',
    words: (id) => `instance ${id} was detached`,
  });
  if (shrinks) resize(context, group, -counted.length);
  for (const { member, activityId } of begun) changeMember(context, member, { state: 'Detaching', activityId });
  context.jobs.at(context.clock.now(), 'letGo', { ids: members.map(({ id }) => id), group: group.name });
  return { Activities: showBegun(context, begun) };
};

interface Together {
  readonly ids: readonly string[];
  readonly group: string;
}

/** Job: detached instances leave their load balancers and lose the group's tag. */
export async function letGo({ ids, group: name }: Together, context: ScalingContext): Promise<void> {
  const group = findGroup(context, name);
  if (group === undefined) return;
  const delaySeconds = await deregister(context, group, ids);
  const Tags = [{ Key: 'aws:autoscaling:groupName' }];
  await context.aws.call('ec2', 'DeleteTags', { Resources: ids, Tags }, asScaling).catch((error: unknown) => {
    if (!(error instanceof AwsError)) throw error;
  });
  await context.transact(() => {
    context.jobs.at(later(context.clock.now(), delaySeconds), 'detached', { ids, group: name });
  });
}

/** Job: their connections are drained. */
export function detached({ ids }: Together, context: ScalingContext): void {
  for (const id of ids) {
    const member = context.state.members.find(id);
    if (member?.state !== 'Detaching') continue;
    endActivity(context, member.activityId, 'Successful');
    dropMember(context, member);
    look(context, member.group);
  }
}

/** Puts instances aside: they stay in the group and do not count. */
export const EnterStandby: Operation<'EnterStandby'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const members = getMembers(context, group.name, input.InstanceIds ?? []);
  for (const { id, state } of members)
    if (state !== 'InService') throw errors.validation(`The instance ${id} is not in InService.`);
  const shrinks = input.ShouldDecrementDesiredCapacity;
  if (shrinks) checkShrink(group, members.length, 'place into standby');
  const begun = takeOut(context, group, members, shrinks, {
    verb: 'Moving EC2 instance to Standby',
    words: (id) => `instance ${id} was moved to standby`,
  });
  for (const { member, activityId } of begun) changeMember(context, member, { state: 'EnteringStandby', activityId });
  context.jobs.at(context.clock.now(), 'standAside', { ids: members.map(({ id }) => id), group: group.name });
  return { Activities: showBegun(context, begun) };
};

/** Job: instances that are put aside leave their load balancers. */
export async function standAside({ ids, group: name }: Together, context: ScalingContext): Promise<void> {
  const group = findGroup(context, name);
  if (group === undefined) return;
  await deregister(context, group, ids);
  await context.transact(() => {
    for (const id of ids) {
      const member = context.state.members.find(id);
      if (member?.state !== 'EnteringStandby') continue;
      changeMember(context, member, { state: 'Standby' });
      endActivity(context, member.activityId, 'Successful');
    }
    look(context, name);
  });
}

/** Brings instances back from standby; the desired capacity grows by them. */
export const ExitStandby: Operation<'ExitStandby'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const members = getMembers(context, group.name, input.InstanceIds ?? []);
  for (const { id, state } of members)
    if (state !== 'Standby') throw errors.validation(`The instance ${id} is not in Standby.`);
  if (group.desired + members.length > group.max) checkRoom(group, members.length);
  const Activities = members.map((member, at) => {
    const from = group.desired + at;
    const activity = beginActivity(context, group, {
      description: `Moving EC2 instance out of Standby: ${member.id}`,
      cause: sentence(
        context,
        `instance ${member.id} was moved out of standby in response to a user request, increasing the capacity from ${from} to ${from + 1}.`,
      ),
      code: 'PreInService',
      progress: 30,
      place: member,
    });
    changeMember(context, member, { state: 'Pending:Proceed', activityId: activity.id });
    context.jobs.at(context.clock.now(), 'enterService', { id: member.id });
    return findActivity(context, activity.id) as Activity;
  });
  resize(context, group, members.length);
  return { Activities };
};

/** Protects instances against scale-in, or no more. */
export const SetInstanceProtection: Operation<'SetInstanceProtection'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  if (input.InstanceIds.length > protectedPerCallMax)
    throw errors.limit(`At most ${protectedPerCallMax} instances can be protected at once.`);
  for (const member of getMembers(context, group.name, input.InstanceIds)) {
    if (isTerminating(member))
      throw errors.validation(`The instance ${member.id} is not in InService or EnteringStandby or Standby or Warmed.`);
    changeMember(context, member, { protected: input.ProtectedFromScaleIn });
  }
  look(context, group.name);
  return {};
};

/** Says how an instance is: by a program of the user's. Default: the grace period is respected. */
export const SetInstanceHealth: Operation<'SetInstanceHealth'> = (input, context) => {
  const member = getMember(context, input.InstanceId);
  const group = getGroup(context, member.group);
  if (input.HealthStatus !== 'Healthy' && input.HealthStatus !== 'Unhealthy')
    throw errors.validation(`Valid instance health states are: [Healthy, Unhealthy].`);
  if (input.HealthStatus === 'Healthy') {
    changeMember(context, member, { healthy: true, trouble: undefined });
    return {};
  }
  const isInGrace = context.clock.now() < graceUntil(group, member);
  if (input.ShouldRespectGracePeriod !== false && isInGrace) return {};
  markUnhealthy(context, member, 'a user health-check.');
  return {};
};

/** Ends one instance; another takes its place unless the desired capacity shrinks along. */
export const TerminateInstanceInAutoScalingGroup: Operation<'TerminateInstanceInAutoScalingGroup'> = (
  input,
  context,
) => {
  const member = getMember(context, input.InstanceId ?? '');
  const group = getGroup(context, member.group);
  const shrinks = input.ShouldDecrementDesiredCapacity && isActive(member);
  if (shrinks && group.desired - member.weight < group.min)
    throw errors.validation(
      `Currently, desiredSize equals minSize (${group.min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
    );
  if (isTerminating(member) && !isRetained(member))
    throw errors.activityInProgress(`The instance ${member.id} is being terminated already.`);
  const has = weightOf(membersOf(context, group.name).filter(isActive));
  const shrunk = shrinks ? `, shrinking the capacity from ${has} to ${has - member.weight}.` : '.';
  const words = `instance ${member.id} was taken out of service in response to a user request${shrunk}`;
  const end = isRetained(member) ? endRetained : retire;
  const leaving = end(context, group, member, [joinSentences([sentence(context, words)])]);
  if (shrinks) {
    const present = findGroup(context, group.name) ?? group;
    context.state.groups.put({ ...present, desired: present.desired - member.weight });
  }
  look(context, group.name);
  return { Activity: findActivity(context, leaving.activityId) };
};
