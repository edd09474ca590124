// JSON with places: the policy simulator tells line and column of the statement that decided, so a plain parse does not do.

/** A place in a policy's text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface JsonNode {
  readonly value: string | number | boolean | null | readonly JsonNode[] | ReadonlyMap<string, JsonNode>;
  /** Offset of the first character. */
  readonly start: number;
  /** Offset behind the last character. */
  readonly end: number;
}

/** The text is no JSON; `offset` is where that shows. */
export class JsonSyntaxError extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super(`no JSON at offset ${offset}`);
    this.offset = offset;
  }
}

/** Deeper nesting than any policy has: a guard for the stack. */
const deepest = 64;

const blanks = /[ \t\r\n]*/y;
const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// oxlint-disable-next-line no-control-regex -- JSON forbids control characters in strings
const stringForm = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const words: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): JsonNode {
    const node = this.#value(0);
    this.#blank();
    if (this.#at < this.#text.length) throw new JsonSyntaxError(this.#at);
    return node;
  }

  #blank(): void {
    blanks.lastIndex = this.#at;
    blanks.exec(this.#text);
    this.#at = blanks.lastIndex;
  }

  #match(form: RegExp): string | undefined {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Takes one punctuation mark, with blanks before it. */
  #takes(mark: string): boolean {
    this.#blank();
    if (this.#text[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }

  #needs(mark: string): void {
    if (!this.#takes(mark)) throw new JsonSyntaxError(this.#at);
  }

  #string(): string {
    const found = this.#match(stringForm);
    if (found === undefined) throw new JsonSyntaxError(this.#at);
    return found.includes('\\') ? String(JSON.parse(found)) : found.slice(1, -1);
  }

  #value(depth: number): JsonNode {
    if (depth > deepest) throw new JsonSyntaxError(this.#at);
    this.#blank();
    const start = this.#at;
    const value = this.#bare(depth);
    return { value, start, end: this.#at };
  }

  #bare(depth: number): JsonNode['value'] {
    if (this.#takes('{')) return this.#members(depth);
    if (this.#takes('[')) return this.#items(depth);
    if (this.#text[this.#at] === '"') return this.#string();
    const digits = this.#match(numberForm);
    if (digits !== undefined && digits !== '') return Number(digits);
    for (const [word, value] of words) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    throw new JsonSyntaxError(this.#at);
  }

  #members(depth: number): ReadonlyMap<string, JsonNode> {
    const members = new Map<string, JsonNode>();
    if (this.#takes('}')) return members;
    do {
      this.#blank();
      const start = this.#at;
      const name = this.#string();
      // IAM refuses a name that stands twice.
      if (members.has(name)) throw new JsonSyntaxError(start);
      this.#needs(':');
      members.set(name, this.#value(depth + 1));
    } while (this.#takes(','));
    this.#needs('}');
    return members;
  }

  #items(depth: number): readonly JsonNode[] {
    const items: JsonNode[] = [];
    if (this.#takes(']')) return items;
    do items.push(this.#value(depth + 1));
    while (this.#takes(','));
    this.#needs(']');
    return items;
  }
}

/** Reads JSON, keeping the place of every value. Throws `JsonSyntaxError`. */
export const readJson = (text: string): JsonNode => new Reader(text).whole();

/** Line and column of an offset. */
export function positionOf(text: string, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

export interface ObjectNode extends JsonNode {
  readonly value: ReadonlyMap<string, JsonNode>;
}

export interface ArrayNode extends JsonNode {
  readonly value: readonly JsonNode[];
}

export const isObject = (node: JsonNode | undefined): node is ObjectNode => node?.value instanceof Map;

export const isArray = (node: JsonNode | undefined): node is ArrayNode => Array.isArray(node?.value);

/** One value or a list of them, as texts: how policies write actions, resources and condition values. */
export function textsOf(node: JsonNode | undefined): readonly string[] | undefined {
  if (node === undefined) return undefined;
  const nodes = isArray(node) ? node.value : [node];
  const texts: string[] = [];
  for (const { value } of nodes) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
    texts.push(String(value));
  }
  return texts;
}
