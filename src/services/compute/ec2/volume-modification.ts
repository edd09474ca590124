// Changing a volume in use: larger, faster, another type. It is `modifying` for moments, then has its new values and is `optimizing` for
// as long as its data moves, then `completed`.
// @see https://docs.aws.amazon.com/ebs/latest/userguide/monitoring-volume-modifications.html
import type { VolumeModification, VolumeModificationState } from '@aws-sdk/client-ec2';
import { later, secondsBetween, secondsPerDay, secondsPerHour, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { list } from './list.ts';
import type { Ec2Context, Input, Operation } from './operation.ts';
import { diskErrors } from './volume-error.ts';
import { attachmentsOf } from './volume-make.ts';
import type { VolumeModificationRow, VolumeRow, VolumeShape } from './volume-state.ts';
import { shapeOf } from './volume-type.ts';
import { getVolume } from './volume.ts';

/** Unknown: AWS states no time; this is as clients see it. */
const modifyingSeconds = 5;
/** A full volume of 1 TiB takes about six hours. */
const optimizingSecondsPerTib = 6 * secondsPerHour;
const optimizingSecondsMin = 30;
/** Limit: modifications of a volume that begin within a day. */
const modificationsPerDay = 4;

const optimizingSeconds = (sizeGib: number): number =>
  Math.max(optimizingSecondsMin, Math.ceil((sizeGib / 1_024) * optimizingSecondsPerTib));

const stateOf = (row: VolumeModificationRow, { clock }: Ec2Context): VolumeModificationState => {
  const now = clock.now();
  if (row.completedAt <= now) return 'completed';
  return row.optimizingAt <= now ? 'optimizing' : 'modifying';
};

const progressOf = ({ startedAt, completedAt }: VolumeModificationRow, { clock }: Ec2Context): number =>
  Math.min(100, Math.floor((100 * secondsBetween(startedAt, clock.now())) / secondsBetween(startedAt, completedAt)));

const show = (row: VolumeModificationRow, context: Ec2Context): VolumeModification => ({
  VolumeId: row.volumeId,
  ModificationState: stateOf(row, context),
  TargetSize: row.to.sizeGib,
  TargetIops: row.to.iops,
  TargetVolumeType: row.to.type,
  TargetThroughput: row.to.throughput,
  TargetMultiAttachEnabled: row.to.multiAttach,
  OriginalSize: row.from.sizeGib,
  OriginalIops: row.from.iops,
  OriginalVolumeType: row.from.type,
  OriginalThroughput: row.from.throughput,
  OriginalMultiAttachEnabled: row.from.multiAttach,
  Progress: progressOf(row, context),
  StartTime: toDate(row.startedAt),
  EndTime: row.completedAt <= context.clock.now() ? toDate(row.completedAt) : undefined,
});

/** IOPS that go with a change of type when none are asked for. */
const givenIops = 3_000;
const hasIops: readonly string[] = ['gp3', 'io1', 'io2'];

/** What a volume becomes. What is not asked for stays, unless the type changes. Pure. */
export function targetOf(before: VolumeShape, input: Omit<Input<'ModifyVolume'>, 'VolumeId'>): VolumeShape {
  const type = input.VolumeType ?? before.type;
  const isSame = type === before.type;
  const kept = isSame && hasIops.includes(type) ? before.iops : undefined;
  return shapeOf({
    sizeGib: input.Size ?? before.sizeGib,
    type,
    iops: input.Iops ?? kept ?? (hasIops.includes(type) ? givenIops : undefined),
    throughput: input.Throughput ?? (isSame ? before.throughput : undefined),
    multiAttach: input.MultiAttachEnabled ?? before.multiAttach,
  });
}

function checkMultiAttach(context: Ec2Context, row: VolumeRow, to: VolumeShape): void {
  if (row.multiAttach && to.type !== row.type)
    throw errors.combination('The volume type of a Multi-Attach enabled volume cannot be modified.');
  if (row.multiAttach === to.multiAttach) return;
  // Of io1 it is decided when the volume is made.
  if (to.type !== 'io2') throw diskErrors.notForType('multiAttachEnabled', to.type);
  if (!to.multiAttach && attachmentsOf(context, row.id).length > 1)
    throw errors.incorrectState(`Volume ${row.id} is attached to more than one instance.`);
}

/**
 * Changes size (upwards only), type, IOPS and throughput.
 *
 * Limit: four modifications in 24 hours, each after the one before is completed.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVolume.html
 */
export const ModifyVolume: Operation<'ModifyVolume'> = (input, context) => {
  const { state, clock, jobs } = context;
  const row = getVolume(context, input.VolumeId);
  if (row.state !== 'made') throw diskErrors.inState(row.id, row.state);
  const asked = [input.Size, input.VolumeType, input.Iops, input.Throughput, input.MultiAttachEnabled];
  if (asked.every((value) => value === undefined))
    throw errors.missingParameter('Size, VolumeType, Iops, Throughput or MultiAttachEnabled');
  if (input.Size !== undefined && input.Size < row.sizeGib) throw diskErrors.shrink();
  const to = targetOf(row, input);
  checkMultiAttach(context, row, to);
  const now = clock.now();
  const latest = state.volumeModifications.find(row.id);
  if (latest !== undefined && latest.completedAt > now) throw diskErrors.modifying(row.id, stateOf(latest, context));
  const recent = row.modifiedAt.filter((at) => secondsBetween(at, now) < secondsPerDay);
  if (recent.length >= modificationsPerDay) throw diskErrors.modificationRate();
  const { sizeGib, type, iops, throughput, multiAttach } = row;
  const optimizingAt = later(now, modifyingSeconds);
  const modification: VolumeModificationRow = {
    volumeId: row.id,
    from: { sizeGib, type, iops, throughput, multiAttach },
    to,
    startedAt: now,
    optimizingAt,
    completedAt: later(optimizingAt, optimizingSeconds(to.sizeGib)),
  };
  state.volumeModifications.put(modification);
  state.volumes.put({ ...row, modifiedAt: [...recent, now] });
  jobs.at(optimizingAt, 'volumeModified', { id: row.id });
  return { VolumeModification: show(modification, context) };
};

/** From now on the volume has its new values. */
export function volumeModified({ id }: { readonly id: string }, { state }: Ec2Context): void {
  const row = state.volumes.find(id);
  const modification = state.volumeModifications.find(id);
  if (row !== undefined && modification !== undefined) state.volumes.put({ ...row, ...modification.to });
}

/** The latest modification of each volume that ever had one. */
export const DescribeVolumesModifications: Operation<'DescribeVolumesModifications'> = (input, context) => {
  const { state } = context;
  const asked = (input.VolumeIds ?? []).map((id) => {
    const row = state.volumeModifications.find(getVolume(context, id).id);
    if (row === undefined) throw diskErrors.neverModified(id);
    return row;
  });
  const { rows, NextToken } = list(input, context, {
    rows: asked.length > 0 ? asked : state.volumeModifications.list(),
    id: (row) => row.volumeId,
    filters: {
      'modification-state': (row) => stateOf(row, context),
      'original-iops': (row) => row.from.iops,
      'original-size': (row) => row.from.sizeGib,
      'original-volume-type': (row) => row.from.type,
      originalMultiAttachEnabled: (row) => row.from.multiAttach,
      'start-time': (row) => toDate(row.startedAt).toISOString(),
      'target-iops': (row) => row.to.iops,
      'target-size': (row) => row.to.sizeGib,
      'target-volume-type': (row) => row.to.type,
      targetMultiAttachEnabled: (row) => row.to.multiAttach,
      'volume-id': (row) => row.volumeId,
    },
    least: 1,
  });
  return { VolumesModifications: rows.map((row) => show(row, context)), NextToken };
};
