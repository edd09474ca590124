// What was promised. A change is written down before it is asked for and again when it was acknowledged; what a kill left unanswered
// may have happened or not, but whole.

/** The request found no answer: the process was killed over it. */
export class Unanswered extends Error {}

interface SdkFailure {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $fault?: string;
}

/** An answer, or `Unanswered`; any error that the cloud gave is a failure of the test. */
export async function answered<Output>(request: Promise<Output>): Promise<Output> {
  try {
    return await request;
  } catch (error) {
    const { $fault, $metadata } = error as SdkFailure;
    if ($fault === undefined && $metadata?.httpStatusCode === undefined) throw new Unanswered(String(error));
    throw error;
  }
}

/** Takes the whole HTTP exchange out of an error: it would fill pages of a report. */
export function shorten(error: unknown): void {
  if (typeof error === 'object' && error !== null) Reflect.deleteProperty(error, '$response');
}

/** For one thing (a key, a user): the values of which it may have any now. */
export class Ledger<Value> {
  readonly #known = new Map<string, { acknowledged: Value | undefined; asked?: { value: Value | undefined } }>();

  /** Things that changed since the last check. */
  readonly touched = new Set<string>();

  acknowledged(name: string): Value | undefined {
    return this.#known.get(name)?.acknowledged;
  }

  names(): string[] {
    return [...this.#known.keys()];
  }

  /** Does the change, and writes down how it ended. */
  async change(name: string, value: Value | undefined, request: () => Promise<unknown>): Promise<void> {
    const entry = this.#known.get(name) ?? { acknowledged: undefined };
    this.#known.set(name, entry);
    this.touched.add(name);
    entry.asked = { value };
    await answered(request());
    entry.acknowledged = value;
    delete entry.asked;
  }

  /** Holds what is found against what may be; from now on it is what is known. @throws when something was lost or invented */
  check(name: string, found: Value | undefined): void {
    const entry = this.#known.get(name);
    if (entry === undefined) throw new Error(`${name} came from nowhere: ${JSON.stringify(found)}`);
    const { acknowledged, asked } = entry;
    const same = (value: Value | undefined): boolean => JSON.stringify(value) === JSON.stringify(found);
    if (!same(acknowledged) && !(asked !== undefined && same(asked.value))) {
      const may = asked === undefined ? '' : ` (or, unanswered, ${JSON.stringify(asked.value)})`;
      throw new Error(
        `${name} was ${JSON.stringify(acknowledged)}${may}, and is ${JSON.stringify(found)} after the kill`,
      );
    }
    entry.acknowledged = found;
    delete entry.asked;
  }
}

/** A worker of the load. `work` does one round of changes, `check` compares after a restart. */
export interface Worker {
  readonly name: string;
  prepare(): Promise<void>;
  work(): Promise<void>;
  check(): Promise<void>;
}

/** A seeded source of picks. */
export type Chance = (below: number) => number;

export function makeChance(seed: number): Chance {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39) >>> 0;
    return ((mixed ^ (mixed >>> 16)) >>> 0) % below;
  };
}
