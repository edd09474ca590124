// Canonical XML: the one way to write an element that a signature is made over. The exclusive form, which SAML uses, declares the
// namespaces that are visibly used; the inclusive one all that are in scope. Comments are gone already (see `xml-tree.ts`).
// @see https://www.w3.org/TR/xml-exc-c14n/
import type { XmlAttribute, XmlElement } from '../iam/xml-tree.ts';

export interface Canonicalization {
  readonly exclusive: boolean;
  /** Prefixes that the exclusive form treats as the inclusive one does. `''`: the default namespace. */
  readonly inclusivePrefixes: readonly string[];
}

const textEscapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };
const attributeEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};
const escapeText = (text: string): string => text.replaceAll(/[&<>\r]/g, (sign) => textEscapes[sign] ?? sign);
const escapeAttribute = (text: string): string =>
  text.replaceAll(/[&<"\t\n\r]/g, (sign) => attributeEscapes[sign] ?? sign);

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const qualified = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}:${name}`);

/** Prefixes that the element itself makes use of. */
function usedPrefixes(element: XmlElement, { exclusive, inclusivePrefixes }: Canonicalization): Set<string> {
  if (!exclusive) return new Set(['', ...element.scope.keys()]);
  const used = new Set([element.prefix]);
  for (const { prefix } of element.attributes) if (prefix !== '') used.add(prefix);
  for (const prefix of inclusivePrefixes) if (element.scope.has(prefix)) used.add(prefix);
  return used;
}

/** Namespace declarations that are due here: used, and not yet written the same by an ancestor. */
function declarations(element: XmlElement, written: ReadonlyMap<string, string>, form: Canonicalization): string[][] {
  const due: string[][] = [];
  for (const prefix of usedPrefixes(element, form)) {
    const uri = element.scope.get(prefix) ?? '';
    if (prefix === 'xml' || (written.get(prefix) ?? '') === uri) continue;
    due.push([prefix, uri]);
  }
  return due.sort(([a = ''], [b = '']) => order(a, b));
}

function render(
  element: XmlElement,
  written: ReadonlyMap<string, string>,
  form: Canonicalization,
  left: XmlElement | undefined,
): string {
  const due = declarations(element, written, form);
  const known =
    due.length === 0 ? written : new Map([...written, ...due.map(([prefix = '', uri = '']) => [prefix, uri] as const)]);
  const name = qualified(element.prefix, element.name);
  const uriOf = ({ prefix }: XmlAttribute): string => (prefix === '' ? '' : (element.scope.get(prefix) ?? ''));
  const attributes = [...element.attributes].sort((a, b) => order(uriOf(a), uriOf(b)) || order(a.name, b.name));
  let text = `<${name}`;
  for (const [prefix, uri = ''] of due)
    text += ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeAttribute(uri)}"`;
  for (const { prefix, name: own, value } of attributes)
    text += ` ${qualified(prefix, own)}="${escapeAttribute(value)}"`;
  text += '>';
  for (const child of element.children)
    if (child.kind === 'text') text += escapeText(child.text);
    else if (child !== left) text += render(child, known, form, left);
  return `${text}</${name}>`;
}

/** The canonical text of an element. `left` is left out: the signature, where it stands in what it signs. */
export const canonicalXml = (element: XmlElement, form: Canonicalization, left?: XmlElement): string =>
  render(element, new Map(), form, left);
