// Requests for more, and tags of quotas. What was granted is the kernel's (`kernel/quota.ts`), where services ask for it.
import type * as ServiceQuotas from '@aws-sdk/client-service-quotas';
import { key } from '../../../kernel/key.ts';
import type { Context, Handler, OperationName } from '../../../kernel/service.ts';
import { type StateOf, table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';

export interface RequestRow {
  readonly id: string;
  readonly service: string;
  readonly code: string;
  readonly desired: number;
  readonly status: 'PENDING' | 'APPROVED';
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** Who asked, as JSON of account and caller. */
  readonly requester: string;
}

export interface TagRow {
  readonly arn: string;
  readonly key: string;
  readonly value: string;
}

export const quotaRequestTables = {
  requests: table<RequestRow>()({
    key: (row) => row.id,
    indexes: {
      quota: (row: RequestRow) => key(row.service, row.code, row.createdAt),
      created: (row: RequestRow) => key(row.createdAt),
    },
  }),
  tags: table<TagRow>()({ key: (row) => key(row.arn, row.key) }),
};

export type Sdk = typeof ServiceQuotas;
export type State = StateOf<typeof quotaRequestTables>;
export type QuotaContext = Context<State>;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, State, Name>;
