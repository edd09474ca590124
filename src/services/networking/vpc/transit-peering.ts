// Peerings of transit gateways, of one account or two, of one Region or two: a row on each side under one ID.
import type { TransitGatewayPeeringAttachment } from '@aws-sdk/client-ec2';
import { isRegionName } from '../../../kernel/region.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { errors, kinds, missing } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import type { TransitAttachmentRow, TransitAttachmentState } from './state.ts';
import { defaultTables, getAttachment } from './transit-attachment.ts';
import { getReadyTransitGateway } from './transit-gateway.ts';
import { forgetLater, reach } from './transition.ts';

/** Differs: a minute or more at AWS; here short, since clients wait for it in real time. */
const reachSeconds = 3;
const settleSeconds = 5;

type Peer = NonNullable<TransitAttachmentRow['peer']>;

/** The other side's account and Region. */
const otherSide = (context: Ec2Context, { account, region }: Peer): Ec2Context => context.elsewhere(account, region);

const statusWords: Partial<Record<TransitAttachmentState, string>> = {
  initiatingRequest: 'Initiating Request to',
  pendingAcceptance: 'Pending Acceptance by',
  available: 'Available',
  rejected: 'Rejected by',
  deleted: 'Deleted',
};

function showPeering(row: TransitAttachmentRow, context: Ec2Context): TransitGatewayPeeringAttachment {
  const peer = row.peer as Peer;
  const here = { TransitGatewayId: row.transitGatewayId, OwnerId: context.account, Region: context.region };
  const there = { TransitGatewayId: row.resourceId, OwnerId: peer.account, Region: peer.region };
  return {
    TransitGatewayAttachmentId: row.id,
    RequesterTgwInfo: peer.isRequester ? here : there,
    AccepterTgwInfo: peer.isRequester ? there : here,
    Options: peer.dynamic === undefined ? undefined : { DynamicRouting: peer.dynamic },
    Status: { Code: row.state, Message: statusWords[row.state] ?? '' },
    State: row.state,
    CreationTime: toDate(row.createdAt),
    Tags: tagsOf(context, row.id),
  };
}

export const CreateTransitGatewayPeeringAttachment: Operation<'CreateTransitGatewayPeeringAttachment'> = (
  input,
  context,
) => {
  const { state, ids, clock } = context;
  const gateway = getReadyTransitGateway(context, input.TransitGatewayId);
  if (!isRegionName(input.PeerRegion)) throw errors.invalidValue(`Invalid region name: ${input.PeerRegion}`);
  if (!/^\d{12}$/.test(input.PeerAccountId)) throw errors.invalidValue(`Invalid account ID: ${input.PeerAccountId}`);
  if (input.PeerTransitGatewayId === gateway.id)
    throw errors.invalidValue('A transit gateway cannot be peered with itself.');
  const row: TransitAttachmentRow = {
    id: ids.resource('tgw-attach'),
    transitGatewayId: gateway.id,
    kind: 'peering',
    resourceId: input.PeerTransitGatewayId,
    peer: {
      account: input.PeerAccountId,
      region: input.PeerRegion,
      isRequester: true,
      dynamic: input.Options?.DynamicRouting,
    },
    subnetIds: [],
    interfaceIds: [],
    propagatesTo: [],
    createdAt: clock.now(),
    state: 'initiatingRequest',
    dns: false,
    ipv6: false,
    applianceMode: false,
    groupReferences: false,
  };
  state.transitAttachments.put(row);
  tagNew(context, kinds.transitGatewayAttachment, row.id, input.TagSpecifications);
  context.jobs.at(later(clock.now(), reachSeconds), 'transitPeeringAsked', { id: row.id });
  return { TransitGatewayPeeringAttachment: showPeering(row, context) };
};

/** The request arrives at the other side, or fails when there is no such transit gateway. */
export function transitPeeringAsked({ id }: { readonly id: string }, context: Ec2Context): void {
  const { state, account, region } = context;
  const row = state.transitAttachments.find(id);
  if (row?.state !== 'initiatingRequest' || row.peer === undefined) return;
  const there = otherSide(context, row.peer);
  const other = there.state.transitGateways.find(row.resourceId);
  if (other === undefined || other.state === 'deleted' || other.state === 'deleting') {
    state.transitAttachments.put({ ...row, state: 'failed' });
    return;
  }
  state.transitAttachments.put({ ...row, state: 'pendingAcceptance' });
  there.state.transitAttachments.put({
    ...row,
    transitGatewayId: row.resourceId,
    resourceId: row.transitGatewayId,
    peer: { ...row.peer, account, region, isRequester: false },
    state: 'pendingAcceptance',
  });
}

function getPeering(context: Ec2Context, id: string): TransitAttachmentRow & { readonly peer: Peer } {
  const row = getAttachment(context, id);
  if (row.peer === undefined) throw missing(kinds.transitGatewayAttachment, id);
  return { ...row, peer: row.peer };
}

/** Gives both sides the same state. */
function setBoth(
  context: Ec2Context,
  row: TransitAttachmentRow & { readonly peer: Peer },
  change: Partial<TransitAttachmentRow> & { readonly state: TransitAttachmentState },
): TransitAttachmentRow {
  const next = { ...row, ...change };
  context.state.transitAttachments.put(next);
  const there = otherSide(context, row.peer);
  const other = there.state.transitAttachments.find(row.id);
  if (other !== undefined) there.state.transitAttachments.put({ ...other, ...change });
  return next;
}

function getAsked(context: Ec2Context, id: string) {
  const row = getPeering(context, id);
  if (row.peer.isRequester || row.state !== 'pendingAcceptance')
    throw errors.incorrectState(`${row.id} is in invalid state`);
  return row;
}

/** The accepter's word; each side's default table takes the peering, but nothing is propagated. */
export const AcceptTransitGatewayPeeringAttachment: Operation<'AcceptTransitGatewayPeeringAttachment'> = (
  input,
  context,
) => {
  const row = getAsked(context, input.TransitGatewayAttachmentId);
  const next = setBoth(context, row, { state: 'pending' });
  for (const side of [context, otherSide(context, row.peer)]) {
    const own = side.state.transitAttachments.find(row.id);
    const gateway = own === undefined ? undefined : side.state.transitGateways.find(own.transitGatewayId);
    if (own === undefined || gateway === undefined) continue;
    side.state.transitAttachments.put({ ...own, routeTableId: defaultTables(gateway).routeTableId });
    reach(side, settleSeconds, { table: 'transitAttachments', id: row.id, from: 'pending', to: 'available' });
  }
  return { TransitGatewayPeeringAttachment: showPeering(next, context) };
};

export const RejectTransitGatewayPeeringAttachment: Operation<'RejectTransitGatewayPeeringAttachment'> = (
  input,
  context,
) => {
  const next = setBoth(context, getAsked(context, input.TransitGatewayAttachmentId), { state: 'rejected' });
  return { TransitGatewayPeeringAttachment: showPeering(next, context) };
};

/** Either side may end it. */
export const DeleteTransitGatewayPeeringAttachment: Operation<'DeleteTransitGatewayPeeringAttachment'> = (
  input,
  context,
) => {
  const row = getPeering(context, input.TransitGatewayAttachmentId);
  const next = setBoth(context, row, { state: 'deleting', routeTableId: undefined });
  context.jobs.at(later(context.clock.now(), settleSeconds), 'transitPeeringGone', { id: row.id });
  return { TransitGatewayPeeringAttachment: showPeering(next, context) };
};

export function transitPeeringGone({ id }: { readonly id: string }, context: Ec2Context): void {
  const row = context.state.transitAttachments.find(id);
  if (row?.state !== 'deleting' || row.peer === undefined) return;
  setBoth(context, { ...row, peer: row.peer }, { state: 'deleted' });
  for (const side of [context, otherSide(context, row.peer)]) forgetLater(side, 'transitAttachments', id);
}

export const DescribeTransitGatewayPeeringAttachments: Operation<'DescribeTransitGatewayPeeringAttachments'> = (
  input,
  context,
) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.transitAttachments.list().filter((row) => row.kind === 'peering'),
    id: (row) => row.id,
    ids: input.TransitGatewayAttachmentIds,
    kind: kinds.transitGatewayAttachment,
    filters: {
      'local-owner-id': () => context.account,
      'remote-owner-id': (row) => row.peer?.account,
      state: (row) => row.state,
      'transit-gateway-attachment-id': (row) => row.id,
      'transit-gateway-id': (row) => row.transitGatewayId,
    },
  });
  return { TransitGatewayPeeringAttachments: rows.map((row) => showPeering(row, context)), NextToken };
};
