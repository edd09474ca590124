// Metrics Insights queries: text in, tree out. Knows no metric.
//
//   SELECT AVG(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId) WHERE InstanceId != 'i-1' GROUP BY InstanceId ORDER BY MAX() DESC LIMIT 5
//
// Differs: labels of resource tags (`tag.Name`) are not known.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
import { MathError } from './math-syntax.ts';

export type SelectFunction = 'AVG' | 'COUNT' | 'MAX' | 'MIN' | 'SUM';

/** The values of a metric's labels by label. */
export type Labels = (label: string) => string | undefined;

export interface Select {
  readonly of: SelectFunction;
  readonly metric: string;
  readonly namespace: string;
  /** The very dimensions that a metric must have; undefined: any. */
  readonly schema?: readonly string[] | undefined;
  readonly where?: ((labels: Labels) => boolean) | undefined;
  readonly groupBy: readonly string[];
  readonly orderBy?: { readonly of: SelectFunction; readonly descending: boolean } | undefined;
  readonly limit?: number | undefined;
}

export const isSelect = (expression: string): boolean => /^\s*select\b/i.test(expression);

const functions = new Set(['AVG', 'COUNT', 'MAX', 'MIN', 'SUM']);
const keywords = new Set([
  ...['SELECT', 'FROM', 'SCHEMA', 'WHERE', 'GROUP', 'ORDER', 'BY', 'LIMIT', 'AND', 'OR', 'NOT', 'ASC', 'DESC', 'IN'],
]);

interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

const tokenForm =
  /\s*(?:([A-Za-z_][\w.]*)|"((?:[^"\\]|\\.|"")*)"|'((?:[^'\\]|\\.|'')*)'|(\d+(?:\.\d+)?)|(!=|<>|[=(),*]))/y;

const refusal = (token: Pick<Token, 'text' | 'at' | 'kind'>): MathError =>
  new MathError(
    token.kind === 'end'
      ? 'Invalid syntax: unexpected end of query'
      : `Invalid syntax: unexpected '${token.text}' at position ${token.at}`,
  );

const unquoted = (text: string, quote: string): string =>
  text.replaceAll(quote + quote, quote).replaceAll(/\\(.)/gs, '$1');

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  tokenForm.lastIndex = 0;
  while (tokenForm.lastIndex < end) {
    const at = tokenForm.lastIndex;
    const found = tokenForm.exec(text);
    if (found === null) throw refusal({ kind: 'sign', text: text.slice(at).trimStart().charAt(0), at });
    const [, word, name, quoted, number, sign] = found;
    if (word !== undefined) tokens.push({ kind: 'word', text: word, at });
    else if (name !== undefined) tokens.push({ kind: 'name', text: unquoted(name, '"'), at });
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: unquoted(quoted, "'"), at });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, at });
    else tokens.push({ kind: 'sign', text: sign as string, at });
  }
  tokens.push({ kind: 'end', text: '', at: end });
  return tokens;
}

type Condition = NonNullable<Select['where']>;

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  whole(): Select {
    this.#want('SELECT');
    const of = this.#function();
    this.#sign('(');
    const metric = this.#identifier();
    this.#sign(')');
    this.#want('FROM');
    const source = this.#source();
    const where = this.#take('WHERE') ? this.#or() : undefined;
    const groupBy = this.#take('GROUP') ? this.#groupBy() : [];
    const orderBy = this.#take('ORDER') ? this.#orderBy() : undefined;
    const limit = this.#take('LIMIT') ? this.#count() : undefined;
    const rest = this.#peek();
    if (rest.kind !== 'end') throw refusal(rest);
    if (groupBy.length === 0 && orderBy !== undefined)
      throw new MathError('Invalid syntax: ORDER BY needs a GROUP BY clause');
    if (groupBy.length === 0 && limit !== undefined)
      throw new MathError('Invalid syntax: LIMIT needs a GROUP BY clause');
    return { of, metric, ...source, where, groupBy, orderBy, limit };
  }

  #peek(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #isWord(keyword: string): boolean {
    const { kind, text } = this.#peek();
    return kind === 'word' && text.toUpperCase() === keyword;
  }

  #take(keyword: string): boolean {
    if (!this.#isWord(keyword)) return false;
    this.#at++;
    return true;
  }

  #want(keyword: string): void {
    if (!this.#take(keyword)) throw refusal(this.#peek());
  }

  #isSign(sign: string): boolean {
    const { kind, text } = this.#peek();
    if (kind !== 'sign' || text !== sign) return false;
    this.#at++;
    return true;
  }

  #sign(sign: string): void {
    if (!this.#isSign(sign)) throw refusal(this.#peek());
  }

  #function(): SelectFunction {
    const token = this.#peek();
    const name = token.text.toUpperCase();
    if (token.kind !== 'word' || !functions.has(name)) throw refusal(token);
    this.#at++;
    return name as SelectFunction;
  }

  /** A name: bare, or in double quotes when it is a keyword or has other characters. */
  #identifier(): string {
    const token = this.#peek();
    const isBare = token.kind === 'word' && !keywords.has(token.text.toUpperCase());
    if (!isBare && token.kind !== 'name') throw refusal(token);
    this.#at++;
    return token.text;
  }

  #source(): Pick<Select, 'namespace' | 'schema'> {
    if (!this.#take('SCHEMA')) return { namespace: this.#identifier() };
    this.#sign('(');
    const [namespace, ...schema] = this.#identifiers();
    this.#sign(')');
    return { namespace: namespace as string, schema };
  }

  #identifiers(): string[] {
    const names = [this.#identifier()];
    while (this.#isSign(',')) names.push(this.#identifier());
    return names;
  }

  #or(): Condition {
    let test = this.#and();
    while (this.#take('OR')) {
      const [left, right] = [test, this.#and()];
      test = (labels) => left(labels) || right(labels);
    }
    return test;
  }

  #and(): Condition {
    let test = this.#comparison();
    while (this.#take('AND')) {
      const [left, right] = [test, this.#comparison()];
      test = (labels) => left(labels) && right(labels);
    }
    return test;
  }

  #comparison(): Condition {
    if (this.#isSign('(')) {
      const inner = this.#or();
      this.#sign(')');
      return inner;
    }
    const label = this.#identifier();
    const isEqual = this.#isSign('=');
    if (!isEqual && !this.#isSign('!=')) throw refusal(this.#peek());
    const token = this.#peek();
    if (token.kind !== 'text' && token.kind !== 'number') throw refusal(token);
    this.#at++;
    return (labels) => (labels(label) === token.text) === isEqual;
  }

  #groupBy(): readonly string[] {
    this.#want('BY');
    return this.#identifiers();
  }

  #orderBy(): Select['orderBy'] {
    this.#want('BY');
    const of = this.#function();
    this.#sign('(');
    this.#sign(')');
    const descending = this.#take('DESC');
    if (!descending) this.#take('ASC');
    return { of, descending };
  }

  #count(): number {
    const token = this.#peek();
    const count = Number(token.text);
    if (token.kind !== 'number' || !Number.isInteger(count) || count < 1) throw refusal(token);
    this.#at++;
    return count;
  }
}

const parsed = new Map<string, Select>();

/** @throws MathError */
export function parseSelect(text: string): Select {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const select = new Parser(text).whole();
  if (parsed.size > 1_000) parsed.clear();
  parsed.set(text, select);
  return select;
}
