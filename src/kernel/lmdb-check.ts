// Whether an LMDB file is whole, told before LMDB maps it into memory: a file that lost its end, or whose pages point astray, would end
// the process from below (SIGBUS, an assertion of native code), and nobody could say why. Both trees of the newest snapshot, rows and
// free pages, are walked from their roots. What is inside the rows is checked by their own checksums, when they are read.
//
// A page: number (8 bytes), transaction (8), padding (2), flags (2), then the bounds of its free space (2 + 2) or, of an overflow, how
// many pages it takes (4); then offsets of its nodes (2 each). Bounds and offsets count from the end of that header. A node: size or page number (4), flags (2), size of the key (2), key, data.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';

const headerBytes = 24;
const nodeHeaderBytes = 8;
const magic = 0xbeefc0de;
const branchFlag = 0x01;
const leafFlag = 0x02;
const overflowFlag = 0x04;
const metaFlag = 0x08;
const bigDataFlag = 0x01;
const noRoot = 0xffff_ffff_ffff_ffffn;
/** Where the two meta pages keep the records of their two trees, and how long a record is. */
const treesAt = headerBytes + 24;
const treeBytes = 48;

interface Meta {
  readonly pageBytes: number;
  readonly lastPage: number;
  readonly transaction: bigint;
  readonly roots: readonly { readonly root: bigint; readonly depth: number }[];
}

/** What is wrong with a file. */
class Damage extends Error {}

function metaOf(page: Buffer): Meta | undefined {
  if (page.byteLength < treesAt + 2 * treeBytes + 24) return undefined;
  if ((page.readUInt16LE(18) & metaFlag) === 0 || page.readUInt32LE(headerBytes) !== magic) return undefined;
  const roots = [0, 1].map((at) => ({
    root: page.readBigUInt64LE(treesAt + at * treeBytes + 40),
    depth: page.readUInt16LE(treesAt + at * treeBytes + 6),
  }));
  const after = treesAt + 2 * treeBytes;
  return {
    pageBytes: page.readUInt32LE(treesAt),
    lastPage: Number(page.readBigUInt64LE(after)),
    transaction: page.readBigUInt64LE(after + 8),
    roots,
  };
}

/** The newest of both meta pages. */
function readMeta(file: number): Meta {
  const first = Buffer.alloc(512);
  readSync(file, first, 0, first.byteLength, 0);
  const one = metaOf(first);
  const pageBytes = one?.pageBytes ?? 4_096;
  if (pageBytes < 512 || pageBytes > 65_536) throw new Damage('its first page is none of LMDB');
  readSync(file, first, 0, first.byteLength, pageBytes);
  const other = metaOf(first);
  if (one === undefined || other === undefined) throw new Damage('its first pages are none of LMDB');
  return other.transaction > one.transaction ? other : one;
}

class Walk {
  readonly #file: number;
  readonly #meta: Meta;
  readonly #pages: number;
  readonly #seen = new Set<number>();

  constructor(file: number, meta: Meta, sizeBytes: number) {
    this.#file = file;
    this.#meta = meta;
    this.#pages = Math.floor(sizeBytes / meta.pageBytes);
  }

  #page(number: number): Buffer {
    const { pageBytes, lastPage } = this.#meta;
    if (number < 2 || number > lastPage) throw new Damage(`it points to a page ${number} that it does not have`);
    if (number >= this.#pages) throw new Damage(`it has lost its end: page ${number} of ${lastPage + 1} is missing`);
    if (this.#seen.has(number)) throw new Damage(`two places point to page ${number}`);
    this.#seen.add(number);
    const page = Buffer.alloc(pageBytes);
    readSync(this.#file, page, 0, pageBytes, number * pageBytes);
    if (page.readBigUInt64LE(0) !== BigInt(number)) throw new Damage(`page ${number} is another one`);
    return page;
  }

  tree(number: number, depthLeft: number): void {
    if (depthLeft < 1) throw new Damage(`page ${number} lies too deep`);
    const page = this.#page(number);
    const flags = page.readUInt16LE(18) & (branchFlag | leafFlag | overflowFlag | metaFlag);
    if (flags !== (depthLeft > 1 ? branchFlag : leafFlag)) throw new Damage(`page ${number} is of the wrong kind`);
    const lower = headerBytes + page.readUInt16LE(20);
    const upper = headerBytes + page.readUInt16LE(22);
    if (lower % 2 === 1 || lower > upper || upper > page.byteLength)
      throw new Damage(`the bounds of page ${number} are wrong`);
    for (let at = headerBytes; at < lower; at += 2) {
      const node = headerBytes + page.readUInt16LE(at);
      if (node < upper || node + nodeHeaderBytes > page.byteLength) throw new Damage(`page ${number} has a lost node`);
      if (flags === branchFlag) this.tree(this.#childOf(page, node), depthLeft - 1);
      else this.#leaf(page, number, node);
    }
  }

  #childOf(page: Buffer, node: number): number {
    return page.readUInt16LE(node) + page.readUInt16LE(node + 2) * 2 ** 16 + page.readUInt16LE(node + 4) * 2 ** 32;
  }

  #leaf(page: Buffer, number: number, node: number): void {
    const dataBytes = page.readUInt32LE(node);
    const big = (page.readUInt16LE(node + 4) & bigDataFlag) !== 0;
    const dataAt = node + nodeHeaderBytes + page.readUInt16LE(node + 6);
    if (dataAt + (big ? 8 : dataBytes) > page.byteLength) throw new Damage(`page ${number} has a cut node`);
    if (!big) return;
    const first = Number(page.readBigUInt64LE(dataAt));
    const overflow = this.#page(first);
    const pages = overflow.readUInt32LE(20);
    const enough = pages * page.byteLength >= headerBytes + dataBytes;
    if ((overflow.readUInt16LE(18) & overflowFlag) === 0 || !enough)
      throw new Damage(`page ${first} is of the wrong kind`);
    if (first + pages > this.#pages) throw new Damage(`it has lost its end: page ${first + pages - 1} is missing`);
  }
}

/** What is wrong with an LMDB file, as half a sentence; undefined when it is whole, empty or not there. */
export function damageOf(path: string): string | undefined {
  // A machine of the other byte order writes other files.
  if (endianness() !== 'LE') return undefined;
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size: sizeBytes } = fstatSync(file);
    if (sizeBytes === 0) return undefined;
    const meta = readMeta(file);
    const walk = new Walk(file, meta, sizeBytes);
    for (const { root, depth } of meta.roots) if (root !== noRoot) walk.tree(Number(root), depth);
    return undefined;
  } catch (error) {
    if (error instanceof Damage) return error.message;
    if (error instanceof RangeError) return 'its pages cannot be read';
    throw error;
  } finally {
    closeSync(file);
  }
}
