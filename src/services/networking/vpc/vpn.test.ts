import { expect, test } from 'vitest';
import { launchIn, makeSubnet, makeVpc, refusal, startFixture } from './ec2.fixture.ts';

test('AttachVpnGateway: one for a VPC, one VPC for it (VPC-28)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const make = async () => (await ec2.createVpnGateway({ Type: 'ipsec.1' })).VpnGateway?.VpnGatewayId as string;
  const [one, two, VpcId, other] = [await make(), await make(), await makeVpc(ec2), await makeVpc(ec2, '10.1.0.0/16')];
  expect((await ec2.describeVpnGateways({ VpnGatewayIds: [one] })).VpnGateways?.[0]).toEqual({
    VpnGatewayId: one,
    Type: 'ipsec.1',
    State: 'available',
    AmazonSideAsn: 64_512,
    VpcAttachments: [],
    Tags: [],
  });
  await ec2.attachVpnGateway({ VpnGatewayId: one, VpcId });
  expect(await refusal(ec2.attachVpnGateway({ VpnGatewayId: two, VpcId }))).toEqual([
    'InvalidVpcState',
    `The vpc '${VpcId}' already has a virtual private gateway attached to it.`,
  ]);
  expect((await refusal(ec2.attachVpnGateway({ VpnGatewayId: one, VpcId: other })))[0]).toBe(
    'VpnGatewayAttachmentLimitExceeded',
  );
  expect((await refusal(ec2.deleteVpnGateway({ VpnGatewayId: one })))[0]).toBe('IncorrectState');
  expect((await refusal(ec2.deleteVpc({ VpcId })))[0]).toBe('DependencyViolation');
  const Filters = [{ Name: 'attachment.vpc-id', Values: [VpcId] }];
  expect((await ec2.describeVpnGateways({ Filters })).VpnGateways?.[0]?.VpcAttachments).toEqual([
    { VpcId, State: 'attached' },
  ]);
  await ec2.detachVpnGateway({ VpnGatewayId: one, VpcId });
  expect((await refusal(ec2.detachVpnGateway({ VpnGatewayId: one, VpcId })))[0]).toBe(
    'InvalidVpnGatewayAttachment.NotFound',
  );
  const detached = [
    { Name: 'vpn-gateway-id', Values: [one] },
    { Name: 'attachment.state', Values: ['detached'] },
  ];
  expect((await ec2.describeVpnGateways({ Filters: detached })).VpnGateways?.[0]?.VpcAttachments).toEqual([
    { VpcId, State: 'detached' },
  ]);
  await ec2.deleteVpnGateway({ VpnGatewayId: one });
  expect((await refusal(ec2.attachVpnGateway({ VpnGatewayId: one, VpcId })))[0]).toBe('InvalidVpnGatewayID.NotFound');
});

test('CreateCustomerGateway: the same request answers with the same gateway; one in use stays', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const given = { Type: 'ipsec.1', IpAddress: '203.0.113.7', BgpAsn: 65_010 } as const;
  const first = (await ec2.createCustomerGateway(given)).CustomerGateway;
  expect(first).toMatchObject({ State: 'available', BgpAsn: '65010', IpAddress: '203.0.113.7' });
  expect((await ec2.createCustomerGateway(given)).CustomerGateway?.CustomerGatewayId).toBe(first?.CustomerGatewayId);
  expect((await refusal(ec2.createCustomerGateway({ ...given, IpAddress: 'nowhere' })))[0]).toBe(
    'InvalidParameterValue',
  );
  const { BgpAsn: _short, ...long } = { ...given, BgpAsnExtended: 2_147_483_648 };
  const second = (await ec2.createCustomerGateway(long)).CustomerGateway;
  expect([second?.BgpAsn, second?.BgpAsnExtended]).toEqual([undefined, '2147483648']);
});

test('VPN: two tunnels come up, static routes are propagated, packets go through the gateway (VPC-29, VPC-30, VPC-31)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const VpcId = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, VpcId, '10.0.1.0/24');
  const nic = await launchIn(fixture, SubnetId);
  const VpnGatewayId = (await ec2.createVpnGateway({ Type: 'ipsec.1' })).VpnGateway?.VpnGatewayId as string;
  await ec2.attachVpnGateway({ VpnGatewayId, VpcId });
  const { CustomerGateway } = await ec2.createCustomerGateway({ Type: 'ipsec.1', IpAddress: '203.0.113.7' });
  const CustomerGatewayId = CustomerGateway?.CustomerGatewayId as string;
  const { VpnConnection } = await ec2.createVpnConnection({
    Type: 'ipsec.1',
    CustomerGatewayId,
    VpnGatewayId,
    Options: { StaticRoutesOnly: true },
  });
  const VpnConnectionId = VpnConnection?.VpnConnectionId as string;
  expect(VpnConnection).toMatchObject({ State: 'pending', Category: 'VPN', Options: { StaticRoutesOnly: true } });
  expect(VpnConnection?.VgwTelemetry?.map(({ Status }) => Status)).toEqual(['DOWN', 'DOWN']);
  const xml = VpnConnection?.CustomerGatewayConfiguration ?? '';
  expect(xml.match(/<ipsec_tunnel>/g)).toHaveLength(2);
  expect(xml).toContain('<ip_address>203.0.113.7</ip_address>');
  await ec2.createVpnConnectionRoute({ VpnConnectionId, DestinationCidrBlock: '192.168.0.0/16' });
  const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
  const RouteTableId = RouteTables?.[0]?.RouteTableId as string;
  await ec2.enableVgwRoutePropagation({ RouteTableId, GatewayId: VpnGatewayId });
  const learned = async () => {
    const found = await ec2.describeRouteTables({ RouteTableIds: [RouteTableId] });
    return found.RouteTables?.[0]?.Routes?.filter(({ Origin }) => Origin === 'EnableVgwRoutePropagation');
  };
  expect(await learned()).toEqual([]);
  await cloud.clock.advance(300);
  const [up] = (await ec2.describeVpnConnections({ VpnConnectionIds: [VpnConnectionId] })).VpnConnections ?? [];
  expect(up?.State).toBe('available');
  expect(up?.VgwTelemetry?.map(({ Status, AcceptedRouteCount }) => [Status, AcceptedRouteCount])).toEqual([
    ['UP', 1],
    ['UP', 1],
  ]);
  expect(await learned()).toEqual([
    {
      DestinationCidrBlock: '192.168.0.0/16',
      GatewayId: VpnGatewayId,
      Origin: 'EnableVgwRoutePropagation',
      State: 'active',
    },
  ]);
  const walk = () =>
    view.trace({
      from: { kind: 'interface', id: nic.NetworkInterfaceId as string },
      protocol: 'tcp',
      destination: '192.168.1.7',
      destinationPort: 1521,
    });
  expect(walk().disposition).toBe('delivered');
  expect(walk().forward.destination).toEqual({ kind: 'site', id: CustomerGatewayId });
  expect(walk().forward.hops.map(({ component }) => component.kind)).not.toContain('internet-gateway');
  await ec2.disableVgwRoutePropagation({ RouteTableId, GatewayId: VpnGatewayId });
  expect(walk().disposition).toBe('no-route');
  await ec2.createRoute({ RouteTableId, DestinationCidrBlock: '192.168.0.0/16', GatewayId: VpnGatewayId });
  expect(walk().disposition).toBe('delivered');
  expect((await refusal(ec2.deleteCustomerGateway({ CustomerGatewayId })))[0]).toBe('IncorrectState');
  await ec2.deleteVpnConnection({ VpnConnectionId });
  expect(walk().disposition).toBe('down');
  await cloud.clock.advance(120);
  await ec2.deleteCustomerGateway({ CustomerGatewayId });
});

test('VPN: what a site announces by BGP stands in a tag of its customer gateway', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const VpnGatewayId = (await ec2.createVpnGateway({ Type: 'ipsec.1' })).VpnGateway?.VpnGatewayId as string;
  const { CustomerGateway } = await ec2.createCustomerGateway({
    Type: 'ipsec.1',
    IpAddress: '203.0.113.8',
    BgpAsn: 65_020,
    TagSpecifications: [
      { ResourceType: 'customer-gateway', Tags: [{ Key: 'hakoniwa:networks', Value: '172.20.0.0/16, 172.21.0.0/16' }] },
    ],
  });
  const { VpnConnection } = await ec2.createVpnConnection({
    Type: 'ipsec.1',
    CustomerGatewayId: CustomerGateway?.CustomerGatewayId,
    VpnGatewayId,
  });
  const VpnConnectionId = VpnConnection?.VpnConnectionId as string;
  expect(
    (await refusal(ec2.createVpnConnectionRoute({ VpnConnectionId, DestinationCidrBlock: '10.0.0.0/8' })))[0],
  ).toBe('InvalidVpnConnection.InvalidType');
  await cloud.clock.advance(300);
  const [up] = (await ec2.describeVpnConnections({ VpnConnectionIds: [VpnConnectionId] })).VpnConnections ?? [];
  expect(up?.VgwTelemetry?.[0]).toMatchObject({ Status: 'UP', StatusMessage: '2 BGP ROUTES', AcceptedRouteCount: 2 });
  const tunnel = up?.Options?.TunnelOptions?.[0]?.OutsideIpAddress;
  await ec2.modifyVpnTunnelOptions({
    VpnConnectionId,
    VpnTunnelOutsideIpAddress: tunnel,
    TunnelOptions: { PreSharedKey: 'abcdefgh12', DPDTimeoutSeconds: 40 },
  });
  const [changing] = (await ec2.describeVpnConnections({ VpnConnectionIds: [VpnConnectionId] })).VpnConnections ?? [];
  expect(changing?.VgwTelemetry?.map(({ Status }) => Status)).toEqual(['DOWN', 'UP']);
  expect(changing?.Options?.TunnelOptions?.[0]).toMatchObject({ PreSharedKey: 'abcdefgh12', DpdTimeoutSeconds: 40 });
  await cloud.clock.advance(120);
  const [after] = (await ec2.describeVpnConnections({ VpnConnectionIds: [VpnConnectionId] })).VpnConnections ?? [];
  expect(after?.VgwTelemetry?.map(({ Status }) => Status)).toEqual(['UP', 'UP']);
});
