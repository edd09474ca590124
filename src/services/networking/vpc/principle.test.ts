import { expect, test } from 'vitest';
import { makeVpc, refusal, startFixture } from './ec2.fixture.ts';

const image = { ImageId: 'ami-0ed094fb1304fd857', InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 } as const;

test('RunInstances: an instance has a security group, the default one when none is named, and always one (VPC-20)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { Instances } = await ec2.runInstances(image);
  const [instance] = Instances ?? [];
  expect(instance?.SecurityGroups?.map(({ GroupName }) => GroupName)).toEqual(['default']);
  const InstanceId = instance?.InstanceId as string;
  const [code] = await refusal(ec2.modifyInstanceAttribute({ InstanceId, Groups: [] }));
  expect(code).toMatch(/^(Invalid|Missing)Parameter/);
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [InstanceId] });
  expect(Reservations?.[0]?.Instances?.[0]?.SecurityGroups).toHaveLength(1);
});

test('CreateNetworkAclEntry: an entry names addresses, and nothing else (VPC-23)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const NetworkAclId = (await ec2.createNetworkAcl({ VpcId })).NetworkAcl?.NetworkAclId;
  const { SecurityGroups } = await ec2.describeSecurityGroups({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
  const entry = { NetworkAclId, RuleNumber: 100, Protocol: '6', RuleAction: 'allow', Egress: false } as const;
  const PortRange = { From: 80, To: 80 };
  const byGroup = { ...entry, PortRange, CidrBlock: SecurityGroups?.[0]?.GroupId };
  expect((await refusal(ec2.createNetworkAclEntry(byGroup)))[0]).toBe('InvalidParameterValue');
  expect((await refusal(ec2.createNetworkAclEntry({ ...entry, PortRange })))[0]).toBe('MissingParameter');
  await ec2.createNetworkAclEntry({ ...entry, PortRange, CidrBlock: '10.0.0.0/8' });
});

test('Internet gateway: has nothing to set but tags and attachments, and no fault breaks it (VPC-27)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { InternetGateway } = await ec2.createInternetGateway({});
  expect(Object.keys(InternetGateway ?? {}).toSorted()).toEqual([
    'Attachments',
    'InternetGatewayId',
    'OwnerId',
    'Tags',
  ]);
  const link = InternetGateway?.InternetGatewayId as string;
  expect(() => cloud.faults.add({ kind: 'link', link })).toThrow(`"link" is no such identifier: ${link}.`);
});
