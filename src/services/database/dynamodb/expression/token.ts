// The words of an expression. AWS names the token at fault and shows it with its neighbours: `token: ":", near: "hits : incr"`.
import { errors } from '../errors.ts';

export type TokenKind = 'word' | 'name' | 'value' | 'number' | 'sign' | 'illegal' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Names as they stand in messages: `Invalid UpdateExpression: …`. */
export type ExpressionKind =
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'ProjectionExpression'
  | 'UpdateExpression'
  /** A statement of PartiQL: its messages name no expression. */
  | 'Statement';

/** "Invalid ConditionExpression: …" */
export const invalidExpression = (kind: ExpressionKind, detail: string) =>
  errors.validation(kind === 'Statement' ? detail : `Invalid ${kind}: ${detail}`);

const pattern =
  /\s*(?:([A-Za-z][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|([0-9]+)|(<>|<=|>=|[=<>()[\],.+-])|(\S))/y;
const kinds: readonly TokenKind[] = ['word', 'name', 'value', 'number', 'sign', 'illegal'];

/** Cuts an expression into tokens, closed by an `end`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  for (;;) {
    const match = pattern.exec(text);
    if (match === null) break;
    for (const [at, kind] of kinds.entries()) {
      const found = match[at + 1];
      if (found === undefined) continue;
      tokens.push({ kind, text: found, start: pattern.lastIndex - found.length, end: pattern.lastIndex });
    }
  }
  const end = tokens.at(-1)?.end ?? 0;
  tokens.push({ kind: 'end', text: '<EOF>', start: end, end });
  return tokens;
}

/** Reads tokens one by one and says where one is out of place. */
export class TokenReader {
  readonly kind: ExpressionKind;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(kind: ExpressionKind, text: string) {
    this.kind = kind;
    this.#text = text;
    this.#tokens = tokenize(text);
    const illegal = this.#tokens.findIndex((token) => token.kind === 'illegal');
    if (illegal >= 0) throw this.syntaxError(illegal);
  }

  get next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  get afterNext(): Token | undefined {
    return this.#tokens[this.#at + 1];
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  /** Takes the sign when it is next. */
  takeSign(sign: string): boolean {
    if (this.next.kind !== 'sign' || this.next.text !== sign) return false;
    this.#at++;
    return true;
  }

  expectSign(sign: string): void {
    if (!this.takeSign(sign)) throw this.syntaxError();
  }

  isKeyword(keyword: string): boolean {
    return this.next.kind === 'word' && this.next.text.toUpperCase() === keyword;
  }

  takeKeyword(keyword: string): boolean {
    if (!this.isKeyword(keyword)) return false;
    this.#at++;
    return true;
  }

  /** The error at the next token, or at another one. */
  syntaxError(at = this.#at): Error {
    const token = this.#tokens[at] as Token;
    const from = this.#tokens[at - 1] ?? token;
    const to = this.#tokens[at + 1] ?? token;
    const near = this.#text.slice(from.start, to.end);
    return this.invalid(`Syntax error; token: "${token.text}", near: "${near}"`);
  }

  invalid(detail: string): Error {
    return invalidExpression(this.kind, detail);
  }
}
