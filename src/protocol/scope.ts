// Whose signature a request carries, and for which service and Region: only read here; `iam` verifies it.
import type { Headers } from '../kernel/http.ts';

export interface Scope {
  readonly algorithm: 'sigv4' | 'sigv4a' | 'sigv2';
  /** Where the signature stands. */
  readonly place: 'header' | 'query';
  readonly accessKeyId: string;
  /** SigV4A signs for a set of Regions: then the first of it, or undefined for `*`. */
  readonly region: string | undefined;
  /** SigV2 names no service; only S3 took it last. */
  readonly signingName: string;
}

const scopeEnd = '/aws4_request';

const readCredential = (
  credential: string,
  place: Scope['place'],
  regionSet: string | undefined,
): Scope | undefined => {
  if (!credential.endsWith(scopeEnd)) return undefined;
  // An access key id may hold no slash; the scope has a fixed number of parts from the end.
  const before = (end: number): number => (end > 0 ? credential.lastIndexOf('/', end - 1) : -1);
  const end = credential.length - scopeEnd.length;
  const name = before(end);
  const region = before(name);
  const date = before(region);
  if (region < 0) return undefined;
  const signingName = credential.slice(name + 1, end);
  const accessKeyId = credential.slice(0, credential.indexOf('/'));
  if (date < 0) {
    const first = regionSet?.split(',')[0]?.trim();
    return { algorithm: 'sigv4a', place, accessKeyId, region: first === '*' ? undefined : first, signingName };
  }
  return { algorithm: 'sigv4', place, accessKeyId, region: credential.slice(region + 1, name), signingName };
};

const fromHeader = (authorization: string, headers: Headers): Scope | undefined => {
  if (authorization.startsWith('AWS ')) {
    const accessKeyId = authorization.slice(4).split(':')[0]?.trim() ?? '';
    return { algorithm: 'sigv2', place: 'header', accessKeyId, region: undefined, signingName: 's3' };
  }
  if (!authorization.startsWith('AWS4-')) return undefined;
  const start = authorization.indexOf('Credential=');
  if (start < 0) return undefined;
  const end = authorization.indexOf(',', start);
  const credential = authorization.slice(start + 11, end < 0 ? undefined : end).trim();
  return readCredential(credential, 'header', headers['x-amz-region-set']);
};

/** The signature scope of a request; undefined for an unsigned one, and for what cannot be read. */
export const readScope = (headers: Headers, query: readonly (readonly [string, string])[]): Scope | undefined => {
  const { authorization } = headers;
  if (authorization !== undefined) return fromHeader(authorization, headers);
  if (query.length === 0) return undefined;
  const find = (name: string): string | undefined => query.find(([given]) => given.toLowerCase() === name)?.[1];
  const credential = find('x-amz-credential');
  if (credential !== undefined) return readCredential(credential, 'query', find('x-amz-region-set'));
  const accessKeyId = find('awsaccesskeyid');
  if (accessKeyId === undefined || find('signature') === undefined) return undefined;
  return { algorithm: 'sigv2', place: 'query', accessKeyId, region: undefined, signingName: 's3' };
};
