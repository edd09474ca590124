// The grammar of metric math: text in, tree out. Knows no metric and no function.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'negate'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Expression; readonly right: Expression };

export type Operator = '||' | '&&' | '==' | '!=' | '<=' | '>=' | '<' | '>' | '+' | '-' | '*' | '/' | '^';

/** What is wrong with an expression, in words that end up in AWS's refusal. */
export class MathError extends Error {}

interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'end';
  readonly text: string;
}

const tokenForm =
  /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([A-Za-z_]\w*)|(\|\||&&|==|!=|<=|>=|[-+*/^<>(),[\]]))/y;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  tokenForm.lastIndex = 0;
  while (tokenForm.lastIndex < end) {
    const found = tokenForm.exec(text);
    if (found === null) throw new MathError('Invalid syntax');
    const [, number, single, double, name, sign] = found;
    const quoted = single ?? double;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.replaceAll(/\\(.)/gs, '$1') });
    else if (name !== undefined) tokens.push(wordToken(name));
    else tokens.push({ kind: 'sign', text: sign as string });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

/** `AND` and `OR` are written as words too. */
const wordToken = (name: string): Token =>
  name === 'AND'
    ? { kind: 'sign', text: '&&' }
    : name === 'OR'
      ? { kind: 'sign', text: '||' }
      : { kind: 'name', text: name };

/** Operators that bind alike, loosest first. */
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/'],
];

/** Deeper than anybody writes, and far from what a stack holds. */
const depthMax = 200;

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#level(0);
    if (this.#peek().kind !== 'end') throw new MathError('Invalid syntax');
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #take(sign: string): boolean {
    const { kind, text } = this.#peek();
    if (kind !== 'sign' || text !== sign) return false;
    this.#at++;
    return true;
  }

  #level(level: number): Expression {
    const operators = levels[level];
    if (operators === undefined) return this.#unary();
    let left = this.#level(level + 1);
    for (;;) {
      const operator = operators.find((sign) => this.#take(sign));
      if (operator === undefined) return left;
      left = { kind: 'binary', operator: operator as Operator, left, right: this.#level(level + 1) };
    }
  }

  #unary(): Expression {
    if (++this.#depth > depthMax) throw new MathError('Expression is too deeply nested');
    try {
      if (this.#take('-')) return { kind: 'negate', of: this.#unary() };
      if (this.#take('+')) return this.#unary();
      const base = this.#primary();
      return this.#take('^') ? { kind: 'binary', operator: '^', left: base, right: this.#unary() } : base;
    } finally {
      this.#depth--;
    }
  }

  #primary(): Expression {
    const { kind, text } = this.#peek();
    if (kind === 'number' || kind === 'text' || kind === 'name') this.#at++;
    if (kind === 'number') return { kind: 'number', value: Number(text) };
    if (kind === 'text') return { kind: 'text', value: text };
    if (kind === 'name')
      return this.#take('(') ? { kind: 'call', name: text, args: this.#items(')') } : { kind: 'name', name: text };
    if (this.#take('[')) return { kind: 'list', items: this.#items(']') };
    if (!this.#take('(')) throw new MathError('Invalid syntax');
    const inner = this.#level(0);
    if (!this.#take(')')) throw new MathError('Invalid syntax');
    return inner;
  }

  #items(end: string): Expression[] {
    const items: Expression[] = [];
    if (this.#take(end)) return items;
    do items.push(this.#level(0));
    while (this.#take(','));
    if (!this.#take(end)) throw new MathError('Invalid syntax');
    return items;
  }
}

const parsed = new Map<string, Expression>();

/** @throws MathError */
export function parseMath(text: string): Expression {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const expression = new Parser(tokenize(text)).whole();
  if (parsed.size > 1_000) parsed.clear();
  parsed.set(text, expression);
  return expression;
}

/** Names that the expression refers to; those of functions and their keywords are among them. */
export function namesIn(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'name':
      return [expression.name];
    case 'call':
      return expression.args.flatMap(namesIn);
    case 'list':
      return expression.items.flatMap(namesIn);
    case 'negate':
      return namesIn(expression.of);
    case 'binary':
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    default:
      return [];
  }
}

/** Whether a function is called anywhere in it. */
export function callsFunction(expression: Expression, name: string): boolean {
  switch (expression.kind) {
    case 'call':
      return expression.name === name || expression.args.some((arg) => callsFunction(arg, name));
    case 'list':
      return expression.items.some((item) => callsFunction(item, name));
    case 'negate':
      return callsFunction(expression.of, name);
    case 'binary':
      return callsFunction(expression.left, name) || callsFunction(expression.right, name);
    default:
      return false;
  }
}
