// Bodies as files of one folder. Small bodies stay in memory, inside the rows that name them.
//
// Which files are kept is itself a table, so that it changes in the same transaction as the row that names the body. A file
// that no row keeps (the process died between writing and committing) is removed at the next start.
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobRef, Blobs, ByteRange } from './blobs.ts';
import { AwsError } from './errors.ts';
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
    this.#made ??= mkdir(this.path, { recursive: true }).catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }

  /** Every id is made here, of hex digits, so no path leads out of the folder. */
  file(id: string): string {
    if (!blobId.test(id)) throw new Error(`not a blob id: ${id}`);
    return join(this.path, id);
  }
}

const blobId = /^[0-9a-f]{32}$/;

const notWritable = (error: unknown): unknown => {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  // What breaks off is often the client's body, and no matter of this folder.
  if (code === undefined || syscall === undefined) return error;
  return new AwsError(
    'ServiceUnavailable',
    503,
    `Hakoniwa could not write a body to its folder, so this request changed nothing: ${message}. Free some space or mend the folder, then try again.`,
  );
};

const notReadable = (path: string, found: string): AwsError =>
  new AwsError(
    'ServiceUnavailable',
    503,
    `The file ${path} that holds this body is damaged: ${found}. Restore it from a backup.`,
  );

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
    const id = entropy(32);
    this.#loose.add(id);
    let file: FileHandle | undefined;
    let sizeBytes = 0;
    try {
      await this.folder.make();
      const opened = await open(this.folder.file(id), 'wx');
      file = opened;
      let held: Uint8Array[] = [];
      let heldBytes = 0;
      const flush = async (): Promise<void> => {
        if (heldBytes === 0) return;
        await writeWhole(opened, held, heldBytes);
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
      await opened.close();
    } catch (error) {
      await file?.close().catch(() => {});
      this.#loose.delete(id);
      await rm(this.folder.file(id), { force: true });
      throw notWritable(error);
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
    await this.#check(blob);
    yield* createReadStream(this.folder.file(blob.id), { start: from, end: to - 1, highWaterMark: 256 * kibibyte });
  }

  async bytes(blob: BlobRef): Promise<Uint8Array> {
    await this.#check(blob);
    return blob.kind === 'inline' ? blob.bytes : readFile(this.folder.file(blob.id));
  }

  /** @throws ServiceUnavailable when the file of a body is damaged */
  async #check(blob: BlobRef): Promise<void> {
    if (blob.kind === 'inline') return;
    const path = this.folder.file(blob.id);
    const found = await stat(path).catch((error: unknown) => {
      throw notReadable(path, (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is gone' : String(error));
    });
    if (found.size !== blob.sizeBytes)
      throw notReadable(path, `it has ${found.size} bytes instead of ${blob.sizeBytes}`);
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

/** A system may take less than it is given, as the last bytes of a disk. */
async function writeWhole(file: FileHandle, chunks: readonly Uint8Array[], sizeBytes: number): Promise<void> {
  const { bytesWritten } = await file.writev([...chunks]);
  if (bytesWritten === sizeBytes) return;
  const rest = Buffer.concat(chunks).subarray(bytesWritten);
  for (let at = 0; at < rest.byteLength; ) at += (await file.write(rest, at)).bytesWritten;
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
