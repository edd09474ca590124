// Version IDs: 32 characters that nobody outside reads. Ours carry the version's number, so that a version is found at its key,
// and a check, so that an ID which this cloud never gave is told from one whose version is gone, as AWS does.
import { createHash } from 'node:crypto';
import type { Random } from '../../../kernel/random.ts';
import { alphabets } from '../../../kernel/random.ts';

const numberWidth = 9; // 36^9 > 10^14 versions of one key
const saltWidth = 17;
const checkWidth = 6;

const checkOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, checkWidth);

/** Spreads a number over the letters so that neighbours do not look alike; its own inverse. */
const veil = (digits: string, salt: string): string => {
  const letters = alphabets.alphanumericLower;
  let text = '';
  for (const [at, digit] of [...digits].entries()) {
    const shift = salt.charCodeAt(at % salt.length) % letters.length;
    const place = letters.indexOf(digit);
    text += letters[(shift - place + letters.length) % letters.length];
  }
  return text;
};

/** The ID of the `number`th version of a key. */
export function makeVersionId(number: number, random: Random): string {
  const salt = random.text(saltWidth, alphabets.base62);
  const body = salt + veil(number.toString(36).padStart(numberWidth, '0'), salt);
  return body + checkOf(body);
}

/** The number that an ID carries; undefined when this is no version ID. `null` is none: it is found by other means. */
export function readVersionId(versionId: string): number | undefined {
  if (versionId.length !== saltWidth + numberWidth + checkWidth) return undefined;
  const body = versionId.slice(0, -checkWidth);
  if (checkOf(body) !== versionId.slice(-checkWidth)) return undefined;
  const number = Number.parseInt(veil(body.slice(saltWidth), body), 36);
  return Number.isSafeInteger(number) ? number : undefined;
}
