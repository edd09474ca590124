// When a group is looked at next. Many reasons to look make one look.
import { later } from '../../../kernel/units.ts';
import type { ScalingContext } from './state.ts';

/** Looks at a group in so many seconds, or sooner when that was planned already. */
export function look({ state, jobs, clock }: ScalingContext, group: string, seconds = 1): void {
  const at = later(clock.now(), seconds);
  const known = state.turns.find(group);
  if (known !== undefined && known.at <= at) return;
  if (known !== undefined) jobs.cancel(known.jobId);
  state.turns.put({ group, at, jobId: jobs.at(at, 'takeTurn', { group }) });
}
