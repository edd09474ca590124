// Key pairs with which an account's web identity tokens are signed: made at the first use, out of the cloud's own chance, so that the
// same seed gives the same keys.
import {
  checkPrimeSync,
  createPrivateKey,
  createPublicKey,
  createECDH,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import type { Random } from '../../../kernel/random.ts';
import type { IamContext, IamState, TokenSigningKey } from '../iam/state.ts';

export type SigningAlgorithm = TokenSigningKey['name'];

export const signingAlgorithms: readonly SigningAlgorithm[] = ['RS256', 'ES384'];

const publicExponent = 65_537n;
const primeBytes = 128;

const base64url = (number: bigint): string => {
  const digits = number.toString(16);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').toString('base64url');
};

/** The inverse of `value` modulo `modulus`, by Euclid. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [rest, next, factor, nextFactor] = [modulus, value % modulus, 0n, 1n];
  while (next > 0n) {
    const times = rest / next;
    [rest, next, factor, nextFactor] = [next, rest - times * next, nextFactor, factor - times * nextFactor];
  }
  return ((factor % modulus) + modulus) % modulus;
}

/** A prime of 1,024 bits, the two highest of which are set, so that the product of two has 2,048. */
function prime(random: Random): bigint {
  for (;;) {
    const bytes = Buffer.from(random.bytes(primeBytes));
    bytes[0] = (bytes[0] ?? 0) | 0xc0;
    bytes[primeBytes - 1] = (bytes[primeBytes - 1] ?? 0) | 1;
    const candidate = BigInt(`0x${bytes.toString('hex')}`);
    if (candidate % publicExponent !== 1n && checkPrimeSync(candidate)) return candidate;
  }
}

function makeRsa(random: Random): JsonWebKey {
  const p = prime(random);
  const q = prime(random);
  const d = inverse(publicExponent, (p - 1n) * (q - 1n));
  const numbers = { n: p * q, e: publicExponent, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const encoded = Object.entries(numbers).map(([name, number]) => [name, base64url(number)]);
  return { kty: 'RSA', ...Object.fromEntries(encoded) };
}

function makeEc(random: Random): JsonWebKey {
  const curve = createECDH('secp384r1');
  const scalar = Buffer.from(random.bytes(48));
  scalar[0] = (scalar[0] ?? 0) & 0x7f; // below the order of the curve
  curve.setPrivateKey(scalar);
  const point = curve.getPublicKey();
  const [x, y] = [point.subarray(1, 49), point.subarray(49)].map((half) => half.toString('base64url'));
  return { kty: 'EC', crv: 'P-384', x: x ?? '', y: y ?? '', d: scalar.toString('base64url') };
}

/** The account's key for an algorithm. Inside a transaction. */
export function needSigningKey(algorithm: SigningAlgorithm, { state, random }: IamContext): TokenSigningKey {
  const known = state.signingKeys.find(algorithm);
  if (known !== undefined) return known;
  const privateKey = algorithm === 'RS256' ? makeRsa(random) : makeEc(random);
  const made: TokenSigningKey = { name: algorithm, keyId: `${algorithm}_${random.hex(32)}`, privateKey };
  state.signingKeys.put(made);
  return made;
}

export const privateKeyOf = ({ privateKey }: TokenSigningKey): KeyObject =>
  createPrivateKey({ key: privateKey as JsonWebKey, format: 'jwk' });

/** The public halves, as the issuer's address shows them. */
export const publicKeys = (state: IamState): object[] =>
  state.signingKeys.list().map((signingKey) => ({
    ...createPublicKey(privateKeyOf(signingKey)).export({ format: 'jwk' }),
    kid: signingKey.keyId,
    use: 'sig',
    alg: signingKey.name,
  }));
