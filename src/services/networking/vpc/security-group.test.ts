import { expect, test } from 'vitest';
import { makeSubnet, makeVpc, refusal, startFixture } from './ec2.fixture.ts';

const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '203.0.113.0/24' }] };

test('VPC-18: a new group lets nothing in and everything out', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const { GroupId } = await ec2.createSecurityGroup({ VpcId, GroupName: 'web', Description: 'web' });
  const [group] = (await ec2.describeSecurityGroups({ GroupIds: [GroupId as string] })).SecurityGroups ?? [];
  expect(group?.IpPermissions).toEqual([]);
  expect(group?.IpPermissionsEgress).toEqual([
    { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [], PrefixListIds: [], UserIdGroupPairs: [] },
  ]);
  expect(await refusal(ec2.createSecurityGroup({ VpcId, GroupName: 'web', Description: 'x' }))).toEqual([
    'InvalidGroup.Duplicate',
    `The security group 'web' already exists for VPC '${VpcId}'`,
  ]);
});

test('VPC-21: a rule twice, a rule that is not there, a group in use, the default group', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const { GroupId = '' } = await ec2.createSecurityGroup({ VpcId, GroupName: 'web', Description: 'web' });
  const made = await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [ssh] });
  expect(made.SecurityGroupRules?.[0]).toMatchObject({
    GroupId,
    IsEgress: false,
    IpProtocol: 'tcp',
    FromPort: 22,
    CidrIpv4: '203.0.113.0/24',
  });
  expect(await refusal(ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [ssh] }))).toEqual([
    'InvalidPermission.Duplicate',
    'the specified rule "peer: 203.0.113.0/24, TCP, from port: 22, to port: 22, ALLOW" already exists',
  ]);
  await ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions: [ssh] });
  expect(await refusal(ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions: [ssh] }))).toEqual([
    'InvalidPermission.NotFound',
    'The specified rule does not exist in this security group.',
  ]);
  const SubnetId = await makeSubnet(ec2, VpcId, '10.0.1.0/24');
  await ec2.createNetworkInterface({ SubnetId, Groups: [GroupId] });
  expect(await refusal(ec2.deleteSecurityGroup({ GroupId }))).toEqual([
    'DependencyViolation',
    `resource ${GroupId} has a dependent object`,
  ]);
  const [own] =
    (
      await ec2.describeSecurityGroups({
        Filters: [
          { Name: 'vpc-id', Values: [VpcId] },
          { Name: 'group-name', Values: ['default'] },
        ],
      })
    ).SecurityGroups ?? [];
  expect(await refusal(ec2.deleteSecurityGroup({ GroupId: own?.GroupId }))).toEqual([
    'CannotDelete',
    `the specified group: "${own?.GroupId}" name: "default" cannot be deleted by a user`,
  ]);
});

test('rules are shown by protocol and ports, each with an ID of its own', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const { GroupId = '' } = await ec2.createSecurityGroup({ VpcId, GroupName: 'web', Description: 'web' });
  const IpPermissions = [
    { ...ssh, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'office' }, { CidrIp: '192.0.2.7/24' }] },
    { ...ssh, IpRanges: [], UserIdGroupPairs: [{ GroupId }] },
  ];
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
  const [group] = (await ec2.describeSecurityGroups({ GroupIds: [GroupId] })).SecurityGroups ?? [];
  expect(group?.IpPermissions).toEqual([
    {
      IpProtocol: 'tcp',
      FromPort: 22,
      ToPort: 22,
      IpRanges: expect.arrayContaining([{ CidrIp: '10.0.0.0/8', Description: 'office' }, { CidrIp: '192.0.2.0/24' }]),
      Ipv6Ranges: [],
      PrefixListIds: [],
      UserIdGroupPairs: [{ GroupId, UserId: '000000000000' }],
    },
  ]);
  const Filters = [{ Name: 'group-id', Values: [GroupId] }];
  const { SecurityGroupRules = [] } = await ec2.describeSecurityGroupRules({ Filters });
  expect(SecurityGroupRules).toHaveLength(4);
  const office = SecurityGroupRules.find((rule) => rule.Description === 'office');
  const SecurityGroupRuleId = office?.SecurityGroupRuleId ?? '';
  expect(SecurityGroupRuleId).toMatch(/^sgr-[0-9a-f]{17}$/);
  const SecurityGroupRule = { IpProtocol: 'tcp', FromPort: 80, ToPort: 81, CidrIpv4: '10.0.0.0/8' };
  await ec2.modifySecurityGroupRules({ GroupId, SecurityGroupRules: [{ SecurityGroupRuleId, SecurityGroupRule }] });
  const [changed] =
    (await ec2.describeSecurityGroupRules({ SecurityGroupRuleIds: [SecurityGroupRuleId] })).SecurityGroupRules ?? [];
  expect(changed).toMatchObject({ FromPort: 80, ToPort: 81 });
  expect(changed?.Description).toBeUndefined();
});

test('descriptions of groups and rules are refused with characters outside of the set, or longer than 255', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const refused = (what: string) => [
    'InvalidParameterValue',
    `Invalid ${what} description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*`,
  ];
  const make = (Description: string) => ec2.createSecurityGroup({ VpcId, GroupName: 'web', Description });
  expect(await refusal(make("Let's Encrypt"))).toEqual(refused('security group'));
  expect(await refusal(make('x'.repeat(256)))).toEqual(refused('security group'));
  const { GroupId = '' } = await make('x'.repeat(255));
  const say = (Description: string) => ({ ...ssh, IpRanges: [{ CidrIp: '10.0.0.0/8', Description }] });
  for (const bad of ['é', "Let's Encrypt", 'x'.repeat(256)])
    expect(await refusal(ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [say(bad)] }))).toEqual(
      refused('rule'),
    );
  const { SecurityGroupRules = [] } = await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [say('ssh')] });
  const { SecurityGroupRuleId } = SecurityGroupRules[0] ?? {};
  const SecurityGroupRuleDescriptions = [{ SecurityGroupRuleId, Description: 'é' }];
  expect(
    await refusal(ec2.updateSecurityGroupRuleDescriptionsIngress({ GroupId, SecurityGroupRuleDescriptions })),
  ).toEqual(refused('rule'));
});

test('Limit: 60 rules of one direction and family', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { GroupId = '' } = await ec2.createSecurityGroup({
    VpcId: await makeVpc(ec2),
    GroupName: 'web',
    Description: 'web',
  });
  const ranges = (count: number, start = 0) =>
    Array.from({ length: count }, (_, at) => ({ CidrIp: `10.0.${start + at}.0/24` }));
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [{ ...ssh, IpRanges: ranges(60) }] });
  expect(
    (
      await refusal(
        ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [{ ...ssh, IpRanges: ranges(1, 100) }] }),
      )
    )[0],
  ).toBe('RulesPerSecurityGroupLimitExceeded');
  const six = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, Ipv6Ranges: [{ CidrIpv6: '::/0' }] };
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [six] });
});

test('CreateSecurityGroup: wants a name and a description', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  expect(await refusal(ec2.createSecurityGroup({ GroupName: '', Description: 'web' }))).toEqual([
    'MissingParameter',
    'The request must contain the parameter groupName',
  ]);
  expect(await refusal(ec2.createSecurityGroup({ GroupName: 'web', Description: '' }))).toEqual([
    'MissingParameter',
    'The request must contain the parameter groupDescription',
  ]);
});

test('AuthorizeSecurityGroupIngress: says what is wrong with protocols and ports as EC2 does', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { GroupId } = await ec2.createSecurityGroup({ GroupName: 'web', Description: 'web' });
  const IpRanges = [{ CidrIp: '203.0.113.0/24' }];
  const refused = async (IpProtocol: string) =>
    refusal(ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [{ IpProtocol, FromPort: 1, IpRanges }] }));
  expect(await refused('tcp')).toEqual([
    'InvalidParameterValue',
    "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
  ]);
  expect(await refused('icmp')).toEqual([
    'InvalidParameterValue',
    "Invalid value 'Must specify both from and to ports with ICMP.' for portRange.",
  ]);
  expect(await refused('gre')).toEqual([
    'InvalidParameterValue',
    "Invalid value 'gre' for IP protocol. Unknown protocol.",
  ]);
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [{ IpProtocol: '47', IpRanges }] });
});
