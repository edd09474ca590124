// Fast snapshot restore: volumes of a snapshot are at full speed from their first read, in zones for which it is paid.
// @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-fast-snapshot-restore.html
import type { DescribeFastSnapshotRestoreSuccessItem, FastSnapshotRestoreStateCode } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { findZone } from '../../../kernel/region.ts';
import { later, secondsPerHour, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { list } from './list.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { diskErrors } from './volume-error.ts';
import type { FastRestoreRow, SnapshotRow } from './volume-state.ts';
import { getOwnSnapshot } from './snapshot-make.ts';

/** Limit: snapshots of a Region. */
const fastRestoresMax = 5;
/** Unknown: AWS states no time for it. */
const enableSeconds = 5;
/** Optimizing takes 60 minutes a TiB. */
const optimizeSeconds = (sizeGib: number): number => Math.ceil((sizeGib / 1_024) * secondsPerHour);
const disableSeconds = 5;

const stateOf = (row: FastRestoreRow, { clock }: Ec2Context): FastSnapshotRestoreStateCode => {
  const now = clock.now();
  if (row.disablingAt !== undefined) return 'disabling';
  if (row.enabledAt <= now) return 'enabled';
  return row.optimizingAt <= now ? 'optimizing' : 'enabling';
};

function show(row: FastRestoreRow, context: Ec2Context): DescribeFastSnapshotRestoreSuccessItem {
  const now = context.clock.now();
  const past = (at: FastRestoreRow['enabledAt'] | undefined) => (at === undefined || at > now ? undefined : toDate(at));
  return {
    SnapshotId: row.snapshotId,
    AvailabilityZone: row.zone,
    AvailabilityZoneId: row.zoneId,
    State: stateOf(row, context),
    StateTransitionReason:
      row.disablingAt === undefined && row.enabledAt <= now
        ? 'Client.UserInitiated - Lifecycle state transition'
        : 'Client.UserInitiated',
    OwnerId: context.account,
    EnablingTime: toDate(row.enablingAt),
    OptimizingTime: past(row.optimizingAt),
    EnabledTime: past(row.enabledAt),
    DisablingTime: past(row.disablingAt),
  };
}

interface Request {
  readonly SourceSnapshotIds: readonly string[];
  readonly AvailabilityZones?: readonly string[] | undefined;
  readonly AvailabilityZoneIds?: readonly string[] | undefined;
}

/** Snapshots and zones of a request; both must exist. */
function named(input: Request, context: Ec2Context) {
  const names = [...(input.AvailabilityZones ?? []), ...(input.AvailabilityZoneIds ?? [])];
  if (names.length === 0) throw errors.missingParameter('AvailabilityZone');
  const zones = names.map((name) => {
    const zone = findZone(name, context.region, context.account);
    if (zone === undefined) throw diskErrors.zoneNotFound(name);
    return zone;
  });
  const snapshots = input.SourceSnapshotIds.map((id): SnapshotRow => getOwnSnapshot(context, id));
  return snapshots.flatMap((snapshot) => zones.map((zone) => ({ snapshot, zone })));
}

const failure = (snapshotId: string, zone: string, Code: string, Message: string) => ({
  SnapshotId: snapshotId,
  FastSnapshotRestoreStateErrors: [{ AvailabilityZone: zone, Error: { Code, Message } }],
});

export const EnableFastSnapshotRestores: Operation<'EnableFastSnapshotRestores'> = (input, context) => {
  const { state, clock } = context;
  const Successful: DescribeFastSnapshotRestoreSuccessItem[] = [];
  const Unsuccessful: ReturnType<typeof failure>[] = [];
  for (const { snapshot, zone } of named(input, context)) {
    const enabledFor = new Set(state.fastRestores.list().map(({ snapshotId }) => snapshotId));
    if (!enabledFor.has(snapshot.id) && enabledFor.size >= fastRestoresMax) {
      Unsuccessful.push(
        failure(
          snapshot.id,
          zone.name,
          'FastSnapshotRestoreLimitExceeded',
          'The maximum number of snapshots with fast snapshot restore has been reached.',
        ),
      );
      continue;
    }
    const enablingAt = clock.now();
    const optimizingAt = later(enablingAt, enableSeconds);
    const known = state.fastRestores.find(key(snapshot.id, zone.name));
    const row: FastRestoreRow =
      known !== undefined && known.disablingAt === undefined
        ? known
        : {
            snapshotId: snapshot.id,
            zone: zone.name,
            zoneId: zone.id,
            enablingAt,
            optimizingAt,
            enabledAt: later(optimizingAt, optimizeSeconds(snapshot.sizeGib)),
          };
    state.fastRestores.put(row);
    Successful.push(show(row, context));
  }
  return { Successful, Unsuccessful };
};

export const DisableFastSnapshotRestores: Operation<'DisableFastSnapshotRestores'> = (input, context) => {
  const { state, clock, jobs } = context;
  const Successful: DescribeFastSnapshotRestoreSuccessItem[] = [];
  const Unsuccessful: ReturnType<typeof failure>[] = [];
  for (const { snapshot, zone } of named(input, context)) {
    const row = state.fastRestores.find(key(snapshot.id, zone.name));
    if (row === undefined) {
      Unsuccessful.push(
        failure(snapshot.id, zone.name, 'InvalidFastSnapshotRestoreState', 'Fast snapshot restore is not enabled.'),
      );
      continue;
    }
    const disabling: FastRestoreRow = { ...row, disablingAt: row.disablingAt ?? clock.now() };
    state.fastRestores.put(disabling);
    if (row.disablingAt === undefined)
      jobs.at(later(clock.now(), disableSeconds), 'fastRestoreGone', { snapshotId: row.snapshotId, zone: row.zone });
    Successful.push(show(disabling, context));
  }
  return { Successful, Unsuccessful };
};

export function fastRestoreGone(
  { snapshotId, zone }: Pick<FastRestoreRow, 'snapshotId' | 'zone'>,
  { state }: Ec2Context,
): void {
  const row = state.fastRestores.find(key(snapshotId, zone));
  if (row?.disablingAt !== undefined) state.fastRestores.delete(key(snapshotId, zone));
}

export const DescribeFastSnapshotRestores: Operation<'DescribeFastSnapshotRestores'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.fastRestores,
    id: (row) => key(row.snapshotId, row.zone),
    filters: {
      'availability-zone': (row) => row.zone,
      'availability-zone-id': (row) => row.zoneId,
      'owner-id': () => context.account,
      'snapshot-id': (row) => row.snapshotId,
      state: (row) => stateOf(row, context),
    },
    tags: () => [],
    least: 0,
  });
  return { FastSnapshotRestores: rows.map((row) => show(row, context)), NextToken };
};
