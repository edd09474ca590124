// What is said of a target: whether anything sends to it, and then what its checks found.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import { secondsBetween } from '../../../kernel/units.ts';
import type { BalancerRow, ElbContext, GroupRow, TargetRow } from './state.ts';
import { balancersOf } from './association.ts';

const said = (State: TargetHealth['State'], Reason?: TargetHealth['Reason'], Description?: string): TargetHealth => ({
  State,
  Reason,
  Description,
});

/** True when some load balancer of these has a node that may send to the target. */
const isReached = ({ zone }: TargetRow, balancers: readonly BalancerRow[]): boolean =>
  balancers.some(
    ({ nodes, type, attributes }) =>
      zone === undefined ||
      zone === 'all' ||
      nodes.some(({ zoneName }) => zoneName === zone) ||
      (type !== 'application' && attributes['load_balancing.cross_zone.enabled'] === 'true'),
  );

export function judge(context: ElbContext, group: GroupRow, row: TargetRow): TargetHealth {
  if (row.drainingUntil !== undefined)
    return said('draining', 'Target.DeregistrationInProgress', 'Target deregistration is in progress');
  const balancers = balancersOf(context, group.arn).flatMap((arn) => context.state.balancers.find(arn) ?? []);
  if (balancers.length === 0)
    return said(
      'unused',
      'Target.NotInUse',
      'Target group is not configured to receive traffic from the load balancer',
    );
  if (!isReached(row, balancers))
    return said(
      'unused',
      'Target.NotInUse',
      'Target is in an Availability Zone that is not enabled for the load balancer',
    );
  if (row.health.reason === 'Target.InvalidState') return said('unused', 'Target.InvalidState', row.health.description);
  if (!group.check.enabled)
    return said('unavailable', 'Target.HealthCheckDisabled', 'Health checks are not enabled for this target');
  const { state, reason, description } = row.health;
  if (state === 'healthy') return said('healthy');
  return said(
    state === 'unhealthy' && isDraining(context, group, row) ? 'unhealthy.draining' : state,
    reason as TargetHealth['Reason'],
    description ?? descriptions[reason ?? ''],
  );
}

/** True while an unhealthy target may finish what it has. */
function isDraining({ clock }: ElbContext, { attributes }: GroupRow, { health }: TargetRow): boolean {
  const seconds = Number(attributes['target_health_state.unhealthy.draining_interval_seconds'] ?? 0);
  return secondsBetween(health.since, clock.now()) < seconds;
}

const descriptions: Readonly<Record<string, string>> = {
  'Elb.RegistrationInProgress': 'Target registration is in progress',
  'Elb.InitialHealthChecking': 'Initial health checks in progress',
  'Target.Timeout': 'Request timed out',
  'Target.FailedHealthChecks': 'Health checks failed',
};
