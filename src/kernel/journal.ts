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
  /** One transaction's changes; undefined when all state is replaced. */
  readonly changes: readonly Change[] | undefined;
  readonly rows?: Iterable<readonly [place: string, rowKey: string, row: object]>;
  /** Takes back what was done in memory. */
  readonly undo: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The journal could not write: what the request changed is taken back, and nothing of it will come to be. */
export class NotSaved extends AwsError {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      'ServiceUnavailable',
      503,
      `Hakoniwa could not write to its data folder, so this request changed nothing: ${reason}. Free some space or mend the folder, then try again.`,
    );
  }
}

function undoChanges(changes: readonly Change[]): void {
  for (const { table, key, before, after } of changes.toReversed()) table.set(key, after, before);
}

/** What a group comes to: each row as its last change left it. Counts change with every request, and are written once. */
function lastChanges(group: readonly Waiting[]): Change[] {
  const tables = new Map<Change['table'], Map<string, Change>>();
  for (const { changes = [] } of group) {
    for (const change of changes) {
      let rows = tables.get(change.table);
      if (rows === undefined) tables.set(change.table, (rows = new Map()));
      rows.set(change.key, change);
    }
  }
  return [...tables.values()].flatMap((rows) => [...rows.values()]);
}

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
    return this.#enqueue({ changes, undo: () => undoChanges(changes) });
  }

  /** In its turn: what was committed before is replaced too, what is committed from now on comes on top. */
  replace(rows: Iterable<readonly [place: string, rowKey: string, row: object]>, undo: () => void): Promise<void> {
    return this.#enqueue({ changes: undefined, rows, undo });
  }

  #enqueue(work: Omit<Waiting, 'resolve' | 'reject'>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...work, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** What the journal can take at once: transactions up to the next replacement, or that alone. */
  #nextGroup(): Waiting[] {
    const replaces = this.#waiting.findIndex(({ changes }) => changes === undefined);
    if (replaces < 0) return this.#waiting.splice(0);
    return this.#waiting.splice(0, Math.max(1, replaces));
  }

  async #writeAll(): Promise<void> {
    // One turn of patience: what arrives with this transaction is written with it.
    await new Promise<void>((next) => setImmediate(next));
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup();
      try {
        const rows = group[0]?.rows;
        if (rows === undefined) await this.#journal.write(lastChanges(group));
        else await this.#journal.replace(rows);
        for (const waiting of group) waiting.resolve();
      } catch (error) {
        const failed = [...group, ...this.#waiting.splice(0)];
        for (const waiting of failed.toReversed()) waiting.undo();
        for (const waiting of failed) waiting.reject(new NotSaved(error));
      }
    }
    this.#writing = undefined;
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
