// The last requests, for people: `hakoniwa requests`, the console, and whoever asks why a call failed.
import type { Instant } from './units.ts';

export interface RequestRecord {
  readonly requestId: string;
  /** When it came, on the cloud's clock. */
  readonly at: Instant;
  readonly service: string;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly principalArn: string;
  readonly status: number;
  /** Error code, when it failed. */
  readonly error?: string | undefined;
  readonly message?: string | undefined;
  readonly durationMs: number;
  /** True for a call of one service by another. */
  readonly internal: boolean;
}

const keptRequests = 1_000;

export class RequestLog {
  #ring: RequestRecord[] = [];
  #next = 0;
  readonly #followers = new Set<(record: RequestRecord) => void>();

  add(record: RequestRecord): void {
    this.#ring[this.#next] = record;
    this.#next = (this.#next + 1) % keptRequests;
    for (const follower of this.#followers) follower(record);
  }

  /** Oldest first. */
  list(): RequestRecord[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }

  /** The answer ends it. */
  follow(follower: (record: RequestRecord) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  clear(): void {
    this.#ring = [];
    this.#next = 0;
  }
}
