import { expect, test } from 'vitest';
import { findWritten, LastingViews, Marks } from './lasting.ts';

test('a view is made anew until it is asked for a second time, and then stays while all of its rows do', () => {
  const views = new LastingViews<object, { readonly made: number }>();
  const row = { id: 'a' };
  const [tag, other] = [{ tag: 1 }, { tag: 1 }];
  let made = 0;
  const get = (sources: readonly object[]) =>
    views.get(
      row,
      {},
      () => sources,
      () => ({ made: ++made }),
    );
  expect(get([tag]).made).toBe(1);
  expect(findWritten(get([tag]))).toBeDefined();
  expect(get([tag]).made).toBe(2);
  // Another row, even of the same content, or one more, is another view.
  expect(get([other]).made).toBe(3);
  expect(get([other]).made).toBe(4);
  expect(get([other, tag]).made).toBe(5);
  expect(get([tag, other]).made).toBe(6);
  expect(findWritten(get([]))).toBeUndefined();
  expect(
    views.get(
      { id: 'a' },
      {},
      () => [],
      () => ({ made: ++made }),
    ).made,
  ).toBe(8);
});

test('a view needs no look at its rows while the mark of their tables is the same', () => {
  const views = new LastingViews<object, { readonly made: number }>();
  const marks = new Marks();
  const row = { id: 'a' };
  const tags = { version: 1 };
  const others = { version: 1 };
  let [made, looked] = [0, 0];
  const get = () =>
    views.get(
      row,
      marks.of([tags, others]),
      () => {
        looked++;
        return [];
      },
      () => ({ made: ++made }),
    );
  for (let i = 0; i < 5; i++) get();
  expect([made, looked]).toEqual([2, 2]);
  others.version++;
  for (let i = 0; i < 5; i++) get();
  expect([made, looked]).toEqual([2, 3]);
  expect(marks.of([{ version: 1 }, others])).not.toBe(marks.of([tags, others]));
});
