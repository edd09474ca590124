import { expect, test } from 'vitest';
import { startFixture } from '../../networking/vpc/ec2.fixture.ts';

test('DescribeInstances: finds instances by what their interfaces have', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { Images = [] } = await ec2.describeImages({ Owners: ['amazon'], MaxResults: 5 });
  const { Instances = [] } = await ec2.runInstances({
    ImageId: Images[0]?.ImageId,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    TagSpecifications: [{ ResourceType: 'network-interface', Tags: [{ Key: 'tier', Value: 'web' }] }],
  });
  const [instance] = Instances;
  const found = async (Name: string, value: string | undefined) => {
    const { Reservations = [] } = await ec2.describeInstances({ Filters: [{ Name, Values: [value ?? ''] }] });
    return Reservations.flatMap((one) => one.Instances ?? []).map(({ InstanceId }) => InstanceId);
  };
  const own = [instance?.InstanceId];
  expect(await found('network-interface.tag-key', 'tier')).toEqual(own);
  expect(await found('network-interface.tag-value', 'db')).toEqual([]);
  expect(await found('network-interface.association.public-dns-name', instance?.PublicDnsName)).toEqual(own);
  expect(await found('network-interface.addresses.private-dns-name', instance?.PrivateDnsName)).toEqual(own);
  expect(await found('network-interface.ipv6-native', 'true')).toEqual([]);
  expect(await found('state-reason-code', 'pending')).toEqual(own);
});

test('DescribeSpotInstanceRequests: finds requests by the disks and interfaces that they ask for', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { Images = [] } = await ec2.describeImages({ Owners: ['amazon'], MaxResults: 5 });
  await ec2.requestSpotInstances({
    LaunchSpecification: {
      ImageId: Images[0]?.ImageId,
      InstanceType: 't3.micro',
      BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeSize: 33, VolumeType: 'gp3' } }],
      NetworkInterfaces: [{ DeviceIndex: 0, Description: 'front', AssociatePublicIpAddress: true }],
    },
  });
  const count = async (Name: string, value: string) =>
    (await ec2.describeSpotInstanceRequests({ Filters: [{ Name, Values: [value] }] })).SpotInstanceRequests?.length;
  expect(await count('launch.block-device-mapping.volume-size', '33')).toBe(1);
  expect(await count('launch.block-device-mapping.volume-type', 'io2')).toBe(0);
  expect(await count('network-interface.description', 'fr*')).toBe(1);
});

test('DescribeSubnets, DescribeNetworkInterfaces: know the filters that AWS documents', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const subnets = async (Name: string, value: string) =>
    (await ec2.describeSubnets({ Filters: [{ Name, Values: [value] }] })).Subnets?.length;
  expect(await subnets('private-dns-name-options-on-launch.hostname-type', 'ip-name')).toBe(6);
  expect(await subnets('map-customer-owned-ip-on-launch', 'true')).toBe(0);
  const { Subnets = [] } = await ec2.describeSubnets({});
  await ec2.createNetworkInterface({ SubnetId: Subnets[0]?.SubnetId });
  const interfaces = async (Name: string, value: string) =>
    (await ec2.describeNetworkInterfaces({ Filters: [{ Name, Values: [value] }] })).NetworkInterfaces?.length;
  expect(await interfaces('operator.managed', 'false')).toBe(1);
  expect(await interfaces('attachment.attach-time', '*')).toBe(0);
});

test('DescribeSecurityGroups: finds groups by the name of a group that a rule lets in', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { GroupId: web = '' } = await ec2.createSecurityGroup({ GroupName: 'web', Description: 'web' });
  const { GroupId: db = '' } = await ec2.createSecurityGroup({ GroupName: 'db', Description: 'db' });
  const UserIdGroupPairs = [{ GroupId: web }];
  await ec2.authorizeSecurityGroupIngress({
    GroupId: db,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs }],
  });
  const found = async (Name: string) =>
    (await ec2.describeSecurityGroups({ Filters: [{ Name, Values: ['web'] }] })).SecurityGroups?.map(
      ({ GroupName }) => GroupName,
    );
  expect(await found('ip-permission.group-name')).toEqual(['db']);
  expect(await found('egress.ip-permission.group-name')).toEqual([]);
});
