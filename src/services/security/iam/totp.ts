// Time-based one-time passwords (RFC 6238): six digits, every 30 seconds, HMAC-SHA-1. What authenticator apps show.
import { createHmac } from 'node:crypto';

export const stepSeconds = 30;
const digits = 6;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Bytes of a base 32 text; padding and case do not matter. */
export function readBase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const digit of text.toUpperCase().replaceAll('=', '')) {
    bits = ((bits << 5) | alphabet.indexOf(digit)) & 0xffff;
    held += 5;
    if (held >= 8) {
      held -= 8;
      bytes.push((bits >> held) & 0xff);
    }
  }
  return Buffer.from(bytes);
}

/** The step in which an instant lies. */
export const stepAt = (epochMs: number): number => Math.floor(epochMs / 1000 / stepSeconds);

/** The code of a step. */
export function codeAt(seed: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', readBase32(seed)).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/** The step between `from` and `to` whose code this is, the nearest to `around` first; undefined when there is none. */
export function stepOfCode(seed: string, code: string, around: number, from: number, to: number): number | undefined {
  const steps = Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => from + index);
  return steps.sort((a, b) => Math.abs(a - around) - Math.abs(b - around)).find((step) => codeAt(seed, step) === code);
}
