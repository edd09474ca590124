// Makes a model's raw shapes into linked ones, each when it is first asked for: EC2 has 823 operations and some 4,000 shapes,
// of which a request touches a few.
import type { Member, OperationModel, Protocol, ServiceModel, Shape, StructureShape, Traits } from './model.ts';

type RawTraits = Traits | 0;
type RawTarget = number | string | null | readonly [base: number | string | null, traits: Traits];
type RawShape = readonly [tag: number, traits: RawTraits, ...rest: readonly unknown[]];
type RawOperation = readonly [traits: RawTraits, input: string | null, output: string | null];

interface RawFacts {
  readonly service: string;
  readonly sdkId: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly protocols: readonly Protocol[];
  readonly target?: string;
  readonly xmlNamespace?: string;
  readonly queryCompatible?: boolean;
}

/** A model's file: its facts, and each operation and shape as JSON text that is parsed when it is needed. */
interface RawModel {
  readonly facts: RawFacts;
  readonly operations: ReadonlyMap<string, string>;
  readonly shapes: ReadonlyMap<string, string>;
}

/** The file is JSON with one entry a line, so that an entry is found without parsing the others. */
const splitModel = (text: string): RawModel => {
  const lines = text.split('\n');
  const operations = new Map<string, string>();
  const shapes = new Map<string, string>();
  let section = operations;
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const colon = line.indexOf('":');
    if (colon < 0) continue;
    if (line === '"operations":{') section = operations;
    else if (line === '"shapes":{') section = shapes;
    else section.set(line.slice(1, colon), line.slice(colon + 2, line.endsWith(',') ? -1 : undefined));
  }
  const facts: RawFacts = JSON.parse(`${(lines[0] ?? '').replace(/,$/, '')}}`);
  return { facts, operations, shapes };
};

const noTraits: Traits = {};

const simpleShapes: Readonly<Record<number, Shape>> = {
  0: { kind: 'string' },
  1: { kind: 'number' },
  2: { kind: 'boolean' },
  4: { kind: 'timestamp', format: 'default' },
  5: { kind: 'timestamp', format: 'date-time' },
  6: { kind: 'timestamp', format: 'http-date' },
  7: { kind: 'timestamp', format: 'epoch-seconds' },
  8: { kind: 'integer' },
  9: { kind: 'long' },
  10: { kind: 'float' },
  11: { kind: 'double' },
  15: { kind: 'document' },
  21: { kind: 'blob', streaming: false },
  42: { kind: 'blob', streaming: true },
};

const listBit = 64;
const mapBit = 128;

class Structure implements StructureShape {
  readonly kind = 'structure';
  readonly name: string;
  readonly traits: Traits;
  readonly union: boolean;
  readonly error: boolean;
  readonly #link: () => readonly Member[];
  #members: readonly Member[] | undefined;
  #byName: Map<string, Member> | undefined;

  constructor(name: string, tag: number, traits: Traits, link: () => readonly Member[]) {
    this.name = name;
    this.traits = traits;
    this.union = tag === 4;
    this.error = tag === -3;
    this.#link = link;
  }

  get members(): readonly Member[] {
    this.#members ??= this.#link();
    return this.#members;
  }

  find(name: string): Member | undefined {
    this.#byName ??= new Map(this.members.map((member) => [member.name, member]));
    return this.#byName.get(name);
  }
}

export const emptyStructure: StructureShape = new Structure('Unit', 3, noTraits, () => []);

/** A member whose shape is linked when it is first asked for, so that recursive shapes are no trouble. */
class LazyTarget implements Member {
  readonly name: string;
  readonly required: boolean;
  readonly traits: Traits;
  readonly #base: number | string | null;
  readonly #shapes: Shapes;
  #shape: Shape | undefined;

  constructor(name: string, required: boolean, raw: RawTarget, shapes: Shapes) {
    this.name = name;
    this.required = required;
    const [base, traits] = Array.isArray(raw)
      ? (raw as [number | string | null, Traits])
      : [raw as number | string | null, noTraits];
    this.traits = traits;
    this.#base = base;
    this.#shapes = shapes;
  }

  get shape(): Shape {
    this.#shape ??= this.#shapes.resolve(this.#base);
    return this.#shape;
  }
}

class Shapes {
  readonly #raw: ReadonlyMap<string, string>;
  readonly #linked = new Map<string, Shape>();

  constructor(raw: ReadonlyMap<string, string>) {
    this.#raw = raw;
  }

  /** Names of the shapes that are errors, with their traits. */
  *errors(): Generator<[name: string, traits: Traits]> {
    for (const [name, text] of this.#raw) {
      if (!text.startsWith('[-3,')) continue;
      const [, traits]: RawShape = JSON.parse(text);
      yield [name, traits === 0 ? noTraits : traits];
    }
  }

  resolve(base: number | string | null): Shape {
    if (base === null) return emptyStructure;
    if (typeof base === 'string') {
      const shape = this.find(base);
      if (shape === undefined) throw new Error(`no shape ${base}`);
      return shape;
    }
    const simple = simpleShapes[base];
    if (simple !== undefined) return simple;
    const anonymous = String(base);
    let shape = this.#linked.get(anonymous);
    if (shape === undefined) {
      const inner = this.#target('member', base & 63);
      shape =
        base >= mapBit
          ? { kind: 'map', name: anonymous, traits: noTraits, key: this.#target('key', 0), value: inner }
          : { kind: 'list', name: anonymous, traits: noTraits, member: inner };
      if (base < listBit) throw new Error(`no shape ${base}`);
      this.#linked.set(anonymous, shape);
    }
    return shape;
  }

  find(name: string): Shape | undefined {
    const linked = this.#linked.get(name);
    if (linked !== undefined) return linked;
    const text = this.#raw.get(name);
    if (text === undefined) return undefined;
    const shape = this.#link(name, JSON.parse(text));
    this.#linked.set(name, shape);
    return shape;
  }

  #target(name: string, raw: RawTarget, required = false): Member {
    return new LazyTarget(name, required, raw, this);
  }

  #link(name: string, [tag, rawTraits, ...rest]: RawShape): Shape {
    const traits = rawTraits === 0 ? noTraits : rawTraits;
    if (tag === 1) return { kind: 'list', name, traits, member: this.#target('member', rest[0] as RawTarget) };
    if (tag === 2) {
      return {
        kind: 'map',
        name,
        traits,
        key: this.#target('key', rest[0] as RawTarget),
        value: this.#target('value', rest[1] as RawTarget),
      };
    }
    const [names, targets, required] = rest as [readonly string[], readonly RawTarget[], number];
    return new Structure(name, tag, traits, () =>
      names.map((member, i) => this.#target(member, targets[i] ?? 0, i < required)),
    );
  }
}

class Operation implements OperationModel {
  readonly name: string;
  readonly service: ServiceModel;
  readonly #text: string;
  readonly #shapes: Shapes;
  #parsed: RawOperation | undefined;

  constructor(name: string, service: ServiceModel, text: string, shapes: Shapes) {
    this.name = name;
    this.service = service;
    this.#text = text;
    this.#shapes = shapes;
  }

  get #raw(): RawOperation {
    this.#parsed ??= JSON.parse(this.#text) as RawOperation;
    return this.#parsed;
  }

  get traits(): Traits {
    const [traits] = this.#raw;
    return traits === 0 ? noTraits : traits;
  }

  #structure(name: string | null): StructureShape {
    const shape = this.#shapes.resolve(name);
    if (shape.kind !== 'structure') throw new Error(`${this.name}: ${name} is no structure`);
    return shape;
  }

  get input(): StructureShape {
    return this.#structure(this.#raw[1]);
  }

  get output(): StructureShape {
    return this.#structure(this.#raw[2]);
  }
}

class Service implements ServiceModel {
  readonly service: string;
  readonly sdkId: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly protocols: readonly Protocol[];
  readonly target: string | undefined;
  readonly xmlNamespace: string | undefined;
  readonly queryCompatible: boolean;
  readonly operations: ReadonlyMap<string, OperationModel>;
  readonly #shapes: Shapes;
  #errors: Map<string, string> | undefined;

  constructor({ facts, operations, shapes }: RawModel) {
    this.service = facts.service;
    this.sdkId = facts.sdkId;
    this.apiVersion = facts.apiVersion;
    this.namespace = facts.namespace;
    this.protocols = facts.protocols;
    this.target = facts.target;
    this.xmlNamespace = facts.xmlNamespace;
    this.queryCompatible = facts.queryCompatible ?? false;
    this.#shapes = new Shapes(shapes);
    const linked = new Map<string, OperationModel>();
    for (const [name, text] of operations) linked.set(name, new Operation(name, this, text, this.#shapes));
    this.operations = linked;
  }

  shape(name: string): Shape | undefined {
    return this.#shapes.find(name);
  }

  error(code: string): StructureShape | undefined {
    if (this.#errors === undefined) {
      this.#errors = new Map();
      const all = [...this.#shapes.errors()];
      for (const [name, { awsQueryError }] of all) {
        if (awsQueryError !== undefined) this.#errors.set(awsQueryError[0], name);
      }
      // A shape's own name comes before another one's query code.
      for (const [name] of all) this.#errors.set(name, name);
    }
    const name = this.#errors.get(code);
    const shape = name === undefined ? undefined : this.#shapes.find(name);
    return shape?.kind === 'structure' ? shape : undefined;
  }
}

/** The model that a file's text holds. */
export const linkModel = (text: string): ServiceModel => new Service(splitModel(text));
