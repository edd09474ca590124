// Secondary addresses of NAT gateways: of a public one Elastic addresses, each on a private address of its own; of a private one private
// addresses. Each lets 55,000 more connections to one destination stand at once.
//
// Differs: new connections all leave by the primary address, and none is counted, so no address is ever short of ports.
import type { NatGatewayAddress } from '@aws-sdk/client-ec2';
import { type Instant, later } from '../../../kernel/units.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { associate, getAddress } from './elastic-address.ts';
import { natElasticMax, natPrivateMax } from './limits.ts';
import { getInterface } from './network-interface.ts';
import type { NatAddressRow, NatGatewayRow } from './state.ts';
import { releaseAddress, takeAddress } from './subnet-address.ts';

/** Unknown: AWS states no time for an address to join; seconds are seen. */
const joinSeconds = 3;
/** Until an address that nobody uses any more is released. Unknown: AWS states only how long it waits at most for connections to end. */
const leaveSeconds = 3;

export const getNat = ({ state }: Ec2Context, id: string): NatGatewayRow =>
  get(state.natGateways, kinds.natGateway, id);

/** Limit: a private gateway has 8 addresses, a public one 2 until the quota is raised; the primary one counts. */
function checkCount(context: Ec2Context, row: NatGatewayRow, more: number): void {
  const most = row.connectivity === 'public' ? context.quotas.of(natElasticMax) : natPrivateMax;
  if (1 + (row.secondary?.length ?? 0) + more <= most) return;
  throw row.connectivity === 'public'
    ? errors.other('AddressLimitExceeded', 'The maximum number of addresses of the NAT gateway has been reached.')
    : errors.other('PrivateIpAddressLimitExceeded', 'Number of private addresses will exceed limit.');
}

/** Takes private addresses of the gateway's subnet on its interface: those named, and as many more by chance. */
function takePrivate(context: Ec2Context, row: NatGatewayRow, named: readonly string[], count: number): string[] {
  const wanted = [...named, ...Array.from({ length: Math.max(count - named.length, 0) }, () => undefined)];
  const taken = wanted.map((ip) => takeAddress(context, row.subnetId, row.interfaceId, ip));
  const nic = getInterface(context, row.interfaceId);
  const addresses = [...nic.addresses, ...taken.map((ip) => ({ ip, primary: false }))];
  context.state.interfaces.put({ ...nic, addresses });
  return taken;
}

const joining = (now: Instant): Pick<NatAddressRow, 'joinedAt'> => ({ joinedAt: later(now, joinSeconds) });

export function addPrivate(
  context: Ec2Context,
  row: NatGatewayRow,
  named: readonly string[],
  count: number,
): NatGatewayRow {
  checkCount(context, row, Math.max(named.length, count));
  const added = takePrivate(context, row, named, count).map((privateIp) => ({
    privateIp,
    ...joining(context.clock.now()),
  }));
  return { ...row, secondary: [...(row.secondary ?? []), ...added] };
}

export function addElastic(
  context: Ec2Context,
  row: NatGatewayRow,
  allocationIds: readonly string[],
  named: readonly string[],
): NatGatewayRow {
  if (named.length > 0 && named.length !== allocationIds.length)
    throw errors.combination('The number of private addresses must be that of the allocations.');
  checkCount(context, row, allocationIds.length);
  const elastic = allocationIds.map((id) => getAddress(context, id));
  for (const { id, association } of elastic)
    if (association !== undefined)
      throw errors.alreadyAssociated(`resource ${id} is already associated with associate-id ${association.id}`);
  const inside = takePrivate(context, row, named, elastic.length);
  const added = elastic.map((address, i): NatAddressRow => {
    const privateIp = inside[i] as string;
    const joined = associate(context, address, getInterface(context, row.interfaceId), privateIp);
    const { id: allocationId, ip: publicIp } = address;
    return {
      privateIp,
      allocationId,
      publicIp,
      associationId: joined.association?.id,
      ...joining(context.clock.now()),
    };
  });
  return { ...row, secondary: [...(row.secondary ?? []), ...added] };
}

const statusOf = (one: NatAddressRow, now: Instant, isPublic: boolean): NatGatewayAddress['Status'] => {
  if (one.leaving === true) return isPublic ? 'disassociating' : 'unassigning';
  if (now >= one.joinedAt) return 'succeeded';
  return isPublic ? 'associating' : 'assigning';
};

/** All addresses of a gateway, the primary one first. */
export function showAddresses(row: NatGatewayRow, { clock }: Ec2Context): NatGatewayAddress[] {
  const { interfaceId: NetworkInterfaceId } = row;
  const show = (one: Partial<NatAddressRow>): NatGatewayAddress => ({
    AllocationId: one.allocationId,
    AssociationId: one.associationId,
    NetworkInterfaceId,
    PrivateIp: one.privateIp,
    PublicIp: one.publicIp,
  });
  return [
    { ...show(row), IsPrimary: true, Status: 'succeeded' },
    ...(row.secondary ?? []).map((one): NatGatewayAddress => {
      const Status = statusOf(one, clock.now(), row.connectivity === 'public');
      return { ...show(one), IsPrimary: false, Status };
    }),
  ];
}

/** A gateway whose addresses may change: not gone, and none of them leaving. */
function changeable(context: Ec2Context, id: string, connectivity: NatGatewayRow['connectivity']): NatGatewayRow {
  const row = getNat(context, id);
  if (row.connectivity !== connectivity)
    throw errors.invalidValue(`NatGateway ${id} is not a ${connectivity} NAT gateway.`);
  if (row.state !== 'available' || row.secondary?.some(({ leaving }) => leaving === true) === true)
    throw errors.incorrectState(`NatGateway ${id} is in a state in which its addresses cannot change.`);
  return row;
}

function store(context: Ec2Context, row: NatGatewayRow, changed: readonly string[]) {
  context.state.natGateways.put(row);
  const shown = showAddresses(row, context);
  return {
    NatGatewayId: row.id,
    NatGatewayAddresses: shown.filter(({ PrivateIp = '' }) => changed.includes(PrivateIp)),
  };
}

const newOf = (before: NatGatewayRow, after: NatGatewayRow): string[] =>
  (after.secondary ?? []).slice(before.secondary?.length ?? 0).map(({ privateIp }) => privateIp);

export const AssignPrivateNatGatewayAddress: Operation<'AssignPrivateNatGatewayAddress'> = (input, context) => {
  const row = changeable(context, input.NatGatewayId, 'private');
  const named = input.PrivateIpAddresses ?? [];
  if (named.length === 0 && input.PrivateIpAddressCount === undefined)
    throw errors.missingParameter('PrivateIpAddresses');
  if (named.length > 0 && input.PrivateIpAddressCount !== undefined)
    throw errors.combination('PrivateIpAddresses and PrivateIpAddressCount must not be specified together.');
  const after = addPrivate(context, row, named, input.PrivateIpAddressCount ?? 0);
  return store(context, after, newOf(row, after));
};

export const AssociateNatGatewayAddress: Operation<'AssociateNatGatewayAddress'> = (input, context) => {
  const row = changeable(context, input.NatGatewayId, 'public');
  const after = addElastic(context, row, input.AllocationIds, input.PrivateIpAddresses ?? []);
  return store(context, after, newOf(row, after));
};

/** Starts to take secondary addresses away. @throws InvalidParameterValue for the primary one, and for those that are not there */
function leave(
  context: Ec2Context,
  row: NatGatewayRow,
  wanted: readonly string[],
  nameOf: (one: Partial<NatAddressRow>) => string | undefined,
) {
  if (wanted.includes(nameOf(row) ?? ''))
    throw errors.invalidValue(`The primary address of NatGateway ${row.id} cannot be removed.`);
  const goes = (one: NatAddressRow): boolean => wanted.includes(nameOf(one) ?? '');
  const secondary = row.secondary ?? [];
  const unknown = wanted.find((name) => !secondary.some((one) => nameOf(one) === name));
  if (unknown !== undefined) throw errors.invalidValue(`${unknown} is not an address of NatGateway ${row.id}.`);
  const changed = secondary.map((one) => (goes(one) ? { ...one, leaving: true } : one));
  context.jobs.at(later(context.clock.now(), leaveSeconds), 'natAddressesGone', { id: row.id });
  const gone = secondary.filter(goes).map(({ privateIp }) => privateIp);
  return store(context, { ...row, secondary: changed }, gone);
}

export const UnassignPrivateNatGatewayAddress: Operation<'UnassignPrivateNatGatewayAddress'> = (input, context) =>
  leave(
    context,
    changeable(context, input.NatGatewayId, 'private'),
    input.PrivateIpAddresses,
    ({ privateIp }) => privateIp,
  );

export const DisassociateNatGatewayAddress: Operation<'DisassociateNatGatewayAddress'> = (input, context) =>
  leave(
    context,
    changeable(context, input.NatGatewayId, 'public'),
    input.AssociationIds,
    ({ associationId }) => associationId,
  );

/** The addresses that were leaving are free: the private ones of their subnet, the Elastic ones of their owner. */
export function natAddressesGone({ id }: { readonly id: string }, context: Ec2Context): void {
  const { state } = context;
  const row = state.natGateways.find(id);
  const nic = row === undefined ? undefined : state.interfaces.find(row.interfaceId);
  if (row?.secondary === undefined || nic === undefined) return;
  const leaving = row.secondary.filter((one) => one.leaving === true);
  for (const { allocationId, privateIp } of leaving) {
    const elastic = allocationId === undefined ? undefined : state.addresses.find(allocationId);
    if (elastic !== undefined) {
      const { association: _gone, ...free } = elastic;
      state.addresses.put(free);
    }
    releaseAddress(context, row.subnetId, privateIp);
  }
  const gone = new Set(leaving.map(({ privateIp }) => privateIp));
  state.interfaces.put({ ...nic, addresses: nic.addresses.filter(({ ip }) => !gone.has(ip)) });
  state.natGateways.put({ ...row, secondary: row.secondary.filter((one) => one.leaving !== true) });
}
