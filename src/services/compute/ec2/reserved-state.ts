// Reserved Instances: rows as they are kept. Their states follow from the instants.
import { table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';

export interface ReservedRow {
  readonly id: string;
  readonly type: string;
  readonly product: string;
  readonly offeringClass: 'standard' | 'convertible';
  readonly payment: 'No Upfront' | 'Partial Upfront' | 'All Upfront';
  readonly scope: 'Region' | 'Availability Zone';
  readonly zone?: string | undefined;
  readonly count: number;
  readonly startsAt: Instant;
  readonly activeAt: Instant;
  readonly endsAt: Instant;
  /** When a modification took its place. */
  readonly retiredAt?: Instant | undefined;
  /** US dollars. */
  readonly fixedPrice: number;
  readonly hourlyPrice: number;
}

export interface ReservedModificationRow {
  readonly id: string;
  readonly sources: readonly string[];
  /** What came out, and the wanted configuration as JSON. */
  readonly results: readonly { readonly reservedId: string; readonly target: string }[];
  readonly at: Instant;
  readonly clientToken?: string | undefined;
}

export const reservedTables = {
  reserved: table<ReservedRow>()({ key: (row) => row.id }),
  reservedModifications: table<ReservedModificationRow>()({ key: (row) => row.id }),
};
