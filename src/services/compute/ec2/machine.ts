// The machine beneath an instance. Nobody sees it, but for what breaks with it.
import type { Ec2Context } from './operation.ts';

/** The instance is on another machine from now on; what was wrong with the old one is not its trouble any more. */
export function leaveMachine({ parts }: Ec2Context, instanceId: string): void {
  if (parts.faults.isEmpty) return;
  for (const { id } of parts.faults.hostFaults(instanceId)) parts.faults.end(id);
}
