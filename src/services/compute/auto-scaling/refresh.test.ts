import { expect, test } from 'vitest';
import { type Fixture, startFixture } from './fixture.ts';

const group = { AutoScalingGroupName: 'web' };

const status = async ({ scaling }: Fixture) => {
  const { InstanceRefreshes = [] } = await scaling.describeInstanceRefreshes(group);
  const [one] = InstanceRefreshes;
  return `${one?.Status} ${one?.PercentageComplete}`;
};

const newVersion = async ({ ec2, templateId }: Fixture) =>
  ec2.createLaunchTemplateVersion({
    LaunchTemplateId: templateId,
    SourceVersion: '1',
    LaunchTemplateData: { InstanceType: 't3.small' },
  });

test('StartInstanceRefresh: instances are replaced one by one by the newest version (DRL-10)', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 4 });
  const before = (await fixture.members()).map(({ id }) => id);
  await newVersion(fixture);
  await scaling.startInstanceRefresh({ ...group, Preferences: { InstanceWarmup: 60 } });
  await expect(scaling.startInstanceRefresh(group)).rejects.toMatchObject({ name: 'InstanceRefreshInProgressFault' });
  await fixture.advance(30);
  const serving = (await fixture.members()).filter(({ state }) => state === 'InService');
  expect(serving.length).toBeGreaterThanOrEqual(3);
  expect(await status(fixture)).toBe('InProgress 0');
  await fixture.advance(600);
  const members = await fixture.members();
  expect(members.map(({ state, version }) => `${state} ${version}`)).toEqual(Array(4).fill('InService 2'));
  expect(members.filter(({ id }) => before.includes(id))).toEqual([]);
  expect(await status(fixture)).toBe('Successful 100');
});

test('StartInstanceRefresh: checkpoints hold it up, matching instances are skipped, and it can be cancelled', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 4 });
  await newVersion(fixture);
  await scaling.startInstanceRefresh({
    ...group,
    Preferences: { InstanceWarmup: 0, CheckpointPercentages: [50, 100], CheckpointDelay: 1_800, SkipMatching: true },
  });
  await fixture.advance(600);
  expect(await status(fixture)).toBe('InProgress 50');
  expect((await fixture.members()).map(({ version }) => version).sort()).toEqual(['1', '1', '2', '2']);
  await fixture.advance(1_800);
  expect(await status(fixture)).toBe('Successful 100');
  await scaling.startInstanceRefresh({ ...group, Preferences: { SkipMatching: true } });
  await fixture.advance(5);
  expect(await status(fixture)).toBe('Successful 100');
  await scaling.startInstanceRefresh({ ...group, Preferences: { InstanceWarmup: 300 } });
  await fixture.advance(20);
  await scaling.cancelInstanceRefresh(group);
  await fixture.advance(400);
  expect(await status(fixture)).toBe('Cancelled 25');
  await expect(scaling.cancelInstanceRefresh(group)).rejects.toMatchObject({
    name: 'ActiveInstanceRefreshNotFoundFault',
  });
});

test('RollbackInstanceRefresh: what was launched is replaced by what was there before', async () => {
  await using fixture = await startFixture();
  const { scaling, templateId } = fixture;
  await fixture.makeGroup({
    DesiredCapacity: 2,
    LaunchTemplate: { LaunchTemplateId: templateId, Version: '1' },
  });
  await newVersion(fixture);
  await scaling.startInstanceRefresh({
    ...group,
    DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: templateId, Version: '2' } },
    Preferences: { InstanceWarmup: 60, MinHealthyPercentage: 100, MaxHealthyPercentage: 150 },
  });
  await fixture.advance(90);
  expect((await fixture.members()).map(({ version }) => version)).toContain('2');
  expect((await fixture.members()).filter(({ state }) => state === 'InService').length).toBeGreaterThanOrEqual(2);
  await scaling.rollbackInstanceRefresh(group);
  await fixture.advance(600);
  expect(await status(fixture)).toBe('RollbackSuccessful 100');
  expect((await fixture.members()).map(({ version }) => version)).toEqual(['1', '1']);
});

test('StartInstanceRefresh: instances in standby hold it up for an hour, are left out, or are replaced', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 2 });
  const [first] = await fixture.members();
  const InstanceIds = [first?.id as string];
  await scaling.enterStandby({ ...group, InstanceIds, ShouldDecrementDesiredCapacity: true });
  await newVersion(fixture);
  await scaling.startInstanceRefresh({ ...group, Preferences: { InstanceWarmup: 0, MinHealthyPercentage: 0 } });
  await fixture.advance(600);
  expect(await status(fixture)).toBe('InProgress 50');
  await fixture.advance(3_600);
  expect(await status(fixture)).toBe('Failed 50');
  const Preferences = { InstanceWarmup: 0, MinHealthyPercentage: 0, SkipMatching: true };
  await scaling.startInstanceRefresh({ ...group, Preferences: { ...Preferences, StandbyInstances: 'Ignore' } });
  await fixture.advance(60);
  expect(await status(fixture)).toBe('Successful 100');
  expect((await fixture.members()).map(({ id }) => id)).toContain(first?.id);
  await scaling.startInstanceRefresh({ ...group, Preferences: { ...Preferences, StandbyInstances: 'Terminate' } });
  await fixture.advance(300);
  expect(await status(fixture)).toBe('Successful 100');
  expect((await fixture.members()).map(({ state, version }) => `${state} ${version}`)).toEqual(['InService 2']);
});
