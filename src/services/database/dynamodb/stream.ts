// The stream of a table: a record for each change, in shards, kept for 24 hours.
//
// Unknown: how many shards AWS opens; here one at a time, followed by another after four hours.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
import { key } from '../../../kernel/key.ts';
import { type Instant, later } from '../../../kernel/units.ts';
import { keyOf } from './key.ts';
import { shardLifeSeconds, streamRetentionSeconds } from './limits.ts';
import {
  type DynamoContext,
  recordKey,
  type ShardInfo,
  type StreamRow,
  type StreamView,
  streamArn,
  type TableRow,
} from './state.ts';
import { streamSeconds } from './timing.ts';
import { itemBytes } from './value.ts';
import type { Change } from './write.ts';

/** `100000000000000000007`: AWS's sequence numbers have 21 digits and grow. */
export const sequenceText = (sequence: number): string => `1${String(sequence).padStart(20, '0')}`;
export const sequenceNumber = (text: string): number => Number(text.slice(1));

const openShard = (context: DynamoContext, first: number, parent?: string): ShardInfo => {
  const openedAt = context.clock.now();
  const id = `shardId-${String(openedAt).padStart(20, '0')}-${context.ids.hex(8)}`;
  return parent === undefined ? { id, openedAt, first } : { id, openedAt, first, parent };
};

/** `2026-11-23T21:30:00.123`: when it was made, and its name. */
const labelAt = (at: Instant): string => new Date(at).toISOString().slice(0, -1);

/** Opens a stream on a table; the answer goes into the table's row. */
export function openStream(
  context: DynamoContext,
  table: Pick<TableRow, 'name' | 'key'>,
  view: StreamView,
): { readonly streamLabel: string; readonly streamView: StreamView } {
  const { state, clock } = context;
  let at = clock.now();
  while (state.streams.has(key(table.name, labelAt(at)))) at = later(at, 0.001);
  const label = labelAt(at);
  const arn = streamArn(context, table.name, label);
  state.streams.put({
    label,
    arn,
    tableName: table.name,
    view,
    status: 'ENABLING',
    createdAt: at,
    key: table.key,
    shards: [openShard(context, 1)],
    nextSequence: 1,
    trimming: false,
  });
  context.jobs.at(later(clock.now(), streamSeconds), 'settleStream', { table: table.name, label });
  return { streamLabel: label, streamView: view };
}

export const findStream = ({ state }: DynamoContext, table: string, label: string): StreamRow | undefined =>
  state.streams.find(key(table, label));

/** Ends a stream: its records stay readable for 24 hours. */
export function closeStream(context: DynamoContext, table: TableRow): void {
  const stream = table.streamLabel === undefined ? undefined : findStream(context, table.name, table.streamLabel);
  if (stream === undefined || stream.status === 'DISABLED') return;
  const now = context.clock.now();
  const shards = stream.shards.map((shard) => closed(shard, stream.nextSequence - 1, now));
  context.state.streams.put({ ...stream, shards, status: 'DISABLING' });
  context.jobs.at(later(now, streamSeconds), 'settleStream', { table: table.name, label: stream.label });
  context.jobs.at(later(now, streamRetentionSeconds), 'dropStream', { table: table.name, label: stream.label });
}

const closed = (shard: ShardInfo, last: number, closedAt: Instant): ShardInfo =>
  shard.last === undefined ? { ...shard, last: Math.max(last, shard.first), closedAt } : shard;

/** The stream with its newest shard fit for a record: a shard is open for four hours. */
function withOpenShard(context: DynamoContext, stream: StreamRow): StreamRow {
  const now = context.clock.now();
  const newest = stream.shards.at(-1) as ShardInfo;
  if (now < later(newest.openedAt, shardLifeSeconds)) return stream;
  const horizon = later(now, -streamRetentionSeconds);
  const shards = stream.shards
    .map((shard) => closed(shard, stream.nextSequence - 1, now))
    .filter((shard) => shard.closedAt === undefined || shard.closedAt > horizon);
  return { ...stream, shards: [...shards, openShard(context, stream.nextSequence, newest.id)] };
}

/** Adds a record for a change. */
export function appendRecord(context: DynamoContext, table: TableRow, change: Change, byService: boolean): void {
  const { state, clock, ids, facts } = context;
  const found = findStream(context, table.name, table.streamLabel as string);
  if (found === undefined) return;
  const stream = withOpenShard(context, found);
  const shard = (stream.shards.at(-1) as ShardInfo).id;
  const sequence = stream.nextSequence;
  const at = clock.now();
  const before = change.before?.item;
  const { after } = change;
  const { view } = stream;
  const old = view === 'OLD_IMAGE' || view === 'NEW_AND_OLD_IMAGES' ? before : undefined;
  const fresh = view === 'NEW_IMAGE' || view === 'NEW_AND_OLD_IMAGES' ? after : undefined;
  const keyBytes = itemBytes(keyOf(table.key, (after ?? before) as never));
  const bytes = keyBytes + (old === undefined ? 0 : itemBytes(old)) + (fresh === undefined ? 0 : itemBytes(fresh));
  state.records.put({ label: stream.arn, shard, sequence, at, before, after, bytes, id: ids.hex(32), byService });
  state.streams.put({ ...stream, nextSequence: sequence + 1, trimming: true });
  if (!stream.trimming) {
    context.jobs.at(later(at, streamRetentionSeconds), 'trimStream', { table: table.name, label: stream.label });
  }
  facts.publish('dynamodb.StreamRecord', { streamArn: stream.arn });
}

/** Job: `ENABLING` → `ENABLED`, `DISABLING` → `DISABLED`. */
export function settleStream({ table, label }: { table: string; label: string }, context: DynamoContext): void {
  const stream = findStream(context, table, label);
  if (stream === undefined) return;
  const next = { ENABLING: 'ENABLED', DISABLING: 'DISABLED', ENABLED: 'ENABLED', DISABLED: 'DISABLED' } as const;
  context.state.streams.put({ ...stream, status: next[stream.status] });
}

/** Job: forgets the records of more than 24 hours ago, and comes back for the next. */
export function trimStream(data: { table: string; label: string }, context: DynamoContext): void {
  const { state, clock } = context;
  const stream = findStream(context, data.table, data.label);
  if (stream === undefined) return;
  const horizon = later(clock.now(), -streamRetentionSeconds);
  let next: Instant | undefined;
  const expired: string[] = [];
  for (const { label, shard, sequence, at } of state.records.each({ prefix: key(stream.arn) })) {
    if (at > horizon) {
      next = at;
      break;
    }
    expired.push(recordKey(label, shard, sequence));
  }
  for (const row of expired) state.records.delete(row);
  state.streams.put({ ...stream, trimming: next !== undefined });
  if (next !== undefined) context.jobs.at(later(next, streamRetentionSeconds), 'trimStream', data);
}

/** Job: a stream that ended a day ago is gone. */
export function dropStream({ table, label }: { table: string; label: string }, context: DynamoContext): void {
  const stream = findStream(context, table, label);
  if (stream === undefined) return;
  context.state.records.deleteAll({ prefix: key(stream.arn) });
  context.state.streams.delete(key(table, label));
}
