// Locks: a snapshot that nobody can delete until a day. @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-snapshot-lock.html
import type { LockState } from '@aws-sdk/client-ec2';
import { instant, later, secondsBetween, secondsPerDay, secondsPerHour, toDate } from '../../../kernel/units.ts';
import { errors, kinds } from './errors.ts';
import { list } from './list.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { getOwnSnapshot } from './snapshot-make.ts';
import { visibleSnapshots } from './snapshot-view.ts';
import { diskErrors } from './volume-error.ts';
import type { SnapshotLock, SnapshotRow } from './volume-state.ts';

/** Limit: days of a lock, and hours of the time in which a compliance lock can still be taken back. */
const daysMax = 36_500;
const coolOffMaxHours = 72;

type Timed = Pick<Ec2Context, 'clock'>;

const stateOf = (lock: SnapshotLock, { clock }: Timed): LockState => {
  const now = clock.now();
  if (lock.expiresAt <= now) return 'expired';
  if (lock.mode === 'governance') return 'governance';
  return lock.coolOffEndsAt !== undefined && lock.coolOffEndsAt > now ? 'compliance-cooloff' : 'compliance';
};

export const isLocked = ({ lock }: SnapshotRow, context: Timed): boolean =>
  lock !== undefined && stateOf(lock, context) !== 'expired';

const show = (row: SnapshotRow, lock: SnapshotLock, context: Timed) => ({
  SnapshotId: row.id,
  LockState: stateOf(lock, context),
  LockDuration: lock.days,
  CoolOffPeriod: lock.coolOffHours,
  CoolOffPeriodExpiresOn: lock.coolOffEndsAt === undefined ? undefined : toDate(lock.coolOffEndsAt),
  LockCreatedOn: toDate(lock.createdAt),
  LockDurationStartTime: toDate(lock.startsAt),
  LockExpiresOn: toDate(lock.expiresAt),
});

/** Locks a snapshot, or changes its lock: a compliance lock can only become longer. */
export const LockSnapshot: Operation<'LockSnapshot'> = (input, context) => {
  const { clock, state } = context;
  const row = getOwnSnapshot(context, input.SnapshotId);
  const { LockMode: mode, LockDuration, ExpirationDate, CoolOffPeriod } = input;
  if (mode !== 'compliance' && mode !== 'governance')
    throw errors.valueOf(mode, 'lockMode', 'Expecting compliance or governance.');
  if ((LockDuration === undefined) === (ExpirationDate === undefined))
    throw errors.combination('Exactly one of LockDuration and ExpirationDate must be specified.');
  if (CoolOffPeriod !== undefined && mode !== 'compliance')
    throw errors.combination('CoolOffPeriod can be specified for compliance mode only.');
  if (CoolOffPeriod !== undefined && (CoolOffPeriod < 1 || CoolOffPeriod > coolOffMaxHours))
    throw errors.valueOf(CoolOffPeriod, 'coolOffPeriod', `Expecting a value from 1 to ${coolOffMaxHours}.`);
  const now = clock.now();
  const startsAt = row.completesAt !== undefined && row.completesAt > now ? row.completesAt : now;
  const until = ExpirationDate === undefined ? undefined : instant(ExpirationDate.getTime());
  const days = LockDuration ?? Math.ceil(secondsBetween(startsAt, until ?? now) / secondsPerDay);
  if (days < 1 || days > daysMax) throw errors.valueOf(days, 'lockDuration', `Expecting a value from 1 to ${daysMax}.`);
  const lock: SnapshotLock = {
    mode,
    days,
    createdAt: now,
    startsAt,
    expiresAt: until ?? later(startsAt, days * secondsPerDay),
    coolOffHours: CoolOffPeriod,
    coolOffEndsAt: CoolOffPeriod === undefined ? undefined : later(now, CoolOffPeriod * secondsPerHour),
  };
  const before = row.lock;
  const isFixed = before !== undefined && stateOf(before, context) === 'compliance';
  if (isFixed && (mode !== 'compliance' || lock.expiresAt < before.expiresAt || CoolOffPeriod !== undefined))
    throw diskErrors.snapshotLocked(row.id);
  state.snapshots.put({ ...row, lock });
  return show(row, lock, context);
};

/** Takes a lock away: not one in compliance mode whose cool-off period is over. */
export const UnlockSnapshot: Operation<'UnlockSnapshot'> = ({ SnapshotId }, context) => {
  const row = getOwnSnapshot(context, SnapshotId);
  if (row.lock === undefined || !isLocked(row, context))
    throw errors.incorrectState(`Snapshot '${row.id}' is not locked.`);
  if (stateOf(row.lock, context) === 'compliance') throw diskErrors.snapshotLocked(row.id);
  context.state.snapshots.put({ ...row, lock: undefined });
  return { SnapshotId: row.id };
};

/** Locked snapshots of the account, those whose lock has ended included. */
export const DescribeLockedSnapshots: Operation<'DescribeLockedSnapshots'> = (input, context) => {
  const locked = visibleSnapshots(context).filter((row) => row.account === context.account && row.lock !== undefined);
  const { rows, NextToken } = list(input, context, {
    rows: locked,
    id: (row) => row.id,
    ids: input.SnapshotIds,
    kind: kinds.snapshot,
    filters: {
      'lock-state': (row) => (row.lock === undefined ? undefined : stateOf(row.lock, context)),
    },
  });
  const Snapshots = rows.flatMap((row) =>
    row.lock === undefined ? [] : [{ OwnerId: row.account, ...show(row, row.lock, context) }],
  );
  return { Snapshots, NextToken };
};
