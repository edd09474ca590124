// State: rows in typed tables.
//
// A row is a plain object that nobody changes after `put`; `put` replaces. Rows hold JSON values and `Uint8Array`s only,
// so that a journal can write them. A table is an ordered tree that shares its nodes with its copies: a snapshot of the whole
// cloud is one cheap `clone` per table, and two instants can be compared.
//
// Writes happen inside `Store.transaction` only: all of them stay, or none.
import { emptyTree, firstOf, type Range, take, type Tree, walk } from './tree.ts';

export type { Range } from './tree.ts';

/** Whose rows a table holds: one account's in one Region, one account's everywhere, or all accounts' (bucket names). */
export type Scope = 'region' | 'account' | 'cloud';

export interface TableDefinition<Row> {
  /** The row's own key: unique, ordered. Use `key(…)` when it has parts. */
  readonly key: (row: Row) => string;
  /** Default: `region`. */
  readonly scope?: Scope;
  /** Other orders in which to read: index name → index key of a row; undefined leaves the row out. Keys need not be unique. */
  readonly indexes?: Readonly<Record<string, (row: Row) => string | undefined>>;
}

/** Declares a table. `Row` is given, the rest is inferred: `table<Queue>()({ key: queue => queue.name })`. */
export const table =
  <Row extends object>() =>
  <Definition extends TableDefinition<Row>>(definition: Definition): Definition & { readonly row?: Row } =>
    definition;

export type StateDefinition = Readonly<Record<string, TableDefinition<never>>>;

type RowOf<Definition> = Definition extends { readonly row?: infer Row } ? NonNullable<Row> & object : never;
type IndexOf<Definition> = Definition extends { readonly indexes: infer Indexes } ? keyof Indexes & string : never;

/** The tables that a handler sees, of its account and Region. */
export type StateOf<Definitions> = {
  readonly [Name in keyof Definitions]: Table<RowOf<Definitions[Name]>, IndexOf<Definitions[Name]>>;
};

/** One change of one row, as a journal writes it. */
export interface Change {
  readonly table: Table<object, string>;
  readonly key: string;
  readonly before: object | undefined;
  readonly after: object | undefined;
}

/** Rows in another order than their key's. An index key is the declared one, then U+0000, then the row's own key. */
export class Index<Row extends object> {
  readonly #of: (row: Row) => string | undefined;
  tree: Tree<Row> = emptyTree<Row>();

  constructor(of: (row: Row) => string | undefined) {
    this.#of = of;
  }

  /** The full index key of a row, for `after`; undefined when the index leaves the row out. */
  keyOf(row: Row, rowKey: string): string | undefined {
    const own = this.#of(row);
    return own === undefined ? undefined : `${own}\u0000${rowKey}`;
  }

  move(rowKey: string, before: Row | undefined, after: Row | undefined): void {
    const was = before === undefined ? undefined : this.keyOf(before, rowKey);
    const is = after === undefined ? undefined : this.keyOf(after, rowKey);
    if (was !== undefined && was !== is) this.tree.delete(was);
    if (is !== undefined) this.tree.set(is, after as Row);
  }

  /** Rows in index order, copied: safe to write while looping over the answer. */
  list(range: Range = {}): Row[] {
    return take(this.tree, range);
  }

  /** As `list`, one at a time; do not write while looping. */
  *each(range: Range = {}): Generator<Row> {
    for (const [, row] of walk(this.tree, range)) yield row;
  }

  first(range: Range = {}): Row | undefined {
    return firstOf(this.tree, range);
  }
}

export class Table<Row extends object, IndexName extends string = never> {
  readonly #store: Store;
  readonly #keyOf: (row: Row) => string;
  readonly #indexes: readonly Index<Row>[];
  readonly #indexByName: Readonly<Record<string, Index<Row>>>;
  /** Where this table stands: `service/account/region/name`. */
  readonly place: string;
  tree: Tree<Row> = emptyTree<Row>();
  #version = 0;

  constructor(store: Store, place: string, definition: TableDefinition<Row>) {
    this.#store = store;
    this.place = place;
    this.#keyOf = definition.key;
    const entries = Object.entries(definition.indexes ?? {}).map(([name, of]) => [name, new Index(of)] as const);
    this.#indexByName = Object.fromEntries(entries);
    this.#indexes = entries.map(([, index]) => index);
  }

  get size(): number {
    return this.tree.size;
  }

  /** Higher after each change of the content, undone and restored ones too: what was derived from the table is good while this stays. */
  get version(): number {
    return this.#version;
  }

  /** The row's own key, for `after`. */
  keyOf(row: Row): string {
    return this.#keyOf(row);
  }

  find(rowKey: string): Row | undefined {
    return this.tree.get(rowKey);
  }

  has(rowKey: string): boolean {
    return this.tree.has(rowKey);
  }

  /** Inserts the row, or replaces the one with the same key. */
  put(row: Row): void {
    const rowKey = this.#keyOf(row);
    this.write(rowKey, this.#store.keep(row), this.tree.get(rowKey));
  }

  /** True when there was such a row. */
  delete(rowKey: string): boolean {
    const before = this.tree.get(rowKey);
    if (before === undefined) return false;
    this.write(rowKey, undefined, before);
    return true;
  }

  /** Deletes every row of a range; the number of rows deleted. */
  deleteAll(range: Range = {}): number {
    const rows = this.list(range);
    for (const row of rows) this.delete(this.#keyOf(row));
    return rows.length;
  }

  /** Rows in key order, copied: safe to write while looping over the answer. */
  list(range: Range = {}): Row[] {
    return take(this.tree, range);
  }

  /** As `list`, one at a time; do not write while looping. */
  *each(range: Range = {}): Generator<Row> {
    for (const [, row] of walk(this.tree, range)) yield row;
  }

  first(range: Range = {}): Row | undefined {
    return firstOf(this.tree, range);
  }

  index(name: IndexName): Index<Row> {
    return this.#indexByName[name] as Index<Row>;
  }

  private write(rowKey: string, after: Row | undefined, before: Row | undefined): void {
    this.#store.record({ table: this as unknown as Table<object, string>, key: rowKey, before, after });
    this.set(rowKey, before, after);
  }

  /** Changes the row and its indexes, recording nothing: for undo and for loading. */
  set(rowKey: string, before: Row | undefined, after: Row | undefined): void {
    this.#version++;
    if (after === undefined) this.tree.delete(rowKey);
    else this.tree.set(rowKey, after);
    for (const index of this.#indexes) index.move(rowKey, before, after);
  }

  /** The content as it is now, to be put back by `restore`. */
  capture(): TableImage {
    const trees = [this.tree.clone(), ...this.#indexes.map((index) => index.tree.clone())];
    return { kind: 'trees', trees: trees as unknown as readonly Tree<object>[] };
  }

  restore(image: TableImage | undefined): void {
    this.#version++;
    const trees = (image?.kind === 'trees' ? image.trees : []) as unknown as readonly Tree<Row>[];
    this.tree = trees[0]?.clone() ?? emptyTree<Row>();
    for (const [at, index] of this.#indexes.entries()) index.tree = trees[at + 1]?.clone() ?? emptyTree<Row>();
    if (image?.kind === 'rows') this.fill(image.rows);
  }

  /** Rows as they were kept. */
  fill(rows: Iterable<KeptRow>): void {
    for (const [rowKey, row] of rows) this.set(rowKey, undefined, row as Row);
  }
}

const freezeDeep = (value: unknown): void => {
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value) || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freezeDeep(inner);
};

/** A row as it is kept, with its key. */
export type KeptRow = readonly [rowKey: string, row: object];

/** What a store asks of whoever makes changes durable. */
export interface ChangeLog {
  /** The rows kept for a table, on its first use. */
  load(place: string): Iterable<KeptRow>;
  /** Places that have rows. */
  places(): Iterable<string>;
  /** Takes one transaction's changes, whole. The promise settles when they are safe; undefined when there is nothing to wait for. */
  commit(changes: readonly Change[]): Promise<void> | undefined;
  /** Puts these rows in place of all: the cloud was reset, or another state took its place. `undo` is called when that fails. */
  replace(rows: Iterable<readonly [place: string, rowKey: string, row: object]>, undo: () => void): Promise<void>;
}

/** One table in an image: its trees, or the bare rows when they came from a file and nobody has opened the table yet. */
export type TableImage =
  | { readonly kind: 'trees'; readonly trees: readonly Tree<object>[] }
  | { readonly kind: 'rows'; readonly rows: readonly KeptRow[] };

/** The state of the store at an instant: place → table. Cheap to take, cheap to put back. */
export type StoreImage = ReadonlyMap<string, TableImage>;

/** The rows of an image, table by table. */
export function* rowsOf(image: StoreImage): Generator<readonly [place: string, rowKey: string, row: object]> {
  for (const [place, content] of image) {
    const rows = content.kind === 'rows' ? content.rows : (content.trees[0]?.entries() ?? []);
    for (const [rowKey, row] of rows) yield [place, rowKey, row];
  }
}

function countOf(rows: Iterable<unknown>): number {
  let count = 0;
  for (const _ of rows) count++;
  return count;
}

/** All tables of one cloud. */
export class Store {
  readonly #tables = new Map<string, Table<object, string>>();
  readonly #states = new Map<string, unknown>();
  readonly #frozen: boolean;
  #log: ChangeLog | undefined;
  #open: Change[] | undefined;
  #afterSaved: (() => void)[] = [];
  #layout = 0;
  /** Content of an image for tables that nobody has asked for yet; undefined: ask the log. */
  #unopened: Map<string, TableImage> | undefined;

  /** @param frozen freezes each row deeply on `put`: for development and tests. */
  constructor(options: { frozen?: boolean; log?: ChangeLog | undefined } = {}) {
    this.#frozen = options.frozen ?? false;
    this.#log = options.log;
  }

  /** The tables of a service for one account and Region. The same object each time. */
  state<Definitions>(service: string, definitions: Definitions, account: string, region: string): StateOf<Definitions> {
    const at = `${service}/${account}/${region}`;
    const known = this.#states.get(at);
    if (known !== undefined) return known as StateOf<Definitions>;
    const state: Record<string, unknown> = {};
    for (const [name, definition] of Object.entries(definitions as Record<string, TableDefinition<object>>)) {
      Object.defineProperty(state, name, {
        enumerable: true,
        get: () => {
          const opened = this.#table(service, name, definition, account, region);
          Object.defineProperty(state, name, { enumerable: true, value: opened });
          return opened;
        },
        configurable: true,
      });
    }
    this.#states.set(at, state);
    return state as StateOf<Definitions>;
  }

  #table(service: string, name: string, definition: TableDefinition<object>, account: string, region: string) {
    const scope = definition.scope ?? 'region';
    const where = scope === 'region' ? `${account}/${region}` : scope === 'account' ? `${account}/*` : '*/*';
    const place = `${service}/${where}/${name}`;
    const known = this.#tables.get(place);
    if (known !== undefined) return known;
    const opened = new Table<object, string>(this, place, definition);
    if (this.#unopened !== undefined) opened.restore(this.#unopened.get(place));
    else if (this.#log !== undefined) opened.fill(this.#log.load(place));
    // Only once it is whole: what is kept may turn out to be damaged.
    this.#tables.set(place, opened);
    this.#layout++;
    return opened;
  }

  /** Higher whenever `places` may answer otherwise than before. */
  get layout(): number {
    return this.#layout;
  }

  /** Places of all tables that have been opened or kept: `service/account/region/name`. */
  places(): string[] {
    const unopened = this.#unopened?.keys() ?? this.#log?.places() ?? [];
    return [...new Set([...this.#tables.keys(), ...unopened])];
  }

  /** How many rows each table has. Tables that nobody has opened are counted where they are kept. */
  *sizes(): Generator<readonly [place: string, rows: number]> {
    for (const place of this.places()) {
      const opened = this.#tables.get(place);
      const image = this.#unopened?.get(place);
      if (opened !== undefined) yield [place, opened.tree.size];
      else if (image !== undefined)
        yield [place, image.kind === 'rows' ? image.rows.length : (image.trees[0]?.size ?? 0)];
      else yield [place, countOf(this.#log?.load(place) ?? [])];
    }
  }

  /**
   * Runs `change` as one transaction: if it throws, nothing of it stays. Inside another one it joins that.
   * `saved` settles when the changes are durable; undefined when there is nothing to wait for.
   */
  transaction<Result>(change: () => Result): { readonly result: Result; readonly saved: Promise<void> | undefined } {
    if (this.#open !== undefined) return { result: change(), saved: undefined };
    const changes: Change[] = [];
    this.#open = changes;
    try {
      const result = change();
      if (changes.length > 0 && result instanceof Promise) {
        // It goes on all the same, and may fail with nobody there to hear of it.
        result.catch(() => {});
        throw new Error('an async handler wrote before its first await: wrap its writes in transact(() => …)');
      }
      this.#open = undefined;
      const saved = changes.length > 0 ? this.#log?.commit(changes) : undefined;
      if (this.#afterSaved.length > 0) this.#runAfter(saved);
      return { result, saved };
    } catch (error) {
      this.#open = undefined;
      this.#afterSaved = [];
      for (const { table: changed, key: rowKey, before, after } of changes.reverse())
        changed.set(rowKey, after, before);
      throw error;
    }
  }

  /** Inside a transaction: a part of it that may fail and leave nothing, while the rest stays. Throws what `change` throws. */
  attempt<Result>(change: () => Result): Result {
    const open = this.#open;
    if (open === undefined) return this.transaction(change).result;
    const [changesBefore, worksBefore] = [open.length, this.#afterSaved.length];
    try {
      return change();
    } catch (error) {
      this.#afterSaved.length = worksBefore;
      for (const { table: changed, key: rowKey, before, after } of open.splice(changesBefore).reverse())
        changed.set(rowKey, after, before);
      throw error;
    }
  }

  /** Inside a transaction: runs `work` once its changes are durable, and not at all if it fails. */
  afterSaved(work: () => void): void {
    this.#afterSaved.push(work);
  }

  #runAfter(saved: Promise<void> | undefined): void {
    const works = this.#afterSaved;
    this.#afterSaved = [];
    const runAll = (): void => works.forEach((work) => work());
    if (saved === undefined) runAll();
    else void saved.then(runAll, () => {});
  }

  record(change: Change): void {
    if (this.#open === undefined) throw new Error(`write to ${change.table.place} outside a transaction`);
    this.#open.push(change);
  }

  keep<Row extends object>(row: Row): Row {
    if (this.#frozen) freezeDeep(row);
    return row;
  }

  capture(): StoreImage {
    const image = new Map<string, TableImage>(this.#unopened);
    for (const place of this.places()) {
      const opened = this.#tables.get(place);
      if (opened !== undefined) image.set(place, opened.capture());
      else if (!image.has(place)) image.set(place, { kind: 'rows', rows: [...(this.#log?.load(place) ?? [])] });
    }
    return image;
  }

  /** Puts an image in place of all state; an empty one is a reset. Settles when that is durable. */
  restore(image: StoreImage): Promise<void> | undefined {
    this.#layout++;
    this.#unopened = new Map(image);
    for (const [place, opened] of this.#tables) opened.restore(image.get(place));
    return this.#log?.replace(rowsOf(image), () => this.#reload());
  }

  /** Back to what is kept. */
  #reload(): void {
    this.#layout++;
    this.#unopened = undefined;
    for (const [place, opened] of this.#tables) {
      opened.restore(undefined);
      opened.fill(this.#log?.load(place) ?? []);
    }
  }
}
