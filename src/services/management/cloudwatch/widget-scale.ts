// Round numbers for axes.
import { type Instant, instant } from '../../../kernel/units.ts';

export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
}

/** 1, 2 or 5 times a power of ten: the next one from `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const share = least / power;
  return (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10) * power;
}

const ticksWanted = 5;

/** A scale that holds all values, with a round number at each end that is not given. */
export function scaleOf(
  values: readonly number[],
  given: { readonly min?: number | undefined; readonly max?: number | undefined },
): Scale {
  let low = given.min ?? values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  let high = given.max ?? values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(low)) low = Number.isFinite(high) ? Math.min(0, high - 1) : 0;
  if (!Number.isFinite(high)) high = low + 1;
  if (low >= high) [low, high] = [given.min ?? low - Math.max(1, Math.abs(low) / 2), Math.max(high, low + 1)];
  const step = niceStep((high - low) / ticksWanted);
  const min = given.min ?? Math.floor(low / step) * step;
  const max = given.max ?? Math.ceil(high / step) * step;
  const ticks: number[] = [];
  for (let at = Math.ceil(min / step - 1e-9); at * step <= max + step * 1e-9; at++) ticks.push(at * step);
  return { min, max: max > min ? max : min + step, ticks };
}

const suffixes: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** A number in few letters: `12.5k`. */
export function plainNumber(value: number): string {
  const [size, suffix] = suffixes.find(([least]) => Math.abs(value) >= least) ?? [1, ''];
  return `${Number((value / size).toPrecision(4))}${suffix}`;
}

const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080, 43_200];

interface TimeTick {
  readonly at: Instant;
  readonly hasDate: boolean;
}

/** At most so many round instants, where the clock on the wall is so many minutes ahead of UTC. */
export function timeTicks(from: Instant, to: Instant, most: number, offsetMinutes: number): TimeTick[] {
  const step =
    60_000 * (minutes.find((one) => (to - from) / (one * 60_000) <= most) ?? Math.ceil((to - from) / most / 60_000));
  const offset = offsetMinutes * 60_000;
  const ticks: TimeTick[] = [];
  for (let at = Math.ceil((from + offset) / step) * step - offset; at <= to; at += step)
    ticks.push({ at: instant(at), hasDate: step >= 86_400_000 || (at + offset) % 86_400_000 === 0 });
  return ticks;
}

/** `09:30`, or `03/02` for a day. */
export function timeText(at: Instant, offsetMinutes: number, hasDate: boolean): string {
  const text = new Date(at + offsetMinutes * 60_000).toISOString();
  return hasDate ? text.slice(5, 10).replace('-', '/') : text.slice(11, 16);
}
