// What real guests have in common, whatever they run in. Their rows are those of simulated ones; what runs follows the rows: after every
// change, and after a restart, a restore or a reset, what should run is compared with what does. So nothing that runs is decided inside a
// transaction that may yet be undone.
import type { Duplex } from 'node:stream';
import type { Datagram } from '../kernel/datagram.ts';
import type { HttpRequest, HttpResponse } from '../kernel/http.ts';
import type { PartWorld } from '../kernel/parts.ts';
import type { Instant } from '../kernel/units.ts';
import type { GuestSpec, Refusal, Sender } from './guest.ts';
import { exchange, exchangeHttp2 } from './http-client.ts';
import { SimulatedGuests } from './simulated.ts';

/** A guest as it should run. */
export interface Wanted {
  readonly spec: GuestSpec;
  /** A guest with another instant is another boot. */
  readonly bootedAt: Instant;
}

/** Between which addresses a connection goes. */
export interface Ends {
  readonly sourceIp: string;
  /** Of the guest; undefined: its first. */
  readonly address: string | undefined;
}

export abstract class RealGuests extends SimulatedGuests {
  readonly #running = new Map<string, Instant>();
  #work: Promise<void> = Promise.resolve();
  #isAwaited = false;
  #isClosed = false;

  constructor(world: PartWorld) {
    super(world);
    world.onClose(async () => {
      this.#isClosed = true;
      await this.#work;
      await this.close();
    });
    world.onRestore(() => this.follow());
    this.follow();
  }

  /** Starts it. @throws when it cannot be started, with the reason */
  protected abstract start(guest: Wanted): Promise<void>;
  /** Ends it, gracefully; its disk stays. */
  protected abstract end(instanceId: string): Promise<void>;
  /** Removes what is left of it. */
  protected abstract clear(instanceId: string): Promise<void>;
  /** A connection to one of its ports. */
  protected abstract open(guest: Wanted, port: number, ends: Ends): Promise<Duplex | Refusal>;
  /** Makes what joins guests as the network is now: after guests started or ended, and when somebody waits for it. */
  settle(): Promise<void> {
    return Promise.resolve();
  }
  protected abstract close(): Promise<void>;
  /** Guests of which anything is left, running or not. */
  protected abstract known(): readonly string[] | Promise<readonly string[]>;

  override boot(spec: GuestSpec): void {
    super.boot(spec);
    this.follow();
  }

  override halt(instanceId: string): void {
    super.halt(instanceId);
    this.follow();
  }

  override remove(instanceId: string): void {
    super.remove(instanceId);
    this.follow();
  }

  override reboot(instanceId: string): void {
    super.reboot(instanceId);
    this.follow();
  }

  /** What these ran in has broken down: they start anew, as machines do whose power comes back. */
  protected lost(instanceIds: readonly string[]): void {
    for (const id of instanceIds) this.#running.delete(id);
    this.follow();
  }

  /** Soon, after the running transaction. */
  protected follow(): void {
    if (this.#isAwaited || this.#isClosed) return;
    this.#isAwaited = true;
    this.#work = this.#work
      .then(() => new Promise<void>((resolve) => setImmediate(resolve)))
      .then(async () => {
        this.#isAwaited = false;
        if (!this.#isClosed) await this.#reconcile();
      })
      .catch((error: unknown) => this.world.report(error, 'guests'));
  }

  async #reconcile(): Promise<void> {
    const rows = new Map(this.state.guests.list().map((row) => [row.instanceId, row]));
    const isWanted = (id: string): boolean => {
      const row = rows.get(id);
      return row?.running === true && row.bootedAt === this.#running.get(id);
    };
    const over = [...this.#running.keys()].filter((id) => !isWanted(id));
    await Promise.all(
      over.map(async (id) => {
        await this.end(id);
        this.#running.delete(id);
      }),
    );
    await Promise.all((await this.known()).map((id) => (rows.has(id) ? undefined : this.clear(id))));
    const due = [...rows.values()].filter((row) => row.running && !this.#running.has(row.instanceId));
    for (const { instanceId, bootedAt } of due) this.#running.set(instanceId, bootedAt);
    await Promise.all(due.map((row) => this.#start(row)));
    await this.settle();
  }

  /** One that cannot be started stays down until it is started again; what was made for it goes. */
  async #start({ spec, bootedAt }: Wanted): Promise<void> {
    try {
      await this.start({ spec, bootedAt });
    } catch (error) {
      this.world.report(error, `guest ${spec.instanceId}`);
      await this.end(spec.instanceId).catch(() => {});
    }
  }

  /** When all that was asked for so far has been done. */
  async idle(): Promise<void> {
    let seen: Promise<void> | undefined;
    while (seen !== this.#work) {
      seen = this.#work;
      await seen;
    }
  }

  override async http(
    instanceId: string,
    port: number,
    request: HttpRequest,
    address?: string,
  ): Promise<HttpResponse | Refusal> {
    const socket = await this.connect(instanceId, port, request.sourceIp, address);
    if (typeof socket === 'string') return socket;
    const bytesIn = request.body.lengthBytes ?? 0;
    const answer = await this.#patiently(socket, request);
    const bytesOut = typeof answer === 'string' ? 0 : Number(answer.headers['content-length'] ?? 0) || 0;
    this.count(instanceId, this.world.clock.now(), { requests: 1, bytesIn, bytesOut });
    return answer;
  }

  /** An exchange; `timeout` when the answer does not begin while the sender waits: a real server takes real time. */
  async #patiently(socket: Duplex, request: HttpRequest): Promise<HttpResponse | Refusal> {
    const begin = request.http2 === true ? exchangeHttp2 : exchange;
    if (request.patienceMs === undefined) return begin(socket, request);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      socket.destroy();
    }, request.patienceMs).unref();
    const answer = await begin(socket, request);
    clearTimeout(timer);
    return isLate ? 'timeout' : answer;
  }

  /** Whether it can be spoken to, after as long as it takes to answer. */
  async #ready(instanceId: string): Promise<Wanted | Refusal> {
    await this.idle();
    const guest = this.awake(instanceId);
    if (typeof guest === 'string') return guest;
    const { sick, latencyMs } = this.behaviourOf(instanceId);
    if (sick === 'refuse') return 'refused';
    if (sick === 'hang') return 'timeout';
    if (latencyMs !== undefined) await this.world.pause(latencyMs);
    return guest;
  }

  override async connect(
    instanceId: string,
    port: number,
    sourceIp: string,
    address?: string,
  ): Promise<Duplex | Refusal> {
    const guest = await this.#ready(instanceId);
    return typeof guest === 'string' ? guest : this.open(guest, port, { sourceIp, address });
  }

  override async datagram(
    instanceId: string,
    port: number,
    { bytes, answer }: Datagram,
    sender: Sender,
  ): Promise<'taken' | Refusal> {
    const guest = await this.#ready(instanceId);
    if (typeof guest === 'string') return guest;
    const count = (requests: number, bytesIn: number, bytesOut: number): void =>
      this.count(instanceId, this.world.clock.now(), { requests, bytesIn, bytesOut });
    count(1, bytes.byteLength, 0);
    const told = (back: Uint8Array): void => {
      count(0, 0, back.byteLength);
      answer(back);
    };
    return this.hand(guest, port, { bytes, answer: told }, sender);
  }

  /** Gives a datagram to one of its ports. Default: it is lost. */
  protected hand(_guest: Wanted, _port: number, _datagram: Datagram, _sender: Sender): Promise<'taken' | Refusal> {
    return Promise.resolve('timeout');
  }
}
