// One cloud, built from options: every part by name. Read this first.
import { admin } from './admin/door.ts';
import { announceFault } from './faults/announcement.ts';
import { admit } from './faults/api.ts';
import { FaultPlan } from './faults/plan.ts';
import type { IssuerShelf, ServiceLine } from './admin/house.ts';
import { anonymous, type Authority, rootOf } from './kernel/authority.ts';
import { BlobFolder, BlobStore } from './kernel/blob-store.ts';
import type { CallOptions, Clients } from './kernel/clients.ts';
import { CloudClock, type ClockMode, stopwatchMs } from './kernel/clock.ts';
import { CallContext, factPrefix, type World } from './kernel/context.ts';
import { AwsError } from './kernel/errors.ts';
import type { HttpRequest, HttpResponse } from './kernel/http.ts';
import { Ids } from './kernel/ids.ts';
import { frameOf, internalOrigin, principalOf } from './kernel/internal-call.ts';
import { JobQueue, type Job } from './kernel/jobs.ts';
import type { Metrics } from './kernel/metric.ts';
import type { PartModule, Parts, PartWorld } from './kernel/parts.ts';
import { GroupCommit } from './kernel/journal.ts';
import { entropy, Random } from './kernel/random.ts';
import type { Receipt } from './kernel/receiver.ts';
import { RequestLog } from './kernel/request-log.ts';
import { type Life, lifeTables, readLife } from './kernel/life.ts';
import { type Decoded, type Identified, type Ports, publicError, walk } from './kernel/road.ts';
import type { AnyHandler, AnyService, Context, Principal } from './kernel/service.ts';
import type { Sense } from './kernel/sleepers.ts';
import type { Snapshot } from './kernel/snapshot.ts';
import { type StateOf, Store } from './kernel/table.ts';
import { Activity, Timeline } from './kernel/timeline.ts';
import type { Witnessed } from './kernel/witness.ts';
import { type Instant, instant, later } from './kernel/units.ts';
import { dispatch } from './gateway/dispatch.ts';
import { passageThrough } from './network/passage.ts';
import { setStrict } from './protocol/strict.ts';
import { addressesOf, type OpenContext, receiptsOf } from './arrival.ts';
import type { DoorList } from './door-list.ts';
import { Drawing } from './drawing.ts';
import type { CloudOptions } from './option.ts';
import { loadGuests, loadParts, makeParts, type PartName } from './parts.ts';
import { permissionsOf } from './permission.ts';
import { doorsOf, listenersOf, loadService } from './services/catalog.ts';
import { makeAuthority } from './services/security/iam/authority.ts';
import { IssuerBook } from './services/security/iam/issuer-key.ts';

export type { CloudOptions, IamMode } from './option.ts';
export type { Snapshot } from './kernel/snapshot.ts';

interface CloudParts {
  readonly log?: GroupCommit;
  readonly folder: BlobFolder;
  readonly guests?: PartModule<Parts['guests']> | undefined;
}

export class Cloud {
  readonly account: string;
  readonly region: string;
  readonly partition = 'aws';
  readonly seed: string;
  readonly strict: boolean;
  readonly startedMs = stopwatchMs();
  readonly clock: CloudClock;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly jobs: JobQueue;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly requests = new RequestLog();
  readonly authority: Authority;
  readonly issuers: IssuerShelf;
  /** See `kernel/parts.ts`. A part of a service that is not loaded yet is asked for by `part`. */
  readonly parts: Parts;
  readonly faults: FaultPlan;
  readonly #closing: (() => void | Promise<void>)[] = [];
  readonly #restoring: (() => void)[] = [];
  readonly #ids: Ids;
  readonly #log: GroupCommit | undefined;
  readonly #options: CloudOptions;
  readonly #ports: Ports;
  readonly #world: World;
  #doors: Promise<DoorList> | undefined;

  constructor(options: CloudOptions, parts: CloudParts) {
    this.#options = options;
    this.account = options.account ?? '000000000000';
    this.region = options.region ?? 'us-east-1';
    this.seed = String(options.seed ?? entropy(16));
    this.strict = options.strict ?? false;
    if (this.strict) setStrict(true);
    this.random = new Random(this.seed);
    this.#ids = new Ids(this.random);
    this.clock = new CloudClock(options.clock ?? { kind: 'real' }, startOf(options));
    this.#log = parts.log;
    this.store = new Store({ frozen: this.strict, log: parts.log });
    this.blobs = new BlobStore(this.store, parts.folder);
    this.jobs = new JobQueue(this.store);
    this.timeline = new Timeline(this.clock, this.jobs, this.store, {
      prepare: ({ service }) => Promise.resolve(loadService(service)),
      run: (job, activity) => this.#runJob(job, activity),
      sense: (job) => this.#sense(job),
      fail: (job, error) => this.report(error, `job ${job.service}.${job.name}`),
    });
    this.issuers = new IssuerBook(this.store);
    this.authority = makeAuthority({
      store: this.store,
      clock: this.clock,
      random: this.random,
      defaultAccount: this.account,
      partition: this.partition,
      mode: options.iam ?? 'enforce',
      explain: (sentence) => this.explain(sentence),
    });
    this.faults = new FaultPlan(this.store, this.clock, (fault) =>
      announceFault(fault, { clock: this.clock, store: this.store, jobs: this.jobs, listenersOf }),
    );
    const { guests } = parts;
    this.parts = makeParts({ faults: this.faults, guests }, (made) => this.#makePartWorld(made));
    this.#world = this.#makeWorld();
    this.#ports = this.#makePorts();
    this.timeline.reschedule();
  }

  #makeWorld(): World {
    const { store, timeline, clock, random, blobs } = this;
    return {
      store,
      timeline,
      clock,
      random,
      blobs,
      queue: this.jobs,
      ids: this.#ids,
      listenersOf,
      clientsFor: (context) => this.#clientsFor(context),
      metricsFor: (context) => this.#metricsFor(context),
      parts: this.parts,
      identify: (credential, service) => this.authority.authenticate(credential, service),
    };
  }

  /** Throws what the fault plan says, or is late. A clock that stands still makes nobody wait. */
  #admit(call: Decoded): void | Promise<void> {
    const lateMs = admit(call, this.faults, this.random, this.clock.now());
    return lateMs === undefined ? undefined : this.timeline.pause(lateMs);
  }

  #makePartWorld(parts: Parts): PartWorld {
    const { store, blobs, clock, random, partition, account, region } = this;
    return {
      store,
      blobs,
      clock,
      random,
      partition,
      dataFolder: this.#options.dataFolder,
      account,
      region,
      parts,
      call: (service, operation, input, options) => this.call(service, operation, input, options),
      report: (error, where) => this.report(error, where),
      receiptsFor: (kind) => (kind === 'service' ? [this.#api] : receiptsOf(kind, this.#open)),
      addressesOf: (name, zone) => addressesOf(name, zone, this.#open),
      pause: (milliseconds) => this.timeline.pause(milliseconds),
      after: (milliseconds, callback) => this.timeline.after(milliseconds, callback),
      onClose: (work) => this.#closing.push(work),
      onRestore: (work) => this.#restoring.push(work),
    };
  }

  /** AWS's own APIs, called from inside a network. */
  readonly #api: Receipt = {
    http: ({ sourceIp, vpcId, endpointId }, request) =>
      this.handle({ ...request, sourceIp, via: passageThrough(this.parts.network.topology(), vpcId, endpointId) }),
  };

  readonly #open: OpenContext = (service) =>
    this.context(this.nobody(service.name, this.#ids.uuid()), service, new Activity());

  /** A part, loaded. */
  async part<Name extends PartName>(name: Name): Promise<Parts[Name]> {
    await loadParts([name]);
    return this.parts[name];
  }

  #makePorts(): Ports {
    return {
      authority: this.authority,
      timeline: this.timeline,
      service: loadService,
      permissions: permissionsOf,
      admit: (call) => this.#admit(call),
      context: (call, service, activity) => this.context(call, service, activity),
      transaction: (change) => this.store.transaction(change),
    };
  }

  /** Answers an HTTP request, whoever brought it. */
  handle(request: HttpRequest): Promise<HttpResponse> {
    return admin(request, this) ?? dispatch(request, this);
  }

  makeRequestId(): string {
    return this.#ids.uuid();
  }

  /** All services of the catalogue, with what is built of each. */
  async services(): Promise<readonly ServiceLine[]> {
    return (await import('./inventory.ts')).inventory();
  }

  /** A service, loaded; undefined when nothing of it is built. */
  service(name: string): Promise<AnyService | undefined> | AnyService | undefined {
    return loadService(name);
  }

  /** Services whose users' sites may have this host name. */
  doorsOf(host: string | undefined): readonly string[] {
    return doorsOf(host);
  }

  /** Names and ports of what users built, and the ways to them. */
  readonly doors = (): Promise<DoorList> =>
    (this.#doors ??= import('./door-list.ts').then((m) => new m.DoorList(this, this.#options.dataFolder)));

  context(call: Identified, service: AnyService, activity: Activity): Context<never> {
    return new CallContext(this.#world, service, call, activity);
  }

  /** Stands in for a caller when a request broke off before it was known. */
  nobody(service: string, requestId: string): Identified {
    const { account, region, partition } = this;
    return {
      service,
      account,
      region,
      partition,
      requestId,
      caller: anonymous,
      origin: internalOrigin(service, {}, undefined),
    };
  }

  /** Walks the road with a call whose input is already a value. */
  walk(call: Decoded): Promise<object> {
    return walk(call, this.#ports);
  }

  /** Calls an operation as somebody, without bytes. Default: the root user of the default account. */
  async call<Input extends object, Output>(
    service: string,
    operation: string,
    input: Input,
    options: CallOptions & { readonly from?: Identified } = {},
  ): Promise<Output> {
    const { from } = options;
    const account = options.account ?? from?.account ?? this.account;
    const caller = principalOf(options.as, account) ?? from?.caller ?? rootOf(account, this.partition);
    const call: Decoded = {
      service,
      operation,
      input,
      account,
      region: options.region ?? from?.region ?? this.region,
      partition: this.partition,
      requestId: this.#ids.uuid(),
      caller,
      origin: internalOrigin(service, options, from?.origin),
    };
    const started = stopwatchMs();
    try {
      const output = await this.walk(call);
      this.record(call, 200, started, undefined, true);
      return output as Output;
    } catch (error) {
      const shown = publicError(error, (bug) => this.report(bug, `${service}:${operation} ${call.requestId}`));
      this.record(call, shown.status ?? 400, started, shown, true);
      throw shown;
    }
  }

  #clientsFor(context: CallContext): Clients {
    return {
      call: (service, operation, input, options) =>
        this.call(service, operation, input, {
          ...options,
          from: { ...frameOf(context), service: context.serviceName },
        }),
    };
  }

  #metricsFor(context: CallContext): Metrics {
    return new Drawing((service) => new CallContext(this.#world, service, frameOf(context), new Activity()) as never);
  }

  #sense(job: Job): Sense | undefined {
    const service = loadService(job.service);
    if (service === undefined || service instanceof Promise) return undefined;
    return service.senses?.[job.name]?.(this.#jobContext(job, service, new Activity(), job.id) as never);
  }

  #runJob(job: Job, activity: Activity): unknown {
    const service = loadService(job.service) as AnyService;
    const fact = job.name.startsWith(factPrefix);
    const handlers = fact ? service.listens : service.jobs;
    const handler = handlers?.[fact ? job.name.slice(factPrefix.length) : job.name] as AnyHandler<never> | undefined;
    if (handler === undefined) throw new Error(`service ${job.service} has no job ${job.name}`);
    return handler(job.data as never, this.#jobContext(job, service, activity, this.#ids.uuid()));
  }

  #jobContext({ service: name, account, region }: Job, service: AnyService, activity: Activity, requestId: string) {
    const { partition } = this;
    const caller = principalOf({ service: `${name}.amazonaws.com` }, account) as Principal;
    const origin = internalOrigin(name, {}, undefined);
    return new CallContext(this.#world, service, { account, region, partition, caller, origin, requestId }, activity);
  }

  /** Tells a service that keeps access logs of a request to it. */
  witness(call: Identified, seen: () => Witnessed): void {
    const service = loadService(call.service);
    if (service === undefined || service instanceof Promise || service.witness === undefined) return;
    service.witness(seen(), this.context(call, service, new Activity()));
  }

  record(
    call: Identified & { readonly operation?: string },
    status: number,
    started: number,
    error: AwsError | undefined,
    internal: boolean,
  ): void {
    this.requests.add({
      requestId: call.requestId,
      at: this.clock.now(),
      service: call.service,
      operation: call.operation ?? '',
      account: call.account,
      region: call.region,
      principalArn: call.caller.arn,
      status,
      error: error?.code,
      message: error?.message,
      durationMs: stopwatchMs() - started,
      internal,
    });
  }

  /** A bug of ours: the whole of it is told here, with the seed for replay; a client sees `InternalFailure`. */
  report(error: unknown, where: string): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const message = `hakoniwa: internal failure in ${where} (seed ${this.seed})\n${text}`;
    if (this.#options.report === undefined) process.stderr.write(`${message}\n`);
    else this.#options.report(message);
  }

  /** What IAM would have denied, told when it only explains. */
  explain(sentence: string): void {
    if (this.#options.report === undefined) process.stderr.write(`hakoniwa: iam: ${sentence}\n`);
    else this.#options.report(`iam: ${sentence}`);
  }

  /** Moves the clock by so many seconds, and does all that falls due on the way. */
  async advance(seconds: number): Promise<void> {
    await this.timeline.moveTo(later(this.clock.now(), seconds));
    await this.#rememberClock();
  }

  /** Freezes the clock, lets it run, or lets it run faster. */
  async setClock(mode: ClockMode): Promise<void> {
    this.clock.setMode(mode);
    this.timeline.reschedule();
    await this.#rememberClock();
  }

  get #life(): StateOf<typeof lifeTables>['life'] {
    return this.store.state('kernel-life', lifeTables, '*', '*').life;
  }

  async #rememberClock(): Promise<void> {
    if (this.#log === undefined) return;
    await this.#writeLife(this.#life.find('life')?.starts ?? 1);
  }

  #writeLife(starts: number): Promise<void> | undefined {
    const { mode: clock, aheadMs } = this.clock;
    const life: Life = { name: 'life', starts, clock, aheadMs, now: this.clock.now() };
    return this.store.transaction(() => this.#life.put(life)).saved;
  }

  /** Goes on where the data folder's last process stopped: same clock, fresh chance, bodies without rows removed. */
  async resume(): Promise<void> {
    const life = readLife(this.#life, this.jobs, this.timeline);
    if (life !== undefined) {
      this.random.reseed(`${this.seed}/${life.starts}`);
      if (this.#options.clock === undefined) this.clock.setMode(life.clock);
      const { mode } = this.clock;
      if (this.#options.startAt === undefined)
        this.clock.set(instant(mode.kind === 'frozen' ? life.now : this.clock.realNow() + life.aheadMs));
    }
    await this.#writeLife((life?.starts ?? 0) + 1);
    await this.blobs.removeOrphans();
    await this.timeline.catchUp();
  }

  snapshot(): Snapshot {
    const release = this.blobs.pin();
    return { image: this.store.capture(), now: this.clock.now(), random: this.random.state, release };
  }

  /** Puts a snapshot in place of all state. Settles when that is durable. */
  async restore(snapshot: Snapshot): Promise<void> {
    this.timeline.endWaits();
    const before = { now: this.clock.now(), random: this.random.state };
    const saved = this.store.restore(snapshot.image);
    for (const work of this.#restoring) work();
    this.random.state = snapshot.random;
    this.clock.set(snapshot.now);
    this.timeline.reschedule();
    await saved?.catch((error: unknown) => {
      this.random.state = before.random;
      this.clock.set(before.now);
      throw error;
    });
  }

  /** Forgets everything: an empty cloud, with the clock and the chance it started with. */
  async reset(): Promise<void> {
    this.timeline.endWaits();
    const saved = this.store.restore(new Map());
    for (const work of this.#restoring) work();
    this.requests.clear();
    this.random.reseed(this.seed);
    this.clock.setMode(this.#options.clock ?? { kind: 'real' });
    this.clock.set(startOf(this.#options) ?? this.clock.realNow());
    this.timeline.reschedule();
    await saved;
    void this.blobs.removeOrphans().catch((error: unknown) => this.report(error, 'reset'));
  }

  /** A cloud of its own that starts with this one's state, in memory. Neither sees what the other does from now on. */
  async fork(): Promise<Cloud> {
    const snapshot = this.snapshot();
    const fork = new Cloud({ ...this.#options, dataFolder: undefined, seed: this.seed }, { folder: this.blobs.folder });
    await fork.restore(snapshot);
    fork.clock.setMode(this.clock.mode);
    fork.#release = snapshot.release;
    return fork;
  }

  #release: () => void = () => {};

  /** Finishes what runs, writes what waits, lets go of everything. */
  async close(): Promise<void> {
    await this.timeline.close();
    for (const work of this.#closing) await work();
    await this.#log?.close();
    this.#release();
    await this.blobs.close();
  }
}

const startOf = ({ startAt }: CloudOptions): Instant | undefined =>
  startAt === undefined ? undefined : (startAt.getTime() as Instant);

/** Builds a cloud: in memory, or on a data folder. @throws DataFolderError or GuestsUnavailable, with what to do. */
export async function openCloud(options: CloudOptions = {}): Promise<Cloud> {
  const real = options.guests !== undefined && options.guests !== 'simulated';
  const guests = real ? await loadGuests(options.guests) : undefined;
  const cloud = await (options.dataFolder === undefined
    ? new Cloud(options, { folder: new BlobFolder(undefined), guests })
    : openKept(options, options.dataFolder, guests));
  // What was running when the cloud ended runs again.
  if (real) await cloud.part('guests');
  return cloud;
}

async function openKept(options: CloudOptions, folder: string, guests: CloudParts['guests']): Promise<Cloud> {
  const [{ openLmdb }, { DataFolderError }] = await Promise.all([
    import('./kernel/journal-lmdb.ts'),
    import('./kernel/data-folder.ts'),
  ]);
  const log = new GroupCommit(await openLmdb(folder));
  const cloud = new Cloud(options, { log, folder: new BlobFolder(`${folder}/blobs`), guests });
  try {
    await cloud.resume();
  } catch (error) {
    await cloud.close();
    throw error instanceof AwsError ? new DataFolderError(error.message) : error;
  }
  return cloud;
}
