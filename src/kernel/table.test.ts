import fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterPrefix, key, textPrefix } from './key.ts';
import { type Range, Store, table } from './table.ts';

const text = fc.string({ unit: 'binary', maxLength: 6 });
const utf8 = (value: string) => Buffer.from(value, 'utf8');

test('key: text compares as its UTF-8 bytes do, whole numbers by value', () => {
  const wellFormed = text.filter((value) => !/\p{Cs}/u.test(value));
  fc.assert(
    fc.property(wellFormed, wellFormed, (a, b) => {
      expect(Math.sign(key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)).toBe(
        Math.sign(Buffer.compare(utf8(a), utf8(b))),
      );
    }),
  );
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      expect(key(a) < key(b)).toBe(a < b);
      expect(key(a)).toBe(`${a.toString(36).padStart(11, '0')}\u0000`);
    }),
  );
});

test('key: parts never run into each other', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), fc.array(text, { maxLength: 4 }), (a, b) => {
      expect(key(...a) === key(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});

test('key: a text prefix covers exactly the keys whose part begins with it', () => {
  fc.assert(
    fc.property(text, text, (part, prefix) => {
      const start = textPrefix(prefix);
      const end = afterPrefix(start);
      const inside = key(part) >= start && (end === undefined || key(part) < end);
      expect(inside).toBe(part.startsWith(prefix));
    }),
  );
});

interface Row {
  readonly id: string;
  readonly group: string;
}
const definitions = {
  rows: table<Row>()({ key: (row) => row.id, indexes: { group: (row) => row.group || undefined } }),
};

test('table: ranges answer what a sorted list would, forwards and backwards, by key and by index', () => {
  const id = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 4 });
  const rangeOf = fc.record<Range>(
    { prefix: id, from: id, to: id, after: id, reverse: fc.boolean(), limit: fc.nat(5) },
    { requiredKeys: [] },
  );
  const change = fc.record({ id, group: fc.constantFrom('', 'x', 'y'), remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), rangeOf, (changes, range) => {
      const { rows } = new Store({ frozen: true }).state('t', definitions, '1', 'r');
      const store = new Store({ frozen: true });
      const state = store.state('t', definitions, '1', 'r');
      const model = new Map<string, Row>();
      for (const { id: rowId, group, remove } of changes) {
        store.transaction(() => (remove ? state.rows.delete(rowId) : state.rows.put({ id: rowId, group })));
        if (remove) model.delete(rowId);
        else model.set(rowId, { id: rowId, group });
      }
      expect(rows.size).toBe(0);
      expect(state.rows.size).toBe(model.size);
      expect(state.rows.list(range)).toEqual(expected([...model.values()], (row) => row.id, range));
      const grouped = [...model.values()].filter((row) => row.group !== '');
      expect(state.rows.index('group').list()).toEqual(expected(grouped, (row) => `${row.group}\u0000${row.id}`, {}));
    }),
  );
});

function expected(rows: Row[], keyOf: (row: Row) => string, range: Range): Row[] {
  const { prefix, from, to, after, reverse, limit } = range;
  const inRange = rows.filter((row) => {
    const at = keyOf(row);
    if (
      prefix !== undefined
        ? !at.startsWith(prefix)
        : (from !== undefined && at < from) || (to !== undefined && at >= to)
    )
      return false;
    return after === undefined || (reverse ? at < after : at > after);
  });
  inRange.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return (reverse ? inRange.reverse() : inRange).slice(0, limit ?? inRange.length);
}
