import { expect, test } from 'vitest';
import { instant } from '../kernel/units.ts';
import { carry, freshLoad, initialUnits, loadAt, requestsPerUnitMinute } from './balancer-capacity.ts';

const start = instant(Date.UTC(2026, 2, 2, 9));
const after = (minutes: number) => instant(start + minutes * 60_000);
const full = initialUnits * requestsPerUnitMinute;

test('Capacity: a spike beyond it is refused until it has grown (ELB-18)', () => {
  let load = freshLoad(start);
  const refused: number[] = [];
  for (let minute = 0; minute < 20; minute++) {
    const carried = carry(load, after(minute), full * 2);
    load = carried.load;
    refused.push(carried.refused);
  }
  expect(refused[0]).toBe(full);
  expect(refused[5]).toBeLessThan(full * 0.6);
  expect(refused[4]).toBeGreaterThan(full * 0.5);
  expect(refused.slice(10)).toEqual(Array.from({ length: 10 }, () => 0));
});

test('Capacity: load that rises by less than half in five minutes is never refused (ELB-18)', () => {
  let load = freshLoad(start);
  let refused = 0;
  for (let minute = 0; minute < 60; minute++) {
    const carried = carry(load, after(minute), Math.floor(full * 0.5 * 1.4 ** (minute / 5)));
    load = carried.load;
    refused += carried.refused;
  }
  expect(refused).toBe(0);
  expect(load.units).toBeGreaterThan(initialUnits * 10);
});

test('Capacity: a reservation takes the spike (ELB-19)', () => {
  expect(carry(freshLoad(start), start, full * 3, initialUnits * 3)).toMatchObject({ served: full * 3, refused: 0 });
  expect(carry(freshLoad(start), start, full * 3)).toMatchObject({ served: full, refused: full * 2 });
});

test('Capacity: what is idle is given back in hours, down to the floor', () => {
  const grown = { minute: start, units: 1_000, requests: 0 };
  expect(loadAt(grown, after(720), 0).units).toBeCloseTo(500, -1);
  expect(loadAt(grown, after(100_000), 0).units).toBe(initialUnits);
  expect(loadAt(grown, after(100_000), 300).units).toBe(300);
});
