// In which zones a load balancer is well: those that its name resolves to. A zone whose node has too few healthy targets to send to is left
// out, unless that is so in all of them.
//
// Inferred: a zone of a network load balancer is well when all of its target groups are, one of an application load balancer when any is.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health.html
import { groupsOfBalancer } from './association.ts';
import { candidatesOf, crossesZones } from './choice.ts';
import type { BalancerRow, ElbContext, GroupRow, NodeRow } from './state.ts';

function suffices(context: ElbContext, balancer: BalancerRow, node: NodeRow, group: GroupRow): boolean {
  if (!group.check.enabled) return true;
  const candidates = candidatesOf(context, balancer, node, group);
  const healthy = candidates.filter(({ health }) => health.state === 'healthy').length;
  const least = (name: string): string | undefined =>
    group.attributes[`target_group_health.dns_failover.minimum_healthy_targets.${name}`];
  const [count = '1', share = 'off'] = [least('count'), least('percentage')];
  return (
    (count === 'off' || healthy >= Number(count)) &&
    (share === 'off' || healthy * 100 >= Number(share) * candidates.length)
  );
}

/** The nodes of zones that are well; all where none is. */
export function healthyNodes(context: ElbContext, balancer: BalancerRow): readonly NodeRow[] {
  const { nodes } = balancer;
  if (nodes.length < 2) return nodes;
  const groups = groupsOfBalancer(context, balancer.arn);
  // Groups that cross zones are as well in one as in another.
  if (groups.every((group) => crossesZones(balancer, group))) return nodes;
  const well = nodes.filter((node) => {
    const isWell = (group: GroupRow): boolean => suffices(context, balancer, node, group);
    return balancer.type === 'network' ? groups.every(isWell) : groups.some(isWell);
  });
  return well.length === 0 ? nodes : well;
}
