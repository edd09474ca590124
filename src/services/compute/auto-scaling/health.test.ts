import { expect, test } from 'vitest';
import { startFixture } from './fixture.ts';

test('health: an instance that ends is replaced at once (ASG-04, ASG-10, ASG-14)', async () => {
  await using fixture = await startFixture();
  const { scaling, ec2 } = fixture;
  await fixture.makeGroup();
  const [first] = await fixture.members();
  await ec2.terminateInstances({ InstanceIds: [first?.id as string] });
  await fixture.advance(20);
  const members = await fixture.members();
  expect(members.map(({ state }) => state)).toEqual(['InService', 'InService']);
  expect(members.map(({ id }) => id)).not.toContain(first?.id);
  const { Activities = [] } = await scaling.describeScalingActivities({ AutoScalingGroupName: 'web', MaxRecords: 2 });
  expect(Activities.map(({ Cause }) => Cause?.slice(24))).toEqual([
    'an instance was launched in response to an unhealthy instance needing to be replaced.',
    'an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.',
  ]);
});

test('health: failed status checks count after a while, and not within the grace period (ASG-10, ASG-11)', async () => {
  await using fixture = await startFixture();
  const { cloud } = fixture;
  await fixture.makeGroup({ HealthCheckGracePeriod: 600 });
  const [first] = await fixture.members();
  const breakage = { kind: 'instance', instanceId: first?.id as string, status: 'instance' } as const;
  cloud.inside.faults.add({ breakage });
  await fixture.advance(500);
  expect((await fixture.members()).map(({ id }) => id)).toContain(first?.id);
  await fixture.advance(240);
  const members = await fixture.members();
  expect(members.map(({ state }) => state)).toEqual(['InService', 'InService']);
  expect(members.map(({ id }) => id)).not.toContain(first?.id);
});

test('zones: a lost zone is left, and the group evens out when it is back (ASG-16, ASG-17)', async () => {
  await using fixture = await startFixture();
  const { cloud, scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 4 });
  const outage = cloud.inside.faults.add({ breakage: { kind: 'zone', zoneId: 'use1-az1', lost: 'power' } });
  await fixture.advance(400);
  const zonesOf = async () => (await fixture.members()).map(({ zone }) => zone).sort();
  expect(await zonesOf()).toEqual(Array(4).fill('us-east-1b'));
  cloud.inside.faults.end(outage.id);
  await fixture.advance(300);
  expect(await zonesOf()).toEqual(['us-east-1a', 'us-east-1a', 'us-east-1b', 'us-east-1b']);
  const { Activities = [] } = await scaling.describeScalingActivities({ AutoScalingGroupName: 'web' });
  const balanced = Activities.filter(
    ({ Cause, StatusCode }) => StatusCode === 'Successful' && Cause?.includes('launched to aid in balancing') === true,
  );
  expect(balanced).toHaveLength(2);
  const failed = Activities.find(({ StatusCode }) => StatusCode === 'Failed');
  expect(failed?.StatusMessage).toMatch(/sufficient t3\.micro capacity.* Launching EC2 instance failed\.$/);
});

test('zones: a full group goes beyond its maximum by a tenth or one while it evens out (ASG-17, ASG-18)', async () => {
  await using fixture = await startFixture();
  const { cloud } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 4, MaxSize: 4 });
  const outage = cloud.inside.faults.add({ breakage: { kind: 'zone', zoneId: 'use1-az1', lost: 'power' } });
  await fixture.advance(400);
  cloud.inside.faults.end(outage.id);
  const sizes = new Set<number>();
  for (let step = 0; step < 200; step++) {
    await fixture.advance(2);
    sizes.add((await fixture.members()).filter(({ state }) => !state.startsWith('Terminating')).length);
  }
  expect([...sizes].sort()).toEqual([4, 5]);
  expect((await fixture.members()).map(({ zone }) => zone).sort()).toEqual([
    'us-east-1a',
    'us-east-1a',
    'us-east-1b',
    'us-east-1b',
  ]);
});

test('zones: a group that could not launch waits longer each time, and rests when it could', async () => {
  await using fixture = await startFixture();
  const { cloud, scaling } = fixture;
  const shortage = cloud.inside.faults.add({ breakage: { kind: 'capacity' } });
  await fixture.makeGroup({ DesiredCapacity: 2, MaxSize: 4 });
  await scaling.putWarmPool({ AutoScalingGroupName: 'web', MinSize: 1, MaxGroupPreparedCapacity: 3 });
  await fixture.advance(3_600);
  const { Activities = [] } = await scaling.describeScalingActivities({ AutoScalingGroupName: 'web' });
  expect(new Set(Activities.map(({ StatusCode }) => StatusCode))).toEqual(new Set(['Failed']));
  expect(Activities.length).toBeLessThan(40);
  cloud.inside.faults.end(shortage.id);
  await fixture.advance(1_200);
  expect((await fixture.members()).map(({ state }) => state)).toEqual(['InService', 'InService']);
  await fixture.advance(3_600);
  const turns = cloud.inside.jobs.list().filter(({ name }) => name === 'takeTurn');
  expect(turns).toEqual([]);
});
