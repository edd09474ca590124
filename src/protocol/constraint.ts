// Checks decoded input against what AWS's models say of it, in the words of AWS's front ends.
//
// A service's shapes are compiled to closures when an operation is first called. A closure looks only at members that lead
// to a constraint; the trail of steps to the value costs a push and a pop, and becomes a path when something is wrong.
// Members of simple type report at their own path, but items of a list and entries of a map that are simple report at the
// list or map, all their constraints at once. Both are how AWS does it.
import { type ConstraintTable, constraintTable, inputShapeOf, type Shape, type TextShape } from './constraint-table.ts';
import { compilePattern, type TextTest } from './pattern/pattern.ts';
import { quoteValue } from './constraint-value.ts';

export type Rule = 'null' | 'length' | 'range' | 'pattern' | 'enum' | 'items';

export interface Violation {
  /** `targets.1.member.id`, as AWS writes it: names begin in lower case, items count from 1. */
  readonly path: string;
  /** The member's name in the model, of the innermost structure: `Id`. */
  readonly member: string;
  readonly rule: Rule;
  /** As text, `null` when there is none, or undefined when it is sensitive. */
  readonly value: string | null | undefined;
  /** `Member must have length less than or equal to 80`. */
  readonly constraint: string;
  /** The constraint without what the service may keep to itself: `Member must satisfy enum value set`. */
  readonly brief: string;
  /** The pattern, when that was violated. */
  readonly pattern?: string | undefined;
}

export type Checker = (input: unknown) => readonly Violation[];

type Trail = (string | number)[];
type Check = (value: unknown, trail: Trail, found: Violation[]) => void;

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

const notNull = 'Member must not be null';
const atMost = (what: string, limit: number): string => `Member must have ${what} less than or equal to ${limit}`;
const atLeast = (what: string, limit: number): string => `Member must have ${what} greater than or equal to ${limit}`;
const enumBrief = 'Member must satisfy enum value set';

/**
 * Path of a trail: steps into structures are names, into lists numbers, into maps `#` and the key.
 *
 * Unknown: names that begin with several capitals; Lambda was seen to write `kMSKeyArn`, so only the first letter is lowered everywhere.
 */
const pathOf = (trail: Trail): string =>
  trail
    .map((step) =>
      typeof step === 'number' ? `${step}.member` : step.startsWith('#') ? `${step.slice(1)}.member` : lowerFirst(step),
    )
    .join('.');

const memberOf = (trail: Trail): string =>
  String(trail.findLast((step) => typeof step === 'string' && !step.startsWith('#')) ?? '');

interface Broken {
  readonly rule: Rule;
  readonly constraint: string;
  readonly brief?: string | undefined;
  readonly pattern?: string | undefined;
}

const violation = (trail: Trail, value: string | null | undefined, broken: Broken): Violation => ({
  path: pathOf(trail),
  member: memberOf(trail),
  value,
  ...broken,
  brief: broken.brief ?? broken.constraint,
});

/** Lengths of text count code points. */
const longerThan = (text: string, limit: number): boolean =>
  text.length > limit && (text.length > 2 * limit || Array.from(text).length > limit);
const shorterThan = (text: string, limit: number): boolean =>
  text.length < limit || (text.length < 2 * limit && Array.from(text).length < limit);

/** The constraints of a simple shape, and which of them a value breaks. Values of another type are the decoder's business. */
interface Leaf {
  readonly breaks: (value: unknown) => readonly Broken[];
  readonly isFine: (value: unknown) => boolean;
  /** All of them, for items of lists: AWS's order. */
  readonly constraints: readonly string[];
}

const patternTests = new Map<string, TextTest | string>();
const testOf = (pattern: string): TextTest | string => {
  let test = patternTests.get(pattern);
  if (test === undefined) patternTests.set(pattern, (test = compilePattern(pattern)));
  return test;
};

interface Part extends Broken {
  readonly holds: (value: unknown) => boolean;
}

function lengthParts(what: 'length' | 'value', min: number | null, max: number | null, sizes: Sizes): Part[] {
  const rule = what === 'length' ? 'length' : 'range';
  const parts: Part[] = [];
  if (max !== null) parts.push({ rule, constraint: atMost(what, max), holds: (value) => !sizes.isOver(value, max) });
  if (min !== null) parts.push({ rule, constraint: atLeast(what, min), holds: (value) => !sizes.isUnder(value, min) });
  return parts;
}

interface Sizes {
  isOver(value: unknown, limit: number): boolean;
  isUnder(value: unknown, limit: number): boolean;
}
const textSizes: Sizes = {
  isOver: (value, limit) => typeof value === 'string' && longerThan(value, limit),
  isUnder: (value, limit) => typeof value === 'string' && shorterThan(value, limit),
};
const byteSizes: Sizes = {
  isOver: (value, limit) => value instanceof Uint8Array && value.byteLength > limit,
  isUnder: (value, limit) => value instanceof Uint8Array && value.byteLength < limit,
};
const isNumeric = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';
const numberSizes: Sizes = {
  isOver: (value, limit) => isNumeric(value) && value > limit,
  isUnder: (value, limit) => isNumeric(value) && value < limit,
};
const listSizes: Sizes = {
  isOver: (value, limit) => Array.isArray(value) && value.length > limit,
  isUnder: (value, limit) => Array.isArray(value) && value.length < limit,
};
const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const mapSizes: Sizes = {
  isOver: (value, limit) => isMap(value) && Object.keys(value).length > limit,
  isUnder: (value, limit) => isMap(value) && Object.keys(value).length < limit,
};

function textParts([, min, max, pattern, values]: TextShape): Part[] {
  const parts: Part[] = [];
  if (values) {
    const set = new Set<unknown>(values);
    const constraint = `${enumBrief}: [${values.join(', ')}]`;
    parts.push({
      rule: 'enum',
      constraint,
      brief: enumBrief,
      holds: (value) => typeof value !== 'string' || set.has(value),
    });
  }
  parts.push(...lengthParts('length', min ?? null, max ?? null, textSizes));
  if (pattern) {
    const constraint = `Member must satisfy regular expression pattern: ${pattern}`;
    const holds = (value: unknown) => {
      const test = testOf(pattern);
      return typeof value !== 'string' || typeof test === 'string' || test(value);
    };
    parts.push({ rule: 'pattern', constraint, pattern, holds });
  }
  return parts;
}

const isLeaf = (shape: Shape): shape is Extract<Shape, readonly ['T' | 'B' | 'N', ...unknown[]]> =>
  shape[0] === 'T' || shape[0] === 'B' || shape[0] === 'N';

function leafOf(shape: Extract<Shape, readonly ['T' | 'B' | 'N', ...unknown[]]>): Leaf {
  const parts =
    shape[0] === 'T'
      ? textParts(shape)
      : shape[0] === 'B'
        ? lengthParts('length', shape[1] ?? null, shape[2] ?? null, byteSizes)
        : lengthParts('value', shape[1] ?? null, shape[2] ?? null, numberSizes);
  // For one value, AWS reports a pattern before a length; in the list of all constraints it stands last.
  const order = parts.toSorted((a, b) => Number(b.rule === 'pattern') - Number(a.rule === 'pattern'));
  return {
    breaks: (value) => order.filter(({ holds }) => !holds(value)),
    isFine: (value) => parts.every(({ holds }) => holds(value)),
    constraints: parts.map(({ constraint }) => constraint),
  };
}

class Compiler {
  readonly #table: ConstraintTable;
  readonly #checks = new Map<number, Check>();

  constructor(table: ConstraintTable) {
    this.#table = table;
  }

  check(index: number): Check {
    const known = this.#checks.get(index);
    if (known !== undefined) return known;
    // Recursive shapes meet this one while it is being made.
    let made: Check | undefined;
    this.#checks.set(index, (value, trail, found) => made?.(value, trail, found));
    made = this.#make(index);
    this.#checks.set(index, made);
    return made;
  }

  #shape(index: number): Shape | undefined {
    return index < 0 ? undefined : this.#table.shapes[index];
  }

  #quote = (value: unknown, index: number): string | undefined => quoteValue(value, index, this.#table.shapes);

  #make(index: number): Check {
    const shape = this.#shape(index);
    if (shape === undefined) return () => {};
    if (shape[0] === 'S') return this.#structure(shape);
    if (shape[0] === 'L') return this.#list(index, shape);
    if (shape[0] === 'M') return this.#map(index, shape);
    const leaf = leafOf(shape);
    return (value, trail, found) => {
      if (leaf.isFine(value)) return;
      for (const broken of leaf.breaks(value))
        found.push(violation(trail, this.#quote(value, index), withoutHolds(broken)));
    };
  }

  #structure([, , ...rows]: Extract<Shape, readonly ['S', ...unknown[]]>): Check {
    const members = rows
      .filter(([, shape, isRequired]) => shape >= 0 || isRequired === 1)
      .map(([name, shape, isRequired]) => ({
        name,
        isRequired: isRequired === 1,
        check: shape < 0 ? undefined : this.check(shape),
      }));
    return (value, trail, found) => {
      if (!isMap(value)) return;
      for (const { name, isRequired, check } of members) {
        const member = value[name];
        if (member === undefined || member === null) {
          if (!isRequired) continue;
          trail.push(name);
          found.push(violation(trail, null, { rule: 'null', constraint: notNull }));
          trail.pop();
        } else if (check !== undefined) {
          trail.push(name);
          check(member, trail, found);
          trail.pop();
        }
      }
    };
  }

  /** The constraints of simple items, as one that the whole list or map breaks; undefined when items are not simple. */
  #together(index: number, words: string): { isFine: (value: unknown) => boolean; broken: Broken } | undefined {
    const shape = this.#shape(index);
    if (shape === undefined || !isLeaf(shape)) return undefined;
    const leaf = leafOf(shape);
    const constraint = `${words} must satisfy constraint: [${leaf.constraints.join(', ')}]`;
    return { isFine: leaf.isFine, broken: { rule: 'items', constraint } };
  }

  /**
   * Unknown: since when, and for which services, AWS ends the constraints of a list's items with `Member must not be null`;
   * Lambda was seen to in 2024, older answers of others do not have it.
   */
  #list(index: number, [, item, min, max]: Extract<Shape, readonly ['L', ...unknown[]]>): Check {
    const sizes = lengthParts('length', min || null, max ?? null, listSizes);
    const items = this.#together(item, 'Member');
    const check = items === undefined && item >= 0 ? this.check(item) : undefined;
    const itemsBroken = items && {
      ...items.broken,
      constraint: items.broken.constraint.replace(/\]$/, `, ${notNull}]`),
    };
    return (value, trail, found) => {
      if (!Array.isArray(value)) return;
      for (const part of sizes)
        if (!part.holds(value)) found.push(violation(trail, this.#quote(value, index), withoutHolds(part)));
      if (itemsBroken !== undefined && !value.every(items?.isFine ?? (() => true)))
        found.push(violation(trail, this.#quote(value, index), itemsBroken));
      if (check === undefined) return;
      for (let at = 0; at < value.length; at++) {
        trail.push(at + 1);
        check(value[at], trail, found);
        trail.pop();
      }
    };
  }

  #map(index: number, [, key, item, min, max]: Extract<Shape, readonly ['M', ...unknown[]]>): Check {
    const sizes = lengthParts('length', min || null, max ?? null, mapSizes);
    const keys = this.#together(key, 'Map keys');
    const values = this.#together(item, 'Map value');
    const check = values === undefined && item >= 0 ? this.check(item) : undefined;
    return (value, trail, found) => {
      if (!isMap(value)) return;
      const report = (broken: Broken) => found.push(violation(trail, this.#quote(value, index), broken));
      for (const part of sizes) if (!part.holds(value)) report(withoutHolds(part));
      if (keys !== undefined && !Object.keys(value).every(keys.isFine)) report(keys.broken);
      if (values !== undefined && !Object.values(value).every(values.isFine)) report(values.broken);
      if (check === undefined) return;
      for (const [name, entry] of Object.entries(value)) {
        trail.push(`#${name}`);
        check(entry, trail, found);
        trail.pop();
      }
    };
  }
}

const withoutHolds = ({ rule, constraint, brief, pattern }: Broken): Broken => ({
  rule,
  constraint,
  ...(brief === undefined ? {} : { brief }),
  ...(pattern === undefined ? {} : { pattern }),
});

const compilers = new Map<string, Compiler>();
const none: readonly Violation[] = [];

/**
 * The check of an operation's decoded input: values as the SDK has them. Undefined when nothing of it is constrained.
 *
 * Service by folder name (`cloudwatch-logs`). Streams are never looked at, unknown members neither.
 */
export function constraintsOf(service: string, operation: string): Checker | undefined {
  const input = inputShapeOf(service, operation);
  const table = constraintTable(service);
  if (input === undefined || table === undefined) return undefined;
  let compiler = compilers.get(service);
  if (compiler === undefined) compilers.set(service, (compiler = new Compiler(table)));
  const check = compiler.check(input);
  return (value) => {
    const found: Violation[] = [];
    check(value, [], found);
    return found.length === 0 ? none : found;
  };
}
