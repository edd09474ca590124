// Later is data, not a closure. A job is a row: what to do, in which service, account and Region, and when. Due jobs run in
// (instant, sequence) order, so time can jump by months, and a restart loses no timer.
import { key } from './key.ts';
import { type StateOf, type Store, table } from './table.ts';
import type { Instant } from './units.ts';

export interface Job {
  readonly id: string;
  readonly at: Instant;
  readonly service: string;
  readonly account: string;
  readonly region: string;
  /** Name in the service's `jobs`. */
  readonly name: string;
  readonly data: object;
}

/** A job that sleeps: `at` is the instant from which its beats count. See `sleepers.ts`. */
export interface SleepingJob extends Job {
  readonly everyMs: number;
}

const definitions = {
  sleepers: table<SleepingJob>()({ key: (job) => job.id, scope: 'cloud' }),
  jobs: table<Job>()({
    key: (job) => job.id,
    scope: 'cloud',
    indexes: { due: (job) => key(job.at) },
  }),
  counters: table<{ readonly name: string; readonly next: number }>()({
    key: (counter) => counter.name,
    scope: 'cloud',
  }),
};

/** The queue of all that is to happen later in one cloud. */
export class JobQueue {
  readonly #state: StateOf<typeof definitions>;
  #changed: () => void = () => {};

  constructor(store: Store) {
    this.#state = store.state('kernel-jobs', definitions, '*', '*');
  }

  /** Whom to tell that the earliest job may be another one now. */
  onChange(changed: () => void): void {
    this.#changed = changed;
  }

  /** Inside a transaction. The answer cancels the job. */
  add(job: Omit<Job, 'id'>): string {
    const id = this.#nextId();
    this.#state.jobs.put({ ...job, id });
    this.#changed();
    return id;
  }

  #nextId(): string {
    const next = this.#state.counters.find('job')?.next ?? 1;
    this.#state.counters.put({ name: 'job', next: next + 1 });
    return key(next);
  }

  /** Inside a transaction. True when the job was still to come. */
  cancel(id: string): boolean {
    return this.#state.jobs.delete(id) || this.#state.sleepers.delete(id);
  }

  /** Inside a transaction: a job that has nothing to do before something changes. The answer cancels it. */
  sleep(job: Omit<SleepingJob, 'id'>): string {
    const id = this.#nextId();
    this.#state.sleepers.put({ ...job, id });
    this.#changed();
    return id;
  }

  /** Inside a transaction: a sleeping job is to run at an instant, under its own name. */
  wake({ id, service, account, region, name, data }: SleepingJob, at: Instant): void {
    this.#state.sleepers.delete(id);
    this.#state.jobs.put({ id, at, service, account, region, name, data });
    this.#changed();
  }

  sleepers(): readonly SleepingJob[] {
    return this.#state.sleepers.list();
  }

  /** Higher after each change of `sleepers`. */
  get sleepersVersion(): number {
    return this.#state.sleepers.version;
  }

  /** The earliest job, if any. */
  first(): Job | undefined {
    return this.#state.jobs.index('due').first();
  }

  /** All jobs to come, in the order in which they will run; those that sleep are not among them. */
  list(): Job[] {
    return this.#state.jobs.index('due').list();
  }

  get size(): number {
    return this.#state.jobs.size;
  }
}

/** What a handler can do about later, in its own service, account and Region. */
export interface Jobs {
  /** Runs `jobs[name]` of this service at `at`. The answer cancels it. */
  at(at: Instant, name: string, data: object): string;
  /**
   * Runs it after a whole number of `seconds` from now: as soon as that is after a change of what `senses[name]` tells. While nothing
   * changes it costs nothing. The answer cancels it.
   */
  sleep(seconds: number, name: string, data: object): string;
  cancel(id: string): boolean;
}
