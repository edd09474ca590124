// Capacity rebalancing: where Spot Instances are about to be taken, others are launched before.
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-capacity-rebalancing.html
import type { SpotInterruptionWarning } from '../ec2/facts.ts';
import { sentence } from './activity.ts';
import { findGroup, isSuspended } from './find.ts';
import { planReplacement } from './launch-plan.ts';
import { changeMember, isInService } from './member.ts';
import { effective } from './refresh-source.ts';
import type { ScalingContext } from './state.ts';
import { look } from './turn-time.ts';

/** EC2 gives two minutes' notice. Without capacity rebalancing an instance is replaced when it is gone. */
export function spotWarned({ instanceId }: SpotInterruptionWarning, context: ScalingContext): void {
  const member = context.state.members.find(instanceId);
  const group = member && findGroup(context, member.group);
  if (member === undefined || group === undefined || member.isAtRisk === true || !isInService(member)) return;
  if (group.capacityRebalance !== true || isSuspended(group, 'Launch') || isSuspended(group, 'Terminate')) return;
  changeMember(context, member, { isAtRisk: true });
  const cause = sentence(context, 'an instance was launched in response to an EC2 instance rebalance recommendation.');
  planReplacement(context, effective(context, group), member, cause);
  look(context, group.name, 0);
}
