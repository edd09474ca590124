// Views that last. What a listing shows of a row is made of that row and some others, and most listings are asked for again and again while
// few rows change: a console polls, a script waits. Rows are never changed but replaced, so a view is good for as long as each row that it
// was made of is still the one. Such a view is handed out again, and what a protocol wrote of it is kept with it.
//
// Views are dropped with their rows. One that was asked for once only is not kept: a script that walks through all there is costs no memory.

interface Entry<View> {
  readonly sources: readonly unknown[];
  /** The mark under which the sources were last looked at. */
  mark: object;
  /** Kept from the second time on. */
  view: View | undefined;
}

/** Whatever a writer made of a lasting view. */
interface Written {
  by: unknown;
  text: string;
}

const written = new WeakMap<object, Written>();

/** Where the text of a view may be kept; undefined for an object that does not last. */
export const findWritten = (view: object): Written | undefined => written.get(view);

const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

interface Versioned {
  readonly version: number;
}

/** Marks of tables: one stays the same object for as long as none of its tables changes. */
export class Marks {
  readonly #marks = new WeakMap<object, { readonly versions: readonly number[]; readonly mark: object }>();

  /** @param tables of one place, always the same in the same order. */
  of(tables: readonly [Versioned, ...Versioned[]]): object {
    const [owner] = tables;
    const versions = tables.map(({ version }) => version);
    const known = this.#marks.get(owner);
    if (known !== undefined && isSame(known.versions, versions)) return known.mark;
    const mark = {};
    this.#marks.set(owner, { versions, mark });
    return mark;
  }
}

/** The views of one kind of rows. */
export class LastingViews<Row extends object, View extends object> {
  readonly #entries = new WeakMap<Row, Entry<View>>();

  /**
   * @param mark of all tables in which sources are: while it is the same, they need no look.
   * @param sourcesOf all rows but its own that the view is made of, in an order that stays.
   */
  get(row: Row, mark: object, sourcesOf: () => readonly unknown[], make: () => View): View {
    const entry = this.#entries.get(row);
    if (entry?.view !== undefined && entry.mark === mark) return entry.view;
    const sources = sourcesOf();
    if (entry === undefined || !isSame(entry.sources, sources)) {
      this.#entries.set(row, { sources, mark, view: undefined });
      return make();
    }
    entry.mark = mark;
    if (entry.view === undefined) {
      entry.view = make();
      written.set(entry.view, { by: undefined, text: '' });
    }
    return entry.view;
  }
}
