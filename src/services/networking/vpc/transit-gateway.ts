// Transit gateways themselves. What is attached to them, and their tables, are in files of their own.
import type { TransitGateway } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { findPrefix } from '../../../network/address.ts';
import { errors, get, kinds, missing } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import { arnOf, type Ec2Context, type Input, type Operation } from '../../compute/ec2/operation.ts';
import { tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { transitGatewaysMax } from './limits.ts';
import type { TransitGatewayRow, TransitRouteTableRow } from './state.ts';
import { reach } from './transition.ts';
import { attachmentsOf } from './transit-route.ts';

/** Differs: a minute or more at AWS; here short, since clients wait for it in real time. */
const createSeconds = 5;
const deleteSeconds = 5;
const modifySeconds = 3;

/** A transit gateway that is not gone. */
export function getTransitGateway({ state }: Ec2Context, id: string): TransitGatewayRow {
  const row = get(state.transitGateways, kinds.transitGateway, id);
  if (row.state === 'deleted') throw missing(kinds.transitGateway, id);
  return row;
}

/** As `getTransitGateway`, ready for work. */
export function getReadyTransitGateway(context: Ec2Context, id: string): TransitGatewayRow {
  const row = getTransitGateway(context, id);
  if (row.state !== 'available' && row.state !== 'modifying') throw errors.incorrectState(`${id} is in invalid state`);
  return row;
}

const onOff = (on: boolean) => (on ? 'enable' : 'disable');

function showTransitGateway(row: TransitGatewayRow, context: Ec2Context): TransitGateway {
  return {
    TransitGatewayId: row.id,
    TransitGatewayArn: arnOf(context, 'transit-gateway', row.id),
    State: row.state,
    OwnerId: context.account,
    Description: row.description,
    CreationTime: toDate(row.createdAt),
    Options: {
      AmazonSideAsn: row.asn,
      TransitGatewayCidrBlocks: row.cidrs.length === 0 ? undefined : [...row.cidrs],
      AutoAcceptSharedAttachments: onOff(row.autoAccept),
      DefaultRouteTableAssociation: onOff(row.defaultAssociation),
      AssociationDefaultRouteTableId: row.associationTableId,
      DefaultRouteTablePropagation: onOff(row.defaultPropagation),
      PropagationDefaultRouteTableId: row.propagationTableId,
      VpnEcmpSupport: onOff(row.vpnEcmp),
      DnsSupport: onOff(row.dns),
      SecurityGroupReferencingSupport: onOff(row.groupReferences),
      MulticastSupport: onOff(row.multicast),
    },
    Tags: tagsOf(context, row.id),
  };
}

/** Private AS numbers of 16 and 32 bits. */
export function checkAsn(asn: number): void {
  const isPrivate = (asn >= 64_512 && asn <= 65_534) || (asn >= 4_200_000_000 && asn <= 4_294_967_294);
  if (!isPrivate)
    throw errors.valueOf(asn, 'amazonSideAsn', 'The ASN must be in the ranges 64512-65534 and 4200000000-4294967294.');
}

function readCidrs(texts: readonly string[] | undefined): string[] {
  return (texts ?? []).map((text) => {
    const prefix = findPrefix(text);
    if (prefix === undefined || prefix.length > (prefix.family === 4 ? 24 : 64))
      throw errors.invalidValue(
        `The CIDR block ${text} is not valid: a block is /24 or larger for IPv4, /64 or larger for IPv6.`,
      );
    return prefix.text;
  });
}

/** A route table of a transit gateway. */
export function addTransitTable({ state, ids, clock }: Ec2Context, transitGatewayId: string, ready: boolean) {
  const row: TransitRouteTableRow = {
    id: ids.resource('tgw-rtb'),
    transitGatewayId,
    createdAt: clock.now(),
    state: ready ? 'available' : 'pending',
    routes: [],
    prefixLists: [],
  };
  state.transitRouteTables.put(row);
  return row;
}

/**
 * Makes a transit gateway: `pending` for a while, then `available`, with a default route table unless both uses of it are off.
 *
 * Limit: 5 in a Region.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGateway.html
 */
export const CreateTransitGateway: Operation<'CreateTransitGateway'> = (input, context) => {
  const { state, ids, clock } = context;
  const { Options = {} } = input;
  const live = state.transitGateways.list().filter((row) => row.state !== 'deleted');
  if (live.length >= transitGatewaysMax)
    throw errors.other('TransitGatewayLimitExceeded', 'The maximum number of transit gateways has been reached.');
  const asn = Options.AmazonSideAsn ?? 64_512;
  checkAsn(asn);
  const id = ids.resource('tgw');
  const defaultAssociation = Options.DefaultRouteTableAssociation !== 'disable';
  const defaultPropagation = Options.DefaultRouteTablePropagation !== 'disable';
  const tableId = defaultAssociation || defaultPropagation ? addTransitTable(context, id, true).id : undefined;
  const row: TransitGatewayRow = {
    id,
    description: input.Description ?? '',
    asn,
    createdAt: clock.now(),
    state: 'pending',
    autoAccept: Options.AutoAcceptSharedAttachments === 'enable',
    defaultAssociation,
    defaultPropagation,
    associationTableId: defaultAssociation ? tableId : undefined,
    propagationTableId: defaultPropagation ? tableId : undefined,
    vpnEcmp: Options.VpnEcmpSupport !== 'disable',
    dns: Options.DnsSupport !== 'disable',
    multicast: Options.MulticastSupport === 'enable',
    groupReferences: Options.SecurityGroupReferencingSupport === 'enable',
    cidrs: readCidrs(Options.TransitGatewayCidrBlocks),
  };
  state.transitGateways.put(row);
  tagNew(context, kinds.transitGateway, id, input.TagSpecifications);
  reach(context, createSeconds, { table: 'transitGateways', id, from: 'pending', to: 'available' });
  return { TransitGateway: showTransitGateway(row, context) };
};

type Change = NonNullable<Input<'ModifyTransitGateway'>['Options']>;

function defaultTable(context: Ec2Context, id: string, given: string | undefined, before: string | undefined): string {
  const tableId = given ?? before;
  if (tableId === undefined) throw errors.missingParameter('DefaultRouteTableId');
  const table = get(context.state.transitRouteTables, kinds.transitGatewayRouteTable, tableId);
  if (table.transitGatewayId !== id) throw missing(kinds.transitGatewayRouteTable, tableId);
  return table.id;
}

const chosen = (before: boolean, given: string | undefined): boolean =>
  given === undefined ? before : given === 'enable';

function changed(context: Ec2Context, row: TransitGatewayRow, given: Change): TransitGatewayRow {
  const defaultAssociation = chosen(row.defaultAssociation, given.DefaultRouteTableAssociation);
  const defaultPropagation = chosen(row.defaultPropagation, given.DefaultRouteTablePropagation);
  const gone = new Set(given.RemoveTransitGatewayCidrBlocks ?? []);
  if (given.AmazonSideAsn !== undefined) checkAsn(given.AmazonSideAsn);
  return {
    ...row,
    asn: given.AmazonSideAsn ?? row.asn,
    autoAccept: chosen(row.autoAccept, given.AutoAcceptSharedAttachments),
    defaultAssociation,
    defaultPropagation,
    associationTableId: defaultAssociation
      ? defaultTable(context, row.id, given.AssociationDefaultRouteTableId, row.associationTableId)
      : undefined,
    propagationTableId: defaultPropagation
      ? defaultTable(context, row.id, given.PropagationDefaultRouteTableId, row.propagationTableId)
      : undefined,
    vpnEcmp: chosen(row.vpnEcmp, given.VpnEcmpSupport),
    dns: chosen(row.dns, given.DnsSupport),
    groupReferences: chosen(row.groupReferences, given.SecurityGroupReferencingSupport),
    cidrs: [
      ...new Set([...row.cidrs.filter((cidr) => !gone.has(cidr)), ...readCidrs(given.AddTransitGatewayCidrBlocks)]),
    ],
  };
}

/** Changes options; attachments that are there keep their tables. */
export const ModifyTransitGateway: Operation<'ModifyTransitGateway'> = (input, context) => {
  const row = getReadyTransitGateway(context, input.TransitGatewayId);
  const next = {
    ...changed(context, row, input.Options ?? {}),
    description: input.Description ?? row.description,
    state: 'modifying' as const,
  };
  context.state.transitGateways.put(next);
  reach(context, modifySeconds, { table: 'transitGateways', id: row.id, from: 'modifying', to: 'available' });
  return { TransitGateway: showTransitGateway(next, context) };
};

/** Deletes a transit gateway with its tables. Everything must have been detached before. */
export const DeleteTransitGateway: Operation<'DeleteTransitGateway'> = ({ TransitGatewayId }, context) => {
  const { state } = context;
  const row = getTransitGateway(context, TransitGatewayId);
  const attached = attachmentsOf(state, row.id);
  if (attached.length > 0) {
    const noun = attached.every(({ kind }) => kind === 'vpc') ? 'VPC' : 'Transit Gateway';
    throw errors.incorrectState(
      `${row.id} has non-deleted ${noun} Attachments: ${attached.map(({ id }) => id).join(', ')}.`,
    );
  }
  const next = { ...row, state: 'deleting' as const };
  state.transitGateways.put(next);
  for (const table of state.transitRouteTables.index('gateway').list({ prefix: key(row.id) })) {
    state.transitRouteTables.put({ ...table, state: 'deleting' });
    reach(context, deleteSeconds, { table: 'transitRouteTables', id: table.id, from: 'deleting', to: 'deleted' });
  }
  reach(context, deleteSeconds, { table: 'transitGateways', id: row.id, from: 'deleting', to: 'deleted' });
  return { TransitGateway: showTransitGateway(next, context) };
};

export const DescribeTransitGateways: Operation<'DescribeTransitGateways'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.transitGateways,
    id: (row) => row.id,
    ids: input.TransitGatewayIds,
    kind: kinds.transitGateway,
    filters: {
      'options.amazon-side-asn': (row) => row.asn,
      'options.association-default-route-table-id': (row) => row.associationTableId,
      'options.auto-accept-shared-attachments': (row) => onOff(row.autoAccept),
      'options.default-route-table-association': (row) => onOff(row.defaultAssociation),
      'options.default-route-table-propagation': (row) => onOff(row.defaultPropagation),
      'options.dns-support': (row) => onOff(row.dns),
      'options.propagation-default-route-table-id': (row) => row.propagationTableId,
      'options.vpn-ecmp-support': (row) => onOff(row.vpnEcmp),
      'owner-id': () => context.account,
      state: (row) => row.state,
      'transit-gateway-id': (row) => row.id,
    },
  });
  return { TransitGateways: rows.map((row) => showTransitGateway(row, context)), NextToken };
};
