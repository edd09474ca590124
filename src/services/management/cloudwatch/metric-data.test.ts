import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Fixture, minute, putValue, startFixture } from './fixture.ts';
import { MathError, parseMath } from './math-syntax.ts';

const stat = (Id: string, MetricName: string, changes: Partial<MetricDataQuery> = {}): MetricDataQuery => ({
  Id,
  MetricStat: { Metric: { Namespace: 'App', MetricName }, Period: 60, Stat: 'Sum' },
  ReturnData: false,
  ...changes,
});

/** `A` is 1, 2, 3, 4 in the minutes 0 to 3; `B` is 10 and 30 in the minutes 1 and 3. */
async function startWithData(): Promise<Fixture> {
  const fixture = await startFixture();
  for (const [at, value] of [1, 2, 3, 4].entries()) await putValue(fixture.cloudwatch, 'A', value, minute(at));
  await putValue(fixture.cloudwatch, 'B', 10, minute(1));
  await putValue(fixture.cloudwatch, 'B', 30, minute(3));
  return fixture;
}

async function ask({ cloudwatch }: Fixture, queries: MetricDataQuery[], changes: object = {}) {
  return cloudwatch.getMetricData({
    MetricDataQueries: queries,
    StartTime: minute(0),
    EndTime: minute(4),
    ScanBy: 'TimestampAscending',
    ...changes,
  });
}

/** Values of an expression over `a` and `b` by minute; `-` where there is none. */
async function values(fixture: Fixture, Expression: string): Promise<(number | string)[][]> {
  const { MetricDataResults = [] } = await ask(fixture, [stat('a', 'A'), stat('b', 'B'), { Id: 'e', Expression }]);
  return MetricDataResults.map(({ Timestamps = [], Values = [] }) =>
    [0, 1, 2, 3].map((at) => {
      const place = Timestamps.findIndex((time) => time.getTime() === minute(at).getTime());
      return place < 0 ? '-' : (Values[place] as number);
    }),
  );
}

test.each<[string, (number | string)[][]]>([
  ['a + 1', [[2, 3, 4, 5]]],
  ['a * b', [['-', 20, '-', 120]]],
  ['-a ^ 2', [[-1, -4, -9, -16]]],
  ['(1 + 2) * a / 3 - 1', [[0, 1, 2, 3]]],
  ['a > 2 AND a < 4', [[0, 0, 1, 0]]],
  ['a == 1 || a >= 4', [[1, 0, 0, 1]]],
  ['a / 0', [['-', '-', '-', '-']]],
  ['FILL(b, 0)', [[0, 10, 0, 30]]],
  ['FILL(b, REPEAT)', [['-', 10, 10, 30]]],
  ['FILL(b, LINEAR)', [['-', 10, 20, 30]]],
  ['SUM([a, b])', [[1, 12, 3, 34]]],
  ['SUM(METRICS())', [[1, 12, 3, 34]]],
  ['AVG(METRICS("b"))', [['-', 10, '-', 30]]],
  ['a - AVG(a)', [[-1.5, -0.5, 0.5, 1.5]]],
  ['TIME_SERIES(MAX(a))', [[4, 4, 4, 4]]],
  ['RUNNING_SUM(a)', [[1, 3, 6, 10]]],
  ['DIFF(a)', [['-', 1, 1, 1]]],
  ['DIFF_TIME(b)', [['-', '-', '-', 120]]],
  ['RATE(a) * 60', [['-', 1, 1, 1]]],
  ['IF(a > 2, a)', [['-', '-', 3, 4]]],
  ['IF(a > 2, a, 0)', [[0, 0, 3, 4]]],
  ['MINUTE(a)', [[0, 1, 2, 3]]],
  ['DAY(a)', [[4, 4, 4, 4]]],
  ['TIME_SERIES(METRIC_COUNT(METRICS()))', [[2, 2, 2, 2]]],
  ['TIME_SERIES(DATAPOINT_COUNT(b))', [[2, 2, 2, 2]]],
  ['TIME_SERIES(PERIOD(a))', [[60, 60, 60, 60]]],
  ['SORT([a, b], MAX, DESC, 1)', [['-', 10, '-', 30]]],
  ['SLICE([a, b], 1)', [['-', 10, '-', 30]]],
  ['FIRST([a, b])', [[1, 2, 3, 4]]],
  ['ABS(a - 3) + CEIL(a / 2) + FLOOR(LOG10(a * 100))', [[5, 4, 4, 5]]],
])('GetMetricData: %s', async (expression, expected) => {
  await using fixture = await startWithData();
  expect(await values(fixture, expression)).toEqual(expected);
});

test.each([
  ['a +', "Error in expression 'e': Invalid syntax"],
  ['a + zz', "Error in expression 'e': Unrecognized metric or expression id: zz"],
  ['FOO(a)', "Error in expression 'e': Unsupported function FOO"],
  ['AVG(a)', "Error in expression 'e': Expression must return a time series or a list of time series"],
  ['[a, b] + [a, b]', "Error in expression 'e': Unsupported operand type(s) for +: 'TimeSeries[]' and 'TimeSeries[]'"],
  ['e + 1', "Error in expression 'e': Circular reference between expressions"],
])('GetMetricData: refuses %s', async (Expression, message) => {
  await using fixture = await startWithData();
  await expect(ask(fixture, [stat('a', 'A'), stat('b', 'B'), { Id: 'e', Expression }])).rejects.toMatchObject({
    message,
  });
});

test('GetMetricData: searches by schema, property and words', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  for (const host of ['web-1', 'web-2', 'db-1'])
    await cloudwatch.putMetricData({
      Namespace: 'App',
      MetricData: [{ MetricName: 'CPUUtilization', Value: 1, Dimensions: [{ Name: 'Host', Value: host }] }],
    });
  await putValue(cloudwatch, 'CPUUtilization', 1);
  const labels = async (search: string) => {
    const { MetricDataResults } = await ask(fixture, [{ Id: 's', Expression: `SEARCH('${search}', 'Sum', 60)` }]);
    return MetricDataResults?.map(({ Label }) => Label);
  };
  expect(await labels('{App,Host} MetricName="CPUUtilization"')).toEqual(['db-1', 'web-1', 'web-2']);
  expect(await labels('{App,Host} web')).toEqual(['web-1', 'web-2']);
  expect(await labels('{App,Host} cpu NOT web')).toEqual(['CPUUtilization']);
  expect(await labels('{App,Host} Host=("web-1" OR "db-1")')).toEqual(['db-1', 'web-1']);
  expect(await labels('{App} utilization')).toEqual(['CPUUtilization']);
  expect(await labels('nothing')).toEqual([]);
});

test('GetMetricData: labels are worked out, and a metric without one has its name', async () => {
  await using fixture = await startWithData();
  const { MetricDataResults } = await ask(fixture, [
    stat('a', 'A', { ReturnData: true }),
    stat('l', 'A', { ReturnData: true, Label: "${LABEL}: ${MAX} at ${MAX_TIME}, ${PROP('Namespace')} ${AVG} ${x}" }),
    { Id: 'e', Expression: 'a * 2' },
  ]);
  expect(MetricDataResults?.map(({ Label }) => Label)).toEqual(['A', 'A: 4 at 2026-01-01 00:03, App 2.5 ${x}', 'e']);
});

test('GetMetricData: pages through all points once, whatever the size of a page', async () => {
  await using fixture = await startWithData();
  const queries = [
    stat('a', 'A', { ReturnData: true }),
    stat('n', 'None', { ReturnData: true }),
    stat('b', 'B', { ReturnData: true }),
  ];
  for (const MaxDatapoints of [1, 2, 4, 5, 6, 100]) {
    const found: Record<string, number[]> = {};
    let NextToken: string | undefined;
    do {
      const page = await ask(fixture, queries, { MaxDatapoints, NextToken });
      for (const { Id = '', Values = [] } of page.MetricDataResults ?? [])
        found[Id] = [...(found[Id] ?? []), ...Values];
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(found).toEqual({ a: [1, 2, 3, 4], n: [], b: [10, 30] });
  }
  const newest = await ask(fixture, queries, { MaxDatapoints: 2, ScanBy: undefined });
  expect(newest.MetricDataResults?.[0]).toMatchObject({ Values: [4, 3], StatusCode: 'PartialData' });
});

test('GetMetricData: refuses queries that contradict themselves', async () => {
  await using fixture = await startWithData();
  const refusal = async (...queries: MetricDataQuery[]) => {
    try {
      await ask(fixture, queries);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(await refusal(stat('A', 'A'))).toContain('is not matching the expected pattern');
  expect(await refusal(stat('a', 'A', { ReturnData: true }), stat('a', 'B'))).toContain('are not unique');
  expect(await refusal(stat('a', 'A', { Expression: '1' }))).toContain('mutually exclusive');
  expect(await refusal({ Id: 'a' })).toContain('must be specified');
  expect(await refusal(stat('a', 'A'))).toContain('ReturnData set to true');
});

test('metric math: any text is read or refused', () => {
  const word = fc.constantFrom(
    'a',
    '(',
    ')',
    '[',
    ']',
    ',',
    '+',
    '-',
    '*',
    '/',
    '^',
    '&&',
    'OR',
    '1',
    '.5',
    "'x'",
    'SUM(',
    '"',
    '==',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word, { maxLength: 30 }).map((words) => words.join(' ')),
      ),
      (text) => {
        try {
          expect(parseMath(text)).toHaveProperty('kind');
        } catch (error) {
          expect(error).toBeInstanceOf(MathError);
        }
      },
    ),
  );
  expect(() => parseMath('('.repeat(100_000))).toThrow(MathError);
});
