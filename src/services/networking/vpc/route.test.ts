import { expect, test } from 'vitest';
import { makeSubnet, makeVpc, refusal, startFixture } from './ec2.fixture.ts';

test('VPC-14: the local route stays, a route whose target went is a blackhole', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const { InternetGateway } = await ec2.createInternetGateway({});
  const InternetGatewayId = InternetGateway?.InternetGatewayId as string;
  await ec2.attachInternetGateway({ InternetGatewayId, VpcId });
  const RouteTableId = (await ec2.createRouteTable({ VpcId })).RouteTable?.RouteTableId as string;
  await ec2.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId });
  const routes = async () =>
    (await ec2.describeRouteTables({ RouteTableIds: [RouteTableId] })).RouteTables?.[0]?.Routes;
  expect((await routes())?.[1]).toEqual({
    DestinationCidrBlock: '0.0.0.0/0',
    GatewayId: InternetGatewayId,
    Origin: 'CreateRoute',
    State: 'active',
  });
  await ec2.detachInternetGateway({ InternetGatewayId, VpcId });
  expect((await routes())?.[1]?.State).toBe('blackhole');
  expect(await refusal(ec2.deleteRoute({ RouteTableId, DestinationCidrBlock: '10.0.0.0/16' }))).toEqual([
    'InvalidParameterValue',
    `cannot remove local route 10.0.0.0/16 in route table ${RouteTableId}`,
  ]);
  expect(await refusal(ec2.deleteRoute({ RouteTableId, DestinationCidrBlock: '10.9.0.0/16' }))).toEqual([
    'InvalidRoute.NotFound',
    `no route with destination-cidr-block 10.9.0.0/16 in route table ${RouteTableId}`,
  ]);
});

test('VPC-11, VPC-12: one table for a subnet, many subnets for a table', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const [a, b] = [await makeSubnet(ec2, VpcId, '10.0.1.0/24'), await makeSubnet(ec2, VpcId, '10.0.2.0/24')];
  const RouteTableId = (await ec2.createRouteTable({ VpcId })).RouteTable?.RouteTableId as string;
  const first = await ec2.associateRouteTable({ RouteTableId, SubnetId: a });
  await ec2.associateRouteTable({ RouteTableId, SubnetId: b });
  const [table] = (await ec2.describeRouteTables({ RouteTableIds: [RouteTableId] })).RouteTables ?? [];
  expect(table?.Associations?.map(({ SubnetId }) => SubnetId)).toEqual([a, b]);
  const other = (await ec2.createRouteTable({ VpcId })).RouteTable?.RouteTableId as string;
  expect((await refusal(ec2.associateRouteTable({ RouteTableId: other, SubnetId: a })))[0]).toBe(
    'Resource.AlreadyAssociated',
  );
  expect((await refusal(ec2.deleteRouteTable({ RouteTableId })))[0]).toBe('DependencyViolation');
  const moved = await ec2.replaceRouteTableAssociation({ AssociationId: first.AssociationId, RouteTableId: other });
  expect(moved.NewAssociationId).not.toBe(first.AssociationId);
  await ec2.disassociateRouteTable({ AssociationId: moved.NewAssociationId });
});

test('VPC-26: one internet gateway in a VPC, one VPC for a gateway', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const make = async () => (await ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId as string;
  const [one, two] = [await make(), await make()];
  await ec2.attachInternetGateway({ InternetGatewayId: one, VpcId });
  expect(await refusal(ec2.attachInternetGateway({ InternetGatewayId: one, VpcId }))).toEqual([
    'Resource.AlreadyAssociated',
    `resource ${one} is already attached to network ${VpcId}`,
  ]);
  expect((await refusal(ec2.attachInternetGateway({ InternetGatewayId: two, VpcId })))[0]).toBe(
    'InvalidParameterValue',
  );
  expect((await refusal(ec2.deleteInternetGateway({ InternetGatewayId: one })))[0]).toBe('DependencyViolation');
});

test('NAT gateway: pending, available, deleting, deleted, forgotten; its address is bound meanwhile', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const VpcId = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, VpcId, '10.0.1.0/24');
  const { AllocationId = '', PublicIp } = await ec2.allocateAddress({});
  const NatGatewayId = (await ec2.createNatGateway({ SubnetId, AllocationId })).NatGateway?.NatGatewayId as string;
  const look = async () => (await ec2.describeNatGateways({ NatGatewayIds: [NatGatewayId] })).NatGateways?.[0];
  expect(await look()).toMatchObject({ State: 'pending', NatGatewayAddresses: [{ PublicIp, AllocationId }] });
  await cloud.clock.advance(120);
  expect((await look())?.State).toBe('available');
  expect((await refusal(ec2.releaseAddress({ AllocationId })))[0]).toBe('InvalidIPAddress.InUse');
  await ec2.deleteNatGateway({ NatGatewayId });
  expect((await look())?.State).toBe('deleting');
  await cloud.clock.advance(120);
  expect((await look())?.State).toBe('deleted');
  await ec2.releaseAddress({ AllocationId });
  await cloud.clock.advance(3_600);
  expect((await refusal(ec2.describeNatGateways({ NatGatewayIds: [NatGatewayId] })))[0]).toBe('NatGatewayNotFound');
  await ec2.deleteSubnet({ SubnetId });
});

test('VPC-16, VPC-22: a subnet has exactly one ACL; a new one denies everything', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, VpcId, '10.0.1.0/24');
  const Filters = [{ Name: 'association.subnet-id', Values: [SubnetId] }];
  const current = async () => (await ec2.describeNetworkAcls({ Filters })).NetworkAcls ?? [];
  const [before] = await current();
  expect(before?.IsDefault).toBe(true);
  const NetworkAclId = (await ec2.createNetworkAcl({ VpcId })).NetworkAcl?.NetworkAclId as string;
  const AssociationId = before?.Associations?.[0]?.NetworkAclAssociationId;
  await ec2.replaceNetworkAclAssociation({ AssociationId, NetworkAclId });
  const after = await current();
  expect(after.map((acl) => acl.NetworkAclId)).toEqual([NetworkAclId]);
  expect(after[0]?.Entries?.every((entry) => entry.RuleAction === 'deny')).toBe(true);
  const entry = {
    NetworkAclId,
    RuleNumber: 100,
    Egress: false,
    Protocol: '6',
    RuleAction: 'allow',
    CidrBlock: '0.0.0.0/0',
    PortRange: { From: 443, To: 443 },
  } as const;
  await ec2.createNetworkAclEntry(entry);
  expect(await refusal(ec2.createNetworkAclEntry(entry))).toEqual([
    'NetworkAclEntryAlreadyExists',
    'The network acl entry identified by 100 already exists.',
  ]);
  expect(await refusal(ec2.deleteNetworkAclEntry({ NetworkAclId, RuleNumber: 101, Egress: false }))).toEqual([
    'InvalidNetworkAclEntry.NotFound',
    'The network acl entry identified by 101 does not exist.',
  ]);
  expect((await refusal(ec2.deleteNetworkAcl({ NetworkAclId })))[0]).toBe('DependencyViolation');
});
