// How values compare: equality is deep and exact, order exists among strings, numbers and binaries of one type.
import { textPrefix } from '../../../kernel/key.ts';
import { compareNumbers } from './number.ts';
import { type AttributeValue, bytesAsText } from './value.ts';

const beyondAscii = /[\ud800-\uffff]/;

/** Order of texts by their UTF-8 bytes. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (beyondAscii.test(a) || beyondAscii.test(b)) return textPrefix(a) < textPrefix(b) ? -1 : 1;
  return a < b ? -1 : 1;
}

/** Order of byte strings. */
export const compareBytes = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);

const sameMembers = (a: readonly string[], b: readonly string[]): boolean => {
  if (a.length !== b.length) return false;
  const members = new Set(a);
  return b.every((member) => members.has(member));
};

const sameMap = (a: Readonly<Record<string, AttributeValue>>, b: Readonly<Record<string, AttributeValue>>): boolean => {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => {
    const other = Object.hasOwn(b, name) ? b[name] : undefined;
    return other !== undefined && sameValue(a[name] as AttributeValue, other);
  });
};

/** True for values of one type that are equal; sets regardless of order. */
export function sameValue(a: AttributeValue, b: AttributeValue): boolean {
  if (a === b) return true;
  if (a.S !== undefined) return a.S === b.S;
  if (a.N !== undefined) return a.N === b.N;
  if (a.B !== undefined) return b.B !== undefined && compareBytes(a.B, b.B) === 0;
  if (a.BOOL !== undefined) return a.BOOL === b.BOOL;
  if (a.NULL !== undefined) return b.NULL !== undefined;
  if (a.SS !== undefined) return b.SS !== undefined && sameMembers(a.SS, b.SS);
  if (a.NS !== undefined) return b.NS !== undefined && sameMembers(a.NS, b.NS);
  if (a.BS !== undefined) return b.BS !== undefined && sameMembers(a.BS.map(bytesAsText), b.BS.map(bytesAsText));
  if (a.L !== undefined) {
    const other = b.L;
    return (
      other !== undefined &&
      a.L.length === other.length &&
      a.L.every((member, at) => sameValue(member, other[at] as AttributeValue))
    );
  }
  return a.M !== undefined && b.M !== undefined && sameMap(a.M, b.M);
}

/** Below zero, zero, above zero; undefined when the two have no order. */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.S !== undefined) return b.S === undefined ? undefined : compareText(a.S, b.S);
  if (a.N !== undefined) return b.N === undefined ? undefined : compareNumbers(a.N, b.N);
  if (a.B !== undefined) return b.B === undefined ? undefined : compareBytes(a.B, b.B);
  return undefined;
}

/** True when a string holds a substring, a binary a part, a set or list a member. */
export function containsValue(whole: AttributeValue, part: AttributeValue): boolean {
  if (whole.S !== undefined) return part.S !== undefined && whole.S.includes(part.S);
  if (whole.B !== undefined) return part.B !== undefined && bytesAsText(whole.B).includes(bytesAsText(part.B));
  if (whole.SS !== undefined) return part.S !== undefined && whole.SS.includes(part.S);
  if (whole.NS !== undefined) return part.N !== undefined && whole.NS.includes(part.N);
  if (whole.BS !== undefined) {
    const bytes = part.B;
    return bytes !== undefined && whole.BS.some((member) => compareBytes(member, bytes) === 0);
  }
  return whole.L?.some((member) => sameValue(member, part)) ?? false;
}

/** True when a string or binary starts with another. */
export function startsWithValue(whole: AttributeValue, start: AttributeValue): boolean {
  if (whole.S !== undefined) return start.S !== undefined && whole.S.startsWith(start.S);
  if (whole.B !== undefined && start.B !== undefined)
    return compareBytes(whole.B.subarray(0, start.B.length), start.B) === 0;
  return false;
}
