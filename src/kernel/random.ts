// Chance with a seed: the same seed and the same requests give the same cloud.
import { createHash, randomBytes } from 'node:crypto';

const hex = '0123456789abcdef';
const alphanumericLower = 'abcdefghijklmnopqrstuvwxyz0123456789';
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const base62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export const alphabets = { hex, alphanumericLower, base32, base62 } as const;

/** sfc32 by Chris Doty-Humphrey: four 32-bit words, passes PractRand. */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  constructor(seed: string) {
    this.reseed(seed);
  }

  /** Starts over, as if new. */
  reseed(seed: string): void {
    this.#counter = 1;
    const digest = createHash('sha256').update(seed).digest();
    [this.#a, this.#b, this.#c] = [digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8)];
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** The generator's state, to go on from later: a snapshot keeps it. */
  get state(): readonly number[] {
    return [this.#a, this.#b, this.#c, this.#counter];
  }

  set state(words: readonly number[]) {
    [this.#a, this.#b, this.#c, this.#counter] = words as [number, number, number, number];
  }

  /** 0 … 2^32 − 1. */
  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** 0 ≤ x < 1. */
  float(): number {
    return this.uint32() / 4_294_967_296;
  }

  /** A whole number, `from` ≤ x < `to`. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.float() * (to - from));
  }

  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.integer(0, items.length)] as Item;
  }

  /** `length` characters of an alphabet; the alphabet has at most 256. */
  text(length: number, alphabet: string): string {
    let text = '';
    for (let i = 0; i < length; i++) text += alphabet[Math.floor(this.float() * alphabet.length)];
    return text;
  }

  hex(length: number): string {
    let text = '';
    while (text.length < length) text += hexOf(this.uint32());
    return text.length === length ? text : text.slice(0, length);
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.uint32() & 0xff;
    return bytes;
  }

  /** A version 4 UUID. */
  uuid(): string {
    const [first, second, third, fourth] = [this.uint32(), this.uint32(), this.uint32(), this.uint32()];
    digits(first, 8, 0);
    digits(second >>> 16, 4, 9);
    digits((second & 0x0fff) | 0x4000, 4, 14);
    digits(((third >>> 16) & 0x3fff) | 0x8000, 4, 19);
    digits(third, 4, 24);
    digits(fourth, 8, 28);
    return uuidText.toString('latin1');
  }
}

/** Where a UUID is written before it is a string: each request has one, and joined pieces would cost four times as much. */
const uuidText = Buffer.from('00000000-0000-0000-0000-000000000000', 'latin1');

/** Writes the low `count` hex digits of a word. */
function digits(word: number, count: number, at: number): void {
  for (let i = 0; i < count; i++) uuidText[at + i] = hex.charCodeAt((word >>> (4 * (count - 1 - i))) & 15);
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Eight digits. From a table: every request has ids. */
const hexOf = (word: number): string =>
  `${hexOfByte[word >>> 24]}${hexOfByte[(word >>> 16) & 255]}${hexOfByte[(word >>> 8) & 255]}${hexOfByte[word & 255]}`;

/** True chance, as hex digits: for a seed when none was given, and for names that no client sees. */
export const entropy = (hexDigits: number): string =>
  randomBytes(Math.ceil(hexDigits / 2))
    .toString('hex')
    .slice(0, hexDigits);
