// Jobs that sleep. Some work is done in a rhythm (a health check every ten seconds), yet can only turn out another way when something
// changed. Such a job lies down, and what it looks at is its service's to say (`senses`): as long as that stays the same no beat of the
// rhythm costs anything, so weeks go by in moments; once it is another, the job gets up at the next beat, as if it had never slept.
//
// Nobody has to tell sleepers of a change: whatever happened, a request, a job, a fault that begins, they are asked before the next beat.
import type { Job, JobQueue, SleepingJob } from './jobs.ts';
import { type Instant, instant } from './units.ts';

/** What a sleeping job looks at. */
export interface Sense {
  /** Another text than before: something changed. */
  readonly text: string;
  /** When it will be another one without anything being written, at the latest known. */
  readonly until?: Instant | undefined;
}

/** The first beat after an instant. */
export const beatAfter = ({ at, everyMs }: SleepingJob, after: number): number =>
  at + (Math.floor((after - at) / everyMs) + 1) * everyMs;

const groupOf = ({ service, account, region, name }: Job): string => `${service}/${account}/${region}/${name}`;

export class Sleepers {
  readonly #queue: JobQueue;
  readonly #sense: (job: Job) => Sense | undefined;
  /** What was seen last, by group: all sleepers of one see the same. */
  readonly #seen = new Map<string, Sense>();
  /** Something may have changed since this instant. */
  #stirredAt: number | undefined;
  #beat: { readonly since: number; readonly version: number; readonly at: number | undefined } | undefined;

  /** @param sense what a job looks at now; undefined when that cannot be known yet. */
  constructor(queue: JobQueue, sense: (job: Job) => Sense | undefined) {
    this.#queue = queue;
    this.#sense = sense;
  }

  /** Something may have changed at this instant. */
  stir(at: number): void {
    if (this.#stirredAt === undefined || at < this.#stirredAt) this.#stirredAt = at;
  }

  /** The first beat at which a sleeper may have to get up, if anything changed after `since`. */
  beat(since: number): number | undefined {
    const version = this.#queue.sleepersVersion;
    if (this.#beat?.since !== since || this.#beat.version !== version)
      this.#beat = { since, version, at: this.#firstBeat(since) };
    return this.#beat.at;
  }

  #firstBeat(since: number): number | undefined {
    let first: number | undefined;
    for (const job of this.#queue.sleepers()) {
      const at = beatAfter(job, since);
      if (first === undefined || at < first) first = at;
    }
    return first;
  }

  /** The next beat at which sleepers have to be asked; undefined while nothing happens. */
  get nextBeat(): number | undefined {
    return this.#stirredAt === undefined ? this.#firstTurn() : this.beat(this.#stirredAt);
  }

  /** The first beat at or after something changes by itself. */
  #firstTurn(): number | undefined {
    let first: number | undefined;
    for (const { until } of this.#seen.values())
      if (until !== undefined && (first === undefined || until < first)) first = until;
    return first === undefined ? undefined : this.beat(first - 1);
  }

  /** Asks all, as of now, and wakes those that see something new: each at its next beat after what happened. */
  ask(now: Instant): void {
    const since = this.#stirredAt ?? now - 1;
    this.#stirredAt = undefined;
    const isOther = new Map<string, boolean>();
    for (const job of this.#queue.sleepers()) {
      const group = groupOf(job);
      if (!isOther.has(group)) isOther.set(group, this.#look(group, job));
      if (isOther.get(group) === true) this.#queue.wake(job, instant(beatAfter(job, since)));
    }
    for (const group of this.#seen.keys()) if (!isOther.has(group)) this.#seen.delete(group);
  }

  #look(group: string, job: Job): boolean {
    const before = this.#seen.get(group);
    const sense = this.#sense(job);
    if (sense === undefined) this.#seen.delete(group);
    else this.#seen.set(group, sense);
    return sense === undefined || sense.text !== before?.text;
  }
}
