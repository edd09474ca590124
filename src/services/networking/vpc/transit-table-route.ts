// Routes in the tables of transit gateways: static ones, prefix lists, and the search through all that are in force.
import type { TransitGatewayPrefixListReference, TransitGatewayRoute } from '@aws-sdk/client-ec2';
import { contains, covers, findAddress, findPrefix, readPrefix } from '../../../network/address.ts';
import { errors } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { getPrefixList } from './prefix-list.ts';
import type { TransitAttachmentRow, TransitRouteTableRow } from './state.ts';
import { getAttachment, resourceTypeOf } from './transit-attachment.ts';
import { getTransitTable } from './transit-route-table.ts';
import { type LiveTransitRoute, transitRoutesOf } from './transit-route.ts';

function showRoute(route: LiveTransitRoute, { state }: Ec2Context): TransitGatewayRoute {
  const row = route.attachmentId === undefined ? undefined : state.transitAttachments.find(route.attachmentId);
  return {
    DestinationCidrBlock: route.cidr,
    PrefixListId: route.prefixListId,
    TransitGatewayAttachments:
      row === undefined
        ? undefined
        : [{ TransitGatewayAttachmentId: row.id, ResourceId: row.resourceId, ResourceType: resourceTypeOf(row) }],
    Type: route.isStatic ? 'static' : 'propagated',
    State: route.attachmentId === undefined ? 'blackhole' : 'active',
  };
}

function readBlock(text: string): string {
  const prefix = findPrefix(text);
  if (prefix === undefined) throw errors.valueOf(text, 'destinationCidrBlock', 'This is not a valid CIDR block.');
  return prefix.text;
}

/** Where a route leads: to an attachment of the table's gateway, or nowhere. */
function targetOf(
  context: Ec2Context,
  table: TransitRouteTableRow,
  given: string | undefined,
  blackhole: boolean | undefined,
): TransitAttachmentRow | undefined {
  // Terraform sends an empty attachment with a blackhole, and AWS takes it for none.
  const attachmentId = given === '' ? undefined : given;
  if (blackhole === true) {
    if (attachmentId === undefined) return undefined;
    throw errors.combination('Blackhole and TransitGatewayAttachmentId cannot both be specified.');
  }
  if (attachmentId === undefined) throw errors.missingParameter('TransitGatewayAttachmentId');
  const row = getAttachment(context, attachmentId);
  if (row.transitGatewayId !== table.transitGatewayId)
    throw errors.invalidValue(`${row.id} and ${table.id} belong to different transit gateways`);
  if (row.state !== 'available' && row.state !== 'modifying')
    throw errors.incorrectState(`${row.id} is in invalid state`);
  return row;
}

export const CreateTransitGatewayRoute: Operation<'CreateTransitGatewayRoute'> = (input, context) => {
  const table = getTransitTable(context, input.TransitGatewayRouteTableId);
  const cidr = readBlock(input.DestinationCidrBlock);
  const target = targetOf(context, table, input.TransitGatewayAttachmentId, input.Blackhole);
  if (table.routes.some((route) => route.cidr === cidr)) throw errors.routeExists(cidr);
  const route = { cidr, attachmentId: target?.id };
  context.state.transitRouteTables.put({ ...table, routes: [...table.routes, route] });
  return { Route: showRoute({ ...route, isStatic: true }, context) };
};

const routeNotFound = (cidr: string, tableId: string) =>
  errors.other('InvalidRoute.NotFound', `The route ${cidr} does not exist in ${tableId}.`);

export const ReplaceTransitGatewayRoute: Operation<'ReplaceTransitGatewayRoute'> = (input, context) => {
  const table = getTransitTable(context, input.TransitGatewayRouteTableId);
  const cidr = readBlock(input.DestinationCidrBlock);
  const target = targetOf(context, table, input.TransitGatewayAttachmentId, input.Blackhole);
  if (!table.routes.some((route) => route.cidr === cidr)) throw routeNotFound(cidr, table.id);
  const next = { cidr, attachmentId: target?.id };
  const routes = table.routes.map((route) => (route.cidr === cidr ? next : route));
  context.state.transitRouteTables.put({ ...table, routes });
  return { Route: showRoute({ ...next, isStatic: true }, context) };
};

export const DeleteTransitGatewayRoute: Operation<'DeleteTransitGatewayRoute'> = (input, context) => {
  const table = getTransitTable(context, input.TransitGatewayRouteTableId);
  const cidr = readBlock(input.DestinationCidrBlock);
  const before = table.routes.find((route) => route.cidr === cidr);
  if (before === undefined) throw routeNotFound(cidr, table.id);
  context.state.transitRouteTables.put({ ...table, routes: table.routes.filter((route) => route !== before) });
  return { Route: { ...showRoute({ ...before, isStatic: true }, context), State: 'deleted' } };
};

/** Routes that fit all filters; one is needed. Limit: 1,000 routes. */
export const SearchTransitGatewayRoutes: Operation<'SearchTransitGatewayRoutes'> = (input, context) => {
  const table = getTransitTable(context, input.TransitGatewayRouteTableId);
  const most = input.MaxResults ?? 1_000;
  if (most < 5 || most > 1_000) throw errors.valueOf(most, 'MaxResults', 'It must be between 5 and 1000.');
  const shown = (route: LiveTransitRoute) => showRoute(route, context);
  const special = [
    'route-search.exact-match',
    'route-search.longest-prefix-match',
    'route-search.subnet-of-match',
    'route-search.supernet-of-match',
  ];
  let rows = transitRoutesOf(context.state, table);
  for (const { Name = '', Values = [] } of input.Filters) {
    if (special.includes(Name)) rows = Values.flatMap((value) => search(rows, Name, value));
  }
  const { rows: found } = list({ Filters: input.Filters.filter(({ Name = '' }) => !special.includes(Name)) }, context, {
    rows: [...new Set(rows)],
    id: ({ cidr }) => cidr,
    filters: {
      'attachment.resource-id': (row) => shown(row).TransitGatewayAttachments?.map((one) => one.ResourceId),
      'attachment.resource-type': (row) => shown(row).TransitGatewayAttachments?.map((one) => one.ResourceType),
      'attachment.transit-gateway-attachment-id': (row) => row.attachmentId,
      'prefix-list-id': (row) => row.prefixListId,
      state: (row) => shown(row).State,
      type: (row) => shown(row).Type,
    },
  });
  return { Routes: found.slice(0, most).map(shown), AdditionalRoutesAvailable: found.length > most };
};

function search(rows: readonly LiveTransitRoute[], filter: string, value: string): LiveTransitRoute[] {
  const address = findAddress(value);
  const block = address === undefined ? findPrefix(value) : findPrefix(`${value}/${address.family === 4 ? 32 : 128}`);
  if (block === undefined) throw errors.valueOf(value, 'Filters', 'This is not a valid CIDR block.');
  const of = (row: LiveTransitRoute) => readPrefix(row.cidr);
  if (filter === 'route-search.exact-match') return rows.filter((row) => of(row).text === block.text);
  if (filter === 'route-search.subnet-of-match') return rows.filter((row) => contains(block, of(row)));
  if (filter === 'route-search.supernet-of-match') return rows.filter((row) => contains(of(row), block));
  const covering = rows.filter((row) => (address === undefined ? contains(of(row), block) : covers(of(row), address)));
  const longest = Math.max(...covering.map((row) => of(row).length));
  return covering.filter((row) => of(row).length === longest);
}

// ── prefix lists ──

type Reference = TransitRouteTableRow['prefixLists'][number];

function showReference(
  table: TransitRouteTableRow,
  { id, attachmentId }: Reference,
  context: Ec2Context,
  state: 'pending' | 'available' | 'modifying' | 'deleting' = 'available',
): TransitGatewayPrefixListReference {
  const row = attachmentId === undefined ? undefined : context.state.transitAttachments.find(attachmentId);
  return {
    TransitGatewayRouteTableId: table.id,
    PrefixListId: id,
    PrefixListOwnerId: context.account,
    State: state,
    Blackhole: row === undefined,
    TransitGatewayAttachment:
      row === undefined
        ? undefined
        : { TransitGatewayAttachmentId: row.id, ResourceId: row.resourceId, ResourceType: resourceTypeOf(row) },
  };
}

const referenceNotFound = (id: string, tableId: string) =>
  errors.other('InvalidPrefixListID.NotFound', `The prefix list ${id} is not referenced in ${tableId}.`);

export const CreateTransitGatewayPrefixListReference: Operation<'CreateTransitGatewayPrefixListReference'> = (
  input,
  context,
) => {
  const table = getTransitTable(context, input.TransitGatewayRouteTableId);
  const { id } = getPrefixList(context, input.PrefixListId);
  const target = targetOf(context, table, input.TransitGatewayAttachmentId, input.Blackhole);
  if (table.prefixLists.some((one) => one.id === id)) throw errors.routeExists(id);
  const reference = { id, attachmentId: target?.id };
  context.state.transitRouteTables.put({ ...table, prefixLists: [...table.prefixLists, reference] });
  return { TransitGatewayPrefixListReference: showReference(table, reference, context, 'pending') };
};

export const ModifyTransitGatewayPrefixListReference: Operation<'ModifyTransitGatewayPrefixListReference'> = (
  input,
  context,
) => {
  const table = getTransitTable(context, input.TransitGatewayRouteTableId);
  const target = targetOf(context, table, input.TransitGatewayAttachmentId, input.Blackhole);
  const next = { id: input.PrefixListId, attachmentId: target?.id };
  if (!table.prefixLists.some(({ id }) => id === next.id)) throw referenceNotFound(next.id, table.id);
  const prefixLists = table.prefixLists.map((one) => (one.id === next.id ? next : one));
  context.state.transitRouteTables.put({ ...table, prefixLists });
  return { TransitGatewayPrefixListReference: showReference(table, next, context, 'modifying') };
};

export const DeleteTransitGatewayPrefixListReference: Operation<'DeleteTransitGatewayPrefixListReference'> = (
  input,
  context,
) => {
  const table = getTransitTable(context, input.TransitGatewayRouteTableId);
  const before = table.prefixLists.find(({ id }) => id === input.PrefixListId);
  if (before === undefined) throw referenceNotFound(input.PrefixListId, table.id);
  context.state.transitRouteTables.put({ ...table, prefixLists: table.prefixLists.filter((one) => one !== before) });
  return { TransitGatewayPrefixListReference: showReference(table, before, context, 'deleting') };
};

export const GetTransitGatewayPrefixListReferences: Operation<'GetTransitGatewayPrefixListReferences'> = (
  input,
  context,
) => {
  const table = getTransitTable(context, input.TransitGatewayRouteTableId);
  const shown = (one: Reference) => showReference(table, one, context);
  const { rows, NextToken } = list(input, context, {
    rows: table.prefixLists,
    id: ({ id }) => id,
    filters: {
      'attachment.resource-id': (one) => shown(one).TransitGatewayAttachment?.ResourceId,
      'attachment.resource-type': (one) => shown(one).TransitGatewayAttachment?.ResourceType,
      'attachment.transit-gateway-attachment-id': (one) => one.attachmentId,
      'is-blackhole': (one) => shown(one).Blackhole,
      'prefix-list-id': (one) => one.id,
      'prefix-list-owner-id': () => context.account,
      state: () => 'available',
    },
  });
  return { TransitGatewayPrefixListReferences: rows.map(shown), NextToken };
};
