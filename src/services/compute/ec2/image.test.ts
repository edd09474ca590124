import { expect, test } from 'vitest';
import { clientOf, refusal, startFixture } from '../../networking/vpc/ec2.fixture.ts';

const image = 'ami-0ed094fb1304fd857';

test('DescribeImages: the filters that people write find Amazon’s and vendors’ images by owner and name (EC2-02)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const find = async (owner: string, name: string, more: { Name: string; Values: string[] }[] = []) => {
    const { Images = [] } = await ec2.describeImages({
      Owners: [owner],
      Filters: [{ Name: 'name', Values: [name] }, ...more],
    });
    return Images.sort((a, b) => ((a.CreationDate ?? '') < (b.CreationDate ?? '') ? 1 : -1))[0];
  };
  expect(await find('amazon', 'al2023-ami-2023.*-kernel-6.1-x86_64')).toMatchObject({
    ImageId: image,
    OwnerId: '137112412989',
    ImageOwnerAlias: 'amazon',
    RootDeviceName: '/dev/xvda',
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp3', VolumeSize: 8 } }],
  });
  expect((await find('amazon', 'amzn2-ami-hvm-*-x86_64-gp2'))?.ImageId).toBe('ami-02b9a589195146a8f');
  const jammy = await find('099720109477', 'ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*', [
    { Name: 'virtualization-type', Values: ['hvm'] },
  ]);
  expect(jammy).toMatchObject({ Name: expect.stringMatching(/20260420$/), RootDeviceName: '/dev/sda1' });
  expect(await find('099720109477', 'ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-*')).toMatchObject({
    Architecture: 'arm64',
  });
  expect(await find('309956199498', 'RHEL-9*')).toMatchObject({ PlatformDetails: 'Red Hat Enterprise Linux' });
  expect(await find('801119661308', 'Windows_Server-2022-English-Full-Base-*')).toMatchObject({
    Platform: 'windows',
    UsageOperation: 'RunInstances:0002',
  });
  expect((await ec2.describeImages({ Owners: ['self'] })).Images).toEqual([]);
  expect((await ec2.describeImages({ Owners: ['aws-marketplace'] })).Images?.length).toBeGreaterThan(0);
  expect((await refusal(ec2.describeImages({ ImageIds: ['ami-00000000'] })))[0]).toBe('InvalidAMIID.NotFound');
});

test('CreateImage: what a gp2 volume has by its size is not written into the image, which can be launched', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const launch = { InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 } as const;
  const { Instances } = await ec2.runInstances({
    ...launch,
    ImageId: image,
    BlockDeviceMappings: [
      { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 50, VolumeType: 'gp2' } },
      { DeviceName: '/dev/sdg', Ebs: { VolumeSize: 50, VolumeType: 'io1', Iops: 200 } },
    ],
  });
  await cloud.clock.advance(3);
  const InstanceId = Instances?.[0]?.InstanceId as string;
  const { ImageId = '' } = await ec2.createImage({ InstanceId, Name: 'three disks' });
  await cloud.clock.advance(60);
  const { Images } = await ec2.describeImages({ ImageIds: [ImageId] });
  const iops = new Map(Images?.[0]?.BlockDeviceMappings?.map(({ DeviceName, Ebs }) => [DeviceName, Ebs?.Iops]));
  expect([iops.get('/dev/sdf'), iops.get('/dev/sdg')]).toEqual([undefined, 200]);
  expect((await ec2.runInstances({ ...launch, ImageId })).Instances?.[0]?.ImageId).toBe(ImageId);
});

test('CreateImage: an image of an instance is pending, then launched from; its snapshots cannot be deleted before it (EC2-02)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { Instances } = await ec2.runInstances({ ImageId: image, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 });
  const InstanceId = Instances?.[0]?.InstanceId as string;
  await cloud.clock.advance(3);
  const { ImageId = '' } = await ec2.createImage({
    InstanceId,
    Name: 'golden',
    TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: 'b' }] }],
  });
  const seen = async () => (await ec2.describeImages({ ImageIds: [ImageId] })).Images?.[0];
  expect(await seen()).toMatchObject({
    State: 'pending',
    Public: false,
    Tags: [{ Key: 'a', Value: 'b' }],
    SourceInstanceId: InstanceId,
  });
  expect(await refusal(ec2.createImage({ InstanceId, Name: 'golden' }))).toEqual([
    'InvalidAMIName.Duplicate',
    `AMI name golden is already in use by AMI ${ImageId}`,
  ]);
  expect((await refusal(ec2.createImage({ InstanceId, Name: 'g' })))[0]).toBe('InvalidAMIName.Malformed');
  expect((await refusal(ec2.runInstances({ ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 })))[0]).toBe(
    'InvalidAMIID.Unavailable',
  );
  await cloud.clock.advance(60);
  expect((await seen())?.State).toBe('available');
  const second = await ec2.runInstances({ ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 });
  expect(second.Instances?.[0]?.ImageId).toBe(ImageId);
  const SnapshotId = (await seen())?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId as string;
  expect(await refusal(ec2.deleteSnapshot({ SnapshotId }))).toEqual([
    'InvalidSnapshot.InUse',
    `The snapshot ${SnapshotId} is currently in use by ${ImageId}`,
  ]);
  const gone = await ec2.deregisterImage({ ImageId, DeleteAssociatedSnapshots: true });
  expect(gone).toMatchObject({ Return: true, DeleteSnapshotResults: [{ SnapshotId, ReturnCode: 'success' }] });
  expect((await refusal(ec2.describeImages({ ImageIds: [ImageId] })))[0]).toBe('InvalidAMIID.NotFound');
});

test('ModifyImageAttribute: an image shared with an account can be launched there, until the permission goes', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const other = clientOf(cloud, '111111111111');
  const { ImageId = '' } = await ec2.copyImage({ SourceImageId: image, SourceRegion: 'us-east-1', Name: 'copied' });
  await cloud.clock.advance(60);
  const launch = () => other.runInstances({ ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 });
  expect((await refusal(launch()))[0]).toBe('InvalidAMIID.NotFound');
  await ec2.modifyImageAttribute({ ImageId, LaunchPermission: { Add: [{ UserId: '111111111111' }] } });
  expect((await ec2.describeImageAttribute({ ImageId, Attribute: 'launchPermission' })).LaunchPermissions).toEqual([
    { UserId: '111111111111' },
  ]);
  expect((await launch()).Instances).toHaveLength(1);
  expect(
    (await other.describeImages({ ExecutableUsers: ['self'], Filters: [{ Name: 'name', Values: ['copied'] }] })).Images,
  ).toHaveLength(1);
  expect((await refusal(other.modifyImageAttribute({ ImageId, Description: { Value: 'mine' } })))[0]).toBe(
    'AuthFailure',
  );
  await ec2.resetImageAttribute({ ImageId, Attribute: 'launchPermission' });
  expect((await refusal(launch()))[0]).toBe('InvalidAMIID.NotFound');
});

test('RegisterImage: an image of a snapshot', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { VolumeId } = await ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 4 });
  await cloud.clock.advance(5);
  const { SnapshotId } = await ec2.createSnapshot({ VolumeId });
  await cloud.clock.advance(60);
  const input = { Name: 'from-disk', RootDeviceName: '/dev/xvda', VirtualizationType: 'hvm', EnaSupport: true };
  expect((await refusal(ec2.registerImage(input)))[0]).toBe('InvalidBlockDeviceMapping');
  const { ImageId = '' } = await ec2.registerImage({
    ...input,
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId } }],
  });
  const { Images } = await ec2.describeImages({ Owners: ['self'] });
  expect(Images).toMatchObject([
    { ImageId, State: 'available', BlockDeviceMappings: [{ Ebs: { SnapshotId, VolumeSize: 4 } }] },
  ]);
});

test('DescribeInstanceTypes: figures of each type; larger and newer means more (EC2-03, EC2-04, EC2-05)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { InstanceTypes = [] } = await ec2.describeInstanceTypes({
    InstanceTypes: ['m5.large', 'm5.xlarge', 'g5.xlarge'],
  });
  expect(
    InstanceTypes.map((type) => [type.InstanceType, type.VCpuInfo?.DefaultVCpus, type.MemoryInfo?.SizeInMiB]),
  ).toEqual([
    ['m5.large', 2, 8_192],
    ['m5.xlarge', 4, 16_384],
    ['g5.xlarge', 4, 16_384],
  ]);
  expect(InstanceTypes[2]?.GpuInfo?.Gpus?.[0]?.Name).toBe('A10G');
  expect(await refusal(ec2.describeInstanceTypes({ InstanceTypes: ['z9.huge' as 'm5.large'] }))).toEqual([
    'InvalidInstanceType',
    'The following supplied instance types do not exist: [z9.huge]',
  ]);
  const first = await ec2.describeInstanceTypes({
    MaxResults: 5,
    Filters: [{ Name: 'processor-info.supported-architecture', Values: ['arm64'] }],
  });
  expect(first.InstanceTypes).toHaveLength(5);
  expect(first.NextToken).toBeDefined();
  const { InstanceTypeOfferings = [] } = await ec2.describeInstanceTypeOfferings({
    LocationType: 'availability-zone',
    Filters: [{ Name: 'instance-type', Values: ['t3.micro'] }],
  });
  expect(InstanceTypeOfferings.length).toBeGreaterThanOrEqual(3);
  const wanted = await ec2.getInstanceTypesFromInstanceRequirements({
    ArchitectureTypes: ['x86_64'],
    VirtualizationTypes: ['hvm'],
    InstanceRequirements: {
      VCpuCount: { Min: 2, Max: 2 },
      MemoryMiB: { Min: 8_192, Max: 8_192 },
      InstanceGenerations: ['current'],
    },
  });
  const names = wanted.InstanceTypes?.map(({ InstanceType }) => InstanceType);
  expect(names).toContain('m5a.large');
  expect(names).not.toContain('t3.large');
  expect(names).not.toContain('m6g.large');
});
