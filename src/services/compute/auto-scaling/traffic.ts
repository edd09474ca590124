// Load balancers of a group: its instances are registered when they come into service and taken out before they go.
import type {
  DescribeTargetGroupAttributesCommandOutput,
  DescribeTargetHealthCommandOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { asScaling, findGroup, membersOf } from './find.ts';
import { isInService } from './member.ts';
import type { GroupRow, ScalingContext, TrafficSource } from './state.ts';

const service = (type: TrafficSource['type']): string =>
  type === 'elb' ? 'elastic-load-balancing' : 'elastic-load-balancing-v2';

/** One that is gone meanwhile is passed over. */
async function quietly(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch {
    // A load balancer that was deleted under its group takes nobody's instances along.
  }
}

async function registerAt(context: ScalingContext, source: TrafficSource, ids: readonly string[]): Promise<void> {
  if (ids.length === 0 || source.type === 'vpc-lattice') return;
  const input =
    source.type === 'elb'
      ? { LoadBalancerName: source.identifier, Instances: ids.map((InstanceId) => ({ InstanceId })) }
      : { TargetGroupArn: source.identifier, Targets: ids.map((Id) => ({ Id })) };
  const operation = source.type === 'elb' ? 'RegisterInstancesWithLoadBalancer' : 'RegisterTargets';
  await quietly(context.aws.call(service(source.type), operation, input, asScaling));
}

/** Takes instances out; the seconds until their connections are drained. */
async function deregisterAt(context: ScalingContext, source: TrafficSource, ids: readonly string[]): Promise<number> {
  if (ids.length === 0 || source.type === 'vpc-lattice') return 0;
  if (source.type === 'elb') {
    const input = { LoadBalancerName: source.identifier, Instances: ids.map((InstanceId) => ({ InstanceId })) };
    await quietly(context.aws.call('elastic-load-balancing', 'DeregisterInstancesFromLoadBalancer', input, asScaling));
    return classicDelay(context, source.identifier);
  }
  const TargetGroupArn = source.identifier;
  const Targets = ids.map((Id) => ({ Id }));
  const call = <Output>(operation: string, input: object) =>
    context.aws.call<object, Output>('elastic-load-balancing-v2', operation, input, asScaling);
  try {
    await call('DeregisterTargets', { TargetGroupArn, Targets });
    const health = await call<DescribeTargetHealthCommandOutput>('DescribeTargetHealth', { TargetGroupArn, Targets });
    if (health.TargetHealthDescriptions?.some(({ TargetHealth }) => TargetHealth?.State === 'draining') !== true)
      return 0;
    const { Attributes } = await call<DescribeTargetGroupAttributesCommandOutput>('DescribeTargetGroupAttributes', {
      TargetGroupArn,
    });
    return Number(Attributes?.find(({ Key }) => Key === 'deregistration_delay.timeout_seconds')?.Value ?? 0);
  } catch {
    return 0;
  }
}

async function classicDelay(context: ScalingContext, LoadBalancerName: string): Promise<number> {
  interface Described {
    readonly LoadBalancerAttributes?: {
      readonly ConnectionDraining?: { readonly Enabled: boolean; readonly Timeout?: number };
    };
  }
  try {
    const answer = await context.aws.call<object, Described>(
      'elastic-load-balancing',
      'DescribeLoadBalancerAttributes',
      { LoadBalancerName },
      asScaling,
    );
    const draining = answer.LoadBalancerAttributes?.ConnectionDraining;
    return draining?.Enabled === true ? (draining.Timeout ?? 300) : 0;
  } catch {
    return 0;
  }
}

export async function register(context: ScalingContext, group: GroupRow, ids: readonly string[]): Promise<void> {
  for (const source of group.traffic) if (source.state !== 'Removing') await registerAt(context, source, ids);
}

/** Takes instances out of all; the longest time until their connections are drained, in seconds. */
export async function deregister(context: ScalingContext, group: GroupRow, ids: readonly string[]): Promise<number> {
  let delaySeconds = 0;
  for (const source of group.traffic) delaySeconds = Math.max(delaySeconds, await deregisterAt(context, source, ids));
  return delaySeconds;
}

/** Job: brings what was attached or detached to its end. */
export async function settleTraffic({ group: name }: { readonly group: string }, context: ScalingContext) {
  const group = findGroup(context, name);
  if (group === undefined) return;
  const ids = membersOf(context, name)
    .filter(isInService)
    .map(({ id }) => id);
  const moving = group.traffic.filter(({ state }) => state === 'Adding' || state === 'Removing');
  for (const source of moving)
    if (source.state === 'Adding') await registerAt(context, source, ids);
    else await deregisterAt(context, source, ids);
  await context.transact(() => {
    const now = findGroup(context, name);
    if (now === undefined) return;
    const isMoving = (one: TrafficSource) =>
      moving.some((each) => each.identifier === one.identifier && each.state === one.state);
    const traffic = now.traffic.flatMap((one): TrafficSource[] =>
      !isMoving(one) ? [one] : one.state === 'Removing' ? [] : [{ ...one, state: 'Added' }],
    );
    context.state.groups.put({ ...now, traffic });
  });
}

/** After a first instance came into service, what was added serves. */
export const serving = (group: GroupRow): GroupRow =>
  group.traffic.some(({ state }) => state === 'Added')
    ? { ...group, traffic: group.traffic.map((one) => (one.state === 'Added' ? { ...one, state: 'InService' } : one)) }
    : group;
