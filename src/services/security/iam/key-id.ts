// Access key ids. As in AWS the id itself tells the account: after the four letters come 16 base 32 digits (80 bits), and 40 of
// them are the account. Session keys (`ASIA…`) carry a mark of the cloud that issued them as well, so that no row has to be kept
// for a session: 24 bits of a MAC over the rest.
import { createHmac } from 'node:crypto';
import type { Random } from '../../../kernel/random.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const keyIdForm = /^(AKIA|ASIA)([A-Z2-7]{16})$/;

const accountShift = 39n;
const accountMask = (1n << 40n) - 1n;
/** AWS's newer ids have the first bit set. */
const firstBit = 1n << 79n;
const markBits = 24n;
const restBits = 15n;

function encode(bits: bigint): string {
  let text = '';
  for (let at = 75n; at >= 0n; at -= 5n) text += alphabet[Number((bits >> at) & 31n)] ?? '';
  return text;
}

const decode = (text: string): bigint =>
  [...text].reduce((bits, digit) => (bits << 5n) | BigInt(alphabet.indexOf(digit)), 0n);

const markOf = (head: bigint, seal: Uint8Array): bigint =>
  BigInt(createHmac('sha256', seal).update(head.toString(16)).digest().readUIntBE(0, 3));

const headOf = (account: string): bigint => firstBit | (BigInt(account) << accountShift);

/** The id of a long-term key. */
export const makeKeyId = (account: string, random: Random): string =>
  `AKIA${encode(headOf(account) | (BigInt(random.uint32()) << 7n) | BigInt(random.integer(0, 128)))}`;

/** The id of a session's key, marked by the cloud's seal. */
export function makeSessionKeyId(account: string, random: Random, seal: Uint8Array): string {
  const rest = BigInt(random.integer(0, 1 << Number(restBits)));
  const head = headOf(account) | (rest << markBits);
  return `ASIA${encode(head | markOf(head, seal))}`;
}

/** Did the cloud with this seal issue the session key? */
export function isOwnSessionKey(keyId: string, seal: Uint8Array): boolean {
  const digits = keyIdForm.exec(keyId)?.[2];
  if (digits === undefined || !keyId.startsWith('ASIA')) return false;
  const bits = decode(digits);
  const mark = bits & ((1n << markBits) - 1n);
  return markOf(bits - mark, seal) === mark;
}

/** The account that an access key id names; undefined when it is none. */
export function accountOfKeyId(keyId: string): string | undefined {
  const digits = /^A[A-Z]{3}([A-Z2-7]{16})$/.exec(keyId)?.[1];
  if (digits === undefined) return undefined;
  return String((decode(digits) >> accountShift) & accountMask)
    .padStart(12, '0')
    .slice(-12);
}
