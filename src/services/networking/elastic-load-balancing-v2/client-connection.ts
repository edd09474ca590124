// What a load balancer's node knows of a client's connection: it is cut when nothing passes for the idle timeout, and closed after the
// answer that ends the client keepalive duration. A request that waits for its target is no idleness: it is answered with 504 then.
//
// Differs: by name on the cloud's own port a connection that waits for its next request is kept as those of the APIs are.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#connection-idle-timeout
import type { Duplex } from 'node:stream';
import type { Context } from '../../../kernel/service.ts';
import { type Instant, secondsBetween } from '../../../kernel/units.ts';

type Clocked = Pick<Context, 'parts' | 'clock'>;

export interface ClientTerms {
  /** Under what it is metered: `elb/app/web/50dc6c495c0c9188`. Undefined: connections are not counted. */
  readonly subject?: string | undefined;
  readonly idleSeconds: number;
  /** Undefined: it is kept as long as it is not idle. */
  readonly keepSeconds?: number | undefined;
}

const minuteMs = 60_000;

export class ClientConnection {
  readonly #context: Clocked;
  readonly #terms: ClientTerms;
  readonly #openedAt: Instant;
  #lastAt: Instant;
  #pending = 0;
  #callOff: (() => void) | undefined;
  #stream: Duplex | undefined;

  constructor(context: Clocked, terms: ClientTerms) {
    this.#context = context;
    this.#terms = terms;
    this.#openedAt = this.#lastAt = context.clock.now();
    this.#count('NewConnectionCount', 1);
    this.#count('ActiveConnectionCount', 1);
  }

  #count(quantity: string, value: number): void {
    const { subject } = this.#terms;
    if (subject !== undefined) this.#context.parts.meter.count(subject, this.#context.clock.now(), quantity, value);
  }

  /** Watches the connection from now on. */
  watch(stream: Duplex): void {
    this.#stream = stream;
    stream.once('close', () => this.#callOff?.());
    this.#look();
  }

  #look(): void {
    const left = this.#terms.idleSeconds - secondsBetween(this.#lastAt, this.#context.clock.now());
    if (left <= 0 && this.#pending === 0) {
      this.#stream?.destroy();
      return;
    }
    const wait = left <= 0 ? this.#terms.idleSeconds : left;
    this.#callOff = this.#context.parts.traffic.after(wait * 1_000, () => this.#look());
  }

  /** Bytes went through, either way. */
  readonly passed = (bytes: number): void => {
    const now = this.#context.clock.now();
    // It is active in each minute in which something passes.
    if (Math.floor(now / minuteMs) !== Math.floor(this.#lastAt / minuteMs)) this.#count('ActiveConnectionCount', 1);
    this.#lastAt = now;
    this.#count('ProcessedBytes', bytes);
  };

  /** A request is under way until its answer is ready. */
  async during<Answer>(work: Promise<Answer>): Promise<Answer> {
    this.#pending++;
    try {
      return await work;
    } finally {
      this.#pending--;
      this.#lastAt = this.#context.clock.now();
    }
  }

  /** True when the answer that is being given is to be the last one. */
  get isOld(): boolean {
    const { keepSeconds } = this.#terms;
    return keepSeconds !== undefined && secondsBetween(this.#openedAt, this.#context.clock.now()) >= keepSeconds;
  }
}
