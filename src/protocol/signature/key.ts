// Keys made of a secret: the symmetric one of Signature Version 4, and the key pair of its asymmetric variant.
import { createECDH, createHmac, createPublicKey, type KeyObject } from 'node:crypto';

const hmac = (key: string | Uint8Array, text: string | Uint8Array): Buffer =>
  createHmac('sha256', key).update(text).digest();

export interface Scope {
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** `20150830/us-east-1/sts/aws4_request`. */
export const scopeText = ({ date, region, service }: Scope): string => `${date}/${region}/${service}/aws4_request`;

/** Most keys kept at a time: one per secret, day, Region and service. */
const mostKeys = 1_000;

class Cache<Value> {
  readonly #values = new Map<string, Value>();

  get(key: string, make: () => Value): Value {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const oldest = this.#values.size >= mostKeys ? this.#values.keys().next().value : undefined;
    if (oldest !== undefined) this.#values.delete(oldest);
    const made = make();
    this.#values.set(key, made);
    return made;
  }
}

const signingKeys = new Cache<Buffer>();
const publicKeys = new Cache<KeyObject>();

/** The signing key of a scope. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#calculate-signature */
export const signingKey = (secretAccessKey: string, scope: Scope): Buffer =>
  signingKeys.get(`${scopeText(scope)}/${secretAccessKey}`, () => {
    const { date, region, service } = scope;
    return hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), region), service), 'aws4_request');
  });

/** HMAC-SHA256 with a scope's signing key, in hexadecimal: of a string to sign, of a POST policy. */
export const signText = (secretAccessKey: string, scope: Scope, text: string): string =>
  hmac(signingKey(secretAccessKey, scope), text).toString('hex');

const curveOrder = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * The private key on P-256 that SigV4A derives: counter-mode HMAC (NIST SP 800-108) over a fixed label and the key id, tried
 * with a counter until the number lies on the curve.
 */
export function asymmetricPrivateKey(accessKeyId: string, secretAccessKey: string): Buffer {
  for (let counter = 1; counter <= 254; counter++) {
    const candidate = hmac(
      `AWS4A${secretAccessKey}`,
      Buffer.concat([
        Buffer.from([0, 0, 0, 1]),
        Buffer.from('AWS4-ECDSA-P256-SHA256'),
        Buffer.from([0]),
        Buffer.from(accessKeyId),
        Buffer.from([counter]),
        Buffer.from([0, 0, 1, 0]),
      ]),
    );
    const number = BigInt(`0x${candidate.toString('hex')}`);
    if (number <= curveOrder - 2n) return Buffer.from((number + 1n).toString(16).padStart(64, '0'), 'hex');
  }
  throw new Error('no key on the curve in 254 tries');
}

/** The public key with which SigV4A signatures of an access key are verified. */
export const asymmetricPublicKey = (accessKeyId: string, secretAccessKey: string): KeyObject =>
  publicKeys.get(`${accessKeyId}/${secretAccessKey}`, () => {
    const pair = createECDH('prime256v1');
    pair.setPrivateKey(asymmetricPrivateKey(accessKeyId, secretAccessKey));
    const point = pair.getPublicKey();
    const coordinate = (from: number) => point.subarray(from, from + 32).toString('base64url');
    return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(33) } });
  });
