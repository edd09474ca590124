// Route tables and their associations. Routes are in `route.ts`.
import type { RouteTable } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { routesOf, showRoute } from './route.ts';
import type { RouteTableAssociationRow, RouteTableRow } from './state.ts';
import { getSubnet } from './subnet.ts';
import { getVpc, localRoutes } from './vpc.ts';

export const getTable = ({ state }: Ec2Context, id: string): RouteTableRow =>
  get(state.routeTables, kinds.routeTable, id);

const showAssociation = (row: RouteTableAssociationRow, tableId: string) => ({
  RouteTableAssociationId: row.id,
  RouteTableId: tableId,
  Main: row.main,
  SubnetId: row.subnetId,
  GatewayId: row.gatewayId,
  AssociationState: { State: 'associated' as const },
});

const showTable = (row: RouteTableRow, context: Ec2Context): RouteTable => ({
  RouteTableId: row.id,
  VpcId: row.vpcId,
  OwnerId: context.account,
  Associations: row.associations.map((one) => showAssociation(one, row.id)),
  PropagatingVgws: row.propagatingGateways.map((id) => ({ GatewayId: id })),
  Routes: routesOf(context, row).map((route) => showRoute(route, context)),
  Tags: tagsOf(context, row.id),
});

export const CreateRouteTable: Operation<'CreateRouteTable'> = (input, context) => {
  const { state, ids } = context;
  const vpc = getVpc(context, input.VpcId);
  const row: RouteTableRow = {
    id: ids.resource('rtb'),
    vpcId: vpc.id,
    associations: [],
    propagatingGateways: [],
    routes: localRoutes(vpc),
  };
  state.routeTables.put(row);
  tagNew(context, kinds.routeTable, row.id, input.TagSpecifications);
  return { RouteTable: showTable(row, context), ClientToken: input.ClientToken };
};

export const DeleteRouteTable: Operation<'DeleteRouteTable'> = ({ RouteTableId }, context) => {
  const row = getTable(context, RouteTableId);
  if (row.associations.length > 0) throw errors.hasDependencies('routeTable', row.id);
  context.state.routeTables.delete(row.id);
  dropTags(context, row.id);
  for (const endpoint of context.state.endpoints.list()) {
    if (!endpoint.routeTableIds.includes(row.id)) continue;
    context.state.endpoints.put({ ...endpoint, routeTableIds: endpoint.routeTableIds.filter((id) => id !== row.id) });
  }
  return {};
};

export const DescribeRouteTables: Operation<'DescribeRouteTables'> = (input, context) => {
  const routes = (row: RouteTableRow) => showTable(row, context).Routes ?? [];
  const { rows, NextToken } = list(input, context, {
    rows: context.state.routeTables,
    id: (row) => row.id,
    ids: input.RouteTableIds,
    kind: kinds.routeTable,
    filters: {
      'association.gateway-id': (row) => row.associations.map(({ gatewayId }) => gatewayId),
      'association.main': (row) => row.associations.map(({ main }) => main),
      'association.route-table-association-id': (row) => row.associations.map(({ id }) => id),
      'association.route-table-id': (row) => row.associations.map(() => row.id),
      'association.subnet-id': (row) => row.associations.map(({ subnetId }) => subnetId),
      'owner-id': () => context.account,
      'route-table-id': (row) => row.id,
      'route.destination-cidr-block': (row) => routes(row).map((route) => route.DestinationCidrBlock),
      'route.destination-ipv6-cidr-block': (row) => routes(row).map((route) => route.DestinationIpv6CidrBlock),
      'route.destination-prefix-list-id': (row) => routes(row).map((route) => route.DestinationPrefixListId),
      'route.egress-only-internet-gateway-id': (row) => routes(row).map((route) => route.EgressOnlyInternetGatewayId),
      'route.gateway-id': (row) => routes(row).map((route) => route.GatewayId),
      'route.instance-id': (row) => routes(row).map((route) => route.InstanceId),
      'route.nat-gateway-id': (row) => routes(row).map((route) => route.NatGatewayId),
      'route.transit-gateway-id': (row) => routes(row).map((route) => route.TransitGatewayId),
      'route.origin': (row) => routes(row).map((route) => route.Origin),
      'route.state': (row) => routes(row).map((route) => route.State),
      'route.vpc-peering-connection-id': (row) => routes(row).map((route) => route.VpcPeeringConnectionId),
      'vpc-id': (row) => row.vpcId,
    },
  });
  return { RouteTables: rows.map((row) => showTable(row, context)), NextToken };
};

/** The table that holds an association. */
function holderOf(
  { state }: Ec2Context,
  associationId: string,
): { table: RouteTableRow; association: RouteTableAssociationRow } {
  for (const table of state.routeTables.list()) {
    const association = table.associations.find(({ id }) => id === associationId);
    if (association !== undefined) return { table, association };
  }
  throw kinds.routeTableAssociation.missing(associationId);
}

const without = (table: RouteTableRow, associationId: string): RouteTableRow => ({
  ...table,
  associations: table.associations.filter(({ id }) => id !== associationId),
});

/** Joins a table to a subnet, or to a gateway for what comes in there. Limit: one table for each (VPC-11). */
export const AssociateRouteTable: Operation<'AssociateRouteTable'> = (input, context) => {
  const { state, ids } = context;
  const table = getTable(context, input.RouteTableId);
  const { SubnetId, GatewayId } = input;
  if (SubnetId === undefined && GatewayId === undefined) throw errors.missingParameter('subnetId');
  if (SubnetId !== undefined && getSubnet(context, SubnetId).vpcId !== table.vpcId) {
    throw errors.invalidValue(`Route table ${table.id} and subnet ${SubnetId} belong to different networks`);
  }
  if (GatewayId !== undefined) checkEdge(context, table, GatewayId);
  const taken = state.routeTables
    .index('vpc')
    .list({ prefix: key(table.vpcId) })
    .flatMap((row) => row.associations)
    .some((one) => (SubnetId === undefined ? one.gatewayId === GatewayId : one.subnetId === SubnetId));
  if (taken) {
    throw errors.alreadyAssociated(
      `the specified association for route table ${table.id} conflicts with an existing association`,
    );
  }
  const association = { id: ids.resource('rtbassoc'), main: false, subnetId: SubnetId, gatewayId: GatewayId };
  state.routeTables.put({ ...table, associations: [...table.associations, association] });
  return { AssociationId: association.id, AssociationState: { State: 'associated' } };
};

function checkEdge({ state }: Ec2Context, table: RouteTableRow, gatewayId: string): void {
  const gateway = state.internetGateways.find(gatewayId) ?? state.vpnGateways.find(gatewayId);
  if (gateway === undefined) throw kinds.internetGateway.missing(gatewayId);
  if (gateway.vpcId !== table.vpcId) throw errors.notAttached(gatewayId, table.vpcId);
}

export const DisassociateRouteTable: Operation<'DisassociateRouteTable'> = ({ AssociationId }, context) => {
  const { table, association } = holderOf(context, AssociationId);
  if (association.main)
    throw errors.invalidValue('cannot disassociate the main route table association ' + AssociationId);
  context.state.routeTables.put(without(table, AssociationId));
  return {};
};

/** Moves an association to another table; that of the main table makes the other one the main table. */
export const ReplaceRouteTableAssociation: Operation<'ReplaceRouteTableAssociation'> = (input, context) => {
  const { state, ids } = context;
  const { table, association } = holderOf(context, input.AssociationId);
  const target = getTable(context, input.RouteTableId);
  if (target.vpcId !== table.vpcId) {
    throw errors.invalidValue(`Route tables ${table.id} and ${target.id} belong to different networks`);
  }
  const moved = { ...association, id: ids.resource('rtbassoc') };
  state.routeTables.put(without(table, association.id));
  const now = getTable(context, target.id);
  state.routeTables.put({ ...now, associations: [...now.associations, moved] });
  return { NewAssociationId: moved.id, AssociationState: { State: 'associated' } };
};
