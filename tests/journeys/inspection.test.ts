// The inspection of a VPC's traffic by appliances: an edge route table, a Gateway Load Balancer endpoint, and a fleet in another VPC.
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { type RunningCloud, startCloud } from '../../src/embed/index.ts';
import { emptyBody, type HttpRequest } from '../../src/kernel/http.ts';
import type { Flow } from '../../src/network/flow.ts';
import { image } from './site.ts';

const zone = 'us-east-1a';

async function launch(cloud: RunningCloud, SubnetId: string, GroupId: string): Promise<string> {
  const { Instances } = await cloud.client(EC2).runInstances({
    ImageId: image,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    SubnetId,
    SecurityGroupIds: [GroupId],
  });
  return Instances?.[0]?.InstanceId as string;
}

/** A group that lets in one protocol and port from everywhere. */
async function openTo(ec2: EC2, VpcId: string, IpProtocol: string, ...ports: readonly number[]): Promise<string> {
  const { GroupId = '' } = await ec2.createSecurityGroup({ VpcId, GroupName: IpProtocol, Description: IpProtocol });
  await ec2.authorizeSecurityGroupIngress({
    GroupId,
    IpPermissions: ports.map((port) => ({
      IpProtocol: port === 6081 ? 'udp' : 'tcp',
      FromPort: port,
      ToPort: port,
      IpRanges: [{ CidrIp: '0.0.0.0/0' }],
    })),
  });
  return GroupId;
}

async function makeSubnet(ec2: EC2, VpcId: string, CidrBlock: string): Promise<string> {
  return (await ec2.createSubnet({ VpcId, CidrBlock, AvailabilityZone: zone })).Subnet?.SubnetId as string;
}

async function makeTable(ec2: EC2, VpcId: string, to: { SubnetId?: string; GatewayId?: string }): Promise<string> {
  const RouteTableId = (await ec2.createRouteTable({ VpcId })).RouteTable?.RouteTableId as string;
  await ec2.associateRouteTable({ RouteTableId, ...to });
  return RouteTableId;
}

/** Two appliances behind a Gateway Load Balancer, offered as an endpoint service. */
async function makeFleet(cloud: RunningCloud) {
  const [ec2, elb] = [cloud.client(EC2), cloud.client(ElasticLoadBalancingV2)];
  const VpcId = (await ec2.createVpc({ CidrBlock: '10.9.0.0/16' })).Vpc?.VpcId as string;
  const subnetId = await makeSubnet(ec2, VpcId, '10.9.1.0/24');
  const groupId = await openTo(ec2, VpcId, 'geneve', 6081, 80);
  const ids = [await launch(cloud, subnetId, groupId), await launch(cloud, subnetId, groupId)];
  await cloud.clock.advance(60);
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'fleet', Type: 'gateway', Subnets: [subnetId] });
  const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn as string;
  const { TargetGroups } = await elb.createTargetGroup({ Name: 'fleet', Protocol: 'GENEVE', Port: 6081, VpcId });
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn as string;
  await elb.createListener({ LoadBalancerArn, DefaultActions: [{ Type: 'forward', TargetGroupArn }] });
  await elb.registerTargets({ TargetGroupArn, Targets: ids.map((Id) => ({ Id })) });
  const { ServiceConfiguration } = await ec2.createVpcEndpointServiceConfiguration({
    GatewayLoadBalancerArns: [LoadBalancerArn],
    AcceptanceRequired: false,
  });
  return { ids, LoadBalancerArn, TargetGroupArn, groupId, ServiceName: ServiceConfiguration?.ServiceName as string };
}

/** A server on the Internet whose traffic passes a fleet, and what asks for the way of a packet to it. */
async function makeInspected(seed: string) {
  const cloud = await startCloud({
    clock: { kind: 'frozen' },
    startAt: new Date('2026-03-02T09:00:00Z'),
    seed,
    strict: true,
  });
  const [ec2, elb] = [cloud.client(EC2), cloud.client(ElasticLoadBalancingV2)];
  const fleet = await makeFleet(cloud);

  const VpcId = (await ec2.createVpc({ CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId as string;
  const GatewayId = (await ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId as string;
  await ec2.attachInternetGateway({ VpcId, InternetGatewayId: GatewayId });
  const [appSubnet, gateSubnet] = [
    await makeSubnet(ec2, VpcId, '10.0.1.0/24'),
    await makeSubnet(ec2, VpcId, '10.0.9.0/24'),
  ];
  const server = await launch(cloud, appSubnet, await openTo(ec2, VpcId, 'web', 443));
  await cloud.clock.advance(60);
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [server] });
  const NetworkInterfaceId = Reservations?.[0]?.Instances?.[0]?.NetworkInterfaces?.[0]?.NetworkInterfaceId;
  const { AllocationId, PublicIp = '' } = await ec2.allocateAddress({ Domain: 'vpc' });
  await ec2.associateAddress({ AllocationId, NetworkInterfaceId });
  const { VpcEndpoint } = await ec2.createVpcEndpoint({
    VpcId,
    VpcEndpointType: 'GatewayLoadBalancer',
    ServiceName: fleet.ServiceName,
    SubnetIds: [gateSubnet],
  });
  const VpcEndpointId = VpcEndpoint?.VpcEndpointId as string;
  await cloud.clock.advance(300);
  const edge = await makeTable(ec2, VpcId, { GatewayId });
  await ec2.createRoute({ RouteTableId: edge, DestinationCidrBlock: '10.0.1.0/24', VpcEndpointId });
  const app = await makeTable(ec2, VpcId, { SubnetId: appSubnet });
  await ec2.createRoute({ RouteTableId: app, DestinationCidrBlock: '0.0.0.0/0', VpcEndpointId });
  const gate = await makeTable(ec2, VpcId, { SubnetId: gateSubnet });
  await ec2.createRoute({ RouteTableId: gate, DestinationCidrBlock: '0.0.0.0/0', GatewayId });

  const [view, traffic] = await Promise.all([cloud.inside.part('network'), cloud.inside.part('traffic')]);
  const flow = (sourcePort: number, protocol = 'tcp'): Flow => ({
    from: { kind: 'internet' },
    protocol,
    source: '203.0.113.9',
    sourcePort,
    destination: PublicIp,
    destinationPort: 443,
  });
  const ask = (sourcePort = 40_000) => view.trace(flow(sourcePort));
  const metBy = (walked: ReturnType<typeof ask>) =>
    [walked.forward, walked.back].map((path) =>
      path?.hops.flatMap(({ component }) => (component.kind === 'instance' ? component.id : [])).join(),
    );
  return {
    cloud,
    ec2,
    elb,
    fleet,
    server,
    view,
    traffic,
    flow,
    ask,
    metBy,
    [Symbol.asyncDispose]: () => cloud.close(),
  };
}

test('Gateway Load Balancer: all that comes in by the internet gateway passes a healthy appliance, and back (ELB-09)', async () => {
  await using it = await makeInspected('inspection');
  const { cloud, ec2, elb, fleet, view, ask, metBy } = it;
  expect(view.topology()).toBe(view.topology());
  const walked = Array.from({ length: 20 }, (_, at) => ask(40_000 + at));
  expect(new Set(walked.map(({ sentence }) => sentence)).size).toBe(1);
  expect(walked[0]?.disposition).toBe('delivered');
  for (const one of walked) expect(metBy(one)[0]).toBe(metBy(one)[1]);
  expect(new Set(walked.map((one) => metBy(one)[0]))).toEqual(new Set(fleet.ids));

  // One stops: its flows go by the other, once its health checks have failed.
  await ec2.stopInstances({ InstanceIds: [fleet.ids[0] as string] });
  await cloud.clock.advance(120);
  expect(new Set(Array.from({ length: 20 }, (_, at) => metBy(ask(40_000 + at))[0]))).toEqual(new Set([fleet.ids[1]]));

  // The other one is told to stop the client.
  const tag = { Key: 'hakoniwa:drop', Value: '203.0.113.0/24, 192.0.2.0/24' };
  await ec2.createTags({ Resources: [fleet.ids[1] as string], Tags: [tag] });
  expect(ask().sentence).toMatch(`dropped by ${fleet.ids[1]}: it lets nothing of 203.0.113.0/24 through`);
  await ec2.deleteTags({ Resources: [fleet.ids[1] as string], Tags: [{ Key: tag.Key }] });
  expect(ask().disposition).toBe('delivered');

  // Its group closes the port of GENEVE.
  const geneve = { IpProtocol: 'udp', FromPort: 6081, ToPort: 6081, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  await ec2.revokeSecurityGroupIngress({ GroupId: fleet.groupId, IpPermissions: [geneve] });
  expect(ask().sentence).toMatch(/no inbound rule allows udp\/6081 from 10\.9\.1\.\d+$/);
  await ec2.authorizeSecurityGroupIngress({ GroupId: fleet.groupId, IpPermissions: [geneve] });

  // The last one leaves.
  await elb.deregisterTargets({ TargetGroupArn: fleet.TargetGroupArn, Targets: [{ Id: fleet.ids[1] as string }] });
  expect(ask().sentence).toMatch(/: dropped by arn:aws:elasticloadbalancing:.*: it has no healthy appliance in zone /);
});

const request: HttpRequest = {
  method: 'GET',
  target: '/',
  headers: { host: 'web' },
  body: emptyBody,
  sourceIp: '203.0.113.9',
  secure: false,
};

test('Gateway Load Balancer: flows and bytes are counted, and flows that no appliance could see (ELB-09)', async () => {
  await using it = await makeInspected('inspection-metrics');
  const { cloud, elb, fleet, traffic, flow } = it;
  for (let port = 40_000; port < 40_005; port++)
    expect((await traffic.http(flow(port), request)).kind).toBe('answered');
  for (const Id of fleet.ids) await elb.deregisterTargets({ TargetGroupArn: fleet.TargetGroupArn, Targets: [{ Id }] });
  expect((await traffic.http(flow(40_000), request)).kind).toBe('timeout');
  await cloud.clock.advance(60);
  const now = cloud.clock.now().getTime();
  const valueOf = async (MetricName: string, statistic: 'Sum' | 'Maximum' = 'Sum', group: readonly string[] = []) => {
    const { Datapoints = [] } = await cloud.client(CloudWatch).getMetricStatistics({
      Namespace: 'AWS/GatewayELB',
      MetricName,
      Dimensions: [
        { Name: 'LoadBalancer', Value: fleet.LoadBalancerArn.split(':loadbalancer/')[1] },
        ...group.map((Value) => ({ Name: 'TargetGroup', Value })),
      ],
      StartTime: new Date(now - 3_600_000),
      EndTime: new Date(now),
      Period: 3_600,
      Statistics: [statistic],
    });
    return Datapoints[0]?.[statistic];
  };
  expect(await valueOf('NewFlowCount')).toBe(5);
  expect(await valueOf('ProcessedBytes')).toBeGreaterThan(5 * 300);
  expect(await valueOf('RejectedFlowCount')).toBe(1);
  expect(await valueOf('RejectedFlowCount_TCP')).toBe(1);
  expect(await valueOf('HealthyHostCount', 'Maximum', [fleet.TargetGroupArn.split(':').at(-1) ?? ''])).toBe(2);
});

test('Gateway Load Balancer: a flow stays with an appliance that is sick, unless the group rebalances its flows (ELB-09)', async () => {
  await using it = await makeInspected('inspection-failover');
  const { cloud, ec2, elb, fleet, server, traffic, flow, metBy } = it;
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [server] });
  await ec2.authorizeSecurityGroupIngress({
    GroupId: Reservations?.[0]?.Instances?.[0]?.SecurityGroups?.[0]?.GroupId,
    IpPermissions: [{ IpProtocol: 'udp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  const send = async (): Promise<string> => {
    const { trace } = await traffic.datagram(flow(40_000, 'udp'), { bytes: Buffer.from('x'), answer: () => {} });
    return metBy(trace)[0] ?? '';
  };
  const first = await send();
  const other = fleet.ids.find((id) => id !== first);
  cloud.inside.parts.guests.behave(first, { sick: 'refuse' });
  for (let passed = 0; passed < 120; passed += 30) {
    await cloud.clock.advance(30);
    expect(await send()).toBe(first);
  }
  const set = (names: readonly string[]) =>
    elb.modifyTargetGroupAttributes({
      TargetGroupArn: fleet.TargetGroupArn,
      Attributes: names.map((name) => ({ Key: `target_failover.${name}`, Value: 'rebalance' })),
    });
  await expect(set(['on_unhealthy'])).rejects.toMatchObject({ name: 'InvalidConfigurationRequestException' });
  await set(['on_unhealthy', 'on_deregistration']);
  expect(await send()).toBe(other);
});
