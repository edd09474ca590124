// Security groups of load balancers.
import type {
  CreateSecurityGroupCommandOutput,
  DescribeSecurityGroupsCommandOutput,
  SecurityGroup,
} from '@aws-sdk/client-ec2';
import { ec2, getGroups } from '../elastic-load-balancing-v2/node.ts';
import { getBalancer } from './find.ts';
import type { ClassicContext, Operation } from './state.ts';

async function describe(context: ClassicContext, input: object): Promise<readonly SecurityGroup[]> {
  const found = await ec2<DescribeSecurityGroupsCommandOutput>(context, 'DescribeSecurityGroups', input);
  return found.SecurityGroups ?? [];
}

/**
 * The group of load balancers that were made by zones and name none: one for each VPC, made with the first of them.
 *
 * Unknown: the digits of its name, and its rules in detail; it lets in what comes by TCP.
 */
export async function elbGroup(context: ClassicContext, vpcId: string): Promise<string> {
  const [there] = await describe(context, {
    Filters: [
      { Name: 'vpc-id', Values: [vpcId] },
      { Name: 'group-name', Values: ['default_elb_*'] },
    ],
  });
  if (there?.GroupId !== undefined) return there.GroupId;
  const { GroupId = '' } = await ec2<CreateSecurityGroupCommandOutput>(context, 'CreateSecurityGroup', {
    GroupName: `default_elb_${context.ids.uuid()}`,
    Description:
      'ELB created security group used when no security group is specified during ELB creation - modifications could impact traffic to future ELBs',
    VpcId: vpcId,
  });
  await ec2(context, 'AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 0, ToPort: 65_535, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  return GroupId;
}

/** The name of the group that instances can admit. */
export async function sourceGroupOf(context: ClassicContext, groupIds: readonly string[]): Promise<string> {
  const [group] = await describe(context, { GroupIds: groupIds.slice(0, 1) });
  return group?.GroupName ?? '';
}

/** Puts groups in place of those that a load balancer has. */
export const ApplySecurityGroupsToLoadBalancer: Operation<'ApplySecurityGroupsToLoadBalancer'> = async (
  { LoadBalancerName, SecurityGroups },
  context,
) => {
  const { vpcId, nodes } = getBalancer(context, LoadBalancerName);
  const groupIds = await getGroups(context, vpcId, SecurityGroups, 'classic');
  const sourceGroup = await sourceGroupOf(context, groupIds);
  for (const { interfaceId } of nodes)
    await ec2(context, 'ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: interfaceId, Groups: groupIds });
  await context.transact(() => {
    context.state.balancers.put({ ...getBalancer(context, LoadBalancerName), groupIds, sourceGroup });
  });
  return { SecurityGroups: [...groupIds] };
};
