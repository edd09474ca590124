// What happens when time passes: due jobs run one after the other, in (instant, sequence) order, and whoever waits for an instant
// is woken in the same order. Moving the clock returns when all that was due has been done.
import type { CloudClock } from './clock.ts';
import type { Job, JobQueue } from './jobs.ts';
import { NotSaved } from './journal.ts';
import { type Sense, Sleepers } from './sleepers.ts';
import type { Store } from './table.ts';
import { type Instant, instant } from './units.ts';

export type WaitEnd = 'time' | 'woken' | 'gone';

/** One request that is being handled; `advance` waits for those that it woke. */
export class Activity {
  #settle: (() => void) | undefined;
  /** Settles when the request is done, or waits again. Undefined while it does. */
  quiet: Promise<void> | undefined;

  begin(): void {
    this.quiet = new Promise((settle) => {
      this.#settle = settle;
    });
  }

  rest(): void {
    this.#settle?.();
    this.quiet = undefined;
  }
}

interface Waiter {
  readonly until: number;
  readonly end: (how: WaitEnd) => void;
  readonly activity: Activity;
}

/** How jobs are done; the cloud says it. */
export interface JobRunner {
  /** Before the job's transaction: whatever has to be loaded. */
  prepare(job: Job): Promise<unknown> | undefined;
  /** The job's work, inside its transaction; it may answer a promise. */
  run(job: Job, activity: Activity): unknown;
  /** What a sleeping job looks at; undefined while its service is not loaded. */
  sense(job: Job): Sense | undefined;
  /** A job threw. It is not tried again. */
  fail(job: Job, error: unknown): void;
}

const never = Number.POSITIVE_INFINITY;

/** Real time until jobs are tried again after the journal could not write. */
const retryAfterMs = 1_000;

export class Timeline {
  readonly clock: CloudClock;
  readonly #queue: JobQueue;
  readonly #store: Store;
  readonly #runner: JobRunner;
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #sleepers: Sleepers;
  /** Up to here sleepers know of all that happened. */
  #heardUntil: number;
  /** Requests that the running job woke. */
  #woken: Set<Activity> | undefined;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;
  /** Channels of its own that were made. */
  #made = 0;
  #rescheduled = false;
  /** A job's changes could not be written: it waits, and all after it. */
  #stalled = false;

  constructor(clock: CloudClock, queue: JobQueue, store: Store, runner: JobRunner) {
    this.clock = clock;
    this.#queue = queue;
    this.#store = store;
    this.#runner = runner;
    this.#sleepers = new Sleepers(queue, (job) => this.#sense(job));
    this.#heardUntil = clock.now();
    queue.onChange(() => this.reschedule());
  }

  /** The clock was set, a job or a waiter was added: find out anew when to wake. Many calls in one turn cost one. */
  reschedule(): void {
    if (this.#rescheduled || this.#closed) return;
    this.#rescheduled = true;
    queueMicrotask(() => {
      this.#rescheduled = false;
      if (this.#closed) return;
      if (this.#stalled) this.clock.wakeIn(retryAfterMs, () => void this.catchUp());
      else this.clock.wakeAt(this.#nextInstant(), () => void this.catchUp());
    });
  }

  #nextWaiter(): Waiter | undefined {
    let next: Waiter | undefined;
    for (const waiters of this.#waiters.values())
      for (const waiter of waiters) if (next === undefined || waiter.until < next.until) next = waiter;
    return next;
  }

  /** Requests tell nobody what they change: a running clock asks sleepers at each beat. */
  #nextInstant(): Instant | undefined {
    const beat = this.#sleepers.beat(this.#lastHeard());
    const next = Math.min(this.#queue.first()?.at ?? never, this.#nextWaiter()?.until ?? never, beat ?? never);
    return next === never ? undefined : instant(next);
  }

  /** A restored snapshot may have set the clock back. */
  #lastHeard(): number {
    return Math.min(this.#heardUntil, this.clock.now());
  }

  /** Does all that is due now. */
  catchUp(): Promise<void> {
    return this.#exclusively(async () => {
      try {
        await this.#doUntil(() => this.clock.now());
        this.#stalled = false;
      } catch (error) {
        if (!(error instanceof NotSaved)) throw error;
        this.#stalled = true;
      } finally {
        this.clock.release();
      }
    });
  }

  /** Moves the clock to `target` (not backwards) and does all that falls due on the way. */
  moveTo(target: Instant): Promise<void> {
    return this.#exclusively(async () => {
      try {
        await this.#doUntil(() => target);
      } catch (error) {
        this.#stalled = true;
        this.clock.go(this.clock.now());
        throw error;
      }
      this.#stalled = false;
      this.clock.go(instant(Math.max(target, this.clock.now())));
    });
  }

  #exclusively(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    void done.finally(() => this.reschedule()).catch(() => {});
    return done;
  }

  async #doUntil(target: () => Instant): Promise<void> {
    this.#sleepers.stir(this.#lastHeard());
    for (;;) {
      if (this.#closed) return;
      const end = target();
      const job = this.#queue.first();
      const waiter = this.#nextWaiter();
      const beat = this.#sleepers.nextBeat;
      if (beat !== undefined && beat <= end && beat < Math.min(job?.at ?? never, waiter?.until ?? never)) {
        this.clock.stand(instant(Math.max(beat, this.clock.now())));
        await this.#store.transaction(() => this.#sleepers.ask(this.clock.now())).saved;
        this.clock.release();
        continue;
      }
      if (waiter !== undefined && waiter.until <= end && (job === undefined || waiter.until < job.at)) {
        this.clock.stand(instant(Math.max(waiter.until, this.clock.now())));
        waiter.activity.begin();
        waiter.end('time');
        await waiter.activity.quiet;
      } else if (job !== undefined && job.at <= end) {
        this.clock.stand(instant(Math.max(job.at, this.clock.now())));
        await this.#runJob(job);
      } else {
        this.#heardUntil = end;
        return;
      }
      this.#sleepers.stir(this.clock.now());
      this.clock.release();
    }
  }

  /** A job of which nobody can say what it looks at gets up, and looks for itself. */
  #sense(job: Job): Sense | undefined {
    try {
      return this.#runner.sense(job);
    } catch (error) {
      this.#runner.fail(job, error);
      return undefined;
    }
  }

  async #runJob(job: Job): Promise<void> {
    const woken = new Set<Activity>();
    this.#woken = woken;
    const done = (): Promise<void> | undefined => this.#store.transaction(() => this.#queue.cancel(job.id)).saved;
    try {
      await this.#runner.prepare(job);
      const { result, saved } = this.#store.transaction(() => {
        const outcome = this.#runner.run(job, new Activity());
        if (!(outcome instanceof Promise)) this.#queue.cancel(job.id);
        return outcome;
      });
      await saved;
      if (result instanceof Promise) {
        await result;
        await done();
      }
    } catch (error) {
      this.#woken = undefined;
      if (error instanceof NotSaved) throw error;
      this.#runner.fail(job, error);
      await done();
    }
    this.#woken = undefined;
    for (const activity of woken) await activity.quiet;
  }

  /** Waits for an instant or a wake-up; see `Context.wait`. `onGone` is told whom to call when the client leaves. */
  wait(until: number, channel: string, activity: Activity, onGone?: (gone: () => void) => void): Promise<WaitEnd> {
    return new Promise((settle) => {
      const waiters = this.#waiters.get(channel) ?? new Set();
      this.#waiters.set(channel, waiters);
      const end = (how: WaitEnd): void => {
        if (!waiters.delete(waiter)) return;
        if (waiters.size === 0 && this.#waiters.get(channel) === waiters) this.#waiters.delete(channel);
        settle(how);
      };
      const waiter: Waiter = { until, end, activity };
      waiters.add(waiter);
      activity.rest();
      onGone?.(() => end('gone'));
      this.reschedule();
    });
  }

  /** Calls back after so many milliseconds of the clock; the answer calls it off, as a reset does. */
  after(milliseconds: number, callback: () => void): () => void {
    const channel = `after/${++this.#made}`;
    const activity = new Activity();
    void this.wait(this.clock.now() + milliseconds, channel, activity).then((how) => {
      if (how === 'time') callback();
      activity.rest();
    });
    return () => this.wake(channel);
  }

  /** Waits so many milliseconds of the clock. One that stands still makes nobody wait, and while a job runs it does. */
  async pause(milliseconds: number): Promise<void> {
    if (this.clock.mode.kind === 'frozen' || this.#woken !== undefined) return;
    const activity = new Activity();
    await this.wait(this.clock.now() + milliseconds, `pause/${++this.#made}`, activity);
    // The clock goes on: what comes after the pause belongs to whoever paused.
    activity.rest();
  }

  wake(channel: string): void {
    const waiters = this.#waiters.get(channel);
    if (waiters === undefined) return;
    for (const waiter of [...waiters]) {
      if (this.#woken !== undefined) {
        waiter.activity.begin();
        this.#woken.add(waiter.activity);
      }
      waiter.end('woken');
    }
  }

  /** Ends every wait: the cloud was reset or is closing. */
  endWaits(): void {
    for (const waiters of [...this.#waiters.values()]) for (const waiter of [...waiters]) waiter.end('gone');
  }

  /** Settles when no job is running. */
  async close(): Promise<void> {
    this.#closed = true;
    this.clock.close();
    this.endWaits();
    await this.#turn;
  }
}
