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

interface Found {
  readonly stamp: string;
  readonly nodes: readonly NodeRow[];
}

/** What was found for a load balancer of a cloud (forks share rows), as long as no table that it depends on has changed. */
const known = new WeakMap<object, WeakMap<BalancerRow, Found>>();

/** The nodes of zones that are well; all where none is. Asked for with every request, so it is worked out once for each state. */
export function healthyNodes(context: ElbContext, balancer: BalancerRow): readonly NodeRow[] {
  if (balancer.nodes.length < 2) return balancer.nodes;
  const { listeners, rules, groups, targets } = context.state;
  const stamp = `${listeners.version} ${rules.version} ${groups.version} ${targets.version}`;
  let ofCloud = known.get(targets);
  if (ofCloud === undefined) known.set(targets, (ofCloud = new WeakMap()));
  const found = ofCloud.get(balancer);
  if (found?.stamp === stamp) return found.nodes;
  const nodes = findHealthy(context, balancer);
  ofCloud.set(balancer, { stamp, nodes });
  return nodes;
}

function findHealthy(context: ElbContext, balancer: BalancerRow): readonly NodeRow[] {
  const { nodes } = balancer;
  const groups = groupsOfBalancer(context, balancer.arn);
  // Groups that cross zones are as well in one as in another.
  if (groups.every((group) => crossesZones(balancer, group))) return nodes;
  const well = nodes.filter((node) => {
    const isWell = (group: GroupRow): boolean => suffices(context, balancer, node, group);
    return balancer.type === 'network' ? groups.every(isWell) : groups.some(isWell);
  });
  return well.length === 0 ? nodes : well;
}
