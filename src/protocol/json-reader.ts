// JSON → values, compiled per shape. `JSON.parse` makes the tree; the reader checks it against the shape and turns blobs and
// timestamps into values where they stand. A new object is only made for one that has unknown or null members.
import type { AwsError } from '../kernel/errors.ts';
import { notCollection, notConvertible, serializationException } from './failure.ts';
import type {
  ListShape,
  MapShape,
  Member,
  NumberKind,
  Shape,
  StructureShape,
  Target,
  TimestampFormat,
} from './model.ts';
import { parseDateTime, parseEpochSeconds, parseHttpDate } from './timestamp.ts';

/** Reads a value that is not null. */
type Read = (value: unknown) => unknown;

interface Field {
  readonly name: string;
  readonly member: Member;
  read: Read | undefined;
}

/** How deep a body may nest. DynamoDB allows most, 32 levels of two structures each. */
const deepest = 256;
let depth = 0;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Sets a member whatever its name, also `__proto__`. */
export const put = (target: Record<string, unknown>, name: string, value: unknown): void => {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  } else target[name] = value;
};

const tooDeep = (): AwsError => serializationException('The request is nested too deeply');

const checkDocument = (value: unknown): unknown => {
  let level: unknown[] = [value];
  for (let i = 0; level.length > 0; i++) {
    if (i > deepest) throw tooDeep();
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return value;
};

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Strict base64, as AWS reads it: whole groups, no other character. */
export const decodeBase64 = (text: string): Uint8Array | undefined => {
  if (text.length % 4 !== 0 || !base64.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

const readBlob: Read = (value) => {
  if (typeof value !== 'string') throw notConvertible(value, 'Blob');
  const bytes = decodeBase64(value);
  if (bytes === undefined)
    throw serializationException(`'${value.slice(0, 100)}' can not be converted to a Blob: Invalid Base64`);
  return bytes;
};

const readString: Read = (value) => {
  if (typeof value !== 'string') throw notConvertible(value, 'String');
  return value;
};

const readBoolean: Read = (value) => {
  if (typeof value !== 'boolean') throw notConvertible(value, 'Boolean');
  return value;
};

const numberNames = { integer: 'Integer', long: 'Long', float: 'Float', double: 'Double', number: 'Number' };
const specialNumbers = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

const readNumber = (kind: NumberKind): Read => {
  const whole = kind === 'integer' || kind === 'long';
  const limit = kind === 'integer' ? 2_147_483_648 : 9_223_372_036_854_775_808;
  return (value) => {
    if (typeof value === 'number') {
      if (!whole || (Number.isInteger(value) && value >= -limit && value < limit + (kind === 'long' ? 1 : 0)))
        return value;
    } else if (!whole && typeof value === 'string') {
      const special = specialNumbers.get(value);
      if (special !== undefined) return special;
    }
    throw notConvertible(value, numberNames[kind]);
  };
};

const readTimestamp = (format: TimestampFormat): Read => {
  const parse = format === 'date-time' ? parseDateTime : format === 'http-date' ? parseHttpDate : undefined;
  return (value) => {
    let date: Date | undefined;
    if (typeof value === 'number') date = parseEpochSeconds(value);
    else if (typeof value === 'string' && parse !== undefined) date = parse(value);
    else throw notConvertible(value, 'Timestamp');
    if (date === undefined) throw notConvertible(value, 'Timestamp');
    return date;
  };
};

/** Builds the reader of a shape in one dialect: REST JSON renames members, the RPC protocols do not. */
class JsonReaders {
  readonly #renames: boolean;
  readonly #readers = new WeakMap<Shape, Read>();

  constructor(renames: boolean) {
    this.#renames = renames;
  }

  of(shape: Shape): Read {
    let read = this.#readers.get(shape);
    if (read === undefined) {
      read = this.#compile(shape);
      this.#readers.set(shape, read);
    }
    return read;
  }

  #compile(shape: Shape): Read {
    switch (shape.kind) {
      case 'string':
        return readString;
      case 'boolean':
        return readBoolean;
      case 'blob':
        return readBlob;
      case 'timestamp':
        return readTimestamp(shape.format);
      case 'document':
        return checkDocument;
      case 'list':
        return this.#list(shape);
      case 'map':
        return this.#map(shape);
      case 'structure':
        return this.#structure(shape);
      default:
        return readNumber(shape.kind);
    }
  }

  #later(target: Target): Read {
    let read: Read | undefined;
    return (value) => (read ??= this.of(target.shape))(value);
  }

  #list(shape: ListShape): Read {
    const read = this.#later(shape.member);
    const sparse = shape.traits.sparse === 1;
    return (value) => {
      if (!Array.isArray(value)) throw notCollection(value, 'list');
      if (++depth > deepest) throw tooDeep();
      let kept = 0;
      for (let i = 0; i < value.length; i++) {
        const item: unknown = value[i];
        if (item !== null) value[kept++] = read(item);
        else if (sparse) value[kept++] = null;
      }
      value.length = kept;
      depth--;
      return value;
    };
  }

  #map(shape: MapShape): Read {
    const read = this.#later(shape.value);
    const sparse = shape.traits.sparse === 1;
    return (value) => {
      if (!isObject(value)) throw notCollection(value, 'map');
      if (++depth > deepest) throw tooDeep();
      for (const name of Object.keys(value)) {
        const item = value[name];
        if (item !== null) value[name] = read(item);
        else if (!sparse) delete value[name];
      }
      depth--;
      return value;
    };
  }

  #structure(shape: StructureShape): Read {
    let fields: Map<string, Field> | undefined;
    const link = (): Map<string, Field> =>
      new Map(
        shape.members.map((member) => [
          this.#renames ? (member.traits.jsonName ?? member.name) : member.name,
          { name: member.name, member, read: undefined },
        ]),
      );
    return (value) => {
      if (!isObject(value)) throw notCollection(value, 'structure');
      if (++depth > deepest) throw tooDeep();
      fields ??= link();
      for (const name in value) {
        const field = fields.get(name);
        const inner = value[name];
        if (field === undefined || inner === null || field.name !== name) {
          const copy = this.#rebuild(value, name, fields);
          depth--;
          return copy;
        }
        field.read ??= this.of(field.member.shape);
        const result = field.read(inner);
        if (result !== inner) value[name] = result;
      }
      depth--;
      return value;
    };
  }

  /** The known members of an object in a new one. Those before `from` are values already. */
  #rebuild(source: Record<string, unknown>, from: string, fields: Map<string, Field>): Record<string, unknown> {
    const target: Record<string, unknown> = {};
    let ready = true;
    for (const name in source) {
      if (name === from) ready = false;
      const field = fields.get(name);
      const inner = source[name];
      if (field === undefined || inner === null) continue;
      field.read ??= this.of(field.member.shape);
      target[field.name] = ready ? inner : field.read(inner);
    }
    return target;
  }
}

const rpcReaders = new JsonReaders(false);
const restReaders = new JsonReaders(true);

/** Reads a parsed JSON value as `shape`. The tree is the reader's from then on. */
export const readJsonValue = (shape: Shape, value: unknown, renames = false): unknown => {
  depth = 0;
  return (renames ? restReaders : rpcReaders).of(shape)(value);
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

export const decodeUtf8 = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    throw serializationException('The request body is not valid UTF-8');
  }
};

/** Reads a body of JSON text; an empty one is the empty object. */
export const readJson = (shape: Shape, body: Uint8Array, renames = false): unknown => {
  if (body.byteLength === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(body));
  } catch (error) {
    if (error instanceof SyntaxError) throw serializationException('The request body is not valid JSON');
    throw error;
  }
  if (value === null) return {};
  return readJsonValue(shape, value, renames);
};
