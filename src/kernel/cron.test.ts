import { expect, test } from 'vitest';
import { nextCron } from './cron.ts';
import { instant } from './units.ts';

const at = (text: string) => instant(Date.parse(text));
const next = (expression: string, after: string, timeZone?: string): string | undefined => {
  const found = nextCron(expression, at(after), timeZone);
  return found === undefined ? undefined : new Date(found).toISOString();
};

test('cron: the next instant is after the given one, in UTC', () => {
  expect(next('30 9 * * *', '2026-03-02T09:00:00Z')).toBe('2026-03-02T09:30:00.000Z');
  expect(next('30 9 * * *', '2026-03-02T09:30:00Z')).toBe('2026-03-03T09:30:00.000Z');
  expect(next('0 8 * * MON-FRI', '2026-03-06T08:00:00Z')).toBe('2026-03-09T08:00:00.000Z');
  expect(next('0 0 1 1 *', '2026-03-02T09:00:00Z')).toBe('2027-01-01T00:00:00.000Z');
});

test('cron: a time zone moves with its summer time', () => {
  expect(next('0 9 * * *', '2026-03-07T15:00:00Z', 'America/New_York')).toBe('2026-03-08T13:00:00.000Z');
  expect(next('0 9 * * *', '2026-03-07T12:00:00Z', 'America/New_York')).toBe('2026-03-07T14:00:00.000Z');
});

test('cron: what makes no sense has no next instant', () => {
  expect(next('a b c d e', '2026-03-02T09:00:00Z')).toBeUndefined();
  expect(next('0 9 * *', '2026-03-02T09:00:00Z')).toBeUndefined();
  expect(next('0 9 * * *', '2026-03-02T09:00:00Z', 'Nowhere/Atlantis')).toBeUndefined();
  expect(next('0 0 31 2 *', '2026-03-02T09:00:00Z')).toBeUndefined();
});
