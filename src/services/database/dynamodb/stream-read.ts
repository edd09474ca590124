// DynamoDB Streams: finding streams and shards, and reading records in order.
import type { _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import { key } from '../../../kernel/key.ts';
import { errorsOf } from '../../../kernel/errors.ts';
import type { Handler, OperationName } from '../../../kernel/service.ts';
import { instant, later, toDate } from '../../../kernel/units.ts';
import { keyElements } from './describe.ts';
import { keyOf } from './key.ts';
import { pageMaxBytes, shardIteratorSeconds, streamRetentionSeconds } from './limits.ts';
import type { DynamoContext, RecordRow, ShardInfo, State, StreamRow } from './state.ts';
import { findStream, sequenceNumber, sequenceText } from './stream.ts';
import type { AttributeValue, Item } from './value.ts';

type Sdk = typeof import('@aws-sdk/client-dynamodb-streams');
type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, State, Name>;

const { modelled, unmodelled } = errorsOf<Sdk>();
const api = 'https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html';

/** Unknown: AWS's words for trimmed data and expired iterators. */
const errors = {
  notFound: modelled(
    'ResourceNotFoundException',
    (arn: string) => `Requested resource not found: Stream: ${arn} not found`,
  ),
  shardNotFound: modelled(
    'ResourceNotFoundException',
    (shard: string) => `Requested resource not found: Shard does not exist: ${shard}`,
  ),
  trimmed: modelled(
    'TrimmedDataAccessException',
    () => 'The requested records are older than the trim horizon of the stream',
  ),
  expired: modelled('ExpiredIteratorException', () => 'Iterator expired'),
  validation: unmodelled('ValidationException', 400, api, (message: string) => message),
};

const listMax = 100;
const recordsMax = 1_000;
const arnPattern =
  /^arn:aws[a-zA-Z-]*:dynamodb:([a-z0-9-]+):([0-9]{12}):table\/([a-zA-Z0-9_.-]+)\/stream\/([0-9T:.-]+)$/;

interface Found {
  readonly context: DynamoContext;
  readonly stream: StreamRow;
}

function getStream(request: DynamoContext, arn: string): Found {
  const match = arnPattern.exec(arn);
  if (match === null) throw errors.validation('Invalid StreamArn');
  const [, region, account, table, label] = match as unknown as [string, string, string, string, string];
  const here = region === request.region && account === request.account;
  const context = here ? request : request.elsewhere(account, region);
  const stream = findStream(context, table, label);
  if (stream === undefined) throw errors.notFound(arn);
  return { context, stream };
}

/**
 * Lists streams, of one table or of all.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ListStreams.html
 */
export const ListStreams: Operation<'ListStreams'> = (input, context) => {
  const { TableName, ExclusiveStartStreamArn, Limit = listMax } = input;
  const start = ExclusiveStartStreamArn === undefined ? undefined : arnPattern.exec(ExclusiveStartStreamArn);
  if (start === null) throw errors.validation('Invalid ExclusiveStartStreamArn');
  const after = start && key(start[3] as string, start[4] as string);
  const range = TableName === undefined ? {} : { prefix: key(TableName) };
  const rows = context.state.streams.list({ ...range, after, limit: Limit + 1 });
  const page = rows.slice(0, Limit);
  const last = page.at(-1);
  return {
    Streams: page.map(({ arn, tableName, label }) => ({ StreamArn: arn, TableName: tableName, StreamLabel: label })),
    ...(rows.length > Limit && last !== undefined && { LastEvaluatedStreamArn: last.arn }),
  };
};

const describeShard = ({ id, parent, first, last }: ShardInfo) => ({
  ShardId: id,
  SequenceNumberRange: {
    StartingSequenceNumber: sequenceText(first),
    ...(last !== undefined && { EndingSequenceNumber: sequenceText(last) }),
  },
  ...(parent !== undefined && { ParentShardId: parent }),
});

/**
 * Describes a stream and its shards.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html
 */
export const DescribeStream: Operation<'DescribeStream'> = (input, request) => {
  const { stream } = getStream(request, input.StreamArn);
  const { Limit = listMax, ExclusiveStartShardId, ShardFilter } = input;
  const children =
    ShardFilter?.Type === 'CHILD_SHARDS'
      ? stream.shards.filter((shard) => shard.parent === ShardFilter.ShardId)
      : stream.shards;
  const from = children.findIndex((shard) => shard.id === ExclusiveStartShardId) + 1;
  const page = children.slice(from, from + Limit);
  const last = page.at(-1);
  return {
    StreamDescription: {
      StreamArn: stream.arn,
      StreamLabel: stream.label,
      StreamStatus: stream.status,
      StreamViewType: stream.view,
      CreationRequestDateTime: toDate(stream.createdAt),
      TableName: stream.tableName,
      KeySchema: keyElements(stream.key),
      Shards: page.map(describeShard),
      ...(children.length > from + Limit && last !== undefined && { LastEvaluatedShardId: last.id }),
    },
  };
};

interface Iterator {
  readonly shard: string;
  /** The next sequence number to read. */
  readonly next: number;
  readonly issuedAt: number;
}

const writeIterator = (arn: string, iterator: Iterator): string =>
  `${arn}|1|${Buffer.from(JSON.stringify(iterator)).toString('base64')}`;

function readIterator(text: string): { readonly arn: string; readonly iterator: Iterator } {
  const [arn, , encoded] = text.split('|');
  try {
    const iterator = JSON.parse(Buffer.from(encoded ?? '', 'base64').toString()) as Partial<Iterator>;
    const { shard, next, issuedAt } = iterator;
    if (arn !== undefined && typeof shard === 'string' && typeof next === 'number' && typeof issuedAt === 'number')
      return { arn, iterator: { shard, next, issuedAt } };
  } catch {
    // What cannot be read is no iterator.
  }
  throw errors.validation('Invalid ShardIterator');
}

function getShard(stream: StreamRow, id: string): ShardInfo {
  const shard = stream.shards.find((each) => each.id === id);
  if (shard === undefined) throw errors.shardNotFound(id);
  return shard;
}

/** The number after the last one that the shard has. */
const endOf = (stream: StreamRow, { last, first }: ShardInfo): number =>
  last === undefined ? stream.nextSequence : Math.max(last + 1, first);

/** The oldest number that can still be read; records older than 24 hours cannot, whether cleared yet or not. */
function horizonOf({ context, stream }: Found, shard: ShardInfo): number {
  const oldest = later(context.clock.now(), -streamRetentionSeconds);
  for (const { at, sequence } of context.state.records.each({ prefix: key(stream.arn, shard.id) }))
    if (at > oldest) return sequence;
  return endOf(stream, shard);
}

/**
 * Gives a place in a shard to read from, good for 15 minutes.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
 */
export const GetShardIterator: Operation<'GetShardIterator'> = (input, request) => {
  const found = getStream(request, input.StreamArn);
  const shard = getShard(found.stream, input.ShardId);
  const next = startOf(found, shard, input.ShardIteratorType, input.SequenceNumber);
  const iterator = { shard: shard.id, next, issuedAt: request.clock.now() };
  return { ShardIterator: writeIterator(found.stream.arn, iterator) };
};

function startOf(found: Found, shard: ShardInfo, type: string, sequence: string | undefined): number {
  const horizon = horizonOf(found, shard);
  if (type === 'TRIM_HORIZON') return horizon;
  if (type === 'LATEST') return endOf(found.stream, shard);
  if (sequence === undefined) throw errors.validation(`SequenceNumber must be provided for ShardIteratorType ${type}`);
  const number = sequenceNumber(sequence);
  if (
    !Number.isSafeInteger(number) ||
    number < shard.first ||
    number >= Math.max(endOf(found.stream, shard), shard.first + 1)
  )
    throw errors.validation(`Invalid SequenceNumber ${sequence} for shard ${shard.id}`);
  if (number < horizon) throw errors.trimmed();
  return type === 'AFTER_SEQUENCE_NUMBER' ? number + 1 : number;
}

const plain = (item: Item): Record<string, AttributeValue> => item as Record<string, AttributeValue>;

function describeRecord({ context, stream }: Found, row: RecordRow): StreamRecord {
  const { before, after } = row;
  const { view } = stream;
  const item = (after ?? before) as Item;
  const showsNew = view === 'NEW_IMAGE' || view === 'NEW_AND_OLD_IMAGES';
  const showsOld = view === 'OLD_IMAGE' || view === 'NEW_AND_OLD_IMAGES';
  return {
    eventID: row.id,
    eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: context.region,
    dynamodb: {
      ApproximateCreationDateTime: toDate(instant(Math.floor(row.at / 1000) * 1000)),
      Keys: plain(keyOf(stream.key, item)),
      ...(showsNew && after !== undefined && { NewImage: plain(after) }),
      ...(showsOld && before !== undefined && { OldImage: plain(before) }),
      SequenceNumber: sequenceText(row.sequence),
      SizeBytes: row.bytes,
      StreamViewType: view,
    },
    ...(row.byService && { userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' } }),
  };
}

/** Records from a number on: up to a count and 1 MB. */
function take({ context, stream }: Found, shard: ShardInfo, next: number, limit: number): RecordRow[] {
  const rows: RecordRow[] = [];
  let bytes = 0;
  const from = key(stream.arn, shard.id, next);
  for (const row of context.state.records.each({ from, to: `${key(stream.arn, shard.id)}\uffff` })) {
    if (rows.length >= limit || (rows.length > 0 && bytes + row.bytes > pageMaxBytes)) break;
    bytes += row.bytes;
    rows.push(row);
  }
  return rows;
}

/**
 * Reads records of a shard in order, and tells where to go on; a closed shard that is read to its end has no next place.
 *
 * Limit: 1,000 records or 1 MB at once.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
 */
export const GetRecords: Operation<'GetRecords'> = (input, request) => {
  const { arn, iterator } = readIterator(input.ShardIterator);
  const found = getStream(request, arn);
  const now = request.clock.now();
  if (now > later(instant(iterator.issuedAt), shardIteratorSeconds)) throw errors.expired();
  const shard = getShard(found.stream, iterator.shard);
  if (iterator.next < horizonOf(found, shard)) throw errors.trimmed();
  const rows = take(found, shard, iterator.next, input.Limit ?? recordsMax);
  const last = rows.at(-1);
  const next = last === undefined ? iterator.next : last.sequence + 1;
  const isRead = shard.last !== undefined && next >= endOf(found.stream, shard);
  return {
    Records: rows.map((row) => describeRecord(found, row)),
    ...(!isRead && { NextShardIterator: writeIterator(arn, { shard: shard.id, next, issuedAt: now }) }),
  };
};
