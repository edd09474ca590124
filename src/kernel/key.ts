// Keys of rows: strings whose JavaScript order (`<`) is the order that AWS lists in.
//
// A composite key is its parts, each closed by U+0000. So that order and parts survive, U+0000 and U+0001 inside a part
// are escaped, whole numbers have a fixed width, and code units are shifted where UTF-16 order differs from UTF-8 order.

export type KeyPart = string | number;

const digitCodes = Uint8Array.from('0123456789abcdefghijklmnopqrstuvwxyz', (digit) => digit.charCodeAt(0));
const digitOf = (number: number, place: number): number => digitCodes[((number / place) | 0) % 36] as number;
const fiveDigits = 36 ** 5;

/**
 * A whole number in eleven digits of base 36 (36^11 > 2^53). In pieces that fit a machine word: `toString(36)` would make V8 leave its
 * compiled code, and this stands in the key of every job, message and event.
 */
export function numberText(number: number): string {
  const upper = Math.floor(number / fiveDigits);
  const low = number - upper * fiveDigits;
  const top = Math.floor(upper / fiveDigits);
  const middle = upper - top * fiveDigits;
  return String.fromCharCode(
    digitOf(top, 1),
    digitOf(middle, 1_679_616),
    digitOf(middle, 46_656),
    digitOf(middle, 1_296),
    digitOf(middle, 36),
    digitOf(middle, 1),
    digitOf(low, 1_679_616),
    digitOf(low, 46_656),
    digitOf(low, 1_296),
    digitOf(low, 36),
    digitOf(low, 1),
  );
}

const utf8Order = (text: string): string => {
  let shifted = '';
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    shifted += String.fromCharCode(unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
  }
  return shifted;
};

const needsShift = /[\ud800-\uffff]/;
// oxlint-disable-next-line no-control-regex -- these two are the escapes
const needsEscape = /[\u0000\u0001]/;

const encode = (part: KeyPart): string => {
  if (typeof part === 'number') {
    if (!(Number.isSafeInteger(part) && part >= 0)) throw new RangeError(`not a key number: ${part}`);
    return numberText(part);
  }
  const shifted = needsShift.test(part) ? utf8Order(part) : part;
  return needsEscape.test(shifted)
    ? shifted.replaceAll('\u0001', '\u0001\u0002').replaceAll('\u0000', '\u0001\u0001')
    : shifted;
};

/** A composite key. Parts compare one after the other: text in UTF-8 byte order, whole numbers ≥ 0 by value. */
export function key(...parts: readonly KeyPart[]): string {
  let text = '';
  for (const part of parts) text += `${encode(part)}\u0000`;
  return text;
}

/** The start of all keys whose last given part merely begins with that text: `key('a') + textPrefix('ph')`. */
export const textPrefix = (text: string): string => encode(text);

/** The smallest string greater than every string that starts with `prefix`; undefined when there is none. */
export function afterPrefix(prefix: string): string | undefined {
  for (let end = prefix.length; end > 0; end--) {
    const unit = prefix.charCodeAt(end - 1);
    if (unit < 0xffff) return prefix.slice(0, end - 1) + String.fromCharCode(unit + 1);
  }
  return undefined;
}
