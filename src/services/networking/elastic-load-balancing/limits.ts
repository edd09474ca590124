// Numbers at which Classic Load Balancers answer differently.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-limits.html
import { quota } from '../../../kernel/quota.ts';

/** How many load balancers an account may have; Service Quotas can raise it. */
export const balancersMax = quota('elasticloadbalancing', 'L-E9E9831D', 20);

/** What `DescribeAccountLimits` tells, and what is in force. */
export const quotas = {
  'classic-load-balancers': balancersMax.value,
  'classic-listeners': 100,
  'classic-registered-instances': 1_000,
} as const;

export const policiesMax = 100;
export const tagsMax = 50;
export const pageMax = 400;
export const nameMax = 32;
/** Seconds until an instance that was just registered is checked for the first time. Unknown: AWS's own delay; seconds are seen. */
export const registrationSeconds = 1;
