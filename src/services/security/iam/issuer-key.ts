// The keys with which identity providers sign their tokens. AWS fetches them from the provider; here they are given to the cloud.
// Why, and how: docs/decisions/web-identity-keys.md.
import type { JsonWebKey } from 'node:crypto';
import type { IamState } from './state.ts';

/** `https://token.actions.githubusercontent.com` → `token.actions.githubusercontent.com`. A slash at the end stays, as in AWS. */
export const issuerName = (url: string): string => url.replace(/^https:\/\//i, '');

const rowKey = (issuer: string): string => issuerName(issuer).replace(/\/$/, '');

/** The provider's keys; undefined when nobody gave them. */
export const findIssuerKeys = (state: IamState, issuer: string): readonly JsonWebKey[] | undefined =>
  state.issuerKeys.find(rowKey(issuer))?.keys as readonly JsonWebKey[] | undefined;

/** Gives or replaces them; without keys the issuer is forgotten. Inside a transaction. */
export function putIssuerKeys(state: IamState, issuer: string, keys: readonly object[]): void {
  if (keys.length === 0) state.issuerKeys.delete(rowKey(issuer));
  else state.issuerKeys.put({ issuer: rowKey(issuer), keys });
}
