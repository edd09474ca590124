// The canonical request of Signature Version 4: the same text on both sides, whatever a proxy did to spelling.
//
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import type { HttpRequest } from '../../kernel/http.ts';
import { queryOf } from './credential.ts';

const encoder = new TextEncoder();
const isHex = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);

const isUnreserved = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  code === 45 ||
  code === 46 ||
  code === 95 ||
  code === 126;

const percent = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
const encodeByte = (byte: number): string => (isUnreserved(byte) ? String.fromCharCode(byte) : percent(byte));

/** Percent-encodes text that is not encoded; `/` stays if asked for. */
const encodeText = (text: string, keepsSlash: boolean): string => {
  if (/^[A-Za-z0-9._~/-]*$/.test(text) && (keepsSlash || !text.includes('/'))) return text;
  let encoded = '';
  for (const byte of encoder.encode(text)) encoded += byte === 47 && keepsSlash ? '/' : encodeByte(byte);
  return encoded;
};

/** Brings text that is percent-encoded already to the one spelling: `%7e` → `~`, `%c3` → `%C3`, `(` → `%28`. Works on bytes, so no text is invalid. */
function normalEncoding(
  text: string,
  options: { readonly keepsSlash: boolean; readonly plusIsSpace: boolean },
): string {
  if (/^[A-Za-z0-9._~-]*$/.test(text)) return text;
  let encoded = '';
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 37 && isHex(text.charCodeAt(at + 1)) && isHex(text.charCodeAt(at + 2))) {
      encoded += encodeByte(Number.parseInt(text.slice(at + 1, at + 3), 16));
      at += 2;
    } else if (code === 47 && options.keepsSlash) encoded += '/';
    else if (code === 43 && options.plusIsSpace) encoded += '%20';
    else if (code < 128) encoded += encodeByte(code);
    else {
      const point = text.codePointAt(at) ?? code;
      if (point > 0xffff) at++;
      for (const byte of encoder.encode(String.fromCodePoint(point))) encoded += percent(byte);
    }
  }
  return encoded;
}

/** Removes `.`, `..` and empty segments, as RFC 3986 has it. */
const withoutDots = (path: string): string => {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(segment);
  }
  return `/${segments.join('/')}${segments.length > 0 && path.endsWith('/') ? '/' : ''}`;
};

/** S3 signs the path as it is; every other service a path without dots, encoded once more. */
const canonicalPath = (target: string, isS3: boolean): string => {
  const at = target.indexOf('?');
  const path = (at < 0 ? target : target.slice(0, at)) || '/';
  if (path === '/') return path;
  return isS3 ? normalEncoding(path, { keepsSlash: true, plusIsSpace: false }) : encodeText(withoutDots(path), true);
};

const canonicalQuery = (target: string): string => {
  const query = queryOf(target);
  if (query === '') return '';
  const pairs: [string, string][] = [];
  const options = { keepsSlash: false, plusIsSpace: true };
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = normalEncoding(at < 0 ? pair : pair.slice(0, at), options);
    if (name !== 'X-Amz-Signature') pairs.push([name, at < 0 ? '' : normalEncoding(pair.slice(at + 1), options)]);
  }
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  pairs.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
};

type Signed = Pick<HttpRequest, 'method' | 'target' | 'headers'>;

/**
 * The canonical request. `payloadHash` is what stands in its last line.
 *
 * Differs: values of a header that was sent several times arrive joined by `, `, while the rules join them by `,`; such a
 * signature does not match.
 */
export function canonicalRequest(
  { method, target, headers }: Signed,
  signedHeaders: readonly string[],
  payloadHash: string,
  isS3: boolean,
): string {
  let lines = '';
  for (const name of signedHeaders) {
    const value = (Object.hasOwn(headers, name) ? headers[name] : undefined) ?? '';
    lines += `${name}:${value.includes('  ') ? value.trim().replaceAll(/ +/g, ' ') : value.trim()}\n`;
  }
  return `${method}\n${canonicalPath(target, isS3)}\n${canonicalQuery(target)}\n${lines}\n${signedHeaders.join(';')}\n${payloadHash}`;
}
