// The meter: what was done, minute by minute. Requests come by the ten thousand, so a count costs no row: it is gathered in memory for the
// running minute and written when that is over, when somebody asks, or when the cloud closes. A crash loses at most the running minute
// of counts; no answer of an API depends on them.
import { key } from '../kernel/key.ts';
import type { PartWorld } from '../kernel/parts.ts';
import { type StateOf, type Store, table } from '../kernel/table.ts';
import { type Instant, instant } from '../kernel/units.ts';

/** Four numbers of one quantity in one minute. */
export interface Tally {
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** What a subject did in one minute, by quantity. */
export interface Minute {
  readonly subject: string;
  /** Start of the minute. */
  readonly at: Instant;
  readonly tallies: Readonly<Record<string, Tally>>;
}

export interface TrafficMeter {
  /** Counts a value of a quantity of a subject: (`guest/i-…`, `requests`, 1). */
  count(subject: string, at: Instant, quantity: string, value: number): void;
  /** Minutes in which something was counted, oldest first. */
  read(subject: string, from: Instant, to: Instant): readonly Minute[];
  /** Subjects that begin so, for which anything was counted since. */
  subjects(prefix: string, since: Instant): readonly string[];
  /** Writes what was gathered. */
  flush(): void;
}

declare module '../kernel/parts.ts' {
  interface Parts {
    readonly meter: TrafficMeter;
  }
}

export const minuteMs = 60_000;
export const minuteOf = (at: number): Instant => instant(Math.floor(at / minuteMs) * minuteMs);

const definitions = {
  minutes: table<Minute>()({ key: (row) => key(row.subject, row.at), scope: 'cloud' }),
  subjects: table<{ readonly subject: string; readonly last: Instant }>()({
    key: (row) => row.subject,
    scope: 'cloud',
  }),
};

type Gathered = Map<string, { count: number; sum: number; minimum: number; maximum: number }>;

const join = (a: Tally | undefined, b: Tally): Tally =>
  a === undefined
    ? b
    : {
        count: a.count + b.count,
        sum: a.sum + b.sum,
        minimum: Math.min(a.minimum, b.minimum),
        maximum: Math.max(a.maximum, b.maximum),
      };

class Meter implements TrafficMeter {
  readonly #store: Store;
  readonly #state: StateOf<typeof definitions>;
  readonly #running = new Map<string, Gathered>();
  #minute = instant(0);

  constructor({ store, onClose, onRestore }: PartWorld) {
    this.#store = store;
    this.#state = store.state('meter', definitions, '*', '*');
    onClose(() => this.flush());
    // What was gathered belongs to the state that is gone.
    onRestore(() => this.#running.clear());
  }

  count(subject: string, at: Instant, quantity: string, value: number): void {
    const minute = minuteOf(at);
    if (minute !== this.#minute) {
      this.flush();
      this.#minute = minute;
    }
    let gathered = this.#running.get(subject);
    if (gathered === undefined) this.#running.set(subject, (gathered = new Map()));
    const tally = gathered.get(quantity);
    if (tally === undefined) gathered.set(quantity, { count: 1, sum: value, minimum: value, maximum: value });
    else {
      tally.count++;
      tally.sum += value;
      if (value < tally.minimum) tally.minimum = value;
      if (value > tally.maximum) tally.maximum = value;
    }
  }

  flush(): void {
    if (this.#running.size === 0) return;
    const running = [...this.#running];
    this.#running.clear();
    const at = this.#minute;
    this.#store.transaction(() => {
      for (const [subject, gathered] of running) {
        const tallies: Record<string, Tally> = { ...this.#state.minutes.find(key(subject, at))?.tallies };
        for (const [quantity, tally] of gathered) tallies[quantity] = join(tallies[quantity], { ...tally });
        this.#state.minutes.put({ subject, at, tallies });
        this.#state.subjects.put({ subject, last: at });
      }
    });
  }

  read(subject: string, from: Instant, to: Instant): readonly Minute[] {
    const range = { from: key(subject, minuteOf(from)), to: key(subject, Math.max(0, Math.ceil(to))) };
    const minutes = this.#state.minutes.list(range);
    const gathered = this.#running.get(subject);
    if (gathered === undefined || this.#minute < minuteOf(from) || this.#minute >= to) return minutes;
    const last = minutes.at(-1)?.at === this.#minute ? minutes.pop() : undefined;
    const tallies: Record<string, Tally> = { ...last?.tallies };
    for (const [quantity, tally] of gathered) tallies[quantity] = join(tallies[quantity], { ...tally });
    return [...minutes, { subject, at: this.#minute, tallies }];
  }

  subjects(prefix: string, since: Instant): readonly string[] {
    const kept = this.#state.subjects.list({ prefix }).filter(({ last }) => last >= minuteOf(since));
    const running = [...this.#running.keys()].filter((subject) => subject.startsWith(prefix));
    return [...new Set([...kept.map(({ subject }) => subject), ...running])];
  }
}

export const makePart = (world: PartWorld): TrafficMeter => new Meter(world);
