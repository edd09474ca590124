import { expect, test } from 'vitest';
import { Store, table } from './table.ts';

const definitions = { rows: table<{ readonly id: string }>()({ key: (row) => row.id }) };

test('attempt: what fails leaves nothing, and what went before stays', () => {
  const store = new Store();
  const { rows } = store.state('test', definitions, 'a', 'r');
  store.transaction(() => {
    rows.put({ id: 'before' });
    expect(() =>
      store.attempt(() => {
        rows.delete('before');
        rows.put({ id: 'lost' });
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(store.attempt(() => (rows.put({ id: 'kept' }), 'done'))).toBe('done');
  });
  expect(rows.list().map(({ id }) => id)).toEqual(['before', 'kept']);
});
