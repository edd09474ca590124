// Making snapshots: what an operation of `ec2`, an image and the direct APIs have in common.
import { key } from '../../../kernel/key.ts';
import { quota } from '../../../kernel/quota.ts';
import { type Instant, later, mebibyte } from '../../../kernel/units.ts';
import { kinds, missing } from './errors.ts';
import type { Ec2Context } from './operation.ts';
import { canUse } from './snapshot-view.ts';
import { dropTags } from './tag.ts';
import { blockBytes, copyBlocks, dropBlocks, sameBlock } from './volume-block.ts';
import { diskErrors } from './volume-error.ts';
import type { SnapshotRow, VolumeRow } from './volume-state.ts';

/** The volume of a snapshot that was copied or written: no volume's. */
export const noVolume = 'vol-ffffffff';

/** Unknown: AWS promises no time; snapshots take some seconds, and longer the more has changed since the one before. */
const leastSeconds = 5;
const copyMibPerSecond = 100;

export const copySeconds = (bytes: number): number => leastSeconds + Math.ceil(bytes / mebibyte / copyMibPerSecond);

/** Limit: snapshots of one volume under way. @see https://docs.aws.amazon.com/general/latest/gr/ebs-service.html */
const pendingMax = (type: string): number => (type === 'st1' || type === 'sc1' ? 1 : 5);

/** Bytes of a disk's blocks that an older disk has not. */
function changedBytes({ state }: Ec2Context, diskId: string, olderId: string | undefined): number {
  let changed = 0;
  for (const block of state.blocks.each({ prefix: key(diskId) })) {
    const older = olderId === undefined ? undefined : state.blocks.find(key(olderId, block.index));
    if (!sameBlock(block, older)) changed++;
  }
  return changed * blockBytes;
}

/**
 * Takes a snapshot of a volume: the content of this instant, whatever is written while the snapshot is `pending`. Incremental: it takes
 * as long as what changed since the volume's latest one.
 */
export function makeSnapshot(context: Ec2Context, volume: VolumeRow, description: string): SnapshotRow {
  const { state, clock, account, region } = context;
  const earlier = state.snapshots.index('volume').list({ prefix: key(volume.id) });
  const mine = earlier.filter((row) => row.account === account && row.region === region);
  if (mine.filter(({ state: status }) => status === 'pending').length >= pendingMax(volume.type))
    throw diskErrors.tooManyPending(volume.id);
  const seconds = copySeconds(changedBytes(context, volume.id, mine.at(-1)?.id));
  return addSnapshot(context, {
    volumeId: volume.id,
    sizeGib: volume.sizeGib,
    description,
    encrypted: volume.encrypted,
    kmsKeyId: volume.kmsKeyId,
    contentOf: volume.id,
    completesAt: later(clock.now(), seconds),
  });
}

/** Snapshots of an account in a Region. */
export const snapshotsMax = quota('ebs', 'L-309BACF6', 100_000);

function checkCount({ state, quotas, account, region }: Ec2Context): void {
  const most = quotas.of(snapshotsMax);
  // Only where the whole cloud has so many can one account have them.
  if (state.snapshots.size < most) return;
  if (state.snapshots.index('owner').list({ prefix: key(account, region), limit: most }).length >= most)
    throw diskErrors.snapshotQuota();
}

export interface NewSnapshot extends Pick<SnapshotRow, 'volumeId' | 'sizeGib' | 'description' | 'encrypted'> {
  readonly kmsKeyId?: string | undefined;
  /** The disk whose blocks it gets. */
  readonly contentOf?: string | undefined;
  readonly completesAt?: Instant | undefined;
  readonly writing?: SnapshotRow['writing'];
  readonly transferType?: SnapshotRow['transferType'];
  readonly completionMinutes?: number | undefined;
}

export function addSnapshot(context: Ec2Context, { contentOf, ...wanted }: NewSnapshot): SnapshotRow {
  const { state, clock, ids, jobs, account, region } = context;
  checkCount(context);
  const row: SnapshotRow = {
    ...wanted,
    id: ids.resource('snap'),
    account,
    region,
    state: 'pending',
    startedAt: clock.now(),
    isPublic: false,
    sharedWith: [],
    tier: 'standard',
  };
  state.snapshots.put(row);
  if (contentOf !== undefined) copyBlocks(context, contentOf, row.id);
  if (row.completesAt !== undefined) jobs.at(row.completesAt, 'snapshotDone', { id: row.id });
  return row;
}

export function snapshotDone({ id }: { readonly id: string }, { state }: Ec2Context): void {
  const row = state.snapshots.find(id);
  if (row?.state === 'pending') state.snapshots.put({ ...row, state: 'completed' });
}

/** A snapshot that the account may see. */
export function getSnapshot(context: Ec2Context, id: string): SnapshotRow {
  const row = context.state.snapshots.find(id);
  if (row === undefined || row.region !== context.region || !canUse(context, row)) throw missing(kinds.snapshot, id);
  return row;
}

/** A snapshot that is the account's own. */
export function getOwnSnapshot(context: Ec2Context, id: string): SnapshotRow {
  const row = getSnapshot(context, id);
  if (row.account !== context.account) throw diskErrors.notOwner(id);
  return row;
}

/** Takes a snapshot away with its content, shares and tags. Later ones of the same volume keep all that they need. */
export function dropSnapshot(context: Ec2Context, row: SnapshotRow): void {
  const { state } = context;
  state.snapshots.delete(row.id);
  for (const viewer of [...row.sharedWith, ...(row.isPublic ? ['all'] : [])])
    state.snapshotShares.delete(key(viewer, row.region, row.id));
  state.fastRestores.deleteAll({ prefix: key(row.id) });
  dropBlocks(context, row.id);
  dropTags(context, row.id);
}
