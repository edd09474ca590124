// The disks of a running cloud: volumes' blocks, read and written by offset.
import { key } from '../../../kernel/key.ts';
import type { AttachedDisk, Disk, Disks } from '../../../kernel/disk.ts';
import type { PartWorld } from '../../../kernel/parts.ts';
import { gibibyte } from '../../../kernel/units.ts';
import { type Ec2State, ec2Tables } from './state.ts';
import { blockBytes, type LooseBlock, putBlock, readBlock, storeBlock } from './volume-block.ts';
import type { VolumeRow } from './volume-state.ts';

interface At {
  readonly account: string;
  readonly region: string;
}

/** The part of a write that falls into one block. */
interface Piece {
  readonly index: number;
  readonly within: number;
  readonly bytes: Uint8Array;
}

function* piecesOf(offset: number, bytes: Uint8Array): Generator<Piece> {
  for (let at = 0; at < bytes.byteLength; ) {
    const index = Math.floor((offset + at) / blockBytes);
    const within = (offset + at) % blockBytes;
    const length = Math.min(blockBytes - within, bytes.byteLength - at);
    yield { index, within, bytes: bytes.subarray(at, at + length) };
    at += length;
  }
}

class LiveDisk implements Disk {
  readonly blockBytes = blockBytes;
  readonly #world: PartWorld;
  readonly #state: Ec2State;
  readonly #id: string;
  /** The write under way: the next one waits for it, since two may fall into one block. */
  #tail: Promise<void> = Promise.resolve();

  constructor(world: PartWorld, state: Ec2State, id: string) {
    this.#world = world;
    this.#state = state;
    this.#id = id;
  }

  /** @throws when the volume is gone, or does not answer */
  #row(): VolumeRow {
    const row = this.#state.volumes.find(this.#id);
    if (row === undefined) throw new Error(`there is no volume ${this.#id}`);
    if (row.state === 'error' || !this.#world.parts.faults.answersIo(this.#id, row.zoneId))
      throw new Error(`volume ${this.#id} does not answer`);
    return row;
  }

  get sizeBytes(): number {
    return (this.#state.volumes.find(this.#id)?.sizeGib ?? 0) * gibibyte;
  }

  get #disks() {
    return { state: this.#state, blobs: this.#world.blobs };
  }

  #checkRange(offset: number, length: number): void {
    const sizeBytes = this.#row().sizeGib * gibibyte;
    if (offset < 0 || length < 0 || offset + length > sizeBytes)
      throw new RangeError(`volume ${this.#id} has ${sizeBytes} bytes`);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    this.#checkRange(offset, length);
    const bytes = new Uint8Array(length);
    for (const { index, within, bytes: part } of piecesOf(offset, bytes)) {
      const block = await readBlock(this.#disks, this.#id, index);
      part.set(block.subarray(within, within + part.byteLength));
    }
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): Promise<void> {
    const done = this.#tail.then(() => this.#write(offset, bytes));
    this.#tail = done.catch(() => {});
    return done;
  }

  async #write(offset: number, bytes: Uint8Array): Promise<void> {
    this.#checkRange(offset, bytes.byteLength);
    for (const { index, within, bytes: part } of piecesOf(offset, bytes)) {
      const isWhole = part.byteLength === blockBytes;
      const block = isWhole ? part : await readBlock(this.#disks, this.#id, index);
      if (!isWhole) block.set(part, within);
      const stored = await storeBlock(this.#disks, block);
      await this.#put(index, stored);
    }
  }

  async #put(index: number, block: LooseBlock): Promise<void> {
    try {
      const { saved } = this.#world.store.transaction(() => {
        this.#row();
        putBlock(this.#disks, this.#id, index, block);
      });
      await saved;
    } catch (error) {
      // The volume went while its block was written.
      await this.#world.blobs.discard(block.blob);
      throw error;
    }
  }

  *written(): Generator<number> {
    for (const { index } of this.#state.blocks.each({ prefix: key(this.#id) })) yield index;
  }
}

class LiveDisks implements Disks {
  readonly #world: PartWorld;
  /** One for each volume, so that writes to it stand in one line. */
  readonly #open = new Map<string, LiveDisk>();

  constructor(world: PartWorld) {
    this.#world = world;
    world.onRestore(() => this.#open.clear());
  }

  #stateOf({ account, region }: At): Ec2State {
    return this.#world.store.state('ec2', ec2Tables, account, region);
  }

  attachedTo(place: At, instanceId: string): AttachedDisk[] {
    const rows = this.#stateOf(place)
      .volumeAttachments.index('instance')
      .list({ prefix: key(instanceId) });
    return rows.map(({ volumeId, device }) => ({ volumeId, device }));
  }

  open(place: At, volumeId: string): Disk | undefined {
    const state = this.#stateOf(place);
    if (!state.volumes.has(volumeId)) {
      this.#open.delete(volumeId);
      return undefined;
    }
    const known = this.#open.get(volumeId) ?? new LiveDisk(this.#world, state, volumeId);
    this.#open.set(volumeId, known);
    return known;
  }
}

export const makePart = (world: PartWorld): Disks => new LiveDisks(world);
