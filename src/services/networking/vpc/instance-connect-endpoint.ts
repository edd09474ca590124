// EC2 Instance Connect Endpoints: a door into a VPC for SSH and RDP, to instances that have no public address.
import type { Ec2InstanceConnectEndpoint } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import { arnOf, type Ec2Context, type Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { connectEndpointsMax } from './limits.ts';
import type { ConnectEndpointRow } from './link-state.ts';
import { addInterface, dropInterface, groupsFor } from './network-interface.ts';
import type { SubnetRow } from './state.ts';
import { getSubnet } from './subnet.ts';
import { reach } from './transition.ts';
import { serviceAttachment } from './requester.ts';

/** Unknown: AWS states no times; these are as clients see them. */
const createSeconds = 120;
const deleteSeconds = 90;

const getEndpoint = ({ state }: Ec2Context, id: string): ConnectEndpointRow =>
  get(state.connectEndpoints, kinds.connectEndpoint, id);

function showEndpoint(row: ConnectEndpointRow, context: Ec2Context): Ec2InstanceConnectEndpoint {
  const host = `ec2-instance-connect-endpoint.${context.region}.amazonaws.com`;
  const nic = context.state.interfaces.find(row.interfaceId);
  return {
    OwnerId: context.account,
    InstanceConnectEndpointId: row.id,
    InstanceConnectEndpointArn: arnOf(context, 'instance-connect-endpoint', row.id),
    State: row.state,
    StateMessage: '',
    DnsName: `${row.id}.${row.nameHash}.${host}`,
    FipsDnsName: `${row.id}.${row.nameHash}.fips.${host}`,
    NetworkInterfaceIds: [row.interfaceId],
    VpcId: row.vpcId,
    AvailabilityZone: nic?.zone,
    AvailabilityZoneId: nic?.zoneId,
    CreatedAt: toDate(row.createdAt),
    SubnetId: row.subnetId,
    PreserveClientIp: row.preserveClientIp,
    SecurityGroupIds: [...(nic?.groupIds ?? [])],
    IpAddressType: row.addressType,
    Tags: tagsOf(context, row.id),
  };
}

type AddressType = ConnectEndpointRow['addressType'];

const typeOf = ({ cidr, ipv6Cidrs }: SubnetRow): AddressType =>
  cidr === undefined ? 'ipv6' : ipv6Cidrs.length > 0 ? 'dualstack' : 'ipv4';

/** Which types a subnet can have. @throws InvalidParameterCombination */
function checkType(subnet: SubnetRow, type: AddressType, preserveClientIp: boolean): void {
  const fits = typeOf(subnet) === 'dualstack' || typeOf(subnet) === type;
  if (!fits) throw errors.combination(`The IP address type ${type} does not fit the subnet '${subnet.id}'.`);
  if (preserveClientIp && type !== 'ipv4')
    throw errors.combination('PreserveClientIp is only supported on IPv4 EC2 Instance Connect Endpoints.');
}

/**
 * Makes an endpoint: `create-in-progress` for a while, then `create-complete`.
 *
 * Limit: one in a VPC, 5 in a Region. Differs: nothing tunnels through it. Unknown: the words of its refusals.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInstanceConnectEndpoint.html
 */
export const CreateInstanceConnectEndpoint: Operation<'CreateInstanceConnectEndpoint'> = (input, context) => {
  const { state, ids, clock, random } = context;
  const subnet = getSubnet(context, input.SubnetId);
  const addressType = (input.IpAddressType as AddressType | undefined) ?? typeOf(subnet);
  const preserveClientIp = input.PreserveClientIp ?? false;
  checkType(subnet, addressType, preserveClientIp);
  const refuse = (message: string) => errors.other('InstanceConnectEndpointLimitExceeded', message);
  if (state.connectEndpoints.index('vpc').first({ prefix: key(subnet.vpcId) }) !== undefined)
    throw refuse(`The VPC ${subnet.vpcId} already has an EC2 Instance Connect Endpoint.`);
  if (state.connectEndpoints.size >= connectEndpointsMax)
    throw refuse('The maximum number of EC2 Instance Connect Endpoints has been reached.');
  const id = ids.resource('eice');
  const nic = addInterface(context, subnet, {
    description: `EC2 Instance Connect Endpoint ${id}`,
    type: 'ec2_instance_connect_endpoint',
    groupIds: input.SecurityGroupIds,
    requester: { id: 'amazon-aws', managed: true },
    owner: { kind: 'service', id },
    attachment: serviceAttachment(context, 'amazon-aws'),
  });
  const row: ConnectEndpointRow = {
    id,
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    interfaceId: nic.id,
    state: 'create-in-progress',
    addressType,
    preserveClientIp,
    nameHash: random.hex(8),
    createdAt: clock.now(),
  };
  state.connectEndpoints.put(row);
  tagNew(context, kinds.connectEndpoint, id, input.TagSpecifications);
  reach(context, createSeconds, { table: 'connectEndpoints', id, from: row.state, to: 'create-complete' });
  return { InstanceConnectEndpoint: showEndpoint(row, context), ClientToken: input.ClientToken };
};

export const ModifyInstanceConnectEndpoint: Operation<'ModifyInstanceConnectEndpoint'> = (input, context) => {
  const { state } = context;
  const row = getEndpoint(context, input.InstanceConnectEndpointId);
  if (row.state !== 'create-complete')
    throw errors.other('IncorrectState', `The endpoint '${row.id}' is in the state ${row.state}.`);
  const addressType = (input.IpAddressType as AddressType | undefined) ?? row.addressType;
  const preserveClientIp = input.PreserveClientIp ?? row.preserveClientIp;
  checkType(getSubnet(context, row.subnetId), addressType, preserveClientIp);
  const nic = state.interfaces.find(row.interfaceId);
  if (nic !== undefined && input.SecurityGroupIds !== undefined)
    state.interfaces.put({ ...nic, groupIds: groupsFor(context, row.vpcId, input.SecurityGroupIds) });
  state.connectEndpoints.put({ ...row, addressType, preserveClientIp });
  return { Return: true };
};

export const DeleteInstanceConnectEndpoint: Operation<'DeleteInstanceConnectEndpoint'> = (input, context) => {
  const { state, jobs, clock } = context;
  const row = { ...getEndpoint(context, input.InstanceConnectEndpointId), state: 'delete-in-progress' as const };
  state.connectEndpoints.put(row);
  jobs.at(later(clock.now(), deleteSeconds), 'connectEndpointGone', { id: row.id });
  return { InstanceConnectEndpoint: showEndpoint(row, context) };
};

export function connectEndpointGone({ id }: { readonly id: string }, context: Ec2Context): void {
  const row = context.state.connectEndpoints.find(id);
  if (row === undefined) return;
  const nic = context.state.interfaces.find(row.interfaceId);
  if (nic !== undefined) dropInterface(context, nic);
  context.state.connectEndpoints.delete(id);
  dropTags(context, id);
}

export const DescribeInstanceConnectEndpoints: Operation<'DescribeInstanceConnectEndpoints'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.connectEndpoints,
    id: (row) => row.id,
    ids: input.InstanceConnectEndpointIds,
    kind: kinds.connectEndpoint,
    filters: {
      'instance-connect-endpoint-id': (row) => row.id,
      state: (row) => row.state,
      'subnet-id': (row) => row.subnetId,
      'vpc-id': (row) => row.vpcId,
    },
    least: 1,
  });
  return { InstanceConnectEndpoints: rows.map((row) => showEndpoint(row, context)), NextToken };
};
