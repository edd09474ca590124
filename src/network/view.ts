// The network of a running cloud: the topology made of its rows, and the walker on it.
import type { Flow } from './flow.ts';
import type { Topology } from './topology.ts';
import type { Trace, TraceOptions } from './trace.ts';

export interface NetworkView {
  /** As it is now: all accounts and Regions, zones in trouble included. The same object as long as nothing changed. */
  topology(): Topology;
  /** Changes whenever the topology does. */
  readonly version: number;
  trace(flow: Flow, options?: TraceOptions): Trace;
}

declare module '../kernel/parts.ts' {
  interface Parts {
    readonly network: NetworkView;
  }
}
