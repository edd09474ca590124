import { expect, test } from 'vitest';
import { startFixture } from './fixture.ts';

const group = { AutoScalingGroupName: 'web' };

test('PutScheduledUpdateGroupAction: a group follows its timetable in a time zone (ASG-09)', async () => {
  await using fixture = await startFixture();
  const { scaling, cloud } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 1 });
  await scaling.putScheduledUpdateGroupAction({
    ...group,
    ScheduledActionName: 'morning',
    Recurrence: '0 9 * * MON-FRI',
    TimeZone: 'Asia/Tokyo',
    MinSize: 2,
    DesiredCapacity: 3,
  });
  await scaling.putScheduledUpdateGroupAction({
    ...group,
    ScheduledActionName: 'evening',
    Recurrence: '0 18 * * *',
    TimeZone: 'Asia/Tokyo',
    MinSize: 0,
    DesiredCapacity: 1,
  });
  const { ScheduledUpdateGroupActions = [] } = await scaling.describeScheduledActions(group);
  expect(
    ScheduledUpdateGroupActions.map(({ ScheduledActionName, StartTime }) => [ScheduledActionName, StartTime]),
  ).toEqual([
    ['evening', new Date('2026-03-03T09:00:00Z')],
    ['morning', new Date('2026-03-03T00:00:00Z')],
  ]);
  await cloud.clock.to(new Date('2026-03-03T00:01:00Z'));
  expect(await fixture.members()).toHaveLength(3);
  const { Activities = [] } = await scaling.describeScalingActivities({ ...group, MaxRecords: 1 });
  expect(Activities[0]?.Cause).toMatch(
    /^At 2026-03-03T00:00:00Z a scheduled action update of AutoScalingGroup constraints to min: 2, max: 10, desired: 3 changing the desired capacity from 1 to 3\./,
  );
  await cloud.clock.to(new Date('2026-03-03T09:01:00Z'));
  expect(await fixture.members()).toHaveLength(1);
});

test('PutScheduledUpdateGroupAction: what makes no sense is refused', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 0 });
  const put = (input: object) =>
    scaling.putScheduledUpdateGroupAction({ ...group, ScheduledActionName: 'a', DesiredCapacity: 1, ...input });
  await expect(put({ Recurrence: 'often' })).rejects.toMatchObject({ message: 'Given recurrence string is invalid' });
  await expect(put({ StartTime: new Date('2026-03-01T00:00:00Z') })).rejects.toMatchObject({
    message: 'Given start time is in the past',
  });
  await put({ StartTime: new Date('2026-03-03T00:00:00Z') });
  await expect(put({ ScheduledActionName: 'b', StartTime: new Date('2026-03-03T00:00:00Z') })).rejects.toMatchObject({
    name: 'AlreadyExistsFault',
  });
  const { FailedScheduledActions } = await scaling.batchDeleteScheduledAction({
    ...group,
    ScheduledActionNames: ['a', 'c'],
  });
  expect(FailedScheduledActions?.map(({ ScheduledActionName }) => ScheduledActionName)).toEqual(['c']);
});
