// The messages of a queue as they come, hide, show and go. Every change of a message passes through `change`, which keeps the
// counts and the groups true; nothing else writes messages.
import { key } from '../../../kernel/key.ts';
import { type Instant, instant, later } from '../../../kernel/units.ts';
import { retentionSeconds } from './attribute.ts';
import { isEarlierMinute, keepLevel } from './level.ts';
import { messageKey } from './receipt.ts';
import type { Group, Message, Queue, State, Tally } from './state.ts';

const noTally = (queue: string): Tally => ({
  queue,
  nextSequence: 1,
  ready: 0,
  delayed: 0,
  inflight: 0,
  at: instant(0),
  busyGroups: 0,
});

export const tallyOf = (state: State, queue: Queue): Tally => state.tallies.find(queue.name) ?? noTally(queue.name);

/** Puts `after` in the place of `before`; one of them may be missing. */
export function change(state: State, before: Message | undefined, after: Message | undefined, now: Instant): void {
  const { queue, group, fifo } = (after ?? before) as Message;
  const known = state.tallies.find(queue) ?? noTally(queue);
  if (isEarlierMinute(known.at, now)) keepLevel(state, known);
  if (after !== undefined) state.messages.put(after);
  else if (before !== undefined) state.messages.delete(before.key);

  const tally = { ...known, at: now };
  if (before !== undefined) tally[before.standing] -= 1;
  if (after !== undefined) {
    tally[after.standing] += 1;
    tally.nextSequence = Math.max(tally.nextSequence, after.sequence + 1);
  }
  if (group !== undefined) {
    const inflight = Number(after?.standing === 'inflight') - Number(before?.standing === 'inflight');
    tally.busyGroups += regroup(state, { queue, name: group, fifo }, inflight);
  }
  state.tallies.put(tally);
}

/** Makes a group's row true again; it goes with its last message. Answers how many more groups have messages in flight now. */
function regroup(state: State, of: Pick<Group, 'queue' | 'name' | 'fifo'>, inflightMore: number): number {
  const at = key(of.queue, of.name);
  const before = state.groups.find(at);
  const inflight = (before?.inflight ?? 0) + inflightMore;
  const busyMore = Number(inflight > 0) - Number((before?.inflight ?? 0) > 0);
  const first = state.messages.index('group').first({ prefix: at });
  if (first === undefined && inflight === 0) {
    state.groups.delete(at);
    return busyMore;
  }
  const head = first?.standing === 'ready' ? first.key : undefined;
  if (before === undefined || before.inflight !== inflight || before.head !== head)
    state.groups.put({ ...of, inflight, head });
  return busyMore;
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
  change(state, undefined, arrived, now);
  return arrived;
}

/** Shows a message to consumers. */
export const show = (state: State, message: Message, now: Instant): void =>
  change(state, message, { ...message, standing: 'ready', hiddenUntil: undefined }, now);

/** When the clock will next change something in this queue by itself; undefined: never. */
export function nextChange(state: State, queue: Queue): Instant | undefined {
  const prefix = key(queue.name);
  const shown = state.messages.index('hidden').first({ prefix })?.hiddenUntil;
  const oldest = state.messages.first({ prefix });
  const expired = oldest && later(oldest.sentAt, retentionSeconds(queue));
  return shown === undefined || (expired !== undefined && expired < shown) ? expired : shown;
}

/** Lets the past happen, in order: what the clock has set free is shown, what is older than the retention period is gone. */
export function settle(state: State, queue: Queue, now: Instant): void {
  const prefix = key(queue.name);
  for (;;) {
    const oldest = state.messages.first({ prefix });
    if (oldest === undefined) return;
    const expires = later(oldest.sentAt, retentionSeconds(queue));
    const hidden = state.messages.index('hidden').first({ prefix });
    const shows = hidden?.hiddenUntil;
    if (hidden !== undefined && shows !== undefined && shows <= now && shows < expires) show(state, hidden, shows);
    else if (expires <= now) change(state, oldest, undefined, expires);
    else return;
  }
}

/** Deletes every message of a queue. */
export function empty(state: State, queue: Queue, now: Instant): void {
  const tally = tallyOf(state, queue);
  if (isEarlierMinute(tally.at, now)) keepLevel(state, tally);
  const prefix = key(queue.name);
  state.messages.deleteAll({ prefix });
  state.groups.deleteAll({ prefix });
  state.tallies.put({ ...noTally(queue.name), nextSequence: tally.nextSequence, at: now });
}
