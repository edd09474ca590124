// How queues stood, minute by minute: kept when a queue changes for the first time after a minute in which it changed, so a busy queue costs
// one row a minute and a quiet one none. What the clock has done since the last change is worked out when somebody asks.
import { key } from '../../../kernel/key.ts';
import { type Instant, instant, later, minuteMs, minuteOf, secondsPerDay } from '../../../kernel/units.ts';
import { retentionSeconds } from './attribute.ts';
import { noisyIn } from './fairness.ts';
import type { Level, Message, Queue, State, Tally } from './state.ts';

/** As long as CloudWatch keeps data. */
const keptSeconds = 455 * secondsPerDay;

/** Numbers of a queue at an instant. */
export type Standing = Omit<Level, 'queue' | 'at'>;

export const isEarlierMinute = (before: Instant, now: Instant): boolean => minuteOf(before) < minuteOf(now);

const levelOf = (state: State, tally: Tally): Level => ({
  queue: tally.queue,
  at: tally.at,
  ready: tally.ready,
  delayed: tally.delayed,
  inflight: tally.inflight,
  busyGroups: tally.busyGroups,
  noisyGroups: noisyIn(state, tally).length,
  oldestAt: state.messages.first({ prefix: key(tally.queue) })?.sentAt,
});

/** Inside a transaction: notes how the queue stood until now. */
export function keepLevel(state: State, tally: Tally): void {
  if (tally.at === 0) return;
  const oldest = state.levels.first({ prefix: key(tally.queue) });
  if (oldest !== undefined && later(oldest.at, keptSeconds) < tally.at)
    state.levels.delete(key(oldest.queue, oldest.at));
  state.levels.put(levelOf(state, tally));
}

type Mutable = { -readonly [Name in keyof Standing]: Standing[Name] };
type ChangeByClock = readonly [at: Instant, apply: (standing: Mutable) => void];

/** Groups of a queue with their messages in flight, as the clock lets go of them. */
class BusyGroups {
  readonly #state: State;
  readonly #queue: string;
  readonly #left = new Map<string, number>();

  constructor(state: State, queue: string) {
    this.#state = state;
    this.#queue = queue;
  }

  /** One message of the group is in flight no more. True when it was the last. */
  leave(group: string): boolean {
    const left = (this.#left.get(group) ?? this.#state.groups.find(key(this.#queue, group))?.inflight ?? 0) - 1;
    this.#left.set(group, left);
    return left === 0;
  }
}

/** Changes that the clock has made since anybody looked, up to an instant, in order. */
function* changesByClock(state: State, queue: Queue, to: Instant): Generator<ChangeByClock, undefined> {
  const from = key(queue.name);
  const retention = retentionSeconds(queue);
  const busy = new BusyGroups(state, queue.name);
  const shown = state.messages.index('hidden').each({ from, to: key(queue.name, to) });
  const expired = state.messages.each({ from, to: key(queue.name, Math.max(0, later(to, -retention))) });
  const nextShown = (): Message | undefined => shown.next().value;
  const nextExpired = (): Message | undefined => expired.next().value;
  const leave = (standing: Mutable, { group, standing: from }: Message): void => {
    standing[from]--;
    if (from === 'inflight' && group !== undefined && busy.leave(group)) standing.busyGroups--;
  };
  const show = (message: Message, at: Instant): ChangeByClock => [
    at,
    (standing) => {
      leave(standing, message);
      standing.ready++;
    },
  ];
  const expire = (message: Message, at: Instant, following: Message | undefined): ChangeByClock => [
    at,
    (standing) => {
      if (message.hiddenUntil !== undefined && message.hiddenUntil < at) standing.ready--;
      else leave(standing, message);
      standing.oldestAt = following?.sentAt ?? firstAfter(state, queue, message.key);
    },
  ];
  let hidden = nextShown();
  let old = nextExpired();
  while (hidden?.hiddenUntil !== undefined || old !== undefined) {
    const expires = old === undefined ? undefined : later(old.sentAt, retention);
    if (hidden?.hiddenUntil !== undefined && (expires === undefined || hidden.hiddenUntil < expires)) {
      if (hidden.hiddenUntil < later(hidden.sentAt, retention)) yield show(hidden, hidden.hiddenUntil);
      hidden = nextShown();
    } else if (old !== undefined && expires !== undefined) {
      const following = nextExpired();
      yield expire(old, expires, following);
      old = following;
    }
  }
}

const firstAfter = (state: State, queue: Queue, after: string): Instant | undefined =>
  state.messages.first({ prefix: key(queue.name), after })?.sentAt;

/** How a queue stood at the end of each minute from one to another, oldest first. Before its first message it stood at nothing. */
export function* standings(
  state: State,
  queue: Queue,
  from: Instant,
  to: Instant,
): Generator<readonly [minute: Instant, Standing]> {
  const nothing: Standing = { ready: 0, delayed: 0, inflight: 0, busyGroups: 0, noisyGroups: 0 };
  const start = minuteOf(Math.max(from, queue.createdAt));
  const [first, end] = [key(queue.name), key(queue.name, to)];
  const edge = key(queue.name, start);
  const levels = state.levels.each({ from: edge, to: end });
  const tally = state.tallies.find(queue.name);
  const last = tally === undefined ? undefined : levelOf(state, tally);
  const nextLevel = (): Level | undefined => levels.next().value ?? last;
  const changes = changesByClock(state, queue, to);
  let current: Standing = state.levels.first({ from: first, to: edge, reverse: true }) ?? nothing;
  let next = nextLevel();
  let change = changes.next().value;
  for (let minute = start; minute < to; minute = instant(minute + minuteMs)) {
    const over = minute + minuteMs;
    for (; next !== undefined && next.at < over; next = next === last ? undefined : nextLevel()) current = next;
    // What the clock does comes after the last change by a request.
    if (next === undefined && change !== undefined && change[0] < over) {
      const moving: Mutable = { ...current };
      for (; change !== undefined && change[0] < over; change = changes.next().value) change[1](moving);
      current = moving;
    }
    yield [minute, current];
  }
}
