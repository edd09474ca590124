// Values → XML text, compiled per shape and per tag.
import { findWritten } from '../kernel/lasting.ts';
import type { ListShape, MapShape, Member, Shape, StructureShape, Target, Traits } from './model.ts';
import { formatterOf, isScalar } from './scalar.ts';
import { refuseUnknown, strictly, unexpected } from './strict.ts';

/** Writes one member: nothing, one element, or several side by side. */
type WriteElement = (value: unknown) => string;

// oxlint-disable-next-line no-control-regex -- these need a character reference
const needsEscape = /[&<>"\u0000-\u0008\u000b-\u001f\u0085\u2028]/;
// oxlint-disable-next-line no-control-regex -- these need a character reference
const escaped = /[&<>"\u0000-\u0008\u000b-\u001f\u0085\u2028]/g;
const references: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as it may stand in an element or an attribute. */
export const escapeXml = (text: string): string =>
  needsEscape.test(text)
    ? text.replace(escaped, (c) => references[c] ?? `&#x${c.charCodeAt(0).toString(16).toUpperCase()};`)
    : text;

const namespaceOf = ({ xmlNamespace }: Traits): string => {
  if (xmlNamespace === undefined) return '';
  if (typeof xmlNamespace === 'string') return ` xmlns="${xmlNamespace}"`;
  const [prefix, uri] = xmlNamespace;
  return prefix ? ` xmlns:${prefix}="${uri}"` : ` xmlns="${uri}"`;
};

const wrap = (tag: string, attributes: string, content: string): string =>
  content === '' ? `<${tag}${attributes}/>` : `<${tag}${attributes}>${content}</${tag}>`;

/** As `wrap`, with all but the content put together once. */
const wrapper = (tag: string, attributes: string): ((content: string) => string) => {
  const empty = `<${tag}${attributes}/>`;
  const open = `<${tag}${attributes}>`;
  const close = `</${tag}>`;
  return (content) => (content === '' ? empty : open + content + close);
};

/**
 * The text in one piece. One that was put together is a tree of its pieces, which whoever copies it walks again each time; and joining it
 * with nothing leaves it as it is.
 */
const whole = (text: string): string => Buffer.from(text).toString();

/** Longer texts are not remembered: they rarely come again, and would be kept for nothing. */
const rememberedMax = 256;

interface Part {
  readonly name: string;
  readonly member: Member;
  write: WriteElement | undefined;
}
interface Structure {
  readonly attributes: readonly Member[];
  readonly parts: readonly Part[];
}

const structures = new WeakMap<StructureShape, Structure>();

const structureOf = (shape: StructureShape): Structure => {
  let structure = structures.get(shape);
  if (structure === undefined) {
    structure = {
      attributes: shape.members.filter(({ traits }) => traits.xmlAttribute === 1),
      parts: shape.members
        .filter(({ traits }) => traits.xmlAttribute !== 1)
        .map((member) => ({ name: member.name, member, write: undefined })),
    };
    structures.set(shape, structure);
  }
  return structure;
};

/** The elements inside a structure's element. */
export const writeXmlContent = (shape: StructureShape, value: unknown): string => {
  if (typeof value !== 'object' || value === null) return unexpected(value, shape.name, '');
  if (strictly()) refuseUnknown(shape, value);
  const members = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const part of structureOf(shape).parts) {
    const item = members[part.name];
    if (item === undefined || item === null) continue;
    part.write ??= element(part.member.traits.xmlName ?? part.name, part.member);
    text += part.write(item);
  }
  return text;
};

const writeAttributes = (shape: StructureShape, value: unknown): string => {
  let text = '';
  for (const { name, shape: scalar, traits } of structureOf(shape).attributes) {
    const item = (value as Readonly<Record<string, unknown>>)[name];
    if (item === undefined || item === null) continue;
    text += ` ${traits.xmlName ?? name}="${escapeXml(formatterOf(scalar, 'date-time')(item))}"`;
  }
  return text;
};

const later = (tag: string, target: Target): WriteElement => {
  let write: WriteElement | undefined;
  return (value) => (write ??= element(tag, target))(value);
};

const element = (tag: string, { shape, traits }: Target): WriteElement => {
  const namespace = namespaceOf(traits);
  const flat = traits.xmlFlattened === 1;
  switch (shape.kind) {
    case 'structure': {
      if (structureOf(shape).attributes.length > 0)
        return (value) => wrap(tag, namespace + writeAttributes(shape, value), writeXmlContent(shape, value));
      return shape.members.every((member) => isPlain(member.shape))
        ? leaf(tag, namespace, shape)
        : branch(tag, namespace, shape);
    }
    case 'list':
      return list(tag, namespace, shape, flat || shape.traits.xmlFlattened === 1);
    case 'map':
      return map(tag, namespace, shape, flat || shape.traits.xmlFlattened === 1);
    case 'document':
      return (value) => wrap(tag, namespace, escapeXml(String(value)));
    default:
      return scalar(tag, namespace, shape);
  }
};

const branch = (tag: string, namespace: string, shape: StructureShape): WriteElement => {
  const enclose = wrapper(tag, namespace);
  return (value) => enclose(writeXmlContent(shape, value));
};

/** Scalars that are equal when `===` says so. */
const isPlain = (shape: Shape): boolean => isScalar(shape) && shape.kind !== 'blob' && shape.kind !== 'timestamp';

/** A structure of plain scalars alone, which remembers what it wrote last as they do. */
const leaf = (tag: string, namespace: string, shape: StructureShape): WriteElement => {
  const write = branch(tag, namespace, shape);
  const { parts } = structureOf(shape);
  const last: unknown[] = [];
  let text = '';
  let isWhole = false;
  const isSame = (members: Readonly<Record<string, unknown>>): boolean => {
    for (let i = 0; i < last.length; i++) if (members[(parts[i] as Part).name] !== last[i]) return false;
    return last.length > 0;
  };
  return (value) => {
    if (typeof value !== 'object' || value === null) return write(value);
    if (strictly()) refuseUnknown(shape, value);
    const members = value as Readonly<Record<string, unknown>>;
    if (!isSame(members)) {
      const written = write(value);
      if (written.length > rememberedMax) return written;
      isWhole = false;
      for (const [at, { name }] of parts.entries()) last[at] = members[name];
      return (text = written);
    }
    if (!isWhole) text = whole(text);
    isWhole = true;
    return text;
  };
};

/**
 * A long list says the same of most of its items: their image, their type, when they began. So each element remembers what it wrote last,
 * and in one piece once that was asked for again: then nothing is escaped, and nothing left for the collector.
 */
const scalar = (tag: string, namespace: string, shape: Shape): WriteElement => {
  const format = formatterOf(shape, 'date-time');
  const open = `<${tag}${namespace}>`;
  const close = `</${tag}>`;
  if (shape.kind === 'blob') return (value) => open + format(value) + close;
  const write = shape.kind === 'string' ? (value: unknown) => escapeXml(format(value)) : format;
  let last: unknown;
  let text = '';
  let isWhole = false;
  return (value) => {
    const plain = value instanceof Date ? value.getTime() : value;
    if (plain !== last) {
      if (typeof plain === 'object' || (typeof plain === 'string' && plain.length > rememberedMax))
        return open + write(value) + close;
      text = open + write(value) + close;
      last = plain;
      isWhole = false;
      return text;
    }
    if (!isWhole) {
      text = [open, write(value), close].join('');
      isWhole = true;
    }
    return text;
  };
};

const list = (tag: string, namespace: string, shape: ListShape, flat: boolean): WriteElement => {
  const write = itemOf(shape, later(flat ? tag : (shape.member.traits.xmlName ?? 'member'), shape.member));
  const enclose = wrapper(tag, namespace);
  return (value) => {
    if (!Array.isArray(value)) return unexpected(value, 'list', '');
    // Joined, so that a long list is one text and no tree of pieces, which the collector would have to walk.
    const items: string[] = [];
    for (const item of value as readonly unknown[]) if (item !== undefined && item !== null) items.push(write(item));
    const text = items.length === 1 ? (items[0] as string) : items.join('');
    return flat ? text : enclose(text);
  };
};

/** An item of a list; what was written of one that lasts is written again. */
const itemOf = ({ member }: ListShape, write: WriteElement): WriteElement => {
  if (member.shape.kind !== 'structure') return write;
  return (item) => {
    const known = typeof item === 'object' && item !== null ? findWritten(item) : undefined;
    if (known === undefined) return write(item);
    if (known.by !== write) {
      known.text = whole(write(item));
      known.by = write;
    }
    return known.text;
  };
};

const map = (tag: string, namespace: string, shape: MapShape, flat: boolean): WriteElement => {
  const writeKey = later(shape.key.traits.xmlName ?? 'key', shape.key);
  const writeValue = later(shape.value.traits.xmlName ?? 'value', shape.value);
  const entryTag = flat ? tag : 'entry';
  const enclose = wrapper(tag, namespace);
  return (value) => {
    if (typeof value !== 'object' || value === null) return unexpected(value, 'map', '');
    let text = '';
    for (const [name, item] of Object.entries(value)) {
      if (item !== undefined && item !== null)
        text += `<${entryTag}>${writeKey(name)}${writeValue(item)}</${entryTag}>`;
    }
    return flat ? text : enclose(text);
  };
};

/** A whole document's root element. */
export const writeXmlRoot = (
  tag: string,
  xmlNamespace: string | undefined,
  shape: StructureShape,
  value: unknown,
): string => {
  const namespace = xmlNamespace === undefined ? '' : ` xmlns="${xmlNamespace}"`;
  return wrap(tag, namespace + writeAttributes(shape, value), writeXmlContent(shape, value));
};
