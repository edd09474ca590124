// A small reader of XML with namespaces, for SAML: elements, attributes, texts. No DTD, hence no entities but the five, and no
// external ones.

export interface XmlAttribute {
  readonly prefix: string;
  readonly name: string;
  readonly value: string;
}

export interface XmlElement {
  readonly kind: 'element';
  readonly prefix: string;
  readonly name: string;
  /** Namespace URI of the element. */
  readonly uri: string;
  readonly attributes: readonly XmlAttribute[];
  /** Namespaces declared here: prefix → URI; `''` is the default. */
  readonly declared: ReadonlyMap<string, string>;
  /** All namespaces in force. */
  readonly scope: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
}

export type XmlNode = XmlElement | { readonly kind: 'text'; readonly text: string };

export class XmlSyntaxError extends Error {}

const deepest = 100;
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replaceAll(/&([^;\s]*);?/g, (_whole, name: string) => {
    const code = /^#(?:x([0-9a-fA-F]+)|(\d+))$/.exec(name);
    if (code !== null)
      return String.fromCodePoint(code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16));
    const known = Object.hasOwn(entities, name) ? entities[name] : undefined;
    if (known === undefined) throw new XmlSyntaxError(`unknown entity ${name}`);
    return known;
  });
}

const nameForm = '[A-Za-z_][\\w.\\-]*';
const tagForm = new RegExp(
  `<(?:(${nameForm}):)?(${nameForm})((?:\\s+[^\\s=<>/]+\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>`,
  'y',
);
const attributeForm = new RegExp(`(?:(${nameForm}):)?(${nameForm})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`, 'g');
const closeForm = new RegExp(`</(?:(${nameForm}):)?(${nameForm})\\s*>`, 'y');

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    // Line ends are one character for whoever reads XML.
    this.#text = text.replaceAll(/\r\n?/g, '\n');
  }

  root(): XmlElement {
    this.#skip(true);
    const root = this.#element(new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]), 0);
    this.#skip(false);
    if (this.#at < this.#text.length) throw new XmlSyntaxError('text after the root');
    return root;
  }

  /** White space, comments, processing instructions. */
  #skip(prologue: boolean): void {
    const form = /\s+|<!--[\s\S]*?-->|<\?[\s\S]*?\?>/y;
    for (;;) {
      form.lastIndex = this.#at;
      const found = form.exec(this.#text);
      if (found === null) return;
      this.#at = form.lastIndex;
      if (!prologue && found[0].startsWith('<?xml ')) throw new XmlSyntaxError('declaration after the root');
    }
  }

  #element(outer: ReadonlyMap<string, string>, depth: number): XmlElement {
    if (depth > deepest) throw new XmlSyntaxError('too deep');
    tagForm.lastIndex = this.#at;
    const tag = tagForm.exec(this.#text);
    if (tag === null) throw new XmlSyntaxError(`no element at ${this.#at}`);
    this.#at = tagForm.lastIndex;
    const [, prefix = '', name = '', rest = '', empty] = tag;
    const declared = new Map<string, string>();
    const attributes: XmlAttribute[] = [];
    for (const [, before = '', own = '', double, single] of rest.matchAll(attributeForm)) {
      const value = decode((double ?? single ?? '').replaceAll(/[\t\n]/g, ' '));
      if (before === 'xmlns') declared.set(own, value);
      else if (before === '' && own === 'xmlns') declared.set('', value);
      else attributes.push({ prefix: before, name: own, value });
    }
    const scope = declared.size === 0 ? outer : new Map([...outer, ...declared]);
    const uri = scope.get(prefix);
    if (uri === undefined && prefix !== '') throw new XmlSyntaxError(`unknown prefix ${prefix}`);
    const children = empty === '/' ? [] : this.#children(scope, depth, prefix, name);
    return { kind: 'element', prefix, name, uri: uri ?? '', attributes, declared, scope, children };
  }

  #children(scope: ReadonlyMap<string, string>, depth: number, prefix: string, name: string): XmlNode[] {
    const children: XmlNode[] = [];
    for (;;) {
      const open = this.#text.indexOf('<', this.#at);
      if (open < 0) throw new XmlSyntaxError('element without end');
      if (open > this.#at) children.push({ kind: 'text', text: decode(this.#text.slice(this.#at, open)) });
      this.#at = open;
      if (this.#text.startsWith('</', open)) {
        closeForm.lastIndex = open;
        const close = closeForm.exec(this.#text);
        if (close === null || (close[1] ?? '') !== prefix || close[2] !== name) throw new XmlSyntaxError('wrong end');
        this.#at = closeForm.lastIndex;
        return children;
      }
      if (this.#text.startsWith('<!--', open)) this.#at = this.#behind('-->');
      else if (this.#text.startsWith('<![CDATA[', open)) {
        const end = this.#behind(']]>');
        children.push({ kind: 'text', text: this.#text.slice(open + 9, end - 3) });
        this.#at = end;
      } else if (this.#text.startsWith('<?', open)) this.#at = this.#behind('?>');
      else children.push(this.#element(scope, depth + 1));
    }
  }

  #behind(mark: string): number {
    const found = this.#text.indexOf(mark, this.#at);
    if (found < 0) throw new XmlSyntaxError(`no ${mark}`);
    return found + mark.length;
  }
}

/** Reads a document. @throws XmlSyntaxError */
export function readXml(text: string): XmlElement {
  if (/<!DOCTYPE/i.test(text)) throw new XmlSyntaxError('no DTD');
  return new Reader(text).root();
}

export const elementsOf = (element: XmlElement, name?: string): XmlElement[] =>
  element.children.filter(
    (child): child is XmlElement => child.kind === 'element' && (name === undefined || child.name === name),
  );

/** All descendants of that name, and the element itself. */
export function descendants(element: XmlElement, name: string): XmlElement[] {
  const inner = elementsOf(element).flatMap((child) => descendants(child, name));
  return element.name === name ? [element, ...inner] : inner;
}

export const textOf = (element: XmlElement | undefined): string =>
  (element?.children ?? []).map((child) => (child.kind === 'text' ? child.text : textOf(child))).join('');

export const attributeOf = (element: XmlElement | undefined, name: string): string | undefined =>
  element?.attributes.find((attribute) => attribute.name === name)?.value;
