// Witnesses: a service that keeps access logs hears of every request to its endpoint once it is answered, refused ones included.
import type { HttpRequest } from './http.ts';
import type { Context, Principal } from './service.ts';

export interface Witnessed {
  readonly request: HttpRequest;
  /** Undefined when there is no such operation. */
  readonly operation: string | undefined;
  readonly caller: Principal;
  /** Path as sent, without the query. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The bucket of a virtual host. */
  readonly hostBucket: string | undefined;
  readonly status: number;
  readonly errorCode: string | undefined;
  /** Bytes of the answer's body, where they are known. */
  readonly bytesSent: number | undefined;
  /** Milliseconds from the request's head to the answer's. */
  readonly tookMs: number;
}

/** It reads at once, and writes by `context.transact`: nobody waits for it. */
export type Witness<State> = (seen: Witnessed, context: Context<State>) => void;
