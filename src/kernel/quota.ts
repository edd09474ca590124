// Quotas: limits that an account can have raised. A service declares each with its code and AWS's default, and asks what is in force;
// Service Quotas writes what was granted. So neither knows the other.
import { key } from './key.ts';
import { type StateOf, table } from './table.ts';

/** A limit with its name in Service Quotas and its default. */
export interface Quota {
  /** As Service Quotas writes it: `vpc`, `ec2`, `ebs`. */
  readonly service: string;
  /** `L-F678F1CE`. */
  readonly code: string;
  readonly value: number;
}

export const quota = (service: string, code: string, value: number): Quota => ({ service, code, value });

/** The quotas of an account in a Region. */
export interface Quotas {
  /** What is in force: the granted value, or the default. */
  of(limit: Quota): number;
  /** What was granted; undefined where the default is in force. */
  granted(service: string, code: string): number | undefined;
  /** Inside a transaction: from now on this value is in force. */
  grant(service: string, code: string, value: number): void;
}

interface GrantRow {
  readonly service: string;
  readonly code: string;
  readonly value: number;
}

export const quotaTables = { grants: table<GrantRow>()({ key: (row) => key(row.service, row.code) }) };

export class GrantedQuotas implements Quotas {
  readonly #state: StateOf<typeof quotaTables>;

  constructor(state: StateOf<typeof quotaTables>) {
    this.#state = state;
  }

  of({ service, code, value }: Quota): number {
    return this.granted(service, code) ?? value;
  }

  granted(service: string, code: string): number | undefined {
    const { grants } = this.#state;
    return grants.size === 0 ? undefined : grants.find(key(service, code))?.value;
  }

  grant(service: string, code: string, value: number): void {
    this.#state.grants.put({ service, code, value });
  }
}
