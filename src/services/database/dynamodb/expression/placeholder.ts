// `#names` and `:values` of a request: looked up while expressions are bound; what none of them used is refused.
import { errors } from '../errors.ts';
import { type AttributeValue, checkValue } from '../value.ts';
import type { PathNode, PathStep } from './node.ts';
import { type ExpressionKind, invalidExpression } from './token.ts';

/** Levels of a document path. */
const pathDepthMax = 32;
/** Length of a placeholder, the first sign included. */
const placeholderMax = 255;
/** Length of an attribute name in `ExpressionAttributeNames`. */
const nameMaxBytes = 65_535;

type Names = Readonly<Record<string, string>>;
type Values = Readonly<Record<string, AttributeValue>>;

const nameKey = /^#[A-Za-z0-9_]+$/;
const valueKey = /^:[A-Za-z0-9_]+$/;

function checkKeys(parameter: string, keys: readonly string[], pattern: RegExp): void {
  if (keys.length === 0) throw errors.validation(`${parameter} must not be empty`);
  for (const key of keys) {
    if (key.length > placeholderMax) {
      throw errors.validation(
        `${parameter} contains invalid key: The expression attribute map contains a key that is too long; key: "${key}"`,
      );
    }
    if (!pattern.test(key)) throw errors.validation(`${parameter} contains invalid key: Syntax error; key: "${key}"`);
  }
}

function checkNames(names: Names): Names {
  checkKeys('ExpressionAttributeNames', Object.keys(names), nameKey);
  for (const [key, name] of Object.entries(names)) {
    if (name === '')
      throw errors.validation(`ExpressionAttributeNames contains invalid value: Empty attribute name for key ${key}`);
    if (Buffer.byteLength(name) > nameMaxBytes) {
      throw errors.validation(
        `One or more parameter values were invalid: Attribute name is too large, must be less than ${nameMaxBytes + 1} bytes`,
      );
    }
  }
  return names;
}

function checkValues(values: Values): Values {
  checkKeys('ExpressionAttributeValues', Object.keys(values), valueKey);
  const checked: Record<string, AttributeValue> = {};
  for (const key in values) {
    try {
      checked[key] = checkValue(values[key] as AttributeValue);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw errors.validation(`ExpressionAttributeValues contains invalid value: ${error.message} for key ${key}`);
    }
  }
  return checked;
}

/** The placeholders of one request. */
export class Placeholders {
  readonly #names: Names | undefined;
  readonly #values: Values | undefined;
  readonly #usedNames = new Set<string>();
  readonly #usedValues = new Set<string>();

  constructor(names?: Names | undefined, values?: Values | undefined) {
    this.#names = names === undefined ? undefined : checkNames(names);
    this.#values = values === undefined ? undefined : checkValues(values);
  }

  name(kind: ExpressionKind, reference: string): string {
    const name =
      this.#names !== undefined && Object.hasOwn(this.#names, reference) ? this.#names[reference] : undefined;
    if (name === undefined) {
      throw invalidExpression(
        kind,
        `An expression attribute name used in the document path is not defined; attribute name: ${reference}`,
      );
    }
    this.#usedNames.add(reference);
    return name;
  }

  value(kind: ExpressionKind, reference: string): AttributeValue {
    const value =
      this.#values !== undefined && Object.hasOwn(this.#values, reference) ? this.#values[reference] : undefined;
    if (value === undefined) {
      throw invalidExpression(
        kind,
        `An expression attribute value used in expression is not defined; attribute value: ${reference}`,
      );
    }
    this.#usedValues.add(reference);
    return value;
  }

  /** A path with its names put in. */
  path(kind: ExpressionKind, path: PathNode): readonly PathStep[] {
    if (path.steps.length > pathDepthMax) {
      throw invalidExpression(
        kind,
        `The document path has too many nesting levels; nesting levels: ${path.steps.length}`,
      );
    }
    if (path.literal || !path.steps.some((step) => typeof step === 'string' && step.startsWith('#'))) return path.steps;
    return path.steps.map((step) => (typeof step === 'string' && step.startsWith('#') ? this.name(kind, step) : step));
  }

  /** Refuses placeholders that no expression has used. Call it when all are bound. */
  checkAllUsed(): void {
    const unused = (map: object | undefined, used: ReadonlySet<string>) =>
      map === undefined ? [] : Object.keys(map).filter((key) => !used.has(key));
    const names = unused(this.#names, this.#usedNames);
    if (names.length > 0) {
      throw errors.validation(
        `Value provided in ExpressionAttributeNames unused in expressions: keys: {${names.join(', ')}}`,
      );
    }
    const values = unused(this.#values, this.#usedValues);
    if (values.length > 0) {
      throw errors.validation(
        `Value provided in ExpressionAttributeValues unused in expressions: keys: {${values.join(', ')}}`,
      );
    }
  }
}
