// How every `Describe…` works: rows by ID or all, through filters, in pages.
import type { Filter } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import type { Table } from '../../../kernel/table.ts';
import { errors, type Kind, missing } from './errors.ts';
import type { Ec2Context } from './operation.ts';

export type FilterValue = string | number | boolean | undefined | readonly (string | number | boolean | undefined)[];

/** Filter name → what it looks at. */
export type Filters<Row> = Readonly<Record<string, (row: Row) => FilterValue>>;

/** Rows of an index: where one stands in it, and what comes after a place, from the beginning without one. */
export interface Ordered<Row> {
  readonly place: (row: Row) => string;
  readonly after: (place: string | undefined) => Iterable<Row>;
}

/** A table, as far as listings read it: a page costs no more than itself, wherever it begins. */
type Rows<Row> = Pick<Table<Row & object>, 'keyOf' | 'find' | 'each' | 'list'>;

export interface Listing<Row> {
  /** All rows: of a table, in its order. A function is asked only when no IDs are given, or `find` is not. */
  readonly rows: Rows<Row> | readonly Row[] | (() => readonly Row[]);
  /** All rows as `rows` has them, so that a page reads no more than itself. */
  readonly ordered?: Ordered<Row> | undefined;
  /** One row by its ID, so that asking for a few reads no others. */
  readonly find?: ((id: string) => Row | undefined) | undefined;
  readonly id: (row: Row) => string;
  readonly filters: Filters<Row>;
  /** IDs that the request asks for; each must exist. */
  readonly ids?: readonly string[] | undefined;
  readonly kind?: Kind | undefined;
  /** What `tag:…`, `tag-key` and `tag-value` look at. Default: the tags of the row's ID. */
  readonly tags?:
    | ((row: Row) => readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[])
    | undefined;
  /** The smallest `MaxResults` that the operation takes. */
  readonly least?: number | undefined;
}

interface Request {
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

interface Page<Row> {
  readonly rows: Row[];
  readonly NextToken: string | undefined;
}

/** Limit: values of one filter. */
export const filterValuesMax = 200;
const pageMax = 1_000;

export function list<Row>(request: Request, context: Ec2Context, listing: Listing<Row>): Page<Row> {
  const { ids = [], id } = listing;
  const ordered = ids.length === 0 ? orderOf(listing) : undefined;
  const chosen = ordered === undefined ? choose(listing) : [];
  const tests = (request.Filters ?? []).map((filter) => testOf(filter, context, listing));
  const matches = (row: Row): boolean => tests.every((test) => test(row));
  const { NextToken } = request;
  const asked = pageSize(request, listing);
  if (ordered !== undefined) {
    const size = asked ?? pageMax;
    const rows = ordered.after(NextToken === undefined ? undefined : readToken(NextToken, 'place'));
    return cut(firstOf(rows, matches, size + 1), size, (last) => writeToken('place', ordered.place(last)));
  }
  const matching = tests.length === 0 ? chosen : chosen.filter(matches);
  const rest = NextToken === undefined ? matching : after(matching, id, readToken(NextToken, 'after'));
  const size = asked ?? (ids.length > 0 ? rest.length : pageMax);
  return cut(rest, size, (last) => writeToken('after', id(last)));
}

const isTable = <Row>(rows: Listing<Row>['rows']): rows is Rows<Row> => typeof rows === 'object' && 'keyOf' in rows;

const allOf = <Row>({ rows }: Listing<Row>): readonly Row[] =>
  typeof rows === 'function' ? rows() : isTable(rows) ? rows.list() : rows;

function orderOf<Row>({ rows, ordered }: Listing<Row>): Ordered<Row> | undefined {
  if (ordered !== undefined || !isTable(rows)) return ordered;
  return { place: (row) => rows.keyOf(row as Row & object), after: (place) => rows.each({ after: place }) };
}

function firstOf<Row>(rows: Iterable<Row>, matches: (row: Row) => boolean, limit: number): Row[] {
  const found: Row[] = [];
  for (const row of rows) {
    if (!matches(row)) continue;
    found.push(row);
    if (found.length >= limit) break;
  }
  return found;
}

function choose<Row>(listing: Listing<Row>): readonly Row[] {
  const { ids, kind } = listing;
  if (ids === undefined || ids.length === 0) return allOf(listing);
  const find = listing.find ?? finderOf(listing);
  return [...new Set(ids)].map((wanted) => {
    const row = find(wanted);
    if (row === undefined) throw kind === undefined ? errors.invalidId(wanted) : missing(kind, wanted);
    return row;
  });
}

/** Most tables have their rows' IDs for keys; of others, and of rows without a table, all are looked through once. */
function finderOf<Row>(listing: Listing<Row>): (id: string) => Row | undefined {
  const { rows, id } = listing;
  let byId: ReadonlyMap<string, Row> | undefined;
  return (wanted) => {
    const found = isTable(rows) ? rows.find(wanted) : undefined;
    if (found !== undefined && id(found) === wanted) return found;
    byId ??= new Map(allOf(listing).map((row) => [id(row), row]));
    return byId.get(wanted);
  };
}

function testOf<Row>(filter: Filter, { state }: Ec2Context, listing: Listing<Row>): (row: Row) => boolean {
  const { Name = '', Values = [] } = filter;
  if (Values.length > filterValuesMax) throw errors.filterLimit(filterValuesMax);
  const matches = matcherOf(Values);
  const tags =
    listing.tags ??
    ((row: Row) =>
      state.tags.list({ prefix: key(listing.id(row)) }).map((tag) => ({ Key: tag.key, Value: tag.value })));
  if (Name.startsWith('tag:')) {
    const wanted = Name.slice(4);
    return (row) => tags(row).some((tag) => tag.Key === wanted && matches(tag.Value ?? ''));
  }
  if (Name === 'tag-key') return (row) => tags(row).some((tag) => matches(tag.Key ?? ''));
  if (Name === 'tag-value') return (row) => tags(row).some((tag) => matches(tag.Value ?? ''));
  const look = Object.hasOwn(listing.filters, Name) ? listing.filters[Name] : undefined;
  if (look === undefined) throw errors.invalidFilter(Name);
  return (row) => {
    const value = look(row);
    if (value === undefined) return false;
    return typeof value === 'object'
      ? value.some((one) => one !== undefined && matches(String(one)))
      : matches(String(value));
  };
}

/** One of the values, in which `*` is any text, `?` any character, and a backslash takes their meaning away. */
function matcherOf(values: readonly string[]): (text: string) => boolean {
  const plain = new Set(values.filter((value) => !/[*?\\]/.test(value)));
  const patterns = values.filter((value) => /[*?\\]/.test(value)).map(patternOf);
  return (text) => plain.has(text) || patterns.some((pattern) => pattern.test(text));
}

function patternOf(value: string): RegExp {
  const source = value.replaceAll(/\\[*?\\]|[*?]|[.+^${}()|[\]\\]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return part.length === 2 ? `\\${part[1]}` : `\\${part}`;
  });
  return new RegExp(`^${source}$`, 's');
}

/** The size of a page that a request asks for. */
function pageSize<Row>({ MaxResults }: Request, { ids = [], least = 5 }: Listing<Row>): number | undefined {
  if (MaxResults === undefined) return undefined;
  if (MaxResults < least || MaxResults > pageMax) {
    const why =
      MaxResults < least ? `Expecting a value greater than ${least}.` : `Expecting a value less than ${pageMax}.`;
    throw errors.valueOf(` ${MaxResults} `, 'maxResults', why);
  }
  if (ids.length > 0) throw errors.combination('The parameter IDs cannot be used with the parameter maxResults');
  return MaxResults;
}

function cut<Row>(rows: readonly Row[], size: number, tokenOf: (last: Row) => string): Page<Row> {
  const taken = rows.slice(0, size);
  const last = taken.at(-1);
  return { rows: taken, NextToken: rows.length > size && last !== undefined ? tokenOf(last) : undefined };
}

const after = <Row>(rows: readonly Row[], id: (row: Row) => string, last: string): readonly Row[] => {
  const at = rows.findIndex((row) => id(row) === last);
  // The row was deleted meanwhile: go on with what would have come after it.
  return at >= 0 ? rows.slice(at + 1) : rows.filter((row) => id(row) > last);
};

/**
 * Unknown: how AWS makes its tokens; here it is the last row's ID, or its place in an index, so that a page starts right after it
 * whatever changed meanwhile.
 */
type TokenKind = 'after' | 'place';

const writeToken = (kind: TokenKind, text: string): string => Buffer.from(`${kind}:${text}`).toString('base64url');

function readToken(token: string, kind: TokenKind): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith(`${kind}:`)) throw errors.nextToken();
  return text.slice(kind.length + 1);
}
