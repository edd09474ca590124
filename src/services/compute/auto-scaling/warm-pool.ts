// Operations on warm pools: instances that are prepared and wait, stopped or running, until the group grows.
import { errors } from './errors.ts';
import { getGroup, membersOf } from './find.ts';
import { noteCounts } from './group-metric.ts';
import { showPool } from './group-view.ts';
import { retire } from './life.ts';
import { sentence } from './activity.ts';
import { isWarm, isWarmTerminating, showMember } from './member.ts';
import { pageOf } from './page.ts';
import { activeRefresh } from './refresh-source.ts';
import type { Operation } from './state.ts';
import { look } from './turn-time.ts';

/** Makes a warm pool or changes it. Default: as many as the group's maximum has room for, stopped. */
export const PutWarmPool: Operation<'PutWarmPool'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  if (activeRefresh(context, group.name) !== undefined)
    throw errors.refreshInProgress('You cannot change the warm pool while an instance refresh is in progress.');
  if (group.source.mixed !== undefined)
    throw errors.validation("You can't add a warm pool to an Auto Scaling group that has a mixed instances policy.");
  if (group.warmPool?.status !== undefined) throw errors.limit('The warm pool is being deleted.');
  const maxPrepared = input.MaxGroupPreparedCapacity;
  if (maxPrepared !== undefined && maxPrepared !== -1 && maxPrepared < (input.MinSize ?? 0))
    throw errors.validation('MaxGroupPreparedCapacity must be greater than or equal to MinSize.');
  const before = group.warmPool;
  context.state.groups.put({
    ...group,
    warmPool: {
      minSize: input.MinSize ?? before?.minSize ?? 0,
      maxPrepared: maxPrepared === -1 ? undefined : (maxPrepared ?? before?.maxPrepared),
      poolState: input.PoolState ?? before?.poolState ?? 'Stopped',
      reuse: input.InstanceReusePolicy?.ReuseOnScaleIn ?? before?.reuse ?? false,
    },
  });
  noteCounts(context, group.name);
  look(context, group.name);
  return {};
};

/** Deletes a warm pool; one with instances only by force. */
export const DeleteWarmPool: Operation<'DeleteWarmPool'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  if (group.warmPool === undefined)
    throw errors.validation(`No warm pool found for the Auto Scaling group ${group.name}.`);
  const members = membersOf(context, group.name).filter(isWarm);
  if (members.length > 0 && input.ForceDelete !== true && group.warmPool.minSize > 0)
    throw errors.inUse('You cannot delete a warm pool while there are instances in it.');
  context.state.groups.put({ ...group, warmPool: { ...group.warmPool, status: 'PendingDelete' } });
  for (const member of members)
    if (!isWarmTerminating(member))
      retire(context, group, member, [
        sentence(context, 'an instance was taken out of the warm pool in response to a user request.'),
      ]);
  look(context, group.name, 0);
  return {};
};

export const DescribeWarmPool: Operation<'DescribeWarmPool'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  if (group.warmPool === undefined) return { Instances: [] };
  const rows = membersOf(context, group.name).filter(isWarm);
  const page = pageOf(rows, input, { usual: 50, most: 50 });
  return {
    WarmPoolConfiguration: showPool(group.warmPool),
    Instances: page.rows.map(showMember),
    NextToken: page.NextToken,
  };
};
