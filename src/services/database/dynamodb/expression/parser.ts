// The grammar of all expressions: recursive descent over tokens.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
import { expressionMaxBytes } from '../limits.ts';
import { utf8Bytes } from '../value.ts';
import {
  type Comparator,
  type ConditionNode,
  calls,
  type OperandNode,
  type PathNode,
  type PathStep,
  tests,
  type UpdateAction,
} from './node.ts';
import { isReservedWord } from './reserved-word.ts';
import { type ExpressionKind, invalidExpression, TokenReader } from './token.ts';

const comparators: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);
const maxListIndex = 2 ** 31 - 1;

type Node = ConditionNode | OperandNode;
const operandKinds: ReadonlySet<string> = new Set(['path', 'value', 'constant', 'call', 'sum']);
const isOperand = (node: Node): node is OperandNode => operandKinds.has(node.kind);

class Parser extends TokenReader {
  /** What is wrong besides the syntax: AWS speaks of it when the syntax is right. */
  #fault: Error | undefined;

  private note(detail: string): void {
    this.#fault ??= this.invalid(detail);
  }

  path(): PathNode {
    const steps: PathStep[] = [this.pathName()];
    for (;;) {
      if (this.takeSign('.')) steps.push(this.pathName());
      else if (this.takeSign('[')) steps.push(this.listIndex());
      else return { kind: 'path', steps };
    }
  }

  private pathName(): string {
    const token = this.next;
    if (token.kind !== 'word' && token.kind !== 'name') throw this.syntaxError();
    if (token.kind === 'word' && isReservedWord(token.text)) {
      this.note(`Attribute name is a reserved keyword; reserved keyword: ${token.text}`);
    }
    return this.take().text;
  }

  private listIndex(): number {
    if (this.next.kind !== 'number') throw this.syntaxError();
    const text = this.take().text;
    this.expectSign(']');
    if (Number(text) > maxListIndex) this.note(`List index is not within the allowable range; index: [${text}]`);
    return Number(text);
  }

  private isCall(): boolean {
    return this.next.kind === 'word' && this.afterNext?.kind === 'sign' && this.afterNext.text === '(';
  }

  private callOperands(): OperandNode[] {
    this.expectSign('(');
    const operands = [this.operand()];
    while (this.takeSign(',')) operands.push(this.operand());
    this.expectSign(')');
    return operands;
  }

  /** `size(a)`, or `attribute_exists(a)`: which of both the name says. */
  private call(): Node {
    const name = this.take().text;
    const isUpdate = this.kind === 'UpdateExpression';
    if (!(Object.hasOwn(tests, name) || Object.hasOwn(calls, name)))
      this.note(`Invalid function name; function: ${name}`);
    else if (isUpdate && (name === 'size' || Object.hasOwn(tests, name)))
      this.note(`The function is not allowed in an update expression; function: ${name}`);
    else if (!isUpdate && (name === 'if_not_exists' || name === 'list_append'))
      this.note(`The function is not allowed in a condition expression; function: ${name}`);
    const operands = this.callOperands();
    return Object.hasOwn(tests, name) ? { kind: 'test', name, operands } : { kind: 'call', name, operands };
  }

  operand(): OperandNode {
    if (this.next.kind === 'value') return { kind: 'value', name: this.take().text };
    if (this.takeSign('(')) {
      const inner = this.operand();
      this.expectSign(')');
      return this.parenthesise(inner);
    }
    if (!this.isCall()) return this.path();
    const name = this.next.text;
    const node = this.call();
    if (isOperand(node)) return node;
    this.note(`The function is not allowed to be used this way in an expression; function: ${name}`);
    return { kind: 'call', name, operands: [] };
  }

  private parenthesise<Inner extends Node>(inner: Inner): Inner {
    if (inner.parenthesised && this.kind !== 'KeyConditionExpression')
      this.note('The expression has redundant parentheses;');
    return { ...inner, parenthesised: true };
  }

  private isPredicateNext(): boolean {
    const token = this.next;
    if (token.kind === 'sign') return comparators.has(token.text);
    return this.isKeyword('BETWEEN') || this.isKeyword('IN');
  }

  private predicate(operand: OperandNode): ConditionNode {
    if (this.takeKeyword('BETWEEN')) {
      const low = this.operand();
      if (!this.takeKeyword('AND')) throw this.syntaxError();
      return { kind: 'between', operand, low, high: this.operand() };
    }
    if (this.takeKeyword('IN')) return { kind: 'in', operand, list: this.callOperands() };
    const comparator = this.take().text as Comparator;
    return { kind: 'compare', comparator, left: operand, right: this.operand() };
  }

  private primary(): Node {
    if (this.next.kind === 'sign' && this.next.text === '(') {
      this.take();
      const inner = this.disjunction();
      this.expectSign(')');
      return this.parenthesise(inner);
    }
    return this.isCall() ? this.call() : this.operand();
  }

  private comparison(): Node {
    const node = this.primary();
    if (!this.isPredicateNext()) return node;
    if (!isOperand(node)) {
      if (node.kind === 'test' && !node.parenthesised) {
        this.note(`The function is not allowed to be used this way in an expression; function: ${node.name}`);
        return this.predicate({ kind: 'call', name: node.name, operands: [] });
      }
      throw this.syntaxError();
    }
    return this.predicate(node);
  }

  private condition(node: Node): ConditionNode {
    if (!isOperand(node)) return node;
    if (node.kind === 'call') {
      this.note(`The function is not allowed to be used this way in an expression; function: ${node.name}`);
      return { kind: 'test', name: node.name, operands: node.operands };
    }
    throw this.syntaxError();
  }

  private negation(): Node {
    if (this.isKeyword('NOT')) {
      this.take();
      return { kind: 'not', condition: this.condition(this.negation()) };
    }
    return this.comparison();
  }

  private conjunction(): Node {
    let left = this.negation();
    while (this.isKeyword('AND')) {
      left = this.condition(left);
      this.take();
      left = { kind: 'and', left, right: this.condition(this.negation()) };
    }
    return left;
  }

  private disjunction(): Node {
    let left = this.conjunction();
    while (this.isKeyword('OR')) {
      left = this.condition(left);
      this.take();
      left = { kind: 'or', left, right: this.condition(this.conjunction()) };
    }
    return left;
  }

  wholeCondition(): ConditionNode {
    const node = this.condition(this.disjunction());
    this.expectEnd();
    return node;
  }

  wholeProjection(): PathNode[] {
    const paths = [this.path()];
    while (this.takeSign(',')) paths.push(this.path());
    this.expectEnd();
    return paths;
  }

  private expectEnd(): void {
    if (this.next.kind !== 'end') throw this.syntaxError();
    if (this.#fault !== undefined) throw this.#fault;
  }

  private setValue(): OperandNode {
    const left = this.operand();
    for (const sign of ['+', '-'] as const) {
      if (this.takeSign(sign)) return { kind: 'sum', sign, left, right: this.operand() };
    }
    return left;
  }

  private action(kind: UpdateAction['kind']): UpdateAction {
    const path = this.path();
    if (kind === 'REMOVE') return { kind, path };
    if (kind === 'SET') {
      this.expectSign('=');
      return { kind, path, value: this.setValue() };
    }
    if (this.next.kind !== 'value') throw this.syntaxError();
    return { kind, path, value: { kind: 'value', name: this.take().text } };
  }

  wholeUpdate(): UpdateAction[] {
    const actions: UpdateAction[] = [];
    const seen = new Set<string>();
    do {
      const section = (['SET', 'REMOVE', 'ADD', 'DELETE'] as const).find((keyword) => this.takeKeyword(keyword));
      if (section === undefined) throw this.syntaxError();
      do actions.push(this.action(section));
      while (this.takeSign(','));
      if (seen.has(section)) this.note(`The "${section}" section can only be used once in an update expression;`);
      seen.add(section);
    } while (this.next.kind !== 'end');
    this.expectEnd();
    return actions;
  }
}

/** A memory of parsed texts: most requests repeat theirs. */
const cacheMax = 1_000;
function cached<Result>(read: (parser: Parser) => Result): (kind: ExpressionKind, text: string) => Result {
  const known = new Map<string, Result>();
  return (kind, text) => {
    const at = `${kind} ${text}`;
    const found = known.get(at);
    if (found !== undefined) return found;
    if (text.trim() === '') throw invalidExpression(kind, 'The expression can not be empty;');
    const bytes = utf8Bytes(text);
    if (bytes > expressionMaxBytes) {
      throw invalidExpression(kind, `Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
    }
    const result = read(new Parser(kind, text));
    if (known.size >= cacheMax) known.clear();
    known.set(at, result);
    return result;
  };
}

/** Reads a condition, filter or key condition. */
export const parseCondition = cached((parser) => parser.wholeCondition());
export const parseProjection = cached((parser) => parser.wholeProjection());
export const parseUpdate = cached((parser) => parser.wholeUpdate());
