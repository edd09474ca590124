// Listing keys by pages, with a prefix and a delimiter, on any table that reads in key order.
//
// A delimiter folds all keys of a "folder" into one common prefix. The walk does not read them: having met the first, it seeks behind
// the last. So a page costs its entries times the depth of the tree, however many keys are folded.
import { afterPrefix, key, textPrefix } from '../../../kernel/key.ts';

/** Reads rows whose table key is `from` or greater, and smaller than `to`. */
export type OrderedReader<Row> = (from: string, to: string | undefined) => Iterable<Row>;

export interface ListingQuery {
  readonly partition: string;
  readonly bucket: string;
  readonly prefix: string;
  /** Empty: no folding. */
  readonly delimiter: string;
  /** The marker's text: a common prefix with which it begins was on an earlier page. */
  readonly marker?: string | undefined;
  /** Table key at which to begin, when the marker says so. */
  readonly from?: string | undefined;
  readonly limit: number;
}

export interface ListingPage<Row> {
  readonly rows: Row[];
  readonly commonPrefixes: string[];
  readonly truncated: boolean;
  /** The last entry, when there is one: where the next page goes on. */
  readonly last: { readonly row: Row } | { readonly commonPrefix: string } | undefined;
}

/** The first table key behind every row of an object key. */
export const behindKey = (partition: string, bucket: string, objectKey: string): string | undefined =>
  afterPrefix(key(partition, bucket, objectKey));

/** The first table key behind every row whose object key begins with `prefix`. */
export const behindPrefix = (partition: string, bucket: string, prefix: string): string | undefined =>
  afterPrefix(key(partition, bucket) + textPrefix(prefix));

const foldedPrefix = (objectKey: string, { prefix, delimiter }: ListingQuery): string | undefined => {
  if (delimiter === '') return undefined;
  const at = objectKey.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : objectKey.slice(0, at + delimiter.length);
};

/** One page of a listing. */
export function listPage<Row extends { readonly key: string }>(
  read: OrderedReader<Row>,
  query: ListingQuery,
): ListingPage<Row> {
  const { partition, bucket, prefix, marker, limit } = query;
  const start = key(partition, bucket) + textPrefix(prefix);
  const end = afterPrefix(start);
  const rows: Row[] = [];
  const commonPrefixes: string[] = [];
  let last: ListingPage<Row>['last'];
  let from: string | undefined = query.from !== undefined && query.from > start ? query.from : start;
  const page = (truncated: boolean) => ({ rows, commonPrefixes, truncated, last });
  if (limit === 0) return page(false);

  const isBefore = (at: string): boolean => end === undefined || at < end;
  while (from !== undefined && isBefore(from)) {
    let next: string | undefined;
    for (const row of read(from, end)) {
      const commonPrefix = foldedPrefix(row.key, query);
      const seen = commonPrefix !== undefined && marker?.startsWith(commonPrefix) === true;
      if (!seen && rows.length + commonPrefixes.length === limit) return page(true);
      if (commonPrefix === undefined) {
        rows.push(row);
        last = { row };
        continue;
      }
      if (!seen) {
        commonPrefixes.push(commonPrefix);
        last = { commonPrefix };
      }
      next = behindPrefix(partition, bucket, commonPrefix);
      break;
    }
    from = next;
  }
  return page(false);
}

/** Text as `encoding-type=url` gives it: form encoding, but slashes stay. */
export const encodeKey = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')
    .replaceAll(/[!'()~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

/** An opaque token that says after which text the next page begins. */
export const writeToken = (after: string): string => `1${Buffer.from(after, 'utf8').toString('base64')}`;

/** Reads such a token; undefined when it is none. */
export function readToken(token: string): string | undefined {
  if (!token.startsWith('1') || !/^[A-Za-z0-9+/]*={0,2}$/.test(token.slice(1))) return undefined;
  const text = Buffer.from(token.slice(1), 'base64').toString('utf8');
  return writeToken(text) === token ? text : undefined;
}
