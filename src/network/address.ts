// Addresses and prefixes of both families. IPv4 bits are a number, IPv6 bits a bigint: so the common case stays cheap.

export type Address =
  | { readonly family: 4; readonly bits: number; readonly text: string }
  | { readonly family: 6; readonly bits: bigint; readonly text: string };

export type Prefix =
  | { readonly family: 4; readonly bits: number; readonly length: number; readonly text: string }
  | { readonly family: 6; readonly bits: bigint; readonly length: number; readonly text: string };

const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

const readBits4 = (text: string): number | undefined => {
  const match = octets.exec(text);
  if (match === null) return undefined;
  let bits = 0;
  for (let i = 1; i <= 4; i++) {
    const digits = match[i] as string;
    const octet = Number(digits);
    if (octet > 255 || (digits.length > 1 && digits[0] === '0')) return undefined;
    bits = bits * 256 + octet;
  }
  return bits;
};

const readGroups = (text: string): bigint[] | undefined => {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [at, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else if (at === parts.length - 1) {
      const embedded = readBits4(part);
      if (embedded === undefined) return undefined;
      groups.push(BigInt(embedded >>> 16), BigInt(embedded & 0xffff));
    } else return undefined;
  }
  return groups;
};

const readBits6 = (text: string): bigint | undefined => {
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return undefined;
  const head = readGroups(halves[0] as string);
  const tail = halves.length === 2 ? readGroups(halves[1] as string) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  let bits = 0n;
  for (const group of [...head, ...Array.from({ length: missing }, () => 0n), ...tail]) bits = (bits << 16n) | group;
  return bits;
};

export const writeBits4 = (bits: number): string =>
  `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;

/** RFC 5952: lower case, the longest run of two or more zero groups shortened. */
export function writeBits6(bits: bigint): string {
  const groups: string[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(((bits >> shift) & 0xffffn).toString(16));
  let [bestAt, bestLength] = [-1, 1];
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && groups[at + length] === '0') length++;
    if (length > bestLength) [bestAt, bestLength] = [at, length];
  }
  if (bestAt < 0) return groups.join(':');
  return `${groups.slice(0, bestAt).join(':')}::${groups.slice(bestAt + bestLength).join(':')}`;
}

/** The address that `text` writes, in canonical spelling; undefined when it writes none. */
export function findAddress(text: string): Address | undefined {
  const bits4 = readBits4(text);
  if (bits4 !== undefined) return { family: 4, bits: bits4, text };
  const bits6 = readBits6(text);
  return bits6 === undefined ? undefined : { family: 6, bits: bits6, text: writeBits6(bits6) };
}

/** As `findAddress`, for text that was checked before: another text is our bug. */
export function readAddress(text: string): Address {
  const address = findAddress(text);
  if (address === undefined) throw new RangeError(`not an address: ${text}`);
  return address;
}

export const address4 = (bits: number): Address => ({ family: 4, bits, text: writeBits4(bits) });
export const address6 = (bits: bigint): Address => ({ family: 6, bits, text: writeBits6(bits) });

const mask4 = (length: number): number => (length === 0 ? 0 : (-1 << (32 - length)) >>> 0);
const hostBits6 = (length: number): bigint => BigInt(128 - length);

/** `bits` with all but the first `length` bits cleared. */
export const clear4 = (bits: number, length: number): number => (bits & mask4(length)) >>> 0;
export const clear6 = (bits: bigint, length: number): bigint => (bits >> hostBits6(length)) << hostBits6(length);

/** The prefix that `text` writes; its host bits are cleared. Undefined when it writes none. */
export function findPrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  if (slash < 0 || !/^\d{1,3}$/.test(text.slice(slash + 1))) return undefined;
  const address = findAddress(text.slice(0, slash));
  const length = Number(text.slice(slash + 1));
  if (address === undefined || length > (address.family === 4 ? 32 : 128)) return undefined;
  return address.family === 4
    ? prefix4(clear4(address.bits, length), length)
    : prefix6(clear6(address.bits, length), length);
}

export const prefix4 = (bits: number, length: number): Prefix => ({
  family: 4,
  bits,
  length,
  text: `${writeBits4(bits)}/${length}`,
});
export const prefix6 = (bits: bigint, length: number): Prefix => ({
  family: 6,
  bits,
  length,
  text: `${writeBits6(bits)}/${length}`,
});

/** As `findPrefix`, for text that was checked before. */
export function readPrefix(text: string): Prefix {
  const prefix = findPrefix(text);
  if (prefix === undefined) throw new RangeError(`not a prefix: ${text}`);
  return prefix;
}

export function covers(prefix: Prefix, address: Address): boolean {
  if (prefix.family === 4) return address.family === 4 && clear4(address.bits, prefix.length) === prefix.bits;
  return address.family === 6 && clear6(address.bits, prefix.length) === prefix.bits;
}

/** True when every address of `inner` is one of `outer`. */
export function contains(outer: Prefix, inner: Prefix): boolean {
  if (outer.length > inner.length) return false;
  return covers(outer, { family: inner.family, bits: inner.bits, text: '' } as Address);
}

export const overlap = (a: Prefix, b: Prefix): boolean => contains(a, b) || contains(b, a);

/** Number of addresses of an IPv4 prefix. */
export const size4 = (prefix: Prefix): number => 2 ** (32 - prefix.length);

const prefixes = (...texts: string[]): readonly Prefix[] => texts.map(readPrefix);
const privateUse = prefixes('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16');
const sharedUse = readPrefix('100.64.0.0/10');
const linkLocal = prefixes('169.254.0.0/16', 'fe80::/10');
const uniqueLocal = readPrefix('fc00::/7');

/** RFC 1918: `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16`. */
export const isRfc1918 = (address: Address): boolean => privateUse.some((prefix) => covers(prefix, address));
/** RFC 6598: `100.64.0.0/10`. */
export const isRfc6598 = (address: Address): boolean => covers(sharedUse, address);
export const isLinkLocal = (address: Address): boolean => linkLocal.some((prefix) => covers(prefix, address));
/** RFC 4193: `fc00::/7`. */
export const isUniqueLocal = (address: Address): boolean => covers(uniqueLocal, address);
