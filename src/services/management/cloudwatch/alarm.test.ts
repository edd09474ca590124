import { expect, test } from 'vitest';
import { loadAlarm, minute, putValue, startFixture, stateOf } from './fixture.ts';

const topic = 'arn:aws:sns:us-east-1:000000000000:t';

test('PutMetricAlarm: an alarm over its threshold alarms with the reason of AWS, and is OK again (CW-03)', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  await cloudwatch.putMetricAlarm(loadAlarm({ DatapointsToAlarm: 1 }));
  expect(await stateOf(cloudwatch)).toMatchObject({
    state: 'INSUFFICIENT_DATA',
    reason: 'Unchecked: Initial alarm creation',
  });
  await putValue(cloudwatch, 'Load', 95);
  await cloud.clock.advance(60);
  const { state, reason, data } = await stateOf(cloudwatch);
  expect(state).toBe('ALARM');
  expect(reason).toBe(
    'Threshold Crossed: 1 out of the last 1 datapoints [95.0 (01/01/26 00:00:00)] was greater than or equal to the threshold (80.0) (minimum 1 datapoint for OK -> ALARM transition).',
  );
  expect(data).toBe(
    '{"version":"1.0","queryDate":"2026-01-01T00:01:00.000+0000","startDate":"2026-01-01T00:00:00.000+0000","statistic":"Average","period":60,' +
      '"recentDatapoints":[95.0],"threshold":80.0,"evaluatedDatapoints":[{"timestamp":"2026-01-01T00:00:00.000+0000","sampleCount":1.0,"value":95.0}]}',
  );
  await putValue(cloudwatch, 'Load', 5.25);
  await cloud.clock.advance(60);
  expect((await stateOf(cloudwatch)).reason).toBe(
    'Threshold Crossed: 1 out of the last 1 datapoints [5.25 (01/01/26 00:01:00)] was not greater than or equal to the threshold (80.0) (minimum 1 datapoint for ALARM -> OK transition).',
  );
});

test('PutMetricAlarm: two of three data points alarm, whatever stands between them (CW-04)', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  await cloudwatch.putMetricAlarm(loadAlarm({ EvaluationPeriods: 3, DatapointsToAlarm: 2 }));
  const states = [];
  for (const value of [90, 10, 20, 90, 10, 90]) {
    await putValue(cloudwatch, 'Load', value);
    await cloud.clock.advance(60);
    states.push((await stateOf(cloudwatch)).state);
  }
  expect(states).toEqual(['INSUFFICIENT_DATA', 'OK', 'OK', 'OK', 'OK', 'ALARM']);
  expect((await stateOf(cloudwatch)).reason).toContain(
    '2 out of the last 3 datapoints [90.0 (01/01/26 00:05:00), 90.0 (01/01/26 00:03:00)] were greater than or equal to',
  );
});

test.each([
  ['missing', 'INSUFFICIENT_DATA', 'Insufficient Data: 1 datapoint was unknown.'],
  ['ignore', 'ALARM', undefined],
  [
    'notBreaching',
    'OK',
    'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].',
  ],
  ['breaching', 'ALARM', undefined],
])(
  'PutMetricAlarm: silence after a breach, treated as %s, makes %s (CW-04)',
  async (TreatMissingData, state, reason) => {
    await using fixture = await startFixture();
    const { cloudwatch, cloud } = fixture;
    await cloudwatch.putMetricAlarm(loadAlarm({ TreatMissingData }));
    await putValue(cloudwatch, 'Load', 90);
    await cloud.clock.advance(60);
    expect((await stateOf(cloudwatch)).reason).toBe(
      'Threshold Crossed: 1 datapoint [90.0 (01/01/26 00:00:00)] was greater than or equal to the threshold (80.0).',
    );
    await cloud.clock.advance(600);
    const now = await stateOf(cloudwatch);
    expect(now.state).toBe(state);
    if (reason !== undefined) expect(now.reason).toBe(reason);
  },
);

test('PutMetricAlarm: an alarm that nothing can change leaves no job behind, and new data wakes it', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  await cloudwatch.putMetricAlarm(loadAlarm());
  await cloud.clock.advance(600);
  expect(cloud.inside.jobs.size).toBe(0);
  await putValue(cloudwatch, 'Load', 99);
  await cloud.clock.advance(60);
  expect((await stateOf(cloudwatch)).state).toBe('ALARM');
  await cloud.clock.advance(86_400);
  expect(cloud.inside.jobs.size).toBe(0);
});

test('PutMetricAlarm: metric math decides an alarm, too', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  const metric = (Id: string, MetricName: string) => ({
    Id,
    ReturnData: false,
    MetricStat: { Metric: { Namespace: 'App', MetricName }, Period: 60, Stat: 'Sum' },
  });
  await cloudwatch.putMetricAlarm({
    AlarmName: 'load',
    EvaluationPeriods: 1,
    Threshold: 0.5,
    ComparisonOperator: 'GreaterThanThreshold',
    Metrics: [metric('errors', 'Errors'), metric('calls', 'Calls'), { Id: 'rate', Expression: 'errors / calls' }],
  });
  await putValue(cloudwatch, 'Errors', 3);
  await putValue(cloudwatch, 'Calls', 4);
  await cloud.clock.advance(60);
  expect(await stateOf(cloudwatch)).toMatchObject({
    state: 'ALARM',
    reason: 'Threshold Crossed: 1 datapoint [0.75 (01/01/26 00:00:00)] was greater than the threshold (0.5).',
  });
});

test('PutMetricAlarm: a value outside of the band that the metric has kept alarms', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  const day = 24 * 60;
  const MetricData = Array.from({ length: 13 * 24 - 1 }, (_, hour) => ({
    MetricName: 'Load',
    Value: hour % 2 === 0 ? 105 : 95,
    Timestamp: minute(hour * 60 - 13 * day),
  }));
  await cloudwatch.putMetricData({ Namespace: 'App', MetricData });
  await cloudwatch.putMetricAlarm({
    AlarmName: 'load',
    EvaluationPeriods: 1,
    DatapointsToAlarm: 1,
    ThresholdMetricId: 'band',
    ComparisonOperator: 'GreaterThanUpperThreshold',
    Metrics: [
      { Id: 'm', MetricStat: { Metric: { Namespace: 'App', MetricName: 'Load' }, Period: 60, Stat: 'Average' } },
      { Id: 'band', Expression: 'ANOMALY_DETECTION_BAND(m, 2)' },
    ],
  });
  await putValue(cloudwatch, 'Load', 101);
  await cloud.clock.advance(60);
  expect((await stateOf(cloudwatch)).state).toBe('OK');
  await putValue(cloudwatch, 'Load', 500);
  await cloud.clock.advance(60);
  const { state, reason } = await stateOf(cloudwatch);
  expect(state).toBe('ALARM');
  expect(reason).toMatch(
    /^Thresholds Crossed: 1 out of the last 1 datapoints \[500\.0 .* was greater than the upper thresholds \[1\d\d\./,
  );
});

test('PutMetricAlarm: refuses in the words of AWS', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  const refusal = async (changes: object) => {
    try {
      await cloudwatch.putMetricAlarm(loadAlarm(changes));
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(await refusal({ MetricName: undefined })).toBe('MetricName must not be null');
  expect(await refusal({ Period: undefined })).toBe('Period must not be null');
  expect(await refusal({ TreatMissingData: 'x' })).toContain(
    'The value x is not supported for TreatMissingData parameter.',
  );
  expect(await refusal({ AlarmActions: ['nobody'] })).toBe('Invalid arn syntax: nobody');
  expect(await refusal({ EvaluationPeriods: 2_000 })).toContain('Metrics cannot be checked across more than a day');
  const query = (Id: string, Expression: string) => ({ Id, Expression });
  const math = { MetricName: undefined, Namespace: undefined, Period: undefined, Statistic: undefined };
  expect(await refusal({ Metrics: [query('a', '1')] })).toBe('MetricName should not be set if list of Metrics is set.');
  expect(await refusal({ ...math, Metrics: [query('a', 'TIME_SERIES(1)'), query('b', 'a')] })).toBe(
    'Exactly one element of the metrics list should return data.',
  );
  expect(await refusal({ ...math, Metrics: [query('a', "SEARCH('x', 'Sum', 60)")] })).toBe(
    'SEARCH is not supported on Metric Alarms.',
  );
  await expect(cloudwatch.putMetricAlarm({ AlarmName: '' } as never)).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

test('SetAlarmState: changes the state with its actions, and the next evaluation sets it back (CW-05)', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  await cloudwatch.putMetricAlarm(loadAlarm({ AlarmActions: [topic] }));
  await cloud.clock.advance(120);
  await cloudwatch.setAlarmState({ AlarmName: 'load', StateValue: 'ALARM', StateReason: 'testing' });
  expect(await stateOf(cloudwatch)).toMatchObject({ state: 'ALARM', reason: 'testing' });
  await cloud.clock.advance(60);
  expect((await stateOf(cloudwatch)).state).toBe('INSUFFICIENT_DATA');
  const { AlarmHistoryItems = [] } = await cloudwatch.describeAlarmHistory({ AlarmName: 'load' });
  expect(
    AlarmHistoryItems.map(({ HistoryItemType, HistorySummary }) => [HistoryItemType, HistorySummary?.split('.')[0]]),
  ).toEqual([
    ['StateUpdate', 'Alarm updated from ALARM to INSUFFICIENT_DATA'],
    [
      'Action',
      expect.stringMatching(/^(Failed to execute|Successfully executed) action arn:aws:sns:us-east-1:000000000000:t$/),
    ],
    ['StateUpdate', 'Alarm updated from INSUFFICIENT_DATA to ALARM'],
    ['ConfigurationUpdate', 'Alarm "load" created'],
  ]);
  const update = JSON.parse(AlarmHistoryItems[2]?.HistoryData ?? '');
  expect(update).toMatchObject({
    version: '1.0',
    oldState: { stateValue: 'INSUFFICIENT_DATA', stateReason: 'Unchecked: Initial alarm creation' },
    newState: { stateValue: 'ALARM', stateReason: 'testing' },
  });
  await expect(
    cloudwatch.setAlarmState({ AlarmName: 'none', StateValue: 'OK', StateReason: 'x' }),
  ).rejects.toMatchObject({ name: 'ResourceNotFound' });
});

test('DescribeAlarmHistory: pages forwards and backwards, also of an alarm that is gone', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  await cloudwatch.putMetricAlarm(loadAlarm());
  await cloudwatch.putMetricAlarm({ ...loadAlarm(), AlarmName: 'other' });
  await cloud.clock.advance(60);
  await cloudwatch.deleteAlarms({ AlarmNames: ['load'] });
  for (const ScanBy of ['TimestampAscending', 'TimestampDescending'] as const)
    for (const AlarmName of ['load', undefined]) {
      const summaries = [];
      let NextToken: string | undefined;
      do {
        const page = await cloudwatch.describeAlarmHistory({ AlarmName, ScanBy, MaxRecords: 1, NextToken });
        summaries.push(...(page.AlarmHistoryItems ?? []).map(({ HistorySummary }) => HistorySummary));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      const all = ['Alarm "load" created', ...(AlarmName ? [] : ['Alarm "other" created']), 'Alarm "load" deleted'];
      expect(summaries).toEqual(ScanBy === 'TimestampAscending' ? all : all.reverse());
    }
});

test('DisableAlarmActions: an alarm then changes and does nothing', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  await cloudwatch.putMetricAlarm(loadAlarm({ AlarmActions: [topic] }));
  await cloudwatch.disableAlarmActions({ AlarmNames: ['load', 'unknown'] });
  await putValue(cloudwatch, 'Load', 90);
  await cloud.clock.advance(60);
  expect((await stateOf(cloudwatch)).state).toBe('ALARM');
  const { AlarmHistoryItems } = await cloudwatch.describeAlarmHistory({ HistoryItemType: 'Action' });
  expect(AlarmHistoryItems).toEqual([]);
});

test('DescribeAlarms: filters by names, prefix, state and action, and pages', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  for (const AlarmName of ['a1', 'a2', 'b1'])
    await cloudwatch.putMetricAlarm(loadAlarm({ AlarmName, AlarmActions: AlarmName === 'a2' ? [topic] : [] }));
  const names = async (question: object) =>
    (await cloudwatch.describeAlarms(question)).MetricAlarms?.map(({ AlarmName }) => AlarmName);
  expect(await names({ AlarmNamePrefix: 'a' })).toEqual(['a1', 'a2']);
  expect(await names({ AlarmNames: ['b1', 'gone'] })).toEqual(['b1']);
  expect(await names({ ActionPrefix: 'arn:aws:sns' })).toEqual(['a2']);
  expect(await names({ StateValue: 'OK' })).toEqual([]);
  const page = await cloudwatch.describeAlarms({ MaxRecords: 2 });
  expect(page.MetricAlarms).toHaveLength(2);
  expect(await names({ NextToken: page.NextToken })).toEqual(['b1']);
  await expect(names({ NextToken: '%' })).rejects.toMatchObject({ name: 'InvalidNextToken' });
  const { MetricAlarms } = await cloudwatch.describeAlarmsForMetric({ Namespace: 'App', MetricName: 'Load' });
  expect(MetricAlarms).toHaveLength(3);
});

test('DeleteAlarms: deletes alarms with their tags and passes over names that are not there', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  await cloudwatch.putMetricAlarm(loadAlarm({ Tags: [{ Key: 'a', Value: '1' }] }));
  await cloudwatch.deleteAlarms({ AlarmNames: ['load', 'gone'] });
  expect((await cloudwatch.describeAlarms({})).MetricAlarms).toEqual([]);
  await cloud.clock.advance(60);
  expect(cloud.inside.jobs.size).toBe(0);
  await cloudwatch.putMetricAlarm(loadAlarm());
  const ResourceARN = 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:load';
  expect((await cloudwatch.listTagsForResource({ ResourceARN })).Tags).toEqual([]);
});

test('TagResource: an alarm has the tags that it was created with and those put on it', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  await cloudwatch.putMetricAlarm(loadAlarm({ Tags: [{ Key: 'a', Value: '1' }] }));
  const ResourceARN = 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:load';
  await cloudwatch.tagResource({ ResourceARN, Tags: [{ Key: 'b', Value: '2' }] });
  await cloudwatch.untagResource({ ResourceARN, TagKeys: ['a'] });
  expect((await cloudwatch.listTagsForResource({ ResourceARN })).Tags).toEqual([{ Key: 'b', Value: '2' }]);
  await expect(cloudwatch.listTagsForResource({ ResourceARN: `${ResourceARN}x` })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    ResourceType: 'Alarm',
  });
});

test('PutMetricAlarm: refuses actions of other Regions and partitions, and bands without a list of metrics', async () => {
  await using fixture = await startFixture();
  const refusal = (changes: object) =>
    fixture.cloudwatch.putMetricAlarm(loadAlarm(changes)).then(
      () => undefined,
      ({ message }: Error) => message,
    );
  expect(await refusal({ AlarmActions: ['arn:aws:sns:eu-west-1:000000000000:t'] })).toBe(
    'Invalid region eu-west-1 specified. Only us-east-1 is supported.',
  );
  expect(await refusal({ OKActions: ['arn:aws-cn:sns:us-east-1:000000000000:t'] })).toBe(
    'Invalid partition aws-cn specified. Only aws is supported.',
  );
  const band = { Threshold: undefined, ThresholdMetricId: 'b', ComparisonOperator: 'GreaterThanUpperThreshold' };
  expect(await refusal(band)).toBe('ComparisonOperator GreaterThanUpperThreshold requires a list of Metrics to be set');
  expect(
    await refusal({
      ...band,
      Namespace: undefined,
      MetricName: undefined,
      Statistic: undefined,
      Period: undefined,
      AlarmActions: ['arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:x'],
      Metrics: [
        { Id: 'm', MetricStat: { Metric: { Namespace: 'App', MetricName: 'Load' }, Period: 60, Stat: 'Average' } },
        { Id: 'b', Expression: 'ANOMALY_DETECTION_BAND(m, 2)' },
      ],
    }),
  ).toBe('Auto Scaling actions are not supported for alarms based on anomaly detection.');
});
