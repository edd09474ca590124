// Simulated load: so many requests a second to a load balancer, as a shape over time. No request is sent: each minute the load balancer
// counts what the shape says on its meter and on the guests that would have served it. So a day of load costs what its minutes cost,
// and metrics, alarms and groups see what they would see of real requests.
import type { Clock } from '../kernel/clock.ts';
import { key } from '../kernel/key.ts';
import type { PartWorld } from '../kernel/parts.ts';
import { type StateOf, type Store, table } from '../kernel/table.ts';
import { type Instant, secondsBetween } from '../kernel/units.ts';

/** Requests a second over time. */
export type Shape =
  | { readonly kind: 'constant'; readonly perSecond: number }
  /** From one rate to another over the wave's whole time, or over `seconds`; then it stays. */
  | { readonly kind: 'ramp'; readonly from: number; readonly to: number; readonly seconds: number }
  /** Between two rates and back, beginning at the lower one. */
  | { readonly kind: 'sine'; readonly low: number; readonly high: number; readonly periodSeconds: number };

export interface Wave {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  /** Name or ARN of a load balancer. */
  readonly balancer: string;
  readonly shape: Shape;
  readonly from: Instant;
  /** Undefined: until it is ended. */
  readonly until?: Instant | undefined;
}

/** Requests a second of a shape, so long after its beginning. */
export function rateOf(shape: Shape, elapsedSeconds: number): number {
  switch (shape.kind) {
    case 'constant':
      return shape.perSecond;
    case 'ramp':
      return shape.from + (shape.to - shape.from) * Math.min(1, elapsedSeconds / Math.max(1, shape.seconds));
    case 'sine': {
      const turn = (2 * Math.PI * elapsedSeconds) / shape.periodSeconds;
      return shape.low + ((shape.high - shape.low) * (1 - Math.cos(turn))) / 2;
    }
  }
}

export interface LoadPlan {
  add(wave: Omit<Wave, 'id'>): Wave;
  /** Ends a wave now; undefined when there is none of that name. */
  end(id: string): Wave | undefined;
  /** All waves, in the order in which they were planned. */
  list(): readonly Wave[];
  /** Waves of an account and Region that are not over yet. */
  of(account: string, region: string): readonly Wave[];
  /** Requests a second of a wave now; none before its beginning and after its end. */
  rateOf(wave: Wave): number;
}

declare module '../kernel/parts.ts' {
  interface Parts {
    readonly load: LoadPlan;
  }
}

const definitions = {
  waves: table<Wave & { readonly number: number }>()({ key: (wave) => key(wave.number), scope: 'cloud' }),
};

class Waves implements LoadPlan {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #state: StateOf<typeof definitions>;

  constructor({ store, clock }: PartWorld) {
    this.#store = store;
    this.#clock = clock;
    this.#state = store.state('load', definitions, '*', '*');
  }

  add(wave: Omit<Wave, 'id'>): Wave {
    return this.#store.transaction(() => {
      const number = (this.#state.waves.first({ reverse: true })?.number ?? 0) + 1;
      const row = { ...wave, id: `load-${number}`, number };
      this.#state.waves.put(row);
      return row;
    }).result;
  }

  end(id: string): Wave | undefined {
    const wave = this.#state.waves.list().find((one) => one.id === id);
    if (wave === undefined) return undefined;
    const now = this.#clock.now();
    if (wave.until !== undefined && wave.until <= now) return wave;
    const ended = { ...wave, until: now };
    this.#store.transaction(() => this.#state.waves.put(ended));
    return ended;
  }

  list(): readonly Wave[] {
    return this.#state.waves.list();
  }

  of(account: string, region: string): readonly Wave[] {
    const now = this.#clock.now();
    return this.#state.waves
      .list()
      .filter((wave) => wave.account === account && wave.region === region && (wave.until ?? now + 1) > now);
  }

  rateOf({ shape, from, until }: Wave): number {
    const now = this.#clock.now();
    return now < from || (until !== undefined && now >= until)
      ? 0
      : Math.max(0, rateOf(shape, secondsBetween(from, now)));
  }
}

export const makePart = (world: PartWorld): LoadPlan => new Waves(world);
