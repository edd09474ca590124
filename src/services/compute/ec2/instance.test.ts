import { SSM } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { clientOf, makeSubnet, makeVpc, refusal, startFixture } from '../../networking/vpc/ec2.fixture.ts';
import type { EC2, Instance } from '@aws-sdk/client-ec2';

/** Amazon Linux 2023 for x86, in us-east-1. */
const image = 'ami-0ed094fb1304fd857';
const armImage = 'ami-0d6fc8f787cd9a417';

const run = async (ec2: EC2, input: object = {}): Promise<Instance> => {
  const { Instances } = await ec2.runInstances({
    ImageId: image,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    ...input,
  });
  return Instances?.[0] as Instance;
};

const describe = async (ec2: EC2, id: string | undefined): Promise<Instance> => {
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [id as string] });
  return Reservations?.[0]?.Instances?.[0] as Instance;
};

test('RunInstances: an instance is pending, then running, with its network and its root volume (EC2-01)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const made = await run(ec2);
  expect(made.State).toEqual({ Code: 0, Name: 'pending' });
  await cloud.clock.advance(3);
  const seen = await describe(ec2, made.InstanceId);
  expect(seen.State).toEqual({ Code: 16, Name: 'running' });
  expect(seen.PrivateIpAddress).toMatch(/^172\.31\./);
  expect(seen.PrivateDnsName).toBe(`ip-${seen.PrivateIpAddress?.replaceAll('.', '-')}.ec2.internal`);
  expect(seen.PublicIpAddress).toMatch(/^\d+\./);
  expect(seen.NetworkInterfaces).toHaveLength(1);
  expect(seen.SecurityGroups?.[0]?.GroupName).toBe('default');
  expect(seen.RootDeviceName).toBe('/dev/xvda');
  expect(seen.BlockDeviceMappings?.[0]).toMatchObject({
    DeviceName: '/dev/xvda',
    Ebs: { Status: 'attached', DeleteOnTermination: true },
  });
  expect(seen.PlatformDetails).toBe('Linux/UNIX');
  expect(seen.MetadataOptions?.HttpTokens).toBe('required');
});

test('RunInstances: resolve:ssm names the parameter that holds the image, also in a launch template', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const ssm = cloud.client(SSM);
  await ssm.putParameter({ Name: '/golden/web', Type: 'String', Value: image });
  await ssm.putParameter({ Name: '/golden/web', Type: 'String', Value: 'none', Overwrite: true });
  expect((await run(ec2, { ImageId: 'resolve:ssm:/golden/web:1' })).ImageId).toBe(image);
  expect(await refusal(run(ec2, { ImageId: 'resolve:ssm:/golden/web' }))).toEqual([
    'InvalidParameterValue',
    "The parameter '/golden/web' does not hold the ID of an image.",
  ]);
  expect((await refusal(run(ec2, { ImageId: 'resolve:ssm:/absent' })))[0]).toBe('InvalidParameterValue');
  await ec2.createLaunchTemplate({
    LaunchTemplateName: 'web',
    LaunchTemplateData: { ImageId: 'resolve:ssm:/golden/web:1', InstanceType: 't3.micro' },
  });
  const fromTemplate = await run(ec2, { ImageId: undefined, LaunchTemplate: { LaunchTemplateName: 'web' } });
  expect(fromTemplate.ImageId).toBe(image);
  const shown = async (ResolveAlias: boolean) =>
    (await ec2.describeLaunchTemplateVersions({ LaunchTemplateName: 'web', ResolveAlias })).LaunchTemplateVersions?.[0]
      ?.LaunchTemplateData?.ImageId;
  expect([await shown(false), await shown(true)]).toEqual(['resolve:ssm:/golden/web:1', image]);
});

test('StopInstances, StartInstances: states pass as in AWS, the public address changes, the private one stays (EC2-07)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { InstanceId } = await run(ec2);
  const InstanceIds = [InstanceId as string];
  expect(await refusal(ec2.stopInstances({ InstanceIds }))).toEqual([
    'IncorrectInstanceState',
    `Instance '${InstanceId}' cannot be stopped as it has never reached the 'running' state.`,
  ]);
  await cloud.clock.advance(3);
  const before = await describe(ec2, InstanceId);
  const { StoppingInstances } = await ec2.stopInstances({ InstanceIds });
  expect(StoppingInstances?.[0]).toMatchObject({
    CurrentState: { Code: 64, Name: 'stopping' },
    PreviousState: { Code: 16 },
  });
  expect((await refusal(ec2.startInstances({ InstanceIds })))[0]).toBe('IncorrectInstanceState');
  await cloud.clock.advance(4);
  const stopped = await describe(ec2, InstanceId);
  expect(stopped.State?.Name).toBe('stopped');
  expect(stopped.PublicIpAddress).toBeUndefined();
  expect(stopped.StateTransitionReason).toBe('User initiated (2026-01-01 00:00:03 GMT)');
  expect(stopped.StateReason?.Code).toBe('Client.UserInitiatedShutdown');
  await ec2.startInstances({ InstanceIds });
  await cloud.clock.advance(3);
  const again = await describe(ec2, InstanceId);
  expect(again.State?.Name).toBe('running');
  expect(again.PrivateIpAddress).toBe(before.PrivateIpAddress);
  expect(again.PublicIpAddress).not.toBe(before.PublicIpAddress);
  expect(again.StateReason).toBeUndefined();
});

test('TerminateInstances: what it had is gone, and it stays listed for an hour (EC2-07)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { InstanceId } = await run(ec2, {
    BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeSize: 5, DeleteOnTermination: false } }],
  });
  const InstanceIds = [InstanceId as string];
  await cloud.clock.advance(3);
  await ec2.terminateInstances({ InstanceIds });
  expect((await describe(ec2, InstanceId)).State?.Name).toBe('shutting-down');
  await cloud.clock.advance(10);
  const gone = await describe(ec2, InstanceId);
  expect(gone.State).toEqual({ Code: 48, Name: 'terminated' });
  expect(gone.NetworkInterfaces).toEqual([]);
  expect((await ec2.describeNetworkInterfaces()).NetworkInterfaces).toEqual([]);
  const { Volumes } = await ec2.describeVolumes();
  expect(Volumes?.map(({ Size, State }) => [Size, State])).toEqual([[5, 'available']]);
  await cloud.clock.advance(3_600);
  expect(await refusal(ec2.describeInstances({ InstanceIds }))).toEqual([
    'InvalidInstanceID.NotFound',
    `The instance ID '${InstanceId}' does not exist`,
  ]);
});

test('TerminateInstances: termination protection refuses it (EC2-21)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { InstanceId } = await run(ec2, { DisableApiTermination: true });
  expect(await refusal(ec2.terminateInstances({ InstanceIds: [InstanceId as string] }))).toEqual([
    'OperationNotPermitted',
    `The instance '${InstanceId}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
  ]);
});

test('RunInstances: image, type, zone and network that do not go together are refused (EC2-02, EC2-03)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const codeOf = async (input: object) => (await refusal(run(ec2, input)))[0];
  expect(await refusal(run(ec2, { ImageId: 'ami-12345678' }))).toEqual([
    'InvalidAMIID.NotFound',
    "The image id '[ami-12345678]' does not exist",
  ]);
  expect(await codeOf({ ImageId: 'nonsense' })).toBe('InvalidAMIID.Malformed');
  expect(await codeOf({ InstanceType: 'z9.huge' })).toBe('InvalidParameterValue');
  expect((await refusal(run(ec2, { ImageId: armImage })))[1]).toMatch(
    "The architecture 'x86_64' of the specified instance type does not match the architecture 'arm64' of the specified AMI.",
  );
  expect(await codeOf({ KeyName: 'none' })).toBe('InvalidKeyPair.NotFound');
  expect(await codeOf({ UserData: Buffer.alloc(16_385).toString('base64') })).toBe('InvalidParameterValue');
  expect(await codeOf({ UserData: 'not base64!' })).toBe('InvalidUserData.Malformed');
  expect(await codeOf({ Placement: { AvailabilityZone: 'eu-west-1a' } })).toBe('InvalidParameterValue');
  expect(await codeOf({ SubnetId: 'subnet-12345678' })).toBe('InvalidSubnetID.NotFound');
  expect(await codeOf({ MinCount: 2, MaxCount: 1 })).toBe('InvalidParameterValue');
  expect(await codeOf({ DryRun: true })).toBe('DryRunOperation');
  const vpcId = await makeVpc(ec2);
  const subnetId = await makeSubnet(ec2, vpcId, '10.0.1.0/24');
  const groups = await ec2.describeSecurityGroups({ Filters: [{ Name: 'group-name', Values: ['default'] }] });
  const foreign = groups.SecurityGroups?.find(({ VpcId }) => VpcId !== vpcId)?.GroupId;
  expect(await refusal(run(ec2, { SubnetId: subnetId, SecurityGroupIds: [foreign] }))).toEqual([
    'InvalidParameter',
    `Security group ${foreign} and subnet ${subnetId} belong to different networks.`,
  ]);
  expect((await ec2.describeInstances()).Reservations).toEqual([]);
});

test('RunInstances: a quota of vCPUs and a lack of capacity refuse a launch (EC2-22)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  expect((await refusal(run(ec2, { InstanceType: 'm5.24xlarge', MinCount: 250, MaxCount: 250 })))[0]).toBe(
    'VcpuLimitExceeded',
  );
  cloud.inside.faults.add({ breakage: { kind: 'capacity', instanceType: 't3.micro' } });
  expect((await refusal(run(ec2)))[0]).toBe('InsufficientInstanceCapacity');
  expect((await run(ec2, { InstanceType: 't3.small' })).State?.Name).toBe('pending');
});

test('RunInstances: interfaces as they are specified, tags on each kind, and one token for one launch', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const vpcId = await makeVpc(ec2);
  const subnetId = await makeSubnet(ec2, vpcId, '10.0.1.0/24');
  const own = await ec2.createNetworkInterface({ SubnetId: subnetId, PrivateIpAddress: '10.0.1.50' });
  const nicId = own.NetworkInterface?.NetworkInterfaceId;
  const input = {
    ClientToken: 'once',
    TagSpecifications: [
      { ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web' }] },
      { ResourceType: 'volume', Tags: [{ Key: 'Name', Value: 'disk' }] },
    ],
    NetworkInterfaces: [
      { DeviceIndex: 0, SubnetId: subnetId, PrivateIpAddress: '10.0.1.10', SecondaryPrivateIpAddressCount: 1 },
      { DeviceIndex: 1, NetworkInterfaceId: nicId },
    ],
  };
  const made = await run(ec2, input);
  expect((await run(ec2, input)).InstanceId).toBe(made.InstanceId);
  expect((await refusal(run(ec2, { ...input, MaxCount: 2 })))[0]).toBe('IdempotentParameterMismatch');
  await cloud.clock.advance(3);
  const seen = await describe(ec2, made.InstanceId);
  expect(seen.NetworkInterfaces?.map((nic) => nic.PrivateIpAddresses?.map((one) => one.PrivateIpAddress))).toEqual([
    ['10.0.1.10', expect.stringMatching(/^10\.0\.1\./)],
    ['10.0.1.50'],
  ]);
  expect(seen.NetworkInterfaces?.map((nic) => nic.Attachment?.DeleteOnTermination)).toEqual([true, false]);
  expect(seen.PublicIpAddress).toBeUndefined();
  expect(seen.Tags).toEqual([{ Key: 'Name', Value: 'web' }]);
  expect((await ec2.describeVolumes()).Volumes?.[0]?.Tags).toEqual([{ Key: 'Name', Value: 'disk' }]);
  await ec2.terminateInstances({ InstanceIds: [made.InstanceId as string] });
  await cloud.clock.advance(4);
  const left = await ec2.describeNetworkInterfaces();
  expect(left.NetworkInterfaces?.map(({ NetworkInterfaceId, Status }) => [NetworkInterfaceId, Status])).toEqual([
    [nicId, 'available'],
  ]);
});

test('DescribeInstances: filters, pages and reservations', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const tagged = [{ ResourceType: 'instance' as const, Tags: [{ Key: 'tier', Value: 'web' }] }];
  await ec2.runInstances({
    ImageId: image,
    InstanceType: 't3.micro',
    MinCount: 6,
    MaxCount: 6,
    TagSpecifications: tagged,
  });
  await ec2.runInstances({ ImageId: image, InstanceType: 'm5.large', MinCount: 2, MaxCount: 2 });
  await cloud.clock.advance(3);
  const count = async (Name: string, ...Values: string[]) =>
    (await ec2.describeInstances({ Filters: [{ Name, Values }] })).Reservations?.flatMap((one) => one.Instances).length;
  expect(await count('tag:tier', 'web')).toBe(6);
  expect(await count('tag:tier', 'w*')).toBe(6);
  expect(await count('instance-type', 'm5.large')).toBe(2);
  expect(await count('instance-state-name', 'running')).toBe(8);
  expect(await count('instance-state-code', '80')).toBe(0);
  expect((await refusal(ec2.describeInstances({ Filters: [{ Name: 'nonsense', Values: ['x'] }] })))[0]).toBe(
    'InvalidParameterValue',
  );
  const first = await ec2.describeInstances({ MaxResults: 5 });
  expect(first.Reservations?.map((one) => one.Instances?.length)).toEqual([5]);
  const second = await ec2.describeInstances({ MaxResults: 5, NextToken: first.NextToken });
  expect(second.Reservations?.map((one) => one.Instances?.length)).toEqual([1, 2]);
  expect(second.NextToken).toBeUndefined();
  const running = { Filters: [{ Name: 'instance-state-name', Values: ['running'] }], MaxResults: 5 };
  const { NextToken } = await ec2.describeInstances(running);
  const rest = await ec2.describeInstances({ ...running, NextToken });
  expect(rest).toMatchObject({ Reservations: second.Reservations });
  const ofType = { Filters: [{ Name: 'instance-type', Values: ['t3.micro'] }], MaxResults: 6 };
  expect((await ec2.describeInstances(ofType)).NextToken).toBeUndefined();
  // A page goes on where the one before ended, whatever became of its last instance.
  const last = first.Reservations?.[0]?.Instances?.[4]?.InstanceId as string;
  await ec2.terminateInstances({ InstanceIds: [last] });
  await cloud.clock.advance(2 * 3_600);
  const after = await ec2.describeInstances({ MaxResults: 5, NextToken: first.NextToken });
  expect(after.Reservations?.map((one) => one.Instances?.length)).toEqual([1, 2]);
  expect((await refusal(ec2.describeInstances({ MaxResults: 4 })))[0]).toBe('InvalidParameterValue');
  expect((await refusal(ec2.describeInstances({ NextToken: 'nonsense' })))[0]).toBe('InvalidParameterValue');
  expect((await clientOf(cloud, '111111111111').describeInstances()).Reservations).toEqual([]);
});

test('DescribeInstanceStatus: checks are not known at first, then passed; only running ones are told by default', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { InstanceId } = await run(ec2);
  expect((await ec2.describeInstanceStatus()).InstanceStatuses).toEqual([]);
  expect((await ec2.describeInstanceStatus({ IncludeAllInstances: true })).InstanceStatuses).toHaveLength(1);
  await cloud.clock.advance(3);
  const statusOf = async () => (await ec2.describeInstanceStatus()).InstanceStatuses?.[0];
  expect((await statusOf())?.InstanceStatus?.Status).toBe('initializing');
  await cloud.clock.advance(60);
  expect(await statusOf()).toMatchObject({
    InstanceId,
    SystemStatus: { Status: 'ok' },
    InstanceStatus: { Details: [{ Status: 'passed' }] },
  });
  cloud.inside.faults.add({ breakage: { kind: 'instance', instanceId: InstanceId as string, status: 'system' } });
  expect((await statusOf())?.SystemStatus?.Status).toBe('impaired');
});
