// Ports of their own for load balancers: each listener gets one of a range on loopback, for as long as it is there. What comes in is passed
// on as bytes: the load balancer behind reads HTTP itself, or passes TCP through. On secure ports TLS ends here, with the listener's
// certificates, chosen by the name that the client asks for.
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { Datagram } from '../kernel/datagram.ts';
import type { DoorPort, Sender } from '../kernel/door.ts';
import { stopwatchMs } from '../kernel/clock.ts';
import { isReset, join } from '../kernel/stream-pair.ts';
import { listenForDatagrams } from './datagram-port.ts';
import { senderOf } from './listen.ts';
import type { Identity } from './local-authority.ts';
import { chooseIdentity, SecureFront, type Shown } from './secure.ts';
import { sessionOf } from './tls-session.ts';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** What is asked of the cloud. */
export interface Doors {
  ports(): Promise<readonly DoorPort[]>;
  connect(host: string, sender: Sender): Promise<Duplex | string | undefined>;
  datagram(host: string, sender: Sender, datagram: Datagram): Promise<string | undefined>;
  identity(arn: string): Identity | undefined;
}

const everyMs = 250;
const handshakeTimeoutMs = 30_000;
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
    /** Port of a client → when it came, by a stopwatch. */
    const cameAt = new Map<number | undefined, number>();
    const isSecure = door.protocol === 'https' || door.protocol === 'tls';
    const front = isSecure
      ? new SecureFront(handshakeTimeoutMs, (secured) => void this.#pass(door, secured, cameAt.get(secured.remotePort)))
      : undefined;
    const server = net.createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      const { remotePort } = socket;
      cameAt.set(remotePort, stopwatchMs());
      socket.on('close', () => {
        sockets.delete(socket);
        cameAt.delete(remotePort);
      });
      socket.on('error', () => socket.destroy());
      if (front === undefined) void this.#pass(door, socket);
      else void front.take(socket, this.#shownBy(door));
    });
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
  #shownBy({ certificates, http2 }: DoorPort): (name: string | undefined) => Promise<Shown | undefined> {
    return (name = '') => {
      const identity = chooseIdentity(
        certificates.flatMap((arn) => this.#doors.identity(arn) ?? []),
        name,
      );
      return Promise.resolve(identity && { identity, protocols: http2 === true ? ['h2', 'http/1.1'] : ['http/1.1'] });
    };
  }

  async #pass({ name, port, certificates }: DoorPort, socket: net.Socket, cameAtMs = 0): Promise<void> {
    socket.pause();
    const session =
      socket instanceof tls.TLSSocket
        ? sessionOf(socket, certificates, (arn) => this.#doors.identity(arn), stopwatchMs() - cameAtMs)
        : undefined;
    const sender = { ...senderOf(socket), tls: session };
    const opened = await this.#doors.connect(`${name}:${port}`, sender).catch(() => undefined);
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
