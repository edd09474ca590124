// The archive tier: a snapshot that is kept whole and cheap, and must be restored before use.
// @see https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-archive.html
import type { SnapshotTierStatus, TieringOperationStatus } from '@aws-sdk/client-ec2';
import { type Instant, later, secondsBetween, secondsPerDay, secondsPerHour, toDate } from '../../../kernel/units.ts';
import { errors, kinds } from './errors.ts';
import { list } from './list.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { getOwnSnapshot } from './snapshot-make.ts';
import { visibleSnapshots } from './snapshot-view.ts';
import { tagsOf } from './tag.ts';
import { diskErrors } from './volume-error.ts';
import type { SnapshotRow, SnapshotTiering } from './volume-state.ts';

/** Archiving and restoring take up to 72 hours, by size; a day is usual. */
const tieringSeconds = 24 * secondsPerHour;
/** Limit: days of a restore that ends by itself. */
const restoreDaysMax = 180;

interface TieringJob {
  readonly id: string;
  readonly startedAt: Instant;
}

const isMoving = ({ tiering }: SnapshotRow, { clock }: Ec2Context): boolean =>
  tiering !== undefined && tiering.completesAt > clock.now();

function start(
  context: Ec2Context,
  row: SnapshotRow,
  tiering: Pick<SnapshotTiering, 'operation' | 'temporaryDays'>,
): void {
  const { state, clock, jobs } = context;
  const startedAt = clock.now();
  const completesAt = later(startedAt, tieringSeconds);
  state.snapshots.put({ ...row, tiering: { ...tiering, startedAt, completesAt } });
  jobs.at(completesAt, 'snapshotTiered', { id: row.id, startedAt });
}

/** Moves a snapshot to the archive. */
export const ModifySnapshotTier: Operation<'ModifySnapshotTier'> = ({ SnapshotId, StorageTier }, context) => {
  const row = getOwnSnapshot(context, SnapshotId);
  if (StorageTier !== undefined && StorageTier !== 'archive')
    throw errors.valueOf(StorageTier, 'storageTier', 'Expecting archive.');
  if (row.state !== 'completed') throw diskErrors.snapshotState(row.id);
  if (row.tier === 'archive') throw diskErrors.archived(row.id);
  if (isMoving(row, context)) throw errors.incorrectState(`Snapshot '${row.id}' is being archived or restored.`);
  start(context, row, { operation: 'archival' });
  return { SnapshotId: row.id, TieringStartTime: toDate(context.clock.now()) };
};

/** Brings a snapshot back from the archive, for days or for good; a restore for days can be made longer, shorter or permanent. */
export const RestoreSnapshotTier: Operation<'RestoreSnapshotTier'> = (input, context) => {
  const { clock, state, jobs } = context;
  const row = getOwnSnapshot(context, input.SnapshotId);
  const { TemporaryRestoreDays: days, PermanentRestore } = input;
  if ((PermanentRestore === true) === (days !== undefined))
    throw errors.combination('Exactly one of TemporaryRestoreDays and PermanentRestore must be specified.');
  if (days !== undefined && (days < 1 || days > restoreDaysMax))
    throw errors.valueOf(days, 'temporaryRestoreDays', `Expecting a value from 1 to ${restoreDaysMax}.`);
  if (isMoving(row, context)) throw errors.incorrectState(`Snapshot '${row.id}' is being archived or restored.`);
  if (row.tier !== 'archive' && row.restoreExpiresAt === undefined)
    throw errors.incorrectState(`Snapshot '${row.id}' is not archived.`);
  const answer = {
    SnapshotId: row.id,
    RestoreStartTime: toDate(clock.now()),
    RestoreDuration: days,
    IsPermanentRestore: PermanentRestore === true,
  };
  if (row.restoreExpiresAt !== undefined) {
    const restoreExpiresAt = days === undefined ? undefined : later(clock.now(), days * secondsPerDay);
    state.snapshots.put({ ...row, restoreExpiresAt, archivedAt: days === undefined ? undefined : row.archivedAt });
    if (restoreExpiresAt !== undefined) jobs.at(restoreExpiresAt, 'snapshotRestoreEnded', { id: row.id });
    return answer;
  }
  start(context, row, {
    operation: days === undefined ? 'permanent-restore' : 'temporary-restore',
    temporaryDays: days,
  });
  return answer;
};

export function snapshotTiered({ id, startedAt }: TieringJob, { state, clock, jobs }: Ec2Context): void {
  const row = state.snapshots.find(id);
  if (row?.tiering?.startedAt !== startedAt) return;
  const now = clock.now();
  if (row.tiering.operation === 'archival') {
    state.snapshots.put({ ...row, tier: 'archive', archivedAt: now });
    return;
  }
  const days = row.tiering.temporaryDays;
  const restoreExpiresAt = days === undefined ? undefined : later(now, days * secondsPerDay);
  const archivedAt = days === undefined ? undefined : row.archivedAt;
  state.snapshots.put({ ...row, tier: 'standard', restoreExpiresAt, archivedAt });
  if (restoreExpiresAt !== undefined) jobs.at(restoreExpiresAt, 'snapshotRestoreEnded', { id });
}

/** A restore for days is over: the snapshot is in the archive only. */
export function snapshotRestoreEnded({ id }: { readonly id: string }, { state, clock }: Ec2Context): void {
  const row = state.snapshots.find(id);
  if (row?.restoreExpiresAt !== undefined && row.restoreExpiresAt <= clock.now())
    state.snapshots.put({ ...row, tier: 'archive', restoreExpiresAt: undefined });
}

const statusOf = ({ operation, completesAt }: SnapshotTiering, { clock }: Ec2Context): TieringOperationStatus =>
  `${operation}-${completesAt > clock.now() ? 'in-progress' : 'completed'}`;

function show(row: SnapshotRow, context: Ec2Context): SnapshotTierStatus {
  const { tiering } = row;
  const { clock } = context;
  const part =
    tiering && secondsBetween(tiering.startedAt, clock.now()) / secondsBetween(tiering.startedAt, tiering.completesAt);
  return {
    SnapshotId: row.id,
    VolumeId: row.volumeId,
    Status: row.state,
    OwnerId: row.account,
    Tags: tagsOf(context, row.id),
    StorageTier: row.tier,
    LastTieringStartTime: tiering && toDate(tiering.startedAt),
    LastTieringProgress: part === undefined ? undefined : Math.min(100, Math.floor(part * 100)),
    LastTieringOperationStatus: tiering && statusOf(tiering, context),
    ArchivalCompleteTime: row.archivedAt === undefined ? undefined : toDate(row.archivedAt),
    RestoreExpiryTime: row.restoreExpiresAt === undefined ? undefined : toDate(row.restoreExpiresAt),
  };
}

export const DescribeSnapshotTierStatus: Operation<'DescribeSnapshotTierStatus'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: visibleSnapshots(context).filter((row) => row.account === context.account),
    id: (row) => row.id,
    kind: kinds.snapshot,
    filters: {
      'snapshot-id': (row) => row.id,
      'volume-id': (row) => row.volumeId,
      'last-tiering-operation': (row) => row.tiering && statusOf(row.tiering, context),
    },
  });
  return { SnapshotTierStatuses: rows.map((row) => show(row, context)), NextToken };
};
