// The life of an instance in its group.
//
//   Pending ─▶ (Pending:Wait) ─▶ Pending:Proceed ─▶ InService ─▶ Terminating ─▶ (Terminating:Wait) ─▶ Terminating:Proceed ─▶ gone
//
// In the warm pool the same states have the prefix `Warmed:`, and `Warmed:Stopped` (or Running, Hibernated) takes the place of InService.
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
import type { TerminateInstancesCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError } from '../../../kernel/errors.ts';
import { later } from '../../../kernel/units.ts';
import type { InstanceStateChanged } from '../ec2/facts.ts';
import { beginActivity, changeActivity, endActivity, joinSentences, sentence } from './activity.ts';
import { announce } from './announce.ts';
import { asScaling, findGroup, isSuspended } from './find.ts';
import { findAction, hold, release } from './hook.ts';
import { changeMember, dropMember, inPool, isPending, isTerminating, isWarm, isWarmTerminating } from './member.ts';
import { activeRefresh } from './refresh-source.ts';
import type { GroupRow, HookActionRow, MemberRow, ScalingContext } from './state.ts';
import { deregister, register, serving } from './traffic.ts';
import { look } from './turn-time.ts';

interface Named {
  readonly id: string;
}

const now = (context: ScalingContext, job: string, data: object): void => {
  context.jobs.at(context.clock.now(), job, data);
};

// Coming

/** EC2 says that an instance has another state. */
export function instanceChanged(fact: InstanceStateChanged, context: ScalingContext): void {
  const member = context.state.members.find(fact.instanceId);
  const group = member && findGroup(context, member.group);
  if (member === undefined || group === undefined) return;
  const { state } = member;
  if (fact.to === 'running') {
    if (state === 'Pending' || state === 'Warmed:Pending') arrive(context, group, member);
  } else if (fact.to === 'stopped' && isWarm(member)) {
    if (state === 'Warmed:Pending:Proceed') rest(context, member, 'Warmed:Stopped');
  } else if (fact.to === 'terminated' && (isTerminating(member) || isWarmTerminating(member))) {
    gone(context, member);
  } else if (fact.to !== 'pending' && !isTerminating(member) && !isWarmTerminating(member)) {
    lost(context, group, member, fact);
  }
}

/** It stopped or ended without being asked to. */
function lost(context: ScalingContext, group: GroupRow, member: MemberRow, fact: InstanceStateChanged): void {
  const isEnd = fact.to === 'terminated' || fact.to === 'shutting-down';
  if (isPending(member) && isEnd) {
    const message = `Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: ${fact.reason ?? 'Client.UserInitiatedShutdown: User initiated shutdown'}`;
    endActivity(context, member.activityId, 'Failed', { message });
    announce(context, 'autoscaling:EC2_INSTANCE_LAUNCH_ERROR', member.activityId, member);
    dropMember(context, member);
    look(context, group.name);
    return;
  }
  if (isWarm(member) && !isEnd) return;
  if (member.state === 'Standby' && !isEnd) return;
  markUnhealthy(context, member, 'an EC2 health check indicating it has been terminated or stopped.');
}

/** Says of an instance that it has to be replaced. `why` ends the cause: `in response to …`. */
export function markUnhealthy(context: ScalingContext, member: MemberRow, why: string): void {
  if (!member.healthy) return;
  changeMember(context, member, { healthy: false, trouble: why });
  look(context, member.group);
}

function arrive(context: ScalingContext, group: GroupRow, member: MemberRow): void {
  if (!hold(context, group, member, 'autoscaling:EC2_INSTANCE_LAUNCHING')) proceedLaunch(context, group, member);
}

function proceedLaunch(context: ScalingContext, group: GroupRow, member: MemberRow): void {
  const going = changeMember(context, member, { state: inPool(member, 'Pending:Proceed') });
  if (!isWarm(member)) now(context, 'enterService', { id: member.id });
  else if (group.warmPool?.poolState === 'Running') rest(context, going, 'Warmed:Running');
  else now(context, 'coolDown', { id: member.id });
}

/** Job: an instance that is prepared is stopped until it is wanted. */
export async function coolDown({ id }: Named, context: ScalingContext): Promise<void> {
  const member = context.state.members.find(id);
  const isHibernated = findGroup(context, member?.group ?? '')?.warmPool?.poolState === 'Hibernated';
  try {
    await context.aws.call('ec2', 'StopInstances', { InstanceIds: [id], Hibernate: isHibernated }, asScaling);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    await context.transact(() => {
      const found = context.state.members.find(id);
      if (found !== undefined) markUnhealthy(context, found, 'a failure to stop it for the warm pool.');
    });
  }
}

/** A prepared instance lies in the warm pool. */
function rest(context: ScalingContext, member: MemberRow, state: 'Warmed:Stopped' | 'Warmed:Running'): void {
  const group = findGroup(context, member.group);
  const isHibernated = group?.warmPool?.poolState === 'Hibernated' && state === 'Warmed:Stopped';
  const lying = changeMember(context, member, { state: isHibernated ? 'Warmed:Hibernated' : state });
  endActivity(context, member.activityId, 'Successful');
  announce(context, 'autoscaling:EC2_INSTANCE_LAUNCH', member.activityId, lying);
  look(context, member.group);
}

/** Job: an instance that is ready gets its traffic and is in service. */
export async function enterService({ id }: Named, context: ScalingContext): Promise<void> {
  const before = context.state.members.find(id);
  const group = before && findGroup(context, before.group);
  if (before?.state !== 'Pending:Proceed' || group === undefined) return;
  if (!isSuspended(group, 'AddToLoadBalancer')) await register(context, group, [id]);
  await context.transact(() => {
    const member = context.state.members.find(id);
    const present = findGroup(context, before.group);
    if (member?.state !== 'Pending:Proceed' || present === undefined) return;
    const { clock, state } = context;
    const served = changeMember(context, member, {
      state: 'InService',
      inServiceAt: clock.now(),
      // What an instance refresh launched takes its place when it is warm.
      isExtra: member.isExtra && member.refreshId !== undefined && activeRefresh(context, present.name) !== undefined,
    });
    state.groups.put(cooled(context, serving(present)));
    endActivity(context, member.activityId, 'Successful');
    announce(context, 'autoscaling:EC2_INSTANCE_LAUNCH', member.activityId, served);
    look(context, member.group, 0);
  });
}

// Going

/** Takes an instance out of service and ends it. `causes` are whole sentences. */
export function retire(
  context: ScalingContext,
  group: GroupRow,
  member: MemberRow,
  causes: readonly string[],
): MemberRow {
  dropActions(context, member);
  // A launch that is not done yet will not be.
  endActivity(context, member.activityId, 'Cancelled');
  const activity = beginActivity(context, group, {
    description: `Terminating EC2 instance: ${member.id}`,
    cause: joinSentences(causes),
    code: 'InProgress',
    place: member,
  });
  const canReturn = group.warmPool?.reuse === true && group.deleting !== true && member.healthy;
  const leaving = changeMember(context, member, {
    state: inPool(member, 'Terminating'),
    activityId: activity.id,
    isExtra: false,
    leavingFor: canReturn && member.state === 'InService' ? 'warm-pool' : undefined,
  });
  now(context, 'leaveTraffic', { id: member.id });
  return leaving;
}

function dropActions(context: ScalingContext, { id }: MemberRow): void {
  for (const action of context.state.hookActions.list({ prefix: `${id}\u0000` })) release(context, action, 'CONTINUE');
}

/** Job: takes an instance out of its load balancers, and waits until its connections are drained. */
export async function leaveTraffic({ id }: Named, context: ScalingContext): Promise<void> {
  const before = context.state.members.find(id);
  const group = before && findGroup(context, before.group);
  if (before === undefined || group === undefined) return;
  const delaySeconds = before.inServiceAt === undefined ? 0 : await deregister(context, group, [id]);
  await context.transact(() => {
    if (delaySeconds === 0) return drained({ id }, context);
    changeActivity(context, before.activityId, { code: 'WaitingForELBConnectionDraining', progress: 50 });
    context.jobs.at(later(context.clock.now(), delaySeconds), 'drained', { id });
  });
}

/** Job: nothing is on its way to the instance any more. */
export function drained({ id }: Named, context: ScalingContext): void {
  const member = context.state.members.find(id);
  const group = member && findGroup(context, member.group);
  if (member === undefined || group === undefined) return;
  if (member.state !== inPool(member, 'Terminating')) return;
  if (!hold(context, group, member, 'autoscaling:EC2_INSTANCE_TERMINATING')) proceedEnd(context, group, member);
}

function proceedEnd(context: ScalingContext, group: GroupRow, member: MemberRow): void {
  if (member.leavingFor === 'warm-pool' && group.warmPool !== undefined) {
    const lying = changeMember(context, member, {
      state: 'Warmed:Pending:Proceed',
      leavingFor: undefined,
      inServiceAt: undefined,
    });
    if (group.warmPool.poolState === 'Running') rest(context, lying, 'Warmed:Running');
    else now(context, 'coolDown', { id: member.id });
    return;
  }
  changeMember(context, member, { state: inPool(member, 'Terminating:Proceed') });
  changeActivity(context, member.activityId, { code: 'InProgress', progress: 80 });
  now(context, 'terminate', { id: member.id });
}

/** Job: ends an instance. Protection against termination by users is none against its group. */
export async function terminate({ id }: Named, context: ScalingContext): Promise<void> {
  const call = <Output>(operation: string, input: object) =>
    context.aws.call<object, Output>('ec2', operation, input, asScaling);
  const end = () => call<TerminateInstancesCommandOutput>('TerminateInstances', { InstanceIds: [id] });
  let isGone = false;
  try {
    const answer = await end().catch(async (error: unknown) => {
      if (!(error instanceof AwsError) || error.code !== 'OperationNotPermitted') throw error;
      await call('ModifyInstanceAttribute', { InstanceId: id, DisableApiTermination: { Value: false } });
      return end();
    });
    isGone = answer.TerminatingInstances?.[0]?.CurrentState?.Name === 'terminated';
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    isGone = true;
  }
  if (!isGone) return;
  await context.transact(() => {
    const member = context.state.members.find(id);
    if (member !== undefined) gone(context, member);
  });
}

function gone(context: ScalingContext, member: MemberRow): void {
  endActivity(context, member.activityId, 'Successful');
  announce(context, 'autoscaling:EC2_INSTANCE_TERMINATE', member.activityId, member);
  dropMember(context, member);
  const group = findGroup(context, member.group);
  if (group !== undefined) context.state.groups.put(cooled(context, group));
  look(context, member.group, 0);
}

/** A cooldown begins anew when what was begun is done (ASG-12). */
const cooled = ({ clock }: ScalingContext, group: GroupRow): GroupRow =>
  group.coolingSeconds === undefined || (group.cooldownUntil ?? 0) < clock.now()
    ? group
    : { ...group, cooldownUntil: later(clock.now(), group.coolingSeconds) };

// Hooks

/** An action of a hook ended with CONTINUE or ABANDON. */
export function completeAction(context: ScalingContext, action: HookActionRow, result: string, why: string): void {
  const member = context.state.members.find(action.instanceId);
  const group = findGroup(context, action.group);
  const isDone = release(context, action, result);
  if (!isDone || member === undefined || group === undefined) return;
  if (action.transition === 'autoscaling:EC2_INSTANCE_TERMINATING') {
    const isKept = result === 'ABANDON' && group.lifecyclePolicy?.RetentionTriggers?.TerminateHookAbandon === 'retain';
    if (isKept && group.deleting !== true) retain(context, group, member, action, why);
    else proceedEnd(context, group, member);
  } else if (result !== 'ABANDON') proceedLaunch(context, group, member);
  else {
    const message = `Instance failed to complete user's Lifecycle Action: Lifecycle Action with token ${action.token} was abandoned: ${why}`;
    endActivity(context, member.activityId, 'Cancelled', { message });
    announce(context, 'autoscaling:EC2_INSTANCE_LAUNCH_ERROR', member.activityId, member);
    retire(context, group, member, [
      sentence(context, 'an instance was taken out of service in response to a failed lifecycle action.'),
    ]);
    look(context, group.name);
  }
}

/**
 * Keeps an instance whose termination was abandoned, until somebody ends it.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-lifecycle-policy.html
 */
function retain(context: ScalingContext, group: GroupRow, member: MemberRow, action: HookActionRow, why: string): void {
  const message = `Instance is retained: Lifecycle Action with token ${action.token} was abandoned: ${why}`;
  endActivity(context, member.activityId, 'Cancelled', { message });
  changeMember(context, member, { state: inPool(member, 'Terminating:Retained'), leavingFor: undefined });
  look(context, group.name);
}

/** Ends an instance that is retained; no hook holds it again. */
export function endRetained(
  context: ScalingContext,
  group: GroupRow,
  member: MemberRow,
  causes: readonly string[],
): MemberRow {
  const activity = beginActivity(context, group, {
    description: `Terminating EC2 instance: ${member.id}`,
    cause: joinSentences(causes),
    code: 'InProgress',
    place: member,
  });
  const leaving = changeMember(context, member, { activityId: activity.id });
  proceedEnd(context, group, leaving);
  return leaving;
}

/** Job: nobody answered in time. */
export function hookTimeout({ token }: { readonly token: string }, context: ScalingContext): void {
  const action = findAction(context, token);
  if (action !== undefined) completeAction(context, action, action.defaultResult, 'Heartbeat Timeout');
}

/** Job: an instance of the warm pool that runs already comes as one that has just started. */
export function arriveRunning({ id }: Named, context: ScalingContext): void {
  const member = context.state.members.find(id);
  const group = member && findGroup(context, member.group);
  if (member?.state === 'Pending' && group !== undefined) arrive(context, group, member);
}
