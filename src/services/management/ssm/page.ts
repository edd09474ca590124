// Pages: the token names the last item that was given.
import { errors } from './errors.ts';

interface Asked {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** Cuts a page of an ordered list; `most` is the size when none is asked for. */
export function pageOf<Item>(
  { MaxResults, NextToken }: Asked,
  items: readonly Item[],
  idOf: (item: Item) => string,
  most: number,
): { items: readonly Item[]; NextToken: string | undefined } {
  const last = NextToken === undefined || NextToken === '' ? undefined : readToken(NextToken);
  const start = last === undefined ? 0 : startAfter(items, idOf, last);
  const size = MaxResults ?? most;
  const page = items.slice(start, start + size);
  const end = page.at(-1);
  return {
    items: page,
    NextToken: start + size < items.length && end !== undefined ? writeToken(idOf(end)) : undefined,
  };
}

function startAfter<Item>(items: readonly Item[], idOf: (item: Item) => string, last: string): number {
  const at = items.findIndex((item) => idOf(item) === last);
  if (at >= 0) return at + 1;
  // It was deleted meanwhile: go on with what would have come after it.
  const next = items.findIndex((item) => idOf(item) > last);
  return next < 0 ? items.length : next;
}

const writeToken = (id: string): string => Buffer.from(`after:${id}`).toString('base64');

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString();
  if (!text.startsWith('after:')) throw errors.nextToken();
  return text.slice('after:'.length);
}
