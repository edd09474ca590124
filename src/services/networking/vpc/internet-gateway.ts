// Internet gateways, and egress-only ones for IPv6.
import { key } from '../../../kernel/key.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { internetGatewaysMax } from './limits.ts';
import type { GatewayRow } from './state.ts';
import { getVpc } from './vpc.ts';

const showGateway = (row: GatewayRow, context: Ec2Context) => ({
  InternetGatewayId: row.id,
  OwnerId: context.account,
  Attachments: row.vpcId === undefined ? [] : [{ VpcId: row.vpcId, State: 'available' as 'attached' }],
  Tags: tagsOf(context, row.id),
});

const getGateway = ({ state }: Ec2Context, id: string): GatewayRow =>
  get(state.internetGateways, kinds.internetGateway, id);

/** Limit: as many as VPCs. */
export const CreateInternetGateway: Operation<'CreateInternetGateway'> = (input, context) => {
  const { state, ids } = context;
  if (state.internetGateways.size >= context.quotas.of(internetGatewaysMax)) {
    throw errors.other('InternetGatewayLimitExceeded', 'The maximum number of internet gateways has been reached.');
  }
  const row: GatewayRow = { id: ids.resource('igw') };
  state.internetGateways.put(row);
  tagNew(context, kinds.internetGateway, row.id, input.TagSpecifications);
  return { InternetGateway: showGateway(row, context) };
};

export const DeleteInternetGateway: Operation<'DeleteInternetGateway'> = ({ InternetGatewayId }, context) => {
  const row = getGateway(context, InternetGatewayId);
  if (row.vpcId !== undefined) throw errors.hasDependencies('internetGateway', row.id);
  context.state.internetGateways.delete(row.id);
  dropTags(context, row.id);
  return {};
};

/** Limit: one internet gateway in a VPC. */
export const AttachInternetGateway: Operation<'AttachInternetGateway'> = ({ InternetGatewayId, VpcId }, context) => {
  const { state } = context;
  const row = getGateway(context, InternetGatewayId);
  const vpc = getVpc(context, VpcId);
  if (row.vpcId !== undefined) {
    throw errors.alreadyAssociated(`resource ${row.id} is already attached to network ${row.vpcId}`);
  }
  const other = state.internetGateways.index('vpc').first({ prefix: key(vpc.id) });
  if (other !== undefined) throw errors.invalidValue(`Network ${vpc.id} already has an internet gateway attached`);
  state.internetGateways.put({ ...row, vpcId: vpc.id });
  return {};
};

/** True when something in the VPC still has a public address. */
const hasPublicAddress = ({ state }: Ec2Context, vpcId: string): boolean =>
  state.interfaces
    .index('vpc')
    .list({ prefix: key(vpcId) })
    .some(
      (nic) =>
        nic.addresses.some(({ publicIp }) => publicIp !== undefined) ||
        state.addresses.index('interface').first({ prefix: key(nic.id) }) !== undefined,
    );

export const DetachInternetGateway: Operation<'DetachInternetGateway'> = ({ InternetGatewayId, VpcId }, context) => {
  const row = getGateway(context, InternetGatewayId);
  const vpc = getVpc(context, VpcId);
  if (row.vpcId !== vpc.id) throw errors.notAttached(row.id, vpc.id);
  if (hasPublicAddress(context, vpc.id)) {
    throw errors.dependency(
      `Network ${vpc.id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
    );
  }
  context.state.internetGateways.put({ id: row.id });
  return {};
};

export const DescribeInternetGateways: Operation<'DescribeInternetGateways'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.internetGateways,
    id: (row) => row.id,
    ids: input.InternetGatewayIds,
    kind: kinds.internetGateway,
    filters: {
      'attachment.state': (row) => (row.vpcId === undefined ? undefined : 'available'),
      'attachment.vpc-id': (row) => row.vpcId,
      'internet-gateway-id': (row) => row.id,
      'owner-id': () => context.account,
    },
  });
  return { InternetGateways: rows.map((row) => showGateway(row, context)), NextToken };
};

const showEgressOnly = (row: GatewayRow, context: Ec2Context) => ({
  EgressOnlyInternetGatewayId: row.id,
  Attachments: [{ VpcId: row.vpcId, State: 'attached' as const }],
  Tags: tagsOf(context, row.id),
});

export const CreateEgressOnlyInternetGateway: Operation<'CreateEgressOnlyInternetGateway'> = (input, context) => {
  const vpc = getVpc(context, input.VpcId);
  const row: GatewayRow = { id: context.ids.resource('eigw'), vpcId: vpc.id };
  context.state.egressOnlyGateways.put(row);
  tagNew(context, kinds.egressOnlyInternetGateway, row.id, input.TagSpecifications);
  return { ClientToken: input.ClientToken, EgressOnlyInternetGateway: showEgressOnly(row, context) };
};

export const DeleteEgressOnlyInternetGateway: Operation<'DeleteEgressOnlyInternetGateway'> = (input, context) => {
  const row = get(context.state.egressOnlyGateways, kinds.egressOnlyInternetGateway, input.EgressOnlyInternetGatewayId);
  context.state.egressOnlyGateways.delete(row.id);
  dropTags(context, row.id);
  return { ReturnCode: true };
};

export const DescribeEgressOnlyInternetGateways: Operation<'DescribeEgressOnlyInternetGateways'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.egressOnlyGateways,
    id: (row) => row.id,
    ids: input.EgressOnlyInternetGatewayIds,
    kind: kinds.egressOnlyInternetGateway,
    filters: {},
  });
  return { EgressOnlyInternetGateways: rows.map((row) => showEgressOnly(row, context)), NextToken };
};
