// What EC2 does when something beneath it breaks: instances move away from a failed host, volumes that lost their content say so.
//
// An instance recovers by itself (simplified automatic recovery, on by default) or by an alarm with the action `ec2:recover`, whichever
// comes first: it starts anew on another host, with the same ID, addresses, volumes and metadata; what was in its memory is lost. A zone
// in trouble is no failed host: there is nowhere to move to, and nobody recovers until it is back.
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-recovery-how-it-works.html
import type { InstanceStatusEvent } from '@aws-sdk/client-ec2';
import { later, secondsPerDay, toDate } from '../../../kernel/units.ts';
import type { FaultBegan } from '../../../faults/fault.ts';
import type { AlarmAction } from '../../management/cloudwatch/facts.ts';
import { leaveMachine } from './machine.ts';
import { rebootGuest } from './instance-guest.ts';
import type { InstanceRow } from './instance-state.ts';
import { getType } from './launch-check.ts';
import type { Ec2Context } from './operation.ts';
import { dropBlocks } from './volume-block.ts';
import type { VolumeRow } from './volume-state.ts';

/** Unknown: AWS states no time until it recovers an instance; an alarm of two minutes comes before it here. */
const recoverySeconds = 300;

/** How long AWS lets an instance run on a host that is degraded. Unknown: it says "a date in the future"; two weeks are usual. */
const retirementDays = 14;

const canRecover = ({ autoRecovery, type }: InstanceRow): boolean =>
  autoRecovery === 'default' && getType(type).AutoRecoverySupported === true;

/** A fault is in force: begins what follows from it. */
export function faultBegan({ faultId, breakage }: FaultBegan, context: Ec2Context): void {
  const { state, jobs, clock, parts } = context;
  if (!parts.faults.isActive(faultId)) return;
  if (breakage.kind === 'instance' && breakage.status === 'system') {
    const row = state.instances.find(breakage.instanceId);
    if (row?.state === 'running' && canRecover(row))
      jobs.at(later(clock.now(), recoverySeconds), 'recoverInstance', { id: row.id, faultId });
  }
  if (breakage.kind === 'volume' && breakage.effect === 'lost')
    loseVolume(context, state.volumes.find(breakage.volumeId));
  if (breakage.kind === 'zone' && breakage.lost === 'destroyed')
    for (const row of state.volumes.list()) if (row.zoneId === breakage.zoneId) loseVolume(context, row);
}

/** The content is gone for good; only a snapshot brings it back. */
function loseVolume(context: Ec2Context, row: VolumeRow | undefined): void {
  if (row === undefined || row.state === 'deleting') return;
  dropBlocks(context, row.id);
  context.state.volumes.put({ ...row, state: 'error' });
}

/** Time for simplified automatic recovery, unless the fault has ended or recovery was turned off since. */
export function recoverInstance(
  { id, faultId }: { readonly id: string; readonly faultId: string },
  context: Ec2Context,
): void {
  const row = context.state.instances.find(id);
  if (row !== undefined && canRecover(row) && context.parts.faults.isActive(faultId)) recover(context, row);
}

function recover(context: Ec2Context, row: InstanceRow): void {
  const { faults } = context.parts;
  if (row.state !== 'running' || !faults.isReached(row.zoneId) || faults.hostFaults(row.id).length === 0) return;
  leaveMachine(context, row.id);
  rebootGuest(context, row);
}

/** `arn:aws:automate:us-east-1:ec2:recover` */
const isRecovery = (arn: string): boolean =>
  /^arn:[^:]*:automate:[^:]*:ec2:recover$/.test(arn) || arn.includes('AWS_EC2.InstanceId.Recover');

/** An alarm asks for recovery. It does so whatever the instance's own option says. */
export function followAlarm({ actionArn, dimensions }: AlarmAction, context: Ec2Context): void {
  if (!isRecovery(actionArn)) return;
  const id = dimensions?.find(({ Name }) => Name === 'InstanceId')?.Value;
  const row = context.state.instances.find(id ?? '');
  if (row !== undefined) recover(context, row);
}

/**
 * Events that AWS has scheduled: an instance that stays on a failed host is to be retired.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instances-status-check_sched.html
 */
export function eventsOf({ parts }: Ec2Context, row: InstanceRow): InstanceStatusEvent[] {
  const fault = parts.faults.isEmpty || canRecover(row) ? undefined : parts.faults.hostFaults(row.id)[0];
  if (fault === undefined || row.state !== 'running') return [];
  return [
    {
      InstanceEventId: `instance-event-0${row.id.slice(-16)}`,
      Code: 'instance-stop',
      Description: 'The instance is running on degraded hardware',
      NotBefore: toDate(later(fault.from, retirementDays * secondsPerDay)),
    },
  ];
}
