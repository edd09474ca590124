import { expect, test } from 'vitest';
import { adjust, neededFor, stepFor } from './adjustment.ts';

test('adjustment: percentages are rounded as AWS rounds them, and have a least magnitude (ASG-06)', () => {
  expect(adjust(10, 'ChangeInCapacity', -3, undefined)).toBe(7);
  expect(adjust(10, 'ExactCapacity', 4, undefined)).toBe(4);
  expect(adjust(4, 'PercentChangeInCapacity', 67, undefined)).toBe(6); // 2.68 → 2
  expect(adjust(4, 'PercentChangeInCapacity', 10, undefined)).toBe(5); // 0.4 → 1
  expect(adjust(4, 'PercentChangeInCapacity', -10, undefined)).toBe(3); // −0.4 → −1
  expect(adjust(4, 'PercentChangeInCapacity', -67, undefined)).toBe(2); // −2.68 → −2
  expect(adjust(4, 'PercentChangeInCapacity', 25, 2)).toBe(6);
  expect(adjust(4, 'PercentChangeInCapacity', -25, 2)).toBe(2);
});

test('adjustment: the bound nearer to the threshold belongs to the step', () => {
  const out = [
    { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 1 },
    { MetricIntervalLowerBound: 10, ScalingAdjustment: 2 },
  ];
  expect([80, 89, 90, 200].map((value) => stepFor(out, value, 80)?.ScalingAdjustment)).toEqual([1, 1, 2, 2]);
  const back = [
    { MetricIntervalUpperBound: -10, ScalingAdjustment: -2 },
    { MetricIntervalLowerBound: -10, MetricIntervalUpperBound: 0, ScalingAdjustment: -1 },
  ];
  expect([40, 31, 30, 5].map((value) => stepFor(back, value, 40)?.ScalingAdjustment)).toEqual([-1, -1, -2, -2]);
  expect(stepFor(out, 70, 80)).toBeUndefined();
});

test('adjustment: so many share a load that each is at the target', () => {
  expect(neededFor(2, 90, 50)).toBe(4);
  expect(neededFor(4, 25, 50)).toBe(2);
  expect(neededFor(3, 50, 50)).toBe(3);
});
