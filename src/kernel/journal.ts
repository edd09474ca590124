// Durability. A journal is a small port: it loads rows, and writes groups of changes, whole. What a request changed is written
// before the request is answered; requests that finish while a group is being written share the next one.
import { AwsError } from './errors.ts';
import type { Change, ChangeLog, KeptRow } from './table.ts';

export interface Journal {
  /** Rows kept for a table; its place is `service/account/region/name`. */
  load(place: string): Iterable<KeptRow>;
  /** Places that have rows. */
  places(): Iterable<string>;
  /** Writes all changes or none, and settles when they would survive the end of the process. */
  write(changes: readonly Change[]): Promise<void>;
  /** Puts these rows in place of all that was kept. */
  replace(rows: Iterable<readonly [place: string, rowKey: string, row: object]>): Promise<void>;
  close(): Promise<void>;
}

interface Waiting {
  readonly changes: readonly Change[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const notSaved = (cause: unknown): AwsError => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AwsError(
    'ServiceUnavailable',
    503,
    `Hakoniwa could not write to its data folder, so this request changed nothing: ${reason}. Free some space or mend the folder, then try again.`,
  );
};

/** Gathers transactions into groups for a journal. When a group cannot be written, it and all that came after it are undone. */
export class GroupCommit implements ChangeLog {
  readonly #journal: Journal;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  load(place: string): Iterable<KeptRow> {
    return this.#journal.load(place);
  }

  places(): Iterable<string> {
    return this.#journal.places();
  }

  commit(changes: readonly Change[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    // One turn of patience: what arrives with this transaction is written with it.
    await new Promise<void>((next) => setImmediate(next));
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#journal.write(group.flatMap((waiting) => waiting.changes));
        for (const waiting of group) waiting.resolve();
      } catch (error) {
        const failed = [...group, ...this.#waiting];
        this.#waiting = [];
        for (const { changes } of failed.toReversed())
          for (const change of changes.toReversed()) change.table.set(change.key, change.after, change.before);
        for (const waiting of failed) waiting.reject(notSaved(error));
      }
    }
    this.#writing = undefined;
  }

  async replace(rows: Iterable<readonly [place: string, rowKey: string, row: object]>): Promise<void> {
    await this.settled();
    await this.#journal.replace(rows);
  }

  /** Settles when nothing waits to be written. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async close(): Promise<void> {
    await this.settled();
    await this.#journal.close();
  }
}
