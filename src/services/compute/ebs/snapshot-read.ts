// Reading snapshots: which blocks they have, what changed between two, and the bytes.
// @see https://docs.aws.amazon.com/ebs/latest/userguide/readsnapshots.html
import { key } from '../../../kernel/key.ts';
import { later, secondsPerDay, toDate } from '../../../kernel/units.ts';
import type { Ec2Context } from '../ec2/operation.ts';
import { canUse } from '../ec2/snapshot-view.ts';
import { blockBytes, findBlock, listBlocks, readBlock, sameBlock } from '../ec2/volume-block.ts';
import type { BlockRow, SnapshotRow } from '../ec2/volume-state.ts';
import { errors } from './errors.ts';
import type { Operation } from './operation.ts';

/** How long block tokens are good. */
const tokenSeconds = 7 * secondsPerDay;
/** Default: blocks of a page. */
const pageBlocks = 10_000;

/** A snapshot that is complete, and the account's own or shared with it. */
export function getReadable(context: Ec2Context, id: string): SnapshotRow {
  const row = context.state.snapshots.find(id);
  if (row === undefined || row.region !== context.region || !canUse(context, row)) throw errors.snapshotNotFound(id);
  if (row.state !== 'completed' || row.tier === 'archive')
    throw errors.invalid('INVALID_SNAPSHOT_ID', `The snapshot '${id}' is not in a state that can be read.`);
  return row;
}

const expiryOf = ({ clock }: Ec2Context): Date => toDate(later(clock.now(), tokenSeconds));

const writeToken = (...parts: readonly (string | number)[]): string => Buffer.from(parts.join('/')).toString('base64');
const readToken = (token: string): string[] => Buffer.from(token, 'base64').toString().split('/');

const blockToken = (snapshotId: string, index: number, expiry: Date): string =>
  writeToken('block', snapshotId, index, expiry.getTime());

interface Page {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly StartingBlockIndex?: number | undefined;
}

/** Where a page starts, and how long it is. A token goes before a starting index. */
function startOf({ NextToken, MaxResults, StartingBlockIndex }: Page): { from: number; size: number } {
  const size = MaxResults ?? pageBlocks;
  if (NextToken === undefined) return { from: StartingBlockIndex ?? 0, size };
  const [kind, index] = readToken(NextToken);
  if (kind !== 'page' || !/^\d+$/.test(index ?? ''))
    throw errors.invalid('INVALID_PAGE_TOKEN', 'The page token is not valid.');
  return { from: Number(index), size };
}

/** Blocks that were written. @see https://docs.aws.amazon.com/ebs/latest/APIReference/API_ListSnapshotBlocks.html */
export const ListSnapshotBlocks: Operation<'ListSnapshotBlocks'> = (input, context) => {
  const row = getReadable(context, input.SnapshotId);
  const { from, size } = startOf(input);
  const found = listBlocks(context, row.id, from, size + 1);
  const expiry = expiryOf(context);
  const next = found[size];
  return {
    Blocks: found
      .slice(0, size)
      .map(({ index }) => ({ BlockIndex: index, BlockToken: blockToken(row.id, index, expiry) })),
    ExpiryTime: expiry,
    VolumeSize: row.sizeGib,
    BlockSize: blockBytes,
    NextToken: next === undefined ? undefined : writeToken('page', next.index),
  };
};

/** Two lists of blocks side by side, by index. */
function* pairs(first: Iterable<BlockRow>, second: Iterable<BlockRow>): Generator<[BlockRow?, BlockRow?]> {
  const a = first[Symbol.iterator]();
  const b = second[Symbol.iterator]();
  let left = a.next();
  let right = b.next();
  while (left.done !== true || right.done !== true) {
    const leftAt = left.done === true ? Number.POSITIVE_INFINITY : left.value.index;
    const rightAt = right.done === true ? Number.POSITIVE_INFINITY : right.value.index;
    yield [leftAt <= rightAt ? left.value : undefined, rightAt <= leftAt ? right.value : undefined];
    if (leftAt <= rightAt) left = a.next();
    if (rightAt <= leftAt) right = b.next();
  }
}

/**
 * Blocks that differ between two snapshots of one volume; without a first one, all that the second has.
 * @see https://docs.aws.amazon.com/ebs/latest/APIReference/API_ListChangedBlocks.html
 */
export const ListChangedBlocks: Operation<'ListChangedBlocks'> = (input, context) => {
  const second = getReadable(context, input.SecondSnapshotId);
  const first = input.FirstSnapshotId === undefined ? undefined : getReadable(context, input.FirstSnapshotId);
  if (first !== undefined && first.volumeId !== second.volumeId)
    throw errors.invalid('UNRELATED_SNAPSHOTS', 'The snapshots are not of the same volume.');
  const { from, size } = startOf(input);
  const expiry = expiryOf(context);
  const blocks = (row: SnapshotRow | undefined): Iterable<BlockRow> =>
    row === undefined ? [] : context.state.blocks.each({ prefix: key(row.id), after: after(row, from) });
  const ChangedBlocks = [];
  let NextToken: string | undefined;
  for (const [was, is] of pairs(blocks(first), blocks(second))) {
    const BlockIndex = (was ?? is)?.index ?? 0;
    if (sameBlock(was, is)) continue;
    if (ChangedBlocks.length === size) {
      NextToken = writeToken('page', BlockIndex);
      break;
    }
    ChangedBlocks.push({
      BlockIndex,
      FirstBlockToken: was && blockToken(was.diskId, BlockIndex, expiry),
      SecondBlockToken: is && blockToken(is.diskId, BlockIndex, expiry),
    });
  }
  return { ChangedBlocks, ExpiryTime: expiry, VolumeSize: second.sizeGib, BlockSize: blockBytes, NextToken };
};

const after = ({ id }: SnapshotRow, from: number): string | undefined => (from === 0 ? undefined : key(id, from - 1));

/** The bytes of a block. @see https://docs.aws.amazon.com/ebs/latest/APIReference/API_GetSnapshotBlock.html */
export const GetSnapshotBlock: Operation<'GetSnapshotBlock'> = async (input, context) => {
  const row = getReadable(context, input.SnapshotId);
  const [kind, snapshotId, index, expiresAt] = readToken(input.BlockToken);
  const isGood =
    kind === 'block' &&
    snapshotId === row.id &&
    Number(index) === input.BlockIndex &&
    Number(expiresAt) > context.clock.now();
  const block = isGood ? findBlock(context, row.id, input.BlockIndex) : undefined;
  if (block === undefined) throw errors.invalid('INVALID_BLOCK_TOKEN', 'The block token is not valid.');
  return {
    DataLength: blockBytes,
    // What the SDK's type calls a stream of its own platform is bytes on the road.
    BlockData: (await readBlock(context, row.id, input.BlockIndex)) as never,
    Checksum: block.checksum,
    ChecksumAlgorithm: 'SHA256',
  };
};
