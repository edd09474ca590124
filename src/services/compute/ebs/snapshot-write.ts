// Writing a snapshot block by block, without any volume: start it, put its blocks, complete it.
// @see https://docs.aws.amazon.com/ebs/latest/userguide/writesnapshots.html
import { createHash } from 'node:crypto';
import { key } from '../../../kernel/key.ts';
import { later, secondsPerDay, secondsPerMinute, toDate } from '../../../kernel/units.ts';
import { encryptionOf } from '../ec2/disk-setting.ts';
import { kinds } from '../ec2/errors.ts';
import type { Ec2Context } from '../ec2/operation.ts';
import { addSnapshot, noVolume } from '../ec2/snapshot-make.ts';
import { tagNew, tagsOf } from '../ec2/tag.ts';
import { blockBytes, blocksPerGib, checksumOf, findBlock, putBlock, storeBlock } from '../ec2/volume-block.ts';
import type { SnapshotRow } from '../ec2/volume-state.ts';
import { errors } from './errors.ts';
import type { Input, Operation } from './operation.ts';
import { getReadable } from './snapshot-read.ts';

/** Limit: the largest volume, GiB. */
const sizeMaxGib = 65_536;
/** Default: how long a snapshot waits for its next block. */
const timeoutMinutes = 60;
/** Limit: snapshots of an account that are being written. */
const writingMax = 100;
/** Unknown: AWS states no time; a written snapshot is complete some seconds after it was said to be. */
const completeSeconds = 5;

/** A request that came before with its token, and its answer. */
function repeated(input: Input<'StartSnapshot'>, context: Ec2Context): SnapshotRow | undefined {
  const { state, clock } = context;
  if (input.ClientToken === undefined) return undefined;
  const known = state.tokens.find(key('StartSnapshot', input.ClientToken));
  if (known === undefined || known.expiresAt <= clock.now()) return undefined;
  if (known.digest !== digestOf(input)) throw errors.conflict('The client token was used with another request.');
  return state.snapshots.find(known.answer);
}

const digestOf = (input: object): string => createHash('sha256').update(JSON.stringify(input)).digest('hex');

/** @see https://docs.aws.amazon.com/ebs/latest/APIReference/API_StartSnapshot.html */
export const StartSnapshot: Operation<'StartSnapshot'> = (input, context) => {
  const { state, clock, account, region } = context;
  const before = repeated(input, context);
  if (before !== undefined) return showStarted(before, context);
  if (input.VolumeSize > sizeMaxGib)
    throw errors.invalid('INVALID_VOLUME_SIZE', `The volume size must be at most ${sizeMaxGib} GiB.`);
  const writing = state.snapshots
    .index('owner')
    .list({ prefix: key(account, region) })
    .filter((row) => row.writing !== undefined && row.state === 'pending');
  if (writing.length >= writingMax) throw errors.tooMany('Too many snapshots are being written.');
  const parent = input.ParentSnapshotId === undefined ? undefined : parentOf(context, input.ParentSnapshotId);
  if (parent !== undefined && (input.Encrypted !== undefined || input.KmsKeyArn !== undefined))
    throw errors.invalid('INVALID_PARAMETER_VALUE', 'Encrypted and KmsKeyArn cannot be given with ParentSnapshotId.');
  if (parent !== undefined && input.VolumeSize < parent.sizeGib)
    throw errors.invalid('INVALID_VOLUME_SIZE', 'The volume size must be that of the parent snapshot or larger.');
  const minutes = input.Timeout ?? timeoutMinutes;
  const row = addSnapshot(context, {
    ...encryptionOf(context, { encrypted: input.Encrypted, kmsKeyId: input.KmsKeyArn }, parent && sourceOf(parent)),
    volumeId: noVolume,
    sizeGib: input.VolumeSize,
    description: input.Description ?? '',
    contentOf: parent?.id,
    writing: {
      timeoutMinutes: minutes,
      expiresAt: later(clock.now(), minutes * secondsPerMinute),
      parentId: parent?.id,
    },
  });
  const Tags = input.Tags ?? [];
  if (Tags.length > 0) tagNew(context, kinds.snapshot, row.id, [{ ResourceType: 'snapshot', Tags }]);
  remember(input, row, context);
  watch(context, row);
  return showStarted(row, context);
};

const sourceOf = (parent: SnapshotRow) => ({ encrypted: parent.encrypted, kmsKeyId: parent.kmsKeyId });

function parentOf(context: Ec2Context, id: string): SnapshotRow {
  const row = getReadable(context, id);
  if (row.account !== context.account)
    throw errors.invalid('INVALID_SNAPSHOT_ID', 'The parent snapshot must be owned by the account.');
  return row;
}

function remember(input: Input<'StartSnapshot'>, row: SnapshotRow, { state, clock }: Ec2Context): void {
  if (input.ClientToken === undefined) return;
  const expiresAt = later(clock.now(), secondsPerDay);
  const id = key('StartSnapshot', input.ClientToken);
  state.tokens.put({ id, digest: digestOf(input), answer: row.id, expiresAt });
}

const showStarted = (row: SnapshotRow, context: Ec2Context) => ({
  SnapshotId: row.id,
  OwnerId: row.account,
  Status: row.state,
  StartTime: toDate(row.startedAt),
  VolumeSize: row.sizeGib,
  BlockSize: blockBytes,
  Description: row.description,
  ParentSnapshotId: row.writing?.parentId,
  KmsKeyArn: row.kmsKeyId,
  SseType: row.encrypted ? ('sse-kms' as const) : ('none' as const),
  Tags: tagsOf(context, row.id),
});

const watch = ({ jobs }: Ec2Context, { id, writing }: SnapshotRow): void => {
  if (writing !== undefined) jobs.at(writing.expiresAt, 'writingEnded', { id });
};

/** Nobody wrote a block for as long as the snapshot waits: it is no good any more. */
export function writingEnded({ id }: { readonly id: string }, context: Ec2Context): void {
  const { state, clock } = context;
  const row = state.snapshots.find(id);
  if (row?.writing === undefined || row.state !== 'pending' || row.completesAt !== undefined) return;
  if (row.writing.expiresAt > clock.now()) watch(context, row);
  else state.snapshots.put({ ...row, state: 'error' });
}

/** A snapshot of the account that is open for blocks. */
function getWriting(context: Ec2Context, id: string): SnapshotRow {
  const row = context.state.snapshots.find(id);
  if (row === undefined || row.region !== context.region || row.account !== context.account)
    throw errors.snapshotNotFound(id);
  if (row.writing === undefined || row.state !== 'pending' || row.completesAt !== undefined)
    throw errors.invalid('INVALID_SNAPSHOT_ID', `The snapshot '${id}' is not open for writing.`);
  return row;
}

/** The bytes of a block, however they came; more than a block is refused before it is read whole. */
async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  const bytes = new Uint8Array(blockBytes);
  let at = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    if (at + chunk.byteLength > blockBytes) throw errors.invalid('INVALID_BLOCK', `A block has ${blockBytes} bytes.`);
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes.subarray(0, at);
}

/**
 * Writes one block of 512 KiB. The same block can be written again until the snapshot is complete.
 * @see https://docs.aws.amazon.com/ebs/latest/APIReference/API_PutSnapshotBlock.html
 */
export const PutSnapshotBlock: Operation<'PutSnapshotBlock'> = async (input, context) => {
  const { clock, state, blobs } = context;
  const first = getWriting(context, input.SnapshotId);
  if (input.BlockIndex >= first.sizeGib * blocksPerGib)
    throw errors.invalid('INVALID_PARAMETER_VALUE', 'The block index is beyond the end of the volume.');
  if (input.DataLength !== blockBytes)
    throw errors.invalid('INVALID_PARAMETER_VALUE', `The data length must be ${blockBytes}.`);
  const bytes = await bytesOf(input.BlockData);
  if (bytes.byteLength !== blockBytes) throw errors.invalid('INVALID_BLOCK', `A block has ${blockBytes} bytes.`);
  const checksum = checksumOf(bytes);
  if (checksum !== input.Checksum)
    throw errors.invalid('INVALID_BLOCK', 'The checksum does not match that of the block data.');
  const block = await storeBlock(context, bytes, checksum);
  try {
    await context.transact(() => {
      const row = getWriting(context, input.SnapshotId);
      putBlock(context, row.id, input.BlockIndex, block);
      const minutes = row.writing?.timeoutMinutes ?? timeoutMinutes;
      const expiresAt = later(clock.now(), minutes * secondsPerMinute);
      state.snapshots.put({ ...row, writing: { ...row.writing, timeoutMinutes: minutes, expiresAt } });
    });
  } catch (error) {
    await blobs.discard(block.blob);
    throw error;
  }
  return { Checksum: checksum, ChecksumAlgorithm: 'SHA256' };
};

/**
 * Says that all blocks are written. The snapshot is `completed` some seconds later, and can be read and restored.
 * @see https://docs.aws.amazon.com/ebs/latest/APIReference/API_CompleteSnapshot.html
 */
export const CompleteSnapshot: Operation<'CompleteSnapshot'> = (input, context) => {
  const { state, clock, jobs } = context;
  const row = getWriting(context, input.SnapshotId);
  if (input.Checksum !== undefined) checkWhole(input.Checksum, row, context);
  const written = changedCount(row, context);
  if (input.ChangedBlocksCount < written)
    throw errors.invalid(
      'INVALID_PARAMETER_VALUE',
      `The snapshot has ${written} changed blocks, not ${input.ChangedBlocksCount}.`,
    );
  const completesAt = later(clock.now(), completeSeconds);
  state.snapshots.put({ ...row, completesAt });
  jobs.at(completesAt, 'snapshotDone', { id: row.id });
  return { Status: 'pending' };
};

/**
 * Blocks that differ from the parent's. Unknown: what AWS says to a count that is not that of the blocks written; a smaller one is
 * refused, a larger one may count blocks that were written twice, or as they had been.
 */
function changedCount(row: SnapshotRow, context: Ec2Context): number {
  let count = 0;
  const parentId = row.writing?.parentId;
  for (const block of context.state.blocks.each({ prefix: key(row.id) })) {
    const before = parentId === undefined ? undefined : findBlock(context, parentId, block.index);
    if (before?.checksum !== block.checksum) count++;
  }
  return count;
}

/** The linear aggregate: SHA-256 of the checksums of all written blocks, in the order of their indexes. */
function checkWhole(checksum: string, row: SnapshotRow, { state }: Ec2Context): void {
  const hash = createHash('sha256');
  for (const block of state.blocks.each({ prefix: key(row.id) })) hash.update(Buffer.from(block.checksum, 'base64'));
  if (hash.digest('base64') !== checksum)
    throw errors.invalid('INVALID_PARAMETER_VALUE', 'The checksum does not match that of the written blocks.');
}
