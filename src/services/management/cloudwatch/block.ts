// How values of users are kept: blocks of sixty slots.
//
// A block holds one stream (a series in one unit) at one resolution: an hour by minutes, five hours by five minutes, sixty hours by
// hours; and a minute by seconds for three hours, when the value came as high-resolution. A slot is five numbers in one flat list. What
// has grown too old for its resolution is rolled up when the stream next begins a block, so nothing runs for streams that nobody feeds;
// readers leave out what is too old by then.
import { key } from '../../../kernel/key.ts';
import { instant, type Instant, later, secondsBetween } from '../../../kernel/units.ts';
import type { Pairs } from './distribution.ts';
import { retention } from './limits.ts';
import type { State } from './state.ts';
import { type Aggregate, mergeAggregates } from './statistic.ts';

export interface Block {
  readonly series: number;
  /** Place of the unit among the series' units. */
  readonly stream: number;
  /** Seconds of a slot. */
  readonly resolution: number;
  readonly start: Instant;
  /** `[slot, count, sum, min, max, …]`, in order of slot. */
  readonly slots: readonly number[];
  /** Slot → values and their counts, for slots whose five numbers do not tell them. */
  readonly spreads?: Readonly<Record<number, Pairs>> | undefined;
}

const slotsPerBlock = 60;
const slotWidth = 5;

const blockMs = (resolution: number): number => resolution * slotsPerBlock * 1000;

/** One value, or set of values, to keep. */
export interface Sample extends Aggregate {
  readonly at: Instant;
}

/** The slot's aggregate. Without a spread in `spreads` the numbers tell it, or it is unknown. */
function aggregateAt(block: Pick<Block, 'slots' | 'spreads'>, place: number): Aggregate {
  const { slots, spreads } = block;
  return {
    count: slots[place + 1] as number,
    sum: slots[place + 2] as number,
    min: slots[place + 3] as number,
    max: slots[place + 4] as number,
    pairs: spreads?.[slots[place] as number],
  };
}

const tellsItself = ({ count, min, max }: Aggregate): boolean => count === 1 || min === max;

function addToBlock(block: Block, samples: readonly Sample[]): Block {
  const slots = [...block.slots];
  let spreads = block.spreads;
  for (const sample of samples) {
    const slot = Math.floor((sample.at - block.start) / (block.resolution * 1000));
    let place = slots.length;
    while (place > 0 && (slots[place - slotWidth] as number) >= slot) place -= slotWidth;
    const there = slots[place] === slot;
    const merged = there ? mergeAggregates(aggregateAt({ slots, spreads }, place), sample) : sample;
    const { count, sum, min, max } = merged;
    if (place === slots.length) slots.push(slot, count, sum, min, max);
    else slots.splice(place, there ? slotWidth : 0, slot, count, sum, min, max);
    if (merged.pairs !== undefined && !tellsItself(merged)) spreads = { ...spreads, [slot]: merged.pairs };
    else if (spreads?.[slot] !== undefined) {
      const { [slot]: _, ...rest } = spreads;
      spreads = rest;
    }
  }
  return { ...block, slots, spreads };
}

/** Keeps samples of one stream, and rolls up what has grown too old when that begins a block. */
export function keepSamples(
  state: State,
  series: number,
  stream: number,
  samples: readonly Sample[],
  resolution: number,
  now: Instant,
): void {
  if (addSamples(state, series, stream, samples, resolution)) rollUp(state, series, stream, now);
}

/** True when a block was begun. */
function addSamples(
  state: State,
  series: number,
  stream: number,
  samples: readonly Sample[],
  resolution: number,
): boolean {
  let begun = false;
  const byStart = new Map<number, Sample[]>();
  const width = blockMs(resolution);
  for (const sample of samples) {
    const start = Math.floor(sample.at / width) * width;
    const there = byStart.get(start);
    if (there === undefined) byStart.set(start, [sample]);
    else there.push(sample);
  }
  for (const [start, ofBlock] of byStart) {
    const known = state.blocks.find(key(series, stream, resolution, start));
    state.blocks.put(addToBlock(known ?? { series, stream, resolution, start: instant(start), slots: [] }, ofBlock));
    begun ||= known === undefined;
  }
  return begun;
}

/** How many old blocks a new one takes with it: more than one, so that what is overdue grows less. */
const rolledAtOnce = 3;

function rollUp(state: State, series: number, stream: number, now: Instant): void {
  for (const [level, { resolutionSeconds, keptSeconds }] of retention.entries()) {
    const edge = later(now, -keptSeconds);
    const next = retention[level + 1]?.resolutionSeconds;
    const to = key(series, stream, resolutionSeconds, Math.max(0, edge - blockMs(resolutionSeconds)));
    for (const block of state.blocks.list({ from: key(series, stream, resolutionSeconds), to, limit: rolledAtOnce })) {
      state.blocks.delete(key(series, stream, resolutionSeconds, block.start));
      // What came by the second was kept by the minute too.
      if (next !== undefined && resolutionSeconds > 1) addSamples(state, series, stream, [...samplesOf(block)], next);
    }
  }
}

function* samplesOf(block: Block): Generator<Sample> {
  for (let place = 0; place < block.slots.length; place += slotWidth)
    yield {
      at: instant(block.start + (block.slots[place] as number) * block.resolution * 1000),
      ...aggregateAt(block, place),
    };
}

/** Resolutions that still tell of an instant: a finer one is gone. */
const finestAt = (at: Instant, now: Instant): number => {
  const age = secondsBetween(at, now);
  return retention.find(({ keptSeconds }) => age <= keptSeconds)?.resolutionSeconds ?? Number.POSITIVE_INFINITY;
};

interface Window {
  readonly from: Instant;
  readonly to: Instant;
  readonly periodSeconds: number;
  readonly now: Instant;
}

/**
 * Samples of one stream in `[from, to)`, as fine as the period asks, in time order within a resolution. For periods under a minute by the
 * second, where the values came so; else by the minute.
 */
export function* readSamples(state: State, series: number, stream: number, window: Window): Generator<Sample> {
  const { periodSeconds } = window;
  if (periodSeconds < 60) {
    let any = false;
    for (const sample of samplesAt(state, series, stream, 1, window)) {
      any = true;
      yield sample;
    }
    if (any) return;
  }
  for (const { resolutionSeconds } of retention)
    if (resolutionSeconds > 1 && resolutionSeconds <= Math.max(periodSeconds, 60))
      yield* samplesAt(state, series, stream, resolutionSeconds, window);
}

function* samplesAt(
  state: State,
  series: number,
  stream: number,
  resolution: number,
  { from, to, periodSeconds, now }: Window,
): Generator<Sample> {
  const width = blockMs(resolution);
  const first = Math.max(0, Math.floor(from / width) * width);
  const range = { from: key(series, stream, resolution, first), to: key(series, stream, resolution, Math.max(0, to)) };
  for (const block of state.blocks.each(range))
    for (const sample of samplesOf(block))
      if (sample.at >= from && sample.at < to && finestAt(sample.at, now) <= Math.max(periodSeconds, resolution))
        yield sample;
}
