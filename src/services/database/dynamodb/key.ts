// Where items stand: keys of rows made of key attributes.
//
// A row's key is: the table (or index), a hash of the partition key value, that value, the sort key value. So rows of one
// partition key value stand together in sort order, a scan goes through the hashes, and a segment of a parallel scan is a
// range of them, as in AWS. The hash comes first and is short, so that comparing two keys ends early.
import { key as rowKey, numberText, textPrefix } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import { partitionKeyMaxBytes, sortKeyMaxBytes } from './limits.ts';
import { numberOrder } from './number.ts';
import { type AttributeValue, bytesAsText, type Item, typeOf, utf8Bytes } from './value.ts';

export type KeyType = 'S' | 'N' | 'B';

export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

/** The key of a table or index. */
export interface KeySchema {
  readonly hash: KeyAttribute;
  readonly range: KeyAttribute | undefined;
}

/** Text of a key value whose order is the value's. */
export function orderText(value: AttributeValue): string {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return numberOrder(value.N);
  if (value.B !== undefined) return bytesAsText(value.B);
  throw new Error(`not a key value: ${typeOf(value)}`);
}

/** Hashes are 32 bits wide. */
export const hashSpace = 2 ** 32;

/** Spreads partition key values evenly (FNV-1a, then mixed so that near texts fall apart). */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A hash as text of fixed width and the same order. */
export const hashText = (hash: number): string => numberText(hash).slice(-7);

/** The hash that stands in a row's key. */
export const hashIn = (space: string, rowKey: string): number =>
  Number.parseInt(rowKey.slice(space.length, space.length + 7), 36);

/** Start of the keys of all rows with this partition key value. `space` names the table or index. */
export const partitionPrefix = (space: string, hashValue: AttributeValue): string => {
  const text = orderText(hashValue);
  return `${space}${hashText(hashOf(text))}${rowKey(text)}`;
};

/** A sort key value as it stands in a row's key, closed. */
export const sortText = (value: AttributeValue): string => rowKey(orderText(value));

/** Start of the keys of all rows whose sort key begins with this value. */
export const sortPrefix = (value: AttributeValue): string => textPrefix(orderText(value));

/** The key of an item's row in a table, or of its entry in an index without what makes that one unique. */
export function itemKey(space: string, schema: KeySchema, item: Item): string {
  const prefix = partitionPrefix(space, item[schema.hash.name] as AttributeValue);
  return schema.range === undefined ? prefix : prefix + sortText(item[schema.range.name] as AttributeValue);
}

/** The key attributes of an item. */
export function keyOf(schema: KeySchema, item: Item): Record<string, AttributeValue> {
  const { hash, range } = schema;
  const key = { [hash.name]: item[hash.name] as AttributeValue };
  if (range !== undefined) key[range.name] = item[range.name] as AttributeValue;
  return key;
}

const isEmpty = (value: AttributeValue): 'string' | 'binary' | undefined => {
  if (value.S === '') return 'string';
  return value.B?.length === 0 ? 'binary' : undefined;
};

const keyBytes = (value: AttributeValue): number =>
  value.S === undefined ? (value.B?.length ?? 0) : utf8Bytes(value.S);

/** Refuses key values that are empty or too long. */
export function checkKeySizes(schema: KeySchema, item: Item): void {
  for (const attribute of [schema.hash, schema.range]) {
    if (attribute === undefined) continue;
    const value = item[attribute.name] as AttributeValue;
    const kind = isEmpty(value);
    if (kind !== undefined) {
      throw errors.validation(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${attribute.name}`,
      );
    }
    const bytes = keyBytes(value);
    if (attribute === schema.hash && bytes > partitionKeyMaxBytes) {
      throw errors.invalidParameter(
        `Size of hashkey has exceeded the maximum size limit of${partitionKeyMaxBytes} bytes`,
      );
    }
    if (attribute === schema.range && bytes > sortKeyMaxBytes) {
      throw errors.invalidParameter(
        `Aggregated size of all range keys has exceeded the size limit of ${sortKeyMaxBytes} bytes`,
      );
    }
  }
}

const own = (item: Item, name: string): AttributeValue | undefined =>
  Object.hasOwn(item, name) ? item[name] : undefined;

const mismatch = () => errors.validation('The provided key element does not match the schema');

/** Refuses a `Key` that is not exactly the key of the table. */
export function checkKey(schema: KeySchema, key: Item): void {
  const attributes = schema.range === undefined ? [schema.hash] : [schema.hash, schema.range];
  if (Object.keys(key).length !== attributes.length) throw mismatch();
  for (const { name, type } of attributes) if (own(key, name)?.[type] === undefined) throw mismatch();
  checkKeySizes(schema, key);
}

/** Refuses an item without its table's key, or with one of another type. */
export function checkItemKey(schema: KeySchema, item: Item): void {
  for (const attribute of [schema.hash, schema.range]) {
    if (attribute === undefined) continue;
    const value = own(item, attribute.name);
    if (value === undefined) throw errors.invalidParameter(`Missing the key ${attribute.name} in the item`);
    if (value[attribute.type] === undefined) {
      throw errors.invalidParameter(
        `Type mismatch for key ${attribute.name} expected: ${attribute.type} actual: ${typeOf(value)}`,
      );
    }
  }
  checkKeySizes(schema, item);
}

/** Refuses an item whose attribute is the key of an index and has another type than that, or none of a key. */
export function checkIndexKey(indexName: string, schema: KeySchema, item: Item, update: boolean): void {
  for (const attribute of [schema.hash, schema.range]) {
    if (attribute === undefined) continue;
    const value = own(item, attribute.name);
    if (value === undefined) continue;
    if (value[attribute.type] === undefined) {
      throw errors.invalidParameter(
        `Type mismatch for Index Key ${attribute.name} Expected: ${attribute.type} Actual: ${typeOf(value)} IndexName: ${indexName}`,
      );
    }
    const kind = isEmpty(value);
    if (kind === undefined) continue;
    throw errors.validation(
      update
        ? `One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty ${kind} value.`
        : `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${kind} value. IndexName: ${indexName}, IndexKey: ${attribute.name}`,
    );
  }
}

/** True when the item has every key attribute of an index: otherwise the index leaves it out. */
export const hasKey = (schema: KeySchema, item: Item): boolean =>
  own(item, schema.hash.name) !== undefined &&
  (schema.range === undefined || own(item, schema.range.name) !== undefined);
