// JSON Web Tokens: read, verified with a key set, signed. Only the algorithms that AWS takes.
import { createPublicKey, type JsonWebKey, type KeyObject, sign, verify } from 'node:crypto';

export interface Jwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Header and claims as they were signed. */
  readonly signed: string;
  readonly signature: Buffer;
}

interface Algorithm {
  readonly kty: 'RSA' | 'EC';
  readonly hash: string;
}

const algorithms: Readonly<Record<string, Algorithm>> = {
  RS256: { kty: 'RSA', hash: 'sha256' },
  RS384: { kty: 'RSA', hash: 'sha384' },
  RS512: { kty: 'RSA', hash: 'sha512' },
  ES256: { kty: 'EC', hash: 'sha256' },
  ES384: { kty: 'EC', hash: 'sha384' },
  ES512: { kty: 'EC', hash: 'sha512' },
};

const algorithmOf = (name: unknown): Algorithm | undefined =>
  typeof name === 'string' && Object.hasOwn(algorithms, name) ? algorithms[name] : undefined;

function readPart(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The parts of a token; undefined when it is none. */
export function readJwt(token: string): Jwt | undefined {
  const [first = '', second = '', third = '', ...more] = token.split('.');
  const header = readPart(first);
  const claims = readPart(second);
  if (header === undefined || claims === undefined || third === '' || more.length > 0) return undefined;
  return { header, claims, signed: `${first}.${second}`, signature: Buffer.from(third, 'base64url') };
}

const byteSignature = 'ieee-p1363'; // RFC 7518: the two numbers one after the other, without ASN.1

function holds(jwt: Jwt, { kty, hash }: Algorithm, key: JsonWebKey): boolean {
  try {
    const publicKey = createPublicKey({ key, format: 'jwk' });
    const dsaEncoding = kty === 'EC' ? { dsaEncoding: byteSignature } : {};
    return verify(hash, Buffer.from(jwt.signed), { key: publicKey, ...dsaEncoding } as never, jwt.signature);
  } catch {
    return false; // not a key that anything could be verified with
  }
}

/** Has one of the keys signed it? A key that is named otherwise is not asked. */
export function verifyJwt(jwt: Jwt, keys: readonly JsonWebKey[]): boolean {
  const algorithm = algorithmOf(jwt.header['alg']);
  const id = jwt.header['kid'];
  if (algorithm === undefined) return false;
  return keys.some(
    (key) =>
      key.kty === algorithm.kty &&
      (id === undefined || key['kid'] === undefined || key['kid'] === id) &&
      holds(jwt, algorithm, key),
  );
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

export function signJwt(
  header: { readonly alg: string; readonly kid: string },
  claims: object,
  key: KeyObject,
): string {
  const signed = `${encode({ ...header, typ: 'JWT' })}.${encode(claims)}`;
  const { kty, hash } = algorithmOf(header.alg) as Algorithm;
  const dsaEncoding = kty === 'EC' ? { dsaEncoding: byteSignature } : {};
  return `${signed}.${sign(hash, Buffer.from(signed), { key, ...dsaEncoding } as never).toString('base64url')}`;
}
