// How many hosts of a group were healthy, and when that changed: a row at each change, so that a quiet week costs nothing.
import { key } from '../../../kernel/key.ts';
import type { ElbContext, HostCount, HostCountRow, TargetRow } from './state.ts';

const countOf = (targets: readonly TargetRow[]): HostCount => ({
  healthy: targets.filter(({ health }) => health.state === 'healthy').length,
  unhealthy: targets.filter(({ health }) => health.state === 'unhealthy' && health.reason !== 'Target.InvalidState')
    .length,
});

/** Notes how many are healthy now, in all and by zone, if it is another number than before. */
export function noteHosts({ state, clock }: ElbContext, groupArn: string): void {
  const targets = state.targets.list({ prefix: key(groupArn) }).filter((row) => row.drainingUntil === undefined);
  const names = new Set(targets.flatMap(({ zone }) => (zone === undefined || zone === 'all' ? [] : zone)));
  const zones = Object.fromEntries(
    [...names].sort().map((name) => [name, countOf(targets.filter(({ zone }) => zone === name))]),
  );
  const row: HostCountRow = { groupArn, at: clock.now(), ...countOf(targets), zones };
  const last = state.hostCounts.first({ prefix: key(groupArn), reverse: true });
  if (last !== undefined && JSON.stringify({ ...last, at: row.at }) === JSON.stringify(row)) return;
  state.hostCounts.put(row);
}
