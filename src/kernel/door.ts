// Doors: host names that lead not to an API but to what a user built: a load balancer, a site, a function's URL. A request for such a
// name is no operation; the service behind the door answers it, or nobody does.
import type { Duplex } from 'node:stream';
import type { HttpRequest, HttpResponse } from './http.ts';
import type { Context } from './service.ts';

export interface Door<State> {
  /** Answers a request; undefined when the name is none of this service's. The context is of the default account and Region. */
  answer(request: HttpRequest, context: Context<State>): Promise<HttpResponse | undefined>;
  /** Addresses that a name stands for, where there is a network behind it. Undefined: none of this service's. */
  addresses?(name: string, context: Context<State>): readonly string[] | undefined;
  /** Takes over a connection that asks for another protocol (WebSocket). Default: such requests are refused. */
  upgrade?(request: HttpRequest, socket: Duplex, head: Uint8Array, context: Context<State>): Promise<boolean>;
}
