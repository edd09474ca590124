import { expect, test } from 'vitest';
import { findWritten, LastingViews } from './lasting.ts';

test('a view is made anew until it is asked for a second time, and then stays while all of its rows do', () => {
  const views = new LastingViews<object, { readonly made: number }>();
  const row = { id: 'a' };
  const [tag, other] = [{ tag: 1 }, { tag: 1 }];
  let made = 0;
  const get = (sources: readonly object[]) => views.get(row, sources, () => ({ made: ++made }));
  expect(get([tag]).made).toBe(1);
  expect(findWritten(get([tag]))).toBeDefined();
  expect(get([tag]).made).toBe(2);
  // Another row, even of the same content, or one more, is another view.
  expect(get([other]).made).toBe(3);
  expect(get([other]).made).toBe(4);
  expect(get([other, tag]).made).toBe(5);
  expect(get([tag, other]).made).toBe(6);
  expect(findWritten(get([]))).toBeUndefined();
  expect(views.get({ id: 'a' }, [], () => ({ made: ++made })).made).toBe(8);
});
