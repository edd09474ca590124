import { expect, test } from 'vitest';
import { clientOf, makeSubnet, makeVpc, refusal, startFixture } from './ec2.fixture.ts';

test('RGN-01: what is made in one Region, or by one account, is absent from others', async () => {
  await using fixture = await startFixture();
  const id = await makeVpc(fixture.ec2);
  const expected = ['InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`];
  for (const other of [
    clientOf(fixture.cloud, '000000000000', 'ap-northeast-1'),
    clientOf(fixture.cloud, '222222222222'),
  ]) {
    expect(await refusal(other.describeVpcs({ VpcIds: [id] }))).toEqual(expected);
  }
});

test('RGN-02: DescribeAvailabilityZones: names map to IDs by account', async () => {
  await using fixture = await startFixture();
  const zones = (await fixture.ec2.describeAvailabilityZones({})).AvailabilityZones ?? [];
  expect(zones.length).toBeGreaterThanOrEqual(3);
  expect(zones[0]).toEqual({
    ZoneName: 'us-east-1a',
    ZoneId: 'use1-az1',
    RegionName: 'us-east-1',
    ZoneType: 'availability-zone',
    State: 'available',
    OptInStatus: 'opt-in-not-required',
    GroupName: 'us-east-1-zg-1',
    GroupLongName: 'US East (N. Virginia) 1',
    NetworkBorderGroup: 'us-east-1',
    Messages: [],
  });
  const idsOf = async (account: string) => {
    const found = await clientOf(fixture.cloud, account).describeAvailabilityZones({});
    return found.AvailabilityZones?.map(({ ZoneId }) => ZoneId);
  };
  expect(new Set(await idsOf('333333333333'))).toEqual(new Set(zones.map(({ ZoneId }) => ZoneId)));
  expect(await refusal(fixture.ec2.describeAvailabilityZones({ ZoneNames: ['us-east-1z'] }))).toEqual([
    'InvalidParameterValue',
    'Invalid availability zone: [us-east-1z]',
  ]);
});

test('DescribeRegions: those without opt-in, or all', async () => {
  await using fixture = await startFixture();
  const names = async (AllRegions: boolean) =>
    (await fixture.ec2.describeRegions({ AllRegions })).Regions?.map(({ RegionName }) => RegionName) ?? [];
  expect(await names(false)).toContain('eu-central-1');
  expect(await names(false)).not.toContain('af-south-1');
  expect(await names(true)).toContain('af-south-1');
});

test('a new account has a default VPC with a public subnet in each zone', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const [vpc] = (await ec2.describeVpcs({ Filters: [{ Name: 'is-default', Values: ['true'] }] })).Vpcs ?? [];
  expect(vpc).toMatchObject({
    CidrBlock: '172.31.0.0/16',
    IsDefault: true,
    State: 'available',
    InstanceTenancy: 'default',
  });
  const { Subnets = [] } = await ec2.describeSubnets({ Filters: [{ Name: 'vpc-id', Values: [vpc?.VpcId as string] }] });
  expect(Subnets.map((subnet) => subnet.AvailabilityZone)).toHaveLength(6);
  expect(Subnets.every((subnet) => subnet.DefaultForAz && subnet.MapPublicIpOnLaunch)).toBe(true);
  expect(Subnets.map((subnet) => subnet.AvailableIpAddressCount)).toEqual(Array.from({ length: 6 }, () => 4091));
  const { RouteTables = [] } = await ec2.describeRouteTables({});
  expect(RouteTables[0]?.Routes?.map((route) => [route.DestinationCidrBlock, route.State])).toEqual([
    ['172.31.0.0/16', 'active'],
    ['0.0.0.0/0', 'active'],
  ]);
  expect(await refusal(ec2.createDefaultVpc({}))).toEqual([
    'DefaultVpcAlreadyExists',
    'A Default VPC already exists for this account in this region.',
  ]);
});

test('CreateVpc: a block is /16 to /28 (VPC-02), five VPCs in a Region (VPC-09)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  expect(await refusal(ec2.createVpc({ CidrBlock: '10.0.0.0/15' }))).toEqual([
    'InvalidVpc.Range',
    "The CIDR '10.0.0.0/15' is invalid.",
  ]);
  expect(await refusal(ec2.createVpc({ CidrBlock: '10.0.0.0/29' }))).toEqual([
    'InvalidVpc.Range',
    "The CIDR '10.0.0.0/29' is invalid.",
  ]);
  expect(await refusal(ec2.createVpc({ CidrBlock: '10.0.0.0' }))).toEqual([
    'InvalidParameterValue',
    'Value (10.0.0.0) for parameter cidrBlock is invalid. This is not a valid CIDR block.',
  ]);
  expect(await refusal(ec2.createVpc({}))).toEqual([
    'MissingParameter',
    'The request must contain the parameter cidrBlock',
  ]);
  const { Vpc } = await ec2.createVpc({ CidrBlock: '10.1.2.3/16' });
  expect(Vpc).toMatchObject({ CidrBlock: '10.1.0.0/16', State: 'pending', IsDefault: false });
  for (let at = 2; at <= 4; at++) await makeVpc(ec2, `10.${at}.0.0/28`);
  expect(await refusal(ec2.createVpc({ CidrBlock: '10.9.0.0/16' }))).toEqual([
    'VpcLimitExceeded',
    'The maximum number of VPCs has been reached.',
  ]);
});

test('VPC-13: a new VPC has a main route table with the local route, an open ACL and a default group', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const id = await makeVpc(ec2);
  const Filters = [{ Name: 'vpc-id', Values: [id] }];
  const [table] = (await ec2.describeRouteTables({ Filters })).RouteTables ?? [];
  expect(table?.Associations?.map(({ Main, SubnetId }) => [Main, SubnetId])).toEqual([[true, undefined]]);
  expect(table?.Routes).toEqual([
    { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' },
  ]);
  const [acl] = (await ec2.describeNetworkAcls({ Filters })).NetworkAcls ?? [];
  expect(acl?.Entries?.map(({ RuleNumber, Egress, RuleAction }) => [RuleNumber, Egress, RuleAction])).toEqual([
    [100, true, 'allow'],
    [32_767, true, 'deny'],
    [100, false, 'allow'],
    [32_767, false, 'deny'],
  ]);
  const [group] = (await ec2.describeSecurityGroups({ Filters })).SecurityGroups ?? [];
  expect(group).toMatchObject({
    GroupName: 'default',
    Description: 'default VPC security group',
    IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group?.GroupId, UserId: '000000000000' }] }],
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
});

test('DeleteVpc: not while something is in it', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const id = await makeVpc(ec2);
  const subnet = await makeSubnet(ec2, id, '10.0.1.0/24');
  expect(await refusal(ec2.deleteVpc({ VpcId: id }))).toEqual([
    'DependencyViolation',
    `The vpc '${id}' has dependencies and cannot be deleted.`,
  ]);
  await ec2.deleteSubnet({ SubnetId: subnet });
  await ec2.deleteVpc({ VpcId: id });
  const left = await ec2.describeSecurityGroups({ Filters: [{ Name: 'vpc-id', Values: [id] }] });
  expect(left.SecurityGroups).toEqual([]);
});

test('VPC-03: AssociateVpcCidrBlock adds a block, and the tables a local route', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const id = await makeVpc(ec2);
  const { CidrBlockAssociation } = await ec2.associateVpcCidrBlock({ VpcId: id, CidrBlock: '100.64.0.0/16' });
  const [table] = (await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [id] }] })).RouteTables ?? [];
  expect(table?.Routes?.map((route) => route.DestinationCidrBlock)).toEqual(['10.0.0.0/16', '100.64.0.0/16']);
  await makeSubnet(ec2, id, '100.64.1.0/24');
  const AssociationId = CidrBlockAssociation?.AssociationId as string;
  expect((await refusal(ec2.disassociateVpcCidrBlock({ AssociationId })))[0]).toBe('InvalidCidrBlock.InUse');
  expect((await refusal(ec2.associateVpcCidrBlock({ VpcId: id, CidrBlock: '10.0.9.0/24' })))[0]).toBe('CidrConflict');
});

test('VPC-05, VPC-06, RGN-06: CreateSubnet: size, place, overlap and zone', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const code = async (CidrBlock: string, more = {}) =>
    (await refusal(ec2.createSubnet({ VpcId, CidrBlock, ...more })))[0];
  expect(await code('10.0.0.0/29')).toBe('InvalidSubnet.Range');
  expect(await code('10.1.0.0/24')).toBe('InvalidSubnet.Range');
  const { Subnet } = await ec2.createSubnet({ VpcId, CidrBlock: '10.0.1.0/24', AvailabilityZoneId: 'use1-az3' });
  expect(Subnet).toMatchObject({
    AvailabilityZone: 'us-east-1c',
    AvailabilityZoneId: 'use1-az3',
    AvailableIpAddressCount: 251,
    State: 'available',
  });
  expect(await code('10.0.1.128/25')).toBe('InvalidSubnet.Conflict');
  expect(await refusal(ec2.createSubnet({ VpcId, CidrBlock: '10.0.2.0/24', AvailabilityZone: 'eu-west-1a' }))).toEqual([
    'InvalidParameterValue',
    'Value (eu-west-1a) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: us-east-1a, us-east-1b, us-east-1c, us-east-1d, us-east-1e, us-east-1f.',
  ]);
});

test('VPC-08: 200 subnets in a VPC', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  for (let at = 0; at < 200; at++) await makeSubnet(ec2, VpcId, `10.0.${at}.0/28`);
  expect(await refusal(ec2.createSubnet({ VpcId, CidrBlock: '10.0.250.0/28' }))).toEqual([
    'SubnetLimitExceeded',
    'The maximum number of subnets has been reached.',
  ]);
});

test('VPC-07, VPC-10: five addresses are reserved; a full subnet refuses', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const SubnetId = await makeSubnet(ec2, await makeVpc(ec2), '10.0.0.16/28');
  const free = async () => (await ec2.describeSubnets({ SubnetIds: [SubnetId] })).Subnets?.[0]?.AvailableIpAddressCount;
  expect(await free()).toBe(11);
  for (const address of ['10.0.0.16', '10.0.0.17', '10.0.0.18', '10.0.0.19', '10.0.0.31']) {
    expect(await refusal(ec2.createNetworkInterface({ SubnetId, PrivateIpAddress: address }))).toEqual([
      'InvalidParameterValue',
      `Address ${address} is in subnet's reserved address range`,
    ]);
  }
  const taken = new Set<string | undefined>();
  for (let at = 0; at < 11; at++) {
    taken.add((await ec2.createNetworkInterface({ SubnetId })).NetworkInterface?.PrivateIpAddress);
  }
  expect(taken.size).toBe(11);
  expect(await free()).toBe(0);
  expect((await refusal(ec2.createNetworkInterface({ SubnetId })))[0]).toBe('InsufficientFreeAddressesInSubnet');
});

test('filters: wildcards, tags, unknown names; pages', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  for (let at = 0; at < 12; at++) {
    const TagSpecifications = [{ ResourceType: 'subnet' as const, Tags: [{ Key: 'Name', Value: `web-${at}` }] }];
    await ec2.createSubnet({ VpcId, CidrBlock: `10.0.${at}.0/24`, TagSpecifications });
  }
  const count = async (Name: string, ...Values: string[]) =>
    (
      await ec2.describeSubnets({
        Filters: [
          { Name: 'vpc-id', Values: [VpcId] },
          { Name, Values },
        ],
      })
    ).Subnets?.length;
  expect(await count('tag:Name', 'web-1')).toBe(1);
  expect(await count('tag:Name', 'web-1?')).toBe(2);
  expect(await count('tag:Name', 'web-*')).toBe(12);
  expect(await count('tag:Name', 'web-\\*')).toBe(0);
  expect(await count('tag-key', 'Name')).toBe(12);
  expect(await count('cidr-block', '10.0.1.0/24', '10.0.2.0/24')).toBe(2);
  expect(await refusal(ec2.describeSubnets({ Filters: [{ Name: 'nonsense', Values: ['x'] }] }))).toEqual([
    'InvalidParameterValue',
    "The filter 'nonsense' is invalid",
  ]);
  const seen: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ec2.describeSubnets({
      Filters: [{ Name: 'vpc-id', Values: [VpcId] }],
      MaxResults: 5,
      NextToken,
    });
    seen.push(...(page.Subnets ?? []).map((subnet) => subnet.SubnetId));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  expect(new Set(seen).size).toBe(12);
  expect(seen).toHaveLength(12);
  expect((await refusal(ec2.describeSubnets({ MaxResults: 4 })))[0]).toBe('InvalidParameterValue');
  expect((await refusal(ec2.describeSubnets({ NextToken: 'zzz' })))[0]).toBe('InvalidParameterValue');
});

test('CreateTags, DescribeTags, DeleteTags: any kind of resource', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const id = await makeVpc(ec2);
  await ec2.createTags({
    Resources: [id],
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '' },
    ],
  });
  await ec2.createTags({ Resources: [id], Tags: [{ Key: 'a', Value: '2' }] });
  const { Tags } = await ec2.describeTags({ Filters: [{ Name: 'resource-id', Values: [id] }] });
  expect(Tags).toEqual([
    { ResourceId: id, ResourceType: 'vpc', Key: 'a', Value: '2' },
    { ResourceId: id, ResourceType: 'vpc', Key: 'b', Value: '' },
  ]);
  await ec2.deleteTags({ Resources: [id], Tags: [{ Key: 'a', Value: 'other' }, { Key: 'b' }] });
  expect((await ec2.describeVpcs({ VpcIds: [id] })).Vpcs?.[0]?.Tags).toEqual([{ Key: 'a', Value: '2' }]);
  expect(await refusal(ec2.createTags({ Resources: [id], Tags: [{ Key: 'aws:x', Value: '' }] }))).toEqual([
    'InvalidParameterValue',
    "Tag keys starting with 'aws:' are reserved for internal use",
  ]);
  expect(await refusal(ec2.createTags({ Resources: ['vpc-0123456789abcdef0'], Tags: [{ Key: 'a' }] }))).toEqual([
    'InvalidVpcID.NotFound',
    "The vpc ID 'vpc-0123456789abcdef0' does not exist",
  ]);
  const many = Array.from({ length: 50 }, (_, at) => ({ Key: `k${at}`, Value: '' }));
  expect((await refusal(ec2.createTags({ Resources: [id], Tags: many })))[0]).toBe('TagLimitExceeded');
});

test('dry run: says that it would have succeeded, and leaves nothing', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  expect(await refusal(ec2.createVpc({ CidrBlock: '10.0.0.0/16', DryRun: true }))).toEqual([
    'DryRunOperation',
    'Request would have succeeded, but DryRun flag is set.',
  ]);
  expect((await ec2.describeVpcs({})).Vpcs).toHaveLength(1);
  expect((await refusal(ec2.createVpc({ CidrBlock: '10.0.0.0/8', DryRun: true })))[0]).toBe('InvalidVpc.Range');
});

test('client tokens: the same request makes one thing, another one is refused', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const SubnetId = await makeSubnet(ec2, await makeVpc(ec2), '10.0.1.0/24');
  const make = (Description: string) => ec2.createNetworkInterface({ SubnetId, ClientToken: 'once', Description });
  const first = await make('a');
  const second = await make('a');
  expect(second.NetworkInterface).toEqual(first.NetworkInterface);
  expect((await refusal(make('b')))[0]).toBe('IdempotentParameterMismatch');
  await cloud.clock.advance(86_401);
  expect((await make('a')).NetworkInterface?.NetworkInterfaceId).not.toBe(first.NetworkInterface?.NetworkInterfaceId);
});

test('two accounts of one seed are alike: the same requests give the same cloud', async () => {
  const idsOf = async () => {
    await using fixture = await startFixture(7);
    return makeVpc(fixture.ec2);
  };
  expect(await idsOf()).toBe(await idsOf());
});
