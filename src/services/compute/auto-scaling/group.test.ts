import { IAM } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { startFixture, zones } from './fixture.ts';

test('CreateAutoScalingGroup: launches the desired capacity, spread over zones, with its tags (ASG-01, ASG-02, ASG-16)', async () => {
  await using fixture = await startFixture();
  const { scaling, ec2 } = fixture;
  await fixture.makeGroup({
    DesiredCapacity: 3,
    Tags: [
      { Key: 'Name', Value: 'web', PropagateAtLaunch: true },
      { Key: 'team', Value: 'blue', PropagateAtLaunch: false },
    ],
  });
  const members = await fixture.members();
  expect(members.map(({ state, health }) => `${state} ${health}`)).toEqual(Array(3).fill('InService Healthy'));
  expect(members.map(({ zone }) => zone).sort()).toEqual(['us-east-1a', 'us-east-1a', 'us-east-1b']);
  const { Reservations = [] } = await ec2.describeInstances({ InstanceIds: members.map(({ id }) => id) });
  const tags = Reservations[0]?.Instances?.[0]?.Tags ?? [];
  expect(Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))).toEqual({
    Name: 'web',
    'aws:autoscaling:groupName': 'web',
    'aws:ec2launchtemplate:id': fixture.templateId,
    'aws:ec2launchtemplate:version': '1',
  });
  const { Activities = [] } = await scaling.describeScalingActivities({ AutoScalingGroupName: 'web' });
  expect(Activities).toHaveLength(3);
  expect(Activities[0]).toMatchObject({
    StatusCode: 'Successful',
    Progress: 100,
    Description: expect.stringMatching(/^Launching a new EC2 instance: i-[0-9a-f]{17}$/) as string,
    Cause:
      'At 2026-03-02T09:00:00Z a user request created an AutoScalingGroup changing the desired capacity from 0 to 3.  At 2026-03-02T09:00:01Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 3.',
  });
});

test('SetDesiredCapacity: the group shrinks where it is fullest, and says which instance it chose (ASG-22)', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 3 });
  await scaling.setDesiredCapacity({ AutoScalingGroupName: 'web', DesiredCapacity: 2 });
  await fixture.advance(15);
  const members = await fixture.members();
  expect(members.map(({ zone }) => zone).sort()).toEqual(['us-east-1a', 'us-east-1b']);
  const { Activities = [] } = await scaling.describeScalingActivities({ AutoScalingGroupName: 'web', MaxRecords: 1 });
  expect(Activities[0]?.StatusCode).toBe('Successful');
  expect(Activities[0]?.Description).toMatch(/^Terminating EC2 instance: i-/);
  expect(Activities[0]?.Cause).toMatch(
    /^At 2026-03-02T09:00:10Z a user request explicitly set group desired capacity changing the desired capacity from 3 to 2\. {2}At 2026-03-02T09:00:11Z an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 3 to 2\. {2}At 2026-03-02T09:00:11Z instance i-[0-9a-f]+ was selected for termination\.$/,
  );
});

test('SetDesiredCapacity: refuses what is outside of the limits (ASG-01)', async () => {
  await using fixture = await startFixture();
  await fixture.makeGroup({ MinSize: 1, MaxSize: 3 });
  const set = (DesiredCapacity: number) =>
    fixture.scaling.setDesiredCapacity({ AutoScalingGroupName: 'web', DesiredCapacity });
  await expect(set(4)).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'New SetDesiredCapacity value 4 is above max value 3 for the AutoScalingGroup.',
  });
  await expect(set(0)).rejects.toMatchObject({
    message: 'New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup.',
  });
});

test('CreateAutoScalingGroup: refuses what could not be launched, in the words of EC2', async () => {
  await using fixture = await startFixture();
  const { scaling, ec2 } = fixture;
  await ec2.createLaunchTemplate({
    LaunchTemplateName: 'broken',
    LaunchTemplateData: { ImageId: 'ami-00000000000000000', InstanceType: 't3.micro' },
  });
  const create = (input: object) =>
    scaling.createAutoScalingGroup({ AutoScalingGroupName: 'web', MinSize: 0, MaxSize: 1, ...input });
  await expect(
    create({ LaunchTemplate: { LaunchTemplateName: 'broken' }, AvailabilityZones: ['us-east-1a'] }),
  ).rejects.toMatchObject({
    name: 'ValidationError',
    message: expect.stringMatching(/^You must use a valid fully-formed launch template\. The image id/) as string,
  });
  const LaunchTemplate = { LaunchTemplateName: 'web' };
  await expect(create({ LaunchTemplate })).rejects.toMatchObject({
    message: 'At least one Availability Zone or VPC Subnet is required.',
  });
  await expect(create({ LaunchTemplate, VPCZoneIdentifier: 'subnet-00000000000000000' })).rejects.toMatchObject({
    message: "The subnet ID 'subnet-00000000000000000' does not exist",
  });
  await expect(create({ AvailabilityZones: ['us-east-1a'] })).rejects.toMatchObject({
    message:
      'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
  });
});

test('DeleteAutoScalingGroup: a group with instances needs force, and ends them (ASG-23)', async () => {
  await using fixture = await startFixture();
  const { scaling, ec2 } = fixture;
  await fixture.makeGroup();
  const ids = (await fixture.members()).map(({ id }) => id);
  await expect(scaling.deleteAutoScalingGroup({ AutoScalingGroupName: 'web' })).rejects.toMatchObject({
    name: 'ResourceInUseFault',
  });
  await scaling.deleteAutoScalingGroup({ AutoScalingGroupName: 'web', ForceDelete: true });
  const { AutoScalingGroups = [] } = await scaling.describeAutoScalingGroups({});
  expect(AutoScalingGroups[0]?.Status).toBe('Delete in progress');
  await fixture.advance(20);
  expect((await scaling.describeAutoScalingGroups({})).AutoScalingGroups).toEqual([]);
  const { Reservations = [] } = await ec2.describeInstances({ InstanceIds: ids });
  expect(Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name))).toEqual([
    'terminated',
    'terminated',
  ]);
  expect(fixture.cloud.inside.jobs.list().filter(({ service }) => service === 'auto-scaling')).toHaveLength(1);
});

test('launch configurations: a group launches by one, which cannot be deleted meanwhile (ASG-03)', async () => {
  await using fixture = await startFixture();
  const { scaling, ec2 } = fixture;
  await scaling.createLaunchConfiguration({
    LaunchConfigurationName: 'old',
    ImageId: 'ami-0ed094fb1304fd857',
    InstanceType: 't3.small',
  });
  await fixture.makeGroup({ LaunchConfigurationName: 'old', DesiredCapacity: 1 });
  const [member] = await fixture.members();
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [member?.id as string] });
  expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
    InstanceType: 't3.small',
    Monitoring: { State: 'enabled' },
  });
  await expect(scaling.deleteLaunchConfiguration({ LaunchConfigurationName: 'old' })).rejects.toMatchObject({
    name: 'ResourceInUseFault',
    message: 'Cannot delete launch configuration old because it is attached to AutoScalingGroup web',
  });
});

test('CreateLaunchConfiguration: refuses an image and a key pair that are not there', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  const create = (input: object) =>
    scaling.createLaunchConfiguration({ LaunchConfigurationName: 'old', InstanceType: 't3.micro', ...input });
  await expect(create({ ImageId: 'ami-00000000000000000' })).rejects.toMatchObject({
    name: 'ValidationError',
    message: "AMI ami-00000000000000000 is invalid: The image id '[ami-00000000000000000]' does not exist",
  });
  await expect(create({ ImageId: 'ami-0ed094fb1304fd857', KeyName: 'lost' })).rejects.toMatchObject({
    name: 'ValidationError',
    message: "The key pair 'lost' does not exist",
  });
  const { LaunchConfigurations } = await scaling.describeLaunchConfigurations({});
  expect(LaunchConfigurations).toEqual([]);
});

test('CreateAutoScalingGroup: launches use reserved capacity as the group says', async () => {
  await using fixture = await startFixture();
  const { ec2, scaling } = fixture;
  const { CapacityReservation } = await ec2.createCapacityReservation({
    InstanceType: 't3.micro',
    InstancePlatform: 'Linux/UNIX',
    AvailabilityZone: zones[0],
    InstanceCount: 1,
  });
  const CapacityReservationId = CapacityReservation?.CapacityReservationId as string;
  const left = async () => (await ec2.getCapacityReservationUsage({ CapacityReservationId })).AvailableInstanceCount;
  const prefers = (CapacityReservationPreference: 'none' | 'capacity-reservations-only') => ({
    CapacityReservationSpecification: { CapacityReservationPreference },
    AvailabilityZones: zones.slice(0, 1),
    DesiredCapacity: 1,
  });
  await fixture.makeGroup(prefers('none'));
  expect(await left()).toBe(1);
  await scaling.updateAutoScalingGroup({ AutoScalingGroupName: 'web', ...prefers('capacity-reservations-only') });
  await scaling.setDesiredCapacity({ AutoScalingGroupName: 'web', DesiredCapacity: 3 });
  await fixture.advance(60);
  expect(await left()).toBe(0);
  expect(await fixture.members()).toHaveLength(2);
  await expect(
    scaling.updateAutoScalingGroup({
      AutoScalingGroupName: 'web',
      TerminationPolicies: ['arn:aws:lambda:us-east-1:000000000000:function:choose'],
    }),
  ).rejects.toMatchObject({ name: 'ValidationError' });
});

test('CreateAutoScalingGroup: the first group that names no service-linked role makes the usual one', async () => {
  await using fixture = await startFixture();
  const iam = fixture.cloud.client(IAM);
  const roles = async () => (await iam.listRoles({})).Roles?.map(({ RoleName }) => RoleName);
  const { Role } = await iam.createServiceLinkedRole({
    AWSServiceName: 'autoscaling.amazonaws.com',
    CustomSuffix: 'own',
  });
  await fixture.makeGroup({ DesiredCapacity: 0, ServiceLinkedRoleARN: Role?.Arn });
  expect(await roles()).toEqual(['AWSServiceRoleForAutoScaling_own']);
  await fixture.makeGroup({ AutoScalingGroupName: 'other', DesiredCapacity: 0 });
  expect(await roles()).toEqual(['AWSServiceRoleForAutoScaling', 'AWSServiceRoleForAutoScaling_own']);
});
