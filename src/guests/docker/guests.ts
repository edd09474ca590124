// Guests as containers of a Docker engine, or of Podman, which serves the same API.
//
// An instance runs the image that its tag `hakoniwa:image` names, or that of its AMI, else HAKONIWA_DOCKER_IMAGE, else Amazon Linux 2023. With
// user data a shell runs that at first boot; without, an image from a tag runs its own command.
//
// Where the cloud is root and the engine is this machine's own, containers have links of the same fabrics as namespace guests, and with them
// all that those have: see `wiring.ts`.
//
// Differs: elsewhere containers lie in a network of the engine's, with addresses that it gives. Load balancers, `hakoniwa curl` and all else that
// passes through the cloud reach them by their private addresses, judged by `trace`; what they send each other is the engine's, and no security
// group is asked. There is no metadata service inside, and no name server of the VPC, and the Internet is there as the engine gives it.
// Limit: such containers are reached at the usual ports (`publishedPorts`), at others only where their network is on a link of this machine.
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';
import type { Machine } from '../../kernel/machine.ts';
import type { Datagram } from '../../kernel/datagram.ts';
import type { PartWorld } from '../../kernel/parts.ts';
import { bootScript } from '../cloud-init/script.ts';
import type { GuestSpec, Guests, Refusal, Sender } from '../guest.ts';
import { beganAt, reapLeftovers, RuntimeFolder } from '../namespace/runtime-folder.ts';
import { Plants } from '../namespace/plants.ts';
import { type Ends, RealGuests, type Wanted } from '../real.ts';
import { Volumes } from '../volumes.ts';
import { type ContainerView, Engine, findSocket } from './engine.ts';
import { containerFolders } from './folders.ts';
import { makeTar, type TarEntry } from './tar.ts';
import { containerEnd, isProcessOf, whyNotWired } from './wiring.ts';

const usualImage = 'docker.io/library/amazonlinux:2023';
/** The engine's network of all guests that are not wired. */
const networkName = 'hakoniwa-guests';
/** Ports of theirs that are found on this machine's loopback, wherever the engine is: the usual ones. */
const publishedPorts = [80, 443, 3000, 3306, 4000, 5000, 5432, 6379, 8000, 8080, 8081, 8443, 8888, 9000, 9090];
const graceSeconds = 10;
const consoleLines = 1_000;
const connectMs = 3_000;
/** How old a console's text may be. */
const listenMs = 2_000;
/** How old what is kept of a volume's folder may be. */
const volumeMs = 10_000;

/** How often, and after how long, a container is looked at that starts. */
const startTries = 100;
const startMs = 30;

const label = 'hakoniwa.instance';
const ownerLabel = 'hakoniwa.owner';

const nameOf = (instanceId: string): string => `hakoniwa-${instanceId}`;
const markOf = (instanceId: string): string => `HAKONIWA_INSTANCE=${instanceId}`;

/** Boots when the links are there, then waits for ever. */
const boot = `trap 'exit 0' TERM
while [ "$HAKONIWA_WIRED" = yes ] && ! grep -q '^eth0' /proc/net/route /proc/net/ipv6_route 2>/dev/null; do sleep 0.1; done
/bin/sh /var/lib/hakoniwa/boot
while :; do sleep 3600 & wait $!; done`;

/** What containers are joined by that have links of a fabric. */
interface Wires {
  readonly plants: Plants;
  readonly folder: RuntimeFolder;
}

class DockerGuests extends RealGuests {
  override readonly kind: Guests['kind'] = 'docker';
  readonly #engine: Engine;
  /** Where its containers belong: a data folder, else this process. */
  readonly #owner: string;
  readonly #keeps: boolean;
  readonly #consoles = new Map<string, string>();
  readonly #volumes: Volumes;
  readonly #watches: readonly NodeJS.Timeout[];
  readonly #started = new Map<string, GuestSpec>();
  #prepared: Promise<Wires | undefined> | undefined;
  #plants: Plants | undefined;

  constructor(world: PartWorld, engine: Engine) {
    super(world);
    this.#engine = engine;
    this.#keeps = world.dataFolder !== undefined;
    this.#owner = world.dataFolder ?? `pid ${process.pid} ${beganAt(process.pid) ?? ''}`;
    this.#volumes = new Volumes(world);
    this.#watches = [
      setInterval(() => void this.#listen(), listenMs),
      setInterval(() => void this.#followVolumes(), volumeMs),
    ];
    for (const watch of this.#watches) watch.unref();
  }

  get #folders() {
    return containerFolders(this.#engine, nameOf);
  }

  /** Hears what containers have written, one after the other. */
  async #listen(): Promise<void> {
    for (const id of this.#consoles.keys()) await this.#refresh(id).catch(() => {});
  }

  /** No containers of clouds that were killed, and what containers are joined by. */
  #prepare(): Promise<Wires | undefined> {
    this.#prepared ??= (async () => {
      const left = (await this.#engine.list(label)).filter((container) => isOrphan(container));
      await Promise.all(left.map(({ Id }) => this.#engine.remove(Id)));
      const given = process.env['HAKONIWA_DOCKER_NETWORK'];
      const why = given === undefined ? await whyNotWired(this.#engine) : 'HAKONIWA_DOCKER_NETWORK names one';
      if (why === undefined) {
        reapLeftovers();
        const folder = new RuntimeFolder(undefined);
        this.#plants = new Plants(this.world, folder, (ids) => this.lost(ids));
        return { plants: this.#plants, folder };
      }
      if (given === undefined) await this.#engine.network(networkName);
      return undefined;
    })();
    return this.#prepared;
  }

  protected async known(): Promise<readonly string[]> {
    await this.#prepare();
    const all = await this.#engine.list(label);
    return all.flatMap(({ Labels }) => (Labels[ownerLabel] === this.#owner ? (Labels[label] ?? []) : []));
  }

  protected async start({ spec }: Wanted): Promise<void> {
    const { instanceId } = spec;
    const name = nameOf(instanceId);
    const machine = this.world.parts.machines.find(spec, instanceId);
    const wired = await this.#prepare();
    await wired?.plants.enter(spec);
    if (!(await this.known()).includes(instanceId)) await this.#create(name, spec, machine, wired !== undefined);
    await this.#engine.start(name);
    if (wired !== undefined) {
      const pid = await this.#processOf(name, instanceId);
      await wired.plants.connect(spec, containerEnd(pid));
    }
    this.#started.set(instanceId, spec);
    await this.#volumes.follow(this.#folders, spec);
    await this.#refresh(instanceId);
  }

  /** A container's first process, once it is what it should be: an engine starts it as a program of its own. */
  async #processOf(name: string, instanceId: string): Promise<number> {
    for (let tries = 0; tries < startTries; tries++) {
      const { Running = false, Pid = 0 } = (await this.#engine.find(name))?.State ?? {};
      if (Running && isProcessOf(Pid, markOf(instanceId))) return Pid;
      if (!Running) break;
      await after(startMs);
    }
    throw new Error(`the container ${name} ended at once: see its console`);
  }

  async #create(name: string, spec: GuestSpec, machine: Machine | undefined, isWired: boolean): Promise<void> {
    const { instanceId, tags } = spec;
    const tagged = tags['hakoniwa:image'];
    const image = tagged ?? process.env['HAKONIWA_DOCKER_IMAGE'] ?? usualImage;
    if (!(await this.#engine.hasImage(image))) await this.#engine.pull(image);
    const ownCommand = tagged !== undefined && machine?.userData === undefined;
    const hostName = machine?.hostName ?? instanceId;
    await this.#engine.create(name, {
      Image: image,
      Hostname: hostName,
      ...(ownCommand ? {} : { Entrypoint: ['/bin/sh', '-c'], Cmd: [boot] }),
      Env: [markOf(instanceId), `HAKONIWA_WIRED=${isWired ? 'yes' : 'no'}`],
      Labels: { [label]: instanceId, [ownerLabel]: this.#owner },
      ExposedPorts: isWired ? undefined : Object.fromEntries(publishedPorts.map((port) => [`${port}/tcp`, {}])),
      HostConfig: {
        SecurityOpt: ['no-new-privileges'],
        Ulimits: limitsHere(),
        ...networkOf(hostName, isWired),
        ...sizeOf(spec, isWired),
      },
    });
    const file = (path: string, mode: number, text: string): TarEntry => ({
      name: path,
      mode,
      content: Buffer.from(text),
    });
    const folder = (path: string): TarEntry => ({ name: path, mode: 0o755 });
    // Podman writes none where there is no network of its own.
    const names = [folder('etc/'), file('etc/resolv.conf', 0o644, resolverOf(hostName))];
    const script = file('var/lib/hakoniwa/boot', 0o600, bootScript(instanceId, machine?.userData));
    const boots = [...['var/', 'var/lib/', 'var/lib/hakoniwa/'].map(folder), script];
    await this.#engine.write(name, '/', makeTar([...(isWired ? names : []), ...(ownCommand ? [] : boots)]));
  }

  override async settle(): Promise<void> {
    await this.#plants?.settle();
    await this.#followVolumes();
  }

  async #followVolumes(): Promise<void> {
    for (const [instanceId, spec] of this.#started)
      await this.#volumes
        .follow(this.#folders, spec)
        .catch((error: unknown) => this.world.report(error, `volumes of ${instanceId}`));
  }

  async #keepVolumes(instanceId: string): Promise<void> {
    const spec = this.#started.get(instanceId);
    this.#started.delete(instanceId);
    if (spec === undefined) return;
    await this.#volumes
      .keep(this.#folders, spec)
      .catch((error: unknown) => this.world.report(error, `volumes of ${instanceId}`));
  }

  protected async end(instanceId: string): Promise<void> {
    await this.#engine.stop(nameOf(instanceId), graceSeconds);
    // A container that is stopped still shows its files.
    await this.#keepVolumes(instanceId);
    this.#plants?.leave(instanceId);
    await this.#refresh(instanceId);
  }

  protected async clear(instanceId: string): Promise<void> {
    this.#consoles.delete(instanceId);
    await this.#engine.remove(nameOf(instanceId));
  }

  protected async open({ spec }: Wanted, port: number, ends: Ends): Promise<Duplex | Refusal> {
    if (this.#plants !== undefined) return this.#plants.open(spec, port, ends);
    const container = await this.#engine.find(nameOf(spec.instanceId));
    if (container === undefined) return 'timeout';
    const { NetworkSettings } = container;
    const published = NetworkSettings.Ports?.[`${port}/tcp`]?.[0];
    if (published !== undefined) return dial('127.0.0.1', Number(published.HostPort));
    // By its own address only where that is on a link of this machine: else it would be asked of whoever has it elsewhere.
    const here = Object.values(networkInterfaces()).flatMap((list = []) => list.map((one) => one.address));
    const near = Object.values(NetworkSettings.Networks ?? {}).find(({ Gateway = '' }) => here.includes(Gateway));
    return near?.IPAddress === undefined || near.IPAddress === '' ? 'timeout' : dial(near.IPAddress, port);
  }

  /** Limit: datagrams reach containers that are wired only. */
  protected override hand(guest: Wanted, port: number, datagram: Datagram, sender: Sender) {
    return this.#plants?.hand(guest.spec, port, datagram, sender) ?? super.hand(guest, port, datagram, sender);
  }

  async #refresh(instanceId: string): Promise<void> {
    this.#consoles.set(instanceId, await this.#engine.logs(nameOf(instanceId), consoleLines));
  }

  /** As of the last seconds. */
  override consoleOutput(instanceId: string): string {
    return this.#consoles.get(instanceId) ?? '';
  }

  shell(instanceId: string): Promise<readonly string[] | undefined> {
    const url = `unix://${this.#engine.socketPath}`;
    const program = this.#engine.socketPath.includes('podman') ? ['podman', '--url', url] : ['docker', '--host', url];
    return Promise.resolve([...program, 'exec', '-it', nameOf(instanceId), '/bin/sh']);
  }

  protected async close(): Promise<void> {
    for (const watch of this.#watches) clearInterval(watch);
    const ids = await this.known();
    for (const id of ids) await this.#keepVolumes(id);
    await Promise.all(
      ids.map((id) => (this.#keeps ? this.#engine.stop(nameOf(id), graceSeconds) : this.#engine.remove(nameOf(id)))),
    );
    const wired = await this.#prepared;
    await wired?.plants.close(0);
    wired?.folder.remove();
  }
}

const nameServer = '169.254.169.253';
const domainOf = (hostName: string): string => hostName.slice(hostName.indexOf('.') + 1);
const resolverOf = (hostName: string): string => `nameserver ${nameServer}\nsearch ${domainOf(hostName)}\n`;

/** A container that is wired has no network of the engine's, and asks the VPC's name server. */
const networkOf = (hostName: string, isWired: boolean): object =>
  isWired
    ? { NetworkMode: 'none', Dns: [nameServer], DnsSearch: [domainOf(hostName)] }
    : {
        NetworkMode: process.env['HAKONIWA_DOCKER_NETWORK'] ?? networkName,
        PortBindings: Object.fromEntries(
          publishedPorts.map((port) => [`${port}/tcp`, [{ HostIp: '127.0.0.1', HostPort: '' }]]),
        ),
      };

/** As much as its type has, where the engine surely may bound it: one of a user often may not. */
const sizeOf = ({ vcpus, memoryBytes }: GuestSpec, isWired: boolean): object =>
  isWired ? { NanoCpus: Math.max(1, vcpus) * 1e9, Memory: memoryBytes } : {};

/** Limits that an engine without the right to raise its own can set, too: it would fail to start what asks for more. */
function limitsHere(): object[] {
  if (process.platform !== 'linux') return [];
  const text = readFileSync('/proc/self/limits', 'utf8');
  return (
    [
      ['nofile', 'Max open files', 1_024, 65_536],
      ['nproc', 'Max processes', 16_384, 16_384],
    ] as const
  ).map(([Name, words, soft, usual]) => {
    const own = Number(new RegExp(`^${words}\\s+\\S+\\s+(\\d+)`, 'm').exec(text)?.[1] ?? usual);
    const Hard = Math.min(usual, own);
    return { Name, Soft: Math.min(soft, Hard), Hard };
  });
}

/** Of a process that is gone. Those of a data folder wait for their cloud. */
function isOrphan({ Labels }: ContainerView): boolean {
  const [, pid, began = ''] = /^pid (\d+) ?(\d*)$/.exec(Labels[ownerLabel] ?? '') ?? [];
  if (pid === undefined) return false;
  if (process.platform === 'linux') return beganAt(Number(pid)) !== began;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function dial(host: string, port: number): Promise<Duplex | Refusal> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: connectMs });
    const fail = (why: Refusal): void => {
      socket.destroy();
      resolve(why);
    };
    const failed = ({ code }: NodeJS.ErrnoException): void => fail(code === 'ECONNREFUSED' ? 'refused' : 'timeout');
    const late = (): void => fail('timeout');
    socket.once('error', failed).once('timeout', late);
    socket.once('connect', () => {
      socket.off('error', failed).off('timeout', late).setTimeout(0);
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** Why there can be no such guests here; undefined when an engine answers. */
export async function whyNot(): Promise<string | undefined> {
  const path = findSocket();
  if (path === undefined)
    return 'no engine was found: start Docker, or Podman (systemctl start podman.socket), or name its socket by DOCKER_HOST=unix:///path';
  try {
    await new Engine(path).ping();
    return undefined;
  } catch (error) {
    return `the engine at ${path} does not answer (${error instanceof Error ? error.message : String(error)}): may you use its socket?`;
  }
}

export const makePart = (world: PartWorld): Guests => new DockerGuests(world, new Engine(findSocket() ?? ''));
