// A snapshot as one file that can be copied, mailed and checked in: gzip around
//
//   {"hakoniwa":"snapshot","format":1,…}              what it is, which form its rows have
//   ["sqs/000000000000/us-east-1/queues","key",{…}]   rows, one a line; bytes as {"$bytes":"base64"}
//   {"body":"<id>","sizeBytes":5}hello                bodies that do not travel in rows, as they are
//   {"end":true,"rows":1,"bodies":1}                  without this line the file is not whole
//
// It is written beside its place and renamed at the end, so a file is whole or not there. Reading checks everything before
// anything of the cloud changes.
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import type { BlobStore } from './blob-store.ts';
import { entropy } from './random.ts';
import type { Snapshot } from './snapshot.ts';
import { rowsOf, type StoreImage } from './table.ts';
import { type Instant, mebibyte } from './units.ts';
import { version } from './version.ts';

/** Raised when the file changes its form; an older Hakoniwa refuses a newer file. */
export const snapshotFormat = 1;

/** What a snapshot file says of itself. */
export interface SnapshotHeader {
  readonly hakoniwa: 'snapshot';
  readonly format: number;
  readonly version: string;
  /** Where the cloud's clock stood. */
  readonly now: number;
  readonly random: readonly number[];
}

export interface SnapshotSize {
  readonly rows: number;
  readonly bodies: number;
}

/** A file that cannot be read or written. The message says what to do. */
export class SnapshotFileError extends Error {}

const longestLineBytes = 512 * mebibyte;

/** A row as JSON can carry it. */
function packed(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(packed);
  const entries = Object.entries(value).map(([name, inner]) => [name, packed(inner)] as const);
  const escaped = entries.some(([name]) => name === '$bytes' || name === '$row');
  // fromEntries, so that a member called `__proto__` stays a member.
  const plain = Object.fromEntries(entries);
  return escaped ? { $row: plain } : plain;
}

function unpacked(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(unpacked);
  const members = value as Readonly<Record<string, unknown>>;
  if (typeof members['$bytes'] === 'string') return new Uint8Array(Buffer.from(members['$bytes'], 'base64'));
  const plain = '$row' in members ? (members['$row'] as object) : members;
  return Object.fromEntries(Object.entries(plain).map(([name, inner]) => [name, unpacked(inner)]));
}

async function* linesOf(snapshot: Snapshot, blobs: BlobStore, size: { rows: number; bodies: number }) {
  const { now, random } = snapshot;
  const header: SnapshotHeader = { hakoniwa: 'snapshot', format: snapshotFormat, version, now, random };
  yield `${JSON.stringify(header)}\n`;
  for (const [place, rowKey, row] of rowsOf(snapshot.image)) {
    size.rows++;
    yield `${JSON.stringify([place, rowKey, packed(row)])}\n`;
  }
  for (const { id, sizeBytes } of keptBodies(snapshot.image)) {
    size.bodies++;
    yield `${JSON.stringify({ body: id, sizeBytes })}\n`;
    yield* blobs.read({ kind: 'file', id, sizeBytes });
  }
  yield `${JSON.stringify({ end: true, ...size })}\n`;
}

/** Bodies that the rows of an image name, by the blob store's own table. */
function* keptBodies(image: StoreImage): Generator<{ readonly id: string; readonly sizeBytes: number }> {
  for (const [place, , row] of rowsOf(image)) {
    if (place === 'kernel-blobs/*/*/blobs') yield row as { readonly id: string; readonly sizeBytes: number };
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Writes a snapshot to a file; an older snapshot of that name is replaced once the new one is whole. */
export async function writeSnapshotFile(path: string, snapshot: Snapshot, blobs: BlobStore): Promise<SnapshotSize> {
  await refuseForeignFile(path);
  const temporary = `${path}.${entropy(8)}.part`;
  const size = { rows: 0, bodies: 0 };
  let file: FileHandle | undefined;
  try {
    file = await open(temporary, 'wx');
    await writeFile(file, compressed(linesOf(snapshot, blobs, size)));
    await file.sync();
    await file.close();
    await rename(temporary, path);
    return size;
  } catch (error) {
    await file?.close().catch(() => {});
    await rm(temporary, { force: true });
    throw new SnapshotFileError(
      `The snapshot could not be written to ${path}: ${reasonOf(error)}. Check that ${dirname(path)} exists, may be written to, and has room.`,
    );
  }
}

/** An error of the content becomes the reader's. */
const compressed = (content: AsyncIterable<string | Uint8Array>): AsyncIterable<Buffer> =>
  pipeline(Readable.from(content, { objectMode: true }), createGzip(), () => {});

/** Only a snapshot may be overwritten: a slip in a path must not cost somebody a file. */
async function refuseForeignFile(path: string): Promise<void> {
  const reader = new ByteReader(contentOf(path));
  try {
    await readHeader(reader, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new SnapshotFileError(`${path} exists and is not a snapshot of Hakoniwa: choose another name, or remove it.`);
  } finally {
    await reader.close();
  }
}

/** Reads a snapshot file. Its bodies are in the cloud's folder afterwards; `release` removes those that no row names by then. */
export async function readSnapshotFile(path: string, blobs: BlobStore): Promise<Snapshot & { size: SnapshotSize }> {
  const imported: string[] = [];
  const release = (): void => blobs.settle(imported);
  const reader = new ByteReader(contentOf(path));
  try {
    const { now, random } = await readHeader(reader, path);
    const image = new Map<string, { readonly kind: 'rows'; readonly rows: [string, object][] }>();
    let rows = 0;
    for (;;) {
      const line = JSON.parse(await reader.line()) as unknown;
      if (Array.isArray(line)) {
        const [place, rowKey, row] = line as [string, string, object];
        const content = image.get(place) ?? { kind: 'rows', rows: [] };
        content.rows.push([rowKey, unpacked(row) as object]);
        image.set(place, content);
        rows++;
        continue;
      }
      const { body, sizeBytes, end, ...size } = line as Record<string, unknown>;
      if (end === true) {
        if (size['rows'] !== rows || size['bodies'] !== imported.length)
          throw new Error('it has lost some of its rows');
        await reader.end();
        return { image, now: now as Instant, random, release, size: { rows, bodies: imported.length } };
      }
      if (typeof body !== 'string' || typeof sizeBytes !== 'number') throw new Error('it has a line of unknown kind');
      await blobs.import(body, reader.take(sizeBytes));
      imported.push(body);
    }
  } catch (error) {
    release();
    throw error instanceof SnapshotFileError ? error : unreadable(path, error);
  } finally {
    await reader.close();
  }
}

const unreadable = (path: string, error: unknown): SnapshotFileError =>
  (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? new SnapshotFileError(`There is no file ${path}.`)
    : new SnapshotFileError(
        `${path} is damaged or not a snapshot (${reasonOf(error)}). Nothing was changed. Take another copy of the file.`,
      );

async function readHeader(reader: ByteReader, path: string): Promise<SnapshotHeader> {
  const header = JSON.parse(await reader.line()) as SnapshotHeader;
  if (header.hakoniwa !== 'snapshot' || typeof header.format !== 'number') throw new Error('it has no header');
  if (header.format > snapshotFormat) {
    throw new SnapshotFileError(
      `${path} has format ${header.format}, written by Hakoniwa ${header.version}; this one (${version}) knows up to ${snapshotFormat}. Load it with a newer Hakoniwa.`,
    );
  }
  if (typeof header.now !== 'number' || !Array.isArray(header.random)) throw new Error('its header is not whole');
  return header;
}

async function* contentOf(path: string): AsyncGenerator<Buffer> {
  yield* pipeline(createReadStream(path), createGunzip(), () => {}) as AsyncIterable<Buffer>;
}

/** Lines and counted bytes out of chunks. */
class ByteReader {
  readonly #chunks: AsyncGenerator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncGenerator<Buffer>) {
    this.#chunks = chunks;
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined);
  }

  /** Reads to the very end, where gzip holds its checksum against the content. */
  async end(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done !== true || this.#held.byteLength > 0) throw new Error('something follows its end');
  }

  async #more(): Promise<Buffer> {
    const next = await this.#chunks.next();
    if (next.done === true) throw new Error('it ends too early');
    return next.value;
  }

  async line(): Promise<string> {
    const parts: Buffer[] = [];
    let sizeBytes = 0;
    for (;;) {
      const end = this.#held.indexOf(0x0a);
      if (end >= 0) {
        parts.push(this.#held.subarray(0, end));
        this.#held = this.#held.subarray(end + 1);
        return Buffer.concat(parts).toString('utf8');
      }
      sizeBytes += this.#held.byteLength;
      if (sizeBytes > longestLineBytes) throw new Error('it has an endless line');
      parts.push(this.#held);
      this.#held = await this.#more();
    }
  }

  async *take(sizeBytes: number): AsyncGenerator<Uint8Array> {
    let left = sizeBytes;
    while (left > 0) {
      if (this.#held.byteLength === 0) this.#held = await this.#more();
      const chunk = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(chunk.byteLength);
      left -= chunk.byteLength;
      yield chunk;
    }
  }
}
