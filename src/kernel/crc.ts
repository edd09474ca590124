// Cyclic redundancy checks as S3 uses them, over streams, and joined: the check of a whole from the checks of its parts.
//
// A CRC is a remainder of polynomials over GF(2). So the check of `A ‖ B` is `crc(A) · x^(8·|B|) + crc(B)` modulo the
// polynomial: a multipart upload gets the check of the whole object without reading it again.
import { crc32 } from 'node:zlib';

/** Bit-reflected polynomials, as all three algorithms process the lowest bit first. */
const polynomial = {
  crc32: 0xed_b8_83_20n,
  crc32c: 0x82_f6_3b_78n,
  crc64nvme: 0x9a6c_9329_ac4b_c9b5n,
} as const;

/** Bytes that one step of the table-driven loops takes ("slicing by 8"). */
const slices = 8;

/** The eight tables of a 32-bit CRC in one array: `table[256 · slice + byte]`. */
const makeTables32 = (poly: number): Int32Array => {
  const tables = new Int32Array(256 * slices);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ poly : value >>> 1;
    tables[byte] = value;
  }
  for (let at = 256; at < tables.length; at++) {
    const previous = tables[at - 256] as number;
    tables[at] = (previous >>> 8) ^ (tables[previous & 0xff] as number);
  }
  return tables;
};

/** Running CRC-32 of zlib; `value` starts at 0. */
export const updateCrc32 = (value: number, bytes: Uint8Array): number => crc32(bytes, value);

let tables32c: Int32Array | undefined;

/** Running CRC-32C (Castagnoli); `value` starts at 0. */
export function updateCrc32c(value: number, bytes: Uint8Array): number {
  tables32c ??= makeTables32(Number(polynomial.crc32c));
  const t = tables32c;
  const end = bytes.length;
  const b = bytes;
  let crc = ~value;
  let at = 0;
  for (const last = end - 7; at < last; at += 8) {
    const x = crc ^ (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24));
    crc =
      t[1792 + (x & 0xff)]! ^
      t[1536 + ((x >>> 8) & 0xff)]! ^
      t[1280 + ((x >>> 16) & 0xff)]! ^
      t[1024 + (x >>> 24)]! ^
      t[768 + b[at + 4]!]! ^
      t[512 + b[at + 5]!]! ^
      t[256 + b[at + 6]!]! ^
      t[b[at + 7]!]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t[(crc ^ b[at]!) & 0xff]!;
  return ~crc >>> 0;
}

/** A 64-bit value as two halves of 32 bits, since numbers hold no more. */
export interface Halves {
  low: number;
  high: number;
}

interface Tables64 {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

const makeTables64 = (poly: bigint): Tables64 => {
  const low = new Int32Array(256 * slices);
  const high = new Int32Array(256 * slices);
  const polyLow = Number(poly & 0xffff_ffffn);
  const polyHigh = Number(poly >> 32n);
  for (let byte = 0; byte < 256; byte++) {
    let [l, h] = [byte, 0];
    for (let bit = 0; bit < 8; bit++) {
      const carry = l & 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (carry) {
        l ^= polyLow;
        h ^= polyHigh;
      }
    }
    low[byte] = l;
    high[byte] = h;
  }
  for (let at = 256; at < low.length; at++) {
    const l = low[at - 256] as number;
    const h = high[at - 256] as number;
    low[at] = ((l >>> 8) | (h << 24)) ^ (low[l & 0xff] as number);
    high[at] = (h >>> 8) ^ (high[l & 0xff] as number);
  }
  return { low, high };
};

let tables64: Tables64 | undefined;

/** Running CRC-64/NVME, changed in place; both halves start at 0. */
export function updateCrc64nvme(value: Halves, bytes: Uint8Array): void {
  tables64 ??= makeTables64(polynomial.crc64nvme);
  const { low: tl, high: th } = tables64;
  const b = bytes;
  const end = bytes.length;
  let low = ~value.low;
  let high = ~value.high;
  let at = 0;
  for (const last = end - 7; at < last; at += 8) {
    const x = low ^ (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24));
    const y = high ^ (b[at + 4]! | (b[at + 5]! << 8) | (b[at + 6]! << 16) | (b[at + 7]! << 24));
    const i7 = 1792 + (x & 0xff);
    const i6 = 1536 + ((x >>> 8) & 0xff);
    const i5 = 1280 + ((x >>> 16) & 0xff);
    const i4 = 1024 + (x >>> 24);
    const i3 = 768 + (y & 0xff);
    const i2 = 512 + ((y >>> 8) & 0xff);
    const i1 = 256 + ((y >>> 16) & 0xff);
    const i0 = y >>> 24;
    low = tl[i7]! ^ tl[i6]! ^ tl[i5]! ^ tl[i4]! ^ tl[i3]! ^ tl[i2]! ^ tl[i1]! ^ tl[i0]!;
    high = th[i7]! ^ th[i6]! ^ th[i5]! ^ th[i4]! ^ th[i3]! ^ th[i2]! ^ th[i1]! ^ th[i0]!;
  }
  for (; at < end; at++) {
    const index = (low ^ b[at]!) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ tl[index]!;
    high = (high >>> 8) ^ th[index]!;
  }
  value.low = ~low >>> 0;
  value.high = ~high >>> 0;
}

/** Arithmetic modulo one polynomial: a value's highest bit is the coefficient of x^0. */
class Field {
  readonly #poly: bigint;
  readonly #one: bigint;
  /** x^(2^n), made when asked for. */
  readonly #squares: bigint[];
  /** x^(8·length) of the last length: the parts of an upload mostly have one size. */
  #shift: { lengthBytes: number; factor: bigint } | undefined;

  constructor(poly: bigint, widthBits: bigint) {
    this.#poly = poly;
    this.#one = 1n << (widthBits - 1n);
    this.#squares = [1n << (widthBits - 2n)];
  }

  #multiply(a: bigint, b: bigint): bigint {
    let product = 0n;
    let factor = b;
    for (let mask = this.#one; mask > 0n; mask >>= 1n) {
      if (a & mask) product ^= factor;
      factor = factor & 1n ? (factor >> 1n) ^ this.#poly : factor >> 1n;
    }
    return product;
  }

  #square(exponent: number): bigint {
    for (let have = this.#squares.length; have <= exponent; have++) {
      const last = this.#squares[have - 1] as bigint;
      this.#squares.push(this.#multiply(last, last));
    }
    return this.#squares[exponent] as bigint;
  }

  #shiftOf(lengthBytes: number): bigint {
    if (this.#shift?.lengthBytes === lengthBytes) return this.#shift.factor;
    let factor = this.#one;
    let exponent = 3; // a byte is 2^3 bits
    for (let rest = lengthBytes; rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) factor = this.#multiply(this.#square(exponent), factor);
      exponent++;
    }
    this.#shift = { lengthBytes, factor };
    return factor;
  }

  join(first: bigint, second: bigint, secondLengthBytes: number): bigint {
    return this.#multiply(this.#shiftOf(secondLengthBytes), first) ^ second;
  }
}

const fields = {
  crc32: new Field(polynomial.crc32, 32n),
  crc32c: new Field(polynomial.crc32c, 32n),
  crc64nvme: new Field(polynomial.crc64nvme, 64n),
};

/** The check of two byte strings put together, from the check of each and the length of the second. */
export const joinCrc = (
  kind: keyof typeof polynomial,
  first: bigint,
  second: bigint,
  secondLengthBytes: number,
): bigint => fields[kind].join(first, second, secondLengthBytes);
