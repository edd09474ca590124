// Reads what tools/packed-table.mjs writes: an index and compressed chunks, of which only those asked for are unpacked.
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

const digestBytes = 32;
const lengthBytes = 4;

export class PackedTable<Index> {
  readonly index: Index;
  readonly #file: Buffer;
  readonly #places: readonly (readonly [offset: number, length: number])[];
  readonly #start: number;
  /** The chunks last used, latest last. */
  readonly #recent = new Map<number, string>();
  readonly #mostRecent: number;

  /** Reads the file whole (compressed it is small) and unpacks the index. Keeps so many chunks unpacked. */
  constructor(file: URL, mostRecent: number) {
    this.#file = readFileSync(file);
    this.#mostRecent = mostRecent;
    const indexBytes = this.#file.readUInt32BE(digestBytes);
    this.#start = digestBytes + lengthBytes + indexBytes;
    const { chunks, ...index } = JSON.parse(unpack(this.#file.subarray(digestBytes + lengthBytes, this.#start)));
    this.#places = chunks;
    this.index = index;
  }

  chunk(at: number): string {
    const known = this.#recent.get(at);
    const place = this.#places[at];
    if (known === undefined && place === undefined) throw new RangeError(`no chunk ${at}`);
    const [offset, length] = place ?? [0, 0];
    const from = this.#start + offset;
    const text = known ?? unpack(this.#file.subarray(from, from + length));
    this.#recent.delete(at);
    this.#recent.set(at, text);
    const oldest = this.#recent.size > this.#mostRecent ? this.#recent.keys().next().value : undefined;
    if (oldest !== undefined) this.#recent.delete(oldest);
    return text;
  }
}

const unpack = (bytes: Uint8Array): string => brotliDecompressSync(bytes).toString();
