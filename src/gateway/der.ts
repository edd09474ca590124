// Writes ASN.1 values in DER, as far as certificates need them.
// @see https://www.rfc-editor.org/rfc/rfc5280

function lengthOf(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  const bytes = size < 0x100 ? [size] : [size >> 8, size & 0xff];
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

/** Limit: content of 65,535 bytes. */
const value = (tag: number, content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([tag]), lengthOf(content.byteLength), content]);

export const sequence = (...parts: readonly Uint8Array[]): Buffer => value(0x30, Buffer.concat(parts));
export const set = (part: Uint8Array): Buffer => value(0x31, part);
export const yes = value(0x01, Buffer.from([0xff]));
export const octets = (content: Uint8Array): Buffer => value(0x04, content);
export const text = (content: string): Buffer => value(0x0c, Buffer.from(content));

/** An unsigned number. */
export const integer = (bytes: Uint8Array): Buffer =>
  value(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]));

export const bits = (content: Uint8Array, unused = 0): Buffer =>
  value(0x03, Buffer.concat([Buffer.from([unused]), content]));

/** A value within another, by its number there; what it consists of stands inside. */
export const within = (number: number, content: Uint8Array): Buffer => value(0xa0 | number, content);

/** As `within`, for bytes without inner form. */
export const tagged = (number: number, content: Uint8Array): Buffer => value(0x80 | number, content);

/** `2.5.29.17`. */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const sevens = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) sevens.unshift(0x80 | (left & 0x7f));
    bytes.push(...sevens);
  }
  return value(0x06, Buffer.from(bytes));
}

/** Years have two digits until 2049, four from then on. */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return at.getUTCFullYear() < 2050 ? value(0x17, Buffer.from(digits.slice(2))) : value(0x18, Buffer.from(digits));
}
