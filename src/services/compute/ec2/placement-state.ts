// Where instances stand: placement groups, reserved capacity, dedicated hosts.
import { key } from '../../../kernel/key.ts';
import { table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';

export interface PlacementGroupRow {
  readonly id: string;
  readonly name: string;
  readonly strategy: 'cluster' | 'spread' | 'partition';
  readonly partitions?: number | undefined;
  readonly spreadLevel?: 'host' | 'rack' | undefined;
}

export interface CapacityReservationRow {
  readonly id: string;
  readonly type: string;
  readonly platform: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly tenancy: 'default' | 'dedicated';
  readonly total: number;
  readonly ebsOptimized: boolean;
  readonly ephemeralStorage: boolean;
  readonly state: 'active' | 'expired' | 'cancelled' | 'pending' | 'failed';
  readonly createdAt: Instant;
  readonly endsAt?: Instant | undefined;
  readonly matchCriteria: 'open' | 'targeted';
  readonly placementGroupArn?: string | undefined;
}

export interface HostRow {
  readonly id: string;
  /** A type, or a whole family. */
  readonly type?: string | undefined;
  readonly family: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly autoPlacement: 'on' | 'off';
  readonly recovery: 'on' | 'off';
  readonly maintenance: 'on' | 'off';
  readonly clientToken?: string | undefined;
  readonly state: 'available' | 'released' | 'released-permanent-failure';
  readonly allocatedAt: Instant;
  readonly releasedAt?: Instant | undefined;
}

export const placementTables = {
  placementGroups: table<PlacementGroupRow>()({
    key: (row) => row.id,
    indexes: { name: (row: PlacementGroupRow) => key(row.name) },
  }),
  capacityReservations: table<CapacityReservationRow>()({
    key: (row) => row.id,
    indexes: {
      /** Those that take any instance that matches. */
      open: (row: CapacityReservationRow) =>
        row.state === 'active' && row.matchCriteria === 'open'
          ? key(row.type, row.platform, row.zone, row.tenancy, row.createdAt)
          : undefined,
    },
  }),
  hosts: table<HostRow>()({ key: (row) => row.id }),
};
