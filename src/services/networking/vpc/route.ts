// Routes. Whether a route works is not kept but asked: its target is there, or the route is a blackhole.
import type { Route } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { contains, findPrefix, readPrefix } from '../../../network/address.ts';
import type { RouteTarget } from '../../../network/topology.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import type { Ec2Context, Input, Operation } from '../../compute/ec2/operation.ts';
import type { Ec2State } from '../../compute/ec2/state.ts';
import { amazonPrefixList } from './amazon-prefix-list.ts';
import { routesMax } from './limits.ts';
import { getPrefixList } from './prefix-list.ts';
import { announcedBy, isCarrying } from './site.ts';
import type { RouteRow, RouteTableRow } from './state.ts';

/** A route as it is in force: kept, or propagated from a virtual private gateway. */
export interface LiveRoute {
  readonly cidr?: string | undefined;
  readonly ipv6Cidr?: string | undefined;
  readonly prefixListId?: string | undefined;
  readonly target: string;
  readonly origin: RouteRow['origin'] | 'EnableVgwRoutePropagation';
  readonly state: 'active' | 'blackhole';
  /** How the site's routes came to a virtual private gateway. */
  readonly learned?: 'static' | 'bgp' | undefined;
}

const kindsByPrefix: readonly (readonly [string, RouteTarget['kind']])[] = [
  ['igw-', 'internet-gateway'],
  ['eigw-', 'egress-only-internet-gateway'],
  ['nat-', 'nat-gateway'],
  ['eni-', 'network-interface'],
  ['vpce-', 'vpc-endpoint'],
  ['pcx-', 'vpc-peering-connection'],
  ['vgw-', 'vpn-gateway'],
  ['tgw-', 'transit-gateway'],
];

export const targetKind = (id: string): RouteTarget['kind'] =>
  id === 'local' ? 'local' : (kindsByPrefix.find(([prefix]) => id.startsWith(prefix))?.[1] ?? 'other');

/** True when the target is there and joined to the VPC. */
function isAlive(state: Ec2State, vpcId: string, target: string): boolean {
  switch (targetKind(target)) {
    case 'local':
      return true;
    case 'internet-gateway':
      return state.internetGateways.find(target)?.vpcId === vpcId;
    case 'egress-only-internet-gateway':
      return state.egressOnlyGateways.find(target)?.vpcId === vpcId;
    case 'nat-gateway':
      return ['pending', 'available'].includes(state.natGateways.find(target)?.state ?? '');
    case 'network-interface':
      return state.interfaces.find(target)?.attachment !== undefined;
    case 'vpc-endpoint':
      return state.endpoints.has(target);
    case 'vpc-peering-connection':
      return state.peerings.find(target)?.status === 'active';
    case 'vpn-gateway':
      return state.vpnGateways.find(target)?.vpcId === vpcId;
    case 'transit-gateway':
      return state.transitAttachments
        .index('resource')
        .list({ prefix: key(vpcId) })
        .some((one) => one.transitGatewayId === target && (one.state === 'available' || one.state === 'modifying'));
    case 'other':
      return state.carrierGateways.find(target)?.vpcId === vpcId;
  }
}

/** What a virtual private gateway announces: the routes of its VPN connections that have a tunnel up. */
function propagated(state: Ec2State, gatewayId: string): LiveRoute[] {
  const found = new Map<string, LiveRoute>();
  for (const row of state.vpnConnections.index('gateway').list({ prefix: key(gatewayId) })) {
    if (!isCarrying(row)) continue;
    for (const cidr of announcedBy(state, row)) {
      const isStatic = row.staticRoutesOnly || found.get(cidr)?.learned === 'static';
      found.set(cidr, {
        cidr,
        target: gatewayId,
        origin: 'EnableVgwRoutePropagation',
        state: 'active',
        learned: isStatic ? 'static' : 'bgp',
      });
    }
  }
  return [...found.values()];
}

/** Gateway endpoints put their service's prefix list into the tables that they name; nobody else can change such a route. */
function endpointRoutes(state: Ec2State, region: string, table: RouteTableRow): LiveRoute[] {
  return state.endpoints
    .index('vpc')
    .list({ prefix: key(table.vpcId) })
    .filter((row) => row.kind === 'Gateway' && row.state === 'available' && row.routeTableIds.includes(table.id))
    .map((row) => ({
      prefixListId: amazonPrefixList(region, row.serviceName)?.id,
      target: row.id,
      origin: 'CreateRoute',
      state: 'active',
    }));
}

/** All routes of a table: local ones first, then those that were made, endpoints' and propagated ones last. */
export function routesOf({ state, region }: Pick<Ec2Context, 'state' | 'region'>, table: RouteTableRow): LiveRoute[] {
  const kept = table.routes.map(
    (row): LiveRoute => ({ ...row, state: isAlive(state, table.vpcId, row.target) ? 'active' : 'blackhole' }),
  );
  const learned = table.propagatingGateways.flatMap((gatewayId) =>
    state.vpnGateways.find(gatewayId)?.vpcId === table.vpcId ? propagated(state, gatewayId) : [],
  );
  return [...kept, ...endpointRoutes(state, region, table), ...learned];
}

export function showRoute(route: LiveRoute, { state, account }: Ec2Context): Route {
  const { target } = route;
  const kind = targetKind(target);
  const attachment = kind === 'network-interface' ? state.interfaces.find(target)?.attachment : undefined;
  const gateways = ['local', 'internet-gateway', 'vpn-gateway', 'vpc-endpoint'];
  return {
    DestinationCidrBlock: route.cidr,
    DestinationIpv6CidrBlock: route.ipv6Cidr,
    DestinationPrefixListId: route.prefixListId,
    GatewayId: gateways.includes(kind) ? target : undefined,
    EgressOnlyInternetGatewayId: kind === 'egress-only-internet-gateway' ? target : undefined,
    NatGatewayId: kind === 'nat-gateway' ? target : undefined,
    NetworkInterfaceId: kind === 'network-interface' ? target : undefined,
    InstanceId: attachment?.instanceId,
    InstanceOwnerId: attachment?.instanceId === undefined ? undefined : account,
    TransitGatewayId: kind === 'transit-gateway' ? target : undefined,
    VpcPeeringConnectionId: kind === 'vpc-peering-connection' ? target : undefined,
    Origin: route.origin,
    State: route.state,
  };
}

type Destination = Pick<RouteRow, 'cidr' | 'ipv6Cidr' | 'prefixListId'>;
type Where = Pick<
  Input<'CreateRoute'>,
  'DestinationCidrBlock' | 'DestinationIpv6CidrBlock' | 'DestinationPrefixListId'
>;

/** The one destination that a request names, in canonical form. */
function readDestination(context: Ec2Context, input: Where): Destination {
  const { DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId } = input;
  const given = [DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId].filter(
    (one) => one !== undefined,
  );
  if (given.length === 0) throw errors.missingParameter('destinationCidrBlock');
  if (given.length > 1) throw errors.combination('Only one destination can be specified.');
  if (DestinationPrefixListId !== undefined) {
    return { prefixListId: getPrefixList(context, DestinationPrefixListId).id };
  }
  const text = given[0] as string;
  const prefix = findPrefix(text);
  const family = DestinationCidrBlock === undefined ? 6 : 4;
  const parameter = family === 4 ? 'destinationCidrBlock' : 'destinationIpv6CidrBlock';
  if (prefix === undefined || prefix.family !== family) {
    throw errors.valueOf(text, parameter, 'This is not a valid CIDR block.');
  }
  return family === 4 ? { cidr: prefix.text } : { ipv6Cidr: prefix.text };
}

const destinationText = ({ cidr, ipv6Cidr, prefixListId }: Destination): string =>
  cidr ?? ipv6Cidr ?? prefixListId ?? '';

const sameDestination = (a: Destination, b: Destination): boolean => destinationText(a) === destinationText(b);

/** The one target that a request names; it must exist, and belong to the VPC where it can. */
function readTarget(context: Ec2Context, vpcId: string, input: Input<'CreateRoute'>): string {
  const { state } = context;
  const given = [
    input.GatewayId,
    input.NatGatewayId,
    input.NetworkInterfaceId,
    input.InstanceId,
    input.VpcPeeringConnectionId,
    input.TransitGatewayId,
    input.EgressOnlyInternetGatewayId,
    input.VpcEndpointId,
  ].filter((one) => one !== undefined);
  if (
    input.CarrierGatewayId !== undefined ||
    input.LocalGatewayId !== undefined ||
    input.CoreNetworkArn !== undefined
  ) {
    throw errors.unsupported('Carrier gateways, local gateways and core networks are not available here.');
  }
  if (given.length === 0) throw errors.missingParameter('gatewayId');
  if (given.length > 1) throw errors.combination('Only one target can be specified.');
  const id = given[0] as string;
  if (id.startsWith('i-')) return interfaceOfInstance(context, id);
  checkTarget(state, vpcId, id);
  return id;
}

function interfaceOfInstance({ state }: Ec2Context, instanceId: string): string {
  const own = state.interfaces.list().filter((row) => row.attachment?.instanceId === instanceId);
  if (own.length > 1) {
    throw errors.other(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${instanceId}'. Please specify an interface ID for the operation instead.`,
    );
  }
  if (own[0] === undefined) throw kinds.instance.missing(instanceId);
  return own[0].id;
}

function checkTarget(state: Ec2Context['state'], vpcId: string, id: string): void {
  const belongs = (row: { readonly vpcId?: string | undefined }, noun: string) => {
    if (row.vpcId === vpcId) return;
    throw errors.invalidValue(`route table and network ${noun} ${id} belong to different networks`);
  };
  switch (targetKind(id)) {
    case 'local':
      return;
    case 'internet-gateway':
      return belongs(get(state.internetGateways, kinds.internetGateway, id), 'gateway');
    case 'vpn-gateway':
      return belongs(get(state.vpnGateways, kinds.vpnGateway, id), 'gateway');
    case 'egress-only-internet-gateway':
      return belongs(get(state.egressOnlyGateways, kinds.egressOnlyInternetGateway, id), 'gateway');
    case 'nat-gateway':
      return belongs(get(state.natGateways, kinds.natGateway, id), 'gateway');
    case 'network-interface':
      return belongs(get(state.interfaces, kinds.networkInterface, id), 'interface');
    case 'vpc-endpoint':
      return belongs(get(state.endpoints, kinds.vpcEndpoint, id), 'endpoint');
    case 'vpc-peering-connection':
      get(state.peerings, kinds.peering, id);
      return;
    case 'transit-gateway':
      get(state.transitGateways, kinds.transitGateway, id);
      return;
    case 'other':
      throw errors.other('InvalidGatewayID.NotFound', `The gateway ID '${id}' does not exist`);
  }
}

const tableFor = (context: Ec2Context, id: string): RouteTableRow =>
  get(context.state.routeTables, kinds.routeTable, id);

/** A route may be more specific than the local one only when it leads to an appliance. */
function checkInside(table: RouteTableRow, destination: Destination, target: string): void {
  const text = destination.cidr ?? destination.ipv6Cidr;
  if (text === undefined || ['network-interface', 'vpc-endpoint', 'nat-gateway', 'local'].includes(targetKind(target)))
    return;
  const locals = table.routes.flatMap((route) =>
    route.target === 'local' ? [route.cidr ?? route.ipv6Cidr ?? ''] : [],
  );
  const inside = locals.some((local) => local !== text && contains(readPrefix(local), readPrefix(text)));
  if (!inside) return;
  throw errors.invalidValue(
    `Route target is not supported. This route only supports Interface, Gateway Load Balancer Endpoint or NAT Gateway as the target.`,
  );
}

/**
 * Adds a route. Limit: 500 in a table.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html
 */
export const CreateRoute: Operation<'CreateRoute'> = (input, context) => {
  const table = tableFor(context, input.RouteTableId);
  const destination = readDestination(context, input);
  const target = readTarget(context, table.vpcId, input);
  const before = table.routes.find((route) => sameDestination(route, destination));
  if (before !== undefined) {
    const isSame = before.target === target;
    if (isSame) return { Return: true };
    throw errors.routeExists(destinationText(destination));
  }
  checkInside(table, destination, target);
  if (table.routes.length >= context.quotas.of(routesMax)) throw errors.routeLimit(table.id);
  context.state.routeTables.put({
    ...table,
    routes: [...table.routes, { ...destination, target, origin: 'CreateRoute' }],
  });
  return { Return: true };
};

/** Gives a route another target. A local route can be led to an appliance, and back with `LocalTarget`. */
export const ReplaceRoute: Operation<'ReplaceRoute'> = (input, context) => {
  const table = tableFor(context, input.RouteTableId);
  const destination = readDestination(context, input);
  const before = table.routes.find((route) => sameDestination(route, destination));
  if (before === undefined) throw errors.routeNotFound(destinationText(destination), table.id);
  const target = input.LocalTarget === true ? 'local' : readTarget(context, table.vpcId, input);
  const routes = table.routes.map((route) => (route === before ? { ...route, target } : route));
  context.state.routeTables.put({ ...table, routes });
  return {};
};

export const DeleteRoute: Operation<'DeleteRoute'> = (input, context) => {
  const table = tableFor(context, input.RouteTableId);
  const destination = readDestination(context, input);
  const before = table.routes.find((route) => sameDestination(route, destination));
  const text = destinationText(destination);
  if (before === undefined) throw errors.routeNotFound(text, table.id);
  if (before.origin === 'CreateRouteTable') {
    throw errors.invalidValue(`cannot remove local route ${text} in route table ${table.id}`);
  }
  context.state.routeTables.put({ ...table, routes: table.routes.filter((route) => route !== before) });
  return {};
};
