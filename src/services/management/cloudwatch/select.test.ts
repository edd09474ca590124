import { expect, test } from 'vitest';
import { type Fixture, minute, startFixture, stateOf } from './fixture.ts';

/** Load of four hosts: two of the web tier, one of the batch tier, and one that names no tier. */
async function putLoads({ cloudwatch }: Fixture, values: readonly number[] = [10, 30, 80, 5]): Promise<void> {
  const tiers = ['web', 'web', 'batch', undefined];
  await cloudwatch.putMetricData({
    Namespace: 'My/App',
    MetricData: values.map((Value, at) => ({
      MetricName: 'Load',
      Value,
      Dimensions: [
        { Name: 'Host', Value: `h${at}` },
        ...(tiers[at] === undefined ? [] : [{ Name: 'Tier', Value: tiers[at] }]),
      ],
    })),
  });
}

async function select({ cloudwatch }: Fixture, Expression: string, Period = 60) {
  const { MetricDataResults = [] } = await cloudwatch.getMetricData({
    StartTime: minute(0),
    EndTime: minute(30),
    MetricDataQueries: [{ Id: 'q', Expression, Period }],
  });
  return MetricDataResults.map(({ Label, Values }) => [Label, ...(Values ?? [])]);
}

test('GetMetricData: SELECT puts all metrics of a namespace together, or those of a schema only', async () => {
  await using fixture = await startFixture();
  await putLoads(fixture);
  expect(await select(fixture, 'SELECT SUM(Load) FROM "My/App"')).toEqual([['q', 125]]);
  expect(await select(fixture, 'select avg(Load) from schema("My/App", Tier, Host)')).toEqual([['q', 40]]);
  expect(await select(fixture, 'SELECT COUNT(Load) FROM SCHEMA("My/App", Host)')).toEqual([['q', 1]]);
  expect(await select(fixture, 'SELECT MAX(Load) FROM SCHEMA("My/App")')).toEqual([['q']]);
  expect(await select(fixture, `SELECT MIN(Load) FROM "My/App" WHERE Tier = 'web' AND Host != 'h0'`)).toEqual([
    ['q', 30],
  ]);
  expect(await select(fixture, `SELECT SUM(Load) FROM "My/App" WHERE (Host = 'h0' OR Host = 'h3')`)).toEqual([
    ['q', 15],
  ]);
});

test('GetMetricData: SELECT groups by labels, orders the groups, and gives as many as asked for', async () => {
  await using fixture = await startFixture();
  await putLoads(fixture);
  const grouped = 'SELECT AVG(Load) FROM "My/App" GROUP BY Tier';
  expect(await select(fixture, `${grouped} ORDER BY MAX() DESC`)).toEqual([
    ['batch', 80],
    ['web', 20],
    ['Other', 5],
  ]);
  expect(await select(fixture, `${grouped} ORDER BY SUM() ASC LIMIT 1`)).toEqual([['Other', 5]]);
  expect(
    await select(fixture, `SELECT SUM(Load) FROM SCHEMA("My/App", Host, Tier) GROUP BY Tier, Host LIMIT 2`),
  ).toEqual([
    ['web h0', 10],
    ['web h1', 30],
  ]);
  const { MetricDataResults = [] } = await fixture.cloudwatch.getMetricData({
    StartTime: minute(0),
    EndTime: minute(1),
    MetricDataQueries: [
      { Id: 'q', Expression: grouped, Period: 60, ReturnData: false },
      { Id: 'most', Expression: 'MAX(q)' },
    ],
  });
  expect(MetricDataResults.map(({ Id, Values }) => [Id, Values])).toEqual([['most', [80]]]);
});

test('GetMetricData: SELECT looks back two weeks, by minutes at the finest', async () => {
  await using fixture = await startFixture();
  await putLoads(fixture);
  expect(await select(fixture, 'SELECT SUM(Load) FROM "My/App"', 10)).toEqual([['q', 125]]);
  await fixture.cloud.clock.advance(13 * 86_400);
  expect(await select(fixture, 'SELECT SUM(Load) FROM "My/App"')).toEqual([['q', 125]]);
  await fixture.cloud.clock.advance(2 * 86_400);
  expect(await select(fixture, 'SELECT SUM(Load) FROM "My/App"')).toEqual([['q']]);
});

test.each([
  ['SELECT AVG(Load)', 'Invalid syntax: unexpected end of query'],
  ['SELECT MEDIAN(Load) FROM App', "Invalid syntax: unexpected 'MEDIAN' at position 6"],
  ['SELECT AVG(Load) FROM My/App', "Invalid syntax: unexpected '/' at position 24"],
  ['SELECT AVG(Load) FROM App WHERE Host > 1', "Invalid syntax: unexpected '>' at position 36"],
  ['SELECT AVG(Load) FROM App LIMIT 5', 'Invalid syntax: LIMIT needs a GROUP BY clause'],
  ['SELECT AVG(Load) FROM App GROUP BY Host LIMIT 0', "Invalid syntax: unexpected '0' at position 45"],
])('GetMetricData: refuses %s', async (expression, problem) => {
  await using fixture = await startFixture();
  await expect(select(fixture, expression)).rejects.toMatchObject({
    name: 'ValidationException',
    message: `Error in expression 'q': ${problem}`,
  });
});

test('GetMetricData: takes one Metrics Insights query in a request', async () => {
  await using fixture = await startFixture();
  const Expression = 'SELECT AVG(Load) FROM App';
  await expect(
    fixture.cloudwatch.getMetricData({
      StartTime: minute(0),
      EndTime: minute(1),
      MetricDataQueries: [
        { Id: 'a', Expression, Period: 60 },
        { Id: 'b', Expression, Period: 60 },
      ],
    }),
  ).rejects.toMatchObject({ name: 'ValidationException' });
});

const alarm = (Expression: string) => ({
  AlarmName: 'load',
  Metrics: [{ Id: 'q', Expression, Period: 60, ReturnData: true }],
  EvaluationPeriods: 1,
  Threshold: 50,
  ComparisonOperator: 'GreaterThanThreshold' as const,
});

test('PutMetricAlarm: an alarm on a query follows metrics that came to be after it', async () => {
  await using fixture = await startFixture();
  const { cloud, cloudwatch } = fixture;
  await cloudwatch.putMetricAlarm(alarm('SELECT MAX(Load) FROM "My/App"'));
  await cloud.clock.advance(120);
  expect((await stateOf(cloudwatch)).state).toBe('INSUFFICIENT_DATA');
  await putLoads(fixture);
  await cloud.clock.advance(60);
  expect((await stateOf(cloudwatch)).state).toBe('ALARM');
  await expect(
    cloudwatch.putMetricAlarm({ ...alarm('SELECT MAX(Load) FROM "My/App"'), EvaluationPeriods: 181 }),
  ).rejects.toMatchObject({ name: 'ValidationException' });
});

test('DescribeAlarmContributors: tells which groups of a query are in ALARM; one is enough for the alarm', async () => {
  await using fixture = await startFixture();
  const { cloud, cloudwatch } = fixture;
  await cloudwatch.putMetricAlarm(alarm('SELECT AVG(Load) FROM "My/App" GROUP BY Tier'));
  await putLoads(fixture);
  await cloud.clock.advance(60);
  expect(await stateOf(cloudwatch)).toMatchObject({
    state: 'ALARM',
    reason: '1 out of 3 time series evaluated to ALARM',
  });
  const contributors = async () =>
    (await cloudwatch.describeAlarmContributors({ AlarmName: 'load' })).AlarmContributors?.map(
      ({ ContributorAttributes }) => ContributorAttributes,
    );
  expect(await contributors()).toEqual([{ Tier: 'batch' }]);
  await putLoads(fixture, [90, 90, 80, 5]);
  await cloud.clock.advance(60);
  expect(await contributors()).toEqual([{ Tier: 'web' }, { Tier: 'batch' }]);
  await putLoads(fixture, [10, 10, 10, 5]);
  await cloud.clock.advance(60);
  expect([(await stateOf(cloudwatch)).state, await contributors()]).toEqual(['OK', []]);
  await expect(cloudwatch.describeAlarmContributors({ AlarmName: 'none' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});
