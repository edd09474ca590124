import type { EC2 } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { type Fixture, makeSubnet, makeVpc, refusal, startFixture } from '../../networking/vpc/ec2.fixture.ts';

/** Amazon Linux 2023 for x86, in us-east-1. */
const ImageId = 'ami-0ed094fb1304fd857';

async function run({ ec2, cloud }: Fixture, input: object = {}): Promise<string> {
  const placement = { Placement: { AvailabilityZone: 'us-east-1a' } };
  const asked = { ImageId, InstanceType: 't3.micro' as const, MinCount: 1, MaxCount: 1, ...placement, ...input };
  const { Instances } = await ec2.runInstances(asked);
  await cloud.clock.advance(30);
  return Instances?.[0]?.InstanceId as string;
}

async function makeVolume({ ec2, cloud }: Fixture, input: object = {}): Promise<string> {
  const { VolumeId = '' } = await ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 10, ...input });
  await cloud.clock.advance(2);
  return VolumeId;
}

const volume = async (ec2: EC2, id: string) => (await ec2.describeVolumes({ VolumeIds: [id] })).Volumes?.[0];

test('RunInstances: root and data volumes are there, in use, and go with the instance unless told to stay (EBS-02)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const InstanceId = await run(fixture, {
    BlockDeviceMappings: [
      { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20 } },
      { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 100, VolumeType: 'gp3', DeleteOnTermination: false } },
    ],
    TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'of', Value: 'web' }] }],
  });
  const find = { Filters: [{ Name: 'attachment.instance-id', Values: [InstanceId] }] };
  const { Volumes = [] } = await ec2.describeVolumes(find);
  const shown = Volumes.map(({ Size, State, VolumeType, Attachments, Tags }) => {
    const [attachment] = Attachments ?? [];
    return [attachment?.Device, Size, VolumeType, State, attachment?.DeleteOnTermination, Tags?.[0]?.Value];
  });
  expect(shown.sort()).toEqual([
    ['/dev/sdf', 100, 'gp3', 'in-use', false, 'web'],
    ['/dev/xvda', 20, 'gp3', 'in-use', true, 'web'],
  ]);
  await ec2.terminateInstances({ InstanceIds: [InstanceId] });
  await cloud.clock.advance(120);
  const { Volumes: left = [] } = await ec2.describeVolumes();
  expect(left.map(({ Size, State }) => [Size, State])).toEqual([[100, 'available']]);
});

test('AttachVolume: attaching, then attached; detached, it is available again and can be deleted (EBS-14)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const InstanceId = await run(fixture);
  const VolumeId = await makeVolume(fixture);
  const made = await ec2.attachVolume({ VolumeId, InstanceId, Device: '/dev/sdf' });
  expect(made).toMatchObject({ State: 'attaching', Device: '/dev/sdf', DeleteOnTermination: false, InstanceId });
  expect((await volume(ec2, VolumeId))?.State).toBe('in-use');
  await cloud.clock.advance(2);
  expect((await volume(ec2, VolumeId))?.Attachments?.[0]?.State).toBe('attached');
  expect(await refusal(ec2.deleteVolume({ VolumeId }))).toEqual([
    'VolumeInUse',
    `Volume ${VolumeId} is currently attached to ${InstanceId}`,
  ]);
  expect((await ec2.detachVolume({ VolumeId })).State).toBe('detaching');
  await cloud.clock.advance(3);
  expect(await volume(ec2, VolumeId)).toMatchObject({ State: 'available', Attachments: [] });
  expect(await refusal(ec2.detachVolume({ VolumeId }))).toEqual([
    'IncorrectState',
    `Volume '${VolumeId}' is in the 'available' state.`,
  ]);
  await ec2.deleteVolume({ VolumeId });
});

test('AttachVolume: refuses another zone, a used volume, a used device, a bad name (EBS-01)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const InstanceId = await run(fixture);
  const elsewhere = await makeVolume(fixture, { AvailabilityZone: 'us-east-1b' });
  const attach = (VolumeId: string, Device = '/dev/sdf') => refusal(ec2.attachVolume({ VolumeId, InstanceId, Device }));
  expect(await attach(elsewhere)).toEqual([
    'InvalidVolume.ZoneMismatch',
    `The volume '${elsewhere}' is not in the same availability zone as instance '${InstanceId}'`,
  ]);
  const first = await makeVolume(fixture);
  await ec2.attachVolume({ VolumeId: first, InstanceId, Device: '/dev/sdf' });
  expect(await attach(first)).toEqual(['VolumeInUse', `${first} is already attached to an instance`]);
  const second = await makeVolume(fixture);
  expect(await attach(second)).toEqual([
    'InvalidParameterValue',
    "Invalid value '/dev/sdf' for unixDevice. Attachment point /dev/sdf is already in use",
  ]);
  expect((await attach(second, 'disk2'))[1]).toBe(
    'Value (disk2) for parameter device is invalid. disk2 is not a valid EBS device name.',
  );
  const { Volumes: [root] = [] } = await ec2.describeVolumes({
    Filters: [{ Name: 'attachment.device', Values: ['/dev/xvda'] }],
  });
  expect(await refusal(ec2.detachVolume({ VolumeId: root?.VolumeId as string }))).toEqual([
    'OperationNotPermitted',
    `Unable to detach root volume '/dev/xvda' from instance '${InstanceId}'`,
  ]);
});

test('AttachVolume: with Multi-Attach several instances of a zone share an io2 volume (EBS-22)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  expect((await refusal(makeVolume(fixture, { MultiAttachEnabled: true })))[0]).toBe('InvalidParameterCombination');
  const VolumeId = await makeVolume(fixture, { VolumeType: 'io2', Iops: 1_000, MultiAttachEnabled: true });
  const instances = [await run(fixture), await run(fixture)];
  for (const InstanceId of instances) await ec2.attachVolume({ VolumeId, InstanceId, Device: '/dev/sdf' });
  const shared = (await volume(ec2, VolumeId))?.Attachments?.map(({ InstanceId }) => InstanceId);
  expect(shared?.sort()).toEqual([...instances].sort());
  expect((await refusal(ec2.detachVolume({ VolumeId })))[0]).toBe('InvalidParameterCombination');
  await ec2.detachVolume({ VolumeId, InstanceId: instances[0] });
});

test('CreateSnapshots: all volumes of an instance but those left out, with their tags', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const InstanceId = await run(fixture);
  const data = await makeVolume(fixture, {
    TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'Name', Value: 'data' }] }],
  });
  await ec2.attachVolume({ VolumeId: data, InstanceId, Device: '/dev/sdf' });
  const both = await ec2.createSnapshots({ InstanceSpecification: { InstanceId }, CopyTagsFromSource: 'volume' });
  expect(both.Snapshots).toHaveLength(2);
  expect(both.Snapshots?.find(({ VolumeId }) => VolumeId === data)?.Tags).toEqual([{ Key: 'Name', Value: 'data' }]);
  await cloud.clock.advance(10);
  const one = await ec2.createSnapshots({ InstanceSpecification: { InstanceId, ExcludeBootVolume: true } });
  expect(one.Snapshots?.map(({ VolumeId }) => VolumeId)).toEqual([data]);
  expect(
    (await refusal(ec2.createSnapshots({ InstanceSpecification: { InstanceId, ExcludeDataVolumeIds: ['vol-0'] } })))[0],
  ).toBe('InvalidParameterValue');
});

test('AttachVolume: a snapshot brings a volume to another zone (EBS-03)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const vpc = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, vpc, '10.0.1.0/24', 'us-east-1b');
  const InstanceId = await run(fixture, { SubnetId, Placement: undefined });
  const { SnapshotId = '' } = await ec2.createSnapshot({ VolumeId: await makeVolume(fixture) });
  await cloud.clock.advance(5);
  const moved = await makeVolume(fixture, { AvailabilityZone: 'us-east-1b', SnapshotId, Size: undefined });
  expect((await ec2.attachVolume({ VolumeId: moved, InstanceId, Device: '/dev/sdg' })).State).toBe('attaching');
});
