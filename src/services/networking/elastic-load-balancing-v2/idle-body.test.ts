import { expect, test } from 'vitest';
import { startCloud } from '../../../embed/index.ts';
import { untilIdle } from './idle-body.ts';

/** A body whose pieces come when the test gives them. */
function makeBody() {
  const give: ((bytes: Uint8Array) => void)[] = [];
  const pieces = Array.from({ length: 3 }, () => new Promise<Uint8Array>((resolve) => give.push(resolve)));
  const body = async function* pour() {
    for (const piece of pieces) yield await piece;
  };
  return { body: body(), give: (at: number) => give[at]?.(Uint8Array.from([at])) };
}

test('untilIdle: passes what comes in time, and breaks off when nothing comes for so long', async () => {
  await using cloud = await startCloud({ clock: { kind: 'frozen' } });
  await cloud.inside.part('traffic');
  const { body, give } = makeBody();
  const read = untilIdle(cloud.inside, 60_000, body);
  give(0);
  expect((await read.next()).value).toEqual(Uint8Array.from([0]));
  const second = read.next();
  await cloud.clock.advance(59);
  give(1);
  expect((await second).value).toEqual(Uint8Array.from([1]));
  const third = expect(read.next()).rejects.toThrow('stopped in the middle');
  await cloud.clock.advance(60);
  await third;
});
