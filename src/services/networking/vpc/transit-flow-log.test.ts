import { gunzipSync } from 'node:zlib';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { bodyOf } from '../../../kernel/http.ts';
import { type Fixture, launchIn, makeSubnet, makeVpc, startFixture } from './ec2.fixture.ts';

/** A VPC at a transit gateway with a server that anybody in 10.0.0.0/8 may ask. */
async function build(fixture: Fixture, TransitGatewayId: string, cidr: string, subnet: string) {
  const { ec2, cloud } = fixture;
  const VpcId = await makeVpc(ec2, cidr);
  const SubnetId = await makeSubnet(ec2, VpcId, subnet);
  const nic = await launchIn(fixture, SubnetId);
  await ec2.authorizeSecurityGroupIngress({
    GroupId: nic.Groups?.[0]?.GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  const attached = await ec2.createTransitGatewayVpcAttachment({ TransitGatewayId, VpcId, SubnetIds: [SubnetId] });
  await cloud.clock.advance(300);
  const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
  const RouteTableId = RouteTables?.[0]?.RouteTableId;
  await ec2.createRoute({ RouteTableId, DestinationCidrBlock: '10.0.0.0/8', TransitGatewayId });
  const attachment = attached.TransitGatewayVpcAttachment?.TransitGatewayAttachmentId as string;
  return { VpcId, SubnetId, attachment, id: nic.NetworkInterfaceId as string, ip: nic.PrivateIpAddress as string };
}

test('CreateFlowLogs: a transit gateway tells each flow as it comes and as it leaves, and what it lost', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { TransitGateway } = await ec2.createTransitGateway({});
  const TransitGatewayId = TransitGateway?.TransitGatewayId as string;
  await cloud.clock.advance(300);
  const a = await build(fixture, TransitGatewayId, '10.1.0.0/16', '10.1.0.0/24');
  const b = await build(fixture, TransitGatewayId, '10.2.0.0/16', '10.2.0.0/24');
  const s3 = cloud.client(S3, {});
  await s3.createBucket({ Bucket: 'flows' });
  const { Unsuccessful } = await ec2.createFlowLogs({
    ResourceIds: [TransitGatewayId],
    ResourceType: 'TransitGateway',
    LogDestinationType: 's3',
    LogDestination: 'arn:aws:s3:::flows',
  });
  expect(Unsuccessful).toEqual([]);
  const traffic = await cloud.inside.part('traffic');
  const get = async (destination: string) => {
    const request = { method: 'GET', target: '/', headers: {}, body: bodyOf(new Uint8Array()), secure: false };
    const from = { kind: 'interface', id: a.id } as const;
    const flow = { from, protocol: 'tcp', destination, destinationPort: 443 };
    return (await traffic.http(flow, { ...request, sourceIp: '' })).kind;
  };
  expect([await get(b.ip), await get('10.9.0.1')]).toEqual(['answered', 'timeout']);
  await cloud.clock.advance(300);
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: 'flows' });
  expect(Contents).toHaveLength(1);
  const { Body } = await s3.getObject({ Bucket: 'flows', Key: Contents[0]?.Key ?? '' });
  const [head = '', ...lines] = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array())
    .toString()
    .trimEnd()
    .split('\n');
  const records = lines.map((line) =>
    Object.fromEntries(line.split(' ').map((value, at) => [head.split(' ')[at] as string, value])),
  );
  const of = (more: Record<string, string>) =>
    records.filter((record) => Object.entries(more).every(([name, value]) => record[name] === value));
  const sent = { srcaddr: a.ip, dstaddr: b.ip, dstport: '443' };
  expect(of({ ...sent, 'flow-direction': 'ingress' })).toEqual([
    expect.objectContaining({
      version: '6',
      'resource-type': 'TransitGateway',
      'account-id': '000000000000',
      'tgw-id': TransitGatewayId,
      'tgw-attachment-id': a.attachment,
      'tgw-pair-attachment-id': b.attachment,
      'tgw-src-vpc-id': a.VpcId,
      'tgw-dst-vpc-id': b.VpcId,
      'tgw-src-subnet-id': a.SubnetId,
      'tgw-dst-subnet-id': b.SubnetId,
      'tgw-src-vpc-account-id': '000000000000',
      'tgw-src-az-id': 'use1-az1',
      protocol: '6',
      'log-status': 'OK',
      type: 'IPv4',
      'packets-lost-no-route': '0',
    }),
  ]);
  expect(of({ ...sent, 'flow-direction': 'egress' })[0]).toMatchObject({
    'tgw-attachment-id': b.attachment,
    'tgw-pair-attachment-id': a.attachment,
  });
  expect(of({ srcaddr: b.ip, dstaddr: a.ip }).map((record) => record['flow-direction'])).toEqual(['ingress', 'egress']);
  expect(of({ dstaddr: '10.9.0.1' })).toEqual([
    expect.objectContaining({ 'packets-lost-no-route': '1', 'tgw-pair-attachment-id': '-', 'tgw-dst-vpc-id': '-' }),
  ]);
  for (const TransitGatewayAttachmentId of [a.attachment, b.attachment])
    await ec2.deleteTransitGatewayVpcAttachment({ TransitGatewayAttachmentId });
  await cloud.clock.advance(300);
  await ec2.deleteTransitGateway({ TransitGatewayId });
  await cloud.clock.advance(300);
  expect((await ec2.describeFlowLogs({})).FlowLogs).toEqual([]);
});
