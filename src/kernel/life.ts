// A data folder's memory of the cloud itself, so that the next process goes on where this one stopped.
import type { ClockMode } from './clock.ts';
import type { JobQueue } from './jobs.ts';
import { type StateOf, table } from './table.ts';
import type { Timeline } from './timeline.ts';
import type { Instant } from './units.ts';

/** What a data folder remembers of the cloud itself. */
export interface Life {
  readonly name: 'life';
  /** Starts so far: mixed into the seed, so that no identifier comes twice. */
  readonly starts: number;
  readonly clock: ClockMode;
  /** By how much the clock was ahead of real time; of a frozen one, where it stood. */
  readonly aheadMs: number;
  readonly now: Instant;
}

export const lifeTables = { life: table<Life>()({ key: (life) => life.name, scope: 'cloud' }) };

/** The cloud's own rows, jobs too. When they are damaged the cloud ends before its clock begins. */
export function readLife(
  rows: StateOf<typeof lifeTables>['life'],
  jobs: JobQueue,
  timeline: Timeline,
): Life | undefined {
  try {
    void jobs.size;
    return rows.find('life');
  } catch (error) {
    void timeline.close();
    throw error;
  }
}
