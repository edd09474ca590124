// Keeps what was made of rows for as long as the rows are the same objects, so that a change remakes only what it touches and
// everything else stays the very same object: what others have computed for it stays good.

interface Kept<Item> {
  readonly inputs: readonly unknown[];
  readonly item: Item;
}

const sameItems = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, at) => item === b[at]);

/** Things by ID, each made of inputs that are compared by identity, and in lists by the place where they belong. */
export class Shelf<Item> {
  #kept = new Map<string, Kept<Item>>();
  #next = new Map<string, Kept<Item>>();
  #lists: ReadonlyMap<string, readonly Item[]> = new Map();
  #nextLists = new Map<string, Item[]>();

  /** Makes the thing, unless it was made of the same inputs before. */
  add(place: string, id: string, inputs: readonly unknown[], make: () => Item): Item {
    const before = this.#kept.get(id);
    const kept = before !== undefined && sameItems(before.inputs, inputs) ? before : { inputs, item: make() };
    this.#next.set(id, kept);
    const list = this.#nextLists.get(place);
    if (list === undefined) this.#nextLists.set(place, [kept.item]);
    else list.push(kept.item);
    return kept.item;
  }

  /** Ends a round: what was not added is forgotten, and lists that came out the same stay the same. */
  done(): ReadonlyMap<string, readonly Item[]> {
    const lists = new Map<string, readonly Item[]>();
    for (const [place, list] of this.#nextLists) {
      const before = this.#lists.get(place);
      lists.set(place, before !== undefined && sameItems(before, list) ? before : list);
    }
    this.#kept = this.#next;
    this.#next = new Map();
    this.#nextLists = new Map();
    this.#lists = lists;
    return lists;
  }
}

/** The map as it was, when the other one holds the same; else the other one. */
export function sameMap<Value>(
  before: ReadonlyMap<string, Value>,
  after: ReadonlyMap<string, Value>,
): ReadonlyMap<string, Value> {
  if (before.size !== after.size) return after;
  for (const [name, value] of after) if (before.get(name) !== value) return after;
  return before;
}

interface Versioned {
  readonly version: number;
}

/** Answers again what it answered before, for as long as none of the tables changed. */
export class Derived<Answer> {
  readonly #tables: readonly Versioned[];
  readonly #make: () => Answer;
  #version = -1;
  #answer: Answer | undefined;

  constructor(tables: readonly Versioned[], make: () => Answer) {
    this.#tables = tables;
    this.#make = make;
  }

  get(): Answer {
    let version = 0;
    for (const table of this.#tables) version += table.version;
    if (version !== this.#version) {
      this.#answer = this.#make();
      this.#version = version;
    }
    return this.#answer as Answer;
  }
}
