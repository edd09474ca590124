// IP addresses and CIDR ranges, version 4 and 6.
import { isIP } from 'node:net';

interface Address {
  readonly bits: bigint;
  readonly width: 32 | 128;
}

/** `first/prefix`: all addresses whose first `prefix` bits are the same. */
export interface IpRange {
  readonly first: Address;
  readonly prefix: number;
}

const readV4 = (text: string): bigint => text.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);

function readV6(text: string): bigint {
  const [plain = ''] = text.split('%');
  // The last two groups may be written as an IPv4 address.
  const dotted = plain.includes('.') ? plain.slice(plain.lastIndexOf(':') + 1) : undefined;
  const hexed =
    dotted === undefined
      ? plain
      : `${plain.slice(0, -dotted.length)}${(readV4(dotted) >> 16n).toString(16)}:${(readV4(dotted) & 0xffffn).toString(16)}`;
  const [left = '', right] = hexed.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

export function readAddress(text: string): Address | undefined {
  const version = isIP(text);
  if (version === 4) return { bits: readV4(text), width: 32 };
  if (version === 6) return { bits: readV6(text), width: 128 };
  return undefined;
}

/** Reads `203.0.113.0/24`, `2001:db8::/32`, or one address. */
export function readRange(text: string): IpRange | undefined {
  const [base = '', length] = text.split('/');
  const first = readAddress(base);
  if (first === undefined) return undefined;
  const prefix = length === undefined ? first.width : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  return prefix >= 0 && prefix <= first.width ? { first, prefix } : undefined;
}

export function inRange({ first, prefix }: IpRange, address: Address): boolean {
  if (first.width !== address.width) return false;
  const rest = BigInt(first.width - prefix);
  return first.bits >> rest === address.bits >> rest;
}
