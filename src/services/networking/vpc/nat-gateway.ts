// NAT gateways: an interface in a subnet, and for public ones an Elastic address on it.
import type { NatGateway } from '@aws-sdk/client-ec2';
import { later, toDate } from '../../../kernel/units.ts';
import { errors, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Input, Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { associate, getAddress } from './elastic-address.ts';
import { natGatewaysMax } from './limits.ts';
import { addElastic, addPrivate, getNat, showAddresses } from './nat-address.ts';
import { addInterface, dropInterface } from './network-interface.ts';
import type { NatGatewayRow } from './state.ts';
import { getSubnet } from './subnet.ts';
import { serviceAttachment } from './requester.ts';

/** Differs: a minute or more at AWS; here short, since clients wait for it in real time. */
const createSeconds = 5;
const deleteSeconds = 5;
/** How long a deleted one stays listed: about an hour. */
const afterlifeSeconds = 3_600;

function showNat(row: NatGatewayRow, context: Ec2Context): NatGateway {
  return {
    NatGatewayId: row.id,
    VpcId: row.vpcId,
    SubnetId: row.subnetId,
    ConnectivityType: row.connectivity,
    State: row.state,
    CreateTime: toDate(row.createdAt),
    DeleteTime: row.deletedAt === undefined ? undefined : toDate(row.deletedAt),
    AvailabilityMode: 'zonal',
    NatGatewayAddresses: showAddresses(row, context),
    Tags: tagsOf(context, row.id),
  };
}

/**
 * Makes a NAT gateway: `pending` for a while, then `available`.
 *
 * Limit: 5 in a zone. Differs: regional ones are refused.
 */
export const CreateNatGateway: Operation<'CreateNatGateway'> = (input, context) => {
  const { state, ids, clock, jobs } = context;
  if (input.SubnetId === undefined || input.AvailabilityMode === 'regional') {
    if (input.AvailabilityMode === 'regional')
      throw errors.unsupported('Regional NAT gateways are not available here.');
    throw errors.missingParameter('subnetId');
  }
  const subnet = getSubnet(context, input.SubnetId);
  const connectivity = input.ConnectivityType ?? 'public';
  if (connectivity === 'public' && input.AllocationId === undefined) throw errors.missingParameter('AllocationId');
  if (connectivity === 'private' && input.AllocationId !== undefined) {
    throw errors.combination('AllocationId must not be specified for private NAT gateways.');
  }
  const inZone = state.natGateways
    .list()
    .filter((row) => isLive(row) && state.subnets.find(row.subnetId)?.zone === subnet.zone);
  if (inZone.length >= context.quotas.of(natGatewaysMax)) {
    throw errors.other('NatGatewayLimitExceeded', 'The maximum number of NAT gateways has been reached.');
  }
  const address = input.AllocationId === undefined ? undefined : getAddress(context, input.AllocationId);
  if (address?.association !== undefined) {
    throw errors.alreadyAssociated(
      `resource ${address.id} is already associated with associate-id ${address.association.id}`,
    );
  }
  const id = ids.resource('nat');
  const nic = addInterface(context, subnet, {
    description: `Interface for NAT Gateway ${id}`,
    type: 'nat_gateway',
    ips: input.PrivateIpAddress === undefined ? [] : [input.PrivateIpAddress],
    withoutGroups: true,
    sourceDestCheck: false,
    requester: { id: 'amazon-nat', managed: true },
    owner: { kind: 'nat-gateway', id },
    attachment: serviceAttachment(context, 'amazon-aws'),
  });
  const joined = address === undefined ? undefined : associate(context, address, nic);
  const row: NatGatewayRow = {
    id,
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    connectivity,
    state: 'pending',
    createdAt: clock.now(),
    interfaceId: nic.id,
    allocationId: address?.id,
    associationId: joined?.association?.id,
    privateIp: nic.addresses[0]?.ip ?? '',
    publicIp: address?.ip,
  };
  const whole = withSecondary(context, row, input);
  state.natGateways.put(whole);
  tagNew(context, kinds.natGateway, row.id, input.TagSpecifications);
  jobs.at(later(clock.now(), createSeconds), 'natGatewayMade', { id });
  return { ClientToken: input.ClientToken, NatGateway: showNat(whole, context) };
};

/** With the secondary addresses that the request names, or as many as it wants. */
function withSecondary(context: Ec2Context, row: NatGatewayRow, input: Input<'CreateNatGateway'>): NatGatewayRow {
  const {
    SecondaryAllocationIds: allocations = [],
    SecondaryPrivateIpAddresses: named = [],
    SecondaryPrivateIpAddressCount: count,
  } = input;
  if (named.length > 0 && count !== undefined)
    throw errors.combination(
      'SecondaryPrivateIpAddresses and SecondaryPrivateIpAddressCount must not be specified together.',
    );
  if (row.connectivity === 'public') {
    if (count !== undefined)
      throw errors.combination('SecondaryPrivateIpAddressCount must not be specified for public NAT gateways.');
    return allocations.length === 0 && named.length === 0 ? row : addElastic(context, row, allocations, named);
  }
  if (allocations.length > 0)
    throw errors.combination('SecondaryAllocationIds must not be specified for private NAT gateways.');
  return named.length === 0 && count === undefined ? row : addPrivate(context, row, named, count ?? 0);
}

const isLive = ({ state }: NatGatewayRow): boolean => state === 'pending' || state === 'available';

export function natGatewayMade({ id }: { readonly id: string }, { state }: Ec2Context): void {
  const row = state.natGateways.find(id);
  if (row?.state === 'pending') state.natGateways.put({ ...row, state: 'available' });
}

/** Deletes a NAT gateway: its addresses are free once it is `deleted`. */
export const DeleteNatGateway: Operation<'DeleteNatGateway'> = ({ NatGatewayId }, context) => {
  const { state, clock, jobs } = context;
  const row = getNat(context, NatGatewayId);
  if (isLive(row)) {
    state.natGateways.put({ ...row, state: 'deleting', deletedAt: clock.now() });
    jobs.at(later(clock.now(), deleteSeconds), 'natGatewayGone', { id: row.id });
  }
  return { NatGatewayId: row.id };
};

export function natGatewayGone({ id }: { readonly id: string }, context: Ec2Context): void {
  const { state, clock, jobs } = context;
  const row = state.natGateways.find(id);
  if (row === undefined) return;
  const nic = state.interfaces.find(row.interfaceId);
  if (nic !== undefined) dropInterface(context, nic);
  state.natGateways.put({ ...row, state: 'deleted' });
  jobs.at(later(clock.now(), afterlifeSeconds), 'natGatewayForgotten', { id });
}

export function natGatewayForgotten({ id }: { readonly id: string }, context: Ec2Context): void {
  context.state.natGateways.delete(id);
  dropTags(context, id);
}

export const DescribeNatGateways: Operation<'DescribeNatGateways'> = (input, context) => {
  const { rows, NextToken } = list({ ...input, Filters: input.Filter }, context, {
    rows: context.state.natGateways,
    id: (row) => row.id,
    ids: input.NatGatewayIds,
    kind: kinds.natGateway,
    filters: {
      'connectivity-type': (row) => row.connectivity,
      'nat-gateway-id': (row) => row.id,
      state: (row) => row.state,
      'subnet-id': (row) => row.subnetId,
      'vpc-id': (row) => row.vpcId,
    },
  });
  return { NatGateways: rows.map((row) => showNat(row, context)), NextToken };
};
