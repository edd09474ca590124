import type { Instance } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { startFixture } from '../../networking/vpc/ec2.fixture.ts';

test('DescribeInstances: whatever an instance is made of changes, the next answer shows it', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { Instances } = await ec2.runInstances({
    ImageId: 'ami-0ed094fb1304fd857',
    InstanceType: 't3.micro',
    MinCount: 2,
    MaxCount: 2,
  });
  const [{ InstanceId, SubnetId, VpcId, Placement }] = Instances as [Instance, Instance];
  const id = InstanceId as string;
  await cloud.clock.advance(5);
  /** What an instance shows, and that asking again and again answers the same. */
  const see = async (): Promise<Instance> => {
    const answers: Instance[] = [];
    for (let i = 0; i < 4; i++) {
      const { Reservations } = await ec2.describeInstances({ Filters: [{ Name: 'instance-id', Values: [id] }] });
      answers.push(Reservations?.[0]?.Instances?.[0] as Instance);
    }
    for (const other of answers.slice(1)) expect(other).toEqual(answers[0]);
    return answers[0] as Instance;
  };
  const before = await see();
  expect(before.Tags).toBeUndefined();

  await ec2.createTags({ Resources: [id], Tags: [{ Key: 'role', Value: 'a & b' }] });
  expect((await see()).Tags).toEqual([{ Key: 'role', Value: 'a & b' }]);
  await ec2.createTags({ Resources: [id], Tags: [{ Key: 'role', Value: 'c' }] });
  expect((await see()).Tags).toEqual([{ Key: 'role', Value: 'c' }]);
  await ec2.deleteTags({ Resources: [id], Tags: [{ Key: 'role' }] });
  expect((await see()).Tags).toBeUndefined();

  const address = await ec2.allocateAddress({});
  const { AssociationId } = await ec2.associateAddress({ InstanceId: id, AllocationId: address.AllocationId });
  const elastic = await see();
  expect(elastic.PublicIpAddress).toBe(address.PublicIp);
  expect(elastic.NetworkInterfaces?.[0]?.Association?.IpOwnerId).toBe('000000000000');
  await ec2.disassociateAddress({ AssociationId });
  expect((await see()).PublicIpAddress).not.toBe(address.PublicIp);

  const { VolumeId } = await ec2.createVolume({ AvailabilityZone: Placement?.AvailabilityZone, Size: 1 });
  await cloud.clock.advance(5);
  await ec2.attachVolume({ InstanceId: id, VolumeId, Device: '/dev/sdf' });
  const statuses = async () => (await see()).BlockDeviceMappings?.map(({ Ebs }) => Ebs?.Status).toSorted();
  expect(await statuses()).toEqual(['attached', 'attaching']);
  await cloud.clock.advance(5);
  expect(await statuses()).toEqual(['attached', 'attached']);

  const { NetworkInterface } = await ec2.createNetworkInterface({ SubnetId });
  const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId;
  await ec2.attachNetworkInterface({ InstanceId: id, NetworkInterfaceId, DeviceIndex: 1 });
  expect((await see()).NetworkInterfaces).toHaveLength(2);

  const { GroupId } = await ec2.createSecurityGroup({ GroupName: 'web', Description: 'web', VpcId });
  const primary = before.NetworkInterfaces?.[0]?.NetworkInterfaceId;
  await ec2.modifyNetworkInterfaceAttribute({ NetworkInterfaceId: primary, Groups: [GroupId as string] });
  expect((await see()).SecurityGroups).toEqual([{ GroupId, GroupName: 'web' }]);

  await ec2.associateAddress({
    NetworkInterfaceId: primary,
    AllocationId: address.AllocationId,
  });
  expect((await see()).PublicDnsName).toMatch(/^ec2-/);
  await ec2.modifyVpcAttribute({ VpcId, EnableDnsHostnames: { Value: false } });
  expect((await see()).PublicDnsName).toBe('');

  await ec2.stopInstances({ InstanceIds: [id] });
  expect((await see()).State?.Name).toBe('stopping');
  await cloud.clock.advance(120);
  expect((await see()).State?.Name).toBe('stopped');
});
