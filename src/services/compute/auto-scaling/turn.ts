// A group's turn: what it wishes is compared with what is there, and the difference becomes launches and retirements.
//
// Deciding is one transaction, and needs nobody; what was decided is a row, which is carried out afterwards. So a turn that is interrupted
// goes on where it stood. Turns are jobs, which run one at a time.
import { key } from '../../../kernel/key.ts';
import { instant, later, secondsBetween } from '../../../kernel/units.ts';
import { joinSentences, sentence } from './activity.ts';
import { findGroup, isSuspended, membersOf } from './find.ts';
import { dropGroup } from './group-end.ts';
import { carryOut } from './launch.ts';
import { surplusMarket, templateOf } from './launch-source.ts';
import { retire } from './life.ts';
import { rebalanceMargin } from './limits.ts';
import { launchesOf, planLaunch, usableZones, zoneCounts } from './launch-plan.ts';
import { changeMember, isActive, isInService, isPending, isRetained, isTerminating, weightOf } from './member.ts';
import { effective } from './refresh-source.ts';
import { stepRefresh } from './refresh-step.ts';
import type { GroupRow, ScalingContext } from './state.ts';
import { pickFirst } from './termination-policy.ts';
import { look } from './turn-time.ts';
import { findRested, settlePool, wakeUp } from './warm-pool-fill.ts';
import { emptiest, fullest, isUneven } from './zone-balance.ts';

/** Job: one turn. */
export async function takeTurn({ group }: { readonly group: string }, context: ScalingContext): Promise<void> {
  await context.transact(() => {
    context.state.turns.delete(group);
    decide(context, group);
  });
  for (const launch of launchesOf(context, group)) await carryOut(context, launch);
}

function decide(context: ScalingContext, name: string): void {
  const found = findGroup(context, name);
  if (found === undefined) return;
  if (found.deleting === true) {
    dissolve(context, found);
    return;
  }
  replaceUnhealthy(context, found);
  replaceAged(context, found);
  stepRefresh(context, found);
  const group = effective(context, findGroup(context, name) ?? found);
  settleCapacity(context, group);
  rebalance(context, group);
  settlePool(context, group, (place) => planLaunch(context, group, { ...place, isExtra: false, isWarm: true }));
  lookWhenUsable(context, name);
}

/** A zone that could not be launched in is tried again when its time is over. */
function lookWhenUsable(context: ScalingContext, name: string): void {
  const now = context.clock.now();
  const ends = context.state.zoneTroubles
    .list({ prefix: key(name) })
    .flatMap(({ until }) => (until > now ? until : []));
  if (ends.length > 0) look(context, name, secondsBetween(now, instant(Math.min(...ends))));
}

/** A group that is deleted ends its instances without further ado, and is gone when they are. */
function dissolve(context: ScalingContext, group: GroupRow): void {
  const members = membersOf(context, group.name);
  for (const member of members) {
    const isEnding = member.state === 'Terminating:Proceed' || member.state === 'Warmed:Terminating:Proceed';
    if (isEnding) continue;
    const leaving = isTerminating(member)
      ? member
      : retire(context, group, member, [
          sentence(context, 'an instance was taken out of service in response to a user request.'),
        ]);
    changeMember(context, leaving, {
      state: leaving.state.startsWith('Warmed:') ? 'Warmed:Terminating:Proceed' : 'Terminating:Proceed',
      leavingFor: undefined,
    });
    context.jobs.at(context.clock.now(), 'terminate', { id: member.id });
  }
  if (members.length === 0 && launchesOf(context, group.name).length === 0) dropGroup(context, group);
}

function replaceUnhealthy(context: ScalingContext, group: GroupRow): void {
  if (isSuspended(group, 'ReplaceUnhealthy') || isSuspended(group, 'Terminate')) return;
  for (const member of membersOf(context, group.name)) {
    if (member.healthy || isTerminating(member) || member.state.startsWith('Warmed:Terminat')) continue;
    if (member.state === 'Standby' || member.state === 'EnteringStandby' || member.state === 'Detaching') continue;
    retire(context, group, member, [
      sentence(context, `an instance was taken out of service in response to ${member.trouble ?? 'a health check.'}`),
    ]);
  }
}

/** Instances that are older than the group allows are replaced, one at a time. */
function replaceAged(context: ScalingContext, group: GroupRow): void {
  const { maxLifetimeSeconds } = group;
  if (maxLifetimeSeconds === undefined || isSuspended(group, 'Terminate') || isSuspended(group, 'Launch')) return;
  const members = membersOf(context, group.name).filter((member) => !member.state.startsWith('Warmed:'));
  const oldest = members.find(isInService);
  if (oldest === undefined) return;
  const end = later(oldest.launchedAt, maxLifetimeSeconds);
  if (end > context.clock.now()) {
    look(context, group.name, secondsBetween(context.clock.now(), end));
    return;
  }
  if (members.some((member) => isPending(member) || (isTerminating(member) && !isRetained(member)))) return;
  retire(context, group, oldest, [
    sentence(context, 'an instance was taken out of service in response to a maximum instance lifetime being reached.'),
  ]);
}

interface Standing {
  readonly capacity: number;
  readonly goal: number;
}

function standing(context: ScalingContext, group: GroupRow): Standing {
  const active = membersOf(context, group.name).filter(isActive);
  const launches = launchesOf(context, group.name).filter(({ isWarm }) => !isWarm);
  const all = [...active, ...launches];
  return {
    capacity: weightOf(all),
    goal: group.desired + weightOf(all.filter(({ isExtra }) => isExtra)),
  };
}

function settleCapacity(context: ScalingContext, group: GroupRow): void {
  const { capacity, goal } = standing(context, group);
  if (capacity < goal && !isSuspended(group, 'Launch')) grow(context, group, { capacity, goal });
  else if (capacity > goal && !isSuspended(group, 'Terminate')) shrink(context, group, { capacity, goal });
  const left = findGroup(context, group.name);
  if (left !== undefined && left.causes.length > 0) context.state.groups.put({ ...left, causes: [] });
}

function growCause(context: ScalingContext, group: GroupRow, { capacity, goal }: Standing): string {
  const isReplacing = membersOf(context, group.name).some((member) => !member.healthy && isTerminating(member));
  if (group.causes.length === 0 && isReplacing)
    return sentence(context, 'an instance was launched in response to an unhealthy instance needing to be replaced.');
  const started = `an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${capacity} to ${goal}.`;
  return joinSentences([...group.causes, sentence(context, started)]);
}

function grow(context: ScalingContext, group: GroupRow, { capacity, goal }: Standing): void {
  const cause = growCause(context, group, { capacity, goal });
  const usable = usableZones(context, group);
  const counts = zoneCounts(context, group);
  let has = capacity;
  while (has < goal) {
    const rested = findRested(context, group, counts);
    if (rested !== undefined) {
      wakeUp(context, group, rested, cause);
      has += rested.weight;
      counts.set(rested.zone, (counts.get(rested.zone) ?? 0) + 1);
      continue;
    }
    const tried = group.distribution === 'balanced-only' ? emptiest(counts, () => true) : emptiest(counts, usable);
    if (tried === undefined || !usable(tried)) return;
    has += planLaunch(context, group, { zone: tried, cause, isExtra: false, isWarm: false }).weight;
    counts.set(tried, (counts.get(tried) ?? 0) + 1);
  }
}

/** Zones by which instances go first: those that the group has left, then the fullest (ASG-22). */
function shrinkOrder(context: ScalingContext, group: GroupRow): string[][] {
  const counts = zoneCounts(context, group);
  const own = new Set(group.zones.map(({ zone }) => zone));
  const foreign = [...counts.keys()].filter((zone) => !own.has(zone));
  for (const zone of foreign) counts.delete(zone);
  return foreign.length > 0 ? [foreign, ...fullest(counts)] : fullest(counts);
}

function shrink(context: ScalingContext, group: GroupRow, { capacity, goal }: Standing): void {
  const { state, clock } = context;
  const out = sentence(
    context,
    `an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from ${capacity} to ${goal}.`,
  );
  let has = capacity;
  while (has > goal) {
    const members = membersOf(context, group.name).filter(
      (member) => isActive(member) && !member.protected && has - member.weight >= goal,
    );
    const zones = shrinkOrder(context, group).find((some) => members.some(({ zone }) => some.includes(zone)));
    if (zones === undefined) return;
    const victim =
      members.find(({ isAtRisk }) => isAtRisk === true) ??
      pickFirst(
        members.filter(({ zone }) => zones.includes(zone)),
        group.terminationPolicies,
        {
          now: clock.now(),
          templateId: templateOf(group)?.id,
          configurationAt: (name) => state.configurations.find(name)?.createdAt,
          surplusMarket: surplusMarket(group, members),
        },
      );
    const chosen = sentence(context, `instance ${victim.id} was selected for termination.`);
    retire(context, group, victim, [...group.causes, out, chosen]);
    has -= victim.weight;
  }
}

/**
 * Evens out zones: launches first where there are few (ASG-17); what is too much then goes as in every scale-in. The maximum may be
 * exceeded by a tenth or one instance meanwhile (ASG-18).
 */
function rebalance(context: ScalingContext, group: GroupRow): void {
  if (['AZRebalance', 'Launch', 'Terminate'].some((process) => isSuspended(group, process))) return;
  const members = membersOf(context, group.name).filter(isActive);
  const isBusy = launchesOf(context, group.name).length > 0 || !members.every(isInService);
  if (isBusy || weightOf(members) !== group.desired || members.length === 0) return;
  const usable = usableZones(context, group);
  const counts = zoneCounts(context, group);
  const own = new Set(group.zones.map(({ zone }) => zone));
  const foreign = [...counts].filter(([zone]) => !own.has(zone));
  if (![...own].some(usable) || (foreign.length === 0 && !isUneven(counts, usable))) return;
  const margin = Math.max(1, Math.floor(group.max * rebalanceMargin));
  const most = Math.max(group.max - group.desired, margin);
  const full = [...counts].filter(([, count]) => count === Math.max(...counts.values())).map(([zone]) => zone);
  const short = new Set<string>();
  const targets = new Map([...counts].filter(([zone]) => own.has(zone)));
  const sources = new Map(counts);
  const moves: string[] = [];
  while (moves.length < most) {
    const to = emptiest(targets, usable);
    const from = foreign.find(([zone]) => (sources.get(zone) ?? 0) > 0)?.[0] ?? fullest(sources)[0]?.[0];
    if (to === undefined || from === undefined) break;
    const isForeign = !own.has(from);
    if (!isForeign && (sources.get(from) ?? 0) - (targets.get(to) ?? 0) <= 1) break;
    moves.push(to);
    short.add(to);
    targets.set(to, (targets.get(to) ?? 0) + 1);
    sources.set(to, (sources.get(to) ?? 0) + 1);
    sources.set(from, (sources.get(from) ?? 0) - 1);
  }
  const words = `instances were launched to balance instances in zones ${full.join(' ')} with other zones resulting in more than desired number of instances in the group.`;
  const zonesNow = `availability zones ${[...counts.keys()].join(' ')} had ${[...counts.values()].join(' ')} instances respectively. An instance was launched to aid in balancing the group's zones.`;
  const cause = joinSentences([sentence(context, words), sentence(context, zonesNow)]);
  for (const zone of moves) planLaunch(context, group, { zone, cause, isExtra: true, isWarm: false });
  const left = findGroup(context, group.name);
  if (moves.length > 0 && left !== undefined) context.state.groups.put({ ...left, causes: [sentence(context, words)] });
}
