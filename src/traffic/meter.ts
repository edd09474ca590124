// The meter: what was done, minute by minute. Requests come by the ten thousand, so a count costs no row: it is gathered in memory for the
// running minute and written once that is over, or when the cloud closes. A crash loses at most the running minute of counts; no answer of
// an API depends on them.
import { key } from '../kernel/key.ts';
import type { PartWorld } from '../kernel/parts.ts';
import { type StateOf, type Store, table } from '../kernel/table.ts';
import { type Instant, instant, minuteOf } from '../kernel/units.ts';

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

/** What was gathered in one minute, by subject. */
interface Sheet {
  readonly at: Instant;
  readonly subjects: Map<string, Gathered>;
}

function joinInto(tallies: Record<string, Tally>, gathered: Gathered): void {
  for (const [quantity, tally] of gathered) tallies[quantity] = join(tallies[quantity], { ...tally });
}

class Meter implements TrafficMeter {
  readonly #store: Store;
  readonly #state: StateOf<typeof definitions>;
  /** Not written yet, oldest first: the running minute last. */
  #sheets: Sheet[] = [];
  #running: Sheet = { at: instant(0), subjects: new Map() };

  constructor({ store, onClose, onRestore }: PartWorld) {
    this.#store = store;
    this.#state = store.state('meter', definitions, '*', '*');
    onClose(() => this.flush());
    // What was gathered belongs to the state that is gone.
    onRestore(() => {
      this.#sheets = [];
      this.#running = { at: instant(0), subjects: new Map() };
    });
  }

  count(subject: string, at: Instant, quantity: string, value: number): void {
    const minute = minuteOf(at);
    if (minute !== this.#running.at) this.#turn(minute);
    const { subjects } = this.#running;
    let gathered = subjects.get(subject);
    if (gathered === undefined) subjects.set(subject, (gathered = new Map()));
    const tally = gathered.get(quantity);
    if (tally === undefined) gathered.set(quantity, { count: 1, sum: value, minimum: value, maximum: value });
    else {
      tally.count++;
      tally.sum += value;
      if (value < tally.minimum) tally.minimum = value;
      if (value > tally.maximum) tally.maximum = value;
    }
  }

  /**
   * Begins the sheet of another minute. Those that are over are written when the running transaction is: it may be undone, and what was
   * counted stays counted.
   */
  #turn(minute: Instant): void {
    if (this.#sheets.length > 0) queueMicrotask(() => this.flush());
    this.#running = { at: minute, subjects: new Map() };
    this.#sheets.push(this.#running);
  }

  flush(): void {
    const sheets = this.#sheets;
    if (sheets.length === 0) return;
    this.#sheets = [];
    this.#running = { at: instant(0), subjects: new Map() };
    this.#store.transaction(() => {
      for (const { at, subjects } of sheets)
        for (const [subject, gathered] of subjects) {
          const tallies: Record<string, Tally> = { ...this.#state.minutes.find(key(subject, at))?.tallies };
          joinInto(tallies, gathered);
          this.#state.minutes.put({ subject, at, tallies });
          this.#state.subjects.put({ subject, last: at });
        }
    });
  }

  read(subject: string, from: Instant, to: Instant): readonly Minute[] {
    const first = minuteOf(from);
    const minutes = this.#state.minutes.list({
      from: key(subject, first),
      to: key(subject, Math.max(0, Math.ceil(to))),
    });
    for (const { at, subjects } of this.#sheets) {
      const gathered = subjects.get(subject);
      if (gathered === undefined || at < first || at >= to) continue;
      const last = minutes.at(-1)?.at === at ? minutes.pop() : undefined;
      const tallies: Record<string, Tally> = { ...last?.tallies };
      joinInto(tallies, gathered);
      minutes.push({ subject, at, tallies });
    }
    return minutes;
  }

  subjects(prefix: string, since: Instant): readonly string[] {
    const kept = this.#state.subjects.list({ prefix }).filter(({ last }) => last >= minuteOf(since));
    const running = this.#sheets
      .flatMap(({ subjects }) => [...subjects.keys()])
      .filter((subject) => subject.startsWith(prefix));
    return [...new Set([...kept.map(({ subject }) => subject), ...running])];
  }
}

export const makePart = (world: PartWorld): TrafficMeter => new Meter(world);
