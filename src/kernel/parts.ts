// Parts: what a cloud carries besides the kernel, and AWS has no API for: the network as it is now, the guests behind instances, the
// fault plan, live traffic. A part is made when it is first asked for, once per cloud, from the same state as all else, so a restored or
// forked cloud needs no word about it.
//
// The folder of a part says what it is, and adds its line to `Parts`:
//
//   declare module '../kernel/parts.ts' { interface Parts { readonly network: NetworkView } }
//
// `src/parts.ts` names the module that makes each; a service lists those it asks for in `catalog.ts`, so that they are loaded with it.
import type { Blobs } from './blobs.ts';
import type { CallOptions } from './clients.ts';
import type { Clock } from './clock.ts';
import type { Random } from './random.ts';
import type { Receipt, ReceiverKind } from './receiver.ts';
import type { Store } from './table.ts';

// oxlint-disable-next-line typescript/no-empty-object-type -- each part's folder adds its own line
export interface Parts {}

/** What a part is made from. */
export interface PartWorld {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly random: Random;
  readonly partition: string;
  /** Where the cloud keeps its data; undefined when it is in memory. */
  readonly dataFolder: string | undefined;
  /** The default account and Region. */
  readonly account: string;
  readonly region: string;
  /** The other parts; each is made when it is first asked for. */
  readonly parts: Parts;
  /** Calls an operation as the root user of an account, or as `options.as`. */
  call<Output>(service: string, operation: string, input: object, options?: CallOptions): Promise<Output>;
  /** Services that take traffic of a kind, to be asked one after the other. */
  receiptsFor(kind: ReceiverKind): readonly Receipt[] | Promise<readonly Receipt[]>;
  /**
   * Addresses of a name that leads to what a user built (see `kernel/door.ts`); undefined when no service knows it. `zone`: ID of the zone
   * from which it is asked.
   */
  addressesOf(name: string, zone: string | undefined): Promise<readonly string[] | undefined>;
  /** A bug, or something outside of the cloud that failed. */
  report(error: unknown, where: string): void;
  /** Waits on the cloud's clock. A clock that stands still makes nobody wait. */
  pause(milliseconds: number): Promise<void>;
  /** Calls back after so long on the cloud's clock, also on one that stands still, once it is moved; the answer calls it off. */
  after(milliseconds: number, callback: () => void): () => void;
  /** Runs when the cloud closes, before its state is let go of. */
  onClose(work: () => void | Promise<void>): void;
  /** Runs when another state took the place of the cloud's: a snapshot, or none at all. */
  onRestore(work: () => void): void;
}

/** A module that makes a part. */
export interface PartModule<Part> {
  makePart(world: PartWorld): Part;
}
