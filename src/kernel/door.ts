// Doors: host names that lead not to an API but to what a user built: a load balancer, a site, a function's URL. A request for such a
// name is no operation; the service behind the door answers it, or nobody does.
import type { Duplex } from 'node:stream';
import type { Datagram } from './datagram.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import type { NoAnswer } from './receiver.ts';
import type { Context } from './service.ts';

/** Who comes from outside, as the socket tells. */
export interface Sender {
  readonly address: string;
  readonly port: number;
  /** True when it came by TLS. */
  readonly secure?: boolean | undefined;
  readonly tls?: TlsSession | undefined;
}

/** What was agreed with a client that came by TLS. */
export interface TlsSession {
  /** `TLSv1.3`. */
  readonly protocol: string;
  /** As OpenSSL names it. */
  readonly cipher: string;
  /** The name for which the client came (SNI). */
  readonly serverName?: string | undefined;
  /** The protocol that was chosen: `h2`. */
  readonly alpn?: string | undefined;
  readonly certificateArn?: string | undefined;
  readonly handshakeMs: number;
}

export interface Door<State> {
  /** Answers a request; undefined when the name is none of this service's. The context is of the default account and Region. */
  answer(request: HttpRequest, context: Context<State>): Promise<HttpResponse | undefined>;
  /** Addresses that a name stands for in a zone (its ID), where there is a network behind it. Undefined: none of this service's. */
  addresses?(name: string, context: Context<State>, zone?: string): readonly string[] | undefined;
  /** Names and ports of all that there is, of every account and Region. */
  ports?(context: Context<State>): Iterable<DoorPort>;
  /** Opens a connection to a host and port (`web-1….elb.localhost:80`). Undefined: none of this service's. */
  connect?(host: string, sender: Sender, context: Context<State>): Promise<Duplex | NoAnswer | undefined>;
  /** Takes a datagram for a host and port. Undefined: none of this service's. */
  datagram?(
    host: string,
    sender: Sender,
    datagram: Datagram,
    context: Context<State>,
  ): Promise<'taken' | NoAnswer | undefined>;
  /** What a name shows to clients that come by TLS. Undefined: none of this service's, or nothing there takes TLS. */
  secure?(host: string, context: Context<State>): SecurePort | undefined;
}

export interface SecurePort {
  /** ARNs, the default one first. */
  readonly certificates: readonly string[];
  readonly http2: boolean;
}

/** A port of something that has a name: a listener of a load balancer. */
export interface DoorPort {
  /** `web-1234567890.us-east-1.elb.localhost`. */
  readonly name: string;
  readonly port: number;
  readonly protocol: 'http' | 'https' | 'tcp' | 'tls' | 'udp';
  /** ARNs of a secure port's certificates, the default one first. */
  readonly certificates: readonly string[];
  /** True when clients that come by TLS may speak HTTP/2. */
  readonly http2?: boolean | undefined;
}
