// Operations that attach load balancers to groups. Target groups and classic load balancers are traffic sources under older names.
import { errors } from './errors.ts';
import { getGroup } from './find.ts';
import { checkTraffic } from './group-input.ts';
import { trafficSourcesPerCallMax } from './limits.ts';
import { pageOf } from './page.ts';
import type { Operation, ScalingContext, TrafficSource, TrafficType } from './state.ts';

type Named = Pick<TrafficSource, 'type' | 'identifier'>;

const named = (type: TrafficType, names: readonly string[]): Named[] =>
  [...new Set(names)].map((identifier) => ({ type, identifier }));

async function attach(context: ScalingContext, name: string, sources: readonly Named[]): Promise<void> {
  getGroup(context, name);
  if (sources.length > trafficSourcesPerCallMax)
    throw errors.limit(`At most ${trafficSourcesPerCallMax} traffic sources can be attached at once.`);
  await checkTraffic(
    context,
    sources.map((one) => ({ ...one, state: 'Adding' })),
  );
  await context.transact(() => {
    const group = getGroup(context, name);
    const isNew = (one: Named) => !group.traffic.some(({ identifier }) => identifier === one.identifier);
    const added = sources.filter(isNew).map((one): TrafficSource => ({ ...one, state: 'Adding' }));
    context.state.groups.put({ ...group, traffic: [...group.traffic, ...added] });
    context.jobs.at(context.clock.now(), 'settleTraffic', { group: group.name });
  });
}

function detach(context: ScalingContext, name: string, sources: readonly Named[], kind: string): void {
  const group = getGroup(context, name);
  const ids = new Set(sources.map(({ identifier }) => identifier));
  for (const id of ids)
    if (!group.traffic.some(({ identifier }) => identifier === id))
      throw errors.validation(`Trying to remove ${kind} that are not part of the group`);
  const traffic = group.traffic.map(
    (one): TrafficSource => (ids.has(one.identifier) ? { ...one, state: 'Removing' } : one),
  );
  context.state.groups.put({ ...group, traffic });
  context.jobs.at(context.clock.now(), 'settleTraffic', { group: group.name });
}

export const AttachLoadBalancerTargetGroups: Operation<'AttachLoadBalancerTargetGroups'> = async (input, context) => {
  await attach(context, input.AutoScalingGroupName, named('elbv2', input.TargetGroupARNs));
  return {};
};

export const DetachLoadBalancerTargetGroups: Operation<'DetachLoadBalancerTargetGroups'> = (input, context) => {
  detach(context, input.AutoScalingGroupName, named('elbv2', input.TargetGroupARNs), 'Target Groups');
  return {};
};

export const AttachLoadBalancers: Operation<'AttachLoadBalancers'> = async (input, context) => {
  await attach(context, input.AutoScalingGroupName, named('elb', input.LoadBalancerNames));
  return {};
};

export const DetachLoadBalancers: Operation<'DetachLoadBalancers'> = (input, context) => {
  detach(context, input.AutoScalingGroupName, named('elb', input.LoadBalancerNames), 'Load Balancers');
  return {};
};

const types: readonly string[] = ['elb', 'elbv2', 'vpc-lattice'];

function read(sources: readonly { readonly Identifier?: string; readonly Type?: string }[]): Named[] {
  return sources.map(({ Identifier = '', Type }) => {
    const type = Type ?? (Identifier.startsWith('arn:') ? 'elbv2' : 'elb');
    if (!types.includes(type)) throw errors.validation(`Invalid traffic source type: ${type}`);
    return { type: type as TrafficType, identifier: Identifier };
  });
}

export const AttachTrafficSources: Operation<'AttachTrafficSources'> = async (input, context) => {
  await attach(context, input.AutoScalingGroupName, read(input.TrafficSources as { Identifier: string }[]));
  return {};
};

export const DetachTrafficSources: Operation<'DetachTrafficSources'> = (input, context) => {
  const sources = read(input.TrafficSources as { Identifier: string }[]);
  detach(context, input.AutoScalingGroupName, sources, 'Traffic Sources');
  return {};
};

export const DescribeLoadBalancerTargetGroups: Operation<'DescribeLoadBalancerTargetGroups'> = (input, context) => {
  const rows = getGroup(context, input.AutoScalingGroupName).traffic.filter(({ type }) => type === 'elbv2');
  const page = pageOf(rows, input, { usual: 100, most: 100 });
  const LoadBalancerTargetGroups = page.rows.map(({ identifier, state }) => ({
    LoadBalancerTargetGroupARN: identifier,
    State: state,
  }));
  return { LoadBalancerTargetGroups, NextToken: page.NextToken };
};

export const DescribeLoadBalancers: Operation<'DescribeLoadBalancers'> = (input, context) => {
  const rows = getGroup(context, input.AutoScalingGroupName).traffic.filter(({ type }) => type === 'elb');
  const page = pageOf(rows, input, { usual: 100, most: 100 });
  const LoadBalancers = page.rows.map(({ identifier, state }) => ({ LoadBalancerName: identifier, State: state }));
  return { LoadBalancers, NextToken: page.NextToken };
};

export const DescribeTrafficSources: Operation<'DescribeTrafficSources'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const rows = group.traffic.filter(({ type }) => (input.TrafficSourceType ?? type) === type);
  const page = pageOf(rows, input, { usual: 50, most: 50 });
  const TrafficSources = page.rows.map(({ type, identifier, state }) => ({
    TrafficSource: identifier,
    Identifier: identifier,
    Type: type,
    State: state,
  }));
  return { TrafficSources, NextToken: page.NextToken };
};
