// /_hakoniwa/requests: the last requests, and those to come.
import type { HttpRequest } from '../kernel/http.ts';
import type { RequestRecord } from '../kernel/request-log.ts';
import { badRequest } from './answer.ts';
import type { House } from './house.ts';

/** A request as the API shows it. */
export type RequestView = Omit<RequestRecord, 'at'> & { readonly at: string };

const viewOf = (record: RequestRecord): RequestView => ({ ...record, at: new Date(record.at).toISOString() });

type Filter = (record: RequestRecord) => boolean;

/** `status=404`, `status=4xx`, `status=error`. */
function statusFilter(status: string): Filter {
  if (status === 'error') return (record) => record.status >= 400;
  if (/^[1-5]xx$/.test(status)) return (record) => Math.floor(record.status / 100) === Number(status[0]);
  if (/^\d{3}$/.test(status)) return (record) => record.status === Number(status);
  throw badRequest(`No status: ${status}`, 'Use a status (404), a class (4xx), or "error".');
}

/** Calls of one service by another are left out, unless `internal` asks for them. */
function filterOf(query: URLSearchParams): Filter {
  const filters: Filter[] = [];
  for (const name of ['service', 'operation', 'account', 'region'] as const) {
    const wanted = query.get(name);
    if (wanted !== null) filters.push((record) => record[name].toLowerCase() === wanted.toLowerCase());
  }
  const status = query.get('status');
  if (status !== null) filters.push(statusFilter(status));
  if (!query.has('internal')) filters.push((record) => !record.internal);
  return (record) => filters.every((filter) => filter(record));
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit') ?? '1000';
  if (!/^\d{1,4}$/.test(text) || Number(text) > 1000) throw badRequest(`No limit: ${text}`, 'Use 0 to 1000.');
  return Number(text);
}

export function listRequests({ requests }: House, query: URLSearchParams): RequestView[] {
  const limit = limitOf(query);
  const found = requests.list().filter(filterOf(query));
  return found.slice(Math.max(0, found.length - limit)).map(viewOf);
}

/** A reader that does not keep up loses the oldest: the cloud does not wait for whoever watches it. */
const heldLimit = 10_000;

const followsOf = new WeakMap<House, Set<() => void>>();

/** Ends all that follows, before the process stops. */
export function endFollows(house: House): void {
  for (const end of followsOf.get(house) ?? []) end();
}

/** The last requests and then each new one, as JSON lines, until the client leaves. */
export function followRequests(house: House, query: URLSearchParams, request: HttpRequest): AsyncIterable<Uint8Array> {
  const filter = filterOf(query);
  const held: RequestView[] = listRequests(house, query);
  let wake: () => void = () => {};
  let ended = false;
  const endFollow = house.requests.follow((record) => {
    if (!filter(record)) return;
    if (held.length >= heldLimit) held.shift();
    held.push(viewOf(record));
    wake();
  });
  const end = (): void => {
    ended = true;
    endFollow();
    follows.delete(end);
    wake();
  };
  const follows = followsOf.get(house) ?? new Set();
  followsOf.set(house, follows.add(end));
  request.onGone?.(end);
  return streamOf(
    held,
    () => ended,
    (next) => (wake = next),
  );
}

async function* streamOf(
  held: RequestView[],
  hasEnded: () => boolean,
  onWake: (wake: () => void) => void,
): AsyncGenerator<Uint8Array> {
  // An empty line at once, so that the client sees the head of the answer before there is anything to tell.
  yield Buffer.from('\n');
  while (!hasEnded()) {
    if (held.length > 0)
      yield Buffer.from(
        held
          .splice(0)
          .map((record) => `${JSON.stringify(record)}\n`)
          .join(''),
      );
    else await new Promise<void>((resolve) => onWake(resolve));
  }
}
