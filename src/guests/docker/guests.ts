// Guests as containers of a Docker engine, or of Podman, which serves the same API.
//
// An instance runs the image that its tag `hakoniwa:image` names, else HAKONIWA_DOCKER_IMAGE, else Amazon Linux 2023. With user data a
// shell runs that at first boot; without, an image from the tag runs its own command.
//
// Differs: containers lie in the engine's network, with addresses that it gives. Load balancers, `hakoniwa curl` and all else that passes
// through the cloud reach them by their private addresses, judged by `trace`; what they send each other is the engine's, and no security
// group is asked. There is no metadata service inside, and no name server of the VPC. That network has no way to the Internet.
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { PartWorld } from '../../kernel/parts.ts';
import type { GuestSpec, Guests, Refusal } from '../guest.ts';
import { RealGuests, type Wanted } from '../real.ts';
import { type ContainerView, Engine, findSocket } from './engine.ts';

const usualImage = 'docker.io/library/amazonlinux:2023';
/** The engine's network of all guests. */
const networkName = 'hakoniwa';
const graceSeconds = 10;
const consoleLines = 1_000;
const connectMs = 3_000;
/** How old a console's text may be. */
const listenMs = 2_000;

const label = 'hakoniwa.instance';
const ownerLabel = 'hakoniwa.owner';

const nameOf = (instanceId: string): string => `hakoniwa-${instanceId}`;

/** Runs user data at the first boot, then waits for ever. */
const boot = `trap 'exit 0' TERM
if [ -n "$HAKONIWA_USER_DATA" ] && [ ! -e /var/lib/hakoniwa-booted ]; then
  mkdir -p /var/lib; : >/var/lib/hakoniwa-booted
  printf %s "$HAKONIWA_USER_DATA" | base64 -d >/tmp/user-data && chmod 700 /tmp/user-data && /tmp/user-data
fi
while :; do sleep 3600 & wait $!; done`;

class DockerGuests extends RealGuests {
  override readonly kind: Guests['kind'] = 'docker';
  readonly #engine: Engine;
  /** Where its containers belong: a data folder, else this process. */
  readonly #owner: string;
  readonly #keeps: boolean;
  readonly #consoles = new Map<string, string>();
  readonly #watch: NodeJS.Timeout;
  #prepared: Promise<void> | undefined;

  constructor(world: PartWorld, engine: Engine) {
    super(world);
    this.#engine = engine;
    this.#keeps = world.dataFolder !== undefined;
    this.#owner = world.dataFolder ?? `pid ${process.pid}`;
    this.#watch = setInterval(() => void this.#listen(), listenMs);
    this.#watch.unref();
  }

  /** Hears what containers have written, one after the other. */
  async #listen(): Promise<void> {
    for (const id of this.#consoles.keys()) await this.#refresh(id).catch(() => {});
  }

  /** The network, and no containers of clouds that were killed. */
  #prepare(): Promise<void> {
    this.#prepared ??= (async () => {
      await this.#engine.network(networkName);
      const left = (await this.#engine.list(label)).filter((container) => isOrphan(container));
      await Promise.all(left.map(({ Id }) => this.#engine.remove(Id)));
    })();
    return this.#prepared;
  }

  protected async known(): Promise<readonly string[]> {
    await this.#prepare();
    const all = await this.#engine.list(label);
    return all.flatMap(({ Labels }) => (Labels[ownerLabel] === this.#owner ? (Labels[label] ?? []) : []));
  }

  protected async start({ spec }: Wanted): Promise<void> {
    const name = nameOf(spec.instanceId);
    if (!(await this.known()).includes(spec.instanceId)) await this.#create(name, spec);
    await this.#engine.start(name);
    await this.#refresh(spec.instanceId);
  }

  async #create(name: string, { instanceId, privateIp, tags, userData }: GuestSpec): Promise<void> {
    const tagged = tags['hakoniwa:image'];
    const image = tagged ?? process.env['HAKONIWA_DOCKER_IMAGE'] ?? usualImage;
    if (!(await this.#engine.hasImage(image))) await this.#engine.pull(image);
    const ownCommand = tagged !== undefined && userData === undefined;
    const encoded = userData === undefined ? '' : Buffer.from(userData).toString('base64');
    await this.#engine.create(name, {
      Image: image,
      Hostname: `ip-${privateIp.replaceAll('.', '-')}`,
      ...(ownCommand ? {} : { Entrypoint: ['/bin/sh', '-c'], Cmd: [boot] }),
      Env: [`HAKONIWA_USER_DATA=${encoded}`],
      Labels: { [label]: instanceId, [ownerLabel]: this.#owner },
      HostConfig: {
        NetworkMode: process.env['HAKONIWA_DOCKER_NETWORK'] ?? networkName,
        SecurityOpt: ['no-new-privileges'],
        PublishAllPorts: true,
      },
    });
  }

  protected async end(instanceId: string): Promise<void> {
    await this.#engine.stop(nameOf(instanceId), graceSeconds);
    await this.#refresh(instanceId);
  }

  protected async clear(instanceId: string): Promise<void> {
    this.#consoles.delete(instanceId);
    await this.#engine.remove(nameOf(instanceId));
  }

  protected async open({ spec }: Wanted, port: number): Promise<Duplex | Refusal> {
    const container = await this.#engine.find(nameOf(spec.instanceId));
    if (container === undefined) return 'timeout';
    const { NetworkSettings } = container;
    const published = NetworkSettings.Ports?.[`${port}/tcp`]?.[0];
    if (published !== undefined) return dial('127.0.0.1', Number(published.HostPort));
    const own = Object.values(NetworkSettings.Networks ?? {}).flatMap(({ IPAddress = '' }) => IPAddress || []);
    const address = NetworkSettings.IPAddress || own[0];
    return address === undefined || address === '' ? 'timeout' : dial(address, port);
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
    clearInterval(this.#watch);
    await Promise.all(
      (await this.known()).map((id) =>
        this.#keeps ? this.#engine.stop(nameOf(id), graceSeconds) : this.#engine.remove(nameOf(id)),
      ),
    );
  }
}

/** Of a process that is gone. Those of a data folder wait for their cloud. */
function isOrphan({ Labels }: ContainerView): boolean {
  const pid = /^pid (\d+)$/.exec(Labels[ownerLabel] ?? '')?.[1];
  if (pid === undefined) return false;
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
