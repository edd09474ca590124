// A small XML parser for request bodies. It knows elements, attributes, text, CDATA, comments and the five named entities;
// a document type is refused, so that no entity can be declared and none can grow.

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>> | undefined;
  readonly children: readonly XmlElement[];
  /** All text that stands directly in the element. */
  readonly text: string;
}

export class XmlSyntaxError extends Error {}

/** Deeper than any document of AWS. */
const deepest = 128;

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const decodeEntities = (text: string): string => {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]{0,32})(;?)/g, (_, name: string, end: string) => {
    if (end === '') throw new XmlSyntaxError('an ampersand that begins no entity');
    const number = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
    if (number !== null) {
      const point = number[1] === undefined ? Number(number[2]) : Number.parseInt(number[1], 16);
      if (point > 0x10ffff || point === 0 || (point >= 0xd800 && point <= 0xdfff)) {
        throw new XmlSyntaxError('no such character');
      }
      return String.fromCodePoint(point);
    }
    const known = Object.hasOwn(entities, name) ? entities[name] : undefined;
    if (known === undefined) throw new XmlSyntaxError(`unknown entity ${name}`);
    return known;
  });
};

const name = /[^\s/>=<"'&!?]+/y;
const space = /\s*/y;

class XmlParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): XmlElement {
    if (this.#text.charCodeAt(0) === 0xfeff) this.#at = 1;
    this.#misc();
    const root = this.#element(0);
    this.#misc();
    if (this.#at < this.#text.length) throw new XmlSyntaxError('something after the root element');
    return root;
  }

  #is(token: string): boolean {
    return this.#text.startsWith(token, this.#at);
  }

  #skipSpace(): void {
    space.lastIndex = this.#at;
    space.test(this.#text);
    this.#at = space.lastIndex;
  }

  #until(token: string): string {
    const end = this.#text.indexOf(token, this.#at);
    if (end < 0) throw new XmlSyntaxError(`no ${token}`);
    const between = this.#text.slice(this.#at, end);
    this.#at = end + token.length;
    return between;
  }

  #expect(token: string): void {
    if (!this.#is(token)) throw new XmlSyntaxError(`expected ${token}`);
    this.#at += token.length;
  }

  /** White space, comments and processing instructions around the root. */
  #misc(): void {
    for (;;) {
      this.#skipSpace();
      if (this.#is('<?')) this.#until('?>');
      else if (this.#is('<!--')) this.#until('-->');
      else return;
    }
  }

  #name(): string {
    name.lastIndex = this.#at;
    const found = name.exec(this.#text);
    if (found === null) throw new XmlSyntaxError('expected a name');
    this.#at = name.lastIndex;
    return found[0];
  }

  #attributes(): Record<string, string> | undefined {
    let attributes: Record<string, string> | undefined;
    for (;;) {
      this.#skipSpace();
      if (this.#is('>') || this.#is('/>')) return attributes;
      const key = this.#name();
      this.#skipSpace();
      this.#expect('=');
      this.#skipSpace();
      const quote = this.#text[this.#at];
      if (quote !== '"' && quote !== "'") throw new XmlSyntaxError('expected a quoted value');
      this.#at++;
      const value = this.#until(quote);
      if (value.includes('<')) throw new XmlSyntaxError('< in an attribute');
      attributes ??= Object.create(null) as Record<string, string>;
      attributes[key] = decodeEntities(value);
    }
  }

  #element(depth: number): XmlElement {
    if (depth > deepest) throw new XmlSyntaxError('nested too deeply');
    this.#expect('<');
    const tag = this.#name();
    const attributes = this.#attributes();
    const children: XmlElement[] = [];
    let text = '';
    if (this.#is('/>')) this.#at += 2;
    else {
      this.#at++;
      for (;;) {
        const next = this.#text.indexOf('<', this.#at);
        if (next < 0) throw new XmlSyntaxError(`no end of ${tag}`);
        if (next > this.#at) text += decodeEntities(this.#text.slice(this.#at, next));
        this.#at = next;
        const after = this.#text.charCodeAt(next + 1);
        if (after === 0x2f) break;
        if (after === 0x21) {
          if (this.#is('<!--')) this.#until('-->');
          else if (this.#is('<![CDATA[')) {
            this.#at += 9;
            text += this.#until(']]>');
          } else throw new XmlSyntaxError('a declaration inside an element');
        } else if (after === 0x3f) this.#until('?>');
        else children.push(this.#element(depth + 1));
      }
      this.#at += 2;
      if (this.#name() !== tag) throw new XmlSyntaxError(`${tag} is not closed`);
      this.#skipSpace();
      this.#expect('>');
    }
    const colon = tag.indexOf(':');
    return { name: colon < 0 ? tag : tag.slice(colon + 1), attributes, children, text };
  }
}

/** The root element of a document. Throws `XmlSyntaxError`. */
export const parseXml = (text: string): XmlElement => new XmlParser(text).document();
