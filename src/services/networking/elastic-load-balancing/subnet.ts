// Zones and subnets: where a load balancer has nodes. In the default VPC a zone stands for its default subnet.
import type { DescribeSubnetsCommandOutput, DescribeVpcsCommandOutput, Subnet } from '@aws-sdk/client-ec2';
import { dropNode, ec2, getSubnets, makeNodes, type NodeOwner } from '../elastic-load-balancing-v2/node.ts';
import { errors } from './errors.ts';
import { getBalancer } from './find.ts';
import { watch } from './health-checker.ts';
import type { BalancerRow, ClassicContext, Operation } from './state.ts';

/** For whom nodes are made: their interfaces are described as `ELB name`. */
export const nodeOwner = ({
  name,
  scheme,
  groupIds,
}: Pick<BalancerRow, 'name' | 'scheme' | 'groupIds'>): NodeOwner => ({
  path: name,
  type: 'classic',
  scheme,
  groupIds,
  ipAddressType: 'ipv4',
});

interface Places {
  readonly subnetIds: readonly string[];
  readonly zones: readonly string[];
}

/** The subnets that were asked for, by their own IDs or by zones. */
export const getNewSubnets = (context: ClassicContext, { subnetIds, zones }: Places): Promise<readonly Subnet[]> =>
  subnetIds.length > 0
    ? getSubnets(
        context,
        subnetIds.map((SubnetId) => ({ SubnetId })),
        'classic',
      )
    : defaultSubnets(context, zones);

async function defaultSubnets(context: ClassicContext, zones: readonly string[]): Promise<readonly Subnet[]> {
  const { Subnets = [] } = await ec2<DescribeSubnetsCommandOutput>(context, 'DescribeSubnets', {
    Filters: [{ Name: 'default-for-az', Values: ['true'] }],
  });
  return [...new Set(zones)].map((zone) => {
    const subnet = Subnets.find(({ AvailabilityZone }) => AvailabilityZone === zone);
    if (subnet !== undefined) return subnet;
    if (!new RegExp(`^${context.region}[a-z]$`).test(zone))
      throw errors.validation(`Invalid Availability Zone: ${zone}`);
    throw errors.invalidSubnet(`No default subnet for availability zone: '${zone}'`);
  });
}

/** Gives a load balancer nodes in further subnets; those that it has already stay as they are. */
async function addNodes(context: ClassicContext, name: string, subnets: readonly Subnet[]): Promise<BalancerRow> {
  const row = getBalancer(context, name);
  if (subnets.some(({ VpcId }) => VpcId !== row.vpcId))
    throw errors.configuration('The requested subnets are not in the VPC of the load balancer');
  const added = subnets.filter(({ SubnetId }) => !row.nodes.some(({ subnetId }) => subnetId === SubnetId));
  const twice = added.find(({ AvailabilityZone }) => row.nodes.some(({ zoneName }) => zoneName === AvailabilityZone));
  if (twice !== undefined)
    throw errors.configuration(
      `Load balancer ${name} is already attached to a subnet in the Availability Zone ${twice.AvailabilityZone}`,
    );
  const made = await makeNodes(context, nodeOwner(row), added, []);
  return context.transact(() => {
    const now = getBalancer(context, name);
    const changed = { ...now, nodes: [...now.nodes, ...made] };
    context.state.balancers.put(changed);
    watch(context, name);
    return changed;
  });
}

async function removeNodes(
  context: ClassicContext,
  name: string,
  isGone: (node: BalancerRow['nodes'][number]) => boolean,
): Promise<BalancerRow> {
  const row = getBalancer(context, name);
  const gone = row.nodes.filter(isGone);
  if (gone.length === row.nodes.length)
    throw errors.configuration('A load balancer must keep at least one Availability Zone');
  for (const { interfaceId } of gone) await dropNode(context, interfaceId);
  return context.transact(() => {
    const now = getBalancer(context, name);
    const changed = { ...now, nodes: now.nodes.filter((node) => !isGone(node)) };
    context.state.balancers.put(changed);
    watch(context, name);
    return changed;
  });
}

const subnetsOf = ({ nodes }: BalancerRow): string[] => nodes.map(({ subnetId }) => subnetId);
const zonesOf = ({ nodes }: BalancerRow): string[] => nodes.map(({ zoneName }) => zoneName);

/** @see https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_AttachLoadBalancerToSubnets.html */
export const AttachLoadBalancerToSubnets: Operation<'AttachLoadBalancerToSubnets'> = async (input, context) => {
  getBalancer(context, input.LoadBalancerName);
  const subnets = await getNewSubnets(context, { subnetIds: input.Subnets, zones: [] });
  return { Subnets: subnetsOf(await addNodes(context, input.LoadBalancerName, subnets)) };
};

export const DetachLoadBalancerFromSubnets: Operation<'DetachLoadBalancerFromSubnets'> = async (input, context) => {
  const { nodes } = getBalancer(context, input.LoadBalancerName);
  const foreign = input.Subnets.find((id) => !nodes.some(({ subnetId }) => subnetId === id));
  if (foreign !== undefined)
    throw errors.configuration(`The load balancer ${input.LoadBalancerName} is not attached to the subnet ${foreign}`);
  const row = await removeNodes(context, input.LoadBalancerName, ({ subnetId }) => input.Subnets.includes(subnetId));
  return { Subnets: subnetsOf(row) };
};

/** Zones are taken for their default subnets, so only in the default VPC. */
async function checkDefaultVpc(context: ClassicContext, { vpcId }: BalancerRow): Promise<void> {
  const { Vpcs = [] } = await ec2<DescribeVpcsCommandOutput>(context, 'DescribeVpcs', { VpcIds: [vpcId] });
  if (Vpcs[0]?.IsDefault !== true)
    throw errors.configuration(
      'Availability Zones cannot be changed for a load balancer in a VPC that is not the default one: use its subnets',
    );
}

export const EnableAvailabilityZonesForLoadBalancer: Operation<'EnableAvailabilityZonesForLoadBalancer'> = async (
  { LoadBalancerName, AvailabilityZones },
  context,
) => {
  const row = getBalancer(context, LoadBalancerName);
  await checkDefaultVpc(context, row);
  const added = AvailabilityZones.filter((zone) => !zonesOf(row).includes(zone));
  const subnets = await defaultSubnets(context, added);
  return { AvailabilityZones: zonesOf(await addNodes(context, LoadBalancerName, subnets)) };
};

/** A zone that is not enabled is no error. */
export const DisableAvailabilityZonesForLoadBalancer: Operation<'DisableAvailabilityZonesForLoadBalancer'> = async (
  { LoadBalancerName, AvailabilityZones },
  context,
) => {
  await checkDefaultVpc(context, getBalancer(context, LoadBalancerName));
  const row = await removeNodes(context, LoadBalancerName, ({ zoneName }) => AvailabilityZones.includes(zoneName));
  return { AvailabilityZones: zonesOf(row) };
};
