// Key pairs: rows as they are kept. The private half of a created pair is answered once and forgotten.
import { key } from '../../../kernel/key.ts';
import { table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';

export interface KeyPairRow {
  readonly id: string;
  readonly name: string;
  readonly type: 'rsa' | 'ed25519';
  readonly fingerprint: string;
  /** `ssh-rsa AAAA… name`. */
  readonly publicKey: string;
  readonly createdAt: Instant;
}

export const keyPairTables = {
  keyPairs: table<KeyPairRow>()({
    key: (row) => row.id,
    indexes: { name: (row: KeyPairRow) => key(row.name) },
  }),
};
