// Health of a target as its checks find it: pure, and the same for classic load balancers.
import type { Parts } from '../../../kernel/parts.ts';
import type { Topology } from '../../../network/topology.ts';
import type { HealthCheckRow, TargetHealthRow } from './state.ts';

/** How one check ended. */
export interface Finding {
  readonly well: boolean;
  readonly reason?: string | undefined;
  readonly description?: string | undefined;
}

/** `200`, `200,202`, `200-399`. */
export function matchesCode(matcher: string, code: number): boolean {
  return matcher.split(',').some((part) => {
    const [from, to = from] = part.split('-').map((text) => Number(text.trim()));
    return from !== undefined && to !== undefined && code >= from && code <= to;
  });
}

/** Of a target that nobody has checked yet. */
export const freshHealth = (now: TargetHealthRow['since'], reason?: string): TargetHealthRow => ({
  state: 'initial',
  reason,
  run: 0,
  passing: false,
  since: now,
});

/** The state after a finding: a new target is well after one good check; else it takes a run of equal ones. */
export function nextHealth(
  before: TargetHealthRow,
  finding: Finding,
  check: Pick<HealthCheckRow, 'healthyCount' | 'unhealthyCount'>,
  now: TargetHealthRow['since'],
): TargetHealthRow {
  const run = before.passing === finding.well ? before.run + 1 : 1;
  const { well, reason, description } = finding;
  const settled = (state: TargetHealthRow['state'], why?: string, words?: string): TargetHealthRow => ({
    state,
    reason: why,
    description: words,
    run,
    passing: well,
    since: before.state === state ? before.since : now,
  });
  if (well && (before.state === 'initial' || before.state === 'healthy' || run >= check.healthyCount))
    return settled('healthy');
  if (!well && (before.state === 'unhealthy' || run >= check.unhealthyCount))
    return settled('unhealthy', reason, description);
  if (before.state === 'initial') return settled('initial', 'Elb.InitialHealthChecking');
  return { ...before, run, passing: well };
}

export const failed = (kind: 'refused' | 'timeout'): Finding =>
  kind === 'timeout'
    ? { well: false, reason: 'Target.Timeout', description: 'Request timed out' }
    : { well: false, reason: 'Target.FailedHealthChecks', description: 'Health checks failed' };

interface Seen {
  readonly topology: Topology;
  readonly stamp: string;
}
const lastSeen = new WeakMap<Parts, Map<string, Seen>>();

/** What is checked, and what was found so far. */
interface Watched {
  /** A target group, or a classic load balancer. */
  readonly subject: string;
  /** Whom it asks, and how. */
  readonly asks: string;
  readonly healths: readonly TargetHealthRow[];
}

/**
 * True when nothing that a check could see has changed since the last time it was asked for this subject: the network, guests, faults,
 * the check itself; and every health is settled.
 */
export function isUnchanged(parts: Parts, { subject, asks, healths }: Watched): boolean {
  if (parts.guests.kind !== 'simulated') return false;
  let seen = lastSeen.get(parts);
  if (seen === undefined) lastSeen.set(parts, (seen = new Map()));
  const settled = healths.every(({ state, run }) => state !== 'initial' && run >= 10);
  const now: Seen = {
    topology: parts.network.topology(),
    stamp: `${parts.guests.version} ${parts.faults.stamp()} ${asks}`,
  };
  const before = seen.get(subject);
  seen.set(subject, now);
  return settled && before?.topology === now.topology && before.stamp === now.stamp;
}

/** True when there is something new to write. */
export const isNews = (before: TargetHealthRow, after: TargetHealthRow): boolean =>
  after.state !== before.state ||
  after.run !== before.run ||
  after.passing !== before.passing ||
  after.reason !== before.reason;
