// Bodies as files of one folder. Small bodies stay in memory, inside the rows that name them.
//
// Which files are kept is itself a table, so that it changes in the same transaction as the row that names the body. A file
// that no row keeps (the process died between writing and committing) is removed at the next start.
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobRef, Blobs, ByteRange } from './blobs.ts';
import { entropy } from './random.ts';
import { type StateOf, type Store, table } from './table.ts';
import { kibibyte, mebibyte } from './units.ts';

/** Up to this size a body travels in its row. */
export const inlineLimitBytes = 32 * kibibyte;
const writeBufferBytes = mebibyte;

const definitions = {
  blobs: table<{ readonly id: string; readonly sizeBytes: number; readonly uses: number }>()({
    key: (blob) => blob.id,
    scope: 'cloud',
  }),
};

/** The folder of the files; a cloud and its forks share one. */
export class BlobFolder {
  readonly path: string;
  readonly #temporary: boolean;
  #made: Promise<unknown> | undefined;
  #users = 0;
  /** While there are any (snapshots, forks), dropped files stay: something may still name them. */
  pins = 0;

  /** @param path undefined: one of the system's temporary folders, removed when its last user leaves. */
  constructor(path: string | undefined) {
    this.#temporary = path === undefined;
    this.path = path ?? join(tmpdir(), `hakoniwa-${process.pid}-${entropy(12)}`);
  }

  join(): void {
    this.#users++;
  }

  async leave(): Promise<void> {
    if (--this.#users === 0 && this.#temporary) await rm(this.path, { recursive: true, force: true });
  }

  make(): Promise<unknown> {
    this.#made ??= mkdir(this.path, { recursive: true });
    return this.#made;
  }

  /** Every id is made here, of hex digits, so no path leads out of the folder. */
  file(id: string): string {
    if (!blobId.test(id)) throw new Error(`not a blob id: ${id}`);
    return join(this.path, id);
  }
}

const blobId = /^[0-9a-f]{32}$/;

export class BlobStore implements Blobs {
  readonly folder: BlobFolder;
  readonly #state: StateOf<typeof definitions>;
  readonly #store: Store;
  /** Files whose last use ended. */
  readonly #doomed = new Set<string>();
  /** Files that are being written, or written and not yet kept. */
  readonly #loose = new Set<string>();

  constructor(store: Store, folder: BlobFolder) {
    this.#store = store;
    this.#state = store.state('kernel-blobs', definitions, '*', '*');
    this.folder = folder;
    folder.join();
  }

  async write(body: AsyncIterable<Uint8Array> | Uint8Array): Promise<BlobRef> {
    if (body instanceof Uint8Array) {
      if (body.byteLength <= inlineLimitBytes) return { kind: 'inline', bytes: body, sizeBytes: body.byteLength };
      return this.#writeFile(oneChunk(body));
    }
    const iterator = body[Symbol.asyncIterator]();
    const head: Uint8Array[] = [];
    let sizeBytes = 0;
    while (sizeBytes <= inlineLimitBytes) {
      const next = await iterator.next();
      if (next.done === true) return { kind: 'inline', bytes: joined(head, sizeBytes), sizeBytes };
      head.push(next.value);
      sizeBytes += next.value.byteLength;
    }
    return this.#writeFile(resumed(head, iterator));
  }

  async #writeFile(body: AsyncIterable<Uint8Array>): Promise<BlobRef> {
    await this.folder.make();
    const id = entropy(32);
    this.#loose.add(id);
    const file = await open(this.folder.file(id), 'wx');
    let sizeBytes = 0;
    try {
      let held: Uint8Array[] = [];
      let heldBytes = 0;
      const flush = async (): Promise<void> => {
        if (heldBytes === 0) return;
        await file.writev(held);
        held = [];
        heldBytes = 0;
      };
      for await (const chunk of body) {
        held.push(chunk);
        heldBytes += chunk.byteLength;
        sizeBytes += chunk.byteLength;
        if (heldBytes >= writeBufferBytes) await flush();
      }
      await flush();
      await file.close();
    } catch (error) {
      await file.close().catch(() => {});
      this.#loose.delete(id);
      await rm(this.folder.file(id), { force: true });
      throw error;
    }
    return { kind: 'file', id, sizeBytes };
  }

  async concat(parts: readonly BlobRef[]): Promise<BlobRef> {
    return this.write(this.#all(parts));
  }

  async *#all(parts: readonly BlobRef[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) yield* this.read(part);
  }

  async *read(blob: BlobRef, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const from = range?.from ?? 0;
    const to = Math.min(range?.to ?? blob.sizeBytes, blob.sizeBytes);
    if (from >= to) return;
    if (blob.kind === 'inline') {
      yield blob.bytes.subarray(from, to);
      return;
    }
    yield* createReadStream(this.folder.file(blob.id), { start: from, end: to - 1, highWaterMark: 256 * kibibyte });
  }

  async bytes(blob: BlobRef): Promise<Uint8Array> {
    return blob.kind === 'inline' ? blob.bytes : readFile(this.folder.file(blob.id));
  }

  keep(blob: BlobRef): void {
    if (blob.kind === 'inline') return;
    const { id, sizeBytes } = blob;
    this.#doomed.delete(id);
    this.#store.afterSaved(() => this.#loose.delete(id));
    this.#state.blobs.put({ id, sizeBytes, uses: (this.#state.blobs.find(id)?.uses ?? 0) + 1 });
  }

  drop(blob: BlobRef): void {
    if (blob.kind === 'inline') return;
    const row = this.#state.blobs.find(blob.id);
    if (row === undefined) return;
    if (row.uses > 1) {
      this.#state.blobs.put({ ...row, uses: row.uses - 1 });
      return;
    }
    this.#state.blobs.delete(blob.id);
    this.#doomed.add(blob.id);
    this.#store.afterSaved(() => void this.#sweep());
  }

  async discard(blob: BlobRef): Promise<void> {
    if (blob.kind === 'inline' || this.#state.blobs.has(blob.id)) return;
    this.#loose.delete(blob.id);
    await rm(this.folder.file(blob.id), { force: true });
  }

  /** Takes a body out of a snapshot file, under the id that its rows know. Stays until `settle`, whatever rows say. */
  async import(id: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    await this.folder.make();
    const path = this.folder.file(id);
    this.#loose.add(id);
    const temporary = `${path}.part`;
    // An id is never given twice: a file that is there already has the same content.
    try {
      await writeFile(temporary, body);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      this.#loose.delete(id);
      throw error;
    }
  }

  /** Ends the imports of these ids: those that no row names now are removed. */
  settle(ids: readonly string[]): void {
    for (const id of ids) {
      this.#loose.delete(id);
      if (!this.#state.blobs.has(id)) this.#doomed.add(id);
    }
    void this.#sweep();
  }

  /** From now on dropped files stay, because a snapshot or a fork may name them. The answer ends it. */
  pin(): () => void {
    this.folder.pins++;
    return () => {
      this.folder.pins--;
      void this.#sweep();
    };
  }

  async #sweep(): Promise<void> {
    if (this.folder.pins > 0) return;
    const doomed = [...this.#doomed].filter((id) => !this.#state.blobs.has(id));
    this.#doomed.clear();
    await Promise.all(doomed.map((id) => rm(this.folder.file(id), { force: true }).catch(() => {})));
  }

  /** Removes files that no row names: at the start, and after a reset. */
  async removeOrphans(): Promise<number> {
    if (this.folder.pins > 0) return 0;
    const names = await readdir(this.folder.path).catch(() => []);
    const orphans = names.filter((name) => blobId.test(name) && !this.#loose.has(name) && !this.#state.blobs.has(name));
    await Promise.all(orphans.map((name) => rm(this.folder.file(name), { force: true })));
    return orphans.length;
  }

  /** Ids of the files that rows name: for saving a snapshot. */
  keptIds(): readonly string[] {
    return this.#state.blobs.list().map((blob) => blob.id);
  }

  close(): Promise<void> {
    return this.folder.leave();
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* resumed(head: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

function joined(chunks: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  if (chunks.length === 1) return new Uint8Array(chunks[0] as Uint8Array);
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
