// Values ↔ CBOR by shape: the RPC v2 protocol.
import { CborTag, CborWriter, decodeCbor } from './cbor.ts';
import { notCollection, notConvertible } from './failure.ts';
import { put, readJsonValue } from './json-reader.ts';
import type { Shape, StructureShape } from './model.ts';
import { refuseUnknown, strictly, unexpected } from './strict.ts';
import { parseEpochSeconds } from './timestamp.ts';

const readScalar = (shape: Shape, value: unknown): unknown => {
  if (shape.kind === 'blob') {
    if (value instanceof Uint8Array) return value;
    throw notConvertible(value, 'Blob');
  }
  if (shape.kind === 'timestamp') {
    const seconds = value instanceof CborTag && value.tag === 1 ? value.value : value;
    const date = typeof seconds === 'number' ? parseEpochSeconds(seconds) : undefined;
    if (date === undefined) throw notConvertible(value, 'Timestamp');
    return date;
  }
  if (shape.kind === 'document') return toPlain(value);
  if (value instanceof Uint8Array || value instanceof CborTag || value instanceof Map) {
    throw notConvertible({}, 'String');
  }
  return readJsonValue(shape, typeof value === 'bigint' ? Number(value) : value);
};

const toPlain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(toPlain);
  if (!(value instanceof Map)) return value;
  const plain: Record<string, unknown> = {};
  for (const [name, item] of value as Map<string, unknown>) put(plain, name, toPlain(item));
  return plain;
};

const readItem = (shape: Shape, value: unknown): unknown => {
  if (shape.kind === 'list') {
    if (!Array.isArray(value)) throw notCollection(value instanceof Map ? {} : value, 'list');
    const items: unknown[] = [];
    for (const item of value as readonly unknown[]) {
      if (item !== null) items.push(readItem(shape.member.shape, item));
      else if (shape.traits.sparse === 1) items.push(null);
    }
    return items;
  }
  if (shape.kind === 'map') {
    if (!(value instanceof Map)) throw notCollection(value, 'map');
    const entries: Record<string, unknown> = {};
    for (const [name, item] of value as Map<string, unknown>) {
      if (item !== null) put(entries, name, readItem(shape.value.shape, item));
    }
    return entries;
  }
  if (shape.kind === 'structure') {
    if (!(value instanceof Map)) throw notCollection(value, 'structure');
    const members: Record<string, unknown> = {};
    for (const [name, item] of value as Map<string, unknown>) {
      const member = shape.find(name);
      if (member !== undefined && item !== null) members[name] = readItem(member.shape, item);
    }
    return members;
  }
  return readScalar(shape, value);
};

/** Reads a body; an empty one is the empty structure. */
export const readCbor = (shape: Shape, body: Uint8Array): unknown =>
  body.byteLength === 0 ? {} : readItem(shape, decodeCbor(body));

type Members = Readonly<Record<string, unknown>>;

const present = (value: unknown): boolean => value !== undefined && value !== null;

const writeStructure = (writer: CborWriter, shape: StructureShape, value: unknown): void => {
  if (strictly() && typeof value === 'object' && value !== null) refuseUnknown(shape, value);
  const members = (value ?? {}) as Members;
  const set = shape.members.filter(({ name }) => present(members[name]));
  writer.map(set.length);
  for (const { name, shape: inner } of set) {
    writer.text(name);
    writeItem(writer, inner, members[name]);
  }
};

const writePlain = (writer: CborWriter, value: unknown): void => {
  if (typeof value === 'string') writer.text(value);
  else if (typeof value === 'number') writer.number(value);
  else if (typeof value === 'boolean') writer.boolean(value);
  else if (Array.isArray(value)) {
    writer.array(value.length);
    for (const item of value) writePlain(writer, item);
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    writer.map(entries.length);
    for (const [name, item] of entries) {
      writer.text(name);
      writePlain(writer, item);
    }
  } else writer.null();
};

const writeItem = (writer: CborWriter, shape: Shape, value: unknown): void => {
  switch (shape.kind) {
    case 'structure':
      return writeStructure(writer, shape, value);
    case 'list': {
      const items = (Array.isArray(value) ? value : []).filter(present);
      writer.array(items.length);
      for (const item of items) writeItem(writer, shape.member.shape, item);
      return;
    }
    case 'map': {
      const entries = Object.entries(value as Members).filter(([, item]) => present(item));
      writer.map(entries.length);
      for (const [name, item] of entries) {
        writer.text(name);
        writeItem(writer, shape.value.shape, item);
      }
      return;
    }
    case 'blob':
      return writer.bytes(value instanceof Uint8Array ? value : Buffer.from(String(value), 'utf8'));
    case 'timestamp':
      if (value instanceof Date) writer.timestamp(value);
      else writer.text(unexpected(value, 'timestamp', ''));
      return;
    case 'string':
      return writer.text(String(value));
    case 'boolean':
      return writer.boolean(value === true);
    case 'document':
      return writePlain(writer, value);
    case 'float':
    case 'double':
      return writer.double(Number(value));
    default:
      return writer.number(Number(value));
  }
};

/** The bytes of a value of `shape`. */
export const writeCbor = (shape: StructureShape, value: unknown): Uint8Array => {
  const writer = new CborWriter();
  writeStructure(writer, shape, value);
  return writer.finish();
};
