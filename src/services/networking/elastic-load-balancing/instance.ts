// Instances of a load balancer: registered, leaving, gone.
import type { DescribeInstancesCommandOutput, Instance } from '@aws-sdk/client-ec2';
import { AwsError } from '../../../kernel/errors.ts';
import { later } from '../../../kernel/units.ts';
import { freshHealth } from '../elastic-load-balancing-v2/health.ts';
import { ec2 } from '../elastic-load-balancing-v2/node.ts';
import { errors } from './errors.ts';
import { getBalancer, instancesOf } from './find.ts';
import { watch } from './health-checker.ts';
import { noteHosts } from './host-count.ts';
import { quotas } from './limits.ts';
import { type ClassicContext, instanceKey, type Operation } from './state.ts';

interface InstanceInput {
  readonly InstanceId?: string | undefined;
}

export const idsOf = (instances: readonly InstanceInput[] | undefined): string[] => [
  ...new Set((instances ?? []).map(({ InstanceId = '' }) => InstanceId)),
];

/** An instance as EC2 knows it. @throws InvalidInstance */
export async function getInstance(context: ClassicContext, id: string): Promise<Instance> {
  try {
    const { Reservations = [] } = await ec2<DescribeInstancesCommandOutput>(context, 'DescribeInstances', {
      InstanceIds: [id],
    });
    const found = Reservations[0]?.Instances?.[0];
    if (found === undefined) throw errors.invalidInstance(id);
    return found;
  } catch (error) {
    throw error instanceof AwsError && error.code.startsWith('InvalidInstanceID') ? errors.invalidInstance(id) : error;
  }
}

const showAll = (context: ClassicContext, name: string) =>
  instancesOf(context, name)
    .filter(({ drainingUntil }) => drainingUntil === undefined)
    .map(({ id }) => ({ InstanceId: id }));

/** @see https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_RegisterInstancesWithLoadBalancer.html */
export const RegisterInstancesWithLoadBalancer: Operation<'RegisterInstancesWithLoadBalancer'> = async (
  { LoadBalancerName: balancer, Instances },
  context,
) => {
  const { vpcId } = getBalancer(context, balancer);
  const { state, clock } = context;
  const found: { readonly id: string; readonly zone: string }[] = [];
  for (const id of idsOf(Instances)) {
    const instance = await getInstance(context, id);
    if (instance.State?.Name === 'terminated' || instance.State?.Name === 'shutting-down')
      throw errors.invalidInstance(id);
    if (instance.VpcId !== vpcId) throw errors.foreignInstance(id);
    found.push({ id, zone: instance.Placement?.AvailabilityZone ?? '' });
  }
  await context.transact(() => {
    getBalancer(context, balancer);
    for (const { id, zone } of found) {
      const before = state.instances.find(instanceKey({ balancer, id }));
      if (before === undefined || before.drainingUntil !== undefined)
        state.instances.put({ balancer, id, zone, registeredAt: clock.now(), health: freshHealth(clock.now()) });
    }
    if (instancesOf(context, balancer).length > quotas['classic-registered-instances'])
      throw errors.configuration(`Load balancer ${balancer} cannot have more than 1000 registered instances`);
    watch(context, balancer);
    context.facts.publish('elb.InstancesChanged', { balancer });
  });
  return { Instances: showAll(context, balancer) };
};

/** Instances get no new requests from now on; with draining, connections have time to end (ELB-15). */
export const DeregisterInstancesFromLoadBalancer: Operation<'DeregisterInstancesFromLoadBalancer'> = async (
  { LoadBalancerName: balancer, Instances },
  context,
) => {
  getBalancer(context, balancer);
  const { state, clock, jobs } = context;
  for (const id of idsOf(Instances))
    if (!state.instances.has(instanceKey({ balancer, id }))) await getInstance(context, id);
  await context.transact(() => {
    const { draining } = getBalancer(context, balancer).attributes;
    for (const id of idsOf(Instances)) {
      const at = instanceKey({ balancer, id });
      const row = state.instances.find(at);
      if (row === undefined || row.drainingUntil !== undefined) continue;
      if (!draining.enabled) state.instances.delete(at);
      else {
        const drainingUntil = later(clock.now(), draining.seconds);
        state.instances.put({ ...row, drainingUntil });
        jobs.at(drainingUntil, 'instanceDrained', { at, drainingUntil });
      }
    }
    noteHosts(context, balancer);
    context.facts.publish('elb.InstancesChanged', { balancer });
  });
  return { Instances: showAll(context, balancer) };
};

/** Job: the time of an instance that leaves is over, unless it was registered again meanwhile. */
export const instanceDrained = (
  { at, drainingUntil }: { readonly at: string; readonly drainingUntil: number },
  { state }: ClassicContext,
): void => {
  if (state.instances.find(at)?.drainingUntil === drainingUntil) state.instances.delete(at);
};
