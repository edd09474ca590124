// Two accounts' networks and a site of one's own: who reaches whom by HTTP, as the routes say and no further.
import { expect, test } from 'vitest';
import { bodyOf } from '../../src/kernel/http.ts';
import type { Source } from '../../src/network/flow.ts';
import {
  clientOf,
  launchIn,
  makeSubnet,
  makeVpc,
  startFixture,
} from '../../src/services/networking/vpc/ec2.fixture.ts';

test('Peering and VPN: two accounts and a site reach each other by HTTP only as the routes say (DRL-28, VPC-29, VPC-37, VPC-38)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const traffic = await cloud.inside.part('traffic');
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
    const { NetworkInterfaceId: id = '', PrivateIpAddress: ip = '' } = nic;
    const { NetworkInterfaces } = await client.describeNetworkInterfaces({ NetworkInterfaceIds: [id] });
    const server = NetworkInterfaces?.[0]?.Attachment?.InstanceId as string;
    return { VpcId, RouteTableId, id, ip, server };
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
  /** What is answered: the first word of it, or how it failed. */
  const get = async (from: Source, destination: string, source?: string): Promise<string> => {
    const flow = { from, source, protocol: 'tcp', destination, destinationPort: 443 };
    const request = { method: 'GET', target: '/', headers: {}, body: bodyOf(new Uint8Array()), secure: false };
    const exchange = await traffic.http(flow, { ...request, sourceIp: '' });
    if (exchange.kind !== 'answered') return `${exchange.kind}: ${exchange.trace.disposition}`;
    const { body } = exchange.response;
    return typeof body === 'string' ? (body.split(' ')[0] as string) : String(exchange.response.status);
  };
  const between = ({ id }: { id: string }, destination: string) => get({ kind: 'interface', id }, destination);
  const fromSite = (destination: string) => get({ kind: 'site', id: siteId }, destination, '192.168.1.7');

  // Everything is joined, and nothing is routed yet.
  expect([await between(mine, theirs.ip), await between(mine, '192.168.1.7')]).toEqual([
    'timeout: no-route',
    'timeout: no-route',
  ]);
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
  expect([await between(mine, theirs.ip), await between(theirs, mine.ip)]).toEqual([theirs.server, mine.server]);
  expect([await between(mine, '192.168.1.7'), await fromSite(mine.ip)]).toEqual(['192.168.1.7:443', mine.server]);
  // The partner's VPC does not get to the site through mine, nor the site to the partner.
  await partner.createRoute({
    RouteTableId: theirs.RouteTableId,
    DestinationCidrBlock: '192.168.0.0/16',
    VpcPeeringConnectionId,
  });
  expect(await between(theirs, '192.168.1.7')).toBe('timeout: refused');
  expect(await fromSite(theirs.ip)).toMatch(/^timeout: /);
});
