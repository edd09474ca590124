// Answers of the admin API, all JSON, and its one kind of error.
import type { HttpResponse } from '../kernel/http.ts';

/** A request that cannot be done. The message says why, the remedy what to do. */
export class AdminError extends Error {
  readonly status: number;
  readonly code: string;
  readonly remedy: string;

  constructor(status: number, code: string, message: string, remedy: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}

export const badRequest = (message: string, remedy: string): AdminError =>
  new AdminError(400, 'BadRequest', message, remedy);

const headers = {
  'content-type': 'application/json',
  // Never kept, never guessed to be another type.
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

export const json = (value: unknown, status = 200): HttpResponse => ({
  status,
  headers: { ...headers },
  body: `${JSON.stringify(value, undefined, 2)}\n`,
});

/** One JSON value a line, as they come. */
export const jsonLines = (body: AsyncIterable<Uint8Array>): HttpResponse => ({
  status: 200,
  headers: { ...headers, 'content-type': 'application/x-ndjson' },
  body,
});

export const failure = ({ status, code, message, remedy }: AdminError): HttpResponse =>
  json({ error: { code, message, remedy } }, status);
