import { expect, test } from 'vitest';
import { nextCron, nextScheduled } from './cron.ts';
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

const scheduled = (schedule: string, after: string, timeZone = 'UTC'): string | undefined => {
  const found = nextScheduled(schedule, at(after), { timeZone, base: at('2026-03-02T09:00:00Z') });
  return found === undefined ? undefined : new Date(found).toISOString();
};

test('schedule: six fields, with the days of the week from Sunday as 1, and a year', () => {
  expect(scheduled('cron(0 9 ? * 2-6 *)', '2026-03-06T10:00:00Z')).toBe('2026-03-09T09:00:00.000Z');
  expect(scheduled('cron(0 9 ? * MON *)', '2026-03-02T09:00:00Z')).toBe('2026-03-09T09:00:00.000Z');
  expect(scheduled('cron(15 10 L * ? *)', '2026-02-02T09:00:00Z')).toBe('2026-02-28T10:15:00.000Z');
  expect(scheduled('cron(0 0 ? * 6L *)', '2026-03-02T09:00:00Z')).toBe('2026-03-27T00:00:00.000Z');
  expect(scheduled('cron(0 0 ? * 6#3 *)', '2026-03-02T09:00:00Z')).toBe('2026-03-20T00:00:00.000Z');
  expect(scheduled('cron(0 12 1 1 ? 2030)', '2026-03-02T09:00:00Z')).toBe('2030-01-01T12:00:00.000Z');
  expect(scheduled('cron(0 9 * * * *)', '2026-03-02T09:00:00Z')).toBeUndefined();
  expect(scheduled('cron(0 9 * * ?)', '2026-03-02T09:00:00Z')).toBeUndefined();
});

test('schedule: rates count from their beginning, a moment comes once', () => {
  expect(scheduled('rate(5 minutes)', '2026-03-02T09:07:00Z')).toBe('2026-03-02T09:10:00.000Z');
  expect(scheduled('rate(1 hour)', '2026-03-02T09:00:00Z')).toBe('2026-03-02T10:00:00.000Z');
  expect(scheduled('rate(1 hours)', '2026-03-02T09:00:00Z')).toBeUndefined();
  expect(scheduled('at(2026-03-05T09:00:30)', '2026-03-02T09:00:00Z', 'Asia/Tokyo')).toBe('2026-03-05T00:00:30.000Z');
  expect(scheduled('at(2026-03-01T09:00:00)', '2026-03-02T09:00:00Z')).toBeUndefined();
});
