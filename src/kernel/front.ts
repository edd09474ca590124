// Requests to a service's own endpoint that are no operation of its model: a browser's preflight, an HTML form, a page.
import type { HttpRequest, HttpResponse } from './http.ts';
import type { Context } from './service.ts';

export interface FrontRequest {
  readonly request: HttpRequest;
  /** Path as sent, without the query. */
  readonly path: string;
  /** The query string, decoded, in order. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The bucket of a virtual host (`bucket.s3.localhost`). */
  readonly hostBucket: string | undefined;
}

export interface Front<State> {
  /** Answers a request that is no operation; undefined leaves it to the protocol's own error. It may throw AWS errors. */
  answer?(front: FrontRequest, context: Context<State>): Promise<HttpResponse | undefined>;
  /** Headers for the answer to a browser on another site (the request has an `Origin`). Default: any site may read. */
  crossOrigin?(front: FrontRequest, context: Context<State>): Readonly<Record<string, string>>;
}
