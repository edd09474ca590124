// Identifiers in the forms that AWS gives them.
import { alphabets, type Random } from './random.ts';

export class Ids {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  uuid(): string {
    return this.#random.uuid();
  }

  /** `vpc-0123456789abcdef0`: prefix, hyphen, 17 hex digits (EC2 and its kin). */
  resource(prefix: string): string {
    return `${prefix}-0${this.#random.hex(16)}`;
  }

  /** `AKIA…`, `ASIA…`, `AROA…`, `AIDA…`: prefix and base 32, 20 characters for keys, 21 for principals. */
  unique(prefix: string, length: number): string {
    return prefix + this.#random.text(length - prefix.length, alphabets.base32);
  }

  /** `length` letters and digits of both cases. */
  token(length: number): string {
    return this.#random.text(length, alphabets.base62);
  }

  hex(length: number): string {
    return this.#random.hex(length);
  }
}
