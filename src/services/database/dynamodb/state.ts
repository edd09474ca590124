// The data model. Read this first.
//
// An item is one row, frozen, its attributes as they came (numbers made canonical). Index entries hold the key of the item's row,
// not a copy of it: an index costs two short strings per item, and a write that touches no key leaves entries alone. Every
// table and index has a `space`, a short text that no other ever gets, which starts the keys of its rows; so a deleted
// table's rows are out of sight at once, and are cleared away by jobs.
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { key } from '../../../kernel/key.ts';
import type { Context, Handler, OperationName } from '../../../kernel/service.ts';
import { type StateOf, table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';
import type { KeySchema } from './key.ts';
import type { Item } from './value.ts';

export type Sdk = typeof import('@aws-sdk/client-dynamodb');

export interface Units {
  readonly read: number;
  readonly write: number;
}

/** Provisioned capacity, and when it was changed. */
export interface Throughput extends Units {
  readonly increasedAt?: Instant | undefined;
  readonly decreasedAt?: Instant | undefined;
  /** Decreases within the last day. */
  readonly decreases: readonly Instant[];
}

/** What is copied to an index besides keys. */
export interface IndexProjection {
  readonly type: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
  readonly names: readonly string[];
}

export type LifeStatus = 'CREATING' | 'UPDATING' | 'DELETING' | 'ACTIVE';

export interface SecondaryIndex {
  readonly name: string;
  readonly kind: 'global' | 'local';
  readonly space: string;
  readonly key: KeySchema;
  readonly projection: IndexProjection;
  readonly status: LifeStatus;
  readonly backfilling: boolean;
  readonly throughput: Throughput;
  readonly onDemandMax?: Partial<Units> | undefined;
  readonly warm?: Units | undefined;
}

export type StreamView = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

export interface TimeToLive {
  readonly attribute: string;
  readonly status: 'ENABLING' | 'ENABLED' | 'DISABLING';
  readonly changedAt: Instant;
}

export interface Replica {
  readonly region: string;
  readonly status: 'CREATING' | 'UPDATING' | 'DELETING' | 'ACTIVE';
  readonly tableClass?: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS' | undefined;
  readonly read?: number | undefined;
}

/** Point-in-time recovery, while it is on. */
export interface Recovery {
  readonly since: Instant;
  readonly days: number;
}

export interface TableRow {
  readonly name: string;
  readonly id: string;
  readonly space: string;
  readonly status: LifeStatus;
  readonly createdAt: Instant;
  readonly attributes: readonly { readonly AttributeName: string; readonly AttributeType: 'S' | 'N' | 'B' }[];
  readonly key: KeySchema;
  readonly billing: 'PROVISIONED' | 'PAY_PER_REQUEST';
  readonly onDemandSince?: Instant | undefined;
  readonly throughput: Throughput;
  readonly onDemandMax?: Partial<Units> | undefined;
  readonly warm?: Units | undefined;
  readonly indexes: readonly SecondaryIndex[];
  /** The newest stream; it may be disabled already. */
  readonly streamLabel?: string | undefined;
  readonly streamView?: StreamView | undefined;
  readonly timeToLive?: TimeToLive | undefined;
  readonly recovery?: Recovery | undefined;
  readonly encryption?: { readonly keyArn: string } | undefined;
  readonly tableClass?: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS' | undefined;
  readonly tableClassAt?: Instant | undefined;
  readonly deletionProtection: boolean;
  readonly replicas: readonly Replica[];
  /** `2017.11.29` for a table of a legacy global table. */
  readonly globalVersion?: string | undefined;
  readonly restore?:
    | {
        readonly backupArn?: string | undefined;
        readonly sourceArn?: string | undefined;
        readonly at: Instant;
        readonly inProgress: boolean;
      }
    | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy?: { readonly text: string; readonly revision: string } | undefined;
  readonly streamPolicy?: { readonly text: string; readonly revision: string } | undefined;
}

export interface ItemRow {
  readonly key: string;
  readonly item: Item;
  /** What it weighs, as AWS counts. */
  readonly bytes: number;
}

export interface EntryRow {
  readonly key: string;
  /** Key of the item's row. */
  readonly base: string;
}

/** How much is in a table or index. */
export interface UsageRow {
  readonly space: string;
  readonly items: number;
  readonly bytes: number;
}

/** How much is under one partition key value, in a table with local indexes. */
export interface CollectionRow {
  readonly prefix: string;
  readonly bytes: number;
}

export interface StreamRow {
  readonly label: string;
  readonly arn: string;
  readonly tableName: string;
  readonly view: StreamView;
  readonly status: 'ENABLING' | 'ENABLED' | 'DISABLING' | 'DISABLED';
  readonly createdAt: Instant;
  readonly key: KeySchema;
  readonly shards: readonly ShardInfo[];
  readonly nextSequence: number;
  /** A job that clears old records is waiting. */
  readonly trimming: boolean;
}

export interface ShardInfo {
  readonly id: string;
  readonly parent?: string | undefined;
  readonly openedAt: Instant;
  readonly first: number;
  /** Last sequence number; undefined while open. */
  readonly last?: number | undefined;
  readonly closedAt?: Instant | undefined;
}

export interface RecordRow {
  readonly label: string;
  readonly shard: string;
  readonly sequence: number;
  readonly at: Instant;
  readonly before?: Item | undefined;
  readonly after?: Item | undefined;
  readonly bytes: number;
  readonly id: string;
  /** A deletion by the service itself. */
  readonly byService: boolean;
}

/** An item as it was before a change, kept for point-in-time recovery. */
export interface HistoryRow {
  readonly space: string;
  readonly at: Instant;
  readonly sequence: number;
  readonly key: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

export interface BackupRow {
  readonly arn: string;
  readonly name: string;
  readonly status: 'CREATING' | 'AVAILABLE';
  readonly type: 'USER' | 'SYSTEM' | 'AWS_BACKUP';
  readonly createdAt: Instant;
  readonly expiresAt?: Instant | undefined;
  readonly space: string;
  readonly table: TableRow;
  readonly tableArn: string;
  readonly items: number;
  readonly bytes: number;
}

/** A transaction that may be sent again. */
export interface TokenRow {
  readonly token: string;
  readonly request: string;
  readonly until: Instant;
  /** Write units consumed, told again as read units. */
  readonly response: object;
}

/** An export or import, as it is described. */
export interface TransferRow {
  readonly arn: string;
  readonly kind: 'export' | 'import';
  readonly startedAt: Instant;
  readonly token: string;
  /** What was asked, in short: a token stands for one request. */
  readonly request: string;
  readonly description: object;
}

export interface GlobalTableRow {
  readonly name: string;
  readonly createdAt: Instant;
  readonly regions: readonly { readonly region: string; readonly status: 'CREATING' | 'DELETING' | 'ACTIVE' }[];
  readonly status: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING';
}

/** Small settings beside a table: contributor insights, scaling of replicas. */
export interface SettingRow {
  readonly space: string;
  readonly kind: 'insights' | 'scaling';
  /** Index name, or which capacity of what; empty for the table. */
  readonly of: string;
  readonly status: string;
  readonly changedAt: Instant;
  readonly detail?: string | undefined;
}

/** Short texts that name tables and indexes, in order; the length comes first, so none begins another. */
export const spaceName = (serial: number): string => {
  const text = serial.toString(36);
  return `${text.length}${text}`;
};

export const definitions = {
  tables: table<TableRow>()({ key: (row) => row.name }),
  items: table<ItemRow>()({ key: (row) => row.key }),
  entries: table<EntryRow>()({ key: (row) => row.key }),
  usage: table<UsageRow>()({ key: (row) => row.space }),
  collections: table<CollectionRow>()({ key: (row) => row.prefix }),
  counters: table<{ readonly name: string; readonly next: number }>()({ key: (row) => row.name }),
  streams: table<StreamRow>()({ key: (row) => key(row.tableName, row.label) }),
  records: table<RecordRow>()({ key: (row) => recordKey(row.label, row.shard, row.sequence) }),
  history: table<HistoryRow>()({ key: (row) => key(row.space, row.at, row.sequence) }),
  backups: table<BackupRow>()({ key: (row) => row.arn }),
  tokens: table<TokenRow>()({ key: (row) => row.token, indexes: { until: (row) => key(row.until) } }),
  transfers: table<TransferRow>()({
    key: (row) => row.arn,
    indexes: { token: (row) => `${row.kind} ${row.token}\u0000${key(row.startedAt)}` },
  }),
  globalTables: table<GlobalTableRow>()({ key: (row) => row.name, scope: 'account' }),
  settings: table<SettingRow>()({ key: (row) => key(row.space, row.kind, row.of) }),
};

export const recordKey = (label: string, shard: string, sequence: number): string => key(label, shard, sequence);

export type State = StateOf<typeof definitions>;
export type DynamoContext = Context<State>;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, State, Name>;

export type OutputTable = TableDescription;

/** The next number of a counter, from 1. */
export function nextNumber({ state }: { readonly state: State }, name: string): number {
  const next = state.counters.find(name)?.next ?? 1;
  state.counters.put({ name, next: next + 1 });
  return next;
}

export const newSpace = (context: { readonly state: State }): string => spaceName(nextNumber(context, 'space'));

export const tableArn = ({ partition, region, account }: DynamoContext, name: string): string =>
  `arn:${partition}:dynamodb:${region}:${account}:table/${name}`;

export const indexArn = (context: DynamoContext, table: string, index: string): string =>
  `${tableArn(context, table)}/index/${index}`;

export const streamArn = (context: DynamoContext, table: string, label: string): string =>
  `${tableArn(context, table)}/stream/${label}`;
