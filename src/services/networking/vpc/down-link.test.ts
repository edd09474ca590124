import { expect, test } from 'vitest';
import { launchIn, makeSubnet, makeVpc, startFixture } from './ec2.fixture.ts';

test('Link fault: a VPN tunnel is DOWN and the other carries on; without both nothing passes', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const VpcId = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, VpcId, '10.0.1.0/24');
  const nic = await launchIn(fixture, SubnetId);
  const { VpnGateway } = await ec2.createVpnGateway({ Type: 'ipsec.1' });
  const VpnGatewayId = VpnGateway?.VpnGatewayId as string;
  await ec2.attachVpnGateway({ VpcId, VpnGatewayId });
  const { CustomerGateway } = await ec2.createCustomerGateway({ Type: 'ipsec.1', IpAddress: '203.0.113.7' });
  const { VpnConnection } = await ec2.createVpnConnection({
    Type: 'ipsec.1',
    CustomerGatewayId: CustomerGateway?.CustomerGatewayId,
    VpnGatewayId,
    Options: { StaticRoutesOnly: true },
  });
  const link = VpnConnection?.VpnConnectionId as string;
  await ec2.createVpnConnectionRoute({ VpnConnectionId: link, DestinationCidrBlock: '192.168.0.0/16' });
  const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
  await ec2.enableVgwRoutePropagation({ RouteTableId: RouteTables?.[0]?.RouteTableId, GatewayId: VpnGatewayId });
  await cloud.clock.advance(300);
  const view = await cloud.inside.part('network');
  const passes = () =>
    view.trace({
      from: { kind: 'interface', id: nic.NetworkInterfaceId as string },
      protocol: 'tcp',
      destination: '192.168.1.7',
      destinationPort: 1521,
    }).disposition;
  const telemetry = async () =>
    (await ec2.describeVpnConnections({ VpnConnectionIds: [link] })).VpnConnections?.[0]?.VgwTelemetry?.map(
      ({ Status, AcceptedRouteCount, LastStatusChange }) => [Status, AcceptedRouteCount, LastStatusChange?.getTime()],
    );
  const [before] = (await telemetry()) ?? [];
  expect(passes()).toBe('delivered');
  await cloud.clock.advance(60);
  const now = cloud.clock.now().getTime();
  const first = cloud.faults.add({ kind: 'link', link, tunnel: 0 });
  expect(await telemetry()).toEqual([['DOWN', 0, now], before]);
  expect(passes()).toBe('delivered');
  const second = cloud.faults.add({ kind: 'link', link, tunnel: 1, for: '5m' });
  expect(passes()).not.toBe('delivered');
  await cloud.clock.advance(300);
  expect(passes()).toBe('delivered');
  cloud.faults.end(first.id);
  expect(await telemetry()).toEqual([before, before]);
  expect(cloud.faults.list().map(({ id, state }) => [id, state])).toEqual([
    [first.id, 'ended'],
    [second.id, 'ended'],
  ]);
});

test('Link fault: a peering carries nothing while it is down, and stays active to the API', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const [here, there] = [await makeVpc(ec2), await makeVpc(ec2, '10.1.0.0/16')];
  const nicIn = async (vpcId: string, cidr: string): Promise<string> => {
    const SubnetId = await makeSubnet(ec2, vpcId, cidr);
    return (await launchIn(fixture, SubnetId)).NetworkInterfaceId as string;
  };
  const from = await nicIn(here, '10.0.1.0/24');
  await nicIn(there, '10.1.1.0/24');
  const { VpcPeeringConnection } = await ec2.createVpcPeeringConnection({ VpcId: here, PeerVpcId: there });
  const link = VpcPeeringConnection?.VpcPeeringConnectionId as string;
  await ec2.acceptVpcPeeringConnection({ VpcPeeringConnectionId: link });
  const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [here] }] });
  await ec2.createRoute({
    RouteTableId: RouteTables?.[0]?.RouteTableId,
    DestinationCidrBlock: '10.1.0.0/16',
    VpcPeeringConnectionId: link,
  });
  const view = await cloud.inside.part('network');
  const gatewaysOf = () => {
    const { forward } = view.trace({
      from: { kind: 'interface', id: from },
      protocol: 'tcp',
      destination: '10.1.1.9',
      destinationPort: 80,
    });
    return forward.hops.some(({ steps }) =>
      steps.some((step) => step.kind === 'drop' && step.explanation.sentence.includes(link)),
    );
  };
  expect(gatewaysOf()).toBe(false);
  const { id } = cloud.faults.add({ kind: 'link', link });
  expect(gatewaysOf()).toBe(true);
  const { VpcPeeringConnections } = await ec2.describeVpcPeeringConnections({ VpcPeeringConnectionIds: [link] });
  expect(VpcPeeringConnections?.[0]?.Status?.Code).toBe('active');
  cloud.faults.end(id);
  expect(gatewaysOf()).toBe(false);
});
