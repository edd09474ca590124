// Lengths of time as people write them: `30d`, `2h30m`, `1.5h`, `PT1H`, `P1DT12H`, or bare seconds.
import { secondsPerDay, secondsPerHour, secondsPerMinute } from './units.ts';

const secondsPer: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: secondsPerMinute,
  h: secondsPerHour,
  d: secondsPerDay,
  w: 7 * secondsPerDay,
};

const bare = /^\d+(?:\.\d+)?$/;
const parts = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/;
const iso = /^p(?=[\dt])(?:(\d+)w)?(?:(\d+)d)?(?:t(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?)?$/;

/** The longest step of a clock, in seconds: a hundred years. */
const longestSeconds = 100 * 366 * secondsPerDay;

/** Reads a duration, in seconds; undefined when it is none (months and years are no fixed length), or too long. */
export function readDuration(text: string): number | undefined {
  const seconds = readAny(text.trim().toLowerCase().replaceAll(/\s+/g, ''));
  return seconds !== undefined && seconds <= longestSeconds ? seconds : undefined;
}

function readAny(text: string): number | undefined {
  if (bare.test(text)) return Number(text);
  if (parts.test(text)) {
    return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)].reduce(
      (sum, [, number, unit]) => sum + Number(number) * (secondsPer[unit ?? ''] ?? 0),
      0,
    );
  }
  const match = iso.exec(text);
  if (match === null) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, rest = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return (weeks * 7 + days) * secondsPerDay + hours * secondsPerHour + minutes * secondsPerMinute + rest;
}

/** Writes seconds as a person would: `2d 4h`, `3m 5s`, `0.25s`. */
export function writeDuration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)}ms`;
  let left = Math.round(seconds);
  const words: string[] = [];
  for (const [unit, size] of [
    ['d', secondsPerDay],
    ['h', secondsPerHour],
    ['m', secondsPerMinute],
    ['s', 1],
  ] as const) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) words.push(`${count}${unit}`);
  }
  return words.slice(0, 2).join(' ');
}
