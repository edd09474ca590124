// Connections inside of the process: two ends of one, and two that talk to each other.
import { Duplex, type DuplexOptions } from 'node:stream';

/** One end of a pair of connected streams. */
export class End extends Duplex {
  other: End | undefined;
  /** Told how many bytes go to the other end. */
  passed: ((bytes: number) => void) | undefined;
  #resume: (() => void) | undefined;

  constructor(options?: DuplexOptions) {
    super({ ...options, allowHalfOpen: false });
    // Whoever wants to know why it broke off listens, too.
    this.on('error', () => {});
  }

  override _read(): void {
    this.#resume?.();
    this.#resume = undefined;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const { other } = this;
    this.passed?.(chunk.byteLength);
    if (other === undefined || other.destroyed) done(new Error('the other end is gone'));
    else if (other.push(chunk)) done();
    else other.#resume = done;
  }

  override _final(done: (error?: Error | null) => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { other } = this;
    this.other = undefined;
    if (other !== undefined && !other.destroyed) setImmediate(() => other.destroy(error ?? undefined));
    done(error);
  }
}

/** Two ends of one connection: what is written to one is read from the other. */
export function makePair(): [Duplex, Duplex] {
  const [one, other] = [new End(), new End()];
  one.other = other;
  other.other = one;
  return [one, other];
}

/** What a side sees when the other breaks a connection off (TCP's RST). */
export const reset = (): Error => Object.assign(new Error('the connection was reset'), { code: 'ECONNRESET' });

export const isReset = (error: Error): boolean => 'code' in error && error.code === 'ECONNRESET';

/** Lets two connections talk to each other until one ends. */
export function join(a: Duplex, b: Duplex): void {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    one.pipe(other);
    one.on('error', (error) => other.destroy(error));
    one.on('close', () => other.destroy());
  }
}
