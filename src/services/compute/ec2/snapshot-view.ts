// Who sees a snapshot: its owner, those it is shared with, everybody when it is public.
import { key } from '../../../kernel/key.ts';
import { settingsOf } from './disk-setting.ts';
import type { Ec2Context } from './operation.ts';
import type { SnapshotRow } from './volume-state.ts';

/** Whether the account may make volumes of a snapshot, and copies. */
export const canUse = (context: Ec2Context, row: SnapshotRow): boolean =>
  row.account === context.account || row.sharedWith.includes(context.account) || isOpen(context, row);

/** Public, and not hidden by its owner's choice for the Region. */
export const isOpen = (context: Ec2Context, row: SnapshotRow): boolean =>
  row.isPublic && settingsOf(context.elsewhere(row.account, row.region)).blockPublicSharing !== 'block-all-sharing';

/** The snapshots that an account sees in the Region: its own, shared ones, public ones. */
export function visibleSnapshots(context: Ec2Context): SnapshotRow[] {
  const { state, account, region } = context;
  const own = state.snapshots.index('owner').list({ prefix: key(account, region) });
  const shared = [account, 'all']
    .flatMap((viewer) => state.snapshotShares.list({ prefix: key(viewer, region) }))
    .map(({ snapshotId }) => state.snapshots.find(snapshotId))
    .filter((row) => row !== undefined && row.account !== account && canUse(context, row));
  const all = [...own, ...(shared as SnapshotRow[])];
  return [...new Map(all.map((row) => [row.id, row])).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
