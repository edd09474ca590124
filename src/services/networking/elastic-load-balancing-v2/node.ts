// Nodes: a load balancer has one in each of its zones, with an interface in the user's subnet. EC2 makes them, called as the service.
import type {
  CreateNetworkInterfaceCommandOutput,
  DescribeAddressesCommandOutput,
  DescribeSecurityGroupsCommandOutput,
  DescribeSubnetsCommandOutput,
  DescribeVpcsCommandOutput,
  Subnet,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../../kernel/errors.ts';
import type { Context } from '../../../kernel/service.ts';
import { errors } from './errors.ts';
import type { BalancerRow, BalancerType, NodeRow } from './state.ts';

const service = { service: 'elasticloadbalancing.amazonaws.com' };

/** What nodes need of a context: calls of EC2. Classic load balancers have the same nodes. */
type Caller = Pick<Context, 'aws'>;
export type NodeKind = BalancerType | 'classic';

/** Calls EC2 as the service. */
export const ec2 = <Output>({ aws }: Caller, operation: string, input: object): Promise<Output> =>
  aws.call<object, Output>('ec2', operation, input, { as: service });

/** What a request says of one subnet. */
export interface SubnetMapping {
  readonly SubnetId?: string | undefined;
  readonly AllocationId?: string | undefined;
  readonly PrivateIPv4Address?: string | undefined;
  readonly IPv6Address?: string | undefined;
}

/** The mappings of a request, given as subnets or as mappings. */
export function mappingsOf(input: {
  readonly Subnets?: readonly string[] | undefined;
  readonly SubnetMappings?: readonly SubnetMapping[] | undefined;
}): readonly SubnetMapping[] {
  const { Subnets = [], SubnetMappings = [] } = input;
  if (Subnets.length > 0 && SubnetMappings.length > 0)
    throw errors.validation('You must specify either subnets or subnet mappings, not both');
  return Subnets.length > 0 ? Subnets.map((SubnetId) => ({ SubnetId })) : SubnetMappings;
}

const isMissing = (error: unknown): boolean => error instanceof AwsError && /NotFound$|Malformed$/.test(error.code);

/** The subnets of a load balancer: all there, of one VPC, each of another zone. */
export async function getSubnets(
  context: Caller,
  mappings: readonly SubnetMapping[],
  type: NodeKind,
): Promise<readonly Subnet[]> {
  const SubnetIds = mappings.map(({ SubnetId = '' }) => SubnetId);
  if (new Set(SubnetIds).size < SubnetIds.length)
    throw errors.configuration('A subnet cannot be specified more than once');
  let found: readonly Subnet[] = [];
  try {
    ({ Subnets: found = [] } = await ec2<DescribeSubnetsCommandOutput>(context, 'DescribeSubnets', { SubnetIds }));
  } catch (error) {
    throw isMissing(error) ? errors.subnetNotFound(SubnetIds.join(', ')) : error;
  }
  const ordered = SubnetIds.map((id) => found.find(({ SubnetId }) => SubnetId === id) as Subnet);
  if (new Set(ordered.map(({ VpcId }) => VpcId)).size > 1)
    throw errors.invalidSubnet('All subnets must belong to the same VPC');
  if (new Set(ordered.map(({ AvailabilityZone }) => AvailabilityZone)).size < ordered.length)
    throw errors.configuration('A load balancer cannot be attached to multiple subnets in the same Availability Zone');
  if (type === 'application' && ordered.length < 2)
    throw errors.validation('At least two subnets in two different Availability Zones must be specified');
  return ordered;
}

/** Refuses subnets without IPv6 for an address type that needs it. */
export function checkFamily(subnets: readonly Subnet[], ipAddressType: string): void {
  const has = ({ Ipv6CidrBlockAssociationSet = [] }: Subnet): boolean =>
    Ipv6CidrBlockAssociationSet.some(({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State === 'associated');
  if (ipAddressType !== 'ipv4' && !subnets.every(has))
    throw errors.validation('You must specify subnets with an associated IPv6 CIDR block.');
}

/** The security groups, which must be of the VPC; without any, an application load balancer gets the VPC's default group. */
export async function getGroups(
  context: Caller,
  vpcId: string,
  ids: readonly string[] | undefined,
  type: NodeKind,
): Promise<readonly string[]> {
  if (type === 'gateway' && (ids?.length ?? 0) > 0)
    throw errors.configuration("Security groups are not supported for load balancers with type 'gateway'");
  if (ids === undefined || ids.length === 0)
    return type === 'application' || type === 'classic' ? [await defaultGroup(context, vpcId)] : [];
  try {
    const { SecurityGroups = [] } = await ec2<DescribeSecurityGroupsCommandOutput>(context, 'DescribeSecurityGroups', {
      GroupIds: [...new Set(ids)],
    });
    const foreign = SecurityGroups.find(({ VpcId }) => VpcId !== vpcId);
    if (foreign !== undefined)
      throw errors.configuration(
        'One or more security groups are invalid: they do not belong to the VPC of the load balancer',
      );
  } catch (error) {
    throw isMissing(error) ? errors.invalidGroup(ids.join(', ')) : error;
  }
  return [...new Set(ids)];
}

async function defaultGroup(context: Caller, vpcId: string): Promise<string> {
  const { SecurityGroups = [] } = await ec2<DescribeSecurityGroupsCommandOutput>(context, 'DescribeSecurityGroups', {
    Filters: [
      { Name: 'vpc-id', Values: [vpcId] },
      { Name: 'group-name', Values: ['default'] },
    ],
  });
  return SecurityGroups[0]?.GroupId ?? '';
}

/** Refuses a VPC that is not there. */
export async function checkVpc(context: Caller, vpcId: string): Promise<void> {
  try {
    await ec2<DescribeVpcsCommandOutput>(context, 'DescribeVpcs', { VpcIds: [vpcId] });
  } catch (error) {
    throw isMissing(error) ? errors.validation(`The VPC ID '${vpcId}' is not found`) : error;
  }
}

const interfaceTypes: Readonly<Record<NodeKind, string>> = {
  classic: 'interface',
  application: 'interface',
  network: 'network_load_balancer',
  gateway: 'gateway_load_balancer',
};

/** For whom nodes are made. `path` is how its interfaces name a load balancer. */
export type NodeOwner = Pick<BalancerRow, 'path' | 'scheme' | 'groupIds' | 'ipAddressType'> & {
  readonly type: NodeKind;
};

/** Makes the node of one zone: an interface, and a public address when the load balancer faces the Internet. */
export async function makeNode(
  context: Caller,
  balancer: NodeOwner,
  subnet: Subnet,
  mapping: SubnetMapping,
): Promise<NodeRow> {
  const { path, type, scheme, groupIds } = balancer;
  const ipv6 = balancer.ipAddressType.startsWith('dualstack');
  const { NetworkInterface } = await ec2<CreateNetworkInterfaceCommandOutput>(context, 'CreateNetworkInterface', {
    SubnetId: subnet.SubnetId,
    Description: `ELB ${path}`,
    InterfaceType: interfaceTypes[type],
    Groups: groupIds.length === 0 ? undefined : groupIds,
    PrivateIpAddress: mapping.PrivateIPv4Address,
    Ipv6Addresses: mapping.IPv6Address === undefined ? undefined : [{ Ipv6Address: mapping.IPv6Address }],
    Ipv6AddressCount: ipv6 && mapping.IPv6Address === undefined ? 1 : undefined,
  });
  const interfaceId = NetworkInterface?.NetworkInterfaceId ?? '';
  const node: NodeRow = {
    zoneName: subnet.AvailabilityZone ?? '',
    subnetId: subnet.SubnetId ?? '',
    interfaceId,
    privateIp: NetworkInterface?.PrivateIpAddress,
    ipv6: NetworkInterface?.Ipv6Addresses?.[0]?.Ipv6Address,
    allocationId: mapping.AllocationId,
    privateIpGiven: mapping.PrivateIPv4Address === undefined ? undefined : true,
  };
  if (scheme === 'internal') return node;
  return { ...node, publicIp: await publish(context, interfaceId, mapping.AllocationId) };
}

async function publish(context: Caller, interfaceId: string, allocationId: string | undefined): Promise<string> {
  if (allocationId !== undefined) {
    try {
      await ec2(context, 'AssociateAddress', { AllocationId: allocationId, NetworkInterfaceId: interfaceId });
      const found = await ec2<DescribeAddressesCommandOutput>(context, 'DescribeAddresses', {
        AllocationIds: [allocationId],
      });
      return found.Addresses?.[0]?.PublicIp ?? '';
    } catch (error) {
      await dropNode(context, interfaceId);
      throw isMissing(error) ? errors.allocationNotFound(allocationId) : error;
    }
  }
  await ec2(context, 'ModifyNetworkInterfaceAttribute', {
    NetworkInterfaceId: interfaceId,
    AssociatePublicIpAddress: true,
  });
  const { NetworkInterfaces } = await ec2<{ NetworkInterfaces?: readonly { Association?: { PublicIp?: string } }[] }>(
    context,
    'DescribeNetworkInterfaces',
    { NetworkInterfaceIds: [interfaceId] },
  );
  return NetworkInterfaces?.[0]?.Association?.PublicIp ?? '';
}

/** Gives up the interface of a node; one that is gone already is no error. */
export async function dropNode(context: Caller, interfaceId: string | undefined): Promise<void> {
  if (interfaceId === undefined) return;
  try {
    await ec2(context, 'DeleteNetworkInterface', { NetworkInterfaceId: interfaceId });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Makes nodes one after the other; if one fails, none stays. */
export async function makeNodes(
  context: Caller,
  balancer: NodeOwner,
  subnets: readonly Subnet[],
  mappings: readonly SubnetMapping[],
): Promise<readonly NodeRow[]> {
  const nodes: NodeRow[] = [];
  try {
    for (const [at, subnet] of subnets.entries())
      nodes.push(await makeNode(context, balancer, subnet, mappings[at] ?? {}));
  } catch (error) {
    for (const { interfaceId } of nodes) await dropNode(context, interfaceId);
    throw error;
  }
  return nodes;
}
