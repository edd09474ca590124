// Conditions of statements, read into the trees of condition expressions: one engine judges both.
import { errors } from '../errors.ts';
import { type Comparator, type ConditionNode, type OperandNode, type PathNode, tests } from '../expression/node.ts';
import { malformed } from './token.ts';
import { ValueParser } from './value-parser.ts';

type Node = ConditionNode | OperandNode;

const operandKinds: ReadonlySet<string> = new Set(['path', 'value', 'constant', 'call', 'sum']);
export const isOperand = (node: Node): node is OperandNode => operandKinds.has(node.kind);

const comparators: Readonly<Record<string, Comparator>> = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** Types that `IS` tests, by their names in PartiQL. */
const typeNames: Readonly<Record<string, string>> = {
  NULL: 'NULL',
  BOOL: 'BOOL',
  BOOLEAN: 'BOOL',
  STRING: 'S',
  NUMERIC: 'N',
  NUMBER: 'N',
  DECIMAL: 'N',
  INT: 'N',
  INTEGER: 'N',
  FLOAT: 'N',
  BLOB: 'B',
  BINARY: 'B',
  LIST: 'L',
  STRUCT: 'M',
  TUPLE: 'M',
  MAP: 'M',
};

const constant = (text: string): OperandNode => ({ kind: 'constant', value: { S: text } });
const not = (condition: ConditionNode): ConditionNode => ({ kind: 'not', condition });

export class ConditionParser extends ValueParser {
  path(): PathNode {
    if (!this.isName()) throw this.unexpected();
    const steps: (string | number)[] = [this.take().text];
    for (;;) {
      if (this.takeSign('.')) {
        if (!this.isName()) throw malformed('Invalid path dot component');
        steps.push(this.take().text);
      } else if (this.takeSign('[')) {
        const { kind, text } = this.take();
        if (kind === 'number' && /^[0-9]+$/.test(text)) steps.push(Number(text));
        else if (kind === 'string') steps.push(text);
        else throw malformed('Invalid path component');
        this.expectSign(']');
      } else return { kind: 'path', steps, literal: true };
    }
  }

  isCall(): boolean {
    return this.next.kind === 'word' && this.afterNext?.kind === 'sign' && this.afterNext.text === '(';
  }

  callOperands(): OperandNode[] {
    this.expectSign('(');
    const operands: OperandNode[] = [];
    if (this.takeSign(')')) return operands;
    do operands.push(this.nested(() => this.operand()));
    while (this.takeSign(','));
    this.expectSign(')');
    return operands;
  }

  private call(): Node {
    const { text, place } = this.take();
    const name = text.toLowerCase();
    if (name !== 'size' && !Object.hasOwn(tests, name))
      throw errors.validation(`Unrecognized function: ${name} at ${place}`);
    const operands = this.callOperands();
    return name === 'size' ? { kind: 'call', name, operands } : { kind: 'test', name, operands };
  }

  operand(): OperandNode {
    const node = this.primary();
    if (!isOperand(node)) throw this.unexpected();
    return node;
  }

  private primary(): Node {
    if (this.isCall()) return this.call();
    if (this.isValueNext()) return { kind: 'constant', value: this.value() };
    if (!this.takeSign('(')) return this.path();
    const inner = this.nested(() => this.disjunction());
    this.expectSign(')');
    return inner;
  }

  /** `IN [1, 2]`, `IN (1, 2)`. */
  private members(): OperandNode[] {
    const close = this.takeSign('[') ? ']' : ')';
    if (close === ')') this.expectSign('(');
    const list = [this.operand()];
    while (this.takeSign(',')) list.push(this.operand());
    this.expectSign(close);
    return list;
  }

  private isTest(operand: OperandNode): ConditionNode {
    const negated = this.takeWord('NOT');
    const { kind, text } = this.take();
    const name = kind === 'word' ? text.toUpperCase() : '';
    const type = typeNames[name];
    if (name !== 'MISSING' && type === undefined) throw malformed('Unexpected term');
    const test: ConditionNode =
      type === undefined
        ? { kind: 'test', name: 'attribute_not_exists', operands: [operand] }
        : { kind: 'test', name: 'attribute_type', operands: [operand, constant(type)] };
    return negated ? not(test) : test;
  }

  /** A test compared with `true` or `false` is the test, or its opposite. */
  private comparedTest(test: ConditionNode): ConditionNode {
    const comparator = this.next.kind === 'sign' ? comparators[this.next.text] : undefined;
    if (comparator !== '=' && comparator !== '<>') return test;
    this.take();
    const { BOOL } = this.value();
    if (BOOL === undefined) throw this.unexpected();
    return BOOL === (comparator === '=') ? test : not(test);
  }

  private comparison(): Node {
    const left = this.primary();
    if (!isOperand(left)) return this.comparedTest(left);
    const comparator = this.next.kind === 'sign' ? comparators[this.next.text] : undefined;
    if (comparator !== undefined) {
      this.take();
      return { kind: 'compare', comparator, left, right: this.operand() };
    }
    if (this.takeWord('IS')) return this.isTest(left);
    const negated = this.takeWord('NOT');
    let node: ConditionNode;
    if (this.takeWord('BETWEEN')) {
      const low = this.operand();
      this.expectWord('AND');
      node = { kind: 'between', operand: left, low, high: this.operand() };
    } else if (this.takeWord('IN')) node = { kind: 'in', operand: left, list: this.members() };
    else if (negated) throw this.unexpected();
    else return left;
    return negated ? not(node) : node;
  }

  private holding(node: Node): ConditionNode {
    if (isOperand(node)) throw this.unexpected();
    return node;
  }

  private negation(): Node {
    return this.takeWord('NOT') ? not(this.holding(this.nested(() => this.negation()))) : this.comparison();
  }

  private conjunction(): Node {
    let left = this.negation();
    while (this.takeWord('AND')) left = { kind: 'and', left: this.holding(left), right: this.holding(this.negation()) };
    return left;
  }

  private disjunction(): Node {
    let left = this.conjunction();
    while (this.takeWord('OR'))
      left = { kind: 'or', left: this.holding(left), right: this.holding(this.conjunction()) };
    return left;
  }

  condition(): ConditionNode {
    return this.holding(this.disjunction());
  }
}
