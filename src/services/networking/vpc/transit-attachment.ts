// What is attached to transit gateways: VPCs by an interface in a subnet of each zone, and the look at all kinds of attachments.
import type { TransitGatewayVpcAttachment } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { errors, get, kinds, missing } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { addInterface, dropInterface } from './network-interface.ts';
import type { TransitAttachmentRow, TransitGatewayRow } from './state.ts';
import { getSubnet } from './subnet.ts';
import { getReadyTransitGateway } from './transit-gateway.ts';
import { forgetLater, reach } from './transition.ts';
import { getVpc } from './vpc.ts';
import { serviceAttachment } from './requester.ts';

/** Differs: a minute or more at AWS; here short, since clients wait for it in real time. */
const attachSeconds = 5;
const modifySeconds = 3;
const detachSeconds = 5;

export function getAttachment({ state }: Ec2Context, id: string): TransitAttachmentRow {
  const row = get(state.transitAttachments, kinds.transitGatewayAttachment, id);
  if (row.state === 'deleted') throw missing(kinds.transitGatewayAttachment, id);
  return row;
}

const onOff = (on: boolean) => (on ? 'enable' : 'disable');

function showVpcAttachment(row: TransitAttachmentRow, context: Ec2Context): TransitGatewayVpcAttachment {
  return {
    TransitGatewayAttachmentId: row.id,
    TransitGatewayId: row.transitGatewayId,
    VpcId: row.resourceId,
    VpcOwnerId: context.account,
    State: row.state,
    SubnetIds: [...row.subnetIds],
    CreationTime: toDate(row.createdAt),
    Options: {
      DnsSupport: onOff(row.dns),
      Ipv6Support: onOff(row.ipv6),
      ApplianceModeSupport: onOff(row.applianceMode),
      SecurityGroupReferencingSupport: onOff(row.groupReferences),
    },
    Tags: tagsOf(context, row.id),
  };
}

/** What a new attachment gets from its gateway: the default tables, unless they are off. */
export const defaultTables = (gateway: TransitGatewayRow) => ({
  routeTableId: gateway.associationTableId,
  propagatesTo: gateway.propagationTableId === undefined ? [] : [gateway.propagationTableId],
});

/** The subnets of an attachment: of its VPC, each in another zone. */
function checkSubnets(context: Ec2Context, vpcId: string, subnetIds: readonly string[]): void {
  const zones = new Set<string>();
  for (const id of subnetIds) {
    const subnet = getSubnet(context, id);
    if (subnet.vpcId !== vpcId)
      throw errors.other('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist in ${vpcId}`);
    if (zones.has(subnet.zone)) throw errors.other('DuplicateSubnetsInSameZone', 'Duplicate Subnets for same AZ');
    zones.add(subnet.zone);
  }
}

function addInterfaces(context: Ec2Context, id: string, subnetIds: readonly string[]): string[] {
  return subnetIds.map(
    (subnetId) =>
      addInterface(context, getSubnet(context, subnetId), {
        description: `Network Interface for Transit Gateway Attachment ${id}`,
        type: 'transit_gateway',
        withoutGroups: true,
        sourceDestCheck: false,
        requester: { id: 'amazon-aws', managed: true },
        owner: { kind: 'transit-gateway', id },
        attachment: serviceAttachment(context, 'amazon-aws'),
      }).id,
  );
}

/**
 * Attaches a VPC. Limit: one subnet of each zone; a VPC is attached to a gateway once.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayVpcAttachment.html
 */
export const CreateTransitGatewayVpcAttachment: Operation<'CreateTransitGatewayVpcAttachment'> = (input, context) => {
  const { state, ids, clock } = context;
  const gateway = getReadyTransitGateway(context, input.TransitGatewayId);
  const vpc = getVpc(context, input.VpcId);
  if (input.SubnetIds.length === 0) throw errors.missingParameter('SubnetIds');
  checkSubnets(context, vpc.id, input.SubnetIds);
  const twice = state.transitAttachments
    .index('resource')
    .list({ prefix: key(vpc.id) })
    .some((row) => row.transitGatewayId === gateway.id && row.state !== 'deleted');
  if (twice)
    throw errors.other(
      'DuplicateTransitGatewayAttachment',
      `${gateway.id} has non-deleted Transit Gateway Attachments with same VPC ID.`,
    );
  const id = ids.resource('tgw-attach');
  const { Options = {} } = input;
  const row: TransitAttachmentRow = {
    id,
    transitGatewayId: gateway.id,
    kind: 'vpc',
    resourceId: vpc.id,
    subnetIds: input.SubnetIds,
    interfaceIds: addInterfaces(context, id, input.SubnetIds),
    ...defaultTables(gateway),
    createdAt: clock.now(),
    state: 'pending',
    dns: Options.DnsSupport !== 'disable',
    ipv6: Options.Ipv6Support === 'enable',
    applianceMode: Options.ApplianceModeSupport === 'enable',
    groupReferences: Options.SecurityGroupReferencingSupport !== 'disable',
  };
  state.transitAttachments.put(row);
  tagNew(context, kinds.transitGatewayAttachment, id, input.TagSpecifications);
  reach(context, attachSeconds, { table: 'transitAttachments', id, from: 'pending', to: 'available' });
  return { TransitGatewayVpcAttachment: showVpcAttachment(row, context) };
};

function getVpcAttachment(context: Ec2Context, id: string): TransitAttachmentRow {
  const row = getAttachment(context, id);
  if (row.kind !== 'vpc') throw missing(kinds.transitGatewayAttachment, id);
  return row;
}

const chosen = (before: boolean, given: string | undefined): boolean =>
  given === undefined ? before : given === 'enable';

export const ModifyTransitGatewayVpcAttachment: Operation<'ModifyTransitGatewayVpcAttachment'> = (input, context) => {
  const { state } = context;
  const row = getVpcAttachment(context, input.TransitGatewayAttachmentId);
  if (row.state !== 'available') throw errors.incorrectState(`${row.id} is in invalid state`);
  const gone = input.RemoveSubnetIds ?? [];
  const added = input.AddSubnetIds ?? [];
  const kept = row.subnetIds.filter((id) => !gone.includes(id));
  if (kept.length + added.length === 0) throw errors.invalidValue('An attachment must keep at least one subnet.');
  checkSubnets(context, row.resourceId, [...kept, ...added]);
  const lost = row.interfaceIds
    .flatMap((id) => state.interfaces.find(id) ?? [])
    .filter((nic) => gone.includes(nic.subnetId));
  for (const nic of lost) dropInterface(context, nic);
  const { Options = {} } = input;
  const next: TransitAttachmentRow = {
    ...row,
    subnetIds: [...kept, ...added],
    interfaceIds: [
      ...row.interfaceIds.filter((id) => !lost.some((nic) => nic.id === id)),
      ...addInterfaces(context, row.id, added),
    ],
    state: 'modifying',
    dns: chosen(row.dns, Options.DnsSupport),
    ipv6: chosen(row.ipv6, Options.Ipv6Support),
    applianceMode: chosen(row.applianceMode, Options.ApplianceModeSupport),
    groupReferences: chosen(row.groupReferences, Options.SecurityGroupReferencingSupport),
  };
  state.transitAttachments.put(next);
  reach(context, modifySeconds, { table: 'transitAttachments', id: row.id, from: 'modifying', to: 'available' });
  return { TransitGatewayVpcAttachment: showVpcAttachment(next, context) };
};

/** Takes an attachment away, with its interfaces; the tables forget it at once. */
export function detach(context: Ec2Context, row: TransitAttachmentRow): TransitAttachmentRow {
  const { state, jobs, clock } = context;
  const next = { ...row, state: 'deleting' as const, routeTableId: undefined, propagatesTo: [] };
  state.transitAttachments.put(next);
  jobs.at(later(clock.now(), detachSeconds), 'transitAttachmentGone', { id: row.id });
  return next;
}

export function transitAttachmentGone({ id }: { readonly id: string }, context: Ec2Context): void {
  const { state } = context;
  const row = state.transitAttachments.find(id);
  if (row?.state !== 'deleting') return;
  for (const nic of row.interfaceIds.flatMap((one) => state.interfaces.find(one) ?? [])) dropInterface(context, nic);
  state.transitAttachments.put({ ...row, interfaceIds: [], state: 'deleted' });
  forgetLater(context, 'transitAttachments', id);
}

export const DeleteTransitGatewayVpcAttachment: Operation<'DeleteTransitGatewayVpcAttachment'> = (input, context) => {
  const row = getVpcAttachment(context, input.TransitGatewayAttachmentId);
  const next = row.state === 'deleting' ? row : detach(context, row);
  return { TransitGatewayVpcAttachment: showVpcAttachment(next, context) };
};

export const DescribeTransitGatewayVpcAttachments: Operation<'DescribeTransitGatewayVpcAttachments'> = (
  input,
  context,
) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.transitAttachments.list().filter((row) => row.kind === 'vpc'),
    id: (row) => row.id,
    ids: input.TransitGatewayAttachmentIds,
    kind: kinds.transitGatewayAttachment,
    filters: {
      state: (row) => row.state,
      'transit-gateway-attachment-id': (row) => row.id,
      'transit-gateway-id': (row) => row.transitGatewayId,
      'vpc-id': (row) => row.resourceId,
    },
  });
  return { TransitGatewayVpcAttachments: rows.map((row) => showVpcAttachment(row, context)), NextToken };
};

/** Attachments of other accounts come by Resource Access Manager only; until they are accepted they wait here. */
function decide(context: Ec2Context, id: string, state: 'available' | 'rejected'): TransitAttachmentRow {
  const row = getVpcAttachment(context, id);
  if (row.state !== 'pendingAcceptance') throw errors.incorrectState(`${row.id} is in invalid state`);
  const next = { ...row, state };
  context.state.transitAttachments.put(next);
  return next;
}

export const AcceptTransitGatewayVpcAttachment: Operation<'AcceptTransitGatewayVpcAttachment'> = (input, context) => ({
  TransitGatewayVpcAttachment: showVpcAttachment(
    decide(context, input.TransitGatewayAttachmentId, 'available'),
    context,
  ),
});

export const RejectTransitGatewayVpcAttachment: Operation<'RejectTransitGatewayVpcAttachment'> = (input, context) => ({
  TransitGatewayVpcAttachment: showVpcAttachment(
    decide(context, input.TransitGatewayAttachmentId, 'rejected'),
    context,
  ),
});

export const resourceTypeOf = (row: TransitAttachmentRow) => row.kind;

const ownerOf = (row: TransitAttachmentRow, context: Ec2Context): string => row.peer?.account ?? context.account;

/** All kinds of attachments. */
export const DescribeTransitGatewayAttachments: Operation<'DescribeTransitGatewayAttachments'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.transitAttachments,
    id: (row) => row.id,
    ids: input.TransitGatewayAttachmentIds,
    kind: kinds.transitGatewayAttachment,
    filters: {
      'association.state': (row) => (row.routeTableId === undefined ? undefined : 'associated'),
      'association.transit-gateway-route-table-id': (row) => row.routeTableId,
      'resource-id': (row) => row.resourceId,
      'resource-owner-id': (row) => ownerOf(row, context),
      'resource-type': resourceTypeOf,
      state: (row) => row.state,
      'transit-gateway-attachment-id': (row) => row.id,
      'transit-gateway-id': (row) => row.transitGatewayId,
      'transit-gateway-owner-id': () => context.account,
    },
  });
  return {
    TransitGatewayAttachments: rows.map((row) => ({
      TransitGatewayAttachmentId: row.id,
      TransitGatewayId: row.transitGatewayId,
      TransitGatewayOwnerId: context.account,
      ResourceOwnerId: ownerOf(row, context),
      ResourceType: resourceTypeOf(row),
      ResourceId: row.resourceId,
      State: row.state,
      Association:
        row.routeTableId === undefined
          ? undefined
          : { TransitGatewayRouteTableId: row.routeTableId, State: 'associated' as const },
      CreationTime: toDate(row.createdAt),
      Tags: tagsOf(context, row.id),
    })),
    NextToken,
  };
};
