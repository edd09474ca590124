import type { EC2 } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { clientOf, launchIn, makeSubnet, makeVpc, refusal, startFixture } from './ec2.fixture.ts';

const statusOf = async (ec2: EC2, id: string) =>
  (await ec2.describeVpcPeeringConnections({ VpcPeeringConnectionIds: [id] })).VpcPeeringConnections?.[0]?.Status;

const day = 86_400;

test('CreateVpcPeeringConnection: asked, seen by both accounts, active once accepted (VPC-37)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const far = clientOf(cloud, '111111111111', 'eu-west-1');
  const VpcId = await makeVpc(ec2);
  const PeerVpcId = await makeVpc(far, '10.1.0.0/16');
  const asked = await ec2.createVpcPeeringConnection({
    VpcId,
    PeerVpcId,
    PeerOwnerId: '111111111111',
    PeerRegion: 'eu-west-1',
    TagSpecifications: [{ ResourceType: 'vpc-peering-connection', Tags: [{ Key: 'Name', Value: 'mine' }] }],
  });
  const { VpcPeeringConnectionId: id = '', Status, AccepterVpcInfo } = asked.VpcPeeringConnection ?? {};
  expect(Status).toEqual({ Code: 'initiating-request', Message: 'Initiating Request to 111111111111' });
  expect(AccepterVpcInfo).toEqual({ OwnerId: '111111111111', Region: 'eu-west-1', VpcId: PeerVpcId });
  expect(await statusOf(far, id)).toEqual({
    Code: 'pending-acceptance',
    Message: 'Pending Acceptance by 111111111111',
  });
  expect(await refusal(ec2.acceptVpcPeeringConnection({ VpcPeeringConnectionId: id }))).toEqual([
    'OperationNotPermitted',
    `User 000000000000 cannot accept peering ${id}`,
  ]);
  const options = {
    VpcPeeringConnectionId: id,
    RequesterPeeringConnectionOptions: { AllowDnsResolutionFromRemoteVpc: true },
  };
  expect((await refusal(ec2.modifyVpcPeeringConnectionOptions(options)))[1]).toBe(
    `Peering ${id} is not active. Peering options can be added only to active peerings.`,
  );
  await far.acceptVpcPeeringConnection({ VpcPeeringConnectionId: id });
  const seen = (await ec2.describeVpcPeeringConnections({ VpcPeeringConnectionIds: [id] })).VpcPeeringConnections?.[0];
  expect(seen).toMatchObject({
    Status: { Code: 'active', Message: 'Active' },
    AccepterVpcInfo: { CidrBlock: '10.1.0.0/16', PeeringOptions: { AllowDnsResolutionFromRemoteVpc: false } },
    Tags: [{ Key: 'Name', Value: 'mine' }],
  });
  expect(seen?.ExpirationTime).toBeUndefined();
  await ec2.modifyVpcPeeringConnectionOptions(options);
  expect((await refusal(far.modifyVpcPeeringConnectionOptions(options)))[0]).toBe('OperationNotPermitted');
  expect((await refusal(far.acceptVpcPeeringConnection({ VpcPeeringConnectionId: id })))[0]).toBe(
    'InvalidStateTransition',
  );
  expect((await refusal(ec2.deleteVpc({ VpcId })))[0]).toBe('DependencyViolation');
  await ec2.deleteVpcPeeringConnection({ VpcPeeringConnectionId: id });
  expect(await statusOf(far, id)).toEqual({ Code: 'deleted', Message: 'Deleted by 000000000000' });
  await cloud.clock.advance(day);
  expect((await refusal(far.describeVpcPeeringConnections({ VpcPeeringConnectionIds: [id] })))[0]).toBe(
    'InvalidVpcPeeringConnectionID.NotFound',
  );
  await ec2.deleteVpc({ VpcId });
});

test('CreateVpcPeeringConnection: fails with overlapping blocks, expires after seven days (VPC-38)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const [a, b, c] = [await makeVpc(ec2), await makeVpc(ec2, '10.0.128.0/17'), await makeVpc(ec2, '10.2.0.0/16')];
  const ask = async (VpcId: string, PeerVpcId: string) =>
    (await ec2.createVpcPeeringConnection({ VpcId, PeerVpcId })).VpcPeeringConnection?.VpcPeeringConnectionId as string;
  expect(await statusOf(ec2, await ask(a, b))).toEqual({
    Code: 'failed',
    Message: 'Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range',
  });
  const id = await ask(a, c);
  await cloud.clock.advance(7 * day - 1);
  expect((await statusOf(ec2, id))?.Code).toBe('pending-acceptance');
  await cloud.clock.advance(2);
  expect((await statusOf(ec2, id))?.Code).toBe('expired');
  expect((await refusal(ec2.acceptVpcPeeringConnection({ VpcPeeringConnectionId: id })))[0]).toBe(
    'InvalidStateTransition',
  );
});

test('trace: a peering carries what both sides route, and nothing further (VPC-37, VPC-38)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const make = async (cidr: string, subnet: string) => {
    const VpcId = await makeVpc(ec2, cidr);
    const SubnetId = await makeSubnet(ec2, VpcId, subnet);
    const NetworkInterface = await launchIn(fixture, SubnetId);
    const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
    const { NetworkInterfaceId: id = '', PrivateIpAddress: ip = '', Groups } = NetworkInterface ?? {};
    await ec2.authorizeSecurityGroupIngress({
      GroupId: Groups?.[0]?.GroupId,
      IpProtocol: '-1',
      FromPort: -1,
      ToPort: -1,
      CidrIp: '0.0.0.0/0',
    });
    return { VpcId, id, ip, RouteTableId: RouteTables?.[0]?.RouteTableId as string };
  };
  const [a, b, c] = [
    await make('10.0.0.0/16', '10.0.1.0/24'),
    await make('10.1.0.0/16', '10.1.1.0/24'),
    await make('10.2.0.0/16', '10.2.1.0/24'),
  ];
  const peer = async (one: typeof a, other: typeof a) => {
    const { VpcPeeringConnection } = await ec2.createVpcPeeringConnection({ VpcId: one.VpcId, PeerVpcId: other.VpcId });
    const VpcPeeringConnectionId = VpcPeeringConnection?.VpcPeeringConnectionId as string;
    await ec2.acceptVpcPeeringConnection({ VpcPeeringConnectionId });
    return VpcPeeringConnectionId;
  };
  const [ab, bc] = [await peer(a, b), await peer(b, c)];
  const routeTo = (from: typeof a, DestinationCidrBlock: string, VpcPeeringConnectionId: string) =>
    ec2.createRoute({ RouteTableId: from.RouteTableId, DestinationCidrBlock, VpcPeeringConnectionId });
  const walk = (from: typeof a, to: typeof a) =>
    view.trace({ from: { kind: 'interface', id: from.id }, protocol: 'tcp', destination: to.ip, destinationPort: 443 });
  expect(walk(a, b).forward.explanation?.code).toBe('NO_ROUTE_TO_DESTINATION');
  await routeTo(a, '10.1.0.0/16', ab);
  expect([walk(a, b).failedOn, walk(a, b).back?.explanation?.code]).toEqual(['return', 'NO_ROUTE_TO_DESTINATION']);
  await routeTo(b, '10.0.0.0/16', ab);
  expect(walk(a, b).disposition).toBe('delivered');
  // Through b to c there is no way, whatever the routes say.
  await routeTo(b, '10.2.0.0/16', bc);
  await routeTo(c, '10.0.0.0/16', bc);
  await routeTo(a, '10.2.0.0/16', ab);
  expect(walk(a, c).forward.explanation?.code).toBe('PCX_REQUIRES_ADDRESS_IN_VPC_CIDR');
  await ec2.deleteVpcPeeringConnection({ VpcPeeringConnectionId: ab });
  expect(walk(a, b).disposition).toBe('blackhole');
});
