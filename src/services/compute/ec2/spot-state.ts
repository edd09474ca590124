// Spot: rows as they are kept.
import { key } from '../../../kernel/key.ts';
import { table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';

export type SpotInterruption = 'terminate' | 'stop' | 'hibernate';

export interface SpotRequestRow {
  readonly id: string;
  readonly state: 'open' | 'active' | 'closed' | 'cancelled' | 'failed' | 'disabled';
  readonly status: { readonly code: string; readonly message: string; readonly at: Instant };
  readonly type: 'one-time' | 'persistent';
  /** US dollars an hour, as text with six decimals: the most that it may cost. */
  readonly price: string;
  readonly createdAt: Instant;
  readonly validFrom?: Instant | undefined;
  readonly validUntil?: Instant | undefined;
  readonly launchGroup?: string | undefined;
  readonly zoneGroup?: string | undefined;
  readonly interruption: SpotInterruption;
  readonly product: string;
  readonly instanceId?: string | undefined;
  readonly launchedZone?: string | undefined;
  /** What it launches: a launch request, as JSON. */
  readonly request: string;
  readonly profile?: { readonly arn: string; readonly id: string } | undefined;
  readonly fault?: { readonly code: string; readonly message: string } | undefined;
  readonly fleetId?: string | undefined;
}

export const spotTables = {
  spotRequests: table<SpotRequestRow>()({
    key: (row) => row.id,
    indexes: {
      fleet: (row: SpotRequestRow) => (row.fleetId === undefined ? undefined : key(row.fleetId)),
      instance: (row: SpotRequestRow) => (row.instanceId === undefined ? undefined : key(row.instanceId)),
    },
  }),
};
