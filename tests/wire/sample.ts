// Sample values for every shape of a model: each member set, each union in every form where a list can hold them.
import type { Member, Shape, StructureShape } from '../../src/protocol/model.ts';

export interface SampleOptions {
  /** Fixed values by member name, where a client checks what it is given. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** Which form a union takes that no list holds; default: the first. */
  readonly variant?: number;
  /** Told the number of forms of each such union. */
  readonly onUnion?: (forms: number) => void;
  /** Leaves a member out. */
  readonly skip?: (member: Member, structure: StructureShape) => boolean;
}

const instant = new Date(Date.UTC(2024, 1, 29, 12, 34, 56));

const scalarSample = (shape: Shape, name: string): unknown => {
  switch (shape.kind) {
    case 'string':
      return `${name || 'text'}-1`;
    case 'boolean':
      return true;
    case 'blob':
      return Uint8Array.of(0, 1, 127, 128, 255);
    case 'timestamp':
      return instant;
    case 'float':
    case 'double':
      return 1.5;
    case 'document':
      return { a: [1, 'x', true], b: { c: 'd' } };
    default:
      return 7;
  }
};

/** A value of `shape`; undefined where it would contain itself for ever. */
export const sampleOf = (
  shape: Shape,
  options: SampleOptions = {},
  name = '',
  above: readonly Shape[] = [],
): unknown => {
  if (shape.kind !== 'structure' && shape.kind !== 'list' && shape.kind !== 'map') return scalarSample(shape, name);
  if (above.filter((other) => other === shape).length > 1 || above.length > 24) return undefined;
  const path = [...above, shape];
  if (shape.kind === 'list') {
    const { shape: inner } = shape.member;
    if (inner.kind === 'structure' && inner.union && !above.includes(inner)) {
      const forms = inner.members.map((member) => unionOf(member, options, path)).filter((item) => item !== undefined);
      return forms.length === 0 ? undefined : forms;
    }
    const item = sampleOf(inner, options, name, path);
    return item === undefined ? undefined : [item];
  }
  if (shape.kind === 'map') {
    const value = sampleOf(shape.value.shape, options, name, path);
    return value === undefined ? undefined : { 'key-1': value };
  }
  if (shape.union) {
    options.onUnion?.(shape.members.length);
    for (let i = 0; i < shape.members.length; i++) {
      const member = shape.members[(i + (options.variant ?? 0)) % shape.members.length];
      if (member === undefined || options.skip?.(member, shape) === true) continue;
      const form = unionOf(member, options, path);
      if (form !== undefined) return form;
    }
    return undefined;
  }
  const result: Record<string, unknown> = {};
  for (const member of shape.members) {
    if (options.skip?.(member, shape) === true) continue;
    const fixed = options.fixed?.[member.name];
    const value =
      fixed !== undefined && above.length === 0 ? fixed : sampleOf(member.shape, options, member.name, path);
    if (value !== undefined) result[member.name] = value;
    else if (member.required) return undefined;
  }
  return result;
};

const unionOf = (member: Member, options: SampleOptions, path: readonly Shape[]): object | undefined => {
  const value = sampleOf(member.shape, options, member.name, path);
  return value === undefined ? undefined : { [member.name]: value };
};
