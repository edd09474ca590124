import { expect, test } from 'vitest';
import { CloudClock, type TimeSource } from './clock.ts';
import { JobQueue } from './jobs.ts';
import { Store } from './table.ts';
import { Activity, Timeline } from './timeline.ts';
import { instant, later } from './units.ts';

const start = instant(Date.UTC(2026, 0, 1));

function world(run: (name: string, at: number) => unknown) {
  const store = new Store({ frozen: true });
  const queue = new JobQueue(store);
  const clock = new CloudClock({ kind: 'frozen' }, start);
  const failed: string[] = [];
  const timeline = new Timeline(clock, queue, store, {
    prepare: () => undefined,
    run: (job) => run(job.name, clock.now()),
    sense: () => undefined,
    fail: (job) => failed.push(job.name),
  });
  const add = (name: string, seconds: number) =>
    store.transaction(() =>
      queue.add({ at: later(start, seconds), service: 's', account: '1', region: 'r', name, data: {} }),
    ).result;
  return { store, queue, clock, timeline, add, failed };
}

test('jobs run in the order of their instants, then of their making, each at its own time', async () => {
  const seen: [string, number][] = [];
  const { add, timeline, clock, queue } = world((name, at) => void seen.push([name, (at - start) / 1000]));
  add('c', 30);
  add('a', 10);
  add('b', 10);
  add('never', 3_000);
  await timeline.moveTo(later(start, 60));
  expect(seen).toEqual([
    ['a', 10],
    ['b', 10],
    ['c', 30],
  ]);
  expect(clock.now()).toBe(later(start, 60));
  expect(queue.size).toBe(1);
});

test('a job that makes another within the same move sees it run too', async () => {
  const seen: number[] = [];
  const made: { add?: (name: string, seconds: number) => string } = {};
  const { add, timeline } = world((_name, at) => {
    seen.push((at - start) / 1000);
    if (seen.length < 4) made.add?.('again', seen.length * 10 + 10);
  });
  made.add = add;
  add('first', 10);
  await timeline.moveTo(later(start, 3_600));
  expect(seen).toEqual([10, 20, 30, 40]);
});

test('a job that fails is told once and does not stop the others', async () => {
  const seen: string[] = [];
  const { add, timeline, failed } = world((name) => {
    if (name === 'bad') throw new Error('bad');
    seen.push(name);
  });
  add('bad', 1);
  add('good', 2);
  await timeline.moveTo(later(start, 5));
  expect(failed).toEqual(['bad']);
  expect(seen).toEqual(['good']);
});

test('a wait ends at its instant when the clock is moved, at a wake-up, or when the client leaves', async () => {
  const { timeline, clock } = world(() => undefined);
  const activity = new Activity();
  const timed = timeline.wait(later(start, 20), 'q', activity).then((how) => {
    const at = clock.now();
    activity.rest();
    return { how, at };
  });
  await timeline.moveTo(later(start, 19));
  await timeline.moveTo(later(start, 21));
  expect(await timed).toEqual({ how: 'time', at: later(start, 20) });
  const woken = timeline.wait(later(start, 90), 'q', new Activity());
  timeline.wake('other');
  timeline.wake('q');
  expect(await woken).toBe('woken');
  let leave = (): void => {};
  const gone = timeline.wait(later(start, 90), 'q', new Activity(), (left) => {
    leave = left;
  });
  leave();
  expect(await gone).toBe('gone');
});

test('a running clock does what is due by itself', async () => {
  let now = 1_000;
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
  const store = new Store();
  const queue = new JobQueue(store);
  const clock = new CloudClock({ kind: 'scaled', factor: 10 }, instant(1_000), time);
  const done = new Promise<number>((resolve) => {
    const run = (): void => resolve(clock.now());
    const timeline = new Timeline(clock, queue, store, {
      prepare: () => undefined,
      run,
      sense: () => undefined,
      fail: () => {},
    });
    store.transaction(() =>
      queue.add({ at: instant(6_000), service: 's', account: '1', region: 'r', name: 'j', data: {} }),
    );
    expect(timeline.clock).toBe(clock);
  });
  await Promise.resolve();
  expect(alarm?.at).toBe(1_500);
  now = 1_500;
  alarm?.ring();
  expect(await done).toBe(6_000);
});

test('after: calls back when the clock gets there, unless it was called off', async () => {
  const { timeline, clock } = world(() => undefined);
  const seen: number[] = [];
  timeline.after(10_000, () => seen.push((clock.now() - start) / 1000));
  const callOff = timeline.after(20_000, () => seen.push(-1));
  callOff();
  await timeline.moveTo(later(start, 9));
  expect(seen).toEqual([]);
  await timeline.moveTo(later(start, 60));
  expect(seen).toEqual([10]);
});

test('pause: a job does not wait, since the clock stands still while it runs', async () => {
  const seen: string[] = [];
  const own: { timeline?: Timeline } = {};
  const { add, timeline, clock } = world(async (name) => {
    await own.timeline?.pause(5_000);
    seen.push(name);
  });
  own.timeline = timeline;
  clock.setMode({ kind: 'scaled', factor: 1_000 });
  add('slow', 1);
  await timeline.moveTo(later(start, 2));
  expect(seen).toEqual(['slow']);
  await timeline.close();
});
