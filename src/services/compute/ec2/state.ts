// The tables of `ec2`, of both folders.
import { key } from '../../../kernel/key.ts';
import { type StateOf, table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';
import { vpcTables } from '../../networking/vpc/state.ts';
import { eventWindowTables } from './event-window-state.ts';
import { imageTables } from './image-state.ts';
import { instanceTables } from './instance-state.ts';
import { keyPairTables } from './key-pair-state.ts';
import { launchTemplateTables } from './launch-template-state.ts';
import { placementTables } from './placement-state.ts';
import { reservedTables } from './reserved-state.ts';
import { spotTables } from './spot-state.ts';
import { diskTables } from './volume-state.ts';

export interface TagRow {
  readonly resourceId: string;
  readonly resourceType: string;
  readonly key: string;
  readonly value: string;
}

/** A client token and what was answered to it. */
export interface TokenRow {
  /** Operation and token. */
  readonly id: string;
  /** Of the input, to tell a repetition from another request. */
  readonly digest: string;
  /** JSON. */
  readonly answer: string;
  readonly expiresAt: Instant;
}

export const ec2Tables = {
  ...vpcTables,
  ...diskTables,
  ...imageTables,
  ...instanceTables,
  ...keyPairTables,
  ...launchTemplateTables,
  ...placementTables,
  ...eventWindowTables,
  ...reservedTables,
  ...spotTables,
  tags: table<TagRow>()({
    key: (row) => key(row.resourceId, row.key),
    indexes: { pair: (row: TagRow) => key(row.resourceType, row.key, row.value) },
  }),
  tokens: table<TokenRow>()({ key: (row) => row.id, indexes: { expiry: (row: TokenRow) => key(row.expiresAt) } }),
};

export type Ec2State = StateOf<typeof ec2Tables>;
