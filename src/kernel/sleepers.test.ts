import { expect, test } from 'vitest';
import { CloudClock, type TimeSource } from './clock.ts';
import { JobQueue } from './jobs.ts';
import type { Sense } from './sleepers.ts';
import { Store } from './table.ts';
import { Timeline } from './timeline.ts';
import { instant, later } from './units.ts';

const start = instant(Date.UTC(2026, 0, 1));

/** A job that looks at `sense` every ten seconds, and says when it ran. */
function world(clock: CloudClock) {
  const store = new Store({ frozen: true });
  const queue = new JobQueue(store);
  const ran: number[] = [];
  const sense: { -readonly [Name in keyof Sense]: Sense[Name] } = { text: 'calm' };
  const place = { service: 's', account: '1', region: 'r', data: {} };
  const lieDown = () => queue.sleep({ ...place, at: clock.now(), everyMs: 10_000, name: 'look' });
  const timeline = new Timeline(clock, queue, store, {
    prepare: () => undefined,
    run: ({ name }) => {
      if (name !== 'look') {
        sense.text = name;
        return;
      }
      ran.push((clock.now() - start) / 1000);
      lieDown();
    },
    sense: () => ({ ...sense }),
    fail: (_job, error) => {
      throw error;
    },
  });
  const add = (name: string, seconds: number) =>
    store.transaction(() => queue.add({ ...place, at: later(start, seconds), name }));
  store.transaction(lieDown);
  return { store, queue, timeline, sense, ran, add };
}

test('a job that sleeps looks once, and then only at the first beat after a change', async () => {
  const clock = new CloudClock({ kind: 'frozen' }, start);
  const { timeline, sense, ran, queue } = world(clock);
  await timeline.moveTo(later(start, 86_400));
  expect(ran).toEqual([10]);
  expect([queue.size, queue.sleepers().length]).toEqual([0, 1]);
  sense.text = 'storm';
  await timeline.moveTo(later(start, 86_403));
  expect(ran).toEqual([10]);
  await timeline.moveTo(later(start, 2 * 86_400));
  expect(ran).toEqual([10, 86_410]);
});

test('a change by another job wakes it at the beat after that, also when more happens before', async () => {
  const clock = new CloudClock({ kind: 'frozen' }, start);
  const { timeline, ran, add } = world(clock);
  add('calm', 101);
  add('storm', 202);
  add('flood', 203);
  add('flood', 220);
  await timeline.moveTo(later(start, 1_000));
  expect(ran).toEqual([10, 210]);
});

test('a change that only time brings wakes it at the beat after that', async () => {
  const clock = new CloudClock({ kind: 'frozen' }, start);
  const { timeline, sense, ran } = world(clock);
  sense.until = later(start, 95);
  await timeline.moveTo(later(start, 95));
  sense.text = 'storm';
  sense.until = undefined;
  await timeline.moveTo(later(start, 1_000));
  expect(ran).toEqual([10, 100]);
});

test('a job that was cancelled in its sleep never gets up', async () => {
  const clock = new CloudClock({ kind: 'frozen' }, start);
  const { timeline, sense, ran, queue, store } = world(clock);
  await timeline.moveTo(later(start, 60));
  sense.text = 'storm';
  expect(store.transaction(() => queue.cancel(queue.sleepers()[0]?.id as string)).result).toBe(true);
  await timeline.moveTo(later(start, 120));
  expect(ran).toEqual([10]);
});

test('a running clock asks at each beat, for requests change things without a word', async () => {
  let now = Number(start);
  let alarm: { readonly at: number; readonly ring: () => void } | undefined;
  const time: TimeSource = {
    epochMs: () => now,
    wake: (delayMs, ring) => {
      alarm = { at: now + delayMs, ring };
      return () => {
        alarm = undefined;
      };
    },
  };
  const clock = new CloudClock({ kind: 'real' }, start, time);
  const { sense, ran, timeline } = world(clock);
  const ringAt = async (seconds: number) => {
    await Promise.resolve();
    expect(alarm?.at).toBe(later(start, seconds));
    now = later(start, seconds);
    alarm?.ring();
    await timeline.catchUp();
  };
  await ringAt(10);
  await ringAt(20);
  sense.text = 'storm';
  await ringAt(30);
  await ringAt(40);
  expect(ran).toEqual([10, 30]);
});
