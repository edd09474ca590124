// Volumes of real guests. No device can be made without being root outside, so an attached volume is a folder, `/mnt/sdf` for the device
// `/dev/sdf`, and its blocks hold that folder as an archive: filled when the volume is attached or its guest boots, written when something in it
// has changed, when the guest stops, and when the volume is detached. So its content stays through detach, snapshot and restore.
//
// Limit: what was written in the last two seconds before a snapshot of an attached volume may be missing from it, as what a system has not
// flushed yet would be. Of a volume that several instances have, each sees what was there when it was attached, and what is written last stays,
// as with a file system that is not made for several. A volume that holds anything else than such an archive is an empty folder, and is written over by the first change.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Disk } from '../kernel/disk.ts';
import type { PartWorld } from '../kernel/parts.ts';
import type { GuestSpec } from './guest.ts';

const magic = Buffer.from('hakoniwa tar 1\n\0');
/** The archive begins behind the head: sixteen bytes of magic, its length. */
const headBytes = 4_096;

async function readArchive(disk: Disk): Promise<Uint8Array | undefined> {
  const head = Buffer.from(await disk.read(0, magic.byteLength + 8));
  if (!head.subarray(0, magic.byteLength).equals(magic)) return undefined;
  const length = Number(head.readBigUInt64BE(magic.byteLength));
  return length > disk.sizeBytes - headBytes ? undefined : disk.read(headBytes, length);
}

/** The head comes last, so that an archive that is half written is none. */
async function writeArchive(disk: Disk, archive: Uint8Array): Promise<void> {
  const head = Buffer.alloc(headBytes);
  if (archive.byteLength > disk.sizeBytes - headBytes)
    throw new Error(`its folder holds ${archive.byteLength} bytes, and the volume only ${disk.sizeBytes}`);
  magic.copy(head);
  head.writeBigUInt64BE(BigInt(archive.byteLength), magic.byteLength);
  await disk.write(headBytes, archive);
  await disk.write(0, head);
}

/** Whoever can take folders out of guests, and put them in. */
export interface Folders {
  /** The content of a guest's folder as an archive; undefined when there is none, or nothing in it has changed since the last time. */
  pack(instanceId: string, folder: string): Promise<Uint8Array | undefined>;
  /** Puts an archive (empty: nothing) in place of what a guest's folder holds; undefined removes the folder. */
  unpack(instanceId: string, folder: string, archive: Uint8Array | undefined): Promise<void>;
}

export class Volumes {
  readonly #world: PartWorld;
  /** Instance → volume → folder, of those that are filled. */
  readonly #filled = new Map<string, Map<string, string>>();
  readonly #busy = new Set<string>();
  /** What a volume holds, so that the same is not written again. */
  readonly #digests = new Map<string, string>();

  constructor(world: PartWorld) {
    this.#world = world;
  }

  #wanted({ account, region, instanceId }: GuestSpec): Map<string, string> {
    const root = this.#world.parts.machines.find({ account, region }, instanceId)?.rootDevice;
    const attached = this.#world.parts.disks.attachedTo({ account, region }, instanceId);
    return new Map(
      attached
        .filter(({ device }) => device !== root)
        .map(({ volumeId, device }) => [volumeId, `/mnt/${basename(device)}`]),
    );
  }

  /** Makes a running guest's folders those of its volumes as they are attached now, and keeps what has changed in them. */
  async follow(folders: Folders, spec: GuestSpec): Promise<void> {
    const { instanceId } = spec;
    // One after the other for each guest: the next look comes soon.
    if (this.#busy.has(instanceId)) return;
    this.#busy.add(instanceId);
    try {
      const wanted = this.#wanted(spec);
      const filled = this.#filled.get(instanceId) ?? new Map<string, string>();
      this.#filled.set(instanceId, filled);
      for (const [volumeId, folder] of wanted) {
        if (filled.has(volumeId)) await this.#save(folders, spec, volumeId, folder);
        else await this.#fill(folders, spec, volumeId, folder);
        filled.set(volumeId, folder);
      }
      for (const [volumeId, folder] of filled) {
        if (wanted.has(volumeId)) continue;
        await this.#save(folders, spec, volumeId, folder);
        filled.delete(volumeId);
        await folders.unpack(instanceId, folder, undefined);
      }
    } finally {
      this.#busy.delete(instanceId);
    }
  }

  async #fill(folders: Folders, spec: GuestSpec, volumeId: string, folder: string): Promise<void> {
    const disk = this.#world.parts.disks.open(spec, volumeId);
    // Others may have written it since.
    this.#digests.delete(volumeId);
    if (disk !== undefined)
      await folders.unpack(spec.instanceId, folder, (await readArchive(disk)) ?? new Uint8Array());
  }

  async #save(folders: Folders, spec: GuestSpec, volumeId: string, folder: string): Promise<void> {
    const archive = await folders.pack(spec.instanceId, folder);
    const disk = archive === undefined ? undefined : this.#world.parts.disks.open(spec, volumeId);
    if (archive === undefined || disk === undefined) return;
    const digest = createHash('sha256').update(archive).digest('base64');
    if (this.#digests.get(volumeId) === digest) return;
    await writeArchive(disk, archive);
    this.#digests.set(volumeId, digest);
  }

  /** Before a guest stops: all that changed is kept. */
  async keep(folders: Folders, spec: GuestSpec): Promise<void> {
    for (const [volumeId, folder] of this.#filled.get(spec.instanceId) ?? [])
      await this.#save(folders, spec, volumeId, folder);
    this.#filled.delete(spec.instanceId);
  }
}
