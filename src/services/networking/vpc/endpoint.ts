// VPC endpoints: gateways that routes lead to, and interfaces in subnets behind which a service answers.
// @see https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html
import type { VpcEndpoint } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { amazonPrefixList } from './amazon-prefix-list.ts';
import { addEndpointInterfaces, checkPrivateNames, checkZones, namesOf } from './endpoint-interface.ts';
import { connectionState, openConnection } from './endpoint-connection.ts';
import { getOffered, type OfferedService } from './endpoint-service-find.ts';
import { gatewayEndpointsMax, interfaceEndpointsMax } from './limits.ts';
import { dropInterface, groupsFor } from './network-interface.ts';
import { getTable } from './route-table.ts';
import type { EndpointRow, VpcRow } from './state.ts';
import { reach } from './transition.ts';
import { getVpc } from './vpc.ts';

/** Differs: a minute or more at AWS; here short, since clients wait for it in real time. */
const createSeconds = 5;
const deleteSeconds = 5;

/** What everything is allowed by. Recorded for interface endpoints, documented for gateways. */
const openPolicies = {
  Gateway: '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
  Interface: '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}',
  GatewayLoadBalancer: undefined,
} as const;

export function showEndpoint(row: EndpointRow, context: Ec2Context): VpcEndpoint {
  return {
    VpcEndpointId: row.id,
    VpcEndpointType: row.kind,
    VpcId: row.vpcId,
    ServiceName: row.serviceName,
    ServiceRegion: row.serviceRegion,
    // The model writes these states with a capital; the wire does not (recorded).
    State: row.state as 'Available',
    PolicyDocument: row.policy,
    RouteTableIds: [...row.routeTableIds],
    SubnetIds: [...row.subnetIds],
    NetworkInterfaceIds: [...row.interfaceIds],
    Groups: row.groupIds.map((id) => ({ GroupId: id, GroupName: context.state.groups.find(id)?.name })),
    IpAddressType: row.ipAddressType,
    DnsOptions:
      row.dnsRecordIpType === undefined
        ? undefined
        : {
            DnsRecordIpType: row.dnsRecordIpType,
            PrivateDnsOnlyForInboundResolverEndpoint: row.privateDnsForInboundOnly,
          },
    PrivateDnsEnabled: row.privateDns,
    RequesterManaged: false,
    DnsEntries: row.dnsNames.map(({ name, zoneId }) => ({ DnsName: name, HostedZoneId: zoneId })),
    CreationTimestamp: toDate(row.createdAt),
    OwnerId: context.account,
    Tags: tagsOf(context, row.id),
  };
}

export const getEndpoint = ({ state }: Ec2Context, id: string): EndpointRow =>
  get(state.endpoints, kinds.vpcEndpoint, id);

function readPolicy(text: string): string {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null && 'Statement' in read) return text;
  } catch {
    // answered below, as any other text that is no policy
  }
  throw errors.other('InvalidPolicyDocument', 'The policy document is not a valid JSON policy document.');
}

function kindOf(given: string | undefined, service: OfferedService): EndpointRow['kind'] {
  const wanted = given ?? 'Gateway';
  const found = service.types.find((type) => type === wanted);
  if (found !== undefined) return found;
  throw errors.invalidParameter(
    `Endpoint type (${wanted}) does not match available service types ([${service.types.join(', ')}]).`,
  );
}

/** Tables of the endpoint's VPC that do not lead to the service already. */
function checkTables(context: Ec2Context, vpcId: string, ids: readonly string[], service: OfferedService): void {
  const others = context.state.endpoints
    .index('vpc')
    .list({ prefix: key(vpcId) })
    .filter((row) => row.kind === 'Gateway' && row.serviceName === service.name);
  for (const id of ids) {
    const table = getTable(context, id);
    if (table.vpcId !== vpcId)
      throw errors.invalidParameter(`Route table ${id} and the endpoint's VPC ${vpcId} belong to different networks.`);
    if (others.some(({ routeTableIds }) => routeTableIds.includes(id))) {
      const list = amazonPrefixList(context.region, service.name)?.id;
      throw errors.other(
        'RouteAlreadyExists',
        `route table ${id} already has a route with destination-prefix-list-id ${list}`,
      );
    }
  }
}

function checkLimits({ state }: Ec2Context, kind: EndpointRow['kind'], vpcId: string): void {
  const rows = kind === 'Gateway' ? state.endpoints.list() : state.endpoints.index('vpc').list({ prefix: key(vpcId) });
  const count = rows.filter((row) => (row.kind === 'Gateway') === (kind === 'Gateway')).length;
  if (count >= (kind === 'Gateway' ? gatewayEndpointsMax : interfaceEndpointsMax))
    throw errors.other('VpcEndpointLimitExceeded', 'The maximum number of VPC endpoints has been reached.');
}

const isPrivateWanted = (given: boolean | undefined, service: OfferedService): boolean =>
  given ?? (service.owner === 'amazon' && service.privateNames.length > 0);

/**
 * Makes an endpoint. A gateway is there at once, and in the tables that it names; an interface takes a minute, and waits for
 * its service's owner where he wants to be asked.
 *
 * Differs: endpoints of service networks and resource configurations (VPC Lattice) are refused.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
 */
export const CreateVpcEndpoint: Operation<'CreateVpcEndpoint'> = (input, context) => {
  if (input.ServiceNetworkArn !== undefined || input.ResourceConfigurationArn !== undefined)
    throw errors.unsupported('Endpoints of service networks and resources are not available here.');
  if (input.ServiceName === undefined) throw errors.missingParameter('ServiceName');
  const vpc = getVpc(context, input.VpcId);
  const service = getOffered(context, input.ServiceName, input.ServiceRegion ?? context.region);
  const kind = kindOf(input.VpcEndpointType, service);
  checkLimits(context, kind, vpc.id);
  const id = context.ids.resource('vpce');
  const made =
    kind === 'Gateway'
      ? makeGateway(context, vpc, service, input)
      : makeInterface(context, id, vpc, service, kind, input);
  const policy = input.PolicyDocument === undefined ? undefined : readPolicy(input.PolicyDocument);
  if (policy !== undefined && !service.hasPolicy)
    throw errors.invalidParameter(`Endpoint policies are not supported by the service ${service.name}.`);
  const row: EndpointRow = {
    id,
    vpcId: vpc.id,
    kind,
    serviceName: service.name,
    serviceRegion: service.region,
    policy: service.hasPolicy ? (policy ?? openPolicies[kind]) : undefined,
    createdAt: context.clock.now(),
    ...made,
  };
  context.state.endpoints.put(row);
  tagNew(context, kinds.vpcEndpoint, id, input.TagSpecifications);
  openConnection(context, row, service);
  if (row.state === 'pending')
    reach(context, createSeconds, { table: 'endpoints', id, from: 'pending', to: 'available' });
  return { VpcEndpoint: showEndpoint(row, context), ClientToken: input.ClientToken };
};

type Given = Parameters<typeof CreateVpcEndpoint>[0];
type Made = Omit<EndpointRow, 'id' | 'vpcId' | 'kind' | 'serviceName' | 'serviceRegion' | 'policy' | 'createdAt'>;

function makeGateway(context: Ec2Context, vpc: VpcRow, service: OfferedService, input: Given): Made {
  if (
    (input.SubnetIds?.length ?? 0) > 0 ||
    (input.SecurityGroupIds?.length ?? 0) > 0 ||
    input.PrivateDnsEnabled === true
  ) {
    throw errors.invalidParameter(
      'Subnets, security groups and private DNS cannot be specified for endpoints of type Gateway.',
    );
  }
  const routeTableIds = [...new Set(input.RouteTableIds ?? [])];
  checkTables(context, vpc.id, routeTableIds, service);
  return {
    routeTableIds,
    subnetIds: [],
    interfaceIds: [],
    groupIds: [],
    privateDns: false,
    dnsNames: [],
    state: 'available',
  };
}

function makeInterface(
  context: Ec2Context,
  id: string,
  vpc: VpcRow,
  service: OfferedService,
  kind: EndpointRow['kind'],
  input: Given,
): Made {
  if ((input.RouteTableIds?.length ?? 0) > 0)
    throw errors.invalidParameter(`Route table IDs cannot be specified for endpoints of type ${kind}.`);
  const isInterface = kind === 'Interface';
  const privateDns = isInterface && isPrivateWanted(input.PrivateDnsEnabled, service);
  if (privateDns) checkPrivateNames(context, vpc, service);
  const subnetIds = [
    ...new Set([
      ...(input.SubnetIds ?? []),
      ...(input.SubnetConfigurations ?? []).flatMap((one) => one.SubnetId ?? []),
    ]),
  ];
  if (kind === 'GatewayLoadBalancer' && subnetIds.length !== 1)
    throw errors.invalidParameter('Exactly one subnet is needed for endpoints of type GatewayLoadBalancer.');
  checkZones(context, vpc.id, subnetIds, service);
  const groupIds = isInterface ? groupsFor(context, vpc.id, input.SecurityGroupIds) : [];
  const fixed = new Map(
    (input.SubnetConfigurations ?? []).flatMap(({ SubnetId, Ipv4 }) =>
      SubnetId === undefined || Ipv4 === undefined ? [] : [[SubnetId, Ipv4] as const],
    ),
  );
  const interfaceIds = addEndpointInterfaces(context, id, kind, subnetIds, groupIds, fixed);
  const ipAddressType = input.IpAddressType ?? 'ipv4';
  return {
    routeTableIds: [],
    subnetIds,
    interfaceIds,
    groupIds,
    privateDns,
    privateDnsForInboundOnly: input.DnsOptions?.PrivateDnsOnlyForInboundResolverEndpoint,
    dnsNames: isInterface ? namesOf(context, id, service, subnetIds, privateDns) : [],
    ipAddressType,
    dnsRecordIpType: isInterface ? (input.DnsOptions?.DnsRecordIpType ?? ipAddressType) : undefined,
    state: connectionState(service),
  };
}

/** Changes tables, subnets, groups, policy and private names. */
export const ModifyVpcEndpoint: Operation<'ModifyVpcEndpoint'> = (input, context) => {
  const { state } = context;
  const row = getEndpoint(context, input.VpcEndpointId);
  if (row.state === 'deleting') throw errors.incorrectState(`The VPC endpoint ${row.id} is being deleted.`);
  const service = getOffered(context, row.serviceName, row.serviceRegion);
  const next =
    row.kind === 'Gateway'
      ? changedTables(context, row, service, input)
      : changedInterface(context, row, service, input);
  const policy =
    input.ResetPolicy === true
      ? openPolicies[row.kind]
      : input.PolicyDocument === undefined
        ? row.policy
        : readPolicy(input.PolicyDocument);
  state.endpoints.put({ ...next, policy });
  return { Return: true };
};

type Change = Parameters<typeof ModifyVpcEndpoint>[0];

const changedIds = (before: readonly string[], added: readonly string[] = [], removed: readonly string[] = []) => [
  ...new Set([...before.filter((id) => !removed.includes(id)), ...added]),
];

function changedTables(context: Ec2Context, row: EndpointRow, service: OfferedService, input: Change): EndpointRow {
  const added = (input.AddRouteTableIds ?? []).filter((id) => !row.routeTableIds.includes(id));
  checkTables(context, row.vpcId, added, service);
  return { ...row, routeTableIds: changedIds(row.routeTableIds, added, input.RemoveRouteTableIds) };
}

function changedInterface(context: Ec2Context, row: EndpointRow, service: OfferedService, input: Change): EndpointRow {
  const { state } = context;
  const added = (input.AddSubnetIds ?? []).filter((id) => !row.subnetIds.includes(id));
  const subnetIds = changedIds(row.subnetIds, added, input.RemoveSubnetIds);
  checkZones(context, row.vpcId, subnetIds, service);
  const groupIds = changedIds(row.groupIds, input.AddSecurityGroupIds, input.RemoveSecurityGroupIds);
  if (groupIds.length === 0 && row.kind === 'Interface')
    throw errors.invalidParameter('An interface endpoint needs at least one security group.');
  if (row.kind === 'Interface') groupsFor(context, row.vpcId, groupIds);
  const wantsNames = input.PrivateDnsEnabled ?? row.privateDns;
  if (wantsNames && !row.privateDns) checkPrivateNames(context, getVpc(context, row.vpcId), service);
  const own = row.interfaceIds.flatMap((id) => state.interfaces.find(id) ?? []);
  const [kept, lost] = [
    own.filter((nic) => subnetIds.includes(nic.subnetId)),
    own.filter((nic) => !subnetIds.includes(nic.subnetId)),
  ];
  for (const nic of lost) dropInterface(context, nic);
  for (const nic of kept) state.interfaces.put({ ...nic, groupIds });
  const made = addEndpointInterfaces(context, row.id, row.kind, added, groupIds, new Map());
  return {
    ...row,
    subnetIds,
    groupIds,
    interfaceIds: [...kept.map(({ id }) => id), ...made],
    privateDns: wantsNames,
    dnsNames: row.kind === 'Interface' ? namesOf(context, row.id, service, subnetIds, wantsNames) : [],
    ipAddressType: input.IpAddressType ?? row.ipAddressType,
    dnsRecordIpType: input.DnsOptions?.DnsRecordIpType ?? row.dnsRecordIpType,
    privateDnsForInboundOnly:
      input.DnsOptions?.PrivateDnsOnlyForInboundResolverEndpoint ?? row.privateDnsForInboundOnly,
  };
}

/** Deletes what can be deleted and tells what could not. A gateway's routes go at once. */
export const DeleteVpcEndpoints: Operation<'DeleteVpcEndpoints'> = ({ VpcEndpointIds }, context) => {
  const { state, jobs, clock } = context;
  const missingIds = VpcEndpointIds.filter((id) => !state.endpoints.has(id));
  for (const id of VpcEndpointIds) {
    const row = state.endpoints.find(id);
    if (row === undefined || row.state === 'deleting') continue;
    state.endpoints.put({ ...row, state: 'deleting', routeTableIds: [] });
    if (row.kind === 'Gateway') endpointGone({ id }, context);
    else jobs.at(later(clock.now(), deleteSeconds), 'endpointGone', { id });
  }
  const Unsuccessful = missingIds.map((id) => ({
    ResourceId: id,
    Error: { Code: 'InvalidVpcEndpointId.NotFound', Message: `The Vpc Endpoint Id '${id}' does not exist` },
  }));
  return { Unsuccessful };
};

export function endpointGone({ id }: { readonly id: string }, context: Ec2Context): void {
  const { state } = context;
  const row = state.endpoints.find(id);
  if (row?.state !== 'deleting') return;
  for (const nic of row.interfaceIds.flatMap((one) => state.interfaces.find(one) ?? [])) dropInterface(context, nic);
  const service = state.endpointServices.index('name').first({ prefix: key(row.serviceName) });
  if (service !== undefined) state.endpointConnections.delete(key(service.id, id));
  state.endpoints.delete(id);
  dropTags(context, id);
}

export const DescribeVpcEndpoints: Operation<'DescribeVpcEndpoints'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.endpoints,
    id: (row) => row.id,
    ids: input.VpcEndpointIds,
    kind: kinds.vpcEndpoint,
    least: 1,
    filters: {
      'ip-address-type': (row) => row.ipAddressType,
      'service-name': (row) => row.serviceName,
      'service-region': (row) => row.serviceRegion,
      'vpc-id': (row) => row.vpcId,
      'vpc-endpoint-id': (row) => row.id,
      'vpc-endpoint-state': (row) => row.state,
      'vpc-endpoint-type': (row) => row.kind,
    },
  });
  return { VpcEndpoints: rows.map((row) => showEndpoint(row, context)), NextToken };
};

/** Associations are of service networks and resources (VPC Lattice), of which there are none here. */
export const DescribeVpcEndpointAssociations: Operation<'DescribeVpcEndpointAssociations'> = (input, context) => {
  for (const id of input.VpcEndpointIds ?? []) getEndpoint(context, id);
  return { VpcEndpointAssociations: [] };
};
