// Deciding where a launch goes, and writing it down.
import { key } from '../../../kernel/key.ts';
import { beginActivity } from './activity.ts';
import { membersOf } from './find.ts';
import { nextMarket } from './launch-source.ts';
import { isActive } from './member.ts';
import type { GroupRow, LaunchRow, MemberRow, ScalingContext } from './state.ts';
import { countBy, emptiest } from './zone-balance.ts';

/** Launches that were decided on and are not carried out yet. */
export const launchesOf = ({ state }: ScalingContext, group: string): LaunchRow[] =>
  state.launches.index('group').list({ prefix: key(group) });

interface PlannedLaunch {
  readonly zone: string;
  readonly isExtra: boolean;
  readonly isWarm: boolean;
  readonly cause: string;
}

/** Writes down that an instance is to be launched. */
export function planLaunch(
  context: ScalingContext,
  group: GroupRow,
  { zone, cause, isExtra, isWarm }: PlannedLaunch,
): LaunchRow {
  const { state } = context;
  const members = membersOf(context, group.name).filter(isActive);
  const subnetId = subnetIn(context, group, zone);
  const activity = beginActivity(context, group, {
    description: isWarm ? 'Launching a new EC2 instance into warm pool' : 'Launching a new EC2 instance',
    cause,
    code: 'WaitingForInstanceId',
    place: { zone, subnetId },
  });
  const row: LaunchRow = {
    activityId: activity.id,
    group: group.name,
    zone,
    subnetId,
    market: nextMarket(group, [...members, ...launchesOf(context, group.name)]),
    weight: firstWeight(group),
    isExtra,
    isWarm,
    refreshId: state.refreshes.index('active').first({ prefix: key(group.name) })?.id,
  };
  state.launches.put(row);
  return row;
}

/** The subnet of a zone that has the fewest of the group's instances. */
function subnetIn(context: ScalingContext, group: GroupRow, zone: string): string | undefined {
  const subnets = group.zones.find((one) => one.zone === zone)?.subnetIds ?? [];
  if (subnets.length < 2) return subnets[0];
  const used = [...membersOf(context, group.name), ...launchesOf(context, group.name)];
  return emptiest(
    countBy(used, subnets, ({ subnetId }) => subnetId ?? ''),
    (subnet) => subnets.includes(subnet),
  );
}

const firstWeight = ({ source }: GroupRow): number =>
  Number(source.mixed?.LaunchTemplate?.Overrides?.[0]?.WeightedCapacity ?? 1);

/** Zones in which a launch may be tried now. */
export function usableZones({ state, clock }: ScalingContext, group: GroupRow): (zone: string) => boolean {
  const zones = new Set(group.zones.map(({ zone }) => zone));
  for (const { zone, until } of state.zoneTroubles.list({ prefix: key(group.name) }))
    if (until > clock.now()) zones.delete(zone);
  return (zone) => zones.has(zone);
}

export const zoneCounts = (context: ScalingContext, group: GroupRow): Map<string, number> =>
  countBy<{ readonly zone: string }>(
    [
      ...membersOf(context, group.name).filter(isActive),
      ...launchesOf(context, group.name).filter(({ isWarm }) => !isWarm),
    ],
    group.zones.map(({ zone }) => zone),
    ({ zone }) => zone,
  );

/** Launches an instance that takes the place of another, which goes when this one is in service. */
export function planReplacement(context: ScalingContext, group: GroupRow, member: MemberRow, cause: string): boolean {
  const usable = usableZones(context, group);
  const zone = usable(member.zone) ? member.zone : emptiest(zoneCounts(context, group), usable);
  if (zone === undefined) return false;
  planLaunch(context, group, { zone, cause, isExtra: true, isWarm: false });
  return true;
}
