import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import type { RunningCloud } from '../../../embed/index.ts';
import { bodyOf } from '../../../kernel/http.ts';
import { clientOf, launchIn, makeSubnet, makeVpc, startFixture } from './ec2.fixture.ts';

const startOfTest = new Date('2026-01-01T00:00:00Z');

/** Sends a GET from an interface, and says how it ended. */
async function get(cloud: RunningCloud, id: string, destination: string): Promise<string> {
  const traffic = await cloud.inside.part('traffic');
  const request = { method: 'GET', target: '/', headers: {}, body: bodyOf(new Uint8Array()), secure: false };
  const flow = { from: { kind: 'interface', id }, protocol: 'tcp', destination, destinationPort: 443 } as const;
  return (await traffic.http(flow, { ...request, sourceIp: '' })).kind;
}

/** Sums of all metrics of a namespace, by dimensions and name. */
async function sumsOf(cloud: RunningCloud, Namespace: string) {
  const cloudwatch = cloud.client(CloudWatch);
  const { Metrics = [] } = await cloudwatch.listMetrics({ Namespace });
  const sums: Record<string, number | undefined> = {};
  for (const { MetricName = '', Dimensions = [] } of Metrics) {
    const { Datapoints = [] } = await cloudwatch.getMetricStatistics({
      Namespace,
      MetricName,
      Dimensions,
      StartTime: startOfTest,
      EndTime: new Date(startOfTest.getTime() + 86_400_000),
      Period: 86_400,
      Statistics: ['Sum'],
    });
    sums[`${Dimensions.map(({ Value }) => Value).join(' ')} ${MetricName}`] = Datapoints[0]?.Sum;
  }
  return sums;
}

test('AWS/NATGateway: tells the bytes and connections that pass a NAT gateway', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const VpcId = await makeVpc(ec2, '10.0.0.0/16');
  const outside = await makeSubnet(ec2, VpcId, '10.0.0.0/24', 'us-east-1a');
  const inside = await makeSubnet(ec2, VpcId, '10.0.1.0/24', 'us-east-1a');
  const { InternetGateway } = await ec2.createInternetGateway({});
  await ec2.attachInternetGateway({ VpcId, InternetGatewayId: InternetGateway?.InternetGatewayId });
  const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
  await ec2.createRoute({
    RouteTableId: RouteTables?.[0]?.RouteTableId,
    DestinationCidrBlock: '0.0.0.0/0',
    GatewayId: InternetGateway?.InternetGatewayId,
  });
  const { AllocationId } = await ec2.allocateAddress({ Domain: 'vpc' });
  const { NatGateway } = await ec2.createNatGateway({ SubnetId: outside, AllocationId });
  const id = NatGateway?.NatGatewayId as string;
  const { RouteTable } = await ec2.createRouteTable({ VpcId });
  await ec2.createRoute({
    RouteTableId: RouteTable?.RouteTableId,
    DestinationCidrBlock: '0.0.0.0/0',
    NatGatewayId: id,
  });
  await ec2.associateRouteTable({ RouteTableId: RouteTable?.RouteTableId, SubnetId: inside });
  const nic = await launchIn(fixture, inside);
  await cloud.clock.advance(300);
  expect(await get(cloud, nic.NetworkInterfaceId as string, '52.216.0.9')).toBe('answered');
  await cloud.clock.advance(120);
  const sums = await sumsOf(cloud, 'AWS/NATGateway');
  expect(sums[`${id} ConnectionAttemptCount`]).toBe(1);
  expect(sums[`${id} ConnectionEstablishedCount`]).toBe(1);
  expect(sums[`${id} BytesInFromSource`]).toBeGreaterThan(0);
  expect(sums[`${id} BytesOutToDestination`]).toBe(sums[`${id} BytesInFromSource`]);
  expect(sums[`${id} BytesOutToSource`]).toBe(sums[`${id} BytesInFromDestination`]);
});

test('AWS/TransitGateway: tells what passes a transit gateway and each of its attachments', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { TransitGateway } = await ec2.createTransitGateway({});
  const TransitGatewayId = TransitGateway?.TransitGatewayId as string;
  await cloud.clock.advance(300);
  const build = async (cidr: string, subnet: string) => {
    const VpcId = await makeVpc(ec2, cidr);
    const SubnetId = await makeSubnet(ec2, VpcId, subnet, 'us-east-1a');
    const nic = await launchIn(fixture, SubnetId, { client: clientOf(cloud, '000000000000') });
    await ec2.authorizeSecurityGroupIngress({
      GroupId: nic.Groups?.[0]?.GroupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    });
    const { TransitGatewayVpcAttachment } = await ec2.createTransitGatewayVpcAttachment({
      TransitGatewayId,
      VpcId,
      SubnetIds: [SubnetId],
    });
    await cloud.clock.advance(300);
    const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
    await ec2.createRoute({
      RouteTableId: RouteTables?.[0]?.RouteTableId,
      DestinationCidrBlock: '10.0.0.0/8',
      TransitGatewayId,
    });
    return { nic, attachment: TransitGatewayVpcAttachment?.TransitGatewayAttachmentId as string };
  };
  const [a, b] = [await build('10.1.0.0/16', '10.1.0.0/24'), await build('10.2.0.0/16', '10.2.0.0/24')];
  expect(await get(cloud, a.nic.NetworkInterfaceId as string, b.nic.PrivateIpAddress as string)).toBe('answered');
  await cloud.clock.advance(120);
  const sums = await sumsOf(cloud, 'AWS/TransitGateway');
  const of = (attachment: string, name: string) => sums[`${TransitGatewayId} ${attachment} ${name}`];
  expect(of(a.attachment, 'BytesIn')).toBeGreaterThan(0);
  expect(of(a.attachment, 'BytesIn')).toBe(of(b.attachment, 'BytesOut'));
  expect(of(a.attachment, 'BytesOut')).toBe(of(b.attachment, 'BytesIn'));
  expect(sums[`${TransitGatewayId} BytesIn`]).toBe(
    Number(of(a.attachment, 'BytesIn')) + Number(of(b.attachment, 'BytesIn')),
  );
});
