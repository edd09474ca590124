import { expect, test } from 'vitest';
import { image, startFixture } from './fixture.ts';

const group = { AutoScalingGroupName: 'web' };

test('EnterStandby: an instance is put aside, replaced unless the capacity shrinks, and comes back', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ MinSize: 1, MaxSize: 3 });
  const [first] = await fixture.members();
  const InstanceIds = [first?.id as string];
  const { Activities } = await scaling.enterStandby({ ...group, InstanceIds, ShouldDecrementDesiredCapacity: true });
  expect(Activities?.[0]).toMatchObject({
    Description: `Moving EC2 instance to Standby: ${first?.id}`,
    Cause: `At 2026-03-02T09:00:10Z instance ${first?.id} was moved to standby in response to a user request, shrinking the capacity from 2 to 1.`,
  });
  await fixture.advance(10);
  expect((await fixture.members()).map(({ state }) => state).sort()).toEqual(['InService', 'Standby']);
  const rest = (await fixture.members()).filter(({ state }) => state === 'InService').map(({ id }) => id);
  await expect(
    scaling.enterStandby({ ...group, InstanceIds: rest, ShouldDecrementDesiredCapacity: true }),
  ).rejects.toMatchObject({
    message:
      'AutoScalingGroup web has min-size=1, max-size=3, and desired-size=1. To place into standby 1 instance, please update the AutoScalingGroup sizes appropriately.',
  });
  await scaling.exitStandby({ ...group, InstanceIds });
  await fixture.advance(10);
  expect((await fixture.members()).map(({ state }) => state)).toEqual(['InService', 'InService']);
});

test('AttachInstances, DetachInstances: instances come and go with their tag, and run on', async () => {
  await using fixture = await startFixture();
  const { scaling, ec2 } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 1, MaxSize: 2 });
  const { Instances = [] } = await ec2.runInstances({
    ImageId: image,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    Placement: { AvailabilityZone: 'us-east-1a' },
  });
  const id = Instances[0]?.InstanceId as string;
  await expect(scaling.attachInstances({ ...group, InstanceIds: [id] })).rejects.toMatchObject({
    message: `Instance ${id} is not in correct state. Instance(s) must be in 'running' state.`,
  });
  await fixture.advance(5);
  await scaling.attachInstances({ ...group, InstanceIds: [id] });
  await fixture.advance(5);
  const tagsOf = async () => {
    const { Tags = [] } = await ec2.describeTags({ Filters: [{ Name: 'resource-id', Values: [id] }] });
    return Tags.map(({ Key, Value }) => `${Key}=${Value}`);
  };
  expect((await fixture.members()).map((one) => one.id)).toContain(id);
  expect(await tagsOf()).toEqual(['aws:autoscaling:groupName=web']);
  await scaling.detachInstances({ ...group, InstanceIds: [id], ShouldDecrementDesiredCapacity: true });
  await fixture.advance(5);
  expect(await fixture.members()).toHaveLength(1);
  expect(await tagsOf()).toEqual([]);
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [id] });
  expect(Reservations?.[0]?.Instances?.[0]?.State?.Name).toBe('running');
});

test('SetInstanceProtection: a protected instance is never chosen by a scale-in', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 3, TerminationPolicies: ['OldestInstance'] });
  const members = await fixture.members();
  const kept = members.filter(({ zone }) => zone === 'us-east-1a').map(({ id }) => id);
  await scaling.setInstanceProtection({ ...group, InstanceIds: kept, ProtectedFromScaleIn: true });
  await scaling.setDesiredCapacity({ ...group, DesiredCapacity: 1 });
  await fixture.advance(20);
  expect((await fixture.members()).map(({ id }) => id).sort()).toEqual([...kept].sort());
  await scaling.setInstanceProtection({ ...group, InstanceIds: kept, ProtectedFromScaleIn: false });
  await fixture.advance(20);
  expect(await fixture.members()).toHaveLength(1);
});

test('SetInstanceHealth: who is said to be unhealthy is replaced, in the grace period only when it is not respected (ASG-10, ASG-11)', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 1, HealthCheckGracePeriod: 300 });
  const [member] = await fixture.members();
  const InstanceId = member?.id as string;
  await scaling.setInstanceHealth({ InstanceId, HealthStatus: 'Unhealthy' });
  await fixture.advance(20);
  expect((await fixture.members())[0]?.id).toBe(InstanceId);
  await scaling.setInstanceHealth({ InstanceId, HealthStatus: 'Unhealthy', ShouldRespectGracePeriod: false });
  await fixture.advance(20);
  const [other] = await fixture.members();
  expect(other?.id).not.toBe(InstanceId);
  expect(other?.state).toBe('InService');
});

test('TerminateInstanceInAutoScalingGroup: the minimum holds, and termination protection does not (ASG-01)', async () => {
  await using fixture = await startFixture();
  const { scaling, ec2 } = fixture;
  await fixture.makeGroup({ MinSize: 1, DesiredCapacity: 1 });
  const [member] = await fixture.members();
  const InstanceId = member?.id as string;
  await expect(
    scaling.terminateInstanceInAutoScalingGroup({ InstanceId, ShouldDecrementDesiredCapacity: true }),
  ).rejects.toMatchObject({
    message: expect.stringMatching(/^Currently, desiredSize equals minSize \(1\)\./) as string,
  });
  await ec2.modifyInstanceAttribute({ InstanceId, DisableApiTermination: { Value: true } });
  await scaling.terminateInstanceInAutoScalingGroup({ InstanceId, ShouldDecrementDesiredCapacity: false });
  await fixture.advance(20);
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [InstanceId] });
  expect(Reservations?.[0]?.Instances?.[0]?.State?.Name).toBe('terminated');
  expect(await fixture.members()).toHaveLength(1);
});

test('LaunchInstances: answers with what it launched, once for each token', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 0 });
  const input = { ...group, RequestedCapacity: 2, ClientToken: 'a', AvailabilityZones: ['us-east-1b'] };
  const first = await scaling.launchInstances(input);
  expect(first.Instances?.[0]?.InstanceIds).toHaveLength(2);
  expect(first.Instances?.[0]).toMatchObject({ AvailabilityZone: 'us-east-1b', InstanceType: 't3.micro' });
  expect((await scaling.launchInstances(input)).Instances).toEqual(first.Instances);
  await expect(scaling.launchInstances({ ...input, RequestedCapacity: 1 })).rejects.toMatchObject({
    name: 'IdempotentParameterMismatchError',
  });
  await fixture.advance(10);
  expect((await fixture.members()).map(({ state }) => state)).toEqual(['InService', 'InService']);
});
