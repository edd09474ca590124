// Operands bound to a request: a function from an item to a value, with what is known of it beforehand.
import { errors } from '../errors.ts';
import { operatorMax } from '../limits.ts';
import { addNumbers, subtractNumbers } from '../number.ts';
import { type AttributeValue, type Item, type TypeName, typeOf } from '../value.ts';
import { calls, type OperandNode } from './node.ts';
import { describePath, type Path, readPath } from './path.ts';
import type { Placeholders } from './placeholder.ts';
import { type ExpressionKind, invalidExpression } from './token.ts';

export interface Operand {
  readonly read: (item: Item) => AttributeValue | undefined;
  /** The path, when it is one. */
  readonly path?: Path;
  /** The value, when it is known without an item. */
  readonly constant?: AttributeValue;
  /** The type, when it is known without an item. */
  readonly type?: TypeName;
}

const orderedTypes: readonly TypeName[] = ['S', 'N', 'B'];
const iterableTypes: readonly TypeName[] = ['S', 'B', 'SS', 'NS', 'BS', 'L', 'M'];

/** Binds operands of one expression and counts its operators. */
export class Binder {
  readonly kind: ExpressionKind;
  readonly #placeholders: Placeholders;
  #operators = 0;

  constructor(kind: ExpressionKind, placeholders: Placeholders) {
    this.kind = kind;
    this.#placeholders = placeholders;
  }

  invalid(detail: string): Error {
    return invalidExpression(this.kind, detail);
  }

  countOperator(): void {
    this.#operators++;
    if (this.#operators > operatorMax)
      throw this.invalid(`The expression contains too many operators; operator count: ${this.#operators}`);
  }

  path(node: OperandNode & { kind: 'path' }): Path {
    return this.#placeholders.path(this.kind, node);
  }

  operand(node: OperandNode): Operand {
    switch (node.kind) {
      case 'path': {
        const path = this.path(node);
        const [first] = path;
        if (path.length > 1 || typeof first !== 'string') return { path, read: (item) => readPath(item, path) };
        return { path, read: (item) => (Object.hasOwn(item, first) ? item[first] : undefined) };
      }
      case 'value':
        return constant(this.#placeholders.value(this.kind, node.name));
      case 'constant':
        return constant(node.value);
      case 'sum':
        return this.sum(node.sign, this.operand(node.left), this.operand(node.right));
      case 'call':
        return this.call(
          node.name,
          node.operands.map((operand) => this.operand(operand)),
        );
    }
  }

  checkCount(operator: string, operands: readonly Operand[], count: number): void {
    this.countOperator();
    if (operands.length === count) return;
    throw this.invalid(
      `Incorrect number of operands for operator or function; operator or function: ${operator}, number of operands: ${operands.length}`,
    );
  }

  checkIsPath(operator: string, operand: Operand | undefined): void {
    if (operand?.path === undefined)
      throw this.invalid(`Operator or function requires a document path; operator or function: ${operator}`);
  }

  checkTypes(operator: string, operands: readonly Operand[], allowed: readonly TypeName[]): void {
    for (const { type } of operands) {
      if (type === undefined || allowed.includes(type)) continue;
      throw this.invalid(
        `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`,
      );
    }
  }

  checkOrdered(operator: string, operands: readonly Operand[]): void {
    this.checkTypes(operator, operands, orderedTypes);
  }

  checkDistinct(operator: string, [first, ...others]: readonly Operand[]): void {
    if (first?.path === undefined) return;
    const text = describePath(first.path);
    if (!others.some((other) => other.path !== undefined && describePath(other.path) === text)) return;
    throw this.invalid(
      `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${text}`,
    );
  }

  private sum(sign: '+' | '-', left: Operand, right: Operand): Operand {
    this.checkCount(sign, [left, right], 2);
    this.checkTypes(sign, [left, right], ['N']);
    const combine = sign === '+' ? addNumbers : subtractNumbers;
    return {
      type: 'N',
      read: (item) => {
        const a = needed(left.read(item)).N;
        const b = needed(right.read(item)).N;
        if (a === undefined || b === undefined) throw wrongType();
        return { N: combine(a, b) };
      },
    };
  }

  private call(name: string, operands: readonly Operand[]): Operand {
    this.checkCount(name, operands, calls[name] ?? 0);
    const [first, second] = operands as [Operand, Operand];
    if (name === 'size') {
      this.checkTypes(name, operands, iterableTypes);
      return { type: 'N', read: (item) => sizeOf(first.read(item)) };
    }
    if (name === 'if_not_exists') {
      this.checkIsPath(name, first);
      return {
        ...(second.type === undefined ? {} : { type: second.type }),
        read: (item) => first.read(item) ?? second.read(item),
      };
    }
    this.checkTypes(name, operands, ['L']);
    return {
      type: 'L',
      read: (item) => {
        const a = needed(first.read(item)).L;
        const b = needed(second.read(item)).L;
        if (a === undefined || b === undefined) throw wrongType();
        return { L: [...a, ...b] };
      },
    };
  }
}

const constant = (value: AttributeValue): Operand => ({ constant: value, type: typeOf(value), read: () => value });

export const wrongType = () => errors.validation('An operand in the update expression has an incorrect data type');

export function needed(value: AttributeValue | undefined): AttributeValue {
  if (value === undefined)
    throw errors.validation('The provided expression refers to an attribute that does not exist in the item');
  return value;
}

/**
 * What `size(path)` gives: characters of a string, bytes of a binary, members of anything else that has some.
 *
 * Unknown: whether AWS counts a character outside the basic plane as one or two; here two (UTF-16).
 */
function sizeOf(value: AttributeValue | undefined): AttributeValue | undefined {
  if (value === undefined) return undefined;
  const counted = value.S ?? value.B ?? value.L ?? value.SS ?? value.NS ?? value.BS;
  if (counted !== undefined) return { N: String(counted.length) };
  return value.M === undefined ? undefined : { N: String(Object.keys(value.M).length) };
}
