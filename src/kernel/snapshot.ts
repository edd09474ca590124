import type { StoreImage } from './table.ts';
import type { Instant } from './units.ts';

/** The state of a cloud at an instant: cheap to take, cheap to put back. */
export interface Snapshot {
  readonly image: StoreImage;
  readonly now: Instant;
  /** State of the source of chance. */
  readonly random: readonly number[];
  /** Lets go of the bodies that only this snapshot names. */
  release(): void;
}
