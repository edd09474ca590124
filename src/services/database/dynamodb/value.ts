// Attribute values: what may be stored, how it is normalised, and what it weighs.
import type { AttributeValue as SdkValue } from '@aws-sdk/client-dynamodb';
import { errors } from './errors.ts';
import { nestingMax } from './limits.ts';
import { canonicalNumber, numberBytes } from './number.ts';

export type AttributeValue = SdkValue;
/** The attributes of an item by name. Frozen once it is stored. */
export type Item = Readonly<Record<string, AttributeValue>>;
export type TypeName = 'S' | 'N' | 'B' | 'SS' | 'NS' | 'BS' | 'M' | 'L' | 'NULL' | 'BOOL';

const typeNames: readonly TypeName[] = ['S', 'N', 'B', 'SS', 'NS', 'BS', 'M', 'L', 'NULL', 'BOOL'];

/** The type of a value: `S`, `N`, `M` … */
export function typeOf(value: AttributeValue): TypeName {
  if (value.S !== undefined) return 'S';
  if (value.N !== undefined) return 'N';
  for (const name of typeNames) if (value[name] !== undefined) return name;
  throw new Error('a value without a type was stored');
}

/** The names that DynamoDB's messages give to types. */
export const longTypeName: Readonly<Record<TypeName, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
  M: 'MAP',
  L: 'LIST',
  NULL: 'NULL',
  BOOL: 'BOOLEAN',
};

/** Bytes as text of one Latin-1 character each: the order of the texts is the order of the bytes. */
export const bytesAsText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function checkSet(count: number, kind: string): void {
  if (count === 0) throw errors.invalidParameter(kind);
}

function numberSet(numbers: readonly string[]): string[] {
  checkSet(numbers.length, 'An number set  may not be empty');
  const canonical = numbers.map(canonicalNumber);
  if (new Set(canonical).size < canonical.length) throw errors.validation('Input collection contains duplicates');
  return canonical;
}

function stringSet(members: readonly string[]): void {
  checkSet(members.length, 'An string set  may not be empty');
  if (new Set(members).size < members.length)
    throw errors.invalidParameter(`Input collection [${members.join(', ')}] contains duplicates.`);
}

function binarySet(members: readonly Uint8Array[]): void {
  checkSet(members.length, 'Binary sets should not be empty');
  const texts = members.map(base64);
  if (new Set(texts).size < texts.length)
    throw errors.invalidParameter(`Input collection [${texts.join(', ')}]of type BS contains duplicates.`);
}

/**
 * The value as it is stored, or what AWS says against it. Numbers become canonical; a value that needs no change is
 * returned itself.
 *
 * Limit: 32 levels of nesting.
 * Unknown: in what order AWS gives the members of a set back; here as they came.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
export function checkValue(value: AttributeValue, depth = 1): AttributeValue {
  if (depth > nestingMax) {
    throw errors.validation(
      'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
    );
  }
  let type: TypeName | undefined;
  let stored: AttributeValue = value;
  let types = 0;
  for (const name in value) {
    const one = name as TypeName;
    if (value[one] === undefined || value[one] === null) continue;
    types++;
    type = one;
  }
  if (value.N !== undefined) {
    const canonical = canonicalNumber(value.N);
    if (canonical !== value.N) stored = { N: canonical };
  } else if (type === 'S' || type === 'B' || type === 'BOOL') {
    // Nothing to check.
  } else if (value.NULL !== undefined) {
    if (!value.NULL) throw errors.invalidParameter('Null attribute value types must have the value of true');
  } else if (value.SS !== undefined) stringSet(value.SS);
  else if (value.NS !== undefined) stored = { NS: numberSet(value.NS) };
  else if (value.BS !== undefined) binarySet(value.BS);
  else if (value.M !== undefined) {
    const map = checkAttributes(value.M, depth + 1);
    if (map !== value.M) stored = { M: map };
  } else if (value.L !== undefined) {
    let list: AttributeValue[] | undefined;
    for (const [at, member] of value.L.entries()) {
      const checked = checkValue(member, depth + 1);
      if (checked === member) continue;
      list ??= [...value.L];
      list[at] = checked;
    }
    if (list !== undefined) stored = { L: list };
  }
  if (types === 0) {
    throw errors.validation('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  }
  if (types > 1) {
    throw errors.validation(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  return stored;
}

/** Puts an attribute into a map that is being made; safe for any name. */
export function setAttribute(map: Record<string, AttributeValue>, name: string, value: AttributeValue): void {
  if (name !== '__proto__') map[name] = value;
  else Object.defineProperty(map, name, { value, enumerable: true, writable: true, configurable: true });
}

/** As `checkValue`, for each attribute of an item or map. */
export function checkAttributes(
  attributes: Readonly<Record<string, AttributeValue>>,
  depth = 1,
): Record<string, AttributeValue> {
  let changed: Record<string, AttributeValue> | undefined;
  for (const name in attributes) {
    const value = attributes[name] as AttributeValue;
    const checked = checkValue(value, depth);
    if (checked === value) continue;
    changed ??= { ...attributes };
    setAttribute(changed, name, checked);
  }
  return changed ?? attributes;
}

/** Length of a text in UTF-8, in bytes. */
export const utf8Bytes = (text: string): number => Buffer.byteLength(text);

const containerBytes = 3;

/**
 * What a value weighs, in bytes.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return utf8Bytes(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return value.B.length;
  if (value.M !== undefined) return containerBytes + itemBytes(value.M) + Object.keys(value.M).length;
  if (value.L !== undefined) return value.L.reduce((sum, member) => sum + 1 + valueBytes(member), containerBytes);
  if (value.SS !== undefined) return value.SS.reduce((sum, member) => sum + utf8Bytes(member), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, member) => sum + numberBytes(member), 0);
  if (value.BS !== undefined) return value.BS.reduce((sum, member) => sum + member.length, 0);
  return 1;
}

/** What an item weighs, in bytes: names and values. */
export function itemBytes(item: Item): number {
  let sum = 0;
  for (const name in item) sum += utf8Bytes(name) + valueBytes(item[name] as AttributeValue);
  return sum;
}

/** A value as it stands in messages: `AttributeValue: {S:abc}`. */
export function describeValue(value: AttributeValue): string {
  const type = typeOf(value);
  const plain = value[type];
  const text = plain instanceof Uint8Array ? base64(plain) : typeof plain === 'object' ? JSON.stringify(plain) : plain;
  return `AttributeValue: {${type}:${text}}`;
}
