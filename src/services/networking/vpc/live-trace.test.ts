// What the network decides, asked of networks that were built by API calls.
import type { EC2 } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import type { NetworkView } from '../../../network/view.ts';
import { type Fixture, launchIn, makeSubnet, makeVpc, startFixture } from './ec2.fixture.ts';

const mainTable = async (ec2: EC2, VpcId: string): Promise<string> => {
  const Filters = [
    { Name: 'vpc-id', Values: [VpcId] },
    { Name: 'association.main', Values: ['true'] },
  ];
  return (await ec2.describeRouteTables({ Filters })).RouteTables?.[0]?.RouteTableId as string;
};

interface Host {
  readonly id: string;
  readonly ip: string;
  readonly groupId: string;
}

async function host(fixture: Fixture, VpcId: string, SubnetId: string, name: string): Promise<Host> {
  const { GroupId = '' } = await fixture.ec2.createSecurityGroup({ VpcId, GroupName: name, Description: name });
  const nic = await launchIn(fixture, SubnetId, { SecurityGroupIds: [GroupId] });
  return { id: nic.NetworkInterfaceId as string, ip: nic.PrivateIpAddress as string, groupId: GroupId };
}

const allow = (ec2: EC2, GroupId: string, port: number, from: { CidrIp: string } | { group: string }) =>
  ec2.authorizeSecurityGroupIngress({
    GroupId,
    IpPermissions: [
      {
        IpProtocol: 'tcp',
        FromPort: port,
        ToPort: port,
        ...('group' in from ? { UserIdGroupPairs: [{ GroupId: from.group }] } : { IpRanges: [from] }),
      },
    ],
  });

const ask = (view: NetworkView, from: Host, destination: string, destinationPort: number) =>
  view.trace({ from: { kind: 'interface', id: from.id }, protocol: 'tcp', destination, destinationPort });

const codeOf = (view: NetworkView, from: Host, destination: string, port = 443) => {
  const walked = ask(view, from, destination, port);
  return walked.forward.explanation?.code ?? walked.back?.explanation?.code ?? walked.disposition;
};

async function attachGateway(ec2: EC2, VpcId: string): Promise<string> {
  const InternetGatewayId = (await ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId as string;
  await ec2.attachInternetGateway({ InternetGatewayId, VpcId });
  return InternetGatewayId;
}

test('security groups: closed until a rule names address or group, open for answers (VPC-17, VPC-18, VPC-19)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const VpcId = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, VpcId, '10.0.1.0/24');
  const [web, app] = [await host(fixture, VpcId, SubnetId, 'web'), await host(fixture, VpcId, SubnetId, 'app')];
  expect(codeOf(view, web, app.ip)).toBe('SG_HAS_NO_RULES');
  await allow(ec2, app.groupId, 443, { group: web.groupId });
  expect(codeOf(view, web, app.ip)).toBe('delivered');
  expect(codeOf(view, web, app.ip, 80)).toBe('ENI_SG_RULES_MISMATCH');
  expect(codeOf(view, app, web.ip)).toBe('SG_HAS_NO_RULES');
});

test('network ACLs judge between subnets and not inside one, groups in both (VPC-22, VPC-24)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const VpcId = await makeVpc(ec2);
  const [one, two] = [await makeSubnet(ec2, VpcId, '10.0.1.0/24'), await makeSubnet(ec2, VpcId, '10.0.2.0/24')];
  const target = await host(fixture, VpcId, one, 'target');
  const [inside, outside] = [await host(fixture, VpcId, one, 'inside'), await host(fixture, VpcId, two, 'outside')];
  await allow(ec2, target.groupId, 22, { CidrIp: '10.0.0.0/16' });
  expect([codeOf(view, inside, target.ip, 22), codeOf(view, outside, target.ip, 22)]).toEqual([
    'delivered',
    'delivered',
  ]);
  const { NetworkAcls } = await ec2.describeNetworkAcls({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
  const association = NetworkAcls?.[0]?.Associations?.find(({ SubnetId }) => SubnetId === one);
  const NetworkAclId = (await ec2.createNetworkAcl({ VpcId })).NetworkAcl?.NetworkAclId as string;
  const entry = (RuleNumber: number, Egress: boolean, RuleAction: 'allow' | 'deny', From: number, To: number) =>
    ec2.createNetworkAclEntry({
      NetworkAclId,
      RuleNumber,
      Egress,
      RuleAction,
      Protocol: '6',
      CidrBlock: '0.0.0.0/0',
      PortRange: { From, To },
    });
  await entry(90, false, 'deny', 22, 22);
  await entry(100, false, 'allow', 0, 65_535);
  await ec2.replaceNetworkAclAssociation({ AssociationId: association?.NetworkAclAssociationId, NetworkAclId });
  expect([codeOf(view, inside, target.ip, 22), codeOf(view, outside, target.ip, 22)]).toEqual([
    'delivered',
    'SUBNET_ACL_RESTRICTION',
  ]);
  // Stateless: without a rule for the answer's ports the way back is closed.
  await ec2.deleteNetworkAclEntry({ NetworkAclId, RuleNumber: 90, Egress: false });
  expect(ask(view, outside, target.ip, 22)).toMatchObject({ disposition: 'denied', failedOn: 'return' });
  await entry(100, true, 'allow', 1_024, 65_535);
  expect(codeOf(view, outside, target.ip, 22)).toBe('delivered');
});

test('Internet: gateway, route and public address, all three (VPC-15, VPC-25, VPC-33)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const VpcId = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, VpcId, '10.0.1.0/24');
  const web = await host(fixture, VpcId, SubnetId, 'web');
  const RouteTableId = await mainTable(ec2, VpcId);
  const GatewayId = await attachGateway(ec2, VpcId);
  expect(codeOf(view, web, '192.0.2.1')).toBe('NO_ROUTE_TO_DESTINATION');
  await ec2.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId });
  expect(codeOf(view, web, '192.0.2.1')).toBe('IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS');
  const { AllocationId, PublicIp = '' } = await ec2.allocateAddress({});
  const { AssociationId } = await ec2.associateAddress({ AllocationId, NetworkInterfaceId: web.id });
  expect(codeOf(view, web, '192.0.2.1')).toBe('delivered');
  const fromOutside = () =>
    view.trace({
      from: { kind: 'internet' },
      source: '192.0.2.1',
      protocol: 'tcp',
      destination: PublicIp,
      destinationPort: 443,
    });
  expect(fromOutside().forward.explanation?.code).toBe('SG_HAS_NO_RULES');
  await allow(ec2, web.groupId, 443, { CidrIp: '0.0.0.0/0' });
  expect(fromOutside().forward.destination).toEqual({ kind: 'interface', vpcId: VpcId, id: web.id });
  // Base address + 2 answers as the VPC's resolver, base + 1 is the router.
  expect(ask(view, web, '10.0.0.2', 53).forward.destination).toEqual({
    kind: 'vpc-service',
    vpcId: VpcId,
    name: 'dns',
  });
  await ec2.disassociateAddress({ AssociationId });
  expect(codeOf(view, web, '192.0.2.1')).toBe('IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS');
});

test('NAT gateway: out and back for private subnets, never in; gone, its route is a blackhole (VPC-14)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const VpcId = await makeVpc(ec2);
  const [open, hidden] = [await makeSubnet(ec2, VpcId, '10.0.1.0/24'), await makeSubnet(ec2, VpcId, '10.0.2.0/24')];
  const GatewayId = await attachGateway(ec2, VpcId);
  await ec2.createRoute({ RouteTableId: await mainTable(ec2, VpcId), DestinationCidrBlock: '0.0.0.0/0', GatewayId });
  const { AllocationId, PublicIp = '' } = await ec2.allocateAddress({});
  const NatGatewayId = (await ec2.createNatGateway({ SubnetId: open, AllocationId })).NatGateway
    ?.NatGatewayId as string;
  await cloud.clock.advance(120);
  const RouteTableId = (await ec2.createRouteTable({ VpcId })).RouteTable?.RouteTableId as string;
  await ec2.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId });
  await ec2.associateRouteTable({ RouteTableId, SubnetId: hidden });
  const app = await host(fixture, VpcId, hidden, 'app');
  const out = ask(view, app, '192.0.2.1', 443);
  expect(out.disposition).toBe('delivered');
  expect(out.forward.delivered?.source.text).toBe(PublicIp);
  const inward = view.trace({
    from: { kind: 'internet' },
    source: '192.0.2.1',
    protocol: 'tcp',
    destination: PublicIp,
    destinationPort: 443,
  });
  expect(inward.disposition).toBe('refused');
  await ec2.deleteNatGateway({ NatGatewayId });
  await cloud.clock.advance(120);
  expect(codeOf(view, app, '192.0.2.1')).toBe('BAD_STATE_ROUTE');
});

test('routes: the most specific prefix wins, and changes are in force at once (VPC-14)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const VpcId = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, VpcId, '10.0.1.0/24');
  const [a, appliance] = [await host(fixture, VpcId, SubnetId, 'a'), await host(fixture, VpcId, SubnetId, 'appliance')];
  const GatewayId = await attachGateway(ec2, VpcId);
  const RouteTableId = await mainTable(ec2, VpcId);
  await ec2.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId });
  await ec2.createRoute({ RouteTableId, DestinationCidrBlock: '192.0.2.0/24', NetworkInterfaceId: appliance.id });
  const targets = (destination: string) =>
    ask(view, a, destination, 443).forward.hops.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.kind === 'route' ? [step.destination] : [])),
    );
  expect([targets('192.0.2.9')[0], targets('198.51.100.9')[0]]).toEqual(['192.0.2.0/24', '0.0.0.0/0']);
  await ec2.deleteRoute({ RouteTableId, DestinationCidrBlock: '192.0.2.0/24' });
  expect(targets('192.0.2.9')[0]).toBe('0.0.0.0/0');
});

test('instances: what is stopped is not reached', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const VpcId = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, VpcId, '10.0.1.0/24');
  const [a, b] = [await host(fixture, VpcId, SubnetId, 'a'), await host(fixture, VpcId, SubnetId, 'b')];
  await allow(ec2, b.groupId, 443, { CidrIp: '10.0.0.0/8' });
  expect(codeOf(view, a, b.ip)).toBe('delivered');
  const { NetworkInterfaces } = await ec2.describeNetworkInterfaces({ NetworkInterfaceIds: [b.id] });
  const InstanceIds = [NetworkInterfaces?.[0]?.Attachment?.InstanceId as string];
  await ec2.stopInstances({ InstanceIds });
  await cloud.clock.advance(120);
  expect(ask(view, a, b.ip, 443).disposition).toBe('down');
  await ec2.startInstances({ InstanceIds });
  await cloud.clock.advance(120);
  expect(codeOf(view, a, b.ip)).toBe('delivered');
});
