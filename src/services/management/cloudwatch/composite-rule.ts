// The grammar of a composite alarm's rule: `ALARM(a) AND (NOT OK("b") OR TRUE)`.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
import type { AlarmState } from './facts.ts';

export type Rule =
  | { readonly kind: 'state'; readonly state: AlarmState; readonly alarm: string }
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'not'; readonly of: Rule }
  | { readonly kind: 'and' | 'or'; readonly left: Rule; readonly right: Rule };

/** What is wrong with a rule, in AWS's words. */
export class RuleError extends Error {}

interface Token {
  readonly text: string;
  readonly at: number;
  readonly quoted: boolean;
}

const tokenForm = /\s*(?:"((?:[^"\\]|\\.)*)"|([()])|([^\s()"]+))/y;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  tokenForm.lastIndex = 0;
  while (tokenForm.lastIndex < end) {
    const from = tokenForm.lastIndex;
    const found = tokenForm.exec(text);
    if (found === null) throw new RuleError(`Unsupported token '${text.slice(from).trim().charAt(0)}' at char ${from}`);
    const [whole, quoted, sign, word] = found;
    const at = from + whole.length - whole.trimStart().length;
    if (quoted !== undefined) tokens.push({ text: quoted.replaceAll(/\\(.)/gs, '$1'), at, quoted: true });
    else tokens.push({ text: sign ?? (word as string), at, quoted: false });
  }
  return tokens;
}

const states = new Set(['ALARM', 'OK', 'INSUFFICIENT_DATA']);
/** Deeper than anybody writes, and far from what a stack holds. */
const depthMax = 500;

class RuleParser {
  readonly #tokens: readonly Token[];
  readonly #length: number;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
    this.#length = text.length;
  }

  whole(): Rule {
    const rule = this.#or();
    if (this.#at < this.#tokens.length) this.#refuse();
    return rule;
  }

  #refuse(): never {
    const token = this.#tokens[this.#at];
    throw new RuleError(
      token === undefined
        ? `Unexpected end of rule at char ${this.#length}`
        : `Unsupported token '${token.text}' at char ${token.at}`,
    );
  }

  #take(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.quoted || token.text !== text) return false;
    this.#at++;
    return true;
  }

  #or(): Rule {
    let left = this.#and();
    while (this.#take('OR')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Rule {
    let left = this.#not();
    while (this.#take('AND')) left = { kind: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Rule {
    if (++this.#depth > depthMax) this.#refuse();
    try {
      return this.#take('NOT') ? { kind: 'not', of: this.#not() } : this.#term();
    } finally {
      this.#depth--;
    }
  }

  #term(): Rule {
    if (this.#take('TRUE')) return { kind: 'constant', value: true };
    if (this.#take('FALSE')) return { kind: 'constant', value: false };
    if (this.#take('(')) {
      const inner = this.#or();
      if (!this.#take(')')) this.#refuse();
      return inner;
    }
    const token = this.#tokens[this.#at];
    if (token === undefined || token.quoted || !states.has(token.text)) this.#refuse();
    this.#at++;
    if (!this.#take('(')) this.#refuse();
    return { kind: 'state', state: token.text as AlarmState, alarm: this.#name() };
  }

  /** A name without quotes may have spaces and parentheses of its own inside. */
  #name(): string {
    const parts: string[] = [];
    for (let token = this.#tokens[this.#at]; token !== undefined; token = this.#tokens[this.#at]) {
      if (!token.quoted && token.text === ')') break;
      if (!token.quoted && token.text === '(') this.#refuse();
      parts.push(token.text);
      this.#at++;
    }
    if (parts.length === 0 || !this.#take(')')) this.#refuse();
    return parts.join(' ');
  }
}

/** @throws RuleError */
export const parseRule = (text: string): Rule => new RuleParser(text).whole();

/** Alarms that the rule names, each once, as it names them. */
export function alarmsIn(rule: Rule): readonly string[] {
  const names = new Set<string>();
  const visit = (part: Rule): void => {
    if (part.kind === 'state') names.add(part.alarm);
    else if (part.kind === 'not') visit(part.of);
    else if (part.kind !== 'constant') for (const side of [part.left, part.right]) visit(side);
  };
  visit(rule);
  return [...names];
}

export function holds(rule: Rule, stateOf: (alarm: string) => AlarmState | undefined): boolean {
  switch (rule.kind) {
    case 'constant':
      return rule.value;
    case 'state':
      return stateOf(rule.alarm) === rule.state;
    case 'not':
      return !holds(rule.of, stateOf);
    case 'and':
      return holds(rule.left, stateOf) && holds(rule.right, stateOf);
    case 'or':
      return holds(rule.left, stateOf) || holds(rule.right, stateOf);
  }
}
