// Health of a target as its checks find it: pure, and the same for classic load balancers.
import type { Parts } from '../../../kernel/parts.ts';
import type { Sense } from '../../../kernel/sleepers.ts';
import type { Table } from '../../../kernel/table.ts';
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

/** Equal results in a row from which on one more says nothing new. */
const settledRun = 10;

/** True when one more check that ends as the last one did would change nothing. */
const isSettled = ({ state, run }: TargetHealthRow): boolean => state !== 'initial' && run >= settledRun;

/** What is written of a health after a check; undefined when that says nothing new. */
export function newsOf(before: TargetHealthRow, after: TargetHealthRow): TargetHealthRow | undefined {
  const run = Math.min(after.run, settledRun);
  const isSame =
    after.state === before.state &&
    run === before.run &&
    after.passing === before.passing &&
    after.reason === before.reason;
  return isSame ? undefined : { ...after, run };
}

/** True when checks may sleep: what is asked has settled. Programs in real guests change without a word, so those never do. */
export const maySleep = ({ guests }: Parts, healths: readonly TargetHealthRow[]): boolean =>
  guests.kind === 'simulated' && healths.every(isSettled);

/** What could make a check end otherwise: the network, guests, faults, and the tables that say whom it asks. */
export const senseOf = ({ network, guests, faults }: Parts, tables: readonly Versioned[]): Sense => ({
  text: `${network.version} ${guests.version} ${faults.stamp()} ${tables.map(({ version }) => version).join()}`,
  until: faults.nextChange(),
});

type Versioned = Pick<Table<object>, 'version'>;
