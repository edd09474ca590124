// VPN connections: two tunnels between a site and a virtual private gateway or a transit gateway.
//
// The device at the site is simulated: it dials as soon as the connection is there, so both tunnels come up with it.
import type { VpnConnection, VpnTunnelOptionsSpecification } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { address4, findPrefix, readPrefix } from '../../../network/address.ts';
import { errors, get, kinds, missing } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Input, Operation } from '../../compute/ec2/operation.ts';
import { tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { pickPublicIp } from './elastic-address.ts';
import { vpnConnectionsMax } from './limits.ts';
import { announcedBy } from './site.ts';
import type { TransitAttachmentRow, VpnConnectionRow, VpnTunnelRow } from './state.ts';
import { defaultTables, detach } from './transit-attachment.ts';
import { getReadyTransitGateway } from './transit-gateway.ts';
import { forgetLater, reach } from './transition.ts';
import { writeConfiguration } from './vpn-configuration.ts';
import { getCustomerGateway, getVpnGateway } from './vpn-gateway.ts';

/** Differs: a minute or more at AWS; here short, since clients wait for it in real time. */
const createSeconds = 10;
const modifySeconds = 5;
const deleteSeconds = 5;

const attachmentOf = ({ state }: Ec2Context, row: VpnConnectionRow): TransitAttachmentRow | undefined =>
  state.transitAttachments
    .index('resource')
    .list({ prefix: key(row.id) })
    .find((one) => one.state !== 'deleted');

export function getConnection({ state }: Ec2Context, id: string): VpnConnectionRow {
  const row = get(state.vpnConnections, kinds.vpnConnection, id);
  if (row.state === 'deleted') throw missing(kinds.vpnConnection, id);
  return row;
}

/** As `getConnection`, ready for a change. */
export function getReadyConnection(context: Ec2Context, id: string): VpnConnectionRow {
  const row = getConnection(context, id);
  if (row.state !== 'available') {
    throw errors.other(
      'InvalidVpnConnection.InvalidState',
      `The VPN connection ${id} must be in the available state to complete the request.`,
    );
  }
  return row;
}

const amazonAsn = ({ state }: Ec2Context, row: VpnConnectionRow): number =>
  state.vpnGateways.find(row.vpnGatewayId ?? '')?.asn ??
  state.transitGateways.find(row.transitGatewayId ?? '')?.asn ??
  64_512;

const showTunnel = (row: VpnConnectionRow, tunnel: VpnTunnelRow, at: number, context: Ec2Context) => {
  const down = context.parts.faults
    .downLinks()
    .find((link) => link.resourceId === row.id && (link.tunnel ?? at) === at && tunnel.up);
  const { outsideIp } = tunnel;
  const up = tunnel.up && down === undefined;
  const count = row.staticRoutesOnly ? row.routes.length : announcedBy(context.state, row).length;
  const routes = up && row.state !== 'deleted' ? count : 0;
  return {
    OutsideIpAddress: outsideIp,
    Status: up ? ('UP' as const) : ('DOWN' as const),
    StatusMessage: up && !row.staticRoutesOnly ? `${routes} BGP ROUTES` : '',
    AcceptedRouteCount: routes,
    LastStatusChange: toDate(down?.from ?? tunnel.changedAt),
  };
};

export function showConnection(row: VpnConnectionRow, context: Ec2Context): VpnConnection {
  const { state } = context;
  const isGone = row.state === 'deleted';
  const customer = state.customerGateways.find(row.customerGatewayId);
  return {
    VpnConnectionId: row.id,
    State: row.state === 'modifying' ? 'available' : row.state,
    Type: 'ipsec.1',
    Category: 'VPN',
    CustomerGatewayId: row.customerGatewayId,
    VpnGatewayId: row.vpnGatewayId,
    TransitGatewayId: row.transitGatewayId,
    CustomerGatewayConfiguration: isGone
      ? undefined
      : writeConfiguration({ connection: row, customer, amazonAsn: amazonAsn(context, row) }),
    GatewayAssociationState:
      row.vpnGatewayId === undefined && row.transitGatewayId === undefined ? 'not-associated' : 'associated',
    Options: {
      EnableAcceleration: row.accelerated,
      StaticRoutesOnly: row.staticRoutesOnly,
      LocalIpv4NetworkCidr: row.insideIpVersion === 'ipv4' ? row.localCidr : undefined,
      RemoteIpv4NetworkCidr: row.insideIpVersion === 'ipv4' ? row.remoteCidr : undefined,
      LocalIpv6NetworkCidr: row.insideIpVersion === 'ipv6' ? row.localCidr : undefined,
      RemoteIpv6NetworkCidr: row.insideIpVersion === 'ipv6' ? row.remoteCidr : undefined,
      OutsideIpAddressType: row.outsideIpType,
      TunnelInsideIpVersion: row.insideIpVersion,
      TunnelOptions: row.tunnels.map((tunnel) => ({
        OutsideIpAddress: tunnel.outsideIp,
        TunnelInsideCidr: tunnel.insideCidr,
        TunnelInsideIpv6Cidr: tunnel.insideIpv6Cidr,
        PreSharedKey: tunnel.presharedKey,
        ...tunnel.options,
      })),
    },
    Routes: row.staticRoutesOnly
      ? row.routes.map((cidr) => ({ DestinationCidrBlock: cidr, Source: 'Static', State: 'available' }))
      : [],
    VgwTelemetry: row.tunnels.map((tunnel, at) => showTunnel(row, tunnel, at, context)),
    Tags: tagsOf(context, row.id),
  };
}

/** Blocks that AWS keeps for itself. */
const reservedInside = [
  '169.254.0.0/30',
  '169.254.1.0/30',
  '169.254.2.0/30',
  '169.254.3.0/30',
  '169.254.4.0/30',
  '169.254.5.0/30',
  '169.254.169.252/30',
];

function readInsideCidr(context: Ec2Context, given: string | undefined, taken: readonly string[]): string {
  if (given !== undefined) {
    const prefix = findPrefix(given);
    const isLinkLocal = prefix?.family === 4 && prefix.length === 30 && prefix.text.startsWith('169.254.');
    if (!isLinkLocal || reservedInside.includes(prefix.text))
      throw errors.valueOf(given, 'TunnelInsideCidr', 'A size /30 CIDR block from the 169.254.0.0/16 range is needed.');
    if (taken.includes(prefix.text)) throw errors.invalidValue(`The inside CIDR ${prefix.text} is already in use.`);
    return prefix.text;
  }
  const base = Number(readPrefix('169.254.6.0/30').bits);
  for (;;) {
    const cidr = `${address4(base + 4 * context.random.integer(0, 16_000)).text}/30`;
    if (!reservedInside.includes(cidr) && !taken.includes(cidr)) return cidr;
  }
}

const keyForm = /^[A-Za-z1-9._][A-Za-z0-9._]{7,63}$/;

function readKey({ random }: Ec2Context, given: string | undefined): string {
  if (given === undefined)
    return random.text(32, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._').replace(/^0/, 'a');
  if (!keyForm.test(given))
    throw errors.valueOf(
      '****',
      'PreSharedKey',
      'It must be 8 to 64 letters, digits, periods and underscores, and cannot start with zero.',
    );
  return given;
}

/** Options that a tunnel keeps as they were given, in the words of the answer. */
export function tunnelOptions(given: VpnTunnelOptionsSpecification): object {
  const values = (list: readonly { readonly Value?: unknown }[] | undefined) =>
    list === undefined || list.length === 0 ? undefined : list.map(({ Value }) => ({ Value }));
  return JSON.parse(
    JSON.stringify({
      Phase1LifetimeSeconds: given.Phase1LifetimeSeconds,
      Phase2LifetimeSeconds: given.Phase2LifetimeSeconds,
      RekeyMarginTimeSeconds: given.RekeyMarginTimeSeconds,
      RekeyFuzzPercentage: given.RekeyFuzzPercentage,
      ReplayWindowSize: given.ReplayWindowSize,
      DpdTimeoutSeconds: given.DPDTimeoutSeconds,
      DpdTimeoutAction: given.DPDTimeoutAction,
      Phase1EncryptionAlgorithms: values(given.Phase1EncryptionAlgorithms),
      Phase2EncryptionAlgorithms: values(given.Phase2EncryptionAlgorithms),
      Phase1IntegrityAlgorithms: values(given.Phase1IntegrityAlgorithms),
      Phase2IntegrityAlgorithms: values(given.Phase2IntegrityAlgorithms),
      Phase1DHGroupNumbers: values(given.Phase1DHGroupNumbers),
      Phase2DHGroupNumbers: values(given.Phase2DHGroupNumbers),
      IkeVersions: values(given.IKEVersions),
      StartupAction: given.StartupAction,
      LogOptions: given.LogOptions,
      EnableTunnelLifecycleControl: given.EnableTunnelLifecycleControl,
    }),
  ) as object;
}

export const insideCidrsOf = ({ state }: Ec2Context): string[] =>
  state.vpnConnections
    .list()
    .filter((row) => row.state !== 'deleted')
    .flatMap((row) => row.tunnels.map(({ insideCidr }) => insideCidr));

function makeTunnels(context: Ec2Context, given: readonly VpnTunnelOptionsSpecification[]): VpnTunnelRow[] {
  if (given.length > 2) throw errors.invalidValue('At most two tunnels can be configured.');
  const taken = insideCidrsOf(context);
  return [0, 1].map((at) => {
    const options = given[at] ?? {};
    const insideCidr = readInsideCidr(context, options.TunnelInsideCidr, taken);
    taken.push(insideCidr);
    return {
      outsideIp: pickPublicIp(context),
      insideCidr,
      insideIpv6Cidr: options.TunnelInsideIpv6Cidr,
      presharedKey: readKey(context, options.PreSharedKey),
      up: false,
      changedAt: context.clock.now(),
      options: tunnelOptions(options),
    };
  });
}

function ends(context: Ec2Context, input: Input<'CreateVpnConnection'>) {
  const { VpnGatewayId, TransitGatewayId } = input;
  if (VpnGatewayId !== undefined && TransitGatewayId !== undefined)
    throw errors.combination('The request must specify only one of VpnGatewayId and TransitGatewayId.');
  if (VpnGatewayId !== undefined) return { vpnGatewayId: getVpnGateway(context, VpnGatewayId).id };
  if (TransitGatewayId !== undefined) return { transitGatewayId: getReadyTransitGateway(context, TransitGatewayId).id };
  throw errors.missingParameter('vpnGatewayId');
}

/** A VPN at a transit gateway is an attachment, which gets the default tables as every other does. */
export function attachVpn(context: Ec2Context, row: VpnConnectionRow): void {
  if (row.transitGatewayId === undefined) return;
  const gateway = getReadyTransitGateway(context, row.transitGatewayId);
  const id = context.ids.resource('tgw-attach');
  context.state.transitAttachments.put({
    id,
    transitGatewayId: gateway.id,
    kind: 'vpn',
    resourceId: row.id,
    subnetIds: [],
    interfaceIds: [],
    ...defaultTables(gateway),
    createdAt: context.clock.now(),
    state: 'pending',
    dns: false,
    ipv6: false,
    applianceMode: false,
    groupReferences: false,
  });
  reach(context, createSeconds, { table: 'transitAttachments', id, from: 'pending', to: 'available' });
}

/**
 * Makes a VPN connection: `pending` for some minutes, then `available` with both tunnels up.
 *
 * Limit: 50 in a Region.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpnConnection.html
 */
export const CreateVpnConnection: Operation<'CreateVpnConnection'> = (input, context) => {
  const { state, ids } = context;
  if (input.Type !== 'ipsec.1') throw errors.valueOf(input.Type, 'type', 'The only type is ipsec.1.');
  if (input.CustomerGatewayId === undefined) throw errors.missingParameter('customerGatewayId');
  const customer = getCustomerGateway(context, input.CustomerGatewayId);
  if (state.vpnConnections.list().filter((row) => row.state !== 'deleted').length >= vpnConnectionsMax)
    throw errors.other('VpnConnectionLimitExceeded', 'The maximum number of VPN connections has been reached.');
  const { Options = {} } = input;
  const version = Options.TunnelInsideIpVersion ?? 'ipv4';
  const everything = version === 'ipv4' ? '0.0.0.0/0' : '::/0';
  const row: VpnConnectionRow = {
    id: ids.resource('vpn'),
    customerGatewayId: customer.id,
    ...ends(context, input),
    staticRoutesOnly: Options.StaticRoutesOnly ?? false,
    accelerated: Options.EnableAcceleration ?? false,
    insideIpVersion: version,
    outsideIpType: Options.OutsideIpAddressType ?? 'PublicIpv4',
    localCidr: Options.LocalIpv4NetworkCidr ?? Options.LocalIpv6NetworkCidr ?? everything,
    remoteCidr: Options.RemoteIpv4NetworkCidr ?? Options.RemoteIpv6NetworkCidr ?? everything,
    routes: [],
    tunnels: makeTunnels(context, Options.TunnelOptions ?? []),
    state: 'pending',
  };
  state.vpnConnections.put(row);
  tagNew(context, kinds.vpnConnection, row.id, input.TagSpecifications);
  attachVpn(context, row);
  context.jobs.at(later(context.clock.now(), createSeconds), 'vpnConnected', { id: row.id });
  return { VpnConnection: showConnection(row, context) };
};

/** The connection is there, and the site dials in. */
export function vpnConnected({ id }: { readonly id: string }, { state, clock }: Ec2Context): void {
  const row = state.vpnConnections.find(id);
  if (row?.state !== 'pending' && row?.state !== 'modifying') return;
  const tunnels = row.tunnels.map((tunnel) => (tunnel.up ? tunnel : { ...tunnel, up: true, changedAt: clock.now() }));
  state.vpnConnections.put({ ...row, state: 'available', tunnels });
}

export const DeleteVpnConnection: Operation<'DeleteVpnConnection'> = ({ VpnConnectionId }, context) => {
  const { state, clock, jobs } = context;
  const row = getConnection(context, VpnConnectionId);
  if (row.state === 'deleting') return {};
  const tunnels = row.tunnels.map((tunnel) => ({ ...tunnel, up: false, changedAt: clock.now() }));
  state.vpnConnections.put({ ...row, tunnels, state: 'deleting' });
  const attachment = attachmentOf(context, row);
  if (attachment !== undefined) detach(context, attachment);
  jobs.at(later(context.clock.now(), deleteSeconds), 'vpnGone', { id: row.id });
  return {};
};

export function vpnGone({ id }: { readonly id: string }, context: Ec2Context): void {
  const row = context.state.vpnConnections.find(id);
  if (row?.state !== 'deleting') return;
  context.state.vpnConnections.put({ ...row, state: 'deleted' });
  forgetLater(context, 'vpnConnections', id);
}

export const DescribeVpnConnections: Operation<'DescribeVpnConnections'> = (input, context) => {
  const { rows } = list({ Filters: input.Filters }, context, {
    rows: context.state.vpnConnections,
    id: (row) => row.id,
    ids: input.VpnConnectionIds,
    kind: kinds.vpnConnection,
    filters: {
      'bgp-asn': (row) => context.state.customerGateways.find(row.customerGatewayId)?.asn,
      'customer-gateway-configuration': (row) => showConnection(row, context).CustomerGatewayConfiguration,
      'customer-gateway-id': (row) => row.customerGatewayId,
      'option.static-routes-only': (row) => row.staticRoutesOnly,
      'route.destination-cidr-block': (row) => row.routes,
      state: (row) => showConnection(row, context).State,
      'transit-gateway-id': (row) => row.transitGatewayId,
      type: () => 'ipsec.1',
      'vpn-connection-id': (row) => row.id,
      'vpn-gateway-id': (row) => row.vpnGatewayId,
    },
  });
  return { VpnConnections: rows.map((row) => showConnection(row, context)) };
};

// ── static routes ──

function readRoute(text: string): string {
  const prefix = findPrefix(text);
  if (prefix === undefined) throw errors.valueOf(text, 'destinationCidrBlock', 'This is not a valid CIDR block.');
  return prefix.text;
}

/** Says what lies behind the VPN. For connections with static routes only. */
export const CreateVpnConnectionRoute: Operation<'CreateVpnConnectionRoute'> = (input, context) => {
  const row = getConnection(context, input.VpnConnectionId);
  if (!row.staticRoutesOnly) {
    throw errors.other(
      'InvalidVpnConnection.InvalidType',
      `The VPN connection ${row.id} does not support static routes.`,
    );
  }
  const cidr = readRoute(input.DestinationCidrBlock);
  if (!row.routes.includes(cidr)) context.state.vpnConnections.put({ ...row, routes: [...row.routes, cidr] });
  return {};
};

export const DeleteVpnConnectionRoute: Operation<'DeleteVpnConnectionRoute'> = (input, context) => {
  const row = getConnection(context, input.VpnConnectionId);
  const cidr = readRoute(input.DestinationCidrBlock);
  if (!row.routes.includes(cidr))
    throw errors.other('InvalidRoute.NotFound', `The route ${cidr} does not exist in ${row.id}.`);
  context.state.vpnConnections.put({ ...row, routes: row.routes.filter((one) => one !== cidr) });
  return {};
};

// ── changes ──

const modify = (context: Ec2Context, next: VpnConnectionRow): { VpnConnection: VpnConnection } => {
  const row: VpnConnectionRow = { ...next, state: 'modifying' };
  context.state.vpnConnections.put(row);
  context.jobs.at(later(context.clock.now(), modifySeconds), 'vpnConnected', { id: row.id });
  return { VpnConnection: showConnection(row, context) };
};

/** Moves the AWS end to another gateway, or tells of another device at the site. */
export const ModifyVpnConnection: Operation<'ModifyVpnConnection'> = (input, context) => {
  const row = getReadyConnection(context, input.VpnConnectionId);
  const { VpnGatewayId, TransitGatewayId, CustomerGatewayId } = input;
  if (VpnGatewayId === undefined && TransitGatewayId === undefined && CustomerGatewayId === undefined)
    throw errors.missingParameter('transitGatewayId');
  const customerGatewayId =
    CustomerGatewayId === undefined ? row.customerGatewayId : getCustomerGateway(context, CustomerGatewayId).id;
  if (VpnGatewayId === undefined && TransitGatewayId === undefined)
    return modify(context, { ...row, customerGatewayId });
  const { vpnGatewayId: _a, transitGatewayId: _b, ...loose } = row;
  const target =
    VpnGatewayId === undefined
      ? { transitGatewayId: getReadyTransitGateway(context, TransitGatewayId ?? '').id }
      : { vpnGatewayId: getVpnGateway(context, VpnGatewayId).id };
  const before = attachmentOf(context, row);
  if (before !== undefined) detach(context, before);
  const next = { ...loose, ...target, customerGatewayId };
  attachVpn(context, next);
  return modify(context, next);
};

export const ModifyVpnConnectionOptions: Operation<'ModifyVpnConnectionOptions'> = (input, context) => {
  const row = getReadyConnection(context, input.VpnConnectionId);
  return modify(context, {
    ...row,
    localCidr: input.LocalIpv4NetworkCidr ?? input.LocalIpv6NetworkCidr ?? row.localCidr,
    remoteCidr: input.RemoteIpv4NetworkCidr ?? input.RemoteIpv6NetworkCidr ?? row.remoteCidr,
  });
};

/** Sets options of one tunnel, which goes down meanwhile. */
export const ModifyVpnTunnelOptions: Operation<'ModifyVpnTunnelOptions'> = (input, context) => {
  const row = getReadyConnection(context, input.VpnConnectionId);
  const { TunnelOptions } = input;
  if (!row.tunnels.some(({ outsideIp }) => outsideIp === input.VpnTunnelOutsideIpAddress))
    throw errors.valueOf(input.VpnTunnelOutsideIpAddress, 'vpnTunnelOutsideIpAddress', 'There is no such tunnel.');
  const taken = insideCidrsOf(context);
  const tunnels = row.tunnels.map((tunnel): VpnTunnelRow => {
    if (tunnel.outsideIp !== input.VpnTunnelOutsideIpAddress) return tunnel;
    const { TunnelInsideCidr, PreSharedKey } = TunnelOptions;
    return {
      ...tunnel,
      insideCidr: TunnelInsideCidr === undefined ? tunnel.insideCidr : readInsideCidr(context, TunnelInsideCidr, taken),
      presharedKey: PreSharedKey === undefined ? tunnel.presharedKey : readKey(context, PreSharedKey),
      up: false,
      changedAt: context.clock.now(),
      options: { ...tunnel.options, ...tunnelOptions(TunnelOptions) },
    };
  });
  return modify(context, { ...row, tunnels });
};
