import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgePoints, type MissingData, type Points } from './alarm-verdict.ts';

/** Oldest first, as AWS draws them: `0` good, `X` breaching, `-` missing. */
const points = (drawn: string): Points =>
  [...drawn.replaceAll(' ', '')].reverse().map((sign) => (sign === '-' ? undefined : sign === 'X'));

const treatments: MissingData[] = ['missing', 'ignore', 'breaching', 'notBreaching'];

/** The two tables of AWS's page; `=` is "retain current state". @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html */
test.each([
  ['0 - X - X', 3, 'OK OK OK OK'],
  ['0 - - - -', 3, 'OK OK OK OK'],
  ['- - - - -', 3, 'INSUFFICIENT_DATA = ALARM OK'],
  ['0 X X - X', 3, 'ALARM ALARM ALARM ALARM'],
  ['- - X - -', 3, 'ALARM = ALARM OK'],
  ['0 - X - X', 2, 'ALARM ALARM ALARM ALARM'],
  ['0 0 X 0 X', 2, 'ALARM ALARM ALARM ALARM'],
  ['0 - X - -', 2, 'OK OK ALARM OK'],
  ['- - - - 0', 2, 'OK OK ALARM OK'],
  ['- - - X -', 2, 'ALARM = ALARM OK'],
  ['- - - - X', 3, '= = ALARM OK'],
])('alarm verdict: %s with %i of 3 is as AWS tells (CW-04)', (drawn, toAlarm, expected) => {
  const states = treatments.map((missing) => judgePoints(points(drawn), 3, toAlarm, missing).state ?? '=');
  expect(states.join(' ')).toBe(expected);
});

test('alarm verdict: agrees with a naive reading of AWS for any data', () => {
  const point = fc.constantFrom(true, false, undefined);
  const data = fc.integer({ min: 1, max: 5 }).chain((needed) =>
    fc.record({
      needed: fc.constant(needed),
      toAlarm: fc.integer({ min: 1, max: needed }),
      range: fc.array(point, { minLength: needed + 2, maxLength: needed + 2 }),
      missing: fc.constantFrom(...treatments),
    }),
  );
  fc.assert(
    fc.property(data, ({ needed, toAlarm, range, missing }) => {
      expect(judgePoints(range, needed, toAlarm, missing).state).toBe(naive(range, needed, toAlarm, missing));
    }),
    { numRuns: 2_000 },
  );
});

/** Fills a list of N points step by step, then counts. */
function naive(range: Points, needed: number, toAlarm: number, missing: MissingData) {
  const window: ('good' | 'bad' | 'gone')[] = [];
  let oldestBad = 0;
  for (const [age, isBad] of range.entries()) {
    if (isBad === undefined || window.length === needed) continue;
    window.push(isBad ? 'bad' : 'good');
    if (isBad) oldestBad = age + 1;
  }
  const isSilent = window.length === 0;
  while (window.length < needed)
    window.push(missing === 'breaching' ? 'bad' : missing === 'notBreaching' ? 'good' : 'gone');
  const count = (kind: string): number => window.filter((found) => found === kind).length;
  if (count('bad') >= toAlarm) return 'ALARM';
  if (count('good') > 0) return 'OK';
  if (isSilent) return missing === 'missing' ? 'INSUFFICIENT_DATA' : undefined;
  if (count('gone') === 0) return 'OK';
  return missing === 'missing' && oldestBad >= toAlarm ? 'ALARM' : undefined;
}
