// Who shows packets to appliances, as the network asks for it: Gateway Load Balancers belong to another service than endpoints do.
import type { Inspector } from './topology.ts';

export interface Inspectors {
  /** Higher after each change of what `behind` answers. */
  readonly version: number;
  /** The Gateway Load Balancer of an ARN; the same object as long as nothing about it changed. */
  behind(balancerArn: string): Inspector | undefined;
}

declare module '../kernel/parts.ts' {
  interface Parts {
    readonly inspectors: Inspectors;
  }
}
