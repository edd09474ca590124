// Virtual private gateways and customer gateways: the two ends of a VPN.
import type { CustomerGateway, VpcAttachment, VpnGateway } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { findZone } from '../../../kernel/region.ts';
import { findAddress } from '../../../network/address.ts';
import { errors, get, kinds, missing } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { anyTagsOf, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { customerGatewaysMax, vpnGatewaysMax } from './limits.ts';
import { getTable } from './route-table.ts';
import type { CustomerGatewayRow, VpnGatewayRow } from './state.ts';
import { forgetLater } from './transition.ts';
import { getVpc } from './vpc.ts';

export function getVpnGateway({ state }: Ec2Context, id: string): VpnGatewayRow {
  const row = get(state.vpnGateways, kinds.vpnGateway, id);
  if (row.deleted) throw missing(kinds.vpnGateway, id);
  return row;
}

/** Where it is attached, or was: clients wait for `detached` (documented). */
function attachmentsOf({ vpcId, formerVpcId }: VpnGatewayRow): VpcAttachment[] {
  if (vpcId !== undefined) return [{ VpcId: vpcId, State: 'attached' }];
  return formerVpcId === undefined ? [] : [{ VpcId: formerVpcId, State: 'detached' }];
}

/** Recorded: without its zone. */
const showVpnGateway = (row: VpnGatewayRow, context: Ec2Context): VpnGateway => ({
  VpnGatewayId: row.id,
  Type: 'ipsec.1',
  State: row.deleted ? 'deleted' : 'available',
  AmazonSideAsn: row.asn,
  VpcAttachments: attachmentsOf(row),
  Tags: tagsOf(context, row.id),
});

/** Private AS numbers, and those that Amazon uses itself. */
function checkAsn(asn: number): void {
  const isPrivate = (asn >= 64_512 && asn <= 65_534) || (asn >= 4_200_000_000 && asn <= 4_294_967_294);
  if (isPrivate || [7_224, 9_059, 10_124, 17_493].includes(asn)) return;
  throw errors.valueOf(asn, 'amazonSideAsn', 'The ASN must be in the ranges 64512-65534 and 4200000000-4294967294.');
}

/** Limit: 5 in a Region. Default: AS 64512. */
export const CreateVpnGateway: Operation<'CreateVpnGateway'> = (input, context) => {
  const { state, ids, region, account } = context;
  if (input.Type !== 'ipsec.1') throw errors.valueOf(input.Type, 'type', 'The only type is ipsec.1.');
  // Terraform sends an empty zone for none, and AWS takes it so.
  const zone = input.AvailabilityZone === '' ? undefined : input.AvailabilityZone;
  if (zone !== undefined && findZone(zone, region, account) === undefined)
    throw errors.invalidValue(`Invalid availability zone: [${zone}]`);
  if (state.vpnGateways.list().filter((row) => !row.deleted).length >= vpnGatewaysMax)
    throw errors.other('VpnGatewayLimitExceeded', 'The maximum number of virtual private gateways has been reached.');
  const asn = input.AmazonSideAsn ?? 64_512;
  checkAsn(asn);
  const row: VpnGatewayRow = { id: ids.resource('vgw'), asn, zone, deleted: false };
  state.vpnGateways.put(row);
  tagNew(context, kinds.vpnGateway, row.id, input.TagSpecifications);
  return { VpnGateway: { ...showVpnGateway(row, context), Tags: anyTagsOf(context, row.id) } };
};

const connectionsOf = ({ state }: Ec2Context, gatewayId: string) =>
  state.vpnConnections
    .index('gateway')
    .list({ prefix: key(gatewayId) })
    .filter((row) => row.state !== 'deleted');

export const DeleteVpnGateway: Operation<'DeleteVpnGateway'> = ({ VpnGatewayId }, context) => {
  const row = getVpnGateway(context, VpnGatewayId);
  if (row.vpcId !== undefined || connectionsOf(context, row.id).length > 0)
    throw errors.incorrectState('The vpnGateway is in use.');
  context.state.vpnGateways.put({ ...row, deleted: true });
  forgetLater(context, 'vpnGateways', row.id);
  return {};
};

/** Limit: a VPC has one, and one is of one VPC (VPC-28). */
export const AttachVpnGateway: Operation<'AttachVpnGateway'> = ({ VpnGatewayId, VpcId }, context) => {
  const { state } = context;
  const row = getVpnGateway(context, VpnGatewayId);
  const vpc = getVpc(context, VpcId);
  const shown = { VpcAttachment: { VpcId: vpc.id, State: 'attaching' as const } };
  if (row.vpcId === vpc.id) return { VpcAttachment: { VpcId: vpc.id, State: 'attached' } };
  if (row.vpcId !== undefined) {
    throw errors.other(
      'VpnGatewayAttachmentLimitExceeded',
      `The vpnGateway ID '${row.id}' is already attached to a VPC.`,
    );
  }
  const other = state.vpnGateways.index('vpc').first({ prefix: key(vpc.id) });
  if (other !== undefined)
    throw errors.other('InvalidVpcState', `The vpc '${vpc.id}' already has a virtual private gateway attached to it.`);
  state.vpnGateways.put({ ...row, vpcId: vpc.id, formerVpcId: undefined });
  return shown;
};

/** Takes a gateway off a VPC; tables of the VPC no longer hear from it. */
export const DetachVpnGateway: Operation<'DetachVpnGateway'> = ({ VpnGatewayId, VpcId }, context) => {
  const { state } = context;
  const row = getVpnGateway(context, VpnGatewayId);
  const vpc = getVpc(context, VpcId);
  if (row.vpcId !== vpc.id) {
    throw errors.other(
      'InvalidVpnGatewayAttachment.NotFound',
      `The attachment with vpn gateway ID '${row.id}' and vpc ID '${vpc.id}' does not exist`,
    );
  }
  const { vpcId: _gone, ...detached } = row;
  state.vpnGateways.put({ ...detached, formerVpcId: vpc.id });
  for (const table of state.routeTables.index('vpc').list({ prefix: key(vpc.id) })) {
    if (!table.propagatingGateways.includes(row.id)) continue;
    state.routeTables.put({ ...table, propagatingGateways: table.propagatingGateways.filter((id) => id !== row.id) });
  }
  return {};
};

export const DescribeVpnGateways: Operation<'DescribeVpnGateways'> = (input, context) => {
  const { rows } = list({ Filters: input.Filters }, context, {
    rows: context.state.vpnGateways,
    id: (row) => row.id,
    ids: input.VpnGatewayIds,
    kind: kinds.vpnGateway,
    filters: {
      'amazon-side-asn': (row) => row.asn,
      'attachment.state': (row) => attachmentsOf(row).map(({ State }) => State),
      'attachment.vpc-id': (row) => attachmentsOf(row).map(({ VpcId }) => VpcId),
      'availability-zone': (row) => row.zone,
      state: (row) => (row.deleted ? 'deleted' : 'available'),
      type: () => 'ipsec.1',
      'vpn-gateway-id': (row) => row.id,
    },
  });
  return { VpnGateways: rows.map((row) => showVpnGateway(row, context)) };
};

// ── propagation ──

/** Routes of the gateway's VPN connections appear in the table by themselves (VPC-30). */
export const EnableVgwRoutePropagation: Operation<'EnableVgwRoutePropagation'> = (input, context) => {
  const table = getTable(context, input.RouteTableId);
  const gateway = getVpnGateway(context, input.GatewayId);
  if (gateway.vpcId !== table.vpcId) throw errors.notAttached(gateway.id, table.vpcId);
  if (!table.propagatingGateways.includes(gateway.id))
    context.state.routeTables.put({ ...table, propagatingGateways: [...table.propagatingGateways, gateway.id] });
  return {};
};

export const DisableVgwRoutePropagation: Operation<'DisableVgwRoutePropagation'> = (input, context) => {
  const table = getTable(context, input.RouteTableId);
  const gateway = getVpnGateway(context, input.GatewayId);
  const propagatingGateways = table.propagatingGateways.filter((id) => id !== gateway.id);
  context.state.routeTables.put({ ...table, propagatingGateways });
  return {};
};

// ── customer gateways ──

const showCustomerGateway = (row: CustomerGatewayRow, context: Ec2Context): CustomerGateway => ({
  CustomerGatewayId: row.id,
  State: row.deleted ? 'deleted' : 'available',
  Type: 'ipsec.1',
  ...(Number(row.asn) > shortAsnMax ? { BgpAsnExtended: row.asn } : { BgpAsn: row.asn }),
  IpAddress: row.ip,
  DeviceName: row.deviceName,
  CertificateArn: row.certificateArn,
  Tags: tagsOf(context, row.id),
});

/** The greatest AS number of `BgpAsn`; greater ones stand in `BgpAsnExtended`. */
const shortAsnMax = 2_147_483_647;

/** An AS number from either of its two fields. Default: 65000. */
function readAsn(short: number | undefined, long: number | undefined): string {
  if (short !== undefined && long !== undefined)
    throw errors.combination('BgpAsn and BgpAsnExtended cannot both be specified.');
  if (short !== undefined && (short < 1 || short > shortAsnMax))
    throw errors.valueOf(short, 'BgpAsn', 'It must be between 1 and 2147483647.');
  if (long !== undefined && (long <= shortAsnMax || long > 4_294_967_295))
    throw errors.valueOf(long, 'BgpAsnExtended', 'It must be between 2147483648 and 4294967295.');
  return String(short ?? long ?? 65_000);
}

/** The same request again answers with what the first one made. Limit: 50 in a Region. */
export const CreateCustomerGateway: Operation<'CreateCustomerGateway'> = (input, context) => {
  const { state, ids } = context;
  if (input.Type !== 'ipsec.1') throw errors.valueOf(input.Type, 'type', 'The only type is ipsec.1.');
  const ip = input.IpAddress ?? input.PublicIp;
  if (ip === undefined && input.CertificateArn === undefined) throw errors.missingParameter('ipAddress');
  if (ip !== undefined && findAddress(ip) === undefined) throw errors.valueOf(ip, 'ipAddress', 'Invalid IP address.');
  const asn = readAsn(input.BgpAsn, input.BgpAsnExtended);
  const live = state.customerGateways.list().filter((row) => !row.deleted);
  const same = live.find(
    (row) => ip !== undefined && row.ip === ip && row.asn === asn && row.deviceName === input.DeviceName,
  );
  if (same !== undefined) return { CustomerGateway: showCustomerGateway(same, context) };
  if (live.length >= customerGatewaysMax)
    throw errors.other('CustomerGatewayLimitExceeded', 'The maximum number of customer gateways has been reached.');
  const row: CustomerGatewayRow = {
    id: ids.resource('cgw'),
    asn,
    ip,
    deviceName: input.DeviceName,
    certificateArn: input.CertificateArn,
    deleted: false,
  };
  state.customerGateways.put(row);
  tagNew(context, kinds.customerGateway, row.id, input.TagSpecifications);
  return { CustomerGateway: showCustomerGateway(row, context) };
};

export function getCustomerGateway({ state }: Ec2Context, id: string): CustomerGatewayRow {
  const row = get(state.customerGateways, kinds.customerGateway, id);
  if (row.deleted) throw missing(kinds.customerGateway, id);
  return row;
}

export const DeleteCustomerGateway: Operation<'DeleteCustomerGateway'> = ({ CustomerGatewayId }, context) => {
  const { state } = context;
  const row = getCustomerGateway(context, CustomerGatewayId);
  const used = state.vpnConnections.list().some((one) => one.customerGatewayId === row.id && one.state !== 'deleted');
  if (used) throw errors.incorrectState('The customer gateway is in use.');
  state.customerGateways.put({ ...row, deleted: true });
  forgetLater(context, 'customerGateways', row.id);
  return {};
};

export const DescribeCustomerGateways: Operation<'DescribeCustomerGateways'> = (input, context) => {
  const { rows } = list({ Filters: input.Filters }, context, {
    rows: context.state.customerGateways,
    id: (row) => row.id,
    ids: input.CustomerGatewayIds,
    kind: kinds.customerGateway,
    filters: {
      'bgp-asn': (row) => row.asn,
      'customer-gateway-id': (row) => row.id,
      'ip-address': (row) => row.ip,
      state: (row) => (row.deleted ? 'deleted' : 'available'),
      type: () => 'ipsec.1',
    },
  });
  return { CustomerGateways: rows.map((row) => showCustomerGateway(row, context)) };
};
