// The simulated guest: no code of anybody's runs, yet there is a server. It answers HTTP on whatever port it is asked, with who it is;
// it can be told to be slow, sick or busy; it keeps sessions and files on a disk that is lost with it. So a drill shows something on
// every machine, and a day of load costs what its rows cost.
import type { Duplex } from 'node:stream';
import type { Datagram } from '../kernel/datagram.ts';
import type { HttpRequest, HttpResponse } from '../kernel/http.ts';
import { HttpStream } from '../kernel/http-stream.ts';
import { key } from '../kernel/key.ts';
import type { PartWorld } from '../kernel/parts.ts';
import { type Instant, secondsBetween } from '../kernel/units.ts';
import { behaviourOfTags, joinBehaviour } from './behaviour.ts';
import type { Behaviour, Guests, GuestSpec, GuestView, Refusal, Sender, Usage, Work } from './guest.ts';
import { countWork, usageOf } from './meter.ts';
import { type GuestRow, type GuestState, guestState, type LifeRow } from './record.ts';
import { readProxyHeader } from './proxy-header.ts';
import { answerDatagram, site } from './site.ts';
import { echoFrames } from './web-socket.ts';

/** CPU that a request costs when nothing else is said, milliseconds of one vCPU. */
const defaultCpuMsPerRequest = 10;

/** A connection to a simulated server, which understands the header of the proxy protocol. */
class ServerStream extends HttpStream {
  #isNew = true;
  #sourceIp: string;

  constructor(answer: (request: HttpRequest) => Promise<HttpResponse | string>, sourceIp: string) {
    super((request) => answer({ ...request, sourceIp: this.#sourceIp }), sourceIp, { upgrade: echoFrames });
    this.#sourceIp = sourceIp;
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const header = this.#isNew ? readProxyHeader(chunk) : undefined;
    this.#isNew = false;
    if (header === undefined) return super._write(chunk, encoding, done);
    this.#sourceIp = header.sourceIp;
    if (chunk.byteLength === header.sizeBytes) done();
    else super._write(chunk.subarray(header.sizeBytes), encoding, done);
  }
}

export class SimulatedGuests implements Guests {
  readonly kind: Guests['kind'] = 'simulated';
  protected readonly world: PartWorld;
  protected readonly state: GuestState;

  constructor(world: PartWorld) {
    this.world = world;
    this.state = guestState(world.store);
  }

  get version(): number {
    return this.state.guests.version;
  }

  boot(spec: GuestSpec): void {
    const now = this.world.clock.now();
    const before = this.state.guests.find(spec.instanceId);
    this.state.guests.put({
      instanceId: spec.instanceId,
      spec,
      running: true,
      bootedAt: now,
      said: before?.said ?? {},
    });
    const { instanceId, account, region, zoneId, imageId, instanceType, vcpus, tags } = spec;
    const groupName = tags['aws:autoscaling:groupName'];
    this.state.lives.put({ instanceId, from: now, account, region, zoneId, imageId, instanceType, vcpus, groupName });
    this.#noteBusy(spec.instanceId);
  }

  halt(instanceId: string): void {
    const guest = this.state.guests.find(instanceId);
    if (guest === undefined) return;
    this.#endLife(instanceId);
    this.state.guests.put({ ...guest, running: false });
  }

  remove(instanceId: string): void {
    this.#endLife(instanceId);
    this.state.guests.delete(instanceId);
    this.state.files.deleteAll({ prefix: key(instanceId) });
  }

  reboot(instanceId: string): void {
    const guest = this.state.guests.find(instanceId);
    if (guest !== undefined) this.state.guests.put({ ...guest, bootedAt: this.world.clock.now() });
  }

  retag(instanceId: string, tags: Readonly<Record<string, string>>): void {
    const guest = this.state.guests.find(instanceId);
    if (guest === undefined) return;
    this.state.guests.put({ ...guest, spec: { ...guest.spec, tags } });
    this.#noteBusy(instanceId);
  }

  #endLife(instanceId: string): void {
    const life = this.state.lives.first({ prefix: key(instanceId), reverse: true });
    if (life !== undefined && life.until === undefined)
      this.state.lives.put({ ...life, until: this.world.clock.now() });
  }

  /** Notes a change of what the guest does by itself. */
  #noteBusy(instanceId: string): void {
    const { cpuPercent = 0, networkMbps = 0 } = this.behaviourOf(instanceId);
    const last = this.state.busy.first({ prefix: key(instanceId), reverse: true });
    if ((last?.cpuPercent ?? 0) === cpuPercent && (last?.networkMbps ?? 0) === networkMbps) return;
    this.state.busy.put({ instanceId, from: this.world.clock.now(), cpuPercent, networkMbps });
  }

  protected behaviourOf(instanceId: string): Behaviour {
    const guest = this.state.guests.find(instanceId);
    return guest === undefined ? {} : joinBehaviour(behaviourOfTags(guest.spec.tags), guest.said);
  }

  find(instanceId: string): GuestView | undefined {
    const guest = this.state.guests.find(instanceId);
    if (guest === undefined) return undefined;
    const { spec, running, bootedAt } = guest;
    return { spec, running, bootedAt, behaviour: this.behaviourOf(instanceId) };
  }

  behave(instanceId: string, behaviour: Behaviour): GuestView | undefined {
    this.world.store.transaction(() => {
      const guest = this.state.guests.find(instanceId);
      if (guest === undefined) return;
      this.state.guests.put({ ...guest, said: behaviour });
      this.#noteBusy(instanceId);
    });
    return this.find(instanceId);
  }

  /** The guest, when it runs, is well and has power; what its client sees when not. */
  protected awake(instanceId: string): GuestRow | Refusal {
    const guest = this.state.guests.find(instanceId);
    if (guest === undefined || !guest.running) return 'timeout';
    return this.world.parts.faults.runsGuest(instanceId, guest.spec.zoneId) ? guest : 'timeout';
  }

  /** A guest whose zone lost its power started anew when that came back. */
  #upSince({ bootedAt, spec }: GuestRow): Instant {
    const returned = this.world.parts.faults.powerReturnedAt(spec.zoneId);
    return returned !== undefined && returned > bootedAt ? returned : bootedAt;
  }

  /** The guest once it has taken its time, when it answers at all while somebody waits. */
  async #ready(
    instanceId: string,
    patienceMs?: number,
  ): Promise<{ readonly guest: GuestRow; readonly behaviour: Behaviour } | Refusal> {
    const guest = this.awake(instanceId);
    if (typeof guest === 'string') return guest;
    const behaviour = this.behaviourOf(instanceId);
    if (behaviour.sick === 'refuse') return 'refused';
    const latencyMs = behaviour.sick === 'hang' ? Infinity : (behaviour.latencyMs ?? 0);
    const waitMs = Math.min(latencyMs, patienceMs ?? latencyMs);
    if (waitMs > 0 && waitMs < Infinity) await this.world.pause(waitMs);
    if (latencyMs > waitMs || latencyMs === Infinity) return 'timeout';
    return { guest, behaviour };
  }

  async http(instanceId: string, _port: number, request: HttpRequest): Promise<HttpResponse | Refusal> {
    const ready = await this.#ready(instanceId, request.patienceMs);
    if (typeof ready === 'string') return ready;
    const { guest, behaviour } = ready;
    const now = this.world.clock.now();
    const answer = await site(request, {
      spec: guest.spec,
      sick: behaviour.sick,
      uptimeSeconds: Math.floor(secondsBetween(this.#upSince(guest), now)),
      readFile: (path) => this.state.files.find(key(instanceId, path))?.text,
      writeFile: (path, text) => {
        this.world.store.transaction(() => this.state.files.put({ instanceId, path, text }));
      },
      makeId: () => this.world.random.hex(16),
    });
    const bytesOut = typeof answer.body === 'string' ? Buffer.byteLength(answer.body) : 0;
    this.count(instanceId, now, { requests: 1, bytesIn: request.body.lengthBytes ?? 0, bytesOut });
    return answer;
  }

  connect(instanceId: string, port: number, sourceIp: string): Promise<Duplex | Refusal> {
    const guest = this.awake(instanceId);
    if (typeof guest === 'string') return Promise.resolve(guest);
    const { sick } = this.behaviourOf(instanceId);
    if (sick === 'refuse') return Promise.resolve('refused');
    return Promise.resolve(new ServerStream((request) => this.http(instanceId, port, request), sourceIp));
  }

  async datagram(
    instanceId: string,
    _port: number,
    { bytes, answer }: Datagram,
    _sender: Sender,
  ): Promise<'taken' | Refusal> {
    const ready = await this.#ready(instanceId);
    if (typeof ready === 'string') return ready;
    const back = answerDatagram(bytes, ready.guest.spec, ready.behaviour.sick);
    this.count(instanceId, this.world.clock.now(), {
      requests: 1,
      bytesIn: bytes.byteLength,
      bytesOut: back.byteLength,
    });
    answer(back);
    return 'taken';
  }

  count(instanceId: string, at: Instant, work: Work): void {
    const cost = this.behaviourOf(instanceId).cpuMsPerRequest ?? defaultCpuMsPerRequest;
    countWork(this.world.parts.meter, instanceId, at, work.requests * cost, work);
  }

  usage(instanceId: string, from: Instant, to: Instant): readonly Usage[] {
    return usageOf(this.world.parts.meter, this.state, instanceId, from, to);
  }

  lives(instanceId: string): readonly LifeRow[] {
    return this.state.lives.list({ prefix: key(instanceId) });
  }

  livesIn(account: string, region: string, since: Instant): readonly LifeRow[] {
    const rows = this.state.lives.index('place').list({ prefix: key(account, region) });
    return rows.filter(({ until }) => until === undefined || until >= since);
  }

  consoleOutput(instanceId: string): string {
    const guest = this.state.guests.find(instanceId);
    if (guest === undefined) return '';
    const { spec } = guest;
    const lines = [
      `Booting ${spec.imageId} on ${spec.instanceType} in ${spec.zoneName}`,
      `eth0: ${spec.privateIp}`,
      ...(spec.userData === undefined ? [] : ['cloud-init: user data was given; a simulated guest does not run it']),
      'login:',
    ];
    return `${lines.join('\n')}\n`;
  }
}

export const makePart = (world: PartWorld): Guests => new SimulatedGuests(world);
