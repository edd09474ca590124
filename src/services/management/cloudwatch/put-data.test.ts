import { expect, test } from 'vitest';
import { minute, putValue, startFixture } from './fixture.ts';

test('PutMetricData: values of one minute make one data point with all statistics (CW-02)', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  for (const value of [1, 2, 6]) await putValue(cloudwatch, 'Load', value);
  await cloud.clock.advance(60);
  const { Label, Datapoints } = await cloudwatch.getMetricStatistics({
    Namespace: 'App',
    MetricName: 'Load',
    StartTime: minute(0),
    EndTime: minute(1),
    Period: 60,
    Statistics: ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount'],
  });
  expect(Label).toBe('Load');
  expect(Datapoints).toEqual([
    { Timestamp: minute(0), SampleCount: 3, Average: 3, Sum: 9, Minimum: 1, Maximum: 6, Unit: 'None' },
  ]);
});

test('PutMetricData: values with counts tell percentiles and trimmed means', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  await cloudwatch.putMetricData({
    Namespace: 'App',
    MetricData: [{ MetricName: 'Time', Unit: 'Milliseconds', Values: [10, 20, 1_000], Counts: [50, 49, 1] }],
  });
  const { Datapoints } = await cloudwatch.getMetricStatistics({
    Namespace: 'App',
    MetricName: 'Time',
    StartTime: minute(0),
    EndTime: minute(1),
    Period: 60,
    ExtendedStatistics: ['p50', 'p99', 'p100', 'tm99', 'TC(:15)', 'PR(15:)'],
  });
  expect(Datapoints?.[0]?.Unit).toBe('Milliseconds');
  const found = Datapoints?.[0]?.ExtendedStatistics ?? {};
  expect(found).toMatchObject({ p50: 10, p99: 20, p100: 1_000, 'TC(:15)': 50, 'PR(15:)': 50 });
  expect(found['tm99']).toBeCloseTo((500 + 980) / 99, 9);
});

test('PutMetricData: a statistic set tells no percentile, as its spread is not known', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  await cloudwatch.putMetricData({
    Namespace: 'App',
    MetricData: [{ MetricName: 'Set', StatisticValues: { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 4 } }],
  });
  const { Datapoints } = await cloudwatch.getMetricStatistics({
    Namespace: 'App',
    MetricName: 'Set',
    StartTime: minute(0),
    EndTime: minute(1),
    Period: 60,
    Statistics: ['Average'],
    ExtendedStatistics: ['p50'],
  });
  expect(Datapoints?.[0]?.Average).toBe(2.5);
  expect(Datapoints?.[0]?.ExtendedStatistics ?? {}).toEqual({});
});

test('PutMetricData: refuses what is too old, too new, doubled or contradictory, in the words of AWS (CW-06)', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  const refusal = async (datum: object) => {
    const MetricData = [{ MetricName: 'm', Value: 1, ...datum }];
    try {
      await cloudwatch.putMetricData({ Namespace: 'App', MetricData });
    } catch (error) {
      return [(error as Error).name, (error as Error).message];
    }
    return undefined;
  };
  const weeks = 14 * 24 * 60;
  expect(await refusal({ Timestamp: minute(-weeks - 1) })).toEqual([
    'InvalidParameterValueException',
    'The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.',
  ]);
  expect((await refusal({ Timestamp: minute(121) }))?.[1]).toContain('no more than two hours in the future');
  const dimensions = (count: number) => Array.from({ length: count }, (_, at) => ({ Name: `d${at}`, Value: 'v' }));
  expect(await refusal({ Dimensions: dimensions(30) })).toBeUndefined();
  expect(await refusal({ Dimensions: dimensions(31) })).toEqual([
    'InvalidParameterValueException',
    'The collection MetricData.member.1.Dimensions must not have a size greater than 30.',
  ]);
  expect((await refusal({ Dimensions: [...dimensions(1), ...dimensions(1)] }))?.[1]).toBe(
    'No metric may specify the same dimension name twice.',
  );
  expect(await refusal({ StatisticValues: { SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 } })).toEqual([
    'InvalidParameterCombinationException',
    'The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are mutually exclusive and you have specified both.',
  ]);
  expect((await refusal({ Unit: 'Parsec' }))?.[1]).toContain(
    'The parameter MetricData.member.1.Unit must be a value in the set [ Seconds, Microseconds,',
  );
  expect(await refusal({ Value: undefined })).toMatchObject({ 0: 'MissingRequiredParameterException' });
  expect((await refusal({ MetricName: undefined }))?.[1]).toBe(
    'The parameter MetricData.member.1.MetricName is required.',
  );
  expect((await refusal({ Value: undefined, Values: [1, 2], Counts: [1] }))?.[0]).toBe(
    'InvalidParameterValueException',
  );
  expect((await refusal({ Value: Number.NaN }))?.[1]).toBe(
    'The value NaN for parameter MetricData.member.1.Value is invalid.',
  );
});

test('PutMetricData: high-resolution values are told by the second for three hours, then by the minute', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  for (let second = 0; second < 3; second++) {
    await cloudwatch.putMetricData({
      Namespace: 'App',
      MetricData: [{ MetricName: 'Fine', Value: second, StorageResolution: 1 }],
    });
    await cloud.clock.advance(1);
  }
  const read = async (Period: number) => {
    const { Datapoints } = await cloudwatch.getMetricStatistics({
      Namespace: 'App',
      MetricName: 'Fine',
      StartTime: minute(0),
      EndTime: minute(1),
      Period,
      Statistics: ['Sum'],
    });
    return Datapoints?.map(({ Sum }) => Sum);
  };
  expect(await read(1)).toEqual([0, 1, 2]);
  expect(await read(60)).toEqual([3]);
  await cloud.clock.advance(3 * 3_600);
  expect(await read(1)).toEqual([3]);
});

test('PutMetricData: after 15 days there are data points of five minutes, after 63 of an hour, after 455 none', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  for (let at = 0; at < 10; at++) await putValue(cloudwatch, 'Old', 1, minute(at));
  const counts = async () => {
    const sums = [];
    for (const Period of [60, 300, 3_600]) {
      const { Datapoints } = await cloudwatch.getMetricStatistics({
        Namespace: 'App',
        MetricName: 'Old',
        StartTime: minute(0),
        EndTime: minute(60),
        Period,
        Statistics: ['Sum'],
      });
      sums.push(Datapoints?.map(({ Sum }) => Sum));
    }
    return sums;
  };
  const day = 86_400;
  expect(await counts()).toEqual([Array.from({ length: 10 }, () => 1), [5, 5], [10]]);
  await cloud.clock.advance(16 * day);
  expect(await counts()).toEqual([[], [5, 5], [10]]);
  await putValue(cloudwatch, 'Old', 1);
  expect(await counts()).toEqual([[], [5, 5], [10]]);
  await cloud.clock.advance(50 * day);
  await putValue(cloudwatch, 'Old', 1);
  expect(await counts()).toEqual([[], [], [10]]);
  await cloud.clock.advance(400 * day);
  expect(await counts()).toEqual([[], [], []]);
});

test('ListMetrics: lists by namespace, name and dimensions, and only what had data lately', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  const put = (MetricName: string, host: string) =>
    cloudwatch.putMetricData({
      Namespace: 'App',
      MetricData: [{ MetricName, Value: 1, Dimensions: [{ Name: 'Host', Value: host }] }],
    });
  await put('A', 'one');
  await put('B', 'two');
  const names = async (question: object) =>
    (await cloudwatch.listMetrics(question)).Metrics?.map(({ MetricName, Dimensions }) => [
      MetricName,
      Dimensions?.[0]?.Value,
    ]);
  expect(await names({})).toEqual([
    ['A', 'one'],
    ['B', 'two'],
  ]);
  expect(await names({ Namespace: 'App', MetricName: 'B' })).toEqual([['B', 'two']]);
  expect(await names({ Dimensions: [{ Name: 'Host', Value: 'one' }] })).toEqual([['A', 'one']]);
  expect(await names({ Dimensions: [{ Name: 'Zone' }] })).toEqual([]);
  await cloud.clock.advance(4 * 3_600);
  await put('B', 'two');
  expect(await names({ RecentlyActive: 'PT3H' })).toEqual([['B', 'two']]);
  await cloud.clock.advance(14 * 86_400);
  expect(await names({})).toEqual([['B', 'two']]);
});

test('ListMetrics: gives 500 a page', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  const MetricData = Array.from({ length: 501 }, (_, at) => ({ MetricName: `m${at}`, Value: at }));
  await cloudwatch.putMetricData({ Namespace: 'App', MetricData });
  const first = await cloudwatch.listMetrics({ Namespace: 'App' });
  const second = await cloudwatch.listMetrics({ Namespace: 'App', NextToken: first.NextToken });
  expect(first.Metrics).toHaveLength(500);
  expect(second.Metrics).toHaveLength(1);
  expect(second.NextToken).toBeUndefined();
});

test('GetMetricStatistics: refuses more than 1,440 data points and a time that ends before it starts', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  const ask = (StartTime: Date, EndTime: Date) =>
    cloudwatch.getMetricStatistics({
      Namespace: 'App',
      MetricName: 'm',
      StartTime,
      EndTime,
      Period: 60,
      Statistics: ['Sum'],
    });
  await expect(ask(minute(0), minute(2_880))).rejects.toMatchObject({
    name: 'InvalidParameterCombinationException',
    message:
      'You have requested up to 2,880 datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.',
  });
  await expect(ask(minute(1), minute(0))).rejects.toMatchObject({
    message: 'The parameter StartTime must be less than the parameter EndTime.',
  });
});
