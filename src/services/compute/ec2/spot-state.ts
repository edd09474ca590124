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

/** One row while there are Spot Instances: the next look at their capacity. */
export interface SpotWatchRow {
  readonly id: 'watch';
  readonly job: string;
}

/** A fleet of `CreateFleet`, or of `RequestSpotFleet`. */
export interface FleetRow {
  /** `fleet-…`, `sfr-…`. */
  readonly id: string;
  readonly kind: 'fleet' | 'spot-fleet';
  readonly type: 'instant' | 'request' | 'maintain';
  readonly state:
    | 'submitted'
    | 'active'
    | 'deleted-running'
    | 'deleted-terminating'
    | 'deleted'
    | 'modifying'
    | 'failed';
  readonly createdAt: Instant;
  readonly target: { readonly total: number; readonly onDemand: number; readonly spot: number };
  /** The request, as JSON; dates are milliseconds. */
  readonly request: string;
  readonly validFrom?: Instant | undefined;
  readonly validUntil?: Instant | undefined;
  readonly excess: 'termination' | 'no-termination';
  readonly profiles: Readonly<Record<string, { readonly arn: string; readonly id: string }>>;
  /** What the last attempt was refused with. */
  readonly errors: readonly {
    readonly code: string;
    readonly message: string;
    readonly lifecycle: 'spot' | 'on-demand';
    readonly pool: string;
  }[];
}

/** Units of a fleet's capacity that an instance stands for, and the pool that it came from. */
export interface FleetMemberRow {
  readonly fleetId: string;
  readonly instanceId: string;
  readonly weight: number;
  readonly lifecycle: 'spot' | 'on-demand';
  /** Template and overrides, as JSON. */
  readonly pool: string;
}

/** What happened in a fleet. */
export interface FleetEventRow {
  readonly fleetId: string;
  readonly at: Instant;
  readonly number: number;
  readonly type: 'instanceChange' | 'fleetRequestChange' | 'error' | 'information';
  readonly subtype: string;
  readonly text: string;
  readonly instanceId?: string | undefined;
}

export const spotTables = {
  spotWatches: table<SpotWatchRow>()({ key: (row) => row.id }),
  fleets: table<FleetRow>()({ key: (row) => row.id }),
  fleetMembers: table<FleetMemberRow>()({ key: (row) => key(row.fleetId, row.instanceId) }),
  fleetEvents: table<FleetEventRow>()({ key: (row) => key(row.fleetId, row.at, row.number) }),
  spotRequests: table<SpotRequestRow>()({
    key: (row) => row.id,
    indexes: {
      fleet: (row: SpotRequestRow) => (row.fleetId === undefined ? undefined : key(row.fleetId)),
      instance: (row: SpotRequestRow) => (row.instanceId === undefined ? undefined : key(row.instanceId)),
    },
  }),
};
