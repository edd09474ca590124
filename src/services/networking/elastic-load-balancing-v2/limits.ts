// Numbers at which Elastic Load Balancing answers differently.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html
import { quota } from '../../../kernel/quota.ts';
import type { Context } from '../../../kernel/service.ts';

/** What `DescribeAccountLimits` tells, and what is in force. */
export const quotas = {
  'application-load-balancers': 50,
  'network-load-balancers': 50,
  'gateway-load-balancers': 100,
  'gateway-load-balancers-per-vpc': 10,
  'target-groups': 3_000,
  'geneve-target-groups': 100,
  'targets-per-application-load-balancer': 1_000,
  'targets-per-network-load-balancer': 3_000,
  'targets-per-availability-zone-per-network-load-balancer': 500,
  'targets-per-availability-zone-per-gateway-load-balancer': 300,
  'listeners-per-application-load-balancer': 50,
  'listeners-per-network-load-balancer': 50,
  'rules-per-application-load-balancer': 100,
  'target-groups-per-application-load-balancer': 100,
  'target-groups-per-action-on-application-load-balancer': 5,
  // Unknown: how many AWS allows since it takes several with weights; here as many as of an application load balancer.
  'target-groups-per-action-on-network-load-balancer': 5,
  'condition-values-per-alb-rule': 5,
  'condition-wildcards-per-alb-rule': 6,
  'certificates-per-application-load-balancer': 25,
  'certificates-per-network-load-balancer': 25,
  'targets-per-target-group': 1_000,
} as const;

/** Those that Service Quotas can raise, by its codes. */
const raisable: Readonly<Partial<Record<keyof typeof quotas, string>>> = {
  'application-load-balancers': 'L-53DA6B97',
  'network-load-balancers': 'L-69A177A2',
  'target-groups': 'L-B22855CB',
  'listeners-per-application-load-balancer': 'L-B6DF7632',
};

/** The limit that is in force for the account. */
export function limitOf(context: Pick<Context, 'quotas'>, name: keyof typeof quotas): number {
  const code = raisable[name];
  return code === undefined ? quotas[name] : context.quotas.of(quota('elasticloadbalancing', code, quotas[name]));
}

export const tagsMax = 50;
export const priorityMax = 50_000;
/** Seconds until a new load balancer takes traffic. Differs: minutes at AWS; here short, since clients wait for it in real time. */
export const provisioningSeconds = 2;
/** Seconds until a target that was just registered is checked for the first time. Unknown: AWS's own delay; seconds are seen. */
export const registrationSeconds = 1;
export const pageMax = 400;
