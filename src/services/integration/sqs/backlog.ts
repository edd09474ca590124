// The messages of a queue as they come, hide, show and go. Every change of a message passes through `change`, which keeps the
// counts and the groups true; nothing else writes messages.
import { key } from '../../../kernel/key.ts';
import { type Instant, later } from '../../../kernel/units.ts';
import { messageKey } from './receipt.ts';
import type { Group, Message, Queue, State, Tally } from './state.ts';

const noTally = (queue: string): Tally => ({ queue, nextSequence: 1, ready: 0, delayed: 0, inflight: 0 });

export const tallyOf = (state: State, queue: Queue): Tally => state.tallies.find(queue.name) ?? noTally(queue.name);

/** Puts `after` in the place of `before`; one of them may be missing. */
export function change(state: State, before: Message | undefined, after: Message | undefined): void {
  const { queue, group, fifo } = (after ?? before) as Message;
  if (after !== undefined) state.messages.put(after);
  else if (before !== undefined) state.messages.delete(before.key);

  const tally = { ...(state.tallies.find(queue) ?? noTally(queue)) };
  if (before !== undefined) tally[before.standing] -= 1;
  if (after !== undefined) {
    tally[after.standing] += 1;
    tally.nextSequence = Math.max(tally.nextSequence, after.sequence + 1);
  }
  state.tallies.put(tally);

  if (group !== undefined) {
    const inflight = Number(after?.standing === 'inflight') - Number(before?.standing === 'inflight');
    regroup(state, { queue, name: group, fifo }, inflight);
  }
}

/** Makes a group's row true again; it goes with its last message. */
function regroup(state: State, of: Pick<Group, 'queue' | 'name' | 'fifo'>, inflightMore: number): void {
  const at = key(of.queue, of.name);
  const before = state.groups.find(at);
  const inflight = (before?.inflight ?? 0) + inflightMore;
  const first = state.messages.index('group').first({ prefix: at });
  if (first === undefined && inflight === 0) {
    state.groups.delete(at);
    return;
  }
  const head = first?.standing === 'ready' ? first.key : undefined;
  if (before === undefined || before.inflight !== inflight || before.head !== head)
    state.groups.put({ ...of, inflight, head });
}

/** What a message must bring to be put into a queue. */
export type Arrival = Omit<Message, 'key' | 'queue' | 'fifo' | 'sequence' | 'standing' | 'hiddenUntil'>;

/** Puts a message into a queue, hidden for `delaySeconds`. */
export function arrive(state: State, queue: Queue, message: Arrival, now: Instant, delaySeconds = 0): Message {
  const sequence = tallyOf(state, queue).nextSequence;
  const { name, fifo } = queue;
  // Member by member, also those that a receive will set: adding members to a copy costs microseconds.
  const arrived: Message = {
    key: messageKey(name, message.sentAt, sequence),
    queue: name,
    sequence,
    id: message.id,
    body: message.body,
    md5: message.md5,
    attributes: message.attributes,
    trace: message.trace,
    senderId: message.senderId,
    sentAt: message.sentAt,
    group: message.group,
    deduplicationId: message.deduplicationId,
    fifo,
    deadLetterSource: message.deadLetterSource,
    standing: delaySeconds > 0 ? 'delayed' : 'ready',
    hiddenUntil: delaySeconds > 0 ? later(now, delaySeconds) : undefined,
    receives: message.receives,
    receivesBefore: message.receivesBefore,
    firstReceivedAt: message.firstReceivedAt,
    receivedAt: message.receivedAt,
  };
  change(state, undefined, arrived);
  return arrived;
}

/** Shows a message to consumers. */
export const show = (state: State, message: Message): void =>
  change(state, message, { ...message, standing: 'ready', hiddenUntil: undefined });

export const retentionSeconds = (queue: Queue): number => Number(queue.attributes['MessageRetentionPeriod']);

/** When the clock will next change something in this queue by itself; undefined: never. */
export function nextChange(state: State, queue: Queue): Instant | undefined {
  const prefix = key(queue.name);
  const shown = state.messages.index('hidden').first({ prefix })?.hiddenUntil;
  const oldest = state.messages.first({ prefix });
  const expired = oldest && later(oldest.sentAt, retentionSeconds(queue));
  return shown === undefined || (expired !== undefined && expired < shown) ? expired : shown;
}

/** Lets the past happen: what the clock has set free is shown, what is older than the retention period is gone. */
export function settle(state: State, queue: Queue, now: Instant): void {
  const prefix = key(queue.name);
  for (;;) {
    const oldest = state.messages.first({ prefix });
    if (oldest === undefined || later(oldest.sentAt, retentionSeconds(queue)) > now) break;
    change(state, oldest, undefined);
  }
  for (;;) {
    const hidden = state.messages.index('hidden').first({ prefix });
    if (hidden?.hiddenUntil === undefined || hidden.hiddenUntil > now) break;
    show(state, hidden);
  }
}

/** Deletes every message of a queue. */
export function empty(state: State, queue: Queue): void {
  const prefix = key(queue.name);
  state.messages.deleteAll({ prefix });
  state.groups.deleteAll({ prefix });
  state.tallies.put({ ...noTally(queue.name), nextSequence: tallyOf(state, queue).nextSequence });
}
