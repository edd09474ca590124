import type { EC2 } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { clientOf, type Fixture, launchIn, makeSubnet, makeVpc, refusal, startFixture } from './ec2.fixture.ts';

async function makeGateway({ cloud }: Fixture, ec2: EC2, Options = {}): Promise<string> {
  const { TransitGateway } = await ec2.createTransitGateway({ Description: 'hub', Options });
  await cloud.clock.advance(60);
  return TransitGateway?.TransitGatewayId as string;
}

async function makeSpoke(fixture: Fixture, TransitGatewayId: string, net: number) {
  const { ec2 } = fixture;
  const VpcId = await makeVpc(ec2, `10.${net}.0.0/16`);
  const SubnetId = await makeSubnet(ec2, VpcId, `10.${net}.1.0/24`);
  const nic = await launchIn(fixture, SubnetId);
  await ec2.authorizeSecurityGroupIngress({
    GroupId: nic.Groups?.[0]?.GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
  });
  const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
  const RouteTableId = RouteTables?.[0]?.RouteTableId as string;
  const made = await ec2.createTransitGatewayVpcAttachment({ TransitGatewayId, VpcId, SubnetIds: [SubnetId] });
  await fixture.cloud.clock.advance(60);
  await ec2.createRoute({ RouteTableId, DestinationCidrBlock: '10.0.0.0/8', TransitGatewayId });
  const attachmentId = made.TransitGatewayVpcAttachment?.TransitGatewayAttachmentId as string;
  return { VpcId, SubnetId, attachmentId, id: nic.NetworkInterfaceId as string, ip: nic.PrivateIpAddress as string };
}

test('transit gateway: attached VPCs reach each other by its default table; a blackhole or a missing association stops them', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const TransitGatewayId = await makeGateway(fixture, ec2);
  const [a, b] = [await makeSpoke(fixture, TransitGatewayId, 1), await makeSpoke(fixture, TransitGatewayId, 2)];
  const walk = () =>
    view.trace({ from: { kind: 'interface', id: a.id }, protocol: 'tcp', destination: b.ip, destinationPort: 443 });
  expect(walk().disposition).toBe('delivered');

  const { TransitGateways } = await ec2.describeTransitGateways({ TransitGatewayIds: [TransitGatewayId] });
  const tableId = TransitGateways?.[0]?.Options?.AssociationDefaultRouteTableId as string;
  const search = async (Name: string, Values: string[]) =>
    (await ec2.searchTransitGatewayRoutes({ TransitGatewayRouteTableId: tableId, Filters: [{ Name, Values }] })).Routes;
  expect((await search('type', ['propagated']))?.map((one) => one.DestinationCidrBlock).sort()).toEqual([
    '10.1.0.0/16',
    '10.2.0.0/16',
  ]);
  await ec2.createTransitGatewayRoute({
    TransitGatewayRouteTableId: tableId,
    DestinationCidrBlock: '10.2.1.0/24',
    Blackhole: true,
  });
  expect(walk().forward.explanation?.code).toBe('TGW_RTB_BAD_STATE_ROUTE');
  expect(await search('route-search.longest-prefix-match', ['10.2.1.9'])).toEqual([
    { DestinationCidrBlock: '10.2.1.0/24', Type: 'static', State: 'blackhole' },
  ]);
  expect((await search('route-search.subnet-of-match', ['10.2.0.0/16']))?.length).toBe(2);
  await ec2.deleteTransitGatewayRoute({ TransitGatewayRouteTableId: tableId, DestinationCidrBlock: '10.2.1.0/24' });
  expect(walk().disposition).toBe('delivered');

  const pair = { TransitGatewayRouteTableId: tableId, TransitGatewayAttachmentId: a.attachmentId };
  expect((await refusal(ec2.associateTransitGatewayRouteTable(pair)))[0]).toBe('Resource.AlreadyAssociated');
  await ec2.disassociateTransitGatewayRouteTable(pair);
  expect(walk().forward.explanation?.code).toBe('TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION');
  await ec2.associateTransitGatewayRouteTable(pair);
  await ec2.disableTransitGatewayRouteTablePropagation({ ...pair, TransitGatewayAttachmentId: b.attachmentId });
  expect(walk().forward.explanation?.code).toBe('TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT');
  const list = await ec2.getTransitGatewayRouteTablePropagations({ TransitGatewayRouteTableId: tableId });
  expect(list.TransitGatewayRouteTablePropagations).toEqual([
    { TransitGatewayAttachmentId: a.attachmentId, ResourceId: a.VpcId, ResourceType: 'vpc', State: 'enabled' },
  ]);
});

test('DeleteTransitGateway: only without attachments; everything of it is gone then', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const TransitGatewayId = await makeGateway(fixture, ec2);
  const { attachmentId, VpcId, SubnetId } = await makeSpoke(fixture, TransitGatewayId, 1);
  expect(await refusal(ec2.deleteTransitGateway({ TransitGatewayId }))).toEqual([
    'IncorrectState',
    `${TransitGatewayId} has non-deleted VPC Attachments: ${attachmentId}.`,
  ]);
  expect(
    (await refusal(ec2.createTransitGatewayVpcAttachment({ TransitGatewayId, VpcId, SubnetIds: [SubnetId] })))[0],
  ).toBe('DuplicateTransitGatewayAttachment');
  await ec2.deleteTransitGatewayVpcAttachment({ TransitGatewayAttachmentId: attachmentId });
  await cloud.clock.advance(60);
  await ec2.deleteTransitGateway({ TransitGatewayId });
  const [deleting] =
    (await ec2.describeTransitGateways({ TransitGatewayIds: [TransitGatewayId] })).TransitGateways ?? [];
  expect(deleting?.State).toBe('deleting');
  await cloud.clock.advance(60);
  expect((await refusal(ec2.deleteTransitGateway({ TransitGatewayId })))[0]).toBe('InvalidTransitGatewayID.NotFound');
  await cloud.clock.advance(4_000);
  expect((await ec2.describeTransitGateways({})).TransitGateways).toEqual([]);
  expect((await ec2.describeTransitGatewayRouteTables({})).TransitGatewayRouteTables).toEqual([]);
});

test('CreateTransitGatewayPeeringAttachment: asked in one Region, accepted in the other, deleted from either', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const far = clientOf(cloud, '000000000000', 'eu-west-1');
  const [here, there] = [await makeGateway(fixture, ec2), await makeGateway(fixture, far)];
  const made = await ec2.createTransitGatewayPeeringAttachment({
    TransitGatewayId: here,
    PeerTransitGatewayId: there,
    PeerAccountId: '000000000000',
    PeerRegion: 'eu-west-1',
  });
  const id = made.TransitGatewayPeeringAttachment?.TransitGatewayAttachmentId as string;
  expect(made.TransitGatewayPeeringAttachment?.State).toBe('initiatingRequest');
  await cloud.clock.advance(60);
  const stateOf = async (client: EC2) =>
    (await client.describeTransitGatewayPeeringAttachments({ TransitGatewayAttachmentIds: [id] }))
      .TransitGatewayPeeringAttachments?.[0]?.State;
  expect([await stateOf(ec2), await stateOf(far)]).toEqual(['pendingAcceptance', 'pendingAcceptance']);
  expect((await refusal(ec2.acceptTransitGatewayPeeringAttachment({ TransitGatewayAttachmentId: id })))[0]).toBe(
    'IncorrectState',
  );
  await far.acceptTransitGatewayPeeringAttachment({ TransitGatewayAttachmentId: id });
  await cloud.clock.advance(60);
  expect([await stateOf(ec2), await stateOf(far)]).toEqual(['available', 'available']);
  await far.deleteTransitGatewayPeeringAttachment({ TransitGatewayAttachmentId: id });
  await cloud.clock.advance(60);
  expect([await stateOf(ec2), await stateOf(far)]).toEqual(['deleted', 'deleted']);
});

test('Link fault: an attachment that is down carries nothing, and stays available to the API', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const TransitGatewayId = await makeGateway(fixture, ec2);
  const [a, b] = [await makeSpoke(fixture, TransitGatewayId, 1), await makeSpoke(fixture, TransitGatewayId, 2)];
  const walk = () =>
    view.trace({ from: { kind: 'interface', id: a.id }, protocol: 'tcp', destination: b.ip, destinationPort: 443 })
      .disposition;
  expect(walk()).toBe('delivered');
  const { id } = cloud.faults.add({ kind: 'link', link: b.attachmentId });
  expect(walk()).not.toBe('delivered');
  const { TransitGatewayVpcAttachments } = await ec2.describeTransitGatewayVpcAttachments({
    TransitGatewayAttachmentIds: [b.attachmentId],
  });
  expect(TransitGatewayVpcAttachments?.[0]?.State).toBe('available');
  cloud.faults.end(id);
  expect(walk()).toBe('delivered');
});
