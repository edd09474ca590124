// What only FIFO queues have: sequence numbers, deduplication, retried receives, and a limit on calls.
import { createHash } from 'node:crypto';
import { key } from '../../../kernel/key.ts';
import { type Instant, later } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import * as limits from './limits.ts';
import type { Message, Queue, State } from './state.ts';

const token = /^[\x21-\x7e]{1,128}$/;

/** Refuses a group, deduplication or attempt id of other than 1–128 letters, digits and punctuation marks. */
export function checkToken(value: string, parameter: string): void {
  if (!token.test(value))
    throw errors.invalidValue(
      value,
      parameter,
      `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
    );
}

/**
 * Twenty digits, growing with every message of the queue.
 *
 * Unknown: how AWS makes them; they grow by multiples of 256 there too.
 */
export const sequenceNumber = (message: Pick<Message, 'sequence'>): string =>
  String(18_850_000_000_000_000_000n + BigInt(message.sequence) * 256n);

// ── Deduplication ──────────────────────────────────────────────────────────────────────────────

/** A message that was accepted; another with the same id is taken for it until `until`, even when it has been deleted since. */
export interface Deduplication {
  readonly queue: string;
  /** The message group, when the queue deduplicates by group; else empty. */
  readonly scope: string;
  readonly id: string;
  readonly until: Instant;
  readonly messageId: string;
  readonly sequence: number;
}

/** The id given, or the SHA-256 of the body where the queue says so. */
export function deduplicationIdOf(queue: Queue, given: string | undefined, body: string): string {
  if (given !== undefined) {
    checkToken(given, 'MessageDeduplicationId');
    return given;
  }
  if (queue.attributes['ContentBasedDeduplication'] === 'true') return createHash('sha256').update(body).digest('hex');
  throw errors.invalidParameter(
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
}

const scopeOf = (queue: Queue, group: string): string =>
  queue.attributes['DeduplicationScope'] === 'messageGroup' ? group : '';

/** The message that was accepted under this id within the last five minutes. */
export function findDuplicate(
  state: State,
  queue: Queue,
  group: string,
  id: string,
  now: Instant,
): Deduplication | undefined {
  const known = state.deduplications.find(key(queue.name, scopeOf(queue, group), id));
  return known !== undefined && known.until > now ? known : undefined;
}

export function rememberDeduplication(state: State, queue: Queue, message: Message, now: Instant): void {
  const { group = '', deduplicationId = '' } = message;
  forgetPast(state.deduplications, queue, now, (entry) => key(entry.queue, entry.scope, entry.id));
  state.deduplications.put({
    queue: queue.name,
    scope: scopeOf(queue, group),
    id: deduplicationId,
    until: later(now, limits.deduplicationSeconds),
    messageId: message.id,
    sequence: message.sequence,
  });
}

/** Deletes some rows whose time is over: as many as can gather between two calls, and a few more. */
function forgetPast<Row extends { readonly queue: string }>(
  table: { index(name: 'until'): { list(range: object): Row[] }; delete(rowKey: string): boolean },
  queue: Queue,
  now: Instant,
  keyOf: (row: Row) => string,
): void {
  for (const row of table.index('until').list({ from: key(queue.name), to: key(queue.name, now), limit: 16 }))
    table.delete(keyOf(row));
}

// ── Retried receives ───────────────────────────────────────────────────────────────────────────

/** What a receive with a `ReceiveRequestAttemptId` answered. */
export interface ReceiveAttempt {
  readonly queue: string;
  readonly id: string;
  readonly until: Instant;
  readonly messages: readonly { readonly key: string; readonly receives: number; readonly hiddenUntil: Instant }[];
}

/**
 * The messages that the same attempt was given before, if all of them still stand as it left them.
 *
 * Limit: for 5 minutes, and until one of them is deleted, shown or hidden anew.
 */
export function findAttempt(state: State, queue: Queue, id: string, now: Instant): readonly Message[] | undefined {
  const attempt = state.attempts.find(key(queue.name, id));
  if (attempt === undefined || attempt.until <= now) return undefined;
  const messages: Message[] = [];
  for (const given of attempt.messages) {
    const message = state.messages.find(given.key);
    if (message?.standing !== 'inflight') return undefined;
    if (message.receives !== given.receives || message.hiddenUntil !== given.hiddenUntil) return undefined;
    messages.push(message);
  }
  return messages;
}

export function rememberAttempt(
  state: State,
  queue: Queue,
  id: string,
  messages: readonly Message[],
  now: Instant,
): void {
  forgetPast(state.attempts, queue, now, (attempt) => key(attempt.queue, attempt.id));
  const given = messages.map(({ key, receives, hiddenUntil = now }) => ({ key, receives, hiddenUntil }));
  state.attempts.put({ queue: queue.name, id, until: later(now, limits.receiveAttemptSeconds), messages: given });
}

// ── Calls a second ─────────────────────────────────────────────────────────────────────────────

/** How often an action was called in the current second. */
export interface CallRate {
  readonly queue: string;
  readonly action: string;
  readonly second: number;
  readonly calls: number;
}

/**
 * Counts a call of an action on a FIFO queue and refuses it above the limit. A call that is refused is not counted.
 *
 * Limit: 300 calls a second per action; none in high-throughput mode.
 * Differs: AWS limits high-throughput queues too, per Region (up to 70,000 calls a second).
 */
export function countCall(state: State, queue: Queue, action: string, now: Instant): void {
  if (!queue.fifo || queue.attributes['FifoThroughputLimit'] === 'perMessageGroupId') return;
  const second = Math.floor(now / 1_000);
  const before = state.rates.find(key(queue.name, action));
  const calls = before?.second === second ? before.calls + 1 : 1;
  if (calls > limits.fifoCallsPerSecond) throw errors.requestThrottled();
  state.rates.put({ queue: queue.name, action, second, calls });
}

/** Forgets all of this for a queue that is no more. */
export function forgetFifo(state: State, queue: Queue): void {
  const prefix = key(queue.name);
  state.deduplications.deleteAll({ prefix });
  state.attempts.deleteAll({ prefix });
  state.rates.deleteAll({ prefix });
}
