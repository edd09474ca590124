// Event windows and an account's choices for instances: rows as they are kept.
import { table } from '../../../kernel/table.ts';

export interface TimeRange {
  readonly startDay?: string | undefined;
  readonly startHour?: number | undefined;
  readonly endDay?: string | undefined;
  readonly endHour?: number | undefined;
}

export interface EventWindowRow {
  readonly id: string;
  readonly name?: string | undefined;
  readonly ranges?: readonly TimeRange[] | undefined;
  readonly cron?: string | undefined;
  readonly instanceIds: readonly string[];
  readonly hostIds: readonly string[];
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

/** One row: what an account chose for its instances in a Region. */
export interface InstanceSettingsRow {
  readonly id: 'instances';
  readonly serialConsole: boolean;
  /** Family of burstable types → how its instances go on without credits, where the account chose. */
  readonly credits?: Readonly<Record<string, 'standard' | 'unlimited'>> | undefined;
  readonly metadata?:
    | {
        readonly tokens?: 'optional' | 'required' | undefined;
        readonly hopLimit?: number | undefined;
        readonly endpoint?: 'enabled' | 'disabled' | undefined;
        readonly tags?: 'enabled' | 'disabled' | undefined;
      }
    | undefined;
}

export const eventWindowTables = {
  eventWindows: table<EventWindowRow>()({ key: (row) => row.id }),
  instanceSettings: table<InstanceSettingsRow>()({ key: (row) => row.id }),
};
