// The blocks of disks: 512 KiB each, kept only where something was written.
import { createHash } from 'node:crypto';
import type { BlobRef } from '../../../kernel/blobs.ts';
import { afterPrefix, key } from '../../../kernel/key.ts';
import { gibibyte, kibibyte } from '../../../kernel/units.ts';
import type { Ec2Context } from './operation.ts';
import type { BlockRow } from './volume-state.ts';

/** @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-accessing-snapshot.html */
export const blockBytes = 512 * kibibyte;
export const blocksPerGib = gibibyte / blockBytes;

type Disks = Pick<Ec2Context, 'state' | 'blobs'>;

export const findBlock = ({ state }: Disks, diskId: string, index: number): BlockRow | undefined =>
  state.blocks.find(key(diskId, index));

/** Blocks that were written, in order, from an index on. */
export const listBlocks = ({ state }: Disks, diskId: string, from: number, limit: number): BlockRow[] =>
  state.blocks.list({ from: key(diskId, from), to: afterPrefix(key(diskId)) ?? '', limit });

/** Gives a disk the blocks of another one. The bytes are shared. */
export function copyBlocks({ state, blobs }: Disks, fromId: string, toId: string): void {
  for (const row of state.blocks.list({ prefix: key(fromId) })) {
    blobs.keep(row.blob);
    state.blocks.put({ ...row, diskId: toId });
  }
}

/** Forgets a disk's blocks; bytes that no other disk has are gone. */
export function dropBlocks({ state, blobs }: Disks, diskId: string): void {
  for (const row of state.blocks.list({ prefix: key(diskId) })) {
    blobs.drop(row.blob);
    state.blocks.delete(key(row.diskId, row.index));
  }
}

export const checksumOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

/** A block that is in the store and of no disk yet. */
export interface LooseBlock {
  readonly blob: BlobRef;
  readonly checksum: string;
}

/** Writes a whole block's bytes to the store; zeros at its end are left out. */
export async function storeBlock({ blobs }: Disks, bytes: Uint8Array, checksum?: string): Promise<LooseBlock> {
  let end = bytes.byteLength;
  while (end > 0 && bytes[end - 1] === 0) end--;
  // A copy: what stays in a row must not change with the caller's buffer.
  const blob = await blobs.write(bytes.slice(0, end));
  return { blob, checksum: checksum ?? checksumOf(bytes) };
}

/** Inside a transaction: makes a stored block one of a disk, in place of what was there. */
export function putBlock({ state, blobs }: Disks, diskId: string, index: number, block: LooseBlock): void {
  const before = state.blocks.find(key(diskId, index));
  blobs.keep(block.blob);
  if (before !== undefined) blobs.drop(before.blob);
  state.blocks.put({ diskId, index, ...block });
}

/** The 512 KiB of a block; zeros where nothing was written. */
export async function readBlock(disks: Disks, diskId: string, index: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(blockBytes);
  const row = findBlock(disks, diskId, index);
  if (row !== undefined) bytes.set(await disks.blobs.bytes(row.blob));
  return bytes;
}

/** Bytes that blocks take in a snapshot's bill: whole blocks. */
export const writtenBytes = ({ state }: Disks, diskId: string): number => {
  let count = 0;
  for (const _ of state.blocks.each({ prefix: key(diskId) })) count++;
  return count * blockBytes;
};

/** Two blocks have the same content when they were the same write, or their bytes' digests agree. */
export const sameBlock = (a: BlockRow | undefined, b: BlockRow | undefined): boolean => a?.checksum === b?.checksum;
