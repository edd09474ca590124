// CBOR (RFC 8949), as far as the RPC v2 protocol needs it: reads every well-formed item, writes definite lengths.
import { serializationException } from './failure.ts';

/** A tagged item other than a timestamp. */
export class CborTag {
  readonly tag: number;
  readonly value: unknown;

  constructor(tag: number, value: unknown) {
    this.tag = tag;
    this.value = value;
  }
}

const deepest = 256;
const broken = () => serializationException('The request body is not valid CBOR');
const utf8 = new TextDecoder('utf-8', { fatal: true });
const endOfItems = Symbol('break');

const halfToNumber = (half: number): number => {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (fraction + 1024) * 2 ** (exponent - 25);
};

class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  whole(): unknown {
    const value = this.#item(0);
    if (this.#at !== this.#bytes.byteLength || value === endOfItems) throw broken();
    return value;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.byteLength - at) throw broken();
    this.#at = at + count;
    return at;
  }

  /** The argument of a head; undefined for an indefinite length. */
  #argument(info: number): number | bigint | undefined {
    if (info < 24) return info;
    if (info === 24) return this.#view.getUint8(this.#take(1));
    if (info === 25) return this.#view.getUint16(this.#take(2));
    if (info === 26) return this.#view.getUint32(this.#take(4));
    if (info === 27) {
      const wide = this.#view.getBigUint64(this.#take(8));
      return wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide;
    }
    if (info === 31) return undefined;
    throw broken();
  }

  #bytesOf(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  #chunks(major: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (;;) {
      const head = this.#view.getUint8(this.#take(1));
      if (head === 0xff) return Buffer.concat(parts);
      const length = head >> 5 === major ? this.#argument(head & 31) : undefined;
      if (typeof length !== 'number') throw broken();
      parts.push(this.#bytesOf(length));
    }
  }

  #text(bytes: Uint8Array): string {
    try {
      return utf8.decode(bytes);
    } catch {
      throw broken();
    }
  }

  #item(depth: number): unknown {
    if (depth > deepest) throw broken();
    const head = this.#view.getUint8(this.#take(1));
    const major = head >> 5;
    const info = head & 31;
    if (major === 7) return this.#simple(info);
    const argument = this.#argument(info);
    if (major === 2 || major === 3) {
      if (typeof argument === 'bigint') throw broken();
      const bytes = argument === undefined ? this.#chunks(major) : this.#bytesOf(argument);
      return major === 2 ? bytes : this.#text(bytes);
    }
    if (major === 4 || major === 5) {
      if (typeof argument === 'bigint') throw broken();
      return major === 4 ? this.#array(argument, depth) : this.#map(argument, depth);
    }
    if (argument === undefined) throw broken();
    if (major === 0) return argument;
    if (major === 1) return typeof argument === 'bigint' ? -1n - argument : -1 - argument;
    const value = this.#item(depth + 1);
    return new CborTag(Number(argument), value);
  }

  #array(length: number | undefined, depth: number): unknown[] {
    const items: unknown[] = [];
    const count = length ?? Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const item = this.#item(depth + 1);
      if (item === endOfItems) {
        if (length === undefined) break;
        throw broken();
      }
      items.push(item);
    }
    return items;
  }

  #map(length: number | undefined, depth: number): Map<string, unknown> {
    const entries = new Map<string, unknown>();
    const count = length ?? Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const key = this.#item(depth + 1);
      if (key === endOfItems && length === undefined) break;
      const value = this.#item(depth + 1);
      if (typeof key !== 'string' || value === endOfItems) throw broken();
      entries.set(key, value);
    }
    return entries;
  }

  #simple(info: number): unknown {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 25:
        return halfToNumber(this.#view.getUint16(this.#take(2)));
      case 26:
        return this.#view.getFloat32(this.#take(4));
      case 27:
        return this.#view.getFloat64(this.#take(8));
      case 31:
        return endOfItems;
      default:
        throw broken();
    }
  }
}

/** Reads one item; maps become `Map`, null and undefined become null. */
export const decodeCbor = (bytes: Uint8Array): unknown => new CborReader(bytes).whole();

/** Writes items into one growing buffer. */
export class CborWriter {
  #buffer = Buffer.allocUnsafe(1_024);
  #at = 0;

  #room(count: number): number {
    const at = this.#at;
    if (at + count > this.#buffer.byteLength) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.byteLength * 2, at + count));
      larger.set(this.#buffer.subarray(0, at));
      this.#buffer = larger;
    }
    this.#at = at + count;
    return at;
  }

  // Room is made before the buffer is named: it may be another one afterwards.
  #byte(value: number): void {
    const at = this.#room(1);
    this.#buffer[at] = value;
  }

  #head(major: number, argument: number): void {
    const high = major << 5;
    if (argument < 24) this.#byte(high | argument);
    else if (argument < 0x100) {
      this.#byte(high | 24);
      this.#byte(argument);
    } else if (argument < 0x1_0000) {
      this.#byte(high | 25);
      const at = this.#room(2);
      this.#buffer.writeUInt16BE(argument, at);
    } else if (argument < 0x1_0000_0000) {
      this.#byte(high | 26);
      const at = this.#room(4);
      this.#buffer.writeUInt32BE(argument, at);
    } else {
      this.#byte(high | 27);
      const at = this.#room(8);
      this.#buffer.writeBigUInt64BE(BigInt(argument), at);
    }
  }

  map(entries: number): void {
    this.#head(5, entries);
  }

  array(items: number): void {
    this.#head(4, items);
  }

  text(value: string): void {
    const length = Buffer.byteLength(value, 'utf8');
    this.#head(3, length);
    const at = this.#room(length);
    this.#buffer.write(value, at, 'utf8');
  }

  bytes(value: Uint8Array): void {
    this.#head(2, value.byteLength);
    const at = this.#room(value.byteLength);
    this.#buffer.set(value, at);
  }

  boolean(value: boolean): void {
    this.#byte(value ? 0xf5 : 0xf4);
  }

  null(): void {
    this.#byte(0xf6);
  }

  number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value >= 0) this.#head(0, value);
      else this.#head(1, -1 - value);
    } else this.double(value);
  }

  double(value: number): void {
    this.#byte(0xfb);
    const at = this.#room(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  /** Tag 1: seconds since the epoch. */
  timestamp(value: Date): void {
    this.#head(6, 1);
    const seconds = value.getTime() / 1000;
    if (Number.isInteger(seconds)) this.number(seconds);
    else this.double(seconds);
  }

  finish(): Uint8Array {
    return new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset, this.#at);
  }
}
