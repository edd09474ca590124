// The data model of SQS. Read this first.
//
// A queue is one row. A message is one row too: what was sent never changes, how it stands (ready, delayed, in flight) does.
// A message's key is queue, enqueue time, sequence: so the oldest row is the first to expire, and the ready ones are read in the
// order in which they were sent. Three indexes answer every question without a scan:
//
//   loose    ready messages of no group                 → the next to deliver of a standard queue
//   group    messages of one group, in order            → the next to deliver of a group
//   hidden   delayed and in-flight ones, by the instant → which ones the clock has set free since we last looked
//
// Time passes without jobs: whoever touches a queue first settles it (`backlog.ts`). Counts are kept, not counted; how they stood at the
// end of each minute in which something changed is kept too, for metrics (`level.ts`).
import { type Handler, type Context, type OperationName } from '../../../kernel/service.ts';
import { key } from '../../../kernel/key.ts';
import { type StateOf, table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';
import type { Deduplication, ReceiveAttempt, CallRate } from './fifo.ts';

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly fifo: boolean;
  /** Every attribute that a user can set and that has a value, by AWS's name, defaults included. */
  readonly attributes: Readonly<Record<string, string>>;
  /** What `RedrivePolicy` says, read once. */
  readonly redrive?: { readonly target: string; readonly receivesMax: number } | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
  readonly purgedAt?: Instant | undefined;
}

/** A message attribute as it was sent. */
export interface Attribute {
  /** `String`, `Number`, `Binary`, perhaps with a label: `Number.int`. */
  readonly type: string;
  readonly value: string | Uint8Array;
}

export interface Message {
  readonly key: string;
  readonly queue: string;
  readonly sequence: number;
  readonly id: string;
  readonly body: string;
  readonly md5: string;
  readonly attributes?: Readonly<Record<string, Attribute>> | undefined;
  /** The `AWSTraceHeader` system attribute. */
  readonly trace?: string | undefined;
  readonly senderId: string;
  /** When it was enqueued: retention counts from here. */
  readonly sentAt: Instant;
  readonly group?: string | undefined;
  readonly deduplicationId?: string | undefined;
  /** True in a FIFO queue. */
  readonly fifo: boolean;
  /** ARN of the queue that gave it up to this dead-letter queue. */
  readonly deadLetterSource?: string | undefined;

  readonly standing: 'ready' | 'delayed' | 'inflight';
  /** The end of a delay or of a visibility timeout. */
  readonly hiddenUntil?: Instant | undefined;
  /** How often it was received, in all queues it has been in. */
  readonly receives: number;
  /** How often it had been received when it came to this queue. */
  readonly receivesBefore: number;
  readonly firstReceivedAt?: Instant | undefined;
  readonly receivedAt?: Instant | undefined;
}

/** Messages of one queue that share a `MessageGroupId`: an order to keep (FIFO), or a tenant to be fair to (standard). */
export interface Group {
  readonly queue: string;
  readonly name: string;
  readonly fifo: boolean;
  readonly inflight: number;
  /** Key of the message to deliver next; undefined when there is none now. */
  readonly head?: string | undefined;
}

/** How many messages of a queue stand how; exact, kept with every change of a message. */
export interface Tally {
  readonly queue: string;
  readonly nextSequence: number;
  readonly ready: number;
  readonly delayed: number;
  readonly inflight: number;
  /** When it came to be so. */
  readonly at: Instant;
  /** Groups with messages in flight. */
  readonly busyGroups: number;
}

/** How a queue stood at the end of a minute after which it changed again: what its metrics tell of the past. */
export interface Level extends Omit<Tally, 'nextSequence'> {
  /** When the oldest message was sent. */
  readonly oldestAt?: Instant | undefined;
  /** Tenants that were noisy. */
  readonly noisyGroups: number;
}

/** `StartMessageMoveTask`'s work. */
export interface MoveTask {
  readonly id: string;
  readonly source: string;
  readonly destinationArn?: string | undefined;
  readonly perSecond?: number | undefined;
  readonly status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  readonly moved: number;
  readonly toMove: number;
  readonly startedAt: Instant;
  readonly failure?: string | undefined;
}

/** Fewer messages in flight than this never make a tenant of a standard queue noisy. See `fairness.ts`. */
export const noisyInflightMin = 30;

export const definitions = {
  queues: table<Queue>()({
    key: (queue) => queue.name,
    indexes: { deadLetterTarget: (queue) => queue.redrive && key(queue.redrive.target) },
  }),
  messages: table<Message>()({
    key: (message) => message.key,
    indexes: {
      loose: (message) =>
        message.standing === 'ready' && message.group === undefined ? key(message.queue) : undefined,
      group: (message) =>
        message.group !== undefined && (message.fifo || message.standing === 'ready')
          ? key(message.queue, message.group)
          : undefined,
      hidden: (message) => (message.hiddenUntil === undefined ? undefined : key(message.queue, message.hiddenUntil)),
    },
  }),
  groups: table<Group>()({
    key: (group) => key(group.queue, group.name),
    indexes: {
      /** Groups that can deliver, oldest message first: a FIFO group only while nothing of it is in flight. */
      turn: (group) => (group.fifo && group.inflight > 0 ? undefined : group.head),
      /** Tenants that may be noisy, by how many messages they have in flight. */
      busy: (group) =>
        !group.fifo && group.inflight >= noisyInflightMin ? key(group.queue, group.inflight) : undefined,
    },
  }),
  tallies: table<Tally>()({ key: (tally) => tally.queue }),
  levels: table<Level>()({ key: (level) => key(level.queue, level.at) }),
  deduplications: table<Deduplication>()({
    key: (entry) => key(entry.queue, entry.scope, entry.id),
    indexes: { until: (entry) => key(entry.queue, entry.until) },
  }),
  attempts: table<ReceiveAttempt>()({
    key: (attempt) => key(attempt.queue, attempt.id),
    indexes: { until: (attempt) => key(attempt.queue, attempt.until) },
  }),
  rates: table<CallRate>()({ key: (rate) => key(rate.queue, rate.action) }),
  /** Names that may not be used again yet. */
  deletedQueues: table<{ readonly name: string; readonly deletedAt: Instant }>()({ key: (queue) => queue.name }),
  moveTasks: table<MoveTask>()({ key: (task) => key(task.source, task.startedAt, task.id) }),
};

export type Sdk = typeof import('@aws-sdk/client-sqs');
export type State = StateOf<typeof definitions>;
export type SqsContext = Context<State>;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, State, Name>;
