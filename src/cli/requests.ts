import type { RequestView } from '../admin/request.ts';
import { type CommonOptions, connect } from './connect.ts';
import { CliFailure } from './failure.ts';
import { requestLine } from './request-line.ts';

export interface RequestOptions extends CommonOptions {
  readonly follow?: boolean;
  readonly last: string;
  readonly service?: string;
  readonly operation?: string;
  readonly status?: string;
  readonly account?: string;
  readonly errors?: boolean;
  readonly internal?: boolean;
}

function queryOf(options: RequestOptions): string {
  const query = new URLSearchParams({ limit: options.last });
  for (const name of ['service', 'operation', 'account', 'status'] as const) {
    const value = options[name];
    if (value !== undefined) query.set(name, value);
  }
  if (options.errors === true) query.set('status', 'error');
  if (options.internal === true) query.set('internal', '');
  return query.toString();
}

/** `hakoniwa requests [--follow]`: what the cloud was asked, and what it answered. */
export async function requests(options: RequestOptions): Promise<void> {
  const client = connect(options);
  const write = (request: RequestView): void => {
    process.stdout.write(options.json === true ? `${JSON.stringify(request)}\n` : requestLine(request));
  };
  if (options.follow !== true) {
    const { requests: found } = await client.get<{ readonly requests: readonly RequestView[] }>(
      `/requests?${queryOf(options)}`,
    );
    for (const request of found) write(request);
    if (found.length === 0 && options.json !== true) process.stderr.write('No such requests yet.\n');
    return;
  }
  // A reader that goes away (head, grep -m) ends the watch, silently.
  process.stdout.on('error', () => process.exit(0));
  try {
    for await (const request of client.follow<RequestView>(`/requests?follow&${queryOf(options)}`)) write(request);
  } catch (error) {
    if (error instanceof Error && error.message === 'aborted') throw new CliFailure('The cloud has ended.', '');
    throw error;
  }
}
