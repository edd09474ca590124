import { expect, test } from 'vitest';
import { type Fixture, loadAlarm, minute, putValue, startFixture, stateOf } from './fixture.ts';

const stop = 'arn:aws:automate:us-east-1:ec2:stop';

/** Actions that the alarm has begun, by its history. */
async function actionsOf({ cloudwatch }: Fixture): Promise<number> {
  const { AlarmHistoryItems = [] } = await cloudwatch.describeAlarmHistory({
    AlarmName: 'load',
    HistoryItemType: 'Action',
  });
  return AlarmHistoryItems.length;
}

const schedule = (Expression: string, Duration: string, Timezone?: string) => ({
  Rule: { Schedule: { Expression, Duration, Timezone } },
});

test('PutAlarmMuteRule: in its window an alarm changes its state and does nothing; afterwards it does', async () => {
  await using fixture = await startFixture();
  const { cloud, cloudwatch } = fixture;
  await cloudwatch.putMetricAlarm(loadAlarm({ AlarmActions: [stop], TreatMissingData: 'ignore' }));
  await cloudwatch.putAlarmMuteRule({
    Name: 'night',
    ...schedule('cron(10 0 * * *)', 'PT20M'),
    MuteTargets: { AlarmNames: ['load'] },
  });
  const status = async () => (await cloudwatch.getAlarmMuteRule({ AlarmMuteRuleName: 'night' })).Status;
  expect(await status()).toBe('SCHEDULED');
  await cloud.clock.advance(15 * 60);
  expect(await status()).toBe('ACTIVE');
  await putValue(cloudwatch, 'Load', 90);
  await cloud.clock.advance(60);
  expect([(await stateOf(cloudwatch)).state, await actionsOf(fixture)]).toEqual(['ALARM', 0]);
  await cloud.clock.advance(20 * 60);
  expect([await status(), await actionsOf(fixture)]).toEqual(['SCHEDULED', 1]);
  await cloud.clock.to(minute(24 * 60 + 15));
  expect(await status()).toBe('ACTIVE');
});

test('PutAlarmMuteRule: a window once, in a time zone; its rule expires with it, and its end by hand lets actions run', async () => {
  await using fixture = await startFixture();
  const { cloud, cloudwatch } = fixture;
  await cloudwatch.putMetricAlarm(loadAlarm({ AlarmActions: [stop], TreatMissingData: 'ignore' }));
  const once = { ...schedule('at(2026-01-01T09:05)', 'PT1H', 'Asia/Tokyo'), MuteTargets: { AlarmNames: ['load'] } };
  await cloudwatch.putAlarmMuteRule({ Name: 'once', ...once, Tags: [{ Key: 'team', Value: 'blue' }] });
  await cloud.clock.advance(10 * 60);
  const rule = await cloudwatch.getAlarmMuteRule({ AlarmMuteRuleName: 'once' });
  expect(rule).toMatchObject({ ...once, Status: 'ACTIVE', MuteType: 'ONE_TIME', LastUpdatedTimestamp: minute(0) });
  const { Tags } = await cloudwatch.listTagsForResource({ ResourceARN: rule.AlarmMuteRuleArn });
  expect(Tags).toEqual([{ Key: 'team', Value: 'blue' }]);
  await putValue(cloudwatch, 'Load', 90);
  await cloud.clock.advance(60);
  expect(await actionsOf(fixture)).toBe(0);
  const listed = async (input: object) =>
    (await cloudwatch.listAlarmMuteRules(input)).AlarmMuteRuleSummaries?.map(({ Status }) => Status);
  expect(await listed({ AlarmName: 'load' })).toEqual(['ACTIVE']);
  expect(await listed({ AlarmName: 'other' })).toEqual([]);
  expect(await listed({ Statuses: ['EXPIRED'] })).toEqual([]);
  await cloudwatch.putAlarmMuteRule({ Name: 'short', ...schedule('at(2026-01-01T00:11)', 'PT1M') });
  await cloudwatch.deleteAlarmMuteRule({ AlarmMuteRuleName: 'once' });
  await cloudwatch.deleteAlarmMuteRule({ AlarmMuteRuleName: 'once' });
  await cloud.clock.advance(120);
  expect(await actionsOf(fixture)).toBe(1);
  expect(await listed({})).toEqual(['EXPIRED']);
});

test('PutAlarmMuteRule: refuses what can never be a window', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  const refusal = (input: object) =>
    cloudwatch.putAlarmMuteRule({ Name: 'x', ...schedule('cron(0 2 * * *)', 'PT1H'), ...input }).then(
      () => undefined,
      ({ name }: Error) => name,
    );
  expect(await refusal(schedule('cron(0 2 * * ? *)', 'PT1H'))).toBe('ValidationException');
  expect(await refusal(schedule('at(2020-01-01T00:00)', 'PT1H'))).toBe('ValidationException');
  expect(await refusal(schedule('at(2027-01-01T00:00)', 'PT1H', 'Nowhere'))).toBe('ValidationException');
  expect(await refusal(schedule('cron(0 2 * * *)', 'PT1H', 'Nowhere'))).toBe('ValidationException');
  expect(await refusal(schedule('cron(0 2 * * *)', 'P16D'))).toBe('ValidationException');
  expect(await refusal(schedule('cron(0 2 * * *)', 'PT30S'))).toBe('ValidationException');
  expect(await refusal({ MuteTargets: { AlarmNames: ['none'] } })).toBe('ValidationException');
  expect(await refusal({ StartDate: minute(10), ExpireDate: minute(5) })).toBe('ValidationException');
  await expect(cloudwatch.getAlarmMuteRule({ AlarmMuteRuleName: 'x' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});
