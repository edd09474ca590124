// What is known of guests: who they are, when they ran, and what they did minute by minute. Rows, so that metrics can be worked out for
// any time in the past, after a restart and in a fork.
import { key } from '../kernel/key.ts';
import { type StateOf, type Store, table } from '../kernel/table.ts';
import type { Instant } from '../kernel/units.ts';
import type { Behaviour, GuestSpec, Life } from './guest.ts';

export interface GuestRow {
  readonly instanceId: string;
  readonly spec: GuestSpec;
  readonly running: boolean;
  readonly bootedAt: Instant;
  readonly said: Behaviour;
}

/** A stretch of time in which a guest ran, and as what; kept when the instance is forgotten, for as long as metrics are. */
export interface LifeRow extends Life {
  readonly instanceId: string;
}

/** From when on a guest burns CPU and sends by itself, and how much. */
export interface BusyRow {
  readonly instanceId: string;
  readonly from: Instant;
  readonly cpuPercent: number;
  readonly networkMbps?: number | undefined;
}

/** A file on a guest's own disk, by the path under which it was put. */
export interface FileRow {
  readonly instanceId: string;
  readonly path: string;
  readonly text: string;
}

export const guestTables = {
  guests: table<GuestRow>()({ key: (row) => row.instanceId, scope: 'cloud' }),
  lives: table<LifeRow>()({
    key: (row) => key(row.instanceId, row.from),
    scope: 'cloud',
    indexes: { place: (row) => key(row.account, row.region) },
  }),
  busy: table<BusyRow>()({ key: (row) => key(row.instanceId, row.from), scope: 'cloud' }),
  files: table<FileRow>()({ key: (row) => key(row.instanceId, row.path), scope: 'cloud' }),
};

export type GuestState = StateOf<typeof guestTables>;

export const guestState = (store: Store): GuestState => store.state('guests', guestTables, '*', '*');
