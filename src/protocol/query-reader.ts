// Form bodies → values, compiled per shape: awsQuery (`.member.N`, `.entry.N.key`) and ec2Query (`.N`, capital letters).
import { AwsError } from '../kernel/errors.ts';
import type { FormNode } from './form.ts';
import { put } from './json-reader.ts';
import type { ListShape, MapShape, Member, Shape, StructureShape, Target } from './model.ts';
import { parserOf } from './scalar.ts';

export type QueryDialect = 'awsQuery' | 'ec2Query';

/** Reads a node; `path` is the key as the client wrote it, for the error. */
type Read = (node: FormNode, path: string) => unknown;

const typeNames: Readonly<Record<string, string>> = {
  integer: 'Integer',
  long: 'Long',
  float: 'Float',
  double: 'Double',
  number: 'Number',
  boolean: 'Boolean',
  timestamp: 'Timestamp',
  blob: 'Blob',
};

/**
 * A text that is no value of its type.
 * Unknown: the words of the awsQuery services; EC2's are as documented for `InvalidParameterValue`.
 */
const notOfType = (dialect: QueryDialect, shape: Shape, path: string, text: string): AwsError => {
  const type = typeNames[shape.kind] ?? 'String';
  return dialect === 'ec2Query'
    ? new AwsError('InvalidParameterValue', 400, `Invalid value '${text}' for ${path}. Must be of type ${type}`)
    : new AwsError(
        'MalformedInput',
        400,
        `STRING_VALUE can not be converted to ${type === 'Integer' ? 'an' : 'a'} ${type}`,
      );
};

const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** The key of a member, without what stands before it. */
export const queryKey = (dialect: QueryDialect, member: Member): string => {
  if (dialect === 'awsQuery') return member.traits.xmlName ?? member.name;
  return member.traits.ec2QueryName ?? capitalized(member.traits.xmlName ?? member.name);
};

/** Children whose key is a number from 1, in order; gaps close up, as they do in AWS. */
const numbered = (node: FormNode): FormNode[] => {
  const found: [index: number, node: FormNode][] = [];
  for (const [name, child] of node.children ?? []) {
    if (/^\d{1,9}$/.test(name)) found.push([Number(name), child]);
  }
  return found.sort(([a], [b]) => a - b).map(([, child]) => child);
};

class QueryReaders {
  readonly #dialect: QueryDialect;
  readonly #readers = new WeakMap<Shape, Read>();
  readonly #flat = new WeakMap<Shape, Read>();

  constructor(dialect: QueryDialect) {
    this.#dialect = dialect;
  }

  of(target: Target): Read {
    const flat = target.traits.xmlFlattened === 1;
    const cache = flat ? this.#flat : this.#readers;
    let read = cache.get(target.shape);
    if (read === undefined) {
      read = this.#compile(target.shape, flat);
      cache.set(target.shape, read);
    }
    return read;
  }

  #compile(shape: Shape, flat: boolean): Read {
    switch (shape.kind) {
      case 'structure':
        return this.#structure(shape);
      case 'list':
        return this.#list(shape, flat || this.#dialect === 'ec2Query' || shape.traits.xmlFlattened === 1);
      case 'map':
        return this.#map(shape, flat || shape.traits.xmlFlattened === 1);
      case 'document':
        return (node) => node.value;
      default:
        return this.#scalar(shape);
    }
  }

  #scalar(shape: Shape): Read {
    const parse = parserOf(shape, 'date-time');
    const optional = shape.kind !== 'string' && shape.kind !== 'blob';
    return (node, path) => {
      const text = node.value;
      if (text === undefined || (optional && text === '')) return undefined;
      const value = parse(optional ? text.trim() : text);
      if (value === undefined) throw notOfType(this.#dialect, shape, path, text);
      return value;
    };
  }

  #later(target: Target): Read {
    let read: Read | undefined;
    return (node, path) => (read ??= this.of(target))(node, path);
  }

  #structure(shape: StructureShape): Read {
    let fields: Map<string, { name: string; read: Read }> | undefined;
    return (node, path) => {
      fields ??= this.#fields(shape);
      const result: Record<string, unknown> = {};
      for (const [key, child] of node.children ?? []) {
        const field = fields.get(key);
        if (field === undefined) continue;
        const value = field.read(child, path === '' ? key : `${path}.${key}`);
        if (value !== undefined) result[field.name] = value;
      }
      return result;
    };
  }

  /** Where two members have one key (`AttributeName` of SQS's ReceiveMessage), the first has it. */
  #fields(shape: StructureShape): Map<string, { name: string; read: Read }> {
    const fields = new Map<string, { name: string; read: Read }>();
    for (const member of shape.members) {
      const key = queryKey(this.#dialect, member);
      if (!fields.has(key)) fields.set(key, { name: member.name, read: this.#later(member) });
    }
    return fields;
  }

  #list(shape: ListShape, flat: boolean): Read {
    const read = this.#later(shape.member);
    const memberName = shape.member.traits.xmlName ?? 'member';
    return (node, path) => {
      // Some clients write `.member.N` also for a flattened list, and `.N` for one that is not: AWS reads both.
      const named = node.children?.get(memberName) ?? node.children?.get('member');
      const items = flat || named === undefined ? numbered(node) : numbered(named);
      const chosen = items.length === 0 && named !== undefined ? numbered(named) : items;
      // `Key=` alone is the empty list.
      if (chosen.length === 0) return node.value === undefined && named === undefined ? undefined : [];
      return chosen.map((item, i) => read(item, `${path}.${i + 1}`)).filter((item) => item !== undefined);
    };
  }

  #map(shape: MapShape, flat: boolean): Read {
    const readValue = this.#later(shape.value);
    const keyName = shape.key.traits.xmlName ?? 'key';
    const valueName = shape.value.traits.xmlName ?? 'value';
    return (node, path) => {
      const entries = node.children?.get('entry');
      const items = flat || entries === undefined ? numbered(node) : numbered(entries);
      if (items.length === 0) return node.value === undefined ? undefined : {};
      const result: Record<string, unknown> = {};
      items.forEach((item, i) => {
        const key = item.children?.get(keyName)?.value;
        const child = item.children?.get(valueName);
        if (key === undefined || child === undefined) return;
        const value = readValue(child, `${path}.${i + 1}.${valueName}`);
        if (value !== undefined) put(result, key, value);
      });
      return result;
    };
  }
}

const readers = { awsQuery: new QueryReaders('awsQuery'), ec2Query: new QueryReaders('ec2Query') };

/** Reads the input of an operation. */
export const readQuery = (dialect: QueryDialect, shape: StructureShape, form: FormNode): Record<string, unknown> =>
  readers[dialect].of({ shape, traits: {} })(form, '') as Record<string, unknown>;
