// The one clock of a cloud: real, scaled, frozen, or moved. Nothing else in the tree reads the time or sets a timer.
import { type Instant, instant } from './units.ts';

export type ClockMode =
  | { readonly kind: 'real' }
  /** Runs `factor` times as fast as real time. */
  | { readonly kind: 'scaled'; readonly factor: number }
  | { readonly kind: 'frozen' };

/** What the rest of the tree may know of the clock. */
export interface Clock {
  now(): Instant;
}

/** Real time and real timers: what the clock is made of, and what a test can replace. */
export interface TimeSource {
  epochMs(): number;
  /** Calls back after `delayMs`; the answer cancels it. Does not keep the process alive. */
  wake(delayMs: number, callback: () => void): () => void;
}

const longestTimerMs = 2_147_483_647; // a timer's delay is a signed 32-bit number of milliseconds

export const realTime: TimeSource = {
  epochMs: () => Date.now(),
  wake: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), longestTimerMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A point where virtual and real time are known to meet. */
interface Anchor {
  readonly virtualMs: number;
  readonly realMs: number;
  readonly mode: ClockMode;
}

const keptAnchors = 256;

const factorOf = (mode: ClockMode): number => (mode.kind === 'frozen' ? 0 : mode.kind === 'scaled' ? mode.factor : 1);

const nearer = (a: number, b: number): number => (Math.abs(a) <= Math.abs(b) ? a : b);

export class CloudClock implements Clock {
  readonly #time: TimeSource;
  #anchor: Anchor;
  /** While due jobs run, the clock stands at the job's instant. */
  #standing: number | undefined;
  #cancelWake: (() => void) | undefined;
  #last = 0;
  /** Where virtual and real time met before; the oldest are forgotten. */
  readonly #past: Anchor[] = [];

  constructor(mode: ClockMode, start?: Instant, time: TimeSource = realTime) {
    this.#time = time;
    const realMs = time.epochMs();
    this.#anchor = { virtualMs: start ?? realMs, realMs, mode };
  }

  now(): Instant {
    if (this.#standing !== undefined) return instant(this.#standing);
    // Never backwards, whatever the machine's clock does.
    this.#last = Math.max(this.#last, Math.floor(this.#reading()));
    return instant(this.#last);
  }

  #reading(): number {
    const { virtualMs, realMs, mode } = this.#anchor;
    const factor = factorOf(mode);
    return factor === 0 ? virtualMs : virtualMs + (this.#time.epochMs() - realMs) * factor;
  }

  /** What the machine's clock says. */
  realNow(): Instant {
    return instant(this.#time.epochMs());
  }

  get mode(): ClockMode {
    return this.#anchor.mode;
  }

  /** Milliseconds by which the clock is ahead of real time. */
  get aheadMs(): number {
    return this.now() - this.#time.epochMs();
  }

  setMode(mode: ClockMode): void {
    this.#meet(this.now(), mode);
  }

  #meet(virtualMs: number, mode: ClockMode): void {
    this.#past.push(this.#anchor);
    if (this.#past.length > keptAnchors) this.#past.shift();
    this.#anchor = { virtualMs, realMs: this.#time.epochMs(), mode };
  }

  /**
   * How long ago, on this clock, a client stamped something: milliseconds, negative for the future. A client's clock is the machine's,
   * or was set to this one; whichever makes the stamp nearer is believed. Stamps have whole seconds, so one from before the clock was
   * moved and one from after it, within a second, look the same: it counts as after.
   */
  ageOf(stampMs: number): number {
    const asVirtual = this.now() - stampMs;
    const realMs = this.#time.epochMs();
    if (stampMs > realMs) return nearer(asVirtual, realMs - stampMs);
    const latestMs = stampMs + 999;
    const then = this.#past.findLast((anchor) => anchor.realMs <= latestMs) ?? this.#past[0] ?? this.#anchor;
    const met = this.#anchor.realMs <= latestMs ? this.#anchor : then;
    return nearer(asVirtual, this.now() - (met.virtualMs + (stampMs - met.realMs) * factorOf(met.mode)));
  }

  /** Lets the clock stand at `at` (while due jobs run), or go on from there. */
  stand(at: Instant): void {
    this.#standing = at;
    this.#last = Math.max(this.#last, at);
  }

  go(from: Instant): void {
    this.#standing = undefined;
    this.#last = from;
    this.#meet(from, this.#anchor.mode);
  }

  /** Ends a stand without moving the clock: real time that passed meanwhile counts. */
  release(): void {
    this.#standing = undefined;
  }

  /** Sets the clock to any instant, also an earlier one: a reset or a restored snapshot does that. */
  set(at: Instant): void {
    this.#standing = undefined;
    this.#last = 0;
    this.#meet(at, this.#anchor.mode);
  }

  /** Calls back when the clock reaches `at`, replacing an earlier call. A frozen clock never does by itself. */
  wakeAt(at: Instant | undefined, callback: () => void): void {
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    const { mode } = this.#anchor;
    if (at === undefined || mode.kind === 'frozen') return;
    this.#cancelWake = this.#time.wake((at - this.#reading()) / factorOf(mode), callback);
  }

  /** Calls back after so much real time, replacing an earlier call. */
  wakeIn(delayMs: number, callback: () => void): void {
    this.#cancelWake?.();
    this.#cancelWake = this.#time.wake(delayMs, callback);
  }

  close(): void {
    this.#cancelWake?.();
    this.#cancelWake = undefined;
  }
}

/** Milliseconds of real time, for measuring how long our own work takes. */
export const stopwatchMs = (): number => performance.now();
