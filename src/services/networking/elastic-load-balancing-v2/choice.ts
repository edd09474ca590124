// Which target gets a request: by group weights, zones, health, stickiness and the group's algorithm.
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { key } from '../../../kernel/key.ts';
import { secondsBetween } from '../../../kernel/units.ts';
import { forwardsOf } from './action-group.ts';
import { leastBusy, nextTurn } from './memory.ts';
import { tokenOf, tokenOfGroup } from './stickiness.ts';
import { type BalancerRow, type ElbContext, type GroupRow, type NodeRow, type TargetRow, targetKey } from './state.ts';

/** The group of a forward action: by the client's cookie, else by weight. Undefined: all weights are zero, or the groups are gone. */
export function chooseGroup(
  context: ElbContext,
  action: Action,
  stickyToken: string | undefined,
): GroupRow | undefined {
  const groups = forwardsOf(action).flatMap(({ arn, weight }) => {
    const group = context.state.groups.find(arn);
    return group === undefined ? [] : [{ group, weight }];
  });
  const bound =
    stickyToken === undefined
      ? undefined
      : groups.find(({ group, weight }) => weight > 0 && stickyToken === tokenOfGroup(group));
  if (bound !== undefined) return bound.group;
  if (groups.length === 1) return (groups[0]?.weight ?? 0) > 0 ? groups[0]?.group : undefined;
  const total = groups.reduce((sum, { weight }) => sum + weight, 0);
  let point = context.random.float() * total;
  for (const { group, weight } of groups) {
    point -= weight;
    if (point < 0) return group;
  }
  return undefined;
}

/** Whether a node sends across zones: as the group says, else as the load balancer does. */
export function crossesZones({ attributes }: BalancerRow, group: GroupRow): boolean {
  const own = group.attributes['load_balancing.cross_zone.enabled'];
  return (own === 'true' || own === 'false' ? own : attributes['load_balancing.cross_zone.enabled']) === 'true';
}

/** Targets that a node may send to at all: registered, not leaving, in an enabled zone, not stopped. */
export function candidatesOf(context: ElbContext, balancer: BalancerRow, node: NodeRow, group: GroupRow): TargetRow[] {
  const crosses = crossesZones(balancer, group);
  const zones = new Set(balancer.nodes.map(({ zoneName }) => zoneName));
  return context.state.targets.list({ prefix: key(group.arn) }).filter(({ drainingUntil, zone, health }) => {
    if (drainingUntil !== undefined || health.reason === 'Target.InvalidState') return false;
    if (zone === undefined || zone === 'all') return true;
    return crosses ? zones.has(zone) : zone === node.zoneName;
  });
}

/** Healthy ones; all of them when too few are healthy (fail open, ELB-11). */
export function usable(group: GroupRow, candidates: readonly TargetRow[]): readonly TargetRow[] {
  if (!group.check.enabled) return candidates;
  const healthy = candidates.filter(({ health }) => health.state === 'healthy');
  const { attributes } = group;
  const least = Number(attributes['target_group_health.unhealthy_state_routing.minimum_healthy_targets.count'] ?? 1);
  const share = attributes['target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage'] ?? 'off';
  const enough =
    healthy.length >= least && (share === 'off' || healthy.length * 100 >= Number(share) * candidates.length);
  return enough ? healthy : candidates;
}

/** How much a target that has just become healthy gets of its share (slow start): from nothing to all. */
function warmth({ health }: TargetRow, group: GroupRow, { clock }: ElbContext): number {
  const seconds = Number(group.attributes['slow_start.duration_seconds'] ?? 0);
  if (seconds === 0) return 1;
  return Math.min(1, Math.max(0.05, secondsBetween(health.since, clock.now()) / seconds));
}

export function chooseTarget(
  context: ElbContext,
  group: GroupRow,
  targets: readonly TargetRow[],
  stickyToken: string | undefined,
): TargetRow | undefined {
  if (targets.length === 0) return undefined;
  const bound = stickyToken === undefined ? undefined : targets.find((target) => tokenOf(target) === stickyToken);
  if (bound !== undefined) return bound;
  const algorithm = group.attributes['load_balancing.algorithm.type'];
  const warm = targets.filter((target) => {
    const share = warmth(target, group, context);
    return share === 1 || context.random.float() < share;
  });
  const able = warm.length > 0 ? warm : targets;
  if (algorithm === 'weighted_random') return context.random.pick(able);
  const turn = nextTurn(context, group.arn, able.length);
  if (algorithm !== 'least_outstanding_requests') return able[turn % able.length];
  const idle = leastBusy(context.parts, able, targetKey);
  return idle[turn % idle.length];
}
