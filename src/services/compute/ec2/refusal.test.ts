import { expect, test } from 'vitest';
import { makeSubnet, makeVpc, refusal, startFixture } from '../../networking/vpc/ec2.fixture.ts';

test('All operations: a value that a parameter cannot have is refused before anything is made', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const unknown = 'unknown' as never;
  expect(await refusal(ec2.createVpc({ CidrBlock: '10.0.0.0/16', InstanceTenancy: unknown }))).toEqual([
    'InvalidParameterValue',
    'Value (unknown) for parameter instanceTenancy is invalid.',
  ]);
  const VpcId = await makeVpc(ec2);
  expect(await refusal(ec2.describeVpcAttribute({ VpcId, Attribute: unknown }))).toEqual([
    'InvalidParameterValue',
    'Value (unknown) for parameter attribute is invalid. Unknown attribute.',
  ]);
  const SubnetId = await makeSubnet(ec2, VpcId, '10.0.1.0/24');
  expect(await refusal(ec2.createNatGateway({ SubnetId, ConnectivityType: unknown }))).toEqual([
    'InvalidParameterValue',
    'Value (unknown) for parameter connectivityType is invalid.',
  ]);
  expect((await ec2.describeNatGateways({})).NatGateways).toEqual([]);
  // Some parameters are refused in words of their own.
  expect(await refusal(ec2.createVolume({ Size: 1, AvailabilityZone: 'us-east-1a', VolumeType: unknown }))).toContain(
    'UnknownVolumeType',
  );
});

test('RunInstances: a device needs a disk, and a disk a size or a snapshot', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { Images = [] } = await ec2.describeImages({ Owners: ['amazon'], MaxResults: 5 });
  const refused = (mapping: object) =>
    refusal(
      ec2.runInstances({
        ImageId: Images[0]?.ImageId,
        InstanceType: 't3.micro',
        MinCount: 1,
        MaxCount: 1,
        BlockDeviceMappings: [{ DeviceName: '/dev/sdf', ...mapping }],
      }),
    );
  expect(await refused({})).toEqual(['MissingParameter', 'The request must contain the parameter ebs']);
  expect(await refused({ Ebs: { VolumeType: 'gp3' } })).toEqual([
    'MissingParameter',
    'The request must contain the parameter size or snapshotId',
  ]);
  expect((await ec2.describeInstances({})).Reservations).toEqual([]);
});

test('ModifySubnetAttribute, ModifyNetworkInterfaceAttribute: take one attribute at a time', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, VpcId, '10.0.1.0/24');
  const on = { Value: true };
  expect(await refusal(ec2.modifySubnetAttribute({ SubnetId, MapPublicIpOnLaunch: on, EnableDns64: on }))).toContain(
    'InvalidParameterCombination',
  );
  expect(await refusal(ec2.modifySubnetAttribute({ SubnetId }))).toContain('InvalidParameterCombination');
  const { NetworkInterface } = await ec2.createNetworkInterface({ SubnetId });
  const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId;
  const Description = { Value: 'new' };
  expect(
    await refusal(
      ec2.modifyNetworkInterfaceAttribute({ NetworkInterfaceId, Description, SourceDestCheck: { Value: false } }),
    ),
  ).toContain('InvalidParameterCombination');
  await ec2.modifyNetworkInterfaceAttribute({ NetworkInterfaceId, Description });
  const { NetworkInterfaces = [] } = await ec2.describeNetworkInterfaces({});
  expect(NetworkInterfaces.map((one) => [one.Description, one.SourceDestCheck])).toEqual([['new', true]]);
});

test('CreateNetworkInterface: one address is primary', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const SubnetId = await makeSubnet(ec2, await makeVpc(ec2), '10.0.1.0/24');
  const address = (PrivateIpAddress: string, Primary: boolean) => ({ PrivateIpAddress, Primary });
  const PrivateIpAddresses = [address('10.0.1.10', true), address('10.0.1.11', true)];
  expect(await refusal(ec2.createNetworkInterface({ SubnetId, PrivateIpAddresses }))).toContain(
    'InvalidParameterCombination',
  );
});

test('AllocateAddress: gives back an address that the account released, and no other', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { AllocationId, PublicIp } = await ec2.allocateAddress({});
  const held = await refusal(ec2.allocateAddress({ Address: PublicIp }));
  expect(held).toEqual(['InvalidAddress.NotFound', `Address '${PublicIp}' not found.`]);
  await ec2.releaseAddress({ AllocationId });
  expect(await refusal(ec2.allocateAddress({ Address: '203.0.113.9' }))).toContain('InvalidAddress.NotFound');
  const again = await ec2.allocateAddress({ Address: PublicIp });
  expect(again.PublicIp).toBe(PublicIp);
  expect(again.AllocationId).not.toBe(AllocationId);
});

test('CreateDhcpOptions: servers are addresses, four at most; node types are four', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const refused = async (Key: string, ...Values: string[]) =>
    (await refusal(ec2.createDhcpOptions({ DhcpConfigurations: [{ Key, Values }] })))[0];
  expect(await refused('domain-name-servers', 'name')).toBe('InvalidParameterValue');
  expect(await refused('ntp-servers', '10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5')).toBe(
    'InvalidParameterValue',
  );
  expect(await refused('netbios-node-type', '0')).toBe('InvalidParameterValue');
  expect(await refused('domain-name-servers', 'AmazonProvidedDNS')).toBe('');
  expect(await refused('netbios-node-type', '2')).toBe('');
});

test('ModifyImageAttribute: tells groups from accounts when it refuses who may launch', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2 } = fixture;
  const { VolumeId } = await ec2.createVolume({ Size: 1, AvailabilityZone: 'us-east-1a' });
  await cloud.clock.advance(10);
  const { SnapshotId } = await ec2.createSnapshot({ VolumeId });
  await cloud.clock.advance(600);
  const { ImageId } = await ec2.registerImage({
    Name: 'own',
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId } }],
  });
  const refused = (who: object) => refusal(ec2.modifyImageAttribute({ ImageId, OperationType: 'add', ...who }));
  expect(await refused({ UserGroups: ['everyone'] })).toEqual([
    'InvalidAMIAttributeItemValue',
    'Invalid attribute item value "everyone" for userGroup item type.',
  ]);
  expect(await refused({ UserIds: ['1234567890'] })).toEqual([
    'InvalidAMIAttributeItemValue',
    'Invalid attribute item value "1234567890" for userId item type.',
  ]);
});

test('ClassicLink: every operation says that it is gone', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const gone = ['UnsupportedOperation', 'The functionality you requested is not available in this region.'];
  expect(await refusal(ec2.describeVpcClassicLink({ VpcIds: [VpcId] }))).toEqual(gone);
  expect(await refusal(ec2.describeVpcClassicLinkDnsSupport({}))).toEqual(gone);
  expect(await refusal(ec2.enableVpcClassicLink({ VpcId }))).toEqual(gone);
});

test('ModifyHosts: takes a type or a family', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { HostIds } = await ec2.allocateHosts({ AvailabilityZone: 'us-east-1a', InstanceFamily: 'm5', Quantity: 1 });
  expect(await refusal(ec2.modifyHosts({ HostIds, InstanceFamily: 'c5', InstanceType: 'c5.large' }))).toContain(
    'InvalidParameterCombination',
  );
});
