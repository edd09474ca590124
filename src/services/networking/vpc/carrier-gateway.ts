// Carrier gateways, for subnets in Wavelength Zones; and permissions on interfaces.
import type { CarrierGateway, NetworkInterfacePermission } from '@aws-sdk/client-ec2';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { getInterface } from './network-interface.ts';
import type { GatewayRow, InterfacePermissionRow } from './state.ts';
import { getVpc } from './vpc.ts';
import { key } from '../../../kernel/key.ts';

const showCarrier = (
  row: GatewayRow,
  context: Ec2Context,
  state: 'pending' | 'available' | 'deleting' = 'available',
): CarrierGateway => ({
  CarrierGatewayId: row.id,
  VpcId: row.vpcId,
  State: state,
  OwnerId: context.account,
  Tags: tagsOf(context, row.id),
});

/** Limit: one in a VPC. */
export const CreateCarrierGateway: Operation<'CreateCarrierGateway'> = (input, context) => {
  const { state, ids } = context;
  const vpc = getVpc(context, input.VpcId);
  if (state.carrierGateways.index('vpc').first({ prefix: key(vpc.id) }) !== undefined)
    throw errors.other('CarrierGatewayLimitExceeded', `The VPC ${vpc.id} already has a carrier gateway.`);
  const row: GatewayRow = { id: ids.resource('cagw'), vpcId: vpc.id };
  state.carrierGateways.put(row);
  tagNew(context, kinds.carrierGateway, row.id, input.TagSpecifications);
  return { CarrierGateway: showCarrier(row, context, 'pending') };
};

export const DeleteCarrierGateway: Operation<'DeleteCarrierGateway'> = ({ CarrierGatewayId }, context) => {
  const row = get(context.state.carrierGateways, kinds.carrierGateway, CarrierGatewayId);
  const shown = showCarrier(row, context, 'deleting');
  context.state.carrierGateways.delete(row.id);
  dropTags(context, row.id);
  return { CarrierGateway: shown };
};

export const DescribeCarrierGateways: Operation<'DescribeCarrierGateways'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.carrierGateways,
    id: (row) => row.id,
    ids: input.CarrierGatewayIds,
    kind: kinds.carrierGateway,
    filters: {
      'carrier-gateway-id': (row) => row.id,
      'owner-id': () => context.account,
      state: () => 'available',
      'vpc-id': (row) => row.vpcId,
    },
  });
  return { CarrierGateways: rows.map((row) => showCarrier(row, context)), NextToken };
};

// ── permissions ──

const showPermission = (row: InterfacePermissionRow): NetworkInterfacePermission => ({
  NetworkInterfacePermissionId: row.id,
  NetworkInterfaceId: row.interfaceId,
  AwsAccountId: row.account,
  AwsService: row.awsService,
  Permission: row.permission,
  // In capital letters, as EC2 answers; its model says `granted`.
  PermissionState: { State: 'GRANTED' as 'granted' },
});

/** Lets another account attach an interface, or put an Elastic address on it. */
export const CreateNetworkInterfacePermission: Operation<'CreateNetworkInterfacePermission'> = (input, context) => {
  const nic = getInterface(context, input.NetworkInterfaceId);
  if (input.AwsAccountId === undefined && input.AwsService === undefined) throw errors.missingParameter('AwsAccountId');
  const row: InterfacePermissionRow = {
    id: context.ids.resource('eni-perm'),
    interfaceId: nic.id,
    account: input.AwsAccountId,
    awsService: input.AwsService,
    permission: input.Permission,
  };
  context.state.interfacePermissions.put(row);
  return { InterfacePermission: showPermission(row) };
};

export const DeleteNetworkInterfacePermission: Operation<'DeleteNetworkInterfacePermission'> = (
  { NetworkInterfacePermissionId },
  { state },
) => {
  if (!state.interfacePermissions.delete(NetworkInterfacePermissionId))
    throw errors.other(
      'InvalidPermissionID.NotFound',
      `The network interface permission '${NetworkInterfacePermissionId}' does not exist`,
    );
  return { Return: true };
};

export const DescribeNetworkInterfacePermissions: Operation<'DescribeNetworkInterfacePermissions'> = (
  input,
  context,
) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.interfacePermissions,
    id: (row) => row.id,
    ids: input.NetworkInterfacePermissionIds,
    filters: {
      'network-interface-permission.aws-account-id': (row) => row.account,
      'network-interface-permission.aws-service': (row) => row.awsService,
      'network-interface-permission.network-interface-id': (row) => row.interfaceId,
      'network-interface-permission.network-interface-permission-id': (row) => row.id,
      'network-interface-permission.permission': (row) => row.permission,
    },
  });
  return { NetworkInterfacePermissions: rows.map(showPermission), NextToken };
};
