// Subnets cut off from a Region: by a copy of their route table, without the routes that lead there, in its place for the time of the
// action.
//
// Differs: AWS also drops what goes to its own public addresses in that Region; here peerings are what leads to another Region.
// @see https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html#route-table-disrupt-cross-region-connectivity
import type {
  AssociateRouteTableCommandOutput,
  CreateRouteTableCommandOutput,
  DescribeRouteTablesCommandOutput,
  DescribeVpcPeeringConnectionsCommandOutput,
  ReplaceRouteTableAssociationCommandOutput,
  Route,
  RouteTable,
} from '@aws-sdk/client-ec2';
import type { ActionCall, Runner } from './action-runner.ts';
import { fisTags } from './arn.ts';
import { idOf } from './resource.ts';
import { ExperimentFailure } from './role.ts';

interface Detour {
  readonly associationId: string;
  /** Undefined: the subnet used the main table of its VPC. */
  readonly originalTableId?: string | undefined;
}

interface Detours {
  readonly copies: readonly string[];
  readonly detours: readonly Detour[];
}

/** Peerings of which the other end is in the Region. */
async function peeringsTo({ actor, parameters }: ActionCall): Promise<ReadonlySet<string>> {
  const { VpcPeeringConnections = [] } = await actor.call<DescribeVpcPeeringConnectionsCommandOutput>(
    'ec2',
    'DescribeVpcPeeringConnections',
    {},
  );
  const far = VpcPeeringConnections.filter(({ RequesterVpcInfo, AccepterVpcInfo }) =>
    [RequesterVpcInfo?.Region, AccepterVpcInfo?.Region].includes(parameters['region']),
  );
  return new Set(far.flatMap(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId ?? []));
}

/** The table that decides for a subnet: its own, or the main one of its VPC. */
async function tableOf({ actor }: ActionCall, subnetId: string): Promise<RouteTable> {
  const find = async (Name: string, value: string | undefined): Promise<RouteTable | undefined> => {
    const Filters = [
      { Name, Values: [value] },
      ...(Name === 'vpc-id' ? [{ Name: 'association.main', Values: ['true'] }] : []),
    ];
    const found = await actor.call<DescribeRouteTablesCommandOutput>('ec2', 'DescribeRouteTables', { Filters });
    return found.RouteTables?.[0];
  };
  const own = await find('association.subnet-id', subnetId);
  if (own !== undefined) return own;
  interface Subnets {
    readonly Subnets?: readonly { readonly VpcId?: string }[];
  }
  const { Subnets = [] } = await actor.call<Subnets>('ec2', 'DescribeSubnets', { SubnetIds: [subnetId] });
  const main = await find('vpc-id', Subnets[0]?.VpcId);
  if (main === undefined) throw new ExperimentFailure('InvalidTarget', `Subnet ${subnetId} has no route table.`);
  return main;
}

/** A route as `CreateRoute` takes it. */
const copyOf = ({ State: _state, Origin: _origin, InstanceOwnerId: _owner, ...route }: Route): object => ({
  ...route,
  // An instance is given by the interface that it stands for.
  ...(route.NetworkInterfaceId === undefined ? {} : { InstanceId: undefined }),
});

async function detour(
  call: ActionCall,
  subnetId: string,
  far: ReadonlySet<string>,
  made: { copies: string[]; detours: Detour[] },
) {
  const { actor } = call;
  const table = await tableOf(call, subnetId);
  const { RouteTable: copy } = await actor.call<CreateRouteTableCommandOutput>('ec2', 'CreateRouteTable', {
    VpcId: table.VpcId,
    TagSpecifications: [{ ResourceType: 'route-table', Tags: fisTags(call.context, call.experimentId) }],
  });
  const RouteTableId = copy?.RouteTableId as string;
  made.copies.push(RouteTableId);
  for (const route of table.Routes ?? [])
    if (route.Origin === 'CreateRoute' && !far.has(route.VpcPeeringConnectionId ?? ''))
      await actor.call('ec2', 'CreateRoute', { ...copyOf(route), RouteTableId });
  for (const { GatewayId } of table.PropagatingVgws ?? [])
    await actor.call('ec2', 'EnableVgwRoutePropagation', { RouteTableId, GatewayId });
  const own = table.Associations?.find(({ SubnetId }) => SubnetId === subnetId);
  if (own === undefined) {
    const { AssociationId } = await actor.call<AssociateRouteTableCommandOutput>('ec2', 'AssociateRouteTable', {
      RouteTableId,
      SubnetId: subnetId,
    });
    made.detours.push({ associationId: AssociationId as string });
    return;
  }
  const { NewAssociationId } = await actor.call<ReplaceRouteTableAssociationCommandOutput>(
    'ec2',
    'ReplaceRouteTableAssociation',
    { AssociationId: own.RouteTableAssociationId, RouteTableId },
  );
  made.detours.push({ associationId: NewAssociationId as string, originalTableId: table.RouteTableId });
}

async function mend({ actor }: ActionCall, { copies, detours }: Detours): Promise<void> {
  for (const { associationId: AssociationId, originalTableId: RouteTableId } of detours) {
    if (RouteTableId === undefined) await actor.call('ec2', 'DisassociateRouteTable', { AssociationId });
    else await actor.call('ec2', 'ReplaceRouteTableAssociation', { AssociationId, RouteTableId });
  }
  for (const RouteTableId of copies) await actor.call('ec2', 'DeleteRouteTable', { RouteTableId });
}

export const disruptCrossRegion: Runner = {
  start: async (call) => {
    const made = { copies: [] as string[], detours: [] as Detour[] };
    const far = await peeringsTo(call);
    try {
      for (const subnet of call.arns('Subnets')) await detour(call, idOf(subnet), far, made);
    } catch (error) {
      await mend(call, made).catch(() => {});
      throw error;
    }
    return { seconds: call.seconds, undo: made satisfies Detours };
  },
  end: (call, undo) => mend(call, undo as Detours),
};
