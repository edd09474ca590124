// Who a request says it is from: the `Authorization` header, or the query of a presigned URL. Nothing is verified here.
//
// Every request comes by here, and most need only key id, Region and service, so the usual header is read by one expression;
// what it does not fit is taken apart slowly, and keeps what is wrong with it for the error.
import type { Credential as ShownCredential } from '../../kernel/authority.ts';
import type { HttpRequest } from '../../kernel/http.ts';
import { readDateHeader, readTimestamp, type Timestamp } from './timestamp.ts';

export type Algorithm = 'AWS4-HMAC-SHA256' | 'AWS4-ECDSA-P256-SHA256' | 'AWS' | 'unknown';

/** What is wrong with a credential as written, so that nothing can be verified. */
export type Defect =
  /** `AWS AKIA…:signature`, or `AWSAccessKeyId` in the query: Signature Version 2. */
  | { readonly kind: 'version2' }
  | { readonly kind: 'algorithm'; readonly value: string }
  /** A word of the header that is no `key=value`. */
  | { readonly kind: 'word'; readonly value: string }
  /** Parts that are not there: `Credential`, `Signature`, `SignedHeaders`, `X-Amz-Date`, `X-Amz-Expires`. */
  | { readonly kind: 'missing'; readonly names: readonly string[] }
  /** `Credential` that has not five parts, or of which one is empty or wrong. */
  | { readonly kind: 'credential'; readonly value: string }
  | { readonly kind: 'date'; readonly value: string }
  | { readonly kind: 'scopeDate'; readonly value: string }
  | { readonly kind: 'expires'; readonly value: string };

export interface Credential extends ShownCredential {
  readonly algorithm: Algorithm;
  readonly place: 'header' | 'query';
  /** `20150830`, of the scope. */
  readonly date: string;
  /** Region of the scope; for SigV4A, which has none there, the first of the Region set, and empty for `*`. */
  readonly region: string;
  /** Signing name: `execute-api`, `s3`. */
  readonly service: string;
  /** Lower case, in the order given. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly timestamp: Timestamp | undefined;
  /** Of a presigned URL. */
  readonly expiresSeconds: number | undefined;
  readonly defect: Defect | undefined;
}

type Request = Pick<HttpRequest, 'target' | 'headers'>;

export const queryOf = (target: string): string => {
  const at = target.indexOf('?');
  return at < 0 ? '' : target.slice(at + 1);
};

/** Decodes a percent-encoded part; what is not valid stays as it is. */
export const decodePart = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
};

const usual =
  /^AWS4-HMAC-SHA256 Credential=([^/\s,=]+)\/(\d{8})\/([^/\s,]+)\/([^/\s,]+)\/aws4_request, ?SignedHeaders=([a-z0-9;_.-]+), ?Signature=([0-9a-f]{64})$/;

const headerTimestamp = ({ headers }: Request): Timestamp | undefined =>
  headers['x-amz-date'] === undefined ? readDateHeader(headers.date) : readTimestamp(headers['x-amz-date']);

/** Reads a request's credential; undefined for one that has none: anonymous. */
export function parseCredential(request: Request): Credential | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return queryCredential(request);
  const parts = usual.exec(header);
  if (parts === null) return headerCredential(header, request);
  const [, accessKeyId = '', date = '', region = '', service = '', signedHeaders = '', signature = ''] = parts;
  const timestamp = headerTimestamp(request);
  return {
    algorithm: 'AWS4-HMAC-SHA256',
    place: 'header',
    accessKeyId,
    sessionToken: request.headers['x-amz-security-token'],
    date,
    region,
    service,
    signedHeaders: signedHeaders.split(';'),
    signature,
    timestamp,
    expiresSeconds: undefined,
    defect: timestampDefect(timestamp, date, request.headers['x-amz-date']),
  };
}

const timestampDefect = (
  timestamp: Timestamp | undefined,
  date: string,
  given: string | undefined,
): Defect | undefined => {
  if (timestamp === undefined)
    return given === undefined ? { kind: 'missing', names: ['X-Amz-Date'] } : { kind: 'date', value: given };
  return timestamp.text.startsWith(date) ? undefined : { kind: 'scopeDate', value: date };
};

const unread = {
  algorithm: 'unknown',
  accessKeyId: '',
  sessionToken: undefined,
  date: '',
  region: '',
  service: '',
  signedHeaders: [],
  signature: '',
  timestamp: undefined,
  expiresSeconds: undefined,
} as const;

const algorithms: readonly string[] = ['AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'];
const isAlgorithm = (text: string): text is 'AWS4-HMAC-SHA256' | 'AWS4-ECDSA-P256-SHA256' => algorithms.includes(text);

interface Scope {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** `AKIA…/20150830/us-east-1/sts/aws4_request`; SigV4A has no Region in it. */
function readScope(text: string, algorithm: Algorithm, regionSet: string | undefined): Scope | undefined {
  const parts = text.split('/');
  const isAsymmetric = algorithm === 'AWS4-ECDSA-P256-SHA256';
  if (parts.length !== (isAsymmetric ? 4 : 5) || parts.pop() !== 'aws4_request' || parts.includes('')) return undefined;
  const firstRegion = regionSet?.split(',')[0]?.trim() ?? '';
  if (isAsymmetric) parts.splice(2, 0, firstRegion.includes('*') ? '' : firstRegion);
  const [accessKeyId = '', date = '', region = '', service = ''] = parts;
  return /^\d{8}$/.test(date) ? { accessKeyId, date, region, service } : undefined;
}

/** A best effort at the key id of what cannot be read, so that logs and errors can name it. */
const keyIdOf = (credential: string): string => credential.split('/', 1)[0] ?? '';

function headerCredential(header: string, request: Request): Credential {
  const place = 'header';
  const [algorithm = '', ...words] = header.match(/[^\s,]+/g) ?? [];
  const sessionToken = request.headers['x-amz-security-token'];
  if (algorithm === 'AWS') {
    const accessKeyId = words.join('').split(':', 1)[0] ?? '';
    return { ...unread, place, algorithm: 'AWS', accessKeyId, sessionToken, defect: { kind: 'version2' } };
  }
  if (!isAlgorithm(algorithm)) return { ...unread, place, defect: { kind: 'algorithm', value: algorithm } };
  const fields = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 0) return { ...unread, place, algorithm, defect: { kind: 'word', value: word } };
    fields.set(word.slice(0, at), word.slice(at + 1));
  }
  const timestamp = headerTimestamp(request);
  const hasDate = request.headers['x-amz-date'] !== undefined || request.headers.date !== undefined;
  const names = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !fields.get(name));
  if (!hasDate) names.push('X-Amz-Date');
  const written = fields.get('Credential') ?? '';
  const found = readScope(written, algorithm, request.headers['x-amz-region-set']);
  const scope = found ?? { accessKeyId: keyIdOf(written), date: '', region: '', service: '' };
  return {
    algorithm,
    place,
    ...scope,
    sessionToken,
    signedHeaders: (fields.get('SignedHeaders') ?? '').toLowerCase().split(';'),
    signature: fields.get('Signature') ?? '',
    timestamp,
    expiresSeconds: undefined,
    defect:
      names.length > 0
        ? { kind: 'missing', names }
        : found === undefined
          ? { kind: 'credential', value: written }
          : timestampDefect(timestamp, scope.date, request.headers['x-amz-date'] ?? request.headers.date),
  };
}

const queryMark = /[?&](?:X-Amz-(?:Algorithm|Credential|Signature)|AWSAccessKeyId|Signature)=/;

function queryCredential({ target, headers }: Request): Credential | undefined {
  if (!queryMark.test(target)) return undefined;
  const fields = new Map<string, string>();
  for (const pair of queryOf(target).split('&')) {
    const at = pair.indexOf('=');
    if (at > 0) fields.set(decodePart(pair.slice(0, at)), decodePart(pair.slice(at + 1)));
  }
  const place = 'query';
  const algorithm = fields.get('X-Amz-Algorithm') ?? '';
  const sessionToken = fields.get('X-Amz-Security-Token') ?? headers['x-amz-security-token'];
  const accessKeyId = fields.get('AWSAccessKeyId');
  if (algorithm === '' && accessKeyId !== undefined && !fields.has('X-Amz-Credential'))
    return { ...unread, place, algorithm: 'AWS', accessKeyId, sessionToken, defect: { kind: 'version2' } };
  const names = ['Algorithm', 'Credential', 'Signature', 'Date', 'SignedHeaders']
    .map((name) => `X-Amz-${name}`)
    .filter((name) => !fields.get(name));
  // A parameter `Signature` alone is some service's own.
  if (names.length === 5) return undefined;
  const written = fields.get('X-Amz-Credential') ?? '';
  if (algorithm !== '' && !isAlgorithm(algorithm))
    return { ...unread, place, accessKeyId: keyIdOf(written), defect: { kind: 'algorithm', value: algorithm } };
  const known = algorithm === '' ? 'unknown' : algorithm;
  const found = readScope(written, known, fields.get('X-Amz-Region-Set'));
  const scope = found ?? { accessKeyId: keyIdOf(written), date: '', region: '', service: '' };
  const timestamp = readTimestamp(fields.get('X-Amz-Date'));
  const expires = fields.get('X-Amz-Expires');
  const isExpiresWrong = expires !== undefined && !/^\d{1,6}$/.test(expires);
  return {
    algorithm: known,
    place,
    ...scope,
    sessionToken,
    signedHeaders: (fields.get('X-Amz-SignedHeaders') ?? '').toLowerCase().split(';'),
    signature: fields.get('X-Amz-Signature') ?? '',
    timestamp,
    expiresSeconds: expires === undefined || isExpiresWrong ? undefined : Number(expires),
    defect:
      names.length > 0
        ? { kind: 'missing', names }
        : isExpiresWrong || Number(expires) > 604_800
          ? { kind: 'expires', value: expires ?? '' }
          : found === undefined
            ? { kind: 'credential', value: written }
            : timestampDefect(timestamp, scope.date, fields.get('X-Amz-Date')),
  };
}
