// Launching into a group and hearing at once what came of it.
import { createHash } from 'node:crypto';
import type { InstanceCollection, LaunchInstancesError } from '@aws-sdk/client-auto-scaling';
import { later, secondsPerDay } from '../../../kernel/units.ts';
import { sentence } from './activity.ts';
import { errors } from './errors.ts';
import { findGroup, getGroup } from './find.ts';
import { noteCounts } from './group-metric.ts';
import { carryOut } from './launch.ts';
import { planLaunch } from './launch-plan.ts';
import type { GroupRow, Input, LaunchRow, Operation, Output, ScalingContext } from './state.ts';
import { look } from './turn-time.ts';

/** How long a client token is remembered. */
const tokenSeconds = secondsPerDay;

type Request = Input<'LaunchInstances'>;
type Answer = Output<'LaunchInstances'>;

/** The one zone that a request names; Limit: one zone or one subnet. */
function placeFor(group: GroupRow, input: Request): { zone: string; subnetId?: string | undefined } {
  const [subnetId, ...moreSubnets] = input.SubnetIds ?? [];
  const [name, ...moreNames] = input.AvailabilityZones ?? [];
  const [id, ...moreIds] = input.AvailabilityZoneIds ?? [];
  if (moreSubnets.length + moreNames.length + moreIds.length > 0)
    throw errors.validation('Only one Availability Zone or subnet can be specified.');
  const zone = group.zones.find(
    (one) =>
      (name ?? one.zone) === one.zone &&
      (id ?? one.zoneId) === one.zoneId &&
      (subnetId === undefined || one.subnetIds.includes(subnetId)),
  );
  const isNamed = subnetId !== undefined || name !== undefined || id !== undefined;
  if (zone === undefined || (!isNamed && group.zones.length > 1))
    throw errors.validation('Specify an Availability Zone or a subnet that belongs to the Auto Scaling group.');
  return { zone: zone.zone, subnetId: subnetId ?? zone.subnetIds[0] };
}

const digestOf = (input: Request): string => createHash('sha256').update(JSON.stringify(input)).digest('hex');

/**
 * Launches instances now, in one zone, and answers with them. The desired capacity grows by what was launched.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchInstances.html
 */
export const LaunchInstances: Operation<'LaunchInstances'> = async (input, context) => {
  const { state, clock } = context;
  const group = getGroup(context, input.AutoScalingGroupName);
  const token = input.ClientToken ?? '';
  const known = state.tokens.find(token);
  if (known !== undefined && known.expiresAt > clock.now()) {
    if (known.digest !== digestOf(input)) throw errors.tokenMismatch();
    return JSON.parse(known.answer) as Answer;
  }
  if (group.source.mixed?.LaunchTemplate?.Overrides?.some((one) => one.WeightedCapacity !== undefined) === true)
    throw errors.validation('LaunchInstances does not support groups with weighted capacity.');
  const place = placeFor(group, input);
  if (input.RequestedCapacity < 1 || group.desired + input.RequestedCapacity > group.max)
    throw errors.validation(
      `The requested capacity ${input.RequestedCapacity} and the desired capacity ${group.desired} exceed the maximum ${group.max}.`,
    );
  const cause = sentence(context, 'an instance was launched in response to a LaunchInstances request.');
  const launches = await context.transact(() => {
    const present = getGroup(context, group.name);
    const planned = Array.from({ length: input.RequestedCapacity }, () =>
      planLaunch(context, present, { zone: place.zone, isExtra: false, isWarm: false, cause }),
    );
    state.groups.put({ ...present, desired: present.desired + planned.length });
    noteCounts(context, group.name);
    return planned;
  });
  for (const launch of launches) await carryOut(context, launch);
  return context.transact(() => {
    const answer = answerFor(context, group, input, launches);
    const retries = input.RetryStrategy === 'retry-with-group-configuration';
    const failed = answer.Errors?.length ?? 0;
    const present = findGroup(context, group.name);
    if (!retries && failed > 0 && present !== undefined)
      state.groups.put({ ...present, desired: present.desired - failed });
    look(context, group.name);
    for (const row of state.tokens.index('expiry').list({ limit: 2 }))
      if (row.expiresAt <= clock.now()) state.tokens.delete(row.id);
    state.tokens.put({
      id: token,
      digest: digestOf(input),
      answer: JSON.stringify(answer),
      expiresAt: later(clock.now(), tokenSeconds),
    });
    return answer;
  });
};

function answerFor(context: ScalingContext, group: GroupRow, input: Request, launches: readonly LaunchRow[]): Answer {
  const { state } = context;
  const made = new Map<string, InstanceCollection & { InstanceIds: string[] }>();
  const failures: LaunchInstancesError[] = [];
  const ids = new Set(launches.map(({ activityId }) => activityId));
  for (const member of state.members.index('group').list({ prefix: `${group.name}\u0000` })) {
    if (!ids.delete(member.activityId)) continue;
    const at = `${member.type}/${member.market}/${member.subnetId}`;
    const known = made.get(at);
    if (known !== undefined) known.InstanceIds.push(member.id);
    else
      made.set(at, {
        InstanceType: member.type,
        MarketType: member.market,
        SubnetId: member.subnetId,
        AvailabilityZone: member.zone,
        AvailabilityZoneId: member.zoneId,
        InstanceIds: [member.id],
      });
  }
  for (const id of ids) {
    const launch = launches.find(({ activityId }) => activityId === id);
    failures.push({
      SubnetId: launch?.subnetId,
      AvailabilityZone: launch?.zone,
      MarketType: launch?.market,
      ErrorCode: 'LaunchFailed',
      ErrorMessage: state.activities.find(id)?.message,
    });
  }
  return {
    ClientToken: input.ClientToken,
    AutoScalingGroupName: group.name,
    Instances: [...made.values()],
    Errors: failures,
  };
}
