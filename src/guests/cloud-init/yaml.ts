// As much of YAML as `#cloud-config` is written in: block and flow collections, plain, quoted and block scalars, comments. What it does not
// know (anchors, tags, plain text over several lines, several documents) it refuses with the line, and never guesses.
// @see https://yaml.org/spec/1.2.2/

export type Yaml = string | number | boolean | null | readonly Yaml[] | { readonly [key: string]: Yaml };

export class YamlError extends Error {
  constructor(line: number, why: string) {
    super(`line ${line + 1}: ${why}`);
  }
}

const integer = /^[-+]?\d+$/;
const decimal = /^[-+]?(?:\d+\.\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const words: Readonly<Record<string, boolean | null>> = {
  ...{ null: null, '~': null, '': null },
  ...{ true: true, yes: true, on: true, false: false, no: false, off: false },
};

function plain(text: string): Yaml {
  const word = words[text.toLowerCase()];
  if (word !== undefined) return word;
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return integer.test(text) || decimal.test(text) ? Number(text) : text;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  0: '\0',
  e: '\u001b',
  '"': '"',
  '\\': '\\',
  '/': '/',
};

/** A key with its colon, plain or quoted, and where its value begins. */
const keyed = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s"'[\]{}#&*!|>%@`,-][^#]*?|-[^\s#][^#]*?))\s*:(?=\s|$)\s*/;

class Reader {
  readonly #lines: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#lines = text.split(/\r?\n/);
  }

  #fail(why: string): never {
    throw new YamlError(this.#at, why);
  }

  #skip(): void {
    while (this.#at < this.#lines.length && /^\s*(?:#.*)?$/.test(this.#lines[this.#at] ?? '')) this.#at++;
  }

  #indent(): number {
    const line = this.#lines[this.#at] ?? '';
    const indent = line.search(/\S/);
    if (line.slice(0, indent).includes('\t')) this.#fail('a tab cannot indent');
    return indent;
  }

  document(): Yaml {
    this.#skip();
    if (/^---\s*(?:#.*)?$/.test(this.#lines[this.#at] ?? '')) this.#at++;
    this.#skip();
    if (this.#at >= this.#lines.length) return null;
    const value = this.#block(this.#indent());
    this.#skip();
    if (this.#at < this.#lines.length) this.#fail('this belongs to nothing before it');
    return value;
  }

  /** The collection or scalar that begins at this line, with this indentation. */
  #block(indent: number): Yaml {
    const text = (this.#lines[this.#at] ?? '').slice(indent);
    if (/^-(?:\s|$)/.test(text)) return this.#sequence(indent);
    if (keyed.test(text)) return this.#mapping(indent);
    this.#at++;
    return this.#inline(text, indent);
  }

  #sequence(indent: number): Yaml {
    const items: Yaml[] = [];
    for (this.#skip(); this.#at < this.#lines.length && this.#indent() === indent; this.#skip()) {
      const line = this.#lines[this.#at] ?? '';
      const mark = /^-(?:\s+|$)/.exec(line.slice(indent));
      if (mark === null) break;
      const rest = line.slice(indent + mark[0].length);
      if (rest === '' || rest.startsWith('#')) {
        this.#at++;
        items.push(this.#nested(indent, false));
      } else if (/^-(?:\s|$)/.test(rest) || keyed.test(rest)) {
        // What follows the dash is a block of its own, indented as it stands.
        const inner = indent + mark[0].length;
        (this.#lines as string[])[this.#at] = ' '.repeat(inner) + rest;
        items.push(this.#block(inner));
      } else {
        this.#at++;
        items.push(this.#inline(rest, indent));
      }
    }
    return items;
  }

  #mapping(indent: number): Yaml {
    const entries = new Map<string, Yaml>();
    for (this.#skip(); this.#at < this.#lines.length && this.#indent() === indent; this.#skip()) {
      const text = (this.#lines[this.#at] ?? '').slice(indent);
      const found = keyed.exec(text);
      if (found === null) this.#fail('a key and a colon were expected');
      const [all, double, single, bare] = found;
      const key = double === undefined ? (single?.replaceAll("''", "'") ?? bare ?? '') : this.#unescape(double);
      if (entries.has(key)) this.#fail(`${key} is there twice`);
      const rest = text.slice(all.length);
      this.#at++;
      entries.set(key, rest === '' || rest.startsWith('#') ? this.#nested(indent, true) : this.#inline(rest, indent));
    }
    if (this.#at < this.#lines.length && this.#indent() > indent) this.#fail('this is indented too far');
    return Object.fromEntries(entries);
  }

  /** What is indented under a line; a list under a key need not be. */
  #nested(indent: number, isUnderKey: boolean): Yaml {
    this.#skip();
    if (this.#at >= this.#lines.length) return null;
    const inner = this.#indent();
    const isList = isUnderKey && inner === indent && /^-(?:\s|$)/.test((this.#lines[this.#at] ?? '').slice(inner));
    return inner > indent || isList ? this.#block(inner) : null;
  }

  /** A value on the line of its key or dash; block text and open brackets go on below. */
  #inline(text: string, indent: number): Yaml {
    const block = /^([|>])([-+]?)(\d?)([-+]?)\s*(?:#.*)?$/.exec(text);
    if (block !== null) {
      const [, style, before, width, after] = block;
      return this.#text(indent, style === '>', before || (after ?? ''), Number(width || 0));
    }
    if (/^[&*!%@`]/.test(text)) {
      this.#at--;
      this.#fail(`${text[0]} is not understood`);
    }
    if (!/^["'[{]/.test(text)) {
      const value = plain(text.replace(/\s+#.*$/, '').trim());
      this.#skip();
      if (this.#at < this.#lines.length && this.#indent() > indent) this.#fail('text over several lines needs | or >');
      return value;
    }
    let whole = text;
    for (;;) {
      const flow = new Flow(
        whole,
        (why) => this.#fail(why),
        (raw) => this.#unescape(raw),
      );
      const value = flow.read();
      if (value !== undefined) return value;
      if (this.#at >= this.#lines.length) this.#fail('a bracket or quote is not closed');
      whole += ` ${(this.#lines[this.#at++] ?? '').trim()}`;
    }
  }

  #unescape(text: string): string {
    return text.replaceAll(
      /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))/g,
      (_all, byte?: string, unit?: string, one = '') =>
        byte === undefined && unit === undefined
          ? (escapes[one] ?? this.#fail(`\\${one} is not understood`))
          : String.fromCharCode(Number.parseInt(byte ?? unit ?? '', 16)),
    );
  }

  #text(indent: number, folds: boolean, chomp: string, width: number): string {
    const lines: string[] = [];
    let inner = width === 0 ? undefined : Math.max(indent, 0) + width;
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at] ?? '';
      if (line.trim() === '') {
        lines.push(inner === undefined ? '' : line.slice(inner));
        continue;
      }
      const own = line.search(/\S/);
      inner ??= own > indent ? own : undefined;
      if (inner === undefined || own < inner) break;
      lines.push(line.slice(inner));
    }
    const end = lines.findLastIndex((line) => line !== '') + 1;
    const kept = lines.slice(0, end);
    const body = folds
      ? kept
          .join('\n')
          .replaceAll(/([^\n ])\n(?=[^\n ])/g, '$1 ')
          .replaceAll(/\n(\n+)/g, '$1')
      : kept.join('\n');
    if (end === 0 || chomp === '-') return body;
    return chomp === '+' ? `${body}${'\n'.repeat(lines.length - end + 1)}` : `${body}\n`;
  }
}

/** `[a, "b"]`, `{a: b}` and quoted text. */
class Flow {
  readonly #text: string;
  readonly #fail: (why: string) => never;
  readonly #unescape: (raw: string) => string;
  #at = 0;
  #isOpen = false;

  constructor(text: string, fail: (why: string) => never, unescape: (raw: string) => string) {
    this.#text = text;
    this.#fail = fail;
    this.#unescape = unescape;
  }

  /** Undefined when more lines are needed. */
  read(): Yaml | undefined {
    const value = this.#value('');
    if (this.#isOpen) return undefined;
    if (!/^\s*(?:#.*)?$/.test(this.#text.slice(this.#at))) return this.#fail('there is more than one value');
    return value;
  }

  #peek(): string {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
    const next = this.#text[this.#at];
    if (next === undefined) this.#isOpen = true;
    return next ?? '';
  }

  #take(form: RegExp): RegExpExecArray | undefined {
    const found = form.exec(this.#text.slice(this.#at)) ?? undefined;
    if (found === undefined) this.#isOpen = true;
    else this.#at += found[0].length;
    return found;
  }

  #value(ends: string): Yaml {
    const next = this.#peek();
    if (next === '"') return this.#unescape(this.#take(/^"((?:[^"\\]|\\.)*)"/)?.[1] ?? '');
    if (next === "'") return (this.#take(/^'((?:[^']|'')*)'/)?.[1] ?? '').replaceAll("''", "'");
    if (next === '[') return this.#list();
    if (next === '{') return this.#map();
    return plain(
      (this.#take(ends === '}' ? /^[^,{}[\]]*?(?=\s*[,}]|:\s|:$)/ : /^[^,{}[\]]*?(?=\s*[,\]])/)?.[0] ?? '').trim(),
    );
  }

  #list(): Yaml {
    const items: Yaml[] = [];
    this.#at++;
    while (!this.#isOpen && this.#peek() !== ']') {
      items.push(this.#value(']'));
      if (this.#peek() === ',') this.#at++;
      else if (!this.#isOpen && this.#peek() !== ']') this.#fail('a comma or ] was expected');
    }
    this.#at++;
    return items;
  }

  #map(): Yaml {
    const entries: [string, Yaml][] = [];
    this.#at++;
    while (!this.#isOpen && this.#peek() !== '}') {
      const key = String(this.#value('}'));
      const colon = this.#peek() === ':';
      if (colon) this.#at++;
      entries.push([key, colon ? this.#value('}') : null]);
      if (this.#peek() === ',') this.#at++;
      else if (!this.#isOpen && this.#peek() !== '}') this.#fail('a comma or } was expected');
    }
    this.#at++;
    return Object.fromEntries(entries);
  }
}

/** @throws {YamlError} where it is not understood */
export const readYaml = (text: string): Yaml => new Reader(text).document();
