// Disrupted networks. Subnets are cut off as AWS does it: by a copy of their network ACL, with the traffic denied, in its place for the
// time of the action. So whoever looks sees it: DescribeNetworkAcls, traces, flow logs.
// @see https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html#disrupt-connectivity
import type {
  CreateNetworkAclCommandOutput,
  DescribeNetworkAclsCommandOutput,
  DescribeSubnetsCommandOutput,
  DescribeTransitGatewayPeeringAttachmentsCommandOutput,
  NetworkAcl,
  ReplaceNetworkAclAssociationCommandOutput,
  Subnet,
} from '@aws-sdk/client-ec2';
import { type AclEntry, deniedEntries, withinOnly } from './acl-copy.ts';
import type { ActionCall, Runner } from './action-runner.ts';
import { fisTags } from './arn.ts';
import { faultRunner } from './fault-action.ts';
import { prefixesOf } from './prefix-list.ts';
import { idOf } from './resource.ts';

interface Replaced {
  readonly associationId: string;
  readonly originalAclId: string;
}

interface Cut {
  readonly copies: readonly string[];
  readonly replaced: readonly Replaced[];
}

/** The entries that the copy of a subnet's ACL has. */
async function entriesFor(call: ActionCall, subnet: Subnet, acl: NetworkAcl): Promise<readonly AclEntry[]> {
  const own = (acl.Entries ?? []).filter(({ RuleNumber = 0 }) => RuleNumber < 32_767);
  const { actor, context, parameters } = call;
  const vpcFilter = { Filters: [{ Name: 'vpc-id', Values: [subnet.VpcId] }] };
  switch (parameters['scope']) {
    case 'all':
      return [];
    case 'availability-zone': {
      const { Subnets = [] } = await actor.call<DescribeSubnetsCommandOutput>('ec2', 'DescribeSubnets', vpcFilter);
      const others = Subnets.filter(({ AvailabilityZoneId }) => AvailabilityZoneId !== subnet.AvailabilityZoneId);
      return deniedEntries(
        own,
        others.flatMap(({ CidrBlock }) => CidrBlock ?? []),
      );
    }
    case 'vpc': {
      interface Vpcs {
        readonly Vpcs?: readonly { readonly CidrBlockAssociationSet?: readonly { readonly CidrBlock?: string }[] }[];
      }
      const { Vpcs: [vpc] = [] } = await actor.call<Vpcs>('ec2', 'DescribeVpcs', { VpcIds: [subnet.VpcId] });
      return withinOnly(own, vpc?.CidrBlockAssociationSet?.flatMap(({ CidrBlock }) => CidrBlock ?? []) ?? []);
    }
    case 'prefix-list':
      return deniedEntries(own, await prefixesOf(call, parameters['prefixListIdentifier']));
    default:
      return deniedEntries(own, await prefixesOf(call, `com.amazonaws.${context.region}.${parameters['scope'] ?? ''}`));
  }
}

/** Puts a copy of its ACL in front of a subnet. */
async function cut(call: ActionCall, subnet: Subnet, made: string[], replaced: Replaced[]): Promise<void> {
  const { actor, context, experimentId } = call;
  const byAssociation = { Filters: [{ Name: 'association.subnet-id', Values: [subnet.SubnetId] }] };
  const found = await actor.call<DescribeNetworkAclsCommandOutput>('ec2', 'DescribeNetworkAcls', byAssociation);
  const acl = found.NetworkAcls?.[0];
  const association = acl?.Associations?.find(({ SubnetId }) => SubnetId === subnet.SubnetId);
  if (acl === undefined || association === undefined) return;
  const entries = await entriesFor(call, subnet, acl);
  const { NetworkAcl: copy } = await actor.call<CreateNetworkAclCommandOutput>('ec2', 'CreateNetworkAcl', {
    VpcId: subnet.VpcId,
    TagSpecifications: [{ ResourceType: 'network-acl', Tags: fisTags(context, experimentId) }],
  });
  const NetworkAclId = copy?.NetworkAclId as string;
  made.push(NetworkAclId);
  for (const entry of entries) await actor.call('ec2', 'CreateNetworkAclEntry', { ...entry, NetworkAclId });
  const { NewAssociationId } = await actor.call<ReplaceNetworkAclAssociationCommandOutput>(
    'ec2',
    'ReplaceNetworkAclAssociation',
    { AssociationId: association.NetworkAclAssociationId, NetworkAclId },
  );
  replaced.push({ associationId: NewAssociationId as string, originalAclId: acl.NetworkAclId as string });
}

async function mend({ actor }: ActionCall, { copies, replaced }: Cut): Promise<void> {
  for (const { associationId, originalAclId } of replaced)
    await actor.call('ec2', 'ReplaceNetworkAclAssociation', {
      AssociationId: associationId,
      NetworkAclId: originalAclId,
    });
  for (const NetworkAclId of copies) await actor.call('ec2', 'DeleteNetworkAcl', { NetworkAclId });
}

export const disruptConnectivity: Runner = {
  start: async (call) => {
    const SubnetIds = call.arns('Subnets').map(idOf);
    const { Subnets = [] } = await call.actor.call<DescribeSubnetsCommandOutput>('ec2', 'DescribeSubnets', {
      SubnetIds,
    });
    const copies: string[] = [];
    const replaced: Replaced[] = [];
    try {
      for (const subnet of Subnets) await cut(call, subnet, copies, replaced);
    } catch (error) {
      // What is cut so far is mended, as far as the role may; the first error is what the user has to know.
      await mend(call, { copies, replaced }).catch(() => {});
      throw error;
    }
    return { seconds: call.seconds, undo: { copies, replaced } satisfies Cut };
  },
  end: (call, undo) => mend(call, undo as Cut),
};

/**
 * Takes down the peering attachments that lead to a Region.
 *
 * Differs: AWS takes the attachments out of their route table; here the links are down, which carries as little.
 */
export const disruptTransitGateway = faultRunner('DisruptTransitGateway', async ({ actor, arns, parameters }) => {
  const resources = arns('TransitGateways');
  const { TransitGatewayPeeringAttachments: all = [] } =
    await actor.call<DescribeTransitGatewayPeeringAttachmentsCommandOutput>(
      'ec2',
      'DescribeTransitGatewayPeeringAttachments',
      { Filters: [{ Name: 'transit-gateway-id', Values: resources.map(idOf) }] },
    );
  const far = all.filter(({ RequesterTgwInfo, AccepterTgwInfo }) =>
    [RequesterTgwInfo?.Region, AccepterTgwInfo?.Region].includes(parameters['region']),
  );
  return {
    resources,
    breakages: far.map(({ TransitGatewayAttachmentId = '' }) => ({
      kind: 'link' as const,
      resourceId: TransitGatewayAttachmentId,
    })),
  };
});
