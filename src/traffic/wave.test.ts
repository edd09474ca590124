import { expect, test } from 'vitest';
import { rateOf } from './wave.ts';

test('wave: a constant, a ramp that stays at its end, and a sine that begins low', () => {
  expect(rateOf({ kind: 'constant', perSecond: 5 }, 1_000)).toBe(5);
  const ramp = { kind: 'ramp', from: 10, to: 110, seconds: 100 } as const;
  expect([0, 50, 100, 500].map((at) => rateOf(ramp, at))).toEqual([10, 60, 110, 110]);
  const day = { kind: 'sine', low: 10, high: 110, periodSeconds: 86_400 } as const;
  expect([0, 21_600, 43_200, 86_400].map((at) => Math.round(rateOf(day, at)))).toEqual([10, 60, 110, 10]);
});
