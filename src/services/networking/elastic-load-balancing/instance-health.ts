// What is said of an instance's health, in AWS's words.
import type { InstanceState } from '@aws-sdk/client-elastic-load-balancing';
import { getBalancer, instancesOf } from './find.ts';
import { readCheck, showCheck } from './health-check.ts';
import { watch } from './health-checker.ts';
import { getInstance, idsOf } from './instance.ts';
import type { BalancerRow, InstanceRow, Operation } from './state.ts';

const outOf = (ReasonCode: 'ELB' | 'Instance', Description: string) =>
  ({ State: 'OutOfService', ReasonCode, Description }) as const;

const said = {
  inService: { State: 'InService', ReasonCode: 'N/A', Description: 'N/A' },
  draining: {
    State: 'InService',
    ReasonCode: 'N/A',
    Description: 'Instance deregistration currently in progress.',
  },
  registering: outOf('ELB', 'Instance registration is still in progress.'),
  failed: outOf(
    'Instance',
    'Instance has failed at least the UnhealthyThreshold number of health checks consecutively.',
  ),
  zone: outOf(
    'ELB',
    'Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.',
  ),
  /** Unknown: whose fault AWS says it is. */
  stranger: outOf('Instance', 'Instance is not currently registered with the LoadBalancer.'),
  stopped: outOf('Instance', 'Instance is in stopped state.'),
  terminated: outOf('Instance', 'Instance is in terminated state.'),
} as const;

function judge(
  { nodes }: BalancerRow,
  { zone, drainingUntil, health }: InstanceRow,
): Omit<InstanceState, 'InstanceId'> {
  if (health.reason === 'stopped' || health.reason === 'terminated') return said[health.reason];
  if (!nodes.some(({ zoneName }) => zoneName === zone)) return said.zone;
  if (drainingUntil !== undefined) return said.draining;
  if (health.state === 'healthy') return said.inService;
  return health.state === 'initial' ? said.registering : said.failed;
}

/**
 * Those that were asked for are told of also when they are not registered any more.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_DescribeInstanceHealth.html
 */
export const DescribeInstanceHealth: Operation<'DescribeInstanceHealth'> = async (input, context) => {
  const row = getBalancer(context, input.LoadBalancerName);
  const registered = instancesOf(context, row.name);
  const asked = idsOf(input.Instances);
  if (asked.length === 0)
    return { InstanceStates: registered.map((one) => ({ InstanceId: one.id, ...judge(row, one) })) };
  const InstanceStates: InstanceState[] = [];
  for (const InstanceId of asked) {
    const one = registered.find(({ id }) => id === InstanceId);
    if (one !== undefined) InstanceStates.push({ InstanceId, ...judge(row, one) });
    // The state of a terminated instance is not told.
    else if ((await getInstance(context, InstanceId)).State?.Name !== 'terminated')
      InstanceStates.push({ InstanceId, ...said.stranger });
  }
  return { InstanceStates };
};

/** @see https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_ConfigureHealthCheck.html */
export const ConfigureHealthCheck: Operation<'ConfigureHealthCheck'> = (input, context) => {
  const row = getBalancer(context, input.LoadBalancerName);
  const check = readCheck(input.HealthCheck);
  context.state.balancers.put({ ...row, check });
  watch(context, row.name);
  return { HealthCheck: showCheck(check) };
};
