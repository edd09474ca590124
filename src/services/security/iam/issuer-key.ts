// The keys with which identity providers sign their tokens. AWS fetches them from the provider; here they are given to the cloud.
// Why, and how: docs/decisions/web-identity-keys.md.
import type { JsonWebKey } from 'node:crypto';
import type { Store } from '../../../kernel/table.ts';
import { type IamState, iamTables } from './state.ts';

/** `https://token.actions.githubusercontent.com` → `token.actions.githubusercontent.com`. A slash at the end stays, as in AWS. */
export const issuerName = (url: string): string => url.replace(/^https:\/\//i, '');

const rowKey = (issuer: string): string => issuerName(issuer).replace(/\/$/, '');

/** The provider's keys; undefined when nobody gave them. */
export const findIssuerKeys = (state: IamState, issuer: string): readonly JsonWebKey[] | undefined =>
  state.issuerKeys.find(rowKey(issuer))?.keys as readonly JsonWebKey[] | undefined;

/** Where keys are handed in, from outside of any AWS operation. */
export class IssuerBook {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get #table(): IamState['issuerKeys'] {
    return this.#store.state('iam', iamTables, '*', '*').issuerKeys;
  }

  /** Gives or replaces a provider's keys (JSON Web Keys); without any it is forgotten. Settles when that is durable. */
  async trust(issuer: string, keys: readonly object[]): Promise<void> {
    const row = { issuer: rowKey(issuer), keys };
    await this.#store.transaction(() => {
      if (keys.length === 0) this.#table.delete(row.issuer);
      else this.#table.put(row);
    }).saved;
  }

  /** The providers whose keys are known. */
  list(): { readonly issuer: string; readonly keys: number }[] {
    return this.#table.list().map(({ issuer, keys }) => ({ issuer: `https://${issuer}`, keys: keys.length }));
  }
}
