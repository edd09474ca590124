// Ports of their own for load balancers: each listener gets one of a range on loopback, for as long as it is there. What comes in is passed
// on as bytes: the load balancer behind reads HTTP itself, or passes TCP through. On secure ports TLS ends here, with the listener's
// certificates, chosen by the name that the client asks for.
import { X509Certificate } from 'node:crypto';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { Datagram } from '../kernel/datagram.ts';
import type { DoorPort, Sender } from '../kernel/door.ts';
import { isReset, join } from '../kernel/stream-pair.ts';
import { listenForDatagrams } from './datagram-port.ts';
import { senderOf } from './listen.ts';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** What is asked of the cloud. */
export interface Doors {
  ports(): Promise<readonly DoorPort[]>;
  connect(host: string, sender: Sender): Promise<Duplex | string | undefined>;
  datagram(host: string, sender: Sender, datagram: Datagram): Promise<string | undefined>;
  identity(arn: string): { readonly certificate: string; readonly key: string } | undefined;
}

const everyMs = 250;
const keyOf = (name: string, port: number, protocol: string): string => `${protocol}://${name}:${port}`;

/** A local port that is open. */
export interface Open {
  readonly localPort: number;
  shut(): void;
}

export class DoorPorts {
  readonly #doors: Doors;
  readonly #range: PortRange;
  readonly #open = new Map<string, Open>();
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;

  constructor(doors: Doors, range: PortRange) {
    this.#doors = doors;
    this.#range = range;
    this.#timer = setInterval(() => void this.look(), everyMs).unref();
  }

  localPort(name: string, port: number, protocol: string): number | undefined {
    return this.#open.get(keyOf(name, port, protocol))?.localPort;
  }

  /** Opens ports for what is new, and closes those of what is gone. */
  look(): Promise<void> {
    this.#looking ??= this.#compare().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #compare(): Promise<void> {
    const wanted = new Map<string, DoorPort>();
    for (const door of await this.#doors.ports()) wanted.set(keyOf(door.name, door.port, door.protocol), door);
    for (const [key, open] of this.#open) {
      if (wanted.has(key)) continue;
      this.#open.delete(key);
      open.shut();
    }
    for (const [key, door] of wanted) {
      if (this.#open.has(key)) continue;
      const open = await this.#openFor(door);
      if (open !== undefined) this.#open.set(key, open);
    }
  }

  /** Local ports that are taken already: one for TCP and one for UDP may have the same number. */
  #taken(isUdp: boolean): ReadonlySet<number> {
    const open = [...this.#open].filter(([key]) => key.startsWith('udp:') === isUdp);
    return new Set(open.map(([, { localPort }]) => localPort));
  }

  /** The listener's own port where it lies in the range and is free, else that of its twin for TCP, else the first that is. */
  async #openFor(door: DoorPort): Promise<Open | undefined> {
    const taken = this.#taken(door.protocol === 'udp');
    const { first, last } = this.#range;
    const twin = this.localPort(door.name, door.port, 'tcp') ?? door.port;
    const candidates = [door.port, twin, ...Array.from({ length: last - first + 1 }, (_, at) => first + at)];
    for (const port of candidates) {
      if (port < first || port > last || taken.has(port)) continue;
      const opened = await this.#listen(door, port);
      if (opened !== undefined) return opened;
    }
    return undefined;
  }

  #listen(door: DoorPort, localPort: number): Promise<Open | undefined> {
    if (door.protocol === 'udp') return listenForDatagrams(door, localPort, this.#doors);
    const sockets = new Set<net.Socket>();
    const onConnection = (socket: net.Socket): void => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      void this.#pass(door, socket);
    };
    const server =
      door.protocol === 'https' || door.protocol === 'tls'
        ? tls.createServer(this.#secure(door), onConnection)
        : net.createServer({ noDelay: true }, onConnection);
    server.on('tlsClientError', () => {});
    return new Promise((resolve) => {
      server.once('error', () => resolve(undefined));
      server.listen({ port: localPort, host: '127.0.0.1' }, () => {
        server.on('error', () => {});
        server.unref();
        resolve({
          localPort,
          shut() {
            server.close();
            for (const socket of sockets) socket.destroy();
          },
        });
      });
    });
  }

  /** Certificates are read when a client comes: one may have been replaced. */
  #secure({ certificates }: DoorPort): tls.TlsOptions {
    const contextFor = (name: string): tls.SecureContext | undefined => {
      const all = certificates.flatMap((arn) => this.#doors.identity(arn) ?? []);
      const chosen = all.find(({ certificate }) => isFor(certificate, name)) ?? all[0];
      return chosen === undefined ? undefined : tls.createSecureContext({ cert: chosen.certificate, key: chosen.key });
    };
    const first = certificates.flatMap((arn) => this.#doors.identity(arn) ?? [])[0];
    return {
      ...(first === undefined ? {} : { cert: first.certificate, key: first.key }),
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, done) => done(null, contextFor(name)),
    };
  }

  async #pass({ name, port }: DoorPort, socket: net.Socket): Promise<void> {
    socket.pause();
    const opened = await this.#doors.connect(`${name}:${port}`, senderOf(socket)).catch(() => undefined);
    if (opened === undefined || typeof opened === 'string') {
      socket.destroy();
      return;
    }
    opened.on('error', (error) => void (isReset(error) && breakOff(socket)));
    join(socket, opened);
    socket.resume();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    for (const open of this.#open.values()) open.shut();
    this.#open.clear();
  }
}

/** With TCP's RST, where the socket is one of TCP. */
const breakOff = (socket: net.Socket): unknown =>
  socket instanceof tls.TLSSocket ? socket.destroy() : socket.resetAndDestroy();

function isFor(certificate: string, name: string): boolean {
  try {
    return new X509Certificate(certificate).checkHost(name) !== undefined;
  } catch {
    return false;
  }
}
