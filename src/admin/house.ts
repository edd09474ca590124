// What the admin API sees of a cloud: its parts, and nothing of how it was built. `Cloud` is one.
import type { BlobStore } from '../kernel/blob-store.ts';
import type { ClockMode, CloudClock } from '../kernel/clock.ts';
import type { FaultPlan } from '../faults/plan.ts';
import type { DoorPort } from '../kernel/door.ts';
import type { JobQueue } from '../kernel/jobs.ts';
import type { Parts } from '../kernel/parts.ts';
import type { RequestLog } from '../kernel/request-log.ts';
import type { Snapshot } from '../kernel/snapshot.ts';
import type { Store } from '../kernel/table.ts';

/** A service as the catalogue knows it. */
export interface ServiceLine {
  readonly name: string;
  readonly shelf: string;
  /** Operations that are built; the others of its model answer `NotImplemented`. */
  readonly operations: readonly string[];
  /** Number of operations in AWS's model. */
  readonly modelled: number;
}

/** The public keys with which identity providers sign their tokens. */
export interface IssuerShelf {
  /** Gives or replaces a provider's keys; without any it is forgotten. */
  trust(issuer: string, keys: readonly object[]): Promise<void>;
  list(): readonly { readonly issuer: string; readonly keys: number }[];
}

export interface House {
  readonly account: string;
  readonly region: string;
  readonly seed: string;
  /** When the cloud was built, on the stopwatch of this process. */
  readonly startedMs: number;
  readonly clock: CloudClock;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly jobs: JobQueue;
  readonly requests: RequestLog;
  readonly faults: FaultPlan;
  /** A part of the cloud, loaded: its network, its guests, its traffic. */
  part<Name extends Exclude<keyof Parts, 'faults'>>(name: Name): Promise<Parts[Name]>;
  advance(seconds: number): Promise<void>;
  setClock(mode: ClockMode): Promise<void>;
  snapshot(): Snapshot;
  restore(snapshot: Snapshot): Promise<void>;
  reset(): Promise<void>;
  readonly issuers: IssuerShelf;
  /** Names and ports of what users built, and who signs the certificates of this cloud. */
  doors(): Promise<{ ports(): Promise<readonly DoorPort[]>; authority(): Promise<{ readonly certificate: string }> }>;
  /** All services; built ones are loaded for it. */
  services(): Promise<readonly ServiceLine[]>;
}

/** What only the process around the cloud can say or do. */
export interface HouseOptions {
  /** Ends the process once the answer is out. A cloud inside somebody's program has none. */
  readonly stop?: (() => void) | undefined;
  /** Names by which the admin API may be called besides localhost; with any, also clients of other machines may call it. */
  readonly hosts?: readonly string[] | undefined;
  /** The address it was started at. */
  readonly endpoint?: string | undefined;
  readonly dataFolder?: string | undefined;
  readonly iam?: string | undefined;
  /** The local ports of load balancers, when they have any. */
  readonly doorPorts?: { localPort(name: string, port: number, protocol: string): number | undefined } | undefined;
}
