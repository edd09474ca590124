// Simulated load, from a program: what `hakoniwa load` does.
import { addLoad, endLoad, listLoad, type LoadView } from '../admin/load.ts';
import type { Cloud } from '../cloud.ts';

export interface Load {
  /** Name or ARN of a load balancer. */
  readonly balancer: string;
  /** Default: `constant`. */
  readonly shape?: 'constant' | 'ramp' | 'sine';
  /** Requests a second of a constant load. */
  readonly rate?: number;
  readonly low?: number;
  readonly high?: number;
  /** How long a ramp or a turn of a sine takes: `30m`, `24h`. */
  readonly period?: string;
  /** How long it lasts. Default: until it is ended. */
  readonly for?: string;
  /** When it begins. Default: now. */
  readonly after?: string;
  readonly account?: string;
  readonly region?: string;
}

export interface LoadControl {
  /** Adds a load. Nothing is sent; metrics, alarms and groups see it all the same. */
  add(load: Load): Promise<LoadView>;
  list(): Promise<readonly LoadView[]>;
  end(id: string): Promise<LoadView>;
}

export const loadControl = (cloud: Cloud): LoadControl => ({
  add: (load) => addLoad(cloud, load as unknown as Readonly<Record<string, unknown>>),
  list: async () => (await listLoad(cloud)).load,
  end: (id) => endLoad(cloud, id),
});
