// Journeys of the network as far as the API goes: the private path to a service, and three networks that know each other by routes.
import { expect, test } from 'vitest';
import { clientOf, launchIn, makeSubnet, makeVpc, startFixture } from './ec2.fixture.ts';

test('private path: S3 through the endpoint and no other way; no public address anywhere (DRL-27, VPC-36)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const VpcId = await makeVpc(ec2);
  const nic = await launchIn(fixture, await makeSubnet(ec2, VpcId, '10.0.1.0/24'));
  const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
  const { VpcEndpoint } = await ec2.createVpcEndpoint({
    VpcId,
    ServiceName: 'com.amazonaws.us-east-1.s3',
    RouteTableIds: [RouteTables?.[0]?.RouteTableId as string],
  });
  const walk = (destination: string) =>
    view.trace({
      from: { kind: 'interface', id: nic.NetworkInterfaceId as string },
      protocol: 'tcp',
      destination,
      destinationPort: 443,
    });
  const { PrefixLists } = await ec2.describePrefixLists({});
  const blocks = PrefixLists?.find(({ PrefixListName }) => PrefixListName?.endsWith('.s3'))?.Cidrs ?? [];
  const address = (blocks[0] as string).replace(/\.0\/\d+$/, '.9');
  expect(walk(address)).toMatchObject({ disposition: 'delivered', endpointId: VpcEndpoint?.VpcEndpointId });
  expect(walk(address).forward.hops.map(({ component }) => component.kind)).not.toContain('internet');
  expect(walk('192.0.2.1').disposition).toBe('no-route');
  // From outside there is no endpoint: a bucket that admits only it is closed to this request.
  const outside = view.trace({
    from: { kind: 'internet' },
    source: '192.0.2.1',
    protocol: 'tcp',
    destination: address,
    destinationPort: 443,
  });
  expect([outside.disposition, outside.endpointId]).toEqual(['delivered', undefined]);
});

test('peering and VPN: two accounts and a site reach each other only as the routes say (DRL-28)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const partner = clientOf(cloud, '111111111111');
  const build = async (client: typeof ec2, cidr: string, subnet: string, zone: string) => {
    const VpcId = await makeVpc(client, cidr);
    const nic = await launchIn(fixture, await makeSubnet(client, VpcId, subnet, zone), { client });
    await client.authorizeSecurityGroupIngress({
      GroupId: nic.Groups?.[0]?.GroupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    });
    const { RouteTables } = await client.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
    const RouteTableId = RouteTables?.[0]?.RouteTableId as string;
    return { VpcId, RouteTableId, id: nic.NetworkInterfaceId as string, ip: nic.PrivateIpAddress as string };
  };
  const mine = await build(ec2, '10.0.0.0/16', '10.0.1.0/24', 'us-east-1a');
  const theirs = await build(partner, '10.1.0.0/16', '10.1.1.0/24', 'us-east-1a');
  const VpnGatewayId = (await ec2.createVpnGateway({ Type: 'ipsec.1' })).VpnGateway?.VpnGatewayId as string;
  await ec2.attachVpnGateway({ VpnGatewayId, VpcId: mine.VpcId });
  const { CustomerGateway } = await ec2.createCustomerGateway({ Type: 'ipsec.1', IpAddress: '203.0.113.9' });
  const siteId = CustomerGateway?.CustomerGatewayId as string;
  const { VpnConnection } = await ec2.createVpnConnection({
    Type: 'ipsec.1',
    CustomerGatewayId: siteId,
    VpnGatewayId,
    Options: { StaticRoutesOnly: true },
  });
  await ec2.createVpnConnectionRoute({
    VpnConnectionId: VpnConnection?.VpnConnectionId,
    DestinationCidrBlock: '192.168.0.0/16',
  });
  await cloud.clock.advance(300);
  const asked = await ec2.createVpcPeeringConnection({
    VpcId: mine.VpcId,
    PeerVpcId: theirs.VpcId,
    PeerOwnerId: '111111111111',
  });
  const VpcPeeringConnectionId = asked.VpcPeeringConnection?.VpcPeeringConnectionId as string;
  await partner.acceptVpcPeeringConnection({ VpcPeeringConnectionId });
  const between = (from: { id: string }, destination: string) =>
    view.trace({ from: { kind: 'interface', id: from.id }, protocol: 'tcp', destination, destinationPort: 443 })
      .disposition;
  const fromSite = (destination: string) =>
    view.trace({
      from: { kind: 'site', id: siteId },
      source: '192.168.1.7',
      protocol: 'tcp',
      destination,
      destinationPort: 443,
    }).disposition;

  // Everything is joined, and nothing is routed yet.
  expect([between(mine, theirs.ip), between(mine, '192.168.1.7')]).toEqual(['no-route', 'no-route']);
  await ec2.createRoute({
    RouteTableId: mine.RouteTableId,
    DestinationCidrBlock: '10.1.0.0/16',
    VpcPeeringConnectionId,
  });
  await partner.createRoute({
    RouteTableId: theirs.RouteTableId,
    DestinationCidrBlock: '10.0.0.0/16',
    VpcPeeringConnectionId,
  });
  await ec2.enableVgwRoutePropagation({ RouteTableId: mine.RouteTableId, GatewayId: VpnGatewayId });
  expect([between(mine, theirs.ip), between(theirs, mine.ip)]).toEqual(['delivered', 'delivered']);
  expect([between(mine, '192.168.1.7'), fromSite(mine.ip)]).toEqual(['delivered', 'delivered']);
  // The partner's VPC does not get to the site through mine, nor the site to the partner.
  await partner.createRoute({
    RouteTableId: theirs.RouteTableId,
    DestinationCidrBlock: '192.168.0.0/16',
    VpcPeeringConnectionId,
  });
  expect(between(theirs, '192.168.1.7')).toBe('refused');
  expect(fromSite(theirs.ip)).not.toBe('delivered');
});
