// Which instance runs in which Capacity Reservation: one that targets it, or any whose type, platform, zone and tenancy match an open one.
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-reservations-launch.html
import { key } from '../../../kernel/key.ts';
import { errors, get, kinds } from './errors.ts';
import type { InstanceRow } from './instance-state.ts';
import type { Ec2Context } from './operation.ts';
import type { CapacityReservationRow } from './placement-state.ts';

/** What of an instance a reservation must match. */
export type CapacityWish = Pick<
  InstanceRow,
  'type' | 'platformDetails' | 'zone' | 'lifecycle' | 'capacityPreference' | 'capacityTarget'
> & { readonly placement: Pick<InstanceRow['placement'], 'tenancy'> };

/** A stopped instance takes no room. */
const takesRoom = ({ state }: InstanceRow): boolean => state === 'pending' || state === 'running';

/** Instances that run in a reservation. */
export const usersOf = ({ state }: Ec2Context, row: CapacityReservationRow): InstanceRow[] =>
  state.instances
    .index('capacity')
    .list({ prefix: key(row.id) })
    .filter(takesRoom);

/** Instances that a reservation still has room for. */
export const availableOf = (context: Ec2Context, row: CapacityReservationRow): number =>
  row.state === 'active' ? Math.max(0, row.total - usersOf(context, row).length) : 0;

const matches = (row: CapacityReservationRow, wish: CapacityWish): boolean =>
  row.type === wish.type &&
  row.platform === wish.platformDetails &&
  row.zone === wish.zone &&
  row.tenancy === wish.placement.tenancy;

const openTo = ({ state }: Ec2Context, wish: CapacityWish): CapacityReservationRow[] =>
  state.capacityReservations
    .index('open')
    .list({ prefix: key(wish.type, wish.platformDetails, wish.zone, wish.placement.tenancy) });

/** Reservations that an instance may run in. */
function candidatesFor(context: Ec2Context, wish: CapacityWish): readonly CapacityReservationRow[] {
  if (wish.lifecycle !== undefined) return [];
  const id = wish.capacityTarget?.id;
  if (id !== undefined) {
    const row = get(context.state.capacityReservations, kinds.capacityReservation, id);
    return matches(row, wish) ? [row] : [];
  }
  return wish.capacityPreference === 'none' || wish.capacityTarget !== undefined ? [] : openTo(context, wish);
}

export const reservationExceeded = () =>
  errors.other(
    'ReservationCapacityExceeded',
    'The requested reservation does not have sufficient compatible and available capacity for this request.',
  );

/** True when an instance runs in reserved room or not at all. */
export const needsReservation = ({ capacityTarget, capacityPreference }: CapacityWish): boolean =>
  capacityTarget?.id !== undefined || capacityPreference === 'capacity-reservations-only';

/** Instances like this that there is reserved room for. */
export const reservedRoom = (context: Ec2Context, wish: CapacityWish): number =>
  candidatesFor(context, wish).reduce((sum, row) => sum + availableOf(context, row), 0);

/** The reservation that an instance runs in from now on, if any. @throws ReservationCapacityExceeded */
export function reservationFor(context: Ec2Context, wish: CapacityWish): string | undefined {
  const found = candidatesFor(context, wish).find((row) => availableOf(context, row) > 0);
  if (found === undefined && needsReservation(wish)) throw reservationExceeded();
  return found?.id;
}

/** Lets instances that run already, and match, into a new or larger open reservation, those of old first. */
export function admitRunning(context: Ec2Context, row: CapacityReservationRow): void {
  let room = row.matchCriteria === 'open' ? availableOf(context, row) : 0;
  if (room === 0) return;
  for (const one of context.state.instances.index('order').list()) {
    const free = one.capacityReservationId === undefined && takesRoom(one) && one.lifecycle === undefined;
    if (!free || one.capacityPreference === 'none' || !matches(row, one)) continue;
    context.state.instances.put({ ...one, capacityReservationId: row.id });
    room--;
    if (room === 0) return;
  }
}

/** A reservation ends: its instances run on, and outside of it. */
export function releaseUsers(context: Ec2Context, row: CapacityReservationRow): void {
  for (const { capacityReservationId: _gone, ...one } of usersOf(context, row)) context.state.instances.put(one);
}
