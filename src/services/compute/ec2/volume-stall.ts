// Volumes that do not answer: by a fault of their own, or of their zone.
import type { Instant } from '../../../kernel/units.ts';
import type { Ec2Context } from './operation.ts';
import { attachedTo } from './volume-make.ts';
import type { VolumeRow } from './volume-state.ts';

/** One that lost its content stays so when the fault is over. */
export const isStalled = ({ parts }: Ec2Context, { id, zoneId, state }: VolumeRow, at?: Instant): boolean =>
  state === 'error' || !parts.faults.answersIo(id, zoneId, at);

/**
 * The attached EBS status check.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-system-instance-status-check.html
 */
export function hasStalledVolume(context: Ec2Context, instanceId: string, at?: Instant): boolean {
  if (context.parts.faults.isEmpty) return false;
  return attachedTo(context, instanceId).some(({ volumeId }) => {
    const row = context.state.volumes.find(volumeId);
    return row !== undefined && isStalled(context, row, at);
  });
}
