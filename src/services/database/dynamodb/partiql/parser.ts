// The grammar of PartiQL statements as far as DynamoDB has it.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.statements.html
import { errors } from '../errors.ts';
import type { OperandNode, PathNode, UpdateAction } from '../expression/node.ts';
import { describePath } from '../expression/path.ts';
import type { AttributeValue } from '../value.ts';
import { ConditionParser } from './condition-parser.ts';
import type { Returning, Select, Source, Statement } from './statement.ts';
import { malformed, type Token } from './token.ts';

const clauses: ReadonlySet<string> = new Set(['WHERE', 'ORDER', 'SET', 'REMOVE', 'RETURNING', 'VALUE']);
const maxSourceParts = 2;

const samePath = (a: PathNode, b: OperandNode | undefined): boolean =>
  b?.kind === 'path' && describePath(a.steps) === describePath(b.steps);

class Parser extends ConditionParser {
  private source(): Source {
    const parts: string[] = [];
    do {
      if (!this.isName()) throw this.unexpected();
      const { text } = this.take();
      if (text === '') throw errors.validation('Path component cannot be an empty string');
      parts.push(text);
    } while (this.takeSign('.'));
    if (parts.length > maxSourceParts)
      throw errors.validation('A path may contain at most 2 components in the FROM clause');
    const [table, index] = parts as [string, string | undefined];
    return { table, index };
  }

  private refuseAlias(): void {
    const { kind, text } = this.next;
    const isAlias = kind === 'quoted' || (kind === 'word' && !clauses.has(text.toUpperCase()));
    if (isAlias) throw errors.validation('Aliasing is not supported');
  }

  private where() {
    return this.takeWord('WHERE') ? this.condition() : undefined;
  }

  private column(): PathNode {
    if (this.isCall()) throw errors.validation(`Unexpected path component at ${this.next.place}`);
    const path = this.path();
    if (this.isWord('AS')) throw errors.validation('Aliasing is not supported');
    return path;
  }

  private columns(): PathNode[] | undefined {
    if (this.takeSign('*')) return undefined;
    const columns = [this.column()];
    while (this.takeSign(',')) columns.push(this.column());
    return columns;
  }

  private order(): Select['order'][number] {
    if (!this.isName()) throw this.unexpected();
    const { text: name } = this.take();
    const isDescending = this.takeWord('DESC');
    if (!isDescending) this.takeWord('ASC');
    return { name, isDescending };
  }

  private select(): Select {
    const columns = this.columns();
    this.expectWord('FROM');
    const source = this.source();
    this.refuseAlias();
    const where = this.where();
    const order: Select['order'][number][] = [];
    if (this.takeWord('ORDER')) {
      this.expectWord('BY');
      do order.push(this.order());
      while (this.takeSign(','));
    }
    return { kind: 'select', source, columns, where, order };
  }

  private insert(): Statement {
    this.expectWord('INTO');
    const source = this.source();
    if (!this.takeWord('VALUE')) {
      throw this.isName() ? malformed('Unexpected token after expression') : this.unexpected();
    }
    if (this.next.kind !== 'parameter') return { kind: 'insert', source, item: this.map('root', true) };
    const { M: item } = this.value();
    if (item === undefined) throw errors.validation('Unsupported data type under key root');
    return { kind: 'insert', source, item };
  }

  private returning(): Returning | undefined {
    if (!this.takeWord('RETURNING')) return undefined;
    const isAll = this.takeWord('ALL');
    if (!isAll) this.expectWord('MODIFIED');
    const isOld = this.takeWord('OLD');
    if (!isOld) this.expectWord('NEW');
    this.expectSign('*');
    return `${isAll ? 'ALL' : 'UPDATED'}_${isOld ? 'OLD' : 'NEW'}`;
  }

  /** `set_add(path, set)` and `set_delete(path, set)`. */
  private setFunction(path: PathNode, { text, place }: Token): UpdateAction {
    const first = this.afterParenthesis();
    const operands = this.callOperands();
    const name = text.toUpperCase();
    if (operands.length !== 2) throw errors.validation(`${name} must have exactly two arguments at ${place}`);
    const [target, value] = operands as [OperandNode, OperandNode];
    if (!samePath(path, target))
      throw errors.validation(`The first argument to ${name} must equal the assignment value at ${place}`);
    const set = value.kind === 'constant' ? value.value : undefined;
    if (set === undefined || (set.SS ?? set.NS ?? set.BS) === undefined)
      throw errors.validation(`The second argument to ${name} must be a value with type SET at ${first}`);
    return { kind: name === 'SET_ADD' ? 'ADD' : 'DELETE', path, value };
  }

  /** The place of what follows the parenthesis that is next. */
  private afterParenthesis(): string {
    return this.afterNext?.place ?? '';
  }

  private updateCall(path: PathNode): UpdateAction {
    const token = this.take();
    const name = token.text.toLowerCase();
    if (name === 'set_add' || name === 'set_delete') return this.setFunction(path, token);
    if (name !== 'list_append' && name !== 'if_not_exists')
      throw errors.validation(`Unrecognized function: ${name} at ${token.place}`);
    return { kind: 'SET', path, value: { kind: 'call', name, operands: this.callOperands() } };
  }

  private assignment(): UpdateAction {
    const path = this.path();
    this.expectSign('=');
    if (this.isCall()) return this.updateCall(path);
    const left = this.operand();
    for (const sign of ['+', '-'] as const) {
      if (this.takeSign(sign)) return { kind: 'SET', path, value: { kind: 'sum', sign, left, right: this.operand() } };
    }
    return { kind: 'SET', path, value: left };
  }

  private actions(): UpdateAction[] {
    const actions: UpdateAction[] = [];
    for (;;) {
      const isSet = this.takeWord('SET');
      if (!isSet && !this.takeWord('REMOVE')) break;
      do actions.push(isSet ? this.assignment() : { kind: 'REMOVE', path: this.path() });
      while (this.takeSign(','));
    }
    if (actions.length === 0) throw malformed('Expected data manipulation');
    return actions;
  }

  private update(): Statement {
    const source = this.source();
    this.refuseAlias();
    const actions = this.actions();
    const where = this.where();
    return { kind: 'update', source, actions, where, returning: this.returning() };
  }

  /** `FROM table WHERE … SET …`: an update that says first where. */
  private fromFirst(): Statement {
    const source = this.source();
    this.refuseAlias();
    const where = this.where();
    const actions = this.actions();
    return { kind: 'update', source, actions, where, returning: this.returning() };
  }

  private delete(): Statement {
    this.expectWord('FROM');
    const source = this.source();
    this.refuseAlias();
    const where = this.where();
    const returning = this.returning();
    if (returning !== undefined && returning !== 'ALL_OLD') {
      const asked = returning.replace('UPDATED', 'MODIFIED').replace('_', ' ');
      throw errors.validation(
        `Invalid returning clause: RETURNING ${asked} *. Only RETURNING ALL OLD * is allowed in DELETE statements.`,
      );
    }
    return { kind: 'delete', source, where, returning };
  }

  private exists(): Statement {
    this.expectSign('(');
    this.expectWord('SELECT');
    const { source, where } = this.select();
    this.expectSign(')');
    return { kind: 'exists', source, where };
  }

  statement(): Statement {
    const statement = this.anyStatement();
    this.expectEnd();
    return statement;
  }

  private anyStatement(): Statement {
    if (this.takeWord('SELECT')) return this.select();
    if (this.takeWord('INSERT')) return this.insert();
    if (this.takeWord('UPDATE')) return this.update();
    if (this.takeWord('DELETE')) return this.delete();
    if (this.takeWord('FROM')) return this.fromFirst();
    if (this.takeWord('EXISTS')) return this.exists();
    throw malformed('Expected data manipulation');
  }
}

/** Reads a statement, its parameters put in. */
export const parseStatement = (text: string, parameters: readonly AttributeValue[] = []): Statement =>
  new Parser(text, parameters).statement();
