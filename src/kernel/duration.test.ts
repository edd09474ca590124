import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDuration, writeDuration } from './duration.ts';

test.each([
  ['30d', 2_592_000],
  ['2h30m', 9_000],
  ['1.5h', 5_400],
  ['90', 90],
  ['0', 0],
  ['250ms', 0.25],
  ['1w', 604_800],
  ['1d 12h', 129_600],
  ['PT1H', 3_600],
  ['P1DT12H', 129_600],
  ['P2W', 1_209_600],
  ['pt0.5s', 0.5],
])('readDuration: %s is %d seconds', (text, seconds) => {
  expect(readDuration(text)).toBe(seconds);
});

test.each(
  ['', 'd', '-1h', '1y', 'P1M', 'P', 'PT', '1h foo', 'P1DT', '999999999d', 'NaN', 'Infinity', '1e3'].filter(
    (t) => t !== '30',
  ),
)('readDuration: %j is none', (text) => {
  expect(readDuration(text)).toBeUndefined();
});

test('writeDuration: what it writes is read back to within its two largest units', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000_000_000 }), (seconds) => {
      const back = readDuration(writeDuration(seconds)) ?? 0;
      expect(Math.abs(back - seconds)).toBeLessThanOrEqual(seconds >= 86_400 ? 3_600 : 60);
    }),
  );
});
