// The words of a PartiQL statement, each with its place: AWS names a word at fault by line, column and length.
import { errors } from '../errors.ts';

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'sign' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Without quotes. */
  readonly text: string;
  /** `1:15:6`: line, column and length, from 1. */
  readonly place: string;
}

/** "Statement wasn't well formed, can't be processed: …" */
export const malformed = (detail = '') =>
  errors.validation(`Statement wasn't well formed, can't be processed: ${detail}`);

const pattern =
  /(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|([A-Za-z_$][A-Za-z0-9_$]*)|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(\?)|(<<|>>|<>|<=|>=|!=|[=<>()[\]{},.:*+;-])/y;
const kinds: readonly TokenKind[] = ['word', 'quoted', 'string', 'number', 'parameter', 'sign'];
const doubled: Readonly<Partial<Record<TokenKind, readonly [string, string]>>> = {
  quoted: ['""', '"'],
  string: ["''", "'"],
};

function placeOf(text: string, start: number, end: number): string {
  const before = text.slice(0, start);
  const line = before.split('\n').length;
  return `${line}:${start - before.lastIndexOf('\n')}:${end - start}`;
}

/** Cuts a statement into tokens, closed by an `end`; blanks and comments are left out. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < text.length) {
    const start = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) throw malformed();
    const at = kinds.findIndex((_, each) => match[each + 1] !== undefined);
    const kind = kinds[at];
    if (kind === undefined) continue;
    const quotes = doubled[kind];
    const found = match[at + 1] as string;
    const plain = quotes === undefined ? found : found.replaceAll(quotes[0], quotes[1]);
    tokens.push({ kind, text: plain, place: placeOf(text, start, pattern.lastIndex) });
  }
  tokens.push({ kind: 'end', text: '', place: placeOf(text, text.length, text.length) });
  return tokens;
}

/** Words that are no names unless they stand in quotes. */
const keywords: ReadonlySet<string> = new Set(
  `ALL AND AS ASC BETWEEN BY CASE CREATE DELETE DESC DISTINCT DROP ELSE END ESCAPE EXISTS FALSE FROM GROUP HAVING IN INNER
  INSERT INTO IS JOIN LEFT LIKE MISSING NOT NULL ON OR ORDER OUTER REMOVE RETURNING RIGHT SELECT SET THEN TRUE UNION UPDATE
  VALUE VALUES WHEN WHERE`.split(/\s+/),
);

/**
 * How deep parts of a statement may stand in one another.
 *
 * Unknown: AWS's limit.
 */
const nestingMax = 300;

/** Reads tokens one by one. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
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

  isSign(sign: string): boolean {
    return this.next.kind === 'sign' && this.next.text === sign;
  }

  takeSign(sign: string): boolean {
    if (!this.isSign(sign)) return false;
    this.#at++;
    return true;
  }

  expectSign(sign: string): void {
    if (!this.takeSign(sign)) throw this.unexpected();
  }

  isWord(word: string): boolean {
    return this.next.kind === 'word' && this.next.text.toUpperCase() === word;
  }

  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.#at++;
    return true;
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.unexpected();
  }

  /** True for a name in quotes, or a word that is none of the language's own. */
  isName(token: Token | undefined = this.next): boolean {
    return token?.kind === 'quoted' || (token?.kind === 'word' && !keywords.has(token.text.toUpperCase()));
  }

  /** Reads what stands within something else. */
  protected nested<Result>(read: () => Result): Result {
    if (++this.#depth > nestingMax) throw malformed();
    const result = read();
    this.#depth--;
    return result;
  }

  unexpected(): Error {
    const { kind, text } = this.next;
    return malformed(kind === 'word' && keywords.has(text.toUpperCase()) ? 'Unexpected keyword' : 'Unexpected term');
  }

  expectEnd(): void {
    this.takeSign(';');
    if (this.next.kind !== 'end') throw malformed('Unexpected token after expression');
  }
}
