// Pages: the token names the place of the next item.
import { errors } from './errors.ts';

interface Asked {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

/** Cuts a page of a list; 100 items when none is asked for. */
export function pageOf<Item>(
  { maxResults, nextToken }: Asked,
  items: readonly Item[],
): { readonly items: Item[]; readonly nextToken: string | undefined } {
  const start = nextToken === undefined ? 0 : readToken(nextToken);
  const end = start + (maxResults ?? 100);
  return { items: items.slice(start, end), nextToken: end < items.length ? writeToken(end) : undefined };
}

const writeToken = (at: number): string => Buffer.from(`from:${at}`).toString('base64url');

function readToken(token: string): number {
  const at = /^from:(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (at === undefined) throw errors.invalid('The specified nextToken is not valid.');
  return Number(at);
}
