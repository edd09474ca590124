// What `ec2` announces.
import type { Instant } from '../../../kernel/units.ts';

export type InstanceStateName = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

/** `ec2.InstanceStateChanged`: an instance has another state now. */
export interface InstanceStateChanged {
  readonly instanceId: string;
  /** Undefined for a new one. */
  readonly from?: InstanceStateName | undefined;
  readonly to: InstanceStateName;
  /** Code of the state's reason: `Client.UserInitiatedShutdown`, `Server.SpotInstanceTermination`. */
  readonly reason?: string | undefined;
  readonly at: Instant;
}

/** `ec2.InstanceRebooted`: an instance started anew without leaving `running`. */
export interface InstanceRebooted {
  readonly instanceId: string;
  readonly at: Instant;
}

/** `ec2.SpotInterruptionWarning`: in two minutes a Spot Instance will be taken. */
export interface SpotInterruptionWarning {
  readonly instanceId: string;
  readonly action: 'terminate' | 'stop' | 'hibernate';
  /** When it will be taken. */
  readonly at: Instant;
}
