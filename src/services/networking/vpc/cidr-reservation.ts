// Subnet CIDR reservations: ranges from which AWS gives out nothing by itself, or prefixes alone.
import type { SubnetCidrReservation } from '@aws-sdk/client-ec2';
import { contains, findPrefix, overlap, readPrefix } from '../../../network/address.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import type { CidrReservationRow } from './state.ts';
import { getSubnet, reservationsOf } from './subnet.ts';

const show = (row: CidrReservationRow, context: Ec2Context): SubnetCidrReservation => ({
  SubnetCidrReservationId: row.id,
  SubnetId: row.subnetId,
  Cidr: row.cidr,
  ReservationType: row.type,
  OwnerId: context.account,
  Description: row.description ?? '',
  Tags: tagsOf(context, row.id),
});

/**
 * Reserves a range of a subnet. Interfaces that have addresses of it keep them; a request may still name such an address.
 *
 * Unknown: whether `AvailableIpAddressCount` falls; here it tells the addresses that nobody has.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/subnet-cidr-reservation.html
 */
export const CreateSubnetCidrReservation: Operation<'CreateSubnetCidrReservation'> = (input, context) => {
  const subnet = getSubnet(context, input.SubnetId);
  const range = findPrefix(input.Cidr);
  if (range === undefined) throw errors.notCidr(input.Cidr, 'cidr');
  const own = [...(subnet.cidr === undefined ? [] : [subnet.cidr]), ...subnet.ipv6Cidrs.map(({ cidr }) => cidr)];
  if (!own.some((cidr) => contains(readPrefix(cidr), range)))
    throw errors.valueOf(input.Cidr, 'cidr', `The CIDR must be within the CIDR range of the subnet ${subnet.id}.`);
  if (reservationsOf(context, subnet.id).some(({ cidr }) => overlap(readPrefix(cidr), range)))
    throw errors.valueOf(input.Cidr, 'cidr', 'The CIDR overlaps with an existing subnet CIDR reservation.');
  const row: CidrReservationRow = {
    id: context.ids.resource('scr'),
    subnetId: subnet.id,
    cidr: range.text,
    type: input.ReservationType,
    description: input.Description,
  };
  context.state.cidrReservations.put(row);
  tagNew(context, kinds.cidrReservation, row.id, input.TagSpecifications);
  return { SubnetCidrReservation: show(row, context) };
};

export const DeleteSubnetCidrReservation: Operation<'DeleteSubnetCidrReservation'> = (input, context) => {
  const row = get(context.state.cidrReservations, kinds.cidrReservation, input.SubnetCidrReservationId);
  const DeletedSubnetCidrReservation = show(row, context);
  context.state.cidrReservations.delete(row.id);
  dropTags(context, row.id);
  return { DeletedSubnetCidrReservation };
};

/** The reservations of a subnet, IPv4 and IPv6 apart. */
export const GetSubnetCidrReservations: Operation<'GetSubnetCidrReservations'> = (input, context) => {
  const subnet = getSubnet(context, input.SubnetId);
  const { rows, NextToken } = list(input, context, {
    rows: () => reservationsOf(context, subnet.id),
    id: (row) => row.id,
    filters: { reservationType: (row) => row.type, 'subnet-id': (row) => row.subnetId },
  });
  const of = (family: 4 | 6) =>
    rows.filter(({ cidr }) => readPrefix(cidr).family === family).map((row) => show(row, context));
  return { SubnetIpv4CidrReservations: of(4), SubnetIpv6CidrReservations: of(6), NextToken };
};
