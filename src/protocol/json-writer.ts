// Values → JSON text, compiled per shape. Members come out in the model's order; undefined and null ones are left out.
import type { ListShape, MapShape, Member, Shape, StructureShape, Target, TimestampFormat } from './model.ts';
import { refuseUnknown, strictly, unexpected } from './strict.ts';
import { formatDateTime, formatEpochSeconds, formatHttpDate } from './timestamp.ts';

/** Writes a value that is neither null nor undefined. */
type Write = (value: unknown) => string;

interface Field {
  readonly name: string;
  readonly prefix: string;
  readonly member: Member;
  write: Write | undefined;
}

// oxlint-disable-next-line no-control-regex -- these are what JSON must escape
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/;

const quote = (text: string): string => (needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`);

const writeString: Write = (value) => (typeof value === 'string' ? quote(value) : quote(String(value)));

const writeNumber: Write = (value) => {
  if (typeof value !== 'number' && typeof value !== 'bigint') return unexpected(value, 'number', 'null');
  return Number.isFinite(Number(value)) ? String(value) : `"${value}"`;
};

/** Numbers of a floating-point shape keep their point: `1.0`, from which languages with two kinds of numbers make the right one. */
const writeFloat: Write = (value) => {
  const text = writeNumber(value);
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
};

const writeBoolean: Write = (value) =>
  value === true ? 'true' : value === false ? 'false' : unexpected(value, 'boolean', 'false');

/** Base64 of bytes, or of the UTF-8 of a text. */
export const encodeBase64 = (value: unknown): string => {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('base64');
  return unexpected(value, 'blob', '');
};

const writeBlob: Write = (value) => `"${encodeBase64(value)}"`;

const writeTimestamp = (format: TimestampFormat): Write => {
  return (value) => {
    if (!(value instanceof Date)) return unexpected(value, 'timestamp', 'null');
    if (format === 'date-time') return `"${formatDateTime(value)}"`;
    return format === 'http-date' ? `"${formatHttpDate(value)}"` : formatEpochSeconds(value);
  };
};

const writeDocument: Write = (value) => JSON.stringify(value) ?? 'null';

class JsonWriters {
  readonly #renames: boolean;
  readonly #writers = new WeakMap<Shape, Write>();

  constructor(renames: boolean) {
    this.#renames = renames;
  }

  of(shape: Shape): Write {
    let write = this.#writers.get(shape);
    if (write === undefined) {
      write = this.#compile(shape);
      this.#writers.set(shape, write);
    }
    return write;
  }

  #compile(shape: Shape): Write {
    switch (shape.kind) {
      case 'string':
        return writeString;
      case 'boolean':
        return writeBoolean;
      case 'blob':
        return writeBlob;
      case 'timestamp':
        return writeTimestamp(shape.format);
      case 'document':
        return writeDocument;
      case 'list':
        return this.#list(shape);
      case 'map':
        return this.#map(shape);
      case 'float':
      case 'double':
        return writeFloat;
      case 'structure':
        return shape.union ? this.#union(shape) : this.#structure(shape);
      default:
        return writeNumber;
    }
  }

  #later(target: Target): Write {
    let write: Write | undefined;
    return (value) => (write ??= this.of(target.shape))(value);
  }

  #list(shape: ListShape): Write {
    const write = this.#later(shape.member);
    const sparse = shape.traits.sparse === 1;
    return (value) => {
      if (!Array.isArray(value)) return unexpected(value, 'list', '[]');
      let text = '';
      for (const item of value as readonly unknown[]) {
        if (item !== null && item !== undefined) text += text === '' ? write(item) : `,${write(item)}`;
        else if (sparse) text += text === '' ? 'null' : ',null';
      }
      return `[${text}]`;
    };
  }

  #map(shape: MapShape): Write {
    const write = this.#later(shape.value);
    const sparse = shape.traits.sparse === 1;
    return (value) => {
      if (typeof value !== 'object' || value === null) return unexpected(value, 'map', '{}');
      const entries = value as Readonly<Record<string, unknown>>;
      let text = '';
      for (const name in entries) {
        const item = entries[name];
        if (item === undefined || (item === null && !sparse)) continue;
        const written = `${quote(name)}:${item === null ? 'null' : write(item)}`;
        text += text === '' ? written : `,${written}`;
      }
      return `{${text}}`;
    };
  }

  #fields(shape: StructureShape): Field[] {
    return shape.members.map((member) => ({
      name: member.name,
      prefix: `${quote(this.#renames ? (member.traits.jsonName ?? member.name) : member.name)}:`,
      member,
      write: undefined,
    }));
  }

  #structure(shape: StructureShape): Write {
    let fields: Field[] | undefined;
    return (value) => {
      if (typeof value !== 'object' || value === null) return unexpected(value, shape.name, '{}');
      if (strictly()) refuseUnknown(shape, value);
      fields ??= this.#fields(shape);
      const members = value as Readonly<Record<string, unknown>>;
      let text = '';
      for (const field of fields) {
        const item = members[field.name];
        if (item === undefined || item === null) continue;
        field.write ??= this.of(field.member.shape);
        const written = field.prefix + field.write(item);
        text += text === '' ? written : `,${written}`;
      }
      return `{${text}}`;
    };
  }

  /** A union has one member, so it is quicker to look up what is there than to go through what could be. */
  #union(shape: StructureShape): Write {
    let fields: Map<string, Field> | undefined;
    return (value) => {
      if (typeof value !== 'object' || value === null) return unexpected(value, shape.name, '{}');
      if (strictly()) refuseUnknown(shape, value);
      fields ??= new Map(this.#fields(shape).map((field) => [field.name, field]));
      const members = value as Readonly<Record<string, unknown>>;
      let text = '';
      for (const name in members) {
        const item = members[name];
        const field = fields.get(name);
        if (item === undefined || item === null || field === undefined) continue;
        field.write ??= this.of(field.member.shape);
        const written = field.prefix + field.write(item);
        text += text === '' ? written : `,${written}`;
      }
      return `{${text}}`;
    };
  }
}

const rpcWriters = new JsonWriters(false);
const restWriters = new JsonWriters(true);

/** JSON text of a value of `shape`. */
export const writeJson = (shape: Shape, value: unknown, renames = false): string =>
  (renames ? restWriters : rpcWriters).of(shape)(value);
