// XML elements → values, compiled per shape. What is not of the model is ignored; a scalar that is no value of its type
// throws `XmlValueError`, which each service answers in its own words.
import { put } from './json-reader.ts';
import type { ListShape, MapShape, Member, Shape, StructureShape, Target } from './model.ts';
import { parserOf } from './scalar.ts';
import type { XmlElement } from './xml-parser.ts';

export class XmlValueError extends Error {}

type Read = (element: XmlElement) => unknown;

interface Field {
  readonly name: string;
  readonly member: Member;
  /** A flattened list or map: its elements stand side by side in the structure. */
  readonly repeated: 'list' | 'map' | undefined;
  read: Read | undefined;
}

const readers = new WeakMap<Shape, Read>();

const readerOf = (shape: Shape): Read => {
  let read = readers.get(shape);
  if (read === undefined) {
    read = compile(shape);
    readers.set(shape, read);
  }
  return read;
};

const later = (target: Target): Read => {
  let read: Read | undefined;
  return (element) => (read ??= readerOf(target.shape))(element);
};

const compile = (shape: Shape): Read => {
  switch (shape.kind) {
    case 'structure':
      return structure(shape);
    case 'list':
      return list(shape);
    case 'map':
      return map(shape);
    case 'document':
      return (element) => element.text;
    default:
      return scalar(shape);
  }
};

const scalar = (shape: Shape): Read => {
  const parse = parserOf(shape, 'date-time');
  const trims = shape.kind !== 'string';
  return (element) => {
    if (element.children.length > 0) throw new XmlValueError(element.name);
    const text = trims ? element.text.trim() : element.text;
    if (text === '' && trims && shape.kind !== 'blob') return undefined;
    const value = parse(text);
    if (value === undefined) throw new XmlValueError(element.name);
    return value;
  };
};

const list = (shape: ListShape): Read => {
  const read = later(shape.member);
  const name = shape.member.traits.xmlName ?? 'member';
  return (element) => {
    const items: unknown[] = [];
    for (const child of element.children) if (child.name === name) items.push(read(child));
    return items;
  };
};

const entryReader = (shape: MapShape): ((entry: XmlElement, into: Record<string, unknown>) => void) => {
  const read = later(shape.value);
  const keyName = shape.key.traits.xmlName ?? 'key';
  const valueName = shape.value.traits.xmlName ?? 'value';
  return (entry, into) => {
    const key = entry.children.find((child) => child.name === keyName);
    const value = entry.children.find((child) => child.name === valueName);
    if (key !== undefined && value !== undefined) put(into, key.text, read(value));
  };
};

const map = (shape: MapShape): Read => {
  const readEntry = entryReader(shape);
  return (element) => {
    const entries: Record<string, unknown> = {};
    for (const child of element.children) if (child.name === 'entry') readEntry(child, entries);
    return entries;
  };
};

const isFlat = ({ shape, traits }: Target): boolean =>
  traits.xmlFlattened === 1 || ((shape.kind === 'list' || shape.kind === 'map') && shape.traits.xmlFlattened === 1);

const fieldsOf = (shape: StructureShape): { elements: Map<string, Field>; attributes: Member[] } => {
  const elements = new Map<string, Field>();
  const attributes: Member[] = [];
  for (const member of shape.members) {
    if (member.traits.xmlAttribute === 1) {
      attributes.push(member);
      continue;
    }
    const { kind } = member.shape;
    const repeated = isFlat(member) && (kind === 'list' || kind === 'map') ? kind : undefined;
    elements.set(member.traits.xmlName ?? member.name, { name: member.name, member, repeated, read: undefined });
  }
  return { elements, attributes };
};

const compileField = ({ member: { shape } }: Field): Read => {
  if (shape.kind === 'list') return later(shape.member);
  return readerOf(shape);
};

const structure = (shape: StructureShape): Read => {
  let linked: ReturnType<typeof fieldsOf> | undefined;
  return (element) => {
    linked ??= fieldsOf(shape);
    const result: Record<string, unknown> = {};
    for (const attribute of linked.attributes) {
      const value = element.attributes?.[attribute.traits.xmlName ?? attribute.name];
      if (value !== undefined) result[attribute.name] = parserOf(attribute.shape, 'date-time')(value);
    }
    for (const child of element.children) {
      const field = linked.elements.get(child.name);
      if (field === undefined) continue;
      if (field.repeated === 'list') {
        field.read ??= compileField(field);
        const items = (result[field.name] ??= []) as unknown[];
        items.push(field.read(child));
      } else if (field.repeated === 'map' && field.member.shape.kind === 'map') {
        const entries = (result[field.name] ??= {}) as Record<string, unknown>;
        entryReader(field.member.shape)(child, entries);
      } else {
        field.read ??= readerOf(field.member.shape);
        const value = field.read(child);
        if (value !== undefined) result[field.name] = value;
      }
    }
    return result;
  };
};

/** Reads an element as `shape`. */
export const readXml = (shape: Shape, element: XmlElement): unknown => readerOf(shape)(element);
