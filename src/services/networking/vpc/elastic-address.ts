// Elastic addresses: public IPv4 addresses that one keeps.
import type { Address } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { anyTagsOf, dropTags, tagNew } from '../../compute/ec2/tag.ts';
import { addressesMax } from './limits.ts';
import { getInterface } from './network-interface.ts';
import type { AddressRow, InterfaceRow } from './state.ts';

/**
 * A public address that nobody else has, in whatever account and Region.
 *
 * Differs: AWS gives out addresses of its own; these are of 198.18.0.0/15, which RFC 2544 sets apart for tests, so that nothing
 * which is tried here can reach a stranger.
 */
export function pickPublicIp(context: Ec2Context): string {
  const { state, random, account, region } = context;
  for (;;) {
    const ip = `198.${18 + random.integer(0, 2)}.${random.integer(0, 256)}.${random.integer(1, 255)}`;
    const last = state.publicAddresses.find(key(ip));
    if (last !== undefined && isHeld(context.elsewhere(last.account, last.region), ip)) continue;
    state.publicAddresses.put({ ip, account, region });
    return ip;
  }
}

/** True when an account's Region still uses the address that it was given. */
const isHeld = ({ state }: Ec2Context, ip: string): boolean =>
  state.interfaces.index('public').first({ prefix: key(ip) }) !== undefined ||
  state.addresses.index('ip').first({ prefix: key(ip) }) !== undefined ||
  state.vpnConnections
    .list()
    .some((row) => row.state !== 'deleted' && row.tunnels.some(({ outsideIp }) => outsideIp === ip));

function showAddress(row: AddressRow, context: Ec2Context): Address {
  const nic = row.association === undefined ? undefined : context.state.interfaces.find(row.association.interfaceId);
  return {
    AllocationId: row.id,
    PublicIp: row.ip,
    Domain: 'vpc',
    NetworkBorderGroup: row.borderGroup,
    PublicIpv4Pool: 'amazon',
    AssociationId: row.association?.id,
    NetworkInterfaceId: row.association?.interfaceId,
    NetworkInterfaceOwnerId: row.association === undefined ? undefined : context.account,
    PrivateIpAddress: row.association?.privateIp,
    InstanceId: nic?.attachment?.instanceId ?? '',
    Tags: anyTagsOf(context, row.id),
  };
}

/** An address that this account had and gave back, unless somebody has it now. */
function recovered(context: Ec2Context, ip: string): string {
  const { releasedAddresses } = context.state;
  if (!releasedAddresses.has(key(ip)) || isHeld(context, ip)) throw errors.addressNotFound(ip);
  releasedAddresses.delete(key(ip));
  return ip;
}

/**
 * An address of Amazon's, or with `Address` one that was given back before. Limit: 5 in a Region.
 *
 * Unknown: what is said of an address that cannot be recovered.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing-eips-releasing.html
 */
export const AllocateAddress: Operation<'AllocateAddress'> = (input, context) => {
  const { state, ids, region } = context;
  if (input.Domain === 'standard') throw errors.unsupported('The domain standard is not supported any more.');
  if (state.addresses.size >= context.quotas.of(addressesMax)) throw errors.addressLimit();
  const row: AddressRow = {
    id: ids.resource('eipalloc'),
    ip: input.Address === undefined ? pickPublicIp(context) : recovered(context, input.Address),
    borderGroup: input.NetworkBorderGroup ?? region,
  };
  state.addresses.put(row);
  tagNew(context, kinds.allocation, row.id, input.TagSpecifications);
  return {
    AllocationId: row.id,
    PublicIp: row.ip,
    Domain: 'vpc',
    NetworkBorderGroup: row.borderGroup,
    PublicIpv4Pool: 'amazon',
  };
};

export const getAddress = ({ state }: Ec2Context, id: string): AddressRow => get(state.addresses, kinds.allocation, id);

function addressFor(context: Ec2Context, id: string | undefined, ip: string | undefined): AddressRow {
  if (id !== undefined) return getAddress(context, id);
  if (ip === undefined) throw errors.missingParameter('allocationId');
  const row = context.state.addresses.index('ip').first({ prefix: key(ip) });
  if (row === undefined) throw errors.addressNotFound(ip);
  return row;
}

export const ReleaseAddress: Operation<'ReleaseAddress'> = (input, context) => {
  const row = addressFor(context, input.AllocationId, input.PublicIp);
  if (row.association !== undefined) throw errors.addressLocked(row.ip);
  context.state.addresses.delete(row.id);
  context.state.releasedAddresses.put({ ip: row.ip });
  dropTags(context, row.id);
  return {};
};

/** The interface that a request names, or the first one of the instance that it names. */
function interfaceFor(context: Ec2Context, id: string | undefined, instanceId: string | undefined): InterfaceRow {
  if (id !== undefined) return getInterface(context, id);
  if (instanceId === undefined) throw errors.missingParameter('instanceId');
  const first = context.state.interfaces.index('instance').first({ prefix: key(instanceId) });
  if (first === undefined) throw kinds.instance.missing(instanceId);
  return first;
}

/** Joins an address to an interface: its own private address, or a further one. */
export function associate(context: Ec2Context, row: AddressRow, nic: InterfaceRow, privateIp?: string): AddressRow {
  const { state, ids } = context;
  const inside = privateIp ?? nic.addresses[0]?.ip;
  if (inside === undefined || !nic.addresses.some(({ ip }) => ip === inside)) {
    throw errors.privateAddressNotFound(inside ?? '', nic.id);
  }
  for (const { association, ...other } of state.addresses.index('interface').list({ prefix: key(nic.id) })) {
    if (association?.privateIp === inside) state.addresses.put(other);
  }
  const association = { id: ids.resource('eipassoc'), interfaceId: nic.id, privateIp: inside };
  const joined = { ...row, association };
  state.addresses.put(joined);
  // The address from Amazon's pool goes back when an Elastic one takes its place.
  const addresses = nic.addresses.map((one) => (one.ip === inside ? { ip: one.ip, primary: one.primary } : one));
  state.interfaces.put({ ...nic, addresses });
  return joined;
}

export const AssociateAddress: Operation<'AssociateAddress'> = (input, context) => {
  const row = addressFor(context, input.AllocationId, input.PublicIp);
  const nic = interfaceFor(context, input.NetworkInterfaceId, input.InstanceId);
  const gateway = context.state.internetGateways.index('vpc').first({ prefix: key(nic.vpcId) });
  if (gateway === undefined) {
    throw errors.other('Gateway.NotAttached', `Network ${nic.vpcId} is not attached to any internet gateway`);
  }
  if (row.association !== undefined && input.AllowReassociation === false) {
    throw errors.alreadyAssociated(`resource ${row.id} is already associated with associate-id ${row.association.id}`);
  }
  return { AssociationId: associate(context, row, nic, input.PrivateIpAddress).association?.id };
};

export const DisassociateAddress: Operation<'DisassociateAddress'> = (input, context) => {
  const { state } = context;
  const row =
    input.AssociationId === undefined
      ? addressFor(context, undefined, input.PublicIp)
      : state.addresses.list().find((one) => one.association?.id === input.AssociationId);
  if (row === undefined) throw kinds.association.missing(input.AssociationId ?? '');
  const nic = state.interfaces.find(row.association?.interfaceId ?? '');
  if (nic?.owner?.kind === 'nat-gateway')
    throw errors.other('AuthFailure', 'You do not have permission to access the specified resource.');
  const { association: _gone, ...free } = row;
  state.addresses.put(free);
  return {};
};

export const DescribeAddresses: Operation<'DescribeAddresses'> = (input, context) => {
  const byIp = (input.PublicIps ?? []).map((ip) => addressFor(context, undefined, ip).id);
  const { rows } = list({ Filters: input.Filters }, context, {
    rows: context.state.addresses,
    id: (row) => row.id,
    ids: [...(input.AllocationIds ?? []), ...byIp],
    kind: kinds.allocation,
    filters: {
      'allocation-id': (row) => row.id,
      'association-id': (row) => row.association?.id,
      domain: () => 'vpc',
      'instance-id': (row) => showAddress(row, context).InstanceId,
      'network-border-group': (row) => row.borderGroup,
      'network-interface-id': (row) => row.association?.interfaceId,
      'network-interface-owner-id': (row) => (row.association === undefined ? undefined : context.account),
      'private-ip-address': (row) => row.association?.privateIp,
      'public-ip': (row) => row.ip,
    },
  });
  return { Addresses: rows.map((row) => showAddress(row, context)) };
};

/** The reverse DNS attribute, which is never set here. */
export const DescribeAddressesAttribute: Operation<'DescribeAddressesAttribute'> = (input, context) => {
  const ids = input.AllocationIds ?? context.state.addresses.list().map((row) => row.id);
  return { Addresses: ids.map((id) => ({ AllocationId: id, PublicIp: getAddress(context, id).ip })) };
};
