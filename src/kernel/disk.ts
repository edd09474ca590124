// Disks for whoever runs machines: the bytes of a volume, by offset, durable once written. EC2 makes the part; guests ask for it.
import type { Place } from './place.ts';

export interface Disk {
  readonly sizeBytes: number;
  /** Reads and writes of whole blocks at their bounds cost least. */
  readonly blockBytes: number;
  /** Bytes from an offset on; zeros where nothing was written. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Writes bytes at an offset; they are durable when the promise settles. Writes happen one after the other. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Indexes of the blocks that were ever written, in order: for copying a disk without its empty parts. */
  written(): Iterable<number>;
}

/** A volume as an instance sees it. */
export interface AttachedDisk {
  readonly volumeId: string;
  /** `/dev/sdf`, as it was attached. */
  readonly device: string;
}

export interface Disks {
  /** Volumes that an instance has now. */
  attachedTo(place: Pick<Place, 'account' | 'region'>, instanceId: string): readonly AttachedDisk[];
  /** Undefined when there is no such volume. @throws from reads and writes while a fault stalls it */
  open(place: Pick<Place, 'account' | 'region'>, volumeId: string): Disk | undefined;
}

declare module './parts.ts' {
  interface Parts {
    readonly disks: Disks;
  }
}
