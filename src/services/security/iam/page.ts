// Pages of a list: `Marker`, `MaxItems`, `IsTruncated`.
import { errors } from './errors.ts';
import { pageItems } from './limits.ts';

interface PageRequest {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  readonly rest: { readonly IsTruncated: boolean; readonly Marker?: string };
}

const writeMarker = (position: number, last: string): string =>
  Buffer.from(JSON.stringify([position, last])).toString('base64url');

function readMarker(marker: string): readonly [number, string] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(marker, 'base64url').toString());
    if (Array.isArray(parsed) && Number.isSafeInteger(parsed[0]) && typeof parsed[1] === 'string')
      return [Number(parsed[0]), parsed[1]];
  } catch {
    // falls through to the refusal
  }
  throw errors.validation('Invalid Marker.');
}

/**
 * One page of a list that is in order of `keyOf`. A marker names the last item given, so that what is deleted or added between
 * two pages makes none of the others appear twice or not at all.
 */
export function page<Item>(items: readonly Item[], request: PageRequest, keyOf: (item: Item) => string): Page<Item> {
  let start = 0;
  if (request.Marker !== undefined) {
    const [position, last] = readMarker(request.Marker);
    const at = items.findIndex((item) => keyOf(item) === last);
    if (at >= 0) start = at + 1;
    else {
      const next = items.findIndex((item) => keyOf(item) > last);
      start = next < 0 ? Math.min(position, items.length) : next;
    }
  }
  const end = start + (request.MaxItems ?? pageItems);
  const shown = items.slice(start, end);
  const last = shown.at(-1);
  if (end >= items.length || last === undefined) return { items: shown, rest: { IsTruncated: false } };
  return { items: shown, rest: { IsTruncated: true, Marker: writeMarker(end, keyOf(last)) } };
}
