// The instances of a group as rows: their states, and what follows from a change of one.
import type { Instance } from '@aws-sdk/client-auto-scaling';
import { noteCounts } from './group-metric.ts';
import type { LifecycleState, MemberRow, ScalingContext } from './state.ts';

/** Changes an instance's row, and notes what the group's metrics see of it. */
export function changeMember(context: ScalingContext, row: MemberRow, change: Partial<MemberRow>): MemberRow {
  const changed = { ...row, ...change };
  context.state.members.put(changed);
  if (row.state !== changed.state) noteCounts(context, row.group);
  return changed;
}

export function dropMember(context: ScalingContext, row: MemberRow): void {
  context.state.members.delete(row.id);
  for (const action of context.state.hookActions.list({ prefix: `${row.id}\u0000` })) {
    context.jobs.cancel(action.jobId);
    context.state.hookActions.delete(`${row.id}\u0000${action.hook}\u0000`);
  }
  noteCounts(context, row.group);
}

export const isPending = ({ state }: MemberRow): boolean => state.startsWith('Pending');
export const isInService = ({ state }: MemberRow): boolean => state === 'InService';
export const isStandby = ({ state }: MemberRow): boolean => state === 'Standby' || state === 'EnteringStandby';
export const isTerminating = ({ state }: MemberRow): boolean =>
  state.startsWith('Terminating') || state === 'Terminated';
/** Kept after a hook abandoned its termination: it takes no part in the group any more. */
export const isRetained = ({ state }: MemberRow): boolean => state.endsWith('Terminating:Retained');
export const isWarm = ({ state }: MemberRow): boolean => state.startsWith('Warmed:');
export const isWarmTerminating = ({ state }: MemberRow): boolean => state.startsWith('Warmed:Terminat');
/** Those that count towards the desired capacity. */
export const isActive = (member: MemberRow): boolean => isPending(member) || isInService(member);

export const weightOf = (members: readonly { readonly weight: number }[]): number =>
  members.reduce((sum, { weight }) => sum + weight, 0);

/** The state in the warm pool that matches one of the group: `Pending:Wait` and `Warmed:Pending:Wait`. */
export const inPool = (member: MemberRow, state: LifecycleState): LifecycleState =>
  isWarm(member) ? (`Warmed:${state}` as LifecycleState) : state;

export const showMember = (row: MemberRow): Instance => ({
  InstanceId: row.id,
  InstanceType: row.type,
  AvailabilityZone: row.zone,
  AvailabilityZoneId: row.zoneId,
  ImageId: row.imageId,
  LifecycleState: row.state,
  HealthStatus: row.healthy ? 'Healthy' : 'Unhealthy',
  LaunchConfigurationName: row.configuration,
  LaunchTemplate:
    row.template === undefined
      ? undefined
      : {
          LaunchTemplateId: row.template.id,
          LaunchTemplateName: row.template.name,
          Version: row.template.version,
        },
  ProtectedFromScaleIn: row.protected,
  WeightedCapacity: row.isWeighted ? String(row.weight) : undefined,
});
