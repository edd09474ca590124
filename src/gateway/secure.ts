// TLS on the port of the cloud. A client that asks for the name of a load balancer sees the certificate of its listener; whoever asks for
// another one a certificate of the local authority. Loaded at the first client that comes by TLS.
import { X509Certificate } from 'node:crypto';
import type net from 'node:net';
import tls from 'node:tls';
import { type Hello, readHello } from './client-hello.ts';
import type { Identity } from './local-authority.ts';

/** What a name shows to its clients. */
export interface SecureDoor {
  /** The default one first; none: the local authority speaks for the name. */
  readonly identities: readonly Identity[];
  /** True when what stands there speaks HTTP/2. */
  readonly http2: boolean;
}

/** What is asked of the cloud. */
export interface Identities {
  /** What a user's secure listener shows; undefined when no such thing has the name. */
  secureDoor(name: string): Promise<SecureDoor | undefined>;
  authority(): Promise<{ identityFor(name: string | undefined): Promise<Identity> }>;
}

/** The certificate that fits the name best: one that names it, else a wildcard, else the default one. */
export function chooseIdentity(identities: readonly Identity[], name: string): Identity | undefined {
  const fitting = identities.filter(({ certificate }) => fits(certificate, name, false));
  return fitting.find(({ certificate }) => fits(certificate, name, true)) ?? fitting[0] ?? identities[0];
}

/** True when a certificate is for a name; `exactly`: not by a wildcard. */
function fits(certificate: string, name: string, exactly: boolean): boolean {
  try {
    const options = { wildcards: !exactly, subject: 'default' } as const;
    return new X509Certificate(certificate).checkHost(name, options) !== undefined;
  } catch {
    return false;
  }
}

/** What a client is shown. */
export interface Shown {
  readonly identity: Identity;
  /** Protocols, the preferred one first. */
  readonly protocols: readonly string[];
}

/** A client's first words are longer than this only when it means no good. */
const helloLimitBytes = 65_536;

/** The name for which a client comes. Its first words stay where they were. */
function heard(socket: net.Socket): Promise<Hello> {
  return new Promise((resolve, reject) => {
    let held: Buffer = Buffer.alloc(0);
    const listen = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk !== null) held = Buffer.concat([held, chunk]);
      const hello = readHello(held);
      if (hello === undefined && held.byteLength < helloLimitBytes) {
        socket.once('readable', listen);
        return;
      }
      socket.unshift(held);
      resolve(hello ?? { name: undefined });
    };
    socket.once('close', () => reject(new Error('the client is gone')));
    listen();
  });
}

const keptServers = 200;

/**
 * Speaks TLS with clients that begin so. The certificate is chosen before the handshake: one that is set while it runs would only come
 * beside the default one, and clients could see either. So there is a server for each; it is given its connections.
 */
export class SecureFront {
  readonly #timeoutMs: number;
  readonly #onSecure: (socket: tls.TLSSocket) => void;
  readonly #servers = new Map<string, tls.Server>();

  constructor(timeoutMs: number, onSecure: (socket: tls.TLSSocket) => void) {
    this.#timeoutMs = timeoutMs;
    this.#onSecure = onSecure;
  }

  /** `show` answers what to show to a client that comes for a name. */
  async take(socket: net.Socket, show: (name: string | undefined) => Promise<Shown | undefined>): Promise<void> {
    const impatient = setTimeout(() => socket.destroy(), this.#timeoutMs).unref();
    try {
      const { name } = await heard(socket);
      const shown = await show(name);
      if (shown === undefined) socket.destroy();
      else this.#serverOf(shown).emit('connection', socket);
    } catch {
      socket.destroy();
    } finally {
      clearTimeout(impatient);
    }
  }

  #serverOf({ identity, protocols }: Shown): tls.Server {
    const { certificate, key } = identity;
    const at = `${protocols.join()}\n${certificate}\n${key}`;
    let server = this.#servers.get(at);
    if (server === undefined) {
      if (this.#servers.size >= keptServers) this.#servers.clear();
      const options = { cert: certificate, key, ALPNProtocols: [...protocols], handshakeTimeout: this.#timeoutMs };
      server = tls.createServer(options, (socket) => {
        socket.on('error', () => socket.destroy());
        this.#onSecure(socket);
      });
      server.on('tlsClientError', (_error, socket) => socket.destroy());
      this.#servers.set(at, server);
    }
    return server;
  }
}

/**
 * What the cloud's own port shows. Nearly all of AWS's own endpoints speak HTTP/1.1: HTTP/2 is for clients that can do nothing else, as
 * those of event streams. A load balancer prefers it.
 */
export async function shownBy(identities: Identities, name: string | undefined): Promise<Shown> {
  const door = name === undefined ? undefined : await identities.secureDoor(name);
  const chosen = chooseIdentity(door?.identities ?? [], name ?? '');
  const identity = chosen ?? (await (await identities.authority()).identityFor(name));
  if (door?.http2 === false) return { identity, protocols: ['http/1.1'] };
  return { identity, protocols: door === undefined ? ['http/1.1', 'h2'] : ['h2', 'http/1.1'] };
}
