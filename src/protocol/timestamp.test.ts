import { expect, test } from 'vitest';
import { formatDateTime, formatHttpDate, parseDateTime, parseEpochSeconds, parseHttpDate } from './timestamp.ts';

test.each([
  ['2024-02-29T12:34:56Z', 1_709_210_096_000],
  ['2024-02-29T12:34:56.789Z', 1_709_210_096_789],
  ['2024-02-29T12:34:56.123456789Z', 1_709_210_096_123],
  ['2024-02-29T14:34:56+02:00', 1_709_210_096_000],
  ['2024-02-29T14:34:56+0200', 1_709_210_096_000],
  ['2024-02-29', 1_709_164_800_000],
  ['20240229T123456Z', 1_709_210_096_000],
  ['2023-02-29T00:00:00Z', undefined],
  ['2024-02-29T25:00:00Z', undefined],
  ['yesterday', undefined],
])('parseDateTime: %s', (text, ms) => {
  expect(parseDateTime(text)?.getTime()).toBe(ms);
});

test.each([
  ['Thu, 29 Feb 2024 12:34:56 GMT', 1_709_210_096_000],
  ['Thursday, 29-Feb-24 12:34:56 GMT', 1_709_210_096_000],
  ['29 Feb 2024 12:34:56 GMT', 1_709_210_096_000],
  ['Thu, 29 Foo 2024 12:34:56 GMT', undefined],
])('parseHttpDate: %s', (text, ms) => {
  expect(parseHttpDate(text)?.getTime()).toBe(ms);
});

test('epoch seconds keep milliseconds, and refuse what is no number', () => {
  expect(parseEpochSeconds(1_709_210_096.789)?.getTime()).toBe(1_709_210_096_789);
  expect(parseEpochSeconds('1.7e9')?.getTime()).toBe(1_700_000_000_000);
  expect(parseEpochSeconds('5x')).toBeUndefined();
  expect(parseEpochSeconds(1e300)).toBeUndefined();
});

test('formats', () => {
  const date = new Date(1_709_210_096_000);
  expect(formatHttpDate(date)).toBe('Thu, 29 Feb 2024 12:34:56 GMT');
  expect(formatDateTime(date)).toBe('2024-02-29T12:34:56Z');
  expect(formatDateTime(new Date(1_709_210_096_050))).toBe('2024-02-29T12:34:56.050Z');
});
