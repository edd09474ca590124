// Conditions: bound once a request, then asked of as many items as it takes.
import { compareValues, containsValue, sameValue, startsWithValue } from '../compare.ts';
import { inOperandMax } from '../limits.ts';
import { type AttributeValue, describeValue, type Item, type TypeName, typeOf } from '../value.ts';
import { type Comparator, type ConditionNode, tests } from './node.ts';
import { Binder, type Operand } from './operand.ts';
import { parseCondition } from './parser.ts';
import type { Path } from './path.ts';
import type { Placeholders } from './placeholder.ts';
import type { ExpressionKind } from './token.ts';

export type Predicate = (item: Item) => boolean;

export interface Condition {
  readonly holds: Predicate;
  /** Every path that it reads. */
  readonly paths: readonly Path[];
}

const typeNames: ReadonlySet<string> = new Set(['B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'N', 'NS', 'S', 'M']);
const stringOrBinary: readonly TypeName[] = ['S', 'B'];
const searchable: readonly TypeName[] = ['S', 'B', 'SS', 'NS', 'BS', 'L', 'M'];

const verdict: Readonly<Record<'<' | '<=' | '>' | '>=', (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

class ConditionBinder extends Binder {
  readonly paths: Path[] = [];

  bound(node: Parameters<Binder['operand']>[0]): Operand {
    const operand = this.operand(node);
    if (operand.path !== undefined) this.paths.push(operand.path);
    else if (node.kind === 'call') {
      for (const inner of node.operands) if (inner.kind === 'path') this.paths.push(this.path(inner));
    }
    return operand;
  }

  predicate(node: ConditionNode): Predicate {
    switch (node.kind) {
      case 'and':
      case 'or': {
        const left = this.predicate(node.left);
        const right = this.predicate(node.right);
        this.countOperator();
        return node.kind === 'and' ? (item) => left(item) && right(item) : (item) => left(item) || right(item);
      }
      case 'not': {
        const inner = this.predicate(node.condition);
        this.countOperator();
        return (item) => !inner(item);
      }
      case 'compare':
        return this.compare(node.comparator, this.bound(node.left), this.bound(node.right));
      case 'between':
        return this.between(this.bound(node.operand), this.bound(node.low), this.bound(node.high));
      case 'in':
        return this.oneOf(
          this.bound(node.operand),
          node.list.map((operand) => this.bound(operand)),
        );
      case 'test':
        return this.test(
          node.name,
          node.operands.map((operand) => this.bound(operand)),
        );
    }
  }

  private compare(comparator: Comparator, left: Operand, right: Operand): Predicate {
    const operands = [left, right];
    this.checkCount(comparator, operands, 2);
    if (comparator !== '=' && comparator !== '<>') this.checkOrdered(comparator, operands);
    this.checkDistinct(comparator, operands);
    if (comparator === '=' || comparator === '<>') {
      const equal = (item: Item): boolean => {
        const a = left.read(item);
        const b = right.read(item);
        return a !== undefined && b !== undefined && sameValue(a, b);
      };
      return comparator === '=' ? equal : (item) => !equal(item);
    }
    const judge = verdict[comparator];
    return (item) => {
      const a = left.read(item);
      const b = right.read(item);
      const order = a === undefined || b === undefined ? undefined : compareValues(a, b);
      return order !== undefined && judge(order);
    };
  }

  private between(operand: Operand, low: Operand, high: Operand): Predicate {
    const operands = [operand, low, high];
    this.checkCount('BETWEEN', operands, 3);
    this.checkOrdered('BETWEEN', operands);
    this.checkDistinct('BETWEEN', operands);
    if (low.constant !== undefined && high.constant !== undefined) this.checkBounds(low.constant, high.constant);
    return (item) => {
      const value = operand.read(item);
      const from = low.read(item);
      const to = high.read(item);
      if (value === undefined || from === undefined || to === undefined) return false;
      const above = compareValues(value, from);
      const below = compareValues(value, to);
      return above !== undefined && below !== undefined && above >= 0 && below <= 0;
    };
  }

  private checkBounds(low: AttributeValue, high: AttributeValue): void {
    const order = compareValues(low, high);
    if (order !== undefined && order <= 0) return;
    const rule =
      order === undefined
        ? 'same data type for lower and upper bounds'
        : 'upper bound to be greater than or equal to lower bound';
    throw this.invalid(
      `The BETWEEN operator requires ${rule}; lower bound operand: ${describeValue(low)}, upper bound operand: ${describeValue(high)}`,
    );
  }

  private oneOf(operand: Operand, list: readonly Operand[]): Predicate {
    this.countOperator();
    if (list.length > inOperandMax) {
      throw this.invalid(`The IN operator is provided with too many operands; number of operands: ${list.length}`);
    }
    this.checkDistinct('IN', [operand, ...list]);
    return (item) => {
      const value = operand.read(item);
      if (value === undefined) return false;
      return list.some((candidate) => {
        const other = candidate.read(item);
        return other !== undefined && sameValue(value, other);
      });
    };
  }

  private test(name: string, operands: readonly Operand[]): Predicate {
    this.checkCount(name, operands, tests[name] ?? 0);
    const [first, second] = operands as [Operand, Operand];
    switch (name) {
      case 'attribute_exists':
        this.checkIsPath(name, first);
        return (item) => first.read(item) !== undefined;
      case 'attribute_not_exists':
        this.checkIsPath(name, first);
        return (item) => first.read(item) === undefined;
      case 'attribute_type':
        return this.typeTest(first, second);
      case 'begins_with':
        this.checkTypes(name, operands, stringOrBinary);
        this.checkDistinct(name, operands);
        return both(first, second, startsWithValue);
      default:
        this.checkTypes(name, [first], searchable);
        this.checkDistinct(name, operands);
        return both(first, second, containsValue);
    }
  }

  private typeTest(first: Operand, second: Operand): Predicate {
    this.checkIsPath('attribute_type', first);
    this.checkTypes('attribute_type', [second], ['S']);
    const type = second.constant?.S;
    if (type === undefined || !typeNames.has(type)) {
      throw this.invalid(
        `Invalid attribute type name found; type: ${type ?? ''}, valid types: {${[...typeNames].join(',')}}`,
      );
    }
    return (item) => {
      const value = first.read(item);
      return value !== undefined && typeOf(value) === type;
    };
  }
}

const both =
  (first: Operand, second: Operand, holds: (a: AttributeValue, b: AttributeValue) => boolean): Predicate =>
  (item) => {
    const a = first.read(item);
    const b = second.read(item);
    return a !== undefined && b !== undefined && holds(a, b);
  };

/** Binds a condition that was parsed. */
export function bindCondition(kind: ExpressionKind, node: ConditionNode, placeholders: Placeholders): Condition {
  const binder = new ConditionBinder(kind, placeholders);
  const holds = binder.predicate(node);
  return { holds, paths: binder.paths };
}

/** Reads and binds a condition or filter. */
export const readCondition = (kind: ExpressionKind, text: string, placeholders: Placeholders): Condition =>
  bindCondition(kind, parseCondition(kind, text), placeholders);
