// The context of one call: made for each request, so its parts are looked up when they are asked for.
import type { Credential, Identity } from './authority.ts';
import type { Blobs } from './blobs.ts';
import type { Clients } from './clients.ts';
import type { Clock } from './clock.ts';
import type { Facts } from './facts.ts';
import type { Ids } from './ids.ts';
import type { JobQueue, Jobs } from './jobs.ts';
import type { Metrics } from './metric.ts';
import type { Parts } from './parts.ts';
import { GrantedQuotas, type Quotas, quotaTables } from './quota.ts';
import type { Random } from './random.ts';
import type { AnyService, Context, Origin, Principal } from './service.ts';
import type { Store } from './table.ts';
import type { Activity, Timeline, WaitEnd } from './timeline.ts';
import type { Instant } from './units.ts';

/** What all contexts of a cloud share. */
export interface World {
  readonly store: Store;
  readonly timeline: Timeline;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly blobs: Blobs;
  /** Names of the services that listen to a fact. */
  listenersOf(fact: string): readonly string[];
  clientsFor(context: CallContext): Clients;
  metricsFor(context: CallContext): Metrics;
  readonly parts: Parts;
  /** Whose credentials these are. */
  identify(credential: Credential | undefined, service: string): Identity;
}

/** Account, Region, caller and request of a call. */
export interface CallFrame {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly caller: Principal;
  readonly origin: Origin;
  readonly requestId: string;
  /** Tells whom to call when the client leaves. */
  readonly onGone?: ((gone: () => void) => void) | undefined;
}

export class CallContext implements Context<never>, Jobs, Facts {
  readonly #world: World;
  readonly #service: AnyService;
  readonly #frame: CallFrame;
  readonly #activity: Activity;
  /** Looked up once: handlers ask often. */
  #state: unknown;

  constructor(world: World, service: AnyService, frame: CallFrame, activity: Activity) {
    this.#world = world;
    this.#service = service;
    this.#frame = frame;
    this.#activity = activity;
  }

  get account(): string {
    return this.#frame.account;
  }
  get region(): string {
    return this.#frame.region;
  }
  get partition(): string {
    return this.#frame.partition;
  }
  get caller(): Principal {
    return this.#frame.caller;
  }
  get origin(): Origin {
    return this.#frame.origin;
  }
  get requestId(): string {
    return this.#frame.requestId;
  }
  get serviceName(): string {
    return this.#service.name;
  }
  get state(): never {
    const { name, state, stateOf } = this.#service;
    this.#state ??= this.#world.store.state(stateOf ?? name, state, this.account, this.region);
    return this.#state as never;
  }
  get clock(): Clock {
    return this.#world.clock;
  }
  get random(): Random {
    return this.#world.random;
  }
  get ids(): Ids {
    return this.#world.ids;
  }
  get blobs(): Blobs {
    return this.#world.blobs;
  }
  get aws(): Clients {
    return this.#world.clientsFor(this);
  }
  get parts(): Parts {
    return this.#world.parts;
  }
  get metrics(): Metrics {
    return this.#world.metricsFor(this);
  }
  get quotas(): Quotas {
    return new GrantedQuotas(this.#world.store.state('kernel-quotas', quotaTables, this.account, this.region));
  }
  get jobs(): Jobs {
    return this;
  }
  get facts(): Facts {
    return this;
  }

  at(at: Instant, name: string, data: object): string {
    const { account, region } = this;
    return this.#world.queue.add({ at, service: this.#service.name, account, region, name, data });
  }

  sleep(seconds: number, name: string, data: object): string {
    const { account, region } = this;
    const { name: service } = this.#service;
    const at = this.clock.now();
    return this.#world.queue.sleep({ at, everyMs: seconds * 1000, service, account, region, name, data });
  }

  cancel(id: string): boolean {
    return this.#world.queue.cancel(id);
  }

  publish(name: string, data: object): void {
    const { account, region } = this;
    const at = this.clock.now();
    for (const service of this.#world.listenersOf(name))
      this.#world.queue.add({ at, service, account, region, name: `${factPrefix}${name}`, data });
  }

  elsewhere(account: string, region: string): CallContext {
    return new CallContext(this.#world, this.#service, { ...this.#frame, account, region }, this.#activity);
  }

  identify(credential: Credential | undefined): Identity {
    return this.#world.identify(credential, this.#service.name);
  }

  attempt<Result>(change: () => Result): Result {
    return this.#world.store.attempt(change);
  }

  async transact<Result>(change: () => Result): Promise<Result> {
    // What a handler does before its first await runs inside a transaction of the road's; this is one of its own.
    await undefined;
    const { result, saved } = this.#world.store.transaction(change);
    if (saved !== undefined) await saved;
    return result;
  }

  wait(until: number, channel: string): Promise<WaitEnd> {
    return this.#world.timeline.wait(until, this.#channel(channel), this.#activity, this.#frame.onGone);
  }

  wake(channel: string): void {
    this.#world.timeline.wake(this.#channel(channel));
  }

  #channel(channel: string): string {
    return `${this.#service.name}/${this.account}/${this.region}/${channel}`;
  }
}

/** A fact travels as a job of the service that listens, under this name. */
export const factPrefix = 'fact:';
