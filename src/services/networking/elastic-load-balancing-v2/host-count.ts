// How many hosts of a group were healthy, and when that changed: a row at each change, so that a quiet week costs nothing.
import { key } from '../../../kernel/key.ts';
import type { ElbContext, HostCountRow } from './state.ts';

/** Notes how many are healthy now, if it is another number than before. */
export function noteHosts({ state, clock }: ElbContext, groupArn: string): void {
  const targets = state.targets.list({ prefix: key(groupArn) }).filter((row) => row.drainingUntil === undefined);
  const healthy = targets.filter(({ health }) => health.state === 'healthy').length;
  const unhealthy = targets.filter(
    ({ health }) => health.state === 'unhealthy' && health.reason !== 'Target.InvalidState',
  ).length;
  const last = state.hostCounts.first({ prefix: key(groupArn), reverse: true });
  if (last?.healthy === healthy && last.unhealthy === unhealthy) return;
  const row: HostCountRow = { groupArn, at: clock.now(), healthy, unhealthy };
  state.hostCounts.put(row);
}
