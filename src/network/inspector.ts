// Who shows packets to appliances, as the network asks for it: Gateway Load Balancers belong to another service than endpoints do.
import type { Instant } from '../kernel/units.ts';
import type { Inspector } from './topology.ts';
import type { Trace } from './trace.ts';

/** What passed on a way, as far as it is counted where packets are shown to appliances. */
export interface Shown {
  readonly trace: Trace;
  readonly at: Instant;
  readonly bytesOut: number | undefined;
  readonly bytesBack: number | undefined;
}

export interface Inspectors {
  /** Higher after each change of what `behind` answers. */
  readonly version: number;
  /** The Gateway Load Balancer of an ARN; the same object as long as nothing about it changed. */
  behind(balancerArn: string): Inspector | undefined;
  /** Counts what passed Gateway Load Balancers, or was dropped there. */
  note(shown: Shown): void;
}

declare module '../kernel/parts.ts' {
  interface Parts {
    readonly inspectors: Inspectors;
  }
}
