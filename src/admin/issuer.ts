// /_hakoniwa/identity-keys: the public keys of OpenID Connect providers, which AWS would fetch from them.
import { createPublicKey } from 'node:crypto';
import { badRequest } from './answer.ts';
import type { House } from './house.ts';

const mostKeys = 200; // AWS takes a hundred RSA keys and a hundred EC keys

export const listIssuers = (house: House): object => ({ issuers: house.issuers.list() });

function isPublicKey(key: unknown): key is object {
  try {
    createPublicKey({ key: key as never, format: 'jwk' });
    return true;
  } catch {
    return false;
  }
}

/** Takes a provider's JSON Web Key Set as it stands; the issuer in the query or beside the keys. An empty set forgets the provider. */
export async function trustIssuer(
  house: House,
  query: URLSearchParams,
  body: Readonly<Record<string, unknown>>,
): Promise<object> {
  const issuer = query.get('issuer') ?? body['issuer'];
  if (typeof issuer !== 'string' || !/^https:\/\/[^?#\s]+$/.test(issuer))
    throw badRequest(
      `No issuer: ${JSON.stringify(issuer ?? null)}`,
      'Give the address that stands as "iss" in the tokens: POST /_hakoniwa/identity-keys?issuer=https://…',
    );
  const { keys } = body;
  if (!Array.isArray(keys) || keys.length > mostKeys)
    throw badRequest('No key set.', `Send a JSON Web Key Set, {"keys":[…]}, of at most ${mostKeys} keys.`);
  const wrong = keys.findIndex((key) => !isPublicKey(key));
  if (wrong >= 0) throw badRequest(`Key ${wrong + 1} of the set is no public key.`, 'Send RSA and EC keys as JWKs.');
  await house.issuers.trust(issuer, keys);
  return { issuer, keys: keys.length };
}
