// Route tables of transit gateways: who decides by them (associations), and who fills them (propagations).
import type { TransitGatewayRouteTable } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors, get, kinds, missing } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { transitTablesMax } from './limits.ts';
import type { TransitAttachmentRow, TransitRouteTableRow } from './state.ts';
import { getAttachment, resourceTypeOf } from './transit-attachment.ts';
import { addTransitTable, getReadyTransitGateway } from './transit-gateway.ts';
import { attachmentsOf } from './transit-route.ts';
import { reach } from './transition.ts';

/** Differs: a minute or more at AWS; here short, since clients wait for it in real time. */
const createSeconds = 2;
const deleteSeconds = 2;

export function getTransitTable({ state }: Ec2Context, id: string): TransitRouteTableRow {
  const row = get(state.transitRouteTables, kinds.transitGatewayRouteTable, id);
  if (row.state === 'deleted') throw missing(kinds.transitGatewayRouteTable, id);
  return row;
}

function showTable(row: TransitRouteTableRow, context: Ec2Context): TransitGatewayRouteTable {
  const gateway = context.state.transitGateways.find(row.transitGatewayId);
  return {
    TransitGatewayRouteTableId: row.id,
    TransitGatewayId: row.transitGatewayId,
    State: row.state,
    DefaultAssociationRouteTable: gateway?.associationTableId === row.id,
    DefaultPropagationRouteTable: gateway?.propagationTableId === row.id,
    CreationTime: toDate(row.createdAt),
    Tags: tagsOf(context, row.id),
  };
}

/** Limit: 20 tables of a gateway. */
export const CreateTransitGatewayRouteTable: Operation<'CreateTransitGatewayRouteTable'> = (input, context) => {
  const gateway = getReadyTransitGateway(context, input.TransitGatewayId);
  const tables = context.state.transitRouteTables.index('gateway').list({ prefix: key(gateway.id) });
  if (tables.filter(({ state }) => state !== 'deleted').length >= transitTablesMax)
    throw errors.other('TransitGatewayRouteTableLimitExceeded', 'The maximum number of route tables has been reached.');
  const row = addTransitTable(context, gateway.id, false);
  tagNew(context, kinds.transitGatewayRouteTable, row.id, input.TagSpecifications);
  reach(context, createSeconds, { table: 'transitRouteTables', id: row.id, from: 'pending', to: 'available' });
  return { TransitGatewayRouteTable: showTable(row, context) };
};

const associatedWith = (context: Ec2Context, table: TransitRouteTableRow): TransitAttachmentRow[] =>
  attachmentsOf(context.state, table.transitGatewayId).filter((row) => row.routeTableId === table.id);

export const DeleteTransitGatewayRouteTable: Operation<'DeleteTransitGatewayRouteTable'> = (input, context) => {
  const { state } = context;
  const row = getTransitTable(context, input.TransitGatewayRouteTableId);
  const gateway = state.transitGateways.find(row.transitGatewayId);
  if (gateway?.associationTableId === row.id || gateway?.propagationTableId === row.id)
    throw errors.incorrectState(`Cannot delete Default Route Table: ${row.id}.`);
  const associated = associatedWith(context, row);
  if (associated.length > 0)
    throw errors.incorrectState(
      `${row.id} has non-deleted associations: ${associated.map(({ id }) => id).join(', ')}.`,
    );
  for (const one of attachmentsOf(state, row.transitGatewayId)) {
    if (!one.propagatesTo.includes(row.id)) continue;
    state.transitAttachments.put({ ...one, propagatesTo: one.propagatesTo.filter((id) => id !== row.id) });
  }
  const next = { ...row, state: 'deleting' as const };
  state.transitRouteTables.put(next);
  reach(context, deleteSeconds, { table: 'transitRouteTables', id: row.id, from: 'deleting', to: 'deleted' });
  return { TransitGatewayRouteTable: showTable(next, context) };
};

export const DescribeTransitGatewayRouteTables: Operation<'DescribeTransitGatewayRouteTables'> = (input, context) => {
  const shown = (row: TransitRouteTableRow) => showTable(row, context);
  const { rows, NextToken } = list(input, context, {
    rows: context.state.transitRouteTables,
    id: (row) => row.id,
    ids: input.TransitGatewayRouteTableIds,
    kind: kinds.transitGatewayRouteTable,
    filters: {
      'default-association-route-table': (row) => shown(row).DefaultAssociationRouteTable,
      'default-propagation-route-table': (row) => shown(row).DefaultPropagationRouteTable,
      state: (row) => row.state,
      'transit-gateway-id': (row) => row.transitGatewayId,
      'transit-gateway-route-table-id': (row) => row.id,
    },
  });
  return { TransitGatewayRouteTables: rows.map(shown), NextToken };
};

// ── associations ──

/** The attachment and the table of a request, which must be of one gateway. */
function pairOf(context: Ec2Context, attachmentId: string, tableId: string) {
  const table = getTransitTable(context, tableId);
  const attachment = getAttachment(context, attachmentId);
  if (attachment.transitGatewayId !== table.transitGatewayId)
    throw errors.invalidValue(`${attachment.id} and ${table.id} belong to different transit gateways`);
  return { table, attachment };
}

const showAssociation = (
  row: TransitAttachmentRow,
  tableId: string,
  state: 'associating' | 'associated' | 'disassociating',
) => ({
  TransitGatewayRouteTableId: tableId,
  TransitGatewayAttachmentId: row.id,
  ResourceId: row.resourceId,
  ResourceType: resourceTypeOf(row),
  State: state,
});

/** Limit: an attachment is associated with one table. */
export const AssociateTransitGatewayRouteTable: Operation<'AssociateTransitGatewayRouteTable'> = (input, context) => {
  const { table, attachment } = pairOf(context, input.TransitGatewayAttachmentId, input.TransitGatewayRouteTableId);
  if (attachment.routeTableId !== undefined) {
    throw errors.alreadyAssociated(
      `Transit Gateway Attachment ${attachment.id} is already associated to a route table.`,
    );
  }
  if (attachment.state !== 'available') throw errors.incorrectState(`${attachment.id} is in invalid state`);
  context.state.transitAttachments.put({ ...attachment, routeTableId: table.id });
  return { Association: showAssociation(attachment, table.id, 'associating') };
};

export const DisassociateTransitGatewayRouteTable: Operation<'DisassociateTransitGatewayRouteTable'> = (
  input,
  context,
) => {
  const { table, attachment } = pairOf(context, input.TransitGatewayAttachmentId, input.TransitGatewayRouteTableId);
  if (attachment.routeTableId !== table.id)
    throw errors.other('InvalidAssociation.NotFound', `${attachment.id} is not associated with ${table.id}.`);
  context.state.transitAttachments.put({ ...attachment, routeTableId: undefined });
  return { Association: showAssociation(attachment, table.id, 'disassociating') };
};

const ofAttachment = {
  'resource-id': (row: TransitAttachmentRow) => row.resourceId,
  'resource-type': resourceTypeOf,
  'transit-gateway-attachment-id': (row: TransitAttachmentRow) => row.id,
};

export const GetTransitGatewayRouteTableAssociations: Operation<'GetTransitGatewayRouteTableAssociations'> = (
  input,
  context,
) => {
  const table = getTransitTable(context, input.TransitGatewayRouteTableId);
  const { rows, NextToken } = list(input, context, {
    rows: associatedWith(context, table),
    id: (row) => row.id,
    filters: ofAttachment,
  });
  const Associations = rows.map((row) => {
    const { TransitGatewayRouteTableId: _same, ...shown } = showAssociation(row, table.id, 'associated');
    return shown;
  });
  return { Associations, NextToken };
};

// ── propagations ──

const showPropagation = (row: TransitAttachmentRow, tableId: string, state: 'enabled' | 'disabled') => ({
  TransitGatewayAttachmentId: row.id,
  ResourceId: row.resourceId,
  ResourceType: resourceTypeOf(row),
  TransitGatewayRouteTableId: tableId,
  State: state,
});

export const EnableTransitGatewayRouteTablePropagation: Operation<'EnableTransitGatewayRouteTablePropagation'> = (
  input,
  context,
) => {
  if (input.TransitGatewayAttachmentId === undefined) throw errors.missingParameter('TransitGatewayAttachmentId');
  const { table, attachment } = pairOf(context, input.TransitGatewayAttachmentId, input.TransitGatewayRouteTableId);
  if (attachment.kind === 'peering')
    throw errors.unsupported('Route propagation is not supported for peering attachments.');
  if (attachment.propagatesTo.includes(table.id)) {
    throw errors.other(
      'TransitGatewayRouteTablePropagation.Duplicate',
      `Propagation from ${attachment.id} to ${table.id} already exists.`,
    );
  }
  context.state.transitAttachments.put({ ...attachment, propagatesTo: [...attachment.propagatesTo, table.id] });
  return { Propagation: showPropagation(attachment, table.id, 'enabled') };
};

export const DisableTransitGatewayRouteTablePropagation: Operation<'DisableTransitGatewayRouteTablePropagation'> = (
  input,
  context,
) => {
  if (input.TransitGatewayAttachmentId === undefined) throw errors.missingParameter('TransitGatewayAttachmentId');
  const { table, attachment } = pairOf(context, input.TransitGatewayAttachmentId, input.TransitGatewayRouteTableId);
  if (!attachment.propagatesTo.includes(table.id)) {
    throw errors.other(
      'TransitGatewayRouteTablePropagation.NotFound',
      `Propagation from ${attachment.id} to ${table.id} does not exist.`,
    );
  }
  const propagatesTo = attachment.propagatesTo.filter((id) => id !== table.id);
  context.state.transitAttachments.put({ ...attachment, propagatesTo });
  return { Propagation: showPropagation(attachment, table.id, 'disabled') };
};

export const GetTransitGatewayRouteTablePropagations: Operation<'GetTransitGatewayRouteTablePropagations'> = (
  input,
  context,
) => {
  const table = getTransitTable(context, input.TransitGatewayRouteTableId);
  const { rows, NextToken } = list(input, context, {
    rows: attachmentsOf(context.state, table.transitGatewayId).filter((row) => row.propagatesTo.includes(table.id)),
    id: (row) => row.id,
    filters: ofAttachment,
  });
  const TransitGatewayRouteTablePropagations = rows.map((row) => {
    const { TransitGatewayRouteTableId: _same, ...shown } = showPropagation(row, table.id, 'enabled');
    return shown;
  });
  return { TransitGatewayRouteTablePropagations, NextToken };
};

export const GetTransitGatewayAttachmentPropagations: Operation<'GetTransitGatewayAttachmentPropagations'> = (
  input,
  context,
) => {
  const row = getAttachment(context, input.TransitGatewayAttachmentId);
  const { rows, NextToken } = list(input, context, {
    rows: row.propagatesTo,
    id: (id) => id,
    filters: { 'transit-gateway-route-table-id': (id) => id },
  });
  return {
    TransitGatewayAttachmentPropagations: rows.map((id) => ({ TransitGatewayRouteTableId: id, State: 'enabled' })),
    NextToken,
  };
};
