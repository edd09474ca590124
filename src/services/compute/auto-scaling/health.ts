// Which instances of a group are ill: what EC2's status checks and load balancers say of them (ASG-10).
//
// That an instance stopped or ended is told by EC2. Its status checks are looked at once a minute while a fault is in force; a load
// balancer tells when a target's health changes.
//
// Differs: the health types EBS and VPC_LATTICE are taken and shown, and find nobody ill.
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html
import type { DescribeInstanceHealthCommandOutput } from '@aws-sdk/client-elastic-load-balancing';
import type { DescribeTargetHealthCommandOutput } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../../kernel/errors.ts';
import type { Sense } from '../../../kernel/sleepers.ts';
import { type Instant, instant, later, secondsBetween } from '../../../kernel/units.ts';
import type { InstanceHealthChanged } from '../../networking/elastic-load-balancing/facts.ts';
import type { TargetHealthChanged } from '../../networking/elastic-load-balancing-v2/facts.ts';
import { asScaling, findGroup, isSuspended } from './find.ts';
import { markUnhealthy } from './life.ts';
import { changeMember, isInService } from './member.ts';
import type { GroupRow, MemberRow, ScalingContext, TrafficType } from './state.ts';
import { look } from './turn-time.ts';

const intervalSeconds = 60;
/** For how long status checks have to fail. Unknown: AWS says "a few minutes". */
const impairedSeconds = 120;

/** Until when failed checks do not count: none does before an instance is in service (ASG-11). */
export const graceUntil = ({ graceSeconds }: GroupRow, { inServiceAt }: MemberRow): Instant =>
  inServiceAt === undefined ? instant(Number.MAX_SAFE_INTEGER) : later(inServiceAt, graceSeconds);

/** Looks after status checks from now on, as long as there are instances. */
export function watchHealth(context: ScalingContext): void {
  const { state, jobs, clock, parts } = context;
  if (state.watches.has('watch')) return;
  const jobId = jobs.at(later(clock.now(), intervalSeconds), 'checkHealth', {});
  state.watches.put({ id: 'watch', jobId, stamp: parts.faults.stamp() });
}

/** What status checks that sleep look at. */
export const senseHealth = ({ parts: { faults }, state }: ScalingContext): Sense => ({
  text: `${faults.stamp()} ${state.members.size === 0}`,
  until: faults.nextChange(),
});

/** Job: looks at status checks, if anything can have changed in them. */
export function checkHealth(_: object, context: ScalingContext): void {
  const { state, jobs, clock, parts } = context;
  const watch = state.watches.find('watch');
  if (watch === undefined) return;
  if (state.members.size === 0) {
    state.watches.delete('watch');
    return;
  }
  const stamp = parts.faults.stamp();
  const isQuiet = parts.faults.isQuiet();
  const jobId = isQuiet
    ? jobs.sleep(intervalSeconds, 'checkHealth', {})
    : jobs.at(later(clock.now(), intervalSeconds), 'checkHealth', {});
  state.watches.put({ ...watch, stamp, jobId });
  const isOther = stamp !== watch.stamp;
  if (isOther) {
    // Where there was no capacity, there may be some now; and zones may be uneven.
    state.zoneTroubles.deleteAll();
    for (const group of state.groups.list()) look(context, group.name, 0);
  }
  if (isQuiet && !isOther) return;
  for (const member of state.members.list()) checkMember(context, member);
}

function checkMember(context: ScalingContext, member: MemberRow): void {
  const { parts, clock } = context;
  const group = findGroup(context, member.group);
  if (group === undefined || !isInService(member) || isSuspended(group, 'HealthCheck')) return;
  const failed = parts.faults.impaired(member.id, member.zoneId);
  if (!failed.instance && !failed.system) {
    if (member.impairedSince !== undefined) changeMember(context, member, { impairedSince: undefined });
    return;
  }
  const since = member.impairedSince ?? clock.now();
  const noted = member.impairedSince === undefined ? changeMember(context, member, { impairedSince: since }) : member;
  if (secondsBetween(since, clock.now()) < impairedSeconds || clock.now() < graceUntil(group, noted)) return;
  markUnhealthy(context, noted, 'an EC2 instance status checks failure.');
}

const isElbChecked = ({ healthType }: GroupRow): boolean => healthType.split(',').includes('ELB');

/** A load balancer found a target healthy or not. */
export function targetHealthChanged(fact: TargetHealthChanged, context: ScalingContext): void {
  if (fact.state === 'unhealthy') doubt(context, fact.targetId, fact.groupArn);
}

/** A classic load balancer did. */
export function instanceHealthChanged(fact: InstanceHealthChanged, context: ScalingContext): void {
  if (fact.state === 'unhealthy') doubt(context, fact.instanceId, fact.balancer);
}

function doubt(context: ScalingContext, id: string, source: string): void {
  const member = context.state.members.find(id);
  const group = member && findGroup(context, member.group);
  if (member !== undefined && group !== undefined && isElbChecked(group)) judgeLater(context, group, member, source);
}

function judgeLater(context: ScalingContext, group: GroupRow, member: MemberRow, source: string): void {
  const found = group.traffic.find(({ identifier }) => identifier === source);
  if (!isInService(member) || found === undefined) return;
  const at = instant(Math.max(context.clock.now(), graceUntil(group, member)));
  context.jobs.at(at, 'judgeTarget', { id: member.id, source, type: found.type } satisfies Judged);
}

/** A group asks its load balancers now, as it did not before: what they found already counts. */
export function judgeAll(context: ScalingContext, group: GroupRow, members: readonly MemberRow[]): void {
  if (!isElbChecked(group)) return;
  for (const member of members)
    for (const { identifier } of group.traffic) judgeLater(context, group, member, identifier);
}

interface Judged {
  readonly id: string;
  readonly source: string;
  readonly type: TrafficType;
}

async function isUnhealthyAt(context: ScalingContext, { id, source, type }: Judged): Promise<boolean> {
  if (type === 'elbv2') {
    const answer = await context.aws.call<object, DescribeTargetHealthCommandOutput>(
      'elastic-load-balancing-v2',
      'DescribeTargetHealth',
      { TargetGroupArn: source, Targets: [{ Id: id }] },
      asScaling,
    );
    return answer.TargetHealthDescriptions?.some(({ TargetHealth }) => TargetHealth?.State === 'unhealthy') === true;
  }
  if (type !== 'elb') return false;
  const { InstanceStates = [] } = await context.aws.call<object, DescribeInstanceHealthCommandOutput>(
    'elastic-load-balancing',
    'DescribeInstanceHealth',
    { LoadBalancerName: source, Instances: [{ InstanceId: id }] },
    asScaling,
  );
  // One that is only being registered is not ill.
  return InstanceStates.some(({ State, ReasonCode }) => State === 'OutOfService' && ReasonCode === 'Instance');
}

/** Job: after the grace period, an instance that is unhealthy still is replaced. */
export async function judgeTarget(judged: Judged, context: ScalingContext): Promise<void> {
  let isUnhealthy = false;
  try {
    isUnhealthy = await isUnhealthyAt(context, judged);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
  }
  if (!isUnhealthy) return;
  await context.transact(() => {
    const member = context.state.members.find(judged.id);
    const group = member && findGroup(context, member.group);
    if (member === undefined || group === undefined || !isInService(member) || isSuspended(group, 'HealthCheck'))
      return;
    markUnhealthy(context, member, 'an ELB system health check failure.');
  });
}
