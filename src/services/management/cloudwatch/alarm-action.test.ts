import { expect, test } from 'vitest';
import { loadAlarm, putValue, startFixture } from './fixture.ts';

const scaling =
  'arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:6d8972f3-efc8-437c-92d1-6270f29a66e7:autoScalingGroupName/g:policyName/p';

test('alarm actions: what fails is told in the history with its error (CW-05)', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  const stop = 'arn:aws:automate:us-east-1:ec2:stop';
  const Dimensions = [{ Name: 'InstanceId', Value: 'i-00000000000000000' }];
  await cloudwatch.putMetricAlarm(loadAlarm({ Namespace: 'AWS/EC2', Dimensions, AlarmActions: [stop] }));
  await cloudwatch.setAlarmState({ AlarmName: 'load', StateValue: 'ALARM', StateReason: 'try' });
  await cloud.clock.advance(1);
  const { AlarmHistoryItems = [] } = await cloudwatch.describeAlarmHistory({ HistoryItemType: 'Action' });
  expect(AlarmHistoryItems).toHaveLength(1);
  expect(AlarmHistoryItems[0]?.HistorySummary).toMatch(
    /^Failed to execute action arn:aws:automate:us-east-1:ec2:stop\. Received error: ".+"$/,
  );
  expect(JSON.parse(AlarmHistoryItems[0]?.HistoryData ?? '')).toMatchObject({
    actionState: 'Failed',
    notificationResource: stop,
    error: expect.stringMatching(/.+/),
  });
});

test('alarm actions: an alarm with a scaling policy is looked at as long as its state lasts', async () => {
  await using fixture = await startFixture();
  const { cloudwatch, cloud } = fixture;
  await cloudwatch.putMetricAlarm(loadAlarm({ TreatMissingData: 'breaching', AlarmActions: [scaling] }));
  await putValue(cloudwatch, 'Load', 90);
  await cloud.clock.advance(86_400);
  expect(cloud.inside.jobs.list().map(({ name }) => name)).toEqual(['evaluateAlarms']);
  await cloudwatch.disableAlarmActions({ AlarmNames: ['load'] });
  await cloud.clock.advance(60);
  expect(cloud.inside.jobs.size).toBe(0);
});
