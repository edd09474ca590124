import type { EC2 } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { type Fixture, launchIn, makeSubnet, makeVpc, refusal, startFixture } from './ec2.fixture.ts';

async function analyse({ cloud, ec2 }: Fixture, NetworkInsightsPathId: string) {
  const { NetworkInsightsAnalysis: started } = await ec2.startNetworkInsightsAnalysis({ NetworkInsightsPathId });
  expect(started?.Status).toBe('running');
  await cloud.clock.advance(30);
  const NetworkInsightsAnalysisIds = [started?.NetworkInsightsAnalysisId as string];
  const { NetworkInsightsAnalyses } = await ec2.describeNetworkInsightsAnalyses({ NetworkInsightsAnalysisIds });
  return NetworkInsightsAnalyses?.[0];
}

const pathTo = async (ec2: EC2, Source: string, Destination: string, DestinationPort = 443) => {
  const given = { Source, Destination, Protocol: 'tcp', DestinationPort } as const;
  return (await ec2.createNetworkInsightsPath(given)).NetworkInsightsPath?.NetworkInsightsPathId as string;
};

test('StartNetworkInsightsAnalysis: tells the components of a path, or the group that ends it', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const [one, two] = [await makeSubnet(ec2, VpcId, '10.0.1.0/24'), await makeSubnet(ec2, VpcId, '10.0.2.0/24')];
  const [from, to] = [await launchIn(fixture, one), await launchIn(fixture, two)];
  const { GroupId = '' } = await ec2.createSecurityGroup({ VpcId, GroupName: 'web', Description: 'web' });
  await ec2.modifyNetworkInterfaceAttribute({ NetworkInterfaceId: to.NetworkInterfaceId, Groups: [GroupId] });
  const path = await pathTo(ec2, from.NetworkInterfaceId as string, to.NetworkInterfaceId as string);

  const closed = await analyse(fixture, path);
  expect(closed).toMatchObject({ Status: 'succeeded', NetworkPathFound: false, ForwardPathComponents: [] });
  expect(closed?.Explanations?.[0]).toMatchObject({
    ExplanationCode: 'SG_HAS_NO_RULES',
    Direction: 'ingress',
    SecurityGroups: [{ Id: GroupId, Arn: `arn:aws:ec2:us-east-1:000000000000:security-group/${GroupId}` }],
    NetworkInterface: { Id: to.NetworkInterfaceId },
    Subnet: { Id: two },
    Vpc: { Id: VpcId },
  });

  await ec2.authorizeSecurityGroupIngress({
    GroupId,
    IpProtocol: 'tcp',
    FromPort: 443,
    ToPort: 443,
    CidrIp: '10.0.1.0/24',
  });
  const open = await analyse(fixture, path);
  expect(open?.NetworkPathFound).toBe(true);
  expect(open?.Explanations).toBeUndefined();
  const components = open?.ForwardPathComponents ?? [];
  expect(components.map(({ SequenceNumber }) => SequenceNumber)).toEqual(components.map((_, at) => at + 1));
  expect(components[0]?.Component?.Id).toBe(from.NetworkInterfaceId);
  expect(components.at(-1)?.SecurityGroupRule).toMatchObject({ Cidr: '10.0.1.0/24', Direction: 'ingress' });
  expect(components.filter(({ AclRule }) => AclRule !== undefined).map(({ AclRule }) => AclRule?.Egress)).toEqual([
    true,
    false,
  ]);
  expect(open?.ReturnPathComponents?.[0]?.Component?.Id).toBe(to.NetworkInterfaceId);

  expect((await refusal(ec2.deleteNetworkInsightsPath({ NetworkInsightsPathId: path })))[0]).toBe(
    'AnalysisExistsForNetworkInsightsPath',
  );
});

test('StartNetworkInsightsAnalysis: a way to the internet gateway needs route, public address and open filters (VPC-25)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2);
  const nic = await launchIn(fixture, await makeSubnet(ec2, VpcId, '10.0.1.0/24'));
  const InternetGatewayId = (await ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId as string;
  await ec2.attachInternetGateway({ InternetGatewayId, VpcId });
  const path = await pathTo(ec2, nic.NetworkInterfaceId as string, InternetGatewayId);
  const codeOf = async () => (await analyse(fixture, path))?.Explanations?.[0]?.ExplanationCode;
  expect(await codeOf()).toBe('NO_ROUTE_TO_DESTINATION');
  const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
  const RouteTableId = RouteTables?.[0]?.RouteTableId as string;
  await ec2.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId });
  expect(await codeOf()).toBe('IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS');
  const { AllocationId } = await ec2.allocateAddress({});
  await ec2.associateAddress({ AllocationId, NetworkInterfaceId: nic.NetworkInterfaceId });
  expect((await analyse(fixture, path))?.NetworkPathFound).toBe(true);
  const back = await pathTo(ec2, InternetGatewayId, nic.NetworkInterfaceId as string, 22);
  expect((await analyse(fixture, back))?.Explanations?.[0]?.ExplanationCode).toBe('ENI_SG_RULES_MISMATCH');
});

test('CreateNetworkInsightsPath: addresses and ports of a filter are shown with the filter alone', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const SubnetId = await makeSubnet(ec2, await makeVpc(ec2), '10.0.1.0/24');
  const { NetworkInterface } = await ec2.createNetworkInterface({ SubnetId });
  const FilterAtSource = {
    SourceAddress: '10.0.1.9',
    DestinationAddress: '10.0.2.9',
    DestinationPortRange: { FromPort: 80, ToPort: 80 },
  };
  const Source = NetworkInterface?.NetworkInterfaceId as string;
  const { NetworkInsightsPath: path } = await ec2.createNetworkInsightsPath({
    Source,
    Protocol: 'tcp',
    FilterAtSource,
  });
  expect(path?.FilterAtSource).toEqual(FilterAtSource);
  expect([path?.SourceIp, path?.DestinationIp, path?.DestinationPort]).toEqual([undefined, undefined, undefined]);
});

test('CreateNetworkInsightsPath: ends must be there, and of a kind that can be analysed', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const given = { Source: 'eni-0123456789abcdef0', Destination: 'igw-0123456789abcdef0', Protocol: 'tcp' } as const;
  expect((await refusal(ec2.createNetworkInsightsPath(given)))[0]).toBe('InvalidNetworkInterfaceID.NotFound');
  expect((await refusal(ec2.createNetworkInsightsPath({ ...given, Source: 'vol-0123456789abcdef0' })))[0]).toBe(
    'InvalidParameterValue',
  );
  expect((await refusal(ec2.startNetworkInsightsAnalysis({ NetworkInsightsPathId: 'nip-0123456789abcdef0' })))[0]).toBe(
    'InvalidNetworkInsightsPathId.NotFound',
  );
});

test('access scope: finds what reaches an interface from the Internet, but for what is excluded', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { Subnets } = await ec2.describeSubnets({});
  const nic = await launchIn(fixture, Subnets?.[0]?.SubnetId as string);
  const GroupId = nic.Groups?.[0]?.GroupId as string;
  const internet = { ResourceStatement: { ResourceTypes: ['AWS::EC2::InternetGateway'] } };
  const { NetworkInsightsAccessScope } = await ec2.createNetworkInsightsAccessScope({
    MatchPaths: [{ Source: internet }],
    ExcludePaths: [{ Destination: { PacketHeaderStatement: { DestinationPorts: ['443'] } } }],
  });
  const NetworkInsightsAccessScopeId = NetworkInsightsAccessScope?.NetworkInsightsAccessScopeId as string;
  const run = async () => {
    const started = await ec2.startNetworkInsightsAccessScopeAnalysis({ NetworkInsightsAccessScopeId });
    const id = started.NetworkInsightsAccessScopeAnalysis?.NetworkInsightsAccessScopeAnalysisId as string;
    await cloud.clock.advance(60);
    const Ids = { NetworkInsightsAccessScopeAnalysisIds: [id] };
    const { NetworkInsightsAccessScopeAnalyses } = await ec2.describeNetworkInsightsAccessScopeAnalyses(Ids);
    const found = await ec2.getNetworkInsightsAccessScopeAnalysisFindings({ NetworkInsightsAccessScopeAnalysisId: id });
    return { analysis: NetworkInsightsAccessScopeAnalyses?.[0], findings: found.AnalysisFindings ?? [] };
  };
  const open = (port: number) =>
    ec2.authorizeSecurityGroupIngress({
      GroupId,
      IpProtocol: 'tcp',
      FromPort: port,
      ToPort: port,
      CidrIp: '0.0.0.0/0',
    });
  expect((await run()).analysis).toMatchObject({ Status: 'succeeded', FindingsFound: 'false', AnalyzedEniCount: 1 });
  await open(443);
  expect((await run()).findings).toEqual([]);
  await open(22);
  const { analysis, findings } = await run();
  expect([analysis?.FindingsFound, findings.length]).toEqual(['true', 1]);
  const ids = findings[0]?.FindingComponents?.map(({ Component }) => Component?.Id);
  expect(ids).toContain(nic.NetworkInterfaceId);
});
